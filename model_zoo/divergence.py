"""The divergence of a field, by which the density of what it carries along changes.

Points that follow dx/dt = f(t, x) keep log p(x) up to d log p / dt = -div f (R. T. Q. Chen,
Y. Rubanova, J. Bettencourt, D. Duvenaud, "Neural Ordinary Differential Equations", 2018,
https://arxiv.org/abs/1806.07366). The estimate with random probes is that of M. F. Hutchinson,
1989; W. Grathwohl et al., "FFJORD", 2019, https://arxiv.org/abs/1810.01367, use it for flows.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from model_zoo.ode import Field

Slope = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # (t, x) -> dx/dt and div f, (B,)


def exact(field: Field) -> Slope:
    """Return the field with its divergence, one derivative for each coordinate of x."""
    def slope(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        keep = torch.is_grad_enabled()
        with torch.enable_grad():
            x = x if x.requires_grad else x.detach().requires_grad_()
            f = field(t, x)
            flat = f.flatten(1)
            trace = flat.new_zeros(len(flat))
            for i in range(flat.shape[1]):
                last = i == flat.shape[1] - 1
                (row,) = torch.autograd.grad(flat[:, i].sum(), x, create_graph=keep,
                                             retain_graph=keep or not last)
                trace = trace + row.flatten(1)[:, i]
        return (f, trace) if keep else (f.detach(), trace.detach())
    return slope


def estimate(field: Field, probe: Tensor) -> Slope:
    """Return the field with an unbiased estimate of its divergence, one derivative in all.

    Args:
        field: dx/dt.
        probe: noise of mean 0 and variance 1, (B, ...), the same along a whole path: else the
            solver would follow a field that is not smooth.
    """
    def slope(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        keep = torch.is_grad_enabled()
        with torch.enable_grad():
            x = x if x.requires_grad else x.detach().requires_grad_()
            f = field(t, x)
            (product,) = torch.autograd.grad((f * probe).sum(), x, create_graph=keep)
            trace = (product * probe).flatten(1).sum(1)
        return (f, trace) if keep else (f.detach(), trace.detach())
    return slope


def with_volume(slope: Slope, shape: tuple[int, ...]) -> Field:
    """Return a field of points and the logarithm of their volume, in one state (B, D + 1).

    Args:
        slope: of the points alone.
        shape: of one datum.
    """
    def field(t: Tensor, state: Tensor) -> Tensor:
        f, trace = slope(t, state[:, :-1].unflatten(1, shape))
        return torch.cat([f.flatten(1), trace[:, None]], 1)
    return field
