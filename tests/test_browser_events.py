"""What a browser sends is checked on arrival; the language it asks for is one that there is."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground import language
from playground.ui.bench import live_plot, locale
from playground.ui.bench.browser_events import Event, Shown, Stroke, heard
from playground.ui.tools import paint

CLICK = {"kind": "click", "id": "a-1", "panel": "latent", "x": 0.5, "y": -1, "trace": "points",
         "index": 3, "seq": 7}


class Page:
    """The session of a page, whose browser has sent something to a component."""

    def __init__(self, key: str, **sent: object) -> None:
        self.session_state: dict[str, Any] = {key: sent}


def sent(monkeypatch: pytest.MonkeyPatch, module: Any, **values: object) -> Page:
    page = Page("it", **values)
    monkeypatch.setattr(module, "st", page)
    return page


def test_what_fits_arrives_whole() -> None:
    event = heard(Event, CLICK)
    assert event == Event("click", "a-1", "latent", 0.5, -1.0, "points", 3, 7)
    stroke = heard(Event, {"kind": "stroke", "id": "a-2", "path": [[0.5, 1], [2, 3.5]]})
    assert stroke and stroke.path == [[0.5, 1], [2, 3.5]]


ODD: list[Any] = [
    None, 3, "click", [], {}, {1: 2}, {"kind": "click", 3: 4}, CLICK | {"kind": "explode"},
    CLICK | {"kind": None}, CLICK | {"x": "0.5"}, CLICK | {"x": math.nan}, CLICK | {"y": math.inf},
    CLICK | {"x": [1]}, CLICK | {"index": -1}, CLICK | {"index": 1.5}, CLICK | {"index": True},
    CLICK | {"seq": "7"}, CLICK | {"trace": {"name": "x"}}, CLICK | {"panel": 3},
    CLICK | {"id": "x" * 999}, CLICK | {"id": None}, CLICK | {"path": 3},
    CLICK | {"path": [[1.0]]}, CLICK | {"path": [[1.0, math.nan]]}, CLICK | {"path": [[1, 2, 3]]},
    CLICK | {"path": [[0.0, 0.0]] * 5_000}]


@pytest.mark.parametrize("odd", ODD)
def test_what_does_not_fit_is_as_if_never_sent(
        odd: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert heard(Event, odd) is None
    sent(monkeypatch, live_plot, event=odd)
    assert live_plot.read_event("it", "run") is None


def test_an_event_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    page = sent(monkeypatch, live_plot, event=CLICK)
    assert live_plot.read_event("it") == heard(Event, CLICK)
    page.session_state["it-handled"] = "a-1"
    assert live_plot.read_event("it") is None


@pytest.mark.parametrize(("asked", "since"), [
    ({"run": "ann", "since": 4}, 4), ({"run": "ann", "since": -1}, -1),
    ({"run": "bob", "since": 4}, None), ({"run": "ann"}, None),
    ({"run": "ann", "since": "4"}, None), ({"run": "ann", "since": -7}, None),
    ({"since": 4}, None), ("all", None), (None, None)])
def test_frames_are_asked_for_by_the_run_and_a_number(
        monkeypatch: pytest.MonkeyPatch, asked: object, since: int | None) -> None:
    sent(monkeypatch, live_plot, resync=asked)
    event = live_plot.read_event("it", "ann")
    assert (event and (event.kind, event.since)) == (None if since is None else ("resync", since))


@pytest.mark.parametrize(("shown", "seq"), [
    ({"run": "ann", "seq": 4}, 4), ({"run": "bob", "seq": 4}, None), ({"run": "ann"}, None),
    ({"run": "ann", "seq": None}, None), ({"run": "ann", "seq": -2}, None), (7, None)])
def test_the_moment_shown_is_a_frame_of_the_run(
        monkeypatch: pytest.MonkeyPatch, shown: object, seq: int | None) -> None:
    sent(monkeypatch, live_plot, shown=shown)
    assert live_plot.read_shown("it", "ann") == seq
    assert heard(Shown, shown) is None or isinstance(shown, dict)


@pytest.mark.parametrize(("cells", "painted"), [
    ([[0, 1], [2, 2]], [(0, 1), (2, 2)]), ([[0, 1], [3, 0], [0, 3]], [(0, 1)]),
    ([[0, -1]], []), ([[0.5, 1]], []), ([[0]], []), ("all", []), ([[0, 0]] * 20_000, [])])
def test_only_cells_of_the_grid_are_painted(
        monkeypatch: pytest.MonkeyPatch, cells: object, painted: list[tuple[int, int]]) -> None:
    sent(monkeypatch, paint, stroke={"id": "a", "cells": cells})
    assert paint.stroke("it", 3, 3) == painted
    assert paint.stroke("it", 3, 3) == []


def test_a_stroke_without_a_name_is_none() -> None:
    assert heard(Stroke, {"cells": [[0, 0]]}) is None


# --- the language

@pytest.fixture
def languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """English, German and Brazilian Portuguese, in a folder beside one that is no language's."""
    for code in ("de", "pt_BR"):
        (tmp_path / "locales" / code).mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    monkeypatch.setattr(language, "LOCALES", tmp_path / "locales")
    language.known.cache_clear()
    yield tmp_path
    language.known.cache_clear()


@pytest.mark.parametrize(("asked", "code"), [
    ("de", "de"), ("de-AT", "de"), ("DE-at", "de"), ("pt-BR", "pt_BR"), ("pt-PT", "en"),
    ("en-GB", "en"), ("fr", "en"), ("", "en"), (None, "en"), ("../secret", "en"), ("..", "en"),
    (".", "en"), ("/etc", "en"), ("de/../../secret", "en"), ("de\0", "en"), ("*", "en"),
    ("x" * 10_000, "en")])
def test_the_language_is_one_that_there_is(languages: Path, asked: str | None, code: str) -> None:
    assert language.nearest(asked) == code


def test_the_browsers_wish_is_a_page_language(
        languages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Streamlit:
        class context:
            locale = "../secret"

    monkeypatch.setattr(locale, "st", Streamlit)
    before = language.language.set("de")
    try:
        locale.set_language()
        assert language.language.get() == "en"
    finally:
        language.language.reset(before)
