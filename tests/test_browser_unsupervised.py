"""What answers to the cursor on the pages of unsupervised learning, in a real browser."""

import re

from browser import Bench, expect

pytest_plugins = ("browser",)

UNTRAINED = "state.frames === '1' && state.step === '0'"
RUG = "figure._fullData.find(trace => trace.name === 'points')"
COLOURS = "new Set(figure._fullData?.[1]?.marker.color ?? []).size"

VERTICES = """[...figure.querySelectorAll('.scatterlayer polyline')].flatMap(
    line => line.getAttribute('points').split(' '))"""
TRUE_PLACES = """figure._fullData.filter(trace => trace.marker?.maxdisplayed).flatMap(
    ({ x, y }) => Array.from(x, (_, i) => ['xaxis', 'yaxis'].map((axis, j) =>
        figure._fullLayout[axis].d2p([x, y][j][i]).toFixed(2)).join(',')))"""


def carry(bench: Bench, panel: str, grip: str, *to: float) -> None:
    """Take what is draggable, carry it to a place, and let it go."""
    x, y = bench.drawn(panel, f"[{grip}.x[0], {grip}.y[0]]", lambda place: place[0] is not None)
    bench.page.mouse.move(*bench.place(panel, x, y))
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.place(panel, *to), steps=4)
    bench.page.mouse.up()


def test_a_point_under_the_cursor_lights_its_kernel_and_the_axis_stacks_them(bench: Bench) -> None:
    bench.open("density_estimation")
    lines = bench.page.locator("[data-panel=density] .live-plot-overlay polyline")
    card = bench.page.locator("[data-panel=density] .live-plot-card")
    x, y = bench.drawn("density", f"[{RUG}.x[3], {RUG}.y[3]]", bool)
    bench.page.mouse.move(*bench.place("density", x, 0.3))
    bench.page.mouse.move(*bench.place("density", x, y))
    expect(card).to_contain_text("its kernel: 1/50")
    expect(lines).to_have_count(1)
    bench.page.mouse.move(*bench.place("density", 0.9, 0.3))
    expect(card).to_contain_text("p(0.9")
    expect(card).to_contain_text("stacked from")
    expect(card).to_contain_text("%")
    expect(lines.nth(10)).to_be_attached()
    bench.page.mouse.move(5, 5)
    expect(lines).to_have_count(0)


def test_the_axis_is_turned_by_its_handle_and_the_curve_is_traced(bench: Bench) -> None:
    bench.open("dimensionality_reduction?angle=10").until(UNTRAINED)
    carry(bench, "plane", "figure._fullData.at(-1)", 0.0, 2.0)
    expect(bench.page).to_have_url(re.compile(r"angle=(8|9)\d"))
    bench.drawn("traced", "figure._fullData[0].x.length", lambda n: n >= 1)
    bench.page.get_by_text("Reveal PC1").first.click()
    expect(bench.caption).to_contain_text("no axis can beat it")


def test_the_clusters_follow_eps(bench: Bench) -> None:
    bench.open("clustering?method=dbscan&dataset=moons").until(UNTRAINED)
    assert bench.drawn("plane", COLOURS, bool) == 2
    carry(bench, "second", "figure._fullData[2]", 300, 0.06)
    expect(bench.page).to_have_url(re.compile(r"eps=0\.06(&|$)"))
    bench.drawn("plane", COLOURS, lambda n: n > 3)


def test_the_points_follow_the_cut_of_the_tree_and_a_click_cuts_it_too(bench: Bench) -> None:
    bench.open("clustering?method=agglomerative").until(UNTRAINED)
    assert bench.drawn("plane", COLOURS, bool) == 4
    middle = bench.figure("second", "figure._fullLayout.xaxis.range[1] / 2")
    carry(bench, "second", "figure._fullData[2]", middle, 1.9)
    bench.drawn("plane", COLOURS, lambda n: n > 4)
    top = bench.drawn("second", "Math.max(...figure._fullData[0].y.filter(Number.isFinite))", bool)
    bench.click("second", middle, 0.9 * top)
    expect(bench.page).to_have_url(re.compile("n_clusters=2"))
    bench.drawn("plane", COLOURS, lambda n: n == 2)


def test_two_thousand_points_are_the_vertices_of_a_few_lines(bench: Bench) -> None:
    bench.open("clustering?n_points=2000").until(UNTRAINED)
    before = bench.drawn("plane", VERTICES, lambda places: len(places) == 2000)
    assert before == bench.figure("plane", TRUE_PLACES)
    assert bench.figure("plane", "figure.querySelectorAll('.scatterlayer .point').length") < 20
    bench.page.set_viewport_size({"width": 1000, "height": 900})
    bench.drawn("plane", VERTICES, lambda places: places != before)
    assert bench.figure("plane", VERTICES) == bench.figure("plane", TRUE_PLACES)


def test_each_of_two_thousand_points_answers_to_the_mouse(bench: Bench) -> None:
    bench.open("clustering?n_points=2000").until(UNTRAINED)
    x, y = bench.drawn("plane", "figure._fullData.filter(trace => trace.marker?.maxdisplayed)"
                                ".map(({ x, y }) => [x.at(-1), y.at(-1)])[0]", bool)
    bench.page.mouse.move(*bench.place("plane", x, y))
    expect(bench.page.locator("[data-panel=plane] .hoverlayer .hovertext")).to_have_count(1)


def test_a_trace_that_comes_to_have_few_points_is_drawn_point_by_point(bench: Bench) -> None:
    bench.open("clustering?n_points=2000").press("train-button")
    bench.until("state.live === 'false' && Number(state.step) > 2")
    bench.drawn("plane", VERTICES, lambda places: len(places) == 2000)
    bench.page.locator(".live-plot-slider").press("Home")
    bench.until("state.step === '0'")
    assert bench.drawn("plane", "figure.querySelectorAll('.scatterlayer polyline').length",
                       lambda n: n == 1)
