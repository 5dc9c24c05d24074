"""The sidebar: one widget per knob, each in the address bar by its field's name."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground import events, links
from playground.explain import explain
from playground.language import _
from playground.settings import GROUPS, Knob, Settings, Value
from playground.ui.bench import address, present
from playground.ui.bench.drafts import go, sweep_button
from playground.ui.bench.lab import Lab
from playground.ui.bench.state import PAGE, state_of
from playground.ui.tools.own_data import plain

LIVE_MARK = ":material/bolt:"
LIVE_KEY = "live-"  # the style sheet puts the mark beside the labels, where no reader reads it
MAX_SLIDER_STOPS = 200


def controls(lab: Lab) -> Settings:
    """Draw the sidebar and return the settings as they stand, checked.

    Values that the address bar or a tampered browser brings and that are not allowed fall back to
    their defaults, and a line says so.
    """
    go()
    _fill(lab)
    kind: type[Settings] = lab.settings
    knobs = kind.knobs()
    values: dict[str, Any] = {}
    pinned = present.pinned() or ()
    bar = st.container(horizontal=True, key="pinned") if pinned else None
    with st.sidebar:
        for group, names in groupby(sorted(knobs, key=lambda n: GROUPS.index(knobs[n].group)),
                                    key=lambda n: knobs[n].group):
            st.markdown(f"**{_(group)}**")
            for name in names:
                if _visible(knobs[name], kind, values):
                    place = bar if bar and name in pinned else st
                    key = f"{LIVE_KEY if knobs[name].live else 'knob-'}{name}"
                    with place.container(key=key):
                        values[name] = _widget(lab, name, values)
            lab.under(group, values)
        if kind.live_names() & values.keys():
            st.caption(_("{mark} may change while it trains; the others start again.")
                       .format(mark=LIVE_MARK))
    state_of(lab.concept).values = values
    return _checked(kind, values, lab.drawn(values))


def choose(kind: type[Settings], changes: Mapping[str, Value]) -> None:
    """Set all widgets in the next run of the page: to the given values, else to the defaults."""
    for name in kind.knobs():
        choose_next(name, changes.get(name, kind.default(name)))


def choose_next(name: str, value: Value) -> None:
    """Set one widget in the next run of the page, for callbacks and after it was drawn.

    What is written into a widget's own place may be lost: the browser sends all widgets along with
    whatever it asks next, and it may not have heard of the change by then.
    """
    st.session_state[f"next:{name}"] = value


def _fill(lab: Lab) -> None:
    """Give every widget its value before it is drawn.

    Whoever spoke last is right: a widget that was turned; else the address, if it has moved; else
    nobody, and all stays as it was, also after a visit to another page with knobs of these names.
    """
    state = st.session_state
    kind: type[Settings] = lab.settings
    here = state_of(lab.concept)
    before = here.values
    start = before or links.meant(lab.concept, None)
    arrived = state.get(PAGE) != lab.concept
    for name in kind.knobs():
        if arrived or name not in state:
            state[name] = start.get(name, kind.default(name))
        if (pending := f"next:{name}") in state:
            state[name] = state.pop(pending)
    state[PAGE] = lab.concept
    turned = any(state[name] != value for name, value in before.items())
    here.linked = bool(address.has_moved() and not turned and (st.query_params or not arrived))
    if here.linked:
        state.update(address.read(lab))
        address.read_carried(lab)


def _visible(item: Knob, kind: type[Settings], values: dict[str, Any]) -> bool:
    return all(values.get(other, kind.default(other)) in allowed
               for other, allowed in item.when.items())


def _checked(kind: type[Settings], values: dict[str, Any], drawn: dict[str, Any]) -> Settings:
    try:
        return kind(**values, **drawn)
    except ValidationError as error:
        refusal = explain(error)
        events.refused("settings", refusal)
        st.toast(plain(refusal.in_words()), icon=":material/warning:")
        return kind(**drawn)


def _widget(lab: Lab, name: str, values: dict[str, Value]) -> Value:
    """Draw one knob and return its value.

    Its value in the session is its default too. Else a browser that skips the one message which
    sets it, as it may under load, would show the lowest value, and send that back.
    """
    if name in lab.widgets:
        return lab.widgets[name](name, lab.settings.knobs()[name], values)
    value = knob_widget(lab.settings, name, name)
    if lab.measures and present.pinned() is None:
        sweep_button(lab, name)
    return value


def knob_widget(kind: type[Settings], name: str, key: str) -> Value:
    """Draw the widget of a knob and return its value, which the session has under the key."""
    state, item = st.session_state, kind.knobs()[name]
    label = _(item.label)
    common: dict[str, Any] = {"key": key, "help": _(item.help)}
    if item.choices:
        options = list(item.choices)
        return st.selectbox(label, options, **common, index=_place(state[key], options),
                            format_func=lambda option: _(item.choices[option]))
    if item.low is None or item.high is None:
        return st.toggle(label, bool(state[key]), **common)
    if stops := kind.stops(name):
        if state[key] not in stops:
            state[key] = min(stops, key=lambda s: abs(s - state[key]))
        return st.select_slider(label, stops, state[key], **common,
                                format_func=lambda v: f"{v:g}")
    number = type(kind.default(name))
    draw = (st.number_input if (item.high - item.low) / (item.step or 1) > MAX_SLIDER_STOPS
            else st.slider)
    low, high = number(item.low), number(item.high)
    inside = min(max(number(state[key]), low), high)
    return draw(label, low, high, inside, step=number(item.step or 1), **common)


def _place(value: Any, options: list[str]) -> int:
    return options.index(value) if value in options else 0
