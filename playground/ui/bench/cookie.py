"""The cookie by which a browser that comes back is known: a random number, and nothing else.

It says nothing about the person, and the server stores it nowhere: runs belong to an owner whose
name is made from it, and from which nobody can make it again. A browser that keeps no cookies sees
the same pages; when it comes back, it is as new.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import streamlit as st

NAME = "playground_visitor"
LIFETIME = 180 * 24 * 60 * 60  # seconds: so long a notebook is found again
TOKEN = re.compile(r"[0-9a-f]{32}")

_mount = st.components.v2.component(
    "cookie", js=(Path(__file__).parents[1] / "frontend" / "cookie.js").read_text("utf-8"))


def new() -> str:
    """Return a token that nobody has: 128 random bits as hexadecimal digits."""
    return secrets.token_hex(16)


def sent() -> str:
    """Return the token that the browser has sent; empty if there is none, or none of our form."""
    token = str(st.context.cookies.get(NAME, ""))
    return token if TOKEN.fullmatch(token) else ""


def owner(token: str) -> str:
    """Return the name of the owner of runs that belong to this token."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def offer(token: str, on_accepted: Callable[[], None]) -> None:
    """Ask the browser to keep a token, unless it has one by now. Draws nothing.

    Args:
        on_accepted: is called when the browser has kept this very one.
    """
    _mount(key="cookie", on_accepted_change=on_accepted,
           data={"name": NAME, "token": token, "lifetime": LIFETIME})
