"""Small pictures on the page: tiled, with sharp pixels."""

import numpy as np
import streamlit as st

from playground.charts.encode import png_uri, tile

WIDTH = 600  # pixels, at least, of what is sent


def pictures(images: np.ndarray, columns: int) -> None:
    """Draw pictures (N, H, W) or (N, C, H, W), so many in a row, as wide as there is place."""
    sheet = tile(np.asarray(images), columns=columns)
    scale = max(1, WIDTH // sheet.shape[1])
    st.image(png_uri(sheet.repeat(scale, 0).repeat(scale, 1)), width="stretch")
