"""A net that is trained on the squared error: the mean of all answers."""

from typing import TYPE_CHECKING

from playground.claim import NO_CLAIM
from playground.concepts.applications.restorer import Restorer, RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.concepts.applications.pairs import Pairs


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Build the same net that the others use, without a code."""
    from model_zoo.mean_regression import MeanRegression
    from playground.concepts.applications.restorers import TrainedRestorer

    model = MeanRegression(pairs.shape, pairs.n_given, settings.features)
    return TrainedRestorer(model, pairs, settings, rate=2e-3, device=device)


FAMILY = RestoringFamily(
    title=N_("Average"), claim=NO_CLAIM, build=build, page="applications",
    color="#C07F00", varied=False,
    why=N_("it estimates the mean of all answers, and not how likely each one is"),
)
