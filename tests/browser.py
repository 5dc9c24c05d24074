"""A real server and a real browser for the tests, both on this machine alone.

This is a plugin of test_browser.py, which also imports it: PYTEST_DONT_REWRITE.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    TimeoutError,
    expect,
    sync_playwright,
)

from benchmarks._chromium import STREAMLITS_OWN, executable, launch

ROOT = Path(__file__).parents[1]
HOW_TO_GET_IT = ("no Chromium: install it as your system's package `chromium`, or by "
                 "`.venv/bin/playwright install chromium`")
PATIENCE = 60.0
GRACE_SECONDS = 1.0

# What the console says, as an error or not, when Streamlit has lost a part of a page.
LOST = re.compile(r"delta path|same key|Could(n't| not) find (the )?fragment", re.IGNORECASE)

# Explore is there, and has waited for nothing for a while.
ANSWERED = """() => {
    const tabs = document.querySelector('[data-testid=stTabs]')
    const app = document.querySelector('[data-testid=stApp]')
    const now = performance.now()
    const rests = tabs?.querySelector('h4') && !/under way/.test(tabs.innerText)
        && app.dataset.testScriptState === 'notRunning'
    if (!rests) window.lastAsked = now
    return now > (window.lastAsked ??= now) + 2000
}"""

# `streamlit run`, with a short time of grace for those who leave; a server that is only looked at
# starts no worker.
SERVE = """
import sys
from playground.ui.bench import session, tabs
from streamlit.web import cli
session.WARM_UP_DELAY = float(sys.argv[2])
tabs.Tab.grace = float(sys.argv[3])
sys.exit(cli.main(["run", "streamlit_app.py", "--server.port", sys.argv[1]]))
"""

expect.set_options(timeout=PATIENCE * 1000)


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        url: where it listens.
        files: the folder for its temporary files, one of which is each run's.
    """

    url: str
    files: Path

    def has(self, run: str) -> bool:
        """Tell whether the server still knows a run."""
        return any(self.files.glob(f"*/{run}"))


@contextlib.contextmanager
def serving(*, warm_up_delay: float = 0.0, grace: float = GRACE_SECONDS) -> Iterator[Server]:
    """Start a server on a free port, and end it.

    Args:
        grace: seconds for which the runs of a visitor who has left wait for them.
    """
    port = _free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as files:
        log = Path(files) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(port), str(warm_up_delay), str(grace)],
                cwd=ROOT, stdout=out, stderr=out,
                env=os.environ | {"TMPDIR": files, "PLAYGROUND_STATE": files,
                                  "PLAYGROUND_STORE": f"{files}/store",
                                  "PLAYGROUND_DEVICE": "cpu",
                                  "PYTHONPATH": str(ROOT)})
        try:
            _wait_for_health(f"http://127.0.0.1:{port}", process, log)
            yield Server(f"http://127.0.0.1:{port}", Path(files))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server must start, but said: {log.read_text()}")


class Bench:
    """A browser tab as a visitor sees it.

    Attributes:
        page: Playwright's own page.
        errors: what went to the console as an error, and errors that nothing caught.
    """

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        said = message.type == "error" and not STREAMLITS_OWN.search(message.location["url"])
        if said or LOST.search(message.text):
            self.errors.append(f"{message.text} ({message.location['url']})")

    @property
    def plot(self) -> Locator:
        """The moving figures."""
        return self.page.locator(".live-plot")

    @property
    def slider(self) -> Locator:
        """The page's timeline; an answer below it may have one of its own."""
        return self.page.locator("input.live-plot-slider").first

    @property
    def newest(self) -> Locator:
        """What leads to the last moment of the page's timeline."""
        return self.page.locator(".live-plot-newest").first

    def open(self, link: str) -> "Bench":
        """Open a link and wait until the page stands."""
        self.page.goto(f"{self.server.url}/{link}")
        return self.settle()

    def settle(self) -> "Bench":
        """Wait for the figures, or for the heading where there are none."""
        heading = self.page.locator(".stMainBlockContainer h1, .stMainBlockContainer h2").first
        heading.wait_for()
        if heading.evaluate("element => element.tagName") == "H2":
            self.until("state.ready === 'true' && state.framesDrawn > 0 && state.seq !== ''")
        return self

    def answered(self) -> "Bench":
        """Wait until what Explore asks by itself is answered, and nothing moves there any more."""
        self.page.wait_for_function(ANSWERED, timeout=PATIENCE * 1000)
        return self

    def go(self, page: str) -> "Bench":
        """Go to another page by the navigation."""
        link = self.page.get_by_test_id("stTopNavDropdownLink").and_(
            self.page.locator(f"[href$='/{page}']"))
        for section in self.page.get_by_test_id("stTopNavSection").all():
            section.click()
            self.page.get_by_test_id("stTopNavPopoverBody").wait_for()
            if link.count():
                break
            self.page.keyboard.press("Escape")
        link.click()
        self.page.wait_for_url(re.compile(f"/{page}([?]|$)"))
        return self.settle()

    def widget(self, key: str) -> Locator:
        """Return the widget of a key."""
        return self.page.locator(f".st-key-{key}")

    def press(self, key: str) -> "Bench":
        """Press a button."""
        self.widget(key).get_by_role("button").click()
        return self

    def break_it(self, number: int) -> "Bench":
        """Choose a preset that breaks something, from the menu."""
        self.press("break-it").press(f"preset-{number}")
        expect(self.widget(f"preset-{number}")).to_have_count(0)
        return self

    def choose(self, key: str, label: str) -> "Bench":
        """Choose an option by its label."""
        box = self.widget(key).locator("input")
        # A menu that opens at the very edge of the window is scrolled into it, and so closes.
        box.evaluate("input => input.scrollIntoView({block: 'center'})")
        option = self.page.get_by_role("option", name=label, exact=True)
        deadline = time.monotonic() + PATIENCE
        while True:  # a menu that opens while the page is drawn anew is closed again by it
            box.click()
            try:
                option.click(timeout=2000)
                return self
            except TimeoutError:
                assert time.monotonic() < deadline, f"{label} must be an option of {key}"

    @property
    def state(self) -> dict[str, str]:
        """What the figures say about themselves."""
        return dict(self.plot.evaluate("plot => ({...plot.dataset, step: plot.dataset.atStep})"))

    def until(self, condition: str) -> dict[str, str]:
        """Wait for a condition on `state`, in JavaScript, and return the state that fulfils it."""
        handle = self.page.wait_for_function(
            f"() => {{ const plot = document.querySelector('.live-plot')\n"
            f"if (!plot) return false\n"
            f"const state = {{...plot.dataset, step: plot.dataset.atStep}}\n"
            f"return ({condition}) && state }}", timeout=PATIENCE * 1000)
        return dict(handle.json_value())

    def trained(self, step: int, run: str = "") -> dict[str, str]:
        """Wait until a step is on the screen, of another run than this one."""
        return self.until(f"Number(state.step) >= {step} && state.run !== '{run}'")

    def figure(self, panel: str, expression: str) -> Any:
        """Evaluate JavaScript on the plotly figure `figure` of a panel."""
        return self.page.locator(f"[data-panel={panel}] .live-plot-canvas").evaluate(
            f"figure => ({expression})")

    def drawn(self, panel: str, expression: str, condition: Callable[[Any], bool]) -> Any:
        """Wait until what JavaScript says of a figure fulfils a condition, and return it."""
        deadline = time.monotonic() + PATIENCE
        while not condition(value := self.figure(panel, expression)):
            assert time.monotonic() < deadline, f"{panel} must change, but is {value}"
            self.page.wait_for_timeout(50)
        return value

    def place(self, panel: str, x: float, y: float) -> tuple[float, float]:
        """Return where a point of a panel's plane lies on the page, in pixels."""
        self.drawn(panel, "Boolean(figure._fullLayout?.xaxis?.p2d)", bool)
        canvas = self.page.locator(f"[data-panel={panel}] .live-plot-canvas")
        canvas.scroll_into_view_if_needed()
        left, top = canvas.evaluate(
            "(figure, [x, y]) => { const { xaxis, yaxis } = figure._fullLayout\n"
            "const box = figure.getBoundingClientRect()\n"
            "return [box.left + xaxis._offset + xaxis.d2p(x),"
            " box.top + yaxis._offset + yaxis.d2p(y)] }", [x, y])
        return left, top

    def click(self, panel: str, x: float, y: float) -> "Bench":
        """Click a point of a panel's plane."""
        self.page.mouse.click(*self.place(panel, x, y))
        return self

    @property
    def caption(self) -> Locator:
        """The sentence under the figures, with the newest numbers."""
        return self.page.locator(".live-plot-caption").first


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, one for all tests."""
    with sync_playwright() as playwright:
        if executable(playwright) is None:
            if os.environ.get("CI") == "true":
                pytest.fail(HOW_TO_GET_IT, pytrace=False)
            pytest.skip(HOW_TO_GET_IT)
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server, one for nearly all tests."""
    with serving() as running:
        yield running


@pytest.fixture
def new_visitor(chromium: Browser, server: Server) -> Iterator[Callable[..., Bench]]:
    """Let another visitor come, in a browser of their own."""
    visitors: list[Bench] = []

    def come(at: Server = server, **options: Any) -> Bench:
        context = chromium.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        visitors.append(Bench(context.new_page(), at))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.page.context.close()
    if lost := [text for visitor in visitors for text in visitor.errors if LOST.search(text)]:
        pytest.fail(f"no part of a page must be lost, but the console said: {lost}",
                    pytrace=False)


@pytest.fixture(scope="session")
def window(chromium: Browser) -> BrowserContext:
    """One window for the tabs of all tests; what it has fetched it need not fetch again."""
    return chromium.new_context(viewport={"width": 1400, "height": 900})


@pytest.fixture
def bench(window: BrowserContext, server: Server) -> Iterator[Bench]:
    """A new visitor in a tab of their own, who sees no error in the console."""
    window.clear_cookies()
    visitor = Bench(window.new_page(), server)
    yield visitor
    visitor.page.close()
    if visitor.errors:
        pytest.fail(f"the console must be quiet, but said: {visitor.errors}", pytrace=False)
