"""What the pages of models have in common that draw pixel by pixel."""

import math
from abc import abstractmethod
from functools import partial
from typing import Any, ClassVar

import numpy as np
import streamlit as st
from typing_extensions import TypeVar

from playground.charts.architecture_pixels import pixel_by_pixel
from playground.charts.architecture_pixels import training_and_drawing as clocked
from playground.charts.autoregressive import (
    chances,
    cost_map,
    fields,
    guessed,
    order,
    pixel_path,
    remaining,
    turns,
)
from playground.charts.curves import lines
from playground.charts.encode import png_uri
from playground.experiments.autoregressive_settings import AutoregressiveSettings
from playground.language import N_, _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import EARLY, Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.the_model import the_model, training_and_drawing
from playground.ui.tools import autoregressive_tools as tools
from playground.ui.tools.autoregressive_tools import settings_of

SURE = 4  # standard errors of the held-out mean


S = TypeVar("S", bound=AutoregressiveSettings, default=Any)


class AutoregressiveLab(Lab[S]):
    """The bench of models that draw pixel by pixel.

    Attributes:
        seers: the kinds of nets whose sight the Explore tab measures, and their names.
        looking: what is measured of them.
        sight: what there is to see in those measurements.
    """

    seers: ClassVar[dict[str, str]]
    looking: ClassVar[str] = N_(
        "Measured by gradients, in nets with 0, 1, 2 ... 6 blocks and this first kernel, from "
        "left to right. White: the pixel. Blue: what it depends on. Orange: past that it cannot "
        "see.")
    sight: ClassVar[str]

    def panels(self, settings: S) -> list[Panel]:
        """Samples, one image's costs, losses."""
        told = settings.know_class
        claim = settings.claim
        return [
            Panel("samples", _("Samples: a row for each class") if told
                  else _("Samples, drawn pixel by pixel"), square=True,
                  alt=_("Samples of the model at this step")),
            Panel("costs", _("What each pixel costs"), square=True,
                  events=("hover",), alt=_("An image, its pixels coloured by -log p")),
            Panel("losses", f"-{claim.name}" if claim.is_log_p else _("The loss"), kind="curve",
                  alt=_("Nats per image over the training steps, in training and held out")),
        ]

    def frame(self, run: Run[S], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw samples and costs of one moment."""
        a, n_classes = snapshot.arrays, int(snapshot.metrics.get("classes", 0))
        columns = len(a["samples"]) // n_classes if n_classes else None
        return {"samples": pixel_path(a["samples"], columns, settings_of(run).scan),
                "costs": cost_map(a["image"], a["costs"])}

    def curves(self, run: Run[S]) -> dict[str, Figure]:
        """Draw the nats per image, in training, held out, and of independent pixels."""
        curves = {N_("training"): "loss", N_("held out"): "held_out",
                  N_("independent pixels"): "independent"}
        return {"losses": lines({label: run.history.curve(name)
                                 for label, name in curves.items()}, unit=N_("nats per image"))}

    def caption(self, run: Run[S], snapshot: Snapshot) -> str:
        """Say what the held-out number means."""
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if not settings.claim.is_log_p:
            return _("**{nats:.2f} nats, and {why}.**").format(nats=m["held_out"],
                                                               why=_(settings.claim.why))
        text = _("**Held out: {nats:.2f} ± {error:.2f} nats per image**, {bits:.3f} bits per "
                 "pixel: -{log_p}, exact and no bound. Pixels that know nothing of each other "
                 "would need {independent:.2f}.")
        if snapshot.arrays["image"].ndim == 3:
            text = _("**Held out: {nats:.2f} ± {error:.2f} nats per image**, {bits:.3f} bits per "
                     "colour of a pixel: -{log_p}, exact and no bound. Numbers that know nothing "
                     "of each other would need {independent:.2f}.")
        text = text.format(nats=m["held_out"], error=m["error"], bits=m["bits_per_dim"],
                           log_p=settings.claim.name, independent=m["independent"])
        notes = [text]
        if settings.know_class:
            notes.append(_("The model was told the class, one of {n:.0f}: log p(x) can be lower "
                           "by up to log {n:.0f} = {most:.2f} nats.").format(
                               n=m["classes"], most=math.log(m["classes"])))
        if settings.pixels == "dynamic" and snapshot.arrays["image"].ndim == 3:
            notes.append(_("Each colour is on or off; what lies between is drawn anew in each "
                           "batch."))
        elif settings.pixels == "dynamic":
            notes.append(_("Black and white are drawn anew (dynamic binarisation)."))
        elif settings.pixels == "fixed":
            notes.append(_("Black and white were drawn once (fixed binarisation)."))
        if "held_out_images" in m:
            notes.append(_("{n:,.0f} held-out images were looked at.").format(
                n=m["held_out_images"]))
        if snapshot.step < EARLY * settings.steps:
            return sentences(*notes)
        if m["held_out"] > m["independent"] - SURE * m["error"]:
            notes.append(_("**Pixels that know nothing of each other do as well, or better.**"))
        elif m.get("loss", m["held_out"]) < m["held_out"] - SURE * m["error"]:
            notes.append(_("Training images cost {loss:.2f}: part of them is learned by heart."
                           ).format(loss=m["loss"]))
        return sentences(*notes)

    def numbers(self, run: Run[S]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        m = run.history.last.metrics if run.history.last else {}
        forms = {"held_out": "{:.2f}", "bits_per_dim": "{:.3f}", "independent": "{:.2f}",
                 "weights": "{:,.0f}", "images": "{:,.0f}"}
        shape = run.history.last.arrays["image"].shape if run.history.last else (0,)
        claim = run.settings.claim
        return {name: form.format(m[name]) if name in m else "–"
                for name, form in forms.items()} | {
            "log_p": _("-{log_p}, {exact}").format(
                log_p=claim.name, exact=claim.word) if claim.is_log_p else claim.text(),
            "step": f"{run.step:,}", "levels": str(settings_of(run).n_levels),
            "d": f"{math.prod(shape):,}"} | _of_one_image(run)

    def illustrations(self, run: Run[S]) -> dict[str, Figure]:
        """Add what the pixel in the middle may see, what it was guessed to be, and the rest."""
        drawn, last, settings = super().illustrations(run), run.history.last, settings_of(run)
        if last is None:
            return drawn
        image, costs = last.arrays["image"], last.arrays["costs"]
        side = image.shape[-1]
        drawn |= {"order": order(side, side // 2, side // 2, scan=settings.scan),
                  "rest": remaining(costs, settings.scan)}
        if settings.n_levels == 2 and image.ndim == 2:
            drawn["guessed"] = guessed(image, costs)
        if settings.know_class:
            drawn["classes"] = drawn["samples"]
        return drawn

    def answer(self, run: Run[S], event: Event) -> dict[str, Any] | None:
        """Say what the pixel under the cursor could have been."""
        last = run.history.last
        if last is None or event.x is None or event.y is None:
            return None
        row, column = round(event.y), round(event.x)
        height, width = last.arrays["costs"].shape
        if not (0 <= row < height and 0 <= column < width):
            return None
        reply = ask(run, "conditional", row=row, column=column)
        if reply is None:
            return None
        probabilities, levels = np.asarray(reply["probabilities"]), np.asarray(reply["levels"])
        nats = float(np.sum(reply["nats"]))
        text = _("row {row}, column {column}: it is {level}, whose chance was {chance:.1%}. "
                 "{nats:.2f} nats, {share:.1%} of the image").format(
                     row=row, column=column, level=", ".join(map(str, levels.tolist())),
                     chance=math.exp(-nats), nats=nats,
                     share=nats / max(float(last.arrays["costs"].sum()), 1e-9))
        return {"text": text, "image": png_uri(chances(probabilities, levels))}

    def explore(self, run: Run[S]) -> None:
        """Show the net, draw an image slowly, complete images, measure what a pixel sees."""
        settings = settings_of(run)
        the_model(run, partial(pixel_by_pixel, turned=getattr(settings, "turned", ())))
        training_and_drawing(run, clocked)
        tools.slowly(run)
        tools.completions(run)
        self._fields(run)
        left, right = st.columns(2, gap="large")
        with left:
            tools.side_by_side()
        with right:
            tools.beside_published(run)

    def _fields(self, run: Run[S]) -> None:
        st.markdown(_("#### What can a pixel see?"))
        st.caption(_(self.looking))
        reply = ask_at_rest(_("Measure"), run, "fields")
        if not reply:
            return
        scan = settings_of(run).scan
        for name, title in self.seers.items():
            maps = np.asarray(reply[name])
            row, column = reply["row"], reply["column"]
            past = int(turns(scan, *maps.shape[1:])[row, column])
            seen = maps.reshape(len(maps), -1).sum(1).tolist()
            st.caption(_("**{name}** sees {seen} of {past} pixels of the past.").format(
                name=_(title), seen=" → ".join(map(str, seen)), past=past))
            st.image(png_uri(fields(maps, row, column, scan)), width="stretch", alt=_(title),
                     caption=_("0, 1, 2 ... 6 blocks"))
            st.caption(self.geometry(run, name, maps, (row, column)))
        st.caption(_(self.sight))

    @abstractmethod
    def geometry(self, run: Run[S], name: str, maps: np.ndarray, pixel: tuple[int, int]) -> str:
        """Say what the paper leads one to expect of these maps, and what was measured.

        Args:
            name: one of `seers`.
            maps: (T, S, S), 1 where the pixel sees, for each depth.
            pixel: row and column.
        """


def _of_one_image(run: Run[S]) -> dict[str, str]:
    """What the shown image costs: as a whole, its dearest pixel, and a pixel in the mean."""
    names = ("image_nats", "image_power", "dearest", "dearest_row", "dearest_column",
             "dearest_chance", "mean_chance")
    if run.history.last is None:
        return dict.fromkeys(names, "–")
    costs = run.history.last.arrays["costs"].astype(float)
    row, column = np.unravel_index(costs.argmax(), costs.shape)
    dearest, total = costs[row, column], costs.sum()
    texts = (shown(total, ".2f"), shown(total / math.log(10), ".0f"), shown(dearest, ".2f"),
             str(row), str(column), shown(math.exp(-dearest), ".1%"),
             shown(math.exp(-total / costs.size), ".0%"))
    return dict(zip(names, texts, strict=True))
