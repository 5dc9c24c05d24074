"""A diffusion that is given an image: it takes noise off beside it."""

from typing import TYPE_CHECKING

from playground.claim import Claim
from playground.concepts.applications.restorer import Restorer, RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.concepts.applications.pairs import Pairs

STEPS = 25


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Its U-Net reads the given image beside the noisy one."""
    from model_zoo.diffusion import PictureDiffusion
    from model_zoo.diffusion_samplers import DDIM
    from model_zoo.time_u_net import TimeUNet
    from playground.concepts.applications.restorers import DiffusedRestorer
    from playground.experiments.diffused import maps

    shape = pairs.shape
    net = TimeUNet(shape, maps(settings.features), n_given=pairs.n_given)
    model = PictureDiffusion(shape, net, n_levels=pairs.levels, sampler=DDIM(steps=STEPS))
    return DiffusedRestorer(model, pairs, settings, rate=0.003, device=device)


FAMILY = RestoringFamily(
    title=N_("Diffusion"), claim=Claim("bound", given="image"), build=build, page="diffusion",
    color="#2E8B8B",
    why=N_("a chain of steps from noise costs something at each step; the sum is a bound"),
)
