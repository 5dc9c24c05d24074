"""What the pages of PixelCNN and PixelRNN have in common: drawing pixel by pixel."""

import time
from typing import Any, ClassVar

import numpy as np
import streamlit as st

from playground.charts.autoregressive import cost_map, fields, unfolding
from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.charts.images import picture
from playground.engine.base import UnknownRun
from playground.experiments.pixel_cnn.settings import AutoregressiveSettings
from playground.language import N_, _
from playground.runs import Run
from playground.settings import Settings
from playground.snapshot import Snapshot
from playground.ui.ask import ask, ask_by_button, pressed
from playground.ui.lab import Figure, Lab
from playground.ui.live_plot import Event, Panel
from playground.ui.session import engine, gallery_run

CHART = {"displayModeBar": False}
COMPLETIONS = 9
FAMILY = ("pixel_cnn", "pixel_rnn")


class AutoregressiveLab(Lab):
    """The bench of models that draw pixel by pixel.

    Attributes:
        seers: the kinds of nets whose sight the Explore tab measures, and their names.
        sight: what there is to see in those measurements.
    """

    seers: ClassVar[dict[str, str]]
    sight: ClassVar[str]

    def panels(self, settings: Settings) -> list[Panel]:
        """Samples, one image's costs, losses."""
        return [
            Panel("samples", _("Samples, drawn pixel by pixel"), square=True,
                  alt=_("Samples of the model at this step")),
            Panel("costs", _("A held-out image: bright where it surprised"), square=True,
                  events=("hover",), alt=_("An image, its pixels coloured by -log p")),
            Panel("losses", _("-log p(x)"), kind="curve", weight=1.05,
                  alt=_("Nats per image over the training steps, in training and held out")),
        ]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw samples and costs of one moment."""
        a = snapshot.arrays
        return {"samples": picture(tile(a["samples"])), "costs": cost_map(a["image"], a["costs"])}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw the nats per image, in training, held out, and of independent pixels."""
        curves = {N_("training"): "loss", N_("held out"): "held_out",
                  N_("independent pixels"): "independent"}
        return {"losses": lines({label: run.history.curve(name)
                                 for label, name in curves.items()}, unit=N_("nats per image"))}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say what the held-out number means."""
        m, settings = snapshot.metrics, settings_of(run)
        text = _("**Held out: {nats:.2f} ± {error:.2f} nats per image**, {bits:.3f} bits per "
                 "pixel. This is exact, no bound. Pixels that know nothing of each other would "
                 "need {independent:.2f}.").format(
                     nats=m["held_out"], error=m["error"], bits=m["bits_per_dim"],
                     independent=m["independent"])
        if settings.pixels == "dynamic":
            text += " " + _("Black and white are drawn anew (dynamic binarisation).")
        elif settings.pixels == "fixed":
            text += " " + _("Black and white were drawn once (fixed binarisation).")
        if m.get("loss", m["held_out"]) < m["held_out"] - 4 * m["error"]:
            text += " " + _("Training is far below held out: part of it is learned by heart.")
        return text

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        m = run.history.last.metrics if run.history.last else {}
        forms = {"held_out": "{:.2f}", "bits_per_dim": "{:.3f}", "independent": "{:.2f}"}
        shape = run.history.last.arrays["image"].shape if run.history.last else (0, 0)
        return {name: form.format(m[name]) if name in m else "–"
                for name, form in forms.items()} | {
            "step": f"{run.step:,}", "levels": str(settings_of(run).n_levels),
            "d": str(shape[0] * shape[1])}

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        """Say what the pixel under the cursor could have been."""
        last = run.history.last
        if last is None or event.x is None or event.y is None:
            return None
        row, column = round(event.y), round(event.x)
        height, width = last.arrays["image"].shape
        if not (0 <= row < height and 0 <= column < width):
            return None
        reply = ask(run, "conditional", row=row, column=column)
        if reply is None:
            return None
        chances = np.asarray(reply["probabilities"])
        text = _("row {row}, column {column}: it is {level}, whose chance was {chance:.1%} "
                 "({nats:.2f} nats)").format(row=row, column=column, level=reply["level"],
                                             chance=chances[reply["level"]], nats=reply["nats"])
        if len(chances) > 2:
            text += ". " + _("Likeliest: {level} ({chance:.0%})").format(
                level=int(chances.argmax()), chance=chances.max())
        return {"text": text}

    def explore(self, run: Run) -> None:
        """Draw an image slowly, complete images, and measure what a pixel sees."""
        _slowly(run)
        left, right = st.columns(2, gap="large")
        with left:
            _completions(run)
            _side_by_side()
        with right:
            self._fields(run)

    def _fields(self, run: Run) -> None:
        st.markdown(_("#### What can a pixel see?"))
        st.caption(_("Measured by gradients, in nets with 0, 1, 2 ... 6 blocks and this first "
                     "kernel. White: the pixel. Blue: what it depends on. Orange: past that it "
                     "cannot see."))
        reply = ask_by_button(_("Measure"), run, "fields")
        if not reply:
            return
        for name, title in self.seers.items():
            maps = np.asarray(reply[name])
            side, row, column = maps.shape[-1], reply["row"], reply["column"]
            past = row * side + column
            st.caption(_("{name}: with 6 blocks {unseen} of {past} pixels of the past are out of "
                         "sight.").format(name=_(title), unseen=past - int(maps[-1].sum()),
                                          past=past))
            st.image(png_uri(fields(maps, row, column)), width="stretch")
        st.caption(_(self.sight))


def _slowly(run: Run) -> None:
    st.markdown(_("#### One image, pixel by pixel"))
    st.caption(_("The framed pixel comes next. The bars are its chances; the bluer a pixel, the "
                 "more they depend on it. Play it, or drag the slider."))
    left, right = st.columns(2)
    seed = left.number_input(_("which sample"), 0, 9999, 0, key="path-seed")
    temperature = right.slider(_("temperature"), 0.1, 2.0, 1.0, 0.1, key="path-temperature")
    reply = ask_by_button(_("Draw slowly"), run, "path", seed=int(seed), temperature=temperature)
    if reply:
        st.plotly_chart(unfolding(*(np.asarray(reply[name]) for name in (
            "image", "places", "probabilities", "sees"))), config=CHART)


def _completions(run: Run) -> None:
    st.markdown(_("#### Complete it"))
    last = run.history.last
    if last is None:
        return
    height = last.arrays["image"].shape[0]
    st.caption(_("The first picture is a held-out one. The others know its upper rows only and "
                 "draw the rest, each by chance. Try few rows: other digits appear."))
    one, two = st.columns(2)
    rows = one.slider(_("rows that are known"), 0, height, height // 2, key="known-rows")
    index = two.number_input(_("which image"), 0, 99, 0, key="completed-image")
    reply = ask_by_button(_("Complete it"), run, "complete", rows=rows, n=COMPLETIONS,
                          index=int(index))
    if reply:
        sheet = tile(np.asarray(reply["images"]), columns=5)
        scale = max(1, 600 // sheet.shape[1])
        st.image(png_uri(sheet.repeat(scale, 0).repeat(scale, 1)), width="stretch")


def _side_by_side() -> None:
    """A table of this session's newest runs of the family, with the time that drawing takes."""
    st.markdown(_("#### Side by side"))
    st.caption(_("The newest run of each page in this session, or the stored one. Training is "
                 "parallel for convolutions and walks for LSTMs; drawing goes pixel by pixel for "
                 "both."))
    runs = [run for concept in FAMILY if (run := _newest(concept)) and run.step]
    if not runs:
        return
    if not pressed(_("Compare"), runs[-1], "side-by-side"):
        return
    rows: dict[str, list[str]] = {}
    for run in runs:
        settings, last = settings_of(run), run.history.last
        assert last
        began = time.perf_counter()
        drawn = ask(run, "complete", rows=0, n=1, index=0)
        seconds = time.perf_counter() - began
        in_epoch = last.metrics["images"] / settings.batch_size
        cells = {
            _("model"): _(settings.knobs()["model"].choices[settings.model]).split(":")[0],
            _("data"): settings.dataset,
            _("held out, nats"): f"{last.metrics['held_out']:.2f}",
            _("seconds an epoch"): f"{run.seconds / run.step * in_epoch:.2f}",
            _("seconds to draw one"): f"{seconds:.2f}" if drawn else "–",
        }
        for head, cell in cells.items():
            rows.setdefault(head, []).append(cell)
    st.table(rows)
    st.caption(_("Measured just now on this machine; the asking is part of the drawing time."))


def _newest(concept: str) -> Run | None:
    try:
        run = engine().poll(st.session_state.get(f"run:{concept}", "")).run
    except UnknownRun:
        return gallery_run(concept)
    return run if run.step else gallery_run(concept)


def settings_of(run: Run) -> AutoregressiveSettings:
    """Return the settings of a run of this family."""
    assert isinstance(run.settings, AutoregressiveSettings)
    return run.settings
