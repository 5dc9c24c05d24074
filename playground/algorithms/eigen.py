"""The largest eigenvalues and their eigenvectors, one iteration at a time.

H. Rutishauser, "Simultaneous iteration method for symmetric matrices", 1970,
https://doi.org/10.1007/BF02219773
"""

from collections.abc import Iterator

import numpy as np

BLOCK = 8
TOLERANCE = 1e-10


def orthogonal_iteration(
    matrix: np.ndarray, n_vectors: int, rng: np.random.Generator, *, max_iter: int = 60
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Multiply by the matrix, make the columns orthogonal again, and so on.

    `BLOCK` columns are carried along, and of the space that they span the best vectors are taken.

    Args:
        matrix: Symmetric, (D, D).
        n_vectors: How many eigenvectors K, 1 to D.
        rng: Draws the start.
        max_iter: Most iterations.

    Returns:
        An iterator over the start and every iteration: eigenvalues (K,), falling, and vectors
        (D, K). It ends when no eigenvalue changes by more than `TOLERANCE` of the largest.
    """
    size = min(len(matrix), max(BLOCK, n_vectors))
    space = np.linalg.qr(rng.standard_normal((len(matrix), size)))[0]
    values = np.diag(space.T @ matrix @ space)[:n_vectors]
    yield values, space[:, :n_vectors]
    for _ in range(max_iter):
        before = values
        space = np.linalg.qr(matrix @ space)[0]
        inner, turn = np.linalg.eigh(space.T @ matrix @ space)
        values, space = inner[::-1][:n_vectors], space @ turn[:, ::-1]
        yield values, upright(space[:, :n_vectors])
        if np.abs(values - before).max() <= TOLERANCE * max(abs(values[0]), 1e-300):
            return


def upright(vectors: np.ndarray) -> np.ndarray:
    """Turn the sign of each column so that its largest entry is positive: signs mean nothing."""
    strongest = np.abs(vectors).argmax(axis=0)
    return vectors * np.where(vectors[strongest, np.arange(vectors.shape[1])] < 0, -1, 1)
