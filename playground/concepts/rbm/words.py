"""What the page of the Boltzmann machine says: its caption, and the numbers of its prose."""

from playground.concepts.rbm.settings import MOST_SUMMED, RBMSettings
from playground.language import _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.lab import EARLY

FAR = 1.0  # nats that are missing
GOOD_COPY = 1.0  # wrong pixels
FELL = 0.2  # nats from the highest moment
FEW_SWAPS = 0.05
FEW = 8  # different pictures among the fantasies


def caption(run: Run[RBMSettings], snapshot: Snapshot) -> str:
    """Say how likely data are, how good copies are, and what the fantasies are."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if settings.is_points:
        return sentences(_density(m, settings, snapshot), _swaps(m))
    if snapshot.step == 0:
        return _("Nobody has learned anything yet: each pixel is by itself, and chains go from "
                 "noise to noise. log p of a picture: {log_p} nats.").format(
                     log_p=settings.claim.write(m["log_p"]))
    if not settings.is_bars:
        if settings.is_deep:
            return _bounded(m)
        return sentences(_likely(m, settings), _energy(m), _overfits(m), _swaps(m))
    if settings.is_deep and not settings.is_exact:
        return sentences(_bounded(m), _fantasies(m, settings))
    return sentences(_missing(m), _by_mean_field(m), _copies(m, run, snapshot),
                     _fantasies(m, settings), _swaps(m), _alike(m, snapshot, settings))


def _missing(m: dict[str, float]) -> str:
    return _("**log p {log_p:.2f} nats a picture, exact; {gap:.2f} below the best there is, minus "
             "the entropy, {floor:.2f}.**").format(log_p=m["log_p"], gap=m["gap"],
                                                  floor=m["floor"])


def _density(m: dict[str, float], settings: RBMSettings, snapshot: Snapshot) -> str:
    """Say how likely points are, and of what the density is made."""
    if snapshot.step == 0:
        return _("Nobody has learned anything yet: all bumps lie in the middle. log p of a point: "
                 "{log_p:.2f} nats.").format(log_p=m["log_p"])
    return sentences(
        _("**log p {log_p:.2f} nats a point, exact; {gap:.2f} below the best there is.**").format(
            log_p=m["log_p"], gap=m["gap"]) if "gap" in m else
        _("**log p {log_p:.2f} nats a point, exact.**").format(log_p=m["log_p"]),
        _("The density is a sum of {n:,} bumps of one shape, with deviations of {narrow:.2f} and "
          "{wide:.2f}; most of them weigh nothing.").format(
              n=2**settings.n_hidden, narrow=m["narrow"], wide=m["wide"])
        if settings.n_hidden <= MOST_SUMMED else
        _("All bumps of the density have one shape, with deviations of {narrow:.2f} and "
          "{wide:.2f}.").format(narrow=m["narrow"], wide=m["wide"]))


def _bounded(m: dict[str, float]) -> str:
    return sentences(
        _("**log p ≈ {log_p:.2f} nats a picture: the bound by mean field, which is too low, with "
          "log Z as it was annealed, which makes it rather too high. An estimate.**").format(
              log_p=m["log_p"]),
        _("A copy has {wrong:.2f} wrong pixels.").format(wrong=m["wrong"]))


def _by_mean_field(m: dict[str, float]) -> str:
    if "bound" not in m:
        return ""
    return _("Mean field bounds it by {bound:.2f}: {gap:.2f} nats are lost since the layers "
             "depend on each other.").format(bound=m["bound"], gap=m["log_p"] - m["bound"])


def _copies(m: dict[str, float], run: Run[RBMSettings], snapshot: Snapshot) -> str:
    """Say how good copies are, and whether the likelihood has fallen while they are good."""
    said = _("A copy has {wrong:.2f} wrong pixels of 16.").format(wrong=m["wrong"])
    best = best_so_far(run, snapshot)
    if best is not None and m["wrong"] < GOOD_COPY and best - m["log_p"] > FELL:
        return sentences(said, _("**The copies mislead: log p was {best:.2f} already.**").format(
            best=best))
    return said


def best_so_far(run: Run[RBMSettings], snapshot: Snapshot) -> float | None:
    """Return the highest log p up to a moment, None where there is none."""
    steps, values = run.history.curve("log_p")
    found = [value for step, value in zip(steps, values, strict=True) if step <= snapshot.step]
    return float(max(found)) if found else None


def _fantasies(m: dict[str, float], settings: RBMSettings) -> str:
    return _("{valid:.0%} of the fantasies are bars or stripes after {steps} steps; there are "
             "{found:.0f} different ones of 30.").format(
                 valid=m["valid"], found=m["found"], steps=settings.gibbs_steps)


def _swaps(m: dict[str, float]) -> str:
    if "swaps" not in m:
        return ""
    said = _("Chains at neighbouring temperatures swap places in at least {swaps:.0%} of the "
             "steps.").format(swaps=m["swaps"])
    return said if m["swaps"] > FEW_SWAPS else sentences(
        said, _("**The ladder has a gap.**"))


def _alike(m: dict[str, float], snapshot: Snapshot, settings: RBMSettings) -> str:
    if snapshot.step < EARLY * settings.steps or m["found"] >= FEW or m["gap"] < FAR:
        return ""
    return _("**The chains come to a few pictures alone.**")


def _likely(m: dict[str, float], settings: RBMSettings) -> str:
    if "error" in m:
        return _("**log p ≈ {log_p:.2f} nats a picture: an estimate by annealed importance "
                 "sampling, with a standard error of {error:.2f}, and rather too high than too "
                 "low.**").format(log_p=m["log_p"], error=m["error"])
    return _("**log p {log_p:.1f} nats a picture, exact.**").format(log_p=m["log_p"])


def _energy(m: dict[str, float]) -> str:
    return _("The free energy of noise lies {gap:.1f} nats above that of held-out pictures; a "
             "copy has {wrong:.1f} wrong pixels.").format(gap=m["noise_gap"], wrong=m["wrong"])


def _overfits(m: dict[str, float]) -> str:
    if m["held_out_gap"] < 0.1 * max(m["noise_gap"], 0.0) or m["held_out_gap"] < FAR:
        return ""
    return _("Training pictures lie {gap:.1f} nats lower: some are learned by heart.").format(
        gap=m["held_out_gap"])


def numbers(run: Run[RBMSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None:
        return {}
    m = last.metrics
    formats = {"log_p": ".2f", "floor": ".2f", "gap": ".2f", "wrong": ".2f", "valid": ".0%",
               "found": ".0f", "noise_gap": ".1f"}
    return {"step": f"{last.step:,}"} | {
        name: shown(m[name], spec) if name in m else "–" for name, spec in formats.items()}
