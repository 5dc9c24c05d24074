"""What the page of the GAN on images says: its caption, and the numbers of its prose."""

from playground.concepts.dcgan.settings import DCGANSettings
from playground.language import _, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.tools import game

HALF, SOME = 0.5, 0.3
FAR = 3


def caption(run: Run[DCGANSettings], snapshot: Snapshot) -> str:
    """Say how good and how varied the samples are, and what the game is about to do."""
    m, settings = snapshot.metrics, run.settings_at(snapshot.step)
    if snapshot.step == 0:
        return _("Nobody has learned anything yet.")
    if not m["measured_at"]:
        return game.unmeasured(m, settings)
    text = _("**Fréchet distance {fid:.2f}, held-out images get {floor_fid:.2f}**; "
             "{precision:.0%} of the samples lie among real images (of held-out images: "
             "{floor_precision:.0%}), and {recall:.0%} of real images among samples (among "
             "held-out images: {floor_recall:.0%}).").format(**m)
    return sentences(
        text, game.when(m, snapshot.step), _state(m), game.beliefs(m, settings),
        game.verdict(m, settings, differ=m["fid"] > FAR * m["floor_fid"]))


def numbers(run: Run[DCGANSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    last = run.history.last
    if last is None:
        return {}
    return {"step": str(last.step), "measured": shown(last.metrics['measured'], ".0f")} | {
        name: f"{last.metrics[name]:.3g}" for name in (
            "fid", "floor_fid", "kid", "floor_kid", "precision", "floor_precision", "recall",
            "floor_recall", "shown_real", "shown_fake")}


def _state(m: dict[str, float]) -> str:
    """Say what goes wrong with the samples, where more than one measure says so."""
    if m["fid"] > 2 * m["spread"]:  # what one real image has on average, again and again
        return _("One real image, again and again, would be nearer to the data.")
    if (m["recall"] < HALF * m["floor_recall"] and m["rarest"] < HALF
            and m["precision"] > SOME * m["floor_precision"]):
        return _("**Alike:** the samples leave out much of what real images show; the rarest "
                 "class has {share:.0%} of its even share.").format(share=m["rarest"])
    if m["precision"] < HALF:
        return _("Most samples do not look like real images.")
    return ""
