"""A variational autoencoder of dense layers."""

from playground.claim import Claim
from playground.concepts.image_arena.image_contestant import ImageContestant, ImageFamily, Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.language import N_


def build(images: Images, settings: ImageArenaSettings, device: str) -> ImageContestant:
    """Its decoder chooses among as many levels as a pixel has."""
    from model_zoo.likelihoods import Bernoulli, Categorical
    from model_zoo.vae import VAE
    from playground.concepts.image_arena.by_code import ByCode

    likelihood = Bernoulli() if images.levels == 2 else Categorical(images.levels)
    model = VAE(images.data.shape, settings.latent_dim, (settings.hidden,) * 2,
                likelihood=likelihood)
    return ByCode(model, images, settings.batch_size, uses=1, rate=0.003, device=device)


FAMILY = ImageFamily(
    title=N_("VAE"), claim=Claim("bound"), build=build, page="vae",
    color="#009E73",
    why=N_("p(x) is an integral over all codes that nobody can work out; some codes give a "
           "lower bound"),
    copies=N_("its encoder guesses the code, the decoder copies from it"),
    completes=N_("guesses a code, draws, puts the known part back, and again"),
)
