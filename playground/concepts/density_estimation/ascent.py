"""One Gaussian on a line, put by hand or climbing: its figures, its words, its handles."""

import math
from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from playground.algorithms.gaussian_ascent import Gaussian, Hill
from playground.charts.curves import lines
from playground.charts.encode import Figure
from playground.charts.likelihood import likelihoods, reach, stems
from playground.concepts.density_estimation.settings import (
    MAX_VISITED,
    MUS,
    SIGMAS,
    TURN,
    DensityEstimationSettings,
)
from playground.language import N_, _, sentences
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench.browser_events import Event
from playground.ui.bench.controls import choose_next
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.state import Wish, wish
from playground.ui.bench.visited import remember, visited

VISITED = "gaussians-visited"
HANDLES = (("density", "mean"), ("density", "sigma"), ("hill", "here"))  # panels, parts
HEADROOM = 1.5
GOOD = 0.1


def panels() -> list[Panel]:
    """The Gaussian over its points, the hill of all Gaussians, and the climb over the steps."""
    return [
        Panel("density", _("p(x) of each point: drag a handle"),
              weight=1.4, events=("click", "drag"),
              alt=_("A Gaussian over a line, a stick below it at each point, and the logarithms")),
        Panel("hill", _("Log-likelihood: drag the mark"), weight=1.1,
              events=("hover", "click", "drag"),
              alt=_("Rings of equal log-likelihood over mean and standard deviation, and a path")),
        Panel("learning", _("Log-likelihood, step by step"), kind="curve", weight=0.9,
              alt=_("The sum of log p over all points, over the steps, below its maximum")),
    ]


def frame(snapshot: Snapshot) -> dict[str, Figure]:
    """Draw the Gaussian of one moment, and where it stands on the hill."""
    a, m = snapshot.arrays, snapshot.metrics
    hill, now = hill_of(m), Gaussian(m["mu"], m["sigma"])
    best = Gaussian(hill.mean, max(hill.deviation, SIGMAS[0]))
    known = reach(hill, (*MUS, *SIGMAS), TURN, MAX_VISITED)
    highest = [float(best.pdf(np.array(best.mu))), *a.get("truth", np.zeros(1)).tolist()]
    return {"density": stems(a["points"], a["grid"], now, HEADROOM * max(highest),
                             a.get("truth"), known),
            "hill": likelihoods(hill, a["path"], a["visited"], (*MUS, *SIGMAS), known,
                                arrived=bool(m["arrived"]))}


def curves(run: Run) -> dict[str, Figure]:
    """Draw the log-likelihood over the steps, and the most that it can reach."""
    steps, values = (np.asarray(item) for item in run.history.curve("log_likelihood"))
    drawn = {N_("log-likelihood"): (steps, values)}
    if run.history.last and "top" in run.history.last.metrics:
        ends = np.array([0.0, max(1.0, *steps)])
        drawn[N_("its maximum")] = ends, np.full(2, run.history.last.metrics["top"])
    return {"learning": lines(drawn, unit=N_("nats, all points"))}


def caption(snapshot: Snapshot) -> str:
    """Say how likely the Gaussian makes the points, and whether it can do better."""
    m = snapshot.metrics
    n, total = int(m["joined"]), m["log_likelihood"]
    text = _("**Log-likelihood {total:.2f} nats**: the sum of log p(x) over {n} points, at mean "
             "{mu:.3f} and standard deviation {sigma:.3f}. The likelihood itself, the product of "
             "all sticks, is {product}.").format(
                 total=total, n=n, mu=m["mu"], sigma=m["sigma"], product=_product(total))
    if m["arrived"]:
        return sentences(text, _at_the_top(m, n))
    if snapshot.step and "top" in m:
        return sentences(text, _("Each step goes uphill by the gradient: {gap:.2f} nats to go."
                                 ).format(gap=m["top"] - total))
    if m["tried"] > 1:
        return sentences(text, _("The best of the {n} that were tried by hand has {best:.2f}. Can "
                                 "you find a better one? Then press Train.").format(
                                     n=int(m["tried"]), best=m["by_hand"]))
    return sentences(text, _("Drag the handles until it grows no more. Then press Train."))


def _at_the_top(m: Mapping[str, float], n: int) -> str:
    text = _("**This is the maximum:** the mean of the points, and the root of their mean squared "
             "distance to it. That divides by N; dividing by N - 1 gives {unbiased:.3f}, which is "
             "less likely.").format(unbiased=m["deviation"] * math.sqrt(n / (n - 1)))
    if "held_out" not in m:
        return text
    new = _("New points get {held_out:.2f} nats each.").format(held_out=m["held_out"])
    if "best" not in m:
        return sentences(text, new)
    truth = _("The true density gives them {best:.2f}.")
    if m["best"] - m.get("ceiling", m["best"]) > GOOD:
        truth = _("**No single hill fits:** the true density gives them {best:.2f}, and no "
                  "Gaussian more than {ceiling:.2f}.")
    return sentences(text, new, truth.format(best=m["best"], ceiling=m.get("ceiling", 0.0)))


def answer(m: Mapping[str, float], event: Event) -> dict[str, str] | None:
    """Say how likely the Gaussian under the cursor makes the points."""
    if event.panel != "hill" or event.x is None or event.y is None or event.y <= 0:
        return None
    height = float(hill_of(m).height(event.x, event.y))
    return {"text": _("mean {mu:.2f}, deviation {sigma:.2f}: {height:.1f} nats").format(
        mu=event.x, sigma=event.y, height=height)}


def move(run: Run, event: Event) -> bool:
    """Put the Gaussian where a handle was dragged to, and remember where it was on the way."""
    part = event.trace if (event.panel, event.trace) in HANDLES else None
    shown = run.history.kept.get(event.seq or 0) or run.history.last
    if part is None or shown is None or event.x is None or event.y is None:
        return False
    values = run.settings.model_dump()
    start = values["mean"], values["deviation"]
    before = _rest(shown.metrics["mu"], MUS), _rest(shown.metrics["sigma"], SIGMAS)
    *passed, now = (_placed(part, before, x, y)
                    for x, y in [*(event.path or []), [event.x, event.y]])
    remember(VISITED, data_of(values), [start, *passed, now], MAX_VISITED)
    for name, value in zip(("mean", "deviation"), now, strict=True):
        choose_next(name, value)
    if now == start:
        wish(Wish.RESET)
    return True


def tried(values: Mapping[str, Value]) -> tuple[tuple[float, float], ...]:
    """Return the Gaussians that were tried by hand on these data, without the present one."""
    now, start = ((float(where["mean"]), float(where["deviation"]))
                  for where in (values, DensityEstimationSettings().model_dump()))
    return visited(VISITED, data_of(values), now, start, MAX_VISITED)


def data_of(values: Mapping[str, Value]) -> tuple[Value | None, ...]:
    """What the Gaussians that were tried belong to."""
    return tuple(values.get(name, DensityEstimationSettings.default(name))
                 for name in ("dataset", "axis", "n_points", "noise", "seed"))


def hill_of(m: Mapping[str, float]) -> Hill:
    """The hill that the metrics of a moment tell of."""
    return Hill(m["mean"], m["deviation"], int(m["joined"]))


def _placed(part: str, before: tuple[float, float], x: float, y: float) -> tuple[float, float]:
    """Where a Gaussian comes to rest whose mean, sigma or mark is carried to a place."""
    if part == "mean":
        return _rest(x, MUS), before[1]
    if part == "sigma":
        return before[0], _rest(abs(x - before[0]), SIGMAS)
    return _rest(x, MUS), _rest(y, SIGMAS)


def _rest(value: float, ends: tuple[float, float]) -> float:
    inside = min(max(value, ends[0]), ends[1])
    return round(TURN * round(inside / TURN), 2)


def _product(log_likelihood: float) -> str:
    """exp of a number, also where a computer's own numbers end: "2.1e-340"."""
    return f"{Decimal(log_likelihood).exp():.1e}"
