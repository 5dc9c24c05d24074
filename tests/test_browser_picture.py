"""What moves in a figure: drawn on a canvas, gliding from look to look, with clocks of its own."""

import re
from collections.abc import Callable
from functools import partial
from operator import ne

import pytest
from browser import Bench, expect

pytest_plugins = ("browser",)

# Red, green, blue, alpha of the canvas at a place of the plane.
PIXEL = """(([x, y]) => {
    const paper = figure.querySelector('.live-plot-layer')
    if (!paper?.width) return null
    const { xaxis, yaxis } = figure._fullLayout
    const fine = paper.width / paper.offsetWidth
    const at = [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)]
    return [...paper.getContext('2d').getImageData(
        Math.round(at[0] * fine), Math.round(at[1] * fine), 1, 1).data]
})"""
INK = """(() => {
    const paper = figure.querySelector('.live-plot-layer')
    if (!paper?.width) return 0
    const { data } = paper.getContext('2d').getImageData(0, 0, paper.width, paper.height)
    return data.filter((value, i) => i % 4 === 3 && value > 100).length
})()"""


def test_a_heat_map_a_picture_and_points_are_on_the_canvas_and_not_in_plotly(bench: Bench) -> None:
    bench.open("gan").until("state.mode === 'scrub' && state.seq !== state.newest")
    bench.drawn("game", f"{PIXEL}([-2.1, 2.1])", lambda pixel: pixel and pixel[3] > 60)
    bench.newest.click()  # at the end D cannot tell: there it is clear
    bench.drawn("game", f"{PIXEL}([-2.1, 2.1])", lambda pixel: pixel and pixel[3] < 30)
    hidden = "getComputedStyle(figure.querySelector('.scatterlayer')).display"
    assert bench.figure("game", hidden) == "none"
    expect(bench.page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning")  # what was clicked is drawn
    bench.go("vae")
    assert bench.drawn("samples", INK, lambda ink: ink > 10_000)


def test_bars_lie_on_the_canvas_from_nothing_to_their_number(bench: Bench) -> None:
    bench.open("latent_prior")
    bench.drawn("parts", f"{PIXEL}([20, -0.2])", lambda pixel: pixel and pixel[3] > 200)
    for beside in ("[-1, -0.2]", "[20, 0.5]", "[20, 1]"):
        assert bench.figure("parts", f"{PIXEL}({beside})")[3] == 0
    assert bench.page.locator("[data-panel=parts] .barlayer path").count() == 0


def test_what_lies_below_is_left_out_while_pictures_move_and_only_then(bench: Bench) -> None:
    bench.open("vae?steps=20000&hidden=16&layers=1&batch_size=32")
    below = """() => [...document.querySelectorAll("[data-testid=stTabPanel] [data-testid="
        + "stVerticalBlock] > *")].map((block) => getComputedStyle(block).contentVisibility)"""
    bench.until("Number(state.step) > 5")
    bench.page.wait_for_function(f"() => ({below})().includes('auto')")
    bench.press("pause")
    bench.page.wait_for_function(f"() => !({below})().includes('auto')")
    assert "visible" in bench.page.evaluate(below)


def test_a_chip_hides_a_group_and_two_clicks_show_it_alone(bench: Bench) -> None:
    bench.open("vae")
    chips = bench.page.locator("[data-panel=latent] .live-plot-chip")
    expect(chips).to_have_count(12)  # what is decoded, ten classes, the posteriors
    all_of_them = bench.drawn("latent", INK, bool)
    chips.nth(1).click()
    expect(chips.nth(1)).to_have_attribute("aria-pressed", "false")
    without = bench.drawn("latent", INK, lambda ink: 0 < ink < all_of_them)
    bench.slider.press("Home")  # it stays hidden in other moments
    bench.until("state.step === '0'")
    expect(chips.nth(1)).to_have_attribute("aria-pressed", "false")
    chips.nth(1).click()
    bench.newest.click()
    bench.drawn("latent", INK, lambda ink: ink > without)
    chips.nth(2).dblclick()
    expect(bench.page.locator(
        "[data-panel=latent] .live-plot-chip[aria-pressed=true]")).to_have_count(1)


# Replays the run; returns how many looks were shown, and how many pictures of the plane.
REPLAYED = """async (plot) => {
    const canvas = document.querySelector('[data-panel=latent] .live-plot-canvas')
    const [looks, pictures] = [new Set(), new Set()]
    document.querySelector('.live-plot-play').click()
    do {
        looks.add(plot.dataset.seq)
        pictures.add(canvas.querySelector('.live-plot-layer').toDataURL())
        await new Promise(requestAnimationFrame)
    } while (plot.dataset.mode === 'replay')
    return [looks.size, pictures.size]
}"""


def test_points_glide_between_looks_and_rest_where_they_were_measured(bench: Bench) -> None:
    bench.open("vae")
    at_rest = bench.drawn("latent", INK, bool)
    looks, pictures = bench.plot.evaluate(REPLAYED)
    assert looks > 5 and pictures > 1.5 * looks
    bench.drawn("latent", INK, lambda ink: ink == at_rest)


def test_a_plane_shows_the_range_that_it_was_given_whatever_it_showed_before(
        bench: Bench) -> None:
    bench.open("autoencoder")
    sides = "['xaxis', 'yaxis'].map(name => figure._fullLayout[name].range)"
    at_rest = bench.drawn("codes", sides, bool)
    slider = bench.page.locator(".st-key-progress .live-plot-slider")
    for index in (0, 2):  # smaller planes than the last one, and as square
        slider.evaluate("(slider, i) => { slider.value = i; slider.dispatchEvent("
                        "new Event('input')) }", index)
        (left, right), (bottom, top) = bench.drawn("codes", sides, partial(ne, at_rest))
        assert right - left == pytest.approx(top - bottom)


def test_calm_eyes_see_measured_moments_alone(new_visitor: Callable[..., Bench]) -> None:
    bench = new_visitor(reduced_motion="reduce").open("vae")
    looks, pictures = bench.plot.evaluate(REPLAYED)
    assert looks > 5 and pictures <= looks + 4  # axes may be a moment late


def test_a_frame_has_a_clock_of_its_own_for_the_way_on_which_it_is_drawn(bench: Bench) -> None:
    bench.open("pixel_cnn?dataset=digits")
    text = bench.page.locator("[data-panel=samples] .live-plot-path-text")
    expect(text).to_have_text("pixel 64 of 64")
    whole = bench.figure("samples", "figure.traces()[0].source")
    slider = bench.page.locator("[data-panel=samples] .live-plot-path-slider")
    slider.evaluate("slider => { slider.value = 0; slider.dispatchEvent(new Event('input')) }")
    expect(text).to_have_text("pixel 0 of 64")
    assert bench.drawn("samples", "figure.traces()[0].source", lambda source: source != whole)
    bench.slider.press("Home")  # it stands still in other moments
    bench.until("state.step === '0'")
    expect(text).to_have_text("pixel 0 of 64")
    bench.newest.click()
    bench.page.locator("[data-panel=samples] .live-plot-path-play").click()
    expect(text).to_have_text(re.compile("pixel (1|2|3)\\d of 64"))
    expect(text).to_have_text("pixel 64 of 64")
    bench.drawn("samples", "figure.traces()[0].source", lambda source: source == whole)


def test_who_presents_has_large_figures_the_chosen_knobs_and_the_next_page(bench: Bench) -> None:
    bench.open("clustering")
    small = bench.page.locator("[data-panel=plane]").bounding_box()
    bench.page.get_by_test_id("stPopover").get_by_role("button", name="Present").click()
    bench.press("present")
    expect(bench.page).to_have_url(re.compile("present=1"))
    expect(bench.page.get_by_test_id("stSidebar")).to_be_hidden()
    bench.page.wait_for_function(
        "document.querySelector('[data-panel=plane]').getBoundingClientRect().width > 780")
    large = bench.page.locator("[data-panel=plane]").bounding_box()
    assert small and large and large["width"] > 1.3 * small["width"]
    bench.open("clustering?present=n_clusters")
    knob = bench.page.locator(".st-key-pinned .st-key-n_clusters")
    knob.get_by_role("slider").press("ArrowRight")
    expect(bench.page).to_have_url(re.compile("n_clusters=5"))
    expect(bench.page).to_have_url(re.compile("present=n_clusters"))
    bench.page.locator("h2").click()
    bench.page.keyboard.press("ArrowDown")  # no preset has five: the first one
    expect(bench.page).to_have_url(re.compile(r"clustering\?present=n_clusters"))
    expect(bench.widget("preset-0").get_by_test_id("stBaseButton-primary")).to_have_count(1)
    bench.page.keyboard.press("ArrowDown")
    expect(bench.page).to_have_url(re.compile("method=gmm.*present=n_clusters"))
    bench.page.keyboard.press("PageDown")
    bench.page.wait_for_url(re.compile("/dimensionality_reduction.*present=n_clusters"))
    bench.settle().press("leave-presenting")
    expect(bench.page.get_by_test_id("stSidebar")).to_be_visible()


def test_a_figure_in_space_brings_the_whole_of_plotly(bench: Bench) -> None:
    bench.open("clustering")
    scripts = "document.querySelectorAll('script[data-plotly]').length"
    assert bench.page.evaluate(scripts) == 1
    small = bench.page.evaluate("Object.keys(livePlotly.PlotSchema.get().traces).length")
    bench.open("dimensionality_reduction?dataset=s_curve&method=pca&n_points=100")
    bench.drawn("space", "Boolean(figure._fullLayout?.scene)", bool)
    assert bench.page.evaluate("Object.keys(livePlotly.PlotSchema.get().traces).length") > small


def test_left_and_right_go_through_the_run_and_on_by_a_step(bench: Bench) -> None:
    bench.open("clustering").press("reset").until("state.frames === '1' && state.step === '0'")
    bench.page.locator("h2").click()
    for step in (1, 2):
        bench.page.keyboard.press("ArrowRight")
        bench.until(f"state.step === '{step}' && state.mode === 'follow'")
    bench.page.keyboard.press("ArrowLeft")
    bench.until("state.step === '1' && state.mode === 'scrub'")
    bench.page.keyboard.press("ArrowRight")
    bench.until("state.step === '2' && state.newest === '2'")


def test_another_plotly_on_the_page_draws_nothing_of_ours(bench: Bench) -> None:
    bench.open("clustering").page.evaluate("window.Plotly = null")  # as Streamlit's charts do
    run = bench.state["run"]
    bench.press("new-seed").until(f"state.run !== '{run}' && Number(state.step) >= 1")
    bench.drawn("plane", "figure.traces().length", bool)


# Goes through the run; returns how many nodes came and went in the bar, and how many texts it had.
SCRUBBED = """async () => {
    const bar = document.querySelector('.live-plot-timeline')
    let [changes, texts] = [0, new Set()]
    const watch = new MutationObserver((all) => { changes += all.length })
    watch.observe(bar, { childList: true, subtree: true })
    const slider = bar.querySelector('.live-plot-slider')
    for (let i = Number(slider.max); i >= 0; i -= 1) {
        slider.value = i
        slider.dispatchEvent(new Event('input'))
        texts.add(bar.querySelector('.live-plot-step').textContent)
        await new Promise(requestAnimationFrame)
    }
    return [changes + watch.takeRecords().length, texts.size]
}"""
# How far the keyboard's grip lies from the first thing that can be dragged, in pixels.
GRIP = """(() => {
    const { style } = figure.parentElement.querySelector('.live-plot-grip')
    const thing = figure.traces().find(({ meta, visible }) => meta?.draggable && visible === true)
    const { xaxis, yaxis } = figure._fullLayout
    return Math.hypot(parseFloat(style.left) - xaxis._offset - xaxis.d2p(thing.x[0]),
        parseFloat(style.top) - yaxis._offset - yaxis.d2p(thing.y[0]))
})()"""

TICKS = """[...figure.querySelectorAll('.xtick text')].map((tick) => (
    `${tick.textContent} ${tick.getAttribute('transform')}`)).join()"""


def test_a_drawn_frame_brings_no_new_element_and_the_grip_comes_after(bench: Bench) -> None:
    bench.open("clustering")
    assert bench.figure("plane", GRIP) < 1
    changes, texts = bench.plot.evaluate(SCRUBBED)
    assert (changes, texts) == (0, int(bench.state["frames"]))
    bench.until("state.step === '0'")
    bench.drawn("plane", GRIP, lambda away: away < 1)


def test_axes_that_move_are_drawn_at_every_moment_that_is_rested_at(bench: Bench) -> None:
    bench.open("autoencoder")
    last = bench.drawn("codes", TICKS, bool)
    bench.slider.press("Home")
    bench.until("state.step === '0'")
    first = bench.drawn("codes", TICKS, partial(ne, last))
    bench.newest.click()
    bench.drawn("codes", TICKS, partial(ne, first))


def test_points_glide_along_a_way_that_plays_and_rest_where_they_were_measured(
        bench: Bench) -> None:
    bench.open("flow")
    found = bench.page.evaluate("""async () => {
        const { href } = document.querySelector('link[href*="path.js"]')
        const { Path } = await import(href)
        const element = () => document.createElement("input")
        const say = { labels: {} }
        const panel = { box: document.body, plot: { wake() {}, data: say } }
        const path = new Path(panel, (...made) => Object.assign(element(), {
            append() {}, querySelector: element }))
        const [first, second, end] = [["first"], ["second"], ["end"]]
        const of = { data: end, layout: { meta: { path: {
            data: [first, second], at: [0, 1], total: 2, says: "{at}" } } } }
        const look = (share, began) => {
            Object.assign(path, { share, began })
            const shown = path.along(of)
            const ahead = path.ahead(shown)
            return [shown.data[0], ahead && [ahead.next?.data[0] ?? null, ahead.share]]
        }
        return [look(0.25, 0), look(0.75, 0), look(0.25, null), look(1, 0)]
    }""")
    assert found == [["first", ["second", 0.5]], ["second", ["end", 0.5]], ["first", [None, 0]],
                     ["end", None]]
