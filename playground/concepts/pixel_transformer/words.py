"""What the page of the pixel transformer says of its heads."""

from playground.concepts.pixel_transformer.settings import PixelTransformerSettings
from playground.language import _
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot


def heads(snapshot: Snapshot) -> str:
    """Say how far heads look; nothing where nobody looks anywhere."""
    if "reach" not in snapshot.metrics:
        return ""
    return _("In the mean a head looks {reach:.1f} pixels away.").format(
        reach=snapshot.metrics["reach"])


def numbers(run: Run[PixelTransformerSettings]) -> dict[str, str]:
    """Return the numbers of the prose that the family does not know."""
    settings, last = run.settings, run.history.last
    reach = last.metrics.get("reach") if last else None
    return {"blocks": str(settings.blocks), "heads": str(settings.heads),
            "width": str(settings.width),
            "reach": "–" if reach is None else shown(reach, ".1f")}
