"""Fragments: a timer at the top of a page, only while somebody waits, and errors inside."""

import ast
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from playground.ui.bench import fragments, trouble
from playground.ui.bench.fragments import SOON, part, soon, top

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("playground/**/*.py"), *ROOT.glob("pages/*.py")])
MAKER = ROOT / "playground/ui/bench/fragments.py"


class Rerun(BaseException):
    """Stands for streamlit's own, which ends a run of the script."""


class Page:
    """Stands for streamlit: knows the fragments that were declared, and their timers."""

    def __init__(self) -> None:
        self.session_state: dict[str, Any] = {}
        self.declared: dict[str, Callable[[], None]] = {}
        self.timers: dict[str, float | None] = {}
        self.reruns = 0
        self.warnings: list[str] = []

    def fragment(self, body: Callable[..., None],
                 run_every: float | None = None) -> Callable[..., None]:
        def draw(*args: Any) -> None:
            self.declared[body.__name__] = lambda: body(*args)
            self.timers[body.__name__] = run_every
            body(*args)

        return draw

    def rerun(self) -> None:
        self.reruns += 1
        raise Rerun

    def warning(self, text: str, icon: str) -> None:
        self.warnings.append(text)

    def run(self, script: Callable[[], None]) -> None:
        """Run a script, again as long as it asks for that."""
        for _time in range(5):
            with suppress(Rerun):
                return script()
        raise AssertionError("the script must come to an end")

    def tick(self, name: str, script: Callable[[], None]) -> None:
        """Draw one fragment alone, and the page if it asks for that."""
        try:
            self.declared[name]()
        except Rerun:
            self.run(script)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    made = Page()
    monkeypatch.setattr(fragments, "st", made)
    monkeypatch.setattr(trouble, "st", made)
    monkeypatch.setattr(fragments, "set_language", lambda: None)
    return made


class Script:
    """A page with one fragment, and another one in that."""

    def __init__(self, every: float | None = None) -> None:
        self.every = every
        self.outer_waits = self.inner_waits = False

    def __call__(self) -> None:
        def inner() -> None:
            if self.inner_waits:
                soon()

        def outer() -> None:
            if self.outer_waits:
                soon()
            part(inner)()

        top(outer, "outer", self.every)()


@pytest.mark.parametrize("every", [None, 2.0])
@pytest.mark.parametrize("who", ["outer_waits", "inner_waits"])
def test_a_fragment_in_which_somebody_waits_has_a_timer_until_nobody_does(
        page: Page, every: float | None, who: str) -> None:
    script = Script(every)
    page.run(script)
    assert page.timers == {"outer": every, "inner": None} and page.reruns == 0
    setattr(script, who, True)
    page.tick("outer", script)
    assert page.timers == {"outer": SOON, "inner": None} and page.reruns == 1
    page.tick("outer", script)
    assert page.reruns == 1
    setattr(script, who, False)
    page.tick("outer", script)
    assert page.timers == {"outer": every, "inner": None} and page.reruns == 2


def test_a_part_that_is_drawn_alone_and_waits_gives_its_fragment_the_timer(page: Page) -> None:
    script = Script()
    page.run(script)
    script.inner_waits = True
    page.tick("inner", script)
    assert page.timers["outer"] == SOON and page.reruns == 1
    script.outer_waits, script.inner_waits = True, False
    page.tick("inner", script)
    assert page.timers["outer"] == SOON and page.reruns == 1  # others may wait still


def test_who_waits_in_a_fragment_with_a_quick_timer_costs_no_other_run(page: Page) -> None:
    script = Script(SOON)
    script.outer_waits = True
    page.run(script)
    script.outer_waits = False
    page.tick("outer", script)
    assert page.timers["outer"] == SOON and page.reruns == 0


def test_an_error_in_a_fragment_stays_in_it(page: Page) -> None:
    drawn = []

    def bad() -> None:
        raise KeyError("a fault")

    def good() -> None:
        part(bad)()
        drawn.append("behind the part")

    def script() -> None:
        top(bad, "bad")()
        top(good, "good")()

    page.run(script)
    page.tick("bad", script)
    assert drawn == ["behind the part"] and len(page.warnings) == 3 and page.reruns == 0


def test_a_fragment_at_the_top_must_not_stand_in_another_one(
        page: Page, caplog: pytest.LogCaptureFixture) -> None:
    page.run(top(lambda: top(soon, "inner", 1.0)(), "outer"))
    assert len(page.warnings) == 1 and "must not stand in another one, got 'inner'" in caplog.text


def test_what_stands_in_no_fragment_cannot_be_drawn_again_soon() -> None:
    with pytest.raises(RuntimeError, match="must stand in a fragment, got none"):
        soon()


def test_only_one_file_makes_fragments_and_timers() -> None:
    """A timer that no `top` has made would stand in another fragment unseen."""
    found = [f"{file.name}:{node.lineno}" for file in SOURCES if file != MAKER
             for node in ast.walk(ast.parse(file.read_text()))
             if (isinstance(node, ast.Attribute) and ast.unparse(node) == "st.fragment")
             or (isinstance(node, ast.keyword) and node.arg == "run_every")]
    assert not found
