"""The figures of supervised and unsupervised learning: regions of the plane, labelled scenes."""

import numpy as np

from playground import tokens
from playground.charts import scatter
from playground.charts.colors import (
    DATA,
    EDGE,
    NEUTRAL,
    SAMPLES,
    blend,
    class_color,
    rgb,
    translucent,
)
from playground.charts.encode import Figure, Layout, Trace, float32, png_uri, tile
from playground.charts.images import picture
from playground.language import _

PALE = 0.45
COLUMNS = 4
COVER = 0.6
PLATE = translucent(EDGE, 0.85)  # under words that lie on a picture, on both pages the same
INK = tokens.PAGES["light"]["textColor"]


def regions(
    points: np.ndarray,
    labels: np.ndarray | None,
    axis: np.ndarray,
    classes: np.ndarray,
    sure: np.ndarray,
    n_classes: int,
    *,
    hidden: bool = False,
    test: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
) -> Figure:
    """Points over the regions that a learner has made of the plane, the surer the stronger.

    Args:
        points: (N, 2).
        labels: Colours of the points, (N,); grey where not given.
        axis: Rising coordinates of both axes, (G,).
        classes: Class of each place, (G, G), the first axis being y.
        sure: Its probability, (G, G).
        n_classes: How many classes there are.
        hidden: Whether the regions are not drawn at all.
        test: Held-out points (M, 2), drawn hollow, with their classes `test_labels` (M,).
    """
    low, high = float(axis[0]), float(axis[-1])
    half = (high - low) / (len(axis) - 1) / 2
    palette = np.array([rgb(color) for color in blend(np.eye(n_classes))])
    strength = PALE * ((sure - 1 / n_classes) / (1 - 1 / n_classes)).clip(0, 1)
    strength = strength * (0.0 if hidden else 1.0)
    pixels = np.concatenate([palette[classes], np.rint(255 * strength)[..., None]], axis=-1)
    layout = {**scatter.plane((low, high, low, high)), "showlegend": False}
    layout["images"] = [{
        "source": png_uri(pixels[::-1].astype(np.uint8)), "xref": "x", "yref": "y",
        "x": low - half, "y": high + half, "sizex": high - low + 2 * half,
        "sizey": high - low + 2 * half, "sizing": "stretch", "layer": "below"}]
    none = np.zeros((0, 2))
    held_out = [scatter.points(
        none if test is None or test_labels is None else test[test_labels == i], size=7,
        name=_("class {number}, held out").format(number=i), color=class_color(i), opacity=0.75,
        symbol="circle-open") for i in range(n_classes)]
    grey = scatter.points(none if labels is not None else points, name=_("no label"),
                          color=NEUTRAL, size=6)
    colored = scatter.classes(points if labels is not None else none,
                              np.zeros(0, int) if labels is None else labels,
                              [_("class {number}").format(number=i) for i in range(n_classes)])
    return scatter.figure([*held_out, grey, *colored], layout)


def with_and_without(points: np.ndarray, labels: np.ndarray, n_classes: int) -> Figure:
    """The same points twice: with the colours of their classes, and as they are without them.

    Args:
        points: (N, 2).
        labels: Their classes, (N,).
        n_classes: How many there are.
    """
    box = scatter.box_around(points)
    names = [_("class {number}").format(number=number) for number in range(n_classes)]
    bare = scatter.points(points, name=_("no label"), color=NEUTRAL, size=5, hover=False)
    titles = [{"text": text, "xref": "paper", "yref": "paper", "x": x, "y": 1,
               "xanchor": "center", "yanchor": "bottom", "showarrow": False}
              for text, x in ((_("supervised"), 0.24), (_("unsupervised"), 0.76))]
    axes: Layout = {"showticklabels": False, "zeroline": False, "showgrid": False}
    x, y = {**axes, "range": list(box[:2])}, {**axes, "range": list(box[2:])}
    return scatter.figure(
        [*scatter.classes(points, labels, names), {**bare, "xaxis": "x2", "yaxis": "y2"}],
        {"xaxis": {**x, "domain": [0, 0.48]}, "yaxis": {**y, "scaleanchor": "x"},
         "xaxis2": {**x, "domain": [0.52, 1]},
         "yaxis2": {**y, "anchor": "x2", "scaleanchor": "x2"},
         "showlegend": False, "annotations": titles, "height": 260,
         "margin": {"l": 4, "r": 4, "t": 24, "b": 4}})


def labelled_scene(image: np.ndarray, *, box: np.ndarray | None = None,
                   mask: np.ndarray | None = None, scale: int = 6) -> np.ndarray:
    """A scene enlarged, with its box drawn or its mask laid over it.

    Args:
        image: (3, H, W) in [0, 1].
        box: First column and row, last column and row, both included, (4,).
        mask: (H, W) bool.
        scale: Pixels for one.

    Returns:
        Bytes, (H * scale, W * scale, 3).
    """
    strong = rgb(SAMPLES)
    picture = np.rint(255 * image.transpose(1, 2, 0).clip(0, 1))
    if mask is not None:
        picture = np.where(mask[..., None], 0.25 * picture + 0.75 * strong, picture)
    picture = picture.repeat(scale, 0).repeat(scale, 1)
    if box is not None:
        left, top = scale * box[0], scale * box[1]
        right, bottom = scale * (box[2] + 1), scale * (box[3] + 1)
        for edge in (np.s_[top : top + 3, left:right], np.s_[bottom - 3 : bottom, left:right],
                     np.s_[top:bottom, left : left + 3], np.s_[top:bottom, right - 3 : right]):
            picture[edge] = strong
    return picture.astype(np.uint8)


def found_scenes(arrays: dict[str, np.ndarray], kind: str, names: list[str]) -> Figure:
    """Held-out scenes, what is true of them in blue, and what a net has found in orange.

    Args:
        arrays: `images` (N, 3, H, W) as bytes; `classes` (N,), `boxes` (N, 4), `masks` (N, H, W)
            are true; `said`, of the kind that was learned, is what the net has found.
        kind: "class", "box" or "mask".
        names: Of the classes, translated.
    """
    images, said = arrays["images"], arrays["said"]
    if kind == "mask":
        orange = rgb(SAMPLES)[:, None, None]
        covered = (1 - COVER) * images + COVER * orange
        images = np.where(said[:, None], covered, images).astype(np.uint8)
    side = images.shape[-1] + 1
    corners = side * np.stack(np.divmod(np.arange(len(images)), COLUMNS)[::-1], axis=1)
    figure = picture(tile(images, COLUMNS))
    if kind == "class":
        right = said == arrays["classes"]
        plate = np.array([1, 1, side - 3, 5])
        for found, name, color in ((right, _("right"), DATA), (~right, _("wrong"), SAMPLES)):
            figure["data"] += [
                _frames(np.tile(plate, (found.sum(), 1)), corners[found], name, color)
                | {"fill": "toself", "fillcolor": PLATE, "line": {"color": color, "width": 2}},
                _words(corners[found] + [side / 2 - 0.5, 3],
                       [names[int(label)] for label in said[found]], name)]
    if kind == "box":
        figure["data"] += [_frames(arrays["boxes"], corners, _("true box"), DATA),
                           _frames(said, corners, _("found box"), SAMPLES)]
    if kind == "mask":
        figure["data"].append(_edges(arrays["masks"], corners))
    return figure


def _words(places: np.ndarray, words: list[str], name: str) -> Trace:
    return {"type": "scatter", "mode": "text", "name": name, "hoverinfo": "skip",
            "x": float32(places[:, 0]), "y": float32(places[:, 1]), "showlegend": False,
            "text": [f"<b>{word}</b>" for word in words], "textfont": {"color": INK, "size": 14}}


def _frames(boxes: np.ndarray, corners: np.ndarray, name: str, color: str) -> Trace:
    """Frames around boxes (N, 4) in pictures whose first pixels lie at corners (N, 2)."""
    left, top, right, bottom = (boxes.astype(float) + np.tile(corners, 2)).T
    x = np.stack([left - 0.5, right + 0.5, right + 0.5, left - 0.5, left - 0.5], axis=1)
    y = np.stack([top - 0.5, top - 0.5, bottom + 0.5, bottom + 0.5, top - 0.5], axis=1)
    return _lines(x, y, name, color)


def _edges(masks: np.ndarray, corners: np.ndarray) -> Trace:
    """The borders between pixels within masks (N, H, W) and those without."""
    wide = np.pad(masks.astype(bool), ((0, 0), (1, 1), (1, 1)))
    parts = []
    for axis in (1, 2):
        which, row, column = np.nonzero(np.diff(wide, axis=axis))
        x, y = corners[which, 0] + column, corners[which, 1] + row
        if axis == 1:
            parts.append((np.stack([x - 1.5, x - 0.5], 1), np.stack([y - 0.5] * 2, 1)))
        else:
            parts.append((np.stack([x - 0.5] * 2, 1), np.stack([y - 1.5, y - 0.5], 1)))
    x, y = (np.concatenate(values) for values in zip(*parts, strict=True))
    return _lines(x, y, _("edge of the true mask"), DATA)


def _lines(x: np.ndarray, y: np.ndarray, name: str, color: str) -> Trace:
    gap = np.full((len(x), 1), np.nan)
    # What is true is wider, so that it is seen under what was found.
    return {"type": "scatter", "mode": "lines", "name": name, "hoverinfo": "skip",
            "x": float32(np.hstack([x, gap]).ravel()), "y": float32(np.hstack([y, gap]).ravel()),
            "line": {"color": color, "width": 5 if color == DATA else 2}, "showlegend": False}
