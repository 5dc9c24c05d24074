"""Nothing jumps under a visitor's eyes while a run trains."""

import pytest
from browser import Bench

pytest_plugins = ("browser",)

MOST = 0.05  # of the cumulative layout shift
WATCH = """globalThis.shifts = []
new PerformanceObserver((list) => shifts.push(...list.getEntries()
    .filter((entry) => !entry.hadRecentInput)
    .map(({ value, sources }) => [value, sources.map(({ node }) => node?.className ?? "")])))
    .observe({ type: "layout-shift" })"""


@pytest.mark.parametrize(("link", "step"), [("vae?steps=300&hidden=16&layers=1", 300),
                                            ("clustering?speed=8", 5), ("gan?steps=200", 150)])
def test_a_page_stands_still_while_it_trains(bench: Bench, link: str, step: int) -> None:
    bench.open(link)
    if bench.widget("train-button").count():
        run = bench.state["run"]
        bench.page.evaluate(WATCH)
        bench.page.keyboard.press("Space")
        bench.trained(step, run)
    else:
        bench.page.evaluate(WATCH)
        bench.trained(step)
    bench.page.wait_for_timeout(1000)  # with what follows the end of a run
    shifts = bench.page.evaluate("shifts")
    assert sum(value for value, _nodes in shifts) <= MOST, sorted(shifts, reverse=True)[:3]
