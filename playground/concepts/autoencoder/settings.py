"""What a visitor can turn on the page of the autoencoder."""

from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
    coder_knob,
    dataset_knob,
    hidden_knob,
    latent_dim_knob,
    layers_knob,
    learning_rate_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

DATASETS = ("digits", "mnist_14", "mnist", "fashion_14", "fashion", "sprites", "mnist_full",
            "fashion_full")
N_LABELS = (10, 20, 50, 100, 200, 500, 1000)
SEEDS = 5
WAYS = {"frozen": N_("encoder frozen"), "tuned": N_("encoder fine-tuned"),
        "scratch": N_("from scratch")}
NONLINEAR = {"linear": (False,)}


class AutoencoderSettings(ModelSettings):
    """Data, model and training of an autoencoder."""

    dataset: str = dataset_knob("mnist", titles(DATASETS), N_(
        "Try sprites: five factors, so five numbers could say it all. Try the digits of 8 x 8: "
        "quick steps, coarse pictures."))
    corruption: float = knob(
        0.0, N_("Noise on the input"), group="Data", low=0, high=1, step=0.05, live=True,
        help=N_("Standard deviation of the noise that the encoder sees; the target stays clean. "
                "Try 0.4: it learns to remove noise."),
    )
    linear: bool = knob(
        False, N_("Linear"),
        help=N_("No hidden layers. Expect PCA: the decoder's columns turn into the subspace of "
                "the first principal components."),
    )
    latent_dim: int = latent_dim_knob(
        2, N_("How many numbers describe one picture. Try 20: sharp copies, but a plane can no "
              "longer show it all."))
    coder: str = coder_knob("dense", "transposed", "upsampling", **NONLINEAR)
    hidden: int = hidden_knob(
        128, N_("Units in each hidden layer. Try 16: blurry copies; the decoder can do less."),
        **NONLINEAR)
    layers: int = layers_knob(
        2, N_("Layers of the encoder; the decoder mirrors them."), **NONLINEAR, coder=("dense",))
    sparsity: float = knob(
        0.0, N_("Weight of the code's L1 norm"), low=0, high=10, log=True, live=True,
        help=N_("Try 0.05 with 50 latent dimensions: fewer of them speak for any one picture. Try "
                "5: hardly any does, and the copies are blurs."),
    )
    learning_rate: float = learning_rate_knob(
        0.005, N_("Step size of Adam at the start; it falls to 0 along half a cosine. The "
                  "linear one likes 0.02."))
    batch_size: int = batch_size_knob(128)
    steps: int = steps_knob(
        3000, N_("When the run is finished. The default takes about ten seconds."))
    seed: int = seed_knob(
        N_("The chance in weights, batches and noise; the data stay. The same seed gives the "
           "same numbers."))
