"""Do chains mix? How long each stays at one place before it comes to another."""

from typing import Any

import numpy as np


def stays(places: np.ndarray, n_places: int) -> dict[str, Any]:
    """Count how often chains come to another place.

    Args:
        places: where each of N chains was at each of S steps, (S, N) whole numbers from 0; -1 for
            nowhere, which is no other place: a chain is still where it was.
        n_places: how many there are, P.

    Returns:
        `stay`, the mean length of a stay in steps; `changes` of a chain in 100 steps; `stuck`,
        the share of chains that never left a place at which they were for most of the time;
        `shares` (P,) of the time at each place; `nowhere`, the share at none.
    """
    n_steps, n = places.shape
    changes = np.array([_changes(chain) for chain in places.T])
    counts = np.bincount(places[places >= 0], minlength=n_places)
    somewhere = (places >= 0).mean(0) > 0.5
    return {"stay": n_steps * n / float(changes.sum() + n),
            "changes": float(changes.mean()) * 100 / n_steps,
            "stuck": float(((changes == 0) & somewhere).mean()),
            "shares": counts / places.size, "nowhere": float((places < 0).mean())}


def _changes(chain: np.ndarray) -> int:
    at = chain[chain >= 0]
    return int((at[1:] != at[:-1]).sum())
