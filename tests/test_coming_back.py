"""Coming back to a page: with our cookie to the run that was left, without it as a new visitor."""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from polling import until
from streamlit.testing.v1 import AppTest

from playground.engine import scheduler
from playground.engine.inline import InlineEngine
from playground.runs.run import Run, Status
from playground.ui.bench import cookie, session, tabs

APP = str(Path(__file__).parents[1] / "streamlit_app.py")
TOKEN, OTHER = "0123456789abcdef" * 2, "f" * 32
SMALL = {"hidden": 16, "layers": 1, "batch_size": 16}

Open = Callable[..., AppTest]


class PromptEngine(InlineEngine):
    """An engine that is ready at once."""

    def warm_up(self, delay: float = 0.0) -> None:
        """Do nothing."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[InlineEngine]:
    """The engine of all pages in this test."""
    monkeypatch.setattr(scheduler, "SLICE_SECONDS", 0.002)
    monkeypatch.setattr(tabs, "_tabs", {})
    made = PromptEngine(slices=1)
    monkeypatch.setattr(session.cluster, "chosen", lambda **_: made)
    session.engine.clear()
    yield made
    for tab in chain(*tabs._tabs.values()):
        if tab._farewell:
            tab._farewell.cancel()
    session.engine.clear()
    made.close()


@pytest.fixture
def visit(engine: InlineEngine, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open the page of the VAE in a tab, with the cookie that the browser sends."""

    def open_page(token: str = TOKEN, **address: object) -> AppTest:
        monkeypatch.setattr(cookie, "sent", lambda: token)
        app = AppTest.from_file(APP, default_timeout=90)
        app.switch_page("pages/vae.py")
        for name, value in address.items():
            app.query_params[name] = str(value)
        app.session_state["tabs-vae"] = "How it works"
        return sound(app.run())

    return open_page


def sound(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    return app


def press(app: AppTest, key: str) -> AppTest:
    return sound(app.button(key=key).click().run())


def shown(app: AppTest) -> Run:
    return session.engine()._runs[app.session_state["bench:vae"].run]


def link(app: AppTest) -> dict[str, str]:
    return {name: str(value) for name, value in app.query_params.items()}


def leave(app: AppTest) -> None:
    tab = app.session_state["tab"]
    tab.is_open = bool
    tab.leave()


def offered(app: AppTest) -> bool:
    return any(f'"{cookie.NAME}"' in item.proto.json for item in app.get("bidi_component"))


def test_who_reloads_goes_on_with_the_run_that_trains(visit: Open) -> None:
    first = visit(**SMALL)
    run, step = shown(first), shown(first).step
    leave(first)
    again = visit(**link(first))
    assert shown(again) is run and run.status is Status.RUNNING and run.step >= step
    sound(again.run())
    assert shown(again) is run
    sound(first.run())  # it comes back after all: the run is gone over to the other tab
    assert shown(first) is not run and shown(again) is run


def test_a_second_tab_leaves_the_first_ones_run_alone(visit: Open) -> None:
    first = visit(**SMALL)
    run = shown(first)
    second = visit(**SMALL)
    own = shown(second)
    assert own is not run and own.owner == run.owner
    press(second, "pause")
    press(press(second, "reset"), "train-button")
    assert run.status is Status.RUNNING and run.id in session.engine()._runs
    step = run.step
    sound(first.run())
    assert shown(first) is run and run.step >= step


def test_a_second_tab_of_the_page_itself_shows_its_stored_run(visit: Open) -> None:
    press(visit(), "train-button")
    assert shown(visit()).stored


def test_who_comes_back_to_other_settings_begins_anew(visit: Open) -> None:
    first = visit(**SMALL)
    leave(first)
    assert shown(visit(**SMALL, seed=5)) is not shown(first)


@pytest.mark.parametrize("token", ["", OTHER])
def test_without_the_cookie_or_with_another_one_nothing_is_found(visit: Open, token: str) -> None:
    first = visit("", **SMALL)
    leave(first)
    assert shown(visit(token, **SMALL)) is not shown(first)


def test_the_run_of_the_server_before_this_one_is_found(
        visit: Open, engine: InlineEngine) -> None:
    first = visit(**SMALL)
    address, settings = link(first), shown(first).settings
    left = engine.start("vae", settings, cookie.owner(OTHER))
    assert shown(visit(OTHER, **address)).id == left


def test_a_run_whose_live_knobs_moved_is_found_by_its_link(visit: Open) -> None:
    first = visit(**SMALL)
    run = shown(first)
    for beta in (2.0, 3.0):
        session.engine().update(run.id, beta=beta)
        first.session_state["next:beta"] = beta
        sound(first.run())
    leave(first)
    address = link(first)
    assert "more" in address
    assert shown(visit(**address)) is run


def test_changes_of_another_run_are_made_and_not_found(visit: Open) -> None:
    first = visit(**SMALL, beta=2.0)
    other = visit(OTHER, **SMALL)
    until(session.engine(), shown(other).id, lambda run: run.step > 5)
    other.session_state["next:beta"] = 2.0
    sound(sound(other.run()).run())
    address = link(other)
    assert "more" in address
    leave(first)
    came = shown(visit(**address))
    assert came is not shown(first) and came.changes


def test_an_untrained_run_is_not_worth_coming_back_to(visit: Open) -> None:
    first = press(visit(), "reset")
    assert not shown(first).stored
    leave(first)
    assert shown(visit()).stored


def test_a_finished_run_is_found_too(visit: Open, engine: InlineEngine) -> None:
    first = visit(**SMALL, steps=100)
    run = until(engine, shown(first).id, lambda run: run.status.over).run
    leave(first)
    assert shown(visit(**link(first))).id == run.id


# --- the cookie

def test_a_cookie_is_offered_until_the_browser_has_it(visit: Open) -> None:
    app = visit("")
    assert offered(app)
    token, tab = app.session_state["token"], app.session_state["tab"]
    assert re.fullmatch("[0-9a-f]{32}", token) and not tab.lasting
    tab.last()
    assert not offered(sound(app.run()))
    assert not offered(visit(TOKEN))


def test_the_token_is_in_no_run(visit: Open) -> None:
    run = shown(visit(TOKEN, **SMALL))
    assert TOKEN not in repr(run) and re.fullmatch("[0-9a-f]{32}", run.owner)
    assert run.owner != shown(visit(OTHER, **SMALL)).owner


@pytest.mark.parametrize("value", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, f"{'0' * 32}\n",
                                   f" {'0' * 32}", "٠" * 32])
def test_a_cookie_of_another_form_counts_as_none(
        monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies",
                        {cookie.NAME: value})
    assert cookie.sent() == ""


def test_a_cookie_of_our_form_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies",
                        {"other": OTHER, cookie.NAME: TOKEN})
    assert cookie.sent() == TOKEN
