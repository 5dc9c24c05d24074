"""Nets of a datum and a time: what diffusion and flow matching learn, one net for all times.

The time joins as waves of many lengths (A. Vaswani et al., "Attention Is All You Need", 2017,
section 3.5, https://arxiv.org/abs/1706.03762), and so may a point of the plane: smooth nets learn
fine detail badly without (M. Tancik et al., "Fourier Features Let Networks Learn High Frequency
Functions in Low Dimensional Domains", 2020, https://arxiv.org/abs/2006.10739).
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from model_zoo.conditional import check_context

N_WAVES, FASTEST = 16, 100.0
SPREAD = 1.5  # of the random waves over the plane, radians for each unit


class TimeNet(nn.Module, ABC):
    """A net (x, t, context) -> something of the shape of x.

    It may be told a class or not: nothing told has a learned entry of its own, so that one net
    learns both, as guidance needs it.

    Attributes:
        n_classes: how many classes it knows; 0 if it is told none.
        n_given: how many maps a picture has that it is given; 0 if it is given none.
    """

    n_classes: int
    n_given = 0

    @abstractmethod
    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        """Data (B, *shape), times (B,), or (B, n_times), and classes (B,) -> (B, *shape).

        Args:
            context: int64; `n_classes` for a datum of which nothing is told, None for all such.
                Where pictures are given, these, (B, n_given, H, W).
        """


class TimeAndClass(nn.Module):
    """Features of what a net is told beside the datum.

    Args:
        n_features: how many.
        n_classes: how many classes there are; 0 for none.
        n_times: how many times are told of a datum.
    """

    speeds: Tensor

    def __init__(self, n_features: int, n_classes: int = 0, n_times: int = 1) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.register_buffer("speeds", torch.logspace(0, math.log10(FASTEST), N_WAVES))
        self.net = nn.Sequential(nn.Linear(2 * N_WAVES * n_times, n_features), nn.SiLU(),
                                 nn.Linear(n_features, n_features))
        self.classes = nn.Embedding(n_classes + 1, n_features) if n_classes else None

    def forward(self, t: Tensor, context: Tensor | None) -> Tensor:
        """Times (B,) or (B, n_times) and classes (B,) -> (B, n_features).

        Raises:
            ValueError: a class is told and there is none.
        """
        angles = (t.view(len(t), -1, 1) * self.speeds).flatten(1)
        told: Tensor = self.net(torch.cat([angles.sin(), angles.cos()], 1))
        if self.classes is None:
            check_context(context, 0, "classes")
            return told
        if context is None:
            context = torch.full((len(t),), self.n_classes, device=t.device)
        named: Tensor = told + self.classes(context)
        return named


class PointNet(TimeNet):
    """For points: a residual net, each layer of which is told the time.

    Args:
        dim: coordinates of a point.
        hidden: units in each layer.
        blocks: residual layers.
        n_waves: random waves over the plane that it sees beside the point; 0 for none.
        n_classes, n_times: see `TimeAndClass`.
    """

    waves: Tensor

    def __init__(self, dim: int, hidden: int = 128, blocks: int = 3, n_waves: int = 32,
                 n_classes: int = 0, n_times: int = 1) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.told = TimeAndClass(hidden, n_classes, n_times)
        self.register_buffer("waves", SPREAD * torch.randn(dim, n_waves))
        self.first = nn.Linear(dim + 2 * n_waves, hidden)
        self.layers = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(blocks))
        self.last = nn.Linear(hidden, dim)
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        """Points (B, D), times and classes -> (B, D)."""
        told = self.told(t, context)
        angles = x @ self.waves
        h = self.first(torch.cat([x, angles.sin(), angles.cos()], 1))
        for layer in self.layers:
            h = h + layer(nn.functional.silu(h + told))
        moved: Tensor = self.last(nn.functional.silu(h))
        return moved
