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
