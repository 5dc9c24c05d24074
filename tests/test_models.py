"""What every model of the zoo must do."""

import importlib
import inspect
import itertools
import math
import pkgutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal

import model_zoo
from model_zoo.adversarial import AdversarialModel
from model_zoo.base import (
    Autoencoder,
    Conditional,
    GenerativeModel,
    HasBound,
    HasLogProb,
    Losses,
    Model,
    Player,
    SaysLogProb,
)
from model_zoo.dequantisation import DequantisedFlow
from model_zoo.flow import Flow
from model_zoo.vae import VAE
from playground.refusal import Refusal
from playground.runs import weights
from playground.training.batches import Batches
from playground.training.trainer import Trainer, from_arrays, to_arrays

SHAPES = ((2,), (1, 8, 8))
IMAGE = (1, 8, 8)
M = TypeVar("M", bound=Model)


def _models() -> list[type[Model]]:
    modules = [importlib.import_module(f"model_zoo.{info.name}")
               for info in pkgutil.iter_modules(model_zoo.__path__)]
    return [item for module in modules for item in vars(module).values()
            if inspect.isclass(item) and issubclass(item, Model)
            and item.__module__ == module.__name__ and not inspect.isabstract(item)]


MODELS = _models()


def _build(model: type[M], shape: tuple[int, ...]) -> M | None:
    torch.manual_seed(0)
    try:
        return model(shape)
    except ValueError:
        return None


PAIRS = [(model, shape) for model in MODELS for shape in SHAPES if _build(model, shape)]
every_model, every_generator = (
    pytest.mark.parametrize(("kind", "shape"), [
        pytest.param(model, shape, id=f"{model.__name__}-{len(shape)}d")
        for model, shape in PAIRS if issubclass(model, base)])
    for base in (nn.Module, GenerativeModel))


def _data(shape: tuple[int, ...], n: int = 64) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    if len(shape) == 1:
        return torch.randn(n, *shape, generator=generator)
    return torch.bernoulli(torch.full((n, *shape), 0.3), generator=generator)


def _for(kind: type[Model], shape: tuple[int, ...], n: int = 64) -> Tensor:
    """Return data of a kind of model; flows of pixels take them with the gaps filled by noise."""
    data = _data(shape, n)
    if len(shape) == 3 and issubclass(kind, Flow):
        return (data + torch.rand(data.shape, generator=torch.Generator().manual_seed(2))) / 2
    return data


def _the(kind: type[M], shape: tuple[int, ...]) -> M:
    model = _build(kind, shape)
    assert model is not None
    return model


# --- the contract

def test_the_zoo_is_not_empty() -> None:
    assert VAE in MODELS


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_builds_from_the_shape_of_its_data_alone(kind: type[Model]) -> None:
    assert any(_build(kind, shape) for shape in SHAPES)


@every_model
def test_losses_are_named_finite_scalars(kind: type[Model],
                                         shape: tuple[int, ...]) -> None:
    for player in _the(kind, shape).players():
        losses = player.loss(_for(kind, shape))
        assert "loss" in losses
        for name, value in losses.items():
            assert value.shape == (), name
            assert value.isfinite(), name


@every_model
def test_every_parameter_has_exactly_one_player(kind: type[Model],
                                                shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    played = [id(parameter) for player in model.players() for parameter in player.parameters]
    assert len(played) == len(set(played))
    assert set(played) == {id(p) for p in model.parameters() if p.requires_grad}


@every_model
def test_every_parameter_is_trained(kind: type[Model], shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    learning = {name: value for name, value in model.named_parameters() if value.requires_grad}
    before = {name: value.detach().clone() for name, value in learning.items()}
    steps = Trainer(model, Batches(_for(kind, shape), 32)).steps(lambda _: 1e-2)
    for _ in range(5):
        next(steps)
    for name, value in learning.items():
        assert not torch.equal(before[name], value), name
        assert value.isfinite().all(), name


def check_training(model: Model) -> None:
    """Training lowers the loss of a lone player; by a surrogate, what it says of log p rises."""
    (player,) = model.players()
    data = _for(type(model), model.shape)

    def cost() -> float:
        torch.manual_seed(2)  # the same noise before and after
        if player.falls:
            return player.loss(data)["loss"].item()
        assert isinstance(model, SaysLogProb)
        return -model.rate(data, n_samples=100).mean().item()

    before = cost()
    steps = Trainer(model, Batches(data, 64)).steps(lambda _: 3e-3)
    for _ in range(15):
        next(steps)
    assert cost() < before


@every_model
def test_a_lone_player_learns(kind: type[Model], shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    if len(model.players()) > 1:
        pytest.skip("a game has no one loss that falls")
    check_training(model)


class _Energy(GenerativeModel, HasLogProb):
    """Two pixels that know of each other, by a loss of which only the gradient is right.

    With p ~ exp(-E), the slope of -log p is that of E at the data, less its mean under the model.
    """

    over = "levels"
    falls, way = False, 1.0
    every: Tensor

    def __init__(self, shape: tuple[int, ...] = (1, 1, 2)) -> None:
        super().__init__(shape)
        self.weights = nn.Parameter(torch.tensor([0.6, 0.6, 0.0]))
        self.register_buffer("every", torch.tensor(list(itertools.product((0.0, 1.0), repeat=2))))

    def energy(self, x: Tensor) -> Tensor:
        a, b = x.flatten(1).unbind(1)
        return torch.stack([a, b, a * b], 1) @ self.weights

    def log_prob(self, x: Tensor) -> Tensor:
        return -self.energy(x) - (-self.energy(self.every)).logsumexp(0)

    def loss(self, x: Tensor) -> Losses:
        chances = self.log_prob(self.every).exp().detach()
        return {"loss": self.way * (self.energy(x).mean() - chances @ self.energy(self.every))}

    def sample(self, n: int) -> Tensor:
        chosen = torch.multinomial(self.log_prob(self.every).exp(), n, replacement=True)
        return self.every[chosen].view(n, *self.shape)

    def players(self) -> list[Player]:
        return [Player("model", list(self.parameters()), self.loss, falls=self.falls)]


class _Boasts(_Energy):
    """It says that its surrogate falls."""

    falls = True


class _Astray(_Energy):
    """Its surrogate has the wrong sign."""

    way = -1.0


def test_a_surrogate_has_the_gradient_of_the_log_likelihood() -> None:
    model = _Energy()
    x = _data(model.shape)
    slopes = [torch.autograd.grad(cost, model.weights)[0]
              for cost in (model.loss(x)["loss"], -model.log_prob(x).mean())]
    torch.testing.assert_close(*slopes)


def test_a_surrogate_that_rises_while_the_model_learns_is_fine() -> None:
    model = _Energy()
    before = model.loss(_data(model.shape))["loss"].item()
    check_training(model)
    assert model.loss(_data(model.shape))["loss"].item() > before


@pytest.mark.parametrize("broken", [_Boasts, _Astray])
def test_a_surrogate_that_is_called_a_loss_or_leads_astray_is_noticed(
        broken: type[_Energy]) -> None:
    with pytest.raises(AssertionError):
        check_training(broken())


@every_generator
@pytest.mark.parametrize("n", [1, 5])
def test_samples_look_like_data(n: int, kind: type[GenerativeModel],
                                shape: tuple[int, ...]) -> None:
    samples = _the(kind, shape).sample(n)
    assert samples.shape == (n, *shape)
    assert samples.isfinite().all()
    assert samples.dtype == torch.float32


@every_generator
def test_samples_follow_the_seed(kind: type[GenerativeModel], shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    draws = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        draws.append(model.sample(4))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@every_model
def test_saved_weights_give_the_same_model(kind: type[Model], shape: tuple[int, ...],
                                           tmp_path: Path) -> None:
    model, data = _the(kind, shape), _for(kind, shape)
    steps = Trainer(model, Batches(data, 32)).steps(lambda _: 1e-3)
    for _ in range(3):
        next(steps)
    weights.save(to_arrays(model), tmp_path / "weights.safetensors")
    torch.manual_seed(9)
    again = kind(shape)
    from_arrays(again, weights.load(tmp_path / "weights.safetensors"))
    answers = []
    for each in (model, again):
        torch.manual_seed(5)
        drawn = [each.sample(3)] if isinstance(each, GenerativeModel) else []
        answers.append((*drawn, *each.loss(data).values()))
    assert all(torch.equal(a, b) for a, b in zip(*answers, strict=True))


@every_model
def test_weights_that_do_not_fit_are_refused(kind: type[Model],
                                             shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    arrays = to_arrays(model)
    name = next(name for name, array in arrays.items() if array.ndim)
    wrong = [
        {other: array for other, array in arrays.items() if other != name},
        arrays | {"more": np.zeros(1, np.float32)},
        arrays | {name: arrays[name][None]},
        arrays | {name: arrays[name].astype(np.float64)},
    ]
    for each in wrong:
        with pytest.raises(ValueError, match="weight"):
            from_arrays(model, each)
    assert all(np.array_equal(a, arrays[n]) for n, a in to_arrays(model).items())


@every_model
def test_a_code_is_decoded_into_a_datum(kind: type[Model],
                                        shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    if not isinstance(model, Autoencoder):
        pytest.skip("no autoencoder")
    codes = model.encode(_for(kind, shape, 6))
    assert codes.shape[0] == 6 and codes.ndim == 2
    assert model.decode(codes).shape == (6, *shape)


# --- what a model is told

def _told(kind: type[Conditional], **wanted: int) -> Conditional:
    """Of pictures, if it can; else of points."""
    torch.manual_seed(0)
    shape = next(shape for shape in (IMAGE, (2,)) if _build(kind, shape))
    torch.manual_seed(0)
    return kind(shape, **wanted)


def _context(model: Conditional, n: int = 4) -> Tensor | None:
    if model.n_classes:
        return torch.arange(n) % model.n_classes
    return torch.rand(n, model.n_given, *IMAGE[1:]) if model.n_given else None


def _asked(model: Conditional, context: Tensor | None) -> dict[str, Callable[[], object]]:
    """All that a model may do with a context, each a function to call."""
    x = _for(type(model), model.shape, 4)
    asked: dict[str, Callable[[], object]] = {"sample": lambda: model.sample(4, context)}
    for player in model.players():
        asked[player.name] = partial(player.loss, x, context)
    if isinstance(model, Autoencoder):
        asked["encode"] = partial(model.encode, x, context)  # type: ignore[call-arg]
    if isinstance(model, AdversarialModel):
        asked["score"] = partial(model.score, x, context)
    if isinstance(model, SaysLogProb):
        asked["rate"] = partial(model.rate, x, *(() if context is None else (context,)),
                                n_samples=2)
    return asked


CONDITIONAL = [kind for kind in MODELS if issubclass(kind, Conditional)]
every_conditional = pytest.mark.parametrize(("kind", "wanted"), [
    (kind, {name: n}) for kind in CONDITIONAL for name, n in (("n_classes", 2), ("n_given", 1))
    if name in inspect.signature(kind).parameters], ids=str)


@every_conditional
def test_a_model_that_is_told_something_can_do_all_it_can_without(
        kind: type[Conditional], wanted: dict[str, int]) -> None:
    told, untold = _told(kind, **wanted), _told(kind)
    assert _asked(told, None).keys() == _asked(untold, None).keys()
    for model in (told, untold):
        for ask in _asked(model, _context(model)).values():
            ask()


@every_conditional
def test_a_context_that_is_missing_is_refused(kind: type[Conditional],
                                              wanted: dict[str, int]) -> None:
    for ask in _asked(_told(kind, **wanted), None).values():
        with pytest.raises(ValueError, match="context must be that of [1-9].*, got None"):
            ask()


@pytest.mark.parametrize("kind", CONDITIONAL)
@pytest.mark.parametrize("context", [torch.zeros(4, dtype=torch.int64), torch.rand(4, 1, 8, 8)],
                         ids=["classes", "images"])
def test_a_context_that_nobody_has_asked_for_is_refused(kind: type[Conditional],
                                                        context: Tensor) -> None:
    for ask in _asked(_told(kind), context).values():
        with pytest.raises(ValueError, match=r"context must be that of 0 .*, got \("):
            ask()


@every_conditional
def test_what_a_model_is_told_reaches_its_loss(kind: type[Conditional],
                                               wanted: dict[str, int]) -> None:
    """At the start some biases are 0, so it learns for a moment first."""
    model = _told(kind, **wanted)
    x = _for(kind, model.shape, 32)
    context = _context(model, 32)
    steps = Trainer(model, Batches(x, 32, context=context)).steps(lambda _: 1e-2)
    for _ in range(3):
        next(steps)
    assert context is not None
    losses = []
    for given in (context, context.flip(0)):
        torch.manual_seed(1)
        losses.append([player.loss(x, given)["loss"].item() for player in model.players()])
    assert all(a != b for a, b in zip(*losses, strict=True))


# --- densities: the sum or the integral over all data is 1

def _mass(model: HasLogProb, shape: tuple[int, ...]) -> float:
    """Return the mass of exp(log_prob): on a grid of the plane or of pixels, or on all images."""
    with torch.no_grad():
        if model.over == "reals" and len(shape) == 3:
            steps = (torch.arange(14) + 0.5) / 14
            between = torch.cartesian_prod(*[steps] * math.prod(shape)).reshape(-1, *shape)
            return torch.cat([model.log_prob(part) for part in between.split(10_000)]
                             ).exp().mean().item()
        if len(shape) == 3:
            pixels = list(itertools.product((0.0, 1.0), repeat=math.prod(shape)))
            return model.log_prob(torch.tensor(pixels).reshape(-1, *shape)).exp().sum().item()
        axis = torch.linspace(-12, 12, 161)
        grid = torch.cartesian_prod(axis, axis)
        density = torch.cat([model.log_prob(part) for part in grid.split(20_000)]).double().exp()
        return (density.sum() * (axis[1] - axis[0]) ** 2).item()


class _Normals(GenerativeModel, HasLogProb):
    """A Gaussian that can be made to have the wrong mass, to prove the check."""

    over = "reals"

    def __init__(self, shape: tuple[int, ...], excess: float = 0.0) -> None:
        super().__init__(shape)
        self.mean = nn.Parameter(torch.tensor([0.5, -1.0]))
        self.excess = excess

    def log_prob(self, x: Tensor) -> Tensor:
        return Normal(self.mean, 1.5).log_prob(x).sum(-1) + self.excess

    def loss(self, x: Tensor) -> Losses:
        return {"loss": -self.log_prob(x).mean()}

    def sample(self, n: int) -> Tensor:
        return self.mean + 1.5 * torch.randn(n, 2)


class _Pixels(_Normals):
    """Independent pixels, for the same purpose."""

    over = "levels"

    def log_prob(self, x: Tensor) -> Tensor:
        return Bernoulli(0.3).log_prob(x).flatten(1).sum(-1) + self.excess


@pytest.mark.parametrize(("kind", "shape"), [(_Normals, (2,)), (_Pixels, (1, 2, 3))])
def test_the_check_of_the_mass_accepts_a_density(kind: type[_Normals],
                                                 shape: tuple[int, ...]) -> None:
    assert _mass(kind(shape), shape) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("kind", "shape"), [(_Normals, (2,)), (_Pixels, (1, 2, 3))])
def test_the_check_of_the_mass_notices_what_is_no_density(kind: type[_Normals],
                                                          shape: tuple[int, ...]) -> None:
    assert _mass(kind(shape, 0.01), shape) != pytest.approx(1, abs=5e-3)


@pytest.mark.parametrize("kind", [kind for kind in MODELS if issubclass(kind, HasLogProb)])
def test_a_density_adds_up_to_one(kind: type[Model]) -> None:
    masses = {shape: _mass(model, shape)  # type: ignore[arg-type]
              for shape in ((2,), (1, 2, 2) if issubclass(kind, Flow) else (1, 2, 3))
              if (model := _build(kind, shape)) and (
                  len(shape) == 1 or issubclass(kind, Flow)
                  or model.over == "levels")}
    assert masses
    assert masses == pytest.approx(dict.fromkeys(masses, 1.0), abs=5e-3)


# --- bounds

@every_model
def test_a_bound_rises_with_more_samples(kind: type[Model],
                                         shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    if not isinstance(model, HasBound):
        pytest.skip("no bound")
    data = _data(shape, 4 if kind is DequantisedFlow else 32)
    with torch.no_grad():
        means = [torch.stack([model.log_prob_bound(data, k) for _ in range(200 // k)]).mean()
                 for k in (1, 10, 100)]
    assert means[0] < means[1] < means[2]


# --- batches

def test_an_epoch_shows_no_datum_twice() -> None:
    torch.manual_seed(0)
    batches = iter(Batches(torch.arange(10), 3))
    for _ in range(4):
        epoch = torch.cat([next(batches) for _ in range(3)])
        assert len(epoch.unique()) == 9


def test_a_batch_is_never_larger_than_the_data() -> None:
    assert sorted(next(iter(Batches(torch.arange(5), 64))).tolist()) == [0, 1, 2, 3, 4]


def test_a_loss_that_is_not_finite_stops_the_training() -> None:
    steps = Trainer(VAE((2,)), Batches(torch.full((8, 2), math.inf), 4))
    with pytest.raises(Refusal, match="is not a finite number"):
        next(steps.steps(lambda _: 1e-3))
