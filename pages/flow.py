"""Normalizing flows: a cloud of noise, bent layer by layer until it is the data."""

from typing import Any

from playground.charts.curves import lines
from playground.concepts.flow import explore, figures, words
from playground.concepts.flow.measures import MEASURES
from playground.concepts.flow.presets import PRESETS
from playground.concepts.flow.settings import TEMPERATURES, FlowSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

NATS = {N_("training"): "loss", N_("held out"): "held_out", N_("true density"): "floor"}
BITS = {N_("held out"): "bits", N_("one Gaussian"): "gaussian_bits"}


class FlowLab(Lab[FlowSettings]):
    """The bench of normalizing flows."""

    concept = "flow"
    settings = FlowSettings
    title = N_("Normalizing flow")
    idea = N_("Bend a cloud of noise, by maps that can be undone, until it is the data. How much "
              "each map stretches the space tells exactly how likely any point is.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/flow.py", "model_zoo/coupling_flow.py", "model_zoo/elementwise.py",
            "model_zoo/autoregressive_flow.py", "model_zoo/continuous_flow.py",
            "model_zoo/planar_flow.py", "model_zoo/glow.py", "model_zoo/dequantisation.py",
            "model_zoo/bijections.py", "playground/concepts/flow/training.py",
            "playground/concepts/flow/experiment.py")
    canvas = "bent"

    def panels(self, settings: FlowSettings) -> list[Panel]:
        """The space as it is bent, what log p is made of, and nats or bits over the steps."""
        if settings.is_image:
            return [
                Panel("samples", _("Samples, each from noise of its own"), square=True,
                      alt=_("Pictures that the flow has drawn")),
                Panel("bits", _("Bits per dimension"), kind="curve",
                      alt=_("Bits per dimension over the steps, beside those of one Gaussian"))]
        parts = Panel("parts", _("What log p is made of, mean of held-out data"),
                      alt=_("Bars of the code's density and of each layer's log-determinant"))
        nats = Panel("nats", _("-log p(x)"), kind="curve",
                     alt=_("Nats per point over the steps, in training and held out"))
        if settings.is_line:
            return [Panel("ruler", _("Ten parts of the same mass: noise at the left, data below"),
                          alt=_("A rising curve from data to noise, and both densities")),
                    parts, nats]
        return [Panel("bent", _("The space of the noise, bent into that of the data"),
                      square=True, events=("hover", "click") if settings.is_plane else ("hover",),
                      alt=_("Data, samples, the density and the bent grid of the noise")),
                parts, nats]

    def frame(self, run: Run[FlowSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the space at one moment, with its way through the layers."""
        arrays = snapshot.arrays
        if "parts" not in arrays and "samples" not in arrays:
            return {"bent": figures.too_few(arrays["data"])}
        if run.settings.is_image:
            return {"samples": figures.samples(arrays, TEMPERATURES)}
        hero = (("ruler", figures.ruler) if run.settings.is_line else ("bent", figures.bent))
        return {hero[0]: hero[1](arrays), "parts": figures.parts(arrays["parts"], unit=_("nats"))}

    def curves(self, run: Run[FlowSettings]) -> dict[str, Figure]:
        """Draw nats beside the floor, or bits beside those of one Gaussian."""
        names, key, unit = ((BITS, "bits", N_("bits per dimension")) if run.settings.is_image
                            else (NATS, "nats", N_("nats")))
        curves = {label: run.history.curve(name) for label, name in names.items()}
        return {key: lines({label: curve for label, curve in curves.items() if len(curve[0])},
                           unit=unit)}

    def caption(self, run: Run[FlowSettings], snapshot: Snapshot) -> str:
        """Say what held-out data cost, and what is wrong."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[FlowSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[FlowSettings]) -> dict[str, Figure]:
        """Add what single sections show of a plane."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None or "grid" not in last.arrays:
            return drawn
        return drawn | figures.details(last.arrays, run.settings.levels)

    def answer(self, run: Run[FlowSettings], event: Event) -> dict[str, Any] | None:
        """Follow the point under the cursor through the layers, and say how likely it is."""
        if event.panel != "bent" or event.x is None or event.y is None or (
                not run.settings.is_plane):
            return None
        reply = ask(run, "probe", points=[[event.x, event.y]])
        if reply is None:
            return None
        way, parts = reply["way"], reply["parts"]
        text = _("log p = {code:.2f} (code) {layers:+.2f} (layers) = {total:.2f} nats").format(
            code=float(parts[0]), layers=float(parts[1:].sum()), total=reply["log_prob"])
        line = {"x": way[:, 0].round(3).tolist(), "y": way[:, 1].round(3).tolist(),
                "color": figures.GRADIENTS, "width": 2}
        return {"text": text, "lines": [line]}

    def act(self, run: Run[FlowSettings], event: Event) -> bool:
        """Remember the point that was clicked, for Explore; or draw a point of the visitor's."""
        if super().act(run, event):
            return True
        return explore.remember(run, event)

    def explore(self, run: Run[FlowSettings]) -> None:
        """One topic at a time: a point on its way, the Jacobian, two clocks; or pictures."""
        explore.explore(run)


if guard.pass_gate():
    page.show(FlowLab())
