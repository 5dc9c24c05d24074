"""What a visitor can turn on the PixelCNN page."""

import re

from pydantic import field_validator

from playground.claim import Claim
from playground.experiments.autoregressive_settings import (
    CONVOLUTIONAL,
    AutoregressiveSettings,
    is_past,
)
from playground.knobs import arithmetic_knob, features_knob, hidden_knob, kernel_knob
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import knob

WITH_HIDDEN = ("made", "nade")
HONEST = "honest"
LARGEST_HALF = 4


class PixelCNNSettings(AutoregressiveSettings):
    """Data, model and training of PixelCNN and its relatives."""

    model: str = knob(
        "pixel_cnn", N_("Model"),
        choices={"fvsbn": N_("FVSBN: a logistic regression for each pixel"),
                 "nade": N_("NADE: one shared hidden layer"),
                 "made": N_("MADE: a masked net"),
                 "pixel_cnn": N_("PixelCNN: masked convolutions"),
                 "gated": N_("Gated PixelCNN: two stacks")},
        help=N_("All write p(x) as a product, pixel by pixel. The first three learn each place "
                "anew; convolutions share what they learn among all places."),
    )
    hidden: int = hidden_knob(
        256, N_("Units in each hidden layer. Try 16: each pixel can mind little of its past."),
        model=WITH_HIDDEN)
    features: int = features_knob(
        24, N_("Feature maps in each block. Try 8: fast, and it forgets what it began."),
        model=CONVOLUTIONAL)
    blocks: int = knob(
        4, N_("Blocks"), low=0, high=8, step=1, when={"model": CONVOLUTIONAL},
        help=N_("Each one lets a pixel look one pixel farther. Try 0: only the first kernel."),
    )
    dropout: float = knob(
        0.0, N_("Dropout"), low=0, high=0.9, step=0.1, when={"model": ("gated",)},
        help=N_("Share of the features that are blanked out in training, others each time. "
                "Try 0.3 with 5000 steps: slower to learn, and less by heart."),
    )
    kernel: int = kernel_knob(
        N_("Side of the first kernel. Try 3 with 0 blocks: a pixel sees four neighbours."),
        model=CONVOLUTIONAL)
    arithmetic: str = arithmetic_knob(model=CONVOLUTIONAL)
    mask: str = knob(
        HONEST, N_("Mask of the first kernel"), when={"model": ("pixel_cnn",)},
        examples={HONEST: N_("honest"), "0:1": "0:1", "0:0_1:-1": "0:0_1:-1"},
        help=N_("Click a cell to open or close it. Open one at the right of the middle or below, "
                "and the score becomes too good to be true; the samples tell."),
    )

    @field_validator("mask")
    @classmethod
    def _mask_names_cells(cls, mask: str) -> str:
        return to_mask(cells_of(mask))

    @property
    def turned(self) -> set[tuple[int, int]]:
        """Cells of the first kernel, seen from its middle, that are not as the past wants them."""
        half = self.kernel // 2
        return {cell for cell in cells_of(self.mask) if max(map(abs, cell)) <= half}

    @property
    def cheats(self) -> bool:
        """Whether a pixel can see itself or its future."""
        return self.model == "pixel_cnn" and any(not is_past(*cell) for cell in self.turned)

    @property
    def claim(self) -> Claim:
        """Nothing, if the mask lets a pixel see what it must not."""
        if self.cheats:
            return Claim("none", why=N_("no likelihood: the mask lets a pixel see what it must "
                                        "guess, and the numbers do not add up to 1"))
        return super().claim


def cells_of(mask: str) -> set[tuple[int, int]]:
    """Read the cells that a mask turns over, (row, column) seen from the middle.

    Raises:
        ValueError: it is neither "honest" nor cells such as "0:1" with "_" between them.
    """
    if mask == HONEST:
        return set()
    cell = rf"-?[0-{LARGEST_HALF}]:-?[0-{LARGEST_HALF}]"
    if not re.fullmatch(f"{cell}(_{cell})*", mask):
        raise Refusal(N_('mask must be "{honest}" or cells such as "0:1_1:-1", each number '
                         "between -{most} and {most}"), honest=HONEST, most=LARGEST_HALF)
    return {(int(row), int(column)) for row, column in (
        each.split(":") for each in mask.split("_"))}


def to_mask(cells: set[tuple[int, int]]) -> str:
    """Write down the cells that a mask turns over."""
    return "_".join(f"{row}:{column}" for row, column in sorted(cells)) or HONEST
