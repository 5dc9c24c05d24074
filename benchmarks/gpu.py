"""Training on a GPU: each default model against a bare loop and a graph captured by hand.

Then looks, and drawing pixel by pixel there and on the CPU. It takes five minutes at most; where
there is no GPU it says so.
"""

import os
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import torch

from benchmarks._report import report
from model_zoo.base import Model
from playground import concepts
from playground.device import be_repeatable, kind, synchronize, warm_up
from playground.experiments.autoregressive import AutoregressiveExperiment
from playground.experiments.base import Experiment, built, experiment_type
from playground.experiments.contest import Contest
from playground.experiments.drawing import timed
from playground.experiments.gradient_contestant import GradientContestant
from playground.experiments.pieces import whole
from playground.experiments.twin import on_cpu
from playground.training.batches import Batches
from playground.training.trainer import Trainer, adam
from playground.training.untouched import untouched

SECONDS = 1.5
WARM, AT_ONCE = 10, 5
LOOKS = 5
MOST_SECONDS = 280.0
GRAPHS = "PLAYGROUND_CUDA_GRAPHS"


def measure() -> None:
    """Print for each concept steps per second, alone and with graphs, and what they reach of both.

    `gpu_NAME_ratio` is against the bare loop, `gpu_NAME_graph_ratio` against the graph by hand.
    """
    device = ("cuda:0" if torch.cuda.is_available() else
              "mps" if torch.backends.mps.is_available() else "")
    if not device:
        print("There is no GPU on this machine, so nothing is measured.")
        return
    os.environ[GRAPHS] = "0"
    be_repeatable()
    report("gpu_warm_up_seconds", timed(lambda: warm_up(device), device)[1], "s")
    began = time.perf_counter()
    for name in concepts.names():
        if time.perf_counter() - began > MOST_SECONDS:
            print(f"{name} and those after it are left out: five minutes are over.")
            return
        settings = concepts.settings_type(name)()
        experiment_type(name).prepare(settings)
        torch.manual_seed(0)
        experiment, seconds = timed(lambda: built(name, settings, device), device)  # noqa: B023
        if learners := _learners(experiment):
            report(f"gpu_{name}_building_seconds", seconds, "s")
            _measure(f"gpu_{name}", experiment, learners, device)


def _learners(experiment: Experiment[Any]) -> list[Any]:
    """Who learns by gradients: an experiment itself, or those who take part in a contest."""
    if isinstance(experiment, Contest):
        return [each for each in experiment.contestants.values()
                if isinstance(each, GradientContestant)]
    return [experiment] if isinstance(vars(experiment).get("trainer"), Trainer) else []


def _measure(name: str, experiment: Experiment[Any], learners: list[Any], device: str) -> None:
    models = [(each.model, each.trainer.batches) for each in learners]
    plain = _speed(_in_turn(learners), device)
    report(f"{name}_steps_per_second", plain, "steps/s")
    report(f"{name}_ratio", plain / _speed(_bare(models), device), "ratio")
    if kind(device) == "cuda":
        os.environ[GRAPHS] = "1"
        captured = _speed(_in_turn(learners), device)
        os.environ[GRAPHS] = "0"
        report(f"{name}_graph_steps_per_second", captured, "steps/s")
        report(f"{name}_graph_ratio", captured / _speed(_by_hand(models), device), "ratio")
    with untouched(experiment, device):
        looks = [timed(experiment.observe, device)[1] for _ in range(LOOKS)]
    report(f"{name}_look_seconds", median(looks), "s")
    if isinstance(experiment, AutoregressiveExperiment):
        n = len(experiment.noise)
        with untouched(experiment, device), torch.no_grad():
            for where, draw in {"there": lambda: experiment.model.sample(n),
                                "cpu": lambda: on_cpu(experiment.model).sample(n)}.items():
                times = [timed(draw, device)[1] for _ in range(2)]
                report(f"{name}_drawing_{where}_seconds", min(times), "s")


def _speed(steps: Iterator[None], device: str) -> float:
    for _ in range(WARM):
        next(steps)
    synchronize(device)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        for _ in range(AT_ONCE):
            next(steps)
        done += AT_ONCE
    synchronize(device)
    return done / (time.perf_counter() - began)


def _in_turn(learners: list[Any]) -> Iterator[None]:
    """As the playground trains them, without judging."""
    going = [whole(each.steps()) for each in learners]
    while True:
        for steps in going:
            next(steps)
        yield


def _bare_step(models: list[tuple[Model, Batches]]) -> Callable[[], None]:
    players = [(player, adam(player.parameters), batches) for model, batches in models
               for player in model.train().players()]

    def step() -> None:
        for player, mover, batches in players:
            rows = torch.randint(len(batches.data), (batches.size,), device=batches.data.device)
            losses = player.loss(*batches.at(rows))
            mover.zero_grad(set_to_none=True)
            losses["loss"].backward(inputs=player.parameters)
            mover.step()

    return step


def _bare(models: list[tuple[Model, Batches]]) -> Iterator[None]:
    """A loop that only trains: no check, no record, no rate that changes."""
    step = _bare_step(models)
    while True:
        yield step()


def _by_hand(models: list[tuple[Model, Batches]]) -> Iterator[None]:
    """The same loop, its whole step captured once."""
    step = _bare_step(models)
    main, aside = torch.cuda.current_stream(), torch.cuda.Stream()
    aside.wait_stream(main)
    with torch.cuda.stream(aside):
        for _ in range(3):
            step()
    main.wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    while True:
        graph.replay()
        yield
