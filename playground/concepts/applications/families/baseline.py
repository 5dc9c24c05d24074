"""No net: bicubic enlargement, or the mean colour."""

from typing import TYPE_CHECKING

from playground.claim import NO_CLAIM
from playground.concepts.applications.restorer import Restorer, RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.concepts.applications.pairs import Pairs


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Take the task's own formula."""
    from playground.concepts.applications.restorers import Formula

    return Formula(pairs.task)


FAMILY = RestoringFamily(
    title=N_("Baseline"), claim=NO_CLAIM, build=build, page="applications",
    color="#808080", varied=False,
    why=N_("it has one answer and no probabilities"),
)
