"""The methods that bring data of any dimension onto a plane, step by step, all alike."""

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.manifold import Isomap
from sklearn.metrics.pairwise import rbf_kernel

from playground.algorithms import embeddings, umap_epochs
from playground.algorithms.eigen import orthogonal_iteration
from playground.experiments.dimensionality_reduction.settings import (
    DimensionalityReductionSettings,
)

MAX_ITERATIONS = 60
SPECTRAL = ("pca", "kernel_pca", "isomap")
State = tuple[np.ndarray, dict[str, float]]


def states(rows: np.ndarray, settings: DimensionalityReductionSettings) -> Iterator[State]:
    """Go through the embeddings (N, 2) of the rows (N, D), the start first, with their metrics."""
    if settings.method == "tsne":
        for state in embeddings.tsne(rows, settings.perplexity, settings.seed):
            found: dict[str, float] = {"iteration": state.iteration,
                                       "exaggerated": state.exaggerated}
            if state.iteration:
                found["divergence"] = state.divergence
            yield state.embedding, found
    elif settings.method == "umap":
        epochs = umap_epochs.umap(rows, settings.neighbors, settings.min_dist, settings.seed)
        for epoch, embedding in enumerate(epochs):
            yield embedding, {"epoch": float(epoch)}
    else:
        yield from _eigenvectors(rows, settings)


def most_steps(method: str) -> int:
    """How many embeddings follow the start: exact for t-SNE and UMAP, else an upper bound."""
    return {"tsne": (embeddings.EARLY + embeddings.LATE) // embeddings.EVERY,
            "umap": umap_epochs.EPOCHS}.get(method, MAX_ITERATIONS)


def _eigenvectors(rows: np.ndarray, settings: DimensionalityReductionSettings) -> Iterator[State]:
    """PCA, kernel PCA and Isomap: three matrices, one way to their eigenvectors."""
    centred, n = rows - rows.mean(axis=0), len(rows)
    if settings.method == "pca":
        matrix = centred.T @ centred / n
    elif settings.method == "kernel_pca":
        matrix = _double_centred(rbf_kernel(rows, gamma=settings.gamma))
    else:
        neighbors = min(settings.neighbors, n - 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it joins separate parts by shortest bridges
            paths = Isomap(n_neighbors=neighbors).fit(rows).dist_matrix_
        matrix = _double_centred(-(paths**2) / 2)
    rng = np.random.default_rng(settings.seed)
    for values, vectors in orthogonal_iteration(matrix, 2, rng, max_iter=MAX_ITERATIONS):
        embedding = (centred @ vectors if settings.method == "pca"
                     else vectors * np.sqrt(np.maximum(values, 0)))
        yield embedding, {"explained": float(values.sum() / np.trace(matrix))}


def _double_centred(matrix: np.ndarray) -> np.ndarray:
    """Take the means of all rows and columns away."""
    by_column = matrix - matrix.mean(axis=0, keepdims=True)
    return np.asarray(by_column - by_column.mean(axis=1, keepdims=True))
