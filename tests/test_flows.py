"""Normalizing flows: densities that are densities, and layers that do what they say."""

import itertools
import math
from collections.abc import Callable
from typing import TypeVar

import pytest
import torch
import zuko
from torch import Tensor, nn
from zuko.transforms import MonotonicRQSTransform

from model_zoo.autoregressive_flow import IAF, MAF, Autoregressive
from model_zoo.base import last
from model_zoo.bijections import ActNorm, BatchNorm, Chain, Inverted, InvertibleLinear, Logit
from model_zoo.conditioners import Conditioner
from model_zoo.continuous_flow import ContinuousFlow
from model_zoo.coupling_flow import Coupling, CouplingFlow
from model_zoo.elementwise import Affine, RationalQuadratic
from model_zoo.elementwise_flow import ElementwiseFlow
from model_zoo.flow import Flow, GaussianMixture
from model_zoo.planar_flow import Planar, PlanarFlow

M = TypeVar("M", bound=nn.Module)

FLOWS: dict[str, Callable[..., Flow]] = {
    "affine": lambda shape, **told: CouplingFlow(shape, 3, (16,), **told),
    "spline": lambda shape, **told: CouplingFlow(shape, 3, (16,), bend="spline", **told),
    "mixed": lambda shape, **told: CouplingFlow(shape, 3, (16,), mix="linear", **told),
    "maf": lambda shape, **told: MAF(shape, 3, (16,), **told),
    "spline maf": lambda shape, **told: MAF(shape, 2, (16,), bend="spline", **told),
    "iaf": lambda shape, **told: IAF(shape, 2, (16,), **told),
    "continuous": lambda shape, **told: ContinuousFlow(shape, 4, (16,), **told),
    "planar": lambda shape, **told: PlanarFlow(shape, 8, **told),
    "elementwise": ElementwiseFlow,
}
every_flow = pytest.mark.parametrize("name", FLOWS)


def bent(model: M, size: float = 0.05) -> M:
    """Return the model with other weights: at first it would change nothing."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(size * torch.randn_like(weight))
    return model


def made(name: str, d: int = 2, **told: int) -> Flow:
    torch.manual_seed(0)
    return bent(FLOWS[name]((d,), **told)).double().eval()


def numbers(*shape: int) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(*shape, dtype=torch.float64)


def grid(reach: float, side: int) -> tuple[Tensor, float]:
    axis = torch.linspace(-reach, reach, side, dtype=torch.float64)
    return torch.cartesian_prod(axis, axis), (2 * reach / (side - 1)) ** 2


# --- densities

@every_flow
def test_the_density_on_a_plane_integrates_to_one(name: str) -> None:
    places, area = grid(9, 181)
    with torch.no_grad():
        mass = made(name).log_prob(places).exp().sum() * area
    assert mass.item() == pytest.approx(1, abs=2e-3)


@every_flow
def test_the_density_of_each_class_integrates_to_one_and_is_its_own(name: str) -> None:
    places, area = grid(9, 121)
    model = made(name, n_classes=2)
    with torch.no_grad():
        both = [model.log_prob(places, torch.full((len(places),), label)).exp() * area
                for label in (0, 1)]
    assert [each.sum().item() for each in both] == pytest.approx([1, 1], abs=5e-3)
    assert (both[0] - both[1]).abs().sum() > 0.01


def test_a_wrong_sign_of_the_determinant_is_noticed_by_the_integral() -> None:
    places, area = grid(9, 181)
    model = made("affine")
    with torch.no_grad():
        z, log_det = model(places)
        mass = (model.base.log_prob(z) - log_det).exp().sum() * area
    assert abs(mass.item() - 1) > 0.05


@every_flow
def test_the_density_of_a_point_does_not_depend_on_its_batch(name: str) -> None:
    model, x = made(name, 3), numbers(7, 3)
    together = model.log_prob(x)
    alone = torch.cat([model.log_prob(each[None]) for each in x])
    torch.testing.assert_close(together, alone, rtol=1e-10, atol=1e-10)


def test_with_batch_norm_it_does_while_it_trains() -> None:
    torch.manual_seed(0)
    model, x = CouplingFlow((2,), norm="batch").double().train(), numbers(9, 2)
    together, alone = model.log_prob(x)[:3], model.log_prob(x[:3])
    assert not torch.allclose(together, alone, atol=0.1)


@every_flow
def test_layer_by_layer_the_parts_sum_to_log_p(name: str) -> None:
    model, x = made(name), numbers(5, 2)
    *_, (z, _) = steps = list(model.there(x))
    parts = torch.stack([log_det for _, log_det in steps])
    torch.testing.assert_close(model.base.log_prob(z) + parts.sum(0), model.log_prob(x))
    back = list(model.back(z))
    assert len(back) == len(steps) + 1
    torch.testing.assert_close(back[-1], x, rtol=1e-4, atol=1e-4)


@every_flow
def test_a_path_goes_through_the_layers_to_a_sample(name: str) -> None:
    model = made(name).float()
    torch.manual_seed(3)
    states = list(model.path(4))
    assert len(states) == len(list(model.chain.layers)) + 1
    torch.manual_seed(3)
    torch.testing.assert_close(model.sample(4), states[-1].x)
    torch.manual_seed(3)
    torch.testing.assert_close(model.base.sample(4, torch.device("cpu")), states[0].x)


def test_samples_have_the_density_that_is_said() -> None:
    """The mean of log p over samples is minus the entropy, which a grid gives as well."""
    model = made("spline").float()
    places, area = grid(8, 161)
    with torch.no_grad():
        logs = model.log_prob(places.float()).double()
        entropy = -(logs.exp() * logs).sum() * area
        torch.manual_seed(0)
        surprise = -model.log_prob(model.sample(20_000))
    error = surprise.std().item() / math.sqrt(len(surprise))
    assert surprise.mean().item() == pytest.approx(entropy.item(), abs=4 * error)


def test_a_mixture_as_base_is_one_of_torch() -> None:
    torch.manual_seed(0)
    base = bent(GaussianMixture((2,), 3), 0.5)
    wanted = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=base.logits),
        torch.distributions.Independent(
            torch.distributions.Normal(base.means, base.log_scales.exp()), 1))
    z = torch.randn(10, 2)
    torch.testing.assert_close(base.log_prob(z), wanted.log_prob(z))
    drawn = base.sample(40_000, torch.device("cpu"))
    assert drawn.mean(0).tolist() == pytest.approx(wanted.mean.tolist(), abs=0.03)


# --- splines

def spline(d: int = 200) -> tuple[RationalQuadratic, Tensor]:
    bend = RationalQuadratic()
    return bend, 1.5 * numbers(d, bend.n_parameters)


def test_a_spline_with_parameters_of_zero_changes_nothing() -> None:
    bend, _ = spline()
    x = torch.linspace(-7, 7, 50, dtype=torch.float64)
    y, log_slope = bend.forward(x, torch.zeros(50, bend.n_parameters, dtype=torch.float64))
    torch.testing.assert_close(y, x)
    torch.testing.assert_close(log_slope, torch.zeros_like(x))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("place", [5.0, -5.0, 1e3, -1e3, 5 + 1e-6, 0.0])
def test_gradients_of_a_spline_are_finite_at_and_beyond_its_bounds(place: float,
                                                                   dtype: torch.dtype) -> None:
    bend, parameters = spline()
    for way in ("forward", "inverse"):
        told = parameters.to(dtype).requires_grad_()
        x = torch.full((len(told),), place, dtype=dtype, requires_grad=True)
        found = bend.forward(x, told) if way == "forward" else (bend.inverse(x, told),)
        sum(each.sum() for each in found).backward()  # type: ignore[union-attr]
        assert told.grad is not None and told.grad.isfinite().all()
        assert x.grad is not None and x.grad.isfinite().all()
        assert all(each.isfinite().all() for each in found)


def test_a_spline_rises_through_its_knots_and_is_the_line_beyond() -> None:
    bend, parameters = spline()
    x, y, slopes = bend.knots(parameters).unbind(1)
    assert (x.diff(dim=-1) > 0).all() and (y.diff(dim=-1) > 0).all() and (slopes > 0).all()
    for k in range(bend.bins + 1):
        found, log_slope = bend.forward(x[:, k], parameters)
        torch.testing.assert_close(found, y[:, k])
        if 0 < k < bend.bins:
            torch.testing.assert_close(log_slope.exp(), slopes[:, k])
    beyond = torch.tensor([-6.0, 9.0], dtype=torch.float64)
    assert torch.equal(bend.forward(beyond, parameters[:2])[0], beyond)


# --- zuko as oracle

def test_splines_with_the_knots_of_zuko_are_its_splines() -> None:
    bend, parameters = spline()
    theirs = MonotonicRQSTransform(torch.zeros(200, 8), torch.zeros(200, 8), torch.zeros(200, 7))
    theirs.horizontal, theirs.vertical, theirs.derivatives = bend.knots(parameters).unbind(1)
    x = 3 * numbers(200)
    y, log_slope = bend.forward(x, parameters)
    wanted, wanted_slope = theirs.call_and_ladj(x)
    torch.testing.assert_close(y, wanted, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(log_slope, wanted_slope, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(bend.inverse(x, parameters), theirs.inv(x), rtol=1e-8, atol=1e-8)


def _copied(net: Conditioner, hyper: nn.Sequential) -> None:
    ours = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    theirs = [layer for layer in hyper.modules() if isinstance(layer, zuko.nn.Linear)]
    with torch.no_grad():
        for mine, other in zip(ours, theirs, strict=True):
            mine.weight.copy_(other.weight)
            mine.bias.copy_(other.bias)


@pytest.mark.parametrize("d", [2, 5])
def test_a_coupling_with_the_weights_of_zuko_is_its_coupling(d: int) -> None:
    kept, moved = list(range(0, d, 2)), list(range(1, d, 2))
    torch.manual_seed(0)
    mask = torch.tensor([i % 2 == 0 for i in range(d)])
    theirs = zuko.flows.coupling.GeneralCouplingTransform(
        d, mask=mask, hidden_features=(16, 16), activation=nn.SiLU).double()
    ours = Coupling(kept, moved, Conditioner(len(kept), 2 * len(moved), (16, 16)),
                    Affine()).double()
    _copied(ours.net, theirs.hyper)  # type: ignore[arg-type]
    x = numbers(20, d)
    wanted, wanted_det = theirs().call_and_ladj(x)
    z, log_det = ours(x)
    torch.testing.assert_close(z, wanted)
    torch.testing.assert_close(log_det, wanted_det)
    torch.testing.assert_close(ours.inverse(x), theirs().inv(x))


def test_a_masked_map_with_the_weights_of_zuko_is_its_map() -> None:
    """Zuko's net without hidden layers is our net's direct connection."""
    torch.manual_seed(0)
    theirs = zuko.flows.autoregressive.MaskedAutoregressiveTransform(
        4, hidden_features=()).double()
    ours = Autoregressive(4, (), Affine()).double()
    masked = next(layer for layer in theirs.hyper if isinstance(layer, nn.Linear))
    (mask,) = masked.buffers()
    with torch.no_grad():
        weight = masked.weight * mask
        # Our net reads 2 x - 1, as if numbers were pixels.
        ours.net.direct.weight.copy_(weight / 2)
        ours.net.direct.bias.copy_(masked.bias + (weight / 2).sum(1))
    x = numbers(20, 4)
    wanted, wanted_det = theirs().call_and_ladj(x)
    z, log_det = ours(x)
    torch.testing.assert_close(z, wanted)
    torch.testing.assert_close(log_det, wanted_det)
    torch.testing.assert_close(ours.inverse(x), theirs().inv(x))


# --- the small layers

def test_act_norm_starts_with_mean_zero_and_variance_one() -> None:
    for x in (3 * numbers(500, 2) + 1, 2 * numbers(50, 2, 4, 4) - 5):
        layer = ActNorm(2).double()
        layer.start_at(x)
        z, _ = layer(x)
        each = z.movedim(1, -1).reshape(-1, 2)
        torch.testing.assert_close(each.mean(0), torch.zeros(2, dtype=torch.float64))
        torch.testing.assert_close(each.std(0), torch.ones(2, dtype=torch.float64))


def test_act_norm_survives_a_number_that_never_changes() -> None:
    layer = ActNorm(2)
    layer.start_at(torch.stack([torch.randn(50), torch.full((50,), 2.0)], 1))
    z, log_det = layer(torch.randn(3, 2))
    assert z.isfinite().all() and log_det.isfinite().all()


def test_a_chain_starts_each_layer_by_what_comes_before_it() -> None:
    torch.manual_seed(0)
    model, x = bent(CouplingFlow((2,), 4)).double(), 4 * numbers(1000, 2) + 2
    model.start_at(x)
    for layer in model.chain.layers:
        assert isinstance(layer, Chain)
        z, _ = layer.layers[0](x)
        torch.testing.assert_close(z.std(0), torch.ones(2, dtype=torch.float64))
        x, _ = layer(x)


def test_batch_norm_goes_by_its_batch_then_by_running_means() -> None:
    layer, x = BatchNorm(2, momentum=0.5).double(), 3 * numbers(400, 2) + 1
    z, log_det = layer(x)
    torch.testing.assert_close(z.mean(0), torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(log_det[0], -(x.var(0, unbiased=False) + 1e-5).log().sum() / 2)
    for _ in range(40):
        layer(x)
    layer.eval()
    torch.testing.assert_close(layer(x)[0], z, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(layer.inverse(layer(x)[0]), x)


def test_an_invertible_matrix_starts_as_a_rotation_and_knows_its_determinant() -> None:
    torch.manual_seed(0)
    layer = InvertibleLinear(4).double()
    turned = layer.matrix()
    torch.testing.assert_close(turned @ turned.T, torch.eye(4, dtype=torch.float64),
                               rtol=1e-5, atol=1e-5)
    bent(layer, 0.3)
    for x, places in ((numbers(3, 4), 1), (numbers(3, 4, 2, 5), 10)):
        z, log_det = layer(x)
        wanted = places * layer.matrix().slogdet().logabsdet
        torch.testing.assert_close(log_det, wanted.expand(3))
        torch.testing.assert_close(layer.inverse(z), x)


def test_a_planar_layer_keeps_the_way_back_open_whatever_its_weights() -> None:
    torch.manual_seed(0)
    for _ in range(20):
        layer = bent(Planar(3).double(), 3.0)
        x = 3 * numbers(50, 3)
        z, log_det = layer(x)
        assert log_det.isfinite().all()
        torch.testing.assert_close(layer.inverse(z), x, rtol=1e-6, atol=1e-6)


def test_a_logit_takes_pixels_to_the_line_and_back() -> None:
    layer, x = Logit(), torch.linspace(0, 1, 257, dtype=torch.float64)[:, None]
    z, log_det = layer(x)
    assert z.isfinite().all() and log_det.isfinite().all()
    torch.testing.assert_close(layer.inverse(z), x)


# --- what is kept, and in which order

def test_one_coupling_keeps_its_half_and_alternating_ones_move_all() -> None:
    torch.manual_seed(0)
    for mix, still in (("same", True), ("alternate", False), ("linear", False)):
        model = bent(CouplingFlow((2,), 4, norm="none", mix=mix)).double()
        x = numbers(6, 2)
        assert torch.equal(model(x)[0][:, 0], x[:, 0]) == still


def test_a_number_of_an_autoregressive_map_depends_on_those_before_it_alone() -> None:
    torch.manual_seed(0)
    layer = bent(Autoregressive(5, (32,), Affine()).double())
    x = numbers(5)
    slopes = torch.autograd.functional.jacobian(lambda one: layer(one[None])[0][0], x)
    assert torch.equal(slopes, slopes.tril()) and (slopes.tril(-1) != 0).any()


@pytest.mark.parametrize(("kind", "score", "draw"), [(MAF, 1, 6), (IAF, 6, 1)])
def test_maf_scores_in_one_pass_and_iaf_draws_in_one(
        kind: type[MAF] | type[IAF], score: int, draw: int,
        monkeypatch: pytest.MonkeyPatch) -> None:
    calls, form = [], Autoregressive._form

    def counted(self: Autoregressive, x: Tensor, context: Tensor | None) -> Tensor:
        calls.append(1)
        return form(self, x, context)

    monkeypatch.setattr(Autoregressive, "_form", counted)
    model = kind((6,), 1, (8,), norm="none")
    model.sample(3)
    assert len(calls) == draw
    calls.clear()
    model.log_prob(torch.zeros(3, 6))
    # The way back of an inverted map is asked once more, for its determinant.
    assert len(calls) == score + (kind is IAF)


def test_iaf_is_maf_the_other_way_round() -> None:
    torch.manual_seed(0)
    there = bent(MAF((3,), 1, (16,)).double())
    torch.manual_seed(0)
    back = bent(IAF((3,), 1, (16,)).double())
    x = numbers(4, 3)
    z, log_det = there(x)
    torch.testing.assert_close(back.inverse(x), z)
    found, other = back(z)
    torch.testing.assert_close(found, x)
    torch.testing.assert_close(other, -log_det)
    assert isinstance(back.chain.layers[0], Inverted)


# --- continuous flows

def test_a_finer_solver_does_not_move_a_smooth_flow() -> None:
    model, x = made("continuous"), numbers(8, 2)
    coarse = model.log_prob(x)
    assert isinstance(model, ContinuousFlow)
    model.solve_to(1e-9)
    torch.testing.assert_close(model.log_prob(x), coarse, rtol=1e-3, atol=1e-3)
    z, log_det = model(x)
    torch.testing.assert_close(model.inverse(z), x, rtol=1e-7, atol=1e-7)
    for datum, said in itertools.islice(zip(x, log_det, strict=True), 3):
        jacobian = torch.autograd.functional.jacobian(lambda one: model(one[None])[0][0], datum)
        torch.testing.assert_close(said, jacobian.slogdet().logabsdet, rtol=1e-6, atol=1e-6)


def test_beyond_three_dimensions_training_estimates_the_trace_and_evaluation_does_not() -> None:
    model, x = made("continuous", 5), numbers(2000, 5)[:1].expand(2000, 5)
    exact = model.log_prob(x)
    assert torch.allclose(exact, exact[:1])
    model.train()
    torch.manual_seed(0)
    guessed = model.log_prob(x)
    assert guessed.std() > 0.001
    error = guessed.std().item() / math.sqrt(len(x))
    assert guessed.mean().item() == pytest.approx(exact[0].item(), abs=4 * error)
    assert last(model.float().path(2)).shape == (2, 5)
