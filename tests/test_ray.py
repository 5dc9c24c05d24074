"""The Ray cluster: two nodes on this machine, one of which does not live long."""

import importlib.util
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from polling import LONG, PLANE, SHORT, until, wait_for

from benchmarks._ray_cluster import TwoNodes
from playground.engine import cluster, ray_driver
from playground.engine.cluster import ClusterEngine
from playground.engine.limits import Limits
from playground.engine.messages import Gone, Hello, Resume, Start, Working, pack, unpack
from playground.engine.ray_host import Host
from playground.engine.supervisor import WorkerEngine
from playground.refusal import Refusal
from playground.runs.run import Run, Status

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="it kills a process by a signal")
HOW_TO_GET_IT = "no Ray: install requirements-ray.txt"
PATIENT = Limits(silence=300.0, hang=300.0, answer=120.0)  # other tests may hold both cores
START = 120.0
SWEEP = SHORT.with_changes(steps=600)


@pytest.fixture(scope="module")
def nodes() -> Iterator[TwoNodes]:
    """Two nodes with a CPU each."""
    if importlib.util.find_spec("ray") is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_IT, pytrace=False)
        pytest.skip(HOW_TO_GET_IT)
    started = TwoNodes()
    yield started
    started.close()


@pytest.fixture(scope="module")
def engine(nodes: TwoNodes) -> Iterator[ClusterEngine]:
    """This machine's worker, and those two nodes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", nodes.address)
        patch.setenv("PLAYGROUND_CHECKPOINT_SECONDS", "0.2")
        made = ClusterEngine(PATIENT, ("cpu",))
        assert len(made.places(START)) == 2, made.remark
        yield made
        made.close()


def _same(a: Run[Any], b: Run[Any]) -> bool:
    """Tell whether two runs have the same numbers wherever both were looked at, and at the end."""
    first, second = ({step: metrics for step, _, metrics in run.history.metrics} for run in (a, b))
    x, y = a.history.last, b.history.last
    return (all(first[step] == second[step] for step in first.keys() & second.keys())
            and x is not None and y is not None and x.step == y.step == a.settings.steps
            and x.arrays.keys() == y.arrays.keys()
            and all(np.array_equal(x.arrays[name], y.arrays[name]) for name in x.arrays))


def test_background_runs_take_the_cluster_and_all_others_this_machine(
        engine: ClusterEngine) -> None:
    first, second = (engine.start("vae", SHORT, "ann", background=True) for _ in range(2))
    mine = engine.start("vae", SHORT, "ann")
    assert {engine._placed[first], engine._placed[second]} == {"ray-cpu-0", "ray-cpu-1"}
    assert engine._placed[mine] == "cpu"
    here, there, _other = (until(engine, run, lambda r: r.status.over).run
                           for run in (mine, first, second))
    assert here.status is there.status is Status.FINISHED
    assert _same(here, there)
    engine.release("ann")


def test_a_worker_of_the_cluster_answers_as_that_of_this_machine(engine: ClusterEngine) -> None:
    there, here = (engine.start("vae", SHORT, "ann", background=background)
                   for background in (True, False))
    answers = []
    for run in (there, here):
        until(engine, run, lambda r: r.status.over)
        answers.append(engine.ask(run, "decode", **PLANE)["images"])
    assert np.array_equal(*answers)
    engine.release("ann")


@pytest.mark.long
def test_a_sweep_that_loses_a_node_ends_with_the_numbers_of_this_machine(
        engine: ClusterEngine, nodes: TwoNodes) -> None:
    ids = [engine.start("vae", SWEEP.with_changes(seed=seed), "ann", background=True)
           for seed in range(12)]
    wait_for(lambda: all(any(engine._runs[run].step > 50 for run in ids
                             if engine._placed[run] == place) for place in engine._places),
             START, "both nodes train")
    nodes.kill_one()
    found = [until(engine, run, lambda r: r.status.over, seconds=300.0).run for run in ids]
    assert [run.status for run in found] == [Status.FINISHED] * 12
    assert any(run.resumed for run in found)
    assert len(engine.places()) == 1
    truth = [engine.start("vae", SWEEP.with_changes(seed=seed), "ann") for seed in range(12)]
    for run, other in zip(found, truth, strict=True):
        assert _same(run, until(engine, other, lambda r: r.status.over, seconds=300.0).run)
    engine.release("ann")


@pytest.mark.long
def test_what_trains_on_a_cluster_that_ends_goes_on_here(engine: ClusterEngine,
                                                         nodes: TwoNodes) -> None:
    run = engine.start("vae", LONG, "ann", background=True)
    until(engine, run, lambda r: r.step > 50)
    assert engine._placed[run] != "cpu"
    nodes.close()
    wait_for(lambda: engine.remark is not None, START, "the cluster is known to be lost")
    step = engine.poll(run).run.step
    after = until(engine, run, lambda r: r.step > step).run
    assert engine.place and str(engine.place.remark).startswith("the Ray cluster is lost")
    assert engine._placed[run] == "cpu" and after.resumed and after.status is Status.RUNNING
    engine.release("ann")


@pytest.mark.long
def test_a_cluster_of_ones_own_listens_on_this_machine_alone(
        nodes: TwoNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv(ray_driver.CPUS, str(os.cpu_count()))
    made = ClusterEngine(PATIENT, ("cpu",))
    try:
        assert made.places(START) == ("ray-cpu-0",), made.remark
        run = made.start("vae", SHORT, "ann", background=True)
        assert until(made, run, lambda r: r.status.over).run.status is Status.FINISHED
        driver = made._cluster._process
        assert driver
        family = psutil.Process(driver.pid).children(recursive=True)
        open_to = {at.laddr.ip for process in family for at in process.net_connections("inet")
                   if at.status == psutil.CONN_LISTEN}
        assert open_to and all(ip.endswith("127.0.0.1") for ip in open_to)
    finally:
        made.close()
    wait_for(lambda: not any("ray" in _name(each) for each in family), 240.0, "all of Ray is gone")


def _name(process: psutil.Process) -> str:
    try:
        return process.name() if process.status() != psutil.STATUS_ZOMBIE else ""
    except psutil.NoSuchProcess:
        return ""


# --- without a cluster

def test_without_ray_one_sentence_says_so_and_this_machine_trains(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError('it is not there')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv(cluster.ENGINE, "ray")
    made = cluster.chosen()
    try:
        assert isinstance(made, ClusterEngine) and made.places(START) == ()
        run = made.start("vae", SHORT, "ann", background=True)
        assert until(made, run, lambda r: r.status.over).run.status is Status.FINISHED
        assert made.place and str(made.place.remark) == (
            "PLAYGROUND_ENGINE=ray needs the package ray: install requirements-ray.txt, or "
            "models train on this machine alone")
    finally:
        made.close()


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("RAY_ADDRESS", "127.0.0.1:1", "RAY_ADDRESS must be that of a Ray cluster, got '127.0.0.1:1'"),
    ("RAY_ADDRESS", "somewhere", "got 'somewhere': it must be host:port, or auto"),
    (ray_driver.CPUS, "none", "PLAYGROUND_RAY_CPUS must be a number of CPUs above 0, got 'none'"),
])
def test_what_cannot_be_joined_costs_one_sentence(
        monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    if name == "RAY_ADDRESS" and importlib.util.find_spec("ray") is None:
        pytest.skip(HOW_TO_GET_IT)
    monkeypatch.setenv(name, value)
    made = ClusterEngine(PATIENT, ("cpu",))
    try:
        assert made.places(START) == () and sentence in str(made.remark)
    finally:
        made.close()


def test_another_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cluster.ENGINE, "spark")
    with pytest.raises(Refusal, match="PLAYGROUND_ENGINE must be local or ray, got 'spark'"):
        cluster.chosen()
    monkeypatch.delenv(cluster.ENGINE)
    plain = cluster.chosen()
    plain.close()
    assert type(plain) is WorkerEngine


# --- places and hosts, without Ray

@pytest.mark.parametrize(("nodes", "free", "cpus", "expected"), [
    ({"a": {"CPU": 4}}, {"a": {"CPU": 4}}, 1.0, (0, 4)),
    ({"a": {"CPU": 4}}, {"a": {"CPU": 3}}, 2.0, (0, 1)),
    ({"a": {"CPU": 3}, "b": {"CPU": 3}}, {"a": {"CPU": 3}, "b": {"CPU": 3}}, 2.0, (0, 2)),
    ({"a": {"CPU": 1}}, {"a": {"CPU": 1}}, 0.1, (0, 10)),
    ({"a": {"CPU": 8, "GPU": 2}, "b": {"CPU": 2}},
     {"a": {"CPU": 8, "GPU": 1}, "b": {"CPU": 2}}, 1.0, (1, 2)),
    ({"a": {"CPU": 2}, "b": {"CPU": 2}}, {"a": {}}, 1.0, (0, 0)),
], ids=str)
def test_there_is_a_place_for_each_free_gpu_or_for_so_many_free_cpus(
        nodes: dict[str, dict[str, float]], free: dict[str, dict[str, float]], cpus: float,
        expected: tuple[int, int]) -> None:
    assert ray_driver.room(nodes, free, cpus) == Counter(gpu=expected[0], cpu=expected[1])


def test_places_that_are_taken_keep_their_names() -> None:
    assert ray_driver.named("cpu", 2, set()) == ["ray-cpu-0", "ray-cpu-1"]
    assert ray_driver.named("cpu", 1, {"ray-cpu-1"}) == ["ray-cpu-1"]
    assert ray_driver.named("cpu", 2, {"ray-cpu-1", "ray-gpu-0"}) == ["ray-cpu-0", "ray-cpu-1"]


@posix_only
def test_a_host_tells_how_its_worker_ended_and_at_what() -> None:
    host = Host("cpu", {})
    start = Start("r" * 32, "ann", "vae", LONG.model_dump(mode="json"), 600.0)
    host.take([pack(start), pack(Resume(start.run))])
    told: list[Any] = []
    goes_on, killed = True, False
    while goes_on:
        frames, goes_on = host.listen()
        told += map(unpack, frames)
        if not killed and any(isinstance(each, Working) and each.label for each in told):
            hello = next(each for each in told if isinstance(each, Hello))
            os.kill(hello.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            killed = True
    assert isinstance(gone := told[-1], Gone)
    assert str(gone.cause) == "was killed (SIGKILL)" and gone.label in ("", start.run)
