"""Rates, threads and shares: what every training of a model goes by."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from small import small
from torch import Tensor, nn

from playground.experiments.base import at_once, built
from playground.experiments.model_experiment import ModelExperiment
from playground.training import threads
from playground.training.schedules import SCHEDULES


@pytest.mark.parametrize(("name", "start", "half", "end"), [
    ("constant", 1.0, 1.0, 1.0), ("linear", 1.0, 0.5, 0.0), ("cosine", 1.0, 0.5, 0.0)])
def test_a_schedule_leads_from_the_whole_rate_to_its_end(
        name: str, start: float, half: float, end: float) -> None:
    schedule = SCHEDULES[name]
    assert [schedule(done) for done in (0.0, 0.5, 1.0)] == pytest.approx([start, half, end])


def test_a_cosine_is_above_the_line_first_and_below_it_later() -> None:
    assert SCHEDULES["cosine"](0.25) > SCHEDULES["linear"](0.25)
    assert SCHEDULES["cosine"](0.75) < SCHEDULES["linear"](0.75)


@pytest.mark.parametrize(("cores", "whole", "half"), [
    (1, 1, 1), (2, 2, 1), (3, 3, 1), (6, 4, 3), (64, 4, 4), (None, 1, 1)])
def test_large_work_takes_up_to_four_threads_or_half_of_the_cores(
        cores: int | None, whole: int, half: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads.os, "cpu_count", lambda: cores)
    assert (threads.worth(large=True), threads.worth(large=True, half=True)) == (whole, half)
    assert threads.worth(large=False) == threads.worth(large=False, half=True) == 1


@pytest.mark.parametrize(("done", "share"), [(0, 0.0), (50, 0.25), (200, 1.0), (300, 1.0)])
def test_no_more_than_all_of_a_training_is_done(done: int, share: float) -> None:
    experiment = SimpleNamespace(done=done, settings=SimpleNamespace(steps=200))
    reader = cast(Any, ModelExperiment.share).fget
    assert reader(experiment) == share


@pytest.mark.parametrize(("concept", "model"), [("vae", "vq_vae"), ("pixel_cnn", "made")])
def test_other_nets_learn_in_32_bits_whatever_was_chosen_before(concept: str, model: str) -> None:
    settings = small(concept, model=model, arithmetic="bfloat16")
    experiment = cast(Any, built(concept, settings, "cpu"))
    assert experiment.trainer.precision == torch.float32


@pytest.mark.parametrize(("concept", "model"), [
    ("vae", "vae"), ("pixel_cnn", "pixel_cnn"), ("pixel_cnn", "gated")])
def test_nets_learn_in_16_bits_while_weights_losses_and_looks_keep_32(
        concept: str, model: str) -> None:
    seen: list[torch.dtype] = []

    def note(module: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
        seen.append(out.dtype)

    losses = {}
    for arithmetic in ("float32", "bfloat16"):
        torch.manual_seed(0)
        experiment = built(concept, small(concept, model=model, arithmetic=arithmetic), "cpu")
        assert isinstance(experiment, ModelExperiment)
        first = next(m for m in experiment.model.modules() if isinstance(m, nn.Linear | nn.Conv2d))
        first.register_forward_hook(note)
        steps = experiment.steps()
        next(steps)  # before the first one it is found out what a step costs
        seen.clear()
        next(steps)
        losses[arithmetic] = experiment.trainer.losses[-1]["loss"]
        assert losses[arithmetic].dtype == torch.float32
        assert {each.dtype for each in experiment.model.parameters()} == {torch.float32}
        assert set(seen) == {torch.float32 if arithmetic == "float32" else torch.bfloat16}
        seen.clear()
        with torch.no_grad():
            at_once(experiment.looking())
        assert set(seen) == {torch.float32}
        seen.clear()
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"].item() == pytest.approx(losses["float32"].item(), rel=0.01)
