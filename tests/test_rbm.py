"""The Boltzmann machine against the truth: all its states are summed over."""

import math
from itertools import islice

import pytest
import torch
from torch import Tensor

from model_zoo.annealing import estimate
from model_zoo.boltzmann import RULES
from model_zoo.rbm import RBM, Moments
from model_zoo.tempering import ladder, swapped

SHAPE = (1, 2, 3)


def _states(n: int) -> Tensor:
    return (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).float()


def _machine(n_hidden: int = 4, shape: tuple[int, ...] = SHAPE, scale: float = 0.7,
             **more: object) -> RBM:
    torch.manual_seed(0)
    made = RBM(shape, n_hidden, **more)  # type: ignore[arg-type]
    with torch.no_grad():
        for weight in made.parameters():
            weight.copy_(scale * torch.randn_like(weight))
    return made


def _chances(made: RBM) -> Tensor:
    """p(v) of all pixels, (2^V,), by the sum over all v and h of exp(-E)."""
    v, h = _states(len(made.visible)), _states(len(made.hidden))
    with torch.no_grad():
        energy = -(v @ made.weights @ h.T) - (v @ made.visible)[:, None] - h @ made.hidden
        return (-energy).flatten().softmax(0).view(energy.shape).sum(1)


def _data(n: int = 40) -> Tensor:
    return torch.bernoulli(torch.full((n, *SHAPE), 0.4),
                           generator=torch.Generator().manual_seed(1))


# --- energies and likelihood

def test_the_free_energy_is_the_sum_over_the_hidden_units() -> None:
    made = _machine()
    v, h = _states(6), _states(4)
    energy = -(v @ made.weights @ h.T) - (v @ made.visible)[:, None] - h @ made.hidden
    torch.testing.assert_close(made.free_energy(v), -(-energy).logsumexp(1))


def test_the_free_energy_is_finite_where_exponentials_are_not() -> None:
    made = _machine(scale=500.0)
    assert made.free_energy(_states(6)).isfinite().all()
    assert math.isfinite(made.log_z())


@pytest.mark.parametrize("n_hidden", [3, 9])  # either layer may be the smaller one
def test_the_exact_log_p_sums_to_one_and_is_that_of_all_states(n_hidden: int) -> None:
    made = _machine(n_hidden)
    every = _states(6).view(-1, *SHAPE)
    log_p = made.exact_log_prob(every, made.log_z())
    assert log_p.exp().sum().item() == pytest.approx(1, abs=1e-9)
    torch.testing.assert_close(log_p.exp().float(), _chances(made), rtol=1e-4, atol=1e-7)


def test_a_sum_over_too_many_states_is_refused_in_a_sentence() -> None:
    made = RBM((1, 5, 5), 21)
    for ask in (made.log_z, made.exact_moments):
        with pytest.raises(ValueError, match="the smaller layer must have at most 20 units .*21"):
            ask()


@pytest.mark.parametrize("rule", ["", "CD"])
def test_an_unknown_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="rule must be one of"):
        RBM(SHAPE, rule=rule)


def test_a_machine_starts_with_the_pixels_as_they_are_alone() -> None:
    made = RBM(SHAPE, 4)
    data = _data(500)
    made.start_at(data)
    with torch.no_grad():
        made.weights.zero_()
    log_p = made.exact_log_prob(data, made.log_z()).mean().item()
    white = data.flatten(1).mean(0)
    alone = (white * white.log() + (1 - white) * (1 - white).log()).sum().item()
    assert log_p == pytest.approx(alone, abs=1e-4)


# --- gradients

def _flat(moments: Moments) -> Tensor:
    return torch.cat([each.flatten().double() for each in moments])


def _slope_of_log_p(made: RBM, data: Tensor) -> Tensor:
    """The gradient of the mean log p by autograd through the sum over all states."""
    every = -made.free_energy(_states(len(made.visible)))
    log_p = (-made.free_energy(data.flatten(1)) - every.logsumexp(0)).mean()
    return torch.cat([slope.flatten().double() for slope in torch.autograd.grad(
        log_p, [made.weights, made.visible, made.hidden])])


@pytest.mark.parametrize("n_hidden", [3, 9])
def test_the_exact_gradient_is_that_of_the_log_likelihood(n_hidden: int) -> None:
    made, data = _machine(n_hidden), _data()
    exact = _flat(made.moments(data.flatten(1))) - _flat(made.exact_moments())
    torch.testing.assert_close(exact, _slope_of_log_p(made, data), atol=1e-5, rtol=1e-4)


def test_the_loss_is_a_surrogate_whose_slope_is_data_less_fantasies() -> None:
    made, data = _machine(rule="cd", k=3), _data()
    torch.manual_seed(5)
    fantasies = made.fantasies(data.flatten(1))
    wanted = _flat(made.moments(fantasies)) - _flat(made.moments(data.flatten(1)))
    torch.manual_seed(5)
    loss = made.loss(data)["loss"]
    found = torch.autograd.grad(loss, [made.weights, made.visible, made.hidden])
    torch.testing.assert_close(torch.cat([each.flatten().double() for each in found]), wanted,
                               atol=1e-5, rtol=1e-4)


def _step_of_all(made: RBM) -> Tensor:
    """How a Gibbs step leads from pixels to pixels, (2^V, 2^V), by the sum over all h."""
    v, h = _states(len(made.visible)), _states(len(made.hidden))
    with torch.no_grad():
        up, down = made.hidden_chances(v), made.visible_means(h)

    def chances(p: Tensor, states: Tensor) -> Tensor:
        return (p[:, None] * states + (1 - p[:, None]) * (1 - states)).prod(-1)

    return chances(up, h) @ chances(down, v)


def test_contrastive_divergence_nears_the_exact_gradient_as_k_grows() -> None:
    made, data = _machine(scale=0.8), _data(8)
    step, every = _step_of_all(made), _states(6)
    codes = (data.flatten(1) @ (2.0 ** torch.arange(6))).long()
    now = torch.bincount(codes, minlength=64) / len(data)
    h = made.hidden_chances(every).detach()
    model = _flat(made.exact_moments())
    errors, at = [], {}
    for k in range(1, 31):
        now = now @ step
        at[k] = _flat(Moments((every * now[:, None]).T @ h, now @ every, now @ h))
        errors.append((at[k] - model).norm().item())
    assert all(later < sooner for sooner, later in zip(errors, errors[1:], strict=False)
               if sooner > 1e-5)
    assert errors[-1] < 0.01 * errors[0]
    torch.manual_seed(0)  # and what is drawn has that mean
    many = data.flatten(1).repeat(5000, 1)
    for k in (1, 5):
        drawn = _flat(made.moments(made.after(many, k)))
        assert (drawn - at[k]).norm() < 0.02
    assert (at[1] - model).norm() > 0.1


# --- chains

def test_a_gibbs_step_keeps_the_distribution_of_the_model() -> None:
    made = _machine()
    chances = _chances(made)
    torch.testing.assert_close(chances @ _step_of_all(made), chances, atol=1e-6, rtol=1e-4)
    torch.manual_seed(0)
    n = 50_000
    v = _states(6)[torch.multinomial(chances, n, replacement=True)]
    found = torch.bincount((made.after(v, 3) @ (2.0 ** torch.arange(6))).long(), minlength=64)
    chi_square = ((found - n * chances).square() / (n * chances)).sum().item()
    assert chi_square < 63 + 4 * math.sqrt(2 * 63)


def test_samples_of_long_chains_from_noise_follow_the_model() -> None:
    made = _machine(n_steps=60)
    torch.manual_seed(0)
    drawn = made.sample(20_000).flatten(1)
    torch.testing.assert_close(drawn.mean(0), made.exact_moments().v.float(), atol=0.02, rtol=0)


def test_pixels_that_are_held_stay_and_the_others_follow_their_conditional() -> None:
    made = _machine()
    held = torch.tensor([1.0, 1, 1, 0, 0, 0])
    torch.manual_seed(0)
    start = made.noise(20_000)
    start[:, :3] = torch.tensor([1.0, 0.0, 1.0])
    chains = made.gibbs(start, held=held)
    for _step in range(40):
        v, chances = next(chains)
    assert (v[:, :3] == start[:, :3]).all() and (chances[:, :3] == start[:, :3]).all()
    every, p = _states(6), _chances(made)
    fits = (every[:, :3] == start[0, :3]).all(1)
    wanted = (p[fits, None] * every[fits]).sum(0) / p[fits].sum()
    torch.testing.assert_close(v.mean(0), wanted, atol=0.02, rtol=0)


def test_low_temperatures_freeze_and_high_ones_melt() -> None:
    made = _machine(scale=2.0)
    v = _states(6)
    cold, warm = made.hidden_chances(v, 0.1), made.hidden_chances(v, 100.0)
    assert ((cold - 0.5).abs() > 0.45).float().mean() > 0.8
    assert ((warm - 0.5).abs() < 0.1).all()


def test_persistent_chains_go_on_and_those_of_cd_stay_where_they_are() -> None:
    for rule in RULES:
        made = _machine(rule=rule, n_chains=30)
        before = made.chains.clone()
        made.loss(_data())
        assert torch.equal(made.chains, before) == (rule == "cd")
        assert made.chains.shape == ((10, 30, 6) if rule == "tempered" else (30, 6))


# --- tempering

def _found(v: Tensor) -> Tensor:
    """How often each state of 6 pixels is there, (64,)."""
    return torch.bincount((v @ (2.0 ** torch.arange(6))).long(), minlength=64)


def test_the_energy_of_a_state_is_what_its_free_energy_sums() -> None:
    made, v, h = _machine(), _states(6), _states(4)
    energies = torch.stack([made.energy(v, each.expand(64, 4)) for each in h], 1)
    torch.testing.assert_close(made.free_energy(v), -(-energies).logsumexp(1))


def test_swaps_keep_the_distribution_of_each_temperature() -> None:
    made, n = _machine(scale=1.0), 50_000
    torch.manual_seed(0)
    inverse = ladder(3)
    at_each = []
    for beta in inverse.tolist():
        v, h = _states(6), _states(4)
        energy = torch.stack([made.energy(v, each.expand(64, 4)) for each in h], 1).detach()
        at_each.append((-beta * energy).flatten().softmax(0).view(64, 16).sum(1))
    v = torch.stack([_states(6)[torch.multinomial(p, n, replacement=True)] for p in at_each])
    chains = made.tempered(v)
    for _step in range(4):
        v, _taken = next(chains)
    for state, p in zip(v, at_each, strict=True):
        chi_square = ((_found(state) - n * p).square() / (n * p)).sum().item()
        assert chi_square < 63 + 4 * math.sqrt(2 * 63)


def test_a_lower_energy_always_comes_down_and_a_far_higher_one_does_not() -> None:
    v = torch.arange(5.0).view(5, 1, 1).expand(5, 7, 1)
    energy = torch.tensor([100.0, 0, 90, 10, 200])[:, None].expand(5, 7)
    found, taken = swapped(v, energy, ladder(5))
    assert found[:, 0, 0].tolist() == [1, 3, 0, 2, 4]
    assert taken[:, 0].tolist() == [1, 1, 1, 0]  # the last: uphill by 0.2 * 110 nats


def test_tempered_chains_cross_where_plain_ones_stay() -> None:
    made = _machine(1, scale=0.0)
    with torch.no_grad():  # all white or all black, and 1 / 2^6 of the rest
        made.weights.fill_(8.0)
        made.visible.fill_(-4.0)
        made.hidden.fill_(-24.0)
    torch.manual_seed(0)
    start = torch.zeros(20, 300, 6)
    assert made.after(start[0], 200).mean() < 0.05
    *_, (v, _taken) = islice(made.tempered(start), 200)
    assert v[0].mean().item() == pytest.approx(0.5, abs=0.1)


def test_an_update_by_tempering_learns_from_the_coldest_chains_and_counts_swaps() -> None:
    made = _machine(rule="tempered", n_chains=30, n_temperatures=4, k=2)
    assert torch.equal(made.fantasies(_data().flatten(1)), made.chains[0])
    assert made.swaps.shape == (3,) and (made.swaps > 0.2).all() and (made.swaps <= 1).all()


# --- annealing

@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_annealing_nears_the_exact_log_z_at_16_hidden_units(scale: float) -> None:
    made = _machine(16, (1, 4, 4), scale)
    torch.manual_seed(0)
    *_, log_weights = made.annealing(200, 2000)
    found, error = estimate(log_weights)
    assert log_weights.dtype == torch.float64
    assert abs(found - made.log_z()) < 0.05
    assert error < 0.05


def test_the_error_of_annealing_is_that_of_its_repeats() -> None:
    made = _machine(8, (1, 4, 4), 0.5)
    torch.manual_seed(0)
    found = []
    for _repeat in range(60):
        *_, log_weights = made.annealing(50, 30)
        found.append(estimate(log_weights))
    spread = torch.tensor([each for each, _error in found]).std().item()
    said = sum(error for _each, error in found) / len(found)
    assert said == pytest.approx(spread, rel=0.4)


def test_one_chain_has_no_spread_and_equal_weights_have_none() -> None:
    assert estimate(torch.tensor([3.0], dtype=torch.float64)) == (3.0, 0.0)
    mean, error = estimate(torch.full((5,), 2.0, dtype=torch.float64))
    assert mean == pytest.approx(2.0) and error == pytest.approx(0.0)


def test_without_weights_annealing_is_exact_at_once() -> None:
    made = _machine(5, scale=0.0)
    with torch.no_grad():
        made.visible.normal_()
    made.base.copy_(made.visible.detach())
    *_, log_weights = made.annealing(7, 3)
    assert log_weights.tolist() == pytest.approx([made.log_z()] * 7)


# --- annealing back (RAISE)

def _gibbs_matrix(made: RBM, t: float) -> Tensor:
    """How a Gibbs step at t leads from pixels to pixels, (2^V, 2^V), by the sum over all h."""
    v, h = _states(len(made.visible)), _states(len(made.hidden))
    up = torch.sigmoid(t * (v @ made.weights + made.hidden)).detach()
    down = torch.sigmoid((1 - t) * made.base + t * (h @ made.weights.T + made.visible)).detach()

    def chances(p: Tensor, states: Tensor) -> Tensor:
        return (p[:, None] * states + (1 - p[:, None]) * (1 - states)).prod(-1)

    return chances(up, h) @ chances(down, v)


def test_the_mean_weight_of_annealing_back_is_the_chance_that_annealing_draws_the_datum() -> None:
    made, every = _machine(scale=1.0), _states(6)
    made.base.copy_(torch.linspace(-1, 1, 6))
    white = torch.sigmoid(made.base)
    p = (white * every + (1 - white) * (1 - every)).prod(1)  # (64,)
    for t in (0.25, 0.5, 0.75, 1.0):
        p = p @ _gibbs_matrix(made, t)
    torch.manual_seed(0)
    place = int(p.argmax())
    many = every[place].view(1, *SHAPE).expand(50_000, *SHAPE)
    *_, log_weights = made.annealing_back(many, 4)
    assert log_weights.exp().mean().item() == pytest.approx(p[place].item(), rel=0.05)
    assert log_weights.mean().item() < p[place].log().item()  # the mean of logs is a bound
    assert abs(p - _chances(made)).max() > 0.01  # and that model is not the machine's own yet


def test_annealing_brackets_the_exact_log_p() -> None:
    made, data = _machine(8, (1, 4, 4), 1.0), torch.bernoulli(torch.full((200, 1, 4, 4), 0.5))
    torch.manual_seed(0)
    exact = made.exact_log_prob(data, made.log_z()).mean().item()
    low, high = [], []
    for n in (10, 1000):
        *_, back = made.annealing_back(data, n)
        low.append(back.mean().item())
        *_, there = made.annealing(20, n)
        high.append(made.exact_log_prob(data, estimate(there)[0]).mean().item())
    assert low[0] < low[1] < exact < high[0] and exact - low[1] < 0.3
    assert abs(high[1] - exact) < 0.1


def test_without_weights_annealing_back_is_exact_at_once() -> None:
    made = _machine(5, scale=0.0)
    with torch.no_grad():
        made.visible.normal_()
    made.base.copy_(made.visible.detach())
    *_, log_weights = made.annealing_back(_data(), 3)
    torch.testing.assert_close(log_weights, made.exact_log_prob(_data(), made.log_z()))
