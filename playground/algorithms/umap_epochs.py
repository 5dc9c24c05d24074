"""UMAP, one epoch after the other: the graph is umap-learn's, and so is the work of each epoch.

L. McInnes, J. Healy, J. Melville, "UMAP: Uniform Manifold Approximation and Projection for
Dimension Reduction", 2018, https://arxiv.org/abs/1802.03426
"""

import warnings
from collections.abc import Iterator

import numpy as np

EPOCHS = 300
SPACE = 10.0  # the side of the square in which the points start
ATTEMPTS = 5  # points drawn by chance that push, for each neighbour that pulls
LEARNING_RATE = 1.0


def umap(points: np.ndarray, n_neighbors: int, min_dist: float, seed: int) -> Iterator[np.ndarray]:
    """Run UMAP from a random start: the embedding (N, 2) at the start and after each epoch.

    `umap.UMAP.fit` does all epochs in one go and keeps some. Here they are done when they are
    asked for, and end at the same numbers.

    Args:
        points: (N, D).
        n_neighbors: Whom each point knows; at most N - 1 are used.
        min_dist: How close points may lie in the embedding.
        seed: Of the start and of the chance in it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP, layouts
        from umap.umap_ import make_epochs_per_sample

        class Graph(UMAP):
            """The weighted neighbours alone; the random stream is left where it then stands."""

            def _fit_embed_data(self, x, n_epochs, init, random_state, **rest):  # type: ignore # noqa: ANN001, ANN003, ANN202
                self.chance = random_state
                return np.zeros((len(x), 2), np.float32), {}

        model = Graph(n_neighbors=min(n_neighbors, len(points) - 1), min_dist=min_dist,
                      init="random", random_state=seed, n_epochs=EPOCHS, n_jobs=1).fit(points)
    one_epoch = layouts._get_optimize_layout_euclidean_single_epoch_fn(False)
    graph = model.graph_.tocoo()
    graph.sum_duplicates()
    graph.data[graph.data < graph.data.max() / EPOCHS] = 0.0
    graph.eliminate_zeros()
    embedding, state = _start(model.chance, len(points))
    yield embedding.copy()
    # An edge pulls once in so many epochs, the rarer the weaker it is.
    every = make_epochs_per_sample(graph.data, EPOCHS)
    next_pull, push_every = every.copy(), every / ATTEMPTS
    next_push = push_every.copy()
    nothing = np.zeros(1, np.float32)
    rate = LEARNING_RATE
    for epoch in range(EPOCHS):
        one_epoch(embedding, embedding, graph.row, graph.col, len(points), every, model._a,
                  model._b, state, 1.0, 2, True, rate, push_every, next_push, next_pull, epoch,
                  False, nothing, nothing, 0, 0, 0, 0, nothing, nothing, 0)
        rate = LEARNING_RATE * (1 - epoch / EPOCHS)
        yield embedding.copy()


def _start(chance: np.random.RandomState, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Places in a square (n, 2), and each point's own random stream."""
    places = chance.uniform(-SPACE, SPACE, (n, 2)).astype(np.float32)
    state = chance.randint(np.iinfo(np.int32).min + 1, np.iinfo(np.int32).max - 1, 3)
    low, high = places.min(axis=0), places.max(axis=0)
    places = (SPACE * (places - low) / (high - low)).astype(np.float32, order="C")
    own = places[:, 0].astype(np.float64).view(np.int64).reshape(-1, 1)
    return places, np.full((n, 3), state.astype(np.int64), np.int64) + own
