"""What the page of diffusion says: its caption, and the numbers of its prose."""

from playground.concepts.diffusion.settings import DiffusionSettings
from playground.language import _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot


def caption(run: Run[DiffusionSettings], snapshot: Snapshot) -> str:
    """Say how far the particles are from data, and what the walk cost."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if "held_out" not in m:
        return _("There are few points of your own; six are needed. Click into the figure to draw "
                 "some.")
    if snapshot.step == 0:
        return _("Nothing has been learned yet: the particles hardly move.")
    said = []
    if run.all_held_out and snapshot.step == run.step:
        bound = _("**At most {bits:.2f} bits per dimension**, a bound: {nats:.0f} ± {error:.1f} "
                  "nats for a picture, the mean of {n:,.0f} held-out ones.")
        said.append(bound.format(**run.all_held_out))
    if "modes" in m:
        said.append(_("**{modes:.0f} of {all:.0f} groups, {good:.0%} of the particles within "
                      "three sigma of one** (real points: {floor:.0%}).").format(
                          modes=m["modes"], all=m["all_modes"], good=m["high_quality"],
                          floor=m["floor_high_quality"]))
    if "w2" in m:
        said.append(_("The particles lie {w2:.2f} from held-out points (Wasserstein-2, the root "
                      "mean square of the shortest moves), other real points {floor:.2f}.").format(
                          w2=m["w2"], floor=m["floor_w2"]))
    elif not settings.is_image:
        said.append(_("**The particles are no numbers any more.**"))
    if "true_log_p" in m:
        said.append(_("A held-out point costs {nats:.2f} nats by its ODE, {floor:.2f} by the true "
                      "density.").format(nats=-m["log_p"], floor=-m["true_log_p"]))
    elif "log_p" in m:
        said.append(_("A held-out point costs {nats:.2f} nats, by its ODE.").format(
            nats=-m["log_p"]))
    said.append(_("The walk asks the net {n:.0f} times. On held-out data it is wrong by "
                  "{error:.3f}, squared.").format(n=m["evaluations"], error=m["held_out"]))
    if settings.schedule == "short":
        said.append(_("**The last noise level still has 78% of the signal's amplitude**, and "
                      "drawing starts without any."))
    return sentences(*said)


def numbers(run: Run[DiffusionSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    m = last.metrics if last else {}
    forms = {"w2": ".2f", "floor_w2": ".2f", "held_out": ".3f",
             "evaluations": ".0f"}
    nats = {name: shown(-m[of], ".2f") if of in m else "–"
            for name, of in (("nats", "log_p"), ("true_nats", "true_log_p"))}
    return nats | {name: shown(m[name], form) if name in m else "–"
                   for name, form in forms.items()} | {
        "step": f"{run.step:,}"}
