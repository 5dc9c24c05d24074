"""What the page of generative stochastic networks says: its caption, the numbers of its prose."""

from playground.concepts.gsn.settings import GSNSettings
from playground.language import _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot

FAR = 3.0  # times the floor
RARE = 15.0  # changes in 100 steps
LOST = 0.75  # of what is near a mode in the data


def caption(run: Run[GSNSettings], snapshot: Snapshot) -> str:
    """Say how near chains come to data, and how they mix."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if snapshot.step == 0:
        return _("Nobody has learned anything yet: chains go from noise to noise. Press Train.")
    near = _pictures(m) if settings.is_image else _points(m)
    return sentences(near, _mixes(m), _mean(settings))


def _points(m: dict[str, float]) -> str:
    said = _("**W2 {w2:.2f} from the chains' ends to data; as many real points get {floor:.2f}.**"
             ).format(w2=m["w2"], floor=m["floor_w2"])
    if "modes" not in m:
        return said
    modes = _("{modes:.0f} of {all:.0f} modes, {good:.0%} near one.").format(
        modes=m["modes"], all=m["floor_modes"], good=m["high_quality"])
    between = (_("**Many chains stand between the groups, where no data are.**")
               if m["high_quality"] < LOST else "")
    return sentences(said, modes, between)


def _pictures(m: dict[str, float]) -> str:
    said = _("**Fréchet distance {fid:.2f} from the chains' ends to held-out pictures; training "
             "pictures get {floor:.2f}.**").format(fid=m["fid"], floor=m["floor_fid"])
    if m["fid"] > FAR * m["floor_fid"]:
        return sentences(said, _("Many of the chains are at no digit."))
    return said


def _mixes(m: dict[str, float]) -> str:
    said = _("A chain comes near another class {changes:.0f} times in 100 steps.").format(
        changes=m["changes"])
    return sentences(said, _("**It hardly mixes.**")) if m["changes"] < RARE else said


def _mean(settings: GSNSettings) -> str:
    if settings.chain_goes_on == "draw":
        return ""
    return _("**Chains go on from means: this is no sampling, they shrink.**")


def numbers(run: Run[GSNSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None:
        return {}
    m = last.metrics
    formats = {"w2": ".2f", "floor_w2": ".2f", "fid": ".2f", "floor_fid": ".2f",
               "changes": ".0f", "held_out": ".2f"}
    s = run.settings
    noise = f"{s.replaced:.0%}" if s.is_image else f"{s.corrupting_noise:g}"
    return {"step": f"{last.step:,}", "noise": noise, "walk": str(s.walk_back)} | {
        name: shown(m[name], spec) if name in m else "–" for name, spec in formats.items()}
