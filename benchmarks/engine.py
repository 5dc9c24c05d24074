"""What live training costs: the VAE through the engine over the same VAE in a bare loop.

784-400-20, batch 128, MNIST. Both sides run in processes of their own, in turn, with as many
threads as the engine takes for this model.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

from benchmarks._report import report
from playground.concepts.vae.settings import VAESettings
from playground.engine.base import Engine
from playground.engine.supervisor import WorkerEngine
from playground.settings import Settings

SETTINGS = VAESettings(dataset="mnist", likelihood="grey", latent_dim=20, hidden=400, layers=1,
                       batch_size=128, steps=20_000)
ROUNDS = 5
SECONDS = 6.0
THREADS = min(4, os.cpu_count() or 1)


def measure() -> None:
    """Print `engine_ratio` (the aim is 0.95) and `engine_four_runs_ratio` (0.9)."""
    engine = WorkerEngine()
    try:
        warm_up(engine)
        ratios, speeds = [], []
        for _ in range(ROUNDS):
            bare = bare_steps_per_second()
            live = engine_steps_per_second(engine, [SETTINGS])
            speeds.append(live)
            ratios.append(live / bare)
        report("engine_steps_per_second", median(speeds), "steps/s")
        report("engine_ratio", median(ratios), "ratio")
        fours = []
        for _ in range(ROUNDS):
            alone = engine_steps_per_second(engine, [SETTINGS])
            four = engine_steps_per_second(engine, [SETTINGS] * 4)
            fours.append(four / alone)
        report("engine_four_runs_ratio", median(fours), "ratio")
    finally:
        engine.close()


def warm_up(engine: Engine) -> None:
    """Let the worker load torch and the data."""
    engine_steps_per_second(engine, [SETTINGS], seconds=1.0)


def engine_steps_per_second(engine: Engine, settings: Sequence[Settings],
                            seconds: float = SECONDS, *, concept: str = "vae") -> float:
    """Return the steps per second of several runs together, polled as a page polls them."""
    ids = [engine.start(concept, item, owner=f"visitor {n}") for n, item in enumerate(settings)]
    for run_id in ids:
        engine.wait(run_id, 5, timeout=60)
    since = dict.fromkeys(ids, -1)
    began, first = time.perf_counter(), sum(engine.poll(run_id).run.step for run_id in ids)
    while time.perf_counter() - began < seconds:
        time.sleep(0.5)
        for run_id in ids:
            since[run_id] = max(engine.poll(run_id, since[run_id]).snapshots, default=-1)
    for run_id in ids:
        engine.pause(run_id)
    elapsed = time.perf_counter() - began
    engine.wait(ids[0], 10**9, timeout=0.3)
    steps = sum(engine.poll(run_id).run.step for run_id in ids) - first
    for run_id in ids:
        engine.drop(run_id)
    return steps / elapsed


BARE = '''
import sys, time, torch
from torch.nn import functional as F
from model_zoo.vae import VAE
from playground import datasets
torch.set_num_threads(int(sys.argv[1]))
seconds = float(sys.argv[2])
torch.manual_seed(0)
data = torch.from_numpy(datasets.load("mnist").train)
model = VAE((1, 28, 28), 20, (400,))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
def epoch():
    order = torch.randperm(len(data))
    for start in range(0, len(order) - 127, 128):
        loss = model.loss(data[order[start:start + 128]])["loss"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        yield
steps = 0
began = None
while began is None or time.perf_counter() - began < seconds:
    for _ in epoch():
        steps += 1
        if steps == 20:
            began, first = time.perf_counter(), steps
        if began and time.perf_counter() - began >= seconds:
            break
print((steps - first) / (time.perf_counter() - began))
'''


def bare_steps_per_second() -> float:
    """Return the steps per second of a plain loop on a resident tensor, in a fresh process."""
    done = subprocess.run([sys.executable, "-c", BARE, str(THREADS), str(SECONDS)], check=True,
                          capture_output=True, text=True)
    return float(done.stdout)
