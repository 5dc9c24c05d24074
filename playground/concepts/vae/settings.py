"""What a visitor can turn on the page of the variational autoencoder."""

from playground.claim import Claim
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    arithmetic_knob,
    batch_size_knob,
    coder_knob,
    dataset_knob,
    hidden_knob,
    importance_knob,
    know_class_knob,
    latent_dim_knob,
    layers_knob,
    learning_rate_knob,
    levels_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

IMAGES = ("digits", "mnist_14", "mnist", "fashion_14", "fashion", "sprites", "mnist_full",
          "fashion_full")
POINTS = ("ring", "moons", "blobs", "circles", "spiral", "grid", "checkerboard")
GAUSSIAN = ("gaussian", "gaussian_fixed", "gaussian_free")


class VAESettings(ModelSettings):
    """Data, model and training of a VAE or a VQ-VAE."""

    dataset: str = dataset_knob("mnist", titles((*IMAGES, *POINTS)), N_(
        "Try the digits of 8 x 8: quick steps, coarse pictures. Try sprites: five factors are "
        "known. Try the ring: codes of plain points."))
    likelihood: str = knob(
        "bernoulli", N_("Decoder p(x|z)"), group="Data",
        choices={"bernoulli": N_("Bernoulli: black or white, drawn anew in each batch"),
                 "grey": N_("Bernoulli's formula on grey values"),
                 "categorical": N_("categorical: one of several levels"),
                 "gaussian": N_("Gaussian, one learned variance"),
                 "gaussian_fixed": N_("Gaussian, variance fixed"),
                 "gaussian_free": N_("Gaussian, a variance for each number")},
        help=N_("What the decoder's numbers say. Grey values in Bernoulli's formula give no "
                "likelihood. Points are real numbers: they get a Gaussian in any case."),
    )
    levels: int = levels_knob(likelihood=("categorical",))
    sigma: float = knob(
        0.2, N_("Standard deviation of p(x|z)"), group="Data", low=0.01, high=1, log=True,
        when={"likelihood": ("gaussian_fixed",)},
        help=N_("Try 1: errors cost little, and the codes collapse. Try 0.05: sharp copies, dear "
                "codes. It acts as beta does."),
    )
    model: str = knob(
        "vae", N_("Model"),
        choices={"vae": N_("VAE: Gaussian codes"),
                 "vq_vae": N_("VQ-VAE: words from a codebook")},
        help=N_("Try the VQ-VAE: a code is a few words, and the codebook is in the first figure."),
    )
    know_class: bool = know_class_knob(
        N_("Encoder and decoder are told the class. Expect each row of samples to be one class, "
           "and codes that no longer group by class."),
        model=("vae",))
    latent_dim: int = latent_dim_knob(
        2, N_("How many numbers describe one picture, or one word of a VQ-VAE. Try 20: better "
              "copies, but a plane can no longer show it all."))
    slots: int = knob(
        8, N_("Words per picture"), low=1, high=64, log=True, when={"model": ("vq_vae",)},
        help=N_("Try 1: only as many pictures as words. Try 20: better copies, dearer codes."),
    )
    words: int = knob(
        50, N_("Words in the codebook"), low=2, high=500, log=True, when={"model": ("vq_vae",)},
        help=N_("Try 2: each word is one bit. Try 500: many are hardly ever used."),
    )
    coder: str = coder_knob("dense", "transposed", "upsampling", "residual", dataset=IMAGES)
    hidden: int = hidden_knob(
        128, N_("Units in each hidden layer. Try 16: blurry digits; the decoder can do less."))
    layers: int = layers_knob(
        2, N_("Layers of the encoder; the decoder mirrors them."), coder=("dense",))
    beta: float = knob(
        1.0, N_("beta"), low=0, high=20, log=True, live=True, when={"model": ("vae",)},
        help=N_("Weight of the KL term. Try 0: the codes drift apart and holes open. "
                "Try 20: the codes collapse onto the prior."),
    )
    warm_up: int = knob(
        0, N_("KL warm-up"), low=0, high=10_000, log=True, unit="steps", when={"model": ("vae",)},
        help=N_("Steps in which beta grows from 0 to its value. Expect more dimensions in use: "
                "the decoder learns to listen before codes cost anything."),
    )
    free_bits: float = knob(
        0.0, N_("Free nats per dimension"), low=0, high=2, log=True, live=True, unit="nats",
        when={"model": ("vae",)},
        help=N_("So much KL costs nothing in each dimension (free bits). Try 0.2 with beta 20: "
                "no dimension falls silent."),
    )
    importance: int = importance_knob(
        1, N_("Try 10: the loss is the importance weighted bound, tighter and slower. Free nats "
              "have no effect then."),
        model=("vae",))
    learning_rate: float = learning_rate_knob(
        0.001, N_("Step size of Adam. Try 0.1 while it trains: the loss jumps up."))
    schedule: str = knob(
        "constant", N_("Learning rate over time"), group="Training",
        choices={"constant": N_("stays"), "cosine": N_("falls to 0 along half a cosine")},
        help=N_("Try the cosine: the last steps are small, and the loss ends lower and calmer."),
    )
    batch_size: int = batch_size_knob(128)
    arithmetic: str = arithmetic_knob(model=("vae",))
    steps: int = steps_knob(
        3000, N_("When the run is finished. The default takes about ten seconds."))
    seed: int = seed_knob()

    @property
    def is_image(self) -> bool:
        """Whether the data are pictures."""
        return self.dataset in IMAGES

    @property
    def decoder(self) -> str:
        """Which p(x|z) it is: points get a Gaussian whatever is chosen."""
        if self.is_image or self.likelihood in GAUSSIAN:
            return self.likelihood
        return "gaussian"

    @property
    def claim(self) -> Claim:
        """A bound, if the decoder's formula is that of a distribution."""
        if self.decoder == "grey":
            return Claim("none", why=N_("no likelihood: Bernoulli's formula is one of black and "
                                        "white pixels, and these are grey"))
        return Claim("bound", "reals" if self.decoder in GAUSSIAN else "levels",
                     "class" if self.tells_class else "")

    @property
    def is_vq(self) -> bool:
        """Whether the codes are words."""
        return self.model == "vq_vae"

    @property
    def tells_class(self) -> bool:
        """Whether encoder and decoder are told the class."""
        return self.know_class and not self.is_vq
