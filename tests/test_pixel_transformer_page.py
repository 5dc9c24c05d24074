"""The room of the pixel transformer: what a click shows, what is clocked, what follows the order.
"""

import base64
from typing import Any

import numpy as np
import pytest
import torch
from test_pages import LABS
from test_presets import engine, number, train

from model_zoo.pixel_orders import pixels_in
from playground.charts.autoregressive import (
    BY_ROWS,
    order,
    pixel_path,
    remaining,
    turns,
    unfolding,
)
from playground.charts.colors import EMPTY, SAMPLES, rgb
from playground.concepts.pixel_transformer import figures
from playground.concepts.pixel_transformer.experiment import PixelTransformerExperiment
from playground.concepts.pixel_transformer.settings import PixelTransformerSettings
from playground.engine.inline import InlineEngine
from playground.experiments.base import at_once
from playground.refusal import Refusal
from playground.settings import Value
from playground.ui.tools.autoregressive_tools import _follow

__all__ = ["engine"]

every_order = pytest.mark.parametrize("scan", ["raster", "snake", "hilbert"])


def build(**changes: Any) -> PixelTransformerExperiment:
    torch.manual_seed(0)
    made = PixelTransformerExperiment(PixelTransformerSettings(
        **{"width": 8, "blocks": 2, "heads": 2} | changes), "cpu")
    made.model.eval()
    return made


# --- what a click shows

@every_order
def test_a_click_shows_the_attention_of_the_model_on_its_pixels(scan: str) -> None:
    made, pixel = build(order=scan), (3, 5)
    reply = made.ask("attention", {"index": 2, "row": pixel[0], "column": pixel[1]})
    way = pixels_in(scan, 8, 8)
    at = way.index(pixel)
    found = made.model.attention(made.held_out[2:3])[:, 0, :, at].detach().numpy()
    np.testing.assert_allclose(reply["start"], found[..., 0])
    far = np.zeros(found.shape[:2])
    for other, place in enumerate(way):
        share = reply["maps"][:, :, place[0], place[1]]
        np.testing.assert_allclose(share, found[..., other + 1] if other < at else 0)
        far += share * np.hypot(place[0] - pixel[0], place[1] - pixel[1])
    np.testing.assert_allclose(reply["maps"].sum((2, 3)) + reply["start"], 1, atol=1e-5)
    np.testing.assert_allclose(reply["reach"], far / (1 - reply["start"]), rtol=1e-4)
    entropy = -np.where(found > 0, found * np.log(found.clip(1e-30)), 0).sum(-1)
    np.testing.assert_allclose(reply["width"], np.exp(entropy), rtol=1e-4)
    np.testing.assert_array_equal(reply["image"], made.held_out[2, 0])


def test_colours_of_a_pixel_are_looked_at_together() -> None:
    made = build(dataset="sprites", order="snake")
    reply = made.ask("attention", {"index": 0, "row": 1, "column": 14})  # snake: the 18th pixel
    found = made.model.attention(made.held_out[:1])[:, 0, :, 3 * 17].detach().numpy()
    np.testing.assert_allclose(reply["maps"][:, :, 0, 0], found[..., 1:4].sum(-1), rtol=1e-5)
    np.testing.assert_allclose(reply["maps"].sum((2, 3)) + reply["start"], 1, atol=1e-5)
    assert reply["image"].shape == (3, 16, 16)


def test_nobody_looks_anywhere_without_a_block() -> None:
    made = build(blocks=0)
    with pytest.raises(Refusal, match="must be a block"):
        made.ask("attention", {"index": 0, "row": 0, "column": 0})
    metrics, arrays = made.observe()
    assert "reach" not in metrics and "attention" not in arrays
    assert "attention" not in [panel.name for panel in
                               LABS["pixel_transformer"].panels(made.settings)]


@every_order
def test_a_look_shows_where_heads_look_from_the_middle(scan: str) -> None:
    made = build(order=scan)
    metrics, arrays = made.observe()
    reply = made.ask("attention", {"index": 0, "row": 4, "column": 4})
    most = reply["maps"].max((2, 3), keepdims=True)
    np.testing.assert_allclose(arrays["attention"], 255 * reply["maps"] / most, atol=0.51)
    turn = turns(scan, 8, 8)
    assert not arrays["attention"][:, :, turn >= turn[4, 4]].any()
    each = [made.ask("attention", {"index": 0, "row": row, "column": column})["reach"]
            for row, column in pixels_in(scan, 8, 8)]
    assert metrics["reach"] == pytest.approx(np.mean(each), rel=1e-4)


def test_the_picture_of_a_head_tells_past_pixel_and_future_apart() -> None:
    shares = np.zeros((4, 4))
    shares[0, 1] = 1
    sheet = figures.tinted(np.zeros((4, 4)), shares, (1, 1), "snake", causal=True)
    assert tuple(sheet[1, 1]) == tuple(np.rint(rgb(SAMPLES)).astype(int))
    assert tuple(sheet[1, 0]) == EMPTY and tuple(sheet[1, 2]) != EMPTY  # the snake comes back
    assert sheet[0, 1, 2] > sheet[0, 0, 2] + 100
    seen = figures.tinted(np.zeros((4, 4)), shares, (1, 1), "snake", causal=False)
    assert tuple(seen[1, 0]) != EMPTY


def test_every_head_has_its_picture_and_its_words() -> None:
    made = build(blocks=3)
    reply = made.ask("attention", {"index": 0, "row": 4, "column": 4})
    drawn = figures.heads(reply, (4, 4), "raster", causal=True)
    assert len(drawn["data"]) == len(drawn["layout"]["annotations"]) == 6
    assert f"{reply['reach'][2, 1]:.1f} px away" in drawn["layout"]["annotations"][-1]["text"]


# --- what the cache saves

def test_the_cache_is_clocked_at_places_that_are_evenly_spread() -> None:
    reply = at_once(build(order="hilbert").cache(n=5))
    assert reply["places"].tolist() == [0, 16, 32, 47, 63]
    assert (reply["kept"] > 0).all() and (reply["anew"] > 0).all()
    assert reply["kept_total"] >= reply["kept"].sum()
    assert reply["anew_total"] == pytest.approx(64 * reply["anew"].mean())


# --- what follows the order

def test_it_is_each_pixels_turn_once() -> None:
    for scan in ("raster", "snake", "hilbert"):
        assert sorted(turns(scan, 5, 7).ravel().tolist()) == list(range(35))
    assert turns("raster", 2, 3).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert turns("snake", 2, 3).tolist() == [[0, 1, 2], [5, 4, 3]]


@every_order
def test_an_image_unfolds_in_its_order_and_looks_back_along_it(scan: str) -> None:
    made = build(order=scan)
    reply = at_once(made.path(seed=3, temperature=1.0, of_class=0))
    turn = turns(scan, 8, 8)
    for place, seen in zip(reply["places"], reply["sees"], strict=True):
        assert not seen[turn >= place].any()
    drawn = unfolding(reply["image"], reply["places"], reply["probabilities"], reply["sees"], scan)
    way = pixels_in(scan, 8, 8)
    marks = [(mark.row, mark.column) for marks in drawn.boxes[0].marks for mark in marks]
    assert marks == [way[place] for place in reply["places"]]
    assert drawn.boxes[0].pictures is not None
    begun = (drawn.boxes[0].pictures != EMPTY).any(-1)
    assert all(np.array_equal(shown, turn < place)
               for shown, place in zip(begun, reply["places"], strict=False))
    row, column = way[20]
    assert f"Pixel 21 of 64 (row {row}, column {column})" in drawn.moments[20].text


@every_order
def test_samples_have_a_clock_along_the_order(scan: str) -> None:
    samples = np.full((1, 8, 8), 255, np.uint8)
    first, other = (pixel_path(samples, 1, each)["layout"]["meta"]["path"]["data"][5]
                    for each in (scan, "raster"))
    assert (first == other) == (scan == "raster")


@every_order
def test_the_rest_of_an_image_costs_what_comes_later_in_the_order(scan: str) -> None:
    costs = np.random.default_rng(0).random((8, 8))
    drawn = remaining(costs, scan)
    given = np.asarray(drawn["data"][0]["x"]) * (8 if scan in BY_ROWS else 1)
    assert given.tolist() == list(range(0, 65, 8))
    turn, shown = turns(scan, 8, 8), drawn["data"][0]["y"]
    truth = [costs[turn >= n].sum() for n in given]
    np.testing.assert_allclose(np.frombuffer(_bytes(shown), np.float32), truth, rtol=1e-5,
                               atol=1e-5)


def _bytes(typed: dict[str, str]) -> bytes:
    return base64.b64decode(typed["bdata"])


def test_the_past_of_a_pixel_is_that_of_the_order() -> None:
    assert order(8, 4, 4, scan="hilbert") != order(8, 4, 4)
    assert order(8, 4, 4, scan="raster") == order(8, 4, 4)


def test_a_completion_says_where_it_does_not_follow_the_model() -> None:
    for scan in BY_ROWS:
        assert not any(_follow(scan, rows, 8, 8) for rows in range(9))
    assert not any(_follow("hilbert", rows, 8, 8) for rows in (0, 4, 8))
    assert "With 4 rows they do." in _follow("hilbert", 3, 8, 8)


def test_sight_follows_the_order_and_one_block_sees_all() -> None:
    for scan in ("raster", "hilbert"):
        reply = at_once(build(order=scan).fields())
        past = turns(scan, 15, 15)
        past = past < past[reply["row"], reply["column"]]
        assert reply["transformer"][0].sum() == 1
        assert all(np.array_equal(each > 0, past) for each in reply["transformer"][1:])


def test_without_the_mask_nothing_is_claimed() -> None:
    claim = PixelTransformerSettings(causal=False).claim
    assert not claim.is_log_p and "without the mask" in claim.text()
    assert PixelTransformerSettings().claim.is_log_p


def test_the_rate_rises_and_falls() -> None:
    made = build(steps=1000)
    rates = []
    for made.done in (0, 50, 100, 550, 999):
        rates.append(made.rate("model"))
    assert rates[0] < 0.02 * rates[2] and rates[1] < rates[2] > rates[3] > rates[4]
    assert 0.9 < rates[2] / made.settings.learning_rate <= 1


# --- what breaks, and what mends it

@pytest.mark.long
@pytest.mark.parametrize(("broken", "fix", "steps", "gap"), [
    ({"positions": "none"}, {"positions": "row_column"}, 300, 3),
    ({"blocks": 0}, {"blocks": 3}, 500, 1.5),
    ({"learning_rate": 0.2}, {"learning_rate": 0.01}, 300, 2)], ids=str)
def test_what_breaks_is_mended(engine: InlineEngine, broken: dict[str, Value],
                               fix: dict[str, Value], steps: int, gap: float) -> None:
    nats = [number(train(engine, "pixel_transformer", {"steps": steps, **changes}), "held_out")
            for changes in (broken, {**broken, **fix})]
    assert nats[0] > nats[1] + gap


@pytest.mark.long
def test_without_the_mask_the_score_is_a_lie_and_samples_are_no_digits(
        engine: InlineEngine) -> None:
    runs = [train(engine, "pixel_transformer", {"steps": 300, "causal": causal})
            for causal in (False, True)]
    lie, truth = (number(run, "held_out") for run in runs)
    assert lie < 2 < 20 < truth
    assert all(run.history.last is not None for run in runs)
    white = [float((run.history.last.arrays["samples"] > 0).mean())  # type: ignore[union-attr]
             for run in runs]
    assert abs(white[1] - 0.3) < 0.1 < abs(white[0] - 0.3)
