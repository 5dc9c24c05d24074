"""Small colour pictures of one shape each, drawn from five factors that are known.

In the manner of L. Matthey, I. Higgins, D. Hassabis, A. Lerchner, "dSprites: Disentanglement
testing Sprites dataset", 2017, https://github.com/google-deepmind/dsprites-dataset; these are
drawn here, smaller and in colour.
"""

import functools
from itertools import product

import numpy as np

from playground.datasets.base import Dataset
from playground.language import N_

SIDE = 16
SHAPES = (N_("square"), N_("disc"), N_("triangle"))
COLOURS = {N_("red"): (1, 0, 0), N_("green"): (0, 1, 0), N_("blue"): (0, 0, 1),
           N_("yellow"): (1, 1, 0), N_("magenta"): (1, 0, 1), N_("cyan"): (0, 1, 1)}
RADII = (2.0, 3.0, 4.0)
PLACES = tuple(range(4, 12))
FACTORS = {N_("shape"): len(SHAPES), N_("colour"): len(COLOURS), N_("size"): len(RADII),
           N_("x"): len(PLACES), N_("y"): len(PLACES)}
_SHARE_TO_TRAIN = 0.8


def draw(shape: int, colour: int, size: int, x: int, y: int) -> np.ndarray:
    """Draw one sprite on black, (3, SIDE, SIDE) float32, each number 0 or 1.

    Args:
        shape, colour, size, x, y: The factors, each an index below its number in `FACTORS`.

    Raises:
        ValueError: A factor is outside its range.
    """
    for (name, number), value in zip(FACTORS.items(), (shape, colour, size, x, y), strict=True):
        if not 0 <= value < number:
            raise ValueError(f"{name} must be between 0 and {number - 1}, got {value!r}")
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    across, down, radius = columns - PLACES[x], rows - PLACES[y], RADII[size]
    if shape == 0:
        mask = np.maximum(abs(across), abs(down)) < radius
    elif shape == 1:
        mask = across**2 + down**2 < radius**2
    else:
        mask = (abs(across) < (down + radius) / 2) & (down < radius)
    rgb = np.array(list(COLOURS.values())[colour], np.float32)
    return np.asarray(rgb[:, None, None] * mask, np.float32)


@functools.cache
def sprites() -> Dataset:
    """All 3,456 sprites, one for each combination of factors: 2,765 to train, the rest held out.

    Returns:
        Images (N, 3, 16, 16); labels are the shapes; the factors are with them.
    """
    factors = np.array(list(product(*map(range, FACTORS.values()))), np.int64)  # (N, 5)
    factors = np.random.default_rng(0).permutation(factors)
    images = np.stack([draw(*row) for row in factors.tolist()])
    cut = round(_SHARE_TO_TRAIN * len(factors))
    return Dataset("sprites", images[:cut], images[cut:], factors[:cut, 0], factors[cut:, 0],
                   factors=(factors[:cut], factors[cut:]))
