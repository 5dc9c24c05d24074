"""Published figures to hold one's own against: -log p(x) of binarised MNIST on its test images.

Fixed binarisation drew black and white once and for all; dynamic binarisation draws them anew each
time: other data, other figures. The two are never put into one table.
"""

from dataclasses import dataclass
from typing import Literal

from playground.claim import Claim
from playground.language import N_

Binarisation = Literal["fixed", "dynamic"]


@dataclass(frozen=True)
class Source:
    """Where a figure was read.

    Attributes:
        text: authors, year; translate with `_`.
        url: of the paper or the project.
    """

    text: str
    url: str


@dataclass(frozen=True)
class Figure:
    """One model's -log p(x) of binarised MNIST, 28 x 28, 10,000 test images.

    Attributes:
        model: its name, as in the source; translate with `_`.
        nats: mean of -log p(x) per image; lower is better.
        claim: what log p(x) is there: an "estimate" where it was estimated by sampling.
        binarisation: "fixed" or "dynamic".
    """

    model: str
    nats: float
    claim: Claim
    binarisation: Binarisation
    source: Source


PIXEL_RNN = Source(N_("van den Oord, Kalchbrenner, Kavukcuoglu 2016"),
                   "https://arxiv.org/abs/1601.06759")
LOSSY = Source(N_("Chen and others 2017"), "https://arxiv.org/abs/1611.02731")
NADE = Source(N_("Uria and others 2016"), "https://arxiv.org/abs/1605.02226")
IWAE = Source(N_("Burda, Grosse, Salakhutdinov 2016"), "https://arxiv.org/abs/1509.00519")
IAF = Source(N_("Kingma and others 2016"), "https://arxiv.org/abs/1606.04934")
HOTAJ = Source(N_("Hotaj, pytorch-generative"), "https://github.com/EugenHotaj/pytorch-generative")

EXACT, BOUND, ESTIMATE = Claim("exact"), Claim("bound"), Claim("estimate")
BINARISED_MNIST = (
    Figure(N_("NADE"), 88.33, EXACT, "fixed", NADE),
    Figure(N_("RBM (500 units, CD-25)"), 86.34, ESTIMATE, "fixed", NADE),
    Figure(N_("EoNADE"), 85.10, EXACT, "fixed", NADE),
    Figure(N_("DBN"), 84.55, ESTIMATE, "fixed", NADE),
    Figure(N_("DARN"), 84.13, ESTIMATE, "fixed", NADE),
    Figure(N_("VAE with normalizing flows"), 85.10, BOUND, "fixed", LOSSY),
    Figure(N_("PixelCNN"), 81.30, EXACT, "fixed", PIXEL_RNN),
    Figure(N_("DRAW"), 80.97, BOUND, "fixed", PIXEL_RNN),
    Figure(N_("Diagonal BiLSTM, 7 layers"), 79.20, EXACT, "fixed", PIXEL_RNN),
    Figure(N_("FVSBN"), 96.58, EXACT, "dynamic", HOTAJ),
    Figure(N_("VAE"), 86.77, BOUND, "dynamic", HOTAJ),
    Figure(N_("NADE"), 85.65, EXACT, "dynamic", HOTAJ),
    Figure(N_("MADE"), 84.87, EXACT, "dynamic", HOTAJ),
    Figure(N_("VAE, two layers, k = 1"), 85.33, ESTIMATE, "dynamic", IWAE),
    Figure(N_("IWAE, two layers, k = 50"), 82.90, ESTIMATE, "dynamic", IWAE),
    Figure(N_("Gated PixelCNN"), 81.50, EXACT, "dynamic", HOTAJ),
    Figure(N_("PixelCNN"), 81.45, EXACT, "dynamic", HOTAJ),
    Figure(N_("Convolutional VAE"), 81.08, ESTIMATE, "dynamic", IAF),
    Figure(N_("PixelSNAIL"), 78.61, EXACT, "dynamic", HOTAJ),
)


def binarised_mnist(binarisation: Binarisation) -> list[Figure]:
    """Return the figures of one binarisation, the best first."""
    return sorted((figure for figure in BINARISED_MNIST if figure.binarisation == binarisation),
                  key=lambda figure: figure.nats)
