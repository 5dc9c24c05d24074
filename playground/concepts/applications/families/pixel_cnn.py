"""A PixelCNN that is given an image: pixel after pixel."""

import math
from typing import TYPE_CHECKING

from playground.claim import Claim
from playground.concepts.applications.restorer import Restorer, RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.concepts.applications.pairs import Pairs

LAYERS, KERNEL = 2, 5


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Share the features of its blocks out among the colours."""
    from torch import Tensor

    from model_zoo.conditional_pixel_cnn import ConditionalPixelCNN
    from playground.concepts.applications.restorers import TrainedRestorer
    from playground.experiments.autoregressive import shared_out
    from playground.experiments.base import Work
    from playground.experiments.pieces import to_the_end
    from playground.experiments.twin import on_cpu

    model = ConditionalPixelCNN(
        pairs.shape, pairs.n_given, pairs.levels, shared_out(settings.features, pairs.shape[0]),
        LAYERS, KERNEL, settings.features // 2)

    def draw(n: int, seen: Tensor) -> Work[Tensor]:
        path = on_cpu(model).path(n, seen.cpu())
        return (yield from to_the_end(path, math.prod(pairs.shape))).x.to(seen.device)

    return TrainedRestorer(model, pairs, settings, draw=draw, rate=2e-3, device=device)


FAMILY = RestoringFamily(
    title=N_("PixelCNN"), claim=Claim("exact", given="image"), build=build, page="pixel_cnn",
    color="#3A97CC",
    why=N_("the chain rule: each pixel, given those before it and all that is left of the "
           "picture"),
)
