"""What the capabilities of a model promise: checks, models that pass, some that do not.

Each check is shown to fail on models made here that break it, and runs over the zoo.
"""

import math
from collections.abc import Iterator
from functools import partial
from typing import TypeVar

import pytest
import torch
from test_models import MODELS
from torch import Tensor, nn

from model_zoo.base import (
    Bijection,
    Conditional,
    GenerativeModel,
    HasEstimate,
    HasLogProb,
    HasPath,
    Losses,
    Model,
    SaysLogProb,
    State,
    last,
    log_prob_kind,
)
from model_zoo.continuous_flow import ContinuousFlow
from model_zoo.likelihoods import Categorical, Gaussian
from model_zoo.pixel_cnn import PixelCNN
from model_zoo.vae import VAE
from playground.claim import KINDS, NO_CLAIM, Claim
from playground.experiments.base import at_once
from playground.experiments.rated import rated

SHAPES = ((2,), (1, 4, 4))
M = TypeVar("M", bound=Model)


def built(kind: type[GenerativeModel]) -> list[GenerativeModel]:
    """Return models of the shapes that a kind takes."""
    torch.manual_seed(0)
    made = []
    for shape in SHAPES:
        try:
            made.append(kind(shape).eval())
        except ValueError:
            continue
    return made


# --- a path of drawing

def check_path(model: GenerativeModel) -> None:
    """Its states are data, the last one is what `sample` draws, and they come one by one."""
    assert isinstance(model, HasPath)
    torch.manual_seed(1)
    states = [state.x.clone() for state in model.path(3)]
    assert states
    for x in states:
        assert x.shape == (3, *model.shape) and x.dtype == torch.float32 and x.isfinite().all()
    torch.manual_seed(1)
    assert torch.equal(model.sample(3), states[-1])
    torch.manual_seed(1)
    assert torch.equal(last(model.path(3)), states[-1])
    torch.manual_seed(2)
    assert not torch.equal(last(model.path(3)), states[-1])
    torch.manual_seed(1)
    walk = model.path(3)
    assert torch.equal(next(walk).x, states[0])


class Langevin(GenerativeModel, HasPath):
    """A chain that walks to a standard normal distribution by its slope and noise."""

    def __init__(self, shape: tuple[int, ...] = (2,)) -> None:
        super().__init__(shape)
        self.rate = nn.Parameter(torch.tensor(0.1))

    def loss(self, x: Tensor) -> Losses:
        return {"loss": x.square().mean() * self.rate}

    @torch.no_grad()
    def path(self, n: int) -> Iterator[State]:
        x = torch.zeros(n, *self.shape)
        for _ in range(5):
            x = x - self.rate * x + (2 * self.rate).sqrt() * torch.randn_like(x)
            yield State(x)

    def sample(self, n: int) -> Tensor:
        return last(self.path(n))


class Elsewhere(Langevin):
    """Its samples are not the end of its path."""

    def sample(self, n: int) -> Tensor:
        return super().sample(n) + 1


class Alone(Langevin):
    """It shows the first datum alone."""

    def path(self, n: int) -> Iterator[State]:
        return (State(state.x[0]) for state in super().path(n))


class Nowhere(Langevin):
    """It has no state to show."""

    def path(self, n: int) -> Iterator[State]:
        return iter(())


class Settled(Langevin):
    """Chance has no part in it."""

    def path(self, n: int) -> Iterator[State]:
        return iter([State(torch.zeros(n, *self.shape))])


def test_a_chain_keeps_the_promise_of_a_path() -> None:
    check_path(Langevin())


@pytest.mark.parametrize("broken", [Elsewhere, Alone, Nowhere, Settled])
def test_the_check_of_a_path_notices_what_breaks_it(broken: type[Langevin]) -> None:
    with pytest.raises((AssertionError, ValueError)):
        check_path(broken())


@pytest.mark.parametrize("kind", [kind for kind in MODELS if issubclass(kind, HasPath)])
def test_a_path_leads_to_a_sample(kind: type[GenerativeModel]) -> None:
    assert (models := built(kind))
    for model in models:
        check_path(model)


# --- a bijection

def check_bijection(made: Bijection, x: Tensor) -> None:
    """It leads back, says how much it stretches, and treats each datum of a batch alone."""
    exactly = 1e-10 if x.dtype == torch.float64 else 1e-5
    close = partial(torch.testing.assert_close, rtol=exactly, atol=exactly)
    z, stretched = made(x)
    assert z.shape == x.shape
    close(made.inverse(z), x)
    close(made(made.inverse(x))[0], x)
    assert stretched.shape == (len(x),)
    for datum, code, said in zip(x, z, stretched, strict=True):
        alone, said_alone = made(datum[None])
        close(alone[0], code)
        close(said_alone[0], said)
        jacobian = torch.autograd.functional.jacobian(lambda one: made(one[None])[0][0], datum)
        close(said, jacobian.reshape(datum.numel(), -1).slogdet().logabsdet)


class Affine(Bijection):
    """Each number scaled and moved."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.log_scale = nn.Parameter(torch.randn(shape, dtype=torch.float64))
        self.shift = nn.Parameter(torch.randn(shape, dtype=torch.float64))

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return x * self.log_scale.exp() + self.shift, self.log_scale.sum().expand(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        return (z - self.shift) * (-self.log_scale).exp()


class Sinh(Affine):
    """Each number bent: how much it stretches depends on where."""

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return x.sinh(), x.cosh().log().flatten(1).sum(1)

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        return z.asinh()


class NoWayBack(Affine):
    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        return z * (-self.log_scale).exp() - self.shift


class Shrinks(Affine):
    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        z, stretched = super().forward(x)
        return z, -stretched


class NotSummed(Sinh):
    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return x.sinh(), x.cosh().log()


class Together(Affine):
    """The data of a batch are scaled by one number that they have in common."""

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        z, stretched = super().forward(x)
        return z * len(x), stretched + x[0].numel() * math.log(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        return super().inverse(z / len(z))


class Roughly(Affine):
    """It leads back to seven digits, which is too few for numbers of sixteen."""

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        return super().inverse(z).float().double()


def _numbers(shape: tuple[int, ...]) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(5, *shape, dtype=torch.float64)


@pytest.mark.parametrize("kind", [Affine, Sinh])
@pytest.mark.parametrize("shape", [(1,), (3,), (2, 2, 3)], ids=str)
def test_small_maps_keep_the_promise_of_a_bijection(kind: type[Affine],
                                                    shape: tuple[int, ...]) -> None:
    check_bijection(kind(shape), _numbers(shape))


@pytest.mark.parametrize("broken", [NoWayBack, Shrinks, NotSummed, Together, Roughly])
def test_the_check_of_a_bijection_notices_what_breaks_it(broken: type[Affine]) -> None:
    with pytest.raises(AssertionError):
        check_bijection(broken((3,)), _numbers((3,)))


def _bent(model: M) -> M:
    """Return the model with other weights, mild ones: at first many flows change nothing."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.02 * torch.randn_like(weight))
    return model


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("kind", [kind for kind in MODELS if issubclass(kind, Bijection)])
def test_a_model_that_is_a_bijection_is_one(kind: type[GenerativeModel],
                                            dtype: torch.dtype) -> None:
    assert (models := built(kind))
    for model in models:
        x = _numbers(model.shape)
        if len(model.shape) == 3:
            x = x.sigmoid()  # pixels lie between 0 and 1
        if isinstance(model, ContinuousFlow):
            model.solve_to(1e-12 if dtype == torch.float64 else 1e-6)
        moved = _bent(model.to(dtype))
        assert isinstance(moved, Bijection)
        check_bijection(moved, x.to(dtype))


# --- what a model says of log p(x)

def claim_of(model: Model) -> Claim:
    """Return what a figure of this model's log p is."""
    if not isinstance(model, SaysLogProb):
        return NO_CLAIM
    told = model if isinstance(model, Conditional) else None
    given = "class" if told and told.n_classes else "image" if told and told.n_given else ""
    return Claim(log_prob_kind(model), model.over, given)  # type: ignore[arg-type]


def check_says_log_prob(model: GenerativeModel) -> None:
    """It says what its figures are, one of each datum; what is a probability is at most 1."""
    assert isinstance(model, SaysLogProb)
    assert log_prob_kind(model) in KINDS and log_prob_kind(model) != "none"
    assert claim_of(model).text()
    torch.manual_seed(1)
    x = model.sample(6)
    with torch.no_grad():
        said = model.rate(x, n_samples=3)
    assert said.shape == (6,) and said.isfinite().all()
    if model.over == "levels":
        assert (said <= 0).all()


class Narrow(GenerativeModel):
    """A narrow normal distribution: its density is above 1."""

    def __init__(self, shape: tuple[int, ...] = (2,)) -> None:
        super().__init__(shape)
        self.mean = nn.Parameter(torch.zeros(shape))

    def density(self, x: Tensor) -> Tensor:
        return torch.distributions.Normal(self.mean, 0.01).log_prob(x).flatten(1).sum(1)

    def loss(self, x: Tensor) -> Losses:
        return {"loss": -self.density(x).mean()}

    def sample(self, n: int) -> Tensor:
        return self.mean.detach() + 0.01 * torch.randn(n, *self.shape)


class Normal(Narrow, HasLogProb):
    """It knows its density."""

    over = "reals"

    def log_prob(self, x: Tensor) -> Tensor:
        return self.density(x)


class Guessed(Narrow, HasEstimate):
    """It guesses its density with an error that more samples make smaller."""

    over = "reals"

    def log_prob_estimate(self, x: Tensor, n_samples: int) -> Tensor:
        return self.density(x) + torch.randn(len(x)) / n_samples


class NoProbability(Normal):
    """It calls its density a probability."""

    over = "levels"


class OneForAll(Normal):
    """It says one number for a whole batch."""

    def log_prob(self, x: Tensor) -> Tensor:
        return super().log_prob(x).mean()


def test_small_models_say_what_their_figures_are() -> None:
    for model, claim in ((Normal(), Claim("exact", "reals")),
                         (Guessed(), Claim("estimate", "reals"))):
        check_says_log_prob(model)
        assert claim_of(model) == claim


@pytest.mark.parametrize("broken", [NoProbability, OneForAll])
def test_the_check_of_figures_notices_what_is_said_wrongly(broken: type[Normal]) -> None:
    with pytest.raises(AssertionError):
        check_says_log_prob(broken())


@pytest.mark.parametrize("kind", [kind for kind in MODELS if issubclass(kind, SaysLogProb)])
def test_a_model_says_what_its_figures_are(kind: type[GenerativeModel]) -> None:
    assert (models := built(kind))
    for model in models:
        check_says_log_prob(model)


@pytest.mark.parametrize(("model", "claim"), [
    (VAE((2,)), Claim("bound", "reals")), (VAE((1, 4, 4)), Claim("bound")),
    (VAE((1, 4, 4), likelihood=Gaussian()), Claim("bound", "reals")),
    (VAE((1, 4, 4), likelihood=Categorical(4), n_classes=2), Claim("bound", given="class")),
    (PixelCNN((1, 4, 4), n_classes=3), Claim("exact", given="class"))],
    ids=["points", "black and white", "grey", "levels of a class", "pixels of a class"])
def test_what_is_claimed_follows_from_the_model(model: Model, claim: Claim) -> None:
    assert claim_of(model) == claim


def _in_parts(model: Model, n_samples: int, *batch: Tensor) -> tuple[Tensor | None, list[int]]:
    """Return what it says, and with how many samples it was asked how many data fit."""
    asked: list[int] = []

    def two(n: int) -> int:
        asked.append(n)
        return 2

    torch.manual_seed(1)
    with torch.no_grad():
        return at_once(rated(model, two, n_samples, *batch)), asked


def test_data_are_rated_in_parts_each_with_its_context() -> None:
    torch.manual_seed(0)
    model = PixelCNN((1, 4, 4), n_classes=3)
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.2)
    x, context = torch.rand(5, 1, 4, 4).round(), torch.arange(5) % 3
    said, asked = _in_parts(model, 7, x, context)
    assert said is not None and asked == [1]
    torch.testing.assert_close(said, model.log_prob(x, context))


@pytest.mark.parametrize("model", [VAE((2,)), Guessed()], ids=["bound", "estimate"])
def test_what_is_not_exact_gets_nearer_with_more_samples(model: Model) -> None:
    errors = []
    for n in (1, 1000):
        said, asked = _in_parts(model, n, torch.zeros(100, 2))
        assert said is not None and asked == [n]
        errors.append(said.std().item())
    assert errors[1] < errors[0] / 3


def test_a_model_that_cannot_say_says_nothing() -> None:
    assert _in_parts(Langevin(), 1, torch.zeros(5, 2)) == (None, [])
    assert log_prob_kind(Langevin()) == "none" and claim_of(Langevin()) == NO_CLAIM
