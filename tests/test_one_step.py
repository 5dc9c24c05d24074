"""Consistency models and mean flows against a Gaussian, of which every way is a formula."""

import pytest
import torch
from test_flow_matching import DATA, IdealVelocity, ideal_flow, noise_of
from torch import Tensor, nn

from model_zoo.base import last
from model_zoo.flow_matching import FlowMatching
from model_zoo.flow_paths import Moment, Way
from model_zoo.one_step import Consistency, MeanFlow, OneStep, slope_along


class IdealEnd(IdealVelocity):
    """What a consistency model learns: how far it is to the end, for each second that is left."""

    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        left = (1 - t)[:, None]
        return torch.where(left > 0, (DATA.carried(x, t, torch.ones_like(t)) - x) / left, 0.0)


def test_an_ideal_consistency_model_says_the_end_from_everywhere() -> None:
    model, noise = Consistency((2,), net=IdealEnd()).double(), noise_of()
    zero = torch.zeros(6, dtype=torch.float64)
    ends = DATA.carried(noise, zero, zero + 1)
    torch.testing.assert_close(last(model.path(6, noise=noise)), ends)
    torch.testing.assert_close(model.end(ends, zero + 1, None), ends)


def test_a_consistency_model_says_x_at_the_end_whatever_its_net() -> None:
    model, x = Consistency((2,)), torch.randn(4, 2)
    nn.init.normal_(model.net.last.weight)  # type: ignore[union-attr,arg-type]
    torch.testing.assert_close(model.end(x, torch.ones(4), None), x)


def test_what_a_teacher_teaches_is_the_end_of_its_ways() -> None:
    torch.manual_seed(0)
    data = DATA.sample(500)
    losses = [Consistency((2,), net=net, teacher=ideal_flow(),
                          parts=200).double().loss(data)["loss"]
              for net in (IdealEnd(), IdealVelocity())]
    assert losses[0].item() < 1e-6 < 1e-2 < losses[1].item()


def test_several_jumps_of_a_consistency_model_begin_with_freshnoise_of() -> None:
    torch.manual_seed(0)
    model = Consistency((2,), net=IdealEnd(), n_steps=2).double()
    *_, middle, end = model.path(20_000, noise=torch.zeros(20_000, 2, dtype=torch.float64))
    assert middle.x.std(0).sub(0.5).abs().max() < 0.02
    assert end.x.std(0)[0] > 0.5


def test_only_the_student_is_trained() -> None:
    student = Consistency((2,), teacher=FlowMatching((2,)))
    trained = {id(weight) for player in student.players() for weight in player.parameters}
    assert trained == {id(weight) for weight in student.net.parameters()}


class Chord(IdealVelocity):
    """The mean velocity of the ideal flow, times a number that can be learned."""

    def __init__(self) -> None:
        super().__init__()
        self.times = nn.Parameter(torch.ones((), dtype=torch.float64))

    def mean(self, x: Tensor, start: Tensor, end: Tensor) -> Tensor:
        return self.times * DATA.mean_velocity(x, end, start)


class IdealMeanFlow(MeanFlow):
    def velocity(self, x: Tensor, start: Tensor, end: Tensor, context: Tensor | None) -> Tensor:
        assert isinstance(self.net, Chord)
        return self.net.mean(x, start, end)


class AlongTheFlow(Way):
    """Pairs that the ideal flow has joined: their velocity is that of the field."""

    def shares(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        raise NotImplementedError

    def at(self, t: Tensor, noise: Tensor, data: Tensor) -> Moment:
        x = DATA.carried(noise, torch.zeros_like(t), t.double())
        return Moment(x, DATA.straight_velocity(x, t.double()))


def _mean_flow(short: float) -> IdealMeanFlow:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    try:
        model = IdealMeanFlow((2,), net=Chord(), short=short)
    finally:
        torch.set_default_dtype(torch.float32)
    model.way = AlongTheFlow()
    return model


def test_the_chord_is_what_a_mean_flow_learns_and_one_jump_follows_it() -> None:
    model, noise = _mean_flow(0.5), noise_of()
    assert model.loss(noise_of(64))["error"].item() < 1e-8
    zero = torch.zeros(6, dtype=torch.float64)
    for n_steps in (1, 2, 5):
        model.n_steps = n_steps
        torch.testing.assert_close(last(model.path(6, noise=noise)),
                                   DATA.carried(noise, zero, zero + 1))


def test_no_gradient_goes_through_the_slope_of_a_mean_flow() -> None:
    model = _mean_flow(0.0)
    net, x = model.net, noise_of(64)
    assert isinstance(net, Chord)
    with torch.no_grad():
        net.times.fill_(1.5)
    (gradient,) = torch.autograd.grad(model.loss(x)["error"], net.times)
    noise = (noise_of(64), model.source.draw(64))[1]  # as the loss has drawn it
    start, end = torch.rand(2, 64).sort(0).values.double()
    place = model.way.at(start, noise, x).x
    chord, v = DATA.mean_velocity(place, end, start), DATA.straight_velocity(place, start)
    off = 1.5 * chord - (v + 1.5 * (chord - v))
    assert gradient.item() == pytest.approx((2 * off * chord).sum(1).mean().item(), rel=1e-4)


def test_the_slope_of_a_chord_along_its_flow_is_what_calculus_says() -> None:
    torch.manual_seed(0)
    net = Chord()
    start, end = torch.rand(2, 16, dtype=torch.float64).sort(0).values
    x = DATA.carried(noise_of(16), torch.zeros_like(start), start)
    v = DATA.straight_velocity(x, start)
    slope = slope_along(lambda place, time: net.mean(place, time, end), x, start, v)
    wanted = (DATA.mean_velocity(x, end, start) - v) / (end - start)[:, None]
    torch.testing.assert_close(slope, wanted)
    assert not slope.requires_grad


def test_a_mean_flow_over_no_time_is_the_velocity() -> None:
    torch.manual_seed(0)
    model, x = MeanFlow((2,), short=1.0), torch.randn(16, 2)
    torch.manual_seed(1)
    error = model.loss(x)["error"]
    torch.manual_seed(1)
    noise = model.source.draw(16)
    start = torch.rand(2, 16).sort(0).values[0]
    moment = model.way.at(start, noise, x)
    said = model.velocity(moment.x, start, start, None)
    torch.testing.assert_close(error, (said - moment.velocity).square().sum(1).mean())


@pytest.mark.parametrize("kind", [Consistency, MeanFlow])
def test_a_jump_costs_one_evaluation(kind: type[OneStep]) -> None:
    assert [state.evaluations for state in kind((2,), n_steps=2).path(3)] == [0, 1, 2]
