"""What the page of energy-based models says: its caption, and the numbers of its prose."""

from playground.concepts.energy.settings import EnergySettings
from playground.language import _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.lab import EARLY

FAR = 0.5  # nats that are missing
STRAYED = 0.05  # of p, beyond what is drawn
APART = 2.0  # times the distance that other held-out points have
JEM = "5 × 10⁻⁵"  # T of JEM's code: a step of 2, as it is counted here, and noise 0.01


def caption(run: Run[EnergySettings], snapshot: Snapshot) -> str:
    """Say how likely data are, where the chains have come to, and at which temperature."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if snapshot.step == 0:
        return _("Nobody has learned anything yet: the energy is the bowl that keeps everything "
                 "together, and chains stay in it.")
    if settings.is_image:
        return sentences(_energies(m), _temperature(settings))
    return sentences(_missing(m), _strayed(m, run, snapshot), _arrived(m, settings),
                     _temperature(settings))


def _missing(m: dict[str, float]) -> str:
    if "gap" not in m:
        return _("**log p {log_p:.2f} nats a point, exact.**").format(log_p=m["log_p"])
    return _("**log p {log_p:.2f} nats a point, exact up to the quadrature of Z: {gap:.2f} ± "
             "{error:.2f} below the best there is, minus the entropy, {floor:.2f}.**").format(
                 log_p=m["log_p"], gap=m["gap"], error=m["error"], floor=m["floor"])


def _strayed(m: dict[str, float], run: Run[EnergySettings], snapshot: Snapshot) -> str:
    """Say what is wrong with the density, late in the training."""
    if snapshot.step < EARLY * run.settings.steps:
        return ""
    if m["outside"] > STRAYED:
        return _("**{outside:.0%} of the probability lies beyond this square, where there are no "
                 "data.**").format(outside=m["outside"])
    if m.get("gap", 0.0) > FAR:
        return _("**Wells are at wrong places, or too deep.**")
    return ""


def _arrived(m: dict[str, float], settings: EnergySettings) -> str:
    if "w2" not in m:
        return _("**The chains have flown apart.**")
    said = _("After {steps} steps the chains are {w2:.2f} from held-out points; others of them "
             "are {floor:.2f} away.").format(steps=settings.shown_steps, w2=m["w2"],
                                         floor=m["floor_w2"])
    if m["w2"] < APART * m["floor_w2"] or settings.temperature != 1:
        return said
    return sentences(said, _("Either the density is wrong, or they have not mixed: a picture of "
                             "chains does not tell which, log p does."))


def _energies(m: dict[str, float]) -> str:
    return _("**Fantasies lie {fantasy:.1f} nats above held-out digits, noise {noise:.0f}.** No "
             "log p is claimed: Z is out of reach. Held-out digits lie {held_out:.1f} above "
             "training ones.").format(fantasy=m["fantasy_gap"], noise=m["noise_gap"],
                                      held_out=m["held_out_gap"])


def _temperature(settings: EnergySettings) -> str:
    """Say at which temperature the chains are, where that is not that of the model."""
    if settings.temperature == 1:
        return ""
    return _("**The chains run at T = {t}: they are no samples of p, which has T = 1.**").format(
        t=f"{settings.temperature:.3g}")


def numbers(run: Run[EnergySettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None:
        return {}
    m, settings = last.metrics, run.settings_at(last.step)
    formats = {"log_p": ".2f", "floor": ".2f", "gap": ".2f", "log_z": ".2f",
               "learned_log_z": ".2f", "w2": ".2f", "floor_w2": ".2f", "fantasy_gap": ".2f",
               "noise_gap": ".1f", "outside": ".1%"}
    return {"step": f"{last.step:,}", "temperature": f"{settings.temperature:.3g}",
            "langevin_step": f"{settings.langevin_step:g}",
            "langevin_noise": f"{settings.langevin_noise:g}", "jem": JEM} | {
        name: shown(m[name], spec) if name in m else "–" for name, spec in formats.items()}
