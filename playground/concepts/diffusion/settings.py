"""What a visitor can turn on the page of diffusion."""

from playground.claim import Claim
from playground.datasets import toys
from playground.datasets.own import OwnPointsSettings
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    dataset_knob,
    features_knob,
    hidden_knob,
    know_class_knob,
    learning_rate_knob,
    n_points_knob,
    noise_knob,
    seed_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

POINTS = ("ring", "moons", "grid", "blobs", "circles", "spiral", "tight_ring", "smiley",
          "mine")
IMAGES = ("digits", "mnist_14", "fashion_14", "mnist", "fashion", "sprites", "mnist_full",
          "fashion_full")
TOYS = toys.among(POINTS)
SAMPLERS = {"ddim": N_("DDIM: go where the guess points"),
            "ddpm": N_("DDPM: with fresh noise at each step, variance beta-tilde"),
            "ddpm_beta": N_("DDPM, variance beta"),
            "euler": N_("probability-flow ODE in t, Euler"),
            "heun": N_("the same ODE in sigma, Heun"),
            "churn": N_("Heun with churn: noise on, noise off"),
            "corrected": N_("DDIM, and a Langevin step after each"),
            "adaptive": N_("the ODE in steps as long as a tolerance allows")}
SCHEDULES = {"cosine": N_("cosine: an angle that turns evenly"),
             "linear": N_("linear beta, T = 1000 (DDPM)"),
             "log_linear": N_("log sigma grows evenly"),
             "edm": N_("EDM: a root of sigma grows evenly"),
             "short": N_("linear beta, T = 50: the signal is not gone"),
             "zero": N_("cosine to the very end: no signal at all")}


class DiffusionSettings(ModelSettings, OwnPointsSettings):
    """Data, noise, net and sampler of a diffusion model."""

    dataset: str = dataset_knob("ring", titles((*POINTS, *IMAGES)), N_(
        "Try the moons: a shape, not groups. Try the digits of 8 x 8: the same code, in 64 "
        "dimensions."))
    noise: float = noise_knob(
        1.0, N_("Try 0.2: needles, which only the last steps can find."), dataset=TOYS)
    n_points: int = n_points_knob(
        2000, N_("Points to learn from. Try 20: the net learns them by heart, as the ideal "
                 "denoiser does."), dataset=TOYS)
    know_class: bool = know_class_knob(
        N_("The net is told the class nine times out of ten, and learns both p(x) and "
           "p(x | class). Guidance needs the two."))
    schedule: str = knob(
        "cosine", N_("Noise schedule"), choices=SCHEDULES,
        help=N_("How much noise there is at each t from 0 to 1. Try T = 50: drawing starts from "
                "pure noise, but learning never saw any."))
    prediction: str = knob(
        "v", N_("The net predicts"),
        choices={"eps": N_("the noise, epsilon"), "x0": N_("the datum, x0"),
                 "v": N_("v, a mixture of both")},
        help=N_("Each follows from the others and x_t. Where hardly any signal is left, epsilon "
                "says nothing of x0."))
    weighting: str = knob(
        "plain", N_("Weight of each noise level"), group="Training",
        choices={"plain": N_("as it is"), "min_snr": N_("min-SNR-5"),
                 "bound": N_("as in the bound of log p")},
        help=N_("Of the squared error. The bound's weight makes likelihood better, not pictures."))
    net: str = knob(
        "u_net", N_("Net"), when={"dataset": IMAGES},
        choices={"u_net": N_("U-Net"), "transformer": N_("diffusion transformer (DiT)")},
        help=N_("Both are told t. The transformer looks at patches, all at once."))
    features: int = features_knob(
        16, N_("Feature maps at full size, or a sixth of a patch's features. Try 32: slower, "
               "cleaner strokes."), dataset=IMAGES)
    hidden: int = hidden_knob(
        128, N_("Units of each layer. Try 16: the field is too smooth for small groups."),
        dataset=POINTS)
    waves: int = knob(
        32, N_("Fourier features of x"), low=0, high=64, step=8, when={"dataset": POINTS},
        help=N_("Random waves over the plane that the net sees beside the point. Try 0: fine "
                "detail is learned late or never."))
    mean_of: int = knob(
        500, N_("Mean of the weights"), group="Training", low=1, high=5000, log=True,
        unit="steps",
        help=N_("What draws is a net with the mean of the weights of about so many last steps. "
                "Try 1: the newest weights alone, and samples jump about from look to look."))
    sampler: str = knob(
        "ddim", N_("Sampler"), group="Sampling", live=True, choices=SAMPLERS,
        help=N_("How noise is walked back. It changes while you watch: nothing has to be learned "
                "anew."))
    sampling_steps: int = knob(
        50, N_("Sampling steps"), group="Sampling", low=2, high=200, log=True, live=True,
        help=N_("Try 5: DDIM shrinks the groups. Heun takes two looks a step."))
    guidance: float = knob(
        1.0, N_("Guidance"), group="Sampling", low=0, high=10, step=0.5, live=True,
        when={"know_class": (True,)},
        help=N_("How far beyond the class's own answer one goes. 1 for none, 0 forgets the class. "
                "Try 8: all samples of a class look alike."))
    clip: str = knob(
        "range", N_("Clip the guess for x0"), group="Sampling", live=True,
        choices={"range": N_("to what a pixel can be; points never"),
                 "never": N_("never"), "always": N_("to [-1, 1], points too")},
        help=N_("Try always on the plane: whatever lies outside of the square is lost."))
    learning_rate: float = learning_rate_knob(
        0.002, N_("Step size of Adam at the start; it falls to 0 along half a cosine."))
    batch_size: int = knob(
        256, N_("Batch size"), group="Training", low=8, high=1024, log=True, also=(64,),
        help=N_("Data per step, each with a noise level of its own."))
    steps: int = knob(
        4000, N_("Steps"), group="Training", low=100, high=20_000, log=True, also=(1500,),
        unit="steps", help=N_("When the run is finished."))
    seed: int = seed_knob()

    @property
    def is_image(self) -> bool:
        """Whether the data are pictures."""
        return self.dataset in IMAGES

    @property
    def tells_class(self) -> bool:
        """Whether the net is told the class."""
        return self.know_class

    @property
    def claim(self) -> Claim:
        """Points have the density of the ODE; pictures a bound by the chain."""
        if self.is_image:
            return Claim("bound", "levels", "class" if self.know_class else "")
        return Claim("exact", "reals", "class" if self.know_class else "")
