"""What the page of flow matching says: its caption, and the numbers of its prose."""

from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.language import _, plural, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.lab import EARLY

NEAR, FAR = 1.3, 2.0  # times the floor
STRAIGHT, BENT = 0.1, 0.5
RIGHT = 0.9


def caption(run: Run[FlowMatchingSettings], snapshot: Snapshot) -> str:
    """Say how near the samples are, what one step would give, and how straight ways are."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if "points" in m:
        return plural("There is {n} point of your own; six are needed. Click into the figure to "
                      "draw some.", "There are {n} points of your own; six are needed. Click into "
                      "the figure to draw some.", int(m["points"])).format(n=int(m["points"]))
    if snapshot.step == 0:
        return _("Nobody has learned anything yet: play the way, and see noise stay where it is.")
    if settings.is_image:
        return _pictures(m)
    return sentences(_near(m), _told(m), _one(m, settings), _straight(m),
                     _half(run, snapshot, settings))


def _pictures(m: dict[str, float]) -> str:
    error = m.get("held_out", m.get("loss"))
    if error is None:
        return _("Drawn in {n:.0f} evaluations of the net.").format(n=m["evaluations"])
    return _("**Squared error of the velocity: {error:.3f} for each pixel**; drawn in {n:.0f} "
             "evaluations of the net. Play the way to see noise become pictures.").format(
                 error=error, n=m["evaluations"])


def _near(m: dict[str, float]) -> str:
    said = _("**W2 {w2:.2f} to data in {n:.0f} evaluations of the net; as many real points get "
             "{floor:.2f}.**").format(w2=m["w2"], n=m["evaluations"], floor=m["floor_w2"])
    if "modes" in m:
        said = sentences(said, _("{modes:.0f} of {all:.0f} modes, {good:.0%} near one.").format(
            modes=m["modes"], all=m["floor_modes"], good=m["high_quality"]))
    return said


def _told(m: dict[str, float]) -> str:
    """Say how many samples are in the group that the net was told."""
    if "right_class" not in m:
        return ""
    if m["right_class"] < RIGHT:
        return _("**Only {share:.0%} of the samples are in the group that the net was told.**"
                 ).format(share=m["right_class"])
    return _("{share:.0%} are in the group that the net was told.").format(share=m["right_class"])


def _one(m: dict[str, float], settings: FlowMatchingSettings) -> str:
    if m["evaluations"] <= 1:
        return ""
    if m["w2_one"] > FAR * m["floor_w2"]:
        return _("In one step: {w2:.2f}, far off.").format(w2=m["w2_one"])
    if m["w2_one"] < NEAR * m["floor_w2"]:
        return _("In one step: {w2:.2f}, as good as many.").format(w2=m["w2_one"])
    return _("In one step: {w2:.2f}.").format(w2=m["w2_one"])


def _straight(m: dict[str, float]) -> str:
    if "bend" not in m:
        return ""
    if m["bend"] < STRAIGHT:
        return _("The ways are nearly straight (bend {bend:.2f}).").format(bend=m["bend"])
    if m["bend"] > BENT:
        return _("The ways bend (bend {bend:.2f}): their mean is no line, though each pair is "
                 "joined by one.").format(bend=m["bend"])
    return _("The ways bend a little ({bend:.2f}).").format(bend=m["bend"])


def _half(run: Run[FlowMatchingSettings], snapshot: Snapshot,
          settings: FlowMatchingSettings) -> str:
    if not settings.halves or snapshot.step < EARLY * settings.steps:
        return ""
    if snapshot.step <= settings.steps // 2:
        return _("At step {step} the second net begins.").format(step=settings.steps // 2)
    return (_("**The second flow learns from pairs that the first one has joined.**")
            if settings.second_half == "reflow" else
            _("**A consistency model learns from the flow where ways end.**"))


def numbers(run: Run[FlowMatchingSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None:
        return {}
    m = last.metrics
    formats = {"w2": ".2f", "floor_w2": ".2f", "w2_one": ".2f", "bend": ".2f", "held_out": ".3f",
               "evaluations": ".0f"}
    return {"step": f"{last.step:,}"} | {
        name: shown(m[name], spec) if name in m else "–" for name, spec in formats.items()}
