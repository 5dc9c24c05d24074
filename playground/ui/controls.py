"""The sidebar: one widget per knob, each bound to the URL by its field's name."""

from itertools import groupby
from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground.language import N_, _
from playground.settings import Knob, Settings, Value, explain

GROUPS = (N_("Data"), N_("Model"), N_("Training"))
LIVE_MARK = ":material/bolt:"
MAX_SLIDER_STOPS = 200


def controls(kind: type[Settings], concept: str, **drawn: Any) -> Settings:
    """Draw the sidebar and return the settings as they stand, checked.

    Values that the address bar or a tampered browser brings and that are not allowed fall back to
    their defaults, and a line says so.

    Args:
        drawn: values of fields that have no knob, e.g. points that the visitor has drawn.
    """
    _restore(kind, concept)
    for name in kind.knobs():
        if (pending := f"next:{name}") in st.session_state:
            st.session_state[name] = st.session_state.pop(pending)
    _report_bad_parameters(kind, concept)
    knobs = kind.knobs()
    values: dict[str, Any] = {}
    with st.sidebar:
        for group, names in groupby(sorted(knobs, key=lambda n: GROUPS.index(knobs[n].group)),
                                    key=lambda n: knobs[n].group):
            st.markdown(f"**{_(group)}**")
            for name in names:
                if _visible(knobs[name], kind, values):
                    values[name] = _widget(name, knobs[name], kind.default(name))
        st.caption(_("{mark} may change while it trains; the others start again.")
                   .format(mark=LIVE_MARK))
    settings = _checked(kind, values, drawn)
    st.session_state[f"settings:{concept}"] = {name: values[name] for name in values}
    return settings


def choose(kind: type[Settings], changes: dict[str, Value]) -> None:
    """Set the widgets: the given values, and the default of every other knob. For callbacks."""
    for name in kind.knobs():
        st.session_state[name] = changes.get(name, kind.default(name))


def choose_next(name: str, value: Value) -> None:
    """Set one widget in the next script run. For code that runs after the widgets were drawn."""
    st.session_state[f"next:{name}"] = value


def _restore(kind: type[Settings], concept: str) -> None:
    """Bring back this page's values after a visit to another page, which has the same names."""
    if st.session_state.get("page") == concept:
        return
    st.session_state["page"] = concept
    remembered = st.session_state.get(f"settings:{concept}", {})
    for name in kind.knobs():
        if name not in st.query_params:
            st.session_state[name] = remembered.get(name, kind.default(name))


def _report_bad_parameters(kind: type[Settings], concept: str) -> None:
    if f"checked:{concept}" in st.session_state:
        return
    st.session_state[f"checked:{concept}"] = True
    for name, item in kind.knobs().items():
        text = st.query_params.get(name)
        if text is None:
            continue
        if not _allowed(kind, name, text):
            st.toast(_("The address asked for a value of “{name}” that is not allowed. "
                       "It must be {range}; the default is used.")
                     .format(name=_(item.label), range=item.range_text()), icon=":material/link_off:")


def _allowed(kind: type[Settings], name: str, text: str) -> bool:
    try:
        value = getattr(kind.model_validate({name: text}), name)
    except ValidationError:
        return False
    item = kind.knobs()[name]
    return not item.log or value in _stops(item, kind.default(name))


def _visible(item: Knob, kind: type[Settings], values: dict[str, Any]) -> bool:
    return all(values.get(other, kind.default(other)) in allowed
               for other, allowed in item.when.items())


def _checked(kind: type[Settings], values: dict[str, Any], drawn: dict[str, Any]) -> Settings:
    try:
        return kind(**values, **drawn)
    except ValidationError as error:
        st.toast(explain(error), icon=":material/warning:")
        return kind(**drawn)


def _widget(name: str, item: Knob, default: Value) -> Value:
    label = _(item.label) + (f" {LIVE_MARK}" if item.live else "")
    common: dict[str, Any] = {"key": name, "help": _(item.help), "bind": "query-params"}
    st.session_state.setdefault(name, default)
    if item.choices:
        return st.selectbox(label, list(item.choices), **common,
                            format_func=lambda option: _(item.choices[option]))
    if item.low is None or item.high is None:
        return st.toggle(label, **common)
    if item.log:
        stops = _stops(item, default)
        if st.session_state[name] not in stops:
            st.session_state[name] = min(stops, key=lambda s: abs(s - st.session_state[name]))
        return st.select_slider(label, stops, **common, format_func=lambda v: f"{v:g}")
    number = type(default)
    if (item.high - item.low) / (item.step or 1) > MAX_SLIDER_STOPS:
        return st.number_input(label, number(item.low), number(item.high),
                               step=number(item.step or 1), **common)
    return st.slider(label, number(item.low), number(item.high), step=number(item.step or 1),
                     **common)


def _stops(item: Knob, default: Value) -> list[Any]:
    number = type(default)
    return sorted({number(stop) for stop in (*item.stops(), default)})
