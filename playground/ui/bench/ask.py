"""Questions to a run's model: the answer, how far it is, or a sentence, on the page.

Asking takes a moment at most. An answer that takes longer is waited for by being drawn again: the
same question then finds the one that is under way, and nobody else has to wait meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from playground.engine.base import UnknownRun
from playground.engine.questions import NoAnswerYet, QuestionFailed
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.fragments import somebody_waits, soon
from playground.ui.bench.session import desk
from playground.ui.bench.trouble import said

ON_ARRIVAL = True  # whether what stands still is asked by itself


@dataclass(frozen=True)
class Reply:
    """What came of a question.

    Attributes:
        answer: the answer, or None.
        failure: why there is none.
    """

    answer: dict[str, Any] | None = None
    failure: QuestionFailed | UnknownRun | None = None


@dataclass
class Aside:
    """What there is to say of answers and is not written on the page.

    Attributes:
        late: whether one is under way.
        refusals: why there is none, in sentences.
    """

    late: bool = False
    refusals: list[str] = field(default_factory=list)


_aside: ContextVar[Aside | None] = ContextVar("aside", default=None)


@contextmanager
def aside() -> Iterator[Aside]:
    """Write nothing on the page within: whoever asks says it in another place."""
    said_aside = Aside()
    token = _aside.set(said_aside)
    try:
        yield said_aside
    finally:
        _aside.reset(token)


def ask(run: Run, question: str, **arguments: Any) -> dict[str, Any] | None:
    """Ask a run's model; say on the page why there is no answer (yet), and return None then."""
    reply = _hear(run, question, arguments)
    return _say(reply, question) if reply else None


def ask_about(about: object, key: str, run: Run, question: str, **arguments: Any,
              ) -> dict[str, Any] | None:
    """Ask once about something; what came of it stays until it is about something else.

    Args:
        about: what makes it another question; it is compared.
        key: under which the answer is kept.
        run: whom to ask.
        question: the question's name.
        arguments: of the question.
    """
    kept = st.session_state.get(key)
    if kept is None or kept[0] != about:
        reply = _hear(run, question, arguments)
        if reply is None:
            return None
        kept = st.session_state[key] = about, reply
    return _say(kept[1], question)


def ask_once(run: Run, question: str, **arguments: Any) -> dict[str, Any] | None:
    """Ask what is dear: while the run trains, the same question is not asked again by itself.

    The answer is that of the moment of asking; the page says which, if the run has gone on.
    """
    key, about, now = f"once:{question}", (run.id, repr(arguments)), _step_now(run)
    asked_at: tuple[object, int] | None = st.session_state.get(f"{key}:step")
    if asked_at is None or asked_at[0] != about or (asked_at[1] != now and run.status.still):
        asked_at = st.session_state[f"{key}:step"] = about, now
    answer = ask_about(asked_at, key, run, question, **arguments)
    if answer is not None and asked_at[1] != now:
        st.caption(_("Asked at step {step}. Change something to ask again, or pause.").format(
            step=asked_at[1]))
    return answer


def wanted(label: str, run: Run, key: str) -> bool:
    """Tell whether an answer is wanted: of a run that stands still always; of one that trains, if
    the button was pressed that is drawn then.
    """
    return (ON_ARRIVAL and run.status.still) or pressed(label, run, key)


def pressed(label: str, run: Run, key: str, icon: str | None = None) -> bool:
    """Draw a button, and tell whether it was pressed at this moment of the run.

    It stays pressed while the page is drawn again, until the run moves on or another one comes.
    """
    moment = run.id, _step_now(run)
    st.button(label, key=key, icon=icon, on_click=_remember, args=(key, moment))
    return bool(st.session_state.get(f"pressed:{key}") == moment)


def ask_at_rest(label: str, run: Run, question: str, **arguments: Any) -> dict[str, Any] | None:
    """Ask a question that takes long, by itself of a run that stands still, else by a button.

    The answer stays as long as the run stands still.

    Args:
        label: what the button says, translated.
        run: whom to ask.
        question: the question's name, which is the button's key too.
        arguments: of the question.
    """
    if not wanted(label, run, question):
        return None
    about = run.id, _step_now(run), repr(arguments) if run.status.still else ""
    return ask_about(about, f"answer:{question}", run, question, **arguments)


def _hear(run: Run, question: str, arguments: dict[str, Any]) -> Reply | None:
    """Ask, and return what came of it; None if the answer is under way, which the page shows.

    Where another answer is waited for already, nobody stands still for this one.
    """
    try:
        return Reply(desk(0.0 if somebody_waits() else None).ask(run.id, question, **arguments))
    except NoAnswerYet as late:
        if beside := _aside.get():
            beside.late = True
        elif late.share is None:
            st.caption(_(":material/hourglass_top: The answer is under way ..."))
        else:
            st.progress(min(late.share, 1.0), _("The answer is under way ..."))
        soon()
        return None
    except (QuestionFailed, UnknownRun) as failure:
        return Reply(failure=failure)


def _say(reply: Reply, question: str) -> dict[str, Any] | None:
    """Return the answer, or say why there is none."""
    if isinstance(reply.failure, UnknownRun):
        _refuse(_("This run is over; press Train for a new one."))
    elif reply.failure:
        _refuse(_("No answer: {reason}.").format(reason=said(reply.failure)))
    return reply.answer


def _refuse(sentence: str) -> None:
    if beside := _aside.get():
        beside.refusals.append(sentence)
    else:
        st.caption(sentence)


def _step_now(run: Run) -> int:
    """Return the step at which its model is now, whatever moment the visitor looks at."""
    try:
        return desk().poll(run.id).run.step
    except UnknownRun:
        return run.step


def _remember(key: str, moment: tuple[str, int]) -> None:
    st.session_state[f"pressed:{key}"] = moment
    st.session_state.pop(f"answer:{key}", None)
