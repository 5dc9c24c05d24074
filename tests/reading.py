"""All that a visitor reads on a page: of its widgets, tables and figures, also what is read aloud.
"""

import functools
import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest, element_tree

from playground.language import CONTENT
from playground.ui.bench import lasting

Found = Iterator[tuple[str, str]]  # where, what

# What no visitor reads: names, addresses and looks; and the code, which is code.
_PROTO = """
    id tag type icon format theme config url page page_script_hash component_name js_content
    js_source_path html_content css_content css_source_path deferred_file_id language code_text
    form_id selection_mode
"""
_JSON = """
    assets key timelineOf
    locale run id file kind events color colors colorscale fillcolor bgcolor bordercolor
    backgroundcolor dtype bdata shape source src type mode symbol symbols dash fill hoverinfo
    anchor overlaying side xref yref axref ayref xanchor yanchor align textposition rule part
    uirevision dragmode hovermode orientation scaleanchor matches rangemode tickformat layer
    constrain constraintoward ref panel brush family weight style shared pictures itemsizing
    clickmode zsmooth barmode legendgroup entrywidthmode autorange sizing boxpoints
"""
OF_PROTO, OF_JSON = frozenset(_PROTO.split()), frozenset(_JSON.split())
_BREAK = re.compile(r"<br>|<extra>|</extra>")
_MARKS = re.compile(r"%\{[^}]*\}|</?\w+[^>]*>")  # of plotly
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|:material/\w+:|\{\w+\}")
_VALUE = "([^⟦⟧]*?(?:⟦.*⟧)?[^⟦⟧]*?)"
_PLACE = re.compile(r"\[\[\w+\]\]")


class Label(str):
    """What an option says, by which the browser tells that it was chosen."""

    __slots__ = ()


def whole(patch: pytest.MonkeyPatch) -> None:
    """Let pages send whole texts, and not what is new in them."""
    patch.setattr(lasting, "SHORT", math.inf)


def by_labels(patch: pytest.MonkeyPatch) -> None:
    """Let widgets take a `Label` as their value, as the browser sends it."""
    as_ever = element_tree._format_value_for_widget
    patch.setattr(element_tree, "_format_value_for_widget", lambda said, value: (
        value if isinstance(value, Label) else as_ever(said, value)))


def read(app: AppTest) -> Found:
    """Return all texts of a page, and where each stands."""
    for node in app._tree:
        proto = getattr(node, "proto", None)
        if proto is None or node.type in ("html", "code") or _is_cookie(proto):
            continue
        if node.type == "bidi_component":
            yield from of_json(json.loads(proto.json or "null"), node.type)
        elif node.type == "plotly_chart":
            yield from of_json(json.loads(proto.spec), node.type)
        elif isinstance(node, element_tree.Element) and node.type in (
                "arrow_data_frame", "dataframe", "table", "arrow_table"):
            yield from _of_table(node.value, node.type)
        elif hasattr(proto, "ListFields"):
            yield from _of_proto(proto, node.type)


def _is_cookie(proto: Any) -> bool:
    return getattr(proto, "component_name", "") == "cookie"


def _of_proto(message: Any, path: str) -> Found:
    for field, value in message.ListFields():
        if field.name in OF_PROTO:
            continue
        for each in (value if field.is_repeated else [value]):
            if field.type == field.TYPE_STRING:
                yield f"{path}.{field.name}", each
            elif field.type == field.TYPE_MESSAGE and hasattr(each, "ListFields"):
                yield from _of_proto(each, f"{path}.{field.name}")


def of_json(value: Any, path: str) -> Found:
    """Return the texts of a figure, or of whatever is sent to a component."""
    if isinstance(value, str):
        yield path, _MARKS.sub("", _BREAK.sub("\n", value))
    elif isinstance(value, dict):
        unread = OF_JSON | {"name"} if "alt" in value else OF_JSON  # a panel's name
        for name, part in value.items():
            if name not in unread or (isinstance(part, dict) and name == "source"):
                yield from of_json(part, f"{path}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from of_json(part, path)


def _of_table(frame: Any, path: str) -> Found:
    for name in frame.columns:
        yield f"{path}.column", str(name)
    for column in (frame.index, *(frame[name] for name in frame.columns)):
        yield from ((f"{path}.cell", each) for each in column if isinstance(each, str))


def without_prose(text: str) -> list[str]:
    """Return what of a Markdown text is not in the files of the prose: other lines, and numbers.
    """
    return [_CODE.sub("", part) for line in _lines_of(text) for part in _not_prose(_plain(line))]


def _not_prose(line: str) -> Iterable[str]:
    if not line or line in _prose():
        return ()
    fits = (pattern.fullmatch(line) for pattern in _with_numbers())
    return next((found.groups() for found in fits if found and all(
        part.count("⟦") == part.count("⟧") for part in found.groups())), (line,))


def _plain(line: str) -> str:
    return line.strip(" *#>")


def _lines_of(text: str) -> list[str]:
    """Split a text at the ends of lines outside of brackets."""
    lines = [""]
    for line in text.split("\n"):
        lines[-1] += line
        if lines[-1].count("⟦") == lines[-1].count("⟧"):
            lines.append("")
        else:
            lines[-1] += " "
    return lines


def _lines() -> Iterable[str]:
    for path in sorted((CONTENT / "en").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        yield from map(_plain, text.splitlines())
        yield from (" ".join(part.split()) for part in re.split(r"\n\n|\n>|^####.*\n", text,
                                                               flags=re.MULTILINE))


@functools.cache
def _prose() -> frozenset[str]:
    return frozenset(re.sub(r"^\[\[figure \w+\]\] *", "", line) for line in _lines())


@functools.cache
def _with_numbers() -> list[re.Pattern[str]]:
    known = [_PLACE.split(line) for line in _prose() if _PLACE.search(line)]
    known.sort(key=lambda parts: (-sum(map(len, parts)), parts))  # a bare number fits anything
    return [re.compile(_VALUE.join(map(re.escape, parts))) for parts in known]
