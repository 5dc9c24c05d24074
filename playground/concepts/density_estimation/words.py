"""What the page of density estimation says: captions, numbers, and answers to the cursor."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.charts.density import kernel_lines, stack
from playground.concepts.density_estimation import ascent
from playground.concepts.density_estimation.settings import (
    RULES,
    DensityEstimationSettings,
)
from playground.language import N_, _, listed, plural, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot

TOO = {
    "kde": (N_("**Too narrow:** bandwidth {best:.3g} would predict these held-out points best."),
            N_("**Too wide:** bandwidth {best:.3g} would predict these held-out points best.")),
    "histogram": (N_("**Too few boxes:** {best:.0f} along each axis would predict best."),
                  N_("**Too many boxes:** {best:.0f} along each axis would predict best.")),
    "mixture": (N_("**Too few Gaussians:** {best:.0f} would predict best."),
                N_("**Too many Gaussians:** {best:.0f} would predict best.")),
}
MOST_CONTRIBUTING = 3
MOST_LIT = 12
GOOD = 0.1
WORTH_TURNING = 0.03


def caption(settings: DensityEstimationSettings, snapshot: Snapshot) -> str:
    """Say how well the estimate predicts new points, and what is wrong with it."""
    m = snapshot.metrics
    joined = int(m["joined"])
    if "train" not in m:
        return plural("There is {n} point of your own; five are needed. Click into the "
                      "figure to draw some.", "There are {n} points of your own; five are "
                      "needed. Click into the figure to draw some.", joined).format(n=joined)
    if settings.estimator == "ascent":
        return ascent.caption(snapshot)
    said, n = [held_out(m)], int(m["n"])
    if joined < n:
        return sentences(*said, _("So far {joined} of {n} points have joined.").format(
            joined=joined, n=n))
    said.append(_("Its own {n} points: {train:.2f}.").format(n=n, train=m["train"]))
    if settings.estimator == "kde" and settings.rule != "hand":
        chosen = (_("There is no answer by {rule} here; Silverman's rule chooses h = {h:.3f}.")
                  if m["rule_failed"] else _("Chosen by {rule}: h = {h:.3f}."))
        said.append(chosen.format(rule=_(RULES[settings.rule]), h=m["chosen"]))
    if settings.estimator == "gaussian" and settings.on_a_line:
        said.append(_("Maximum likelihood: mean {mean:.3f}, sigma {sigma:.3f}.").format(
            mean=m["mean"], sigma=m["deviation"]))
    if not m.get("converged", 1):
        return sentences(*said, _("EM is still climbing."))
    return sentences(*said, verdict(settings.estimator, m, snapshot.arrays))


def numbers(run: Run[DensityEstimationSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None or "train" not in last.metrics:
        return {}
    m = last.metrics
    units = {name: shown(m[name], ".3f") for name in ("train", "mean", "deviation")}
    return units | {
        "held_out": shown(m["held_out"], ".3f") if "held_out" in m else _("minus infinity"),
        "n": shown(m["joined"], ".0f"),
        "h": shown(m["chosen"], ".3f") if run.settings.estimator == "kde" else "–",
        "likelihood": (_("{value:.2f} nats").format(value=m["log_likelihood"]) if "mu" in m
                       else "–"),
        "best": (_("{value:.3f} nats").format(value=m["best"]) if "best" in m else
                 _("not known for this set")),
    }


def scores_of(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """The scores of other values of the knob, (2, C), NaN where they are minus infinity."""
    if "scores" not in arrays:
        return np.zeros((2, 0))
    held_out, train = arrays["scores"]
    return np.stack([np.where(arrays["ruined"], np.nan, held_out), train])


def held_out(m: Mapping[str, float]) -> str:
    """Say what the held-out points score, and what stands in the way of a number."""
    if "held_out" in m:
        return _("**Held out: {held_out:.2f} nats per point.**").format(held_out=m["held_out"])
    text = _("**Held out: minus infinity.** {impossible:.0f} of {n:.0f} held-out points have "
             "density 0: the estimate calls impossible what has happened.").format(
                 impossible=m["impossible"], n=m["held_out_points"])
    if "rest" not in m:
        return text
    return sentences(text, _("The others score {rest:.2f} nats in the mean.").format(
        rest=m["rest"]))


def verdict(estimator: str, m: Mapping[str, float], arrays: Mapping[str, np.ndarray]) -> str:
    """Say whether a finished estimate is too fine or too coarse, and what could be reached."""
    reached, others, words = m.get("held_out", -np.inf), scores_of(arrays)[0], TOO.get(estimator)
    said = []
    if words and np.isfinite(others).any() and np.nanmax(others) - reached > WORTH_TURNING:
        best = float(arrays["candidates"][np.nanargmax(others)])
        said.append(_(words[m["chosen"] > best]).format(best=best))
    elif estimator == "histogram" and len(others) and np.isnan(others).all():
        said.append(_("Some lie outside of all boxes: no number of boxes helps."))
    if "misplaced" in m:
        said.append(_("{share:.0%} of the area lies elsewhere than under the true density."
                      ).format(share=m["misplaced"]))
    if "best" not in m:
        truth = _("The true density of this set is not known: compare with other estimates.")
    elif m["best"] - reached > GOOD:
        truth = _("The true density itself reaches {truth:.2f}.").format(truth=m["best"])
    else:
        truth = _("The true density itself reaches {truth:.2f}: no estimate can beat it but by "
                  "luck.").format(truth=m["best"])
    return sentences(*said, truth)


def own_kernel(places: np.ndarray, index: int, bump: np.ndarray) -> dict[str, Any]:
    """Tell of one point's kernel; `places` (N,), `bump` as in `charts.density.line`."""
    text = _("The point at {x:.2f} and its kernel: 1/{n} of all the area, up to {top:.3f} high.")
    return {"text": text.format(x=places[index], n=len(places), top=bump[1].max()),
            "lines": kernel_lines(places[[index]], bump, width=4)}


def contributors(places: np.ndarray, x: float, bump: np.ndarray) -> dict[str, Any]:
    """Tell which kernels are stacked at a place x."""
    heights = np.interp(np.abs(places - x), bump[0], bump[1], right=0.0)
    total = float(heights.sum())
    text = _("p({x:.2f}) = {total:.3f}").format(x=x, total=total)
    if total <= 0:
        return {"text": _("{p}: no kernel reaches here").format(p=text)}
    most = [i for i in np.argsort(-heights)[:MOST_LIT] if heights[i] > 0]
    parts = listed(f"{shown(places[i], '.2f')} ({shown(heights[i] / total, '.0%')})"
                   for i in most[:MOST_CONTRIBUTING])
    text = _("{p}, stacked from {n} kernels. Most by the points at {parts}").format(
        p=text, n=int((heights > 0).sum()), parts=parts)
    return {"text": text,
            "lines": [*kernel_lines(places[most], bump), *stack(x, np.sort(heights)[::-1])]}
