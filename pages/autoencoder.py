"""The autoencoder: codes, copies and errors, and what an encoder alone is good for."""

from typing import Any

import streamlit as st

from playground.charts import autoencoder as charts
from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.concepts.autoencoder import explore, words
from playground.concepts.autoencoder.measures import MEASURES
from playground.concepts.autoencoder.presets import PRESETS
from playground.concepts.autoencoder.settings import AutoencoderSettings
from playground.language import N_, _
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

CURVES = {N_("training"): "error", N_("held out"): "held_out_error",
          N_("PCA, held out"): "pca_error"}
ANGLES = {N_("largest"): "largest_angle", N_("mean"): "mean_angle"}


class AutoencoderLab(Lab[AutoencoderSettings]):
    """The bench of the autoencoder."""

    concept = "autoencoder"
    settings = AutoencoderSettings
    title = N_("Autoencoder")
    idea = N_("An encoder squeezes each picture into a few numbers, its code; a decoder rebuilds "
              "the picture from the code.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/autoencoder.py", "model_zoo/coders.py",
            "playground/concepts/autoencoder/experiment.py",
            "playground/concepts/autoencoder/students.py", "playground/training/trainer.py")

    def panels(self, settings: AutoencoderSettings) -> list[Panel]:
        """Code plane, copies, and errors or angles."""
        last = (
            Panel("angles", _("Angle to PCA's subspace"), kind="curve",
                  alt=_("Largest and mean principal angle in degrees over the training steps"))
            if settings.linear else
            Panel("errors", _("Squared error per picture"), kind="curve",
                  alt=_("Error in training, held out, and of PCA over the training steps")))
        if st.session_state.get("show-holes"):
            plane = Panel("holes", _("Distance from a code, × usual"), square=True,
                          events=("hover",), alt=_("Heat map of the distance from the codes"))
        else:
            plane = Panel("codes", _("Codes of held-out pictures"), square=True,
                          events=("hover",), alt=_("Scatter of the codes, coloured by class"))
        title = (_("Input, noisy input, copy") if settings.corruption else
                 _("Input, and copy beside it"))
        return [plane, Panel("copies", title, square=True,
                             alt=_("Held-out pictures beside their copies")), last]

    def frame(self, run: Run[AutoencoderSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw codes, holes and copies of one moment."""
        arrays = snapshot.arrays
        return {"codes": charts.codes(arrays), "holes": charts.holes(arrays),
                "copies": charts.copies(arrays)}

    def curves(self, run: Run[AutoencoderSettings]) -> dict[str, Figure]:
        """Draw the errors, PCA's beside them; of a linear model, the angles to PCA's subspace."""
        def curves(names: dict[str, str], unit: str) -> Figure:
            return lines({label: run.history.curve(name) for label, name in names.items()},
                         unit=unit)

        if run.settings_at(run.step).linear:
            return {"angles": curves(ANGLES, N_("degrees"))}
        return {"errors": curves(CURVES, N_("squared error"))}

    def illustrations(self, run: Run[AutoencoderSettings]) -> dict[str, Figure]:
        """Add what shows that a run does not copy idly, where it is made not to."""
        drawn, settings = super().illustrations(run), run.settings_at(run.step)
        if drawn and settings.corruption:
            drawn["denoising"] = drawn["copies"]
        if drawn and settings.sparsity:
            drawn["sparse"] = lines({N_("numbers that share the work"):
                                     run.history.curve("at_work")}, unit=N_("numbers"))
        return drawn

    def tools(self, run: Run[AutoencoderSettings]) -> None:
        """Draw the switch of the overlay."""
        st.toggle(_("Show holes: how far each place is from the nearest code"), key="show-holes",
                  help=_("1 is a held-out code's usual (median) distance. Where it is bright, the "
                         "decoder was never taught: point there and see."))

    def caption(self, run: Run[AutoencoderSettings], snapshot: Snapshot) -> str:
        """Say what the codes keep, and diagnose what went wrong."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[AutoencoderSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def answer(self, run: Run[AutoencoderSettings], event: Event) -> dict[str, Any] | None:
        """Decode the code under the cursor."""
        if event.x is None or event.y is None or not run.history.last:
            return None
        axes = run.history.last.arrays["axes"].tolist()
        place = [event.x, event.y][:len(axes)]
        reply = ask(run, "decode", codes=[place], axes=axes)
        if reply is None:
            return None
        text = _("z = ({place}), {away:.1f} × as far from a code as usual").format(
            place=", ".join(shown(value, ".2f") for value in place), away=reply["away"][0])
        return {"text": text, "image": png_uri(tile(reply["images"]))}

    def explore(self, run: Run[AutoencoderSettings]) -> None:
        """The net, the plane decoded, random codes, few labels, and the visitor's own picture."""
        explore.explore(run)


if guard.pass_gate():
    page.show(AutoencoderLab())
