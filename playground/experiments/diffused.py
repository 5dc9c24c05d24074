"""What pages and contests ask of a diffusion: its weights; pictures and their bound, in pieces."""

import numpy as np
import torch
from torch import Tensor

from model_zoo.diffusion import Diffusion, PictureDiffusion
from model_zoo.diffusion_likelihood import bound_parts
from model_zoo.time_u_net import GROUPS
from playground.experiments.base import Work
from playground.experiments.model_experiment import HasWeights
from playground.experiments.pieces import to_the_end
from playground.training.trainer import from_arrays, to_arrays


class HasMeanWeights(HasWeights):
    """Whatever draws with the mean of a net's weights keeps that mean alone: half the numbers.

    Attributes:
        model: its `net` learns, and answers with its mean.
    """

    model: Diffusion

    def weights(self) -> dict[str, np.ndarray]:
        """Return the mean of the weights, which is what draws."""
        return to_arrays(self.model.net.mean)

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put it back, and let the net that learns be the same.

        Raises:
            ValueError: a name, a shape or a type does not fit.
        """
        for net in {self.model.net.net, self.model.net.mean}:
            from_arrays(net, weights)


def maps(features: int) -> int:
    """Return how many maps a contest's U-Net has where its other nets have `features`: half."""
    return max(GROUPS, features // 2 // GROUPS * GROUPS)


def on_levels(model: PictureDiffusion, x: Tensor) -> Tensor:
    """Bring each pixel to the nearest of the values that it can have, 0 to 1."""
    most = model.n_levels - 1
    return (x.clamp(0, 1) * most).round() / most


def drawn(model: PictureDiffusion, n: int, at_once: int, context: Tensor | None = None,
          ) -> Work[Tensor]:
    """Draw n new pictures, each to its context, (n, C, H, W); a step in each piece.

    Args:
        at_once: how many walk together.
    """
    parts: list[Tensor] = []
    for rows in torch.arange(n).split(at_once):
        told = None if context is None else context[rows]
        state = yield from to_the_end(model.path(len(rows), told))
        parts.append(on_levels(model, state.x))
    return torch.cat(parts)


def bounded(model: PictureDiffusion, x: Tensor, n_parts: int, at_once: int,
            context: Tensor | None = None) -> Work[Tensor]:
    """Return a lower bound of log p(x) in nats, (B,), by an endless chain.

    Args:
        x: (B, C, H, W).
        n_parts: see `bound_parts`.
        at_once: how many are rated together.
    """
    levels = torch.linspace(-1, 1, model.n_levels, device=x.device)
    found: list[Tensor] = []
    for rows in torch.arange(len(x)).split(at_once):
        denoise = model.denoiser(None if context is None else context[rows])
        log_p = torch.zeros(len(rows), device=x.device)
        for cost in bound_parts(denoise, model.schedule, model.inward(x[rows]), n_parts,
                                levels=levels):
            log_p -= cost
            yield None
        found.append(log_p)
    return torch.cat(found)
