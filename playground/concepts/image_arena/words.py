"""What the page of the arena of images says: titles, and who leads by which measure."""

from playground.concepts.image_arena import families
from playground.concepts.image_arena.board import BOARD
from playground.experiments.contest_settings import ContestSettings
from playground.experiments.contestant import took_part
from playground.language import N_, _, sentences
from playground.snapshot import Snapshot
from playground.ui.tools.contest import CLOSER, headline, is_early, names_of, nearest, span

GOOD, ALIKE, COVERED = 0.5, 0.2, 0.75
DENSER = 1.5  # times the density of independent pixels, which are never good samples
UNLIKE = 40  # times the distance of real images: about that of nets that are untrained
CHANCE = 0.01  # of the bits: two that are closer may change places with other held-out images


def title(name: str, metrics: dict[str, float]) -> str:
    """Return what stands over the samples of a family: its name and its held-out score."""
    return headline(BOARD, name, metrics, "bits", N_("{bits} bits/dim"))


def caption(settings: ContestSettings, snapshot: Snapshot) -> str:
    """Say who leads in likelihood and who in samples, and whether that is the same one.

    Args:
        settings: as they stand at this moment.
    """
    m = snapshot.metrics
    found = took_part(families.found(), m)
    rated = {name: m[f"{name}_bits"] for name in found if f"{name}_bits" in m}
    judged = {name: m[f"{name}_fid"] for name in found if f"{name}_fid" in m}
    best = min(rated, key=lambda name: rated[name])
    said = [_("**Held out, {family} needs the fewest bits: {bits} per dimension.**").format(
        family=_(found[best].title), bits=found[best].claim.write(rated[best], 3, -1))]
    ties = [name for name in rated if name != best and rated[name] < (1 + CHANCE) * rated[best]]
    if ties:
        said.append(_("That is hardly a lead: less than 1% behind: {families}.").format(
            families=names_of(BOARD, ties)))
    if is_early(settings, snapshot):
        return sentences(*said, _("The nets are still at the beginning."))
    hidden = [name for name in rated if found[name].claim.kind == "bound"
              and name not in (best, *ties)]
    if hidden:
        said.append(_("{family} says {bits}, a bound: it may be better than it says.").format(
            family=_(found[hidden[0]].title),
            bits=found[hidden[0]].claim.write(rated[hidden[0]], 3, -1)))
    if len(judged) < len(found):
        return sentences(*said, _("Not everybody's samples have been judged yet."))
    closest = nearest(judged)
    if judged[closest[0]] > UNLIKE * m["floor_fid"]:
        return sentences(*said, _(
            "All samples are far from real images: at a Fréchet distance of {distance:.2f} or "
            "more, where real images are at {floor:.2f}.").format(
                distance=judged[closest[0]], floor=m["floor_fid"]))
    said.append(_("Closest samples: {families}, at a Fréchet distance of {distance}; real images "
                  "are at {floor:.2f}.").format(
                      families=names_of(BOARD, closest),
                      distance=span((judged[name] for name in closest), ".2f"),
                      floor=m["floor_fid"]))
    said += [_("**{family}: good but alike** (precision {precision:.2f}, recall {recall:.2f}): "
               "its samples leave out most of what real images show.").format(
                   family=_(found[name].title), precision=m[f"{name}_precision"],
                   recall=m[f"{name}_recall"])
             for name in judged if _is_good(name, m) and _is_alike(name, m)]
    for implicit in (name for name in judged if name not in rated):
        if beaten := [name for name in rated if CLOSER * judged[name] > judged[implicit]]:
            said.append(_("{family} cannot say how likely a picture is, and its samples are "
                          "closer than those of: {beaten}.").format(
                              family=_(found[implicit].title),
                              beaten=names_of(BOARD, beaten)))
    return sentences(*said)


def _is_good(name: str, m: dict[str, float]) -> bool:
    """Tell whether samples lie among real images, by three measures.

    One wide ball around a real image makes precision large; it does so for independent pixels too.
    """
    return (m[f"{name}_precision"] > GOOD * m["floor_precision"]
            and m[f"{name}_density"] > DENSER * m["independent_density"]
            and m[f"{name}_fid"] < m["independent_fid"])


def _is_alike(name: str, m: dict[str, float]) -> bool:
    """Tell whether samples leave out most of what real images show, by two measures."""
    return (m[f"{name}_recall"] < ALIKE * m["floor_recall"]
            and m[f"{name}_coverage"] < COVERED * m["floor_coverage"])
