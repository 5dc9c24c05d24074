"""The visitor's own points, shared by all pages: drawn into the figure, or from a CSV file."""

import re
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from playground import events
from playground.datasets.own import LIMIT, MAX_POINTS, OwnPointsSettings
from playground.datasets.own_csv import MAX_BYTES, Chosen, Table, choose, read
from playground.language import _, listed
from playground.refusal import Refusal
from playground.ui.bench.browser_events import Event
from playground.ui.bench.state import Wish, wish

N_DRAWN_CLASSES = 4


@dataclass
class OwnData:
    """What a session has drawn and uploaded. A file goes before drawn points.

    Attributes:
        points, classes: Drawn points, and the class of each.
        table: The file's contents, and `name` its name.
        columns, class_column, standardise: What is taken from the table.
        error: Why the last file was refused.
        files: How many files have been forgotten; it makes the uploader a new one.
        opened: A run that was opened and had learned from a file: only the rows are known.
    """

    points: list[tuple[float, float]] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)
    table: Table | None = None
    name: str = ""
    columns: list[str] = field(default_factory=list)
    class_column: str | None = None
    standardise: bool = True
    error: str = ""
    files: int = 0
    opened: OwnPointsSettings | None = None


def own_data() -> OwnData:
    """Return this session's own data."""
    own: OwnData = st.session_state.setdefault("own-data", OwnData())
    return own


def is_drawn() -> bool:
    """Tell whether the visitor's own points are those that were drawn."""
    own = own_data()
    return own.table is None and own.opened is None


def take(settings: OwnPointsSettings) -> None:
    """Let the visitor's own points be those of a run that is opened."""
    own = own_data()
    own.table, own.error = None, ""
    if settings.columns:
        own.opened = settings
        return
    own.opened = None
    own.points = [(x, y) for x, y in settings.points]
    own.classes = list(settings.classes) or [0] * len(own.points)


def own_values(kind: type[OwnPointsSettings]) -> dict[str, Any]:
    """Return the settings' fields that hold the visitor's own points."""
    own = own_data()
    if own.opened:
        return {name: getattr(own.opened, name) for name in ("points", "classes", "columns")}
    if own.table is None:
        classes = tuple(own.classes) if any(own.classes) else ()
        return {"points": tuple(own.points), "classes": classes}
    chosen = _chosen(kind)
    if chosen is None:
        return {}
    columns = tuple(own.columns[: kind.max_columns])
    return {"points": tuple(map(tuple, chosen.points.tolist())), "columns": columns,
            "classes": tuple(chosen.classes.tolist()) if own.class_column is not None else ()}


def file_panel(kind: type[OwnPointsSettings]) -> None:
    """Draw, in the sidebar, where a file comes from and what is taken from it."""
    own = own_data()
    if own.opened:
        st.caption(_("The {n:,} rows of the run that you have opened.").format(
            n=len(own.opened.points)))
        st.button(_("Forget the file"), key="own-forget", icon=":material/delete:",
                  on_click=_forget_file)
    elif own.table is None:
        st.file_uploader(_("A CSV file"), type=["csv", "tsv", "txt"], key=f"own-file-{own.files}",
                         on_change=_take_file,
                         help=_("Numbers in columns under a line with their names, up to {size:g} "
                                "MB. It stays on this server's memory and goes when you close the "
                                "tab.").format(size=MAX_BYTES / 1e6))
    else:
        _table_panel(own, own.table, kind)
    if own.error:
        st.warning(plain(own.error), icon=":material/warning:")
    if is_drawn():
        st.caption(_("Or click into the figure to draw points. On pages that hold some out to "
                     "judge, every third is held out."))


def _table_panel(own: OwnData, table: Table, kind: type[OwnPointsSettings]) -> None:
    st.caption(_("**{name}**: {n:,} rows").format(name=plain(own.name), n=len(table.values)))
    n = kind.max_columns
    # What is chosen belongs to the session and not to the widgets, which other pages do not have.
    st.session_state["own-columns"] = own.columns[:n]
    st.session_state["own-class_column"] = own.class_column
    st.session_state["own-standardise"] = own.standardise
    st.multiselect(
        _("Columns"), table.columns, key="own-columns", max_selections=n, on_change=_take,
        args=("columns",), help=_("Which columns to look at, up to {n}.").format(n=n))
    st.selectbox(
        _("Classes from"), [None, *table.groups], key="own-class_column", on_change=_take,
        args=("class_column",),
        format_func=lambda name: _("no column") if name is None else name,
        help=_("A column with 2 to 10 different values. Its values become the colours; no method "
               "without labels sees them."))
    st.toggle(
        _("Standardise"), key="own-standardise", on_change=_take, args=("standardise",),
        help=_("Divide each column by its standard deviation. Try without: the column with the "
               "largest numbers decides alone what is near."))
    chosen = _chosen(kind)
    notes = [*table.left_out, *(chosen.notes if chosen else ())]
    if own.class_column is not None:
        notes.append(listed(f"{i}: {name}" for i, name
                            in enumerate(table.groups[own.class_column][1])))
    for note in notes:
        st.caption(plain(note))
    st.button(_("Forget the file"), key="own-forget", icon=":material/delete:",
              on_click=_forget_file)


def _chosen(kind: type[OwnPointsSettings]) -> Chosen | None:
    """Return the chosen part of the table, or None, with the reason said on the page."""
    own = own_data()
    columns = own.columns[: kind.max_columns]
    if own.table is None:
        return None
    if len(columns) < kind.min_columns:
        own.error = _("There must be {n} columns or more to look at, got {found}.").format(
            n=kind.min_columns, found=len(columns))
        return None
    try:
        own.error = ""
        return choose(own.table, columns, classes=own.class_column, standardise=own.standardise)
    except Refusal as refusal:
        own.error = refusal.in_words()
        return None


def draw_tools(*, classes: bool = False, asks: str = "") -> None:
    """Draw what belongs to points that are drawn: say what a click does, and take clicks back.

    Args:
        classes: whether the visitor chooses the class of the next point.
        asks: what else a click can do, translated: the visitor chooses which.
    """
    if not is_drawn():
        return
    with st.container(horizontal=True, vertical_alignment="bottom" if classes else "center"):
        if classes:
            st.segmented_control(_("A click places a point of class"), range(N_DRAWN_CLASSES),
                                 default=0, key="own-next-class")
        elif asks:
            st.segmented_control(_("A click into the figure"), ("place", "ask"), default="place",
                                 required=True, key="own-click", label_visibility="collapsed",
                                 format_func={"place": _("A click places a point"),
                                              "ask": asks}.__getitem__)
        else:
            st.caption(_("Click into the figure: each click places a point."))
        st.button(_("Take back"), key="take-back", icon=":material/undo:", on_click=take_back)
        st.button(_("Clear"), key="clear", icon=":material/delete_sweep:", on_click=clear)


def click_asks() -> bool:
    """Tell whether the visitor has chosen that a click asks; only for figures that can answer."""
    return bool(st.session_state.get("own-click") == "ask")


def draw(event: Event) -> bool:
    """Place a point where the visitor has clicked, or move the one that was dragged."""
    own = own_data()
    if not is_drawn() or event.x is None or event.y is None:
        return False
    if max(abs(event.x), abs(event.y)) > LIMIT:
        return False
    place = round(event.x, 4), round(event.y, 4)
    if event.kind == "drag":
        if event.index is None or event.index >= len(own.points):
            return False
        own.points[event.index] = place
        return True
    if event.kind != "click" or len(own.points) >= MAX_POINTS:
        return False
    own.points.append(place)
    own.classes.append(st.session_state.get("own-next-class") or 0)
    return True


def take_back() -> None:
    """Remove the point that was drawn last. For callbacks."""
    own = own_data()
    if own.points:
        own.points.pop()
        own.classes.pop()
        wish(Wish.LOOK)


def clear() -> None:
    """Remove all points that were drawn. For callbacks."""
    own = own_data()
    own.points.clear()
    own.classes.clear()
    wish(Wish.LOOK)


def plain(text: str) -> str:
    """Return text from a person or a file so that Markdown shows it letter by letter."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=@/])", r"\\\1", text)


def _take_file() -> None:
    own = own_data()
    file = st.session_state.get(f"own-file-{own.files}")
    if file is None:
        return
    try:
        table = read(file.getvalue())
    except Refusal as refusal:
        events.refused("file", refusal)
        own.error = _("{name}: {reason}").format(name=file.name[:60], reason=refusal.in_words())
        return
    own.error, own.table, own.opened, own.name = "", table, None, file.name[:60]
    own.class_column = next((name for name in table.groups if name not in table.columns), None)
    own.columns = list(table.columns)
    own.standardise = True


def _forget_file() -> None:
    own = own_data()
    own.table, own.opened, own.error, own.files = None, None, "", own.files + 1


def _take(choice: str) -> None:
    setattr(own_data(), choice, st.session_state[f"own-{choice}"])
