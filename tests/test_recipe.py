"""`playground.train`: the numbers of the page without the page."""

import subprocess
import sys
from typing import Any

import pytest
import torch
from polling import DIVERGING, newest

import playground
from playground.concepts import settings_type
from playground.engine.inline import InlineEngine
from playground.refusal import Refusal
from playground.runs.run import Status
from playground.training.randomness import sow


def test_it_looks_before_the_first_step_every_so_often_and_after_the_last() -> None:
    looks = playground.train("vae", steps=100, every=30)
    assert [snapshot.step for snapshot in looks] == [0, 30, 60, 90, 100]


def test_there_are_some_fifty_looks_if_nobody_says_how_many() -> None:
    assert len(list(playground.train("vae", steps=100))) == 51


@pytest.mark.parametrize(("concept", "settings"), [
    ("vae", {"steps": 100}), ("clustering", {}), ("dimensionality_reduction", {})])
def test_its_numbers_are_those_of_the_engine(concept: str, settings: dict[str, Any]) -> None:
    engine = InlineEngine()
    kind = settings_type(concept)
    run_id = engine.start(concept, kind(**settings), "ann")
    while not (run := engine.poll(run_id).run).status.over:
        engine.wait(run_id, run.step + 10**6)
    *_, last = playground.train(concept, **settings)
    assert last.step == run.step > 0
    assert last.metrics == newest(run).metrics
    engine.close()


def test_chance_elsewhere_and_in_the_training_do_not_meet() -> None:
    torch.manual_seed(5)
    alone = torch.rand(3).tolist()
    undisturbed = [snapshot.metrics for snapshot in playground.train("vae", steps=100, every=50)]
    torch.manual_seed(5)
    found = [torch.rand(1).item()]
    metrics = []
    for snapshot in playground.train("vae", steps=100, every=50):
        metrics.append(snapshot.metrics)
        found.append(torch.rand(1).item())
    assert metrics == undisturbed
    assert found[:3] == alone


def test_what_does_not_fit_is_said_before_anything_is_trained() -> None:
    with pytest.raises(ValueError, match="beta"):
        playground.train("vae", beta=-1)
    with pytest.raises(ValueError, match="no_such"):
        playground.train("no_such")
    with pytest.raises(Refusal, match="every must be at least 1, got 0"):
        playground.train("vae", every=0)


def test_a_number_that_is_not_finite_is_named_with_its_step() -> None:
    training = playground.train("vae", **dict(DIVERGING))
    with pytest.raises(Refusal, match=r"^step \d+: .* not a finite number"):
        list(training)
    assert training.run.status is Status.FAILED
    assert training.run.reason.startswith("step ")


def test_the_front_door_opens_without_torch() -> None:
    code = "import sys, playground; assert 'torch' not in sys.modules; playground.train"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no_such"):
        playground.no_such  # noqa: B018


def test_what_was_seen_is_drawn_as_on_its_page() -> None:
    training = playground.train("clustering")
    list(training)
    assert training.run.status is Status.FINISHED
    figures = playground.figures(training.run)
    assert figures.html.count('"seq":') == len(training.run.history.kept)
    assert figures._repr_html_().startswith("<iframe srcdoc=")


def test_a_look_tells_nothing_to_accelerators_that_are_not_in_use(
        monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    for place in (torch.cuda, torch.xpu):
        monkeypatch.setattr(place, "manual_seed_all", told.append)
    list(playground.train("vae", steps=100, every=50))
    assert told == []
    torch.manual_seed(8)
    drawn = torch.rand(3).tolist()
    sow(8, "cpu")
    assert torch.rand(3).tolist() == drawn
