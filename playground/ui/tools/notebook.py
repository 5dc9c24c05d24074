"""The notebook of runs: find what was kept, open it, name it, compare it, take it along."""

import io
import secrets
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from playground import concepts, events
from playground.language import N_, _, plural, prose
from playground.refusal import Refusal
from playground.runs import archive, files
from playground.runs.run import Run, Status
from playground.runs.store import GB, KNOB, METRIC, Kept, Store, Wanted
from playground.ui.bench import keeping
from playground.ui.bench.labs import lab_of
from playground.ui.bench.play_bar import STATES
from playground.ui.bench.session import kept_run, tab
from playground.ui.bench.trouble import said
from playground.ui.tools import kept_table as table
from playground.ui.tools.compare import MOST, compare_runs

PAGE = 60
DAY = 86_400.0
DATES = {"": N_("any time"), "1": N_("today"), "7": N_("a week"), "31": N_("a month")}
ORDERS = {"at": N_("date"), "step": N_("steps"), "seconds": N_("seconds of training"),
          "nbytes": N_("size")}
WAYS = {(True, "falling"): N_("newest first"), (True, "rising"): N_("oldest first"),
        (False, "falling"): N_("largest first"), (False, "rising"): N_("smallest first")}
STATE = "notebook"
ROW = 56  # pixels


@dataclass
class Notebook:
    """What a session knows of its notebook.

    Attributes:
        shown: how many rows there are at most.
        edition: of the table: another one has no row chosen.
        deleted: the ids of what was deleted last, to be brought back.
        compared: the ids of the runs that are compared.
        uploads: how many files were opened; it makes the uploader a new one.
        problem: why the last file was not opened.
    """

    shown: int = PAGE
    edition: int = 0
    deleted: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    uploads: int = 0
    problem: str = ""


def here() -> Notebook:
    """Return what this session knows of its notebook."""
    found: Notebook = st.session_state.setdefault(STATE, Notebook())
    return found


def notebook() -> None:
    """Draw the page's body."""
    st.title(_("Notebook"), anchor=False)
    st.markdown(prose("notebook", "about"))
    try:
        store, owner = keeping.store(), tab().owner
        _room(store, owner)
        _open_file()
        total = store.count(owner, Wanted(sweep=None))
        if not total and not here().deleted:
            st.info(_("Nothing is kept yet. Train a model on any page, and come back."),
                    icon=":material/menu_book:")
            return
        wanted = _filters(store, owner)
        found = store.find(owner, wanted, here().shown)
        chosen = _table(found, wanted)
        if (more := store.count(owner, wanted)) > len(found):
            st.button(_("Show more: {n} of {total} are shown").format(n=len(found), total=more),
                      on_click=_show_more, key="notebook-more")
        _actions(store, owner, chosen)
        _comparison(store, owner)
    except Refusal as refusal:
        st.warning(_("There is no notebook now: {reason}.").format(reason=said(refusal)),
                   icon=":material/warning:")


def _room(store: Store, owner: str) -> None:
    used, (gone, at) = store.used(owner), store.made_room(owner)
    st.caption(_("{used:.2f} of {most:.2g} GB are used. When they are full, the oldest runs that "
                 "are not protected go first.").format(used=used / GB,
                                                       most=store.quota.visitor / GB))
    if gone:
        st.caption(":material/info: " + plural(
            "{n} old run had to make room, on {day}.",
            "{n} old runs had to make room, the last one on {day}.", gone).format(
                n=gone, day=time.strftime("%Y-%m-%d", time.gmtime(at))))
    if trouble := keeping.keeper().trouble:
        st.warning(_("The newest run could not be kept: {reason}.").format(reason=said(trouble)),
                   icon=":material/warning:")


# --- what is looked for

def _filters(store: Store, owner: str) -> Wanted:
    choices = store.choices(owner)
    pages = {name: _(lab_of(name).title) for name in choices["concept"]
             if name in concepts.names()}
    with st.container(horizontal=True, vertical_alignment="bottom", key="notebook-filters"):
        concept = st.selectbox(_("Page"), ["", *pages], key="notebook-page", width=200,
                               format_func=lambda name: pages.get(name) or _("all pages"))
        data = st.selectbox(_("Data set"), ["", *choices["dataset"]], key="notebook-data",
                            width=150, format_func=lambda name: _dataset(concept, name))
        status = st.selectbox(_("Ended as"), ["", "finished", "stopped", "failed"],
                              key="notebook-status", width=120,
                              format_func=lambda name: (
                                  _(STATES[Status(name)]) if name else _("any way")))
        days = st.selectbox(_("Kept"), list(DATES), key="notebook-days", width=120,
                            format_func=lambda name: _(DATES[name]))
        tag = ""
        if choices["tag"]:
            tag = st.selectbox(_("Tag"), ["", *choices["tag"]], key="notebook-tag", width=150,
                               format_func=lambda name: name or _("any tag"))
        text = st.text_input(_("Name, note or tag"), key="notebook-text", width=160,
                             max_chars=80)
        numbers = _numbers(concept)
        orders = {**{name: _(label) for name, label in ORDERS.items()}, **numbers}
        order = st.selectbox(_("Sort by"), list(orders), key=f"notebook-sort-{concept}", width=190,
                             format_func=orders.__getitem__)
        falling = st.segmented_control(
            _("Order"), ("falling", "rising"), default="falling", required=True,
            key="notebook-order", format_func=lambda way: _(WAYS[order == "at", way]))
        within = _range(concept, numbers)
        sweeps = st.toggle(_("with runs of sweeps"), key="notebook-sweeps")
    return Wanted(concept, data, status, tag, text.strip(),
                  since=time.time() - DAY * float(days) if days else None, within=within,
                  sweep=None if sweeps else "", sort=order, falling=falling == "falling")


def _dataset(concept: str, name: str) -> str:
    if not name:
        return _("all data")
    names = [concept] if concept else concepts.names()
    for each in names:
        knob = lab_of(each).settings.knobs().get("dataset")
        if knob and name in knob.choices:
            return _(knob.choices[name])
    return name


def _numbers(concept: str) -> dict[str, str]:
    """Return a concept's knobs and measures that are numbers, by what the store calls them."""
    if not concept:
        return {}
    lab = lab_of(concept)
    kind = lab.settings
    knobs = {KNOB + name: _(item.label) for name, item in kind.knobs().items()
             if table.is_number(kind.default(name))}
    return knobs | {METRIC + name: item.shown for name, item in lab.measures.items()}


def _range(concept: str, numbers: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Let the visitor bound one number."""
    if not numbers:
        return {}
    with st.popover(_("From ... to"), key="notebook-range"):
        name = st.selectbox(_("Number"), ["", *numbers], key=f"notebook-number-{concept}",
                            format_func=lambda key: numbers.get(key) or _("none"))
        low = st.number_input(_("from"), value=None, key="notebook-low", format="%g",
                              placeholder=_("no limit"))
        high = st.number_input(_("to"), value=None, key="notebook-high", format="%g",
                               placeholder=_("no limit"))
        bounds = (-1e300 if low is None else float(low), 1e300 if high is None else float(high))
        if bounds[0] > bounds[1]:
            st.warning(_("“from” must be at most “to”, got {low:g} and {high:g}; nothing is "
                         "filtered.").format(low=bounds[0], high=bounds[1]))
            return {}
    return {name: bounds} if name else {}


def _show_more() -> None:
    here().shown += PAGE


# --- the table

def _table(found: Sequence[Kept], wanted: Wanted) -> list[Kept]:
    """Draw the rows; return those that are chosen."""
    if not found:
        st.caption(_("No run is like that."))
        return []
    key = f"notebook-table-{here().edition}-{wanted.concept}"
    chosen = [found[row] for row in st.session_state.get(key, {}).get("selection", {}).get(
        "rows", ()) if row < len(found)]
    names = table.differing(chosen if len(chosen) > 1 else found)
    measures = table.measures_of(wanted.concept) if wanted.concept else {}
    present = [name for name in measures if any(name in kept.metrics for kept in found)][:5]
    rows = []
    for kept in found:
        row: dict[str, Any] = {
            "picture": table.picture(kept),
            "title": f"🔒 {table.title(kept)}" if kept.pinned else table.title(kept),
            "tags": kept.tags, "at": table.when(kept),
            "status": _(STATES[Status(kept.status)]), "step": kept.step, "seconds": kept.seconds}
        row |= {KNOB + name: table.in_value(kept, name) for name in names}
        row |= {METRIC + name: kept.metrics.get(name) for name in present}
        rows.append(row)
    of = wanted.concept or (chosen if len(chosen) > 1 else found)[0].concept
    item = lab_of(of).settings.knobs()
    config = {
        "picture": st.column_config.ImageColumn(_("figure"), width="small"),
        "title": st.column_config.TextColumn(_("run"), width="medium"),
        "tags": (st.column_config.ListColumn(_("tags")) if any(kept.tags for kept in found)
                 else None),
        "at": st.column_config.DatetimeColumn(_("kept"), format="distance"),
        "status": st.column_config.TextColumn(_("ended as")),
        "step": st.column_config.NumberColumn(_("steps done"), format="localized"),
        "seconds": st.column_config.NumberColumn(_("training, s"), format="%.1f"),
        **{KNOB + name: st.column_config.Column(_(item[name].label)) for name in names},
        **{METRIC + name: st.column_config.NumberColumn(
            measures[name].shown, format=f"%.{measures[name].digits}f") for name in present},
    }
    st.dataframe(rows, key=key, column_config=config, on_select="rerun", row_height=ROW,
                 selection_mode="multi-row", hide_index=True,
                 height=min(560, 40 + ROW * len(rows)))
    return chosen


# --- what can be done

def _actions(store: Store, owner: str, chosen: list[Kept]) -> None:
    ids = tuple(kept.id for kept in chosen)
    concept = {kept.concept for kept in chosen}
    with st.container(horizontal=True, vertical_alignment="center", key="notebook-actions"):
        if st.button(_("Open"), icon=":material/open_in_new:", disabled=len(ids) != 1,
                     key="notebook-open", type="primary", help=_("Choose one row: its run opens "
                                                                 "on its page, with its "
                                                                 "timeline.")):
            st.switch_page(f"pages/{chosen[0].concept}.py", query_params={"run": ids[0]})
        st.button(_("Compare"), icon=":material/compare:", key="notebook-compare",
                  disabled=not (2 <= len(ids) <= MOST and len(concept) == 1),
                  on_click=_compare, args=(ids,),
                  help=_("Choose two to {most} rows of one page.").format(most=MOST))
        is_pinned = bool(chosen) and all(kept.pinned for kept in chosen)
        st.button(_("Protect no more") if is_pinned else _("Protect"),
                  icon=":material/lock_open:" if is_pinned else ":material/lock:",
                  key="notebook-pin", disabled=not ids, on_click=store.change, args=(owner, ids),
                  kwargs={"pinned": not is_pinned},
                  help=_("What is protected stays on top, and never makes room for others."))
        with st.popover(_("Name it"), icon=":material/edit:", disabled=len(ids) != 1,
                        key="notebook-name"):
            if len(ids) == 1:
                _edit(store, owner, chosen[0])
        with st.popover(_("Take along"), icon=":material/download:", disabled=not ids,
                        key="notebook-take"):
            if ids:
                _exports(store, owner, chosen)
        st.button(_("Delete"), icon=":material/delete:", key="notebook-delete",
                  disabled=not ids, on_click=_delete, args=(store, owner, ids))
        if here().deleted:
            st.button(plural("Bring {n} run back", "Bring {n} runs back",
                             len(here().deleted)).format(n=len(here().deleted)),
                      icon=":material/undo:", key="notebook-undo", type="primary",
                      on_click=_bring_back, args=(store, owner))
    if len(chosen) == 1:
        _about(chosen[0])


def _about(kept: Kept) -> None:
    """Say what a visitor has noted of a run, and why it ended."""
    if kept.note:
        st.markdown(table.escaped(kept.note))
    if kept.refusal:
        st.caption(_("It ended early: {reason}.").format(reason=said(kept.refusal)))


def _edit(store: Store, owner: str, kept: Kept) -> None:
    with st.form(f"notebook-edit-{kept.id}", border=False):
        name = st.text_input(_("Name"), kept.name, max_chars=80)
        note = st.text_area(_("Note"), kept.note, max_chars=2000)
        tags = st.text_input(_("Tags, with commas between them"), ", ".join(kept.tags),
                             max_chars=200)
        if st.form_submit_button(_("Keep")):
            store.change(owner, [kept.id], name=name, note=note, tags=tags.split(","))
            st.rerun()


def _exports(store: Store, owner: str, chosen: list[Kept]) -> None:
    if len(chosen) == 1:
        st.download_button(
            _("The run as a file"), lambda: archive.pack(store.place(owner, chosen[0].id)),
            file_name=f"{chosen[0].concept}-{chosen[0].id[:8]}{archive.SUFFIX}",
            mime="application/octet-stream", on_click="ignore", key="notebook-file",
            help=_("Open it here, on another server, or by `python -m playground open`."))
    st.download_button(_("Settings and measures (CSV)"), table.metrics_csv(chosen),
                       file_name="runs.csv", mime="text/csv", on_click="ignore",
                       key="notebook-metrics")
    st.download_button(
        _("All curves (CSV)"), lambda: table.curves_csv(
            {kept.id: kept_run(kept.id) for kept in chosen[:PAGE]}),
        file_name="curves.csv", mime="text/csv", on_click="ignore", key="notebook-curves")


def _compare(ids: tuple[str, ...]) -> None:
    here().compared = ids


def _delete(store: Store, owner: str, ids: tuple[str, ...]) -> None:
    store.delete(owner, ids)
    here().deleted = ids
    here().edition += 1


def _bring_back(store: Store, owner: str) -> None:
    store.bring_back(owner, here().deleted)
    here().deleted = ()
    here().edition += 1


def _comparison(store: Store, owner: str) -> None:
    ids = here().compared
    if not ids:
        return
    runs: list[Run] = []
    for run_id in ids:
        try:
            runs.append(kept_run(run_id))
        except Refusal as refusal:
            st.caption(_("A run cannot be shown: {reason}.").format(reason=said(refusal)))
    if len(runs) > 1:
        st.markdown(_("#### Side by side"))
        compare_runs(lab_of(runs[0].experiment), runs, "notebook")


# --- files

def _open_file() -> None:
    with st.expander(_("Open a run from a file"), icon=":material/upload_file:"):
        st.file_uploader(_("A {suffix} file").format(suffix=archive.SUFFIX),
                         type=[archive.SUFFIX], key=f"notebook-upload-{here().uploads}",
                         max_upload_size=archive.MAX_FILE // archive.MB, on_change=_take_file)
        if here().problem:
            st.warning(here().problem, icon=":material/warning:")


def _take_file() -> None:
    file = st.session_state.get(f"notebook-upload-{here().uploads}")
    if file is None:
        return
    here().problem = ""
    try:
        take(keeping.store(), tab().owner, file.getvalue(), file.name)
        st.toast(_("It is in your notebook now: choose its row, and open it."),
                 icon=":material/menu_book:")
    except Refusal as refusal:
        events.refused("run_file", refusal)
        here().problem = _("{name}: {reason}.").format(name=table.escaped(file.name[:60]),
                                                       reason=table.escaped(said(refusal)))
    here().uploads += 1
    here().edition += 1


def take(store: Store, owner: str, packed: bytes, name: str) -> str:
    """Keep the run of a `.playground` file; return its id.

    Raises:
        Refusal: it is no such file, or its run cannot be shown.
    """
    with tempfile.TemporaryDirectory(prefix="playground-open-") as scratch:
        archive.unpack(io.BytesIO(packed), Path(scratch))
        try:
            run = files.load(Path(scratch), secrets.token_hex(16))
        except Refusal as refusal:
            reason = refusal.values.get("reason")
            raise (reason if isinstance(reason, Refusal) else refusal) from None
        run = replace(run, owner=owner, stored=False)
        picture = None
        try:
            picture = keeping.picture(run)
        except Exception as error:
            raise Refusal(N_("its figures cannot be drawn: its numbers do not fit its "
                             "settings")) from error
        store.keep(run, picture)
    store.change(owner, [run.id], name=name.removesuffix(archive.SUFFIX))
    return run.id
