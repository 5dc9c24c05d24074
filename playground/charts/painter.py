"""Figures as small pictures without axes, drawn without a browser: for thumbnails.

What `frontend/layer.js` draws on a canvas is drawn here with Pillow, from the same traces: points,
lines, areas, surfaces and pictures. Everything else of a figure is left out.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from playground.charts.decode import Color, color_of, each, numbers, read, surface
from playground.charts.encode import Figure, Trace

FINE = 3  # times larger it is drawn, and then made smaller: smooth edges
HEIGHT = 310.0  # of a figure on its page, in whose pixels the sizes of points are given
MARGIN = 0.03
MOST_PIXELS = 112  # of a picture, from left to right

Scale = Callable[[np.ndarray], np.ndarray]

_SIDE = 2 / math.sqrt(3)


def _ring(n: int, radius: float = 1.0, inner: float | None = None) -> list[tuple[float, float]]:
    lengths = [radius if inner is None or i % 2 == 0 else inner for i in range(n)]
    turns = [2 * math.pi * i / n - math.pi / 2 for i in range(n)]
    return [(r * math.cos(turn), r * math.sin(turn)) for r, turn in zip(lengths, turns,
                                                                       strict=True)]


def _bars(a: float, b: float) -> list[tuple[float, float]]:
    return [(b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a), (-a, -b),
            (a, -b), (a, -a), (b, -a)]


_HALF = math.sqrt(0.5)
OUTLINES: Mapping[str, list[tuple[float, float]]] = {  # around the origin, of radius 1
    "circle": _ring(24),
    "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
    "diamond": _ring(4, 1.3),
    "cross": _bars(0.4, 1.2),
    "x": [(_HALF * (x - y), _HALF * (x + y)) for x, y in _bars(0.4, 1.2)],
    "triangle-up": [(-_SIDE, 0.5), (_SIDE, 0.5), (0, -1)],
    "triangle-down": [(-_SIDE, -0.5), (_SIDE, -0.5), (0, 1)],
    "star": _ring(10, 1.4, 1.4 * 0.382),
    "pentagon": _ring(5),
    "hourglass": [(1, 1), (-1, 1), (1, -1), (-1, -1)],
}


def paint(figure: Figure, size: tuple[int, int], *, ahead: Figure | None = None,
          share: float = 0.0) -> Image.Image:
    """Return a picture of a figure on a transparent ground.

    Args:
        size: width and height in pixels.
        ahead: the figure of the next moment.
        share: how far what is the same in both, by the traces' "meta", has gone there, 0 to 1.
    """
    width, height = (FINE * each for each in size)
    picture = Image.new("RGBA", (width, height))
    traces = figure["data"]
    layout = _in_a_grid(figure["layout"], traces)
    later = ahead["data"] if ahead and len(ahead["data"]) == len(traces) else traces
    for image in layout.get("images", ()):
        area = _Area(layout, "x", "y", (width, height), traces)
        area.stretch(picture, read(image["source"]), _corners(image), image.get("opacity", 1.0))
    for trace, then in zip(traces, later, strict=True):
        if trace.get("visible", True) is not True:
            continue
        area = _Area(layout, trace.get("xaxis", "x"), trace.get("yaxis", "y"), (width, height),
                     traces)
        _draw(picture, _between(trace, then, share), area)
    return picture.convert("RGBa").resize(size, Image.Resampling.BOX).convert("RGBA")


def is_pixels(figure: Figure) -> bool:
    """Tell whether a figure is nothing but pictures, which `pixels` shows as they are."""
    return all(trace.get("type") == "image" for trace in figure["data"])


def pixels(figure: Figure) -> Image.Image:
    """Return the upper left part of each picture of a figure, pixel by pixel.

    The picture is a square.
    """
    images = [read(trace["source"]) for trace in figure["data"]]
    columns = math.ceil(math.sqrt(len(images)))
    gap = MOST_PIXELS // 32
    side = min(*images[0].size, MOST_PIXELS)
    if len(images) > 1:  # of five tiles in a row, three
        side = 3 * (side + 1) // 5 - 1
    rows = math.ceil(len(images) / columns)
    whole = columns * (side + gap) - gap
    sheet = Image.new("RGBA", (whole, whole))
    above = (columns - rows) * (side + gap) // 2
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        sheet.paste(image.convert("RGBA").crop((0, 0, side, side)),
                    (column * (side + gap), above + row * (side + gap)))
    return sheet


def _draw(picture: Image.Image, trace: Trace, area: "_Area") -> None:
    kind = trace.get("type", "scatter")
    if kind == "image":
        image = read(trace["source"])
        corners = (-0.5, -0.5, image.width - 0.5, image.height - 0.5)
        area.stretch(picture, image, corners, trace.get("opacity", 1.0))
    elif kind == "heatmap" and isinstance(trace.get("colorscale"), (list, tuple)):
        field, corners = surface(trace)
        # Small files cannot be translucent: a field gets a white ground, and a ground is left out.
        ground = Image.new("RGBA", field.size, "white")
        if (opacity := trace.get("opacity", 1.0)) < 1:
            field = Image.blend(ground, Image.alpha_composite(ground, field), opacity)
        elif np.asarray(field)[..., 3].max() < 255:
            return
        area.stretch(picture, field, corners, 1.0, smooth=bool(trace.get("zsmooth")))
    elif kind in ("scatter", "scattergl"):
        _scatter(picture, trace, area)


def _in_a_grid(layout: Mapping[str, Any], traces: list[Trace]) -> Mapping[str, Any]:
    """Return the layout of many small figures with as many columns as rows."""
    pairs = list(dict.fromkeys((trace.get("xaxis", "x"), trace.get("yaxis", "y"))
                               for trace in traces))
    if len(pairs) <= 3:
        return layout
    columns = math.ceil(math.sqrt(len(pairs)))
    found = dict(layout)
    for number, pair in enumerate(pairs):
        row, column = divmod(number, columns)
        for name, place in zip(pair, (column, columns - 1 - row), strict=True):
            axis = f"{name[0]}axis{name[1:]}"
            found[axis] = {**layout[axis], "domain": (place / columns, (place + 1) / columns)}
    return found


class _Area:
    """The part of a picture that lies between two axes, and where their units are in it."""

    def __init__(self, layout: Mapping[str, Any], x: str, y: str, size: tuple[int, int],
                 traces: list[Trace]) -> None:
        axes = [layout.get(f"{name[0]}axis{name[1:]}", {}) for name in (x, y)]
        mine = [trace for trace in traces
                if (trace.get("xaxis", "x"), trace.get("yaxis", "y")) == (x, y)]
        spans = [_span(axis, mine, name[0]) for axis, name in zip(axes, (x, y), strict=True)]
        filled = any(trace.get("type") == "heatmap" for trace in mine) or layout.get("images")
        alone = all("domain" not in axis for axis in axes)
        edge = 0 if filled and alone else MARGIN * size[1] * (1 if alone else 0.5)
        (left, right), (bottom, top) = [axis.get("domain", (0.0, 1.0)) for axis in axes]
        self.box = (left * size[0] + edge, (1 - top) * size[1] + edge,
                    right * size[0] - edge, (1 - bottom) * size[1] - edge)
        if any("scaleanchor" in axis for axis in axes):
            spans = _alike(spans, self.box)
        self.x = _scale(spans[0], self.box[0], self.box[2])
        self.y = _scale(spans[1], self.box[3], self.box[1])

    def stretch(self, picture: Image.Image, image: Image.Image,
                corners: tuple[float, float, float, float], opacity: float,
                smooth: bool = False) -> None:
        """Spread a picture over a rectangle: its left, top, right and bottom in units."""
        left, right = sorted(self.x(np.array([corners[0], corners[2]])).tolist())
        top, bottom = sorted(self.y(np.array([corners[1], corners[3]])).tolist())
        wide, high = max(round(right - left), 1), max(round(bottom - top), 1)
        how = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
        layer = Image.new("RGBA", picture.size)
        layer.paste(image.convert("RGBA").resize((wide, high), how), (round(left), round(top)))
        self.lay(picture, layer, opacity)

    def lay(self, picture: Image.Image, layer: Image.Image, opacity: float) -> None:
        """Lay over the picture what a layer has within the axes."""
        mask = Image.new("L", picture.size)
        ImageDraw.Draw(mask).rectangle(self.box, fill=round(255 * opacity))
        alpha = np.asarray(layer.getchannel("A"), dtype=np.uint16) * np.asarray(mask) // 255
        layer.putalpha(Image.fromarray(alpha.astype(np.uint8)))
        picture.alpha_composite(layer)


def _span(axis: Mapping[str, Any], traces: list[Trace], name: str) -> tuple[float, float]:
    if axis.get("range"):
        low, high = axis["range"]
        return float(low), float(high)
    values = np.concatenate([[0.0, 1.0], *(numbers(trace[name]).ravel() for trace in traces
                                           if name in trace)])
    values = values[np.isfinite(values)]
    return float(values.min()), float(values.max())


def _alike(spans: list[tuple[float, float]], box: tuple[float, float, float, float],
           ) -> list[tuple[float, float]]:
    """Make units of x and y equally long: show more than was asked for."""
    room = (box[2] - box[0], box[3] - box[1])
    longest = max(abs(high - low) / side for (low, high), side in zip(spans, room, strict=True))
    found = []
    for (low, high), side in zip(spans, room, strict=True):
        half = math.copysign(longest * side / 2, high - low)
        found.append(((low + high) / 2 - half, (low + high) / 2 + half))
    return found


def _scale(span: tuple[float, float], start: float, end: float) -> Scale:
    return lambda values: start + (values - span[0]) / (span[1] - span[0]) * (end - start)


def _corners(image: Mapping[str, Any]) -> tuple[float, float, float, float]:
    x, y, wide, high = (float(image[name]) for name in ("x", "y", "sizex", "sizey"))
    left = x - {"left": 0, "center": 0.5, "right": 1}[image.get("xanchor", "left")] * wide
    top = y + {"top": 0, "middle": 0.5, "bottom": 1}[image.get("yanchor", "top")] * high
    return left, top, left + wide, top - high


# --- points, lines and areas

def _scatter(picture: Image.Image, trace: Trace, area: _Area) -> None:
    mode = trace.get("mode", "lines+markers")
    x, y = (numbers(trace[name]).astype(np.float64) for name in ("x", "y"))
    left, top = area.x(x), area.y(y)
    opacity = float(trace.get("opacity", 1.0))
    zoom = picture.height / HEIGHT
    line = trace.get("line", {})
    fill = trace.get("fill")
    if fill in ("toself", "tozeroy"):
        ground = float(area.y(np.zeros(1))[0]) if fill == "tozeroy" else None
        color = color_of(trace.get("fillcolor", line.get("color", "#808080")))
        for part in _parts(left, top):
            corners = part if ground is None else [(part[0][0], ground), *part,
                                                   (part[-1][0], ground)]
            if len(corners) > 2:
                _one(picture, area, color, opacity, functools.partial(_polygon, corners))
    if "lines" in mode and line.get("width", 2):
        width = max(round(zoom * line.get("width", 2)), FINE)
        _one(picture, area, color_of(line.get("color", "#808080")), opacity,
             functools.partial(_lines, list(_parts(left, top)), width))
    if "markers" in mode:
        _markers(picture, trace.get("marker", {}), left, top, area, opacity)


def _markers(picture: Image.Image, marker: Mapping[str, Any], left: np.ndarray, top: np.ndarray,
             area: _Area, opacity: float) -> None:
    """Stamp points; those of one colour at once."""
    n = len(left)
    sizes, symbols, colors = (each(marker.get(name, usual), n) for name, usual in (
        ("size", 6), ("symbol", "circle"), ("color", "#808080")))
    edge = marker.get("line", {})
    zoom = picture.height / HEIGHT
    ring = zoom * float(edge.get("width", 0) or 0) if not isinstance(
        edge.get("width"), list) else 0.0
    opacity *= float(marker.get("opacity", 1.0))
    seen = np.flatnonzero(np.isfinite(left) & np.isfinite(top))
    for color, group in itertools.groupby(sorted(seen, key=lambda i: str(colors[i])),
                                          key=lambda i: str(colors[i])):
        stamps = [(str(symbols[i]), float(left[i]), float(top[i]),
                   max(zoom * float(sizes[i]) / 2, 0.8 * FINE)) for i in group]
        if ring and isinstance(edge.get("color"), str):
            _one(picture, area, color_of(edge["color"]), opacity,
                 functools.partial(_stamp, stamps, ring))
        _one(picture, area, color_of(color), opacity, functools.partial(_stamp, stamps, 0.0))


def _stamp(stamps: list[tuple[str, float, float, float]], grow: float,
           ink: ImageDraw.ImageDraw) -> None:
    for name, left, top, radius in stamps:
        outline = OUTLINES.get(name.replace("-open", ""), OUTLINES["circle"])
        corners = [(left + (radius + grow) * x, top + (radius + grow) * y) for x, y in outline]
        if name.endswith("-open"):
            ink.line([*corners, corners[0]], fill=255, width=FINE)
        else:
            ink.polygon(corners, fill=255)


def _polygon(corners: list[tuple[float, float]], ink: ImageDraw.ImageDraw) -> None:
    ink.polygon(corners, fill=255)


def _lines(parts: list[list[tuple[float, float]]], width: int, ink: ImageDraw.ImageDraw) -> None:
    for part in parts:
        ink.line(part, fill=255, width=width, joint="curve")


def _one(picture: Image.Image, area: _Area, color: Color, opacity: float,
         draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
    """Draw something in one colour; where it lies over itself, it is not darker."""
    mask = Image.new("L", picture.size)
    draw(ImageDraw.Draw(mask))
    layer = Image.new("RGBA", picture.size, color[:3])
    layer.putalpha(mask)
    area.lay(picture, layer, opacity * color[3] / 255)


def _parts(left: np.ndarray, top: np.ndarray) -> Iterator[list[tuple[float, float]]]:
    """Return the pieces of a line that has gaps."""
    here = np.isfinite(left) & np.isfinite(top)
    for whole, group in itertools.groupby(range(len(left)), key=lambda i: bool(here[i])):
        part = [(float(left[i]), float(top[i])) for i in group]
        if whole and len(part) > 1:
            yield part


def _between(trace: Trace, then: Trace, share: float) -> Trace:
    """Return a trace on its way to the next moment, where its points are the same ones there."""
    if not share or not all((each.get("meta") or {}).get("same") for each in (trace, then)):
        return then if share >= 0.5 else trace
    found = dict(trace)
    for name in ("x", "y"):
        here, there = numbers(trace[name]), numbers(then[name])
        if here.shape != there.shape:
            return trace
        found[name] = here + share * (there - here)
    return found
