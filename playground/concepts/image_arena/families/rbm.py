"""A restricted Boltzmann machine, of pixels that are black or white."""

from operator import attrgetter

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_

GIBBS_STEPS, N_CHAINS = 5, 200  # of an update


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """Persistent chains."""
    from model_zoo.rbm import RBM
    from playground.concepts.image_arena.by_gibbs import ByGibbs

    model = RBM(images.data.shape, settings.hidden, rule="pcd", k=GIBBS_STEPS, n_chains=N_CHAINS)
    return ByGibbs(model, images, settings.batch_size, rate=0.005, device=device)


FAMILY = ImageFamily(
    title=N_("Boltzmann machine"), claim=Claim("estimate"), build=build, page="rbm",
    color="#F050A0", takes=attrgetter("is_black_or_white"),
    why=N_("how low its energy is, less log Z; annealed chains estimate log Z, and may miss"),
    copies=N_("up to the chances of its hidden units, and down again"),
    completes=N_("draws hidden units and missing pixels in turn, with what is known held"),
)
