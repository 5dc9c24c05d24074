"""A contestant that knows each pixel alone: a histogram for each, counted once."""

from collections.abc import Iterator

import numpy as np

from playground.experiments.image_arena.family import ImageContestant, Images

N_COUNTED = 10_000


class IndependentPixels(ImageContestant):
    """p(x) is the product of a histogram for each pixel; every level counts once more than seen.

    Args:
        images: what is counted; of two levels, grey values are chances of white.
    """

    def __init__(self, images: Images) -> None:
        train, n_levels = images.data.train[:N_COUNTED], images.levels
        if n_levels == 2:
            white = train.sum(0)
            counts = np.stack([len(train) - white, white], -1)
        else:
            level = np.rint(train * (n_levels - 1)).astype(np.int64)
            cells = level.reshape(len(level), -1) + n_levels * np.arange(level[0].size)
            counts = np.bincount(cells.ravel(), minlength=level[0].size * n_levels).reshape(
                *level.shape[1:], n_levels)
        self.chances = (counts + 1) / (len(train) + n_levels)  # (C, H, W, L)

    def steps(self) -> Iterator[None]:
        """There is nothing more to learn."""
        yield from ()

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw each pixel alone, (n, C, H, W)."""
        noise = np.random.default_rng(seed).random((n, *self.chances.shape[:-1]))
        level = (self.chances.cumsum(-1)[..., :-1] < noise[..., None]).sum(-1)
        return (level / (self.chances.shape[-1] - 1)).astype(np.float32)

    def log_prob(self, images: np.ndarray, n_samples: int) -> np.ndarray:
        """log p(x) in nats, (B,), exact."""
        level = np.rint(images * (self.chances.shape[-1] - 1)).astype(np.int64)
        logs = np.broadcast_to(np.log(self.chances), (*level.shape, self.chances.shape[-1]))
        chosen = np.take_along_axis(logs, level[..., None], -1)[..., 0]
        return np.asarray(chosen.reshape(len(images), -1).sum(1))

    def copy(self, image: np.ndarray) -> None:
        """There is no code to copy from."""

    def complete(self, image: np.ndarray, known: np.ndarray, n: int, seed: int) -> np.ndarray:
        """Draw the rest, whatever is known."""
        return np.where(known, image, self.sample(n, seed))

    @property
    def n_weights(self) -> int:
        """How many chances it keeps; those of a pixel add up to 1."""
        return self.chances[..., 1:].size

    def weights(self) -> dict[str, np.ndarray]:
        """Nothing: the data give the counts again."""
        return {}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Take nothing."""
        if weights:
            raise ValueError(f"weights must be none, got {sorted(weights)}")
