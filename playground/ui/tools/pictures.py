"""Small pictures on the page: tiled, with sharp pixels."""

import numpy as np
import streamlit as st

from playground.charts.encode import png_uri, tile
from playground.language import plural

WIDTH = 600  # pixels, at least, of what is sent


def pictures(images: np.ndarray, columns: int, alt: str = "") -> None:
    """Draw pictures (N, H, W) or (N, C, H, W), so many in a row, as wide as there is place.

    Args:
        alt: what they show, for visitors who do not see them; how many there are, if not given.
    """
    sheet = tile(np.asarray(images), columns=columns)
    scale = max(1, WIDTH // sheet.shape[1])
    counted = plural("A picture", "{n} pictures, row by row", len(images))
    st.image(png_uri(sheet.repeat(scale, 0).repeat(scale, 1)), width="stretch",
             alt=alt or counted.format(n=len(images)))
