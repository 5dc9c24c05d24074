"""A GAN of convolutions."""

from playground.claim import NO_CLAIM
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

SMALLER = 8  # pixels to a place of the middle layers
RATES = {"discriminator": 0.005, "generator": 0.001}


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """Non-saturating, with spectral norm."""
    from model_zoo.dcgan import DCGAN
    from playground.concepts.image_arena.by_noise import ByNoise

    shape = images.data.shape
    model = DCGAN(shape, settings.latent_dim, settings.features)
    return ByNoise(model, images, settings.batch_size, uses=shape[1] * shape[2] // SMALLER,
                   rate=RATES, betas=(0.5, 0.9), device=device)


FAMILY = ImageFamily(
    title=N_("GAN"), claim=NO_CLAIM, build=build, page="dcgan",
    color="#D1304A",
    why=N_("it only turns noise into images; how much noise leads to this one, it does not know"),
    copies=N_("it has no encoder: the noise of an image is searched for, by its slope"),
    completes=N_("searches for noise whose image has the known part"),
)
