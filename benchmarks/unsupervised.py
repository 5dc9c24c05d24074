"""The algorithms of the first section against scikit-learn's, on the same data, in turn."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from playwright.sync_api import Page, sync_playwright
from sklearn.cluster import DBSCAN, KMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity as Reference

from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import server
from benchmarks.latency import PLOT
from playground import datasets
from playground.algorithms import bandwidth
from playground.algorithms import gaussian_mixture as gm
from playground.algorithms.dbscan import dbscan
from playground.algorithms.kde import KernelDensity, on_grid
from playground.algorithms.kmeans import STARTS, kmeans

N_POINTS = 5_000
N_KERNELS = 10_000
SIDE = 200
ROUNDS = 9
ITERATIONS = 300
CLICKS = 15
SEED_PLUS = ".st-key-seed button[data-testid=stNumberInputStepUp]"
REDRAWN = """() => {
  const plot = document.querySelector(".live-plot")
  const { run, framesDrawn } = plot.dataset
  let pressed = null
  window.stopwatch = null
  addEventListener("click", (event) => { pressed = event.timeStamp },
                   { capture: true, once: true })
  const seen = new MutationObserver(() => {
    const now = document.querySelector(".live-plot")?.dataset
    if (pressed === null || !now || now.run === run || now.framesDrawn === framesDrawn) return
    if (now.ready !== "true" || now.step !== "0") return
    seen.disconnect()
    window.stopwatch = performance.now() - pressed
  })
  seen.observe(document.body, { attributes: true, childList: true, subtree: true })
}"""


def measure() -> None:
    """Print our time over theirs (the aim is 1.5 at most), `kde_speedup` (20 at least),
    `kde_error` (0.001 at most) and `redraw_p95` (0.4 s at most)."""
    kmeans_ratio()
    em_ratio()
    dbscan_ratio()
    kde_grid()
    redraw()


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    """Return the median over rounds of our time over theirs, after one round that warms up."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS + 1)]
    return median(a / b for a, b in pairs[1:])


def kmeans_ratio() -> None:
    """K-means with four groups, from the same start, all states kept, to the end."""
    points = datasets.load("blobs", n_points=N_POINTS, noise=2.0).train.astype(np.float64)
    start = STARTS["random"](points, 4, np.random.default_rng(0))
    report("kmeans_time_ratio", in_turn(
        lambda: list(kmeans(points, start, max_iter=ITERATIONS)),
        lambda: KMeans(4, init=start, n_init=1, max_iter=ITERATIONS, tol=0).fit(points)), "ratio")


def em_ratio() -> None:
    """A mixture of four full Gaussians, from the same start, all states kept, to the end."""
    points = datasets.load("blobs", n_points=N_POINTS, noise=2.0).train.astype(np.float64)
    means = STARTS["random"](points, 4, np.random.default_rng(0))
    start = gm.start_at(points, means, "full")

    def theirs() -> GaussianMixture:
        return GaussianMixture(
            4, weights_init=start.weights, means_init=start.means,
            precisions_init=np.linalg.inv(start.covariances), max_iter=ITERATIONS).fit(points)

    report("em_time_ratio", in_turn(
        lambda: list(gm.expectation_maximisation(points, start, max_iter=ITERATIONS)), theirs),
        "ratio")


def dbscan_ratio() -> None:
    """DBSCAN on two moons, all waves kept, to the end."""
    points = datasets.load("moons", n_points=N_POINTS).train.astype(np.float64)
    report("dbscan_time_ratio", in_turn(
        lambda: list(dbscan(points, 0.05, 5)),
        lambda: DBSCAN(eps=0.05, min_samples=5).fit(points)), "ratio")


def redraw() -> None:
    """From a click on a knob to the new picture of 2,000 points, on all four pages."""
    with sync_playwright() as playwright, server() as running:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        waits: list[float] = []
        for link in ("supervised_vs_unsupervised?", "clustering?", "dimensionality_reduction?",
                     "density_estimation?dataset=moons&"):
            page.goto(f"{running.url}/{link}n_points=2000")
            page.wait_for_selector(f"{PLOT}[data-newest='0']", timeout=60_000)
            for _ in range(CLICKS):
                page.wait_for_timeout(700)
                waits.append(turn_the_seed(page))
        browser.close()
    report("redraw_p50", float(np.quantile(waits, 0.5)), "s")
    report("redraw_p95", float(np.quantile(waits, 0.95)), "s")


def turn_the_seed(page: Page) -> float:
    """Return the seconds from a click on the seed's plus to the first picture of the new run."""
    page.evaluate(REDRAWN)
    left, top, width, height = page.locator(SEED_PLUS).evaluate(
        "button => { button.scrollIntoView(); const box = button.getBoundingClientRect();"
        " return [box.left, box.top, box.width, box.height] }")
    page.mouse.click(left + width / 2, top + height / 2)
    page.wait_for_function("() => window.stopwatch !== null")
    return float(page.evaluate("() => window.stopwatch")) / 1000


def kde_grid() -> None:
    """A density of 10,000 kernels on a grid of 200 x 200; the error in parts of the peak."""
    points = datasets.load("moons", n_points=N_KERNELS).train.astype(np.float64)
    width = bandwidth.choose("sheather_jones", points, "gaussian")
    axis = np.linspace(-2.4, 2.4, SIDE)
    queries = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    ours = KernelDensity(points, width, "gaussian")
    reference = Reference(bandwidth=width).fit(points)
    fast = on_grid(ours, [axis, axis])
    began = time.perf_counter()
    exact = np.exp(reference.score_samples(queries)).reshape(SIDE, SIDE)
    slow_seconds = time.perf_counter() - began
    fast_seconds = median(seconds(lambda: on_grid(ours, [axis, axis])) for _ in range(ROUNDS))
    report("kde_speedup", slow_seconds / fast_seconds, "ratio")
    report("kde_error", float(np.abs(fast - exact).max() / exact.max()), "of the peak")
