"""Diffusion: noise is taken off step by step, on the plane and on pictures."""

from playground.charts import diffusion as charts
from playground.charts.curves import lines
from playground.concepts.diffusion import explore, words
from playground.concepts.diffusion.measures import MEASURES
from playground.concepts.diffusion.presets import PRESETS
from playground.concepts.diffusion.settings import DiffusionSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

LOSSES = {N_("training"): "loss", N_("held out"): "held_out"}
COLUMNS = 4  # two of a class beside each other
DISTANCES = {N_("particles"): "w2", N_("other real points"): "floor_w2"}


class DiffusionLab(Lab[DiffusionSettings]):
    """The bench of diffusion."""

    concept = "diffusion"
    settings = DiffusionSettings
    title = N_("Diffusion")
    idea = N_("Spoil data with noise, a little at a time, and teach a net to see what was there "
              "before. Then begin with noise alone, and let it see.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/diffusion.py", "model_zoo/diffusion_samplers.py",
            "model_zoo/denoisers.py", "model_zoo/noise_schedules.py",
            "model_zoo/diffusion_guidance.py", "model_zoo/diffusion_likelihood.py",
            "model_zoo/time_nets.py", "model_zoo/time_u_net.py", "model_zoo/time_transformer.py",
            "model_zoo/average.py", "playground/concepts/diffusion/training.py",
            "playground/concepts/diffusion/experiment.py")
    canvas = "walk"

    def panels(self, settings: DiffusionSettings) -> list[Panel]:
        """The walk, with a clock of its own; what the net gets wrong; how far it has come."""
        losses = Panel("losses", _("Squared error"), kind="curve",
                       alt=_("Squared error over the steps, in training and held out"))
        if settings.is_image:
            return [Panel("walk", _("From noise to pictures: play the second clock"), square=True,
                          alt=_("Pictures on their way from noise to data")),
                    Panel("rows", _("x at t, and under it what the net takes it to be"),
                          square=True,
                          alt=_("For some pictures, the noisy ones and the guesses for x0")),
                    losses]
        return [Panel("walk", _("From noise to data: play the second clock"), square=True,
                      events=("click",),
                      alt=_("Particles, their paths, the noised data and the field")),
                Panel("by_time", _("What the net gets wrong, by t"),
                      alt=_("Squared error against the time t")),
                Panel("distance", _("How far the particles are from data"), kind="curve",
                      alt=_("Wasserstein-2 distance over the steps, with that of real points"))]

    def frame(self, run: Run[DiffusionSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the walk of one moment."""
        a = snapshot.arrays
        if run.settings.is_image:
            columns = COLUMNS if run.settings.know_class else None
            return {"walk": charts.walked(a, columns), "rows": charts.rows(a)}
        return {"walk": charts.particles(a), "by_time": self._errors(snapshot)}

    def curves(self, run: Run[DiffusionSettings]) -> dict[str, Figure]:
        """Draw the error of pictures, the distance of points."""
        if run.settings.is_image:
            return {"losses": _over_steps(run, LOSSES, "")}
        return {"distance": _over_steps(run, DISTANCES, N_("unit of the axes"))}

    def illustrations(self, run: Run[DiffusionSettings]) -> dict[str, Figure]:
        """Add the error over the steps and by t."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        stills = {"noised": 0.0, "middle": 0.5, "ends": 1.0}
        drawn |= {name: charts.moment(last.arrays, share) for name, share in stills.items()}
        return drawn | {"losses": _over_steps(run, LOSSES, ""), "by_time": self._errors(last)}

    def _errors(self, snapshot: Snapshot) -> Figure:
        return charts.by_time({_("held out"): snapshot.arrays["by_time"]}, _("squared error"))

    def caption(self, run: Run[DiffusionSettings], snapshot: Snapshot) -> str:
        """Say how far the particles are from data."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[DiffusionSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def explore(self, run: Run[DiffusionSettings]) -> None:
        """One topic at a time."""
        explore.explore(run)


def _over_steps(run: Run[DiffusionSettings], names: dict[str, str], unit: str) -> Figure:
    return lines({label: run.history.curve(name) for label, name in names.items()}, unit=unit)


if guard.pass_gate():
    page.show(DiffusionLab())
