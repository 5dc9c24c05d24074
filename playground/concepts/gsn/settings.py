"""What a visitor can turn on the page of generative stochastic networks."""

from playground.claim import Claim
from playground.datasets import toys
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
    components_knob,
    dataset_knob,
    hidden_knob,
    layers_knob,
    learning_rate_knob,
    noise_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

POINTS = ("ring", "moons", "blobs", "circles", "spiral")
IMAGES = ("digits", "mnist_14")


class GSNSettings(ModelSettings):
    """Data, corruption, net, walk-back, and how chains are shown."""

    dataset: str = dataset_knob("ring", titles((*POINTS, *IMAGES)), N_(
        "Try the digits, made black or white: chains go from one to the next."))
    noise: float = noise_knob(1.0, N_("Try 2: the groups melt, and chains cross easily."),
                              dataset=toys.among(POINTS))
    corrupting_noise: float = knob(
        0.5, N_("Noise that corrupts"), low=0.1, high=2, step=0.1, when={"dataset": POINTS},
        help=N_("Standard deviation. Try 0.1: easy to undo, and chains never leave their group. "
                "Try 2: a point may have been anywhere."))
    replaced: float = knob(
        0.1, N_("Share of pixels that are replaced"), low=0.05, high=0.9, step=0.05,
        when={"dataset": IMAGES},
        help=N_("By black or white, as a coin falls. Try 0.5: chains change quickly, and draws "
                "are ragged, since each pixel is drawn by itself."))
    walk_back: int = knob(
        0, N_("Walk-back"), low=0, high=10, step=1, unit="steps",
        help=N_("How far the net's own chain leads it away from a datum in training, before it is "
                "asked what that was. Try 3 on MNIST: what it invents on the way, it unlearns. "
                "Each step costs as much time again."))
    components: int = components_knob(
        8, N_("Of which a reconstruction is made. Try 1 with much noise: where two groups are "
              "likely, it answers with what lies between."), dataset=POINTS)
    hidden: int = hidden_knob(128, N_("Units of each layer. Try 16: vague reconstructions."))
    layers: int = layers_knob(2, N_("Layers of the net."))
    chain_start: str = knob(
        "noise", N_("Chains start"), group="Sampling", live=True,
        choices={"noise": N_("where nothing is known"), "data": N_("at data")},
        help=N_("Try the data: with little corruption chains stay where they began, and look "
                "good for that reason alone."))
    chain_steps: int = knob(
        100, N_("Steps of the chains"), group="Sampling", low=1, high=1000, log=True, live=True,
        unit="steps", help=N_("Try 1: one denoising is not a sample."))
    chain_goes_on: str = knob(
        "draw", N_("Chains go on from"), group="Sampling", live=True,
        choices={"draw": N_("a draw of the reconstruction"),
                 "mean": N_("its mean")},
        help=N_("Try the mean: without the noise of the reconstruction the chain shrinks."))
    learning_rate: float = learning_rate_knob(
        0.002, N_("Step size of Adam at the start; it falls to 0 along half a cosine."))
    batch_size: int = batch_size_knob(128, N_("Data per step."))
    steps: int = steps_knob(3000, N_("When the run is finished."))
    seed: int = seed_knob()

    @property
    def is_image(self) -> bool:
        """Whether the data are pictures."""
        return self.dataset in IMAGES

    @property
    def claim(self) -> Claim:
        """There is none: the chain draws, and nobody knows its density."""
        return Claim("none", why=N_("no likelihood: the chain draws, and its density is written "
                                    "down nowhere"))
