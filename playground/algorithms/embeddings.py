"""t-SNE as an iterator: neighbours together on a plane, by openTSNE's callbacks.

L. van der Maaten, G. Hinton, "Visualizing data using t-SNE", 2008,
https://jmlr.org/papers/v9/vandermaaten08a.html
"""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

EARLY, LATE = 250, 500
EVERY = 10
EXAGGERATION = 12.0


@dataclass(frozen=True, eq=False)
class TSNEState:
    """Where t-SNE stands.

    Attributes:
        iteration: Steps of gradient descent so far.
        exaggerated: Whether neighbours still attract each other `EXAGGERATION` times too much.
        divergence: Kullback-Leibler divergence KL(P || Q) of the neighbourhoods, in nats.
        embedding: (N, 2).
    """

    iteration: int
    exaggerated: bool
    divergence: float
    embedding: np.ndarray


def largest_perplexity(n_points: int) -> float:
    """The largest perplexity that openTSNE takes: it looks at 3 times as many neighbours."""
    return (n_points - 1) / 3


def tsne(points: np.ndarray, perplexity: float, seed: int) -> Iterator[TSNEState]:
    """Run t-SNE from a random start and stop at every `EVERY`-th of its 750 iterations.

    Args:
        points: (N, D).
        perplexity: Effective number of neighbours; at most `largest_perplexity(N)` is used.
        seed: Of the start.
    """
    from openTSNE import TSNEEmbedding, affinity, initialization, nearest_neighbors

    perplexity = min(perplexity, largest_perplexity(len(points)))
    # By its name, the exact method would be found after a look for another one that imports numba.
    exact = nearest_neighbors.Sklearn(points, k=min(len(points) - 1, int(3 * perplexity)))
    neighbours = affinity.PerplexityBasedNN(perplexity=perplexity, knn_index=exact, n_jobs=1)
    start = initialization.random(len(points), random_state=seed)
    embedding = TSNEEmbedding(start, neighbours, negative_gradient_method="bh", n_jobs=1,
                              learning_rate="auto", random_state=seed)
    yield TSNEState(0, True, 0.0, np.array(embedding))

    def optimise(report: Callable[[TSNEState], bool]) -> None:
        for begin, length, exaggeration, momentum in ((0, EARLY, EXAGGERATION, 0.5),
                                                      (EARLY, LATE, 1.0, 0.8)):
            def at(iteration: int, error: float, now: np.ndarray, begin: int = begin) -> bool:
                return report(TSNEState(begin + iteration, begin == 0, float(error),
                                        np.array(now)))

            embedding.optimize(length, exaggeration=exaggeration, momentum=momentum,
                               inplace=True, callbacks=at, callbacks_every_iters=EVERY,
                               propagate_exception=True)

    yield from in_step(optimise)


def in_step(work: Callable[[Callable[[Any], bool]], None]) -> Iterator[Any]:
    """Turn a callback into an iterator.

    Args:
        work: Is run in a thread, gets a function `report`, and calls it with one item after the
            other. `report` returns when the next item is asked for: True if it never will be.
    """
    turn: threading.Semaphore = threading.Semaphore(0)
    items: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    over = threading.Event()

    def report(item: Any) -> bool:
        items.put(("item", item))
        turn.acquire()
        return over.is_set()

    def run() -> None:
        turn.acquire()
        try:
            if not over.is_set():
                work(report)
            items.put(("end", None))
        except Exception as error:  # noqa: BLE001 - handed on to whoever iterates
            items.put(("error", error))

    threading.Thread(target=run, daemon=True, name="in-step").start()
    try:
        while True:
            turn.release()
            kind, item = items.get()
            if kind == "error":
                raise item
            if kind == "end":
                return
            yield item
    finally:
        over.set()
        turn.release()
