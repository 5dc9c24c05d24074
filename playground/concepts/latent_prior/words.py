"""What the page of learned priors says: its caption, and the numbers of its prose."""

from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.language import _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot

LITTLE = 0.1  # nats
BY_HEART = 0.7  # of the bits of a held-out word


def caption(run: Run[LatentPriorSettings], snapshot: Snapshot) -> str:
    """Say who learns, and what the learned prior gains."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if snapshot.step == 0:
        return _("Nobody has learned anything yet. The autoencoder learns in the first half of "
                 "the steps, the prior of its codes in the second.")
    if "gain" not in m:
        return _first_half(m, settings)
    return _words(m) if settings.is_words else _numbers(m, settings)


def _first_half(m: dict[str, float], settings: LatentPriorSettings) -> str:
    if settings.is_words:
        return _("**The autoencoder learns; the prior waits.** Each word alone costs {bits:.2f} "
                 "bits, and pictures of such words are rubble.").format(bits=m["bits_alone"])
    return _("**The autoencoder learns; the prior waits.** With N(0, I) log p(x) of a held-out "
             "picture is at least {bound:.2f} nats.").format(bound=m["bound_normal"])


def _numbers(m: dict[str, float], settings: LatentPriorSettings) -> str:
    said = _("**The bound is {normal:.2f} nats with N(0, I) and {learned:.2f} with the learned "
             "prior: {gain:+.2f}**, all of it in the cost of the code. Encoder and decoder are "
             "frozen.").format(normal=m["bound_normal"], learned=m["bound_learned"],
                               gain=m["gain"])
    if m["gain"] < 0:
        return sentences(said, _("**The learned prior is worse than N(0, I).**"))
    if m["gain"] < LITTLE and settings.beta >= 1:
        return sentences(said, _("With this beta the codes are near N(0, I) already."))
    return said


def _words(m: dict[str, float]) -> str:
    said = _("**A held-out word costs {alone:.2f} bits alone and {bits:.2f} by the learned "
             "prior.** The bound of log p(x) goes from {normal:.1f} to {learned:.1f} nats."
             ).format(alone=m["bits_alone"], bits=m["bits"], normal=m["bound_normal"],
                      learned=m["bound_learned"])
    if m["bits_known"] < BY_HEART * m["bits"]:
        return sentences(said, _("**Words of training pictures cost {bits:.2f}: the prior learns "
                                 "their texts by heart.**").format(bits=m["bits_known"]))
    return said


def numbers(run: Run[LatentPriorSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None:
        return {}
    m, s = last.metrics, run.settings
    formats = {"reconstruction": ".2f", "entropy": ".2f", "cost_normal": ".2f",
               "cost_learned": ".2f", "bound_normal": ".2f", "bound_learned": ".2f",
               "gain": "+.2f", "bits_alone": ".2f", "bits": ".2f", "perplexity": ".1f"}
    return {"step": f"{last.step:,}", "half": f"{s.steps // 2:,}", "beta": f"{s.beta:g}",
            "latent_dim": str(s.latent_dim), "words": str(s.vocabulary)} | {
        name: shown(m[name], spec) if name in m else "–" for name, spec in formats.items()}
