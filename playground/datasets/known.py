"""Densities on a line that are known: what an estimate should come to look like.

The skewed one and the claw are numbers 2 and 10 of J. S. Marron, M. P. Wand, "Exact mean
integrated squared error", 1992, https://doi.org/10.1214/aos/1176348653; the skewed one is shifted.
"""

from dataclasses import dataclass

import numpy as np

from playground.language import N_


@dataclass(frozen=True)
class Known:
    """A mixture of Gaussians on a line, or an even density.

    Attributes:
        title: What a visitor reads.
        parts: Weight, mean and standard deviation of each Gaussian.
        even: Ends of the stretch on which the density is even instead; (0, 0) for none.
    """

    title: str
    parts: tuple[tuple[float, float, float], ...] = ()
    even: tuple[float, float] = (0.0, 0.0)

    def pdf(self, x: np.ndarray) -> np.ndarray:
        """The density at each place x (N,), (N,)."""
        low, high = self.even
        if high > low:
            return ((x >= low) & (x <= high)) / (high - low)
        weight, mean, sigma = np.array(self.parts).T[:, :, None]
        heights = np.exp(-(((x - mean) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
        return np.asarray((weight * heights).sum(axis=0))

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n points, (n, 1) float32."""
        low, high = self.even
        if high > low:
            return rng.uniform(low, high, (n, 1)).astype(np.float32)
        weight, mean, sigma = np.array(self.parts).T
        part = rng.choice(len(weight), size=n, p=weight)
        drawn = mean[part] + sigma[part] * rng.standard_normal(n)
        return drawn[:, None].astype(np.float32)


KNOWN = {
    "line_two_groups": Known(N_("Line: two groups"), ((0.6, -0.9, 0.35), (0.4, 0.9, 0.25))),
    "line_gaussian": Known(N_("Line: one Gaussian"), ((1.0, 0.0, 0.8),)),
    "line_skewed": Known(N_("Line: skewed"), ((0.2, -0.8, 1.0), (0.2, -0.3, 2 / 3),
                                              (0.6, 17 / 60, 5 / 9))),
    "line_claw": Known(N_("Line: the claw"), ((0.5, 0.0, 1.0),
                                              *((0.1, at / 2 - 1, 0.1) for at in range(5)))),
    "line_uniform": Known(N_("Line: even"), even=(-1.5, 1.5)),
}
