"""The methods that bring data of any dimension onto a plane, step by step, all alike."""

from collections.abc import Generator, Iterator

import numpy as np
from scipy.sparse.csgraph import connected_components, shortest_path
from scipy.spatial.distance import cdist

from playground.algorithms import embeddings, umap_epochs
from playground.algorithms.eigen import orthogonal_iteration
from playground.algorithms.neighbors import in_rows
from playground.concepts.dimensionality_reduction.settings import DimensionalityReductionSettings
from playground.experiments.pieces import imported

MAX_ITERATIONS = 60
PATHS_AT_ONCE = 50
SPECTRAL = ("pca", "kernel_pca", "isomap")
State = tuple[np.ndarray, dict[str, float]]


def states(rows: np.ndarray,
           settings: DimensionalityReductionSettings) -> Iterator[State | None]:
    """Go through the embeddings (N, 2) of the rows (N, D), the start first, with their metrics.

    None comes between, where one takes long.
    """
    if settings.method == "tsne":
        yield from imported("openTSNE")
        for state in embeddings.tsne(rows, settings.perplexity, settings.seed):
            found: dict[str, float] = {"iteration": state.iteration,
                                       "exaggerated": state.exaggerated}
            if state.iteration:
                found["divergence"] = state.divergence
            yield state.embedding, found
    elif settings.method == "umap":
        yield from imported("umap")
        epochs = umap_epochs.umap(rows, settings.neighbors, settings.min_dist, settings.seed)
        for epoch, embedding in enumerate(epochs):
            yield embedding, {"epoch": float(epoch)}
    else:
        yield from _eigenvectors(rows, settings)


def most_steps(method: str) -> int:
    """How many embeddings follow the start: exact for t-SNE and UMAP, else an upper bound."""
    return {"tsne": (embeddings.EARLY + embeddings.LATE) // embeddings.EVERY,
            "umap": umap_epochs.EPOCHS}.get(method, MAX_ITERATIONS)


def _eigenvectors(rows: np.ndarray,
                  settings: DimensionalityReductionSettings) -> Iterator[State | None]:
    """PCA, kernel PCA and Isomap: three matrices, one way to their eigenvectors."""
    centred, n = rows - rows.mean(axis=0), len(rows)
    if settings.method == "pca":
        matrix = centred.T @ centred / n
    elif settings.method == "kernel_pca":
        likeness = np.empty((n, n))
        for part in in_rows(rows):
            yield None
            likeness[part] = np.exp(-settings.gamma * cdist(rows[part], rows, "sqeuclidean"))
        matrix = _double_centred(likeness)
    else:
        paths = yield from _shortest_paths(rows, min(settings.neighbors, n - 1))
        yield None
        matrix = _double_centred(-(paths**2) / 2)
    rng = np.random.default_rng(settings.seed)
    for values, vectors in orthogonal_iteration(matrix, 2, rng, max_iter=MAX_ITERATIONS):
        embedding = (centred @ vectors if settings.method == "pca"
                     else vectors * np.sqrt(np.maximum(values, 0)))
        yield embedding, {"explained": float(values.sum() / np.trace(matrix))}


def _shortest_paths(rows: np.ndarray, neighbors: int) -> Generator[None, None, np.ndarray]:
    """Lengths of the shortest paths from neighbour to neighbour, (N, N), as Isomap has them.

    Parts that nothing connects are joined by shortest bridges.
    """
    from sklearn.neighbors import kneighbors_graph
    from sklearn.utils.graph import _fix_connected_components

    graph = kneighbors_graph(rows, neighbors, mode="distance")
    yield
    n_parts, labels = connected_components(graph)
    if n_parts > 1:
        graph = _fix_connected_components(rows, graph.tolil(), n_parts, labels, mode="distance")
    paths = np.empty((len(rows), len(rows)))
    for part in np.array_split(np.arange(len(rows)), -(-len(rows) // PATHS_AT_ONCE)):
        yield
        paths[part] = shortest_path(graph.tocsr(), directed=False, indices=part)
    return paths


def _double_centred(matrix: np.ndarray) -> np.ndarray:
    """Take the means of all rows and columns away."""
    by_column = matrix - matrix.mean(axis=0, keepdims=True)
    return np.asarray(by_column - by_column.mean(axis=1, keepdims=True))
