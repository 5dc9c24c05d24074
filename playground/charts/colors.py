"""The colours that mean the same on every page, safe for colour-blind eyes.

M. Okabe, K. Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/

The palette without what is lost on a white or on a dark page, and others that keep their distance
from the rest and from each other under simulated protanopia and deuteranopia; their values stand
among the other tokens of the look. Ten colours are too many for any eye: each class has a symbol
too.
"""

import numpy as np

from playground import tokens

DATA = tokens.MARKS["data"]
SAMPLES = tokens.MARKS["samples"]
GRADIENTS = tokens.MARKS["gradients"]
GENERATOR = tokens.MARKS["generator"]
NEUTRAL = tokens.MARKS["neutral"]

EDGE = tokens.EDGE
CLASS_COLORS = tokens.CLASSES
CLASS_SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "cross",
    "x",
    "triangle-down",
    "star",
    "hourglass",
    "pentagon",
)


def class_color(index: int) -> str:
    """The colour of a class; from the eleventh class on the colours come again."""
    return CLASS_COLORS[index % len(CLASS_COLORS)]


def class_symbol(index: int) -> str:
    """The marker of a class; where the colours come again, the markers are shifted."""
    return CLASS_SYMBOLS[(index + index // len(CLASS_COLORS)) % len(CLASS_SYMBOLS)]


def rgb(color: str) -> np.ndarray:
    """A colour "#RRGGBB" as three numbers from 0 to 255, (3,)."""
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], float)


EMPTY = tuple(rgb(tokens.EMPTY))  # red, green and blue


def blend(shares: np.ndarray) -> list[str]:
    """The colours of points that belong to several classes: the mean, weighted by their shares.

    Args:
        shares: (N, K); each row sums to 1.
    """
    palette = np.array([rgb(class_color(index)) for index in range(shares.shape[1])])
    mixed = np.rint(shares @ palette).clip(0, 255).astype(int).tolist()
    return [f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in mixed]


def translucent(color: str, opacity: float) -> str:
    """A colour "#RRGGBB" with an opacity between 0 and 1, as CSS."""
    red, green, blue = rgb(color)
    return f"rgba({red:g},{green:g},{blue:g},{opacity:g})"
