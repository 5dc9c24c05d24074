"""On a phone: figures first, the knobs in a drawer below them, all by touch."""

import re
from collections.abc import Callable

from browser import Bench, expect

pytest_plugins = ("browser",)

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_the_knobs_are_a_drawer_under_the_figures(new_visitor: Callable[..., Bench]) -> None:
    phone = new_visitor(**PHONE).open("clustering")
    drawer = phone.page.get_by_test_id("stSidebar")
    expect(drawer).not_to_be_in_viewport()
    phone.page.get_by_test_id("stExpandSidebarButton").tap()
    expect(drawer).to_be_in_viewport()
    knob = phone.widget("n_clusters")
    knob.scroll_into_view_if_needed()
    expect(knob).to_be_in_viewport()
    box, figure = drawer.bounding_box(), phone.page.locator("[data-panel=plane]").bounding_box()
    assert box and figure
    assert box["width"] == 390 and box["y"] > 400 > figure["y"] + 100  # what it changes is seen
    knob.get_by_role("slider").press("ArrowRight")
    expect(phone.page).to_have_url(re.compile("n_clusters=5"))
    phone.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(drawer).not_to_be_in_viewport()


def test_what_a_tap_asked_for_goes_when_another_moment_is_shown(
        new_visitor: Callable[..., Bench]) -> None:
    phone = new_visitor(**PHONE).open("vae")
    phone.page.touchscreen.tap(*phone.place("latent", 0.5, 0.5))
    card = phone.page.locator("[data-panel=latent] .live-plot-card")
    expect(card).to_be_visible()
    slider = phone.page.locator(".live-plot-slider")
    slider.evaluate("slider => { slider.value = 2; slider.dispatchEvent(new Event('input')) }")
    expect(card).to_be_hidden()
