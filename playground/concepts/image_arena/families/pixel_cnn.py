"""PixelCNN: masked convolutions, pixel by pixel."""

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

BLOCKS, KERNEL = 4, 7


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """As on its page by default."""
    from model_zoo.pixel_cnn import PixelCNN
    from playground.concepts.image_arena.pixel_by_pixel import PixelByPixel
    from playground.experiments.autoregressive import shared_out

    shape = images.data.shape
    model = PixelCNN(shape, images.levels, shared_out(settings.features, shape[0]), BLOCKS, KERNEL)
    return PixelByPixel(model, images, settings.batch_size, device=device)


FAMILY = ImageFamily(
    title=N_("PixelCNN"), claim=Claim("exact"), build=build, page="pixel_cnn",
    color="#3A97CC",
    why=N_("the chain rule: a factor for each pixel given those before it, all in one pass"),
    copies=N_("it has no code"),
    completes=N_("goes on drawing, each pixel given those before it"),
)
