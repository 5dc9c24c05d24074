"""Flows of images: levels and noise, several scales, and a probability that sums to 1."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from model_zoo.bijections import Logit
from model_zoo.dequantisation import DequantisedFlow, Learned, Nothing, Uniform
from model_zoo.flow import Base, Flow
from model_zoo.glow import Glow, codes_of, couplings

BENDS = ("affine", "spline")
MIXES = ("linear", "alternate", "same")
SHAPES = ((1, 2, 2), (1, 8, 8), (3, 4, 4), (2, 4, 6))
every_bend = pytest.mark.parametrize("bend", BENDS)
every_mix = pytest.mark.parametrize("mix", MIXES)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


class Even(Base):
    """A density of 1 wherever it is asked."""

    def log_prob(self, z: Tensor) -> Tensor:
        return z.new_zeros(len(z))

    def sample(self, n: int, device: torch.device) -> Tensor:
        return torch.rand(n, *self.shape, device=device)


class Still(Flow):
    """A flow without layers over the unit cube."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__([], Even(shape))


def mild(module: torch.nn.Module, seed: int = 0, size: float = 0.05) -> torch.nn.Module:
    """Give each weight a small push, so that nothing is at 0 and nothing is far away."""
    generator = torch.Generator().manual_seed(seed)
    module = module.double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(size * torch.randn(weight.shape, generator=generator, dtype=weight.dtype))
    return module


def glow(shape: tuple[int, ...], bend: str = "affine", mix: str = "linear", layers: int = 3,
         n_given: int = 0, size: float = 0.05) -> Glow:
    torch.manual_seed(0)
    made = mild(Glow(shape, layers, 4, bend=bend, mix=mix, n_given=n_given), size=size)
    assert isinstance(made, Glow)
    return made


def with_noise(shape: tuple[int, ...], levels: int, size: float = 0.05) -> DequantisedFlow:
    """A small flow whose noise is learned."""
    torch.manual_seed(0)
    noise = Learned(couplings(shape, 2, 4, scales=1, n_given=shape[0]))
    mild(noise, 1, size)
    return DequantisedFlow(shape, levels, flow=glow(shape, size=size), noise=noise)


def images(n: int, shape: tuple[int, ...], levels: int) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(levels, (n, *shape), generator=generator).double() / (levels - 1)


# --- levels

@pytest.mark.parametrize("levels", [2, 17, 256])
@pytest.mark.parametrize("noise", [Uniform(), Nothing()], ids=["uniform", "none"])
def test_every_level_comes_back_through_noise_and_logit(
        levels: int, noise: Uniform | Nothing) -> None:
    model = DequantisedFlow((1, 2, 2), levels, noise=noise)
    x = (torch.arange(levels, dtype=torch.float64) / (levels - 1)).view(levels, 1, 1, 1)
    x, logit = x.expand(levels, 1, 2, 2), Logit()
    for _ in range(20):
        y, _cost = model.fill(x)
        assert y.min() >= 0 and y.max() <= 1
        assert torch.equal(model.on_levels(logit.inverse(logit(y)[0])), x)


def test_the_ends_of_each_level_come_back_too() -> None:
    model, logit = DequantisedFlow((1, 2, 2), 256), Logit()
    k = torch.arange(256, dtype=torch.float64)
    for u in (1e-6, 1 - 1e-6):
        y = ((k + u) / 256).view(256, 1)
        assert torch.equal(model.on_levels(logit.inverse(logit(y)[0])), k.view(256, 1) / 255)


@pytest.mark.parametrize(("levels", "bits"), [(256, 8.0), (2, 1.0), (17, math.log2(17))])
def test_an_even_density_costs_as_many_bits_as_there_are_levels(levels: int, bits: float) -> None:
    model = DequantisedFlow((1, 2, 2), levels, flow=Still((1, 2, 2)))
    said = model.log_prob_bound(images(5, (1, 2, 2), levels), 3)
    assert torch.allclose(-said / 4 / math.log(2), torch.full_like(said, bits))


def test_samples_lie_on_levels() -> None:
    model = with_noise((1, 4, 4), 17).float()
    x = model.sample(8) * 16
    assert torch.allclose(x, x.round(), atol=1e-5) and x.min() >= 0 and x.max() <= 16


def test_codes_give_the_image_back() -> None:
    model, x = with_noise((1, 8, 8), 256), images(4, (1, 8, 8), 256)
    assert torch.equal(model.decode(model.encode(x)), x)


# --- several scales

@every_bend
@every_mix
@every_shape
def test_codes_lead_back_to_the_image(shape: tuple[int, ...], mix: str, bend: str) -> None:
    flow, y = glow(shape, bend, mix), torch.rand(3, *shape, dtype=torch.float64)
    z, _log_det = flow(y)
    assert torch.allclose(flow.inverse(z), y, atol=1e-9)


@every_bend
@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 2, 2)], ids=str)
def test_the_log_determinant_is_that_of_the_jacobian(shape: tuple[int, ...], bend: str) -> None:
    flow, d = glow(shape, bend), math.prod(shape)
    y = torch.rand(2, *shape, dtype=torch.float64)
    _z, log_det = flow(y)
    for one, said in zip(y, log_det, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda v: flow(v[None])[0][0], one)
        assert torch.allclose(torch.linalg.slogdet(jacobian.reshape(d, d))[1], said, atol=1e-8)


@every_shape
def test_the_scales_share_all_numbers_of_a_code(shape: tuple[int, ...]) -> None:
    for scales in (1, 2, 3):
        assert sum(codes_of(shape, scales)) == math.prod(shape)
    assert codes_of((1, 8, 8), 3) == [32, 16, 16]
    assert codes_of((1, 28, 28), 3) == [392, 392]  # 7 pixels cannot be folded


def test_the_last_coupling_of_a_scale_moves_what_is_let_go() -> None:
    flow, x = glow((1, 4, 4), layers=1), torch.rand(1, 1, 4, 4, dtype=torch.float64)
    n_first = codes_of((1, 4, 4), 2)[0]
    jacobian = torch.autograd.functional.jacobian(lambda v: flow.encode(v)[0], x)
    reads = (jacobian.view(16, 16).abs() > 1e-12).sum(1)
    assert reads[:n_first].min() > 1  # each of these depends on others


@every_mix
def test_only_without_mixing_two_maps_are_always_in_the_same_half(mix: str) -> None:
    flow = glow((1, 2, 2), mix=mix, layers=4, size=0.0)
    where = torch.arange(4, dtype=torch.float64).view(1, 4, 1, 1)
    halves = []
    for coupling in flow.chain.layers[1].layers[0].layers[1:-1]:  # type: ignore[index, union-attr]
        where = coupling.layers[1](where)[0] if len(coupling.layers) > 2 else where
        halves.append(set(where.flatten()[:2].round().int().tolist()))
    together = [pair for pair in itertools.combinations(range(4), 2)
                if all((pair[0] in half) == (pair[1] in half) for half in halves)]
    assert bool(together) == (mix != "linear")


def test_an_image_that_is_given_changes_the_density() -> None:
    flow = glow((1, 4, 4), n_given=1)
    y, given = torch.rand(2, 2, 1, 4, 4, dtype=torch.float64)
    assert torch.allclose(flow.inverse(flow(y, given)[0], given), y, atol=1e-9)
    assert not torch.allclose(flow.log_prob(y, given), flow.log_prob(y, 1 - given))
    with pytest.raises(ValueError, match="context must be that of 4 maps"):
        flow.log_prob(y)


@pytest.mark.parametrize("shape", [(4,), (1, 3, 4), (1, 4, 5)], ids=str)
def test_what_cannot_be_folded_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape must be"):
        Glow(shape)


# --- learning

@every_bend
def test_a_constant_border_gives_no_nan(bend: str) -> None:
    torch.manual_seed(0)
    x = torch.zeros(20, 1, 8, 8)
    x[..., 2:6, 2:6] = torch.rand(20, 1, 4, 4).mul(255).round() / 255
    model = DequantisedFlow((1, 8, 8), 256, flow=Glow((1, 8, 8), 2, 4, bend=bend))
    model.flow.start_at(model.fill(x)[0])
    loss = model.loss(x)["loss"]
    loss.backward()
    assert loss.isfinite()
    assert all(weight.grad is None or weight.grad.isfinite().all()
               for weight in model.parameters())


def test_every_weight_learns_that_of_the_noise_too() -> None:
    model = with_noise((1, 8, 8), 17)
    model.loss(images(4, (1, 8, 8), 17))["loss"].backward()
    still = [name for name, weight in model.named_parameters()
             if weight.grad is None or not weight.grad.abs().max() > 0]
    assert not still


# --- noise that is learned

def test_learned_noise_stays_within_its_level() -> None:
    model, x = with_noise((1, 4, 4), 256), images(50, (1, 4, 4), 256)
    u, _cost = model.noise.draw(x)
    assert u.min() >= 0 and u.max() <= 1
    assert torch.equal(model.on_levels(model.fill(x)[0]), x)


def test_the_density_of_learned_noise_is_that_of_the_change_of_variables() -> None:
    noise, x = with_noise((1, 2, 2), 2).noise, images(1, (1, 2, 2), 2)
    assert isinstance(noise, Learned)
    torch.manual_seed(5)
    u, said = noise.draw(x)
    torch.manual_seed(5)
    z = torch.randn_like(x)
    jacobian = torch.autograd.functional.jacobian(lambda v: noise.bend(v, x)[0].sigmoid(), z)
    base = torch.distributions.Normal(0, 1).log_prob(z).sum()
    assert torch.allclose(noise.bend(z, x)[0].sigmoid(), u)
    assert torch.allclose(said[0], base - torch.linalg.slogdet(jacobian.reshape(4, 4))[1])


def test_the_density_of_learned_noise_integrates_to_1() -> None:
    noise = with_noise((1, 2, 2), 2).noise
    assert isinstance(noise, Learned)
    u, volume = _lattice(14)
    x = images(1, (1, 2, 2), 2).expand(len(u), 1, 2, 2)
    with torch.no_grad():
        z = noise.bend.inverse(u.logit(), x)
        log_det = noise.bend(z, x)[1] + (u * (1 - u)).log().flatten(1).sum(1)
        log_q = -(z.square() + math.log(2 * math.pi)).flatten(1).sum(1) / 2 - log_det
    assert abs(log_q.exp().sum() * volume - 1) < 0.003


# --- the probability of an image

def _lattice(side: int) -> tuple[Tensor, float]:
    """The middles of the cells of a lattice in the unit cube of four pixels, and their volume."""
    axis = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    return torch.cartesian_prod(axis, axis, axis, axis).view(-1, 1, 2, 2), side ** -4.0


@torch.no_grad()
def _exact(model: DequantisedFlow) -> tuple[Tensor, Tensor]:
    """All 16 images of 2 x 2 pixels with 2 levels, and their probabilities by quadrature."""
    y, volume = _lattice(16)
    x = torch.cartesian_prod(*4 * [torch.arange(2.0, dtype=torch.float64)]).view(16, 1, 2, 2)
    of_image = (model.on_levels(y).flatten(1) @ torch.tensor([8.0, 4, 2, 1]).double()).long()
    mass = model.flow.log_prob(y).exp() * volume
    return x, torch.zeros(16, dtype=torch.float64).index_add(0, of_image, mass)


def test_the_probabilities_of_all_small_images_sum_to_1() -> None:
    _x, p = _exact(with_noise((1, 2, 2), 2))
    assert abs(p.sum() - 1) < 0.003 and p.min() > 0


@pytest.mark.parametrize(("kind", "near"), [("uniform", 0.05), ("learned", 0.3)])
def test_the_bound_rises_with_more_draws_and_stays_below_the_truth(
        kind: str, near: float) -> None:
    model = with_noise((1, 2, 2), 2)
    if kind == "uniform":
        model.noise = Uniform()
    x, p = _exact(model)
    torch.manual_seed(0)
    with torch.no_grad():
        many = x.repeat(40, 1, 1, 1)
        one, ten, all_ = (model.log_prob_bound(many, n).view(40, 16).mean(0).mean()
                          for n in (1, 8, 64))
    assert one < ten < all_ < p.log().mean() + 0.01
    assert p.log().mean() - all_ < near
