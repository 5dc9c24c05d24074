"""The figures of a GAN on a plane: the layered game, the two players, and the optimal D."""

from collections.abc import Mapping

import numpy as np

from playground.charts.colors import DATA, GENERATOR, GRADIENTS, NEUTRAL, SAMPLES, translucent
from playground.charts.encode import Figure, Layout, Trace, float32
from playground.charts.scatter import figure, plane, points, same, square
from playground.language import _

HALF = 2.2
ARROW, LONGEST_ARROW = 0.3, 0.7  # of the steepest mean slope of a run, and of any
# Clear where D cannot tell: the page's own ground, light or dark.
DIVERGING = [[0, SAMPLES], [0.25, "#F0B27A"], [0.5, "rgba(240, 178, 122, 0)"],
             [0.5, "rgba(127, 184, 218, 0)"], [0.75, "#7FB8DA"], [1, DATA]]
DENSITIES = (0.06, 0.14, 0.26, 0.42)
HALF_BOX = 0.72
# Where the boxes of the diagram stand, the ways between them, and the numbers along these.
BOXES = {"noise": (2.4, 9.2), "generator": (2.4, 7.0), "samples": (2.4, 4.8), "data": (7.6, 6.9),
         "discriminator": (5.0, 2.6), "generator_loss": (2.4, 0.6),
         "discriminator_loss": (7.6, 0.6)}
WAYS = (("noise", "generator"), ("generator", "samples"), ("samples", "discriminator"),
        ("data", "discriminator"), ("discriminator", "generator_loss"),
        ("discriminator", "discriminator_loss"))
CALLOUTS = ((3.0, 8.1), (3.0, 5.9), (5.0, 3.9), (7.6, 1.85), (0.35, 3.8))


def game(arrays: Mapping[str, np.ndarray], middle: float, reach: float,
         steepest: float) -> Figure:
    """All layers of the game; a click into the legend hides one.

    Args:
        arrays: `surface` (G, G), what D says of each place; `sheet` (S, S, 2), where a square of
            noise lands; `data` (M, 2), `samples` (N, 2); `arrows` (A, 2, 2), places and pushes.
        middle, reach: the shown score that means "cannot tell", and how far the sure ones lie; a
            reach of 0 takes them from the surface.
        steepest: the mean push that has arrows of length `ARROW`, one for all moments of a run.
    """
    surface = arrays["surface"]
    if not reach:
        middle = float(np.median(surface))
        reach = float(max(np.abs(surface - middle).max(), 1e-6))
    axis = np.linspace(-HALF, HALF, len(surface))
    heat: Trace = {
        "type": "heatmap", "name": _("D's surface"), "showlegend": True,
        "x": float32(axis), "y": float32(axis), "z": float32(surface), "zsmooth": "fast",
        "zmin": middle - reach, "zmax": middle + reach, "colorscale": DIVERGING, "opacity": 0.75,
        "hovertemplate": _("D says {value}").format(value="%{z:.2f}") + "<extra></extra>",
        "showscale": False,
    }
    return figure([
        heat,
        *same(_sheet(arrays["sheet"])),
        points(arrays["data"], name=_("data"), color=DATA, size=4, opacity=0.8),
        *same([points(arrays["samples"], name=_("samples"), color=SAMPLES, size=4,
                      symbol="diamond", opacity=0.85),
               _arrows(arrays["arrows"], steepest)]),
    ], {**plane(square(HALF)), "legend": {"orientation": "h", "x": 0, "y": 1,
                                          "yanchor": "bottom", "font": {"size": 11}}})


def _sheet(sheet: np.ndarray) -> list[Trace]:
    """The warped square of noise: the smaller a cell has become, the denser it is drawn.

    A trace is of cells of like size; its `ids` say which ones, so that each glides to where it is
    next, in whatever trace that is.
    """
    corners = np.stack([sheet[:-1, :-1], sheet[:-1, 1:], sheet[1:, 1:], sheet[1:, :-1]], 2)
    cells = corners.reshape(-1, 4, 2)  # (C, corners, 2)
    ahead = np.roll(cells, -1, axis=1)
    areas = np.abs((cells[..., 0] * ahead[..., 1] - cells[..., 1] * ahead[..., 0]).sum(1)) / 2
    order = np.argsort(-areas)
    traces = []
    for number, part in enumerate(np.array_split(order, len(DENSITIES))):
        rings = np.concatenate([cells[part], cells[part][:, :1],
                                np.full((len(part), 1, 2), np.nan)], 1).reshape(-1, 2)
        traces.append({
            "type": "scatter", "mode": "lines", "name": _("generator's sheet"),
            "legendgroup": "sheet", "showlegend": number == len(DENSITIES) - 1,
            "meta": {"ids": part.tolist()},
            "x": float32(rings[:, 0]), "y": float32(rings[:, 1]), "fill": "toself",
            "fillcolor": translucent(GENERATOR, DENSITIES[number]), "hoverinfo": "skip",
            "line": {"color": translucent(GENERATOR, 0.35), "width": 0.5}})
    return traces


def _arrows(arrows: np.ndarray, steepest: float) -> Trace:
    """Where D pushes samples, and how much; arrows that would be too long are cut off."""
    place, way = arrows[:, 0], arrows[:, 1] * (ARROW / max(steepest, 1e-12))
    length = np.linalg.norm(way, axis=1, keepdims=True).clip(1e-12)
    ends = place + way * np.minimum(1, LONGEST_ARROW / length)
    return {**_ways(place, ends, GRADIENTS, 1.5, head=0.09), "name": _("where D pushes")}


def _ways(starts: np.ndarray, ends: np.ndarray, color: str, width: float, *,
          head: float) -> Trace:
    """Arrows (A, 2) -> (A, 2) as one line: plotly's own arrows take ten times as long to draw."""
    way = ends - starts
    length = np.linalg.norm(way, axis=1, keepdims=True).clip(1e-12)
    back = way / length * np.minimum(head, 0.5 * length)
    aside = np.stack([-back[:, 1], back[:, 0]], 1) / 2
    gap = np.full_like(starts, np.nan)
    path = np.stack([starts, ends, ends - back + aside, ends, ends - back - aside, gap], 1)
    path = path.reshape(-1, 2)
    return {"type": "scatter", "mode": "lines", "x": float32(path[:, 0]), "y": float32(path[:, 1]),
            "hoverinfo": "skip", "line": {"color": color, "width": width}}


def players(texts: Mapping[str, str], moved: int) -> Figure:
    """The two players as a diagram, with the path of the update that was made last.

    Args:
        texts: what stands in the boxes: `noise`, `generator`, `samples`, `data`,
            `discriminator`, `discriminator_loss`, `generator_loss`.
        moved: 1 for D, 2 for G, 3 for both, 0 for nobody.
    """
    colors = {"generator": GENERATOR, "samples": SAMPLES, "data": DATA, "discriminator": GRADIENTS}
    shapes: list[Layout] = []
    for name, (x, y) in BOXES.items():
        color = colors.get(name, NEUTRAL)
        shapes.append({"type": "rect", "x0": x - 2.1, "x1": x + 2.1, "y0": y - HALF_BOX,
                       "y1": y + HALF_BOX, "line": {"color": color, "width": 1.5},
                       "fillcolor": translucent(color, 0.14), "layer": "below"})
    ends = np.array([[BOXES[start], BOXES[end]] for start, end in WAYS])
    down = np.sign(ends[:, 1, 1] - ends[:, 0, 1])
    ends[:, 0, 1] += HALF_BOX * down
    ends[:, 1, 1] -= HALF_BOX * down
    places = [*BOXES.values(), *CALLOUTS]
    labels = [*(texts[name] for name in BOXES),
              *(f"<b>{number}</b>" for number in range(1, len(CALLOUTS) + 1))]
    hidden = {"visible": False, "fixedrange": True}
    return figure([
        {**_ways(ends[:, 0], ends[:, 1], NEUTRAL, 1.5, head=0.3), "showlegend": False},
        _path([(9.75, 0.6), (9.95, 0.6), (9.95, 2.6), (7.2, 2.6)], (0.3, 0.0), bool(moved & 1)),
        _path([(0.25, 0.6), (0.05, 0.6), (0.05, 7.0), (0.25, 7.0)], (-0.2, 0.0), bool(moved & 2)),
        {"type": "scatter", "mode": "text", "text": labels, "textfont": {"size": 11},
         "x": [x for x, _y in places], "y": [y for _x, y in places], "hoverinfo": "skip",
         "showlegend": False},
    ], {"xaxis": {**hidden, "range": [-0.1, 10.1]}, "yaxis": {**hidden, "range": [-0.2, 10]},
        "shapes": shapes, "uirevision": "keep", "margin": {"l": 4, "r": 4, "t": 4, "b": 4}})


def _path(corners: list[tuple[float, float]], back: tuple[float, float], shown: bool) -> Trace:
    """A thick way along corners, with a head at its end that reaches `back` from there."""
    (x, y), (dx, dy) = corners[-1], back
    head = [(x + dx, y + dy + 0.2), (x, y), (x + dx, y + dy - 0.2)]
    xs, ys = zip(*[*corners, *head], strict=True)
    return {"type": "scatter", "mode": "lines", "x": list(xs) if shown else [],
            "y": list(ys) if shown else [], "hoverinfo": "skip", "showlegend": False,
            "line": {"color": GRADIENTS, "width": 3}}


def surfaces(learned: np.ndarray, best: np.ndarray, seen: np.ndarray) -> Figure:
    """The learned discriminator beside the best one, (G, G) each, rows from the bottom.

    Where nothing is `seen`, (G, G), there is no best one: a gap.
    """
    axis = HALF * (2 * np.arange(len(learned)) + 1 - len(learned)) / len(learned)
    common = {"type": "heatmap", "x": float32(axis), "y": float32(axis), "zmin": 0, "zmax": 1,
              "colorscale": DIVERGING}
    axes: Layout = {"range": [-HALF, HALF], "showgrid": False, "zeroline": False}
    titles = [{"text": text, "x": x, "y": 1.0, "xref": "paper", "yref": "paper",
               "yanchor": "bottom", "showarrow": False, "font": {"size": 13}}
              for text, x in ((_("learned D"), 0.22), (_("best D against this G"), 0.78))]
    return figure([
        {**common, "z": float32(learned), "showscale": False},
        {**common, "z": float32(np.where(seen, best, np.nan)), "xaxis": "x2", "yaxis": "y2",
         "colorbar": {"thickness": 10, "outlinewidth": 0}},
    ], {"xaxis": {**axes, "domain": [0, 0.46]},
        "yaxis": {**axes, "scaleanchor": "x"},
        "xaxis2": {**axes, "domain": [0.52, 0.98]},
        "yaxis2": {**axes, "anchor": "x2", "scaleanchor": "x2"},
        "annotations": titles, "height": 320, "margin": {"l": 30, "r": 8, "t": 30, "b": 26}})


def counts(found: np.ndarray, *, of: str, what: str, first: int) -> Figure:
    """How many samples were found of each kind (K,), beside an even share.

    Args:
        of: what the kinds are, translated, e.g. "mode".
        what: what was counted, translated.
        first: number of the first kind.
    """
    even = float(found.sum()) / max(len(found), 1)
    return figure(
        [{"type": "bar", "x": list(range(first, first + len(found))), "y": float32(found),
          "marker": {"color": SAMPLES}, "hovertemplate": "%{y:.0f}<extra></extra>"}],
        {"xaxis": {"title": {"text": of}, "dtick": 1 if len(found) <= 10 else 4},
         "yaxis": {"title": {"text": what}}, "height": 240,
         "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": even, "y1": even,
                     "line": {"color": NEUTRAL, "dash": "dash"}}],
         "margin": {"l": 50, "r": 8, "t": 8, "b": 40}})
