"""The judge of the arena of images: how alike samples and held-out images are, by features."""

import numpy as np
import torch

from playground.experiments.base import Work
from playground.metrics import clouds, feature_net
from playground.metrics.features import frechet_distance, kernel_distance

AT_ONCE = 100


class ImageJudge:
    """Compares as many samples as there are held-out images, by the features of our net.

    Args:
        dataset: which of our nets looks at them.
        learned: images that were learned from, (N, C, H, W).
        held_out: the images to compare with, as many.

    Attributes:
        n: how many samples it wants.
        floor: what images that were learned from get in place of samples; empty until
            `measure_floor`.
    """

    def __init__(self, dataset: str, learned: np.ndarray, held_out: np.ndarray) -> None:
        self.n = len(held_out)
        self._dataset = dataset
        self._learned, self._held_out = learned, held_out
        self._real = np.zeros((0, 0))
        self.floor: dict[str, float] = {}

    def measure_floor(self) -> Work[None]:
        """Look at the held-out images, then measure those that were learned from."""
        self._real = yield from self._features(self._held_out)
        self.floor = yield from self.measure(self._learned)

    def measure(self, samples: np.ndarray) -> Work[dict[str, float]]:
        """Measure samples (n, C, H, W).

        Returns:
            `fid` and `kid`, the Fréchet and the kernel distance in the unit of our net; and those
            of `clouds.overlap`.
        """
        seen = yield from self._features(samples)
        found = {"fid": frechet_distance(seen, self._real)}
        yield None
        found["kid"] = kernel_distance(seen, self._real)
        yield None
        return found | (yield from clouds.overlap(seen, self._real))

    def _features(self, images: np.ndarray) -> Work[np.ndarray]:
        parts = []
        for part in torch.from_numpy(images).split(AT_ONCE):
            yield None
            parts.append(feature_net.features(self._dataset, part))
        return np.concatenate(parts)
