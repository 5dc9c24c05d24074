"""PixelCNN and its relatives: p(x) as a product of conditionals, pixel by pixel."""

import numpy as np

from playground.charts.autoregressive import blind_wedge, masks, order
from playground.concepts.pixel_cnn.mask import mask_editor
from playground.concepts.pixel_cnn.measures import MEASURES
from playground.concepts.pixel_cnn.presets import PRESETS
from playground.concepts.pixel_cnn.settings import PixelCNNSettings
from playground.experiments.autoregressive_settings import is_past
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure
from playground.ui.tools import autoregressive


class PixelCNNLab(autoregressive.AutoregressiveLab[PixelCNNSettings]):
    """The bench of autoregressive models."""

    concept = "pixel_cnn"
    settings = PixelCNNSettings
    title = N_("PixelCNN")
    idea = N_("Guess each pixel from those before it, one after the other, and multiply the "
              "chances: that is p(x), exactly. Draw the pixels in the same order: that is a "
              "sample.")
    presets = PRESETS
    measures = MEASURES
    widgets = {"mask": mask_editor}
    code = ("model_zoo/autoregressive.py", "model_zoo/conditional.py", "model_zoo/tower.py",
            "model_zoo/pixel_cnn.py",
            "model_zoo/gated_pixel_cnn.py", "model_zoo/made.py",
            "playground/experiments/autoregressive.py",
            "playground/concepts/pixel_cnn/experiment.py")
    seers = {"pixel_cnn": N_("PixelCNN"), "gated": N_("Gated PixelCNN")}
    sight = N_("The orange wedge that stays at the right of the PixelCNN is its blind spot: no "
               "number of blocks reaches it. Two stacks have none; what is orange there is only "
               "too far away for so few blocks.")

    def geometry(self, run: Run[PixelCNNSettings], name: str, maps: np.ndarray,
                 pixel: tuple[int, int]) -> str:
        """Count what is seen in the wedge that masks alone can never reach."""
        wedge = blind_wedge(maps.shape[-1], *pixel, run.settings.kernel)
        seen = int(maps[-1][wedge].sum())
        if name == "gated":
            return _("Of the {n} pixels in the blind wedge of a PixelCNN it sees {seen}.").format(
                n=int(wedge.sum()), seen=seen)
        return _("The masks leave a wedge of {n} pixels that no depth can reach, one column less "
                 "each row up. Seen of them, as measured: {seen}.").format(
                     n=int(wedge.sum()), seen=seen)

    def illustrations(self, run: Run[PixelCNNSettings]) -> dict[str, Figure]:
        """Add the wedge that masked kernels never reach, and the masks of this run."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        side = last.arrays["image"].shape[-1]
        middle = side // 2
        wedge = blind_wedge(side, middle, middle, run.settings.kernel)
        drawn["wedge"] = order(side, middle, middle, wedge)
        if run.settings.model == "pixel_cnn":
            drawn["masks"] = masks(*_masks(run.settings))
        return drawn


def _masks(settings: PixelCNNSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return which cells are open in the first kernel and in the 3 x 3 ones of the blocks."""
    offsets = range(-(settings.kernel // 2), settings.kernel // 2 + 1)
    cells = [[(row, column) for column in offsets] for row in offsets]
    first = [[is_past(*cell) != (cell in settings.turned) for cell in line] for line in cells]
    later = [[max(map(abs, cell)) <= 1 and (is_past(*cell) or cell == (0, 0)) for cell in line]
             for line in cells]
    return np.array(first), np.array(later)


if guard.pass_gate():
    page.show(PixelCNNLab())
