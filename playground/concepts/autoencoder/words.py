"""What the page of the autoencoder says: its caption, and the numbers of its prose."""

from playground.concepts.autoencoder.settings import AutoencoderSettings
from playground.language import _, plural, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.lab import EARLY

SILENT = 0.02
CLOSE = 5.0
OVERFIT = 1.3
QUICK = 0.02  # the learning rate at which the subspace is found in the usual steps


def caption(run: Run[AutoencoderSettings], snapshot: Snapshot) -> str:
    """Say what the codes keep, and diagnose what went wrong."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    early = snapshot.step < EARLY * settings.steps
    kept, pca = (1 - m[name] / m["mean_error"] for name in ("held_out_error", "pca_error"))
    parts = [plural("**{kept:.0%} of the variance of held-out pictures comes back from {k} "
                    "number**; from one principal component, {pca:.0%}.",
                    "**{kept:.0%} of the variance of held-out pictures comes back from {k} "
                    "numbers**; from as many principal components, {pca:.0%}.",
                    settings.latent_dim).format(kept=kept, k=settings.latent_dim, pca=pca)]
    if kept < SILENT and early:
        parts = [_("The copies are no better than the mean picture yet: their error is "
                   "{error:.2f}, that of the mean picture {mean:.2f}.").format(
                       error=m["held_out_error"], mean=m["mean_error"])]
    elif kept < SILENT:
        parts = [_("**The codes say nothing**: each copy is about the mean picture (error "
                   "{error:.2f} of {mean:.2f}).").format(error=m["held_out_error"],
                                                         mean=m["mean_error"])]
    elif settings.sparsity:
        parts.append(_("Of {k} numbers, {n:.1f} speak for a picture on average (participation "
                       "ratio).").format(k=settings.latent_dim, n=m["at_work"]))
    if "largest_angle" in m:
        parts.append(_angle(m["largest_angle"], settings, snapshot.step))
    if "noise" in m:
        parts.append(_("The noise moved each picture by {noise:.1f} (squared error); its copy "
                       "lies {left:.1f} from the clean one.").format(
                           noise=m["noise"], left=m["noise_left"]))
    elif not early and m.get("error", 0) and m["held_out_error"] > OVERFIT * m["error"]:
        parts.append(_("The held-out error is {ratio:.1f} times that of training: part of it "
                       "is learned by heart.").format(ratio=m["held_out_error"] / m["error"]))
    if settings.latent_dim == 2 and kept >= SILENT and not early:
        parts.append(_("{empty:.0%} of the plane is holes: farther from every code than 95% "
                       "of held-out codes are.").format(empty=m["empty"]))
    return sentences(*parts)


def numbers(run: Run[AutoencoderSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    m, settings = run.history.last.metrics if run.history.last else {}, run.settings_at(run.step)
    names = ("held_out_error", "pca_error", "mean_error", "at_work")
    return {name: shown(m[name], ".2f") if name in m else "–" for name in names} | {
        "largest_angle": f"{shown(m['largest_angle'], '.1f')}°" if "largest_angle" in m else
        _("not measured: this run is not linear"),
        "empty": shown(m['empty'], ".0%") if "empty" in m else "–",
        "latent_dim": str(settings.latent_dim), "corruption": f"{settings.corruption:g}",
        "sparsity": f"{settings.sparsity:g}", "step": f"{run.step:,}"}


def _angle(degrees: float, settings: AutoencoderSettings, step: int) -> str:
    if degrees <= CLOSE:
        return _("The code spans PCA's subspace: the largest angle between the two is "
                 "{degrees:.1f} degrees.").format(degrees=degrees)
    text = _("The largest angle between the decoder's subspace and PCA's is {degrees:.0f} "
             "degrees: not there yet.").format(degrees=degrees)
    if step == settings.steps and settings.learning_rate < QUICK:
        return sentences(text, _("A learning rate of {rate:g}, or more steps, may close it."
                                 ).format(rate=QUICK))
    return text
