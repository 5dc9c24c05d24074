"""The figures of learned priors: codes, pictures, words, and the parts of the bound."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from playground.charts.bars import lying_bars
from playground.charts.colors import DATA, NEUTRAL, SAMPLES, class_color, rgb
from playground.charts.encode import GAP, Figure, Trace, float32, tile
from playground.charts.images import picture
from playground.charts.scatter import figure, plane, points, same, square, steady_box, steady_range
from playground.language import _
from playground.numbers import shown

COLUMNS = 6
SPLIT = 3  # pixels between the pictures of both priors
ROWS = (1.0, 0.0, -1.0)  # of data, N(0, I), the learned prior, where a code is one number
WORD_SIDE = 4  # pixels of a word
SHADES, DARKER = 4, 0.22  # words beyond the tenth have darker colours
HEIGHT = 380
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}
N_BINS = 40
WIDTH = 0.4  # of a bar, where rows are 1 apart
ROOM = 0.22  # beside the longest bar, for its number
FAR = 4.0  # nats, in which the density of codes is shown to differ from that of N(0, I)
HOLE_SCALE = [[0.0, DATA], [0.5, "#FFFFFF"], [1.0, SAMPLES]]


def codes(a: Mapping[str, np.ndarray]) -> Figure:
    """Codes of held-out data (N, 2) or (N, 1), draws of N(0, I), and of the learned prior."""
    titles = [f"z{axis + 1}" for axis in a["axes"].tolist()]
    if len(titles) == 1:
        titles.append("")
    learned = a.get("learned", np.zeros((0, len(a["axes"])), np.float32))
    data, normal, drawn = (_on_plane(each, row) for each, row in zip(
        (a["codes"], a["normal"], learned), ROWS, strict=True))
    return figure(
        [*same([points(data, name=_("codes of held-out data"), color=DATA, size=5)]),
         *same([points(normal, name="N(0, I)", color=NEUTRAL, size=5)]),
         *same([points(drawn, name=_("learned prior"), color=SAMPLES, size=5)])],
        plane(steady_box(np.concatenate([data, normal])), x_title=titles[0],
              y_title=titles[1] or None))


def _on_plane(z: np.ndarray, row: float) -> np.ndarray:
    if z.shape[1] == 2:
        return z
    return np.concatenate([z, np.full_like(z, row)], 1)


def samples(a: Mapping[str, np.ndarray]) -> Figure:
    """Pictures decoded by the one prior above, by the other below, (N, H, W) bytes each."""
    learned = a.get("from_learned")
    return picture(_above(a["from_normal"], learned))


def words(a: Mapping[str, np.ndarray]) -> Figure:
    """The words of these pictures, (N, H, W), as coloured squares in the same order."""
    learned = a.get("words_learned")
    return picture(_above(_coloured(a["words_normal"]),
                          None if learned is None else _coloured(learned)))


def sheet(images: np.ndarray) -> Figure:
    """Pictures (N, H, W) as tiles."""
    return picture(tile(images, COLUMNS))


def data_words(a: Mapping[str, np.ndarray]) -> Figure:
    """The words of held-out pictures, (N, H, W)."""
    return picture(tile(_coloured(a["words_data"]), COLUMNS))


def _above(upper: np.ndarray, lower: np.ndarray | None) -> np.ndarray:
    """One sheet above another one; where that is missing, its place is empty."""
    top = tile(upper, COLUMNS)
    bottom = np.full_like(top, GAP) if lower is None else tile(lower, COLUMNS)
    between = np.full((SPLIT, *top.shape[1:]), GAP, np.uint8)
    return np.concatenate([top, between, bottom])


def _coloured(numbers: np.ndarray) -> np.ndarray:
    """Words (N, H, W) as pictures (N, 3, H', W'), a colour for each."""
    found = np.stack([_color(word) for word in range(int(numbers.max(initial=0)) + 1)])
    large = numbers.repeat(WORD_SIDE, 1).repeat(WORD_SIDE, 2)
    return found[large].transpose(0, 3, 1, 2)


def _color(word: int) -> np.ndarray:
    shade = 1 - DARKER * (word // 10 % SHADES)
    return np.rint(shade * rgb(class_color(word))).astype(np.uint8)


def parts(m: Mapping[str, float]) -> Figure:
    """What a held-out picture costs: reconstruction, minus entropy, the code; both priors.

    Args:
        m: `reconstruction`, `entropy`, `cost_normal`, and maybe `cost_learned`, in nats.
    """
    each = {name: [m[name], 0.0] for name in ("reconstruction", "entropy", "cost_normal")}
    if "cost_learned" in m:
        each["cost_learned"] = [m["cost_learned"], 0.0]
    return bars(each)


def bars(each: Mapping[str, Sequence[float]]) -> Figure:
    """The same, each number with its standard error."""
    rows = [_("reconstruction"), _("– entropy"), _("code")]
    priors = [("N(0, I)", NEUTRAL, "cost_normal"), (_("learned prior"), SAMPLES, "cost_learned")]
    there = [prior for prior in priors if prior[2] in each]
    lengths, drawn = [], []
    for place, (name, color, cost) in enumerate(there):
        found = np.array([each[key] for key in ("reconstruction", "entropy", cost)])
        lengths.append(found[:, 0] * (1, -1, 1))
        middles = np.arange(3) + WIDTH * (place - (len(there) - 1) / 2)
        drawn += lying_bars(lengths[-1], middles, WIDTH, errors=found[:, 1], name=name,
                            color=color, text=[shown(length, ".1f") for length in lengths[-1]])
    reach = np.concatenate(lengths)
    room = ROOM * np.abs(reach).max()
    return figure(drawn, {
        "margin": MARGIN, "legend": LEGEND, "hovermode": False,
        "yaxis": {"range": [2.6, -0.6], "tickvals": [0, 1, 2], "ticktext": rows,
                  "automargin": True, "showgrid": False, "zeroline": False},
        "xaxis": {"title": {"text": _("nats"), "standoff": 4}, "automargin": True,
                  "range": steady_range([*reach, 0.0], room, 2 * room)}})


def holes(reply: Mapping[str, Any]) -> Figure:
    """Where N(0, I) is denser than the codes are, orange, and where it is rarer, blue.

    Args:
        reply: `grid` (G, G) in nats over the square of `reach`, `places` (K, 2), `codes` (N, 2).
    """
    grid, reach = reply["grid"], reply["reach"]
    step = 2 * reach / len(grid)
    heat: Trace = {"type": "heatmap", "z": float32(grid), "x0": step / 2 - reach, "dx": step,
                   "y0": step / 2 - reach, "dy": step, "zmin": -FAR, "zmax": FAR,
                   "colorscale": HOLE_SCALE, "zsmooth": "best",
                   "colorbar": {"title": {"text": _("nats")}, "thickness": 10},
                   "hovertemplate": _("%{z:.1f} nats") + "<extra></extra>"}
    drawn = figure([heat, points(reply["codes"], name=_("means of q(z|x)"), color=NEUTRAL, size=3,
                                 opacity=0.6),
                    points(reply["places"], name=_("the pictures above"), color=SAMPLES, size=10,
                           symbol="x")],
                   plane(square(reach), x_title="z1", y_title="z2"))
    return {**drawn, "layout": {**drawn["layout"], "height": HEIGHT}}


def densities(reply: Mapping[str, Any]) -> Figure:
    """How dense codes are at draws of both priors and at held-out codes, in nats.

    Args:
        reply: `densities`, `held_out` and maybe `learned_densities` (N,); `least`, a line.
    """
    groups = [("N(0, I)", NEUTRAL, reply["densities"]),
              (_("codes of held-out data"), DATA, reply["held_out"])]
    if "learned_densities" in reply:
        groups.append((_("learned prior"), SAMPLES, reply["learned_densities"]))
    low, high = (float(np.quantile(np.concatenate([each for *_name, each in groups]), share))
                 for share in (0.02, 1.0))
    edges = np.linspace(low, high + 1e-3, N_BINS + 1)
    traces: list[Trace] = [
        {"type": "bar", "name": name, "x": float32((edges[1:] + edges[:-1]) / 2),
         "y": float32(100 * np.histogram(values.clip(low, high), edges)[0] / len(values)),
         "width": float(edges[1] - edges[0]), "opacity": 0.6, "marker": {"color": color},
         "hoverinfo": "skip"} for name, color, values in groups]
    return figure(traces, {
        "barmode": "overlay", "legend": LEGEND,
        "xaxis": {"title": {"text": _("log-density of the codes there, nats"), "standoff": 4},
                  "automargin": True},
        "yaxis": {"title": {"text": _("% of the draws"), "standoff": 4}, "automargin": True},
        "height": HEIGHT, "margin": MARGIN,
        "shapes": [{"type": "line", "x0": reply["least"], "x1": reply["least"], "yref": "paper",
                    "y0": 0, "y1": 1, "line": {"color": NEUTRAL, "dash": "dash"}}]})


def places(bits: np.ndarray, most: float) -> Figure:
    """Bits of a word at each place of the grid, (H, W)."""
    cells: Trace = {"type": "heatmap", "z": float32(bits), "zmin": 0, "zmax": most,
                    "colorscale": "Cividis", "texttemplate": "%{z:.1f}",
                    "colorbar": {"title": {"text": _("bits")}, "thickness": 10},
                    "hovertemplate": _("%{z:.2f} bits") + "<extra></extra>"}
    hidden = {"visible": False, "constrain": "domain"}
    return figure([cells], {"xaxis": hidden, "height": HEIGHT, "margin": MARGIN,
                            "yaxis": {**hidden, "autorange": "reversed", "scaleanchor": "x"}})


def distances(names: Sequence[str], values: Sequence[float], colors: Sequence[str]) -> Figure:
    """Frechet distances as bars."""
    trace: Trace = {"type": "bar", "x": list(names), "y": float32(np.asarray(values)),
                    "marker": {"color": list(colors)},
                    "hovertemplate": "%{x}: %{y:.2f}<extra></extra>"}
    return figure([trace], {
        "xaxis": {"automargin": True},
        "yaxis": {"title": {"text": _("Fréchet distance"), "standoff": 4}, "automargin": True},
        "showlegend": False, "height": HEIGHT, "margin": MARGIN})
