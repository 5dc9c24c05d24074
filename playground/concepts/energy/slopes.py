"""Slopes of an energy along its weights: what gradients of the log-likelihood are made of."""

import torch
from torch import Tensor

from model_zoo.energy import EnergyModel


def slopes_of(model: EnergyModel, x: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted sum of dE/dw over some data, all weights that learn as one vector.

    Args:
        x: in the model's own space, (B, *shape).
        weights: of the data, (B,).

    Returns:
        (W,) float64, on the CPU.
    """
    learning = list(model.net.net.parameters())
    with torch.enable_grad():
        total = (weights * model.learning_energy(x)).sum()
        found = torch.autograd.grad(total, learning)
    return torch.cat([each.flatten() for each in found]).cpu().double()


def angle_to(exact: Tensor, found: Tensor) -> float:
    """Return the angle between two vectors in degrees; 90 where one of them is 0."""
    cosine = exact @ found / (exact.norm() * found.norm()).clamp_min(1e-12)
    return torch.rad2deg(torch.arccos(cosine.clamp(-1, 1))).item()
