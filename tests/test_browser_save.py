"""Figures saved from the browser: a picture, and a page that draws itself without a network."""

import re
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from browser import Bench, expect
from PIL import Image
from playwright.sync_api import Download

from playground.concepts.arena import families

pytest_plugins = ("browser",)

STEPS = 2000 + len(families.found())  # each family is judged when it is trained
SIZE = "[figure.offsetWidth, figure.offsetHeight]"
RANGE = "figure._fullLayout.xaxis.range"
POINTS = "[...figure.querySelectorAll('.scatterlayer .point')].length"


def save(bench: Bench, panel: str, kind: str) -> Download:
    bench.page.locator(f"[data-panel={panel}] .live-plot-save").click()
    with bench.page.expect_download() as saved:
        bench.page.locator(f"[data-panel={panel}] .live-plot-{kind}").click()
    return saved.value


def pixels(saved: Download) -> np.ndarray:
    with Image.open(saved.path()) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB")).astype(int)


def near(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Count the pixels that are nearly of a colour."""
    return int((np.abs(picture - colour).max(axis=2) < 24).sum())


@pytest.mark.parametrize(("scheme", "ground"), [("light", (255, 255, 255)),
                                                ("dark", (14, 17, 23))])
def test_a_picture_holds_every_point_on_the_ground_of_the_theme(
        bench: Bench, scheme: Literal["light", "dark"], ground: tuple[int, int, int]) -> None:
    bench.page.emulate_media(color_scheme=scheme)
    bench.open("arena")
    width, height = bench.figure("multiples", SIZE)
    saved = save(bench, "multiples", "png")
    assert saved.suggested_filename == f"arena_moons_multiples_step-{STEPS}.png"
    picture = pixels(saved)
    assert picture.shape[1] == 2 * (width + 28) and picture.shape[0] > 2 * height
    assert tuple(picture[2, 2]) == ground
    assert near(picture, (0, 114, 178)) > 800  # 150 blue dots, many of them over each other
    assert near(picture, (213, 94, 0)) > 2000


def test_what_is_saved_is_the_moment_and_the_part_on_the_screen(bench: Bench) -> None:
    bench.open("arena")
    bench.slider.press("Home")
    bench.until("state.step === '0'")
    bench.page.mouse.move(*bench.place("multiples", -1.0, 1.0))
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.place("multiples", 1.0, -1.0), steps=5)
    bench.page.mouse.up()
    zoomed = bench.drawn("multiples", RANGE, lambda ends: ends[0] > -1.5)
    saved = save(bench, "multiples", "html")
    assert saved.suggested_filename == "arena_moons_multiples_step-0.html"
    layout = re.search(r'"xaxis":({.*?"range":\[[^]]*\])', Path(saved.path()).read_text())
    assert layout and f"{zoomed[0]:.4f}"[:6] in layout.group(1)


@pytest.mark.parametrize(("page", "panel"), [("arena", "multiples"), ("vae", "samples"),
                                             ("vae", "losses")])
def test_a_saved_page_draws_the_figure_without_a_network(
        bench: Bench, tmp_path: Path, page: str, panel: str) -> None:
    bench.open(page)
    traces = bench.drawn(panel, "figure.traces?.()?.length", bool)
    file = tmp_path / "saved.html"
    save(bench, panel, "html").save_as(file)
    reader = bench.page.context.new_page()
    said: list[str] = []
    asked: list[str] = []
    reader.on("console", lambda message: said.append(message.text)
              if message.type == "error" else None)
    reader.on("pageerror", lambda error: said.append(str(error)))
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto(file.as_uri())
    reader.wait_for_selector("#figure .main-svg")
    figure = reader.locator("#figure")
    assert figure.evaluate("figure => figure._fullData.length") == traces
    assert figure.get_attribute("aria-label")
    title = bench.page.locator(f"[data-panel={panel}] .live-plot-title").inner_text()
    expect(reader.locator("h1")).to_have_text(title)
    expect(reader.locator("p").last).to_contain_text("Data set: ")
    if page == "arena":
        assert figure.evaluate(f"figure => {POINTS}") > 1000  # each one is there to be hovered
        assert figure.evaluate("figure => figure._fullLayout.dragmode") == "zoom"
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []
    reader.close()


def test_the_menu_opens_and_closes_by_keyboard_and_the_figures_stay_where_they_are(
        bench: Bench) -> None:
    bench.open("vae")
    button = bench.page.get_by_role("button", name="Save this figure: Codes of held-out data")
    menu = bench.page.locator("[data-panel=latent] .live-plot-menu")
    canvas = bench.page.locator("[data-panel=latent] .live-plot-canvas")
    before = canvas.bounding_box()
    button.press("Enter")
    expect(menu).to_be_visible()
    bench.page.keyboard.press("Tab")
    expect(menu.get_by_role("button", name="Picture (PNG)")).to_be_focused()
    assert canvas.bounding_box() == before
    bench.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()


def test_a_chart_that_stands_still_is_saved_by_the_one_tool_over_it(bench: Bench) -> None:
    bench.open("gan").answered()
    chart = bench.widget("per-mode")
    chart.scroll_into_view_if_needed()
    chart.hover()
    expect(chart.locator(".modebar-btn")).to_have_count(1)
    with bench.page.expect_download() as saved:
        chart.locator(".modebar-btn").click()
    assert saved.value.suggested_filename == "figure.png"
    assert near(pixels(saved.value), (213, 94, 0)) > 10_000
