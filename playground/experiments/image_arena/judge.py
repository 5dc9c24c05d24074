"""The judge of the arena of images: how alike samples and held-out images are, by features."""

import numpy as np
import torch

from playground import features, metrics
from playground.metrics_features import frechet_distance, kernel_distance


class Judge:
    """Compares as many samples as there are held-out images, by the features of our net.

    Args:
        dataset: which of our nets looks at them.
        learned: images that were learned from, (N, C, H, W).
        held_out: the images to compare with, as many.

    Attributes:
        n: how many samples it wants.
        floor: what images that were learned from get in place of samples.
    """

    def __init__(self, dataset: str, learned: np.ndarray, held_out: np.ndarray) -> None:
        self.n = len(held_out)
        self._dataset = dataset
        self._real = self._features(held_out)
        self.floor = self.measure(learned)

    def measure(self, samples: np.ndarray) -> dict[str, float]:
        """Measure samples (n, C, H, W).

        Returns:
            `fid` and `kid`, the Fréchet and the kernel distance in the unit of our net; and those
            of `metrics.overlap`.
        """
        seen = self._features(samples)
        return {"fid": frechet_distance(seen, self._real),
                "kid": kernel_distance(seen, self._real), **metrics.overlap(seen, self._real)}

    def _features(self, images: np.ndarray) -> np.ndarray:
        return features.features(self._dataset, torch.from_numpy(images))
