"""Parallel tempering: chains at several temperatures that swap places.

R. H. Swendsen, J.-S. Wang, "Replica Monte Carlo Simulation of Spin-Glasses", 1986,
https://doi.org/10.1103/PhysRevLett.57.2607
G. Desjardins, A. Courville, Y. Bengio, P. Vincent, O. Delalleau, "Tempered Markov Chain
Monte Carlo for training of Restricted Boltzmann Machines", 2010,
https://proceedings.mlr.press/v9/desjardins10a.html
"""

import torch
from torch import Tensor


def ladder(n: int, device: torch.device | None = None) -> Tensor:
    """Return n inverse temperatures at equal distances, (n,): 1, that of the model, first."""
    return 1 - torch.arange(n, device=device) / n


def swapped(v: Tensor, energy: Tensor, inverse: Tensor) -> tuple[Tensor, Tensor]:
    """Let chains at neighbouring temperatures swap places, as often as keeps all distributions.

    Two of them, with inverse temperatures a and b and energies E and F, do so with the chance
    min(1, exp((a - b) (E - F))): always, if the hotter one has found the lower energy. First every
    second one asks the next, beginning with the coldest, then the others do.

    Args:
        v: the states, (T, N, V).
        energy: of each, (T, N).
        inverse: the inverse temperatures, (T,).

    Returns:
        The states at their new places, (T, N, V), and which neighbours have swapped, (T - 1, N)
        of 1 and 0.
    """
    taken = torch.zeros_like(energy[1:])
    places = torch.arange(len(v), device=v.device)[:, None].repeat(1, v.shape[1])  # (T, N)
    for first in (0, 1):
        cold = torch.arange(first, len(v) - 1, 2, device=v.device)
        now = energy.gather(0, places)
        gain = (inverse[cold] - inverse[cold + 1])[:, None] * (now[cold] - now[cold + 1])
        swaps = torch.rand_like(gain) < gain.exp()  # (P, N)
        taken[cold] = swaps.to(taken.dtype)
        new = places.clone()
        new[cold] = torch.where(swaps, places[cold + 1], places[cold])
        new[cold + 1] = torch.where(swaps, places[cold], places[cold + 1])
        places = new
    return v.gather(0, places[..., None].expand_as(v)), taken
