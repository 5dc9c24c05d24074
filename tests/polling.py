"""Waiting for runs with a deadline, and the smallest settings that still train."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from playground.concepts.vae.experiment import VAEExperiment
from playground.concepts.vae.settings import VAESettings
from playground.engine.base import Engine, Poll
from playground.experiments.base import Answer, Work, question
from playground.refusal import Refusal
from playground.runs.run import Run
from playground.snapshot import Snapshot

SHORT = VAESettings(dataset="digits", steps=100, hidden=16, layers=1, batch_size=16)
LONG = SHORT.with_changes(steps=20_000)
DIVERGING = VAESettings(dataset="ring", layers=4, latent_dim=64, learning_rate=10.0)
PLANE = {"codes": [[0.5, -0.5]], "axes": [0, 1], "label": 0}


N_PIECES = 20


def newest(run: Run[Any]) -> Snapshot:
    """Return the newest snapshot of a run that has one."""
    found = run.history.last
    assert found is not None
    return found


def let_it_be_asked_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a VAE in this process be asked "slow", which draws a number in each of its pieces."""

    @question
    def slow(self: VAEExperiment, fail: bool = False) -> Work[Answer]:
        numbers = []
        for piece in range(N_PIECES):
            numbers.append(torch.rand(1).item())
            if fail and piece == 3:
                raise Refusal("the question must not fail")
            yield piece / N_PIECES
        weight = next(self.model.parameters())
        return {"numbers": numbers, "weight": float(weight.detach().double().sum())}

    monkeypatch.setattr(VAEExperiment, "slow", slow, raising=False)


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until a condition holds and return the seconds that it took; fail after a deadline."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.01)
    return time.monotonic() - began


def until(engine: Engine, run_id: str, condition: Callable[[Run], bool], *,
          seconds: float = 120.0) -> Poll:
    """Poll a run until a condition holds; fail after a deadline."""
    deadline = time.monotonic() + seconds
    while not condition((poll := engine.poll(run_id)).run):
        run = poll.run
        assert time.monotonic() < deadline, f"{run.status} at step {run.step}: {run.reason}"
        time.sleep(0.005)
    return poll


def settle(engine: Engine, run_id: str) -> Run:
    """Wait until the worker has done all that it was told so far, and return the run.

    Messages are handled in order, so whatever was sent before a question is done at its answer.
    """
    until(engine, run_id, lambda run: bool(run.history.kept) or run.status.over)
    engine.ask(run_id, "decode", **PLANE)
    return engine.poll(run_id).run
