"""Flow matching against a Gaussian, of which every velocity, map and density is a formula."""

import math
from itertools import permutations

import pytest
import torch
from gaussian_oracle import Gaussian, euler_spread
from torch import Tensor, nn

from model_zoo.base import last
from model_zoo.flow_matching import FlowMatching, bend
from model_zoo.flow_paths import WAYS, Moment, Stochastic, Straight, VariancePreserving
from model_zoo.ode import RULES, OdeState, euler, rk4
from model_zoo.pairings import BlindTransport, Chance, Transport
from model_zoo.sources import Gaussian as GaussianSource
from model_zoo.sources import Points
from model_zoo.time_nets import TimeNet

DATA = Gaussian.of([0.5, -1.0], [2.5, 0.25])
SPREADS = {1: 0.0, 2: 0.714, 4: 1.112, 8: 1.331, 16: 1.451, 32: 1.515}


class IdealVelocity(TimeNet):
    """The velocity that flow matching learns of Gaussian data."""

    n_classes = 0

    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        return DATA.straight_velocity(x, t)


class Told(TimeNet):
    """Says the class that it is told as a velocity."""

    n_classes = 3

    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        assert context is not None
        return context[:, None].to(x).expand_as(x)


def noise_of(n: int = 6) -> Tensor:
    torch.manual_seed(0)
    return torch.randn(n, 2, dtype=torch.float64)


def ideal_flow() -> FlowMatching:
    return FlowMatching((2,), net=IdealVelocity()).double()


# --- ways

@pytest.mark.parametrize("name", WAYS)
def test_a_way_leads_from_noise_to_data_and_its_velocity_is_its_slope(name: str) -> None:
    way, noise, data = WAYS[name](), noise_of(), noise_of() + 3

    def at(time: float) -> Moment:
        torch.manual_seed(1)
        return way.at(torch.full((6,), time, dtype=torch.float64), noise, data)

    torch.testing.assert_close(at(0).x, noise)
    torch.testing.assert_close(at(1).x, data)
    for time in (0.0, 0.2, 0.5, 0.9, 1.0):
        slope = (at(time + 1e-6).x - at(time - 1e-6).x) / 2e-6
        torch.testing.assert_close(at(time).velocity, slope, atol=1e-5, rtol=1e-5)


def test_the_variance_preserving_way_keeps_the_variance() -> None:
    a, b, *_ = VariancePreserving().shares(torch.linspace(0, 1, 7))
    torch.testing.assert_close(a**2 + b**2, torch.ones(7))


def test_fresh_noise_is_as_wide_as_it_is_told_to_be() -> None:
    torch.manual_seed(0)
    none = torch.zeros(50_000, 1)
    middle = Stochastic(0.7).at(torch.full((50_000,), 0.5), none, none)
    assert middle.x.std().item() == pytest.approx(0.7, rel=0.02)


def test_the_mean_velocity_of_all_pairs_at_a_place_is_the_field() -> None:
    torch.manual_seed(0)
    t = torch.full((200_000,), 0.3, dtype=torch.float64)
    moment = Straight().at(t, torch.randn(200_000, 2, dtype=torch.float64), DATA.sample(200_000))
    ideal = DATA.straight_velocity(moment.x, t)
    off = moment.velocity - ideal
    assert off.mean(0).abs().max() < 0.01
    assert (off * moment.x).mean(0).abs().max() < 0.02


# --- drawing

@pytest.mark.parametrize(("n_steps", "spread"), SPREADS.items())
def test_few_steps_of_euler_shrink_by_a_known_curve(n_steps: int, spread: float) -> None:
    model = ideal_flow()
    model.rule, model.n_steps = euler, n_steps
    ends = last(model.path(2, noise=torch.tensor([[0.0, 0.0], [1.0, 0.0]], dtype=torch.float64)))
    assert (ends[1, 0] - ends[0, 0]).abs().item() == pytest.approx(spread, abs=6e-4)
    assert euler_spread(2.5, n_steps) == pytest.approx(spread, abs=6e-4)


def test_one_step_of_euler_lands_everybody_on_the_mean() -> None:
    model = ideal_flow()
    model.rule, model.n_steps = euler, 1
    torch.testing.assert_close(last(model.path(6, noise=noise_of())), DATA.mean.expand(6, 2))


@pytest.mark.parametrize("name", RULES)
def test_many_steps_lead_where_the_flow_leads(name: str) -> None:
    model, noise = ideal_flow(), noise_of()
    model.rule, model.n_steps = RULES[name], 2000 if name == "euler" else 100
    zero = torch.zeros(6, dtype=torch.float64)
    ends = last(model.path(6, noise=noise))
    torch.testing.assert_close(ends, DATA.carried(noise, zero, zero + 1), atol=3e-3, rtol=3e-3)


def test_a_path_counts_what_it_has_asked_of_the_net() -> None:
    model = ideal_flow()
    model.rule, model.n_steps = rk4, 5
    counted = [state.evaluations for state in model.path(1, noise=noise_of(1))]
    assert counted == [0, 4, 8, 12, 16, 20]


def test_the_density_is_that_of_the_gaussian() -> None:
    torch.manual_seed(0)
    x = DATA.sample(20)
    said = ideal_flow().log_prob(x)
    torch.testing.assert_close(said, DATA.log_prob(x), atol=1e-3, rtol=0)


def test_no_density_without_that_of_the_source() -> None:
    model = FlowMatching((2,), net=IdealVelocity(), source=Points(torch.zeros(3, 2)))
    with pytest.raises(ValueError, match="source must be Gaussian"):
        model.log_prob(torch.zeros(1, 2))


def test_pixels_are_stretched_inside_and_their_density_pays_for_it() -> None:
    torch.manual_seed(0)
    model, x = FlowMatching((1, 2, 2)), torch.rand(3, 1, 2, 2)
    assert model.inner(torch.tensor([0.0, 1.0])).tolist() == [-1, 1]
    torch.testing.assert_close(model.outer(model.inner(x)), x)
    nn.init.zeros_(model.net.paint[-1].bias)  # type: ignore[union-attr,index]
    still = GaussianSource((1, 2, 2)).log_prob(model.inner(x)) + 4 * math.log(2)
    torch.testing.assert_close(model.log_prob(x), still, atol=1e-4, rtol=1e-4)


# --- sources

def test_a_source_draws_what_it_says() -> None:
    torch.manual_seed(0)
    far = GaussianSource((2,), torch.tensor([5.0, 0.0]))
    assert (far.draw(20_000).mean(0) - torch.tensor([5.0, 0.0])).abs().max() < 0.03
    wanted = torch.distributions.Normal(torch.tensor([5.0, 0.0]), 1.0)
    x = torch.randn(4, 2)
    torch.testing.assert_close(far.log_prob(x), wanted.log_prob(x).sum(1))
    points = torch.arange(6.0).view(3, 2)
    drawn = Points(points).draw(50)
    assert {tuple(row) for row in drawn.tolist()} == {tuple(row) for row in points.tolist()}


# --- pairs

def test_transport_finds_the_pairs_of_least_cost() -> None:
    torch.manual_seed(0)
    noise, data = torch.randn(5, 2), torch.randn(5, 2)
    order = Transport().order(noise, data)
    assert sorted(order.tolist()) == [0, 1, 2, 3, 4]

    def cost(rows: list[int]) -> float:
        return (noise[rows] - data).square().sum().item()

    assert cost(order.tolist()) == pytest.approx(min(map(cost, map(list, permutations(range(5))))))


def test_transport_leaves_the_noise_of_each_class_as_it_is_drawn() -> None:
    torch.manual_seed(0)
    noise, labels = torch.randn(400, 2), torch.arange(400) % 2
    data = torch.stack([6.0 * labels - 3, torch.zeros(400)], 1) + 0.1 * torch.randn(400, 2)
    told, blind = (pairing.order(noise, data, labels)
                   for pairing in (Transport(), BlindTransport()))
    assert sorted(told.tolist()) == sorted(blind.tolist()) == list(range(400))
    assert torch.equal(labels[told], labels)
    assert noise[told][labels == 1].mean(0).abs().max() < 0.25
    assert noise[blind][labels == 1].mean(0)[0] > 0.6


def test_the_loss_joins_data_with_the_noise_of_its_pair() -> None:
    class Line(IdealVelocity):
        """Knows how far it is from each noise to the datum next to it: a tenth."""

        def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
            return torch.full_like(x, 0.1)

    class Grid(GaussianSource):
        def draw(self, n: int) -> Tensor:
            return torch.arange(float(n))[torch.randperm(n), None].expand(n, 2)

    data = torch.arange(8.0)[torch.randperm(8), None].expand(8, 2) + 0.1
    joined, by_chance = (FlowMatching((2,), net=Line(), source=Grid((2,)), pairing=pairing)
                         for pairing in (Transport(), Chance()))
    assert joined.loss(data)["loss"].item() == pytest.approx(0, abs=1e-10)
    assert by_chance.loss(data)["loss"] > 1
    assert by_chance.loss(data, noise=data - 0.1)["loss"].item() == pytest.approx(0, abs=1e-10)


# --- guidance

@pytest.mark.parametrize(("guidance", "velocity"), [(0.0, 3.0), (1.0, 1.0), (2.0, -1.0)])
def test_guidance_goes_from_any_class_towards_the_one_that_is_told(
        guidance: float, velocity: float) -> None:
    model = FlowMatching((2,), 3, net=Told(), guidance=guidance)
    field = model.field(torch.ones(4, dtype=torch.int64))
    assert field(torch.zeros(4), torch.zeros(4, 2)).unique().tolist() == [velocity]


def test_one_class_in_ten_is_dropped() -> None:
    torch.manual_seed(0)
    dropped = FlowMatching((2,), 3).some_dropped(torch.zeros(20_000, dtype=torch.int64))
    assert dropped is not None
    assert set(dropped.unique().tolist()) == {0, 3}
    assert (dropped == 3).float().mean().item() == pytest.approx(0.1, abs=0.01)


# --- straight and bent

def _circle(n: int) -> list[OdeState]:
    angles = torch.linspace(0, math.pi / 2, n + 1)
    return [OdeState(torch.tensor([[angle.cos(), angle.sin()]]), angle[None] * 2 / math.pi, 0)
            for angle in angles]


def test_a_line_is_not_bent_and_a_quarter_of_a_circle_is_by_what_calculus_says() -> None:
    ends = [OdeState(torch.full((1, 2), time), torch.tensor([time]), 0)
            for time in (0.0, 0.3, 1.0)]
    assert bend(ends).item() == pytest.approx(0, abs=1e-10)
    assert bend(_circle(1000)).item() == pytest.approx(math.pi**2 / 8 - 1, rel=1e-3)
