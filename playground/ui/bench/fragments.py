"""Fragments: the parts of a page that are drawn again without the rest of it.

Timers stand at the top level of a page only: Streamlit lets one inside another fragment freeze
(its issue 16708). What is drawn deeper down, and waits for something, says `soon()` instead; then
the fragment at the top that it stands in gets a timer, and loses it when nobody waits any more.

An error in a fragment stays in it: see trouble.py.
"""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec

import streamlit as st

from playground.ui.bench.locale import set_language
from playground.ui.bench.trouble import attempt

P = ParamSpec("P")

SOON = 0.5
HURRIED = "fragments-drawn-again-soon"


@dataclass
class _Drawing:
    """A fragment at the top level, while it or a part of it is drawn.

    Attributes:
        name: of the fragment.
        every: seconds between two drawings where nobody asks for another one, None for no timer.
        asked: whether somebody has asked for another one.
    """

    name: str
    every: float | None
    asked: bool = False


_now: ContextVar[_Drawing | None] = ContextVar("drawing", default=None)


def soon() -> None:
    """Let what is drawn just now be drawn again in about half a second.

    It holds once: whoever still waits then says so again.

    Raises:
        RuntimeError: no fragment is being drawn.
    """
    drawing = _now.get()
    if drawing is None:
        raise RuntimeError("what is drawn again soon must stand in a fragment, got none")
    drawing.asked = True


def somebody_waits() -> bool:
    """Tell whether what is drawn just now will be drawn again soon anyway."""
    drawing = _now.get()
    return drawing is not None and drawing.asked


def top(body: Callable[P, None], name: str, every: float | None = None) -> Callable[P, None]:
    """Return a function that draws a fragment at the top level of a page.

    Args:
        body: draws what is in it.
        name: one that no other fragment at the top has, on any page.
        every: seconds between two drawings, None for no timer.

    Raises:
        RuntimeError: it would stand in another fragment.
    """
    if _now.get() is not None:
        raise RuntimeError(f"a fragment at the top must not stand in another one, got {name!r}")

    @functools.wraps(body)
    def draw(*args: P.args, **kwargs: P.kwargs) -> None:
        drawing = _draw(_Drawing(name, every), lambda: body(*args, **kwargs))
        if drawing.asked != (name in _hurried()):
            _hurry(drawing)

    return st.fragment(draw, run_every=SOON if _is_slow(every) and name in _hurried() else every)


def part(body: Callable[P, None]) -> Callable[P, None]:
    """Return a function that draws a fragment inside another one.

    Args:
        body: draws what is in it.
    """
    around = _now.get()
    name, every = (around.name, around.every) if around else ("", None)

    @functools.wraps(body)
    def draw(*args: P.args, **kwargs: P.kwargs) -> None:
        if _now.get():
            attempt(lambda: body(*args, **kwargs), None)
            return
        drawing = _draw(_Drawing(name, every), lambda: body(*args, **kwargs))
        if drawing.asked and name not in _hurried():
            _hurry(drawing)

    return st.fragment(draw)


def _draw(drawing: _Drawing, body: Callable[[], None]) -> _Drawing:
    set_language()
    before = _now.set(drawing)
    try:
        attempt(body, None)
    finally:
        _now.reset(before)
    return drawing


def _is_slow(every: float | None) -> bool:
    return every is None or every > SOON


def _hurry(drawing: _Drawing) -> None:
    """Give the fragment a timer if somebody waits in it, else take it away."""
    if drawing.asked:
        _hurried().add(drawing.name)
    else:
        _hurried().discard(drawing.name)
    if _is_slow(drawing.every):
        st.rerun()


def _hurried() -> set[str]:
    """Return the names of this session's fragments in which somebody waits."""
    names: set[str] = st.session_state.setdefault(HURRIED, set())
    return names
