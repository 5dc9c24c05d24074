"""A pixel transformer: each pixel by attention to all those before it.

Of 28 x 28 pixels a single picture would cost it a billion operations in an update.
"""

from operator import attrgetter

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

WIDTH, BLOCKS, HEADS = 32, 3, 4


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """As on its page by default."""
    from model_zoo.pixel_transformer import PixelTransformer
    from playground.concepts.image_arena.pixel_by_pixel import PixelByPixel

    model = PixelTransformer(images.data.shape, images.levels, WIDTH, BLOCKS, HEADS)
    return PixelByPixel(model, images, settings.batch_size, device=device)


FAMILY = ImageFamily(
    title=N_("Pixel transformer"), claim=Claim("exact"), build=build, page="pixel_transformer",
    color="#9010F0", takes=attrgetter("is_small"),
    why=N_("the chain rule too; each pixel looks at all those before it, at once"),
    copies=N_("it has no code"),
    completes=N_("goes on drawing, each pixel given those before it"),
)
