"""What a Ray cluster costs: a sweep of 12 runs on two Ray workers beside two local ones.

Both nodes are on this machine, with one CPU each. Then one of them is killed in the middle of a
sweep: how many runs do not end with the numbers of the local ones?
"""

import os
import time
from statistics import median

from benchmarks._ray_cluster import TwoNodes
from benchmarks._report import report
from playground.concepts.vae.settings import VAESettings
from playground.engine.base import Engine
from playground.engine.cluster import ClusterEngine
from playground.engine.supervisor import WorkerEngine
from playground.runs.run import Run, Status

SETTINGS = VAESettings(dataset="digits", hidden=64, layers=1, batch_size=64, steps=1000)
RUNS = 12
ROUNDS = 3
POLL_SECONDS = 0.25


def measure() -> None:
    """Print `ray_ratio`, seconds of local workers over those of Ray's (the aim is 0.85), and
    `ray_lost_runs` (0)."""
    os.environ |= {"CUDA_VISIBLE_DEVICES": "", "PLAYGROUND_SPARE": "0"}
    nodes = TwoNodes()
    os.environ["RAY_ADDRESS"] = nodes.address
    local, cluster = WorkerEngine(devices=("cpu", "auto")), ClusterEngine(devices=("cpu",))
    try:
        if len(cluster.places(60.0)) != 2:
            raise RuntimeError(f"the cluster must have two places: {cluster.remark}")
        sweep(local)
        sweep(cluster)
        seconds = []
        for _ in range(ROUNDS):
            seconds.append((timed(local), timed(cluster)))
        report("ray_sweep_seconds", median(there for _here, there in seconds), "s")
        report("ray_ratio", median(here / there for here, there in seconds), "ratio")
        truth, found = sweep(local), sweep(cluster, nodes)
        report("ray_lost_runs", sum(not same(a, b) for a, b in zip(truth, found, strict=True)),
               "runs")
    finally:
        cluster.close()
        local.close()
        nodes.close()


def timed(engine: Engine) -> float:
    """Return the seconds of a sweep."""
    began = time.perf_counter()
    sweep(engine)
    return time.perf_counter() - began


def sweep(engine: Engine, victim: TwoNodes | None = None) -> list[Run]:
    """Train the runs of a sweep in the background, and return them as they ended.

    Args:
        victim: a cluster that loses a node when a third of all steps are done.
    """
    ids = [engine.start("vae", SETTINGS.with_changes(seed=seed), "visitor", background=True)
           for seed in range(RUNS)]
    while True:
        runs = [engine.poll(run_id).run for run_id in ids]
        if all(run.status.over for run in runs):
            break
        if victim and sum(run.step for run in runs) > RUNS * SETTINGS.steps / 3:
            victim.kill_one()
            victim = None
        time.sleep(POLL_SECONDS)
    for run_id in ids:
        engine.drop(run_id)
    return runs


def same(a: Run, b: Run) -> bool:
    """Tell whether two runs have finished with the same numbers."""
    ends = [run.history.metrics[-1] for run in (a, b)]
    return (a.status is b.status is Status.FINISHED
            and ends[0][0] == ends[1][0] and ends[0][2] == ends[1][2])
