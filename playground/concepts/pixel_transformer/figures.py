"""The figures of the pixel transformer: where heads look, orders, the mask, and the cache."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from model_zoo.pixel_orders import ORDERS, pixels_in
from playground.charts.autoregressive import colours_last, turns
from playground.charts.colors import DATA, EMPTY, NEUTRAL, SAMPLES, rgb
from playground.charts.encode import Figure, float32, png_uri, tile
from playground.charts.images import picture
from playground.charts.scatter import figure
from playground.language import N_, _

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
TINT = 0.85
SCANS = {"raster": N_("row by row"), "snake": N_("every second row backwards"),
         "hilbert": N_("along a Hilbert curve")}
TITLE, HEAD, SPACE = 48, 130, 0.02  # pixels above a head, pixels of a head, share between two
CELLS, LARGE = 12, 8  # tokens of the mask that is drawn, and pixels of one


def attention(image: np.ndarray, maps: np.ndarray, scan: str, causal: bool) -> Figure:
    """Where the heads look from the pixel in the middle: a row a block, a column a head.

    Args:
        image: (H, W) or (3, H, W) bytes.
        maps: (blocks, heads, H, W) bytes, 255 for the most of each head.
        scan: the order of the pixels.
        causal: whether the future is hidden.
    """
    height, width = maps.shape[2:]
    sheets = np.stack([tinted(image / 255, each / 255, (height // 2, width // 2), scan, causal)
                       for each in maps.reshape(-1, height, width)])
    return picture(tile(sheets.transpose(0, 3, 1, 2), columns=maps.shape[1]))


def tinted(image: np.ndarray, shares: np.ndarray, pixel: tuple[int, int], scan: str,
           causal: bool) -> np.ndarray:
    """An image as one head sees it: blue where it looks, orange the pixel that is to be guessed.

    Args:
        image: (H, W) or (3, H, W) in [0, 1].
        shares: (H, W), 1 for the most.
        pixel: row and column.
        scan: the order of the pixels.
        causal: whether the future is hidden; then it is grey.

    Returns:
        Bytes (H, W, 3).
    """
    turn = turns(scan, *shares.shape)
    shown = np.broadcast_to(40 + 190 * colours_last(image), (*shares.shape, 3))
    tint = TINT * np.clip(shares, 0, 1)[..., None] ** 0.5
    cells = (1 - tint) * shown + tint * rgb(DATA)
    if causal:
        cells[turn >= turn[pixel]] = EMPTY
    cells[pixel] = rgb(SAMPLES)
    return np.rint(cells).astype(np.uint8)


def heads(reply: Mapping[str, Any], pixel: tuple[int, int], scan: str, causal: bool) -> Figure:
    """Each head with what is said of it above: how far it looks, and at how many pixels.

    Args:
        reply: of the question `attention`.
        pixel: row and column.
        scan, causal: see `tinted`.
    """
    maps = np.asarray(reply["maps"])
    n_blocks, n_heads, height, width = maps.shape
    traces: list[dict[str, Any]] = []
    tall = n_blocks * (HEAD * height / width + TITLE)
    layout: dict[str, Any] = {"margin": MARGIN, "height": tall, "annotations": []}
    for number, shares in enumerate(maps.reshape(-1, height, width)):
        block, head = divmod(number, n_heads)
        axis = "" if number == 0 else str(number + 1)
        sheet = tinted(np.asarray(reply["image"]), shares / max(float(shares.max()), 1e-12),
                       pixel, scan, causal)
        left, top = head / n_heads, 1 - block / n_blocks
        hidden = {"visible": False, "constrain": "domain"}
        layout[f"xaxis{axis}"] = {**hidden, "range": [-0.5, width - 0.5],
                                  "domain": [left, left + 1 / n_heads - SPACE]}
        layout[f"yaxis{axis}"] = {
            **hidden, "range": [height - 0.5, -0.5], "scaleanchor": f"x{axis}",
            "constraintoward": "top",
            "domain": [top - 1 / n_blocks + 0.01, top - TITLE / tall]}
        traces.append({"type": "image", "source": png_uri(sheet), "zsmooth": False,
                       "hoverinfo": "none", "xaxis": f"x{axis}", "yaxis": f"y{axis}"})
        said = _("head {block}.{head}<br>{reach:.1f} px away<br>on {n:.1f} px").format(
            block=block + 1, head=head + 1, reach=float(reply["reach"][block, head]),
            n=float(reply["width"][block, head]))
        layout["annotations"].append({
            "text": said, "x": left + (1 / n_heads - SPACE) / 2, "y": top, "xref": "paper",
            "yref": "paper", "xanchor": "center", "yanchor": "top", "showarrow": False,
            "font": {"size": 11}})
    return figure(traces, layout)


def scans(side: int) -> Figure:
    """The three orders as ways through an image, from dark to bright, side by side."""
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"margin": MARGIN, "height": 180, "showlegend": False,
                              "annotations": []}
    for number, name in enumerate(ORDERS):
        rows, columns = np.array(pixels_in(name, side, side)).T
        axis, left = ("" if number == 0 else str(number + 1)), number / len(ORDERS)
        hidden = {"visible": False, "constrain": "domain"}
        layout[f"xaxis{axis}"] = {**hidden, "range": [-0.7, side - 0.3],
                                  "domain": [left, left + 1 / len(ORDERS) - 0.04]}
        layout[f"yaxis{axis}"] = {**hidden, "range": [side - 0.3, -0.7],
                                  "scaleanchor": f"x{axis}", "domain": [0, 0.88],
                                  "constraintoward": "top"}
        traces.append({
            "type": "scatter", "mode": "lines+markers", "x": float32(columns), "y": float32(rows),
            "xaxis": f"x{axis}", "yaxis": f"y{axis}", "hoverinfo": "none",
            "line": {"color": NEUTRAL, "width": 1.5},
            "marker": {"size": 7, "color": float32(np.arange(side * side)),
                       "colorscale": [[0, SAMPLES], [1, DATA]]}})
        layout["annotations"].append({
            "text": _(SCANS[name]), "x": left + (1 / len(ORDERS) - 0.04) / 2, "y": 1,
            "xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "top",
            "showarrow": False})
    return figure(traces, layout)


def mask(causal: bool) -> Figure:
    """Which token may look at which, of the first few: a row for each that looks."""
    is_open = np.tri(CELLS, dtype=bool) if causal else np.ones((CELLS, CELLS), bool)
    cells = np.where(is_open.reshape(-1, 1), rgb(DATA), np.array(EMPTY))  # (CELLS * CELLS, 3)
    large = np.rint(cells).astype(np.uint8)[..., None, None].repeat(LARGE, 2).repeat(LARGE, 3)
    return picture(tile(large, columns=CELLS))


def cache(reply: Mapping[str, Any]) -> Figure:
    """Milliseconds that each number of an image takes, with and without what is kept."""
    places = np.asarray(reply["places"]) + 1
    curves = ((_("all computed anew"), reply["anew"], SAMPLES, "dash"),
              (_("keys and values kept"), reply["kept"], DATA, "solid"))
    return figure([{
        "type": "scatter", "mode": "lines+markers", "name": name, "x": float32(places),
        "y": float32(1000 * np.asarray(seconds)), "line": {"color": color, "dash": dash},
        "marker": {"size": 5}} for name, seconds, color, dash in curves], {
        "xaxis": {"title": {"text": _("number of the image that is drawn"), "standoff": 4},
                  "automargin": True},
        "yaxis": {"title": {"text": _("milliseconds"), "standoff": 4}, "rangemode": "tozero",
                  "automargin": True},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "height": 300, "margin": MARGIN})
