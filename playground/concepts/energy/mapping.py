"""Energies on the plane: log Z by quadrature, and the surface that is drawn."""

import torch
from torch import Tensor

from model_zoo.langevin import Energy
from model_zoo.quadrature import summing
from playground.concepts.energy.training import TrainedEnergy
from playground.experiments.base import Work
from playground.experiments.pieces import log_sum
from playground.language import N_
from playground.refusal import Refusal

HALF, SIDE = 3.0, 81  # the square that is drawn, and places along each axis
DEEP = 8.0  # nats from the bottom of the deepest well up to where nothing is drawn any more


class MappedEnergy(TrainedEnergy):
    """A trained energy with its surface.

    Attributes:
        cell: area that belongs to a place of the surface.
    """

    cell = (2 * HALF / (SIDE - 1)) ** 2

    def must_be_points(self) -> None:
        """Refuse what only points of the plane can answer."""
        if self.settings.is_image:
            raise Refusal(N_("the data must be points of the plane to answer this"))

    def summed(self, energy: Energy) -> Work[float]:
        """Return log Z of an energy on the plane, in nats."""
        return (yield from log_sum(summing(energy, self.device)))

    @torch.no_grad()
    def mapped(self, energy: Energy) -> Work[tuple[Tensor, float]]:
        """Return -log p in nats on the square, (G, G) with rows from the bottom, and log Z."""
        log_z = yield from self.summed(energy)
        axis = torch.linspace(-HALF, HALF, SIDE, device=self.device)
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        return energy(torch.stack([x, y], -1).view(-1, 2)).view(SIDE, SIDE) + log_z, log_z


def shades(surface: Tensor) -> Tensor:
    """Return how deep each place of a surface of energies lies, (G, G) bytes.

    255 is the bottom of the deepest well, 0 whatever lies 8 nats or more above it.
    """
    depth = 1 - ((surface - surface.min()) / DEEP).clamp(0, 1)
    return (255 * depth).round().to(torch.uint8)
