"""What a visitor sees without scrolling: how large the figures are, and what has no room."""

from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import server
from playground import concepts

SIZES = ((1400, 900), (1280, 720), (1920, 1080))
READY = ".live-plot[data-ready='true']:not([data-frames-drawn='0']) .main-svg"
MEASURE = """() => {
  const box = (selector) => document.querySelector(selector)?.getBoundingClientRect()
  const sidebar = box("[data-testid=stSidebar]")
  const free = innerWidth - (sidebar?.right > 0 ? sidebar.right : 0)
  const figures = [...document.querySelector(".live-plot").querySelectorAll(".live-plot-panel")]
    .map((panel) => panel.getBoundingClientRect())
  const seen = ({ top, bottom, width }) => (
    Math.max(Math.min(bottom, innerHeight) - Math.max(top, 0), 0) * width)
  const area = figures.reduce((sum, figure) => sum + seen(figure), 0)
  const caption = box(".live-plot-caption")
  const bar = box(".st-key-play-bar")
  const style = caption && getComputedStyle(document.querySelector(".live-plot-caption"))
  const line = caption && caption.top + parseFloat(style.paddingTop) + parseFloat(style.lineHeight)
  const missed = {
    bar: !(bar && bar.bottom <= innerHeight + 1 && bar.top >= 0),
    figures: Math.max(...figures.map(({ bottom }) => bottom)) > (bar?.top ?? innerHeight),
    timeline: !(box(".live-plot-timeline")?.bottom <= innerHeight),
    caption: !(line && line <= (bar?.top ?? innerHeight)),
  }
  return { share: area / (free * innerHeight), top: Math.min(...figures.map(({ top }) => top)),
    missed: Object.keys(missed).filter((name) => missed[name]) }
}"""


def measure() -> None:
    """Print, for each page and size of the window, and the worst of all: `figure_share` of the
    screen beside the sidebar (the aim is 0.5), `figure_top` in pixels (200), and
    `first_screen_misses`, how many of play bar, figures, timeline, caption's first line have no
    room (0)."""
    shares, tops, misses = [], [], 0
    with sync_playwright() as playwright, server() as running:
        browser = launch(playwright)
        page = browser.new_page()
        for concept in concepts.names():
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                found = look(page, f"{running.url}/{concept}")
                name = f"{concept}_{width}"
                report(f"figure_share_{name}", found["share"], "of the screen")
                report(f"figure_top_{name}", found["top"], "px")
                if found["missed"]:
                    print(f"missed_{name} {' '.join(found['missed'])}")
                shares.append(found["share"])
                tops.append(found["top"])
                misses += len(found["missed"])
        browser.close()
    report("figure_share", min(shares), "of the screen")
    report("figure_top", max(tops), "px")
    report("first_screen_misses", misses, "")


def look(page: Page, address: str) -> Any:
    """Open a page and measure its first screen when it stands."""
    page.goto(address)
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_selector(".live-plot-caption:not(:empty)")
    page.wait_for_timeout(700)
    return page.evaluate(MEASURE)
