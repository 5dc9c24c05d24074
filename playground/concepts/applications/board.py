"""Who takes part in the applications, what is measured, and where each answers in the sheet."""

from collections.abc import Mapping

from playground.concepts.applications import families
from playground.experiments.contestant import took_part
from playground.language import N_, _
from playground.measures import Measure
from playground.ui.tools.contest import Board, costs

N_ANSWERS = 3
BOARD = Board(
    "applications", families.found(),
    {
        "psnr": Measure(N_("PSNR, dB"), 2, "high"),
        "ssim": Measure(N_("SSIM"), 3, "high"),
        "frechet": Measure(N_("Fréchet distance"), 2, "low"),
        "kernel": Measure(N_("kernel distance"), 3, "low"),
        "patches": Measure(N_("patch distance"), 3, "low"),
        "precision": Measure(N_("precision"), 2, "high"),
        "recall": Measure(N_("recall"), 2, "high"),
        "diversity": Measure(N_("diversity"), 3),
        "consistency": Measure(N_("off what is given"), 3, "low"),
        "nats": Measure(N_("held-out log p(x|c), nats"), 1, "high", likelihood=1),
        **costs(1, Measure(N_("an answer, s"), 5, "low")),
    },
    N_("Two answers to what is given of each of {n_judged:,.0f} held-out images. PSNR and SSIM "
       "compare an answer with the true image. The distances, precision and recall compare a set "
       "of answers with the set of true images; the last row is what training images get there. "
       "Diversity is the standard deviation of a pixel between answers to the same image. ≥ is a "
       "lower bound, n/a is no likelihood at all. A dash: not judged yet, or no net for these "
       "pictures."),
)


def distance(metrics: dict[str, float]) -> tuple[str, str]:
    """Return the name of the distribution metric to draw, and its title, translated."""
    if "floor_frechet" in metrics:
        return "frechet", _("Fréchet distance: more like real images ↓")
    return "patches", _("Patch distance: more like real images ↓")


def groups(metrics: Mapping[str, float]) -> list[tuple[str, int]]:
    """Return the titles of the sheet's columns, and how many columns each has.

    Args:
        metrics: of the run, here and below.
    """
    return [(_("given"), 1),
            *((_(family.title), N_ANSWERS if family.varied else 1)
              for family in took_part(families.found(), metrics).values()),
            (_("truth"), 1)]


def n_columns(metrics: Mapping[str, float]) -> int:
    """Return how many columns the sheet has."""
    return sum(n for _title, n in groups(metrics))


def columns_of(family: str, metrics: Mapping[str, float]) -> list[int]:
    """Return the columns of the sheet that hold a family's answers."""
    first = 1
    for name, found in took_part(families.found(), metrics).items():
        n = N_ANSWERS if found.varied else 1
        if name == family:
            return list(range(first, first + n))
        first += n
    raise KeyError(family)
