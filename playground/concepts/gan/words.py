"""What the page of the GAN says: its caption, and the numbers of its prose."""

from playground.concepts.gan.settings import GANSettings
from playground.experiments.game_settings import PROBABLE
from playground.language import _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.tools import game

FEW, HALF, GOOD = 0.75, 0.5, 0.9  # of what held-out points get
NEAR = 0.1  # nats above the floor


def caption(run: Run[GANSettings], snapshot: Snapshot) -> str:
    """Say how far the samples are, and what the slope of D is worth."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if "points" in m:
        return _("There are {n} points of your own; six are needed. Click into the figure to "
                 "draw some.").format(n=int(m["points"]))
    if snapshot.step == 0:
        return _("Nobody has learned anything yet.")
    if not m["measured_at"]:
        return game.unmeasured(m, settings)
    return sentences(
        _measured(m), game.when(m, snapshot.step),
        _state(m, doubts=game.cannot_tell(m, settings)), game.beliefs(m, settings),
        game.verdict(m, settings, differ=_differ(m)))


def numbers(run: Run[GANSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None:
        return {}
    m, settings = last.metrics, run.settings_at(last.step)
    plain = settings.game in PROBABLE and not settings.r1 and settings.smoothing == 1
    value = shown(-m['discriminator'], ".3f") if plain and "discriminator" in m else "–"
    return {"step": str(last.step), "value": value} | {
        name: shown(m[name], ".3f") if name in m else "–"
        for name in ("shown_real", "shown_fake", "discriminator", "generator", "push",
                     "steepest", "js", "floor_js")}


def _measured(m: dict[str, float]) -> str:
    """The measure that crowding does not flatter, and what can be counted."""
    if "modes" in m:
        return _("**JS {js:.3f} nats on cells, held-out points get {floor:.3f}**; {modes:.0f} of "
                 "{all:.0f} modes, {good:.0%} good samples.").format(
                     js=m["js"], floor=m["floor_js"], modes=m["modes"], all=m["floor_modes"],
                     good=m["high_quality"])
    return _("**JS {js:.3f} nats on cells, held-out points get {floor:.3f}**; precision "
             "{precision:.0%}, recall {recall:.0%}.").format(
                 js=m["js"], floor=m["floor_js"], precision=m["precision"], recall=m["recall"])


def _differ(m: dict[str, float]) -> bool:
    """Whether samples and data differ by more than chance, on cells."""
    return m["js"] > m["floor_js"] + NEAR


def _state(m: dict[str, float], *, doubts: bool) -> str:
    """Say what the samples are like, where more than one measure says so.

    Args:
        m: the metrics of this moment.
        doubts: whether D cannot tell samples from data.
    """
    known = "modes" in m
    good = "high_quality" if known else "precision"
    filled = m["coverage"] > FEW * m["floor_coverage"]
    whole = (m["modes"] > FEW * m["floor_modes"] if known
             else m["recall"] > HALF * m["floor_recall"])
    if m[good] < HALF:
        return _("Most samples lie where no data are.")
    if not whole and not filled:
        return (_("**Much is missing:** D has little against a forger who draws few things well.")
                if doubts else
                _("**Much is missing:** most samples are good, but only of a part of the data."))
    if m[good] < GOOD * m[f"floor_{good}"]:
        return _("Some samples lie where no data are.")
    if _differ(m):
        return "" if filled else _(
            "**Hit, not filled:** the samples are good, but much of the data around them is left "
            "out.")
    return _("Samples and data are nearly alike.") if filled else ""
