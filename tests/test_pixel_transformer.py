"""The pixel transformer against truth: orders, causality, the cache, attention, the stream."""

import itertools
import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.pixel_orders import ORDERS, pixels_in
from model_zoo.pixel_transformer import POSITIONS, PixelTransformer

every_order = pytest.mark.parametrize("order", ORDERS)


def build(shape: tuple[int, ...] = (1, 4, 4), levels: int = 3, **more: Any) -> PixelTransformer:
    torch.manual_seed(0)
    model = PixelTransformer(shape, levels, **{"hidden": 8, "layers": 2, "heads": 2} | more)
    if model.told.weight is not None:
        torch.nn.init.normal_(model.told.weight)
    return model.double().eval()


def images(shape: tuple[int, ...], n: int = 3, levels: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(levels, (n, *shape), generator=generator).double() / (levels - 1)


# --- orders

@every_order
def test_an_order_visits_each_pixel_once(order: str) -> None:
    for size in itertools.product(range(1, 12), repeat=2):
        assert sorted(pixels_in(order, *size)) == sorted(itertools.product(*map(range, size)))


@pytest.mark.parametrize("order", ["snake", "hilbert"])
def test_one_pixel_lies_beside_the_one_before(order: str) -> None:
    for height, width in [*itertools.product(range(1, 12), repeat=2), (14, 14), (28, 28)]:
        way = pixels_in(order, height, width)
        steps = [(abs(b[0] - a[0]), abs(b[1] - a[1])) for a, b in itertools.pairwise(way)]
        corners = steps.count((1, 1))
        assert set(steps) <= {(0, 1), (1, 0), (1, 1)}
        longer, shorter = max(height, width), min(height, width)
        odd = order == "hilbert" and longer % 2 == 1 and shorter % 2 == 0
        assert corners == 0 or (odd and corners == 1)


@pytest.mark.parametrize("side", [2, 4, 8, 16])
def test_the_curve_is_hilberts_own_where_the_side_is_a_power_of_two(side: int) -> None:
    way = pixels_in("hilbert", side, side)
    assert way[0] == (0, 0) and way[-1] == (side - 1, 0)
    part = side
    while part > 1:  # each square of half the side is filled before the next one begins
        part //= 2
        for start in range(0, side * side, part * part):
            squares = {(row // part, column // part)
                       for row, column in way[start:start + part * part]}
            assert len(squares) == 1


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(ValueError, match="order must be one of raster, snake, hilbert"):
        PixelTransformer((1, 4, 4), order="spiral")
    with pytest.raises(ValueError, match="positions must be one of"):
        PixelTransformer((1, 4, 4), positions="waves")


# --- who sees whom

def dependence(model: PixelTransformer) -> Tensor:
    """Whether the i-th number depends on the j-th, both in the model's order, (D, D) bool."""
    x = images(model.shape, 6)
    context = torch.arange(6) % model.n_classes if model.n_classes else None
    numbers = [(place.channel, place.row, place.column) for place in model.places()]

    def total(x: Tensor) -> Tensor:
        logits = model.logits(x, context)
        weighed = (logits * torch.linspace(1, 2, logits.shape[-1], dtype=torch.float64)).sum(-1)
        return torch.stack([weighed[:, c, row, column].sum() for c, row, column in numbers])

    jacobian = torch.autograd.functional.jacobian(total, x).abs().amax(1)  # (D, C, H, W)
    return torch.stack([jacobian[:, c, row, column] for c, row, column in numbers], 1) > 1e-12


@every_order
@pytest.mark.parametrize(("shape", "more"), [
    ((1, 4, 4), {}), ((1, 3, 5), {"n_classes": 3}), ((3, 2, 3), {}),
    ((1, 4, 4), {"positions": "none"}), ((1, 4, 4), {"positions": "each"})], ids=str)
def test_a_number_sees_all_before_it_in_its_order_and_nothing_else(
        order: str, shape: tuple[int, ...], more: dict[str, Any]) -> None:
    seen = dependence(build(shape, order=order, **more))
    d = math.prod(shape)
    assert torch.equal(seen, torch.ones(d, d, dtype=torch.bool).tril(-1))


def test_without_a_block_a_number_sees_the_one_before_it_alone() -> None:
    seen = dependence(build(layers=0, order="hilbert"))
    assert torch.equal(seen, torch.eye(16, dtype=torch.bool).roll(-1, 1).tril(-1))


def test_without_the_mask_a_number_sees_itself_and_its_future() -> None:
    model = build(causal=False)
    assert dependence(model)[:, :-1].all()  # the last number is told to nobody
    x = images(model.shape)
    place = list(model.places())[5]
    truth = model.logits(x)[:, place.channel, place.row, place.column]
    torch.testing.assert_close(model.logits_at({}, x, place), truth)


# --- probabilities

@every_order
@pytest.mark.parametrize("positions", POSITIONS)
def test_all_images_together_have_probability_one(order: str, positions: str) -> None:
    model = build((1, 3, 3), 2, order=order, positions=positions)
    every = torch.tensor(list(itertools.product((0.0, 1.0), repeat=9)), dtype=torch.float64)
    total = model.log_prob(every.view(-1, 1, 3, 3)).exp().sum().item()
    assert total == pytest.approx(1, abs=1e-12)


@every_order
@pytest.mark.parametrize(("shape", "levels", "n_classes"), [
    ((1, 4, 4), 2, 0), ((1, 3, 5), 17, 3), ((3, 2, 3), 4, 2)], ids=str)
def test_what_is_kept_gives_the_same_chances_as_all_computed_anew(
        order: str, shape: tuple[int, ...], levels: int, n_classes: int) -> None:
    model = build(shape, levels, order=order, n_classes=n_classes)
    noise = torch.rand(3, *shape, dtype=torch.float64)
    context = torch.arange(3) % n_classes if n_classes else None
    kept = list(model.path(3, context, noise=noise))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PixelTransformer, "logits_at", AutoregressiveModel.logits_at)
        anew = list(model.path(3, context, noise=noise))
    assert [(step.place.row, step.place.column) for step in kept[::shape[0]]] == list(
        pixels_in(order, *shape[1:]))
    for a, b in zip(kept, anew, strict=True):
        torch.testing.assert_close(a.probabilities, b.probabilities, atol=1e-12, rtol=0)
    truth = model.logits(kept[-1].x, context).softmax(-1)
    for step in kept:
        place = step.place
        torch.testing.assert_close(step.probabilities,
                                   truth[:, place.channel, place.row, place.column])


def test_the_first_token_says_the_class() -> None:
    model = build(n_classes=2)
    x = images(model.shape)
    one, other = (model.logits(x, torch.full((3,), k)) for k in range(2))
    assert (one - other).abs().amax((0, 1, 4)).min() > 1e-6  # each pixel hears of it
    with pytest.raises(ValueError, match="context must be that of 2 classes"):
        model.logits(x)


def test_each_level_has_a_vector_of_its_own_and_there_is_a_way_between() -> None:
    model = build(levels=4)
    at_levels = model._embed(torch.arange(4, dtype=torch.float64)[None] / 3)[0]
    torch.testing.assert_close(at_levels, model.tokens.detach().clone(), atol=1e-6, rtol=0)
    between = model._embed(torch.tensor([[0.5]], dtype=torch.float64))[0, 0]
    torch.testing.assert_close(between, (model.tokens[1] + model.tokens[2]) / 2)


# --- attention

@every_order
def test_attention_sums_to_one_and_leaves_the_future_out(order: str) -> None:
    model = build(order=order)
    found = model.attention(images(model.shape))
    assert found.shape == (2, 3, 2, 16, 16)
    torch.testing.assert_close(found.sum(-1), torch.ones_like(found[..., 0]))
    assert not found.triu(1).any() and (found.tril() > 0).sum() == 2 * 3 * 2 * 136
    open_ = build(causal=False).attention(images(model.shape))
    assert (open_ > 0).all()


def test_attention_is_what_the_net_computes_with() -> None:
    model = build()
    x = images(model.shape)
    seen: list[tuple[Tensor, Tensor]] = []

    def watched(query: Tensor, key: Tensor, value: Tensor, **more: Any) -> Tensor:
        answer = attend(query, key, value, **more)
        seen.append((value, answer))
        return answer

    attend = F.scaled_dot_product_attention
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(F, "scaled_dot_product_attention", watched)
        model.logits(x)
    for shares, (value, answer) in zip(model.attention(x), seen, strict=True):
        torch.testing.assert_close(shares @ value, answer)


def test_a_block_only_adds_to_the_stream() -> None:
    block = next(iter(build().blocks))
    for name, weight in block.named_parameters():
        if name.startswith(("join", "think.2")):
            torch.nn.init.zeros_(weight)
    y = 5 + 3 * torch.randn(2, 7, 8, dtype=torch.float64)
    assert torch.equal(block(y), y)


def test_dropout_changes_training_and_not_what_is_said() -> None:
    model = build(dropout=0.5)
    x = images(model.shape)
    assert torch.equal(model.log_prob(x), model.log_prob(x))
    model.train()
    assert not torch.equal(model.log_prob(x), model.log_prob(x))


def test_more_heads_than_numbers_round_them_up() -> None:
    assert build(hidden=10, heads=4).tokens.shape == (3, 12)
