"""What a visitor can turn on the page of energy-based models."""

from playground.claim import Claim
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
    dataset_knob,
    features_knob,
    hidden_knob,
    layers_knob,
    learning_rate_knob,
    n_points_knob,
    noise_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

POINTS = ("ring", "moons", "blobs", "circles", "grid", "spiral")
PICTURES = ("digits",)
OTHERS = ("mirror", *POINTS)  # whose energy can be composed with this one
CHAINS = ("persistent", "short_run", "at_data")
RULES = {"persistent": N_("maximum likelihood, persistent chains"),
         "short_run": N_("maximum likelihood, short chains from noise"),
         "at_data": N_("contrastive divergence: chains from the data"),
         "denoising": N_("denoising score matching"),
         "sliced": N_("sliced score matching"),
         "contrastive": N_("noise-contrastive estimation")}
NO_Z = N_("An integral over 64 pixels gives Z, and nobody can take it: energies are compared with "
          "each other, and no log p is claimed.")


class EnergySettings(ModelSettings):
    """Data, net, the rule by which its energy is learned, and the Langevin chains."""

    dataset: str = dataset_knob("ring", titles((*POINTS, *PICTURES)), N_(
        "On the plane Z is a quadrature, so log p is exact. Of digits there are energies alone."))
    noise: float = noise_knob(
        1.0, N_("Try 0.5: deep and narrow wells, which chains hardly leave."), dataset=POINTS)
    n_points: int = n_points_knob(
        2000, N_("Points to learn from. Try 50: a well around each of them."), dataset=POINTS)
    hidden: int = hidden_knob(64, N_("Units of each layer. Try 16: wells run into each other."),
                              dataset=POINTS)
    layers: int = layers_knob(2, N_("Layers of the net whose output is the energy."),
                              dataset=POINTS)
    waves: int = knob(
        32, N_("Fourier features of x"), low=0, high=64, step=8, when={"dataset": POINTS},
        help=N_("Random waves over the plane that the net sees beside the point. Try 64: steep "
                "energies at once, over which chains stumble."))
    features: int = features_knob(
        16, N_("Maps of the first convolution. Try 8: coarser strokes."), dataset=PICTURES)
    rule: str = knob(
        "persistent", N_("The energy is learned by"), group="Training", choices=RULES,
        help=N_("The slope of log p needs samples of the model, from chains. The last three rules "
                "do without chains, each at a price."))
    langevin_steps: int = knob(
        20, N_("Langevin steps in an update"), group="Training", low=1, high=100, log=True,
        unit="steps", when={"rule": CHAINS},
        help=N_("Try 1 from the data: fantasies stay there, and the gradient is wrong."))
    n_chains: int = knob(
        500, N_("Persistent chains"), group="Training", low=1, high=1000, log=True,
        when={"rule": ("persistent",)},
        help=N_("How many are kept; each update takes some of them on. Try 1: wherever it is, "
                "energy is raised."))
    restarts: float = knob(
        0.01, N_("Chains that begin anew"), group="Training", low=0, high=1, step=0.01,
        when={"rule": ("persistent",)},
        help=N_("Share of them that starts from noise in an update. At 0 no chain ever finds a "
                "new well."))
    data_noise: float = knob(
        0.05, N_("Noise of denoising, sigma"), group="Training", low=0.01, high=1, log=True,
        when={"rule": ("denoising",)},
        help=N_("What is learned is the density of the data with this noise. Try 0.5: wells "
                "melt."))
    noise_width: float = knob(
        2.0, N_("Width of the noise"), group="Training", low=0.1, high=10, log=True,
        when={"rule": ("contrastive",)},
        help=N_("Of the Gaussian that data are told from, as a multiple of their own spread. Try "
                "0.2: where there is no noise, nothing is learned."))
    energy_penalty: float = knob(
        0.003, N_("Penalty of high and low energies"), group="Training", low=0, high=1, log=True,
        also=(0.001, 0.003), when={"rule": CHAINS},
        help=N_("Weight of the mean squared energy. It keeps energies near 0, where only their "
                "differences count."))
    mean_of: int = knob(
        200, N_("Mean of the weights"), group="Training", low=1, high=5000, log=True,
        unit="steps",
        help=N_("What answers is a net with the mean of the weights of about so many last steps. "
                "Try 1: the newest weights, and the surface shakes."))
    langevin_step: float = knob(
        0.005, N_("Langevin step"), group="Sampling", low=0.0001, high=5, log=True, live=True,
        help=N_("How far chains go downhill in a step: half of it times the slope. Try 0.5: they "
                "jump over the wells."))
    langevin_noise: float = knob(
        1.0, N_("Langevin noise"), group="Sampling", low=0, high=5, log=True, live=True,
        help=N_("As a multiple of the root of the step; its square is the temperature T. Only at "
                "1 do chains draw from the model. Try 0: all roll to the bottom."))
    shown_steps: int = knob(
        300, N_("Steps of the shown chains"), group="Sampling", low=1, high=1000, log=True,
        also=(300,), live=True, unit="steps",
        help=N_("They start from noise. Try 10: they have not arrived yet."))
    learning_rate: float = learning_rate_knob(
        0.001, N_("Step size of Adam at the start; it falls to 0 along half a cosine."))
    batch_size: int = batch_size_knob(
        128, N_("Data per step, and chains or noise of the same number."), also=(64, 128))
    steps: int = steps_knob(2000)
    seed: int = seed_knob()

    @property
    def is_image(self) -> bool:
        """Whether the data are pictures."""
        return self.dataset in PICTURES

    @property
    def has_chains(self) -> bool:
        """Whether it learns by chains."""
        return self.rule in CHAINS

    @property
    def temperature(self) -> float:
        """T of the chains: they draw from exp(-E / T)."""
        return self.langevin_noise**2

    @property
    def claim(self) -> Claim:
        """Points have a density, exact up to the quadrature of Z; pictures have none."""
        return Claim("none", why=NO_Z) if self.is_image else Claim("exact", "reals")
