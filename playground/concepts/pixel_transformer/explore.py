"""What one can ask a pixel transformer alone: where its heads look, and what the cache saves."""

import numpy as np
import streamlit as st

from playground.charts.autoregressive import colours_last
from playground.charts.colors import SAMPLES
from playground.concepts.pixel_transformer import figures
from playground.concepts.pixel_transformer.settings import PixelTransformerSettings
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.tools.drawing_time import milliseconds
from playground.ui.tools.paint import paint, stroke

CANVAS = "attention-cells"
N_CLOCKED = 16


def attention(run: Run[PixelTransformerSettings]) -> None:
    """Let the visitor click a pixel of a held-out picture, and show what each head looks at."""
    st.markdown(_("#### Click a pixel: where does each head look?"))
    last = run.history.last
    if last is None:
        return
    if run.settings.blocks == 0:
        st.caption(_("This net has no block, so nobody looks anywhere: each pixel knows the one "
                     "before it alone."))
        return
    left, right = st.columns([1, 2], gap="large")
    with left:
        index = int(st.number_input(_("which held-out picture"), 0, 49, 0,
                                    key="attention-picture"))
        pixel = _clicked(run, index, *last.arrays["image"].shape[-2:])
    reply = ask(run, "attention", index=index, row=pixel[0], column=pixel[1])
    with right:
        st.caption(_("Click a pixel. Orange: what is guessed. The bluer a past pixel, the more a "
                     "head looks at it. Grey: not drawn yet. A row for each block; head 2.3 is "
                     "the third one of the second block."))
        if reply:
            st.markdown(_most(reply))
            st.caption(_("Above each head: how far away it looks in the mean, and at how many "
                         "pixels, as if all counted alike (the exponential of the entropy of its "
                         "attention). What a head looks at is not yet what it makes of it: later "
                         "blocks look at what earlier ones have gathered."))
    if reply:
        st.plotly_chart(figures.heads(reply, pixel, run.settings.scan, run.settings.causal),
                        config=chart(), key="attention-heads")


def _clicked(run: Run[PixelTransformerSettings], index: int, height: int,
             width: int) -> tuple[int, int]:
    """Draw the picture as cells to click, and return the one that was clicked last."""
    key = f"{CANVAS}-pixel-{height}"
    for cell in stroke(CANVAS, height, width):
        st.session_state[key] = cell
    row, column = st.session_state.get(key, (height // 2, width // 2))
    seen = ask(run, "example", index=index)
    if seen is not None:
        image = np.broadcast_to(colours_last(np.asarray(seen["image"])), (height, width, 3))
        cells = [[f"rgb({red},{green},{blue})" for red, green, blue in line]
                 for line in image.tolist()]
        cells[row][column] = SAMPLES
        paint(CANVAS, cells, label=_("A held-out picture, to click a pixel"),
              marked=row * width + column, brush=SAMPLES)
    return row, column


def _most(reply: dict[str, np.ndarray]) -> str:
    """Say which head looks nearest and which farthest, and how much the first token gets."""
    reach, start = np.asarray(reply["reach"]), np.asarray(reply["start"])
    near = np.unravel_index(reach.argmin(), reach.shape)
    far = np.unravel_index(reach.argmax(), reach.shape)
    return _("**Nearest looks head {near_block}.{near_head}, {near:.1f} pixels away; farthest "
             "head {far_block}.{far_head}, {far:.1f}.** The first token, which is no pixel, gets "
             "{start:.0%} of the attention.").format(
                 near_head=int(near[1]) + 1, near_block=int(near[0]) + 1, near=float(reach[near]),
                 far_head=int(far[1]) + 1, far_block=int(far[0]) + 1, far=float(reach[far]),
                 start=float(start.mean()))


def cache(run: Run[PixelTransformerSettings]) -> None:
    """Clock the drawing of an image with the cache and without it."""
    st.markdown(_("#### What the cache saves"))
    if not run.settings.causal:
        st.caption(_("Without the mask all that earlier pixels know changes with each later one: "
                     "nothing can be kept, and all is computed anew for each pixel."))
        return
    reply = ask_at_rest(_("Clock the cache"), run, "cache", n=N_CLOCKED)
    if not reply:
        return
    kept, anew = float(reply["kept_total"]), float(reply["anew_total"])
    st.plotly_chart(figures.cache(reply), config=chart(), key="attention-cache")
    said = (_("**One image takes {kept} ms with the cache and {anew} ms without: {ratio:.1f} "
              "times as long.**") if anew > kept else
            _("**One image takes {kept} ms with the cache and {anew} ms without: so few pixels "
              "are computed anew as quickly.**"))
    st.markdown(said.format(kept=milliseconds(kept), anew=milliseconds(anew), ratio=anew / kept))
    st.caption(_("What earlier pixels are asked by and answer, their keys and values, does not "
                 "change once they are drawn: the mask hides what comes later from them. Kept, "
                 "each pixel costs one token. Anew, it costs all of them. Clocked on this machine "
                 "just now, the fastest of some tries. The larger the picture, the more it "
                 "saves."))
