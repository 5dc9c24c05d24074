"""Where a visitor has put something by hand before: the trail that a figure shows."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def visited(key: str, about: object, now: T, start: T, most: int) -> tuple[T, ...]:
    """Return the places of a trail before the present one.

    The trail begins anew where it comes back to the start, as after a preset.

    Args:
        key: Of the trail in the session.
        about: What the places belong to, e.g. the data; on others the trail begins anew.
        now: Where it stands.
        start: Where it stands before anybody moves it.
        most: Places that are kept, the newest ones.
    """
    if now == start:
        st.session_state.pop(key, None)
    return tuple(remember(key, about, [now], most)[:-1])


def remember(key: str, about: object, places: Sequence[T], most: int) -> list[T]:
    """Add places to a trail and return it, each place once, the latest last."""
    before, known = st.session_state.get(key, (None, []))
    passed: list[T] = [*(known if before == about else []), *places]
    latest = list(reversed(dict.fromkeys(reversed(passed))))[-most:]
    st.session_state[key] = about, latest
    return latest
