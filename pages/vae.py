"""The variational autoencoder: its codes, samples and losses, and what one can ask it."""

import math
from typing import Any

import numpy as np
import streamlit as st

from playground.charts import architecture
from playground.charts.bounds import cost_bars, moved_noise, one_posterior
from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.charts.vae import codes, samples, usage
from playground.concepts.vae import explore_bound
from playground.concepts.vae.presets import PRESETS
from playground.concepts.vae.settings import VAESettings
from playground.language import N_, _, plural
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import EARLY, Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.the_model import the_model
from playground.ui.tools import explore_codes, published
from playground.ui.tools.code_planes import beside_each_other

CURVES = {
    N_("reconstruction"): "reconstruction",
    N_("reconstruction, held out"): "held_out_reconstruction",
    N_("KL"): "kl",
    N_("KL, held out"): "held_out_kl",
}
TOPICS = {"codes": N_("Codes"), "walks": N_("Walks"), "bound": N_("The bound"),
          "factors": N_("Factors")}
FAR = 3.0
MANY_FAR = 0.05
SILENT_NATS = 0.75
FEW_IN_USE = 0.1


class VAELab(Lab[VAESettings]):
    """The bench of the VAE."""

    concept = "vae"
    settings = VAESettings
    title = N_("Variational autoencoder")
    idea = N_("An encoder guesses the code behind each picture; a decoder rebuilds the picture "
              "from the code. Codes drawn at random then make new pictures.")
    presets = PRESETS
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
            Panel("latent", title, weight=1.15, square=True,
                  events=("hover",), alt=_("Scatter of the latent means, coloured by class")),
            Panel("samples", shown, square=True, alt=_("Samples of the model at this step")),
            Panel("losses", _("Reconstruction and KL"), kind="curve", weight=1.05,
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
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if settings.is_vq:
            use = _("**{used:.0f} of {words} words in use**, as hard to guess as {perplexity:.1f} "
                    "equally frequent ones.").format(words=settings.words, **m)
        else:
            use = plural("**{active:.0f} of {latent} latent dimension in use.**",
                         "**{active:.0f} of {latent} latent dimensions in use.**",
                         settings.latent_dim).format(active=m["active"],
                                                     latent=settings.latent_dim)
        parts = _("The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f} nats: "
                  "held-out {log_p} is at least {elbo:.1f} nats (ELBO).")
        if not settings.claim.is_log_p:
            parts = _("The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f}. "
                      "Their sum is {why}.")
        parts = parts.format(kl=m["held_out_kl"], reconstruction=m["held_out_reconstruction"],
                             elbo=m["held_out_elbo"], log_p=settings.claim.name,
                             why=_(settings.claim.why))
        return f"{use} {parts} {_diagnosis(settings, snapshot)}".strip()

    def numbers(self, run: Run[VAESettings]) -> dict[str, str]:
        """Return the newest held-out numbers for the prose."""
        last = run.history.last
        metrics = last.metrics if last else {}
        names, claim = ("held_out_reconstruction", "held_out_kl"), run.settings.claim
        elbo = claim.write(metrics.get("held_out_elbo"))
        means = _("minus the sum of both: a bound of {log_p}").format(log_p=claim.name)
        said = {"elbo": _("{value} nats").format(value=elbo) if claim.is_log_p else elbo,
                "elbo_means": means if claim.is_log_p else claim.text()}
        return said | {
            name: shown(metrics[name], ".2f") if name in metrics else "..." for name in names} | {
            "active": shown(metrics['active'], ".0f") if "active" in metrics else "–",
            "beta": f"{metrics['beta']:.3g}" if "beta" in metrics else "–",
            "latent_dim": str(run.settings.latent_dim),
            "step": f"{run.step:,}",
            **_one_code(last),
        }

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
        reply = ask(run, "decode", codes=[place], axes=axes, label=_class())
        text = "z = (" + ", ".join(shown(value, ".2f") for value in place) + ")"
        if reply and "images" in reply:
            return {"text": text, "image": png_uri(tile(reply["images"][:1]))}
        if reply:
            x, y = reply["points"][0]
            return {"text": f"{text} → ({shown(x, '.2f')}, {shown(y, '.2f')})"}
        return None

    def explore(self, run: Run[VAESettings]) -> None:
        """Show the net; then ask about codes, walks, the bound, factors: one topic at a time."""
        last = run.history.last
        if last is None:
            return
        the_model(run, architecture.vq_vae if run.settings.is_vq else architecture.vae,
                  by_chance=not run.settings.is_vq)
        axes = last.arrays["axes"].tolist()
        topic = st.segmented_control(_("Explore"), list(TOPICS), default="codes", key="vae-topic",
                                     format_func=lambda key: _(TOPICS[key]),
                                     label_visibility="collapsed")
        vq = run.settings.is_vq
        part = _("slot {number}") if vq else "z{number}"
        left, right = st.columns(2, gap="large")
        if topic == "codes":
            with left:
                if not vq:
                    explore_codes.decoded_plane(run, axes, _class())
                explore_codes.copies(run)
            with right:
                explore_codes.dice(run, _class())
                if not vq:
                    explore_codes.chosen_posteriors(run, axes)
                    explore_bound.aggregate(run)
            beside_each_other()
        elif topic == "walks":
            with left:
                explore_codes.walk(run)
                explore_codes.sums(run)
            with right:
                explore_codes.traverse(run, part)
        elif topic == "bound":
            with left:
                explore_bound.dimensions(run, part)
            if not vq:
                with left:
                    explore_bound.bound(run)
                with right:
                    explore_bound.gradients(run)
                    if run.settings.is_image:
                        published.beside_published(
                            run, "dynamic" if run.settings.decoder == "bernoulli" else None)
        elif not vq:
            with left:
                explore_bound.factors(run)
        if vq and topic in ("bound", "factors"):
            right.caption(_("A VQ-VAE makes one choice for each datum: more codes per datum "
                            "change nothing, no draw stands between loss and gradient, and words "
                            "have no axes."))


def _class() -> int:
    return int(st.session_state.get("vae-class") or 0)


def _diagnosis(settings: VAESettings, snapshot: Snapshot) -> str:
    """Say what is wrong with the codes, if anything is, from this moment's numbers."""
    if snapshot.step == 0:
        return _("Nothing has been learned yet.")
    if settings.is_vq:
        return ""
    far = float((np.linalg.norm(snapshot.arrays["codes"], axis=1) > FAR).mean())
    if snapshot.step < EARLY * settings.steps:
        silent = snapshot.metrics["held_out_kl"] < SILENT_NATS
        return _("The code tells little yet.") if silent else ""
    silent = snapshot.metrics["active"] <= FEW_IN_USE * settings.latent_dim
    if silent and snapshot.metrics["held_out_kl"] < SILENT_NATS:
        return _("**Posterior collapse:** the code says hardly anything, and the decoder does not "
                 "listen.")
    if far > MANY_FAR:
        return _("**Holes:** {far:.0%} of the codes lie more than 3 sigma from the origin, where "
                 "the prior hardly ever draws one.").format(far=far)
    return ""


def _one_code(last: Snapshot | None) -> dict[str, str]:
    """Return mean and standard deviation of one held-out datum's code, for the prose."""
    if last is None or "posteriors" not in last.arrays:
        return dict.fromkeys(("mu", "sigma", "axis", "one_kl"), "–")
    mean, sigma = last.arrays["posteriors"][0][:, 0].tolist()
    return {"one_kl": shown((mean**2 + sigma**2 - 1) / 2 - math.log(sigma), ".2f"),
            "mu": shown(mean, ".2f"), "sigma": shown(sigma, ".2f"),
            "axis": str(int(last.arrays["axes"][0]) + 1)}


if guard.pass_gate():
    page.show(VAELab())
