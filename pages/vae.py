"""The variational autoencoder: its codes, samples and losses, and what one can ask it."""

from typing import Any

import streamlit as st

from playground.charts.bounds import cost_bars, moved_noise, one_posterior
from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.charts.vae import codes, samples, usage
from playground.concepts.vae import explore, words
from playground.concepts.vae.measures import MEASURES
from playground.concepts.vae.presets import PRESETS
from playground.concepts.vae.settings import VAESettings
from playground.language import N_, _
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import explore_codes

CURVES = {
    N_("reconstruction"): "reconstruction",
    N_("reconstruction, held out"): "held_out_reconstruction",
    N_("KL"): "kl",
    N_("KL, held out"): "held_out_kl",
}


class VAELab(Lab[VAESettings]):
    """The bench of the VAE."""

    concept = "vae"
    settings = VAESettings
    title = N_("Variational autoencoder")
    idea = N_("An encoder guesses the code behind each picture; a decoder rebuilds the picture "
              "from the code. Codes drawn at random then make new pictures.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/vae.py", "model_zoo/likelihoods.py", "model_zoo/vq_vae.py",
            "model_zoo/coders.py", "playground/concepts/vae/experiment.py",
            "playground/concepts/vae/training.py", "playground/training/trainer.py")

    def panels(self, settings: VAESettings) -> list[Panel]:
        """Latent plane, samples, losses."""
        title = _("Codes of held-out data")
        if settings.is_vq:
            title = _("Vectors of held-out data, and the words")
        shown = _("Samples: random codes, decoded") if settings.is_image else _("Data and samples")
        return [
            Panel("latent", title, square=True,
                  events=("hover",), alt=_("Scatter of the latent means, coloured by class")),
            Panel("samples", shown, square=True, alt=_("Samples of the model at this step")),
            Panel("losses", _("Reconstruction and KL"), kind="curve",
                  alt=_("Reconstruction and KL in nats over the training steps")),
        ]

    def frame(self, run: Run[VAESettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw codes and samples of one moment."""
        arrays = snapshot.arrays
        return {"latent": codes(arrays), "samples": samples(arrays)}

    def curves(self, run: Run[VAESettings]) -> dict[str, Figure]:
        """Draw both parts of the loss, in training and held out."""
        return {"losses": lines({label: run.history.curve(name) for label, name in CURVES.items()},
                                unit=N_("nats"))}

    def caption(self, run: Run[VAESettings], snapshot: Snapshot) -> str:
        """Say what the held-out numbers mean, and what is wrong."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[VAESettings]) -> dict[str, str]:
        """Return the newest held-out numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[VAESettings]) -> dict[str, Figure]:
        """Add one datum's guess beside the prior, and what each dimension or word is used for."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        if run.settings.is_vq:
            return drawn | {"words": usage(last.arrays["usage"])}
        a, axes = last.arrays, last.arrays["axes"].tolist()
        mean, sigma = a["posteriors"][0][:, 0].tolist()
        names = [_("dimension {number}").format(number=number + 1)
                 for number in range(len(a["kl_per_dimension"]))]
        return drawn | {"posterior": one_posterior(mean, sigma, names[axes[0]]),
                        "noise": moved_noise(mean, sigma, names[axes[0]]),
                        "kl": cost_bars(a["kl_per_dimension"], names)}

    def tools(self, run: Run[VAESettings]) -> None:
        """Let the visitor say which class is decoded, where the model is told one."""
        if run.settings.tells_class:
            st.selectbox(_("class to decode under the cursor and under Explore"),
                         explore_codes.classes_of(run), key="vae-class")

    def answer(self, run: Run[VAESettings], event: Event) -> dict[str, Any] | None:
        """Decode the code under the cursor."""
        if event.panel != "latent" or event.x is None or event.y is None or not run.history.last:
            return None
        axes = run.history.last.arrays["axes"].tolist()
        place = [event.x, event.y][:len(axes)]
        reply = ask(run, "decode", codes=[place], axes=axes, label=explore.chosen_class())
        text = "z = (" + ", ".join(shown(value, ".2f") for value in place) + ")"
        if reply and "images" in reply:
            return {"text": text, "image": png_uri(tile(reply["images"][:1]))}
        if reply:
            x, y = reply["points"][0]
            return {"text": f"{text} → ({shown(x, '.2f')}, {shown(y, '.2f')})"}
        return None

    def explore(self, run: Run[VAESettings]) -> None:
        """Show the net; then ask about codes, walks, the bound, factors: one topic at a time."""
        explore.explore(run)


if guard.pass_gate():
    page.show(VAELab())
