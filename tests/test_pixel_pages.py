"""PixelCNN and PixelRNN on their pages: what is measured, what breaks, what the figures show."""

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from test_pages import LABS
from test_presets import engine, number, preset, train
from torch.distributions import Bernoulli, Categorical

from model_zoo.autoregressive import Place
from model_zoo.pixel_cnn import PixelCNN
from playground.charts.autoregressive import (
    EMPTY,
    blind_wedge,
    chances,
    cost_map,
    fields,
    rgb,
    scan_order,
    unfolding,
)
from playground.charts.scene import NOTHING, Box, Moment, Scene
from playground.concepts.pixel_cnn.experiment import FEATURES_TO_SEE
from playground.concepts.pixel_cnn.settings import PixelCNNSettings, cells_of, to_mask
from playground.engine.inline import InlineEngine
from playground.experiments.autoregressive import (
    N_FRAMES,
    AutoregressiveExperiment,
)
from playground.experiments.base import at_once, experiment_type
from playground.experiments.pixels import independent_nats
from playground.experiments.sight import gradient
from playground.published import BINARISED_MNIST, binarised_mnist
from playground.settings import Value

__all__ = ["engine"]

NAMES = ("pixel_cnn", "pixel_rnn")
ASKED = {"rows": 1, "n": 1, "index": 0, "of_class": 0, "painted": []}
QUICK = {"features": 8, "blocks": 1, "units": 4, "layers": 1}
every_name = pytest.mark.parametrize("name", NAMES)


def build(name: str, **changes: object) -> AutoregressiveExperiment[Any]:
    kind = LABS[name].settings
    quick = {key: value for key, value in QUICK.items() if key in kind.model_fields}
    torch.manual_seed(0)
    made = experiment_type(name)(kind(**quick | changes), "cpu")
    assert isinstance(made, AutoregressiveExperiment)
    return made


# --- what is measured

def test_independent_pixels_are_a_product_of_histograms() -> None:
    rng = torch.Generator().manual_seed(0)
    train, test = (torch.rand(n, 1, 3, 4, generator=rng) for n in (200, 50))
    held_out = test.round()
    white = (train.sum(0) + 1) / 202
    truth = -Bernoulli(white).log_prob(held_out).sum((1, 2, 3)).mean().item()
    assert independent_nats(train, held_out, 2) == pytest.approx(truth, rel=1e-5)
    train, test = ((part * 4).round() / 4 for part in (train, test))
    counts = torch.stack([(train * 4).round().eq(i).sum(0) for i in range(5)], -1)
    truth = -Categorical((counts + 1.0) / 205).log_prob((test * 4).round()).sum((1, 2, 3))
    assert independent_nats(train, test, 5) == pytest.approx(truth.mean().item(), rel=1e-5)


@every_name
@pytest.mark.parametrize("pixels", ["dynamic", "fixed", "levels"])
def test_the_costs_of_an_image_add_up_and_the_chances_to_one(name: str, pixels: str) -> None:
    made = build(name, pixels=pixels)
    metrics, arrays = made.observe()
    n = arrays["costs"].size
    assert metrics["bits_per_dim"] == pytest.approx(metrics["held_out"] / n / math.log(2))
    whole = -made.model.log_prob(made.held_out[:1]).item()
    assert arrays["costs"].sum() == pytest.approx(whole, rel=1e-5)
    for row, column in ((0, 0), (3, 5), (7, 7)):
        reply = made.conditional(row, column)
        assert reply["probabilities"].sum() == pytest.approx(1, abs=1e-5)
        assert reply["nats"].sum() == pytest.approx(float(arrays["costs"][row, column]), abs=1e-4)
    levels = made.settings.n_levels
    assert len(np.unique(arrays["samples"])) <= levels
    assert reply["probabilities"].shape == (1, levels)


def test_levels_and_fixed_pixels_stay_and_dynamic_ones_are_grey() -> None:
    fixed = build("pixel_cnn", pixels="fixed").data
    assert set(np.unique(fixed.train)) == {0.0, 1.0}
    assert np.array_equal(fixed.train, build("pixel_cnn", pixels="fixed", seed=3).data.train)
    assert len(np.unique(build("pixel_cnn").data.train)) == 17
    assert len(np.unique(build("pixel_cnn", pixels="levels", levels=5).data.train)) == 5


@every_name
def test_a_slow_drawing_is_a_sample_with_its_reasons(name: str) -> None:
    made = build(name)
    reply = at_once(made.path(seed=3, temperature=1.0, of_class=0))
    assert reply["places"].tolist() == list(range(N_FRAMES))
    assert set(np.unique(reply["image"])) <= {0.0, 1.0}
    for place, seen in zip(reply["places"], reply["sees"], strict=True):
        assert not seen.reshape(-1)[place:].any()
    assert reply["sees"][-1].max() == 255
    x = torch.from_numpy(reply["image"])[None, None]
    truth = made.model.logits(x).softmax(-1)[0, 0].reshape(64, 2)
    np.testing.assert_allclose(reply["probabilities"], truth.detach(), atol=1e-5)
    other = at_once(made.path(seed=4, temperature=1.0, of_class=0))
    assert not np.array_equal(reply["image"], other["image"])


@every_name
def test_a_completion_starts_with_the_rows_that_are_known(name: str) -> None:
    images = at_once(build(name).complete(rows=3, n=4, index=2, of_class=0, painted=[]))["images"]
    assert images.shape == (5, 8, 8)
    assert (images[:, :3] == images[0, :3]).all()
    assert any((image != images[0]).any() for image in images[1:])


@every_name
def test_bad_questions_are_refused_with_their_range(name: str) -> None:
    made = build(name)
    for question, wrong in (("conditional", {"row": 8, "column": 0}),
                            ("path", {"seed": 1, "temperature": 9.0, "of_class": 0}),
                            ("complete", ASKED | {"rows": 9}), ("complete", ASKED | {"n": 1000}),
                            ("complete", ASKED | {"painted": [[0, 8, 1.0, 1.0, 1.0]]}),
                            ("complete", ASKED | {"painted": [[0, 0, 7.0, 1.0, 1.0]]}),
                            ("score", {"n": 10**6})):
        with pytest.raises(ValueError, match="must be between"):
            made.ask(question, wrong)


def test_sight_grows_with_depth_and_two_stacks_leave_no_blind_spot() -> None:
    reply = at_once(build("pixel_cnn").fields())
    past = reply["row"] * 15 + reply["column"]
    seen = {name: reply[name].reshape(7, -1) for name in ("pixel_cnn", "gated")}
    for maps in seen.values():
        assert not maps[:, past:].any()
        assert (np.diff(maps.astype(int), axis=0) >= 0).all()
    assert seen["gated"][-1].sum() == past and seen["pixel_cnn"][-1].sum() < past
    rnn = at_once(build("pixel_rnn").fields())
    assert rnn["diagonal"][1].sum() == past and 0 < rnn["row_lstm"][-1].sum() < past


def test_no_depth_looks_into_the_blind_wedge_and_some_depth_looks_beside_it() -> None:
    for kernel in (3, 7):
        reply = at_once(build("pixel_cnn", kernel=kernel).fields())
        row, column = reply["row"], reply["column"]
        wedge = blind_wedge(15, row, column, kernel)
        past = np.arange(225).reshape(15, 15) < row * 15 + column
        assert wedge.any() and not reply["pixel_cnn"][:, wedge].any()
        assert reply["gated"][-1][wedge].all() or kernel == 3  # too far for 6 blocks
        deep = PixelCNN((1, 15, 15), 2, FEATURES_TO_SEE, 13, kernel).double()
        seen = gradient(deep, torch.rand(8, 1, 15, 15, dtype=torch.float64),
                        Place(0, row, column)).numpy() > 1e-14
        assert (seen == (past & ~wedge)).all()


# --- classes, colour, paint

@every_name
def test_a_model_that_is_told_the_class_draws_a_row_for_each(name: str) -> None:
    made = build(name, know_class=True)
    metrics, arrays = made.observe()
    assert metrics["classes"] == 10 and len(arrays["samples"]) % 10 == 0
    panels = {panel.name: panel.title for panel in LABS[name].panels(made.settings)}
    assert "a row for each class" in panels["samples"]
    assert at_once(made.score(n=60))["n"] == 60
    with pytest.raises(ValueError, match="of_class must be between 0 and 9"):
        made.ask("complete", ASKED | {"of_class": 10})


@every_name
def test_red_green_and_blue_come_one_after_the_other(name: str) -> None:
    made = build(name, dataset="sprites", pixels="fixed")
    metrics, arrays = made.observe()
    assert arrays["samples"].shape[1:] == arrays["image"].shape == (3, 16, 16)
    assert metrics["bits_per_dim"] == pytest.approx(metrics["held_out"] / 768 / math.log(2))
    reply = at_once(made.path(seed=1, temperature=1.0, of_class=0))
    assert (reply["places"] % 3).tolist() == [0, 1, 2] * (len(reply["places"]) // 3)
    drawn = unfolding(*(reply[key] for key in ("image", "places", "probabilities", "sees")))
    assert [text for moment, text in zip(drawn.moments, ("red", "green", "blue"), strict=False)
            if f"(row 0, column 0), {text}." in moment.text] == ["red", "green", "blue"]
    assert made.conditional(4, 5)["probabilities"].shape == (3, 2)
    assert cost_map(arrays["image"], arrays["costs"])["data"]


@every_name
def test_what_is_painted_is_kept_and_the_rest_is_drawn(name: str) -> None:
    made = build(name)
    painted = [[0, 1, 1.0, 1.0, 1.0], [2, 7, 1.0, 0.0, 0.0]]
    images = at_once(made.complete(rows=4, n=3, index=-1, of_class=0, painted=painted))["images"]
    truth = np.zeros((4, 8), np.uint8)
    truth[0, 1] = truth[2, 7] = 255
    assert (images[:, :4] == truth).all() and images[1:, 4:].any()
    assert not made.example(index=-1)["image"].any() and made.example(index=3)["image"].any()


@pytest.mark.parametrize("colours", [1, 3])
def test_the_card_of_a_pixel_shows_every_level_and_the_true_one(colours: int) -> None:
    sheet = chances(np.full((colours, 4), 0.25), np.arange(colours))
    orange = (sheet == rgb("#D55E00").astype(np.uint8)).all(-1)
    blue = (sheet == rgb("#0072B2").astype(np.uint8)).all(-1)
    assert blue.sum() == pytest.approx(3 * orange.sum(), rel=0.05) and orange.any()


# --- the mask

def test_an_open_cell_lets_training_see_that_place_and_no_other() -> None:
    for row, column in ((0, 1), (1, -1), (2, 0), (0, 0)):
        made = build("pixel_cnn", mask=to_mask({(row, column)}), blocks=0, kernel=5)
        slopes = gradient(made.model, torch.rand(4, 1, 8, 8), Place(0, 3, 3)).numpy()
        future = np.arange(64).reshape(8, 8) >= 27
        assert np.argwhere((slopes > 0) & future).tolist() == [[3 + row, 3 + column]]
        assert made.settings.cheats


def test_a_closed_cell_hides_a_place_of_the_past_and_is_no_lie() -> None:
    made = build("pixel_cnn", mask="-1:0", blocks=0, kernel=3)
    slopes = gradient(made.model, torch.rand(4, 1, 8, 8), Place(0, 3, 3)).numpy()
    assert {tuple(place) for place in np.argwhere(slopes > 0)} == {(2, 2), (2, 4), (3, 2)}
    assert not made.settings.cheats


def test_a_mask_is_written_and_read_as_cells() -> None:
    assert cells_of("honest") == set() and to_mask(set()) == "honest"
    assert cells_of("1:0_0:1_-4:2") == {(1, 0), (0, 1), (-4, 2)}
    assert PixelCNNSettings(mask="1:0_0:1_1:0").mask == "0:1_1:0"
    assert not PixelCNNSettings(mask="0:3", kernel=3).cheats  # outside of the kernel
    for text in ("", "5:0", "0", "0:1_", "itself", "0:1 1:0"):
        with pytest.raises(ValueError, match="mask must be"):
            PixelCNNSettings(mask=text)


# --- bounds

def test_a_model_with_too_many_weights_is_refused_before_it_is_built() -> None:
    with pytest.raises(ValueError, match="at most 10,000,000 weights, got .* lower the hidden"):
        build("pixel_cnn", model="made", hidden=1024, dataset="mnist", pixels="levels",
              levels=200)


# --- published figures

def test_published_figures_never_mix_both_binarisations_and_name_their_source() -> None:
    fixed, dynamic = binarised_mnist("fixed"), binarised_mnist("dynamic")
    assert len(fixed) + len(dynamic) == len(BINARISED_MNIST)
    for figures in (fixed, dynamic):
        assert [each.nats for each in figures] == sorted(each.nats for each in figures)
        assert len({each.binarisation for each in figures}) == 1
        assert all(each.source.url.startswith("https://") for each in figures)


# --- presets

def nats(engine: InlineEngine, name: str, changes: Mapping[str, Value]) -> float:
    return number(train(engine, name, changes), "held_out")


@pytest.mark.long
def test_a_look_at_the_future_is_a_lie_and_its_fix_is_not(engine: InlineEngine) -> None:
    quick: dict[str, Value] = {"features": 8, "blocks": 1, "steps": 200}
    honest = nats(engine, "pixel_cnn", quick)
    peeking = preset("pixel_cnn", "future")
    assert nats(engine, "pixel_cnn", {**peeking.changes, **quick}) < honest - 2
    itself = preset("pixel_cnn", "copy")
    assert nats(engine, "pixel_cnn", {**itself.changes, **quick}) < 3
    assert {**peeking.changes, **peeking.fix}["mask"] == "honest"


def test_the_caption_does_not_call_a_lie_a_likelihood(engine: InlineEngine) -> None:
    lab = LABS["pixel_cnn"]
    for mask, wanted in (("honest", "exact and no bound"), ("1:0", "no likelihood: the mask"),
                         ("-1:0", "exact and no bound")):
        run = train(engine, "pixel_cnn",
                    {"features": 8, "blocks": 0, "steps": 100, "mask": mask})
        assert run.history.last is not None
        assert wanted in lab.caption(run, run.history.last)


@pytest.mark.long
@pytest.mark.parametrize(("name", "word", "quick"), [
    ("pixel_cnn", "short-sighted", {"steps": 150, "features": 8}),
    ("pixel_rnn", "memory", {"steps": 150}),
    ("pixel_rnn", "large steps", {"steps": 100, "units": 4})])
def test_what_a_preset_breaks_costs_nats_and_its_fix_saves_them(
        engine: InlineEngine, name: str, word: str, quick: dict) -> None:
    item = preset(name, word)
    broken = nats(engine, name, {**item.changes, **quick})
    mended = nats(engine, name, {**item.changes, **item.fix, **quick})
    assert broken > mended + 0.2


# --- figures

def test_a_costly_pixel_glows() -> None:
    image = np.zeros((4, 4), np.uint8)
    costs = np.zeros((4, 4), np.float32)
    dark, bright = (cost_map(image, each)["data"][0]["source"] for each in (costs, costs + 3))
    assert dark != bright


def test_the_drawing_has_a_picture_for_each_place_and_ends_with_the_image() -> None:
    places = np.array([0, 2, 3])
    drawn = unfolding(np.eye(2), places, np.full((3, 5), 0.2), np.zeros((3, 2, 2), np.uint8))
    picture, bars = drawn.boxes
    assert picture.pictures is not None and bars.bars is not None
    assert len(drawn.moments) == len(picture.pictures) == len(picture.marks) == 4
    assert [(mark.row, mark.column) for marks in picture.marks for mark in marks] == [
        (0, 0), (1, 0), (1, 1)]
    begun = (picture.pictures != EMPTY).any(-1).reshape(4, 4)
    assert begun.tolist() == [[number < place for number in range(4)] for place in (0, 2, 3, 4)]
    assert drawn.moments[-1].shown == (3, NOTHING)
    sent = drawn.to_json()["boxes"][0]["pictures"]
    assert base64.b64decode(sent["rgb"]) == picture.pictures.tobytes()
    assert sent["shape"] == [4, 2, 2]


@pytest.mark.parametrize(("model", "steps"), [("row", 6), ("diagonal", 11)])
def test_the_walk_has_a_step_for_each_row_or_diagonal(model: str, steps: int) -> None:
    drawn = scan_order(model, 6)
    assert len(drawn.moments) == steps
    for box in drawn.boxes:
        assert box.pictures is not None
        assert len({picture.tobytes() for picture in box.pictures}) == steps


def test_a_moment_that_forgets_a_box_is_refused() -> None:
    with pytest.raises(ValueError, match="each of the 2 boxes, got 1"):
        Scene(boxes=(Box("a"), Box("b")), moments=(Moment("", (0,)),), alt="")


def test_the_map_of_sight_tells_past_future_and_pixel_apart() -> None:
    maps = np.zeros((2, 5, 5), np.uint8)
    maps[1, 1, 1] = 1
    sheet = fields(maps, 2, 2)[::6, ::6]
    assert sheet.shape == (5, 11, 3)
    assert tuple(sheet[4, 4]) == EMPTY and tuple(sheet[2, 2]) == (255, 255, 255)
    assert tuple(sheet[1, 7]) != tuple(sheet[1, 1]) == tuple(sheet[0, 0])
