"""What a live plot is not told again, and that the browser's half makes the same of it."""

import json
import re
from typing import Any

import numpy as np

from playground.charts.encode import float32
from playground.ui.bench import plotly
from playground.ui.bench.lasting import Lasting, Parts
from playground.ui.bench.live_plot import MODULES


def applied(old: Any, change: Any) -> Any:
    """What lasting.js makes of a difference."""
    if isinstance(change, list):
        return [applied(old[i] if isinstance(old, list) and i < len(old) else None, item)
                for i, item in enumerate(change)]
    if isinstance(change, dict):
        if change.keys() == {"same", "rest"}:
            return old[:change["same"]] + change["rest"]
        return {name: applied((old or {}).get(name), item) for name, item in change.items()}
    return change


class Browser:
    """Keeps what it is sent, as the real one does."""

    def __init__(self) -> None:
        self.version = 0
        self.parts: Parts = {}

    def take(self, news: dict[str, Any]) -> bool:
        if news["base"] not in (0, self.version):
            return False
        known = self.parts if news["base"] else {}
        self.parts = {**known, **{name: applied(known.get(name), part)
                                  for name, part in news["parts"].items()}}
        self.parts = {name: part for name, part in self.parts.items() if part is not None}
        self.version = news["version"]
        return True


def curve(n: int, *names: str) -> Parts:
    rng = np.random.default_rng(0)
    return {f"curve {name}": {"data": [{"name": name, "x": float32(np.arange(n)),
                                        "y": float32(rng.random(5000)[:n])}],
                              "layout": {"range": [0, n], "title": None}} for name in names}


def test_a_browser_that_gets_all_messages_has_all_parts() -> None:
    sender, browser = Lasting(), Browser()
    for n, names in ((1, "a"), (60, "ab"), (61, "ab"), (300, "b"), (300, "b"), (7, "ba"), (7, "")):
        parts = curve(n, *names) | {"panels": [{"name": name} for name in names]}
        assert browser.take(json.loads(json.dumps(sender.news(parts, everything=False))))
        assert browser.parts == parts


def test_of_a_curve_that_has_grown_only_its_end_is_sent() -> None:
    sender = Lasting()
    sender.news(curve(1000, "a"), everything=False)
    assert len(json.dumps(sender.news(curve(1010, "a"), everything=False))) < 400
    assert sender.news(curve(1010, "a"), everything=False)["parts"] == {}


def test_a_browser_that_has_missed_something_asks_for_all_and_has_it() -> None:
    sender, browser = Lasting(), Browser()
    browser.take(sender.news(curve(60, "a"), everything=False))
    sender.news(curve(70, "a"), everything=False)  # lost on its way
    assert not browser.take(sender.news(curve(80, "a"), everything=False))
    assert browser.take(sender.news(curve(90, "a"), everything=True))
    assert browser.parts == curve(90, "a")


def test_the_browser_may_fetch_all_parts_of_a_live_plot_at_once() -> None:
    parts: set[str] = set()
    left = {"live_plot"}
    while left:
        code = (plotly.FRONTEND / f"{left.pop()}.js").read_text(encoding="utf-8")
        lists = re.findall(r"\[([^\[\]]*)\]\.map\(\(name\) => \(?\s*import", code)
        named = {name for each in lists for name in re.findall(r'"(\w+)"', each)}
        named |= set(re.findall(r"import\(`\./(\w+)\.js", code))
        left |= named - parts
        parts |= named
    assert parts == set(MODULES)
