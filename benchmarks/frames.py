"""The speed of the picture, beside a bare canvas that draws the same in the same browser."""

import time
from collections.abc import Callable
from contextlib import closing
from itertools import count

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks import _bare as bare
from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import Server, server
from benchmarks._visitor import Visitor
from benchmarks.latency import WINDOW, frames_per_second
from playground import concepts

STILL = "[data-testid=stApp][data-test-script-state=notRunning]"
READY = ".live-plot[data-ready='true']:not([data-frames-drawn='0']) .main-svg"
MOMENTS = 40  # of a run, that the bare page draws too
FRAMES = 80  # that are measured
TURNS = 3
LOADED_MS = 30_000
REST_MS = 1500  # in which a page hears that the timeline was moved, and draws what that changes
LIVE_SECONDS = 8.0
TRAINED = ("vae", "gan")
TRAINING = "steps=20000"
POLL_SECONDS = 0.5
GROWTH_SECONDS = 600.0
STEP_OURS = """([from, n]) => new Promise((resolve) => {
  const slider = document.querySelector(".live-plot-slider")
  const most = Math.max(Number(slider.max), 1)
  let i = from
  const step = () => {
    if (i >= from + n) return resolve()
    slider.value = i % most
    slider.dispatchEvent(new Event("input"))
    i += 1
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})"""
STEP_BARE = """([from, n]) => new Promise((resolve) => {
  let i = from
  const tick = () => {
    if (i >= from + n) return resolve()
    step(i)
    i += 1
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
})"""


def measure() -> None:
    """Print, for each page, the milliseconds of the main thread in a drawn frame, `frame_ms`, and
    in one of the bare page; the largest `frame_ratio` of all pages (the aim is 3); frames per
    second while it trains, `live_fps` and `gan_fps` (30 where the bare page reaches 38), over
    those of the bare page beside the same worker, `fps_ratio` (0.8); and what the tab gains in a
    run, `tab_growth_mb` (20 in ten minutes)."""
    with sync_playwright() as playwright, server() as running:
        browser = launch(playwright)
        report("frame_ratio", max(frame_ratio(browser, running, concept)
                                  for concept in concepts.names()), "of a bare canvas")
        ratios = [fps_ratio(browser, running, concept) for concept in TRAINED]
        report("fps_ratio", min(ratios), "of a bare canvas")
        growth = tab_growth(browser, running, GROWTH_SECONDS)
        report("tab_growth_mb", growth, f"MB in {GROWTH_SECONDS:.0f} s")
        browser.close()


def frame_ratio(browser: Browser, running: Server, concept: str) -> float:
    """Print and return the time of a drawn frame over that of the bare page.

    Both are told to draw another moment of the run in each animation frame, turn by turn.
    """
    with (closing(browser.new_context(viewport=WINDOW)) as context,
          closing(browser.new_context(viewport=WINDOW)) as plain):
        ours, other = context.new_page(), plain.new_page()
        ours.goto(f"{running.url}/{concept}")
        ours.wait_for_selector(READY, timeout=60_000)
        ours.wait_for_timeout(1500)
        bare.show(other, bare.scenes(ours, MOMENTS))
        step_ours, step_bare = stepper(ours, STEP_OURS), stepper(other, STEP_BARE)
        for step in (step_ours, step_bare):
            step()  # warms what is kept of each frame
        turns = []
        for _turn in range(TURNS):
            rest(ours)
            turns.append((step_ours(), step_bare()))
    drawn, reference = (sorted(times)[TURNS // 2] for times in zip(*turns, strict=True))
    report(f"frame_ms_{concept}", drawn, "ms")
    report(f"bare_frame_ms_{concept}", reference, "ms")
    report(f"frame_ratio_{concept}", drawn / reference, "of a bare canvas")
    return drawn / reference


def rest(page: Page) -> None:
    """Wait until a page has drawn all that is no frame: answers, tables, words below the figures.

    They come once, when the timeline stops; they would else be counted as frames of the next turn.
    """
    for _pause in range(2):
        page.wait_for_timeout(REST_MS)
        page.wait_for_selector(STILL, timeout=60_000)


def stepper(page: Page, script: str) -> Callable[[], float]:
    """Return a function that draws frames and returns the main thread's milliseconds in one."""
    watch = page.context.new_cdp_session(page)
    watch.send("Performance.enable", {"timeDomain": "threadTicks"})
    turns = count()

    def step() -> float:
        before = busy(watch)
        page.evaluate(script, [next(turns) * FRAMES, FRAMES])
        return 1000 * (busy(watch) - before) / FRAMES

    return step


def busy(watch: CDPSession) -> float:
    """Return the seconds for which a page's main thread has computed so far."""
    found = watch.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in found if each["name"] == "TaskDuration"))


def fps_ratio(browser: Browser, running: Server, concept: str) -> float:
    """Print and return the frames per second while it trains over those of the bare page."""
    with closing(browser.new_context(viewport=WINDOW)) as context:
        page = context.new_page()
        train(page, running, concept)
        fps = frames_per_second(page, LIVE_SECONDS)
        drawn = bare.scenes(page, MOMENTS)
    with (closing(browser.new_context(viewport=WINDOW)) as plain,
          Visitor(running.url, concept, f"{TRAINING}&seed=1") as visitor):
        visitor.load()
        other = plain.new_page()
        bare.show(other, drawn)
        other.evaluate("glide()")
        began, before = time.perf_counter(), other.evaluate("drawn")
        while time.perf_counter() < began + LIVE_SECONDS:
            visitor.poll()
            other.evaluate("feed()")
            other.wait_for_timeout(1000 * POLL_SECONDS)
        bare_fps = (other.evaluate("drawn") - before) / (time.perf_counter() - began)
    report("live_fps" if concept == "vae" else f"{concept}_fps", fps, "1/s")
    report(f"bare_{concept}_fps", bare_fps, "1/s")
    return float(fps / bare_fps)


def train(page: Page, running: Server, concept: str) -> None:
    """Open a page on a run that nobody has stored, and wait until it is well under way."""
    page.goto(f"{running.url}/{concept}?{TRAINING}")  # it trains at once
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_selector(".live-plot[data-live='true']:not([data-at-step='0'])", timeout=60_000)
    page.wait_for_timeout(4000)


def tab_growth(browser: Browser, running: Server, seconds: float) -> float:
    """Return the megabytes that the tab's heap has gained after so long a training.

    From when the page is there whole: what its tabs load after the first figure is no growth.
    """
    with closing(browser.new_context(viewport=WINDOW)) as context:
        page = context.new_page()
        watch = context.new_cdp_session(page)
        watch.send("HeapProfiler.enable")
        train(page, running, "vae")
        page.wait_for_timeout(LOADED_MS)
        before = heap(watch)
        page.wait_for_timeout(1000 * seconds)
        return (heap(watch) - before) / 1e6


def heap(watch: CDPSession) -> float:
    """Return the bytes that a page's scripts hold."""
    watch.send("HeapProfiler.collectGarbage")
    return float(watch.send("Runtime.getHeapUsage")["usedSize"])
