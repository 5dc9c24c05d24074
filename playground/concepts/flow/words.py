"""What the page of flows says: its caption, and the numbers of its prose."""

from playground.concepts.flow.settings import FlowSettings
from playground.experiments import toy_density
from playground.language import _, plural, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.lab import EARLY

NO_DENSITY = 0.05
MUCH_COMPANY = 0.2
MANY_ASTRAY = 0.02


def caption(run: Run[FlowSettings], snapshot: Snapshot) -> str:
    """Say what held-out data cost, how far that is from the floor, and what is wrong."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if "held_out" not in m:
        return _("**Too few points.** Click into the figure to draw some, six at least.")
    if settings.is_image:
        return sentences(_in_bits(settings, snapshot), _start(snapshot))
    cost = _("**A held-out point costs {nats:.2f} nats.**").format(nats=m["held_out"])
    if not settings.claim.is_log_p:
        cost = _("**The loss says {nats:.2f} nats**, which is {why}.").format(
            nats=m["held_out"], why=_(settings.claim.why))
    return sentences(cost, _floor(settings, snapshot), _mass(snapshot), _company(snapshot),
                     _astray(settings, snapshot), _start(snapshot))


def _in_bits(settings: FlowSettings, snapshot: Snapshot) -> str:
    m = snapshot.metrics
    if not settings.claim.is_log_p:
        return _("**{bits:.2f} bits per dimension**, which are {why}.").format(
            bits=m["bits"], why=_(settings.claim.why))
    better = m["gaussian_bits"] - m["bits"]
    said = _("**At most {bits:.2f} bits per dimension** for a held-out picture, a bound.").format(
        bits=m["bits"])
    if better > 0:
        return sentences(said, _("One Gaussian with the data's covariance needs {gaussian:.2f}.")
                         .format(gaussian=m["gaussian_bits"]))
    return sentences(said, _("That is still more than one Gaussian with the data's covariance "
                             "needs: {gaussian:.2f}.").format(gaussian=m["gaussian_bits"]))


def _floor(settings: FlowSettings, snapshot: Snapshot) -> str:
    m = snapshot.metrics
    if "gap" not in m or not settings.claim.is_log_p:
        return ""
    return _("Under the true density the same points cost {floor:.2f} nats: this model lies "
             "{gap:.3f} nats above it.").format(floor=m["floor"], gap=m["gap"])


def _mass(snapshot: Snapshot) -> str:
    mass = snapshot.metrics.get("mass", 1.0)
    if abs(mass - 1) <= NO_DENSITY:
        return ""
    if mass > 1:
        return _("**Its p integrates to {mass:.3g}** over what is shown, and not to 1: it is no "
                 "density.").format(mass=mass)
    return _("Its p integrates to {mass:.2f} over what is shown.").format(mass=mass)


def _company(snapshot: Snapshot) -> str:
    company = snapshot.metrics.get("company", 0.0)
    if company < MUCH_COMPANY:
        return ""
    return _("**A point's log p changes by {company:.1f} nats from batch to batch**, with batches "
             "of 8.").format(company=company)


def _astray(settings: FlowSettings, snapshot: Snapshot) -> str:
    astray = snapshot.metrics.get("astray", 0.0)
    if astray < MANY_ASTRAY or snapshot.step < EARLY * settings.steps:
        return ""
    return _("**{astray:.1%} of the samples lie between the groups**, more than four sigma from "
             "every centre.").format(astray=astray)


def _start(snapshot: Snapshot) -> str:
    return _("Nothing has been learned yet.") if snapshot.step == 0 else ""


def numbers(run: Run[FlowSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last, settings = run.history.last, run.settings
    m = last.metrics if last else {}
    arrays = last.arrays if last else {}
    found = {name: shown(m[name], spec) if name in m else "–" for name, spec in (
        ("held_out", ".2f"), ("floor", ".2f"), ("gap", ".3f"), ("mass", ".2f"), ("bits", ".2f"),
        ("gaussian_bits", ".2f"), ("astray", ".1%"))}
    parts = arrays.get("parts")
    return found | {
        "step": f"{run.step:,}",
        "n_layers": plural("{n} layer", "{n} layers", settings.flow_layers).format(
            n=settings.flow_layers),
        "code_part": "–" if parts is None else shown(float(parts[0]), ".2f"),
        "layer_part": "–" if parts is None else shown(float(parts[1:].sum()), ".2f"),
        "levels": str(settings.levels),
        "entropy": _entropy(settings),
    }


def _entropy(settings: FlowSettings) -> str:
    """The entropy of the density that the data are drawn from, where that is known."""
    nats = toy_density.entropy(settings.dataset, settings.noise)
    return "–" if nats is None else shown(nats, ".2f")
