"""A sweep in the background: what it trains, and what it costs whoever is at work meanwhile."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from benchmarks._report import report
from benchmarks._server import server
from benchmarks._visitor import Visitor
from playground.concepts.vae.settings import VAESettings
from playground.engine.supervisor import WorkerEngine
from playground.runs.keeper import Keeper
from playground.runs.store import Store
from playground.sweeps import shelf
from playground.sweeps.outcome import Outcome
from playground.sweeps.plan import Plan, made
from playground.sweeps.shelf import Sweep
from playground.sweeps.sweeper import Sweeper
from playground.ui.bench import cookie

STEPS, RUNS = 300, 24
ME, OTHER = "1" * 32, "2" * 32
SECONDS = 8.0
CLICKS = 30

BARE = '''
import sys, time
from playground.training.recipe import begin
from playground.concepts.vae.settings import VAESettings
_run, training = begin("vae", VAESettings(steps=20_000), "cpu")
training.train(is_enough=lambda: training.step >= 50)
began, first = time.perf_counter(), training.step
training.train(until=began + float(sys.argv[1]))
print((training.step - first) / (time.perf_counter() - began))
'''


def measure() -> None:
    """Print `sweep_ratio` (the aim is 0.9), `sweep_interactive_share` (0.8) and
    `sweep_click_p95` (0.5).
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        engine = WorkerEngine(devices=("cpu",))
        keeper = Keeper(Store(Path(folder)), lambda run: None)
        engine.on_ended = keeper.put
        sweeper = Sweeper(engine, keeper)
        try:
            warm(engine)
            bare = median(bare_steps_per_second() for _ in range(3))
            speed = swept(sweeper)
            bare = median([bare, *(bare_steps_per_second() for _ in range(2))])
            report("sweep_steps_per_second", speed, "steps/s")
            report("sweep_ratio", speed / bare, "ratio")
            report("sweep_interactive_share", share(engine, sweeper), "ratio")
        finally:
            engine.close()
    report("sweep_click_p95", clicks(), "s")


def bare_steps_per_second() -> float:
    """Return the speed of the default VAE in a loop that nobody looks at."""
    done = subprocess.run([sys.executable, "-c", BARE, str(SECONDS)], check=True,
                          capture_output=True, text=True)
    return float(done.stdout)


def warm(engine: WorkerEngine) -> None:
    """Let the worker load torch and the data."""
    run = engine.start("vae", VAESettings(steps=100), ME)
    engine.wait(run, 100, timeout=60)
    engine.drop(run)


def a_plan(steps: int = STEPS) -> Plan:
    """Return a plan of 24 runs of the default VAE."""
    return made(concept="vae", settings={"steps": steps}, metric="held_out_elbo", better="high",
                seeds=3, axes=[{"name": "beta", "values": (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)}])


def swept(sweeper: Sweeper) -> float:
    """Return the steps per second of all runs of a sweep together."""
    began = time.perf_counter()
    sweep = sweeper.start(ME, a_plan(), 60.0)
    found: list[Outcome] = []
    while (state := sweeper.look(ME, sweep.id))[0].state != "finished":
        time.sleep(0.2)
        found = state[1]
    elapsed = time.perf_counter() - began
    if len(state[1]) != RUNS or any(each.status != "finished" for each in state[1]):
        raise RuntimeError(f"all runs must finish, got {found}")
    return RUNS * STEPS / elapsed


def share(engine: WorkerEngine, sweeper: Sweeper) -> float:
    """Return the speed of an interactive run beside a sweep over its speed alone."""
    alone = interactive(engine)
    sweep = sweeper.start(ME, a_plan(steps=20_000), 60.0)
    while not any(each.share for each in sweeper.look(ME, sweep.id)[1]):
        time.sleep(0.1)
    beside = interactive(engine)
    sweeper.stop(ME, sweep.id)
    return beside / median([alone, interactive(engine)])


def interactive(engine: WorkerEngine) -> float:
    """Return the steps per second of somebody else's run."""
    run = engine.start("vae", VAESettings(steps=20_000), OTHER)
    engine.wait(run, 50, timeout=60)
    began, first = time.perf_counter(), engine.poll(run).run.step
    while time.perf_counter() - began < SECONDS:
        time.sleep(0.5)
        engine.poll(run)
    speed = (engine.poll(run).run.step - first) / (time.perf_counter() - began)
    engine.drop(run)
    return speed


def clicks() -> float:
    """Return the 95th percentile of a click on a page, beside a sweep on the same server."""
    token = "0" * 32
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Store(Path(folder))
        sweep = Sweep("a" * 32, cookie.owner(token), a_plan(steps=20_000))
        shelf.keep(store, sweep)  # the server goes on with it as soon as its owner looks
        store.close()
        with server(store=Path(folder)) as running, Visitor(
                running.url, "sweep", f"sweep={sweep.id}", f"{cookie.NAME}={token}") as planner:
            planner.load()
            with Visitor(running.url, "vae", "steps=20000") as trainer:
                trainer.load()
                time.sleep(SECONDS)  # the worker starts, and the sweep with it
                planner.load()
                trainer.click("Pause")
                seconds = []
                for number in range(CLICKS):
                    seconds.append(trainer.click("Pause" if number % 2 else "Train"))
                    time.sleep(0.3)
    return quantiles(seconds, n=20)[-1]
