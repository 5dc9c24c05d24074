"""From many dimensions to two: an axis that turns, eigenvectors that settle, t-SNE and UMAP."""

import threading
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np

from playground import datasets
from playground.algorithms import embeddings, umap_epochs
from playground.algorithms.eigen import upright
from playground.algorithms.neighbors import kept, ranks
from playground.arguments import OneOf, Within
from playground.concepts.dimensionality_reduction.methods import SPECTRAL, most_steps, states
from playground.concepts.dimensionality_reduction.settings import (
    PERPLEXITIES,
    DimensionalityReductionSettings,
)
from playground.experiments.base import (
    PART,
    Answer,
    Experiment,
    Observation,
    Piece,
    Work,
    question,
)
from playground.language import N_
from playground.refusal import Refusal

DEGREES = 2
TURN = 180 // DEGREES
NEIGHBOURS = 10
MAX_IN_GRID = 310
MOST_FOR_UMAP = 500
MAX_REBUILT = 50
MAX_PICTURE_BYTES = 150_000
EPOCHS_PER_SECOND = 25.0
FIND_THEIR_WAY = tuple(name for name in DimensionalityReductionSettings.knobs()["method"].choices
                       if name != "by_hand")
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

    def building(self) -> Iterator[None]:
        """Find the principal components, the ranks of neighbours, and where a method starts."""
        settings = self.settings
        self.variances, self.components = _principal(self.centred)
        yield
        self.flat = self.centred @ upright(self.components[:, :2])
        if already_flat := self.rows.shape[1] == 2:
            self.flat = self.centred
        self.turned, self.begun = 0, False
        every = settings.angle + DEGREES * np.arange(TURN)
        self.best_turn = int(np.argmax([self._variance_at(angle) for angle in every]))
        self.visited = [self._variance_at(angle) for angle in settings.visited]
        self.traced = [self._variance_at(settings.angle)]
        self.found: dict[str, float] = {}
        self.ranks: np.ndarray | None = None
        # Where a point was drawn, there it is to be seen.
        self.embedding = self.rows if already_flat else self.flat
        if settings.method == "by_hand" or len(self.rows) < 5:
            return
        if settings.method == "umap" and len(self.rows) > MOST_FOR_UMAP:
            raise Refusal(N_("UMAP finds all neighbours in one go, and takes {most} points at "
                             "most here, got {n}: lower the points"),
                          most=MOST_FOR_UMAP, n=len(self.rows))
        self.ranks = yield from ranks(self.rows)
        self.states = states(self.rows, settings)
        while (state := next(self.states)) is None:
            yield
        self.embedding, self.found = state

    @property
    def total_steps(self) -> int:
        """Exact for the axis, t-SNE and UMAP, an upper bound for eigenvectors."""
        if self.settings.method == "by_hand":
            return TURN + self.best_turn
        return most_steps(self.settings.method)

    @property
    def pace(self) -> float:
        """Steps per second."""
        if self.settings.method == "umap":
            return EPOCHS_PER_SECOND
        return 6.0 if self.settings.method in SPECTRAL else 15.0

    def steps(self) -> Iterator[Piece | None]:
        """Turn the axis by two degrees, or improve the embedding.

        When the axis has been all the way round it goes on to where it had the most variance.
        """
        if len(self.rows) < 5:
            raise Refusal(N_("there must be five points or more, got {n}: click into the figure "
                             "to draw some"), n=len(self.rows))
        self.begun = True
        if self.settings.method != "by_hand":
            for state in self.states:
                self.embedding, self.found = state or (self.embedding, self.found)
                yield None if state else PART
            return
        while self.turned < self.total_steps:
            self.turned += 1
            self.traced.append(self._variance_at(self._angle))
            yield None

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
        was put by hand, `whole` (2, W) all, where the components are revealed.

        Else: `trustworthiness` and `overlap` of the nearest neighbours, and what chance would
        keep of them (`by_chance`), between 0 and 1.

        At the start alone: `space` (N, 3), data of three dimensions; `pictures` (N, S, S), images
        as bytes, made smaller where there are many.
        """
        arrays = {"points": self.embedding.astype(np.float32),
                  "labels": self.labels.astype(np.uint8)}
        if not len(self.rows):
            return {"n": 0.0}, arrays
        if self.settings.in_space and not self.begun:
            arrays["space"] = self.rows.astype(np.float32)
        if self.data.is_image and self.settings.method != "by_hand" and not self.begun:
            arrays["pictures"] = _small(self._images(self.rows)[:, 0])
        if self.settings.method != "by_hand":
            metrics = {"n": float(len(self.rows))} | self.found
            if self.ranks is not None:
                k = min(NEIGHBOURS, (len(self.rows) - 1) // 2)
                metrics["trustworthiness"], metrics["overlap"] = kept(
                    self.ranks, self.embedding, k)
                metrics["by_chance"] = k / (len(self.rows) - 1)
            return metrics, arrays
        angles = self.settings.angle + DEGREES * np.arange(len(self.traced))
        tried = np.concatenate([self.settings.visited, angles])
        reached = [*self.visited, *self.traced]
        values, axes = _principal(self.flat - self.flat.mean(axis=0))
        axes = upright(axes)
        metrics = {"n": float(len(self.rows)), "angle": self._angle,
                   "variance": self.traced[-1], "best": max(reached),
                   "best_angle": float(tried[int(np.argmax(reached))] % 180),
                   "tried": float(len(self.visited) + min(len(self.traced), TURN)),
                   "total": float(values.sum()), "largest": float(values[0]),
                   "principal_angle": float(np.degrees(np.arctan2(*axes[::-1, 0])) % 180),
                   "round": float(self.turned >= TURN), "revealed": float(self.settings.reveal)}
        if self.settings.reveal:
            every = np.arange(0.0, 181.0, DEGREES)
            whole = np.stack([every, [self._variance_at(angle) for angle in every]])
            arrays["whole"] = whole.astype(np.float32)
        traced = np.stack([angles, self.traced])
        visited = np.array([self.settings.visited, self.visited])
        return metrics, arrays | {"traced": traced.astype(np.float32),
                                  "visited": visited.astype(np.float32),
                                  "components": axes.T.astype(np.float32),
                                  "principal_variances": values.astype(np.float32)}

    @question
    def item(self, index: Annotated[int, Within(0, lambda asked: len(asked.rows) - 1)]
             ) -> dict[str, Any]:
        """Return one datum: `image` (1, H, W), or `values` and their `names`."""
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
    def rebuild(self, k: Annotated[int, Within(0, lambda asked: len(asked.variances))],
                n: Annotated[int, Within(1, MAX_REBUILT)]) -> dict[str, Any]:
        """Rebuild n data from their first k principal components.

        Returns:
            `error`: the mean squared error over all data, summed over their coordinates;
            `dropped`: the sum of the other components' variances, which it equals; and, of
            images, `originals` and `images` (n, 1, H, W).
        """
        axes = self.components[:, :k]
        rebuilt = self.mean + self.centred @ axes @ axes.T
        total = float(((rebuilt - self.rows) ** 2).sum())
        reply: dict[str, Any] = {"error": total / max(len(self.rows), 1),
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
    def embed(self, method: Annotated[str, OneOf(FIND_THEIR_WAY)],
              perplexity: Annotated[float, Within(*PERPLEXITIES)]) -> Work[Answer]:
        """Run a method to its end on up to `MAX_IN_GRID` data, the other knobs as they stand.

        Returns:
            `embedding` (N, 2), `labels` (N,); `trustworthiness` and `overlap`, 0 to 1; and the
            `perplexity` used, clamped where there are too few points.
        """
        rows, labels = self.rows[:MAX_IN_GRID], self.labels[:MAX_IN_GRID]
        if len(rows) < 5:
            raise Refusal(N_("there must be five points or more, got {n}"), n=len(rows))
        settings = self.settings.with_changes(method=method, perplexity=perplexity)
        embedding = np.zeros((len(rows), 2))
        for state in states(rows, settings):
            yield None
            embedding = state[0] if state else embedding
        known = yield from ranks(rows)
        trust, overlap = kept(known, embedding, min(NEIGHBOURS, (len(rows) - 1) // 2))
        return {"embedding": embedding.astype(np.float32), "labels": labels.astype(np.uint8),
                "trustworthiness": trust, "overlap": overlap,
                "perplexity": min(perplexity, embeddings.largest_perplexity(len(rows)))}

    def _images(self, rows: np.ndarray) -> np.ndarray:
        return rows.reshape(-1, *self.data.shape).clip(0, 1).astype(np.float32)


def _small(images: np.ndarray) -> np.ndarray:
    """Grey images (N, H, W) between 0 and 1 as bytes, in blocks of 2 x 2, 4 x 4 ... made one.

    All of them together take up to `MAX_PICTURE_BYTES`.
    """
    while images.size > MAX_PICTURE_BYTES and images.shape[1] % 2 == 0:
        images = images.reshape(len(images), images.shape[1] // 2, 2, images.shape[2] // 2, 2)
        images = images.mean(axis=(2, 4))
    return np.rint(255 * images).astype(np.uint8)


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
