"""PixelCNN and its relatives: p(x) as a product of conditionals, pixel by pixel."""

from typing import Any

import numpy as np
import streamlit as st

from playground.charts.autoregressive import cost_map, fields, unfolding
from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.charts.images import picture
from playground.experiments.pixel_cnn.settings import PixelCNNSettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import bench, guard
from playground.ui.ask import ask, ask_by_button
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel

CHART = {"displayModeBar": False}
FEW_LEVELS = 17
COMPLETIONS = 9


class PixelCNNLab(Lab):
    """The bench of autoregressive models."""

    concept = "pixel_cnn"
    settings = PixelCNNSettings
    title = N_("PixelCNN")
    idea = N_("Guess each pixel from those before it, one after the other, and multiply the "
              "chances: that is p(x), exactly. Draw the pixels in the same order: that is a "
              "sample.")
    presets = (
        Preset(N_("A good run"), {},
               N_("Noise turns into strokes, and strokes into digits. What is still dear are the "
                  "places where a stroke begins: there the past says little.")),
        Preset(N_("Gated PixelCNN"), {"model": "gated"},
               N_("Two stacks of convolutions see all of the past: a little better, and slower.")),
        Preset(N_("MADE"), {"model": "made", "steps": 2000, "hidden": 500},
               N_("No convolution: each place learns for itself. Quick on 64 pixels.")),
        Preset(N_("MNIST, 14 x 14"), {"dataset": "mnist_14", "steps": 1000, "features": 16},
               N_("196 pixels, the same model. Wait for it: the samples become readable within a "
                  "minute.")),
        Preset(N_("Break it: a look at the future"), {"mask": "next"},
               N_("One cell of the mask is open, and each pixel sees the next one. The score is "
                  "wonderful and a lie. The samples have no future to look at: garbage."),
               fix={"mask": "honest"}, fix_label=N_("Fix it: only the past")),
        Preset(N_("Break it: copy yourself"), {"mask": "itself", "steps": 200},
               N_("Each pixel sees itself: nothing to guess, hardly a nat, and nothing learned."),
               fix={"mask": "honest"}, fix_label=N_("Fix it: only the past")),
        Preset(N_("Break it: short-sighted"), {"kernel": 3, "blocks": 0},
               N_("Four neighbours are all that a pixel sees. The strokes join, but nobody knows "
                  "which digit it is to become."),
               fix={"kernel": 7, "blocks": 4}, fix_label=N_("Fix it: see farther")),
    )
    code = ("model_zoo/autoregressive.py", "model_zoo/pixel_cnn.py",
            "model_zoo/gated_pixel_cnn.py", "model_zoo/made.py",
            "playground/experiments/pixel_cnn/experiment.py")

    def panels(self, settings: PixelCNNSettings) -> list[Panel]:
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
        """Say what the held-out number means, and whether it is one."""
        m, settings = snapshot.metrics, run.settings
        if settings.model == "pixel_cnn" and settings.mask != "honest":
            return _("**{nats:.2f} nats, and not a likelihood:** the mask lets a pixel see what "
                     "it must not. The numbers no longer add up to 1 over all images.").format(
                         nats=m["held_out"])
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
            "step": f"{run.step:,}", "levels": str(run.settings.n_levels),
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
        with right:
            _fields(run)


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


def _fields(run: Run) -> None:
    st.markdown(_("#### What can a pixel see?"))
    st.caption(_("Measured by gradients, in nets with 0, 1, 2 ... 6 blocks and this first kernel. "
                 "White: the pixel. Blue: what it depends on. Orange: past that it cannot see."))
    reply = ask_by_button(_("Measure"), run, "fields")
    if not reply:
        return
    for name, title in (("pixel_cnn", _("PixelCNN")), ("gated", _("Gated PixelCNN"))):
        maps = np.asarray(reply[name])
        side, row, column = maps.shape[-1], reply["row"], reply["column"]
        past = row * side + column
        unseen = past - int(maps[-1].sum())
        st.caption(_("{name}: with 6 blocks {unseen} of {past} pixels of the past are out of "
                     "sight.").format(name=title, unseen=unseen, past=past))
        st.image(png_uri(fields(maps, row, column)), width="stretch")
    st.caption(_("The orange wedge that stays at the right of the PixelCNN is its blind spot: no "
                 "number of blocks reaches it. Two stacks have none; what is orange there is only "
                 "too far away for so few blocks."))


if guard.pass_gate():
    bench.show(PixelCNNLab())
