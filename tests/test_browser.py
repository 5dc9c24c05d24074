"""The app as a visitor sees it: a real server, a real browser."""

import re
from collections.abc import Callable
from functools import partial
from operator import eq
from pathlib import Path

import pytest
from browser import ROOT, Bench, Server, expect, serving

from playground.concepts import presets

pytest_plugins = ("browser",)

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
LABS = sorted(path.parents[1].name for path in
              (ROOT / "model_zoo" / "gallery").glob("*/default/run.json"))
SMALL = "hidden=16&layers=1&batch_size=32"
QUICK = f"vae?steps=200&{SMALL}"
LONG = f"vae?steps=20000&{SMALL}"
MARKERS = "figure.traces().map(({ x, y }) => [[...x], [...y]])"
SLOW = "clustering?dataset=uniform&n_clusters=12&speed=2"
UNTRAINED = "state.frames === '1' && state.step === '0'"

Visitor = Callable[..., Bench]


def link(page: str) -> str:
    return "" if page == "home" else page


CENTROIDS = """figure.traces().filter(trace => trace.meta?.part === 'centres')
    .flatMap(trace => Array.from(trace.x, (x, i) => [x, trace.y[i]]))"""


def centroids(bench: Bench, *wanted: object) -> list[list[float]]:
    """Wait until there are centroids at some places, and return where all are."""
    return bench.drawn("plane", CENTROIDS, lambda found: all(
        any(place == each for each in found) for place in wanted))


def near(*place: float) -> object:
    return pytest.approx(list(place), abs=0.05)


# --- every page

@pytest.mark.parametrize("page", ["home", "vae"])
def test_a_fresh_server_may_first_be_asked_for_any_page(
    new_visitor: Visitor, page: str
) -> None:
    with serving(warm_up_delay=600.0) as fresh:
        bench = new_visitor(fresh).open(link(page))
        expect(bench.page.get_by_test_id("stTopNavSection")).to_have_count(2)
        expect(bench.page.get_by_test_id("stException")).to_have_count(0)
        assert bench.errors == []
        if page in LABS:
            assert bench.state["run"] == f"gallery-{page}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_dark_where_the_theme_is_and_fits_on_screens_of_1400_and_800_pixels(
        bench: Bench, page: str) -> None:
    bench.page.emulate_media(color_scheme="dark")
    bench.open(link(page))
    assert max(rgb(bench, "[data-testid=stApp]", "backgroundColor")) < 60
    if page in LABS:
        assert min(rgb(bench, ".live-plot-canvas .xtick text", "fill")) > 180
        bottom = bench.page.locator(".live-plot-panels").first.evaluate(
            "panels => panels.getBoundingClientRect().bottom")
        assert bottom <= 900, "play bar and figures must be on the first screen"
    bench.page.set_viewport_size({"width": 800, "height": 900})
    bench.page.wait_for_function("""() => [...document.querySelectorAll(
        'html, body, [data-testid=stMain], [data-testid=stMainBlockContainer]')]
        .every(element => element.scrollWidth <= element.clientWidth)""")
    assert bench.page.evaluate("""() => {
        const bottom = document.querySelector('.stMainBlockContainer :is(h1, h2)')
            .getBoundingClientRect().bottom
        const next = [...document.querySelectorAll('.stMainBlockContainer p')]
            .map(p => p.getBoundingClientRect().top).filter(top => top > bottom - 20)
        return Math.min(...next) - bottom }""") < 30, "the title must not tear from its idea"


def rgb(bench: Bench, place: str, name: str) -> list[int]:
    """Return red, green and blue of a colour on the page."""
    style = f"getComputedStyle(document.querySelector('{place}')).{name}"
    return [int(number) for number in re.findall(r"\d+", bench.page.evaluate(style))[:3]]


def test_home_lists_every_page(bench: Bench) -> None:
    bench.open("")
    found = bench.page.get_by_test_id("stPageLink-NavLink")
    expect(found).to_have_count(len(PAGES) - 1)
    links = found.evaluate_all(
        "links => links.map(link => link.getAttribute('href').split('/').pop())")
    assert sorted(links) == sorted(page for page in PAGES if page != "home")


def test_a_figure_that_is_still_drawn_is_not_taken_from_plotly(bench: Bench) -> None:
    bench.open("").until("state.ready === 'true' && state.framesDrawn > 0")
    bench.page.evaluate("""() => {
        const { react, purge } = livePlotly, drawing = new Set()
        Object.assign(window, { purged: 0, early: 0 })
        window.livePlotly = { ...livePlotly, react(canvas, ...rest) {
            drawing.add(canvas)
            return react(canvas, ...rest).then(() => new Promise(done => setTimeout(() => {
                drawing.delete(canvas)
                done(canvas)
            }, 1500)))
        }, purge(canvas) {
            window.purged += 1
            window.early += drawing.has(canvas)
            purge(canvas)
        } }
    }""")
    bench.slider.press("Home")
    bench.page.wait_for_timeout(100)
    bench.go("clustering")
    bench.page.wait_for_function("window.purged >= 2")
    assert bench.page.evaluate("window.early") == 0


def test_home_shows_a_run_that_can_be_replayed_and_starts_a_first_training(bench: Bench) -> None:
    bench.open("")
    newest = bench.state["newest"]
    bench.slider.press("Home")
    bench.until("state.step === '0'")
    bench.newest.click()
    bench.until(f"state.seq === '{newest}'")
    bench.press("first-training")
    bench.page.wait_for_url(re.compile("/vae"))
    bench.until("state.live === 'true' && Number(state.step) > 0")


def test_home_plays_by_itself_until_the_visitor_takes_the_clock(bench: Bench) -> None:
    bench.open("").until("state.mode === 'replay' && Number(state.step) > 0")
    bench.slider.press("Home")
    bench.page.wait_for_timeout(500)
    assert (bench.state["mode"], bench.state["step"]) == ("scrub", "0")


def test_home_shows_the_end_of_a_run_where_no_motion_is_wanted(bench: Bench) -> None:
    bench.page.emulate_media(reduced_motion="reduce")
    bench.open("").until("state.ready === 'true' && state.framesDrawn > 0")
    bench.page.wait_for_timeout(500)
    assert bench.state["mode"] == "follow" and bench.state["seq"] == bench.state["newest"]
    card = bench.page.locator("[class*=st-key-card-]").first
    card.hover()
    assert shown_moments(bench, "supervised_vs_unsupervised-default") == {"0px 100%"}


def test_a_thumbnail_moves_under_the_cursor_and_on_focus_and_its_card_leads_to_the_page(
        bench: Bench) -> None:
    bench.open("").until("state.ready === 'true'")
    card = bench.page.locator("[class*=-clustering-default]")
    card.locator("img").scroll_into_view_if_needed()
    assert card.locator("img").evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
    assert shown_moments(bench, "clustering-default") == {"0px 100%"}
    card.hover()
    assert len(shown_moments(bench, "clustering-default")) > 3
    bench.page.mouse.move(0, 0)
    bench.page.get_by_role("link", name="PixelRNN").last.focus()
    bench.page.keyboard.press("Tab")
    assert len(shown_moments(bench, "pixel_cnn-mnist")) > 3
    card.click(position={"x": 60, "y": 60})  # on the picture
    bench.page.wait_for_url(re.compile("/clustering$"))


def shown_moments(bench: Bench, card: str) -> set[str]:
    """Return which moments of a card's thumbnail are shown within a second and a half."""
    return set(bench.page.evaluate("""async card => {
        const [image, found] = [document.querySelector(`[class*=-${card}] img`), []]
        for (let i = 0; i < 15; i += 1) {
            found.push(getComputedStyle(image).objectPosition)
            await new Promise(done => setTimeout(done, 100))
        }
        return found }""", card))


def test_something_beautiful_is_a_finished_run_of_a_preset(bench: Bench) -> None:
    bench.open("").page.get_by_text("Show me something beautiful").click()
    bench.page.locator("[class*=-gan-grid]").click(position={"x": 60, "y": 60})
    bench.page.wait_for_url(re.compile(r"/gan\?.*dataset=grid"))
    bench.until("state.run === 'gallery-gan-grid'")


# --- train, pause, step, reset

def test_a_training_runs_to_its_end(bench: Bench) -> None:
    bench.open(QUICK)
    bench.trained(200)
    bench.until("state.live === 'false'")
    expect(bench.page.get_by_text("200 of 200 steps · finished")).to_be_visible()


def test_pause_holds_and_train_goes_on(bench: Bench) -> None:
    bench.open(LONG)
    bench.trained(50)
    bench.press("pause")
    held = bench.until("state.live === 'false'")
    bench.press("train-button")
    assert bench.trained(int(held["step"]) + 50)["run"] == held["run"]


def test_step_is_one_step_and_reset_repeats_the_same_numbers(bench: Bench) -> None:
    bench.open(QUICK).press("reset").until(UNTRAINED)
    untrained = bench.caption.inner_text()
    first = bench.press("step").until("state.step === '1'")["run"]
    expect(bench.page.get_by_text("1 of 200 steps")).to_be_visible()
    one_step = bench.caption.inner_text()
    assert one_step != untrained
    bench.press("step").until("state.step === '2'")
    bench.press("reset").until(f"state.run !== '{first}' && {UNTRAINED}")
    expect(bench.caption).to_have_text(untrained, use_inner_text=True)
    bench.press("step").until("state.step === '1'")
    expect(bench.caption).to_have_text(one_step, use_inner_text=True)


def test_a_preset_breaks_it_and_its_fix_mends_it(bench: Bench) -> None:
    bench.open("clustering").break_it(2)
    broken = bench.until("state.run !== 'gallery-clustering' && state.live === 'true'")["run"]
    expect(bench.page).to_have_url(re.compile("dataset=moons"))
    bench.press("fix-it-0").until(f"state.run !== '{broken}' && Number(state.step) >= 1")
    expect(bench.page).to_have_url(re.compile("method=dbscan"))
    before = bench.until("state.live === 'false'")["run"]
    bench.press("fix-it-1").until(f"state.run !== '{before}' && Number(state.step) >= 1")
    expect(bench.page).to_have_url(re.compile("method=spectral"))
    expect(bench.page.locator("[data-panel=before]")).to_contain_text("Before, step")


def test_a_live_knob_moves_while_the_run_goes_on(bench: Bench) -> None:
    bench.open("clustering?speed=0.5")
    run = bench.trained(1)["run"]
    bench.widget("speed").get_by_role("slider").press("End")
    expect(bench.page).to_have_url(re.compile("speed=12"))
    assert bench.until("state.live === 'false'")["run"] == run


def test_the_figures_stay_while_knobs_are_turned(bench: Bench) -> None:
    bench.open("clustering")
    bench.plot.evaluate("plot => { plot.marked = true }")
    for label in ("farthest first", "my clicks", "k-means++"):
        run = bench.state["run"]
        bench.choose("start", label).until(f"state.run !== '{run}'")
    assert bench.plot.evaluate("plot => plot.marked") is True


# --- the timeline

def test_the_latent_plane_decodes_and_the_timeline_shows_the_past(bench: Bench) -> None:
    bench.open("vae")
    decodes_what_is_under_the_cursor(bench)
    newest = bench.state
    latent = bench.figure("latent", MARKERS)
    bench.slider.press("Home")
    past = bench.until(f"state.mode === 'scrub' && state.step !== '{newest['step']}'")
    assert past["step"] == "0"
    bench.drawn("latent", MARKERS, lambda markers: markers != latent)
    expect(bench.page.locator(".live-plot-step")).to_have_text("step 0 of 3000")
    bench.newest.click()
    bench.until(f"state.mode === 'follow' && state.step === '{newest['step']}'")


def test_the_past_stays_while_the_run_goes_on(bench: Bench) -> None:
    bench.open(SLOW)
    bench.trained(2)
    bench.slider.press("Home")
    newest = bench.until("state.mode === 'scrub'")["newest"]
    assert bench.until(f"Number(state.newest) > {newest}")["step"] == "0"


def test_the_caption_and_the_prose_belong_to_the_moment_shown(bench: Bench) -> None:
    bench.open("vae").page.get_by_role("tab", name="How it works").click()
    now = bench.caption.inner_text()
    prose = bench.page.get_by_role("tabpanel")
    expect(prose).to_contain_text("at step 3,000")
    bench.slider.press("Home")
    bench.until("state.step === '0'")
    expect(bench.caption).not_to_have_text(now, use_inner_text=True)
    expect(prose).to_contain_text("You look at step 0")
    expect(prose).to_contain_text("at step 0.")
    expect(prose).not_to_contain_text("by this run at step 3,000")
    bench.newest.click()
    expect(bench.caption).to_have_text(now, use_inner_text=True)
    expect(prose).to_contain_text("by this run at step 3,000")
    expect(prose).not_to_contain_text("You look at step")


def test_training_follows_again_after_a_look_back(bench: Bench) -> None:
    bench.open(LONG).trained(20)
    bench.press("pause").until("state.live === 'false'")
    bench.slider.press("Home")
    bench.until("state.mode === 'scrub' && state.step === '0'")
    bench.press("train-button").until("state.mode === 'follow' && Number(state.step) > 20")
    bench.press("pause").until("state.live === 'false'")
    bench.slider.press("Home")
    at = bench.until("state.mode === 'scrub'")
    bench.press("step").until(f"state.mode === 'follow' && Number(state.step) > {at['step']}")


def test_a_finished_run_trains_further_and_its_link_repeats_that(bench: Bench) -> None:
    bench.open(QUICK)
    end = bench.until("state.live === 'false' && state.step === '200'")
    bench.press("further")
    assert bench.until("state.live === 'false' && state.step === '500'")["run"] == end["run"]
    expect(bench.page).to_have_url(re.compile("steps=500.*more="))
    bench.press("step").until("state.step === '501'")


def test_what_a_fix_mends_stands_beside_it_until_the_next_choice(bench: Bench) -> None:
    bench.open("clustering").break_it(1)
    bench.until("state.run !== 'gallery-clustering' && Number(state.step) > 2")
    bench.press("fix-it-0")
    past = bench.page.locator("[data-panel=before]")
    expect(past).to_contain_text("Before, step")
    bench.drawn("before", CENTROIDS, lambda found: len(found) == 4)
    bench.press("new-seed")
    expect(past).to_have_count(0)


def test_what_a_fix_mends_is_as_large_as_what_came_of_it(bench: Bench) -> None:
    bench.open("gan")
    bench.break_it(next(i for i, preset in enumerate(presets("gan")) if preset.breaks))
    bench.until("Number(state.step) > 0")
    bench.press("fix-it-0")
    bench.page.locator("[data-panel=before]").wait_for()
    expect(bench.page.get_by_test_id("stPopoverBody")).to_have_count(0)
    now, past, curve = (bench.page.locator(f"[data-panel={name}]").bounding_box()
                        for name in ("game", "before", "measures"))
    assert now and past and curve
    assert abs(now["width"] - past["width"]) < 2 and abs(now["height"] - past["height"]) < 2
    assert curve["height"] > 150 and curve["width"] > 0.6 * now["width"]


def test_what_one_may_ask_is_answered_on_arrival_and_by_a_button_while_it_trains(
        bench: Bench) -> None:
    table = bench.open("clustering").page.get_by_test_id("stTable")
    table.first.get_by_text("HDBSCAN").wait_for()
    expect(bench.widget("over_k")).to_have_count(0)
    bench.open("clustering?dataset=moons&method=dbscan&speed=1")  # trains at once, for long
    bench.widget("pause").wait_for()
    bench.widget("over_k").wait_for()


def test_the_browser_gets_back_what_it_has_lost(bench: Bench) -> None:
    bench.open("clustering")
    there = bench.state["frames"]
    bench.go("vae").go("clustering")
    assert bench.until(f"state.frames === '{there}'")["run"] == "gallery-clustering"


def test_play_replays_the_run(bench: Bench) -> None:
    bench.open("clustering")
    # All is drawn: the rest is the browser's.
    expect(bench.page.get_by_text("Each dot is where one run")).to_be_visible()
    bench.plot.evaluate("""plot => {
        window.seen = []
        new MutationObserver(() => seen.push(`${plot.dataset.mode} ${plot.dataset.atStep}`))
            .observe(plot, { attributes: true })
    }""")
    bench.page.locator(".live-plot-play").click()
    bench.page.wait_for_function("seen.some(text => text.startsWith('replay'))")
    bench.until("state.mode === 'follow' && state.step === state.newest")
    assert len({text for text in bench.page.evaluate("seen") if "replay" in text}) >= 2


# --- long stored runs

ARRIVAL = "gallery-pixel_cnn-mnist"


def test_a_long_run_stands_on_arrival_and_train_shows_its_quick_variant(bench: Bench) -> None:
    bench.open("pixel_cnn")
    assert bench.state["run"] == ARRIVAL
    expect(bench.page.get_by_text("The stored run took 90 minutes.")).to_be_visible()
    data = bench.widget("dataset").locator("input")
    expect(data).to_have_value("MNIST, all")
    bench.press("train-button").until("!state.run.startsWith('gallery') && Number(state.step) > 5")
    expect(data).to_have_value("Digits, 8 x 8")
    expect(bench.page).to_have_url(re.compile(r"/pixel_cnn\?dataset=digits$"))
    bench.page.reload()
    bench.settle().until(f"state.run !== '{ARRIVAL}'")
    expect(data).to_have_value("Digits, 8 x 8")
    bench.page.go_back()
    bench.until(f"state.run === '{ARRIVAL}' && state.live === 'false'")
    expect(bench.page).to_have_url(re.compile("/pixel_cnn$"))
    expect(data).to_have_value("MNIST, all")


def test_a_knob_of_a_long_run_turns_its_quick_variant_and_trains_nothing(bench: Bench) -> None:
    bench.open("pixel_cnn").choose("model", "MADE: a masked net")
    expect(bench.page.get_by_test_id("stToast")).to_contain_text("the quick variant")
    bench.until(f"state.run !== '{ARRIVAL}' && state.live === 'false' && {UNTRAINED}")
    expect(bench.widget("dataset").locator("input")).to_have_value("Digits, 8 x 8")
    expect(bench.page).to_have_url(re.compile(r"/pixel_cnn\?model=made$"))
    expect(bench.widget("train-all")).to_have_count(0)


# --- hands on the figures

def decodes_what_is_under_the_cursor(bench: Bench) -> None:
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
    expect(bench.caption).to_contain_text("No centroids yet")
    for count, place in enumerate([(-1.0, 0.5), (1.0, -0.5)], start=1):
        assert len(centroids(bench.click("plane", *place), near(*place))) == count
    bench.press("train-button")
    expect(bench.caption).to_contain_text("Converged")


def test_points_can_be_drawn_taken_back_and_grouped(bench: Bench) -> None:
    bench.open("clustering?n_clusters=2&speed=12").choose("dataset", "My own points")
    expect(bench.caption).to_contain_text("No points yet")
    count = "figure.traces().flatMap(t => /cluster|assigned/.test(t.name) ? [...t.x] : []).length"
    places = [(-1.0, -1.0), (-1.0, -0.8), (1.0, 1.0), (1.0, 0.8), (0.0, 0.0)]
    for number, place in enumerate(places, start=1):
        bench.click("plane", *place).drawn("plane", count, partial(eq, number))
    bench.press("take-back").drawn("plane", count, lambda n: n == 4)
    bench.press("train-button")
    centroids(bench, near(-1.0, -0.9), near(1.0, 0.9))


def test_a_dragged_centroid_starts_there(bench: Bench) -> None:
    bench.open("clustering")
    first, *others = centroids(bench)
    bench.page.mouse.move(*bench.place("plane", *first))
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.place("plane", 0.2, 0.1), steps=4)
    bench.page.mouse.up()
    bench.until("state.run !== 'gallery-clustering' && state.step === '1'")
    assert len(centroids(bench, near(0.2, 0.1), *(near(*place) for place in others))) == 4
    expect(bench.page).to_have_url(re.compile("start=clicks"))


def test_what_was_drawn_is_still_there_after_another_page(bench: Bench) -> None:
    bench.open("clustering?start=clicks")
    centroids(bench.click("plane", 0.5, 0.5), near(0.5, 0.5))
    centroids(bench.go("vae").go("clustering"), near(0.5, 0.5))


def test_the_embedding_shows_the_digit_under_the_cursor(bench: Bench) -> None:
    bench.open("dimensionality_reduction?dataset=digits&method=pca")
    bench.until("state.live === 'false'")
    card = bench.page.locator("[data-panel=plane] .live-plot-card")
    bench.page.mouse.move(*bench.place("plane", 0.5, 0.5))
    bench.page.mouse.move(*bench.place("plane", 0.0, 0.0))
    expect(card.locator("img")).to_have_attribute("src", re.compile("^data:image/png"))
    expect(card).to_contain_text("class")


def test_points_of_ones_own_are_dragged_and_the_axes_follow(bench: Bench) -> None:
    bench.open("dimensionality_reduction?reveal=True").choose("dataset", "My own points")
    count = "figure.traces()[2].x.length"
    for number, place in enumerate([(-1, 0), (-0.5, 0.1), (0, 0), (0.5, -0.1), (1, 0)], start=1):
        bench.click("plane", *place).drawn("plane", count, partial(eq, number))
    tip = "figure.traces().find(trace => trace.meta?.part === 'feet').y[0]"
    level = bench.drawn("plane", tip, lambda y: y is not None)
    bench.page.mouse.move(*bench.place("plane", 1, 0))
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.place("plane", 1, 1.5), steps=4)
    bench.page.mouse.up()
    bench.drawn("plane", tip, lambda y: y is not None and abs(y - level) > 0.2)


# --- links, tabs, pages

def test_a_shared_link_gives_the_same_numbers(bench: Bench, new_visitor: Visitor) -> None:
    bench.open("clustering?n_clusters=3&noise=2").choose("dataset", "Moons")
    expect(bench.page).to_have_url(re.compile("dataset=moons"))
    friend = new_visitor().open(bench.page.url.removeprefix(f"{bench.server.url}/"))
    captions = []
    for visitor in (bench, friend):
        run = visitor.state["run"]
        visitor.press("reset").until(f"state.run !== '{run}' && {UNTRAINED}")
        for step in (1, 2):
            visitor.press("step").until(f"state.step === '{step}'")
        expect(visitor.caption).to_contain_text("Update")
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
    slow = SLOW.replace("speed=2", "speed=0.5")  # it is to go on while the other one is paused
    other = new_visitor().open(slow)
    bench.open(slow)
    runs = {visitor.trained(1)["run"] for visitor in (bench, other)}
    assert len(runs) == 2
    other.press("pause").until("state.live === 'false'")
    seen = int(bench.state["newest"])
    assert bench.until(f"Number(state.newest) > {seen}")["live"] == "true"


def test_another_page_and_back_keeps_settings_and_run(bench: Bench) -> None:
    bench.open(SLOW)
    before = bench.trained(1)
    address = bench.page.url
    bench.go("vae").go("clustering")
    assert bench.trained(int(before["step"]) + 1)["run"] == before["run"]
    assert bench.page.url == address


def test_home_and_back_keeps_settings_and_run(bench: Bench) -> None:
    bench.open("clustering").choose("start", "farthest first")
    run = bench.until("state.run !== 'gallery-clustering' && state.seq !== ''")["run"]
    bench.page.get_by_role("link", name="Home", exact=True).click()
    bench.page.wait_for_url(f"{bench.server.url}/")
    bench.go("clustering")
    assert bench.state["run"] == run
    expect(bench.page).to_have_url(re.compile("start=farthest"))


def test_the_run_of_a_closed_tab_ends(bench: Bench, server: Server, new_visitor: Visitor) -> None:
    other = new_visitor().open(SLOW)
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


# --- own data

def test_a_file_is_uploaded_used_on_two_pages_and_downloaded_as_used(bench: Bench) -> None:
    rows = "".join(f"{x},{(x * x) % 11},{'ab'[x % 2]}\n" for x in range(30))
    bench.open("clustering").choose("dataset", "My own points")
    bench.page.locator("input[type=file]").set_input_files(
        {"name": "broken.csv", "mimeType": "text/csv", "buffer": b"one,two\n1,2\n3\n"})
    expect(bench.page.get_by_test_id("stSidebar").get_by_test_id("stAlert")).to_contain_text(
        "Each line must have 2 values")
    bench.page.locator("input[type=file]").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": f"one,two,kind\n{rows}".encode()})
    expect(bench.widget("own-columns")).to_contain_text("two")
    count = "figure.traces().flatMap(t => /cluster|assigned/.test(t.name) ? [...t.x] : []).length"
    bench.drawn("plane", count, lambda n: n == 30)
    run = bench.go("supervised_vs_unsupervised").state["run"]
    run = bench.choose("dataset", "My own points").until(f"state.run !== '{run}'")["run"]
    bench.press("train-button").until("Number(state.step) >= 1")
    expect(bench.caption).to_contain_text("right")
    bench.page.get_by_role("tab", name="Code").click()
    with bench.page.expect_download() as saved:
        bench.press("download-data")
    assert saved.value.suggested_filename == "supervised_vs_unsupervised_mine.csv"
    lines = Path(saved.value.path()).read_text().splitlines()
    assert lines[0] == "one,two,class,held_out" and len(lines) == 31
    assert sum(line.endswith(",1") for line in lines) == 10  # of each class of 15, 5 are held out


def test_drawn_classes_are_learned(bench: Bench) -> None:
    bench.open("supervised_vs_unsupervised").choose("dataset", "My own points")
    expect(bench.caption).to_contain_text("There are 0 points")
    count = "figure.traces().flatMap(t => [...(t.x ?? [])]).length"
    for number, x in enumerate((-1.2, -1.0, -0.8, 0.8, 1.0, 1.2), start=1):
        if number == 4:
            bench.widget("own-next-class").get_by_role("radio", name="1").click()
        bench.click("plane", x, x / 2)
        bench.drawn("plane", count, partial(eq, number))
    bench.press("train-button")
    expect(bench.caption).to_contain_text("training 100.0%")


# --- the visitor's own picture

def test_a_digit_is_drawn_and_comes_back_with_its_code_and_holes_are_shown_by_a_switch(
        bench: Bench) -> None:
    bench.open("autoencoder").answered()
    canvas = bench.page.locator("[data-panel=canvas] .nsewdrag").first
    canvas.scroll_into_view_if_needed(timeout=30_000)
    box = canvas.bounding_box()
    assert box
    places = [(0.25, 0.15), (0.5, 0.15), (0.75, 0.15), (0.6, 0.5), (0.4, 0.85)]
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    bench.page.mouse.move(*spots[0])
    bench.page.mouse.down()
    for spot in spots[1:]:
        bench.page.mouse.move(*spot, steps=4)
    expect(bench.page.locator("svg.live-plot-ink polyline")).to_have_count(1)
    bench.page.mouse.up()
    expect(bench.page.get_by_text("Its code: z = (")).to_be_visible(timeout=20_000)
    expect(bench.page.locator("svg.live-plot-ink")).to_have_count(0)
    bench.press("strokes-clear")
    expect(bench.page.get_by_text("Its code: z = (")).to_have_count(0, timeout=20_000)
    bench.page.get_by_text("Show holes").click()
    types = "figure.traces().map(trace => trace.type)"
    assert bench.drawn("holes", types, lambda found: "heatmap" in found)


# --- cells to paint on

def test_a_click_opens_a_cell_of_the_mask_and_the_address_says_so(bench: Bench) -> None:
    bench.open("pixel_cnn")
    cells = bench.page.locator(".st-key-mask-cells button")
    expect(cells).to_have_count(49)
    cells.nth(25).click()  # beside the middle
    expect(bench.page).to_have_url(re.compile("mask=0%3A1"))
    bench.page.get_by_role("button", name="Only the past", exact=True).click()
    expect(bench.page).not_to_have_url(re.compile("mask"))
    assert bench.errors == []


def test_a_stroke_paints_the_cells_that_it_crosses(bench: Bench) -> None:
    bench.open("pixel_cnn?features=8&blocks=0").answered()
    cells = bench.page.locator(".st-key-paint-image button")
    bench.page.locator(".st-key-completed-image input").fill("-1")
    bench.page.keyboard.press("Enter")
    expect(cells.nth(3)).to_have_css("background-color", "rgb(0, 0, 0)")
    cells.nth(3).scroll_into_view_if_needed()
    boxes = [cells.nth(number).bounding_box() for number in (3, 6)]
    (left, top), (right, _) = ((box["x"] + 4, box["y"] + 4) for box in boxes if box)
    bench.page.mouse.move(left, top)
    bench.page.mouse.down()
    bench.page.mouse.move(right, top, steps=12)
    bench.page.mouse.up()
    expect(bench.page.get_by_role("button", name="Take the paint away")).to_be_visible()
    for number, color in ((3, 255), (5, 255), (6, 255), (7, 0), (11, 0)):
        css = f"rgb({color}, {color}, {color})"
        expect(cells.nth(number)).to_have_css("background-color", css)
    assert bench.errors == []
