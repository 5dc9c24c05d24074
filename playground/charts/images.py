"""Pictures made of image tiles."""

import numpy as np

from playground.charts.encode import Figure, png_uri


def picture(tile: np.ndarray) -> Figure:
    """One picture with sharp pixels and without axes.

    Args:
        tile: Bytes, (H, W) or (H, W, 3), for example from `encode.tile`. Pixel (row, column) lies
            at y = row, x = column.
    """
    height, width = tile.shape[:2]
    hidden = {"visible": False, "constrain": "domain"}
    return {
        "data": [
            {"type": "image", "source": png_uri(tile), "zsmooth": False, "hoverinfo": "none"}
        ],
        "layout": {
            "xaxis": {**hidden, "range": [-0.5, width - 0.5]},
            "yaxis": {**hidden, "range": [height - 0.5, -0.5], "scaleanchor": "x"},
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "uirevision": "keep",
        },
    }
