"""What a visitor feels, in a real browser on the VAE page while it trains."""

import time

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import server, wait_until_healthy

CLICKS = 30
ROUNDS = 5
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
    """Print `first_figure` (the aim is 4 s), `first_snapshot` (1 s), `live_fps` (10 per second),
    `click_p50` and `click_p95` (0.4 s)."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        first_figure(browser, "/")  # warms the disk
        for figure, link in (("first_figure", "/"), ("first_figure_of_a_deep_link", "/vae")):
            report(figure, float(np.median([first_figure(browser, link) for _ in range(3)])), "s")
        with server() as running:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(f"{running.url}/vae?steps=20000")
            page.wait_for_selector(FIGURE, timeout=60_000)  # it trains at once
            report("first_snapshot", float(np.median([first_snapshot(page)
                                                      for _ in range(ROUNDS)])), "s")
            page.click(".st-key-train-button button")
            page.wait_for_selector(".st-key-pause")
            time.sleep(4)
            report("live_fps", frames_per_second(page), "1/s")
            clicks = []
            for _ in range(CLICKS // 2):
                for key, then in (("pause", "train-button"), ("train-button", "pause")):
                    clicks.append(click_to_text(page, key, then))
                    time.sleep(1.2)
            report("click_p50", float(np.quantile(clicks, 0.5)), "s")
            report("click_p95", float(np.quantile(clicks, 0.95)), "s")
        browser.close()


def first_figure(browser: Browser, link: str) -> float:
    """Return the seconds from starting the server to the first figure in a fresh browser."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    with server(wait=False) as running:
        wait_until_healthy(running.url)
        page.goto(running.url + link)
        page.wait_for_selector(FIGURE, timeout=60_000)
        elapsed = time.perf_counter() - running.started
        context.close()
    return elapsed


def first_snapshot(page: Page) -> float:
    """Return the seconds from pressing Train to the first trained snapshot on the screen."""
    page.click(".st-key-reset button")
    page.wait_for_selector(f"{PLOT}[data-step='0'][data-newest='0']")
    began = time.perf_counter()
    page.click(".st-key-train-button button")
    page.wait_for_selector(f"{PLOT}:not([data-step='0'])")
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
    """Return the seconds from a click on a button to the text that the server puts in its place.

    The browser itself takes both times, the first one when the mouse button went up: what the
    test's own tool does before it clicks is not the visitor's wait.
    """
    page.evaluate(STOPWATCH, [f".st-key-{key}", f".st-key-{then}"])
    left, top, width, height = page.locator(f".st-key-{key} button").first.evaluate(
        "button => { const box = button.getBoundingClientRect();"
        " return [box.left, box.top, box.width, box.height] }")
    page.mouse.click(left + width / 2, top + height / 2)
    page.wait_for_function("() => window.stopwatch !== null")
    return float(page.evaluate("() => window.stopwatch")) / 1000
