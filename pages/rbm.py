"""The Boltzmann machine: energies, chains and fantasies, with exact likelihoods where they fit."""

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.charts.curves import lines
from playground.concepts.rbm import explore, figures, panels, planes, words
from playground.concepts.rbm.measures import MEASURES
from playground.concepts.rbm.presets import PRESETS
from playground.concepts.rbm.settings import RBMSettings
from playground.language import N_
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

LIKELY = {N_("the machine"): "log_p", N_("its bound, by mean field"): "bound",
          N_("the best there is, minus the entropy"): "floor"}
ENERGIES = {N_("noise, above held-out pictures"): "noise_gap",
            N_("held-out pictures, above training ones"): "held_out_gap"}
EARLY = 1  # the moment of the chains that the prose shows: after a step
COLORS = {"log_p": SAMPLES, "bound": DATA, "floor": NEUTRAL, "noise_gap": NEUTRAL,
          "held_out_gap": DATA}


class RBMLab(Lab[RBMSettings]):
    """The bench of the Boltzmann machine."""

    concept = "rbm"
    settings = RBMSettings
    title = N_("Boltzmann machine")
    idea = N_("Give each picture an energy. Lower it at the data, raise it where the machine's "
              "own chains go: what they dream of becomes like data.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/rbm.py", "model_zoo/boltzmann.py", "model_zoo/gaussian_rbm.py",
            "model_zoo/dbm.py",
            "model_zoo/tempering.py", "model_zoo/annealing.py", "playground/datasets/bars.py",
            "playground/concepts/rbm/training.py", "playground/concepts/rbm/experiment.py",
            "playground/concepts/rbm/questions.py", "playground/concepts/rbm/chains.py")

    def panels(self, settings: RBMSettings) -> list[Panel]:
        """Fantasies on their way from noise; weights; how likely data are; copies or energies."""
        return panels.panels(settings)

    def frame(self, run: Run[RBMSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw fantasies and weights, or bumps, of one moment."""
        if run.settings.is_points:
            return {"fantasies": planes.fantasies(snapshot.arrays),
                    "bumps": planes.bumps(snapshot.arrays)}
        return {"fantasies": figures.fantasies(snapshot.arrays),
                "weights": figures.weights(snapshot.arrays)}

    def curves(self, run: Run[RBMSettings]) -> dict[str, Figure]:
        """Draw log p, and what copies or energies say."""
        drawn = {"likelihood": _lines(run, LIKELY, N_("nats"))}
        if run.settings.is_points:
            return drawn
        if run.settings.is_bars or run.settings.is_deep:
            return drawn | {"copies": _copies(run)}
        return drawn | {"energies": _lines(run, ENERGIES, N_("nats"))}

    def caption(self, run: Run[RBMSettings], snapshot: Snapshot) -> str:
        """Say how likely data are, and what copies and fantasies are like."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[RBMSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[RBMSettings]) -> dict[str, Figure]:
        """Add data, noise, where chains are after a step, and the curves that other data have."""
        drawn, last = super().illustrations(run), run.history.last
        if last:
            of = planes if run.settings.is_points else figures
            drawn |= {"data": of.data(last.arrays), "start": of.on_the_way(last.arrays, 0),
                      "early": of.on_the_way(last.arrays, EARLY),
                      "copies": _copies(run), "energies": _lines(run, ENERGIES, N_("nats"))}
            if "swaps" in last.metrics:
                drawn["swaps"] = _lines(run, {N_("swaps, where fewest"): "swaps"}, N_("share"))
            if "bound" in last.metrics:
                drawn["bound"] = _lines(run, LIKELY, N_("nats"))
        return drawn

    def explore(self, run: Run[RBMSettings]) -> None:
        """Gradients, log Z, completions, mixing: one topic at a time."""
        explore.explore(run)


def _copies(run: Run[RBMSettings]) -> Figure:
    return _lines(run, {N_("wrong pixels"): "wrong"}, N_("pixels"))


def _lines(run: Run[RBMSettings], shown: dict[str, str], unit: str) -> Figure:
    found = {label: run.history.curve(name) for label, name in shown.items()}
    return lines({label: curve for label, curve in found.items() if len(curve[0])}, unit=unit,
                 colors={label: COLORS.get(name, DATA) for label, name in shown.items()})


if guard.pass_gate():
    page.show(RBMLab())
