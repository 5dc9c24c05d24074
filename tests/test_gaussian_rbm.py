"""The Boltzmann machine of points against the truth: quadrature over the plane."""

import math

import pytest
import torch
from torch import Tensor

from model_zoo.gaussian_rbm import GaussianRBM
from model_zoo.quadrature import log_integral
from playground.concepts.rbm import planes, words
from playground.concepts.rbm.experiment import RBMExperiment
from playground.concepts.rbm.settings import RBMSettings
from playground.experiments.base import at_once
from playground.refusal import Refusal
from playground.training.untouched import untouched


def _machine(n_hidden: int = 5) -> GaussianRBM:
    torch.manual_seed(0)
    made = GaussianRBM((2,), n_hidden)
    with torch.no_grad():
        made.weights.normal_(0, 0.6)
        made.hidden.normal_()
        made.visible.normal_(0, 0.3)
        made.log_scale.copy_(torch.tensor([-0.5, -1.0]))
    return made


def _states(n: int) -> Tensor:
    return (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).float()


def test_the_free_energy_is_the_sum_over_the_hidden_units() -> None:
    made, x, h = _machine(), torch.randn(40, 2), _states(5)
    energies = torch.stack([made.energy(x, each.expand(40, 5)) for each in h], 1)
    torch.testing.assert_close(made.free_energy(x), -(-energies).logsumexp(1))


def test_the_chance_of_a_hidden_unit_is_that_of_the_energies() -> None:
    made, x, h = _machine(), torch.randn(40, 2), _states(5)
    energies = torch.stack([made.energy(x, each.expand(40, 5)) for each in h], 1)
    for temperature in (1.0, 2.5):
        wanted = (-energies / temperature).softmax(1) @ h
        torch.testing.assert_close(made.hidden_chances(x, temperature), wanted)


def test_the_exact_log_z_is_the_integral_over_the_plane() -> None:
    made = _machine()
    assert made.log_z() == pytest.approx(log_integral(made.free_energy, "cpu"), abs=1e-4)


def test_the_density_is_the_mixture_of_its_bumps() -> None:
    made, x = _machine(), torch.randn(40, 2)
    masses, means = (torch.cat(each) for each in zip(*made.bumps(), strict=True))
    scale = made.log_scale.detach().double().exp()
    bumps = torch.distributions.Normal(means, scale).log_prob(x[:, None].double()).sum(-1)
    torch.testing.assert_close(made.log_prob(x).double(),
                               (masses.log_softmax(0) + bumps).logsumexp(1),
                               atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_chains_draw_from_the_density(temperature: float) -> None:
    made = _machine()
    torch.manual_seed(0)
    chains = made.gibbs(made.noise(20_000), temperature)
    for _step in range(60):
        x, _means = next(chains)
    axis = torch.linspace(-8, 8, 321)
    places = torch.cartesian_prod(axis, axis)
    h = _states(5)
    with torch.no_grad():
        log_p = torch.stack([-made.energy(places, each.expand(len(places), 5)) / temperature
                             for each in h]).logsumexp(0).softmax(0)
    mean = log_p @ places
    spread = (log_p @ places.square() - mean.square()).sqrt()
    torch.testing.assert_close(x.mean(0), mean, atol=0.04, rtol=0)
    torch.testing.assert_close(x.std(0), spread, atol=0.04, rtol=0)


def test_the_loss_is_a_surrogate_whose_slope_is_that_of_log_p() -> None:
    made, data = _machine(), torch.randn(200, 2)
    parameters = list(made.parameters())
    axis = torch.linspace(-8, 8, 161)
    places = torch.cartesian_prod(axis, axis)
    cell = 2 * math.log((axis[1] - axis[0]).item())
    log_p = -made.free_energy(data).mean() - (-made.free_energy(places)).logsumexp(0) - cell
    wanted = torch.autograd.grad(log_p, parameters)
    torch.manual_seed(0)
    made.rule, made.k = "pcd", 100
    made.chains = made.noise(100_000)
    found = torch.autograd.grad(-made.loss(data)["loss"], parameters)
    for slope, exact in zip(found, wanted, strict=True):
        torch.testing.assert_close(slope, exact, atol=0.05, rtol=0.05)


# --- on its page

def _made(**changes: object) -> RBMExperiment:
    torch.manual_seed(0)
    return RBMExperiment(RBMSettings(dataset="blobs", **changes), "cpu")  # type: ignore[arg-type]


def _machine_of(made: RBMExperiment) -> GaussianRBM:
    assert isinstance(made.model, GaussianRBM)
    return made.model


def test_log_z_of_many_units_is_a_quadrature_and_that_of_few_a_sum_and_both_agree() -> None:
    made = _made(n_hidden=16)
    by_sum = at_once(made.summed())
    assert by_sum == pytest.approx(log_integral(_machine_of(made).free_energy, "cpu"), abs=1e-3)
    many = _made(n_hidden=24)
    assert at_once(many.summed()) == pytest.approx(
        log_integral(_machine_of(many).free_energy, "cpu"), abs=1e-6)


def test_a_look_at_points_shows_density_chains_and_bumps() -> None:
    made = _made(n_hidden=8, steps=100)
    with untouched(made, "cpu"):
        metrics, arrays = made.observe()
    assert made.settings.claim.kind == "exact" and made.settings.claim.over == "reals"
    assert metrics["gap"] == pytest.approx(metrics["floor"] - metrics["log_p"])
    row, column = divmod(int(arrays["density"].argmax()), arrays["density"].shape[1])
    place = torch.tensor([[column, row]]) * 6 / 80 - 3.0
    best = -_machine_of(made).free_energy(place)
    assert best >= -_machine_of(made).free_energy(made.held_out).min() - 0.5
    assert planes.fantasies(arrays)["layout"]["meta"]["path"]["total"] == 200
    assert "256 bumps" in words._density(metrics, made.settings, _Moment(5))  # type: ignore


class _Moment:
    def __init__(self, step: int) -> None:
        self.step = step


def test_what_only_pictures_answer_is_refused_of_points() -> None:
    for question in ("gradients", "partition", "bracket"):
        with pytest.raises(Refusal, match="must be pictures"):
            _made().ask(question, {"seed": 0})
