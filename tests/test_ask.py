"""Questions from a page: an answer, how far it is, or a sentence, and never a dead end."""

from typing import Any

import pytest

from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.engine.base import UnknownRun
from playground.engine.questions import NoAnswerYet, QuestionFailed
from playground.refusal import Refusal
from playground.runs.run import Run
from playground.ui.bench import ask as asking
from playground.ui.bench import page as bench
from playground.ui.bench.browser_events import Event
from playground.ui.bench.state import BenchState


class Page:
    """Stands for streamlit: notes what is said, and whether it is to be drawn again."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shares: list[float] = []
        self.session_state: dict[str, Any] = {}
        self.again = 0

    def caption(self, text: str) -> None:
        self.said.append(text)

    def progress(self, share: float, text: str) -> None:
        self.shares.append(share)

    def soon(self) -> None:
        self.again += 1


class Slow:
    """Stands for an engine that answers late, or fails."""

    def __init__(self, late: int, failure: Exception | None, share: float | None) -> None:
        self.late, self.failure, self.share = late, failure, share
        self.asked = 0
        self.moments: list[float | None] = []

    def within(self, moment: float | None) -> "Slow":
        self.moments.append(moment)
        return self

    def ask(self, run_id: str, question: str, **arguments: Any) -> dict[str, Any]:
        self.asked += 1
        if self.failure:
            raise self.failure
        if self.asked <= self.late:
            raise NoAnswerYet(self.share)
        return {"question": question, **arguments}


RUN = Run("0" * 32, "density_estimation", DensityEstimationSettings(), owner="")


def at(monkeypatch: pytest.MonkeyPatch, late: int = 0, failure: Exception | None = None,
       share: float | None = None) -> tuple[Slow, Page]:
    engine, page = Slow(late, failure, share), Page()
    monkeypatch.setattr(asking, "desk", lambda moment: engine.within(moment))
    monkeypatch.setattr(asking, "st", page)
    monkeypatch.setattr(asking, "soon", page.soon)
    monkeypatch.setattr(asking, "somebody_waits", lambda: page.again > 0)
    return engine, page


def test_a_prompt_answer_needs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = at(monkeypatch)
    assert asking.ask(RUN, "spectrum", k=3) == {"question": "spectrum", "k": 3}
    assert not page.said and not page.again


def test_an_answer_that_is_late_is_waited_for_by_drawing_again(
        monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = at(monkeypatch, late=2)
    replies = [asking.ask(RUN, "spectrum", k=3) for _ in range(3)]
    assert replies == [None, None, {"question": "spectrum", "k": 3}]
    assert page.again == 2 and len(page.said) == 2 and not page.shares


def test_the_page_shows_how_much_of_an_answer_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = at(monkeypatch, late=1, share=0.4)
    assert asking.ask(RUN, "spectrum") is None
    assert page.shares == [0.4] and page.again == 1 and not page.said


def test_an_answer_about_something_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, page = at(monkeypatch, late=2)
    for _ in range(6):
        asking.ask_about("this", "key", RUN, "spectrum")
    assert engine.asked == 3 and page.again == 2
    asking.ask_about("that", "key", RUN, "spectrum")
    assert engine.asked == 4


def test_a_page_stands_still_for_one_answer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, _ = at(monkeypatch, late=9)
    for k in range(3):
        asking.ask(RUN, "spectrum", k=k)
    assert engine.moments == [None, 0.0, 0.0]


@pytest.mark.parametrize(("failure", "words"), [
    (QuestionFailed(Refusal("n must be between 1 and 5, got 9")), "No answer: n must be"),
    (UnknownRun("x"), "This run is over")])
def test_what_cannot_be_answered_is_not_asked_again(
        monkeypatch: pytest.MonkeyPatch, failure: Exception, words: str) -> None:
    engine, page = at(monkeypatch, failure=failure)
    for _ in range(2):
        assert asking.ask_about("this", "key", RUN, "spectrum", k=3) is None
    assert engine.asked == 1 and not page.again
    assert len(page.said) == 2 and page.said[0].startswith(words)


class Gestures:
    """Stands for a page of which a place in a figure is asked; it says nothing of hovers."""

    concept = "gestures"

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        reply = asking.ask(run, "place", x=event.x)
        return {"text": f"here: {reply and reply['x']}"} if event.kind == "click" else None


def replies(monkeypatch: pytest.MonkeyPatch, event: Event, draws: int, **how: Any,
            ) -> tuple[list[dict[str, Any] | None], Page]:
    _engine, page = at(monkeypatch, **how)
    here = BenchState("gestures")
    monkeypatch.setattr(bench, "state_of", lambda concept: here)
    lab: Any = Gestures()
    return [bench._answer(lab, RUN, None if again else event) for again in range(draws)], page


CLICK = Event("click", panel="plane", x=2.0, y=1.0, id="abc-1")


def test_a_click_whose_answer_is_late_is_answered_beside_it_and_not_above_the_figure(
        monkeypatch: pytest.MonkeyPatch) -> None:
    (first, second, last, kept), page = replies(monkeypatch, CLICK, 4, late=2)
    assert first == second == {"id": "abc-1 is late", "panel": "plane",
                               "text": "The answer is under way ..."}
    assert last == kept == {"id": "abc-1", "panel": "plane", "text": "here: 2.0"}
    assert page.said == page.shares == [] and page.again == 2


def test_a_late_hover_that_comes_to_nothing_leaves_nothing_at_the_cursor(
        monkeypatch: pytest.MonkeyPatch) -> None:
    hover = Event("hover", panel="plane", x=2.0, y=1.0, id="abc-2")
    (first, last), _page = replies(monkeypatch, hover, 2, late=1)
    assert first and first["text"]
    assert last == {"id": "abc-2", "panel": "plane"}
    assert replies(monkeypatch, hover, 1)[0] == [None]


def test_why_a_click_has_no_answer_stands_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = QuestionFailed(Refusal("x must be finite"))
    (reply,), page = replies(monkeypatch, CLICK, 1, failure=failure)
    assert reply and reply["text"] == "No answer: x must be finite." and page.said == []


def test_what_breaks_an_answer_breaks_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    here, lab = BenchState("gestures"), Gestures()
    monkeypatch.setattr(bench, "state_of", lambda concept: here)
    monkeypatch.setattr(lab, "answer", lambda run, event: 1 / 0)
    broken: Any = lab
    with pytest.raises(ZeroDivisionError):
        bench._answer(broken, RUN, CLICK)
    assert bench._answer(broken, RUN, None) is None
