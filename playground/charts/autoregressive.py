"""The figures of models that draw pixel by pixel."""

import numpy as np
from PIL import Image, ImageDraw

from model_zoo.pixel_orders import pixels_in
from playground.charts.colors import DATA, EMPTY, GENERATOR, NEUTRAL, SAMPLES, rgb
from playground.charts.encode import GAP, Figure, float32, tile
from playground.charts.images import picture
from playground.charts.path import along
from playground.charts.scene import NOTHING, Box, Mark, Moment, Scene
from playground.language import _

DEAR = 2.5
WIDE = 300
N_IN_STRIP = 6
STRIPE = 96
COLOURS = (SAMPLES, GENERATOR, DATA)
N_MOMENTS = 12
BY_ROWS = ("raster", "snake")  # orders in which a row is done before the next one begins


def turns(scan: str, height: int, width: int) -> np.ndarray:
    """When it is each pixel's turn to be drawn, 0 for the first one, (H, W).

    Args:
        scan: the name of the order of the pixels, e.g. "raster".
    """
    found = np.empty((height, width), int)
    rows, columns = np.array(pixels_in(scan, height, width)).T
    found[rows, columns] = np.arange(height * width)
    return found


def cost_map(image: np.ndarray, costs: np.ndarray) -> Figure:
    """An image whose pixels glow where they were a surprise.

    Args:
        image: (H, W) or (3, H, W) bytes.
        costs: -log p of each pixel, (H, W), in nats; from 2.5 on it glows fully.
    """
    dimmed = 0.8 * colours_last(image).astype(float) + 20
    share = (costs / DEAR).clip(0, 1)[..., None]
    return picture(np.rint((1 - share) * dimmed + share * rgb(SAMPLES)).astype(np.uint8))


def pixel_path(samples: np.ndarray, columns: int | None, scan: str = "raster") -> Figure:
    """Samples as tiles, and how they are drawn: pixel after pixel.

    Args:
        samples: (N, H, W) or (N, 3, H, W) bytes.
        columns: samples in a row; as square as possible where None.
        scan: see `turns`.
    """
    order = turns(scan, *samples.shape[-2:])
    at = np.linspace(0, order.size, N_MOMENTS, endpoint=False).astype(int).tolist()
    states = [picture(tile(np.where(order < drawn, samples, GAP).astype(np.uint8), columns))
              for drawn in at]
    return along(picture(tile(samples, columns)), states, at, order.size,
                 _("pixel {at} of {total}"))


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
              sees: np.ndarray, scan: str = "raster") -> Scene:
    """An image as it was drawn, with the next pixel's chances, pixel by pixel.

    What the next pixel looks at is tinted, and it has a frame. In an image with colours, red,
    green and blue of a pixel come one after the other; the frame has the colour that is next.

    Args:
        image: The finished image, (H, W) or (3, H, W), in [0, 1].
        places: Which numbers are shown as the next one, in the order of drawing, (T,).
        probabilities: Their chances, (T, L).
        sees: What they look at, (T, H, W) bytes.
        scan: see `turns`.
    """
    values = colours_last(image)  # (H, W, C)
    n_colours = values.shape[-1]
    number = turns(scan, *values.shape[:2])[..., None] * n_colours + np.arange(n_colours)
    pixels = pixels_in(scan, *values.shape[:2])
    drawn = [_half_drawn(values, number < place, seen)
             for place, seen in zip(places, sees, strict=True)]
    finished = _half_drawn(values, number < values.size, np.zeros(values.shape[:2]))
    marks = []
    for place in places.tolist():
        row, column = pixels[place // n_colours]
        color = SAMPLES if n_colours == 1 else COLOURS[place % n_colours]
        marks.append([Mark(row, column, color=color)])
    moments = [Moment(_what_comes(values, place, pixels[place // n_colours], chances_here), (t, t))
               for t, (place, chances_here) in enumerate(
                   zip(places.tolist(), probabilities, strict=True))]
    moments.append(Moment(_("Done: {n:,} numbers, one after the other.").format(n=values.size),
                          (len(places), NOTHING)))
    return Scene(
        boxes=(Box(_("The image so far"), pictures=np.stack([*drawn, finished]),
                   marks=[*marks, []], side=WIDE),
               Box(_("Chances of the levels of the next number"), column=1,
                   bars=probabilities, side=WIDE)),
        moments=moments, pace=120 if n_colours == 1 else 350,
        alt=_("An image that is drawn pixel by pixel, and the chances of the next pixel"))


def scan_order(model: str, side: int) -> Scene:
    """The walk of a PixelRNN over an image, one step after the other.

    Args:
        model: "row", or "diagonal" for two walks beside each other.
        side: Rows and columns of the image.
    """
    names = {"row": (_("From the top"),),
             "diagonal": (_("From the upper left"), _("From the upper right"))}
    walks = walks_of(model, side, side)
    n_steps = max(int(walk.max()) for walk in walks) + 1
    boxes = [Box(title, column=column, pictures=np.stack([_walked(walk, step)
                                                          for step in range(n_steps)]), side=WIDE)
             for column, (title, walk) in enumerate(zip(names[model], walks, strict=True))]
    moments = [Moment(_("Step {step} of {n}: {cells} pixels of each walk at once.").format(
        step=step + 1, n=n_steps, cells=int((walks[0] == step).sum())), (step,) * len(walks))
        for step in range(n_steps)]
    return Scene(boxes=boxes, moments=moments, pace=250,
                 alt=_("The pixels that the LSTM takes at once, step after step"))


def walk_strip(model: str, side: int) -> Figure:
    """Some steps of the walk of a PixelRNN from left to right, a row for each walk.

    Args:
        model: "row", or "diagonal" for two walks.
        side: Rows and columns of the image.
    """
    walks = walks_of(model, side, side)
    steps = np.linspace(1, int(walks[0].max()) - 1, N_IN_STRIP).round().astype(int)
    shown = np.stack([_walked(walk, int(step)) for walk in walks for step in steps])
    return picture(tile(shown.transpose(0, 3, 1, 2), columns=N_IN_STRIP))


def walks_of(model: str, height: int, width: int) -> list[np.ndarray]:
    """At which step each walk of a PixelRNN reaches each pixel, (H, W) each.

    Args:
        model: "row" for one walk, "diagonal" for two.
        height, width: Rows and columns of the image.
    """
    rows, columns = np.mgrid[:height, :width]
    return [rows] if model == "row" else [rows + columns, rows + width - 1 - columns]


def _walked(walk: np.ndarray, step: int) -> np.ndarray:
    colored = np.empty((*walk.shape, 3))
    colored[:] = EMPTY
    colored[walk < step] = 0.55 * np.array(EMPTY) + 0.45 * rgb(DATA)
    colored[walk == step] = rgb(SAMPLES)
    return np.rint(colored).astype(np.uint8)


def fields(maps: np.ndarray, row: int, column: int, scan: str = "raster") -> np.ndarray:
    """Which pixels one pixel sees, for several depths side by side.

    Seen pixels are blue, pixels of the past that are out of sight orange, the future grey.

    Args:
        maps: (T, S, S), 1 where a pixel is seen.
        row, column: Where the pixel is, in white.
        scan: see `turns`.

    Returns:
        Bytes, (H, W, 3).
    """
    number = turns(scan, *maps.shape[1:])
    past = number < number[row, column]
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


def order(side: int, row: int, column: int, blind: np.ndarray | None = None,
          scan: str = "raster") -> Figure:
    """What one pixel may see: what lies before it in blue, what comes after it in grey.

    Args:
        side: Rows and columns of the image.
        row, column: Where the pixel is, in white.
        blind: (side, side) bool, what no depth of masked kernels reaches; orange.
        scan: see `turns`.
    """
    maps = np.ones((1, side, side)) if blind is None else 1 - blind[None]
    number = turns(scan, side, side)
    return picture(fields(maps * (number < number[row, column]), row, column, scan))


def guessed(image: np.ndarray, costs: np.ndarray) -> Figure:
    """A black and white image, and at its right the chance of white that each pixel was given.

    Args:
        image: (H, W) bytes, 0 or 255.
        costs: -log of the chance of the true level of each pixel, (H, W), in nats.
    """
    true = np.exp(-costs)
    white = np.where(image > 0, true, 1 - true)
    return picture(tile(np.stack([image / 255, white]), columns=2))


def remaining(costs: np.ndarray, scan: str = "raster") -> Figure:
    """What the rest of an image costs, the more of it is given: a row, or as many pixels.

    Args:
        costs: -log p of each pixel, given those before it, (H, W), in nats.
        scan: see `turns`.
    """
    height, width = costs.shape
    in_order = costs.astype(float).ravel()[turns(scan, height, width).ravel().argsort()]
    left = np.append(in_order.reshape(height, width).sum(axis=1)[::-1].cumsum()[::-1], 0.0)
    rows = np.arange(len(left))
    given, unit = ((rows, _("upper rows that are given")) if scan in BY_ROWS else
                   (width * rows, _("pixels that are given, in their order")))
    return {"data": [{"type": "bar", "x": given.tolist(), "y": float32(left),
                      "marker": {"color": DATA}, "hovertemplate": "%{y:.2f}<extra></extra>"}],
            "layout": {"xaxis": {"title": {"text": unit, "standoff": 4}, "automargin": True},
                       "yaxis": {"title": {"text": _("what the rest costs, nats"), "standoff": 4},
                                 "automargin": True},
                       "height": 260, "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}}


def masks(first: np.ndarray, later: np.ndarray) -> Figure:
    """Two masks side by side: open cells blue, closed ones grey, the pixel itself in a frame.

    Args:
        first, later: (K, K) bool, with K odd; beyond the kernel cells are closed.
    """
    side = len(first)
    sheets = np.empty((2, side, side, 3))
    sheets[:] = EMPTY
    sheets[np.stack([first, later])] = rgb(DATA)
    drawn = picture(tile(np.rint(sheets).astype(np.uint8).transpose(0, 3, 1, 2), columns=2))
    corners = [(side // 2 + at - 0.5, side // 2 - 0.5) for at in (0, side + 1)]
    drawn["layout"]["shapes"] = [
        {"type": "rect", "x0": x, "x1": x + 1, "y0": y, "y1": y + 1,
         "line": {"color": SAMPLES, "width": 3}} for x, y in corners]
    return drawn


def _half_drawn(values: np.ndarray, done: np.ndarray, sees: np.ndarray) -> np.ndarray:
    """An image (H, W, C) of which some numbers are drawn, (H, W, C) bool; (H, W, 3) bytes."""
    drawn = np.broadcast_to(40 + 190 * np.where(done, values, 0), (*sees.shape, 3))
    tint = 0.75 * (sees[..., None] / 255.0) ** 0.5
    tinted = (1 - tint) * drawn + tint * rgb(DATA)
    cells = np.where(done[..., :1], tinted, np.array(EMPTY))
    return np.rint(cells).astype(np.uint8)


def _what_comes(values: np.ndarray, place: int, pixel: tuple[int, int],
                probabilities: np.ndarray) -> str:
    """Say which number comes next, what is likeliest, and what was drawn."""
    height, width, n_colours = values.shape
    row, column = pixel
    highest = len(probabilities) - 1
    said = {"row": row, "column": column, "n": height * width, "number": place // n_colours + 1,
            "level": round(float(values[row, column, place % n_colours]) * highest),
            "likeliest": int(probabilities.argmax())}
    said["chance"] = float(probabilities[said["level"]])
    if n_colours == 1:
        text = _("Pixel {number} of {n} (row {row}, column {column}). The likeliest level is "
                 "{likeliest}; drawn is {level}, whose chance is {chance:.0%}.")
    else:
        said["colour"] = (_("red"), _("green"), _("blue"))[place % n_colours]
        text = _("Pixel {number} of {n} (row {row}, column {column}), {colour}. The likeliest "
                 "level is {likeliest}; drawn is {level}, whose chance is {chance:.0%}.")
    return text.format(**said)
