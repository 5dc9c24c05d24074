"""Autoregressive models: none sees its future, each sees its past, sampling repeats nothing."""

import inspect
import itertools
import math
from typing import Any

import pytest
import torch
from test_models import MODELS
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel, Drawn
from model_zoo.conditional import ClassBias
from model_zoo.gated_pixel_cnn import GatedPixelCNN
from model_zoo.made import MADE, NADE
from model_zoo.pixel_cnn import PixelCNN
from model_zoo.pixel_rnn import DiagonalBiLSTM, RowLSTM, skew, unskew
from model_zoo.pixel_transformer import PixelTransformer
from playground.training.batches import Batches
from playground.training.trainer import Trainer

# One that is given images and no classes has a contract of its own, in test_applications.
KINDS = [kind for kind in MODELS if issubclass(kind, AutoregressiveModel)
         and "n_classes" in inspect.signature(kind).parameters]
SHAPES = ((1, 5, 5), (1, 4, 7), (1, 7, 4), (3, 3, 4))
SIZES: dict[type, dict[str, Any]] = {
    PixelCNN: {"hidden": 6}, GatedPixelCNN: {"hidden": 6}, MADE: {"hidden": (40, 30)},
         NADE: {"hidden": 10}, RowLSTM: {"hidden": 6}, DiagonalBiLSTM: {"hidden": 6},
         PixelTransformer: {"hidden": 6}}
BLIND = (PixelCNN, RowLSTM)  # by design
LAYERED = (PixelCNN, GatedPixelCNN, RowLSTM, DiagonalBiLSTM, PixelTransformer)
every_kind = pytest.mark.parametrize("kind", KINDS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def build(kind: type[AutoregressiveModel], shape: tuple[int, ...], levels: int = 3,
          **more: int) -> AutoregressiveModel:
    torch.manual_seed(0)
    model = kind(shape, levels, **SIZES.get(kind, {}) | more)
    for part in model.modules():  # what the classes say is 0 before any training
        if isinstance(part, ClassBias) and part.weight is not None:
            torch.nn.init.normal_(part.weight)
    return model.double().eval()


def some_classes(model: AutoregressiveModel, n: int) -> Tensor | None:
    return torch.arange(n) % model.n_classes if model.n_classes else None


def images(shape: tuple[int, ...], n: int, levels: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(levels, (n, *shape), generator=generator).double() / (levels - 1)


def in_order(array: Tensor) -> Tensor:
    """Flatten the last three axes, (C, H, W), in the order of drawing."""
    return array.movedim(-3, -1).flatten(-3)


def dependence(model: AutoregressiveModel, n: int = 6) -> Tensor:
    """Return whether the i-th place depends on the j-th in any of some images, (D, D) bool."""
    def total(x: Tensor) -> Tensor:
        logits = model.logits(x, some_classes(model, n))
        weights = torch.linspace(1, 2, logits.shape[-1], dtype=torch.float64)
        return in_order((logits * weights).sum(-1)).sum(0)

    jacobian = torch.autograd.functional.jacobian(total, images(model.shape, n))  # (D, n, C, H, W)
    return in_order(jacobian).abs().amax(1) > 1e-12


@every_kind
@every_shape
@pytest.mark.parametrize(("layers", "n_classes"), [(0, 0), (1, 3), (3, 0)])
def test_no_place_sees_itself_or_its_future(
        kind: type[AutoregressiveModel], shape: tuple[int, ...], layers: int,
        n_classes: int) -> None:
    more = {"layers": layers} if kind in LAYERED else {}
    seen = dependence(build(kind, shape, n_classes=n_classes, **more))
    assert not seen.triu().any()
    assert seen.any()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in BLIND])
@every_shape
@pytest.mark.parametrize("n_classes", [0, 4])
def test_every_place_sees_its_whole_past(kind: type[AutoregressiveModel],
                                         shape: tuple[int, ...], n_classes: int) -> None:
    more = {"layers": 7, "hidden": 12} if kind is GatedPixelCNN else {}
    seen = dependence(build(kind, shape, n_classes=n_classes, **more), n=40)
    d = math.prod(shape)
    assert (seen == torch.ones(d, d, dtype=torch.bool).tril(-1)).all()


def reached(kernel: int, layers: int, height: int, width: int, row: int, column: int) -> set:
    """Walk back through the masks of a PixelCNN: the pixels that one of them can depend on."""
    def back(places: set[tuple[int, int]], size: int, *, itself: bool) -> set[tuple[int, int]]:
        half = size // 2
        steps = [(dy, dx) for dy in range(-half, 1) for dx in range(-half, half + 1)
                 if dy < 0 or dx < 0 or (itself and dx == 0)]
        return {(y + dy, x + dx) for y, x in places for dy, dx in steps
                if 0 <= y + dy < height and 0 <= x + dx < width}

    places = {(row, column)}
    for _ in range(layers):
        places = back(places, 3, itself=True)
    return back(places, kernel, itself=False)


@pytest.mark.parametrize(("kernel", "layers"), [(3, 0), (3, 2), (5, 1), (3, 5)])
def test_the_plain_pixel_cnn_is_blind_exactly_where_its_masks_say(kernel: int,
                                                                  layers: int) -> None:
    side = 7
    model = build(PixelCNN, (1, side, side), kernel=kernel, layers=layers)
    seen = dependence(model, n=40).reshape(side, side, side, side)
    blind = 0
    for row, column in itertools.product(range(side), repeat=2):
        found = {tuple(place) for place in seen[row, column].nonzero().tolist()}
        assert found == reached(kernel, layers, side, side, row, column)
        blind += row * side + column - len(found)
    assert blind > 0


@pytest.mark.parametrize("layers", [1, 2])
def test_a_row_lstm_sees_a_triangle(layers: int) -> None:
    side, row, column = 9, 6, 4
    model = build(RowLSTM, (1, side, side), kernel=3, layers=layers)
    seen = dependence(model, n=40).reshape(side, side, side, side)[row, column]
    found = {tuple(place) for place in seen.nonzero().tolist()}
    triangle = set()
    for y in range(row):  # an edge that moves one pixel a row, and what the kernels add to it
        reach = row - y
        triangle |= {(y, x) for x in range(max(0, column - reach), min(side, column + reach + 1))}
    wider = {(y, x) for y in range(row) for x in range(side)
             if x - column <= row - y and column - x <= row - y + layers + 1}
    own = {(row, x) for x in range(max(0, column - layers - 1), column)}
    assert triangle <= found <= wider | own
    assert (row - 1, column + 2) not in found  # paper, figure 4: not all of the row above


def test_skewing_moves_each_row_by_its_number() -> None:
    x = torch.arange(1, 13.0).reshape(1, 1, 3, 4)
    tilted = skew(x)
    assert tilted[0, 0].tolist() == [[1, 2, 3, 4, 0, 0], [0, 5, 6, 7, 8, 0], [0, 0, 9, 10, 11, 12]]
    assert torch.equal(unskew(tilted, 4), x)


@every_kind
@pytest.mark.parametrize(("shape", "levels"), [((1, 8, 8), 2), ((1, 4, 6), 17), ((3, 4, 3), 4)],
                         ids=str)
@pytest.mark.parametrize(("temperature", "n_classes"), [(1.0, 0), (0.5, 3)])
def test_sampling_that_repeats_nothing_draws_the_same(
        kind: type[AutoregressiveModel], shape: tuple[int, ...], levels: int,
        temperature: float, n_classes: int) -> None:
    model = build(kind, shape, levels, n_classes=n_classes)
    noise = torch.rand(3, *shape, dtype=torch.float64)
    known = torch.zeros(shape[1:], dtype=torch.bool)
    known[1] = True
    x = images(shape, 3, levels)

    def path() -> list[Drawn]:
        return list(model.path(3, some_classes(model, 3), noise=noise, x=x, known=known,
                               temperature=temperature))

    fast = path()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "logits_at", AutoregressiveModel.logits_at)
        slow = path()
    assert torch.equal(fast[-1].x, slow[-1].x)
    assert torch.equal(fast[-1].x[:, :, 1], x[:, :, 1])
    for a, b in zip(fast, slow, strict=True):
        assert a.place == b.place
        torch.testing.assert_close(a.probabilities, b.probabilities, atol=1e-9, rtol=0)


@every_kind
def test_samples_follow_the_model(kind: type[AutoregressiveModel]) -> None:
    model, n = build(kind, (1, 2, 2), 2).float(), 20_000
    torch.manual_seed(3)
    samples = model.sample(n)
    every = torch.tensor(list(itertools.product((0.0, 1.0), repeat=4))).reshape(-1, 1, 2, 2)
    truth = model.log_prob(every).exp()
    found = (samples[:, None] == every).flatten(2).all(2).float().mean(0)
    assert (found - truth).abs().max() < 5 * (truth * (1 - truth) / n).sqrt().max()


@every_kind
@pytest.mark.parametrize("levels", [2, 3])
def test_all_images_together_have_probability_one(kind: type[AutoregressiveModel],
                                                  levels: int) -> None:
    for shape, n_classes in (((1, 2, 3), 0), ((3, 1, 2), 0), ((1, 2, 3), 2)):
        model = build(kind, shape, levels, n_classes=n_classes)
        every = torch.tensor(list(itertools.product(range(levels), repeat=math.prod(shape))))
        x = every.double().reshape(-1, *shape) / (levels - 1)
        told: list[Tensor | None] = [torch.full((len(x),), k) for k in range(n_classes)]
        for labels in told or [None]:
            total = model.log_prob(x, labels).exp().sum().item()
            assert total == pytest.approx(1, abs=1e-9)


@every_kind
def test_a_model_that_is_told_the_class_learns_each_class_by_itself(
        kind: type[AutoregressiveModel]) -> None:
    x = torch.cat([torch.zeros(32, 1, 3, 3), torch.ones(32, 1, 3, 3)])
    labels = torch.arange(64) // 32
    more = {"layers": 1} if kind in LAYERED else {}
    model = build(kind, (1, 3, 3), 2, n_classes=2, **more).float().train()
    steps = Trainer(model, Batches(x, 16, context=labels)).steps(lambda _: 5e-2)
    for _ in range(25):
        next(steps)
    drawn = model.eval().sample(40, torch.arange(40) // 20)
    assert drawn[:20].mean() < 0.05 and drawn[20:].mean() > 0.95
    assert model.log_prob(x, 1 - labels).mean() < model.log_prob(x, labels).mean() - 2


@every_kind
def test_classes_cost_nothing_where_there_are_none(kind: type[AutoregressiveModel]) -> None:
    names = [dict(build(kind, (1, 4, 4), n_classes=n).named_parameters()) for n in (0, 2)]
    assert len(names[0]) < len(names[1])
    assert not any("told" in name for name in names[0])


def test_a_batch_carries_the_context_of_its_data() -> None:
    data, labels = torch.arange(12.0), torch.arange(12) * 10
    batches = Batches(data, 5, lambda x: x + 0.25, context=labels).with_context()
    for _ in range(4):
        x, told = next(batches)
        assert torch.equal(told, ((x - 0.25) * 10).long())
    assert len(next(Batches(data, 5).with_context())) == 1


@every_kind
def test_a_completion_keeps_what_is_known(kind: type[AutoregressiveModel]) -> None:
    model, x = build(kind, (1, 6, 6), 4), images((1, 6, 6), 5, 4)
    known = torch.zeros(6, 6, dtype=torch.bool)
    known[:3] = True
    done = model.complete(x, known)
    assert torch.equal(done[:, :, :3], x[:, :, :3])
    assert not torch.equal(done[:, :, 3:], x[:, :, 3:])
    assert set(done.unique().tolist()) <= {0.0, 1 / 3, 2 / 3, 1.0}


@every_kind
def test_levels_and_shapes_out_of_range_are_refused(kind: type[AutoregressiveModel]) -> None:
    for levels in (1, 257):
        with pytest.raises(ValueError, match="levels must be between 2 and 256"):
            kind((1, 4, 4), levels)
    with pytest.raises(ValueError, match="shape must be that of an image"):
        kind((16,))


def test_bits_per_dimension_are_nats_in_another_unit() -> None:
    model, x = build(NADE, (1, 4, 4), 3), images((1, 4, 4), 8)
    losses = model.loss(x)
    assert losses["loss"].item() == pytest.approx(-model.log_prob(x).mean().item())
    assert losses["bits_per_dim"].item() == pytest.approx(losses["loss"].item() / 16 / math.log(2))
