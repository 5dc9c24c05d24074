"""The variational autoencoder: its codes, samples and losses, and what one can ask it."""

import math
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.charts.vae import codes, samples
from playground.experiments.vae.settings import VAESettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import bench, explore_bound, explore_codes, guard
from playground.ui.ask import ask
from playground.ui.code_planes import beside_each_other
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel

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


class VAELab(Lab):
    """The bench of the VAE."""

    concept = "vae"
    settings = VAESettings
    title = N_("Variational autoencoder")
    idea = N_("An encoder guesses the code behind each picture; a decoder rebuilds the picture "
              "from the code. Codes drawn at random then make new pictures.")
    presets = (
        Preset(N_("A good run"), {},
               N_("Groups of digits settle around the origin, and the samples turn into digits.")),
        Preset(N_("A good likelihood"),
               {"latent_dim": 20, "learning_rate": 0.005, "schedule": "cosine", "warm_up": 1000,
                "steps": 2000},
               N_("20 dimensions, a warm-up, a rate that falls to 0: measure the bound under "
                  "Explore, with K = 500. Independent pixels would need 27.3 nats.")),
        Preset(N_("MNIST"), {"dataset": "mnist", "steps": 2000},
               N_("The same model on larger pictures: slower steps, finer digits.")),
        Preset(N_("All of MNIST"),
               {"dataset": "mnist_full", "coder": "residual", "latent_dim": 20,
                "learning_rate": 0.002, "schedule": "cosine", "warm_up": 1000,
                "batch_size": 200, "steps": 10_000},
               N_("A stored run, most of an hour long. Convolutions, 20 dimensions, 60,000 "
                  "digits: measure the bound under Explore.")),
        Preset(N_("Sprites"), {"dataset": "sprites", "latent_dim": 10, "beta": 5.0,
                               "learning_rate": 0.002, "schedule": "cosine"},
               N_("Five factors are known. Under Explore, see which dimension learned which.")),
        Preset(N_("VQ-VAE"), {"model": "vq_vae"},
               N_("Diamonds are words: they move to where the encoder's vectors are. Copies get "
                  "good; samples less so, for the words are drawn one by one.")),
        Preset(N_("Break it: beta 0"), {"beta": 0.0},
               N_("The codes fly far apart. Random codes land in the holes between them: junk."),
               fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1")),
        Preset(N_("Break it: beta 10"), {"beta": 10.0},
               N_("The KL falls to zero: every code looks alike, and all samples are one blur."),
               fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1")),
        Preset(N_("Break it: too wide a decoder"),
               {"latent_dim": 20, "hidden": 500, "layers": 4, "steps": 500},
               N_("Four wide layers learn the mean picture first, and codes only cost: the KL "
                  "falls to nearly 0 and stays there for hundreds of steps (posterior collapse)."),
               fix={"warm_up": 500}, fix_label=N_("Fix it: warm-up")),
        Preset(N_("Break it: one dimension"), {"latent_dim": 1},
               N_("One number for a digit: it is always in use, and not enough. The copies are "
                  "some digit, often the wrong one."),
               fix={"latent_dim": 10}, fix_label=N_("Fix it: 10 dimensions")),
        Preset(N_("Break it: rate 5"), {"learning_rate": 5.0},
               N_("The loss explodes, and ends far above where an untrained model begins."),
               fix={"learning_rate": 0.001}, fix_label=N_("Fix it: learning rate 0.001")),
    )
    code = ("model_zoo/vae.py", "model_zoo/likelihoods.py", "model_zoo/vq_vae.py",
            "model_zoo/coders.py", "playground/experiments/vae/experiment.py",
            "playground/experiments/vae/trained.py", "playground/training.py")

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

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw codes and samples of one moment."""
        arrays = snapshot.arrays
        return {"latent": codes(arrays), "samples": samples(arrays)}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw both parts of the loss, in training and held out."""
        return {"losses": lines({label: run.history.curve(name) for label, name in CURVES.items()},
                                unit=N_("nats"))}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say what the held-out numbers mean, and what is wrong."""
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if settings.is_vq:
            use = _("**{used:.0f} of {words} words in use**, as hard to guess as {perplexity:.1f} "
                    "equally frequent ones.").format(words=settings.words, **m)
        else:
            use = _("**{active:.0f} of {latent} latent dimensions in use.**").format(
                active=m["active"], latent=settings.latent_dim)
        parts = _("The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f} nats: "
                  "held-out log p(x) is at least {elbo:.1f} nats (ELBO).")
        if settings.decoder == "grey":
            parts = _("The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f}. "
                      "With grey pixels their sum, {elbo:.1f}, is no likelihood.")
        parts = parts.format(kl=m["held_out_kl"], reconstruction=m["held_out_reconstruction"],
                             elbo=m["held_out_elbo"])
        return f"{use} {parts} {_diagnosis(settings, snapshot)}".strip()

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest held-out numbers for the prose."""
        last = run.history.last
        metrics = last.metrics if last else {}
        names = ("held_out_elbo", "held_out_reconstruction", "held_out_kl")
        return {name: f"{metrics[name]:.2f}" if name in metrics else "..." for name in names} | {
            "active": f"{metrics['active']:.0f}" if "active" in metrics else "–",
            "beta": f"{metrics['beta']:.3g}" if "beta" in metrics else "–",
            "latent_dim": str(run.settings.latent_dim),
            "step": f"{run.step:,}",
            **_one_code(last),
        }

    def tools(self, run: Run) -> None:
        """Let the visitor say which class is decoded, where the model is told one."""
        if run.settings.tells_class:
            st.selectbox(_("class to decode under the cursor and under Explore"),
                         explore_codes.classes_of(run), key="vae-class")

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        """Decode the code under the cursor."""
        if event.panel != "latent" or event.x is None or event.y is None or not run.history.last:
            return None
        axes = run.history.last.arrays["axes"].tolist()
        place = [event.x, event.y][:len(axes)]
        reply = ask(run, "decode", codes=[place], axes=axes, label=_class())
        text = "z = (" + ", ".join(f"{value:.2f}" for value in place) + ")"
        if reply and "images" in reply:
            return {"text": text, "image": png_uri(tile(reply["images"][:1]))}
        if reply:
            x, y = reply["points"][0]
            return {"text": f"{text} → ({x:.2f}, {y:.2f})"}
        return None

    def explore(self, run: Run) -> None:
        """Ask the model about codes, walks, the bound, factors: one topic at a time."""
        last = run.history.last
        if last is None:
            return
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
    if settings.is_vq or snapshot.step == 0:
        return ""
    active = snapshot.metrics["active"]
    far = float((np.linalg.norm(snapshot.arrays["codes"], axis=1) > FAR).mean())
    if snapshot.metrics["held_out_kl"] < SILENT_NATS:
        return _("**Posterior collapse:** the code says hardly anything, and the decoder does not "
                 "listen.")
    if far > MANY_FAR:
        return _("**Holes:** {far:.0%} of the codes lie more than 3 sigma from the origin, where "
                 "the prior hardly ever draws one.").format(far=far)
    if active < settings.latent_dim:
        return _("{silent:.0f} say nothing.").format(silent=settings.latent_dim - active)
    return _("All are in use: more of them could tell more.")


def _one_code(last: Snapshot | None) -> dict[str, str]:
    """Return mean and standard deviation of one held-out datum's code, for the prose."""
    if last is None or "posteriors" not in last.arrays:
        return dict.fromkeys(("mu", "sigma", "axis", "one_kl"), "–")
    mean, sigma = last.arrays["posteriors"][0][:, 0].tolist()
    return {"one_kl": f"{(mean**2 + sigma**2 - 1) / 2 - math.log(sigma):.2f}",
            "mu": f"{mean:.2f}", "sigma": f"{sigma:.2f}",
            "axis": str(int(last.arrays["axes"][0]) + 1)}


if guard.pass_gate():
    bench.show(VAELab())
