"""One Gaussian on a line: how likely it makes the points, and the way uphill to the likeliest.

The likelihood is the product of all densities, and its logarithm their sum
sum_i log p(x_i) = -N log(sigma sqrt(2 pi)) - N (s^2 + (m - mu)^2) / (2 sigma^2), with m the mean
of the points and s^2 their mean squared distance to it. It is largest at mu = m, sigma = s.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from playground.language import N_
from playground.refusal import Refusal

LONGEST = 0.2
KEPT = 0.3
ARRIVED = 1e-5
MAX_HALVINGS = 50
MAX_STEPS = 200


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian on a line, by its mean and its standard deviation, above 0."""

    mu: float
    sigma: float

    def pdf(self, x: np.ndarray) -> np.ndarray:
        """The density at each place x (N,), (N,)."""
        return np.asarray(np.exp(self.log_prob(x)))

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """log p(x) in nats at each place x (N,), (N,)."""
        constant = math.log(self.sigma) + math.log(2 * math.pi) / 2
        return np.asarray(-(((x - self.mu) / self.sigma) ** 2) / 2 - constant)


@dataclass(frozen=True)
class Hill:
    """The log-likelihood of some points over all Gaussians.

    Attributes:
        mean: Of the points.
        deviation: The root of their mean squared distance to it, which divides by N.
        n: How many points there are.
    """

    mean: float
    deviation: float
    n: int

    @classmethod
    def of(cls, x: np.ndarray) -> "Hill":
        """The hill of the points x (N,): nothing else of them matters."""
        return cls(float(x.mean()), float(x.std()), len(x))

    @property
    def top(self) -> Gaussian | None:
        """The Gaussian of maximum likelihood; None where all points are at one place."""
        return Gaussian(self.mean, self.deviation) if self.deviation > 0 else None

    def height(self, mu: np.ndarray | float, sigma: np.ndarray | float) -> np.ndarray:
        """The log-likelihood in nats, the sum over all points, of Gaussians of any shape."""
        squares = self.deviation**2 + (self.mean - np.asarray(mu)) ** 2
        constant = np.log(sigma) + math.log(2 * math.pi) / 2
        return np.asarray(-self.n * (constant + squares / (2 * np.square(sigma))))

    def slope(self, now: Gaussian) -> np.ndarray:
        """How the mean log density, in nats per point, grows with mu and with sigma, (2,)."""
        away = self.mean - now.mu
        squares = self.deviation**2 + away**2
        return np.array([away / now.sigma**2, squares / now.sigma**3 - 1 / now.sigma])

    def is_flat(self, now: Gaussian) -> bool:
        """Whether the slope is `ARRIVED` or less, in nats per sigma."""
        return float(np.linalg.norm(self.slope(now))) * now.sigma <= ARRIVED


def ascend(hill: Hill, start: Gaussian) -> Iterator[Gaussian]:
    """Climb a hill by its gradient: the start, then each step, until it is flat.

    A step goes straight uphill, `LONGEST` at most. It is halved until it brings `KEPT` of what the
    slope has promised, and the next one may be twice as long.

    L. Armijo, "Minimization of functions having Lipschitz continuous first partial derivatives",
    1966, https://doi.org/10.2140/pjm.1966.16.1

    Raises:
        ValueError: All points are at one place: the narrower, the likelier, without end.
    """
    if hill.top is None:
        raise Refusal(N_("there must be points at two places or more: at a single one, a Gaussian "
                         "is the likelier the narrower it is, without end"))
    now, rate = start, 1.0
    yield now
    while not hill.is_flat(now):
        uphill = hill.slope(now)
        steepness, here = float(np.linalg.norm(uphill)), hill.height(now.mu, now.sigma)
        rate = min(2 * rate, LONGEST / steepness)
        for _ in range(MAX_HALVINGS):
            mu, sigma = np.array([now.mu, now.sigma]) + rate * uphill
            promised = hill.n * rate * steepness**2
            if sigma > 0 and hill.height(mu, sigma) - here >= KEPT * promised:
                break
            rate /= 2
        else:
            return
        now = Gaussian(float(mu), float(sigma))
        yield now
