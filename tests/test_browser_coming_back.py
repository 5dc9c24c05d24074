"""Coming back in a real browser: reloads, two tabs, a server that starts anew, and the cookie."""

import re
import time
from collections.abc import Iterator

import pytest
from browser import Bench, Server, expect, serving
from playwright.sync_api import Browser, BrowserContext, Cookie

from playground.ui.bench import cookie

pytest_plugins = ("browser",)

SLOW = "clustering?dataset=uniform&n_clusters=12&speed=0.5"
KEPT = "() => /playground_visitor=[0-9a-f]{32}/.test(document.cookie)"
NO_COOKIES = "Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set: () => {}})"


@pytest.fixture(scope="module")
def patient() -> Iterator[Server]:
    """A server that waits for those who left."""
    with serving(grace=120.0) as running:
        yield running


@pytest.fixture
def browser_of_mine(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    context = chromium.new_context()
    yield context
    context.close()


def ours(context: BrowserContext) -> list[Cookie]:
    return [each for each in context.cookies() if each["name"] == cookie.NAME]


def test_a_reload_goes_on_with_the_run_and_a_second_tab_leaves_it_alone(
        browser_of_mine: BrowserContext, patient: Server) -> None:
    first = Bench(browser_of_mine.new_page(), patient).open(SLOW)
    before = first.trained(1)
    first.page.wait_for_function(KEPT)
    first.page.reload()
    again = first.settle().trained(int(before["step"]))
    assert again["run"] == before["run"]
    second = Bench(browser_of_mine.new_page(), patient).open(SLOW)
    own = second.trained(1)["run"]
    assert own != before["run"]
    second.press("pause").until("state.live === 'false'")
    second.press("reset").until(f"state.run !== '{own}'")
    second.page.close()
    seen = int(first.state["newest"])
    assert first.until(f"Number(state.newest) > {seen} || state.live !== 'true'")[
        "run"] == before["run"]
    expect(first.widget("progress")).not_to_contain_text("ready")  # it trains, or is finished
    assert first.errors == second.errors == []


def test_the_cookie_is_a_random_number_for_this_site_alone_and_is_set_once(
        browser_of_mine: BrowserContext, patient: Server) -> None:
    visitor = Bench(browser_of_mine.new_page(), patient).open("clustering")
    visitor.page.wait_for_function(KEPT)
    (kept,) = ours(browser_of_mine)
    assert re.fullmatch("[0-9a-f]{32}", kept["value"])
    assert (kept["sameSite"], kept["path"], kept["secure"]) == ("Strict", "/", False)
    assert 0 < kept["expires"] - time.time() <= cookie.LIFETIME
    visitor.page.reload()
    visitor.settle().go("vae")
    assert ours(browser_of_mine) == [kept]
    assert visitor.errors == []


def test_without_cookies_a_page_works_and_a_reload_begins_anew(
        browser_of_mine: BrowserContext, patient: Server) -> None:
    browser_of_mine.add_init_script(NO_COOKIES)
    visitor = Bench(browser_of_mine.new_page(), patient).open("clustering?speed=0.5")
    run = visitor.trained(1)["run"]
    visitor.page.reload()
    assert visitor.settle().trained(1, run)["run"] != run
    expect(visitor.page).to_have_url(re.compile("speed=0.5"))
    assert ours(browser_of_mine) == [] and visitor.errors == []
