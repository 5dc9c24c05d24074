"""What all settings say that train a model of the zoo."""

from playground.settings import Settings


class ModelSettings(Settings):
    """Each concept declares these as knobs, with a range and a help of its own.

    Attributes:
        steps: when the training is finished.
        seed: of all that is drawn at random.
    """

    steps: int
    seed: int
