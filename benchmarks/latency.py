"""What a visitor waits for, in a real browser, beside the smallest apps of Streamlit itself."""

import time
from contextlib import closing
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks import _bare as bare
from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import Server, server, wait_until_healthy

CLICKS = 30
ROUNDS = 5
WINDOW: ViewportSize = {"width": 1400, "height": 900}
SWITCHED = ("vae", "gan")
TITLE = "h1"
SECTION = "[data-testid=stTopNavSection]"
LINK = "[data-testid=stTopNavDropdownLink][href$='/{}']"
PLOT = ".live-plot[data-ready]"
FIGURE = f"{PLOT} .live-plot-canvas .main-svg"
STOPWATCH = """([clicked, awaited]) => {
  window.stopwatch = null
  let pressed = null
  addEventListener("click", (event) => {
    if (event.target.closest(clicked)) pressed = event.timeStamp
  }, { capture: true, once: true })
  const seen = new MutationObserver(() => {
    if (pressed === null || !document.querySelector(awaited)) return
    seen.disconnect()
    window.stopwatch = performance.now() - pressed
  })
  seen.observe(document.body, { childList: true, subtree: true })
}"""


def measure() -> None:
    """Print what a visitor waits for, and over it what Streamlit's smallest apps take.

    These are `first_figure_ratio` (the aim is 1.5), `deep_link_ratio` (1.6), `click_p95` (0.4 s),
    `click_ratio` (2) and `page_switch_ratio` (1.5); and of ours alone `first_snapshot` (1 s) and
    `live_fps` (10 per second).
    """
    with sync_playwright() as playwright:
        browser = launch(playwright)
        with bare.app(bare.APP) as script:
            first_figures(browser, script)
        with bare.app(bare.PAGES) as script, server() as running, server(script) as other:
            page_switches(browser, running, other)
        with bare.app(bare.BUTTON) as script, server() as running, server(script) as other:
            page = browser.new_page(viewport=WINDOW)
            page.goto(f"{running.url}/vae?steps=20000")
            page.wait_for_selector(FIGURE, timeout=60_000)  # it trains at once
            report("first_snapshot", float(np.median([first_snapshot(page)
                                                      for _ in range(ROUNDS)])), "s")
            page.click(".st-key-train-button button")
            page.wait_for_selector(".st-key-pause")
            time.sleep(4)
            report("live_fps", frames_per_second(page), "1/s")
            clicks(page, browser.new_page(viewport=WINDOW), other)
        browser.close()


def first_figures(browser: Browser, script: Path) -> None:
    """Print the medians from starting a server to the first figure, and to a line of text."""
    for link in ("/", "/vae"):  # warms the disk
        first_drawn(browser, "streamlit_app.py", link, FIGURE)
    turns = [(first_drawn(browser, "streamlit_app.py", "/", FIGURE),
              first_drawn(browser, "streamlit_app.py", "/vae", FIGURE),
              first_drawn(browser, script, "/", TITLE)) for _ in range(ROUNDS)]
    figure, deep_link, reference = np.median(turns, axis=0)
    report("first_figure", figure, "s")
    report("first_figure_of_a_deep_link", deep_link, "s")
    report("bare_first_line", reference, "s")
    report("first_figure_ratio", figure / reference, "of a line of text")
    report("deep_link_ratio", deep_link / reference, "of a line of text")


def first_drawn(browser: Browser, script: str | Path, link: str, awaited: str) -> float:
    """Return the seconds from starting a server to what is awaited in a fresh browser."""
    with (closing(browser.new_context(viewport=WINDOW)) as context,
          server(script, wait=False) as running):
        page = context.new_page()
        wait_until_healthy(running.url)
        page.goto(running.url + link)
        page.wait_for_selector(awaited, timeout=60_000)
        return time.perf_counter() - running.started


def page_switches(browser: Browser, running: Server, other: Server) -> None:
    """Print the medians from a click on another page to its figure, and to its title."""
    ours, plain = browser.new_page(viewport=WINDOW), browser.new_page(viewport=WINDOW)
    ours.goto(f"{running.url}/{SWITCHED[0]}")
    ours.wait_for_selector(figure_of(SWITCHED[0]), timeout=60_000)
    plain.goto(f"{other.url}/two")
    plain.wait_for_selector(".st-key-page-two", timeout=60_000)
    turns = []
    for turn in range(2 * ROUNDS + 2):
        for page in (ours, plain):
            page.wait_for_timeout(1500)
        for page in (ours, plain):
            page.locator(SECTION).last.click()
            page.wait_for_timeout(500)
        to, there = SWITCHED[1 - turn % 2], ("one", "two")[turn % 2]
        turns.append((
            click_to_drawn(ours, LINK.format(to), figure_of(to)),
            click_to_drawn(plain, LINK.format(there), f".st-key-page-{there} h1")))
    switch, reference = np.median(turns[2:], axis=0)  # the first two import the pages
    report("page_switch", switch, "s")
    report("bare_page_switch", reference, "s")
    report("page_switch_ratio", switch / reference, "of a bare page")
    ours.close()
    plain.close()


def figure_of(concept: str) -> str:
    """Return the selector of the drawn figures of a page."""
    return f".st-key-figures-{concept} .live-plot-canvas .main-svg"


def clicks(page: Page, plain: Page, other: Server) -> None:
    """Print the quantiles from a click to what it changes, and those of an app of one button."""
    plain.goto(other.url)
    plain.wait_for_selector(".st-key-one")
    turns = []
    for turn in range(CLICKS):
        ours = ("pause", "train-button")[turn % 2], ("train-button", "pause")[turn % 2]
        bare_keys = ("one", "two")[turn % 2], ("two", "one")[turn % 2]
        turns.append((click_to_text(page, *ours), click_to_text(plain, *bare_keys)))
        time.sleep(1.2)
    (half, half_bare), (most, most_bare) = np.quantile(turns, (0.5, 0.95), axis=0)
    report("click_p50", half, "s")
    report("click_p95", most, "s")
    report("bare_click_p50", half_bare, "s")
    report("bare_click_p95", most_bare, "s")
    report("click_ratio", most / most_bare, "of a bare button")


def first_snapshot(page: Page) -> float:
    """Return the seconds from pressing Train to the first trained snapshot on the screen."""
    page.click(".st-key-reset button")
    page.wait_for_selector(f"{PLOT}[data-at-step='0'][data-newest='0']")
    began = time.perf_counter()
    page.click(".st-key-train-button button")
    page.wait_for_selector(f"{PLOT}:not([data-at-step='0'])")
    elapsed = time.perf_counter() - began
    page.click(".st-key-pause button")
    page.wait_for_selector(".st-key-train-button")
    return elapsed


def frames_per_second(page: Page, seconds: float = 8.0) -> float:
    """Return how many new frames the browser draws per second."""
    drawn = "() => Number(document.querySelector('.live-plot').dataset.framesDrawn)"
    began, before = time.perf_counter(), page.evaluate(drawn)
    page.wait_for_timeout(seconds * 1000)
    return float((page.evaluate(drawn) - before) / (time.perf_counter() - began))


def click_to_text(page: Page, key: str, then: str) -> float:
    """Return the seconds from a click on a button to the one that the server puts in its place."""
    return click_to_drawn(page, f".st-key-{key} button", f".st-key-{then}")


def click_to_drawn(page: Page, clicked: str, awaited: str) -> float:
    """Return the seconds from a click to what it brings.

    The browser itself takes both times, the first one when the mouse button went up: what the
    test's own tool does before it clicks is not the visitor's wait.
    """
    page.evaluate(STOPWATCH, [clicked, awaited])
    left, top, width, height = page.locator(clicked).first.evaluate(
        "it => { it.scrollIntoViewIfNeeded(); const box = it.getBoundingClientRect();"
        " return [box.left, box.top, box.width, box.height] }")
    page.mouse.click(left + width / 2, top + height / 2)
    page.wait_for_function("() => window.stopwatch !== null")
    return float(page.evaluate("() => window.stopwatch")) / 1000
