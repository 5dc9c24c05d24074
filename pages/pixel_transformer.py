"""A transformer over pixels: attention to all that is drawn already, in any order."""

from dataclasses import replace

import numpy as np

from playground.charts.autoregressive import turns
from playground.charts.measures import Column, dots
from playground.concepts.pixel_transformer import explore, figures, words
from playground.concepts.pixel_transformer.measures import MEASURES
from playground.concepts.pixel_transformer.presets import PRESETS
from playground.concepts.pixel_transformer.settings import PixelTransformerSettings
from playground.language import N_, _, sentences
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import autoregressive

LARGER = 1.5  # the curve beside four panels


class PixelTransformerLab(autoregressive.AutoregressiveLab[PixelTransformerSettings]):
    """The bench of the pixel transformer."""

    concept = "pixel_transformer"
    settings = PixelTransformerSettings
    title = N_("Pixel transformer")
    idea = N_("Make a picture a row of words. To guess the next pixel, look at all pixels before "
              "it, and learn which of them matter: exact chances, and the whole past in one step.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/autoregressive.py", "model_zoo/pixel_orders.py", "model_zoo/conditional.py",
            "model_zoo/pixel_transformer.py",
            "playground/experiments/autoregressive.py",
            "playground/concepts/pixel_transformer/experiment.py",
            "playground/concepts/pixel_transformer/questions.py")
    seers = {"transformer": N_("Pixel transformer")}
    looking = N_("Measured by gradients, in nets with 0, 1, 2 ... 6 blocks, from left to right. "
                 "White: the pixel. Blue: what it depends on. Orange: past that it cannot see.")
    sight = N_("With no block, a pixel knows the one before it. One block of attention sees all: "
               "no window, no blind spot, no way to walk. What is far away is as near as the "
               "neighbour.")

    def panels(self, settings: PixelTransformerSettings) -> list[Panel]:
        """Samples, where heads look, one image's costs, losses."""
        samples, costs, losses = super().panels(settings)
        looks = Panel("attention", _("Where the heads look"), square=True,
                      alt=_("An image for each head, blue where it looks from the orange pixel"))
        return [samples, *([looks] if settings.blocks else []), costs,
                replace(losses, weight=LARGER)]

    def frame(self, run: Run[PixelTransformerSettings],
              snapshot: Snapshot) -> dict[str, Figure]:
        """Add where heads look from the pixel in the middle."""
        drawn, a = super().frame(run, snapshot), snapshot.arrays
        if "attention" in a:
            drawn["attention"] = figures.attention(a["image"], a["attention"], run.settings.scan,
                                                   run.settings.causal)
        return drawn

    def caption(self, run: Run[PixelTransformerSettings], snapshot: Snapshot) -> str:
        """Say what the held-out number means, and how far heads look."""
        return sentences(super().caption(run, snapshot), words.heads(snapshot))

    def numbers(self, run: Run[PixelTransformerSettings]) -> dict[str, str]:
        """Add the sizes of the net, and how far its heads look."""
        return super().numbers(run) | words.numbers(run)

    def geometry(self, run: Run[PixelTransformerSettings], name: str, maps: np.ndarray,
                 pixel: tuple[int, int]) -> str:
        """Compare with the whole past."""
        past = int(turns(run.settings.scan, *maps.shape[1:])[pixel])
        return _("The past has {n} pixels. Without a block the net sees {none} of them, with one "
                 "{one}.").format(n=past, none=int(maps[0].sum()), one=int(maps[1].sum()))

    def illustrations(self, run: Run[PixelTransformerSettings]) -> dict[str, Figure]:
        """Add the three orders, the mask, and how much is computed with and without a cache."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        image = last.arrays["image"]
        return drawn | {"scans": figures.scans(image.shape[-1]),
                        "mask": figures.mask(run.settings.causal), "work": _work(image.size)}

    def explore(self, run: Run[PixelTransformerSettings]) -> None:
        """Show where heads look and what the cache saves, then what all of the family have."""
        explore.attention(run)
        explore.cache(run)
        super().explore(run)


def _work(n: int) -> Figure:
    """Draw how many tokens pass the net until an image of n numbers is drawn."""
    counts = {_("with the cache"): n, _("without it"): n * n}
    return dots([*counts], [Column(_("tokens that pass the net to draw one image"),
                                   [*counts.values()], [f"{each:,}" for each in counts.values()],
                                   log=True)])


if guard.pass_gate():
    page.show(PixelTransformerLab())
