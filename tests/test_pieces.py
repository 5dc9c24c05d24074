"""Long work is done in pieces: others may do what they like between two of them."""

import itertools
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from playground import concepts
from playground.experiments.base import PART, Experiment, Work, at_once, built
from playground.experiments.pieces import clocked, to_the_end, within
from playground.experiments.sliced import Regard
from playground.training.randomness import fixed_random_state

DEAR: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("vae", {"hidden": 16}, "log_likelihood", {"n_samples": 3000, "n_data": 50}),
    ("vae", {"hidden": 16}, "aggregate", {}),
    ("vae", {"hidden": 16}, "factors", {}),
    ("pixel_cnn", {"features": 8, "blocks": 1}, "path",
     {"seed": 0, "temperature": 1.0, "of_class": 0}),
    ("pixel_cnn", {"features": 8, "blocks": 1}, "fields", {}),
    ("pixel_rnn", {"units": 4}, "complete",
     {"rows": 4, "n": 2, "index": 0, "of_class": 0, "painted": []}),
    ("pixel_rnn", {"units": 4}, "draw_naively", {"n": 12}),
    ("gan", {"hidden": 16}, "optimum", {}),
    ("dcgan", {"features": 8, "dataset": "digits"}, "quality", {"n": 200}),
    ("dcgan", {"features": 8, "dataset": "digits"}, "extremes", {"n": 3}),
    ("clustering", {"n_points": 100}, "compare", {}),
    ("clustering", {"n_points": 100}, "many_starts", {"n": 3}),
    ("density_estimation", {}, "dimensions", {}),
    ("dimensionality_reduction", {"n_points": 60}, "embed", {"method": "tsne", "perplexity": 5.0}),
    ("applications", {"dataset": "digits", "factor": "2", "features": 8}, "answers",
     {"index": 0, "n": 2}),
    ("image_arena", {"features": 8, "units": 4, "hidden": 16}, "through_all",
     {"image": [[[90] * 8] * 8], "rows": 4, "n": 2, "seed": 0}),
]
FEWEST = 8
CLOCKED = ("training_and_drawing", "draw_naively", "drawing_time", "cache")


def made(name: str, changes: dict[str, Any]) -> Experiment[Any]:
    torch.manual_seed(0)
    return built(name, concepts.settings_type(name)(**changes), "cpu")


def _draws(n: int) -> Work[torch.Tensor]:
    drawn: list[torch.Tensor] = []
    for _ in range(n):
        yield len(drawn) / n
        drawn.append(torch.rand(3))
    return torch.stack(drawn)


def test_work_within_a_context_draws_what_it_would_draw_at_once() -> None:
    with fixed_random_state("cpu", 5):
        truth = torch.rand(4, 3)
    torch.manual_seed(1)
    before, work = torch.get_rng_state(), within(partial(fixed_random_state, "cpu", 5), "cpu",
                                                 _draws(4))
    shares = []
    try:
        while True:
            shares.append(next(work))
            assert torch.equal(torch.get_rng_state(), before)
            torch.rand(7)
            before = torch.get_rng_state()
    except StopIteration as end:
        drawn = end.value
    assert torch.equal(drawn, truth) and shares == [0, 0.25, 0.5, 0.75]


def test_the_end_of_an_iterator_is_reached_an_item_at_a_time() -> None:
    work = to_the_end(iter("abc"), 3)
    assert [next(work), next(work)] == [1 / 3, 2 / 3]
    assert at_once(work) == "c"
    assert next(to_the_end(iter("abc"))) is None


def test_what_others_do_between_two_pieces_is_not_clocked(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def work() -> Work[str]:
        nonlocal now
        for _ in range(3):
            now += 1.0
            yield None
        return "done"

    monkeypatch.setattr("playground.experiments.pieces.time.perf_counter", lambda: now)
    found, pieces = "", clocked(work(), "cpu")
    try:
        while True:
            next(pieces)
            now += 100.0
    except StopIteration as end:
        found, seconds = end.value
    assert (found, seconds) == ("done", 3.0)


@pytest.mark.parametrize(("name", "changes", "question", "arguments"), DEAR,
                         ids=[f"{name}-{question}" for name, _, question, _ in DEAR])
def test_a_dear_question_is_answered_in_pieces_as_it_would_be_at_once(
        name: str, changes: dict[str, Any], question: str, arguments: dict[str, Any]) -> None:
    experiment = made(name, changes)
    truth = Regard(experiment, "cpu", experiment.answering(question, arguments))
    while not truth.advance(float("inf")):
        pass
    pieces = Regard(experiment, "cpu", experiment.answering(question, arguments))
    n = next(number for number in itertools.count() if _advanced(pieces))
    # What is remembered need not be found out again.
    assert n >= FEWEST or question == "dimensions"
    if question not in CLOCKED:
        _same(pieces.value, truth.value)


def _advanced(pieces: Regard[Any]) -> bool:
    """Do a piece, and draw by chance as another run might."""
    over = pieces.advance(0.0)
    torch.rand(3)
    return over


def _same(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            _same(one[key], other[key])
    else:
        np.testing.assert_equal(one, other)


@pytest.mark.parametrize(("name", "changes"), [
    ("arena", {"n_points": 60, "hidden": 16}),
    ("image_arena", {"features": 8, "units": 4, "hidden": 16}),
    ("applications", {"dataset": "digits", "factor": "2", "features": 8}),
    ("gan", {"hidden": 16}), ("dcgan", {"features": 8, "dataset": "digits"})])
def test_a_judgement_is_done_in_parts_of_the_step_that_brings_it(
        name: str, changes: dict[str, Any]) -> None:
    steps = iter(made(name, changes).steps())
    parts = list(itertools.takewhile(lambda step: step is PART, steps))
    assert len(parts) >= FEWEST or name == "gan" and len(parts) > 2
