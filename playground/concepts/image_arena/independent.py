"""A contestant that knows each pixel alone: a histogram for each, counted once."""

from collections.abc import Iterator

import numpy as np
import torch

from playground.concepts.image_arena.image_contestant import ImageContestant, Images
from playground.experiments.base import Work
from playground.experiments.pixels import histograms, independent_log_prob
from playground.language import N_
from playground.refusal import Refusal

N_COUNTED = 10_000
AT_ONCE = 20


class IndependentPixels(ImageContestant):
    """p(x) is the product of a histogram for each pixel, see `histograms`.

    Args:
        images: what is counted.
    """

    def __init__(self, images: Images) -> None:
        train = torch.from_numpy(images.data.train[:N_COUNTED])
        self.chances = histograms(train, images.levels).double()  # (C, H, W, L)

    def steps(self) -> Iterator[None]:
        """There is nothing more to learn."""
        yield from ()

    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw each pixel alone, (n, C, H, W)."""
        noise = np.random.default_rng(seed).random((n, *self.chances.shape[:-1]))
        below = self.chances.cumsum(-1)[..., :-1].numpy()
        level = np.empty(noise.shape, np.int64)
        for start in range(0, n, AT_ONCE):
            yield start / n
            rows = slice(start, start + AT_ONCE)
            level[rows] = (below < noise[rows, ..., None]).sum(-1)
        return (level / (self.chances.shape[-1] - 1)).astype(np.float32)

    def log_prob(self, images: np.ndarray, n_samples: int) -> Work[np.ndarray]:
        """log p(x) in nats, (B,), exact."""
        parts = []
        for part in torch.from_numpy(images).split(AT_ONCE):
            yield None
            parts.append(independent_log_prob(self.chances, part))
        return torch.cat(parts).numpy()

    def copy(self, image: np.ndarray) -> Work[None]:
        """There is no code to copy from."""
        yield from ()

    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Draw the rest, whatever is known."""
        drawn = yield from self.sample(n, seed)
        return np.where(known, image, drawn)

    @property
    def n_weights(self) -> int:
        """How many chances it keeps; those of a pixel add up to 1."""
        return self.chances[..., 1:].numel()

    def weights(self) -> dict[str, np.ndarray]:
        """Nothing: the data give the counts again."""
        return {}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Take nothing."""
        if weights:
            raise Refusal(N_("weights must be none, got {names}"), names=sorted(weights))
