"""Generative stochastic networks: denoising autoencoders whose chains draw."""

from playground.charts.colors import NEUTRAL, SAMPLES
from playground.charts.curves import lines
from playground.concepts.gsn import explore, figures, panels, words
from playground.concepts.gsn.measures import MEASURES
from playground.concepts.gsn.presets import PRESETS
from playground.concepts.gsn.settings import GSNSettings
from playground.language import N_
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

DISTANCES = {N_("the chains' ends"): "w2", N_("as many real points, the floor"): "floor_w2"}
FRECHET = {N_("the chains' ends"): "fid", N_("training pictures, the floor"): "floor_fid"}
EARLY = 1  # the moment of the chains that the prose shows: after a step
COLORS = {"w2": SAMPLES, "fid": SAMPLES, "floor_w2": NEUTRAL, "floor_fid": NEUTRAL}


class GSNLab(Lab[GSNSettings]):
    """The bench of generative stochastic networks."""

    concept = "gsn"
    settings = GSNSettings
    title = N_("Generative stochastic network")
    idea = N_("Corrupt a datum, let a net say what it may have been, draw one of its answers, and "
              "go on from there. The chain visits data as often as they are likely.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/gsn.py", "playground/concepts/gsn/training.py",
            "playground/concepts/gsn/experiment.py", "playground/concepts/gsn/stationary.py",
            "playground/concepts/gsn/questions.py")

    def panels(self, settings: GSNSettings) -> list[Panel]:
        """Chains on their way; where the net pulls, or data; how near chains come."""
        return panels.panels(settings)

    def frame(self, run: Run[GSNSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the chains of one moment, and what pulls them."""
        a = snapshot.arrays
        beside = ({"data": figures.held_out(a["data"])} if run.settings.is_image else
                  {"pull": figures.pull(a)})
        return {"chains": figures.chains(a)} | beside

    def curves(self, run: Run[GSNSettings]) -> dict[str, Figure]:
        """Draw how near chains come to data."""
        shown, unit = ((FRECHET, N_("Fréchet distance")) if run.settings.is_image else
                       (DISTANCES, N_("W2 distance")))
        return {"far": _lines(run, shown, unit)}

    def caption(self, run: Run[GSNSettings], snapshot: Snapshot) -> str:
        """Say how near chains come to data, and how they mix."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[GSNSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[GSNSettings]) -> dict[str, Figure]:
        """Add the start of the chains, their first step, how often they change, and the loss."""
        drawn, last = super().illustrations(run), run.history.last
        drawn |= {"mixes": _lines(run, {N_("changes in 100 steps"): "changes"}, N_("changes")),
                  "loss": _lines(run, {N_("held out, one corruption"): "held_out",
                                       N_("training, the whole walk"): "loss"}, N_("nats"))}
        if last:
            drawn |= {"start": figures.on_the_way(last.arrays, 0),
                      "early": figures.on_the_way(last.arrays, EARLY),
                      "data": figures.held_out(last.arrays["data"])}
        return drawn

    def explore(self, run: Run[GSNSettings]) -> None:
        """One step, where chains end, how they mix, draws and means: one topic at a time."""
        explore.explore(run)


def _lines(run: Run[GSNSettings], shown: dict[str, str], unit: str) -> Figure:
    found = {label: run.history.curve(name) for label, name in shown.items()}
    return lines({label: curve for label, curve in found.items() if len(curve[0])}, unit=unit,
                 colors={label: COLORS[name] for label, name in shown.items() if name in COLORS})


if guard.pass_gate():
    page.show(GSNLab())
