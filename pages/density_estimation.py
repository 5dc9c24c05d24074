"""Density estimation: from points to p(x), on a line and on a plane."""

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.colors import SAMPLES
from playground.charts.curves import lines
from playground.charts.density import (
    contours,
    kernel_lines,
    line,
    over_dimensions,
    scores,
    stack,
    surface,
)
from playground.charts.scatter import figure, plane, points, square
from playground.charts.strips import strips
from playground.experiments.density_estimation.settings import (
    RULES,
    DensityEstimationSettings,
)
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import bench, guard
from playground.ui.ask import ask_by_button, pressed
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel
from playground.ui.style import CHART

KNOB = {"kde": N_("bandwidth h"), "histogram": N_("bins along each axis"),
        "mixture": N_("Gaussians")}
NAMES = {"gaussian": N_("one Gaussian"), "mixture": N_("mixture of 5 Gaussians"),
         "kde": N_("kernel density estimate")}
TOO = {
    "kde": (N_("**Too narrow:** bandwidth {best:.3g} would predict these held-out points best."),
            N_("**Too wide:** bandwidth {best:.3g} would predict these held-out points best.")),
    "histogram": (N_("**Too few boxes:** {best:.0f} along each axis would predict best."),
                  N_("**Too many boxes:** {best:.0f} along each axis would predict best.")),
    "mixture": (N_("**Too few Gaussians:** {best:.0f} would predict best."),
                N_("**Too many Gaussians:** {best:.0f} would predict best.")),
}
MOST_CONTRIBUTING = 3
MOST_LIT = 12
GOOD = 0.1


class DensityEstimationLab(Lab):
    """The bench of density estimation."""

    concept = "density_estimation"
    settings = DensityEstimationSettings
    title = N_("Density estimation")
    idea = N_("How likely is a new point here? Put a small bump on every point, or bend a "
              "formula until it fits, and you have p(x). It can even draw new points.")
    presets = (
        Preset(N_("A good run"), {},
               N_("Each point brings a bump, and the bumps add up to a curve. Point at a tick to "
                  "see its bump, at the axis to see who contributes there.")),
        Preset(N_("Break it: too narrow"), {"bandwidth": 0.02},
               N_("One spike for each point. The training points love it, new points fall between "
                  "the spikes: the held-out score crashes."),
               fix={"bandwidth": 0.2}, fix_label=N_("Fix it: bandwidth 0.2")),
        Preset(N_("Break it: too wide"), {"bandwidth": 2.0},
               N_("One broad hill: both groups are smoothed away."),
               fix={"bandwidth": 0.2}, fix_label=N_("Fix it: bandwidth 0.2")),
        Preset(N_("Break it: one Gaussian for two groups"), {"estimator": "gaussian",
                                                              "n_points": 500},
               N_("The Gaussian is highest between the groups, where hardly a point is. More data "
                  "do not help."),
               fix={"estimator": "mixture"}, fix_label=N_("Fix it: a mixture of two")),
        Preset(N_("Break it: Silverman on the claw"),
               {"dataset": "line_claw", "n_points": 1000, "rule": "silverman"},
               N_("The rule expects one Gaussian, and so its bumps are too wide for five claws."),
               fix={"rule": "sheather_jones"}, fix_label=N_("Fix it: improved Sheather-Jones")),
        Preset(N_("Two moons"), {"dataset": "moons", "n_points": 500,
                                 "rule": "cross_validation"},
               N_("On a plane the bumps become hills. The estimate follows any shape, here two "
                  "moons.")),
    )
    code = ("playground/algorithms/kde.py", "playground/algorithms/bandwidth.py",
            "playground/algorithms/density.py",
            "playground/experiments/density_estimation/experiment.py")
    height = 410
    canvas = "density"

    def panels(self, settings: DensityEstimationSettings) -> list[Panel]:
        """The density, the score against how fine it is, and the score over the steps."""
        density = (Panel("density", _("Points, their kernels, and p(x)"), weight=1.5,
                         events=("hover", "click"), alt=_("The estimated density over a line"))
                   if settings.on_a_line else
                   Panel("density", _("p(x): the darker, the denser"), square=True, weight=1.2,
                         events=("click",), alt=_("Contours of the estimated density on a plane")))
        by_knob = Panel("scores", _("Score against {knob}").format(
            knob=_(KNOB.get(settings.estimator, ""))),
            alt=_("Held-out and training score against how fine the estimate is"))
        title = (_("Score after each half-step") if settings.estimator == "mixture"
                 else _("Score as points join"))
        over_steps = Panel("learning", title, kind="curve",
                           alt=_("Held-out and training score over the steps"))
        return [density, *[by_knob] * (settings.estimator in KNOB), over_steps]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the density of one moment, and where it stands among other values of its knob."""
        a, m, settings = snapshot.arrays, snapshot.metrics, run.settings
        if "density" not in a:
            return {"density": _too_few(a["points"], a["held_out"])}
        drawn = (line(a["points"], a["grid"], a["density"], a.get("truth"), a.get("bump"),
                      a["held_out"])
                 if settings.on_a_line else
                 contours(a["points"], a["grid"], a["density"], a["held_out"]))
        if settings.estimator not in KNOB:
            return {"density": drawn}
        return {"density": drawn, "scores": scores(
            a.get("candidates", np.zeros(0)), a.get("scores", np.zeros((2, 0))), m["chosen"],
            m["held_out"], title=_(KNOB[settings.estimator]), log=settings.estimator != "mixture")}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw both scores over the steps; those of step 0 belong to all points at once."""
        first = 0 if run.settings.estimator == "mixture" else 1
        curves = {}
        for label, name in ((N_("held out"), "held_out"), (N_("training points"), "train")):
            steps, values = (np.asarray(item) for item in run.history.curve(name))
            curves[label] = steps[steps >= first], values[steps >= first]
        return {"learning": lines(curves, unit=N_("nats per point"))}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say how well the estimate predicts new points, and what is wrong with it."""
        m, settings = snapshot.metrics, run.settings
        if "held_out" not in m:
            return _("There are {n} points of your own; five are needed. Click into the figure "
                     "to draw some.").format(n=int(m["joined"]))
        text = _("**Held out: {held_out:.2f} nats per point**, on its own {n} points "
                 "{train:.2f}.").format(held_out=m["held_out"], train=m["train"],
                                        n=int(m["joined"]))
        if settings.estimator == "kde" and settings.rule != "hand":
            text += " " + _("{rule} chooses h = {h:.3f}.").format(
                rule=_(RULES[settings.rule]).capitalize() if not m["rule_failed"] else
                _("This rule has no answer here, so Silverman's rule"), h=m["chosen"])
        if settings.estimator == "gaussian" and settings.on_a_line:
            text += " " + _("Maximum likelihood: mean {mean:.3f}, sigma {sigma:.3f}.").format(
                mean=m["mean"], sigma=m["sigma"])
        if m["outside"]:
            text += " " + _("{share:.1%} of the held-out points have density 0: their true score "
                            "is minus infinity, counted here as -20.").format(share=m["outside"])
        return text + " " + _verdict(run, snapshot)

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        last = run.history.last
        if last is None or "held_out" not in last.metrics:
            return {}
        m = last.metrics
        units = {name: f"{m[name]:.3f}" for name in ("held_out", "train", "mean", "sigma")}
        return units | {
            "n": f"{m['joined']:.0f}",
            "h": f"{m['chosen']:.3f}" if run.settings.estimator == "kde" else "–",
            "best": f"{m['best']:.3f} nats" if "best" in m else _("not known for this set"),
        }

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        """Under the cursor: a point's own kernel, or how high p(x) is and who contributes."""
        last = run.history.kept.get(event.seq or 0) or run.history.last
        if (last is None or event.x is None or not run.settings.on_a_line
                or "density" not in last.arrays):
            return None
        a = last.arrays
        if "bump" not in a:
            return {"text": _("p({x:.2f}) = {total:.3f}").format(
                x=event.x, total=np.interp(event.x, a["grid"], a["density"]))}
        places = a["points"][:, 0]
        if event.trace == _("points") and event.index is not None and event.index < len(places):
            return _own_kernel(places, event.index, a["bump"])
        return _contributors(places, event.x, a["bump"])

    def act(self, run: Run, event: Event) -> bool:
        """Place a point; on a line, where the axis is, so that it lies under the cursor."""
        if run.settings.on_a_line and event.x is not None:
            x, y = (0.0, event.x) if run.settings.axis == "second" else (event.x, 0.0)
            event = replace(event, x=x, y=y)
        return super().act(run, event)

    def explore(self, run: Run) -> None:
        """Draw new points, look at the landscape, and climb the dimensions."""
        left, right = st.columns(2, gap="large")
        with left:
            _new_points(run)
        with right:
            _landscape(run)
            _dimensions(run)


def _own_kernel(places: np.ndarray, index: int, bump: np.ndarray) -> dict[str, Any]:
    text = _("The point at {x:.2f} and its kernel: 1/{n} of all the area, up to {top:.3f} high.")
    return {"text": text.format(x=places[index], n=len(places), top=bump[1].max()),
            "lines": kernel_lines(places[[index]], bump, width=4)}


def _contributors(places: np.ndarray, x: float, bump: np.ndarray) -> dict[str, Any]:
    heights = np.interp(np.abs(places - x), bump[0], bump[1], right=0.0)
    total = float(heights.sum())
    text = _("p({x:.2f}) = {total:.3f}").format(x=x, total=total)
    if total <= 0:
        return {"text": text + ": " + _("no kernel reaches here")}
    most = [i for i in np.argsort(-heights)[:MOST_LIT] if heights[i] > 0]
    parts = ", ".join(f"{places[i]:.2f} ({heights[i] / total:.0%})"
                      for i in most[:MOST_CONTRIBUTING])
    text = _("{p}, stacked from {n} kernels. Most by the points at {parts}").format(
        p=text, n=int((heights > 0).sum()), parts=parts)
    return {"text": text,
            "lines": [*kernel_lines(places[most], bump), *stack(x, np.sort(heights)[::-1])]}


def _too_few(joined: np.ndarray, held_out: np.ndarray) -> Figure:
    """Points that are too few for a density, on the plane on which more can be drawn."""
    own = np.concatenate([joined, held_out])
    own = np.column_stack([own, np.zeros(len(own))])[:, :2]
    return figure([points(own, name=_("points"), color=SAMPLES, size=7)],
                  {**plane(square(2.4)), "showlegend": False})


def _verdict(run: Run, snapshot: Snapshot) -> str:
    """Say whether the estimate is too fine or too coarse, and what could be reached."""
    m, a, words = snapshot.metrics, snapshot.arrays, TOO.get(run.settings.estimator)
    text = ""
    if words and len(a.get("candidates", ())) and a["scores"][0].max() - m["held_out"] > GOOD:
        best = float(a["candidates"][a["scores"][0].argmax()])
        text = _(words[m["chosen"] > best]).format(best=best) + " "
    if "best" not in m:
        return text + _("The true density of this set is not known: compare with other estimates.")
    if m["best"] - m["held_out"] > GOOD:
        return text + _("The true density itself reaches {truth:.2f}.").format(truth=m["best"])
    return text + _("The true density itself reaches {truth:.2f}: no estimate can beat it but by "
                    "luck.").format(truth=m["best"])


def _new_points(run: Run) -> None:
    st.markdown(_("#### Draw new points from this density"))
    st.caption(_("A density that you can draw from is a generative model: your first one. Left or "
                 "above the data, then as many points that never were."))
    last = run.history.last
    if last is None:
        return
    reply = ask_by_button(_("Draw new points"), run, "sample",
                          n=min(2000, len(last.arrays["points"])))
    if not reply:
        return
    old, new = last.arrays["points"], np.asarray(reply["samples"])
    if old.shape[1] == 1:
        st.plotly_chart(strips({_("data"): old[:, 0], _("new"): new[:, 0]}, unit="x"),
                        config=CHART)
    else:
        for place, xy, name, color in zip(st.columns(2), (old, new), (_("data"), _("new")),
                                          ("#0072B2", SAMPLES), strict=True):
            place.caption(name)
            drawn = figure([points(xy, name=name, color=color)],
                           plane(square(2.4)) | {"height": 280})
            place.plotly_chart(drawn, config=CHART, key=f"drawn-{name}")
    st.caption(_("A KDE draws each new point close to one that it has seen. Models that learn "
                 "what points have in common can draw new pictures too: go on to the VAE."))
    st.page_link("pages/vae.py", label=_("Variational autoencoder"),
                 icon=":material/arrow_forward:")


def _landscape(run: Run) -> None:
    last = run.history.last
    if last is None or last.arrays.get("density", np.zeros(0)).ndim != 2:
        return
    st.markdown(_("#### The density as a landscape"))
    if pressed(_("Show the landscape"), run, "landscape"):
        st.plotly_chart(surface(last.arrays["grid"], last.arrays["density"]), config=CHART)


def _dimensions(run: Run) -> None:
    st.markdown(_("#### The curse of dimension"))
    st.caption(_("Three estimates of the digits' first d principal components, fitted to 1,500 "
                 "digits and scored on 297 others. And a KDE of 1,500 points of one round "
                 "Gaussian, whose true density is known: what does it lose as d grows?"))
    reply = ask_by_button(_("Climb the dimensions"), run, "dimensions")
    if reply:
        dimensions = np.array(reply["dimensions"])
        st.plotly_chart(over_dimensions(
            dimensions, {_(label): np.array(reply[name]) for name, label in NAMES.items()}),
            config=CHART)
        st.caption(_("On the round Gaussian the KDE loses {first:.2f} nats per point in one "
                     "dimension, {last:.1f} in {d}. The digits are kinder to it: they are not "
                     "spread over all of space but lie in a few groups.").format(
                         first=reply["lost"][0], last=reply["lost"][-1], d=dimensions[-1]))


if guard.pass_gate():
    bench.show(DensityEstimationLab())
