"""The variational autoencoder: its codes, samples and losses, and what one can ask it."""

from typing import Any

import streamlit as st

from playground.charts.colors import SAMPLES
from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.charts.scatter import figure, plane, points, square
from playground.charts.vae import codes, samples
from playground.experiments.vae.settings import VAESettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import bench, guard
from playground.ui.ask import ask
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel

CURVES = {
    N_("reconstruction"): "reconstruction",
    N_("reconstruction, held out"): "held_out_reconstruction",
    N_("KL"): "kl",
    N_("KL, held out"): "held_out_kl",
}


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
        Preset(N_("MNIST"), {"dataset": "mnist", "steps": 2000},
               N_("The same model on larger pictures: slower steps, finer digits.")),
        Preset(N_("Break it: beta 20"), {"beta": 20.0},
               N_("The KL falls to zero: every code looks alike, and all samples are one blur."),
               fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1")),
        Preset(N_("Break it: no KL"), {"beta": 0.0},
               N_("The codes fly far apart. Random codes land in the holes between them: junk."),
               fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1")),
        Preset(N_("Break it: learning rate 5"), {"learning_rate": 5.0},
               N_("The loss explodes, and ends far above where an untrained model begins."),
               fix={"learning_rate": 0.001}, fix_label=N_("Fix it: learning rate 0.001")),
    )
    code = ("model_zoo/vae.py", "playground/experiments/vae/experiment.py",
            "playground/training.py")

    def panels(self, settings: VAESettings) -> list[Panel]:
        """Latent plane, samples, losses."""
        title = (_("Samples: random codes, decoded") if settings.is_image
                 else _("Data and samples"))
        return [
            Panel("latent", _("Codes of held-out data"), weight=1.15, square=True,
                  events=("hover",), alt=_("Scatter of the latent means, coloured by class")),
            Panel("samples", title, square=True, alt=_("Samples of the model at this step")),
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
        """Say what the held-out numbers mean."""
        m = snapshot.metrics
        settings = run.settings_at(snapshot.step)
        text = _("**{active:.0f} of {latent} latent dimensions in use.** "
                 "The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f} nats: "
                 "held-out log p(x) is at least {elbo:.1f} nats (ELBO).")
        if settings.is_image and settings.pixels == "grey":
            text = _("**{active:.0f} of {latent} latent dimensions in use.** "
                     "The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f}. "
                     "With grey pixels their sum, {elbo:.1f}, is no likelihood.")
        return text.format(active=m["active"], latent=settings.latent_dim, kl=m["held_out_kl"],
                           reconstruction=m["held_out_reconstruction"], elbo=m["held_out_elbo"])

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest held-out numbers for the prose."""
        last = run.history.last
        metrics = last.metrics if last else {}
        names = ("held_out_elbo", "held_out_reconstruction", "held_out_kl")
        return {name: f"{metrics[name]:.2f}" if name in metrics else "..." for name in names} | {
            "active": f"{metrics.get('active', 0):.0f}",
            "beta": f"{run.settings_at(run.step).beta:g}",
            "latent_dim": str(run.settings.latent_dim),
            "step": f"{run.step:,}",
        }

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        """Decode the code under the cursor."""
        if event.panel != "latent" or event.x is None or event.y is None or not run.history.last:
            return None
        axes = run.history.last.arrays["axes"].tolist()
        place = [event.x, event.y][:len(axes)]
        reply = ask(run, "decode", codes=[place], axes=axes)
        text = "z = (" + ", ".join(f"{value:.2f}" for value in place) + ")"
        if reply and "images" in reply:
            return {"text": text, "image": png_uri(reply["images"][0])}
        if reply:
            x, y = reply["points"][0]
            return {"text": f"{text} → ({x:.2f}, {y:.2f})"}
        return None

    def explore(self, run: Run) -> None:
        """Ask the model: a decoded plane, a walk between two data, the bound on log p(x)."""
        last = run.history.last
        if last is None:
            return
        axes = last.arrays["axes"].tolist()
        left, middle, right = st.columns(3, gap="large")
        with left:
            st.markdown(_("#### The plane, decoded"))
            st.caption(_("Codes at equally likely places of the prior: the middle of the plane is "
                         "the middle of the picture. Point into the figure above to decode any "
                         "single place."))
            _draw(ask(run, "decoded_plane", n=15 if len(axes) == 2 else 12, axes=axes),
                  columns=15 if len(axes) == 2 else 12)
        with middle:
            _walk(run)
            _copies(run)
        with right:
            _bound(run)


def _draw(reply: dict[str, Any] | None, columns: int) -> None:
    if reply is None:
        return
    if "images" in reply:
        sheet = tile(reply["images"], columns=columns)
        scale = max(1, 600 // sheet.shape[1])
        st.image(png_uri(sheet.repeat(scale, 0).repeat(scale, 1)), width="stretch")
    else:
        drawn = figure([points(reply["points"], name=_("decoded"), color=SAMPLES)],
                       plane(square(2.2)))
        st.plotly_chart(drawn, config={"displayModeBar": False})


def _walk(run: Run) -> None:
    st.markdown(_("#### From one to the other"))
    classes = sorted(set(run.history.last.arrays["labels"].tolist())) if run.history.last else []
    first, second = st.columns(2)
    a = first.selectbox(_("from"), classes, index=min(4, len(classes) - 1), key="walk-from")
    b = second.selectbox(_("to"), classes, index=len(classes) - 1, key="walk-to")
    st.caption(_("The first and the last picture are real; between them, a straight line of codes "
                 "is decoded."))
    if classes:
        _draw(ask(run, "interpolate", first=a, second=b, n=8), columns=10)


def _copies(run: Run) -> None:
    st.markdown(_("#### Copies"))
    st.caption(_("Above, held-out data; below, what the decoder makes of their codes."))
    _draw(ask(run, "reconstruct", n=10), columns=10)


def _bound(run: Run) -> None:
    st.markdown(_("#### How likely is held-out data?"))
    st.caption(_("The ELBO is a lower bound of log p(x). More codes per datum (K) tighten it: "
                 "try 1, then 500."))
    n_samples = st.select_slider(_("codes per datum, K"), [1, 5, 20, 100, 500], value=100,
                                 key="iwae-samples")
    reply = ask(run, "log_likelihood", n_samples=n_samples, n_data=100)
    if reply is None:
        return
    one, many = st.columns(2)
    one.metric(_("ELBO, K = 1"), _("≥ {value:.2f} nats").format(value=reply["elbo"]))
    many.metric(_("IWAE bound, K = {k}").format(k=n_samples),
                _("≥ {value:.2f} nats").format(value=reply["bound"]))
    st.caption(_("Mean over {n} held-out data; standard error {error:.2f} nats.")
               .format(n=reply["n"], error=reply["error"]))


if guard.pass_gate():
    bench.show(VAELab())
