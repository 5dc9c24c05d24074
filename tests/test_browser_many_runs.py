"""Many runs in a browser: kept, pinned, branched, compared, swept."""

import re

from browser import Bench
from playwright.sync_api import expect

pytest_plugins = ("browser",)

SMALL = "vae?dataset=digits&hidden=50&layers=1&steps=100"


def finished(bench: Bench, link: str) -> str:
    """Open a link to a small run, and return its id when it is finished."""
    bench.open(link)
    return bench.until("state.live === 'false' && Number(state.step) === 100")["run"]


def test_a_kept_run_has_a_link_that_leads_back_to_it(bench: Bench) -> None:
    run = finished(bench, SMALL)
    bench.open("clustering").open(f"vae?run={run}")
    assert bench.until("Number(state.step) === 100")["run"] == f"kept-{run}"
    expect(bench.page).to_have_url(re.compile(f"hidden=50.*run={run}"))
    bench.page.reload()
    bench.settle()
    assert bench.until("Number(state.step) === 100")["run"] == f"kept-{run}"
    bench.open("notebook")
    expect(bench.page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_pinned_run_is_a_ghost_beside_its_branch(bench: Bench) -> None:
    run = finished(bench, SMALL)
    bench.press("pin")
    bench.slider.press("Home")
    for _turn in range(6):
        bench.slider.press("ArrowRight")
    step = bench.until("state.mode === 'scrub'")["step"]
    bench.press("branch")
    expect(bench.page.get_by_text(f"Go on from step {step}")).to_be_visible()
    bench.widget("branch-beta").get_by_role("slider").press("End")
    bench.press("branch-go")
    branch = bench.trained(100, run)
    assert branch["run"] != run
    expect(bench.page.get_by_text(f"Go on from step {step}")).not_to_be_visible()
    expect(bench.page.locator("[data-panel=before]")).to_contain_text("Pinned: beta: 1")
    marks = bench.figure("losses", "figure.layout.shapes.map(({ x0 }) => x0)")
    assert marks == [int(step)]


def test_runs_side_by_side_share_a_zoom(bench: Bench) -> None:
    finished(bench, SMALL)
    bench.press("pin")
    bench.widget("beta").get_by_role("slider").press("End")
    bench.page.get_by_role("tab", name="Compare").click()
    both = bench.page.locator("[data-panel=run-1] .live-plot-canvas")
    both.wait_for()
    both.scroll_into_view_if_needed()
    box = bench.page.locator("[data-panel=run-0] .live-plot-canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    bench.page.mouse.move(x - 30, y - 30)
    bench.page.mouse.down()
    bench.page.mouse.move(x + 30, y + 30, steps=5)
    bench.page.mouse.up()
    bench.page.wait_for_function("""() => {
        const [a, b] = ["run-0", "run-1"].map((name) => document.querySelector(
            `[data-panel=${name}] .live-plot-canvas`)?._fullLayout?.xaxis?.range)
        return a && b && Math.abs(a[1] - a[0]) < 4 && Math.abs(a[0] - b[0]) < 1e-6
            && Math.abs(a[1] - b[1]) < 1e-6
    }""")


def test_a_knob_is_swept_and_its_best_run_opened(bench: Bench) -> None:
    finished(bench, SMALL)
    bench.widget("knob-hidden").hover()
    bench.page.locator(".st-key-sweep-hidden button").first.click()
    bench.page.wait_for_url(re.compile("/sweep"))
    count = bench.page.get_by_role("spinbutton", name="how many values")
    count.fill("2")
    count.press("Enter")
    expect(bench.page.get_by_text("2 runs")).to_be_visible()
    bench.press("sweep-start")
    expect(bench.page.get_by_text("2 of 2 runs")).to_be_visible()
    expect(bench.page.get_by_text("nobody can tell")).to_be_visible()
    bench.page.locator(".st-key-sweep-open button").first.click()
    bench.page.wait_for_url(re.compile("/vae"))
    assert bench.until("Number(state.step) === 100")["run"].startswith("kept-")
