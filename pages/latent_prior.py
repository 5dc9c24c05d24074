"""Learned priors: an autoencoder, and then a density of its codes."""

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.charts.curves import lines
from playground.concepts.latent_prior import explore, figures, panels, words
from playground.concepts.latent_prior.measures import MEASURES
from playground.concepts.latent_prior.presets import PRESETS
from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.language import N_
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

BOUNDS = {N_("with N(0, I)"): "bound_normal", N_("with the learned prior"): "bound_learned"}
WORD_BOUNDS = {N_("each word alone"): "bound_normal",
               N_("with the learned prior"): "bound_learned"}
BITS = {N_("each word alone"): "bits_alone", N_("by the learned prior"): "bits",
        N_("training pictures, by the learned prior"): "bits_known"}
COLORS = {"bound_normal": NEUTRAL, "bound_learned": SAMPLES, "bits_alone": NEUTRAL,
          "bits": SAMPLES, "bits_known": DATA}


class LatentPriorLab(Lab[LatentPriorSettings]):
    """The bench of learned priors."""

    concept = "latent_prior"
    settings = LatentPriorSettings
    title = N_("Learned priors")
    idea = N_("The codes of a VAE are no N(0, I), whatever its bound has asked for. Freeze "
              "encoder and decoder, learn where the codes really are, and draw from there.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/latent_prior.py", "model_zoo/code_priors.py", "model_zoo/word_prior.py",
            "playground/concepts/latent_prior/training.py",
            "playground/concepts/latent_prior/experiment.py",
            "playground/concepts/latent_prior/questions.py")

    def panels(self, settings: LatentPriorSettings) -> list[Panel]:
        """Codes or words; what both priors draw; the bound, its parts, or bits."""
        return panels.panels(settings)

    def frame(self, run: Run[LatentPriorSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw what both priors are at one moment."""
        a = snapshot.arrays
        drawn = {"samples": figures.samples(a)}
        if run.settings.is_words:
            return drawn | {"words": figures.words(a)}
        return drawn | {"codes": figures.codes(a), "parts": figures.parts(snapshot.metrics)}

    def curves(self, run: Run[LatentPriorSettings]) -> dict[str, Figure]:
        """Draw the bound, or bits of a word, with both priors."""
        if run.settings.is_words:
            return {"bits": _lines(run, BITS, N_("bits"))}
        return {"bound": _lines(run, BOUNDS, N_("nats"))}

    def caption(self, run: Run[LatentPriorSettings], snapshot: Snapshot) -> str:
        """Say who learns, and what the learned prior gains."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[LatentPriorSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[LatentPriorSettings]) -> dict[str, Figure]:
        """Add held-out data, their words, and the bound of words."""
        drawn, last = super().illustrations(run), run.history.last
        if not last:
            return drawn
        drawn["data"] = figures.sheet(last.arrays["data"])
        if run.settings.is_words:
            drawn |= {"data_words": figures.data_words(last.arrays),
                      "bound": _lines(run, WORD_BOUNDS, N_("nats"))}
        return drawn

    def explore(self, run: Run[LatentPriorSettings]) -> None:
        """Holes, the parts of the bound, bits of words, quality: one topic at a time."""
        explore.explore(run)


def _lines(run: Run[LatentPriorSettings], shown: dict[str, str], unit: str) -> Figure:
    found = {label: run.history.curve(name) for label, name in shown.items()}
    return lines({label: curve for label, curve in found.items() if len(curve[0])}, unit=unit,
                 colors={label: COLORS[name] for label, name in shown.items()})


if guard.pass_gate():
    page.show(LatentPriorLab())
