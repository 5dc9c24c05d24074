"""From noise to data in one step: nets that learn where a way ends, or its mean velocity.

Y. Song, P. Dhariwal, M. Chen, I. Sutskever, "Consistency Models", 2023,
https://arxiv.org/abs/2303.01469
Y. Song, P. Dhariwal, "Improved Techniques for Training Consistency Models", 2024,
https://arxiv.org/abs/2310.14189 (the loss, and no average of weights as the teacher)
Z. Geng, M. Deng, X. Bai, J. Z. Kolter, K. He, "Mean Flows for One-step Generative Modeling",
2025, https://arxiv.org/abs/2505.13447
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from model_zoo.base import Conditional, GenerativeModel, HasPath, Losses, last
from model_zoo.conditional import check_context
from model_zoo.flow_matching import FlowMatching, default_net
from model_zoo.flow_paths import Straight, Way
from model_zoo.ode import OdeState, along, heun
from model_zoo.sources import Gaussian, Source
from model_zoo.time_nets import TimeNet

ROUND = 0.03  # where the loss of a consistency model turns from a square into a length
MOST_WEIGHTED = 1e-3
SLOWER = 0.1  # times are told so much slower to a mean flow: du/dt of fast waves is mostly noise


class OneStep(Conditional, GenerativeModel, HasPath):
    """Draws in `n_steps` steps, of which one may do. Noise is at t = 0, data are at t = 1.

    Args:
        shape: shape of one datum, (D,) or (C, H, W); pixels, in [0, 1], become [-1, 1] inside.
        n_classes: how many classes it is told of; 0 for a model of p(x).
        net: of a datum and two times, those at which a step begins and ends.
        source: what noise is.
        n_steps: how it draws.
    """

    def __init__(self, shape: tuple[int, ...], n_classes: int = 0, *, net: TimeNet | None = None,
                 source: Source | None = None, n_steps: int = 1) -> None:
        super().__init__(shape)
        self.n_classes = n_classes
        self.net = net or default_net(shape, n_classes, n_times=self.n_times)
        self.source, self.n_steps = source or Gaussian(shape), n_steps
        self.way: Way = Straight()
        self.stretch = 2.0 if len(shape) == 3 else 1.0

    n_times = 1

    @abstractmethod
    def jump(self, x: Tensor, start: Tensor, end: Tensor, context: Tensor | None) -> Tensor:
        """Return where points (B, *shape) that stand at x at times `start`, (B,), are at `end`."""

    @torch.no_grad()
    def path(self, n: int, context: Tensor | None = None, noise: Tensor | None = None
             ) -> Iterator[OdeState]:
        """Jump from noise to data; the state before the first jump included.

        Args:
            n, context, noise: see `FlowMatching.path`.
        """
        check_context(context, self.n_classes, "classes")
        x = self.source.draw(n) if noise is None else noise
        times = x.new_tensor([step / self.n_steps for step in range(self.n_steps + 1)])
        times = times[:, None].expand(-1, n)
        yield OdeState(self.outer(x), times[0], 0)
        for done in range(self.n_steps):
            x = self.jump(x, times[done], times[done + 1], context)
            yield OdeState(self.outer(x), times[done + 1], done + 1)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw n new data, (n, *shape)."""
        return last(self.path(n, context))

    def inner(self, x: Tensor) -> Tensor:
        """Return data as the net sees them: pixels between -1 and 1."""
        return x if self.stretch == 1 else self.stretch * (x - 0.5)

    def outer(self, x: Tensor) -> Tensor:
        """Return the data that a jump has led to."""
        return x if self.stretch == 1 else x / self.stretch + 0.5


class Consistency(OneStep):
    """A net f(x, t) that says where the way through x ends, at t = 1.

    All places of one way have one end, so f must say the same at two neighbouring ones; and at
    t = 1 it says x itself, by its form: f(x, t) = x + (1 - t) F(x, t). The neighbour is found by
    a step of a teacher, a flow that has learned (distillation), or it lies on the line of a pair
    of noise and datum (training from nothing).

    Args:
        shape, n_classes, net, source, n_steps: see `OneStep`.
        teacher: a flow that has learned; None for no teacher.
        parts: how many neighbours there are between 0 and 1; more is finer, and learned later.
    """

    def __init__(self, shape: tuple[int, ...], n_classes: int = 0, *, net: TimeNet | None = None,
                 source: Source | None = None, n_steps: int = 1,
                 teacher: FlowMatching | None = None, parts: int = 40) -> None:
        super().__init__(shape, n_classes, net=net, source=source, n_steps=n_steps)
        self.parts = parts
        self.teachers: list[FlowMatching] = []  # a list, since its weights are not those of this
        if teacher:
            self.teach_by(teacher)

    def teach_by(self, teacher: FlowMatching) -> None:
        """Learn from a flow; it is not a part of this model, and stays as it is."""
        self.teachers = [teacher]

    def end(self, x: Tensor, t: Tensor, context: Tensor | None) -> Tensor:
        """Return f(x, t), where ways through x (B, *shape) at times t (B,) end."""
        return x + along(1 - t, x) * self.net(x, t, context)

    def jump(self, x: Tensor, start: Tensor, end: Tensor, context: Tensor | None) -> Tensor:
        """Say the end, and go back to time `end` with fresh noise."""
        data = self.end(x, start, context)
        return self.way.at(end, self.source.draw(len(x)), data).x

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return how much f says at one place and at the next one differ, beside their distance.

        The later one, nearer to the data, is right sooner: it teaches, and gets no gradient.
        """
        check_context(context, self.n_classes, "classes")
        data, noise = self.inner(x), self.source.draw(len(x))
        part = torch.randint(self.parts, (len(x),), device=x.device)
        t, later = part / self.parts, (part + 1) / self.parts
        here = self.way.at(t, noise, data).x
        with torch.no_grad():
            there = self.way.at(later, noise, data).x
            for teacher in self.teachers:
                there = heun(teacher.field(context), t, here, later - t)
            wanted = self.end(there, later, context)
        off = (self.end(here, t, context) - wanted).flatten(1).square().sum(1)
        size = ROUND * here[0].numel() ** 0.5
        return {"loss": self.parts * ((off + size**2).sqrt() - size).mean()}


class MeanFlow(OneStep):
    """A net u(x, t, s): the mean velocity on the way from x at time t to time s.

    From (s - t) u = the integral of v from t to s follows, by a derivative along the way,

        u = v + (s - t) du/dt,    du/dt = v du/dx + the derivative by t,

    and for v the velocity of a pair will do, whose mean it is. The right side is what u has to
    learn; no gradient goes through it. One derivative in one direction is enough for du/dt.

    Args:
        shape, n_classes, net, source, n_steps: see `OneStep`.
        short: the share of data with s = t, for which u is the velocity itself.
    """

    n_times = 2

    def __init__(self, shape: tuple[int, ...], n_classes: int = 0, *, net: TimeNet | None = None,
                 source: Source | None = None, n_steps: int = 1, short: float = 0.5) -> None:
        super().__init__(shape, n_classes, net=net, source=source, n_steps=n_steps)
        self.short = short

    def velocity(self, x: Tensor, start: Tensor, end: Tensor, context: Tensor | None) -> Tensor:
        """Return u, (B, *shape), for points (B, *shape) and times (B,) each."""
        mean: Tensor = self.net(x, SLOWER * torch.stack([start, end - start], 1), context)
        return mean

    def jump(self, x: Tensor, start: Tensor, end: Tensor, context: Tensor | None) -> Tensor:
        """Go along the chord."""
        return x + along(end - start, x) * self.velocity(x, start, end, context)

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return the squared error of u, where it is large less than it would be by itself."""
        check_context(context, self.n_classes, "classes")
        data, noise = self.inner(x), self.source.draw(len(x))
        start, end = torch.rand(2, len(x), device=x.device).sort(0).values
        at_once = torch.rand(len(x), device=x.device) < self.short
        end = torch.where(at_once, start, end)
        moment = self.way.at(start, noise, data)

        def mean(place: Tensor, begins: Tensor) -> Tensor:
            return self.velocity(place, begins, end, context)

        slope = slope_along(mean, moment.x, start, moment.velocity)
        wanted = moment.velocity + along(end - start, x) * slope
        off = (mean(moment.x, start) - wanted).flatten(1).square().sum(1)
        return {"loss": (off / (off.detach() + MOST_WEIGHTED)).mean(), "error": off.mean()}


def slope_along(f: Callable[[Tensor, Tensor], Tensor], x: Tensor, t: Tensor,
                velocity: Tensor) -> Tensor:
    """Return how fast f(x, t) changes on a way: velocity df/dx + df/dt, (B, ...), no gradient.

    It is what `torch.func.jvp` returns, which loads a compiler first, for seconds. The derivative
    of w f by x and t is a linear function of w; its derivative by w, in a direction, is wanted.

    Args:
        x, t: where and when, (B, ...) and (B,).
        velocity: of x, (B, ...).
    """
    with torch.enable_grad():
        x, t = x.detach().requires_grad_(), t.detach().requires_grad_()
        value = f(x, t)
        weight = torch.zeros_like(value, requires_grad=True)
        by_x, by_t = torch.autograd.grad(value, (x, t), weight, create_graph=True)
        (slope,) = torch.autograd.grad((by_x * velocity).sum() + by_t.sum(), weight)
    return slope
