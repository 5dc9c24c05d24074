"""The family tree of generative models, and what its leaves measure here.

Ian Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, figure 9,
https://arxiv.org/abs/1701.00160
"""

import math
from dataclasses import dataclass
from pathlib import Path

from playground.claim import NO_CLAIM, Claim
from playground.datasets import LABELS
from playground.datasets.known import KNOWN
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.session import newest_run
from playground.ui.tools.drawing_time import DrawingTime, drawing_time, is_clocked

PAGES = Path(__file__).parents[3] / "pages"
ROOT = N_("Generative models")
EXPLICIT = (ROOT, N_("Explicit: it has a p(x)"))
IMPLICIT = (ROOT, N_("Implicit: it only draws"))
TRACTABLE = (*EXPLICIT, N_("Tractable"))
VARIATIONAL = (*EXPLICIT, N_("Approximate"), N_("Variational"))
CHAIN = (*EXPLICIT, N_("Approximate"), N_("Markov chain"))
NOISE = (*EXPLICIT, N_("Approximate"), N_("Step by step from noise"))
DIRECT = (*IMPLICIT, N_("Direct"))
IMPLICIT_CHAIN = (*IMPLICIT, N_("By a Markov chain"))
EXACT, BOUND, ESTIMATE = Claim("exact"), Claim("bound"), Claim("estimate")


@dataclass(frozen=True)
class Leaf:
    """A family in the tree.

    Attributes:
        title: its name; translate with `_`, as all other texts.
        path: the branches that lead to it, from the root.
        page: its page and its experiment; there may be none yet.
        claim: what it can say about log p(x).
        code: whether a datum has a latent code.
        nats: the metric of its held-out log p(x) in nats, and its sign there; empty for none.
    """

    title: str
    path: tuple[str, ...]
    page: str
    claim: Claim
    code: str
    nats: tuple[str, float] = ("", 1.0)

    @property
    def has_page(self) -> bool:
        """Whether there is a page of it."""
        return (PAGES / f"{self.page}.py").is_file()


LEAVES = (
    Leaf(N_("Kernels, mixtures"), TRACTABLE, "density_estimation", EXACT, N_("none"),
         ("held_out", 1.0)),
    Leaf(N_("PixelRNN"), TRACTABLE, "pixel_rnn", EXACT, N_("none"), ("held_out", -1.0)),
    Leaf(N_("PixelCNN"), TRACTABLE, "pixel_cnn", EXACT, N_("none"), ("held_out", -1.0)),
    Leaf(N_("Pixel transformer"), TRACTABLE, "pixel_transformer", EXACT, N_("none"),
         ("held_out", -1.0)),
    Leaf(N_("Normalizing flow"), TRACTABLE, "flow", EXACT, N_("yes, of the same size"),
         ("held_out", -1.0)),
    Leaf(N_("Flow matching"), TRACTABLE, "flow_matching", EXACT, N_("yes, of the same size"),
         ("log_p", 1.0)),
    Leaf(N_("VAE"), VARIATIONAL, "vae", BOUND, N_("yes, smaller"), ("held_out_elbo", 1.0)),
    Leaf(N_("VAE with a learned prior"), VARIATIONAL, "latent_prior", BOUND, N_("yes, smaller"),
         ("bound_learned", 1.0)),
    Leaf(N_("Diffusion"), NOISE, "diffusion", EXACT, N_("noise of the same size"),
         ("log_p", 1.0)),
    Leaf(N_("Boltzmann machine"), CHAIN, "rbm", ESTIMATE, N_("yes, hidden units"),
         ("log_p", 1.0)),
    Leaf(N_("Energy-based model"), CHAIN, "energy", EXACT, N_("none"), ("log_p", 1.0)),
    Leaf(N_("GAN"), DIRECT, "gan", NO_CLAIM, N_("noise; no way back")),
    Leaf(N_("Stochastic network (GSN)"), IMPLICIT_CHAIN, "gsn", NO_CLAIM, N_("none")),
)


@dataclass(frozen=True)
class Figures:
    """What a leaf measures: from this session's run if there is one, else from the stored one.

    Attributes:
        data: the data set, translated.
        training: seconds of training.
        drawing: what one new datum costs; None while not measured, and where there is no answer.
        nats: held-out log p per datum, or its bound; minus infinity where a datum is impossible;
            None where there is none.
        claim: what that number is.
        stored: whether the run is the stored one.
        device: where it was trained.
    """

    data: str
    training: float
    drawing: DrawingTime | None
    nats: float | None
    claim: Claim
    stored: bool
    device: str


def figures(leaf: Leaf) -> Figures | None:
    """Return what a leaf measures, or None where there is nothing to measure."""
    run = _run(leaf)
    if run is None or run.history.last is None:
        return None
    name: str = run.settings.dataset  # type: ignore[attr-defined]
    label = LABELS[name].title if name in LABELS else KNOWN[name].title
    return Figures(_(label), run.seconds, drawing_time(run) if is_clocked(run) else None,
                   _nats(leaf, run), run.settings.claim, run.stored,
                   run.device)


def _nats(leaf: Leaf, run: Run) -> float | None:
    """Return held-out log p: of all test data where that is known, else of the last look's."""
    if "nats" in run.all_held_out:
        return -run.all_held_out["nats"]
    metric, sign = leaf.nats
    metrics = run.history.last.metrics if run.history.last else {}
    if metrics.get("impossible"):
        return -math.inf
    return sign * metrics[metric] if metric in metrics else None


def waiting() -> list[tuple[Leaf, Run]]:
    """Return the leaves whose drawing was not clocked yet, each with the run to ask."""
    return [(leaf, run) for leaf in LEAVES
            if (run := _run(leaf)) and run.history.last and not is_clocked(run)]


def measure_next() -> None:
    """Clock the drawing of one more leaf, if one waits."""
    for _leaf, run in waiting()[:1]:
        drawing_time(run)


def _run(leaf: Leaf) -> Run | None:
    return newest_run(leaf.page) if leaf.has_page else None
