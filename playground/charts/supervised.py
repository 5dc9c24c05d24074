"""The figures of supervised and unsupervised learning: regions of the plane, labelled scenes."""

import numpy as np

from playground.charts import scatter
from playground.charts.colors import NEUTRAL, blend, class_color
from playground.charts.encode import Figure, png_uri
from playground.language import _

PALE = 0.45


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
    palette = np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)]
                        for color in blend(np.eye(n_classes))])
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
    strong = np.array([int(class_color(5)[at : at + 2], 16) for at in (1, 3, 5)])
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
