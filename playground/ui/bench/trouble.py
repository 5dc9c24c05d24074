"""What goes wrong: a refusal is said in words; of an error of programming the page says that there
was one, and the log which.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from playground import events
from playground.engine.questions import QuestionFailed
from playground.language import _
from playground.refusal import Refusal

T = TypeVar("T")


def said(reason: Refusal | QuestionFailed | None) -> str:
    """Return why something is not done, in the visitor's language and without a full stop."""
    refusal = reason.refusal if isinstance(reason, QuestionFailed) else reason
    text = refusal.in_words() if isinstance(refusal, Refusal) else str(refusal or "")
    return text.rstrip(".")


def attempt(action: Callable[[], T], otherwise: T) -> T:
    """Return what an action returns; if it fails, say so on the page and return something else.

    The page shows a number, under which the log has the error.
    """
    found = attempt_each([action])
    return found[0] if found else otherwise


def attempt_each(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Return what each action returns, without those that fail; the page says so once."""
    done, number = [], ""
    for action in actions:
        try:
            done.append(action())
        except Exception as error:
            number = number or secrets.token_hex(3)
            events.failed(number, error)
    if number:
        st.warning(_("A part of this page could not be drawn. The server's log tells why, under "
                     "error {number}.").format(number=number), icon=":material/warning:")
    return done
