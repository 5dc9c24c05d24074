"""The deep Boltzmann machine against the truth: all its states are summed over."""

import math

import pytest
import torch
from torch import Tensor

from model_zoo.annealing import estimate
from model_zoo.dbm import DBM

SHAPE = (1, 2, 3)


def _states(n: int) -> Tensor:
    return (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).float()


def _machine(scale: float = 0.7, **more: int) -> DBM:
    torch.manual_seed(0)
    made = DBM(SHAPE, 4, 3, **more)
    with torch.no_grad():
        for weight in made.parameters():
            weight.copy_(scale * torch.randn_like(weight))
    return made


def _joint(made: DBM) -> Tensor:
    """p(v, h, u) of all states, (64, 16, 8)."""
    v, h, u = _states(6), _states(4), _states(3)
    with torch.no_grad():
        energy = torch.stack([torch.stack([
            made.energy(v, a.expand(64, 4), b.expand(64, 3)) for b in u], -1) for a in h], 1)
    return (-energy).flatten().softmax(0).view(64, 16, 8)


def test_the_exact_log_p_is_that_of_all_states() -> None:
    made = _machine()
    log_p = made.exact_log_prob(_states(6).view(-1, *SHAPE), made.log_z())
    assert log_p.exp().sum().item() == pytest.approx(1, abs=1e-9)
    torch.testing.assert_close(log_p.exp().float(), _joint(made).sum((1, 2)), rtol=1e-4, atol=1e-7)


def test_a_gibbs_step_draws_from_the_model_and_keeps_what_is_held() -> None:
    made, every = _machine(), _states(6)
    wanted = _joint(made).sum((1, 2))
    torch.manual_seed(0)
    chains = made.gibbs(made.noise(40_000))
    for _step in range(40):
        v, _chances = next(chains)
    found = torch.bincount((v @ (2.0 ** torch.arange(6))).long(), minlength=64) / len(v)
    torch.testing.assert_close(found, wanted, atol=0.01, rtol=0)
    held = torch.tensor([1.0, 1, 1, 0, 0, 0])
    start = made.noise(20_000)
    start[:, :3] = torch.tensor([1.0, 0.0, 1.0])
    chains = made.gibbs(start, held=held)
    for _step in range(40):
        v, _chances = next(chains)
    assert torch.equal(v[:, :3], start[:, :3])
    fits = (every[:, :3] == start[0, :3]).all(1)
    mean = (wanted[fits, None] * every[fits]).sum(0) / wanted[fits].sum()
    torch.testing.assert_close(v.mean(0), mean, atol=0.02, rtol=0)


def test_the_bound_lies_below_log_p_and_its_gap_is_that_of_the_mean_field() -> None:
    made, x = _machine(1.0), _states(6).view(-1, *SHAPE)
    log_z = made.log_z()
    exact, bound = made.exact_log_prob(x, log_z).float(), made.bound(x, log_z)
    assert (bound < exact + 1e-4).all() and (exact - bound).mean() > 0.01
    posterior = _joint(made)
    posterior = posterior / posterior.sum((1, 2), keepdim=True)  # p(h, u | v)
    h, u = made.mean_field(_states(6))
    q_h = torch.stack([(a * h + (1 - a) * (1 - h)).prod(1) for a in _states(4)], 1)  # (64, 16)
    q_u = torch.stack([(a * u + (1 - a) * (1 - u)).prod(1) for a in _states(3)], 1)  # (64, 8)
    q = q_h[:, :, None] * q_u[:, None]
    divergence = (q * (q.log() - posterior.log())).sum((1, 2))
    torch.testing.assert_close(exact - bound, divergence, atol=1e-3, rtol=1e-3)


def test_without_upper_weights_the_bound_is_exact() -> None:
    made, x = _machine(), _states(6).view(-1, *SHAPE)
    with torch.no_grad():
        made.upper_weights.zero_()
    log_z = made.log_z()
    torch.testing.assert_close(made.bound(x, log_z), made.exact_log_prob(x, log_z).float(),
                               atol=1e-4, rtol=1e-4)


def test_the_slope_of_the_loss_is_that_of_the_bound() -> None:
    made = _machine(0.5, n_chains=200_000, k=20)
    x = torch.bernoulli(torch.full((30, *SHAPE), 0.4))
    parameters = list(made.parameters())
    p = _joint(made)
    means = []
    for data in (x.flatten(1),):
        h, u = made.mean_field(data)
        means.append((data.T @ h / len(data), h.T @ u / len(data), data.mean(0), h.mean(0),
                      u.mean(0)))
    v, h, u = _states(6), _states(4), _states(3)
    own = (torch.einsum("abc,ai,bj->ij", p, v, h), torch.einsum("abc,bi,cj->ij", p, h, u),
           torch.einsum("abc,ai->i", p, v), torch.einsum("abc,bi->i", p, h),
           torch.einsum("abc,ci->i", p, u))
    torch.manual_seed(0)
    slopes = torch.autograd.grad(-made.loss(x)["loss"], parameters)
    for slope, data_mean, own_mean in zip(slopes, means[0], own, strict=True):
        torch.testing.assert_close(slope, data_mean - own_mean, atol=0.01, rtol=0)


def test_annealing_nears_the_exact_log_z() -> None:
    made = _machine(1.0)
    torch.manual_seed(0)
    *_, log_weights = made.annealing(200, 1000)
    found, error = estimate(log_weights)
    assert abs(found - made.log_z()) < 0.05 and error < 0.05


def test_the_energy_of_everything_is_finite_where_exponentials_are_not() -> None:
    made = _machine(300.0)
    assert math.isfinite(made.log_z())
    assert made.bound(_states(6).view(-1, *SHAPE), made.log_z()).isfinite().all()
