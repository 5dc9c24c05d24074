"""PixelRNN: LSTMs that walk over the image, row by row or along its diagonals."""

import numpy as np
import streamlit as st

from playground.charts.autoregressive import scan_order
from playground.experiments.pixel_rnn.settings import PixelRNNSettings
from playground.language import N_, _
from playground.runs import Run
from playground.ui import autoregressive, bench, guard
from playground.ui.lab import Preset
from playground.ui.style import CHART


class PixelRNNLab(autoregressive.AutoregressiveLab):
    """The bench of PixelRNN."""

    concept = "pixel_rnn"
    settings = PixelRNNSettings
    title = N_("PixelRNN")
    idea = N_("Let an LSTM walk over the picture and carry along what it has seen. It guesses the "
              "next pixel from its memory of all pixels before: exact chances, slow steps.")
    presets = (
        Preset(N_("A good run"), {},
               N_("Two LSTMs walk along the diagonals from both upper corners, and the samples "
                  "turn into digits.")),
        Preset(N_("Row LSTM"), {"model": "row"},
               N_("One step for each row: twice as fast. Each state comes from the three above "
                  "it, so it sees a triangle.")),
        Preset(N_("32 units"), {"units": 32, "steps": 2000},
               N_("A stored run. Twice the memory, twice the steps: see what that buys.")),
        Preset(N_("MNIST, 28 x 28"), {"dataset": "mnist_full", "units": 20, "steps": 10_000,
                                      "learning_rate": 0.002},
               N_("A stored run on all of MNIST, more than an hour long. One layer of 20 units "
                  "sees everything before a pixel.")),
        Preset(N_("Know the class"), {"know_class": True},
               N_("A row of samples for each digit: each gate of the LSTM was told which one to "
                  "draw.")),
        Preset(N_("Break it: hardly a memory"), {"units": 4, "kernel": 3},
               N_("Four numbers must hold all that was seen. The strokes are there, the digits "
                  "are not."),
               fix={"units": 16, "kernel": 7}, fix_label=N_("Fix it: 16 units, larger kernel")),
        Preset(N_("Break it: too large steps"), {"learning_rate": 0.5},
               N_("LSTMs take large steps badly: the loss jumps, and settles far too high."),
               fix={"learning_rate": 0.005}, fix_label=N_("Fix it: learning rate 0.005")),
    )
    code = ("model_zoo/autoregressive.py", "model_zoo/conditional.py", "model_zoo/tower.py",
            "model_zoo/pixel_rnn.py",
            "playground/experiments/autoregressive.py",
            "playground/experiments/pixel_rnn/experiment.py")
    seers = {"row_lstm": N_("Row LSTM"), "diagonal": N_("Diagonal BiLSTM")}
    sight = N_("With no layer, the first kernel sees alone. One layer of the Row LSTM opens a "
               "triangle, and more layers move its edges a little. One diagonal layer sees all.")

    def geometry(self, run: Run, name: str, maps: np.ndarray, pixel: tuple[int, int]) -> str:
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

    def explore(self, run: Run) -> None:
        """Show the walk, then what all models of the family have."""
        st.markdown(_("#### The walk"))
        st.caption(_("Which pixels an LSTM takes at once, step after step. Play it. On the "
                     "diagonals, the second walk from the right is for the row below."))
        last = run.history.last
        if last is not None:
            side = last.arrays["image"].shape[-1]
            st.plotly_chart(scan_order(run.settings.model, side),
                            config=CHART, key="scan-order")
        super().explore(run)


if guard.pass_gate():
    bench.show(PixelRNNLab())
