"""By keyboard, and by ear: what a visitor without a mouse or without eyes gets."""

import re

import pytest
from browser import Bench, expect

pytest_plugins = ("browser",)

LONG = "vae?steps=20000&hidden=16&layers=1&batch_size=32"
CENTRES = """figure.traces().filter(trace => trace.meta?.part === 'centres')
    .flatMap(trace => Array.from(trace.x, (x, i) => [x, trace.y[i]]))"""
SPOKEN = ".live-plot-spoken"
SAID = """() => { const [shown, spoken] = ["caption", "spoken"].map((name) => (
    document.querySelector(`.live-plot-${name}`).textContent))
return spoken && spoken === shown }"""


def test_the_space_bar_trains_and_pauses_and_the_caption_is_spoken_at_rests(bench: Bench) -> None:
    bench.open(LONG)
    spoken = bench.page.locator(SPOKEN)
    described = bench.page.locator(".live-plot-canvas").first.get_attribute("aria-describedby")
    assert described == spoken.get_attribute("id")
    bench.until("state.live === 'true' && Number(state.step) > 20")
    assert bench.caption.inner_text() and not spoken.inner_text()  # not a word while it plays

    bench.page.keyboard.press("Space")
    bench.widget("train-button").wait_for()
    bench.page.wait_for_function(SAID)  # once the last frames have been played too
    at_rest = spoken.inner_text()

    bench.page.keyboard.press("Space")
    bench.widget("pause").wait_for()
    expect(bench.caption).not_to_have_text(at_rest)
    assert spoken.inner_text() == at_rest


@pytest.mark.parametrize("focus", ["input.live-plot-slider", ".st-key-seed input"])
def test_the_space_bar_is_left_to_what_wants_it(bench: Bench, focus: str) -> None:
    bench.open("vae")
    bench.page.locator(focus).focus()
    bench.page.keyboard.press("Space")
    bench.page.wait_for_timeout(500)
    assert bench.widget("train-button").count() == 1


def test_keys_go_on_after_a_click_on_a_button(bench: Bench) -> None:
    bench.open(LONG).until("Number(state.step) > 5")
    bench.press("pause")
    bench.widget("train-button").wait_for()
    bench.press("reset").until("state.step === '0'")
    bench.press("step").until("state.step === '1'")
    bench.page.keyboard.press("ArrowLeft")
    bench.until("state.step === '0' && state.mode === 'scrub'")
    bench.page.keyboard.press("Space")
    bench.widget("pause").wait_for()
    bench.until("Number(state.step) > 2")


def test_who_presents_goes_from_concept_to_concept_and_leaves_by_escape(bench: Bench) -> None:
    bench.open("density_estimation?present=1")
    bench.page.keyboard.press("PageDown")
    expect(bench.page).to_have_url(re.compile(r"/pixel_rnn\?present=1"))  # not the map
    bench.settle().page.keyboard.press("Escape")
    expect(bench.page.get_by_test_id("stSidebar")).to_be_visible()
    expect(bench.page).not_to_have_url(re.compile("present"))


def test_the_arrows_move_the_timeline(bench: Bench) -> None:
    bench.open("clustering")
    last = int(bench.state["step"])
    bench.page.locator("input.live-plot-slider").focus()
    bench.page.keyboard.press("ArrowLeft")
    bench.until(f"state.mode === 'scrub' && Number(state.step) < {last}")
    bench.page.keyboard.press("End")
    bench.until(f"state.mode === 'follow' && Number(state.step) === {last}")


def test_a_thing_that_can_be_dragged_is_moved_by_the_arrows(bench: Bench) -> None:
    bench.open("clustering")
    run, before = bench.state["run"], bench.drawn("plane", CENTRES, bool)
    grip = bench.page.locator("[data-panel=plane] .live-plot-grip")
    grip.focus()
    for _ in range(2):
        bench.page.keyboard.press("Shift+ArrowLeft")
    after = bench.drawn("plane", CENTRES, lambda found: found[0][0] < before[0][0] - 0.2)
    assert abs(after[0][1] - before[0][1]) < 0.02 and after[1:] == before[1:]
    bench.page.keyboard.press("Escape")
    bench.drawn("plane", CENTRES, lambda found: found == before)

    bench.page.keyboard.press("Tab")  # to the second one
    expect(grip).to_be_focused()
    bench.page.keyboard.press("ArrowRight")
    bench.page.keyboard.press("Enter")
    bench.until(f"state.run !== '{run}'")
    moved = bench.drawn("plane", CENTRES, bool)
    assert moved[1] != before[1]
