"""PixelRNN: LSTMs that walk over the image, row by row or along its diagonals."""

import math

import numpy as np
import streamlit as st

from playground.charts.autoregressive import scan_order, walk_strip
from playground.charts.measures import Column, dots
from playground.concepts.pixel_rnn.measures import MEASURES
from playground.concepts.pixel_rnn.presets import PRESETS
from playground.concepts.pixel_rnn.settings import PixelRNNSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure
from playground.ui.tools import autoregressive, scene


class PixelRNNLab(autoregressive.AutoregressiveLab[PixelRNNSettings]):
    """The bench of PixelRNN."""

    concept = "pixel_rnn"
    settings = PixelRNNSettings
    title = N_("PixelRNN")
    idea = N_("Let an LSTM walk over the picture and carry along what it has seen. It guesses the "
              "next pixel from its memory of all pixels before: exact chances, slow steps.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/autoregressive.py", "model_zoo/conditional.py", "model_zoo/tower.py",
            "model_zoo/pixel_rnn.py",
            "playground/experiments/autoregressive.py",
            "playground/concepts/pixel_rnn/experiment.py")
    seers = {"row_lstm": N_("Row LSTM"), "diagonal": N_("Diagonal BiLSTM")}
    sight = N_("With no layer, the first kernel sees alone. One layer of the Row LSTM opens a "
               "triangle, and more layers move its edges a little. One diagonal layer sees all.")

    def geometry(self, run: Run[PixelRNNSettings], name: str, maps: np.ndarray,
                 pixel: tuple[int, int]) -> str:
        """Compare with the triangle and with the whole past, as in figure 4 of the paper."""
        row, column = pixel
        rows, columns = np.indices(maps.shape[1:])
        up = row - rows
        triangle = (up > 0) & (abs(columns - column) <= up)
        if name == "row_lstm":
            return _("The triangle that opens by one pixel a row has {n} pixels. One layer sees "
                     "{seen} of them, and {more} more, which the kernels add.").format(
                         n=int(triangle.sum()), seen=int(maps[1][triangle].sum()),
                         more=int(maps[1][~triangle].sum()))
        return _("The whole past has {n} pixels. One layer sees {seen} of them.").format(
            n=row * maps.shape[-1] + column, seen=int(maps[1].sum()))

    def illustrations(self, run: Run[PixelRNNSettings]) -> dict[str, Figure]:
        """Add the walks of both kinds of LSTM, and their numbers of steps."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        side = last.arrays["image"].shape[-1]
        walks = {"rows": walk_strip("row", side), "diagonals": walk_strip("diagonal", side)}
        for height, walk in zip((90, 180), walks.values(), strict=True):
            walk["layout"]["height"] = height
        return drawn | walks | {"waits": _waits(last.arrays["image"].shape)}

    def explore(self, run: Run[PixelRNNSettings]) -> None:
        """Show the walk, then what all models of the family have."""
        st.markdown(_("#### The walk"))
        st.caption(_("Which pixels an LSTM takes at once, step after step. Play it. On the "
                     "diagonals, the second walk from the right is for the row below."))
        last = run.history.last
        if last is not None:
            side = last.arrays["image"].shape[-1]
            scene.show(scan_order(run.settings.model, side), key="scan-order")
        super().explore(run)


def _waits(shape: tuple[int, ...]) -> Figure:
    """Draw how many steps wait for each other, for an image (H, W) or (3, H, W)."""
    counts = {_("PixelCNN, training"): 1, _("Row LSTM, training"): shape[-2],
              _("Diagonal BiLSTM, training"): shape[-2] + shape[-1] - 1,
              _("all three, drawing"): math.prod(shape)}
    return dots([*counts], [Column(_("steps, one after the other, for each layer"),
                                   [*counts.values()], [f"{n:,}" for n in counts.values()],
                                   log=True)])


if guard.pass_gate():
    page.show(PixelRNNLab())
