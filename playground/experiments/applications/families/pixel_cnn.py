"""A PixelCNN that is given an image: pixel after pixel."""

from typing import TYPE_CHECKING

from playground.experiments.applications.family import Restorer, RestoringFamily
from playground.experiments.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.experiments.applications.pairs import Pairs

LAYERS, KERNEL = 2, 5


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Share the features of its blocks out among the colours."""
    from model_zoo.conditional_pixel_cnn import ConditionalPixelCNN
    from playground.experiments.applications.restorers import TrainedRestorer
    from playground.experiments.autoregressive import shared_out

    model = ConditionalPixelCNN(
        pairs.shape, pairs.n_given, pairs.levels, shared_out(settings.features, pairs.shape[0]),
        LAYERS, KERNEL, settings.features // 2)
    return TrainedRestorer(model, pairs, settings, rate=2e-3, device=device)


FAMILY = RestoringFamily(
    title=N_("PixelCNN"), answers="exact", build=build, page="pixel_cnn",
    why=N_("the chain rule: each pixel, given those before it and all that is left of the "
           "picture"),
)
