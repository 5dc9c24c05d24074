"""Drawings of nets that guess pixel by pixel: the mask slides, the states walk."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from playground.charts.autoregressive import walks_of
from playground.charts.colors import DATA, SAMPLES
from playground.charts.layers import (
    Drawing,
    box_of,
    datum_box,
    picture,
    shape_text,
    tiled_order,
    total,
    transforms,
)
from playground.charts.scene import Box, Mark, Moment, Scene
from playground.experiments.autoregressive_settings import is_past
from playground.language import _

MOST_PLACES = 64
N_MOMENTS = 64
PACE = 100
WIDE = 240
LARGE = 120
WALKERS = ("RowLSTMLayer", "DiagonalLayer")
FINISHED = 100_000  # a state after all others
Reply = Mapping[str, Any]


def pixel_by_pixel(reply: Reply, turned: Collection[tuple[int, int]] = ()) -> Scene:
    """The layers of a net that guesses each pixel from those before it, and an image on its way.

    The first kernel slides over the image with its mask, and the first LSTM walks; of all other
    layers the whole is seen at once.

    Args:
        reply: of `pass_through`: `seen` and `expected`, images (C, H, W); `layers`; `kernel`, side
            of the first kernel, 0 for none; `walk`, "row", "diagonal" or empty; `levels`.
        turned: cells of the first kernel that are not as the past wants them.
    """
    layers, seen, kernel = reply["layers"], reply["seen"], reply["kernel"]
    places = _snake(len(layers) + 2)
    height, width = seen.shape[1:]
    chosen = _some_places(height * width)
    windows = [_window(place // width, place % width, kernel, turned)
               for place in chosen if kernel]
    drawing = Drawing()
    start = drawing.place(replace(datum_box(_("image x"), seen, *places[0]), marks=windows,
                                  side=LARGE))
    drawing.come([start], _("A held-out image: {n:,} numbers ({shape}).").format(
        n=seen.size, shape=shape_text(seen.shape)), FINISHED)
    walked = False
    for number, (layer, place) in enumerate(zip(layers, places[1:], strict=False)):
        sources = sorted({number, layer["source"] + 1})
        if number == 0 and kernel:
            order = np.full(height * width, len(chosen))
            order[chosen], order[: chosen[0]] = np.arange(len(chosen)), -1
            box = drawing.place(box_of(layer, *place, orders=[
                tiled_order(order.reshape(height, width), layer)]), *sources)
            _slide(drawing, start, box, kernel, len(chosen))
        elif layer["kind"] in WALKERS and not walked:
            walks = walks_of(reply["walk"], height, width)
            box = drawing.place(box_of(layer, *place, orders=[
                tiled_order(walk, layer) for walk in walks]), *sources)
            _walk(drawing, box, reply["walk"], int(walks[0].max()) + 1)
            walked = True
        else:
            box = drawing.place(box_of(layer, *place), *sources)
        drawing.come([box], transforms(layer), FINISHED)
    logits = _("{shape}, {levels} levels").format(shape=shape_text(seen.shape),
                                                 levels=reply["levels"])
    cheats = any(not is_past(*cell) for cell in turned) and kernel
    drawing.add(Box(_("expected value"), *places[-1], notes=[logits],
                    pictures=picture(reply["expected"]), side=LARGE, color=SAMPLES),
                _("What each pixel is expected to be. This net has looked at pixels that are not "
                  "drawn yet.") if cheats else
                _("The chances of all pixels, each from those before it: here what each pixel is "
                  "expected to be."), len(layers))
    text = (_("{total:,} weights. An open cell of the future tells the net what it should guess: "
              "these are no chances, and drawing, where the future is blank, cannot use it.")
            if cheats else
            _("{total:,} weights. In training this one pass tells the chances of all {n:,} "
              "numbers; in drawing each number needs a pass of its own, or a memory of the passes "
              "before."))
    return drawing.end(
        text.format(total=total(layers), n=seen.size),
        _("The net's layers, from an image to the chances of each of its pixels"))


def training_and_drawing(reply: Reply) -> Scene:
    """One pass of training beside the drawing of one image, on one clock.

    Args:
        reply: of the question of this name: `expected`, what the net expects of the pixels of a
            held-out image, and `image`, a drawn one, (C, H, W) each; `one_pass`, seconds of a
            training step over one image; `drawn` (H * W,), seconds after which each pixel stood,
            row by row, in whatever order they were drawn.
    """
    drawn, one_pass, shape = reply["drawn"], reply["one_pass"], reply["image"].shape[1:]
    whole = float(drawn.max())
    end = max(whole, one_pass)
    left, right = (np.ceil(N_MOMENTS * seconds / end - 1e-9).astype(int).reshape(shape) - 1
                   for seconds in (np.full(drawn.shape, one_pass), drawn))
    boxes = (Box(_("Training: all pixels at once"), pictures=picture(reply["expected"]),
                 orders=[left], side=WIDE, color=DATA,
                 notes=[_("{ms:.1f} ms, forward and back").format(ms=1000 * one_pass)]),
             Box(_("Drawing: one pixel after the other"), column=1,
                 pictures=picture(reply["image"]), orders=[right], side=WIDE, color=SAMPLES,
                 notes=[_("{ms:.1f} ms").format(ms=1000 * whole)]))
    moments = [Moment(_("After {ms:.1f} ms: training has reckoned with {trained} of {n} pixels, "
                        "drawing has drawn {drawn}.").format(
                            ms=1000 * end * (t + 1) / N_MOMENTS, n=drawn.size,
                            trained=int((left <= t).sum()), drawn=int((right <= t).sum())),
                      (t, t)) for t in range(N_MOMENTS)]
    text = _("Drawing one image takes {ratio:.1f} times as long as a pass of training over one. "
             "In training all pixels are known, so all are guessed at once; in drawing each one "
             "waits for those before it.")
    if whole < one_pass:
        text = _("For so few pixels drawing is quicker than a pass of training, which has to go "
                 "back too: {ratio:.1f} times its time. Still, in drawing each pixel waits for "
                 "those before it.")
    moments.append(Moment(text.format(ratio=whole / one_pass), (FINISHED, FINISHED)))
    return Scene(boxes, moments, _("All pixels at once in training, one by one in drawing"),
                 pace=PACE, start=-1)


def _slide(drawing: Drawing, image: int, maps: int, kernel: int, n: int) -> None:
    """Let the kernel slide over some places, and the feature maps appear there."""
    for state in range(n):
        drawing.come([image, maps], _(
            "A kernel of {k} × {k} slides over the image, place {at} of {n}; the net computes all "
            "places at once. Its mask shows it the coloured cells alone: blue ones are drawn "
            "before the framed pixel, orange ones are not.").format(k=kernel, at=state + 1, n=n),
            state, beats=1)
    drawing.states[image] = FINISHED


def _walk(drawing: Drawing, box: int, walk: str, n: int) -> None:
    """Let the states of an LSTM walk over the image."""
    text = (_("The states walk from row to row: each comes from the three above it. Step {at} of "
              "{n}.") if walk == "row" else
            _("The states walk along the diagonals, from both upper corners: each comes from the "
              "pixel before it and the one above. Step {at} of {n}."))
    for state in range(n):
        drawing.come([box], text.format(at=state + 1, n=n), state, beats=2)


def _window(row: int, column: int, kernel: int,
            turned: Collection[tuple[int, int]]) -> list[Mark]:
    """What a masked kernel sees from a pixel, and the pixel's frame."""
    around = range(-(kernel // 2), kernel // 2 + 1)

    def color(down: int, right: int) -> str:
        past = is_past(down, right)
        return "" if past == ((down, right) in turned) else DATA if past else SAMPLES

    marks, left = [], column + around[0]
    for down in around:
        at = left
        for seen, run in groupby(color(down, right) for right in around):
            n = len(list(run))
            if seen:
                marks.append(Mark(row + down, at, 1, n, seen, filled=True))
            at += n
    return [*marks, Mark(row, column)]


def _some_places(n: int) -> list[int]:
    """At most `MOST_PLACES` places of n, one after the other, from the middle."""
    start = max(0, (n - MOST_PLACES) // 2)
    return list(range(start, min(start + MOST_PLACES, n)))


def _snake(n: int) -> list[tuple[int, int]]:
    """Rows and columns for n boxes: to the right in the upper row, and back in the lower one."""
    return [(0, i) if i < n // 2 else (1, n - 1 - i) for i in range(n)]
