"""How well single latent dimensions stand for single known factors.

The mutual information gap of R. T. Q. Chen, X. Li, R. Grosse, D. Duvenaud, "Isolating Sources of
Disentanglement in Variational Autoencoders", 2018, https://arxiv.org/abs/1802.04942, section 4:

    MIG = mean over factors v of  (I(z_1; v) - I(z_2; v)) / H(v),

where z_1 and z_2 are the two dimensions that tell most of v. As in F. Locatello et al.,
"Challenging Common Assumptions in the Unsupervised Learning of Disentangled Representations",
2019, https://arxiv.org/abs/1811.12359, the mean codes are cut into 20 bins of equal width.
"""

import numpy as np

N_BINS = 20


def mutual_information(codes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return I(z_j; v_k) / H(v_k), each 0 to 1, (Z, F) float32.

    Args:
        codes: Mean codes, (N, Z).
        factors: Factors, (N, F) integers from 0. One that never varies gets 0.
    """
    table = np.zeros((codes.shape[1], factors.shape[1]), np.float32)
    for j, code in enumerate(codes.T):
        edges = np.linspace(code.min(), code.max(), N_BINS + 1)
        bins = np.searchsorted(edges[1:-1], code, side="right")
        for k, factor in enumerate(factors.T):
            joint = np.zeros((N_BINS, int(factor.max()) + 1))
            np.add.at(joint, (bins, factor), 1 / len(code))
            whole = entropy(joint.sum(0))
            if whole > 0:
                shared = entropy(joint.sum(1)) + whole - entropy(joint.ravel())
                table[j, k] = max(shared, 0) / whole
    return table


def entropy(shares: np.ndarray) -> float:
    """Return the entropy of a distribution in nats."""
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def mig(table: np.ndarray) -> float:
    """Return the mutual information gap, 0 to 1.

    Args:
        table: What `mutual_information` returns, (Z, F); a single dimension has no rival.
    """
    ordered = np.sort(np.pad(table, ((1, 0), (0, 0))), axis=0)
    return float((ordered[-1] - ordered[-2]).mean())
