"""What every model of the zoo must do, and the VAE against closed forms."""

import importlib
import inspect
import itertools
import math
import pkgutil
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

import model_zoo
from model_zoo.base import (
    Autoencoder,
    GenerativeModel,
    HasBound,
    HasLogProb,
    Losses,
    Model,
)
from model_zoo.vae import VAE
from playground import training, weights

SHAPES = ((2,), (1, 8, 8))
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


CASES = [pytest.param(model, shape, id=f"{model.__name__}-{len(shape)}d")
         for model in MODELS for shape in SHAPES if _build(model, shape)]
every_model = pytest.mark.parametrize(("kind", "shape"), CASES)
every_generator = pytest.mark.parametrize(("kind", "shape"), [
    case for case in CASES if issubclass(case.values[0], GenerativeModel)])


def _data(shape: tuple[int, ...], n: int = 64) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    if len(shape) == 1:
        return torch.randn(n, *shape, generator=generator)
    return torch.bernoulli(torch.full((n, *shape), 0.3), generator=generator)


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
        losses = player.loss(_data(shape))
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
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    steps = training.Trainer(model, training.Batches(_data(shape), 32)).steps(lambda: 1e-2)
    for _ in range(5):
        next(steps)
    for name, value in model.named_parameters():
        assert not torch.equal(before[name], value), name
        assert value.isfinite().all(), name


@every_model
def test_training_lowers_the_loss_of_a_lone_player(kind: type[Model],
                                                   shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    if len(model.players()) > 1:
        pytest.skip("a game has no one loss that falls")
    data = _data(shape)
    before = model.loss(data)["loss"].item()
    steps = training.Trainer(model, training.Batches(data, 64)).steps(lambda: 3e-3)
    for _ in range(60):
        next(steps)
    assert model.loss(data)["loss"].item() < before


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
    model, data = _the(kind, shape), _data(shape)
    steps = training.Trainer(model, training.Batches(data, 32)).steps(lambda: 1e-2)
    for _ in range(3):
        next(steps)
    weights.save(training.to_arrays(model), tmp_path / "weights.safetensors")
    torch.manual_seed(9)
    again = kind(shape)
    training.from_arrays(again, weights.load(tmp_path / "weights.safetensors"))
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
    arrays = training.to_arrays(model)
    name = next(name for name, array in arrays.items() if array.ndim)
    wrong = [
        {other: array for other, array in arrays.items() if other != name},
        arrays | {"more": np.zeros(1, np.float32)},
        arrays | {name: arrays[name][None]},
        arrays | {name: arrays[name].astype(np.float64)},
    ]
    for each in wrong:
        with pytest.raises(ValueError, match="weight"):
            training.from_arrays(model, each)
    assert all(np.array_equal(a, arrays[n]) for n, a in training.to_arrays(model).items())


@every_model
def test_a_code_is_decoded_into_a_datum(kind: type[Model],
                                        shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    if not isinstance(model, Autoencoder):
        pytest.skip("no autoencoder")
    codes = model.encode(_data(shape, 6))
    assert codes.shape[0] == 6 and codes.ndim == 2
    assert model.decode(codes).shape == (6, *shape)


# --- densities: the sum or the integral over all data is 1

def _mass(model: HasLogProb, shape: tuple[int, ...]) -> float:
    """Return the mass of exp(log_prob) on a grid of the plane, or on all binary images."""
    with torch.no_grad():
        if len(shape) == 3:
            pixels = list(itertools.product((0.0, 1.0), repeat=math.prod(shape)))
            return model.log_prob(torch.tensor(pixels).reshape(-1, *shape)).exp().sum().item()
        axis = torch.linspace(-12, 12, 481)
        grid = torch.cartesian_prod(axis, axis)
        density = torch.cat([model.log_prob(part) for part in grid.split(20_000)]).double().exp()
        return (density.sum() * (axis[1] - axis[0]) ** 2).item()


class _Normals(GenerativeModel, HasLogProb):
    """A Gaussian that can be made to have the wrong mass, to prove the check."""

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
    masses = {shape: _mass(model, shape) for shape in ((2,), (1, 2, 3))  # type: ignore[arg-type]
              if (model := _build(kind, shape))}
    assert masses
    assert masses == pytest.approx(dict.fromkeys(masses, 1.0), abs=5e-3)


# --- bounds

@every_model
def test_a_bound_rises_with_more_samples(kind: type[Model],
                                         shape: tuple[int, ...]) -> None:
    model = _the(kind, shape)
    if not isinstance(model, HasBound):
        pytest.skip("no bound")
    data = _data(shape, 32)
    with torch.no_grad():
        means = [torch.stack([model.log_prob_bound(data, k) for _ in range(200 // k)]).mean()
                 for k in (1, 10, 100)]
    assert means[0] < means[1] < means[2]


def _linear_vae(*, exact: bool) -> tuple[VAE, MultivariateNormal]:
    """Return a VAE without hidden layers, and its own p(x) = N(b, W W^T + s^2 I).

    The columns of W are orthogonal, so the true posterior has a diagonal covariance and the
    encoder can be it (`exact`), or be something else.
    """
    torch.manual_seed(0)
    model = VAE((3,), latent_dim=2, hidden=())
    w = torch.tensor([[1.0, 0.5], [-1.0, 0.5], [0.5, 1.0]])
    w[:, 1] -= (w[:, 0] @ w[:, 1]) / (w[:, 0] @ w[:, 0]) * w[:, 0]
    b, s = torch.tensor([0.3, -0.2, 0.1]), 0.6
    variance = 1 / (1 + (w**2).sum(0) / s**2)  # (Z,)
    gain = variance[:, None] * w.T / s**2  # (Z, D)
    with torch.no_grad():
        decoder, encoder = model.decoder[0], model.encoder[0]
        decoder.weight.copy_(w)
        decoder.bias.copy_(b)
        encoder.weight.zero_()
        encoder.weight[:2] = gain if exact else 0.7 * gain
        encoder.bias.copy_(torch.cat([-(encoder.weight[:2] @ b), variance.sqrt().log()]))
        encoder.bias[2:] += 0 if exact else 0.4
        model.likelihood.log_sigma.fill_(math.log(s))
    return model, MultivariateNormal(b, w @ w.T + s**2 * torch.eye(3))


@torch.no_grad()
def test_with_the_true_posterior_each_draw_gives_the_exact_density() -> None:
    model, truth = _linear_vae(exact=True)
    x = truth.sample((50,))
    torch.testing.assert_close(model.log_prob_bound(x, 1), truth.log_prob(x), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_with_the_true_posterior_the_elbo_is_the_exact_density() -> None:
    model, truth = _linear_vae(exact=True)
    x = truth.sample((20,))
    parts = (model.elbo_parts(x)[:2] for _ in range(4000))
    draws = torch.stack([-(reconstruction + kl.sum(-1)) for reconstruction, kl in parts])
    error = draws.std(0) / len(draws) ** 0.5
    assert ((draws.mean(0) - truth.log_prob(x)).abs() < 5 * error).all()


@torch.no_grad()
def test_the_bound_lies_under_the_exact_density_and_approaches_it() -> None:
    model, truth = _linear_vae(exact=False)
    x = truth.sample((400,))
    exact = truth.log_prob(x).mean()
    gaps = [(exact - torch.stack([model.log_prob_bound(x, k) for _ in range(20)]).mean()).item()
            for k in (1, 5, 50, 500)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > 0.1
    assert -0.002 < gaps[-1] < 0.02


@torch.no_grad()
def test_samples_have_the_mean_and_the_covariance_of_the_model() -> None:
    model, truth = _linear_vae(exact=True)
    samples = model.sample(40_000)
    torch.testing.assert_close(samples.mean(0), truth.mean, atol=0.03, rtol=0)
    torch.testing.assert_close(samples.T.cov(), truth.covariance_matrix, atol=0.06, rtol=0)


# --- the VAE against torch.distributions

@pytest.mark.parametrize("shape", SHAPES)
@torch.no_grad()
def test_the_kl_is_that_of_torch(shape: tuple[int, ...]) -> None:
    model = VAE(shape, latent_dim=3, hidden=(16,))
    x = 3 * _data(shape)
    mu, log_sigma = model.posterior(x)
    truth = kl_divergence(Normal(mu, log_sigma.exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(model.elbo_parts(x)[1], truth, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_likelihood_of_pixels_is_that_of_torch() -> None:
    model, x = VAE((1, 8, 8)), _data((1, 8, 8)).flatten(1)
    logits = 5 * torch.randn(64, 64)
    torch.testing.assert_close(model.likelihood.log_prob(x, logits),
                               Bernoulli(logits=logits).log_prob(x).sum(-1))


@torch.no_grad()
def test_the_likelihood_of_points_is_that_of_torch() -> None:
    model, x = VAE((2,)), _data((2,))
    mean = torch.randn(7, 64, 2)
    sigma = model.likelihood.log_sigma.exp()
    torch.testing.assert_close(model.likelihood.log_prob(x, mean),
                               Normal(mean, sigma).log_prob(x).sum(-1))


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_beta_weighs_the_kl(beta: float) -> None:
    losses = VAE((2,), beta=beta).loss(_data((2,)))
    torch.testing.assert_close(losses["loss"], losses["reconstruction"] + beta * losses["kl"])


def test_samples_of_pixels_are_black_or_white() -> None:
    assert set(VAE((1, 8, 8)).sample(10).unique().tolist()) == {0.0, 1.0}


# --- batches

def test_an_epoch_shows_no_datum_twice() -> None:
    torch.manual_seed(0)
    batches = iter(training.Batches(torch.arange(10), 3))
    for _ in range(4):
        epoch = torch.cat([next(batches) for _ in range(3)])
        assert len(epoch.unique()) == 9


def test_a_batch_is_never_larger_than_the_data() -> None:
    assert sorted(next(iter(training.Batches(torch.arange(5), 64))).tolist()) == [0, 1, 2, 3, 4]


def test_a_loss_that_is_not_finite_stops_the_training() -> None:
    steps = training.Trainer(VAE((2,)), training.Batches(torch.full((8, 2), math.inf), 4))
    with pytest.raises(ArithmeticError, match="is not a finite number"):
        next(steps.steps(lambda: 1e-3))
