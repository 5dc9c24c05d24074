"""PixelCNN and PixelRNN on their pages: what is measured, what breaks, what the figures show."""

import math

import numpy as np
import pytest
import torch
from test_pages import LABS
from test_presets import engine, number, preset, train
from torch.distributions import Bernoulli, Categorical

from playground.charts.autoregressive import EMPTY, cost_map, fields, scan_order, unfolding
from playground.engine.inline import InlineEngine
from playground.experiments.autoregressive import (
    N_FRAMES,
    AutoregressiveExperiment,
    independent_nats,
)
from playground.experiments.base import experiment_type

__all__ = ["engine"]

NAMES = ("pixel_cnn", "pixel_rnn")
QUICK = {"features": 8, "blocks": 1, "units": 4, "layers": 1}
every_name = pytest.mark.parametrize("name", NAMES)


def build(name: str, **changes: object) -> AutoregressiveExperiment:  # type: ignore[type-arg]
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
        assert reply["nats"] == pytest.approx(float(arrays["costs"][row, column]), abs=1e-4)
    levels = made.settings.n_levels
    assert len(np.unique(arrays["samples"])) <= levels and len(reply["probabilities"]) == levels


def test_levels_and_fixed_pixels_stay_and_dynamic_ones_are_grey() -> None:
    fixed = build("pixel_cnn", pixels="fixed").data
    assert set(np.unique(fixed.train)) == {0.0, 1.0}
    assert np.array_equal(fixed.train, build("pixel_cnn", pixels="fixed", seed=3).data.train)
    assert len(np.unique(build("pixel_cnn").data.train)) == 17
    assert len(np.unique(build("pixel_cnn", pixels="levels", levels=5).data.train)) == 5


@every_name
def test_a_slow_drawing_is_a_sample_with_its_reasons(name: str) -> None:
    made = build(name)
    reply = made.path(seed=3, temperature=1.0)
    assert reply["places"].tolist() == list(range(N_FRAMES))
    assert set(np.unique(reply["image"])) <= {0.0, 1.0}
    for place, seen in zip(reply["places"], reply["sees"], strict=True):
        assert not seen.reshape(-1)[place:].any()
    assert reply["sees"][-1].max() == 255
    x = torch.from_numpy(reply["image"])[None, None]
    truth = made.model.logits(x).softmax(-1)[0, 0].reshape(64, 2)
    np.testing.assert_allclose(reply["probabilities"], truth.detach(), atol=1e-5)
    assert not np.array_equal(reply["image"], made.path(seed=4, temperature=1.0)["image"])


@every_name
def test_a_completion_starts_with_the_rows_that_are_known(name: str) -> None:
    images = build(name).complete(rows=3, n=4, index=2)["images"]
    assert images.shape == (5, 8, 8)
    assert (images[:, :3] == images[0, :3]).all()
    assert any((image != images[0]).any() for image in images[1:])


@every_name
def test_bad_questions_are_refused_with_their_range(name: str) -> None:
    made = build(name)
    for question, wrong in (("conditional", {"row": 8, "column": 0}),
                            ("path", {"seed": 1, "temperature": 9.0}),
                            ("complete", {"rows": 9, "n": 1, "index": 0}),
                            ("complete", {"rows": 1, "n": 1000, "index": 0})):
        with pytest.raises(ValueError, match="must be between"):
            made.ask(question, wrong)


def test_sight_grows_with_depth_and_two_stacks_leave_no_blind_spot() -> None:
    reply = build("pixel_cnn").fields()
    past = reply["row"] * 15 + reply["column"]
    seen = {name: reply[name].reshape(7, -1) for name in ("pixel_cnn", "gated")}
    for maps in seen.values():
        assert not maps[:, past:].any()
        assert (np.diff(maps.astype(int), axis=0) >= 0).all()
    assert seen["gated"][-1].sum() == past and seen["pixel_cnn"][-1].sum() < past
    rnn = build("pixel_rnn").fields()
    assert rnn["diagonal"][1].sum() == past and 0 < rnn["row_lstm"][-1].sum() < past


# --- presets

def nats(engine: InlineEngine, name: str, changes: dict) -> float:
    return number(train(engine, name, changes), "held_out")


def test_a_look_at_the_future_is_a_lie_and_its_fix_is_not(engine: InlineEngine) -> None:
    quick = {"features": 8, "blocks": 1, "steps": 200}
    honest = nats(engine, "pixel_cnn", quick)
    peeking = preset("pixel_cnn", "future")
    assert nats(engine, "pixel_cnn", peeking.changes | quick) < honest - 2
    itself = preset("pixel_cnn", "copy")
    assert nats(engine, "pixel_cnn", itself.changes | quick) < 3
    assert {**peeking.changes, **peeking.fix}["mask"] == "honest"


def test_the_caption_does_not_call_a_lie_a_likelihood(engine: InlineEngine) -> None:
    lab = LABS["pixel_cnn"]
    for mask, wanted in (("honest", "exact, no bound"), ("next", "not a likelihood")):
        run = train(engine, "pixel_cnn",
                    {"features": 8, "blocks": 0, "steps": 100, "mask": mask})
        assert run.history.last is not None
        assert wanted in lab.caption(run, run.history.last)


@pytest.mark.parametrize(("name", "word", "quick"), [
    ("pixel_cnn", "short-sighted", {"steps": 150, "features": 8}),
    ("pixel_rnn", "memory", {"steps": 150}), ("pixel_rnn", "large steps", {"steps": 100})])
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


def test_the_drawing_plays_frame_by_frame() -> None:
    places = np.array([0, 2, 3])
    drawn = unfolding(np.eye(2), places, np.full((3, 5), 0.2), np.zeros((3, 2, 2), np.uint8))
    assert [frame["name"] for frame in drawn["frames"]] == ["0", "1", "2"]
    assert [step["label"] for step in drawn["layout"]["sliders"][0]["steps"]] == ["0", "2", "3"]
    assert len({frame["data"][0]["source"] for frame in drawn["frames"]}) == 3
    assert drawn["data"][1]["y"] == [0.2] * 5


@pytest.mark.parametrize(("model", "steps"), [("row", 6), ("diagonal", 11)])
def test_the_walk_has_a_step_for_each_row_or_diagonal(model: str, steps: int) -> None:
    drawn = scan_order(model, 6)
    sources = [frame["data"][0]["source"] for frame in drawn["frames"]]
    assert len(sources) == steps == len(set(sources))


def test_the_map_of_sight_tells_past_future_and_pixel_apart() -> None:
    maps = np.zeros((2, 5, 5), np.uint8)
    maps[1, 1, 1] = 1
    sheet = fields(maps, 2, 2)[::6, ::6]
    assert sheet.shape == (5, 11, 3)
    assert tuple(sheet[4, 4]) == EMPTY and tuple(sheet[2, 2]) == (255, 255, 255)
    assert tuple(sheet[1, 7]) != tuple(sheet[1, 1]) == tuple(sheet[0, 0])
