"""What an address carries besides the knobs, and how a page takes it."""

import base64
import json
import zlib

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import Open, engine, press, shown_run, sound, toasts, turn, visit, widget

from playground.concepts.clustering.settings import MAX_CLUSTERS
from playground.datasets.own import MAX_POINTS
from playground.engine.inline import InlineEngine
from playground.runs.run import Status
from playground.ui.bench import carried
from playground.ui.bench.carried import Carried, pack, unpack

__all__ = ["engine", "visit"]
POINTS = [(x, x * x % 7 * 1000) for x in range(-20_000, 20_000, 1000)]


def of(plain: object, places: object = ()) -> str:
    body = np.array(places, "<i2").tobytes()
    packed = zlib.compress(json.dumps(plain).encode() + b"\0" + body)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def test_what_is_packed_comes_out_again() -> None:
    all_of_it = Carried(settings={"beta": 1.0}, changes=[(7, {"beta": 4.0}), (9, {"steps": 500})],
                        points=POINTS, classes=[n % 3 for n in range(len(POINTS))],
                        starts=[(1, -2)])
    assert unpack(pack(all_of_it)) == all_of_it
    assert pack(Carried()) == ""


def test_eight_kilobytes_hold_a_thousand_points() -> None:
    places = np.random.default_rng(0).integers(-30_000, 30_000, (1_000, 2)).tolist()
    many = Carried(points=[tuple(place) for place in places])
    assert len(pack(many)) <= carried.MAX_CHARACTERS


@pytest.mark.parametrize("text", [
    "x", "AAAA", "ü", "eNq" * 40, of([]), of({}), of({"n_starts": "a"}),
    of({"n_starts": 0}, [1]), of({"n_starts": 0}, [[30_001, 0]]), of({"n_starts": -1}),
    of({"n_starts": 0, "nothing": 1}),
    of({"n_starts": MAX_POINTS + 1}, [[0, 0]] * (MAX_POINTS + 1)),
    of({"n_starts": 0}, [[0, 0]] * (MAX_POINTS + 1)), of({"n_starts": 0, "changes": [["a", {}]]}),
    of({"n_starts": 0, "settings": ["x"] * 100_000}),
    base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode(),
    "A" * (carried.MAX_CHARACTERS + 1),
], ids=lambda text: text[:12])
def test_a_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="^more must"):
        unpack(text)


def again(visit: Open, app: AppTest) -> AppTest:
    """Open the page's own address as somebody else would."""
    return visit(app.session_state["page"], **app.query_params)


def test_a_link_repeats_the_live_changes_at_their_steps(
        visit: Open, engine: InlineEngine) -> None:
    app = visit("vae", hidden=16, steps=100)
    press(app, "pause")
    sound(widget(app, "beta").set_value(5.0).run())
    press(app, "train-button")
    first = shown_run(app)
    while not first.status.over:
        sound(app.run())
    assert first.changes[0][0] > 0 and first.changes[0][1] == {"beta": 5.0}
    other = again(visit, app)
    second = shown_run(other)
    while not second.status.over:
        sound(other.run())
    assert (second.settings, second.changes) == (first.settings, first.changes)
    assert second.history.last and first.history.last
    assert second.history.last.metrics == first.history.last.metrics


def test_a_link_brings_the_points_that_were_drawn(visit: Open) -> None:
    app = visit("clustering", dataset="mine", more=pack(Carried(points=POINTS[:9])))
    assert not toasts(app)
    run = shown_run(app)
    assert [tuple(np.round(np.array(place) * carried.GRID).astype(int))
            for place in run.settings.points] == POINTS[:9]
    assert run.status is not Status.PAUSED and "more" in app.query_params
    turn(app, {"dataset": "blobs"})
    assert "more" not in app.query_params


def test_a_link_brings_the_starts_of_centroids(visit: Open) -> None:
    app = visit("clustering", start="clicks", more=pack(Carried(starts=[(0, 0), (5000, 9000)])))
    assert not toasts(app)
    assert shown_run(app).settings.starts[:2] == ((0.0, 0.0), (0.5, 0.9))
    assert unpack(app.query_params["more"]).starts[:2] == [(0, 0), (5000, 9000)]


@pytest.mark.parametrize(("page", "n"), [("clustering", MAX_CLUSTERS + 1), ("arena", 1)])
def test_starts_that_a_page_cannot_take_are_a_damaged_link(
        visit: Open, page: str, n: int) -> None:
    app = visit(page, more=pack(Carried(starts=[(0, 0)] * n)))
    assert [toast.startswith("This link is damaged") for toast in toasts(app)] == [True]


@pytest.mark.parametrize("more", [
    "rubbish", pack(Carried(settings={"hidden": 8}, changes=[(3, {"hidden": 16})])),
    pack(Carried(settings={"beta": 2.0}, changes=[(3, {"beta": 9.0})])),
    pack(Carried(settings={"beta": 2.0}, changes=[(3, {"beta": -1})])),
    pack(Carried(settings={"nothing": 2.0}, changes=[(3, {"beta": 1.0})])),
    pack(Carried(settings={"self": 2.0}, changes=[(3, {"beta": 1.0})])),
    pack(Carried(settings={"beta": 2.0}, changes=[(9, {"beta": 3.0}), (3, {"beta": 1.0})])),
], ids=["damaged", "not live", "another end", "out of range", "no such knob", "no knob at all",
        "not in order"])
def test_a_link_whose_load_does_not_fit_says_so_and_its_knobs_count(
        visit: Open, more: str) -> None:
    app = visit("vae", hidden=16, more=more)
    assert len(toasts(app)) == 1 and "link" in toasts(app)[0]
    assert shown_run(app).settings.hidden == 16 and not shown_run(app).changes


def test_points_that_are_too_many_for_a_link_are_left_out_with_a_word(visit: Open) -> None:
    app = visit("clustering", dataset="mine", more=pack(Carried(points=POINTS[:9])))
    places = np.random.default_rng(0).uniform(-3, 3, (1_900, 2)).round(4).tolist()
    own = app.session_state["own-data"]
    own.points, own.classes = [tuple(place) for place in places], [0] * len(places)
    sound(app.run())
    assert "more" not in app.query_params and app.query_params["dataset"] == "mine"
    assert any("does not carry your points and changes" in item.value for item in app.caption)


def test_many_changes_are_carried_and_too_many_are_left_out_with_a_word(
        visit: Open, engine: InlineEngine) -> None:
    app = visit("vae", hidden=16, steps=1000)
    press(app, "pause")
    run = shown_run(app)
    run.changes = [(step // 2 + 1, {"beta": float(step % 7)}) for step in range(300)]
    sound(widget(app, "beta").set_value(5.0).run())
    changes = unpack(app.query_params["more"]).changes
    assert len(changes) == 150 and changes[0] == (1, {"beta": 1.0})
    numbers = np.random.default_rng(0).random(5_000)
    run.changes = [(step + 1, {"beta": float(value)}) for step, value in enumerate(numbers)]
    run.changes.append((5_001, {"beta": 5.0}))
    sound(app.run())
    assert any("does not carry your points and changes" in item.value for item in app.caption)


def test_a_link_to_a_run_that_went_further_ends_where_it_ended(
        visit: Open, engine: InlineEngine) -> None:
    app = visit("vae", hidden=16, steps=100)
    while not shown_run(app).status.over:
        sound(app.run())
    press(sound(app.run()), "further")
    while shown_run(app).step < 200:
        sound(app.run())
    sound(app.run())
    assert app.query_params["steps"] == "200"
    other = again(visit, app)
    while not shown_run(other).status.over:
        sound(other.run())
    assert not toasts(other) and shown_run(other).step == 200
