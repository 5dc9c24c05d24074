"""PixelRNN: a Diagonal BiLSTM, pixel by pixel."""

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

LAYERS, KERNEL = 1, 7
SLOWER = 4  # a walk takes so many times as long for a weight as a convolution


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """As on its page by default."""
    from model_zoo.pixel_rnn import DiagonalBiLSTM
    from playground.concepts.image_arena.pixel_by_pixel import PixelByPixel
    from playground.experiments.autoregressive import shared_out

    shape = images.data.shape
    model = DiagonalBiLSTM(shape, images.levels, shared_out(settings.units, shape[0]), LAYERS,
                           KERNEL)
    return PixelByPixel(model, images, settings.batch_size, slower=SLOWER, device=device)


FAMILY = ImageFamily(
    title=N_("PixelRNN"), claim=Claim("exact"), build=build, page="pixel_rnn",
    color="#B05CB8",
    why=N_("the chain rule too, with a memory that walks along the diagonals"),
    copies=N_("it has no code"),
    completes=N_("goes on drawing, each pixel given those before it"),
)
