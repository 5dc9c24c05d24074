"""What a visitor can turn on the page of the pixel transformer."""

from playground.claim import Claim
from playground.experiments.autoregressive_settings import AutoregressiveSettings
from playground.knobs import batch_size_knob, learning_rate_knob, steps_knob
from playground.language import N_
from playground.settings import knob


class PixelTransformerSettings(AutoregressiveSettings):
    """Data, model and training of a transformer over pixels."""

    model: str = "transformer"

    order: str = knob(
        "raster", N_("Order of the pixels"),
        choices={"raster": N_("row by row"), "snake": N_("row by row, every second one backwards"),
                 "hilbert": N_("along a Hilbert curve")},
        help=N_("The chain rule holds in each. Try the Hilbert curve and play the samples: it "
                "fills one corner after the other."),
    )
    positions: str = knob(
        "row_column", N_("Positions"),
        choices={"row_column": N_("a vector for each row and column"),
                 "each": N_("a vector for each place"), "none": N_("none")},
        help=N_("How a pixel knows where it is. Try none: attention does not know which of the "
                "pixels is the neighbour above."),
    )
    width: int = knob(
        32, N_("Width of a token"), low=8, high=128, log=True, also=(16, 32, 48, 64),
        help=N_("Numbers that each pixel has, shared out among its heads. Try 8: fast, and vaguer "
                "digits."),
    )
    blocks: int = knob(
        3, N_("Blocks"), low=0, high=8, step=1,
        help=N_("Rounds of looking around and thinking. One sees all that is past already. Try 0: "
                "each pixel knows the one before it, and no other."),
    )
    heads: int = knob(
        4, N_("Attention heads"), low=1, high=8, step=1,
        help=N_("How many places a pixel can look at independently, in each block. Try 1, and "
                "look at its attention in Explore."),
    )
    causal: bool = knob(
        True, N_("Causal mask"),
        help=N_("Each pixel sees those before it alone. Take the mask away, and the score becomes "
                "too good to be true; the samples tell."),
    )
    dropout: float = knob(
        0.0, N_("Dropout"), low=0, high=0.9, step=0.1,
        help=N_("Share of what a block adds that is left out in training, another one each time. "
                "Try 0.1 with many steps: less is learned by heart."),
    )
    learning_rate: float = learning_rate_knob(
        0.01, N_("Step size of Adam: it rises over the first tenth of the steps, then falls to 0 "
                 "along half a cosine. Try 0.2: the loss gets stuck high up."))
    batch_size: int = batch_size_knob(32)
    steps: int = steps_knob(
        1000, N_("When the run is finished. The default takes about twenty seconds."),
        also=(3000,))

    @property
    def scan(self) -> str:
        """The order in which pixels are drawn."""
        return self.order

    @property
    def claim(self) -> Claim:
        """Nothing, if a pixel sees what it must guess."""
        if self.causal:
            return super().claim
        return Claim("none", why=N_("no likelihood: without the mask a pixel sees what it must "
                                    "guess, and the numbers do not add up to 1"))
