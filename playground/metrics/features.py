"""How alike two sets of images are, by their features (N, F): Fréchet and kernel distance."""

import numpy as np


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the squared Fréchet distance of the Gaussians fitted to two sets of features.

    |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)). With the features of the Inception net it
    is the FID of Martin Heusel et al., 2017, https://arxiv.org/abs/1706.08500. Small sets are
    overestimated: compare sets of one size, beside the same distance of real images.
    """
    apart = a.mean(0) - b.mean(0)
    c_a, c_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(c_a)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    # (C_a C_b)^(1/2) has the trace of (R C_b R)^(1/2), R R = C_a, which is symmetric.
    shared = np.sqrt(np.linalg.eigvalsh(root @ c_b @ root).clip(0)).sum()
    return float(apart @ apart + np.trace(c_a) + np.trace(c_b) - 2 * shared)


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the squared maximum mean discrepancy with the kernel (x y / F + 1)^3.

    The estimate has no bias, so it can be below 0. With the features of the Inception net it is
    the KID of Mikolaj Binkowski et al., 2018, https://arxiv.org/abs/1801.01401.
    """
    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)

    def within(x: np.ndarray) -> float:
        k = kernel(x, x)
        return float((k.sum() - np.trace(k)) / (len(x) * (len(x) - 1)))

    return within(a) + within(b) - 2 * float(kernel(a, b).mean())
