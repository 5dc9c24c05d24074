"""The visitor's own data on the pages: a file, its choices, drawn points, and the way back."""

from collections.abc import Iterator

import numpy as np
import pytest
from polling import newest
from streamlit.testing.v1 import AppTest
from test_pages import LABS, Open, caption, engine, shown_run, sound, visit, widget

from playground.datasets.own import OwnPointsSettings
from playground.datasets.own_csv import read
from playground.ui.bench import session
from playground.ui.bench.browser_events import Event
from playground.ui.tools import own_data

__all__ = ["engine", "visit"]

PAGES = [name for name, lab in LABS.items() if issubclass(lab.settings, OwnPointsSettings)]
ROWS = "\n".join(f"{x},{x * x % 7},{-3 * x},{'ab'[x % 2]}" for x in range(1, 21))
FILE = f"one,two,three,kind\n{ROWS}\n".encode()
every_page = pytest.mark.parametrize("page", PAGES)


def upload(app: AppTest, raw: bytes, name: str = "data.csv") -> AppTest:
    uploader = app.file_uploader[0]
    return sound(uploader.set_value((name, raw, "text/csv")).run())


def warnings(app: AppTest) -> str:
    return " ".join(item.value for item in app.warning)


def captions(app: AppTest) -> str:
    return " ".join(item.value for item in app.caption)


@pytest.fixture
def app(visit: Open) -> Iterator[AppTest]:
    """The clustering page with an uploaded file."""
    yield upload(visit("clustering", dataset="mine"), FILE)


@every_page
def test_a_file_becomes_the_data(visit: Open, page: str) -> None:
    on_a_plane = {"estimator": "kde"} if page == "density_estimation" else {}
    app = upload(visit(page, dataset="mine", **on_a_plane), FILE)
    settings = shown_run(app).settings
    n = min(3, LABS[page].settings.max_columns)
    assert settings.columns == ("one", "two", "three")[:n]
    assert np.asarray(settings.points).shape == (20, n)
    assert settings.classes == (1, 0) * 10
    assert "20 rows" in captions(app) and "kind" in captions(app)
    assert not app.warning
    table = session.engine().ask(shown_run(app).id, "table")
    assert table["columns"] == list(settings.columns)
    order = np.argsort(table["rows"][:, 0])
    np.testing.assert_array_equal(table["rows"][order], np.asarray(settings.points, np.float32))
    assert table["classes"][order].tolist() == [1, 0] * 10


def test_columns_classes_and_scale_can_be_chosen(app: AppTest) -> None:
    before = np.asarray(shown_run(app).settings.points)
    sound(app.multiselect(key="own-columns").set_value(["three", "one"]).run())
    assert shown_run(app).settings.columns == ("three", "one")
    sound(app.selectbox(key="own-class_column").set_value(None).run())
    assert shown_run(app).settings.classes == ()
    sound(app.toggle(key="own-standardise").set_value(False).run())
    raw = np.asarray(shown_run(app).settings.points)
    np.testing.assert_allclose(raw.std(axis=0)[0] / raw.std(axis=0)[1], 3, rtol=1e-5)
    assert before.std(axis=0)[0] == pytest.approx(before.std(axis=0)[1], rel=1e-5)


def test_too_few_columns_are_said_and_nothing_breaks(app: AppTest) -> None:
    sound(app.multiselect(key="own-columns").set_value(["one"]).run())
    assert "There must be 2 columns or more to look at, got 1" in warnings(app).replace("\\", "")
    assert shown_run(app).settings.points == ()
    sound(app.multiselect(key="own-columns").set_value(["one", "two"]).run())
    assert not app.warning and len(shown_run(app).settings.points) == 20


def test_one_column_is_enough_for_a_density_on_a_line(visit: Open) -> None:
    app = upload(visit("density_estimation", dataset="mine"), b"x\n" + b"1\n2\n4\n8\n9\n11\n")
    run = shown_run(app)
    assert run.settings.on_a_line and newest(run).arrays["density"].ndim == 1
    sound(widget(app, "axis").set_value("second").run())
    assert newest(shown_run(app)).arrays["density"].ndim == 1


def test_a_file_without_classes_is_told_where_to_choose_them(visit: Open) -> None:
    app = visit("supervised_vs_unsupervised", dataset="mine")
    upload(app, b"a,b\n" + b"".join(b"%d,%d\n" % (i, -i) for i in range(20)))
    assert "choose a column under “Classes from”, or hide the labels" in caption(app)


def test_a_refused_file_says_why_and_what_was_there_stays(visit: Open) -> None:
    app = visit("clustering", dataset="mine")
    own_data_of(app).points.extend([(0.0, 1.0)] * 5)
    own_data_of(app).classes.extend([0] * 5)
    sound(app.run())
    upload(app, b"a,b\n1,2\n3\n", "<b>x*.csv")
    assert r"got 1 in line 3\." in warnings(app) and r"\<b\>x\*\.csv" in warnings(app)
    assert shown_run(app).settings.points == ((0.0, 1.0),) * 5
    upload(app, FILE)
    assert not app.warning and len(shown_run(app).settings.points) == 20


def test_a_file_goes_along_to_other_pages_and_back(app: AppTest) -> None:
    sound(app.multiselect(key="own-columns").set_value(["two", "three"]).run())
    points = shown_run(app).settings.points
    sound(app.switch_page("pages/density_estimation.py").run())
    sound(widget(app, "dataset").set_value("mine").run())
    assert shown_run(app).settings.points == points
    app.query_params.clear()
    sound(app.switch_page("pages/clustering.py").run())
    assert shown_run(app).settings.points == points


def test_a_forgotten_file_leaves_the_drawn_points(app: AppTest) -> None:
    own_data_of(app).points.append((0.5, 0.5))
    own_data_of(app).classes.append(0)
    assert "take-back" not in {button.key for button in app.button}
    sound(app.button(key="own-forget").click().run())
    assert shown_run(app).settings.points == ((0.5, 0.5),)
    assert {"take-back", "clear"} <= {button.key for button in app.button}
    sound(app.button(key="take-back").click().run())
    assert shown_run(app).settings.points == ()


def own_data_of(app: AppTest) -> own_data.OwnData:
    return app.session_state["own-data"]


@every_page
def test_clicks_draw_on_every_page(
        visit: Open, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app, lab = visit(page, dataset="mine"), LABS[page]
    own = own_data.OwnData()
    monkeypatch.setattr(own_data, "own_data", lambda: own)
    run = shown_run(app)
    for x in range(4):
        assert lab.act(run, Event("click", "id", lab.canvas, x / 2, 0.25))
    assert len(own.points) == 4 and own.points[2][0] == 1.0
    assert not lab.act(run, Event("click", "id", lab.canvas, 3.5, 0.0))
    assert not lab.act(run, Event("click", "id", "elsewhere", 0.5, 0.0))
    assert not lab.act(run, Event("hover", "id", lab.canvas, 0.5, 0.0))
    own.table = read(FILE)
    acted = lab.act(run, Event("click", "id", lab.canvas, 0.5, 0.0))
    assert acted == bool(lab.click_asks) and len(own.points) == 4  # it asks, or does nothing


def test_every_sign_of_markdown_is_escaped() -> None:
    assert own_data.plain("*a* [b](c) $x$ :red[y]") == (
        r"\*a\* \[b\]\(c\) \$x\$ \:red\[y\]")
