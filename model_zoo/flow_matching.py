"""Flow matching: a net learns the velocity with which noise flows into data.

Y. Lipman, R. T. Q. Chen, H. Ben-Hamu, M. Nickel, M. Le, "Flow Matching for Generative Modeling",
2023, https://arxiv.org/abs/2210.02747
X. Liu, C. Gong, Q. Liu, "Flow Straight and Fast: Learning to Generate and Transfer Data with
Rectified Flow", 2023, https://arxiv.org/abs/2209.03003
Guidance: J. Ho, T. Salimans, "Classifier-Free Diffusion Guidance", 2022,
https://arxiv.org/abs/2207.12598
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from model_zoo.base import Conditional, GenerativeModel, HasLogProb, HasPath, Losses, last
from model_zoo.conditional import check_context
from model_zoo.divergence import Slope, exact, with_volume
from model_zoo.flow_paths import Straight, Way
from model_zoo.ode import Field, OdeState, Rule, dormand_prince, follow, midpoint
from model_zoo.pairings import Chance, Pairing
from model_zoo.sources import Gaussian, Source
from model_zoo.time_nets import PointNet, TimeNet
from model_zoo.time_u_net import TimeUNet

DROPPED = 0.1


class FlowMatching(Conditional, GenerativeModel, HasPath, HasLogProb):
    """A field of velocities v(x, t) that carries noise at t = 0 to data at t = 1.

    A pair of noise x0 and datum x1 is joined by a way; the net guesses how fast the pair moves,
    from where it stands alone. Many pairs pass each place: what the net learns is the mean of
    their velocities, and whoever follows that mean arrives at the data all the same.

    Pixels, in [0, 1], are learned as numbers in [-1, 1].

    Args:
        shape: shape of one datum, (D,) or (C, H, W).
        n_classes: how many classes it is told of; 0 for a model of p(x).
        net: maps x (B, *shape), t (B,) and the context to velocities (B, *shape).
        way, pairing, source: how noise and data are joined, who with whom, and what noise is.
        rule, n_steps: how it draws: steps of this rule, all of one length.
        guidance: how far to go from the velocity for any class to that for the class that is
            told: 1 takes the latter, more exaggerates it.
    """

    over = "reals"

    def __init__(self, shape: tuple[int, ...], n_classes: int = 0, *, net: TimeNet | None = None,
                 way: Way | None = None, pairing: Pairing | None = None,
                 source: Source | None = None, rule: Rule = midpoint, n_steps: int = 25,
                 guidance: float = 1.0) -> None:
        super().__init__(shape)
        self.n_classes = n_classes
        self.net = net or default_net(shape, n_classes)
        self.way, self.pairing = way or Straight(), pairing or Chance()
        self.source = source or Gaussian(shape)
        self.rule, self.n_steps, self.guidance = rule, n_steps, guidance
        self.stretch = 2.0 if len(shape) == 3 else 1.0

    def loss(self, x: Tensor, context: Tensor | None = None, noise: Tensor | None = None
             ) -> Losses:
        """Return the mean squared error of the velocity, of each number.

        Args:
            x: data (B, *shape).
            context: their classes, (B,); one in ten is dropped, as guidance needs it.
            noise: what each datum is joined with, (B, *shape); drawn and paired where not given.
        """
        check_context(context, self.n_classes, "classes")
        data = self.inner(x)
        if noise is None:
            drawn = self.source.draw(len(x))
            noise = drawn[self.pairing.order(drawn, data, context)]
        t = torch.rand(len(x), device=x.device)
        moment = self.way.at(t, noise, data)
        said = self.net(moment.x, t, self.some_dropped(context))
        return {"loss": (said - moment.velocity).square().mean()}

    def some_dropped(self, context: Tensor | None) -> Tensor | None:
        """Return classes (B,) of which one in ten has become "not told"."""
        if context is None:
            return None
        dropped = torch.rand(len(context), device=context.device) < DROPPED
        return torch.where(dropped, self.n_classes, context)

    def field(self, context: Tensor | None = None) -> Field:
        """Return the velocity as a function of t (B,) and x (B, *shape), guided.

        Guidance asks the net twice: told the class, and not.
        """
        check_context(context, self.n_classes, "classes")

        def told(t: Tensor, x: Tensor) -> Tensor:
            velocity: Tensor = self.net(x, t, context)
            return velocity

        def guided(t: Tensor, x: Tensor) -> Tensor:
            assert context is not None
            nobody = torch.full_like(context, self.n_classes)
            both = self.net(torch.cat([x, x]), torch.cat([t, t]), torch.cat([nobody, context]))
            free, bound = both.chunk(2)
            return free + self.guidance * (bound - free)

        return told if context is None or self.guidance == 1 else guided

    @torch.no_grad()
    def path(self, n: int, context: Tensor | None = None, noise: Tensor | None = None
             ) -> Iterator[OdeState]:
        """Flow from noise to data in `n_steps` steps; the state before the first one included.

        Args:
            n: how many to draw.
            context: their classes, (n,), if it is told of them.
            noise: where they start, (n, *shape); drawn where not given.
        """
        start = self.source.draw(n) if noise is None else noise
        times = torch.linspace(0, 1, self.n_steps + 1).tolist()
        for state in follow(self.field(context), start, times, self.rule):
            yield OdeState(self.outer(state.x), state.t, state.evaluations)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw n new data, (n, *shape)."""
        return last(self.path(n, context))

    def log_prob(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x) in nats, (B,): a derivative for each number of a datum in each step.

        Raises:
            ValueError: the density of the source is not known.
        """
        *_, end = self.log_prob_path(x, exact(self.field(context)))
        return self.log_prob_at(end)

    def log_prob_path(self, x: Tensor, slope: Slope, tolerance: float = 1e-5
                      ) -> Iterator[OdeState]:
        """Go back from data to noise: states of points and the log of their volume, (B, D + 1).

        Args:
            x: data (B, *shape).
            slope: of `field`, with its divergence, exact or estimated.
            tolerance: see `dormand_prince`.
        """
        flat = self.inner(x).flatten(1)
        state = torch.cat([flat, flat.new_zeros(len(flat), 1)], 1)
        return dormand_prince(with_volume(slope, self.shape), state, 1.0, 0.0, tolerance)

    def log_prob_at(self, end: OdeState) -> Tensor:
        """Return log p(x) in nats of the data that have come to this end of their way, (B,).

        Raises:
            ValueError: the density of the source is not known.
        """
        if not isinstance(self.source, Gaussian):
            raise ValueError(f"source must be Gaussian to know log p, got {self.source!r}")
        numbers = end.x[:, :-1]
        wider = numbers.shape[1] * torch.tensor(self.stretch).log()
        return self.source.log_prob(numbers.unflatten(1, self.shape)) + end.x[:, -1] + wider

    def inner(self, x: Tensor) -> Tensor:
        """Return data as the flow sees them: pixels between -1 and 1."""
        return x if self.stretch == 1 else self.stretch * (x - 0.5)

    def outer(self, x: Tensor) -> Tensor:
        """Return the data that flow has led to."""
        return x if self.stretch == 1 else x / self.stretch + 0.5


def default_net(shape: tuple[int, ...], n_classes: int = 0, n_times: int = 1) -> TimeNet:
    """Return a net for points (D,) or for pictures (C, H, W)."""
    if len(shape) == 1:
        return PointNet(*shape, n_classes=n_classes, n_times=n_times)
    return TimeUNet(shape, n_classes=n_classes, n_times=n_times)


@torch.no_grad()
def bend(states: list[OdeState]) -> Tensor:
    """Return how far ways are from straight lines at one speed, (n,): 0 for those.

    The mean, over the steps, of the squared difference between the velocity of a step and that of
    the whole way, S(Z) of Liu et al.; here beside the mean square of the latter.
    """
    x = torch.stack([state.x.flatten(1) for state in states])  # (T + 1, n, D)
    t = torch.stack([state.t for state in states])[..., None]  # (T + 1, n, 1)
    length = t.diff(dim=0)
    whole = (x[-1] - x[0]) / (t[-1] - t[0])
    off = (x.diff(dim=0) / length - whole).square().sum(-1)
    square = whole.square().sum(-1).mean()
    return (off * length[..., 0]).sum(0) / square.clamp_min(1e-12)
