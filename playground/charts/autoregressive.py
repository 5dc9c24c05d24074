"""The figures of models that draw pixel by pixel."""

import numpy as np
from PIL import Image, ImageDraw

from playground.charts.colors import DATA, NEUTRAL, SAMPLES, translucent
from playground.charts.encode import Figure, png_uri, tile
from playground.charts.images import picture
from playground.language import _

DEAR = 2.5
SCALE = 12
STRIPE = 96
COLOURS = (SAMPLES, "#009E73", DATA)
EMPTY = (236, 240, 244)


def rgb(color: str) -> np.ndarray:
    """A colour "#rrggbb" as three numbers from 0 to 255."""
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], float)


def cost_map(image: np.ndarray, costs: np.ndarray) -> Figure:
    """An image whose pixels glow where they were a surprise.

    Args:
        image: (H, W) or (3, H, W) bytes.
        costs: -log p of each pixel, (H, W), in nats; from 2.5 on it glows fully.
    """
    dimmed = 0.8 * colours_last(image).astype(float) + 20
    share = (costs / DEAR).clip(0, 1)[..., None]
    return picture(np.rint((1 - share) * dimmed + share * rgb(SAMPLES)).astype(np.uint8))


def colours_last(image: np.ndarray) -> np.ndarray:
    """An image (H, W) or (3, H, W) with the colours as its last axis, (H, W, 1 or 3)."""
    return image[..., None] if image.ndim == 2 else image.transpose(1, 2, 0)


def chances(probabilities: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """A small picture of one pixel's softmax, the true level in orange, a row for each colour.

    Args:
        probabilities: (C, L).
        levels: The true levels, (C,).

    Returns:
        Bytes, (H, W, 3).
    """
    n_colours, n_levels = probabilities.shape
    width = max(2, 200 // n_levels)
    sheet = Image.new("RGB", (width * n_levels + 8, (STRIPE + 8) * n_colours + 4), (255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    for channel, (row, true) in enumerate(zip(probabilities, levels, strict=True)):
        floor = (STRIPE + 8) * (channel + 1)
        pen.line((3, floor, sheet.width - 4, floor), fill=NEUTRAL)
        for level, chance in enumerate(row):
            left = 4 + width * level
            color = SAMPLES if level == true else DATA
            top = floor - 1 - round(float(chance) * (STRIPE - 2))
            pen.rectangle((left, top, left + max(width - 2, 0), floor - 1), fill=color)
    return np.asarray(sheet)


def unfolding(image: np.ndarray, places: np.ndarray, probabilities: np.ndarray,
              sees: np.ndarray) -> Figure:
    """An image as it was drawn, with the next pixel's chances: an animation to play and scrub.

    What the next pixel looks at is tinted, and it has a frame. In an image with colours, red,
    green and blue of a pixel come one after the other; the frame has the colour that is next.

    Args:
        image: The finished image, (H, W) or (3, H, W), in [0, 1].
        places: Which numbers are shown as the next one, in the order of drawing, (T,).
        probabilities: Their chances, (T, L).
        sees: What they look at, (T, H, W) bytes.
    """
    pictures = [png_uri(_half_drawn(image, int(place), seen))
                for place, seen in zip(places, sees, strict=True)]
    n_colours = colours_last(image).shape[-1]
    height, width = (SCALE * side for side in image.shape[-2:])

    def traces(t: int) -> list[Figure]:
        return [{"type": "image", "source": pictures[t], "hoverinfo": "none"},
                {**_bars(probabilities[t], _color(int(places[t]), n_colours)),
                 "xaxis": "x2", "yaxis": "y2"}]

    drawn = _played([traces(t) for t in range(len(places))],
                    [_name(int(place), n_colours) for place in places], _("pixel"),
                    120 if n_colours == 1 else 350)
    hidden = {"visible": False, "constrain": "domain"}
    layout = {
        "xaxis": {**hidden, "range": [-0.5, width - 0.5], "domain": [0, 0.55]},
        "yaxis": {**hidden, "range": [height - 0.5, -0.5], "scaleanchor": "x"},
        **_bar_axes("xaxis2", "yaxis2", probabilities.shape[1]),
        "height": 520, "showlegend": False,
    }
    layout["xaxis2"] |= {"domain": [0.64, 1], "anchor": "y2"}
    layout["yaxis2"] |= {"anchor": "x2", "domain": [0.1, 0.9]}
    drawn["layout"] |= layout
    return drawn


def scan_order(model: str, side: int) -> Figure:
    """The walk of a PixelRNN over an image, one step after the other: an animation.

    Args:
        model: "row", or "diagonal" for two walks beside each other.
        side: Rows and columns of the image.
    """
    rows, columns = np.mgrid[:side, :side]
    walks = [rows] if model == "row" else [rows + columns, rows + side - 1 - columns]
    n_steps = max(int(walk.max()) for walk in walks) + 1

    def sheet(step: int) -> str:
        cells = []
        for walk in walks:
            colored = np.empty((side, side, 3))
            colored[:] = EMPTY
            colored[walk < step] = 0.55 * np.array(EMPTY) + 0.45 * rgb(DATA)
            colored[walk == step] = rgb(SAMPLES)
            cells.append(np.rint(colored).astype(np.uint8).transpose(2, 0, 1))
        whole = tile(np.stack(cells), columns=len(walks))
        return png_uri(whole.repeat(SCALE, 0).repeat(SCALE, 1))

    size = SCALE * side, SCALE * (side * len(walks) + len(walks) - 1)
    frames = [[{"type": "image", "source": sheet(step), "hoverinfo": "none"}]
              for step in range(n_steps)]
    drawn = _played(frames, [str(step + 1) for step in range(n_steps)], _("step"), 250)
    hidden = {"visible": False, "constrain": "domain"}
    drawn["layout"] |= {"height": 300, "xaxis": {**hidden, "range": [-0.5, size[1] - 0.5]},
                        "yaxis": {**hidden, "range": [size[0] - 0.5, -0.5], "scaleanchor": "x"}}
    return drawn


def fields(maps: np.ndarray, row: int, column: int) -> np.ndarray:
    """Which pixels one pixel sees, for several depths side by side.

    Seen pixels are blue, pixels of the past that are out of sight orange, the future grey.

    Args:
        maps: (T, S, S), 1 where a pixel is seen.
        row, column: Where the pixel is, in white.

    Returns:
        Bytes, (H, W, 3).
    """
    side = maps.shape[-1]
    number = np.arange(side * side).reshape(side, side)
    past = number < row * side + column
    sheets = np.empty((*maps.shape, 3), np.uint8)
    sheets[:] = EMPTY
    sheets[:, past] = rgb(SAMPLES)
    sheets[maps > 0] = rgb(DATA)
    sheets[:, row, column] = 255
    whole = tile(sheets.transpose(0, 3, 1, 2), columns=len(maps))
    return whole.repeat(6, 0).repeat(6, 1)


def blind_wedge(side: int, row: int, column: int, kernel: int) -> np.ndarray:
    """Where masked kernels on top of each other never look, (side, side) bool.

    The first kernel goes half its side up and to the right; each further 3 x 3 kernel one column
    for each row. So a place that lies farther to the right than up, beyond the first kernel's
    corner, stays out of sight at any depth.

    Args:
        side: Rows and columns of the image.
        row, column: The pixel that looks.
        kernel: Side of the first kernel, odd.
    """
    rows, columns = np.indices((side, side))
    up, right = row - rows, columns - column
    return np.asarray((up > 0) & (right > up + kernel // 2 - 1))


def _played(frames: list[list[Figure]], labels: list[str], prefix: str,
            milliseconds: int) -> Figure:
    """A figure that plays and scrubs in the browser; its layout still wants axes."""
    steps = [{"label": label, "method": "animate",
              "args": [[str(t)], {"mode": "immediate", "frame": {"duration": 0},
                                  "transition": {"duration": 0}}]}
             for t, label in enumerate(labels)]
    play = {"frame": {"duration": milliseconds}, "transition": {"duration": 0},
            "fromcurrent": True}
    stop = {"mode": "immediate", "frame": {"duration": 0}}
    layout = {
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "sliders": [{"steps": steps, "active": 0, "x": 0.2, "len": 0.8,
                     "currentvalue": {"prefix": prefix + " "}}],
        "updatemenus": [{"type": "buttons", "direction": "left", "x": 0, "y": -0.05,
                         "xanchor": "left", "yanchor": "top", "showactive": False, "buttons": [
                             {"label": "▶", "method": "animate", "args": [None, play]},
                             {"label": "❚❚", "method": "animate", "args": [[None], stop]}]}],
    }
    return {"data": frames[0], "layout": layout,
            "frames": [{"name": str(t), "data": traces} for t, traces in enumerate(frames)]}


def _half_drawn(image: np.ndarray, place: int, sees: np.ndarray) -> np.ndarray:
    values = colours_last(image)  # (H, W, C)
    number = np.arange(values.size).reshape(values.shape)
    drawn = np.broadcast_to(40 + 190 * np.where(number < place, values, 0), (*sees.shape, 3))
    tint = 0.75 * (sees[..., None] / 255.0) ** 0.5
    tinted = (1 - tint) * drawn + tint * rgb(DATA)
    begun = number[..., :1] < place
    cells = np.where(begun, tinted, np.array(EMPTY, float))
    sheet = np.rint(cells).astype(np.uint8).repeat(SCALE, 0).repeat(SCALE, 1)
    top, left = (SCALE * int(at) for at in np.argwhere(number == place)[0][:2])
    box = sheet[top : top + SCALE, left : left + SCALE]
    inside = box[2:-2, 2:-2].copy() if begun[top // SCALE, left // SCALE, 0] else 255
    box[:] = rgb(_color(place, values.shape[-1]) if values.shape[-1] > 1 else SAMPLES)
    box[2:-2, 2:-2] = inside
    return sheet


def _color(place: int, n_colours: int) -> str:
    return DATA if n_colours == 1 else COLOURS[place % n_colours]


def _name(place: int, n_colours: int) -> str:
    if n_colours == 1:
        return str(place)
    names = (_("red"), _("green"), _("blue"))
    return f"{place // n_colours}, {names[place % n_colours]}"


def _bars(probabilities: np.ndarray, color: str) -> Figure:
    return {"type": "bar", "x": list(range(len(probabilities))),
            "y": [round(float(p), 5) for p in probabilities],
            "marker": {"color": translucent(color, 0.8)},
            "hovertemplate": "%{x}: %{y:.3f}<extra></extra>"}


def _bar_axes(x: str, y: str, levels: int) -> Figure:
    return {x: {"title": {"text": _("level")}, "zeroline": False, "range": [-0.6, levels - 0.4],
                "dtick": max(1, levels // 8)},
            y: {"title": {"text": _("chance of the next pixel")}, "range": [0, 1],
                "zerolinecolor": NEUTRAL}}
