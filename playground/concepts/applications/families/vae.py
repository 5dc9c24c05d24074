"""A VAE that is given an image: each code is an answer."""

from typing import TYPE_CHECKING

from playground.claim import Claim
from playground.concepts.applications.restorer import Restorer, RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_

if TYPE_CHECKING:
    from playground.concepts.applications.pairs import Pairs

AT_ONCE = 20  # images


def build(pairs: "Pairs", settings: ApplicationsSettings, device: str) -> Restorer:
    """Draw codes; the answer is the mean of p(x|z, c), without the noise of each pixel alone."""
    import torch
    from torch import Tensor

    from model_zoo.conditional_vae import ConditionalVAE
    from model_zoo.likelihoods import Categorical
    from playground.concepts.applications.restorers import TrainedRestorer
    from playground.experiments.base import Work

    model = ConditionalVAE(pairs.shape, pairs.n_given, settings.latent_dim, settings.features,
                           settings.beta, likelihood=Categorical(pairs.levels))

    def draw(n: int, seen: Tensor) -> Work[Tensor]:
        codes = torch.randn(n, settings.latent_dim, device=seen.device)
        parts: list[Tensor] = []
        for rows in torch.arange(n, device=seen.device).split(AT_ONCE):
            yield len(parts) * AT_ONCE / n
            parts.append(model.decode(codes[rows], seen[rows]))
        return torch.cat(parts)

    return TrainedRestorer(model, pairs, settings, draw=draw, rate=2e-3, device=device)


FAMILY = RestoringFamily(
    title=N_("VAE"), claim=Claim("bound", given="image"), build=build, page="vae",
    color="#009E73",
    why=N_("p(x|c) is an integral over all codes that nobody can work out; some codes give a "
           "lower bound"),
)
