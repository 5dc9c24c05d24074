"""What the page of the arena says: titles, and who leads and what is suspicious."""

import math

from playground.concepts.arena import families
from playground.concepts.arena.board import BOARD
from playground.experiments.contest_settings import ContestSettings
from playground.language import N_, _, sentences
from playground.snapshot import Snapshot
from playground.ui.tools.contest import headline, is_early, names_of

CLOSE, FAR = 0.1, 1.0
CHANCE = 1.3  # nats times the root of the number of points: three standard errors of a difference
APART = 2  # times as much, if the two were rated by other points
REAL = 1.3  # times the distance of real points: as near as another draw of these may be


def title(name: str, metrics: dict[str, float]) -> str:
    """Return what stands over the small plot of a family: its name and its held-out score."""
    return headline(BOARD, name, metrics, "nats", N_("{nats} nats"))


def caption(settings: ContestSettings, snapshot: Snapshot) -> str:
    """Say who leads in likelihood and who in samples, and what is suspicious.

    Args:
        settings: as they stand at this moment.
    """
    m, found = snapshot.metrics, families.found()
    if "top" not in m:
        return _("There are {n} points of your own; six are needed. Click into the first figure "
                 "to draw some.").format(n=int(m["points"]))
    rated = {name: m[f"{name}_nats"] for name in found if f"{name}_nats" in m}
    best = max(rated, key=lambda name: rated[name])
    said = [_("**Held out, {family} says most: {nats} nats per point.**").format(
        family=_(found[best].title), nats=found[best].claim.write(rated[best]))]
    by = {m[f"{name}_rated"] for name in rated}
    chance = CHANCE * (APART if len(by) > 1 else 1) / math.sqrt(min(by))
    ties = [name for name in rated if name != best and rated[best] - rated[name] < chance]
    if ties:
        said.append(_("That is no lead: less than {chance:.2f} nats behind, which may be chance: "
                      "{families}.").format(chance=chance, families=names_of(BOARD, ties)))
    early = is_early(settings, snapshot)
    hidden = [name for name in rated if found[name].claim.kind == "bound"
              and name not in (best, *ties) and not early]
    if hidden:
        said.append(_("{family} says {nats}, a bound: it may be better than it says.").format(
            family=_(found[hidden[0]].title),
            nats=found[hidden[0]].claim.write(rated[hidden[0]])))
    if "floor_nats" in m:
        said.append(_("The true density scores {nats:.2f}.").format(nats=m["floor_nats"]))
    if early:
        return sentences(*said, _("The nets are still at the beginning."), *_impossible(m))
    judged = {name: m[f"{name}_transport"] for name in found if f"{name}_transport" in m}
    real = [name for name in judged if judged[name] < REAL * m["floor_transport"]]
    if len(real) > 1:
        said.append(_("Samples about as close as real points, at {floor:.3f}: {families}.").format(
            floor=m["floor_transport"], families=names_of(BOARD, real)))
    elif judged:
        closest = min(judged, key=lambda name: judged[name])
        said.append(_("Closest samples: {family}, at {distance:.3f}; real points are at "
                      "{floor:.3f}.").format(family=_(found[closest].title),
                                             distance=judged[closest],
                                             floor=m["floor_transport"]))
    return sentences(*said, *_impossible(m), *_disagreeing(m))


def _impossible(m: dict[str, float]) -> list[str]:
    """Name families that give held-out points no chance at all, each in a sentence."""
    return [_("{family} scores minus infinity: {n:,.0f} of {all:,.0f} held-out points are "
              "impossible, it says.").format(family=_(family.title), n=m[f"{name}_impossible"],
                                             all=m[f"{name}_rated"])
            for name, family in families.found().items() if m.get(f"{name}_impossible")]


def _disagreeing(m: dict[str, float]) -> list[str]:
    """Name families whose samples are good and whose likelihood is not, each in a sentence."""
    found = families.found()
    best = max(m[f"{name}_nats"] for name in found if f"{name}_nats" in m)
    return [_("**{family} draws well and predicts badly.**").format(family=_(family.title))
            for name, family in found.items()
            if m.get(f"{name}_coverage", 0) > m["floor_coverage"] - CLOSE
            and m.get(f"{name}_nats", best) < best - FAR]
