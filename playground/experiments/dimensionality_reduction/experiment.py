"""From many dimensions to two: an axis that turns, eigenvectors that settle, t-SNE and UMAP."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from playground import datasets
from playground.algorithms import embeddings, umap_epochs
from playground.algorithms.eigen import upright
from playground.algorithms.neighbors import kept, ranks
from playground.experiments.base import Experiment, Observation, question
from playground.experiments.dimensionality_reduction.methods import SPECTRAL, most_steps, states
from playground.experiments.dimensionality_reduction.settings import (
    DimensionalityReductionSettings,
)

DEGREES = 2
TURN = 180 // DEGREES
NEIGHBOURS = 10
MAX_IN_GRID = 310
EPOCHS_PER_SECOND = 25.0
_COMPILING = threading.Lock()


class DimensionalityReductionExperiment(Experiment[DimensionalityReductionSettings]):
    """Turns an axis through flat data, or brings data of any dimension onto a plane."""

    @classmethod
    def prepare(cls, settings: DimensionalityReductionSettings) -> None:
        """Let UMAP compile itself, which takes ten seconds or so, once."""
        if settings.method == "umap":
            with _COMPILING:
                list(umap_epochs.umap(np.random.default_rng(0).random((20, 3)), 5, 0.1, 0))

    def __init__(self, settings: DimensionalityReductionSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.labels = self.data.train_labels
        shape = len(self.labels), int(np.prod(self.data.shape))
        self.rows = self.data.train.reshape(shape).astype(np.float64)
        self.mean = self.rows.mean(axis=0) if len(self.rows) else np.zeros(2)
        self.centred = self.rows - self.mean
        self.variances, self.components = _principal(self.centred)
        self.flat = self.centred @ upright(self.components[:, :2])
        if self.rows.shape[1] == 2:
            self.flat = self.centred
        self.turned = 0
        self.visited = [self._variance_at(angle) for angle in settings.visited]
        self.traced = [self._variance_at(settings.angle)]
        self.found: dict[str, float] = {}
        self.ranks: np.ndarray | None = None
        self.embedding = self.flat
        if settings.method != "by_hand" and len(self.rows) >= 5:
            self.ranks = ranks(self.rows)
            self.states = states(self.rows, settings)
            self.embedding, self.found = next(self.states)

    @property
    def total_steps(self) -> int:
        """Exact for the axis, t-SNE and UMAP, an upper bound for eigenvectors."""
        return TURN if self.settings.method == "by_hand" else most_steps(self.settings.method)

    @property
    def pace(self) -> float:
        """Steps per second."""
        if self.settings.method == "umap":
            return EPOCHS_PER_SECOND
        return 6.0 if self.settings.method in SPECTRAL else 15.0

    def steps(self) -> Iterator[None]:
        """Turn the axis by two degrees, or improve the embedding."""
        if len(self.rows) < 5:
            raise ValueError(f"there must be five points or more, got {len(self.rows)}: click "
                             "into the figure to draw some")
        if self.settings.method != "by_hand":
            for embedding, found in self.states:
                self.embedding, self.found = embedding, found
                yield
            return
        for self.turned in range(1, TURN + 1):
            self.traced.append(self._variance_at(self._angle))
            yield

    @property
    def _angle(self) -> float:
        """Where the axis stands, in degrees from the first coordinate."""
        return (self.settings.angle + DEGREES * self.turned) % 180

    def _variance_at(self, degrees: float) -> float:
        direction = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        return float(((self.flat @ direction) ** 2).mean()) if len(self.flat) else 0.0

    def observe(self) -> Observation:
        """Return `points` (N, 2), the plane or the embedding, and their `labels`.

        By hand: the variance along the axis, in squared units of the data, the best so far, and
        both principal components `components` (2, 2) with their variances. `traced` (2, T) holds
        the angles so far, in degrees, and the variances, `visited` (2, V) those where the axis
        was put by hand. Else: `trustworthiness` and `overlap` of the nearest neighbours, between
        0 and 1.
        """
        arrays = {"points": self.embedding.astype(np.float32),
                  "labels": self.labels.astype(np.uint8)}
        if not len(self.rows):
            return {"n": 0.0}, arrays
        if self.settings.method != "by_hand":
            metrics = {"n": float(len(self.rows))} | self.found
            if self.ranks is not None:
                k = min(NEIGHBOURS, (len(self.rows) - 1) // 2)
                metrics["trustworthiness"], metrics["overlap"] = kept(
                    self.ranks, self.embedding, k)
            return metrics, arrays
        angles = self.settings.angle + DEGREES * np.arange(len(self.traced))
        tried = np.concatenate([self.settings.visited, angles])
        reached = [*self.visited, *self.traced]
        values, axes = _principal(self.flat - self.flat.mean(axis=0))
        metrics = {"n": float(len(self.rows)), "angle": self._angle,
                   "variance": self.traced[-1], "best": max(reached),
                   "best_angle": float(tried[int(np.argmax(reached))] % 180),
                   "tried": float(len(reached)),
                   "total": float(values.sum()), "largest": float(values[0]),
                   "principal_angle": float(np.degrees(np.arctan2(*axes[::-1, 0])) % 180),
                   "revealed": float(self.turned >= TURN or self.settings.reveal)}
        traced = np.stack([angles, self.traced])
        visited = np.array([self.settings.visited, self.visited])
        return metrics, arrays | {"traced": traced.astype(np.float32),
                                  "visited": visited.astype(np.float32),
                                  "components": axes.T.astype(np.float32),
                                  "principal_variances": values.astype(np.float32)}

    @question
    def item(self, index: int) -> dict[str, Any]:
        """Return one datum: `image` (1, H, W), or `values` and their `names`."""
        if not 0 <= index < len(self.rows):
            raise ValueError(f"index must be between 0 and {len(self.rows) - 1}, got {index!r}")
        label = int(self.labels[index])
        if self.data.is_image:
            return {"label": label, "image": self._images(self.rows[index : index + 1])[0]}
        return {"label": label, "names": list(self.data.columns),
                "values": self.rows[index].astype(np.float32)}

    @question
    def spectrum(self) -> dict[str, Any]:
        """Return `variances`, of all principal components, falling, and up to 16 of them.

        `images` (K, 1, H, W) are the components of images as greys in [0, 1], 0.5 being zero.
        """
        reply: dict[str, Any] = {"variances": self.variances.astype(np.float32)}
        if self.data.is_image:
            vectors = upright(self.components[:, :16]).T
            scaled = 0.5 + 0.5 * vectors / np.abs(vectors).max(axis=1, keepdims=True)
            reply["images"] = scaled.reshape(-1, *self.data.shape).astype(np.float32)
        return reply

    @question
    def rebuild(self, k: int, n: int) -> dict[str, Any]:
        """Rebuild n data from their first k principal components.

        Returns:
            `error`: the mean squared error over all data, summed over their coordinates;
            `dropped`: the sum of the other components' variances, which it equals; and, of
            images, `originals` and `images` (n, 1, H, W).
        """
        if not 0 <= k <= len(self.variances) or not 1 <= n <= 50:
            raise ValueError(f"k must be between 0 and {len(self.variances)} and n between 1 and "
                             f"50, got {k!r} and {n!r}")
        axes = self.components[:, :k]
        rebuilt = self.mean + self.centred @ axes @ axes.T
        reply: dict[str, Any] = {"error": float(((rebuilt - self.rows) ** 2).sum(axis=1).mean()),
                                 "dropped": float(self.variances[k:].sum())}
        if self.data.is_image:
            reply |= {"originals": self._images(self.rows[:n]),
                      "images": self._images(rebuilt[:n])}
        return reply

    @question
    def whitened(self) -> dict[str, Any]:
        """Return the first two principal components before and after whitening, (N, 2) each.

        `covariance` (2, 2) is that of the whitened ones: ones on the diagonal, zeros elsewhere.
        """
        scores = self.centred @ self.components[:, :2]
        white = scores / np.sqrt(np.maximum(self.variances[:2], 1e-12))
        return {"before": scores.astype(np.float32), "after": white.astype(np.float32),
                "labels": self.labels.astype(np.uint8),
                "covariance": np.cov(white.T, bias=True).tolist()}

    @question
    def embed(self, method: str, perplexity: float) -> dict[str, Any]:
        """Run a method to its end on up to `MAX_IN_GRID` data, the other knobs as they stand.

        Returns:
            `embedding` (N, 2), `labels` (N,); `trustworthiness` and `overlap`, 0 to 1; and the
            `perplexity` used, clamped where there are too few points.
        """
        rows, labels = self.rows[:MAX_IN_GRID], self.labels[:MAX_IN_GRID]
        if len(rows) < 5 or method == "by_hand":
            raise ValueError("there must be five points or more, and a method that finds its own "
                             f"way, got {len(rows)} and {method!r}")
        settings = self.settings.with_changes(method=method, perplexity=perplexity)
        *_, (embedding, _) = states(rows, settings)
        trust, overlap = kept(ranks(rows), embedding, min(NEIGHBOURS, (len(rows) - 1) // 2))
        return {"embedding": embedding.astype(np.float32), "labels": labels.astype(np.uint8),
                "trustworthiness": trust, "overlap": overlap,
                "perplexity": min(perplexity, embeddings.largest_perplexity(len(rows)))}

    def _images(self, rows: np.ndarray) -> np.ndarray:
        return rows.reshape(-1, *self.data.shape).clip(0, 1).astype(np.float32)


def _principal(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances (D,), falling, and principal components (D, D), one in each column."""
    if not len(centred):
        return np.zeros(2), np.eye(2)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    return values[::-1].clip(min=0), vectors[:, ::-1]


def load(settings: DimensionalityReductionSettings) -> datasets.Dataset:
    """Return the data that the settings name, none of them held out.

    The seed is that of the draw; of a stored set it changes nothing.
    """
    if settings.dataset == "mine":
        return settings.own_points()
    data = datasets.load(settings.dataset, n_points=settings.n_points, noise=settings.noise,
                         seed=settings.seed, split=False)
    n = settings.n_points
    return datasets.whole(data.name, data.train[:n], data.train_labels[:n], data.columns)
