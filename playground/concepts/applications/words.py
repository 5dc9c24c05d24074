"""What the page of the applications says: who is near the truth, and who looks real."""

from typing import Any

from playground.concepts.applications import families
from playground.concepts.applications.board import BOARD, distance
from playground.experiments.contest_settings import ContestSettings
from playground.experiments.contestant import took_part
from playground.language import _, sentences
from playground.snapshot import Snapshot
from playground.ui.tools.contest import is_early, names_of, nearest, span

EARLY = 0.5  # of the steps, since the judge takes some hundred of them
NEAR = 0.1  # dB: a difference that other held-out images may turn round
UNLIKE = 30  # times the distance of real images
ALIKE = 0.2  # of the diversity of the most diverse family


def caption(settings: ContestSettings, snapshot: Snapshot) -> str:
    """Say who is nearest to the truth, who looks most like real images, and whether they agree.

    Args:
        settings: as they stand at this moment.
    """
    m = snapshot.metrics
    found = took_part(families.found(), m)
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
