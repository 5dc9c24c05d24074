"""Whether every page comes up, whoever comes first: links of all pages in a real browser.

A visitor comes to a server that has just started, or to one that has been used; by a link to
settings with a stored run, or to others, which are trained at once; while a core is busy or not.
"""

import itertools
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Error, Page, WebSocket, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks._chromium import STREAMLITS_OWN, launch
from benchmarks._report import report
from benchmarks._server import Server, server

LOADS = int(os.environ.get("PLAYGROUND_ARRIVALS", "300"))
DEADLINE = 60.0
LINGER = 0.5
PAGES = sorted(path.stem for path in (Path(__file__).parents[1] / "pages").glob("*.py"))
WITHOUT_FIGURES = ("glossary",)
NEVER_STORED = "?seed=9973"
DRAWN = """plot => {
  const figures = [...document.querySelectorAll(".live-plot")]
  return document.querySelector(".stMainBlockContainer :is(h1, h2)")
    && (!plot || figures.some(({ dataset }) => dataset.ready === "true"
      && Number(dataset.framesDrawn) > 0 && dataset.seq !== ""))
    && !document.querySelector(".stException, [data-testid=stException]")
}"""


@dataclass(frozen=True)
class Arrival:
    """One visit.

    Attributes:
        page: its name.
        link: what stands behind it in the address.
        cold: whether the server has just started, and nobody has come before.
        busy: whether something else keeps a core busy.
    """

    page: str
    link: str
    cold: bool
    busy: bool

    def __str__(self) -> str:
        return (f"/{self.page}{self.link}, {'cold' if self.cold else 'warm'} server, "
                f"{'a busy' if self.busy else 'no busy'} core")


def measure() -> None:
    """Print `pages_not_drawn` (the aim is 0), `pages_with_errors` (0), and what a load takes.

    What a page that is not drawn has said and got is printed behind a "#".
    `PLAYGROUND_ARRIVALS` says how many loads there are, 300 where it is not set.
    """
    seconds: dict[bool, list[float]] = {True: [], False: []}
    not_drawn = with_errors = 0
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for arrival, running, log in arrivals(LOADS):
            visit = Visit(browser, running, arrival)
            if visit.seconds is None:
                not_drawn += 1
            else:
                seconds[arrival.cold].append(visit.seconds)
            with_errors += bool(visit.errors)
            if visit.seconds is None or visit.errors:
                visit.tell(log.read_text(errors="replace"))
        browser.close()
    report("pages_loaded", LOADS, "pages")
    report("pages_not_drawn", not_drawn, "pages")
    report("pages_with_errors", with_errors, "pages")
    for cold, name in ((False, "warm"), (True, "cold")):
        if seconds[cold]:
            report(f"arrival_{name}_p50", float(np.quantile(seconds[cold], 0.5)), "s")
            report(f"arrival_{name}_p95", float(np.quantile(seconds[cold], 0.95)), "s")


def arrivals(n: int) -> Iterator[tuple[Arrival, Server, Path]]:
    """Yield visits, each with a server for it and that one's log: all pages in all four cases."""
    links = itertools.cycle([(page, link) for page in PAGES for link in ("", NEVER_STORED)])
    for number, (busy, cold) in enumerate(itertools.product((False, True), repeat=2)):
        count = (n + 3 - number) // 4
        with ExitStack() as stack, busy_core() if busy else nullcontext():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            warm = None if cold else stack.enter_context(server(log=folder / "warm"))
            for visit, (page, link) in enumerate(itertools.islice(links, count)):
                arrival = Arrival(page, link, cold, busy)
                if warm:
                    yield arrival, warm, folder / "warm"
                    continue
                with server(log=folder / str(visit)) as running:
                    yield arrival, running, folder / str(visit)


@contextmanager
def busy_core() -> Iterator[None]:
    """Keep a core busy."""
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        spinning.kill()
        spinning.wait()


class Visit:
    """One load of a page by a browser that has not been here before.

    Attributes:
        seconds: from asking for the page to its figures, None if they did not come.
        errors: what the console has said.
        received: the kinds of the newest messages of the server.
    """

    def __init__(self, browser: Browser, running: Server, arrival: Arrival) -> None:
        self.arrival = arrival
        self.errors: list[str] = []
        self.received: deque[str] = deque(maxlen=60)
        self.text = ""
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error"
                and not STREAMLITS_OWN.search(said.location["url"]) else None)
        page.on("websocket", self._listen)
        self.seconds = self._load(page, running)
        self.text = page.locator("body").inner_text()
        context.close()

    def _load(self, page: Page, running: Server) -> float | None:
        arrival, figures = self.arrival, self.arrival.page not in WITHOUT_FIGURES
        try:
            page.goto(f"{running.url}/{'' if arrival.page == 'home' else arrival.page}"
                      f"{arrival.link}", timeout=1000 * DEADLINE)
            page.wait_for_function(DRAWN, arg=figures, timeout=1000 * DEADLINE)
            taken = float(page.evaluate("() => performance.now()")) / 1000
            page.wait_for_timeout(1000 * LINGER)
            page.wait_for_function(DRAWN, arg=figures, timeout=1000 * DEADLINE)
        except Error as error:
            self.errors.append(str(error).splitlines()[0])
            return None
        return taken

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._receive)

    def _receive(self, frame: str | bytes) -> None:
        message = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
        kind = str(message.WhichOneof("type"))
        if kind == "delta":
            kind += f"{list(message.metadata.delta_path)}"
        elif kind == "script_finished":
            kind += f" {message.script_finished}"
        self.received.append(kind)

    def tell(self, log: str) -> None:
        """Print what is known of this visit."""
        print(f"# {self.arrival}: {'not drawn' if self.seconds is None else 'drawn'}", flush=True)
        for title, lines in (("console", self.errors), ("page", self.text.split("\n\n")[-40:]),
                             ("received", [" ".join(self.received)]),
                             ("log", log.splitlines()[-20:])):
            for line in lines:
                print(f"#   {title}: {line}", flush=True)
