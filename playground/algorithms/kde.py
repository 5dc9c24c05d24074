"""Kernel density estimation: a small bump on every point, all of them added up.

E. Parzen, "On estimation of a probability density function and mode", 1962,
https://doi.org/10.1214/aoms/1177704472
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

KERNELS = ("gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine")
REACH = {"gaussian": 6.0, "exponential": 18.0}  # in bandwidths; all others end at 1
FINENESS = {"gaussian": 5}  # cells of the fine grid per bandwidth; 16 for all others
MAX_CELLS = 4_000_000
MAX_PAIRS = 100_000  # at once: so many distances fit into the cache of a core
NEGLIGIBLE = np.float32(-25)  # the logarithm of what counts for nothing beside 1


@dataclass(frozen=True, eq=False)
class KernelDensity:
    """The mean of one kernel around each point.

    Attributes:
        points: (N, D), N at least 1.
        bandwidth: Width h of the kernels, in the units of the points.
        kernel: One of `KERNELS`.
    """

    points: np.ndarray
    bandwidth: float
    kernel: str

    def log_prob(self, queries: np.ndarray) -> np.ndarray:
        """log p(x) in nats of each query (M, D), (M,); -inf where no kernel reaches."""
        n, dimension = self.points.shape
        log_scale = math.log(n * volume(self.kernel, dimension)) + dimension * math.log(
            self.bandwidth)
        parts = np.array_split(queries, max(1, len(queries) * n // MAX_PAIRS))
        return np.concatenate([
            log_sum(cdist(part, self.points) / self.bandwidth, self.kernel) for part in parts
        ]) - log_scale

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n new points (n, D): pick a point by chance, then move away as its kernel says."""
        around = self.points[rng.integers(len(self.points), size=n)]
        return around + self.bandwidth * noise(self.kernel, around.shape, rng)


def mean_log_probs(
    distances: np.ndarray, bandwidths: np.ndarray, kernel: str, dimension: int
) -> np.ndarray:
    """Mean log p(x) in nats for each of many bandwidths (B,), (B,), from distances once measured.

    It is minus infinity where a query has density 0.

    Args:
        distances: From each query to each point, (M, N); infinite ones count for nothing.
        bandwidths: (B,).
        kernel: One of `KERNELS`.
        dimension: That of the points.
    """
    n = np.isfinite(distances[0]).sum()
    distances = distances.astype(np.float32)  # half the time, and seven digits are enough here
    constant = np.log(n * volume(kernel, dimension))
    if kernel == "gaussian":  # the nearest first: narrow kernels need to look at a few only
        halves = np.ascontiguousarray(np.sort(distances, axis=1).T) ** 2 / 2  # (N, M)
        nearest, beyond = halves[0], halves[0] - halves
        reached, terms = -beyond.max(axis=1), np.empty_like(beyond)

        def sums(h: float) -> np.ndarray:
            n_near = np.searchsorted(reached, -NEGLIGIBLE * h * h)
            near = np.multiply(beyond[:n_near], np.float32(1 / (h * h)), out=terms[:n_near])
            np.maximum(near, NEGLIGIBLE, out=near)  # exp is slow where its result is tiny
            return np.log(np.exp(near, out=near).sum(axis=0)) - nearest / (h * h)
    else:
        def sums(h: float) -> np.ndarray:
            return log_sum(distances / np.float32(h), kernel).astype(np.float64)

    return np.array([sums(h).mean(dtype=np.float64) - constant - dimension * np.log(h)
                     for h in bandwidths])


def shape(kernel: str, u: np.ndarray) -> np.ndarray:
    """The height of a kernel at a distance of u >= 0 bandwidths, before it is normalised."""
    if kernel == "gaussian":
        return np.exp(-(u**2) / 2)
    if kernel == "exponential":
        return np.exp(-u)
    inside = u < 1
    if kernel == "tophat":
        return inside.astype(u.dtype)
    if kernel == "epanechnikov":
        return inside * (1 - u**2)
    if kernel == "linear":
        return inside * (1 - u)
    if kernel == "cosine":
        return inside * np.cos(np.pi / 2 * u)
    raise ValueError(f"kernel must be one of {KERNELS!r}, got {kernel!r}")


def volume(kernel: str, dimension: int) -> float:
    """The integral of `shape` over the space of this dimension, which normalises the kernel."""
    ball = math.pi ** (dimension / 2) / math.gamma(dimension / 2 + 1)
    if kernel == "gaussian":
        return (2 * math.pi) ** (dimension / 2)
    if kernel == "exponential":
        return ball * math.gamma(dimension + 1)
    if kernel == "tophat":
        return ball
    if kernel == "epanechnikov":
        return ball * 2 / (dimension + 2)
    if kernel == "linear":
        return ball / (dimension + 1)
    if kernel == "cosine" and dimension <= 2:
        return 4 / math.pi if dimension == 1 else 4 - 8 / math.pi
    raise ValueError(f"kernel must be one of {KERNELS!r} (cosine: up to 2 dimensions), "
                     f"got {kernel!r} in {dimension}")


def log_sum(u: np.ndarray, kernel: str) -> np.ndarray:
    """log of the sum of kernels at the distances u (M, N), in bandwidths, (M,)."""
    if kernel == "gaussian":  # far away exp(-u^2 / 2) is 0 for a computer, its logarithm is not
        nearest = u.min(axis=1, keepdims=True) ** 2 / 2
        total = np.exp(nearest - u**2 / 2).sum(axis=1)
        return np.log(total) - nearest[:, 0]
    with np.errstate(divide="ignore"):
        return np.log(shape(kernel, u).sum(axis=1))


def noise(kernel: str, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw from a kernel of bandwidth 1: a direction, and a distance by its distribution."""
    n, dimension = size
    if kernel == "gaussian":
        return rng.standard_normal(size)
    radius = np.linspace(0, REACH.get(kernel, 1.0), 4_001)
    middle = (radius[1:] + radius[:-1]) / 2
    shares = np.cumsum(shape(kernel, middle) * middle ** (dimension - 1))
    distance = np.interp(rng.random(n), np.concatenate([[0], shares / shares[-1]]), radius)
    direction = rng.standard_normal(size)
    return direction / np.linalg.norm(direction, axis=1, keepdims=True) * distance[:, None]


def on_grid(density: KernelDensity, axes: Sequence[np.ndarray]) -> np.ndarray:
    """p(x) on an even grid, by the fast Fourier transform.

    The points are shared out among the cells of a finer grid, and one convolution puts a kernel
    on every cell at once. The cost hardly depends on the number of points.

    Args:
        density: In one or two dimensions.
        axes: Evenly spaced rising coordinates, one array for each dimension.

    Returns:
        Densities of the shape (len(axes[0]), len(axes[1])). Smooth kernels are exact to about a
        thousandth of the peak. Kernels too narrow for any grid are added up one by one.
    """
    from scipy.signal import fftconvolve  # a third of a second, for which a page would wait

    h, dimension = density.bandwidth, len(axes)
    reach = REACH.get(density.kernel, 1.0) * h
    spacing = [float(axis[1] - axis[0]) for axis in axes]
    finer = [math.ceil(FINENESS.get(density.kernel, 16) * step / h) for step in spacing]
    steps = [step / factor for step, factor in zip(spacing, finer, strict=True)]
    pads = [math.ceil(reach / step) for step in steps]
    sizes = [(len(axis) - 1) * factor + 1 + 2 * pad
             for axis, factor, pad in zip(axes, finer, pads, strict=True)]
    if math.prod(sizes) > MAX_CELLS:
        queries = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        return np.exp(density.log_prob(queries.reshape(-1, dimension))).reshape(
            queries.shape[:-1])
    origin = [axis[0] - pad * step for axis, pad, step in zip(axes, pads, steps, strict=True)]
    mass = _share_out((density.points - origin) / steps, sizes)
    # Sharing out widens: by a sixth of a squared cell, which a Gaussian can give back.
    widths = [math.sqrt(h**2 - step**2 / 6) if density.kernel == "gaussian" else h
              for step in steps]
    offsets = np.meshgrid(*(step / width * np.arange(-pad, pad + 1) for step, pad, width
                            in zip(steps, pads, widths, strict=True)), indexing="ij")
    bump = shape(density.kernel, np.sqrt(sum(offset**2 for offset in offsets)))
    bump /= volume(density.kernel, dimension) * math.prod(widths) * len(density.points)
    fine = fftconvolve(mass, bump, mode="valid")
    return fine[tuple(slice(None, None, factor) for factor in finer)].clip(min=0)


def _share_out(places: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Give each point's weight of 1 to the 2^D cells around it, the nearer the more."""
    inside = ((places >= 0) & (places < np.array(sizes) - 1)).all(axis=1)
    places = places[inside]
    corner = np.floor(places).astype(np.int64)
    part = places - corner
    total = np.zeros(math.prod(sizes))
    for upper in np.ndindex(*(2,) * len(sizes)):
        weight = np.prod(np.where(upper, part, 1 - part), axis=1)
        cell = np.ravel_multi_index(tuple((corner + upper).T), tuple(sizes))
        total += np.bincount(cell, weight, minlength=len(total))
    return total.reshape(sizes)
