"""The address bar: what a link asks for, and the link to these settings.

A link holds the values of knobs (which, says links.py), as an option's name and never as its
label: it means the same in every language. (Streamlit's own `bind="query-params"` writes the
labels.) What is no knob travels as one more parameter: see carried.py.
"""

import re

import streamlit as st
from pydantic import ValidationError

from playground import links
from playground.language import _
from playground.settings import Settings, Value
from playground.ui.bench import carried, present
from playground.ui.bench.lab import Lab

WRITTEN = "address"
RUN = "run"
ID = re.compile("[0-9a-f]{32}")


def has_moved() -> bool:
    """Tell whether the address is not the one written last: a link, or the browser's Back."""
    return st.query_params.to_dict() != st.session_state.get(WRITTEN, {})


def read(lab: Lab) -> dict[str, Value]:
    """Return the knob values that the address means; a line on the page tells of wrong ones."""
    kind: type[Settings] = lab.settings
    asked = {name: st.query_params[name] for name in kind.knobs() if name in st.query_params}
    values = {name: _parse(kind, name, text) for name, text in asked.items()}
    for name in values:
        if values[name] is None:
            item = kind.knobs()[name]
            text = _("The address asked for a value of “{name}” that is not allowed. "
                     "It must be {range}; the default is used.")
            if item.log:
                text = _("The address asked for a value of “{name}” that is not allowed. "
                         "It must be {range}, on a mark of its slider; the default is used.")
            st.toast(text.format(name=_(item.label), range=item.range_text()),
                     icon=":material/link_off:")
    allowed = {name: value for name, value in values.items() if value is not None}
    return links.meant(lab.concept, allowed if asked else None)


def read_carried(lab: Lab) -> None:
    """Take what the address carries besides the knobs."""
    carried.arrive(lab, st.query_params.get(carried.NAME, ""))


def asked_run() -> str:
    """Return the id of the run in the visitor's notebook that the address asks for; else ""."""
    asked = st.query_params.get(RUN, "")
    return asked if ID.fullmatch(asked) else ""


def write(lab: Lab, values: dict[str, Value], more: carried.Carried, kept: str = "") -> bool:
    """Let the address say how the knobs stand, and carry the rest.

    Args:
        kept: the id of the run in the visitor's notebook that is shown, if it is one.

    Returns:
        Whether it could carry all; what is too long is left out as a whole.
    """
    link = {name: f"{value:.10g}" if isinstance(value, float) else str(value)
            for name, value in links.named(lab.concept, values).items()}
    link |= present.in_address() | ({RUN: kept} if kept else {})
    text = carried.pack(more)
    if 0 < len(text) <= carried.MAX_CHARACTERS:
        link[carried.NAME] = text
    st.session_state[WRITTEN] = link
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)
    return len(text) <= carried.MAX_CHARACTERS


def _parse(kind: type[Settings], name: str, text: str) -> Value | None:
    try:
        value: Value = getattr(kind.model_validate({name: text}), name)
    except ValidationError:
        return None
    return None if (stops := kind.stops(name)) and value not in stops else value
