"""Energy-based models against the truth: normal distributions, quadrature, autograd."""

import math
from collections.abc import Callable
from itertools import islice

import pytest
import torch
from torch import Tensor, nn

from model_zoo import quadrature
from model_zoo.energy import CHAINS, RULES, PictureEnergy, PointEnergy, Rule
from model_zoo.energy_losses import (
    denoising,
    learnable_slope,
    log_normal,
    noise_contrastive,
    sliced,
)
from model_zoo.energy_nets import PictureEnergyNet, PointEnergyNet
from model_zoo.langevin import Langevin, slope

MEAN = torch.tensor([0.4, -0.3])
COVARIANCE = torch.tensor([[0.8, 0.3], [0.3, 0.5]])


def _normal(n: int, seed: int = 0) -> Tensor:
    root = torch.linalg.cholesky(COVARIANCE)
    noise = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))
    return MEAN + noise @ root.T


class _Quadratic(nn.Module):
    """E(x) = (x - m)' P (x - m) / 2 with P = R R', which learns m and R."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(2))
        self.root = nn.Parameter(torch.eye(2))

    @property
    def precision(self) -> Tensor:
        return self.root @ self.root.T

    def forward(self, x: Tensor) -> Tensor:
        away = x - self.mean
        return (away @ self.precision * away).sum(1) / 2


def _bent(seed: int = 0, by: float = 0.3, **more: float) -> PointEnergy:
    """An energy whose net is not 0."""
    torch.manual_seed(seed)
    made = PointEnergy((2,), decay=0, **more)  # type: ignore[arg-type]
    with torch.no_grad():
        for weight in made.net.parameters():
            weight.add_(by * torch.randn_like(weight))
    return made.eval()


def _learned(loss: Callable[[nn.Module], Tensor], steps: int = 300,
             also: tuple[nn.Parameter, ...] = ()) -> _Quadratic:
    torch.manual_seed(0)
    made = _Quadratic()
    mover = torch.optim.Adam([*made.parameters(), *also], 0.03)
    for step in range(steps):
        for group in mover.param_groups:
            group["lr"] = 0.03 * (1 - step / steps)
        mover.zero_grad()
        loss(made).backward()
        mover.step()
    return made


# --- energies and Z

def test_without_its_net_an_energy_is_a_normal_distribution() -> None:
    made = PointEnergy((2,), width=1.2)
    assert made.log_z() == pytest.approx(math.log(2 * math.pi * 1.2**2), abs=2e-5)
    x = _normal(20)
    wanted = torch.distributions.Normal(0, 1.2).log_prob(x).sum(1)
    torch.testing.assert_close(made.log_prob(x), wanted, atol=1e-4, rtol=0)


@pytest.mark.parametrize("spread", [0.06, 0.3, 1.0])
def test_the_quadrature_is_exact_for_normal_distributions(spread: float) -> None:
    found = quadrature.log_integral(lambda x: (x - 0.513).square().sum(1) / (2 * spread**2), "cpu")
    assert found == pytest.approx(math.log(2 * math.pi * spread**2), abs=1e-5)


def test_the_density_sums_to_one_and_its_parts_are_those_of_log_z() -> None:
    made = _bent()
    log_z = made.log_z()
    mass = 0.0
    for rows in quadrature.places("cpu"):
        mass += (made.log_prob(rows).double() + quadrature.LOG_CELL).exp().sum().item()
        break  # one part tells that log_prob is -E - log Z
    first = next(iter(quadrature.places("cpu")))
    alone = (-made.energy(first).double() - log_z + quadrature.LOG_CELL).exp().sum().item()
    assert mass == pytest.approx(alone, rel=1e-4)
    parts = torch.stack(list(made.summing()))
    assert (parts - log_z).exp().sum().item() == pytest.approx(1, abs=1e-9)


def test_far_away_the_bowl_decides() -> None:
    made, x = _bent(), torch.tensor([[50.0, 0.0], [0.0, -80.0]])
    bowl = x.square().sum(1) / (2 * made.width**2)
    assert ((made.energy(x) - bowl).abs() < 30).all()
    assert (made.energy(2 * x) > made.energy(x) + 500).all()


@pytest.mark.parametrize("kind", [PointEnergy, PictureEnergy])
def test_shapes_that_do_not_fit_are_refused(kind: type) -> None:
    with pytest.raises(ValueError, match="shape must be"):
        kind((3,))


def test_sides_that_cannot_be_halved_twice_and_unknown_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        PictureEnergyNet((1, 10, 8))
    with pytest.raises(ValueError, match="name must be one of"):
        Rule("cd")


# --- Langevin chains

@pytest.mark.parametrize(("step", "noise"), [(0.01, 1.0), (0.4, 1.0), (0.2, 0.5), (0.4, 0.0)])
def test_chains_on_a_quadratic_energy_end_with_the_variance_of_the_closed_form(
        step: float, noise: float) -> None:
    variance, sampler = 0.25, Langevin(step, noise)
    torch.manual_seed(0)
    n = max(60, round(8 * variance / step))  # steps until the start is forgotten
    x = sampler.after(lambda x: x.square().sum(1) / (2 * variance), torch.randn(20_000, 2), n)
    wanted = sampler.stationary_variance(variance)
    eta = step / 2  # as the notes write it: x - eta E' + sqrt(2 eta) xi
    assert wanted == pytest.approx(noise**2 * variance / (1 - eta / (2 * variance)))
    assert x.var().item() == pytest.approx(wanted, rel=0.02, abs=1e-4)


def test_the_temperature_is_the_variance_over_that_of_the_model() -> None:
    sampler = Langevin(0.01, 0.6)
    assert sampler.temperature == pytest.approx(0.36)
    torch.manual_seed(0)
    x = sampler.after(lambda x: x.square().sum(1) / 2, torch.zeros(10_000, 2), 800)
    assert x.var().item() == pytest.approx(0.36, rel=0.03)


def test_steps_of_jem_run_at_five_hundred_thousandths() -> None:
    step = 2.0  # E' itself is taken, half a step of it here
    assert Langevin(step, 0.01 / step**0.5).temperature == pytest.approx(5e-5)


def test_chains_fly_apart_beyond_four_over_the_curvature_unless_they_are_held() -> None:
    steep = Langevin(4.2 / 50)
    energy = lambda x: 25 * x.square().sum(1)  # noqa: E731
    assert math.isinf(steep.stationary_variance(1 / 50))
    torch.manual_seed(0)
    assert steep.after(energy, torch.ones(50, 2), 200).abs().max() > 1e3
    held = Langevin(4.2 / 50, farthest=0.2)
    assert held.after(energy, torch.ones(50, 2), 200).abs().max() < 5


@pytest.mark.parametrize(("step", "noise"), [(0.0, 1.0), (-1.0, 1.0), (0.1, -0.1)])
def test_chains_that_cannot_go_are_refused(step: float, noise: float) -> None:
    with pytest.raises(ValueError, match="step must be above 0 and noise at least 0"):
        Langevin(step, noise)


def test_samples_of_long_chains_follow_the_density() -> None:
    made = _bent(by=0.1)
    torch.manual_seed(0)
    x = Langevin(0.02).after(made.energy, made.noise(3000), 300)
    grid = torch.cat(list(quadrature.places("cpu")))
    with torch.no_grad():
        p = (made.log_prob(grid) + quadrature.LOG_CELL).exp()
    mean = p @ grid
    torch.testing.assert_close(x.mean(0), mean, atol=0.1, rtol=0)
    assert x.var(0).tolist() == pytest.approx((p @ (grid - mean).square()).tolist(), rel=0.12)


# --- gradients of the likelihood

def test_the_surrogate_of_exact_samples_has_the_slope_of_the_log_likelihood() -> None:
    made, x = _bent(1), _normal(300)
    weights = list(made.net.net.parameters())
    grid = torch.cat(list(quadrature.places("cpu")))[::3]  # Z on a part of it, the same for both
    log_z = (-made.learning_energy(grid)).logsumexp(0)
    exact = torch.autograd.grad((made.learning_energy(x) + log_z).mean(), weights)
    chances = (-made.learning_energy(grid)).softmax(0).detach()
    loss = made.learning_energy(x).mean() - chances @ made.learning_energy(grid)
    for a, b in zip(exact, torch.autograd.grad(loss, weights), strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("name", CHAINS)
def test_the_loss_by_chains_is_data_less_fantasies_and_nothing_runs_through_the_chains(
        name: str) -> None:
    torch.manual_seed(0)
    made = PointEnergy((2,), None, Rule(name, n_steps=3, penalty=0.1, n_chains=40), decay=0)
    with torch.no_grad():
        for weight in made.net.net.parameters():
            weight.add_(0.1)
    x, before = _normal(30), made.chains.clone()
    torch.manual_seed(5)
    dreamt = made.fantasies(x)
    assert not dreamt.requires_grad and dreamt.shape == x.shape
    made.chains.copy_(before)
    torch.manual_seed(5)
    loss = made.loss(x)["loss"]
    high, low = made.learning_energy(x), made.learning_energy(dreamt)
    wanted = high.mean() - low.mean() + 0.05 * (high.square() + low.square()).mean()
    weights = list(made.net.net.parameters())
    for a, b in zip(*(torch.autograd.grad(each, weights) for each in (loss, wanted)), strict=True):
        torch.testing.assert_close(a, b)


def test_persistent_chains_go_on_some_begin_anew_and_others_are_left_alone() -> None:
    torch.manual_seed(0)
    made = PointEnergy((2,), None, Rule("persistent", n_steps=2, n_chains=100, restarts=0.0))
    made.chains.fill_(5.0)
    made.fantasies(_normal(30))
    moved = (made.chains != 5).any(1)
    assert moved.sum() == 30 and (made.chains[moved] - 5).abs().max() < 2
    made.rule = Rule("persistent", n_steps=2, n_chains=100, restarts=1.0)
    made.chains.fill_(50.0)
    made.fantasies(_normal(30))
    assert ((made.chains - 50).abs().min(1).values > 30).sum() == 30


def test_each_rule_says_whether_its_loss_falls() -> None:
    for name in RULES:
        (player,) = PointEnergy((2,), None, Rule(name)).players()
        assert player.falls == (name not in CHAINS)


# --- learning without Z

def test_denoising_learns_the_data_with_the_noise() -> None:
    x, sigma = _normal(20_000), 0.6
    made = _learned(lambda energy: denoising(energy, x[torch.randint(len(x), (4000,))], sigma))
    torch.testing.assert_close(made.mean.detach(), MEAN, atol=0.06, rtol=0)
    torch.testing.assert_close(made.precision.detach().inverse(),
                               COVARIANCE + sigma**2 * torch.eye(2), atol=0.1, rtol=0)


def test_the_loss_of_denoising_is_one_for_a_flat_energy() -> None:
    torch.manual_seed(0)
    flat = denoising(lambda x: 0 * x.sum(1), _normal(20_000), 0.3).item()
    assert flat == pytest.approx(1, abs=0.02)


def test_slicing_is_the_exact_loss_of_score_matching_in_the_mean() -> None:
    made, x = _bent(2), _normal(4)
    slopes = slope(made.learning_energy, x)
    traces = []
    for point in x:
        hessian = torch.autograd.functional.hessian(
            lambda one: made.learning_energy(one[None])[0], point)
        traces.append(hessian.trace())
    exact = (slopes.square().sum(1) / 2 - torch.stack(traces)).mean().item()
    torch.manual_seed(0)
    estimates = [sliced(made.learning_energy, x).item() for _draw in range(300)]
    error = torch.tensor(estimates).std().item() / len(estimates)**0.5
    assert sum(estimates) / len(estimates) == pytest.approx(exact, abs=4 * error + 1e-4)
    assert error > 0  # directions differ


def test_slicing_learns_a_normal_distribution() -> None:
    x = _normal(20_000)
    made = _learned(lambda energy: sliced(energy, x[torch.randint(len(x), (4000,))]))
    torch.testing.assert_close(made.mean.detach(), MEAN, atol=0.06, rtol=0)
    torch.testing.assert_close(made.precision.detach().inverse(), COVARIANCE, atol=0.08, rtol=0)


def test_noise_contrastive_estimation_finds_log_z() -> None:
    x, log_z = _normal(20_000), nn.Parameter(torch.zeros(()))
    mean, root = torch.zeros(2), 1.5 * torch.eye(2)

    def loss(energy: nn.Module) -> Tensor:
        data = x[torch.randint(len(x), (4000,))]
        noise = mean + torch.randn(4000, 2) @ root.T
        return noise_contrastive(*(-energy(each) - log_z - log_normal(each, mean, root)
                                   for each in (data, noise)))

    made = _learned(loss, also=(log_z,))
    covariance = made.precision.detach().inverse()
    torch.testing.assert_close(covariance, COVARIANCE, atol=0.08, rtol=0)
    exact = math.log(2 * math.pi) + 0.5 * covariance.logdet().item()
    assert log_z.item() == pytest.approx(exact, abs=0.05)


def test_the_noise_has_the_mean_and_the_spread_of_the_data() -> None:
    made = PointEnergy((2,), None, Rule("contrastive", noise_width=2.0))
    made.start_at(_normal(5000))
    torch.manual_seed(0)
    drawn = made.contrast(20_000)
    torch.testing.assert_close(drawn.mean(0), MEAN, atol=0.05, rtol=0)
    torch.testing.assert_close(drawn.T.cov(), 4 * COVARIANCE, atol=0.12, rtol=0)
    wanted = torch.distributions.MultivariateNormal(MEAN, 4 * COVARIANCE).log_prob(drawn)
    found = log_normal(drawn, made.noise_mean, 2 * made.noise_root)
    torch.testing.assert_close(found, wanted, atol=0.1, rtol=0.02)


def test_log_z_is_learned_by_noise_contrastive_estimation_alone() -> None:
    for name in RULES:
        made = PointEnergy((2,), None, Rule(name))
        assert made.log_normaliser.requires_grad == (name == "contrastive")


def test_a_slope_that_is_learned_from_is_that_of_chains() -> None:
    made, x = _bent(), _normal(5)
    torch.testing.assert_close(learnable_slope(made.learning_energy, x).detach(),
                               slope(made.learning_energy, x))


# --- pictures, and drawing

def test_pictures_go_inward_with_noise_and_outward_to_where_they_were() -> None:
    made = PictureEnergy((1, 8, 8), pixel_noise=0.1)
    x = torch.rand(400, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    back = made.outward(made.inward(x)) - x
    assert back.std().item() == pytest.approx(0.05, rel=0.05)
    assert back.mean().abs() < 0.002


def test_a_path_goes_as_long_as_it_is_told_by_the_mean_weights() -> None:
    made = _bent(path_steps=7)
    assert len(list(islice(made.path(3), 20))) == 7
    averaged = PointEnergy((2,), PointEnergyNet(2), Rule("sliced"), decay=0.9)
    x = _normal(64)
    for _step in range(3):
        averaged.zero_grad()
        averaged.loss(x)["loss"].backward()
        with torch.no_grad():
            for weight in averaged.net.net.parameters():
                assert weight.grad is not None
                weight.sub_(0.1 * weight.grad)
    assert not torch.equal(averaged.energy(x), averaged.learning_energy(x))


def test_contrast_with_noise_finds_log_z() -> None:
    torch.manual_seed(0)
    made = PointEnergy(rule=Rule("contrastive"))
    data = torch.randn(4000, 2) + torch.tensor([0.5, -0.3])
    made.start_at(data)  # twice as wide: what the noise does not reach, it cannot correct
    mover = torch.optim.Adam([weight for weight in made.parameters() if weight.requires_grad],
                             0.003)
    for _step in range(400):
        loss = made.loss(data[torch.randint(len(data), (256,))])["loss"]
        mover.zero_grad()
        loss.backward()
        mover.step()
    assert abs(made.log_normaliser.item()) > 0.05  # it has moved
    log_z = quadrature.log_integral(made.learning_energy, "cpu")
    assert made.log_normaliser.item() == pytest.approx(log_z, abs=0.15)
