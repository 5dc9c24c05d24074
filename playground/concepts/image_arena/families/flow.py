"""A normalizing flow of couplings at several scales, with noise between the levels."""

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

LAYERS = 4
NOISE_LAYERS, NOISE_FEATURES = 2, 16


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """Splines at two scales; the noise between the levels is learned, too."""
    from model_zoo.dequantisation import DequantisedFlow, Learned
    from model_zoo.glow import Glow, couplings
    from playground.concepts.image_arena.by_flow import ByFlow

    shape = images.data.shape
    flow = Glow(shape, LAYERS, settings.features, bend="spline")
    noise = Learned(couplings(shape, NOISE_LAYERS, NOISE_FEATURES, scales=1, n_given=shape[0]))
    model = DequantisedFlow(shape, images.levels, flow=flow, noise=noise)
    return ByFlow(model, images, settings.batch_size, uses=shape[1] * shape[2] // 8, rate=0.002,
                  device=device)


FAMILY = ImageFamily(
    title=N_("Flow"), claim=Claim("bound"), build=build, page="flow",
    color="#6B8E23",
    why=N_("the density of real numbers is exact; a level is a whole interval of them, and some "
           "places in it give a lower bound"),
    copies=N_("each image has one code, and the code gives it back without any error"),
    completes=N_("starts at a sample and climbs to where it is likely beside the known part, "
                 "with noise that fades"),
)
