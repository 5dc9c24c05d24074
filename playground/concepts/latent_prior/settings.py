"""What a visitor can turn on the page of learned priors."""

from playground.claim import Claim
from playground.concepts.pixel_cnn.settings import PixelCNNSettings
from playground.concepts.vae.settings import VAESettings
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
    components_knob,
    dataset_knob,
    hidden_knob,
    learning_rate_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

IMAGES = ("digits", "mnist_14", "fashion_14")
NUMBERS, WORDS = ("numbers",), ("words",)


class LatentPriorSettings(ModelSettings):
    """Data, autoencoder, the prior of its codes, and training."""

    dataset: str = dataset_knob("digits", titles(IMAGES), N_(
        "Try MNIST of 14 x 14: six times as many pictures. Grey values are chances of white, and "
        "black or white is drawn anew in each batch."))
    code: str = knob(
        "numbers", N_("A code is"),
        choices={"numbers": N_("a few numbers: a VAE"),
                 "words": N_("a grid of words: a VQ-VAE")},
        help=N_("Try words: there is no N(0, I) to compare with. Independent words take its "
                "place, and samples by them are rubble."))
    latent_dim: int = VAESettings.knob_again(
        "latent_dim", 8, help=N_("How many numbers a code has, or each word's vector. Try 2: "
                                 "vague copies, and a plane on which Explore shows the holes."))
    beta: float = VAESettings.knob_again(
        "beta", 0.1, live=False, when={"code": NUMBERS},
        help=N_("Weight of the KL term in the first half. Try 1: codes are near N(0, I) already, "
                "and a learned prior gains little. Try 0.01: N(0, I) hardly ever meets a code."))
    vocabulary: int = knob(
        32, N_("Different words"), low=2, high=256, log=True, when={"code": WORDS},
        help=N_("Try 2: each word is one bit. Try 200: better copies, and a harder text to "
                "learn."))
    prior: str = knob(
        "flow", N_("Learned prior"), when={"code": NUMBERS},
        choices={"mixture": N_("mixture of Gaussians"),
                 "flow": N_("normalizing flow"),
                 "diffusion": N_("diffusion of the codes")},
        help=N_("What learns in the second half. Try diffusion with beta 0.01: latent "
                "diffusion in miniature."))
    components: int = components_knob(
        10, N_("Of which the prior is made. Try 1: it knows mean and covariance of all codes, and "
               "nothing of their gaps."), prior=("mixture",), code=NUMBERS)
    word_prior: str = knob(
        "pixel_cnn", N_("Prior of the words"), when={"code": WORDS},
        choices={"pixel_cnn": N_("PixelCNN: given the words before it"),
                 "alone": N_("a table: each word by itself")},
        help=N_("Try the table: it learns how often each word stands at each place, and no text "
                "comes of it."))
    dropout: float = PixelCNNSettings.knob_again(
        "dropout", 0.2, when={"word_prior": ("pixel_cnn",), "code": WORDS},
        help=N_("Share of what the PixelCNN sees of words that is blanked out in training. Try 0: "
                "it learns the texts of the training set by heart, and held-out words cost "
                "more."))
    learns_from: str = knob(
        "samples", N_("The prior learns from"), when={"code": NUMBERS},
        choices={"samples": N_("samples of q(z|x)"), "means": N_("means of q(z|x)")},
        help=N_("Try the means: the prior becomes too narrow, as if every code were sure, and the "
                "bound falls."))
    standardise: bool = knob(
        True, N_("Standardise the codes"), when={"code": NUMBERS},
        help=N_("The prior sees codes of mean 0 and variance 1, and the volume of that scaling is "
                "put back into log p(z). Try a mixture without, at beta 0: codes lie far out, "
                "where its Gaussians do not begin."))
    hidden: int = hidden_knob(
        128, N_("Units of each layer of encoder and decoder. Try 16: vague copies."),
        code=NUMBERS)
    learning_rate: float = learning_rate_knob(
        0.002, N_("Step size of Adam at the start of each half; it falls to 0 along half a "
                  "cosine."))
    batch_size: int = batch_size_knob(128)
    steps: int = steps_knob(3000, N_("Both halves together: the autoencoder learns in the first, "
                                     "the prior in the second."))
    seed: int = seed_knob()

    @property
    def is_words(self) -> bool:
        """Whether codes are words."""
        return self.code == "words"

    @property
    def claim(self) -> Claim:
        """A bound: of numbers by q(z|x), of words by the one choice that the encoder makes."""
        return Claim("bound")
