"""What the page of the VAE says: its caption, and the numbers of its prose."""

import math

import numpy as np

from playground.concepts.vae.settings import VAESettings
from playground.language import _, plural, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.lab import EARLY

FAR = 3.0
MANY_FAR = 0.05
SILENT_NATS = 0.75
FEW_IN_USE = 0.1


def caption(run: Run[VAESettings], snapshot: Snapshot) -> str:
    """Say what the held-out numbers mean, and what is wrong."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if settings.is_vq:
        use = _("**{used:.0f} of {words} words in use**, as hard to guess as {perplexity:.1f} "
                "equally frequent ones.").format(words=settings.words, **m)
    else:
        use = plural("**{active:.0f} of {latent} latent dimension in use.**",
                     "**{active:.0f} of {latent} latent dimensions in use.**",
                     settings.latent_dim).format(active=m["active"],
                                                 latent=settings.latent_dim)
    parts = _("The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f} nats: "
              "held-out {log_p} is at least {elbo:.1f} nats (ELBO).")
    if not settings.claim.is_log_p:
        parts = _("The codes cost {kl:.1f} nats, the reconstruction {reconstruction:.1f}. "
                  "Their sum is {why}.")
    parts = parts.format(kl=m["held_out_kl"], reconstruction=m["held_out_reconstruction"],
                         elbo=m["held_out_elbo"], log_p=settings.claim.name,
                         why=_(settings.claim.why))
    return sentences(use, parts, _diagnosis(settings, snapshot))


def numbers(run: Run[VAESettings]) -> dict[str, str]:
    """Return the newest held-out numbers for the prose."""
    last = run.history.last
    metrics = last.metrics if last else {}
    names, claim = ("held_out_reconstruction", "held_out_kl"), run.settings.claim
    elbo = claim.write(metrics.get("held_out_elbo"))
    means = _("minus the sum of both: a bound of {log_p}").format(log_p=claim.name)
    said = {"elbo": _("{value} nats").format(value=elbo) if claim.is_log_p else elbo,
            "elbo_means": means if claim.is_log_p else claim.text()}
    return said | {
        name: shown(metrics[name], ".2f") if name in metrics else "..." for name in names} | {
        "active": shown(metrics['active'], ".0f") if "active" in metrics else "–",
        "beta": f"{metrics['beta']:.3g}" if "beta" in metrics else "–",
        "latent_dim": str(run.settings.latent_dim),
        "step": f"{run.step:,}",
        **_one_code(last),
    }


def _diagnosis(settings: VAESettings, snapshot: Snapshot) -> str:
    """Say what is wrong with the codes, if anything is, from this moment's numbers."""
    if snapshot.step == 0:
        return _("Nothing has been learned yet.")
    if settings.is_vq:
        return ""
    far = float((np.linalg.norm(snapshot.arrays["codes"], axis=1) > FAR).mean())
    if snapshot.step < EARLY * settings.steps:
        silent = snapshot.metrics["held_out_kl"] < SILENT_NATS
        return _("The code tells little yet.") if silent else ""
    silent = snapshot.metrics["active"] <= FEW_IN_USE * settings.latent_dim
    if silent and snapshot.metrics["held_out_kl"] < SILENT_NATS:
        return _("**Posterior collapse:** the code says hardly anything, and the decoder does not "
                 "listen.")
    if far > MANY_FAR:
        return _("**Holes:** {far:.0%} of the codes lie more than 3 sigma from the origin, where "
                 "the prior hardly ever draws one.").format(far=far)
    return ""


def _one_code(last: Snapshot | None) -> dict[str, str]:
    """Return mean and standard deviation of one held-out datum's code, for the prose."""
    if last is None or "posteriors" not in last.arrays:
        return dict.fromkeys(("mu", "sigma", "axis", "one_kl"), "–")
    mean, sigma = last.arrays["posteriors"][0][:, 0].tolist()
    return {"one_kl": shown((mean**2 + sigma**2 - 1) / 2 - math.log(sigma), ".2f"),
            "mu": shown(mean, ".2f"), "sigma": shown(sigma, ".2f"),
            "axis": str(int(last.arrays["axes"][0]) + 1)}
