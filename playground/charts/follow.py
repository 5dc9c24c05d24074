"""What can be dragged, and what follows the hand: the browser's half is `frontend/follow.js`."""

from collections.abc import Sequence
from typing import Any

from playground.charts.colors import CLASS_COLORS, NEUTRAL, class_symbol
from playground.charts.encode import Trace

SIZES = (6, 5, 9)  # of noise, border points and core points, in pixels
NOISE_SYMBOL = "x-thin-open"


def draggable(trace: Trace, rule: str, *, part: str, says: str, **known: Any) -> Trace:
    """A trace whose points can be dragged.

    Args:
        trace: The trace.
        rule: Which rule of the browser moves the figures along.
        part: What the trace is to that rule.
        says: A translated sentence to show beside the hand, with `{names}` for the numbers that
            the rule has; it may be empty.
        known: What else the rule must know. With `path`, Python hears of all places on the way.
    """
    return {**trace, "meta": {**trace.get("meta", {}), "draggable": True, "part": part,
                              "follow": {"rule": rule, "says": says, **known}}}


def parts(traces: Sequence[Trace], part: str) -> list[Trace]:
    """Traces that follow a hand: the rules find them by this name."""
    return [{**trace, "meta": {**trace.get("meta", {}), "part": part}} for trace in traces]


def looks() -> dict[str, Any]:
    """How clusters are drawn, for the rules that find new ones: colours, symbols, sizes."""
    symbols = [class_symbol(index) for index in range(len(CLASS_COLORS) ** 2)]
    return {"colors": list(CLASS_COLORS), "symbols": symbols, "sizes": list(SIZES),
            "noise": {"color": NEUTRAL, "symbol": NOISE_SYMBOL}}
