"""The page of normalizing flows: how often the bent grid is drawn while it trains."""

from playwright.sync_api import sync_playwright

from benchmarks import frames
from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import server
from benchmarks.latency import WINDOW, frames_per_second


def measure() -> None:
    """Print how many frames of the bent grid a browser draws in a second while the default flow
    trains on the same machine, `flow_grid_fps` (the aim is 10)."""
    with sync_playwright() as playwright, server() as running:
        browser = launch(playwright)
        page = browser.new_context(viewport=WINDOW).new_page()
        frames.train(page, running, "flow")
        report("flow_grid_fps", frames_per_second(page, frames.LIVE_SECONDS), "1/s")
        browser.close()
