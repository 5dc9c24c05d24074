"""The canvas and the uploader on the page: what a session keeps, and what it refuses."""

import numpy as np
import pytest
from test_own_image import encoded
from test_pages import Open, engine, explore, sound, visit

from playground.datasets.own_image import MAX_PLACES, SIDE
from playground.ui.bench.browser_events import MOST_PLACES, Event
from playground.ui.tools import draw_image
from playground.ui.tools.draw_image import OwnPicture

__all__ = ["engine", "visit"]


def stroke(*places: tuple[float, float]) -> Event:
    return Event("stroke", panel="canvas", path=[list(place) for place in places])


def test_a_stroke_lands_where_the_pointer_went() -> None:
    own = OwnPicture()
    draw_image._add(own, stroke((0, 0), (0, SIDE - 1)))
    (places,) = own.strokes
    assert places[0] == pytest.approx((0.5 / SIDE, 1 - 0.5 / SIDE))
    picture = draw_image.drawing(own.strokes)
    assert picture[:, 0].all() and not picture[:, SIDE // 2:].any()


@pytest.mark.parametrize("event", [stroke(), Event("stroke")])
def test_strokes_that_only_a_tampered_browser_sends_do_no_harm(event: Event) -> None:
    own = OwnPicture()
    draw_image._add(own, event)
    assert own.strokes == []


def test_a_drawing_takes_no_more_places_than_it_may_have() -> None:
    own, long = OwnPicture(), stroke(*[(1.0, 1.0)] * MOST_PLACES)
    for _time in range(2 * MAX_PLACES // MOST_PLACES):
        draw_image._add(own, long)
    assert sum(map(len, own.strokes)) == MAX_PLACES


def test_a_page_shows_the_uploaded_picture_and_goes_on_after_a_bad_one(visit: Open) -> None:
    app = explore(visit("autoencoder"))
    own = app.session_state["own-picture"]
    uploader = app.file_uploader(key="own-picture-0")
    uploader.upload("<b>junk*.png", b"no picture", "image/png")
    explore(sound(app.run()))
    assert any("must be a whole PNG or JPEG picture" in item.value for item in app.warning)
    digit = np.zeros((60, 40), np.uint8)
    digit[10:50, 18:24] = 255
    app.file_uploader(key=f"own-picture-{own.files}").upload("one.png", encoded(digit),
                                                              "image/png")
    explore(sound(app.run()))
    assert not app.warning and own.uploaded is not None
    assert any("Its code: z = (" in item.value for item in app.caption)
    explore(app, "strokes-clear")
    assert own.uploaded is None
