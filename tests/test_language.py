"""Ready for another language: what a visitor reads is translated, in whole sentences.

All pages are drawn in the language of `pseudo`. The prose alone is English: its language is that
of its folder.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import pytest
import test_pages
from pseudo import bare, glued
from reading import Label, by_labels, of_json, read, whole, without_prose
from streamlit.testing.v1 import AppTest
from test_pages import LABS, PAGES, Open, keys, sound

from playground.language import _
from playground.runs.run import Run
from playground.ui.bench import session
from playground.ui.bench.lab import Lab
from playground.ui.bench.source import source

WORD = re.compile(r"[^\W\d_₀-₉]{2,}")  # a letter alone, or with a number, is a symbol
# What is the same in every language: the name of the app, and signs of mathematics and units.
THE_SAME = {"Generative", "Playground", "log", "dB"}
MOST_OPTIONS = 6

engine, visit = test_pages.engine, test_pages.visit

Found = Iterable[tuple[str, str]]


@pytest.fixture
def abroad(pseudo: None, monkeypatch: pytest.MonkeyPatch, visit: Open) -> Open:
    """Open a page in a language that nobody speaks."""
    by_labels(monkeypatch)
    whole(monkeypatch)
    return visit


def odd(found: Found) -> list[str]:
    """Return which texts are in no language, or glued."""
    told: dict[str, None] = {}
    for where, text in found:
        for rest in without_prose(text):
            words = [word for part in bare(rest) for word in WORD.findall(part)
                     if word not in THE_SAME]
            if words:
                told[f"{where}: {words} in {rest[:160]!r}"] = None
            told |= dict.fromkeys(f"{where}: glued {each}" for each in glued(rest))
    return list(told)


def said(found: Iterable[str]) -> str:
    """Return each of these once, to show where a test fails."""
    return "\n".join(dict.fromkeys(found))


# --- the reader of texts

@pytest.mark.parametrize(("text", "words"), [
    ("⟦All is well⟧", []), ("⟦All⟧ is well", [" is well"]),
    ("⟦So many: ‹points›⟧", ["points"]), ("⟦‹⟦Points⟧›: ‹3›⟧", ["3"]), ("plain", ["plain"])])
def test_a_text_that_is_not_translated_is_seen(text: str, words: list[str]) -> None:
    assert bare(text) == words


@pytest.mark.parametrize(("text", "n"), [
    ("⟦One.⟧ ⟦Two.⟧", 0), ("⟦a⟧⟦, ⟧⟦b⟧", 0), ("⟦a⟧ | ⟦b⟧", 0), ("⟦a⟧\n⟦b⟧", 0), ("⟦a⟧ · ⟦b⟧", 0),
    ("⟦a⟧ ⟦b⟧", 1), ("⟦a⟧: ⟦b⟧", 1), ("⟦a⟧ and ⟦b⟧", 1), ("⟦all ‹⟦a⟧, ⟦b⟧›⟧", 1),
    ("**⟦One.⟧** ⟦Two⟧", 0)])
def test_a_sentence_of_two_pieces_is_seen(text: str, n: int) -> None:
    assert len(glued(text)) == n


def test_a_page_of_prose_is_no_text_of_the_program() -> None:
    assert without_prose("#### Sources\n\nNever written anywhere") == ["Never written anywhere"]


# --- the pages

def _tab(app: AppTest, name: str) -> AppTest:
    app.session_state[f"tabs-{app.session_state['page']}"] = _(name)
    return sound(app.run())


def _press_all(app: AppTest, before: set[str]) -> Iterator[str]:
    for key in sorted(keys(app) - before):
        if key in keys(app):
            app.button(key=key).click()
            yield from odd(read(_tab(app, "Explore")))


def _choose_all(app: AppTest, kind: str) -> Iterator[str]:
    """Choose each option of each widget of a kind by its label, and press what is new then."""
    for number in range(len(app.main.get(kind))):
        for option in app.main.get(kind)[number].options[:MOST_OPTIONS]:
            before = keys(app)
            app.main.get(kind)[number].set_value(Label(option))
            yield from odd(read(_tab(app, "Explore")))
            yield from _press_all(app, before)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_translated_in_all_its_tabs_and_topics(abroad: Open, page: str) -> None:
    app = abroad(page)
    found = odd(read(app))
    if page in LABS:
        before = keys(_tab(app, "How it works"))
        for tab in ("How it works", "Code", "Explore"):
            found += odd(read(_tab(app, tab)))
        found += _press_all(app, before)
        for kind in ("button_group", "selectbox"):
            found += _choose_all(app, kind)
    assert not found, said(found)


def _figures(lab: Lab, run: Run) -> Iterator[tuple[str, str]]:
    """Return all that a run's figures say, at each of its moments."""
    for snapshot in run.history.kept.values():
        yield "caption", lab.caption(run, snapshot)
    last = run.history.last
    assert last
    for name, part in (("frame", lab.frame(run, last)), ("curves", lab.curves(run)),
                       ("illustrations", lab.illustrations(run)), ("numbers", lab.numbers(run))):
        yield from of_json(part, name)
    yield "source", source(run, "").settings


@pytest.mark.usefixtures("abroad")
@pytest.mark.parametrize("concept", LABS)
def test_presets_their_fixes_and_their_stored_runs_are_translated(concept: str) -> None:
    lab = LABS[concept]
    found = []
    for preset in lab.presets:
        found += odd(("preset", _(text))
                     for text in (preset.label, preset.look_for, *preset.fixes))
        for changes in preset.variants().values():
            settings = lab.settings(**changes)
            found += odd(of_json([asdict(panel) for panel in lab.panels(settings)], "panels"))
            if run := session.stored_run(concept, settings):
                found += odd(_figures(lab, run))
    assert not found, said(found)
