"""Schedules, samplers and likelihoods of diffusion, held to what is known of Gaussian data."""

import math

import pytest
import torch
from gaussian_oracle import Gaussian, euler_spread
from torch import Tensor

from model_zoo.denoisers import Ideal, clipped, flow, noise_in, score
from model_zoo.diffusion_likelihood import bound_parts, chain_parts, log_prob_steps, start_cost
from model_zoo.diffusion_samplers import (
    DDIM,
    DDPM,
    Adaptive,
    Corrected,
    Denoised,
    Heun,
    Ode,
    Sampler,
    posterior,
)
from model_zoo.noise_schedules import EDM, SCHEDULES, Cosine, Linear, Schedule
from model_zoo.ode import heun

every_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=[*SCHEDULES])
ONE = torch.ones(1, dtype=torch.float64)
DATA = Gaussian.of([0.5, -0.3], [1.5, 0.2])


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def _times(schedule: Schedule, n: int = 7) -> Tensor:
    return torch.linspace(schedule.start, 1, n, dtype=torch.float64)


def _ends(sampler: Sampler, data: Gaussian, schedule: Schedule, n: int = 4000) -> Denoised:
    x = schedule.scale(ONE) * torch.randn(n, len(data.mean), dtype=torch.float64)
    *_, state = sampler(data.denoise(schedule), schedule, x)
    return state


def _variance(sampler: Sampler, variance: float, schedule: Schedule) -> float:
    """The variance of samples, followed exactly: each step is linear on centred Gaussian data."""
    data = Gaussian.of([0.0], [variance])
    times = torch.tensor(schedule.grid(sampler.steps), dtype=torch.float64)
    t, s, x = times[:-1], times[1:], torch.ones(len(times) - 1, 1, dtype=torch.float64)
    guess, noise = data.denoise(schedule)(x, t), torch.zeros_like(t)
    if isinstance(sampler, DDPM):
        of_x, of_guess, tilde, beta = posterior(schedule, t, s)
        gain, noise = of_x + of_guess * guess[:, 0], (
            beta if sampler.variance == "beta" else tilde)
    else:
        gain = sampler.step(data.denoise(schedule), schedule, x, t, s)[0][:, 0]
    spread = 1.0
    for by, more in zip(gain.tolist(), noise.tolist(), strict=True):
        spread = spread * by**2 + more
    last = data.denoise(schedule)(x[:1], times[-1:]).item()
    return spread * last**2


# --- schedules

@every_schedule
def test_the_slopes_are_those_of_the_curves(schedule: Schedule) -> None:
    t = _times(schedule).requires_grad_()
    for curve, slope in ((schedule.log_snr, schedule.slope),
                         (schedule.sigma, schedule.sigma_slope),
                         (lambda t: schedule.alpha(t) + 0 * t, schedule.alpha_slope)):
        (found,) = torch.autograd.grad(curve(t).sum(), t)
        torch.testing.assert_close(slope(t).detach(), found, rtol=1e-6, atol=1e-9)


@every_schedule
def test_a_time_is_found_by_its_noise_level(schedule: Schedule) -> None:
    t = _times(schedule)
    torch.testing.assert_close(schedule.time(schedule.log_snr(t)), t)


@every_schedule
def test_everything_is_finite_from_the_smallest_time_on(schedule: Schedule) -> None:
    for each in (_times(schedule), _times(schedule).float()):
        for part in (schedule.log_snr, schedule.slope, schedule.alpha, schedule.sigma):
            assert part(each).isfinite().all()


@every_schedule
def test_the_last_step_has_no_signal_and_the_first_hardly_any_noise(schedule: Schedule) -> None:
    schedule.check()
    assert schedule.share(ONE).item() < 1e-3
    assert (schedule.sigma(schedule.start * ONE) / schedule.alpha(schedule.start * ONE)) < 0.02


def test_a_schedule_that_leaves_signal_is_refused() -> None:
    short = Linear(50)
    assert short.share(ONE).item() == pytest.approx(0.603, abs=0.003)
    assert short.alpha(ONE).item() == pytest.approx(0.78, abs=0.005)
    with pytest.raises(ValueError, match=r"abar at the last step must be below 0.001, got 0.60"):
        short.check()


def test_the_linear_schedule_is_ddpms_product() -> None:
    beta = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    abar = (1 - beta).cumprod(0)
    ours = Linear().share(torch.arange(1, 1001, dtype=torch.float64) / 1000)
    torch.testing.assert_close(ours, abar, rtol=0.1, atol=2e-4)


def test_the_cosine_begins_without_noise_and_ends_where_it_says() -> None:
    share = Cosine(left=1e-4, least=0.01).share(torch.tensor([0.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(share, torch.tensor([1 - 1e-4, 1e-4], dtype=torch.float64))


@every_schedule
def test_times_to_learn_at_reach_the_smallest_and_the_largest(schedule: Schedule) -> None:
    t = schedule.draw(5000, torch.device("cpu"))
    log_snr = schedule.log_snr(t)
    if isinstance(schedule, EDM):
        assert (-log_snr / 2).mean().item() == pytest.approx(-1.2, abs=0.1)
        return
    assert t.min() < schedule.start + 1e-3 and t.max() > 1 - 1e-3
    assert t.min() >= schedule.start


@every_schedule
def test_a_walk_begins_at_the_very_end(schedule: Schedule) -> None:
    times = schedule.grid(10)
    assert times[0] == 1 and times[-1] == pytest.approx(schedule.start) and len(times) == 10


# --- samplers

@pytest.mark.parametrize(("steps", "variance"), [(10, 0.664), (50, 0.928)])
def test_ddim_shrinks_by_the_exact_curve(steps: int, variance: float) -> None:
    sampler = DDIM(steps=steps)
    assert _variance(sampler, 1.0, Linear()) == pytest.approx(variance, abs=0.01)
    drawn = _ends(sampler, Gaussian.of([0.0], [1.0]), Linear()).x.var().item()
    assert drawn == pytest.approx(_variance(sampler, 1.0, Linear()), rel=0.1)


@pytest.mark.parametrize(("name", "data", "variance"), [
    ("beta", 1.0, 0.9999), ("beta_tilde", 1.0, 0.9911), ("beta", 0.01, 0.01015),
    ("beta_tilde", 0.01, 0.00928)])
def test_ddpm_has_the_variance_that_is_known(name: str, data: float, variance: float) -> None:
    sampler = DDPM(steps=1000, variance=name)
    assert _variance(sampler, data, Linear()) == pytest.approx(variance, rel=0.005)


SAMPLERS = {"ddim": DDIM(steps=100), "half": DDIM(steps=100, eta=0.5),
            "ddpm": DDPM(steps=100), "ode": Ode(steps=60, rule=heun), "heun": Heun(steps=40),
            "churn": Heun(steps=40, churn=20), "corrected": Corrected(steps=60),
            "adaptive": Adaptive(tolerance=1e-4)}


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=[*SAMPLERS])
def test_every_sampler_draws_the_gaussian(sampler: Sampler) -> None:
    end = _ends(sampler, DATA, Cosine())
    torch.testing.assert_close(end.x.mean(0), DATA.mean, atol=0.06, rtol=0)
    torch.testing.assert_close(end.x.var(0), DATA.variance, atol=0, rtol=0.1)


@pytest.mark.parametrize(("sampler", "evaluations"), [
    (DDIM(steps=10), 10), (DDPM(steps=10), 10), (Ode(steps=10, rule=heun), 19),
    (Heun(steps=18), 35), (Corrected(steps=10, corrections=2), 28)])
def test_a_sampler_says_how_often_it_asks(sampler: Sampler, evaluations: int) -> None:
    asked = 0
    ideal = DATA.denoise(Cosine())

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        nonlocal asked
        asked += 1
        return ideal(x, t)
    *_, end = sampler(denoise, Cosine(), torch.randn(3, 2, dtype=torch.float64))
    assert end.evaluations == asked == evaluations


@pytest.mark.parametrize("sampler", [*SAMPLERS.values()], ids=[*SAMPLERS])
def test_no_noise_is_left_at_the_end(sampler: Sampler) -> None:
    point = Gaussian.of([2.0, -3.0], [1e-12, 1e-12])
    end = _ends(sampler, point, Cosine(), n=50)
    assert end.t == 0
    torch.testing.assert_close(end.x, point.mean.expand_as(end.x), atol=1e-6, rtol=0)


@pytest.mark.parametrize("sampler", [DDIM(steps=5), Heun(steps=5), Adaptive(tolerance=1e-3)])
def test_a_point_does_not_depend_on_its_batch(sampler: Sampler) -> None:
    x, ideal = torch.randn(8, 2, dtype=torch.float64), DATA.denoise(Cosine())
    together, alone = ([*sampler(ideal, Cosine(), part)][-1].x[0] for part in (x, x[:1]))
    torch.testing.assert_close(together, alone)


def test_the_variance_of_eta_is_the_formula_of_the_paper() -> None:
    t, s = 0.8 * ONE, 0.5 * ONE
    now, after = (Linear().share(each) for each in (t, s))
    formula = (1 - after) / (1 - now) * (1 - now / after)
    torch.testing.assert_close(posterior(Linear(), t, s)[2], formula)
    x = torch.zeros(40_000, 1, dtype=torch.float64)
    moved, _ = DDIM(eta=0.5).step(lambda x, t: 0 * x, Linear(), x, t, s)
    assert moved.var().item() == pytest.approx(0.25 * formula.item(), rel=0.03)


def test_noise_is_found_anew_after_clipping() -> None:
    t, s, x = 0.5 * ONE, 0.4 * ONE, torch.tensor([[3.0]], dtype=torch.float64)
    bold = clipped(lambda x, t: 10 * x, -1, 1)
    moved, guess = DDIM().step(bold, Cosine(), x, t, s)
    c = Cosine()
    epsilon = (x - c.alpha(t)) / c.sigma(t)
    assert guess.item() == 1
    torch.testing.assert_close(moved, c.alpha(s) * guess + c.sigma(s) * epsilon)


def test_eta_1_is_ddpm() -> None:
    t, s, x = 0.8 * ONE, 0.5 * ONE, torch.tensor([[0.7]], dtype=torch.float64)
    moved = []
    for sampler in (DDIM(eta=1.0), DDPM()):
        torch.manual_seed(1)
        moved.append(sampler.step(lambda x, t: 0.3 * x, Cosine(), x, t, s)[0])
    torch.testing.assert_close(*moved)


# --- denoisers

@every_schedule
def test_the_score_is_the_slope_of_log_p(schedule: Schedule) -> None:
    t = schedule.time(torch.zeros(5, dtype=torch.float64))
    alpha, sigma = schedule.alpha(t[:1]), schedule.sigma(t[:1])
    noised = Gaussian(alpha * DATA.mean, alpha**2 * DATA.variance + sigma**2)
    x = noised.sample(5).requires_grad_()
    (slope,) = torch.autograd.grad(noised.log_prob(x).sum(), x)
    torch.testing.assert_close(score(DATA.denoise(schedule), schedule)(x, t).detach(), slope)


def test_the_ideal_denoiser_of_a_finite_set_is_a_softmax_over_it() -> None:
    points, x = torch.randn(6, 2, dtype=torch.float64), torch.randn(3, 2, dtype=torch.float64)
    t, c = torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64), Cosine()
    weights = torch.stack([(-(each - c.alpha(time) * points).square().sum(1)
                            / (2 * c.sigma(time) ** 2)).softmax(0)
                           for each, time in zip(x, t, strict=True)])
    torch.testing.assert_close(Ideal(points, c)(x, t), weights @ points)


def test_the_ideal_denoiser_of_one_wide_point_is_the_gaussians() -> None:
    ideal = Ideal(DATA.mean[None], Cosine(), spread=0.7)
    oracle = Gaussian(DATA.mean, torch.full_like(DATA.mean, 0.49)).denoise(Cosine())
    x, t = torch.randn(5, 2, dtype=torch.float64), torch.linspace(0.05, 1, 5, dtype=torch.float64)
    torch.testing.assert_close(ideal(x, t), oracle(x, t))


def test_the_ideal_denoiser_gives_back_what_it_was_trained_on() -> None:
    points = torch.randn(20, 2, dtype=torch.float64)
    *_, end = DDIM(steps=100)(Ideal(points, Cosine()), Cosine(),
                              torch.randn(50, 2, dtype=torch.float64))
    assert torch.cdist(end.x, points).min(1).values.max() < 1e-3


# --- likelihoods

@every_schedule
def test_the_likelihood_of_the_ode_is_the_gaussians(schedule: Schedule) -> None:
    x = DATA.sample(40)
    *_, end = log_prob_steps(DATA.denoise(schedule), schedule, x, tolerance=1e-6)
    torch.testing.assert_close(end.log_prob, DATA.log_prob(x), atol=0.06, rtol=0)
    assert (end.log_prob - DATA.log_prob(x)).mean().abs() < 0.01


def test_the_estimated_divergence_is_right_in_the_mean_and_holds_its_probe() -> None:
    x = DATA.sample(1).expand(400, 2)
    probe = torch.randn(400, 2, dtype=torch.float64)
    ideal, schedule = DATA.denoise(Cosine()), Cosine()
    *_, end = log_prob_steps(ideal, schedule, x, probe=probe)
    *_, again = log_prob_steps(ideal, schedule, x, probe=probe)
    assert torch.equal(end.log_prob, again.log_prob)
    error = end.log_prob.std().item() / math.sqrt(400)
    assert abs(end.log_prob.mean().item() - DATA.log_prob(x[:1]).item()) < 4 * error + 0.02


def test_the_bound_of_the_ideal_denoiser_is_tight() -> None:
    x = DATA.sample(4000)
    nats = -DATA.log_prob(x).mean().item()
    parts = torch.stack([*bound_parts(DATA.denoise(Cosine()), Cosine(), x, 50)])
    assert len(parts) == 52
    assert parts.sum(0).mean().item() == pytest.approx(nats, abs=0.05)


def test_a_chain_pays_for_its_steps() -> None:
    x, ideal = DATA.sample(4000), DATA.denoise(Cosine())
    bounds = [torch.stack(chain_parts(ideal, Cosine(), x, n)).sum(0).mean() for n in (10, 40, 160)]
    assert bounds[0] > bounds[1] > bounds[2] > -DATA.log_prob(x).mean() + 0.1


def test_the_cost_of_levels_is_that_of_a_softmax() -> None:
    x, levels = torch.tensor([[-1.0], [1.0]]), torch.tensor([-1.0, 1.0])
    assert start_cost(Cosine(), x, 0.0, levels).max() < 1e-6
    middle = start_cost(Cosine(), x.expand(2, 2000), 0.5, levels)  # noise as large as the signal
    chance = (-(2 * (1 + torch.randn(100_000)))).exp().log1p().mean() * 2000
    torch.testing.assert_close(middle, chance.expand(2), rtol=0.1, atol=0)


def test_a_worse_denoiser_has_a_higher_bound() -> None:
    x = DATA.sample(4000)
    wide = Gaussian(DATA.mean, 2 * DATA.variance).denoise(Cosine())
    nats = -Gaussian(DATA.mean, 2 * DATA.variance).log_prob(x).mean().item()
    bound = torch.stack([*bound_parts(wide, Cosine(), x, 50)]).sum(0).mean().item()
    assert bound > nats - 0.05


def test_a_tenth_of_the_smallest_time_changes_neither_likelihood() -> None:
    schedule = Cosine(least=1e-5)
    x, ideal = DATA.sample(2000), DATA.denoise(schedule)
    bounds, exact = [], []
    for begin in (1e-2, 1e-3):
        torch.manual_seed(1)
        parts = list(bound_parts(ideal, schedule, x, 100, start=begin))
        bounds.append(torch.stack(parts).sum(0).mean())
        *_, end = log_prob_steps(ideal, schedule, x[:100], start=begin)
        exact.append(end.log_prob.mean())
    assert abs(bounds[0] - bounds[1]) < 0.05
    assert abs(exact[0] - exact[1]) < 0.01


def test_the_field_of_the_ode_carries_the_marginals() -> None:
    schedule, t = Cosine(), torch.full((3,), 0.6, dtype=torch.float64)
    x, ideal = torch.randn(3, 2, dtype=torch.float64), DATA.denoise(Cosine())
    clean = ideal(x, t)
    expected = (schedule.alpha_slope(t)[:, None] * clean
                + schedule.sigma_slope(t)[:, None] * noise_in(clean, x, t, schedule))
    torch.testing.assert_close(flow(ideal, schedule)(t, x), expected)


# --- flow matching's part of the oracle

def test_few_euler_steps_shrink_by_the_exact_curve() -> None:
    curve = [round(euler_spread(2.5, n), 3) for n in (1, 2, 4, 8, 16, 32)]
    assert curve == [0, 0.714, 1.112, 1.331, 1.451, 1.515]
