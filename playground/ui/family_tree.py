"""The family tree of generative models, and what its leaves measure here.

Ian Goodfellow, "NIPS 2016 Tutorial: Generative Adversarial Networks", 2016, figure 9,
https://arxiv.org/abs/1701.00160
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from playground.datasets import LABELS
from playground.datasets.known import KNOWN
from playground.engine.base import QuestionFailed, UnknownRun
from playground.language import N_, _
from playground.runs import Run
from playground.ui.session import engine, newest_run

PAGES = Path(__file__).parents[2] / "pages"
TRIES = 3
ROOT = N_("Generative models")
EXPLICIT = (ROOT, N_("Explicit: it has a p(x)"))
IMPLICIT = (ROOT, N_("Implicit: it only draws"))
TRACTABLE = (*EXPLICIT, N_("Tractable"))
VARIATIONAL = (*EXPLICIT, N_("Approximate"), N_("Variational"))
CHAIN = (*EXPLICIT, N_("Approximate"), N_("Markov chain"))
DIRECT = (*IMPLICIT, N_("Direct"))
IMPLICIT_CHAIN = (*IMPLICIT, N_("By a Markov chain"))
ANSWERS = {"exact": N_("exact"), "bound": N_("bound"), "nothing": N_("none")}


@dataclass(frozen=True)
class Leaf:
    """A family in the tree.

    Attributes:
        title: its name; translate with `_`, as all other texts.
        path: the branches that lead to it, from the root.
        page: its page and its experiment; there may be none yet.
        answers: what it says about log p(x).
        code: whether a datum has a latent code.
        nats: the metric of its held-out log p(x) in nats, and its sign there; empty for none.
        draw: the question that draws, and its arguments; it draws `n`.
    """

    title: str
    path: tuple[str, ...]
    page: str
    answers: Literal["exact", "bound", "nothing"]
    code: str
    nats: tuple[str, float] = ("", 1.0)
    draw: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_page(self) -> bool:
        """Whether there is a page of it."""
        return (PAGES / f"{self.page}.py").is_file()


PIXEL_PATH = {"seed": 0, "temperature": 1.0, "of_class": 0}
LEAVES = (
    Leaf(N_("Kernels, mixtures"), TRACTABLE, "density_estimation", "exact", N_("none"),
         ("held_out", 1.0), "sample", {"n": 1}),
    Leaf(N_("PixelRNN"), TRACTABLE, "pixel_rnn", "exact", N_("none"), ("held_out", -1.0), "path",
         PIXEL_PATH),
    Leaf(N_("PixelCNN"), TRACTABLE, "pixel_cnn", "exact", N_("none"), ("held_out", -1.0), "path",
         PIXEL_PATH),
    Leaf(N_("Normalizing flow"), TRACTABLE, "flow", "exact", N_("yes, of the same size")),
    Leaf(N_("VAE"), VARIATIONAL, "vae", "bound", N_("yes, smaller"), ("held_out_elbo", 1.0),
         "resample", {"n": 1, "seed": 0, "label": 0}),
    Leaf(N_("Boltzmann machine"), CHAIN, "rbm", "bound", N_("yes, hidden units")),
    Leaf(N_("GAN"), DIRECT, "gan", "nothing", N_("noise; no way back"), draw="samples",
         arguments={"n": 1}),
    Leaf(N_("Stochastic network (GSN)"), IMPLICIT_CHAIN, "gsn", "nothing", N_("none")),
)


@dataclass(frozen=True)
class Figures:
    """What a leaf measures: from this session's run if there is one, else from the stored one.

    Attributes:
        data: the data set, translated.
        training: seconds of training.
        drawing: seconds from asking for one new datum to having it; None while not measured, NaN
            where there was no answer.
        nats: held-out log p(x) per datum, or its bound; None where there is none.
        stored: whether the run is the stored one.
        device: where it was trained.
    """

    data: str
    training: float
    drawing: float | None
    nats: float | None
    stored: bool
    device: str


def figures(leaf: Leaf) -> Figures | None:
    """Return what a leaf measures, or None where there is nothing to measure."""
    run = _run(leaf)
    if run is None or run.history.last is None:
        return None
    metric, sign = leaf.nats
    value = run.history.last.metrics.get(metric)
    name: str = run.settings.dataset  # type: ignore[attr-defined]
    label = LABELS[name].title if name in LABELS else KNOWN[name].title
    return Figures(_(label), run.seconds, _clock().get(run.id),
                   None if value is None else sign * value, run.stored, run.device)


def waiting() -> list[tuple[Leaf, Run]]:
    """Return the leaves whose drawing was not clocked yet, each with the run to ask."""
    return [(leaf, run) for leaf in LEAVES
            if (run := _run(leaf)) and run.history.last and run.id not in _clock()]


def measure_next() -> None:
    """Clock the drawing of one more leaf, if one waits.

    The fastest of three askings counts: the first one may have to build the model. The way to the
    worker and back is part of it.
    """
    for leaf, run in waiting()[:1]:
        _clock()[run.id] = _fastest(leaf, run)


def _run(leaf: Leaf) -> Run | None:
    return newest_run(leaf.page) if leaf.has_page and leaf.draw else None


def _fastest(leaf: Leaf, run: Run) -> float:
    took = []
    for _try in range(TRIES):
        began = time.perf_counter()
        try:
            engine().ask(run.id, leaf.draw, **leaf.arguments)
        except (QuestionFailed, UnknownRun):
            return math.nan
        took.append(time.perf_counter() - began)
    return min(took)


def _clock() -> dict[str, float]:
    """The seconds of each run that was clocked, by its id."""
    clock: dict[str, float] = st.session_state.setdefault("drawing-clock", {})
    return clock
