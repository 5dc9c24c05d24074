"""The autoencoder: codes, copies and errors, and what an encoder alone is good for."""

from typing import Any

import numpy as np
import streamlit as st

from playground.charts import architecture
from playground.charts import autoencoder as charts
from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.concepts.autoencoder.few_labels import few_labels
from playground.concepts.autoencoder.presets import PRESETS
from playground.concepts.autoencoder.settings import AutoencoderSettings
from playground.language import N_, _, plural
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event
from playground.ui.bench.fragments import part
from playground.ui.bench.lab import EARLY, Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.style import chart
from playground.ui.bench.the_model import the_model
from playground.ui.tools.code_planes import beside_each_other
from playground.ui.tools.draw_image import draw_image
from playground.ui.tools.pictures import pictures

CURVES = {N_("training"): "error", N_("held out"): "held_out_error",
          N_("PCA, held out"): "pca_error"}
ANGLES = {N_("largest"): "largest_angle", N_("mean"): "mean_angle"}
DRAWN = 25
MANY = 0.25
FEW_NUMBERS = 6
SILENT = 0.02
CLOSE = 5.0
OVERFIT = 1.3
QUICK = 0.02  # the learning rate at which the subspace is found in the usual steps


class AutoencoderLab(Lab[AutoencoderSettings]):
    """The bench of the autoencoder."""

    concept = "autoencoder"
    settings = AutoencoderSettings
    title = N_("Autoencoder")
    idea = N_("An encoder squeezes each picture into a few numbers, its code; a decoder rebuilds "
              "the picture from the code.")
    presets = PRESETS
    code = ("model_zoo/autoencoder.py", "model_zoo/coders.py",
            "playground/concepts/autoencoder/experiment.py",
            "playground/concepts/autoencoder/students.py", "playground/training/trainer.py")
    height = 370

    def panels(self, settings: AutoencoderSettings) -> list[Panel]:
        """Code plane, copies, and errors or angles."""
        last = (
            Panel("angles", _("Angle to PCA's subspace"), kind="curve",
                  alt=_("Largest and mean principal angle in degrees over the training steps"))
            if settings.linear else
            Panel("errors", _("Squared error per picture"), kind="curve",
                  alt=_("Error in training, held out, and of PCA over the training steps")))
        if st.session_state.get("show-holes"):
            plane = Panel("holes", _("Distance from a code, × usual"), weight=1.15, square=True,
                          events=("hover",), alt=_("Heat map of the distance from the codes"))
        else:
            plane = Panel("codes", _("Codes of held-out pictures"), weight=1.15, square=True,
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

        if settings_of(run).linear:
            return {"angles": curves(ANGLES, N_("degrees"))}
        return {"errors": curves(CURVES, N_("squared error"))}

    def illustrations(self, run: Run[AutoencoderSettings]) -> dict[str, Figure]:
        """Add what shows that a run does not copy idly, where it is made not to."""
        drawn, settings = super().illustrations(run), settings_of(run)
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
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        early = snapshot.step < EARLY * settings.steps
        kept, pca = (1 - m[name] / m["mean_error"] for name in ("held_out_error", "pca_error"))
        parts = [plural("**{kept:.0%} of the variance of held-out pictures comes back from {k} "
                        "number**; from one principal component, {pca:.0%}.",
                        "**{kept:.0%} of the variance of held-out pictures comes back from {k} "
                        "numbers**; from as many principal components, {pca:.0%}.",
                        settings.latent_dim).format(kept=kept, k=settings.latent_dim, pca=pca)]
        if kept < SILENT and early:
            parts = [_("The copies are no better than the mean picture yet: their error is "
                       "{error:.2f}, that of the mean picture {mean:.2f}.").format(
                           error=m["held_out_error"], mean=m["mean_error"])]
        elif kept < SILENT:
            parts = [_("**The codes say nothing**: each copy is about the mean picture (error "
                       "{error:.2f} of {mean:.2f}).").format(error=m["held_out_error"],
                                                             mean=m["mean_error"])]
        elif settings.sparsity:
            parts.append(_("Of {k} numbers, {n:.1f} speak for a picture on average (participation "
                           "ratio).").format(k=settings.latent_dim, n=m["at_work"]))
        if "largest_angle" in m:
            parts.append(_angle(m["largest_angle"], settings, snapshot.step))
        if "noise" in m:
            parts.append(_("The noise moved each picture by {noise:.1f} (squared error); its copy "
                           "lies {left:.1f} from the clean one.").format(
                               noise=m["noise"], left=m["noise_left"]))
        elif not early and m.get("error", 0) and m["held_out_error"] > OVERFIT * m["error"]:
            parts.append(_("The held-out error is {ratio:.1f} times that of training: part of it "
                           "is learned by heart.").format(ratio=m["held_out_error"] / m["error"]))
        if settings.latent_dim == 2 and kept >= SILENT and not early:
            parts.append(_("{empty:.0%} of the plane is holes: farther from every code than 95% "
                           "of held-out codes are.").format(empty=m["empty"]))
        return " ".join(parts)

    def numbers(self, run: Run[AutoencoderSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        m, settings = run.history.last.metrics if run.history.last else {}, settings_of(run)
        names = ("held_out_error", "pca_error", "mean_error", "at_work")
        return {name: shown(m[name], ".2f") if name in m else "–" for name in names} | {
            "largest_angle": f"{shown(m['largest_angle'], '.1f')}°" if "largest_angle" in m else
            _("not measured: this run is not linear"),
            "empty": shown(m['empty'], ".0%") if "empty" in m else "–",
            "latent_dim": str(settings.latent_dim), "corruption": f"{settings.corruption:g}",
            "sparsity": f"{settings.sparsity:g}", "step": f"{run.step:,}"}

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
        if run.history.last is None:
            return
        the_model(run, architecture.autoencoder)
        left, right = st.columns((2, 3), gap="large")
        with left:
            _plane(run, run.history.last.arrays["axes"].tolist())
        with right:
            _random(run)
        beside_each_other()
        few_labels(run)
        st.markdown(_("#### My own picture"))
        part(_own)(run)


def settings_of(run: Run[AutoencoderSettings]) -> AutoencoderSettings:
    """Return the run's settings as they are now."""
    settings = run.settings_at(run.step)
    assert isinstance(settings, AutoencoderSettings)
    return settings


def _angle(degrees: float, settings: AutoencoderSettings, step: int) -> str:
    if degrees <= CLOSE:
        return _("The code spans PCA's subspace: the largest angle between the two is "
                 "{degrees:.1f} degrees.").format(degrees=degrees)
    text = _("The largest angle between the decoder's subspace and PCA's is {degrees:.0f} "
             "degrees: not there yet.").format(degrees=degrees)
    if step == settings.steps and settings.learning_rate < QUICK:
        return text + " " + _("A learning rate of {rate:g}, or more steps, may close it.").format(
            rate=QUICK)
    return text


def _plane(run: Run[AutoencoderSettings], axes: list[int]) -> None:
    st.markdown(_("#### The plane, decoded"))
    st.caption(_("A grid over the plane above. All other numbers, if there are any, are their "
                 "mean. Compare it with the holes."))
    reply = ask(run, "decoded_plane", n=14, axes=axes)
    if reply:
        pictures(reply["images"], 14)


def _random(run: Run[AutoencoderSettings]) -> None:
    st.markdown(_("#### Random codes"))
    st.caption(_("Can it make new pictures? The loss never says which codes are likely, so "
                 "somebody has to guess. In holes means: farther from every code than 95% of "
                 "held-out codes are."))
    seed = st.number_input(_("which draw"), 0, 9999, 0, key="random-codes")
    reply = ask(run, "random_codes", n=DRAWN, seed=int(seed))
    if reply is None:
        return
    titles = {"real": _("held-out pictures"),
              "uniform": _("anywhere between least and largest: {far} of {n} in holes"),
              "fitted": _("from a Gaussian fitted to the codes: {far} of {n} in holes"),
              "standard": _("from the standard Gaussian: {far} of {n} in holes")}
    for place, (name, title) in zip(st.columns(4), titles.items(), strict=True):
        with place:
            pictures(reply[name], 5)
            st.caption(title.format(far=reply.get(f"{name}_far"), n=DRAWN))
    far = [reply[f"{name}_far"] for name in titles if name != "real"]
    if max(far) > MANY * DRAWN:
        st.markdown(_("Up to {far} of {n} guesses land in holes, where the decoder was never "
                      "taught: junk. To draw, a model needs codes of a known distribution. That "
                      "is why there is a VAE.")
                    .format(far=max(far), n=DRAWN))
    else:
        st.markdown(_("Few of these guesses land in holes. Try 20 latent dimensions, where there "
                      "is more room between the codes."))


def _own(run: Run[AutoencoderSettings]) -> None:
    canvas, result = st.columns((1, 2), gap="large")
    with canvas:
        drawn = draw_image("autoencoder")
    with result:
        if drawn is None:
            st.caption(_("Draw a digit with the mouse or a finger. It is centred and scaled as "
                         "the data are; then you see its code and its copy."))
        elif reply := ask(run, "own", picture=drawn):
            _own_result(run, reply)


def _own_result(run: Run[AutoencoderSettings], reply: dict[str, Any]) -> None:
    images, plane = st.columns(2, gap="large")
    with images:
        pictures(np.stack([reply["given"], reply["rebuilt"]]), 2)
        st.caption(_("Left, what the encoder sees; right, its copy. The squared error is "
                     "{error:.2f}; held-out pictures have {usual:.2f} on average. Its code lies "
                     "{away:.1f} × as far from the nearest code as usual.").format(
                         error=reply["error"], usual=reply["usual_error"], away=reply["away"]))
        code = np.asarray(reply["code"])
        first = ", ".join(shown(value, ".2f") for value in code[:FEW_NUMBERS])
        st.caption(_("Its code: z = ({numbers}{more})").format(
            numbers=first, more=", ..." if len(code) > FEW_NUMBERS else ""))
    if run.history.last is None:
        return
    arrays = run.history.last.arrays
    axes = arrays["axes"].tolist()
    x, y = code[axes[0]], code[axes[1]] if len(axes) > 1 else float(arrays["box"][2:].mean())
    drawn = charts.with_star(charts.codes(arrays), float(x), float(y), _("yours"))
    drawn["layout"]["height"] = 300
    plane.plotly_chart(drawn, config=chart(), key="own-plane")


if guard.pass_gate():
    page.show(AutoencoderLab())
