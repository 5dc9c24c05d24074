"""Energies, chains, attention and learned priors in a browser: their pages are alive."""

import re

import pytest
from browser import Bench, expect

pytest_plugins = ("browser",)

# Long runs of small nets: none is over before somebody presses pause.
SMALL = {"rbm": "n_hidden=8&cd_steps=1&gibbs_steps=20",
         "energy": "hidden=16&layers=1&langevin_steps=2&shown_steps=20",
         "gsn": "hidden=16&layers=1&chain_steps=20",
         "pixel_transformer": "width=16&blocks=1&heads=2&batch_size=16",
         "latent_prior": "hidden=16&batch_size=32"}
UNTRAINED = {"rbm": "Nobody has learned anything yet", "energy": "Nobody has learned anything yet",
             "gsn": "Nobody has learned anything yet",
             "pixel_transformer": "would need", "latent_prior": "Nobody has learned anything yet"}
SOURCE = "picture => picture.getAttribute('src')"


@pytest.mark.parametrize("page", SMALL)
def test_a_training_can_be_looked_back_on_and_the_caption_follows(bench: Bench,
                                                                  page: str) -> None:
    bench.open(f"{page}?steps=20000&{SMALL[page]}").trained(20)
    held = bench.press("pause").until("state.live === 'false'")
    now = bench.caption.inner_text()
    bench.slider.press("Home")
    bench.until("state.mode === 'scrub' && state.step === '0'")
    expect(bench.caption).not_to_have_text(now, use_inner_text=True)
    expect(bench.caption).to_contain_text(UNTRAINED[page])
    past = bench.caption.inner_text()
    bench.newest.click()  # a look that was under way may have come since
    bench.until(f"state.mode === 'follow' && Number(state.step) >= {held['step']}")
    expect(bench.caption).not_to_have_text(past, use_inner_text=True)


@pytest.mark.parametrize(("page", "panel"), [("rbm", "fantasies"), ("energy", "chains"),
                                             ("gsn", "chains")])
def test_chains_have_a_clock_of_their_own(bench: Bench, page: str, panel: str) -> None:
    bench.open(page)
    text = bench.page.locator(f"[data-panel={panel}] .live-plot-path-text")
    end = text.inner_text()
    last = int(re.findall(r"\d+", end)[-1])
    assert re.search(rf"\b{last} of {last}\b", end)
    slider = bench.page.locator(f"[data-panel={panel}] .live-plot-path-slider")
    slider.evaluate("slider => { slider.value = 0; slider.dispatchEvent(new Event('input')) }")
    expect(text).to_contain_text(f"0 of {last}")


def test_the_machine_completes_the_half_that_one_chooses(bench: Bench) -> None:
    bench.open("rbm").answered()
    bench.page.get_by_role("radio", name="Complete a half").click()
    expect(bench.page.get_by_text("of the completions are bars or stripes")).to_be_visible()
    drawn = bench.page.get_by_role("img", name="Completions of the picture")
    before = drawn.evaluate(SOURCE)
    bench.widget("rbm-half").get_by_text("the left half").click()
    expect(drawn).not_to_have_attribute("src", before)


def test_another_energy_can_be_added_to_this_one(bench: Bench) -> None:
    bench.open("energy").answered()
    said = bench.page.get_by_text("log Z is")
    before = said.inner_text()
    bench.widget("energy-other").get_by_text("this one mirrored").click()
    expect(said).not_to_have_text(before)


def test_a_corruption_of_a_point_is_asked_about(bench: Bench) -> None:
    bench.open("gsn").answered()
    said = bench.page.get_by_text(re.compile("between 300 draws of the net"))
    before = said.inner_text()
    bench.widget("gsn-corrupted").get_by_role("slider").press("ArrowRight")
    expect(said).not_to_have_text(before)


def test_a_click_on_a_pixel_shows_what_its_heads_look_at(bench: Bench) -> None:
    bench.open("pixel_transformer").answered()
    cells = bench.page.locator(".st-key-attention-cells button")
    said = bench.page.get_by_text(re.compile("gets .* of the attention"))
    before = said.inner_text()
    cells.first.click()  # before it there is nothing but the first token
    expect(said).to_contain_text("gets 100% of the attention")
    expect(cells.first).to_have_css("background-color", "rgb(213, 94, 0)")
    cells.last.click()
    expect(said).not_to_contain_text("gets 100% of the attention")
    expect(said).not_to_have_text(before)


def test_the_bound_of_a_learned_prior_is_taken_apart(bench: Bench) -> None:
    bench.open("latent_prior").answered()
    bench.page.get_by_role("radio", name="The bound, taken apart").click()
    expect(bench.page.get_by_text("the mean of all 297 held-out")).to_be_visible()
    expect(bench.widget("prior-bound").locator(".js-plotly-plot")).to_be_visible()
