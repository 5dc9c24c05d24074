"""A flow that is given an image: noise, bent beside it."""

from typing import TYPE_CHECKING

from playground.claim import Claim
from playground.concepts.applications.restorer import Restorer, RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.concepts.applications.pairs import Pairs

LAYERS = 4
NOISE_LAYERS, NOISE_FEATURES = 2, 16
N_STARTED_WITH = 100
MOST_CODES = 2  # each is a pass of the whole flow


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Every coupling's net reads the given image beside what is kept."""
    from model_zoo.dequantisation import DequantisedFlow, Learned
    from model_zoo.glow import Glow, couplings
    from playground.concepts.applications.restorers import TrainedRestorer

    shape = pairs.shape
    flow = Glow(shape, LAYERS, settings.features, bend="spline", n_given=pairs.n_given)
    noise = Learned(couplings(shape, NOISE_LAYERS, NOISE_FEATURES, scales=1, n_given=shape[0]))
    model = DequantisedFlow(shape, pairs.levels, flow=flow, noise=noise)
    restorer = TrainedRestorer(model, pairs, settings, rate=2e-3, most_codes=MOST_CODES,
                               device=device)
    first = slice(N_STARTED_WITH)
    model.start_at(pairs.images[first], pairs.task.enlarge(pairs.given[first]))
    return restorer


FAMILY = RestoringFamily(
    title=N_("Flow"), claim=Claim("bound", given="image"), build=build, page="flow",
    color="#6B8E23",
    why=N_("the density of real numbers is exact; a level is a whole interval of them, and some "
           "places in it give a lower bound"),
)
