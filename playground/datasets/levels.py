"""How many values a pixel has, by data set."""

LEVELS = {"digits": 17}
MANY_LEVELS = 256


def levels_of(dataset: str) -> int:
    """Return how many values a number of a picture can have, from 0 to 1."""
    return LEVELS.get(dataset, MANY_LEVELS)
