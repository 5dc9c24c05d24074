"""Dimensionality reduction: PCA by hand, then t-SNE, UMAP and others, live."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.curves import lines
from playground.charts.encode import png_uri, tile
from playground.charts.scatter import box_around, square
from playground.concepts.dimensionality_reduction import words as dimensionality_words
from playground.concepts.dimensionality_reduction.explore import (
    all_methods,
    components,
    perplexities,
    whitening,
)
from playground.concepts.dimensionality_reduction.figures import (
    STEP,
    axis,
    embedding,
    in_space,
    sheet,
    traced,
)
from playground.concepts.dimensionality_reduction.presets import PRESETS
from playground.concepts.dimensionality_reduction.settings import (
    IMAGES,
    MAX_VISITED,
    DimensionalityReductionSettings,
)
from playground.language import N_, _, listed, plural
from playground.numbers import shown
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event
from playground.ui.bench.controls import choose_next
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.state import Wish, wish
from playground.ui.bench.visited import remember, visited
from playground.ui.tools import own_data

FEW_VALUES = 5
VISITED = "axis-visited"
PICTURES = "plane-pictures"


class DimensionalityReductionLab(Lab[DimensionalityReductionSettings]):
    """The bench of dimensionality reduction."""

    concept = "dimensionality_reduction"
    settings = DimensionalityReductionSettings
    title = N_("Dimensionality reduction")
    idea = N_("Show data of many dimensions on a plane. PCA looks for the direction in which the "
              "data spread most; other methods only keep neighbours together.")
    presets = PRESETS
    code = ("playground/algorithms/eigen.py", "playground/algorithms/embeddings.py",
            "playground/algorithms/umap_epochs.py", "playground/algorithms/neighbors.py",
            "playground/concepts/dimensionality_reduction/methods.py",
            "playground/concepts/dimensionality_reduction/experiment.py")
    height = 430
    canvas = "plane"

    def panels(self, settings: DimensionalityReductionSettings) -> list[Panel]:
        """By hand the plane and the traced curve; else the embedding and its quality.

        Data of three dimensions come with a view of them in space.
        """
        space = [Panel("space", _("The data in space: turn them"), space=True,
                       alt=_("The data in three dimensions, coloured by class"))]
        space *= settings.in_space
        if settings.method == "by_hand":
            return [
                Panel("plane", _("Points, and threads to the axis: drag its handle"), weight=1.3,
                      square=True, events=("click", "drag"),
                      alt=_("Points, an axis through their middle, and threads between them")),
                *space,
                Panel("traced", _("Variance along the axis, against its angle"),
                      alt=_("The variance along the axis over the angles so far")),
            ]
        curves = [Panel("quality", _("Neighbours kept"), kind="curve",
                        alt=_("Trustworthiness and neighbour overlap over the steps"))]
        if settings.method == "tsne":
            curves.append(Panel("divergence", _("What t-SNE minimises: KL(P || Q)"), kind="curve",
                                alt=_("KL divergence in nats over the steps")))
        name = settings.knobs()["method"].choices[settings.method]
        pictures = _has_pictures(settings) and bool(st.session_state.get(PICTURES))
        return [Panel("plane", _("{method}: point at a datum to see it").format(method=_(name)),
                      weight=2.0 if pictures else 1.3, square=True, pictures=pictures,
                      events=("hover", "click", "drag"),
                      alt=_("The data on a plane, coloured by class")), *space, *curves]

    def frame(self, run: Run[DimensionalityReductionSettings],
              snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane of one moment."""
        a, m = snapshot.arrays, snapshot.metrics
        own = run.settings.dataset == "mine" and not run.settings.columns
        labels = a["labels"].astype(np.int64)
        names = run.settings.columns or ("x", "y", "z")
        drawn = {"space": in_space(a["space"], labels, names)} if "space" in a else {}
        if "traced" not in a:
            if not _by_hand(run):
                plane = embedding(a["points"], labels)
                if "pictures" in a:
                    plane["layout"]["meta"] = {"sheet": sheet(a["pictures"], labels)}
                return {"plane": plane, **drawn}
            return {"plane": axis(a["points"], labels, 0, square(2.0)),
                    "traced": traced(np.zeros(1), np.zeros(1), 1, 0, None)}
        seen = bool(m["revealed"])
        box = square(2.0) if own else box_around(a["points"])
        variances = a["principal_variances"]
        return {
            "plane": axis(a["points"], labels, m["angle"], box,
                          a["components"] if seen else None, variances, movable=own,
                          most=MAX_VISITED),
            "traced": traced(a["traced"][0], a["traced"][1],
                             float(variances[0]), float(variances[1]),
                             m["principal_angle"] if seen else None, a.get("visited"),
                             a.get("whole")),
            **drawn,
        }

    def curves(self, run: Run[DimensionalityReductionSettings]) -> dict[str, Figure]:
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

    def caption(self, run: Run[DimensionalityReductionSettings], snapshot: Snapshot) -> str:
        """Say what the axis or the embedding has reached."""
        m = snapshot.metrics
        n = int(m["n"])
        if m["n"] < 5:
            return plural("There is {n} point of your own; five are needed. Click into the "
                          "figure to draw some.", "There are {n} points of your own; five are "
                          "needed. Click into the figure to draw some.", n).format(n=n)
        if "angle" in m:
            return dimensionality_words.axis(m)
        return dimensionality_words.embedding(run.settings, m)

    def numbers(self, run: Run[DimensionalityReductionSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        m = run.history.last.metrics if run.history.last else {}

        def text(name: str, form: str = "{:.3f}") -> str:
            return form.format(m[name]) if name in m else "–"

        share = shown(m['largest'] / m['total'], ".1%") if m.get("total") else "–"
        return {"n": text("n", "{:.0f}"), "variance": text("variance"), "share": share,
                "largest": text("largest"), "principal_angle": text("principal_angle", "{:.1f}°"),
                "divergence": text("divergence", _("{:.3f} nats")),
                "trustworthiness": text("trustworthiness"), "overlap": text("overlap", "{:.1%}")}

    def answer(self, run: Run[DimensionalityReductionSettings],
               event: Event) -> dict[str, Any] | None:
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
        values = [shown(value, ".2f") for value in reply["values"][:FEW_VALUES]]
        if reply["names"]:
            values = [f"{name} {value}" for name, value in
                      zip(reply["names"], values, strict=False)]
        return {"text": _("{item}: {values}").format(item=text, values=listed(values))}

    def illustrations(self, run: Run[DimensionalityReductionSettings]) -> dict[str, Figure]:
        """Name the first figure after the method too; with an axis, add PC1 and PC2."""
        drawn, last = super().illustrations(run), run.history.last
        if last is not None and "traced" in last.arrays:
            a = last.arrays
            drawn["principal"] = axis(
                a["points"], a["labels"].astype(np.int64), last.metrics["principal_angle"],
                box_around(a["points"]), a["components"], a["principal_variances"])
        return drawn | {run.settings.method: drawn["plane"]} if "plane" in drawn else drawn

    def explore(self, run: Run[DimensionalityReductionSettings]) -> None:
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
        drawn = super().drawn(values)
        if values["method"] != "by_hand":
            return drawn
        angle, start = float(values.get("angle", 0.0)), float(self.settings.default("angle"))
        return drawn | {"visited": visited(VISITED, _data(values), angle, start, MAX_VISITED)}

    def tools(self, run: Run[DimensionalityReductionSettings]) -> None:
        """Say what a click and a drag do, and offer pictures; points are drawn by hand alone."""
        if _has_pictures(run.settings):
            st.toggle(_("Pictures instead of dots"), key=PICTURES)
        if run.settings.dataset != "mine" or not own_data.is_drawn():
            return
        if _by_hand(run):
            super().tools(run)
            st.caption(_("Reveal PC1, drag a point, and watch PC1 and PC2 follow."))
        else:
            st.caption(_("To draw points, choose the method “PCA by hand”."))

    def act(self, run: Run[DimensionalityReductionSettings], event: Event) -> bool:
        """Turn the axis by its handle; place a point of the visitor's own, or move it."""
        if not _by_hand(run):
            return False
        if event.kind == "drag" and event.trace == "handle":
            return _turn(run, event)
        return super().act(run, event)


def _has_pictures(settings: DimensionalityReductionSettings) -> bool:
    return settings.dataset in IMAGES and settings.method != "by_hand"


def _by_hand(run: Run[DimensionalityReductionSettings]) -> bool:
    return bool(run.settings.method == "by_hand")


def _turn(run: Run[DimensionalityReductionSettings], event: Event) -> bool:
    """Put the axis where its handle was dragged to, and remember where it was on the way."""
    last = run.history.last
    if last is None or event.x is None or event.y is None or not len(last.arrays["points"]):
        return False
    middle = last.arrays["points"].mean(axis=0)
    angle, *passed = (_angle(np.array(place) - middle)
                      for place in [[event.x, event.y], *(event.path or [])])
    remember(VISITED, _data(run.settings.model_dump()), [run.settings.angle, *passed, angle],
             MAX_VISITED)
    choose_next("angle", angle)
    if angle == run.settings.angle:
        wish(Wish.RESET)
    return True


def _angle(away: np.ndarray) -> float:
    degrees = math.degrees(math.atan2(away[1], away[0]))
    return float(STEP * round(degrees / STEP) % 180)


def _data(values: Mapping[str, Value]) -> tuple[Value | None, ...]:
    return tuple(values.get(name, DimensionalityReductionSettings.default(name))
                 for name in ("dataset", "n_points", "noise", "seed"))


if guard.pass_gate():
    page.show(DimensionalityReductionLab())
