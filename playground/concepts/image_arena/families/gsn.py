"""A generative stochastic network, of pixels that are black or white."""

from operator import attrgetter

from playground.claim import NO_CLAIM
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

WIDER = 2  # times as many units as the other dense nets
REPLACED = 0.1  # share of the pixels in a step


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """Without walk-back."""
    from model_zoo.gsn import GSN, PictureDenoiser, ReplacedPixels
    from playground.concepts.image_arena.by_chain import ByChain

    shape = images.data.shape
    denoiser = PictureDenoiser(shape, WIDER * settings.hidden)
    model = GSN(shape, corruption=ReplacedPixels(REPLACED), denoiser=denoiser)
    return ByChain(model, images, settings.batch_size, uses=1, rate=0.001, device=device)


FAMILY = ImageFamily(
    title=N_("GSN"), claim=NO_CLAIM, build=build, page="gsn",
    color="#507040", takes=attrgetter("is_black_or_white"),
    why=N_("its chain visits images as often as they are likely; how often that is, is written "
           "down nowhere"),
    copies=N_("it has no code"),
    completes=N_("corrupts and guesses again and again, and puts what is known back"),
)
