"""What `encode` has written, read again: the numbers, colours and pictures of a figure."""

import base64
import io
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageColor

from playground.charts.encode import Trace

COLORS = 256

Color = tuple[int, int, int, int]


def surface(trace: Trace) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """Return the cells of a heat map as pixels, and the left, first, right and last edge."""
    z = numbers(trace["z"]).astype(np.float64)
    low = float(trace.get("zmin", np.nanmin(z)))
    high = float(trace.get("zmax", np.nanmax(z)))
    places, colors = zip(*trace["colorscale"], strict=True)
    table = np.array([color_of(color) for color in colors], dtype=np.float64)
    at = np.linspace(0, 1, COLORS)
    ramp = np.stack([np.interp(at, places, column) for column in table.T], -1)
    if trace.get("reversescale"):
        ramp = ramp[::-1]
    shares = ((np.nan_to_num(z, nan=low) - low) / ((high - low) or 1)).clip(0, 1)
    cells = np.rint(ramp[np.rint(shares * (COLORS - 1)).astype(int)]).astype(np.uint8)
    cells[~np.isfinite(z), 3] = 0
    left, right = _edges(trace, "x", z.shape[1])
    first, last = _edges(trace, "y", z.shape[0])
    if first < last:  # the first row of cells lies lowest, the first row of pixels highest
        cells = np.ascontiguousarray(cells[::-1])
    return Image.fromarray(cells), (left, last, right, first)


def _edges(trace: Trace, name: str, n: int) -> tuple[float, float]:
    if name in trace:
        centres = numbers(trace[name]).astype(np.float64)
    else:
        centres = trace.get(f"{name}0", 0) + trace.get(f"d{name}", 1) * np.arange(n)
    half = (centres[-1] - centres[0]) / max(n - 1, 1) / 2
    return float(centres[0] - half), float(centres[-1] + half)


def read(source: str) -> Image.Image:
    """Return the picture in a data URI."""
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))


def numbers(values: Any) -> np.ndarray:
    """Return what a figure holds: plotly's typed array, or a list in which None is a gap."""
    if not isinstance(values, Mapping):
        return np.array(values, dtype=np.float64)
    found = np.frombuffer(base64.b64decode(values["bdata"]), dtype=f"<{values['dtype']}")
    return found.reshape([int(side) for side in values["shape"].split(",")]
                         if "shape" in values else -1)


def each(value: Any, n: int) -> Any:
    """Return what a style says of each of n points, where it may be the same for all."""
    if isinstance(value, Mapping):
        return numbers(value)
    return value if isinstance(value, (list, tuple, np.ndarray)) else [value] * n


def color_of(text: str) -> Color:
    """Return red, green, blue and alpha, 0 to 255, of a colour as CSS has it."""
    if found := re.fullmatch(r"rgba\((.*)\)", text.replace(" ", "")):
        *rgb, alpha = (float(part) for part in found[1].split(","))
        red, green, blue = (round(part) for part in rgb)
        return red, green, blue, round(255 * alpha)
    red, green, blue, *_rest = ImageColor.getrgb(text)
    return red, green, blue, 255
