"""Thumbnails: each page has one, of the run that is stored, and it shows what its figure shows."""

import numpy as np
import pytest
from PIL import Image
from test_pages import PAGES

from playground import gallery
from playground.charts.encode import float32
from playground.charts.images import picture
from playground.charts.painter import is_pixels, paint, pixels
from playground.ui import paths, thumbnails

SIDE = 60
BOX = {"xaxis": {"range": [0, 1]}, "yaxis": {"range": [0, 1]}}
RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)


def test_each_page_and_each_stop_of_a_path_has_its_thumbnail_and_there_are_no_others() -> None:
    without = ("home", "glossary", "notebook", "sweep")
    pages = {paths.page(page) for page in PAGES if page not in without}
    stops = {stop for way in paths.STOPS.values() for stop in way}
    assert pages | stops == set(thumbnails.names())
    assert {thumbnails.path(name) for name in thumbnails.names()} == set(
        thumbnails.FOLDER.glob("*"))


@pytest.mark.parametrize("name", thumbnails.names())
def test_a_thumbnail_is_small_and_of_the_run_that_is_stored(name: str) -> None:
    strip = thumbnails.path(name)
    assert thumbnails.mark_of(strip) == thumbnails.mark(name), (
        f"draw it anew: python -m playground.ui.thumbnails {name}")
    assert strip.stat().st_size <= thumbnails.MAX_BYTES
    with Image.open(strip) as drawn:
        assert drawn.height == thumbnails.MOMENTS * drawn.width
        moments = np.asarray(drawn.convert("RGBA")).reshape(
            thumbnails.MOMENTS, drawn.width, drawn.width, 4)
    assert (moments[0] != moments[-1]).any(), "something must have moved"


def test_every_stop_is_a_stored_run() -> None:
    for way in paths.STOPS.values():
        assert [stop for stop in way if not (gallery.FOLDER / stop / "run.json").exists()] == []


# --- the painter

def test_a_point_is_where_its_numbers_say_and_the_ground_is_clear() -> None:
    spot = {"type": "scatter", "mode": "markers", "x": float32(np.array([0.25])),
            "y": float32(np.array([0.75])), "marker": {"size": 40, "color": "#FF0000"}}
    drawn = paint({"data": [spot], "layout": BOX}, (SIDE, SIDE))
    assert drawn.getpixel((SIDE // 4, SIDE // 4)) == RED
    assert drawn.getpixel((3 * SIDE // 4, SIDE // 4)) == (0, 0, 0, 0)


def test_a_point_that_stays_the_same_glides_to_the_next_moment() -> None:
    def figure(x: float) -> dict[str, object]:
        return {"layout": BOX, "data": [{
            "mode": "markers", "x": [x], "y": [0.5], "meta": {"same": True},
            "marker": {"size": 40, "color": "#FF0000"}}]}

    drawn = paint(figure(0.2), (SIDE, SIDE), ahead=figure(0.8), share=0.5)
    assert drawn.getpixel((SIDE // 2, SIDE // 2)) == RED
    assert drawn.getpixel((SIDE // 5, SIDE // 2)) == (0, 0, 0, 0)


def test_an_area_is_filled_and_a_line_has_its_gaps() -> None:
    area = {"mode": "lines", "x": [0.0, 0.5, 0.5, 0.0], "y": [0.0, 0.0, 1.0, 1.0],
            "fill": "toself", "fillcolor": "rgba(255,0,0,0.5)", "line": {"width": 0}}
    line = {"mode": "lines", "x": [0.6, 0.7, None, 0.8, 0.9], "y": [0.5, 0.5, None, 0.5, 0.5],
            "line": {"width": 20, "color": "blue"}}
    drawn = paint({"data": [area, line], "layout": BOX}, (SIDE, SIDE))
    assert drawn.getpixel((SIDE // 4, SIDE // 2))[3] == pytest.approx(128, abs=2)  # type: ignore[index]
    assert drawn.getpixel((round(0.65 * SIDE), SIDE // 2)) == BLUE
    assert drawn.getpixel((SIDE * 3 // 4, SIDE // 2))[3] == 0  # type: ignore[index]


def test_a_heat_map_has_its_lowest_row_at_the_bottom() -> None:
    field = {"type": "heatmap", "z": [[0.0, 0.0], [1.0, 1.0]], "x": [0.25, 0.75],
             "y": [0.25, 0.75], "zmin": 0.0, "zmax": 1.0,
             "colorscale": [[0, "#FF0000"], [1, "#0000FF"]]}
    drawn = paint({"data": [field], "layout": BOX}, (SIDE, SIDE))
    assert drawn.getpixel((SIDE // 2, SIDE // 4)) == BLUE
    assert drawn.getpixel((SIDE // 2, 3 * SIDE // 4)) == RED


def test_a_picture_is_shown_pixel_by_pixel() -> None:
    tile = np.arange(64, dtype=np.uint8).reshape(8, 8)
    figure = picture(tile)
    assert is_pixels(figure)
    np.testing.assert_array_equal(np.asarray(pixels(figure).convert("L")), tile)
