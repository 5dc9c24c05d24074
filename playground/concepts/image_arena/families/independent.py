"""Pixels that know nothing of each other: what every model must beat."""

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """Count."""
    from playground.concepts.image_arena.independent import IndependentPixels

    return IndependentPixels(images)


FAMILY = ImageFamily(
    title=N_("Independent pixels"), claim=Claim("exact"), build=build, page="density_estimation",
    color="#C07F00",
    why=N_("the product of one chance for each pixel, from a histogram"),
    copies=N_("it has no code"),
    completes=N_("draws the missing pixels as if nothing were known"),
)
