"""Ready for another language: what a visitor reads is translated, in whole sentences.

All pages are drawn in the language of `pseudo`. The prose alone is English: its language is that
of its folder.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest
import test_pages
from polling import newest
from pseudo import Pseudo, bare, glued
from reading import Label, by_labels, of_json, read, whole, without_prose
from sklearn.datasets import load_wine
from streamlit.testing.v1 import AppTest
from test_pages import LABS, PAGES, SHORT, Open, keys, press, sent, shown_run, sound, toasts
from together import what_shows

from playground import language
from playground.datasets.own import OwnPointsSettings
from playground.engine.inline import InlineEngine
from playground.language import _, sentences
from playground.runs.run import Run
from playground.settings import Settings
from playground.ui.bench import contents, live_plot, page, plotly, session
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Lab
from playground.ui.bench.plotly_words import WORDS, plotly_words
from playground.ui.bench.source import source
from playground.ui.bench.style import chart

WORD = re.compile(r"[^\W\d_₀-₉]{2,}")  # a letter alone, or with a number, is a symbol
# What is the same in every language: the name of the app, and signs of mathematics and units.
THE_SAME = {"Generative", "Playground", "log", "dB"}
MOST_OPTIONS = 6
SLOW = {"umap"}  # compiles for seconds, and says what the other maps say

engine, visit = test_pages.engine, test_pages.visit

Found = Iterable[tuple[str, str]]


@pytest.fixture
def abroad(pseudo: None, monkeypatch: pytest.MonkeyPatch, visit: Open) -> Open:
    """Open a page in a language that nobody speaks."""
    by_labels(monkeypatch)
    whole(monkeypatch)
    return visit


def odd(found: Found, names: Collection[str] = ()) -> list[str]:
    """Return which texts are in no language, or glued.

    Args:
        names: of data, or of what stands in an address: they are the same for everybody.
    """
    told: dict[str, None] = {}
    for where, text in found:
        for rest in without_prose(text):
            words = [word for part in bare(rest) for word in WORD.findall(part)
                     if word not in THE_SAME and word not in names]
            if words:
                told[f"{where}: {words} in {rest[:160]!r}"] = None
            if "something went wrong" in rest:
                told[f"{where}: {rest}"] = None
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
    ("⟦‹⟦One.⟧› ‹⟦Two.⟧›⟧", 0), ("⟦a⟧⟦, ⟧⟦b⟧", 0), ("⟦a⟧ | ⟦b⟧", 0), ("⟦a⟧\n⟦b⟧", 0),
    ("⟦a⟧ · ⟦b⟧", 0), ("⟦a⟧ ⟦b⟧", 1), ("⟦a⟧: ⟦b⟧", 1), ("⟦a⟧ and ⟦b⟧", 1),
    ("⟦all ‹⟦a⟧, ⟦b⟧›⟧", 1), ("⟦One.⟧ ⟦Two.⟧", 1), ("**⟦One.⟧** ⟦Two.⟧", 1)])
def test_two_texts_that_nothing_translated_joins_are_seen(text: str, n: int) -> None:
    assert len(glued(text)) == n


def test_a_page_of_prose_is_no_text_of_the_program() -> None:
    assert without_prose("#### Sources\n\nNever written anywhere") == ["Never written anywhere"]


# --- one sentence after another

PAIR = "{sentence} {next}"


class Unspaced(Pseudo):
    """A language that has no blank between two sentences, as Chinese."""

    def gettext(self, message: str) -> str:
        """As in the language that nobody speaks, but for two sentences."""
        return "{sentence}{next}" if message == PAIR else super().gettext(message)


def test_sentences_follow_each_other_as_their_language_has_it(
        monkeypatch: pytest.MonkeyPatch) -> None:
    assert sentences("One.", "", "{Two}.", "Three.") == "One. {Two}. Three."
    assert sentences() == sentences("", "") == "" and sentences("", "One.") == "One."
    monkeypatch.setattr(language, "_catalogue", lambda _code: Unspaced())
    assert sentences("One.", "", "{Two}.", "Three.") == "One.{Two}.Three."


@pytest.mark.parametrize("concept", LABS)
def test_captions_have_no_blank_between_sentences_where_their_language_has_none(
        monkeypatch: pytest.MonkeyPatch, concept: str) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda _code: Unspaced())
    lab = LABS[concept]
    run = session.stored_run(concept, lab.settings())
    assert run
    captions = [lab.caption(run, snapshot) for snapshot in run.history.kept.values()]
    assert captions and not [text for text in captions if re.search(r"⟧\s+⟦", text)]


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
    def widgets() -> list[Any]:
        return list(app.main.get(kind))

    for number in range(len(widgets())):
        for option in widgets()[number].options[:MOST_OPTIONS]:
            before = keys(app)
            widgets()[number].set_value(Label(option))
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


def _models(kind: type[Settings]) -> Iterator[dict[str, Any]]:
    """Return changes that choose each model, method or game in turn."""
    for name, item in kind.knobs().items():
        if item.group == "Model":
            yield from (what_shows(kind, name) | {name: value} for value in item.choices
                        if value not in (kind.default(name), *SLOW))


@pytest.mark.usefixtures("abroad")
@pytest.mark.parametrize("concept", LABS)
def test_what_every_model_says_is_translated(engine: InlineEngine, concept: str) -> None:
    lab, found = LABS[concept], []
    for changes in _models(lab.settings):
        settings = lab.settings(**SHORT.get(concept, {}) | changes)
        run_id = engine.start(concept, settings, "ann")
        engine.wait(run_id, 2)
        run = engine.poll(run_id).run
        found += odd(of_json([asdict(panel) for panel in lab.panels(settings)], "panels"))
        found += odd(_figures(lab, run))
        engine.drop(run_id)
    assert not found, said(found)


@pytest.mark.parametrize("concept", LABS)
def test_a_training_from_its_first_step_is_translated(abroad: Open, concept: str) -> None:
    app = abroad(concept, **SHORT.get(concept, {}))
    found = []
    for key in ("reset", "step", "step", "train-button", "pause"):
        if key in keys(app):
            found += odd(read(press(app, key)))
    for tab in ("Explore", "How it works"):
        found += odd(read(_tab(app, tab)))
    assert not found, said(found)


@pytest.mark.parametrize("concept", LABS)
def test_a_link_that_is_not_allowed_is_answered_in_the_visitors_language(
        abroad: Open, concept: str) -> None:
    kind = LABS[concept].settings
    app = abroad(concept, **{name: "-1e9" for name in kind.knobs()})
    assert len(toasts(app)) == len(kind.knobs())
    values = [value for item in kind.knobs().values() for value in ("honest", *item.choices)]
    found = odd(read(app), names=set(WORD.findall(" ".join(values))))
    assert not found, said(found)


@pytest.mark.parametrize("concept", [name for name, lab in LABS.items()
                                     if issubclass(lab.settings, OwnPointsSettings)])
def test_the_visitors_own_points_are_asked_for_in_their_language(
        abroad: Open, concept: str) -> None:
    app = abroad(concept, dataset="mine")
    found = odd(read(app))
    for tab in ("Explore", "How it works", "Code"):
        found += odd(read(_tab(app, tab)))
    assert not found, said(found)


@pytest.mark.parametrize("concept", LABS)
def test_what_can_be_asked_of_a_stored_preset_is_translated(abroad: Open, concept: str) -> None:
    lab, found = LABS[concept], []
    app = _tab(abroad(concept), "Explore")
    for number, preset in enumerate(lab.presets[1:], start=1):
        if session.stored_run(concept, lab.settings(**preset.changes)):
            found += odd(read(press(app, f"preset-{number}")))
            found += odd(read(_tab(app, "How it works")))
            _tab(app, "Explore")
    assert not found, said(found)


# --- what a visitor does there

def _do(app: AppTest, patch: pytest.MonkeyPatch, event: Event) -> AppTest:
    """Let the browser tell of something, once."""
    news = iter([event])
    patch.setattr(page, "read_event", lambda _key, _run: next(news, None))
    return sound(app.run())


ASKED_OF = {"dimensionality_reduction": {"dataset": "wine", "method": "pca"}}
COLUMNS = set(WORD.findall(" ".join(load_wine().feature_names)))  # of those data
ANSWERS = [name for name, lab in LABS.items() if type(lab).answer is not Lab.answer]


@pytest.mark.parametrize("concept", ANSWERS)
def test_what_stands_beside_the_cursor_is_translated(
        abroad: Open, monkeypatch: pytest.MonkeyPatch, concept: str) -> None:
    app, lab, told = abroad(concept, **ASKED_OF.get(concept, {})), LABS[concept], []
    for panel in lab.panels(shown_run(app).settings):
        for kind in {"hover", "click"} & set(panel.events):
            for x, trace in ((0.5, None), (0.5, "points"), (5.0, None)):
                event = Event(kind, f"{panel.name} {x} {trace}", panel.name, x, 0.5, trace, 0)  # type: ignore[arg-type]
                if reply := sent(_do(app, monkeypatch, event))["answer"]:
                    told.append(("answer", reply["text"]))
    found = odd(told, COLUMNS)
    assert told and not found, said(found)


def test_a_point_of_a_figure_is_known_in_every_language(
        abroad: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = abroad("density_estimation", dataset="line", estimator="kde")
    texts = [sent(_do(app, monkeypatch, Event("hover", str(part), "density", 0.1, 0.0, part, 3)))[
        "answer"]["text"] for part in ("points", None)]
    assert "The point at" in texts[0] and "The point at" not in texts[1]


def test_a_handle_is_known_in_every_language(
        abroad: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = abroad("dimensionality_reduction")
    before = app.session_state["angle"]
    _do(app, monkeypatch, Event("drag", "1", "plane", 0.3, 2.0, "handle", 0, path=[[0.3, 2.0]]))
    assert sound(app.run()).session_state["angle"] != before
    app = abroad("density_estimation", estimator="ascent")
    _do(app, monkeypatch, Event("drag", "2", "density", 1.5, 0.2, "mean", 0))
    assert sound(app.run()).session_state["mean"] == 1.5


@pytest.mark.parametrize("name", ["plane", "density", "hill"])
def test_a_part_that_can_be_dragged_has_the_name_that_its_page_waits_for(
        abroad: Open, name: str) -> None:
    changes = {} if name == "plane" else {"estimator": "ascent"}
    concept = "density_estimation" if changes else "dimensionality_reduction"
    run = shown_run(abroad(concept, **changes))
    drawn = LABS[concept].frame(run, newest(run))[name]["data"]
    parts = {trace["meta"]["part"] for trace in drawn if trace.get("meta", {}).get("draggable")}
    assert parts == {"plane": {"handle"}, "density": {"mean", "sigma"}, "hill": {"here"}}[name]


def test_a_preset_is_taken_and_mended_in_every_language(abroad: Open) -> None:
    number = next(n for n, preset in enumerate(LABS["vae"].presets) if preset.breaks)
    preset = LABS["vae"].presets[number]
    app = press(abroad("vae"), f"preset-{number}")
    assert shown_run(app).settings == LABS["vae"].settings(**preset.changes)
    app = press(app, "fix-it-0")
    assert shown_run(app).settings == LABS["vae"].settings(**{**preset.changes, **preset.fix})
    assert "before" in {panel["name"] for panel in sent(app)["lasting"]["parts"]["panels"]}


@pytest.mark.usefixtures("pseudo")
def test_the_table_of_contents_and_the_words_around_figures_are_translated(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents.st, "Page", lambda _path, **said: SimpleNamespace(**said))
    pages = contents.sections()
    found = odd(("section", name) for name in pages)
    found += odd(("page", page.title) for each in pages.values() for page in each)
    found += odd(("label", text) for text in live_plot.labels().values())
    assert len(pages) == 3 and not found, said(found)


def test_plotly_has_its_own_words_from_us(pseudo: None) -> None:
    config = plotly_words()
    dictionary = config["locales"][config["locale"]]["dictionary"]
    assert dictionary == {word: Pseudo().gettext(word) for word in WORDS}
    code = plotly.code(whole=True)
    assert [word for word in WORDS if word.rstrip(":") not in code] == []
    assert chart()["locale"] == config["locale"]


def test_in_english_plotly_says_what_it_always_says() -> None:
    assert plotly_words() == {}
