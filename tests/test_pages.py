"""The pages, drawn without a browser on an engine without a worker."""

import ast
import contextlib
import io
import itertools
import json
import math
import re
import runpy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from polling import DIVERGING, newest, until
from small import shorten
from streamlit.testing.v1 import AppTest
from together import together, what_shows

from playground import concepts, links
from playground.concepts.applications import experiment as applications
from playground.concepts.image_arena import data as image_arena
from playground.engine import scheduler
from playground.engine.inline import InlineEngine
from playground.engine.limits import Limits
from playground.experiments import autoregressive
from playground.experiments.base import experiment_type
from playground.language import prose
from playground.presets import Preset
from playground.runs.run import Run, Status
from playground.settings import Knob, Settings
from playground.training import recipe
from playground.ui.bench import guard, how_it_works, session
from playground.ui.bench.lab import Lab
from playground.ui.tools.drawing_time import milliseconds

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
QUICK: dict[str, dict[str, Any]] = {
    "applications": {"dataset": "digits", "features": 8, "batch_size": 10},
    "arena": {"hidden": 16},
    "vae": {"hidden": 16},
    "autoencoder": {"batch_size": 10},
    "dcgan": {"dataset": "digits", "features": 8, "batch_size": 10},
    "diffusion": {"hidden": 16, "waves": 8, "batch_size": 10, "sampling_steps": 4},
    "flow_matching": {"hidden": 16, "layers": 1, "batch_size": 10, "solver_steps": 4},
    "gan": {"hidden": 16, "layers": 1},
    "image_arena": {"features": 8, "units": 4, "hidden": 16, "batch_size": 10},
    "pixel_cnn": {"features": 8, "blocks": 1, "batch_size": 10},
    "pixel_rnn": {"units": 4, "batch_size": 10},
    "pixel_transformer": {"width": 8, "blocks": 1, "heads": 2, "batch_size": 10},
}
# Sections about what no snapshot holds: training pictures, states, fresh codes, other data.
NEED_THE_WORKER = {
    "dcgan": {"Learned by heart?"},
    "diffusion": {"How likely is a datum?", "The best net would be useless",
                  "Where it goes wrong"},
    "density_estimation": {"Why not do this with pictures?"},
    "gsn": {"What it cannot say"},
    "pixel_rnn": {"One step of an LSTM"},
    "vae": {"A tighter bound"},
}
# Pages whose first topic of Explore has no button, and one that has.
OTHER_TOPIC = {"flow_matching": ("flow-topic", "errors"), "gan": ("gan-topic", "best"),
               "image_arena": ("image-arena-topic", "one")}
CONTESTS = ("applications", "arena", "image_arena")  # they train many
FEW_SAMPLES = dict.fromkeys(autoregressive.N_SAMPLES, 4)  # drawn pixel by pixel at each look
SHORT = {name: changes | {"steps": 100} for name, changes in QUICK.items()}


def _labs() -> Iterator[Lab]:
    """Read each page's file behind a closed gate: everything is defined and nothing is drawn."""
    with patch.object(guard, "pass_gate", return_value=False):
        for page in PAGES:
            for item in runpy.run_path(str(ROOT / "pages" / f"{page}.py")).values():
                if isinstance(item, type) and issubclass(item, Lab) and item is not Lab:
                    yield item()


LABS = {lab.concept: lab for lab in _labs()}
PRESETS = [pytest.param(lab.concept, number, id=f"{lab.concept}-{preset.label}")
           for lab in LABS.values() for number, preset in enumerate(lab.presets)]
BROKEN = [(concept, next(n for n, preset in enumerate(lab.presets) if preset.breaks))
          for concept, lab in LABS.items()]
STARTED = (Status.RUNNING, Status.FINISHED)  # some runs have four steps

Open = Callable[..., AppTest]


class PromptEngine(InlineEngine):
    """An engine that is ready at once."""

    def warm_up(self, delay: float = 0.0) -> None:
        """Do nothing."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[InlineEngine]:
    """The engine of all pages in this test."""
    monkeypatch.setattr(scheduler, "SLICE_SECONDS", 0.002)  # each look at a run trains it
    monkeypatch.setattr(autoregressive, "N_SAMPLES", FEW_SAMPLES)
    for contest in (applications, image_arena):
        monkeypatch.setattr(contest, "N_JUDGED", dict.fromkeys(contest.N_JUDGED, 40))
    made = PromptEngine(slices=1)
    monkeypatch.setattr(session.cluster, "chosen", lambda **_more: made)
    session.engine.clear()
    yield made
    session.engine.clear()
    made.close()


@pytest.fixture
def visit(engine: InlineEngine) -> Open:
    """Open a page by its link."""

    def open_page(page: str, **address: object) -> AppTest:
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=90)
        if page != "home":
            app.switch_page(f"pages/{page}.py")
        for name, value in address.items():
            app.query_params[name] = str(value)
        if page in LABS:
            app.session_state[f"tabs-{page}"] = "How it works"  # Explore asks much of a slow CPU
        return sound(app.run())

    return open_page


def sound(app: AppTest) -> AppTest:
    """Return the app; fail if a page raised, or has caught what a part of it raised."""
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert not [text.value for text in app.warning if "could not be drawn" in text.value]
    return app


def sent(app: AppTest) -> dict[str, Any]:
    """Return what the page has sent to its figures."""
    texts = (item.proto.json for item in app.get("bidi_component") if item.proto.json)
    return next(data for data in map(json.loads, texts) if "kept" in data)


def caption(app: AppTest) -> str:
    """Return the sentence under the figures that was sent last."""
    return str(sent(app)["frames"][-1]["caption"])


def press(app: AppTest, key: str) -> AppTest:
    return sound(app.button(key=key).click().run())


def shown_run(app: AppTest) -> Run[Any]:
    """Return the run on the screen as it stands, without training it."""
    return session.engine()._runs[app.session_state[f"bench:{app.session_state['page']}"].run]


def until_gone(engine: InlineEngine, *run_ids: str) -> None:
    """Work until runs that were left have ended, in pieces, and are forgotten."""
    end = time.monotonic() + 60
    while set(run_ids) & engine._runs.keys():
        assert time.monotonic() < end, "who is left must end and be forgotten"
        engine.scheduler.advance()


def stepped(app: AppTest, engine: InlineEngine) -> Run[Any]:
    """Press Step; return the run when it is done, which may be later than the page is drawn."""
    before = shown_run(app).step
    run = shown_run(press(app, "step"))
    engine.wait(run.id, before + 1, 60.0)
    return run


def at_rest(engine: InlineEngine, run: Run) -> Run:
    """Return a paused run when the step that was half done is done, and shown."""
    while engine.scheduler.advance() is not None:
        pass
    return run


class OwnWidget:
    """Stands for the widget of a page's own for one of its knobs, which AppTest does not know."""

    def __init__(self, app: AppTest, name: str) -> None:
        self.app, self.name = app, name

    @property
    def value(self) -> str:
        return self.app.session_state[self.name]

    def set_value(self, value: str) -> AppTest:
        self.app.session_state[self.name] = value
        return self.app


def widget(app: AppTest, name: str) -> Any:
    """Return the widget of a knob."""
    if name in LABS[app.session_state["page"]].widgets:
        return OwnWidget(app, name)
    return next(item for kind in (app.slider, app.select_slider, app.selectbox, app.number_input,
                                  app.toggle)
                for item in kind if item.key == name)


def is_there(app: AppTest, name: str) -> bool:
    """Tell whether a knob is on the page."""
    return name in app.session_state[f"bench:{app.session_state['page']}"].values


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def toasts(app: AppTest) -> list[str]:
    return [toast.value for toast in app.toast]


def other_value(item: Knob, value: Any, stops: list[Any]) -> Any:
    """Return an allowed value that is not this one, a smaller one where there is one."""
    if item.examples:
        return next(example for example in item.examples if example != value)
    if item.choices:
        names = list(item.choices)
        return names[(names.index(value) + 1) % len(names)]
    if item.low is None or item.high is None:
        return not value
    if stops:
        return stops[stops.index(value) - 1 if value != stops[0] else 1]
    step = item.step or 1
    return type(value)(round(value - step if value - step >= item.low else value + step, 6))


def turns(kind: type[Settings]) -> list[dict[str, Any]]:
    """Return changes that together turn every knob."""
    return together(kind, {name: other_value(item, kind.default(name), kind.stops(name))
                           for name, item in kind.knobs().items()})


def turn(app: AppTest, changes: dict[str, Any]) -> AppTest:
    """Turn knobs, and then those that are there because others were turned."""
    while changes:
        there = [name for name in changes if is_there(app, name)]
        assert there, f"{list(changes)} must be on the page"
        for name in there:
            widget(app, name).set_value(changes[name])
        sound(app.run())
        changes = {name: value for name, value in changes.items() if name not in there}
    return app


def address_of_the_defaults(concept: str) -> dict[str, str]:
    """Return what the address says of a page whose knobs all stand at their defaults."""
    values = links.meant(concept, {})
    return {name: str(value) for name, value in links.named(concept, values).items()}


def chosen(run: Run) -> dict[str, Any]:
    """Return what the knobs of a run stand at."""
    return run.settings_at(math.inf).model_dump(include=set(run.settings.knobs()))


# --- on arrival

def test_every_experiment_has_a_page() -> None:
    assert set(LABS) == set(concepts.names())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_drawn_and_its_stored_run_is_there_on_arrival(visit: Open, page: str) -> None:
    app = visit(page)
    assert not app.toast and not app.error
    if page not in LABS:
        assert app.title or app.header or app.markdown[0].value.startswith("#")
        return
    assert app.header[0].value == LABS[page].title
    assert not [text.value for text in app.markdown if "[[" in text.value]  # a number's place
    run = shown_run(app)
    assert run.stored and run.status is Status.FINISHED
    assert "stored run" in app.get("progress")[0].proto.text
    assert caption(app) == LABS[page].caption(run, newest(run))


@pytest.mark.parametrize("concept", LABS)
def test_every_tab_is_drawn_without_an_error(visit: Open, concept: str) -> None:
    app = visit(concept)
    for tab in ("Explore", "How it works", "Code"):
        app.session_state[f"tabs-{concept}"] = tab
        sound(app.run())
        assert next(item for item in app.tabs if item.label == tab).children, tab
    shown = [block.value.strip() for block in app.code[1:]]
    assert shown == [(ROOT / name).read_text("utf-8").strip() for name in LABS[concept].code]


@pytest.mark.parametrize("concept", LABS)
def test_each_section_of_the_prose_has_a_figure_of_the_run(concept: str) -> None:
    _head, *sections = re.split(r"^#### ", prose(concept, "how_it_works"), flags=re.MULTILINE)
    bare = {text.partition("\n")[0] for text in sections if "[[figure " not in text}
    assert bare - {"Source", "Sources"} == NEED_THE_WORKER.get(concept, set())


@pytest.mark.parametrize("concept", LABS)
def test_a_formula_of_the_prose_begins_and_ends_on_one_line(concept: str) -> None:
    """Else what stands beside its first dollars is lost, and the rest becomes red text."""
    assert not [line for line in prose(concept, "how_it_works").splitlines()
                if line.count("$$") % 2 and line.strip() != "$$"]


@pytest.mark.parametrize("concept", LABS)
def test_each_figure_in_the_prose_is_drawn_for_some_preset_or_its_fix(engine: InlineEngine,
                                                           concept: str) -> None:
    lab, wanted = LABS[concept], set(how_it_works.places(concept))
    assert wanted
    for changes in ({**preset.changes, **fix} for preset in lab.presets
                    for fix in ({}, *preset.fixes.values())):
        settings = lab.settings(**{**changes, **SHORT.get(concept, {})})
        run = engine.poll(engine.start(concept, settings, "ann")).run
        engine.wait(run.id, 0)
        drawn = lab.illustrations(engine.poll(run.id).run)
        assert all({"data", "layout"} <= set(figure) for figure in drawn.values())
        wanted -= set(drawn)
        if not wanted:
            break
    assert wanted == set()


@pytest.mark.parametrize("concept", LABS)
def test_the_prose_shows_its_figures_in_their_places(visit: Open, concept: str) -> None:
    app = visit(concept)
    drawn = [name for name in how_it_works.places(concept)
             if LABS[concept].illustrations(shown_run(app)).get(name, {}).get("data")]
    assert len(app.get("plotly_chart")) == len(drawn) > 0


@pytest.mark.parametrize("concept", LABS)
def test_a_link_to_settings_that_nobody_has_stored_trains_at_once(
        visit: Open, concept: str) -> None:
    run = shown_run(visit(concept, seed=7))
    assert run.settings.seed == 7
    assert run.status in STARTED and not run.stored and run.history.kept


def test_what_a_screen_reader_reads_of_knobs_and_presets_is_said_once(visit: Open) -> None:
    app = visit("vae")
    labels = [item.label for kind in ("slider", "select_slider", "selectbox", "toggle",
                                      "number_input") for item in getattr(app.sidebar, kind)]
    assert "beta" in labels and not [label for label in labels if ":material" in label]
    presets = [item for item in app.button if (item.key or "").startswith("preset-")]
    assert presets and not [item.help for item in presets if item.help]


# --- the address bar

TAMPERED = ("", "abc", "nan", "inf", "-1e9", "1e400", "1.5.", "None",
            "<script>alert(1)</script>", "'; DROP TABLE runs; --")


@pytest.mark.parametrize("concept", LABS)
def test_a_tampered_link_falls_back_to_the_defaults(visit: Open, concept: str) -> None:
    kind = LABS[concept].settings
    for first in (0, 5):
        texts = itertools.islice(itertools.cycle(TAMPERED), first, None)
        app = visit(concept, **dict(zip(kind.knobs(), texts, strict=False)))
        assert shown_run(app).settings == kind()
        assert [line for line in toasts(app) if "not allowed" in line] == toasts(app)
        assert len(toasts(app)) == len(kind.knobs())
        assert app.query_params == address_of_the_defaults(concept)


@pytest.mark.parametrize("concept", LABS)
def test_a_link_one_step_out_of_range_falls_back_to_the_defaults(
    visit: Open, concept: str
) -> None:
    kind = LABS[concept].settings
    for end, sign in (("high", 1), ("low", -1)):
        too_far = {name: getattr(item, end) + sign * (item.step or 1)
                   for name, item in kind.knobs().items() if item.low is not None}
        app = visit(concept, **too_far)
        assert shown_run(app).settings == kind()
        assert len(toasts(app)) == len(too_far)


@pytest.mark.parametrize("concept", LABS)
def test_each_knob_can_be_set_by_a_link(visit: Open, concept: str) -> None:
    for changes in turns(LABS[concept].settings):
        app = visit(concept, **changes)
        assert {name: widget(app, name).value for name in changes} == changes
        assert not app.toast


def test_a_choice_in_the_address_is_its_name_and_not_its_label(visit: Open) -> None:
    app = visit("vae", dataset="ring")
    assert widget(app, "dataset").value == "ring"
    assert app.query_params == {"dataset": "ring"}


def test_the_browsers_back_button_turns_the_knobs_back(visit: Open) -> None:
    app = visit("vae", beta="5")
    app.query_params.clear()
    assert widget(sound(app.run()), "beta").value == 1.0


def test_each_page_keeps_its_settings_while_the_others_are_visited(visit: Open) -> None:
    app = visit("home")
    runs = []
    for seed, concept in enumerate(LABS, start=1):
        app.query_params.clear()
        sound(app.switch_page(f"pages/{concept}.py").run())
        assert shown_run(app).settings.seed == 0
        runs.append(shown_run(turn(app, {"seed": seed})))
    for seed, (concept, before) in enumerate(zip(LABS, runs, strict=True), start=1):
        app.query_params.clear()
        sound(app.switch_page(f"pages/{concept}.py").run())
        assert shown_run(app) is before
        assert app.query_params == {"seed": str(seed)}


# --- the sidebar

@pytest.mark.parametrize("concept", LABS)
def test_a_live_knob_moves_while_the_run_goes_on(visit: Open, concept: str) -> None:
    kind = LABS[concept].settings
    app = press(visit(concept), "train-button")
    for name in sorted(kind.live_names(), key=lambda name: bool(what_shows(kind, name))):
        for other, needed in what_shows(kind, name).items():
            sound(widget(app, other).set_value(needed).run())
        before = shown_run(app)
        value = other_value(kind.knobs()[name], kind.default(name), kind.stops(name))
        sound(widget(app, name).set_value(value).run())
        assert shown_run(app) is before
        assert before.changes[-1][1] == {name: value}


@pytest.mark.parametrize("concept", LABS)
def test_knobs_begin_a_run_anew_and_the_address_says_what_is_not_the_default(
        visit: Open, concept: str) -> None:
    kind = LABS[concept].settings
    app = press(visit(concept), "reset")
    for changes in turns(kind):
        before = shown_run(app)
        turn(app, changes)
        run = shown_run(app)
        assert chosen(run) == chosen(before) | changes
        assert run.status is Status.PAUSED and run.step == 0
        assert run is not before
        assert app.query_params.keys() == changes.keys()
        assert kind.model_validate({name: app.query_params[name] for name in changes}) == kind(
            **changes)
        turn(app, {name: kind.default(name) for name in reversed(changes)})
        assert app.query_params == address_of_the_defaults(concept)


def test_a_value_that_no_widget_can_send_does_no_harm(visit: Open) -> None:
    app = visit("vae")
    sound(widget(app, "seed").set_value(10**6).run())
    assert shown_run(app).settings == LABS["vae"].settings()


# --- presets

@pytest.mark.parametrize(("concept", "number"), PRESETS)
def test_a_preset_turns_the_knobs_and_trains_and_its_fix_mends_it(
        visit: Open, concept: str, number: int) -> None:
    preset: Preset = LABS[concept].presets[number]
    app = press(visit(concept), f"preset-{number}")
    run = shown_run(app)
    assert run.settings == LABS[concept].settings(**preset.changes)
    finished = session.stored_run(concept, run.settings)
    assert (run.id == finished.id if finished else run.status in STARTED and not run.stored)
    assert f":material/visibility: {preset.look_for}" in [text.value for text in app.caption]
    assert ("fix-it-0" in keys(app)) == preset.breaks
    if preset.breaks:
        run = shown_run(press(app, "fix-it-0"))
        assert run.settings == LABS[concept].settings(**{**preset.changes, **preset.fix})
        assert run.status in STARTED and not run.stored
        others = [LABS[concept].settings(**each.changes) for each in LABS[concept].presets]
        if run.settings not in others:  # then it is the chip of that preset that is marked
            assert app.button(key="fix-it-0").proto.type == "primary"


@pytest.mark.parametrize(("concept", "number"), BROKEN)
def test_a_link_to_a_preset_shows_its_fix(visit: Open, concept: str, number: int) -> None:
    assert "fix-it-0" in keys(visit(concept, **LABS[concept].presets[number].changes))


# --- the play bar

@pytest.mark.parametrize("concept", LABS)
def test_train_and_pause_and_knobs_that_start_the_training_again(
        engine: InlineEngine, visit: Open, concept: str) -> None:
    app = press(visit(concept), "train-button")
    run = shown_run(app)
    assert run.status is Status.RUNNING and not run.stored
    assert "pause" in keys(app) and "train-button" not in keys(app)
    press(app, "pause")
    assert run.status is Status.PAUSED
    step = at_rest(engine, run).step
    sound(app.run())
    assert run.step == step and "train-button" in keys(app)
    press(app, "train-button")
    assert shown_run(app) is run and run.status is Status.RUNNING
    again = shown_run(press(app, "new-seed"))
    assert again is not run and again.status is Status.RUNNING
    turn(app, {"seed": 7})
    assert shown_run(app).settings == run.settings.with_changes(seed=7)
    assert shown_run(app).status is Status.RUNNING
    until_gone(engine, run.id, again.id)


@pytest.mark.parametrize("concept", LABS)
def test_step_is_one_step_and_reset_repeats_them_and_a_new_seed_does_not(
        visit: Open, engine: InlineEngine, concept: str) -> None:
    app = visit(concept)
    assert app.button(key="step").disabled  # a stored run is over
    press(app, "reset")
    for expected in (1, 2):
        first = stepped(app, engine)
        assert first.step == expected and first.status is Status.PAUSED
    again = shown_run(press(app, "reset"))
    assert again is not first and again.step == 0 and again.status is Status.PAUSED
    stepped(app, engine)
    stepped(app, engine)
    assert [m for _, _, m in again.history.metrics] == [m for _, _, m in first.history.metrics]
    other = shown_run(press(app, "new-seed"))
    assert other.settings == first.settings.with_changes(seed=other.settings.seed)
    assert other.settings.seed != first.settings.seed
    assert other.history.metrics[0][2] != first.history.metrics[0][2]


# --- what can go wrong

def test_a_failed_run_says_why_and_keeps_what_was_on_the_screen(
    visit: Open, engine: InlineEngine
) -> None:
    app = visit("vae", **{name: value for name, value in DIVERGING if name != "steps"})
    run = until(engine, shown_run(app).id, lambda run: run.status.over).run
    sound(app.run())
    assert run.status is Status.FAILED
    assert "not a finite number" in run.reason and run.reason in app.error[0].value
    assert run.history.last and app.get("bidi_component")
    assert "train-button" in keys(app)


def test_the_learning_rate_that_breaks_it_makes_the_loss_explode(
    visit: Open, engine: InlineEngine
) -> None:
    number = next(n for n, preset in enumerate(LABS["vae"].presets)
                  if preset.breaks and "learning_rate" in preset.changes)
    app = press(visit("vae"), f"preset-{number}")
    run = until(engine, shown_run(app).id, lambda run: run.step > 30).run
    _, losses = run.history.curve("loss")
    assert losses.max() > 1000 * losses[0]


@pytest.fixture
def full(engine: InlineEngine) -> InlineEngine:
    """An engine without a place left."""
    engine.limits = Limits(sessions=1, queue=0)
    engine.start("vae", LABS["vae"].settings(), "somebody else")
    return engine


@pytest.mark.usefixtures("full")
def test_a_full_engine_says_so_and_shows_the_untrained_run(visit: Open) -> None:
    app = press(visit("clustering"), "train-button")
    assert len(toasts(app)) == 1 and "No place to train now" in toasts(app)[0]
    assert shown_run(app).status is Status.PAUSED


@pytest.mark.usefixtures("full")
def test_a_full_engine_keeps_a_paused_run_waiting(visit: Open) -> None:
    app = press(press(press(visit("clustering"), "reset"), "step"), "train-button")
    assert len(toasts(app)) == 1 and "No place to train now" in toasts(app)[0]
    assert shown_run(app).status is Status.PAUSED and shown_run(app).step == 1


# --- the Code tab

@pytest.mark.parametrize("concept", [
    pytest.param(concept, marks=[pytest.mark.long] * (concept in CONTESTS)) for concept in LABS])
def test_the_script_of_a_run_ends_with_its_numbers(
    visit: Open, engine: InlineEngine, concept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment_type(concept), "pace", None)
    monkeypatch.setattr(recipe, "N_LOOKS", 4)  # its last look is what counts
    shorten(monkeypatch, 30)
    app = visit(concept, **SHORT.get(concept, {}))
    if "train-button" in keys(app):  # its run is stored
        press(app, "train-button")
    run = until(engine, shown_run(app).id, lambda run: run.status.over).run
    app.session_state[f"tabs-{concept}"] = "Code"
    script = sound(app.run()).code[0].value
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    step, metrics = said.getvalue().splitlines()[-1].split(" ", 1)
    assert int(step) == run.step
    assert ast.literal_eval(metrics) == newest(run).metrics


# --- the Explore tab

ASKING = {"clustering": ("compare", "over_k", "many_starts"),
          "dimensionality_reduction": ("whitened", "methods", "perplexities"),
          "density_estimation": ("sample", "dimensions"),
          "pixel_cnn": ("path",), "pixel_rnn": ("path",)}


def explore(app: AppTest, key: str = "") -> AppTest:
    """Draw the Explore tab, a button pressed."""
    if key:
        app.button(key=key).click()
    app.session_state[f"tabs-{app.session_state['page']}"] = "Explore"
    return sound(app.run())


@pytest.mark.parametrize(("concept", "question"), [
    (concept, question) for concept, questions in ASKING.items() for question in questions])
def test_an_answer_stays_while_the_run_stands_still(
        visit: Open, concept: str, question: str) -> None:
    app = explore(visit(concept))
    before = _figures(app)
    shown = _figures(explore(app, question))
    assert shown > before
    assert _figures(explore(app)) == shown
    assert _figures(explore(press(app, "reset"))) == before


def _figures(app: AppTest) -> int:
    """How many figures there are, moving ones and those that stand still."""
    return len(app.get("plotly_chart")) + len(app.get("bidi_component"))


@pytest.mark.parametrize("concept", ["autoencoder", "vae", "dcgan", "pixel_cnn", "pixel_rnn"])
def test_explore_begins_with_the_runs_own_net(visit: Open, concept: str) -> None:
    app = explore(visit(concept))
    net, = (json.loads(figure.proto.json) for figure in app.get("bidi_component")
            if "-the-model" in figure.proto.id)
    assert app.main.get("markdown") and any("datum on its way" in text.value
                                            for text in app.markdown)
    assert sum("weights" in note for box in net["boxes"] for note in box["notes"]) >= 2
    assert net["start"] == len(net["moments"]) - 1 and not net["autoplay"]


@pytest.mark.parametrize("concept", LABS)
def test_every_button_of_explore_can_be_pressed(visit: Open, concept: str) -> None:
    app = visit(concept)
    before = keys(app)
    if concept in OTHER_TOPIC:
        key, topic = OTHER_TOPIC[concept]
        app.session_state[key] = topic
    buttons = keys(explore(app)) - before
    for key in sorted(buttons):
        explore(app, key)
    assert buttons or concept in ("vae", "supervised_vs_unsupervised")


def test_labels_are_revealed_beside_the_groups(visit: Open) -> None:
    app = visit("supervised_vs_unsupervised", labels="hidden", noise=1.0)
    explore(press(app, "reset"))
    assert not app.metric and "reveal" not in keys(app)
    for _ in range(2):
        press(app, "step")
    explore(app)
    ari = newest(shown_run(explore(app, "reveal"))).metrics["ari"]
    assert app.metric[0].value == f"{ari:.2f}"


@pytest.mark.parametrize(("topic", "buttons"), [
    ("codes", ("throw",)), ("walks", ()), ("bound", ("log_likelihood", "gradients")),
    ("factors", ("factors",))])
@pytest.mark.parametrize("changes", [{}, {"model": "vq_vae"}, {"know_class": True},
                                     {"dataset": "ring", "latent_dim": 1}], ids=str)
def test_every_topic_of_the_vae_is_drawn(visit: Open, topic: str, buttons: tuple[str, ...],
                                         changes: dict[str, Any]) -> None:
    app = visit("vae", **QUICK["vae"], **changes)
    app.session_state["vae-topic"] = topic
    explore(app)
    for key in buttons:
        if changes.get("model") != "vq_vae" or key == "throw":
            explore(app, key)
    assert not [text.value for text in app.caption if "No answer" in text.value]


@pytest.mark.parametrize(("topic", "buttons"), [
    ("samplers", ("compare", "same_noise")), ("heart", ("by_heart", "gap")),
    ("behind", ("behind-0-0.5-0",)), ("likelihood", ("parts", "density")),
    ("guidance", ("dial",)), ("complete", ("complete",))])
@pytest.mark.parametrize("changes", [{}, {"dataset": "digits", "features": 8,
                                          "know_class": True}], ids=str)
def test_every_topic_of_diffusion_is_drawn(visit: Open, topic: str, buttons: tuple[str, ...],
                                           changes: dict[str, Any]) -> None:
    app = visit("diffusion", **QUICK["diffusion"], **changes)
    app.session_state["diffusion-topic"] = topic
    explore(app)
    for key in buttons:
        if key in keys(app):
            explore(app, key)
    assert not [text.value for text in app.caption if "No answer" in text.value]


def test_the_caption_of_the_vae_names_a_collapse_and_holes(visit: Open) -> None:
    run = shown_run(visit("vae"))
    last, lab = newest(run), LABS["vae"]
    assert "2 of 2" in lab.caption(run, last)
    silent = replace(last, metrics=last.metrics | {"held_out_kl": 0.1, "active": 0.0})
    assert "Posterior collapse" in lab.caption(run, silent)
    wide = replace(last, arrays=last.arrays | {"codes": 9 * last.arrays["codes"]})
    assert "Holes" in lab.caption(run, wide)


def test_the_map_and_the_page_show_the_same_drawing_time(visit: Open) -> None:
    app = visit("pixel_cnn")
    app = explore(explore(app), "side-by-side")
    clock = app.session_state["drawing-clock"]
    times = {run: milliseconds(found.warm) for run, found in clock.items()}
    assert set(times) == {"gallery-pixel_cnn-mnist", "gallery-pixel_rnn-mnist",
                          "gallery-pixel_transformer"}
    table = app.table[0].value
    assert set(times.values()) <= {value for column in table.columns for value in table[column]}
    app.switch_page("pages/generative_models.py")
    for _leaf in range(3):
        sound(app.run())
    rows = app.table[0].value.set_index("family")["one new datum, ms"]
    assert rows["PixelCNN"] == f"{times['gallery-pixel_cnn-mnist']} (28 × 28)"
    assert rows["PixelRNN"] == f"{times['gallery-pixel_rnn-mnist']} (28 × 28)"
    assert rows["Pixel transformer"] == f"{times['gallery-pixel_transformer']} (8 × 8)"
    assert all(min(found.cold, found.warm) > 0 for found in clock.values())


# --- a page that has a fault

@pytest.mark.parametrize("part", ["draw", "describe"])
def test_a_fault_in_one_part_of_a_page_takes_no_other_part_off_it(
        visit: Open, part: str, monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture) -> None:
    """Each visit reads the page's file anew, so what it imports is broken, and not its Lab."""
    def fail(*_args: object, **_rest: object) -> None:
        raise KeyError("a fault")

    broken = {"draw": "playground.charts.curves.lines",
              "describe": "playground.ui.tools.own_data.draw_tools"}[part]
    monkeypatch.setattr(broken, fail)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=90)
    app.switch_page("pages/clustering.py")
    app.query_params["dataset"] = "mine"
    app.run()
    assert not app.exception
    assert [text.value for text in app.warning if "could not be drawn" in text.value]
    assert "a fault" in caplog.text
    assert sent(app)["frames"] and "train-button" in keys(app)


@pytest.mark.parametrize(("page", "broken", "tab"), [
    ("clustering", "playground.ui.bench.page.play_bar", "Explore"),
    ("clustering", "playground.concepts.clustering.explore.over_every_k", "Explore"),
    ("clustering", "playground.ui.bench.page.how_it_works", "How it works"),
    ("clustering", "playground.ui.bench.page.code_tab", "Code"),
    ("vae", "playground.ui.bench.the_model.ask_once", "Explore"),
    ("home", "playground.charts.vae.codes", ""),
    ("generative_models", "playground.concepts.arena.moment.multiples", ""),
    ("generative_models", "playground.concepts.generative_models.measured.tree", ""),
])
def test_a_fault_in_one_fragment_takes_no_other_off_the_page(
        engine: InlineEngine, page: str, broken: str, tab: str,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_rest: object) -> None:
        raise KeyError("a fault")

    there = {"playground.ui.bench.page.play_bar": "#### How many clusters?",
             "playground.ui.bench.the_model.ask_once": "#### Throw the dice",
             "playground.charts.vae.codes": prose("home", "how_to"),
             "playground.concepts.arena.moment.multiples": prose("generative_models", "next"),
             "playground.concepts.generative_models.measured.tree": prose(
                 "generative_models", "next")}
    monkeypatch.setattr(broken, fail)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=90)
    if page != "home":
        app.switch_page(f"pages/{page}.py")
    app.session_state[f"tabs-{page}"] = tab
    app.run()
    assert not app.exception
    assert len([text for text in app.warning if "could not be drawn" in text.value]) == 1
    if broken in there:
        assert there[broken].strip() in [text.value.strip() for text in app.markdown]
    else:
        assert "train-button" in keys(app)
