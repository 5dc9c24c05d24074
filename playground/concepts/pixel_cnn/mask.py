"""The mask of a kernel as cells that a visitor opens and closes."""

from collections.abc import Mapping

import streamlit as st

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.concepts.pixel_cnn.settings import HONEST, cells_of, to_mask
from playground.experiments.autoregressive_settings import is_past
from playground.language import _
from playground.settings import Knob, Value
from playground.ui.tools.paint import paint, stroke

CLOSED = NEUTRAL


def mask_editor(name: str, knob: Knob, values: Mapping[str, Value]) -> str:
    """Draw the mask that the session's value `name` describes, and return it as it now stands.

    Args:
        values: of the knobs above; the side of the `kernel` is among them.
    """
    side, label = int(values["kernel"]), _(knob.label)
    half = side // 2
    turned = cells_of(st.session_state[name])
    for row, column in stroke(f"{name}-cells", side, side):
        turned ^= {(row - half, column - half)}
    st.session_state[name] = to_mask(turned)

    def color(row: int, column: int) -> str:
        past = is_past(row, column)
        is_open = past ^ ((row, column) in turned)
        return (DATA if past else SAMPLES) if is_open else CLOSED

    st.markdown(label, help=_(knob.help))
    around = range(-half, half + 1)
    paint(f"{name}-cells", [[color(row, column) for column in around] for row in around],
          label=label, marked=side * side // 2, size=190)
    st.caption(_("Blue: an open cell of the past. Orange: an open cell of the future. Grey: "
                 "closed. The frame is the pixel itself."))
    if st.session_state[name] != HONEST:
        st.button(_("Only the past"), key=f"{name}-honest", icon=":material/undo:",
                  on_click=_reset, args=(name,))
    value: str = st.session_state[name]
    return value


def _reset(name: str) -> None:
    st.session_state[name] = HONEST
