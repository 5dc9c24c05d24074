"""Recovery: a worker that is killed or stopped in the middle of four trainings, again and again.

Every run must end, with the numbers of a run that nobody disturbed.
"""

import os
import random
import signal
import time
from statistics import median, quantiles

from benchmarks._report import report
from benchmarks.engine import engine_steps_per_second
from playground.concepts.vae.settings import VAESettings
from playground.engine import task
from playground.engine.supervisor import WorkerEngine

SETTINGS = [VAESettings(steps=20_000, hidden=128, layers=1, batch_size=64, seed=seed)
            for seed in range(4)]
FAULTS = 20
LONGEST = 120.0
ROUNDS = 5
SECONDS = 8.0


def measure() -> None:
    """Print `recovery_lost_runs` (the aim is 0), `recovery_wrong_numbers` (0),
    `recovery_seconds` (95%, 8) and `checkpoint_ratio` (0.98).
    """
    faults_cost_time_alone()
    report("checkpoint_ratio", checkpoint_ratio(), "ratio")


def faults_cost_time_alone() -> None:
    """Disturb four trainings, then compare what they have shown with four that were left alone."""
    chance = random.Random(0)
    engine = WorkerEngine(devices=("cpu",))
    try:
        ids = [engine.start("vae", each, f"visitor {n}") for n, each in enumerate(SETTINGS)]
        for run in ids:
            engine.wait(run, 50, timeout=LONGEST)
        seconds = []
        for number in range(FAULTS):
            time.sleep(chance.uniform(1.0, 5.0))
            before = {run: engine.poll(run).run.step for run in ids}
            sign = signal.SIGSTOP if number % 2 else signal.SIGKILL
            began = time.monotonic()
            os.kill(engine.workers()["cpu"], sign)
            while not all(run.status.over or run.step > before[run.id]
                          for run in (engine.poll(each).run for each in ids)):
                if time.monotonic() - began > LONGEST:
                    break
                time.sleep(0.02)
            seconds.append(time.monotonic() - began)
        last = min(engine.poll(run).run.step for run in ids)
        shown = [numbers(engine, run, last) for run in ids]
        states = [engine.poll(run).run for run in ids]
        lost = sum(run.status.over and run.status != "finished" for run in states)
        for run in ids:
            engine.drop(run)
        wrong = 0
        for n, settings in enumerate(SETTINGS):
            run = engine.start("vae", settings, f"visitor {n}")
            while engine.poll(run).run.step < last:
                time.sleep(0.05)
            truth = numbers(engine, run, last)
            engine.drop(run)
            common = truth.keys() & shown[n].keys()
            wrong += not common or any(truth[step] != shown[n][step] for step in common)
    finally:
        engine.close()
    report("recovery_lost_runs", lost, "runs")
    report("recovery_wrong_numbers", wrong, "runs")
    report("recovery_seconds_median", median(seconds), "s")
    report("recovery_seconds", quantiles(seconds, n=20)[-1], "s")


def numbers(engine: WorkerEngine, run: str, last: int) -> dict[int, dict[str, float]]:
    """Return what a run has shown, by step, up to a step."""
    return {step: metrics for step, _, metrics in engine.poll(run).run.history.metrics
            if step <= last}


def checkpoint_ratio() -> float:
    """Return the speed of training with checkpoints over that without, in turn."""
    with_them, without = WorkerEngine(devices=("cpu",)), without_checkpoints()
    try:
        for engine in (with_them, without):
            engine_steps_per_second(engine, SETTINGS[:1], seconds=1.0)
        ratios = []
        for number in range(ROUNDS):
            order = (with_them, without) if number % 2 else (without, with_them)
            speeds = {engine: engine_steps_per_second(engine, SETTINGS[:1], seconds=SECONDS)
                      for engine in order}
            ratios.append(speeds[with_them] / speeds[without])
        return median(ratios)
    finally:
        with_them.close()
        without.close()


def without_checkpoints() -> WorkerEngine:
    """Return an engine whose worker never makes one."""
    before = os.environ.get(task.EVERY)
    os.environ[task.EVERY] = "1e9"
    engine = WorkerEngine(devices=("cpu",))
    engine.warm_up()
    while not engine.workers():
        time.sleep(0.05)
    if before is None:
        del os.environ[task.EVERY]
    return engine
