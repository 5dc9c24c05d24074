"""The app as a visitor sees it: a real server, a real browser."""

import re
from collections.abc import Callable

import pytest
from browser import ROOT, Bench, Server, expect, serving

pytest_plugins = ("browser",)

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
LABS = sorted(path.parent.name for path in (ROOT / "model_zoo" / "gallery").glob("*/run.json"))
SMALL = "hidden=16&layers=1&batch_size=32"
QUICK = f"vae?steps=200&{SMALL}"
LONG = f"vae?steps=20000&{SMALL}"
UNTRAINED = "state.frames === '1' && state.step === '0'"

Visitor = Callable[..., Bench]


def link(page: str) -> str:
    return "" if page == "home" else page


def centroids(bench: Bench) -> list[list[float]]:
    """Return where the centroids on the screen are."""
    return bench.figure("plane", """
        figure._fullData.filter(trace => trace.meta?.draggable)
            .flatMap(trace => Array.from(trace.x, (x, i) => [x, trace.y[i]]))""")


# --- every page

@pytest.mark.parametrize("page", PAGES)
def test_a_fresh_server_may_first_be_asked_for_any_page(
    new_visitor: Visitor, page: str
) -> None:
    with serving() as fresh:
        bench = new_visitor(fresh).open(link(page))
        expect(bench.page.get_by_test_id("stSidebarNavLink")).to_have_count(len(PAGES))
        expect(bench.page.get_by_test_id("stException")).to_have_count(0)
        assert bench.errors == []
        if page in LABS:
            assert bench.state["run"] == f"gallery-{page}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_on_a_screen_of_800_pixels(new_visitor: Visitor, page: str) -> None:
    bench = new_visitor(viewport={"width": 800, "height": 900}).open(link(page))
    widths = bench.page.evaluate("""() => [...document.querySelectorAll(
        'html, body, [data-testid=stMain], [data-testid=stMainBlockContainer]')]
        .map(element => [element.scrollWidth, element.clientWidth])""")
    assert all(inner <= outer for inner, outer in widths)


@pytest.mark.parametrize("page", LABS)
def test_the_dark_theme_is_dark_everywhere(new_visitor: Visitor, page: str) -> None:
    bench = new_visitor(color_scheme="dark").open(page)
    ground, text = bench.page.evaluate("""() => [
        getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor,
        getComputedStyle(document.querySelector('.live-plot-canvas .xtick text')).fill]""")
    assert max(map(int, re.findall(r"\d+", ground)[:3])) < 60
    assert min(map(int, re.findall(r"\d+", text)[:3])) > 180
    assert bench.errors == []


@pytest.mark.parametrize("page", LABS)
def test_play_bar_and_figures_are_on_the_first_screen(bench: Bench, page: str) -> None:
    bench.open(page)
    bottom = bench.page.locator(".live-plot-panels").evaluate(
        "panels => panels.getBoundingClientRect().bottom")
    assert bottom <= 900


def test_home_starts_a_first_training(bench: Bench) -> None:
    bench.open("").press("first-training")
    bench.settle()
    assert bench.trained(1)["live"] == "true"
    assert "/vae" in bench.page.url


# --- train, pause, step, reset

def test_a_training_runs_to_its_end(bench: Bench) -> None:
    bench.open(QUICK).press("train-button")
    bench.trained(200)
    bench.until("state.live === 'false'")
    expect(bench.page.get_by_text("200 of 200 steps · finished")).to_be_visible()


def test_pause_holds_and_train_goes_on(bench: Bench) -> None:
    bench.open(LONG).press("train-button")
    bench.trained(50)
    bench.press("pause")
    held = bench.until("state.live === 'false'")
    bench.press("train-button")
    assert bench.trained(int(held["step"]) + 50)["run"] == held["run"]


def test_step_is_one_step(bench: Bench) -> None:
    bench.open(QUICK)
    for step in ("1", "2", "3"):
        bench.press("step").until(f"state.step === '{step}'")
        expect(bench.page.get_by_text(f"{step} of 200 steps")).to_be_visible()


def test_reset_repeats_the_same_numbers(bench: Bench) -> None:
    bench.open(QUICK)
    untrained = bench.caption.inner_text()
    first = bench.press("step").until("state.step === '1'")["run"]
    one_step = bench.caption.inner_text()
    assert one_step != untrained
    bench.press("reset").until(f"state.run !== '{first}' && {UNTRAINED}")
    expect(bench.caption).to_have_text(untrained)
    bench.press("step").until("state.step === '1'")
    expect(bench.caption).to_have_text(one_step)


def test_a_preset_breaks_it_and_its_fix_mends_it(bench: Bench) -> None:
    bench.open("clustering").press("preset-2")
    broken = bench.until("state.run !== 'gallery-clustering' && state.live === 'true'")["run"]
    expect(bench.page).to_have_url(re.compile("dataset=moons"))
    bench.press("fix-it").until(f"state.run !== '{broken}' && Number(state.step) >= 1")
    expect(bench.widget("fix-it")).to_have_count(0)
    expect(bench.page).to_have_url(f"{bench.server.url}/clustering")


def test_a_live_knob_moves_while_the_run_goes_on(bench: Bench) -> None:
    bench.open("clustering?speed=0.5").press("train-button")
    run = bench.trained(1)["run"]
    bench.widget("speed").get_by_role("slider").press("End")
    expect(bench.page).to_have_url(re.compile("speed=12"))
    assert bench.until("state.live === 'false'")["run"] == run


# --- the timeline

def test_the_timeline_shows_the_past(bench: Bench) -> None:
    bench.open("vae")
    newest = bench.state
    latent = bench.figure("latent", "Array.from(figure._fullData[0].x)")
    bench.page.locator(".live-plot-slider").press("Home")
    past = bench.until(f"state.mode === 'scrub' && state.step !== '{newest['step']}'"
                       " && state.framesDrawn > 1")
    assert past["step"] == "0"
    assert bench.figure("latent", "Array.from(figure._fullData[0].x)") != latent
    expect(bench.page.locator(".live-plot-step")).to_have_text("step 0 of 3000")
    bench.page.locator(".live-plot-newest").click()
    bench.until(f"state.mode === 'follow' && state.step === '{newest['step']}'")


def test_the_past_stays_while_the_run_goes_on(bench: Bench) -> None:
    bench.open(LONG).press("train-button")
    bench.trained(50)
    bench.page.locator(".live-plot-slider").press("Home")
    newest = bench.until("state.mode === 'scrub'")["newest"]
    assert bench.until(f"Number(state.newest) > {newest}")["step"] == "0"


def test_play_replays_the_run(bench: Bench) -> None:
    bench.open("clustering")
    bench.page.locator(".live-plot-play").click()
    bench.until("state.mode === 'replay' && state.step === '1'")
    bench.until("state.mode === 'follow' && state.step === state.newest")


# --- hands on the figures

def test_the_latent_plane_decodes_what_is_under_the_cursor(bench: Bench) -> None:
    bench.open("vae")
    card = bench.page.locator("[data-panel=latent] .live-plot-card")
    bench.page.mouse.move(*bench.place("latent", 0.0, 0.0))
    bench.page.mouse.move(*bench.place("latent", 0.5, 0.5))
    expect(card.locator("img")).to_have_attribute("src", re.compile("^data:image/png"))
    expect(card).to_contain_text("z = (0.5")
    one = card.locator("img").get_attribute("src")
    bench.page.mouse.move(*bench.place("latent", -1.5, -1.0))
    expect(card).to_contain_text("z = (-1.5")
    assert card.locator("img").get_attribute("src") != one


def test_a_click_places_a_centroid(bench: Bench) -> None:
    bench.open("clustering").choose("start", "my clicks")
    bench.until("state.run !== 'gallery-clustering' && state.seq !== ''")
    for count, place in enumerate([(-1.0, 0.5), (1.0, -0.5)], start=1):
        run = bench.state["run"]
        bench.click("plane", *place).until(f"state.run !== '{run}' && {UNTRAINED}")
        assert centroids(bench)[-1] == pytest.approx(place, abs=0.05)
        assert len(centroids(bench)) == count
    bench.press("train-button").until("state.live === 'false' && Number(state.step) > 1")
    expect(bench.caption).to_contain_text("Converged")


def test_points_can_be_drawn_taken_back_and_grouped(bench: Bench) -> None:
    bench.open("clustering?n_clusters=2").choose("dataset", "My own points")
    expect(bench.caption).to_contain_text("No points yet")
    for place in [(-1.0, -1.0), (-1.0, -0.8), (1.0, 1.0), (1.0, 0.8), (0.0, 0.0)]:
        run = bench.state["run"]
        bench.click("plane", *place).until(f"state.run !== '{run}' && {UNTRAINED}")
    run = bench.state["run"]
    bench.press("take-back").until(f"state.run !== '{run}' && {UNTRAINED}")
    bench.press("train-button").until("state.live === 'false' && Number(state.step) > 1")
    assert sorted(centroids(bench)) == [pytest.approx([-1.0, -0.9], abs=0.05),
                                        pytest.approx([1.0, 0.9], abs=0.05)]


def test_a_dragged_centroid_starts_there(bench: Bench) -> None:
    bench.open("clustering")
    before = centroids(bench)
    bench.page.mouse.move(*bench.place("plane", *before[0]))
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.place("plane", 0.2, 0.1), steps=4)
    bench.page.mouse.up()
    bench.until(f"state.run !== 'gallery-clustering' && {UNTRAINED}")
    assert centroids(bench)[0] == pytest.approx([0.2, 0.1], abs=0.05)
    assert centroids(bench)[1:] == [pytest.approx(place, abs=0.01) for place in before[1:]]
    expect(bench.page).to_have_url(re.compile("start=clicks"))


# --- links, tabs, pages

def test_a_shared_link_gives_the_same_numbers(bench: Bench, new_visitor: Visitor) -> None:
    bench.open(QUICK).choose("dataset", "Ring of 8")
    expect(bench.page).to_have_url(re.compile("dataset=ring"))
    friend = new_visitor().open(bench.page.url.removeprefix(f"{bench.server.url}/"))
    captions = []
    for visitor in (bench, friend):
        visitor.until(UNTRAINED)
        for step in (1, 2):
            visitor.press("step").until(f"state.step === '{step}'")
        expect(visitor.page.get_by_text("2 of 200 steps")).to_be_visible()
        captions.append(visitor.caption.inner_text())
    assert captions[0] == captions[1]
    assert friend.page.url == bench.page.url


def test_the_back_button_turns_a_knob_back(bench: Bench) -> None:
    bench.open("clustering").choose("start", "farthest first")
    expect(bench.page).to_have_url(re.compile("start=farthest"))
    bench.page.go_back()
    bench.until("state.run === 'gallery-clustering'")
    expect(bench.widget("start").locator("input")).to_have_value("k-means++")


def test_two_visitors_train_at_once(bench: Bench, new_visitor: Visitor) -> None:
    other = new_visitor().open(LONG).press("train-button")
    bench.open(LONG).press("train-button")
    runs = {visitor.trained(20)["run"] for visitor in (bench, other)}
    assert len(runs) == 2
    other.press("pause").until("state.live === 'false'")
    seen = int(bench.state["newest"])
    assert bench.until(f"Number(state.newest) > {seen + 1}")["live"] == "true"


def test_another_page_and_back_keeps_settings_and_run(bench: Bench) -> None:
    bench.open(LONG).press("train-button")
    run = bench.trained(20)["run"]
    address = bench.page.url
    bench.go("clustering").go("vae")
    assert bench.trained(21)["run"] == run
    assert bench.page.url == address


def test_home_and_back_keeps_settings_and_run(bench: Bench) -> None:
    bench.open("clustering").choose("start", "farthest first")
    run = bench.until("state.run !== 'gallery-clustering' && state.seq !== ''")["run"]
    bench.page.get_by_test_id("stSidebarNavLink").first.click()
    bench.page.wait_for_url(f"{bench.server.url}/")
    bench.go("clustering")
    assert bench.state["run"] == run
    expect(bench.page).to_have_url(re.compile("start=farthest"))


def test_a_reload_while_it_trains_keeps_the_settings_and_begins_anew(
    bench: Bench, server: Server
) -> None:
    bench.open("clustering?speed=0.5").press("train-button")
    run = bench.trained(1)["run"]
    bench.page.reload()
    bench.settle()
    assert bench.until(UNTRAINED)["run"] != run
    expect(bench.page).to_have_url(re.compile("speed=0.5"))
    gone(bench, server, run)


def test_the_run_of_a_closed_tab_ends(bench: Bench, server: Server, new_visitor: Visitor) -> None:
    other = new_visitor().open(LONG).press("train-button")
    run = other.trained(1)["run"]
    assert server.has(run)
    other.page.close()
    bench.open("")
    gone(bench, server, run)


def gone(bench: Bench, server: Server, run: str) -> None:
    """Wait until the server has forgotten a run."""
    for _ in range(300):
        if not server.has(run):
            return
        bench.page.wait_for_timeout(50)
    pytest.fail(f"run {run} must end")
