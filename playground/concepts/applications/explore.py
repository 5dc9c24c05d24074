"""What belongs to the page of the applications: the board, the trails, what the numbers say."""

from typing import Any

import numpy as np
import streamlit as st

from playground.concepts.applications import families
from playground.experiments.contest_settings import ContestSettings
from playground.language import N_, _, sentences
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.ask import ask_once
from playground.ui.tools.contest import Board, Measure, is_early, names_of, nearest, span
from playground.ui.tools.draw_image import draw_image
from playground.ui.tools.pictures import pictures

N_ANSWERS = 3
N_ASKED = 6
N_HELD_OUT = 80
EARLY = 0.5  # of the steps, since the judge takes some hundred of them
NEAR = 0.1  # dB: a difference that other held-out images may turn round
UNLIKE = 30  # times the distance of real images
ALIKE = 0.2  # of the diversity of the most diverse family
WIDEST = 0.5  # the largest standard deviation of numbers between 0 and 1
BOARD = Board(
    "applications", families.found(),
    {
        "psnr": Measure(N_("PSNR, dB"), 2, "high"),
        "ssim": Measure(N_("SSIM"), 3, "high"),
        "frechet": Measure(N_("Fréchet distance"), 2, "low"),
        "kernel": Measure(N_("kernel distance"), 3, "low"),
        "patches": Measure(N_("patch distance"), 3, "low"),
        "precision": Measure(N_("precision"), 2, "high"),
        "recall": Measure(N_("recall"), 2, "high"),
        "diversity": Measure(N_("diversity"), 3),
        "consistency": Measure(N_("off what is given"), 3, "low"),
        "nats": Measure(N_("held-out log p(x|c), nats"), 1, "high", likelihood=1),
        "training": Measure(N_("training, s"), 1, "low"),
        "sampling": Measure(N_("an answer, s"), 5, "low"),
        "weights": Measure(N_("weights"), 0),
    },
    N_("Two answers to what is given of each of {n_judged:,.0f} held-out images. PSNR and SSIM "
       "compare an answer with the true image. The distances, precision and recall compare a set "
       "of answers with the set of true images; the last row is what training images get there. "
       "Diversity is the standard deviation of a pixel between answers to the same image. ≥ is a "
       "lower bound, n/a is no likelihood at all. A dash: not judged yet, or no net for these "
       "pictures."),
)


def distance(metrics: dict[str, float]) -> tuple[str, str]:
    """Return the name of the distribution metric to draw, and its title, translated."""
    if "floor_frechet" in metrics:
        return "frechet", _("Fréchet distance: more like real images ↓")
    return "patches", _("Patch distance: more like real images ↓")


def groups() -> list[tuple[str, int]]:
    """Return the titles of the sheet's columns, and how many columns each has."""
    return [(_("given"), 1),
            *((_(family.title), N_ANSWERS if family.varied else 1)
              for family in families.found().values()),
            (_("truth"), 1)]


def n_columns() -> int:
    """Return how many columns the sheet has."""
    return sum(n for _title, n in groups())


def columns_of(family: str) -> list[int]:
    """Return the columns of the sheet that hold a family's answers."""
    first = 1
    for name, found in families.found().items():
        n = N_ANSWERS if found.varied else 1
        if name == family:
            return list(range(first, first + n))
        first += n
    raise KeyError(family)


def trails(run: Run, until: int, measure: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return PSNR and a distance of each family, each time it was judged up to a step."""
    found = {}
    for name, family in families.found().items():
        steps, psnr = run.history.curve(f"{name}_psnr")
        also, apart = run.history.curve(f"{name}_{measure}")
        common = np.intersect1d(steps[steps <= until], also)
        both = np.stack([psnr[np.isin(steps, common)], apart[np.isin(also, common)]])
        fresh = np.ones(both.shape[1], bool)
        fresh[1:] = (np.diff(both) != 0).any(axis=0)
        found[_(family.title)] = both[0, fresh], both[1, fresh]
    return found


def caption(settings: ContestSettings, snapshot: Snapshot) -> str:
    """Say who is nearest to the truth, who looks most like real images, and whether they agree.

    Args:
        settings: as they stand at this moment.
    """
    m, found = snapshot.metrics, families.found()
    judged = [name for name in found if f"{name}_psnr" in m]
    if snapshot.step == 0:
        return _("Nobody has learned anything yet: what you see are untrained nets, and the "
                 "baseline, which needs no training.")
    if len(judged) < len(found):
        return _("Everybody is learning; not everybody's answers have been judged yet.")
    if is_early(settings, snapshot, EARLY):
        return _("Everybody is learning; it is too early to say who is good at what.")
    measure, _title = distance(m)
    psnr = {name: m[f"{name}_psnr"] for name in judged}
    near = max(psnr, key=lambda name: psnr[name])
    also_near = [near, *(name for name in psnr if name != near and psnr[name] > psnr[near] - NEAR)]
    also_alike = nearest({name: m[f"{name}_{measure}"] for name in judged})
    alike = also_alike[0]
    titles = {name: _(family.title) for name, family in found.items()}
    if m[f"{alike}_{measure}"] > UNLIKE * m[f"floor_{measure}"]:
        return _("**Nearest to the truth: {near}, with a PSNR of {psnr:.1f} dB. All answers "
                 "are far from real images**: at a distance of {distance:.3g} or more; other real "
                 "images are at {floor:.3g}.").format(
                     near=names_of(BOARD, also_near), psnr=psnr[near],
                     distance=m[f"{alike}_{measure}"], floor=m[f"floor_{measure}"])
    text = _("**Nearest to the truth: {near}, with a PSNR of {psnr:.1f} dB. Most like real "
             "images: {alike}, at a distance of {distance}**; real images are at "
             "{floor:.3g}.").format(
                 near=names_of(BOARD, also_near), psnr=psnr[near],
                 alike=names_of(BOARD, also_alike), floor=m[f"floor_{measure}"],
                 distance=span((m[f"{name}_{measure}"] for name in also_alike), ".3g"))
    warnings = _warnings(m, found, titles) if snapshot.step >= settings.steps else []
    return sentences(text, _lesson(m, near, alike, measure, titles), *warnings)


def _lesson(m: dict[str, float], near: str, alike: str, measure: str,
            titles: dict[str, str]) -> str:
    """What it means that one wins here and another there, if that is so."""
    if near == alike:
        return _("One family wins both here.")
    return _("{near} pays for it with a distance of {distance:.3g}, and {alike} with "
             "{lost:.1f} dB.").format(
                 near=titles[near], distance=m[f"{near}_{measure}"], alike=titles[alike],
                 lost=m[f"{near}_psnr"] - m[f"{alike}_psnr"])


def _warnings(m: dict[str, float], found: Any, titles: dict[str, str]) -> list[str]:
    """Which families should have several answers, and have nearly the same one each time.

    Ask when all nets have had most of their steps: a VAE's answers begin alike and part late.
    """
    diversity = {name: m[f"{name}_diversity"] for name, family in found.items() if family.varied}
    most = max(diversity, key=lambda name: diversity[name])
    return [_("**The answers of {family} are nearly alike:** they differ by {few:.3f}, those of "
              "{other} by {many:.3f}.").format(
                  family=titles[name], few=value, other=titles[most], many=diversity[most])
            for name, value in diversity.items() if value < ALIKE * diversity[most]]


def browse(run: Run) -> None:
    """Let the visitor choose a held-out picture, and see many answers to it."""
    st.markdown(_("#### One picture, many answers"))
    index = int(st.number_input(_("which held-out picture"), 0, N_HELD_OUT - 1, 0,
                                key="applications-index"))
    _show(ask_once(run, "answers", index=index, n=N_ASKED))


def own(run: Run) -> None:
    """Let the visitor draw, take a part of the drawing away, and see it restored."""
    st.markdown(_("#### Your own drawing, restored"))
    drawn = draw_image("applications")
    if drawn is None:
        st.caption(_("Draw something. Then it is made small, or grey, and every family restores "
                     "it without having seen your drawing."))
        return
    _show(ask_once(run, "own", picture=drawn.tolist(), n=N_ASKED))


def _show(reply: dict[str, Any] | None) -> None:
    """Draw an answer: what was given and the truth, then a row for each family."""
    if reply is None:
        return
    varied = {name: family for name, family in families.found().items() if family.varied}
    single = {name: family for name, family in families.found().items() if not family.varied}
    columns = st.columns(2 + len(single))
    shown = [(_("given"), reply["given"]), (_("truth"), reply["truth"]),
             *((_(family.title), reply[name][0]) for name, family in single.items())]
    for column, (title, image) in zip(columns, shown, strict=True):
        with column:
            st.caption(title)
            pictures(image[None], 1)
    for name, family in varied.items():
        mean, spread = np.asarray(reply[f"mean_{name}"]), np.asarray(reply[f"spread_{name}"])
        open_at = np.rint(255 * (spread / WIDEST).clip(0, 1)).astype(np.uint8)
        answers, middle, apart = st.columns((N_ASKED, 1.2, 1.2))
        with answers:
            st.caption(_(family.title))
            pictures(reply[name], N_ASKED)
        with middle:
            st.caption(_("mean"))
            pictures(mean[None], 1)
        with apart:
            st.caption(_("spread"))
            pictures(open_at[None], 1)
    st.caption(_("The mean of the answers should look like that of the average. The spread is the "
                 "brighter the more they differ: there the question is open."))
