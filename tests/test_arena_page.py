"""The page of the arena, and what it brought to every page: finished runs are found again."""

import csv
import io
import math
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import test_pages
from polling import until
from streamlit.testing.v1 import AppTest
from test_pages import LABS, Open, caption, explore, keys, press, shown_run, sound, widget

from playground.charts.arena import distances, spread
from playground.concepts.arena import families, gestures, words
from playground.concepts.arena.board import BOARD
from playground.concepts.arena.settings import ArenaSettings
from playground.concepts.generative_models.family_tree import LEAVES
from playground.concepts.image_arena import families as image_families
from playground.engine.desk import Desk
from playground.engine.inline import InlineEngine
from playground.experiments.base import experiment_type
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.browser_events import Event
from playground.ui.tools import contest, own_data

engine, visit = test_pages.engine, test_pages.visit


def start(app: AppTest) -> AppTest:
    """Press Train, unless the page trains already: settings without a stored run do at once."""
    return press(app, "train-button") if "train-button" in keys(app) else app


def finish(app: AppTest, engine: InlineEngine) -> AppTest:
    start(app)
    until(engine, shown_run(app).id, lambda run: run.status.over)
    return sound(app.run())


def _place(app: AppTest) -> list[Any]:
    """Return the coordinates of the place that is asked about."""
    return [item.value for item in app.number_input
            if (item.key or "").startswith("arena-place")]


def test_coming_back_to_settings_shows_the_run_that_was_finished(
        visit: Open, engine: InlineEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment_type("clustering"), "pace", None)
    app = finish(visit("clustering", seed=7), engine)
    before = shown_run(app)
    sound(widget(app, "seed").set_value(8).run())
    assert shown_run(app) is not before and shown_run(app).step == 0
    sound(widget(app, "seed").set_value(7).run())
    assert shown_run(app) is before


def test_training_again_makes_a_new_run_of_the_same_settings(
        visit: Open, engine: InlineEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment_type("clustering"), "pace", None)
    app = finish(visit("clustering", seed=7), engine)
    before = shown_run(app)
    finish(app, engine)
    assert shown_run(app) is not before
    sound(widget(app, "seed").set_value(8).run())
    assert before.id not in engine._runs  # the newer one has taken its place


def test_only_a_few_finished_runs_are_kept(
        visit: Open, engine: InlineEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment_type("clustering"), "pace", None)
    app = visit("clustering", seed=1)
    first = shown_run(finish(app, engine))
    for seed in range(2, 8):
        sound(widget(app, "seed").set_value(seed).run())
        finish(app, engine)
    assert first.id not in engine._runs
    assert len([run for run in engine._runs.values() if not run.stored]) <= 5


def test_a_contest_in_seconds_says_how_much_of_the_time_is_used(
        visit: Open, engine: InlineEngine) -> None:
    app = visit("arena", budget="seconds", seconds=0.2, hidden=16, n_points=50)
    bar = app.get("progress")[0].proto
    assert "% of the time, " in bar.text and bar.value < 50
    finish(app, engine)
    run = shown_run(app)
    assert run.progress == 1
    assert f"{run.step:,} of {run.step:,} steps · finished" in app.get("progress")[0].proto.text


# --- what the arena says

def _last() -> Snapshot:
    metrics = {"top": 1.0, "points": 100.0, "floor_transport": 0.05, "floor_coverage": 0.97}
    for name, family in families.found().items():
        metrics |= {f"{name}_transport": 0.1, f"{name}_coverage": 0.9}
        if family.claim.is_log_p:
            metrics |= {f"{name}_nats": -1.0, f"{name}_rated": 500.0}
    return Snapshot(2000, 1.0, metrics)


def test_the_caption_names_who_leads_and_what_is_suspicious() -> None:
    shot = _last()
    shot.metrics.update(vae_nats=-0.5, kde_nats=-3.0, gan_transport=0.06,
                        histogram_impossible=20.0, histogram_rated=500.0)
    del shot.metrics["histogram_nats"]
    text = words.caption(ArenaSettings(), shot)
    assert "VAE says most: ≥ -0.50" in text and "Closest samples: GAN, at 0.060" in text
    assert "Kernel density draws well and predicts badly" in text
    assert "Histogram scores minus infinity: 20 of 500 held-out points are impossible" in text


def test_the_table_says_what_kind_of_number_each_is() -> None:
    rows = {row["family"]: row for row in contest.rows(BOARD, _last().metrics)}
    column = "held-out log p, nats"
    assert rows["Gaussian"][column] == "-1.00"
    assert rows["VAE"][column] == "≥ -1.00"
    assert rows["GAN"][column] == "n/a"
    assert rows["real data"]["sliced Wasserstein"] == "0.050"


def test_minus_infinity_is_in_the_table_the_csv_and_the_spread_over_seeds() -> None:
    finite, shot = _last().metrics, _last().metrics
    del shot["histogram_nats"]
    shot |= {"histogram_impossible": 20.0, "histogram_rated": 500.0}
    rows = {row["family"]: row for row in contest.rows(BOARD, shot)}
    assert rows["Histogram"]["held-out log p, nats"] == "-∞ (20 of 500 impossible)"
    table = csv.DictReader(io.StringIO(contest.as_csv(BOARD, shot)))
    assert next(row["nats"] for row in table if row["family"] == "histogram") == "-inf"
    assert "<br>-∞ nats" in words.title("histogram", shot)
    seeds = contest.over_seeds(BOARD, [finite, shot], "nats")
    assert seeds["histogram"] == [-1.0, -math.inf] and "gan" not in seeds


def test_the_csv_holds_every_measure_in_full() -> None:
    metrics = _last().metrics | {"gan_transport": 0.123456789}
    text = io.StringIO(contest.as_csv(BOARD, metrics))
    table = {row["family"]: row for row in csv.DictReader(text)}
    assert set(table) == {*families.found(), "floor"}
    assert float(table["gan"]["transport"]) == 0.123456789
    assert table["gan"]["nats"] == "" and table["vae"]["log_p"] == "bound"
    assert table["floor"]["transport"] == "0.05"


def test_a_place_can_be_asked_by_its_numbers(visit: Open) -> None:
    app = visit("arena")
    app.session_state[gestures.PLACE] = (0.5, -0.25)
    explore(app)
    shown = next(item.value for item in app.markdown if item.value.startswith("| family"))
    assert "| VAE | ≥ " in shown and "| GAN | cannot say |" in shown
    assert _place(app) == [0.5, -0.25]


def test_a_click_far_away_in_a_figure_that_is_zoomed_out_is_asked_about_too(visit: Open) -> None:
    app = visit("arena")
    run = shown_run(app)
    session: dict[str, Any] = {}
    with patch("streamlit.session_state", session):
        assert LABS["arena"].act(run, Event("click", "1", "multiples", 17.25, -1e9))
    app.session_state[gestures.PLACE] = session[gestures.PLACE]
    explore(app)
    assert _place(app) == [17.25, -100.0]


def test_a_click_is_answered_by_every_family_beside_the_cursor(visit: Open) -> None:
    run = shown_run(visit("arena"))
    reply = LABS["arena"].answer(run, Event("click", "1", "multiples", 0.5, -0.25))
    assert reply is not None
    lines = reply["text"].splitlines()
    assert lines[0] == "log p(0.50, -0.25), nats" and len(lines) == 1 + len(families.found())
    assert "GAN: cannot say" in lines


def test_a_contest_stands_beside_its_stored_run(visit: Open) -> None:
    app = visit("arena", seed=3)
    app.session_state["tabs-arena"] = "Compare"
    sound(app.run())
    box = app.multiselect(key="compare-with-arena-")
    assert box.options == ["Seed: 0 (stored)"]
    sound(box.set_value(["gallery-arena"]).run())


def test_own_points_are_too_few_at_first(visit: Open) -> None:
    app = visit("arena", dataset="mine")
    assert "six are needed" in caption(app)
    start(app)
    for _ in range(3):
        sound(app.run())
    assert any("there must be 6 points" in error.value for error in app.error)


@pytest.mark.parametrize("asks", [False, True])
def test_a_click_places_a_point_or_asks_as_the_visitor_has_chosen(
        visit: Open, monkeypatch: pytest.MonkeyPatch, asks: bool) -> None:
    own = own_data.OwnData()
    monkeypatch.setattr(own_data, "own_data", lambda: own)
    monkeypatch.setattr(own_data, "click_asks", lambda: asks)
    lab, run = LABS["arena"], shown_run(visit("arena", dataset="mine"))
    click = Event("click", "1", "multiples", 0.5, 0.5)
    reply = lab.answer(run, click)
    assert lab.act(run, click) and bool(own.points) is not asks
    assert (reply["text"] if reply else "") == (
        "There is nobody to ask: draw six points first." if asks else "")


def test_untrained_models_say_how_likely_a_place_is_on_points_of_ones_own(
        visit: Open, engine: InlineEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit("arena", dataset="mine")
    own = app.session_state["own-data"]
    own.points.extend((x / 4, x * x / 9) for x in range(-4, 5))
    own.classes.extend([0] * 9)
    sound(app.run())
    run = shown_run(app)
    assert run.step == 0
    monkeypatch.setattr("playground.ui.bench.ask.desk", lambda moment: Desk.of(engine, run.owner))
    assert "VAE: ≥ " in gestures.answers_text(run, (0.0, 0.1))


# --- the map

def test_a_family_has_one_mark_whoever_else_is_drawn() -> None:
    colors = {"a": "red", "b": "blue"}
    curve = np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])
    both = distances({"a": curve, "b": curve}, None, "", colors)["data"]
    alone = distances({"b": curve}, None, "", colors)["data"]
    dots = spread({"b": [1.0]}, [], "", colors)["data"]
    marks = [trace["marker"]["symbol"] for trace in (both[1], alone[0], dots[0])]
    assert len(set(marks)) == 1 and marks[0] != both[0]["marker"]["symbol"]
    assert alone[0]["marker"]["size"] == [0, 0, 9]


def test_the_best_of_a_column_is_bold() -> None:
    metrics = {"autoregressive_transport": 0.0641, "gan_transport": 0.0639, "vae_transport": 0.07,
               "floor_transport": 0.01}
    found = contest.leaders(BOARD, metrics, "transport")
    rows = [row["family"] for row in contest.rows(BOARD, metrics)]
    assert [rows[row] for row in found] == ["Autoregressive", "GAN"]  # as written
    assert contest.leaders(BOARD, {}, "transport") == []


def test_the_map_clocks_every_leaf_that_has_a_run(visit: Open) -> None:
    app = visit("generative_models")
    for _ in LEAVES:
        sound(app.run())
    table = app.table[0].value
    assert list(table["family"]) == [leaf.title for leaf in LEAVES]
    clocked = dict(zip(table["family"], table["one new datum, ms"], strict=True))
    assert all(float(clocked[leaf.title].split()[0]) > 0 for leaf in LEAVES if leaf.has_page)
    nats = dict(zip(table["family"], table["held-out log p, nats"], strict=True))
    assert nats["VAE"].startswith("≥ -") and nats["GAN"] == "n/a"


# --- the arena on images

def test_a_held_out_picture_goes_through_every_model_of_the_stored_run(visit: Open) -> None:
    app = visit("image_arena")
    app.session_state["image-arena-topic"] = "one"
    explore(app)
    last = shown_run(app).history.last
    judged = last.metrics if last else {}  # a family may be younger than the stored run
    titles = {family.title for name, family in image_families.found().items()
              if any(metric.startswith(f"{name}_") for metric in judged)}
    said = {item.value.split("**")[1]: item.value for item in app.markdown if "**" in item.value}
    assert titles <= set(said)
    assert "cannot say" in said["GAN"] and "≥ -" in said["VAE"]
    pictures = len(app.get("image"))
    sound(next(item for item in app.slider if (item.key or "").startswith("one-picture-rows")
               ).set_value(0).run())
    copies = 4  # of the VAE, the GAN, the flow and the diffusion: the others have no code
    assert len(app.get("image")) == pictures == 1 + copies + 2 * len(titles)


def test_nothing_is_asked_before_something_is_drawn(visit: Open) -> None:
    app = visit("image_arena")
    app.session_state["image-arena-topic"] = "one"
    app.session_state["one-picture-source"] = "own"
    explore(app)
    assert any("Draw a digit" in item.value for item in app.caption)
    assert not app.get("image")


def test_the_table_of_images_names_how_good_the_judging_net_is(visit: Open) -> None:
    app = visit("image_arena")
    app.session_state["image-arena-topic"] = "table"
    explore(app)
    assert any("names 98." in item.value for item in app.caption)
    table = app.table[0].value
    assert list(table["family"])[-1] == "real data" and list(table["bits/dim"])[-2] == "n/a"


def test_a_dear_question_is_not_asked_again_while_the_run_trains(
        visit: Open, engine: InlineEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    honest = InlineEngine.answer

    def noted(self: InlineEngine, owner: str, run: Run, question: str, *more: Any) -> Any:
        asked.append(question)
        return honest(self, owner, run, question, *more)

    monkeypatch.setattr(InlineEngine, "answer", noted)
    app = visit("image_arena", features=8, units=4, hidden=16, batch_size=10)
    app.session_state["image-arena-topic"] = "one"
    start(app)
    explore(app)
    before = shown_run(app).step
    for _ in range(3):
        engine.wait(shown_run(app).id, shown_run(app).step + 1, 60)
        sound(app.run())
    assert shown_run(app).step > before and asked.count("through_all") == 1
    assert any(item.value.startswith("Asked at step") for item in app.caption)
    sound(next(item for item in app.slider if (item.key or "").startswith("one-picture-rows")
               ).set_value(2).run())
    assert asked.count("through_all") == 2
