"""The colours that mean the same on every page, safe for colour-blind eyes.

M. Okabe, K. Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/

The palette without its yellow and its black, which vanish on a white or on a dark page, and four
more colours that keep their distance from the rest and from each other under simulated
protanopia and deuteranopia. Ten colours are too many for any eye: each class has a symbol too.
"""

import numpy as np

DATA = "#0072B2"
SAMPLES = "#D55E00"
GRADIENTS = "#CC79A7"
NEUTRAL = "#808080"

CLASS_COLORS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#B00020",
    "#0F6060",
    "#5888F8",
    "#0000F8",
)
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


def blend(shares: np.ndarray) -> list[str]:
    """The colours of points that belong to several classes: the mean, weighted by their shares.

    Args:
        shares: (N, K); each row sums to 1.
    """
    palette = np.array([[int(class_color(index)[at : at + 2], 16) for at in (1, 3, 5)]
                        for index in range(shares.shape[1])])
    mixed = np.rint(shares @ palette).clip(0, 255).astype(int).tolist()
    return [f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in mixed]


def translucent(color: str, opacity: float) -> str:
    """A colour "#RRGGBB" with an opacity between 0 and 1, as CSS."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
