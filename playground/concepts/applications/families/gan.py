"""A GAN that is given an image: noise decides among the answers."""

from typing import TYPE_CHECKING

from playground.claim import NO_CLAIM
from playground.concepts.applications.restorer import Restorer, RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.concepts.applications.pairs import Pairs


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Both players learn in each step, at the same rate."""
    from model_zoo.conditional_gan import ConditionalGAN
    from playground.concepts.applications.restorers import TrainedRestorer

    model = ConditionalGAN(pairs.shape, pairs.n_given, settings.latent_dim, settings.features,
                           l1=settings.l1, first_moment=settings.first_moment)
    return TrainedRestorer(model, pairs, settings, rate=1e-3, betas=(0.5, 0.9), device=device)


FAMILY = RestoringFamily(
    title=N_("GAN"), claim=NO_CLAIM, build=build, page="dcgan",
    color="#D1304A",
    why=N_("it only turns noise into pictures; how likely this one is, it does not know"),
)
