"""Diffusion: a small U-Net that takes noise off, told how much there is."""

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

SMALLER = 8  # pixels to a place of the middle layers


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """The cosine schedule, v, and DDIM with 50 steps; half as many feature maps as the others."""
    from model_zoo.diffusion import PictureDiffusion
    from model_zoo.time_u_net import TimeUNet
    from playground.concepts.image_arena.by_diffusion import ByDiffusion
    from playground.experiments.diffused import maps

    shape = images.data.shape
    net = TimeUNet(shape, maps(settings.features))
    model = PictureDiffusion(shape, net, n_levels=images.levels)
    return ByDiffusion(model, images, settings.batch_size, uses=shape[1] * shape[2] // SMALLER,
                       rate=0.003, device=device)


FAMILY = ImageFamily(
    title=N_("Diffusion"), claim=Claim("bound"), build=build, page="diffusion",
    color="#2E8B8B",
    why=N_("a chain of steps from noise costs something at each step; the sum is a bound"),
    copies=N_("its differential equation leads each image to a noise, and from there back"),
    completes=N_("walks from noise, and puts what is known back after each step, as noisy as all "
                 "the rest"),
)
