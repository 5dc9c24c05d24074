"""The arena and the map in a browser: a click asks, a drag zooms all plots, a leaf leads on."""

import re
from functools import partial
from operator import eq

import pytest
from browser import Bench, expect

from playground.concepts.arena import families
from playground.concepts.generative_models.family_tree import LEAVES

pytest_plugins = ("browser",)

N = len(families.found())
DENSE = sum(family.claim.is_log_p for family in families.found().values())

RANGES = "Object.keys(figure._fullLayout).filter(key => /^xaxis/.test(key)).map(" \
         "key => figure._fullLayout[key].range[0])"


def drag(bench: Bench, start: tuple[float, float], end: tuple[float, float]) -> None:
    bench.page.mouse.move(*bench.place("multiples", *start))
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.place("multiples", *end), steps=5)
    bench.page.mouse.up()


def test_a_click_asks_every_family_and_crosses_all_plots(bench: Bench) -> None:
    bench.open("arena")
    bench.drawn("multiples", "figure.traces().length", lambda n: n == 1 + N + DENSE)
    bench.click("multiples", 0.5, -0.25)
    card = bench.page.locator("[data-panel=multiples] .live-plot-card")
    expect(card).to_contain_text("VAE: ≥ ")
    expect(card).to_contain_text("GAN: cannot say")
    lines = bench.page.locator("[data-panel=multiples] .live-plot-overlay polyline")
    expect(lines).to_have_count(2 * (N + 1))
    expect(bench.page.get_by_label("x₁").first).to_have_value(re.compile(r"^0\.(4|5)"))


def test_on_points_of_ones_own_a_click_places_one_or_asks(bench: Bench) -> None:
    bench.open("arena?hidden=16").choose("dataset", "My own points")
    expect(bench.caption).to_contain_text("six are needed")
    count = "figure.traces()[0].x.length"
    for number in range(1, 8):
        bench.click("multiples", number / 4 - 1, (number % 3) / 4)
        bench.drawn("multiples", count, partial(eq, number))
    bench.widget("own-click").get_by_text("A click asks every model").click()
    card = bench.page.locator("[data-panel=multiples] .live-plot-card")
    bench.click("multiples", 0.5, -0.25)
    expect(card).to_contain_text("VAE: ≥ ")
    expect(bench.page.get_by_label("x₁").first).to_have_value(re.compile(r"^0\.(4|5)"))
    assert bench.figure("multiples", count) == 7
    bench.widget("own-click").get_by_text("A click places a point").click()
    bench.click("multiples", 1.0, 1.0).drawn("multiples", count, lambda n: n == 8)


def test_a_drag_zooms_all_plots_and_a_double_click_shows_all_again(bench: Bench) -> None:
    bench.open("arena")
    before = bench.drawn("multiples", RANGES, lambda lows: len(lows) == N + 1)
    assert before == pytest.approx([-2.2] * (N + 1))
    drag(bench, (-1.0, 1.0), (1.0, -1.0))
    zoomed = bench.drawn("multiples", RANGES, lambda lows: min(lows) > -1.5)
    assert len(set(zoomed)) == 1
    bench.page.mouse.dblclick(*bench.place("multiples", 0.0, 0.0))
    bench.drawn("multiples", RANGES, lambda lows: max(lows) < -2)


def test_a_leaf_of_the_tree_opens_its_page(bench: Bench) -> None:
    bench.open("generative_models")
    leaves = bench.page.locator(".st-key-family-tree .scatterlayer .trace").nth(2).locator(
        ".point")
    expect(leaves).to_have_count(len(LEAVES))
    leaves.nth([leaf.page for leaf in LEAVES].index("vae")).click(force=True)
    bench.page.wait_for_url(re.compile("/vae"))
