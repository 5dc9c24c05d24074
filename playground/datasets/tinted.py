"""Grey pictures in colour: each one tinted with a colour of the sprites, by a draw."""

from dataclasses import replace

import numpy as np

from playground.datasets.base import Dataset
from playground.datasets.sprites import COLOURS


def tinted(name: str, source: Dataset) -> Dataset:
    """Tint each picture of a grey data set: white becomes the colour, black stays black.

    The colour is drawn, evenly, and has nothing to do with what is in the picture.

    Args:
        name: Key of the new set.
        source: Images (N, 1, H, W).

    Returns:
        Images (N, 3, H, W); the factors are the class and the colour. The same ones each time.
    """
    palette = np.array(list(COLOURS.values()), np.float32)
    rng = np.random.default_rng(0)
    drawn = [rng.integers(len(palette), size=len(part)) for part in (source.train, source.test)]
    train, test = (part * palette[colour][:, :, None, None]
                   for part, colour in zip((source.train, source.test), drawn, strict=True))
    labels = source.train_labels, source.test_labels
    factors = (np.stack([labels[0], drawn[0]], 1), np.stack([labels[1], drawn[1]], 1))
    return replace(source, name=name, train=train, test=test, factors=factors)
