"""Questions to a run's model, with an answer or a sentence on the page."""

from typing import Any

import streamlit as st

from playground.engine.base import QuestionFailed, UnknownRun
from playground.language import _
from playground.runs import Run
from playground.ui.session import engine


def ask(run: Run, question: str, **arguments: Any) -> dict[str, Any] | None:
    """Ask a run's model; say on the page why there is no answer, and return None then."""
    try:
        return engine().ask(run.id, question, **arguments)
    except QuestionFailed as failure:
        st.caption(_("No answer: {reason}.").format(reason=failure))
    except UnknownRun:
        st.caption(_("This run is over; press Train for a new one."))
    return None


def ask_once(run: Run, question: str, **arguments: Any) -> dict[str, Any] | None:
    """Ask what is dear: while the run trains, the same question is not asked again by itself.

    The answer is that of the moment of asking; the page says which, if the run has gone on.
    """
    key, about = f"once:{question}", (run.id, repr(arguments))
    kept = st.session_state.get(key)
    if kept is None or kept[0] != about or (kept[1] != run.step and run.status.still):
        kept = about, run.step, ask(run, question, **arguments)
        st.session_state[key] = kept
    if kept[2] is not None and kept[1] != run.step:
        st.caption(_("Asked at step {step}. Change something to ask again, or pause.").format(
            step=kept[1]))
    answer: dict[str, Any] | None = kept[2]
    return answer


def pressed(label: str, run: Run, key: str, icon: str | None = None) -> bool:
    """Draw a button, and tell whether it was pressed at this moment of the run.

    It stays pressed while the page is drawn again, until the run moves on or another one comes.
    """
    moment = run.id, run.step
    st.button(label, key=key, icon=icon, on_click=_remember, args=(key, moment))
    return bool(st.session_state.get(f"pressed:{key}") == moment)


def ask_by_button(label: str, run: Run, question: str, **arguments: Any) -> dict[str, Any] | None:
    """Draw a button that asks a question; the answer stays as long as the run stands still.

    Args:
        label: what the button says, translated.
        run: whom to ask.
        question: the question's name, which is the button's key too.
        arguments: of the question.
    """
    if not pressed(label, run, question):
        return None
    key, moment = f"answer:{question}", (run.id, run.step)
    if st.session_state.get(key, (None, None))[0] != moment:
        st.session_state[key] = moment, ask(run, question, **arguments)
    answer: dict[str, Any] | None = st.session_state[key][1]
    return answer


def _remember(key: str, moment: tuple[str, int]) -> None:
    st.session_state[f"pressed:{key}"] = moment
    st.session_state.pop(f"answer:{key}", None)
