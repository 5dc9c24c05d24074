"""What a visitor can turn on the page of the variational autoencoder."""

from playground.datasets.labels import LABELS
from playground.language import N_
from playground.settings import Settings, knob

IMAGES = ("digits", "mnist", "mnist_full")
POINTS = ("ring", "moons", "blobs", "circles", "spiral", "grid")


class VAESettings(Settings):
    """Data, model and training of a VAE."""

    dataset: str = knob(
        "digits", N_("Data set"), group="Data",
        choices={name: LABELS[name].title for name in (*IMAGES, *POINTS)},
        help=N_("Try MNIST: larger pictures, slower steps. Try the ring: codes of plain points."),
    )
    pixels: str = knob(
        "binary", N_("Pixels"), group="Data", when={"dataset": IMAGES},
        choices={"binary": N_("black or white, drawn anew in each batch"),
                 "grey": N_("grey values")},
        help=N_("Black or white gives a true likelihood. With grey values the same formula runs, "
                "but its nats are no likelihood."),
    )
    latent_dim: int = knob(
        2, N_("Latent dimensions"), low=1, high=64, log=True,
        help=N_("How many numbers describe one picture. Try 16: better copies, but a plane can "
                "no longer show it all."),
    )
    hidden: int = knob(
        256, N_("Hidden width"), low=16, high=1024, log=True,
        help=N_("Units in each hidden layer. Try 16: blurry digits; the decoder can do less."),
    )
    layers: int = knob(
        2, N_("Hidden layers"), low=1, high=4, step=1,
        help=N_("Layers of the encoder; the decoder mirrors them."),
    )
    beta: float = knob(
        1.0, N_("beta"), low=0, high=20, log=True, live=True,
        help=N_("Weight of the KL term. Try 0: the codes drift apart and holes open. "
                "Try 10: the codes collapse onto the prior."),
    )
    learning_rate: float = knob(
        0.001, N_("Learning rate"), group="Training", low=1e-5, high=10, log=True, live=True,
        help=N_("Step size of Adam. Try 0.1 while it trains: the loss jumps up."),
    )
    batch_size: int = knob(
        128, N_("Batch size"), group="Training", low=8, high=1024, log=True,
        help=N_("Pictures per step. Try 8: fast steps, but a noisy loss."),
    )
    steps: int = knob(
        3000, N_("Steps"), group="Training", low=100, high=20_000, log=True, unit="steps",
        help=N_("When the run is finished. The default takes about ten seconds."),
    )
    seed: int = knob(
        0, N_("Seed"), group="Training", low=0, high=9999, step=1,
        help=N_("The chance in weights, batches and samples; the data stay. The same seed "
                "gives the same numbers."),
    )

    @property
    def is_image(self) -> bool:
        """Whether the data are pictures."""
        return self.dataset in IMAGES
