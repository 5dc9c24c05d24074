"""Energy-based models: wells dug at data, filled where chains stray; log p exact on a plane."""

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.charts.curves import lines
from playground.concepts.energy import explore, figures, panels, words
from playground.concepts.energy.measures import MEASURES
from playground.concepts.energy.presets import PRESETS
from playground.concepts.energy.settings import EnergySettings
from playground.language import N_
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

LIKELY = {N_("the model"): "log_p", N_("the best there is, minus the entropy"): "floor"}
ENERGIES = {N_("fantasies"): "fantasy_gap", N_("held out above training"): "held_out_gap"}
OF_PICTURES = {N_("noise"): "noise_gap"} | ENERGIES
DISTANCES = {N_("ends of the chains"): "w2", N_("other held-out points"): "floor_w2"}
OF_Z = {N_("log Z, by quadrature"): "log_z", N_("as it was learned"): "learned_log_z"}
COLORS = {"log_p": SAMPLES, "floor": NEUTRAL, "noise_gap": NEUTRAL, "held_out_gap": DATA,
          "fantasy_gap": SAMPLES, "w2": SAMPLES, "floor_w2": NEUTRAL, "log_z": DATA,
          "learned_log_z": SAMPLES}
EARLY = 3  # the moment of the chains that the prose shows


class EnergyLab(Lab[EnergySettings]):
    """The bench of energy-based models."""

    concept = "energy"
    settings = EnergySettings
    title = N_("Energy-based model")
    idea = N_("A net gives each datum an energy, and low is likely. Dig wells where data are, and "
              "fill them where chains of the model's own stray.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/energy.py", "model_zoo/langevin.py", "model_zoo/energy_losses.py",
            "model_zoo/energy_nets.py", "model_zoo/quadrature.py", "model_zoo/average.py",
            "playground/concepts/energy/training.py", "playground/concepts/energy/experiment.py",
            "playground/concepts/energy/questions.py")
    canvas = "chains"

    def panels(self, settings: EnergySettings) -> list[Panel]:
        """Chains over the energy; how likely data are; how energies lie."""
        return panels.panels(settings)

    def frame(self, run: Run[EnergySettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the chains of one moment of the training, and of digits the data."""
        drawn = {"chains": figures.chains(snapshot.arrays)}
        if run.settings.is_image:
            drawn["data"] = figures.data(snapshot.arrays)
        return drawn

    def curves(self, run: Run[EnergySettings]) -> dict[str, Figure]:
        """Draw log p, and how energies lie."""
        drawn = {"energies": _energies(run)}
        if not run.settings.is_image:
            drawn["likelihood"] = _lines(run, LIKELY, N_("nats"))
        return drawn

    def caption(self, run: Run[EnergySettings], snapshot: Snapshot) -> str:
        """Say how likely data are, and where the chains have come to."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[EnergySettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[EnergySettings]) -> dict[str, Figure]:
        """Add data, the start of the chains, and where they are early."""
        drawn, last = super().illustrations(run), run.history.last
        if last:
            early = min(EARLY, len(last.arrays["times"]) - 1)
            drawn |= {"data": figures.data(last.arrays), "start": figures.moment(last.arrays, 0),
                      "early": figures.moment(last.arrays, early),
                      "distance": _lines(run, DISTANCES, N_("unit of the axes"))}
            if not run.settings.is_image:
                drawn |= {"wells": figures.wells(last.arrays),
                          "log_z": _lines(run, OF_Z, N_("nats"))}
        return drawn

    def explore(self, run: Run[EnergySettings]) -> None:
        """Compositions, odd data, gradients, mixing: one topic at a time."""
        explore.explore(run)


def _energies(run: Run[EnergySettings]) -> Figure:
    return _lines(run, OF_PICTURES if run.settings.is_image else ENERGIES, N_("nats"))


def _lines(run: Run[EnergySettings], names: dict[str, str], unit: str) -> Figure:
    found = {label: run.history.curve(name) for label, name in names.items()}
    return lines({label: curve for label, curve in found.items() if len(curve[0])}, unit=unit,
                 colors={label: COLORS[name] for label, name in names.items()})


if guard.pass_gate():
    page.show(EnergyLab())
