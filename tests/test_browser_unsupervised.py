"""What answers to the cursor on the pages of unsupervised learning, in a real browser."""

import re

import pytest
from browser import Bench, expect

pytest_plugins = ("browser",)

UNTRAINED = "state.frames === '1' && state.step === '0'"
RUG = "figure.traces().find(trace => trace.name === 'points')"
COLOURS = "new Set(figure.traces?.()?.[1]?.marker.color ?? []).size"
SIZES = """figure.traces().filter(trace => trace.meta?.part === 'group')
    .map(trace => trace.x.length)"""

# Of all points: how many there are, and how many have ink on the canvas where the axes say.
INKED = """(() => {
    const paper = figure.querySelector('.live-plot-layer')
    if (!paper?.width) return [0, 0]
    const { xaxis, yaxis } = figure._fullLayout
    const { data } = paper.getContext('2d').getImageData(0, 0, paper.width, paper.height)
    const fine = paper.width / paper.offsetWidth
    const places = figure.traces().filter(({ meta }) => /loose|group/.test(meta?.part)).flatMap(
        ({ x, y }) => Array.from(x, (value, i) => [
            xaxis._offset + xaxis.d2p(value), yaxis._offset + yaxis.d2p(y[i])]))
    const alpha = ([left, top]) => (
        data[4 * (Math.round(top * fine) * paper.width + Math.round(left * fine)) + 3])
    return [places.length, places.filter((place) => alpha(place) > 100).length]
})()"""


def untrained(bench: Bench, link: str) -> Bench:
    """Open a link, and take the training back that it starts."""
    first = bench.open(link).state["run"]
    bench.press("reset").until(f"state.run !== '{first}' && {UNTRAINED}")
    return bench


def part(name: str) -> str:
    """The trace that follows a hand under a name."""
    return f"figure.traces().find(trace => trace.meta?.part === '{name}')"


def hold(bench: Bench, panel: str, name: str, *to: float) -> None:
    """Take what is draggable, and carry it to a place without letting it go."""
    x, y = bench.drawn(panel, f"[{part(name)}.x[0], {part(name)}.y[0]]",
                       lambda place: place[0] is not None)
    bench.page.mouse.move(*bench.place(panel, x, y))
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.place(panel, *to), steps=4)


def carry(bench: Bench, panel: str, name: str, *to: float) -> None:
    """Take what is draggable, carry it to a place, and let it go."""
    hold(bench, panel, name, *to)
    bench.page.mouse.up()


def kept(bench: Bench, panel: str, expression: str) -> None:
    """Let go, and see that Python's picture is the one that has followed the hand."""
    shown, run = bench.figure(panel, expression), bench.state["run"]
    bench.page.mouse.up()
    bench.until(f"state.run !== '{run}' && state.seq !== ''")
    bench.drawn(panel, expression, lambda drawn: drawn == pytest.approx(shown, abs=1e-3))


def test_a_point_under_the_cursor_lights_its_kernel_and_the_axis_stacks_them(bench: Bench) -> None:
    bench.open("density_estimation?dataset=line_two_groups&estimator=kde")
    bench.until("state.step === '40'")
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
    untrained(bench, "dimensionality_reduction?angle=10")
    hold(bench, "plane", "handle", 0.3, 1.5)
    threads = f"{part('threads')}.x.length && {part('threads')}.x[1]"
    before = bench.figure("plane", threads)
    bench.page.mouse.move(*bench.place("plane", 0.0, 2.0), steps=4)
    bench.drawn("plane", threads, lambda foot: foot != before)
    bench.drawn("traced", f"{part('visited')}.x.length", lambda n: n >= 2)
    expect(bench.page.locator("[data-panel=plane] .live-plot-card")).to_contain_text("variance")
    assert "angle=10" in bench.page.url
    bench.page.mouse.up()
    expect(bench.page).to_have_url(re.compile(r"angle=(8|9)\d"))
    bench.drawn("traced", f"{part('visited')}.x.length", lambda n: n >= 2)
    bench.page.get_by_text("Reveal PC1").first.click()
    expect(bench.caption).to_contain_text("no axis can beat it")


def test_the_gaussian_is_carried_over_the_hill_and_leaves_a_trail(bench: Bench) -> None:
    bench.open("density_estimation").until("state.step === '18'")
    carry(bench, "hill", "here", 0.4, 1.2)
    expect(bench.page).to_have_url(re.compile("mean=0.4&deviation=1.2"))
    expect(bench.caption).to_contain_text("tried by hand")
    bench.drawn("hill", f"{part('visited')}.x.length", lambda n: n > 2)


def test_data_are_turned_in_space_and_stay_so_while_the_picture_moves(bench: Bench) -> None:
    untrained(bench, "dimensionality_reduction?dataset=s_curve&method=pca&n_points=100")
    eye = "figure._fullLayout.scene?.camera.eye.x ?? 0"
    before = bench.drawn("space", eye, bool)
    box = bench.page.locator("[data-panel=space] canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    turned = before
    while abs(turned - before) < 0.1:  # a busy browser may miss a quick hand
        bench.page.mouse.move(x, y)
        bench.page.mouse.down()
        for pixels in range(10, 70, 10):
            bench.page.mouse.move(x + pixels, y)
            bench.page.wait_for_timeout(60)
        bench.page.mouse.up()
        bench.page.wait_for_timeout(200)
        turned = bench.figure("space", eye)
    bench.press("step").until("state.step === '1'")
    assert bench.figure("space", eye) == turned


def test_digits_are_shown_as_pictures_on_wish(bench: Bench) -> None:
    bench.open("dimensionality_reduction?dataset=digits&method=pca&n_points=50")
    bench.until("Number(state.step) > 0")
    ink = """(() => {
        const paper = document.querySelector('.live-plot-thumbnails')
        if (!paper?.width) return 0
        const { data } = paper.getContext('2d').getImageData(0, 0, paper.width, paper.height)
        return data.filter((value, i) => i % 4 === 3 && value > 0).length
    })()"""
    assert bench.page.evaluate(ink) == 0
    bench.page.get_by_text("Pictures instead of dots").first.click()
    expect(bench.page.locator("[data-panel=plane][data-pictures]")).to_have_count(1)
    bench.page.wait_for_function(f"{ink} > 50 * 14 * 14")


def test_the_clusters_follow_eps(bench: Bench) -> None:
    untrained(bench, "clustering?method=dbscan&dataset=moons")
    assert bench.drawn("plane", COLOURS, bool) == 2
    hold(bench, "second", "handle", 300, 0.06)
    expect(bench.page.locator("[data-panel=second] .live-plot-card")).to_contain_text("eps 0.06")
    found = bench.drawn("plane", COLOURS, lambda n: n > 3)
    assert "eps=0.06" not in bench.page.url
    kept(bench, "plane", COLOURS)
    assert bench.figure("plane", COLOURS) == found
    expect(bench.page).to_have_url(re.compile(r"eps=0\.06(&|$)"))


def test_regions_and_points_follow_a_centroid_and_stay_when_it_is_dropped(bench: Bench) -> None:
    untrained(bench, "clustering?start=farthest")
    assert sum(bench.figure("plane", SIZES)) == 0
    hold(bench, "plane", "centres", 0.4, 0.3)
    first = bench.drawn("plane", SIZES, lambda sizes: sum(sizes) == 400)
    bench.page.mouse.move(*bench.place("plane", -0.5, -1.0), steps=4)
    bench.drawn("plane", SIZES, lambda sizes: sizes != first)
    kept(bench, "plane", SIZES)
    assert bench.state["step"] == "1"
    kept_cell = f"[...{part('cell')}.x]"
    assert len(bench.figure("plane", kept_cell)) >= 3


def test_the_points_follow_the_cut_of_the_tree_and_a_click_cuts_it_too(bench: Bench) -> None:
    untrained(bench, "clustering?method=agglomerative")
    assert bench.drawn("plane", COLOURS, bool) == 4
    middle = bench.figure("second", "figure._fullLayout.xaxis.range[1] / 2")
    carry(bench, "second", "handle", middle, 1.9)
    bench.drawn("plane", COLOURS, lambda n: n > 4)
    expect(bench.page).to_have_url(re.compile("n_clusters="))  # the page has heard of the drag
    bench.until("state.frames === '1'")
    top = bench.drawn("second", "Math.max(...figure.traces()[0].y.filter(Number.isFinite))", bool)
    bench.click("second", middle, 0.9 * top)
    expect(bench.page).to_have_url(re.compile("n_clusters=2"))
    bench.drawn("plane", COLOURS, lambda n: n == 2)


def test_two_thousand_points_are_drawn_where_the_axes_say(bench: Bench) -> None:
    untrained(bench, "clustering?n_points=2000")
    assert bench.drawn("plane", INKED, lambda found: found[0] == 2000)[1] == 2000
    assert bench.figure("plane", "figure.querySelectorAll('.point').length") < 40
    width = bench.figure("plane", "figure._fullLayout.xaxis._length")
    bench.page.set_viewport_size({"width": 1400, "height": 700})
    bench.drawn("plane", "figure._fullLayout.xaxis._length", lambda pixels: pixels != width)
    bench.drawn("plane", INKED, lambda found: found == [2000, 2000])
    bench.page.mouse.move(*bench.place("plane", -1.0, 1.0))
    bench.page.mouse.wheel(0, 1)  # nothing zooms by itself
    bench.drawn("plane", INKED, lambda found: found == [2000, 2000])


def test_a_point_of_a_figure_at_rest_answers_to_the_mouse(bench: Bench) -> None:
    untrained(bench, "clustering")
    x, y = bench.drawn("plane", "figure.traces().filter(({ name }) => name === 'not assigned')"
                                ".map(({ x, y }) => [x.at(-1), y.at(-1)])[0]", bool)
    label = bench.page.locator("[data-panel=plane] .hoverlayer .hovertext")
    for aside in (0.1, 0.0):  # plotly is given the points as soon as the mouse is there
        bench.page.mouse.move(*bench.place("plane", x + aside, y))
        bench.page.wait_for_timeout(700)
    bench.page.mouse.move(*bench.place("plane", x, y + 0.001))
    expect(label).to_have_count(1)


def test_a_cut_that_is_dropped_within_its_gap_goes_back_to_the_middle(bench: Bench) -> None:
    untrained(bench, "clustering?method=agglomerative&n_clusters=2")
    height = f"{part('handle')}.y[0]"
    rest, run = bench.drawn("second", height, bool), bench.state["run"]
    x = bench.figure("second", f"{part('handle')}.x[0]")
    hold(bench, "second", "handle", x, 1.1 * rest)
    bench.drawn("second", height, lambda y: y > 1.05 * rest)
    card = bench.page.locator("[data-panel=second] .live-plot-card")
    expect(card).to_contain_text("clusters: 2")
    bench.page.mouse.up()
    bench.drawn("second", height, lambda y: y == pytest.approx(rest, rel=1e-5))
    bench.page.wait_for_timeout(500)
    assert bench.state["run"] == run
    assert bench.figure("second", height) == pytest.approx(rest, rel=1e-5)
