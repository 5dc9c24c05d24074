"""A language that nobody speaks: what is translated stands in ⟦ ⟧, and each place in it in ‹ ›.

So a text that is not translated is seen, also within a sentence that is, and so are two texts
that were put together by hand, to one sentence or to two.
"""

import ast
import functools
import gettext
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from playground import language
from playground.ui.bench import frames

ROOT = Path(__file__).parents[1]
_PLACE = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_BETWEEN = re.compile(r"\n|\||·|<br>|→")


@functools.cache
def marked() -> frozenset[str]:
    """Return all texts that a translator is given: those that the program has marked."""
    calls = (node for folder in ("playground", "pages", "tests")
             for path in sorted((ROOT / folder).rglob("*.py"))
             for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "N_", "plural"))
    return frozenset(part.value for call in calls for argument in call.args
                     for part in ast.walk(argument)
                     if isinstance(part, ast.Constant) and isinstance(part.value, str))


class Pseudo(gettext.NullTranslations):
    """The catalogue."""

    def gettext(self, message: str) -> str:
        """Put a text and its places into brackets; one that is not marked stays as it is."""
        if message not in marked():
            return message
        filled = _PLACE.sub(lambda place: place[0] if place[0] in ("{{", "}}")
                            else f"‹{place[0]}›", message)
        return f"⟦{filled}⟧" if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """As English has it."""
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody read in this language; frames in English are neither found nor left behind."""
    monkeypatch.setattr(language, "_catalogue", lambda _code: Pseudo())
    monkeypatch.setattr(frames, "_frames", OrderedDict())


@dataclass
class _Level:
    """What stands between two brackets, or the whole: texts and, between them, other levels."""

    is_translated: bool
    parts: list["str | _Level"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def levels(self) -> Iterator["_Level"]:
        yield self
        for part in self.parts:
            if isinstance(part, _Level):
                yield from part.levels()


def _read(text: str) -> _Level:
    stack = [_Level(is_translated=False)]
    for part in re.split("([⟦⟧‹›])", text):
        if part in ("⟦", "‹"):
            stack.append(_Level(is_translated=part == "⟦"))
            stack[-2].parts.append(stack[-1])
        elif part in ("⟧", "›"):
            assert len(stack) > 1 and stack.pop().is_translated == (part == "⟧"), text
        elif part:
            stack[-1].parts.append(part)
    assert len(stack) == 1, text
    return stack[0]


def bare(text: str) -> list[str]:
    """Return what of a text is in no language: what stands outside of ⟦ ⟧, or in a place."""
    return [part for level in _read(text).levels() if not level.is_translated
            for part in level.parts if isinstance(part, str)]


def glued(text: str) -> list[str]:
    """Return the places where two translated texts stand side by side, and no third joins them.

    Whole sentences are joined by `sentences`, since not every language has a blank between them,
    and the members of a list by `listed`.
    """
    return [f"{_short(before)} {between!r} {_short(after)}"
            for level in _read(text).levels() if not level.is_translated
            for before, between, after in _pairs(level)
            if not _is_joined_well(before, between, after)]


def _pairs(level: _Level) -> Iterator[tuple[_Level, str, _Level]]:
    before, between = None, ""
    for part in level.parts:
        if isinstance(part, str):
            between += part
        else:
            if before:
                yield before, between, part
            before, between = part, ""


def _is_joined_well(before: _Level, between: str, after: _Level) -> bool:
    joiner = not re.search(r"\w", before.text) or not re.search(r"\w", after.text)
    return joiner or bool(_BETWEEN.search(between))


def _short(level: _Level) -> str:
    return level.text if len(level.text) < 50 else f"{level.text[:22]} ... {level.text[-22:]}"
