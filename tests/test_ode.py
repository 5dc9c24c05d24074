"""The solvers of differential equations and the divergence: against closed forms, torchdiffeq."""

import math

import pytest
import torch
from torch import Tensor
from torchdiffeq import odeint

from model_zoo import divergence, ode
from model_zoo.base import last
from model_zoo.ode import Field, dormand_prince, follow

TURN = torch.tensor([[-0.3, 2.0], [-1.0, 0.2]], dtype=torch.float64)
LONG = 1.5


def spiral(t: Tensor, x: Tensor) -> Tensor:
    """A linear field, of which the way is an exponential of its matrix."""
    return x @ TURN.T


def swing(t: Tensor, x: Tensor) -> Tensor:
    """A pendulum that is pushed: no formula is known."""
    place, speed = x.unbind(1)
    return torch.stack([speed, -3 * place.sin() + t.cos()], 1)


def some(n: int = 6) -> Tensor:
    torch.manual_seed(0)
    return torch.randn(n, 2, dtype=torch.float64)


def evenly(start: float, end: float, steps: int) -> list[float]:
    return torch.linspace(start, end, steps + 1, dtype=torch.float64).tolist()


def exactly(x: Tensor, time: float) -> Tensor:
    return x @ torch.linalg.matrix_exp(time * TURN).T


# --- steps of one length

@pytest.mark.parametrize(("rule", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2),
                                             ("rk4", 4)])
def test_halving_the_steps_lowers_the_error_by_the_order(rule: str, order: int) -> None:
    errors = []
    for steps in (40, 80):
        found = last(follow(spiral, some(), evenly(0, LONG, steps), ode.RULES[rule]))
        errors.append((found - exactly(some(), LONG)).abs().max().item())
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize(("rule", "theirs"), [("euler", "euler"), ("midpoint", "midpoint"),
                                              ("heun", "midpoint"), ("rk4", "rk4")])
def test_on_a_linear_field_the_rules_are_those_of_torchdiffeq(rule: str, theirs: str) -> None:
    """There, all rules of as many slopes and the same order are one."""
    x, times = some(), evenly(0, LONG, 7)
    one_time = torch.tensor(times, dtype=torch.float64)
    wanted = odeint(lambda t, y: spiral(t.expand(len(y)), y), x, one_time, method=theirs)
    path = torch.stack([state.x for state in follow(spiral, x, times, ode.RULES[rule])])
    torch.testing.assert_close(path, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("rule", ["euler", "midpoint"])
def test_time_reaches_the_field(rule: str) -> None:
    x, times = some(), evenly(0.2, LONG, 9)
    wanted = odeint(lambda t, y: swing(t.expand(len(y)), y), x,
                    torch.tensor(times, dtype=torch.float64), method=rule)
    found = last(follow(swing, x, times, ode.RULES[rule]))
    torch.testing.assert_close(found, wanted[-1], rtol=1e-10, atol=1e-10)


def test_runge_kutta_goes_there_and_back_again() -> None:
    there = last(follow(swing, some(), evenly(0, LONG, 100)))
    back = last(follow(swing, there, evenly(LONG, 0, 100)))
    torch.testing.assert_close(back, some(), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("rule", ode.RULES)
def test_the_evaluations_that_are_said_are_those_that_were_made(rule: str) -> None:
    calls = []

    def counted(t: Tensor, x: Tensor) -> Tensor:
        calls.append(1)
        return spiral(t, x)

    *_, state = follow(counted, some(), evenly(0, 1, 5), ode.RULES[rule])
    assert state.evaluations == len(calls)


# --- steps as long as the tolerance allows

def test_the_adaptive_solver_arrives_where_the_exponential_says() -> None:
    for end in (LONG, -LONG):
        found = last(dormand_prince(spiral, some(), 0.0, end, 1e-10))
        torch.testing.assert_close(found, exactly(some(), end), rtol=1e-8, atol=1e-8)


def test_the_adaptive_solver_agrees_with_torchdiffeq() -> None:
    x = some()
    wanted = torch.stack([odeint(lambda t, y: swing(t.expand(1), y), each[None],
                                 torch.tensor([0.0, LONG], dtype=torch.float64),
                                 rtol=1e-10, atol=1e-10)[-1, 0] for each in x])
    found = last(dormand_prince(swing, x, 0.0, LONG, 1e-10))
    torch.testing.assert_close(found, wanted, rtol=1e-8, atol=1e-8)


def test_a_smaller_tolerance_costs_steps_as_a_fifth_root() -> None:
    errors, evaluations = [], []
    for tolerance in (1e-6, 1e-11):
        *_, state = dormand_prince(spiral, some(1), 0.0, 10.0, tolerance)
        errors.append((state.x - exactly(some(1), 10.0)).abs().max().item())
        evaluations.append(state.evaluations)
    assert errors[0] < 1e-4 and errors[1] < 1e-9
    assert 6 < evaluations[1] / evaluations[0] < 15


def test_where_a_point_arrives_does_not_depend_on_its_batch() -> None:
    x = torch.cat([some(), 20 * some(1)])
    together = last(dormand_prince(swing, x, 0.0, LONG, 1e-6))
    alone = torch.cat([last(dormand_prince(swing, each[None], 0.0, LONG, 1e-6)) for each in x])
    torch.testing.assert_close(together, alone, rtol=1e-12, atol=1e-12)


def test_it_goes_there_and_back_again_and_tells_the_time() -> None:
    states = list(dormand_prince(swing, some(), 0.3, LONG, 1e-9))
    assert (states[0].t == 0.3).all() and (states[-1].t == LONG).all()
    clocks = torch.stack([state.t for state in states])
    assert (clocks.diff(dim=0) >= 0).all()
    back = last(dormand_prince(swing, states[-1].x, LONG, 0.3, 1e-9))
    torch.testing.assert_close(back, some(), rtol=1e-7, atol=1e-7)


def test_gradients_are_finite_though_some_points_arrive_before_others() -> None:
    x = torch.cat([0.01 * some(3), 20 * some(3)]).requires_grad_()
    last(dormand_prince(swing, x, 0.0, LONG, 1e-6)).sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()


def test_the_gradient_is_that_of_the_exponential() -> None:
    x = some().requires_grad_()
    last(dormand_prince(spiral, x, 0.0, LONG, 1e-9))[:, 0].sum().backward()
    wanted = torch.linalg.matrix_exp(LONG * TURN)[0]
    assert x.grad is not None
    torch.testing.assert_close(x.grad, wanted.expand(len(x), 2), rtol=1e-6, atol=1e-6)


def test_a_field_that_leaves_for_infinity_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ode, "_MOST_STEPS", 60)
    with pytest.raises(ArithmeticError, match="must arrive within 60 steps"):
        last(dormand_prince(lambda t, x: x * x, torch.ones(1, 1), 0.0, 2.0))


# --- the divergence

def test_the_divergence_of_a_linear_field_is_the_trace_of_its_matrix() -> None:
    f, trace = divergence.exact(spiral)(torch.zeros(6), some())
    torch.testing.assert_close(f, spiral(torch.zeros(6), some()))
    torch.testing.assert_close(trace, TURN.trace().expand(6))


def bent(t: Tensor, x: Tensor) -> Tensor:
    a, b, c = x.unbind(1)
    return torch.stack([a * b, b.sin() * c, a * c**3], 1)


def test_the_divergence_of_a_bent_field_is_the_trace_of_its_jacobian() -> None:
    torch.manual_seed(0)
    x = torch.randn(5, 3, dtype=torch.float64)
    a, b, c = x.unbind(1)
    with torch.no_grad():
        _, trace = divergence.exact(bent)(torch.zeros(5), x)
    torch.testing.assert_close(trace, b + b.cos() * c + 3 * a * c**2)
    assert not trace.requires_grad


def test_the_divergence_of_images_is_that_of_all_pixels() -> None:
    x = torch.rand(2, 1, 2, 3, dtype=torch.float64)
    _, trace = divergence.exact(lambda t, x: x**2)(torch.zeros(2), x)
    torch.testing.assert_close(trace, 2 * x.flatten(1).sum(1))


def test_random_probes_are_right_in_the_mean() -> None:
    n = 40_000
    torch.manual_seed(0)
    x = torch.randn(1, 3, dtype=torch.float64).expand(n, 3).contiguous()
    probe = torch.randn(n, 3, dtype=torch.float64)
    _, estimates = divergence.estimate(bent, probe)(torch.zeros(n), x)
    _, trace = divergence.exact(bent)(torch.zeros(1), x[:1])
    error = estimates.std() / math.sqrt(n)
    assert abs(estimates.mean() - trace[0]) < 3 * error < 0.1 * estimates.std()


def test_probes_of_one_sign_or_the_other_are_exact_where_nothing_is_mixed() -> None:
    probe = torch.randn(4, 3).sign()
    _, estimate = divergence.estimate(lambda t, x: x**2, probe)(torch.zeros(4), torch.ones(4, 3))
    torch.testing.assert_close(estimate, torch.full((4,), 6.0))


@pytest.mark.parametrize("slope", [divergence.exact(spiral),
                                   divergence.estimate(spiral, some().sign())],
                         ids=["exact", "estimate"])
def test_volume_is_carried_along(slope: divergence.Slope) -> None:
    field: Field = divergence.with_volume(slope, (2,))
    start = torch.cat([some(), torch.zeros(6, 1, dtype=torch.float64)], 1)
    end = last(follow(field, start, evenly(0, LONG, 60)))
    torch.testing.assert_close(end[:, :2], exactly(some(), LONG), rtol=1e-6, atol=1e-6)
    _, rate = slope(torch.zeros(6), some())
    torch.testing.assert_close(end[:, 2], LONG * rate)
