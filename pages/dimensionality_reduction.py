"""Dimensionality reduction: PCA by hand, then t-SNE, UMAP and others, live."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.curves import lines
from playground.charts.dimensionality_reduction import axis, embedding, traced
from playground.charts.encode import png_uri, tile
from playground.charts.scatter import box_around, square
from playground.experiments.dimensionality_reduction.settings import (
    MAX_VISITED,
    DimensionalityReductionSettings,
)
from playground.language import N_, _
from playground.runs import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui import bench, guard, own_data
from playground.ui.ask import ask
from playground.ui.controls import choose_next
from playground.ui.dimensionality_reduction import (
    all_methods,
    components,
    perplexities,
    whitening,
)
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel

FEW_VALUES = 5
VISITED = "axis-visited"


class DimensionalityReductionLab(Lab):
    """The bench of dimensionality reduction."""

    concept = "dimensionality_reduction"
    settings = DimensionalityReductionSettings
    title = N_("Dimensionality reduction")
    idea = N_("Show data of many dimensions on a plane. PCA looks for the direction in which the "
              "data spread most; other methods only keep neighbours together.")
    presets = (
        Preset(N_("A good run: PCA by hand"), {},
               N_("The axis turns, and the curve traces the variance along it. Where the threads "
                  "are shortest, the variance is largest: that axis is PC1.")),
        Preset(N_("t-SNE on digits"), {"dataset": "digits", "method": "tsne", "n_points": 500},
               N_("A knot for the first third, then ten groups spring apart. Nobody told t-SNE "
                  "which digit is which: the colours do.")),
        Preset(N_("UMAP on digits"), {"dataset": "digits", "method": "umap", "n_points": 500},
               N_("Epoch by epoch, from chance to groups. The first start takes ten seconds or "
                  "so: umap-learn compiles itself.")),
        Preset(N_("Break it: groups out of nothing"),
               {"dataset": "noise_10", "method": "tsne", "perplexity": 2.0},
               N_("Uniform noise has no groups, but with perplexity 2 each point minds its two "
                  "nearest only: chance neighbours become clumps."),
               fix={"perplexity": 50.0}, fix_label=N_("Fix it: perplexity 50")),
        Preset(N_("Break it: PCA on a Swiss roll"),
               {"dataset": "swiss_roll", "method": "pca", "n_points": 1000, "noise": 0.0},
               N_("A straight projection presses the layers onto each other: far ends of the "
                  "sheet become neighbours."),
               fix={"method": "isomap"}, fix_label=N_("Fix it: Isomap")),
        Preset(N_("Break it: short cuts"),
               {"dataset": "swiss_roll", "method": "isomap", "n_points": 1000, "noise": 0.0,
                "neighbors": 30},
               N_("With 30 neighbours each, paths jump from one layer of the roll to the next, "
                  "and the sheet stays folded."),
               fix={"neighbors": 10}, fix_label=N_("Fix it: 10 neighbours")),
    )
    code = ("playground/algorithms/eigen.py", "playground/algorithms/embeddings.py",
            "playground/algorithms/umap_epochs.py", "playground/algorithms/neighbors.py",
            "playground/experiments/dimensionality_reduction/methods.py",
            "playground/experiments/dimensionality_reduction/experiment.py")
    height = 430
    canvas = "plane"

    def panels(self, settings: DimensionalityReductionSettings) -> list[Panel]:
        """By hand the plane and the traced curve; else the embedding and its quality."""
        if settings.method == "by_hand":
            return [
                Panel("plane", _("Points, and threads to the axis: drag its handle"), weight=1.3,
                      square=True, events=("click", "drag"),
                      alt=_("Points, an axis through their middle, and threads between them")),
                Panel("traced", _("Variance along the axis, against its angle"),
                      alt=_("The variance along the axis over the angles so far")),
            ]
        curves = [Panel("quality", _("Neighbours kept"), kind="curve",
                        alt=_("Trustworthiness and neighbour overlap over the steps"))]
        if settings.method == "tsne":
            curves.append(Panel("divergence", _("What t-SNE minimises: KL(P || Q)"), kind="curve",
                                alt=_("KL divergence in nats over the steps")))
        name = settings.knobs()["method"].choices[settings.method]
        return [Panel("plane", _("{method}: point at a datum to see it").format(method=_(name)),
                      weight=1.3, square=True, events=("hover", "click", "drag"),
                      alt=_("The data on a plane, coloured by class")), *curves]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane of one moment."""
        a, m = snapshot.arrays, snapshot.metrics
        own = run.settings.dataset == "mine" and not run.settings.columns
        labels = a["labels"].astype(np.int64)
        if "traced" not in a:
            if not _by_hand(run):
                return {"plane": embedding(a["points"], labels)}
            return {"plane": axis(a["points"], labels, 0, square(2.0)),
                    "traced": traced(np.zeros(1), np.zeros(1), 1, 0, None)}
        seen = bool(m["revealed"]) or own
        box = square(2.0) if own else box_around(a["points"])
        variances = a["principal_variances"]
        return {
            "plane": axis(a["points"], labels, m["angle"], box,
                          a["components"] if seen else None, variances, draggable=own),
            "traced": traced(*a["traced"], float(variances[0]), float(variances[1]),
                             m["principal_angle"] if seen else None, a.get("visited")),
        }

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw the quality, and what t-SNE minimises."""
        if _by_hand(run):
            return {}
        figures = {"quality": lines({
            N_("trustworthiness"): run.history.curve("trustworthiness"),
            N_("neighbours in common"): run.history.curve("overlap")}, unit=N_("share"))}
        if run.settings.method == "tsne":
            figures["divergence"] = lines({N_("KL divergence"): run.history.curve("divergence")},
                                          unit=N_("nats"))
        return figures

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say what the axis or the embedding has reached."""
        m = snapshot.metrics
        if m["n"] < 5:
            return _("There are {n} points of your own; five are needed. Click into the figure "
                     "to draw some.").format(n=int(m["n"]))
        if "angle" in m:
            return _axis_caption(m)
        return _embedding_caption(run, m)

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        m = run.history.last.metrics if run.history.last else {}

        def text(name: str, form: str = "{:.3f}") -> str:
            return form.format(m[name]) if name in m else "–"

        share = f"{m['largest'] / m['total']:.1%}" if m.get("total") else "–"
        return {"n": text("n", "{:.0f}"), "variance": text("variance"), "share": share,
                "largest": text("largest"), "principal_angle": text("principal_angle", "{:.1f}°"),
                "divergence": text("divergence", "{:.3f} nats"),
                "trustworthiness": text("trustworthiness"), "overlap": text("overlap", "{:.1%}")}

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        """Show the datum under the cursor."""
        kept = run.history.kept.get(event.seq or 0) or run.history.last
        if kept is None or event.x is None or event.y is None or _by_hand(run):
            return None
        points = kept.arrays["points"]
        if not len(points):
            return None
        nearest = int(((points - [event.x, event.y]) ** 2).sum(axis=1).argmin())
        reply = ask(run, "item", index=nearest)
        if reply is None:
            return None
        text = _("number {index}, class {label}").format(index=nearest, label=reply["label"])
        if "image" in reply:
            return {"text": text, "image": png_uri(tile(np.asarray(reply["image"])[None]))}
        values = [f"{value:.2f}" for value in reply["values"][:FEW_VALUES]]
        if reply["names"]:
            values = [f"{name} {value}" for name, value in
                      zip(reply["names"], values, strict=False)]
        return {"text": f"{text}: {', '.join(values)}"}

    def explore(self, run: Run) -> None:
        """How many components are enough; whitening; perplexities next to each other."""
        left, right = st.columns(2, gap="large")
        with left:
            components(run)
        with right:
            whitening(run)
            all_methods(run)
            perplexities(run)

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the visitor's own points, and where the axis has been on these data."""
        visited = {"visited": _visited(values)} if values["method"] == "by_hand" else {}
        return super().drawn(values) | visited

    def tools(self, run: Run) -> None:
        """Say what a click and a drag do; points are drawn by hand alone."""
        if run.settings.dataset != "mine" or not own_data.is_drawn():
            return
        if _by_hand(run):
            super().tools(run)
            st.caption(_("Drag a point to move it, and watch PC1 and PC2 follow."))
        else:
            st.caption(_("To draw points, choose the method “PCA by hand”."))

    def act(self, run: Run, event: Event) -> bool:
        """Turn the axis by its handle; place a point of the visitor's own, or move it."""
        if not _by_hand(run):
            return False
        if event.kind == "drag" and event.trace == _("handle"):
            return _turn(run, event)
        return super().act(run, event)


def _by_hand(run: Run) -> bool:
    return bool(run.settings.method == "by_hand")


def _turn(run: Run, event: Event) -> bool:
    """Put the axis where its handle was dragged to."""
    last = run.history.last
    if last is None or event.x is None or event.y is None or not len(last.arrays["points"]):
        return False
    x, y = np.array([event.x, event.y]) - last.arrays["points"].mean(axis=0)
    choose_next("angle", float(2 * round(math.degrees(math.atan2(y, x)) / 2) % 180))
    return True


def _visited(values: Mapping[str, Value]) -> tuple[float, ...]:
    """Return where the axis was before it came to where it is, on the same data."""
    data = tuple(values.get(name) for name in ("dataset", "n_points", "noise", "seed"))
    before, angles = st.session_state.get(VISITED, (None, []))
    angle = float(values.get("angle", 0.0))
    if before != data:
        angles = []
    if not angles or angles[-1] != angle:
        angles = [*(other for other in angles if other != angle), angle][-MAX_VISITED:]
    st.session_state[VISITED] = data, angles
    return tuple(angles[:-1])


def _axis_caption(m: Mapping[str, float]) -> str:
    text = _("**Axis at {angle:.0f}°.** The variance along it is {variance:.3f} of {total:.3f} "
             "({share:.0%}); the threads take the other {rest:.3f}, as their mean squared length."
             ).format(angle=m["angle"], variance=m["variance"], total=m["total"],
                      share=m["variance"] / max(m["total"], 1e-12),
                      rest=m["total"] - m["variance"])
    best = _("The best of {n} axes so far was {best:.0f}° with {value:.3f}.").format(
        n=int(m.get("tried", 91)), best=m["best_angle"], value=m["best"])
    if m["revealed"]:
        return text + " " + best + " " + _(
            "PC1, the first eigenvector, stands at {angle:.1f}° with {largest:.3f}: no axis can "
            "beat it.").format(angle=m["principal_angle"], largest=m["largest"])
    if m.get("tried", 1) > 1:
        text += " " + best + " " + _("Can you beat it? Then reveal PC1, in the sidebar.")
    return text


def _embedding_caption(run: Run, m: Mapping[str, float]) -> str:
    text = _("**{overlap:.0%} of the nearest neighbours are the same** as in the data; "
             "trustworthiness {trust:.3f} (1: no false neighbours).").format(
                 overlap=m.get("overlap", 0), trust=m.get("trustworthiness", 0))
    method, perplexity = run.settings.method, run.settings.perplexity
    if method == "pca" and "explained" in m:
        text += " " + _("The plane holds {share:.1%} of the variance.").format(
            share=m["explained"])
    if method == "tsne" and m.get("exaggerated"):
        text += " " + _("Early phase: neighbours attract each other 12 times too much, so that "
                        "groups find together.")
    if method == "tsne" and perplexity > (most := (m["n"] - 1) / 3):
        text += " " + _("Perplexity {asked:g} is clamped to {most:.1f}: of {n} points none can "
                        "mind more than a third of the others.").format(
                            asked=perplexity, most=most, n=int(m["n"]))
    if method in ("tsne", "umap"):
        text += " " + _("How large a group is, and how far from the next one, means nothing here.")
    return text


if guard.pass_gate():
    bench.show(DimensionalityReductionLab())
