"""Faults: workers that are killed, hang, run out of memory or lose their server."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from polling import DIVERGING, LONG, PLANE, SHORT, settle, until, wait_for

from playground.engine import supervisor, worker
from playground.engine.base import Limits, UnknownRun
from playground.engine.supervisor import WorkerEngine
from playground.experiments.vae.settings import VAESettings
from playground.runs import Run, Status

PROJECT = Path(__file__).parents[1]
OWNERS = ("ann", "ben", "cat")
SHOWN = 2.0
USABLE = 15.0  # 3 s on an idle machine, most of it to import torch
SLACK = 10.0
LIKELIHOOD = {"n_samples": 3, "n_data": 20}
HUGE = VAESettings(dataset="mnist", hidden=1024, layers=4, batch_size=1024)

posix_only = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_DATA")


@pytest.fixture(scope="module")
def server() -> Iterator[WorkerEngine]:
    engine = WorkerEngine(Limits(sessions=2), ("cpu",))
    yield engine
    engine.close()


@pytest.fixture
def engine(server: WorkerEngine) -> Iterator[WorkerEngine]:
    settle(server, server.start("vae", SHORT, "ann", paused=True))
    server.release("ann")
    yield server
    for owner in OWNERS:
        server.release(owner)


def _pid(engine: WorkerEngine) -> int:
    return engine.workers()["cpu"]


def _kill(engine: WorkerEngine, sign: int = getattr(signal, "SIGKILL", signal.SIGTERM)) -> int:
    pid = _pid(engine)
    os.kill(pid, sign)
    return pid


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# --- a worker is killed

@dataclass(frozen=True)
class Scene:
    """What became of everybody's runs when the worker was killed once."""

    engine: WorkerEngine
    training: list[Run]
    waiting: Run
    held: Run
    finished: Run
    answer: dict[str, Any]
    shown: float
    usable: float
    refusal: str
    refused: float


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    engine = WorkerEngine(Limits(sessions=2), ("cpu",))
    finished = engine.start("vae", SHORT, "ann")
    until(engine, finished, lambda r: r.status.over)
    answer = engine.ask(finished, "log_likelihood", **LIKELIHOOD)
    training = [engine.start("vae", LONG, owner) for owner in ("ann", "ben")]
    waiting = engine.start("vae", SHORT, "cat")
    held = engine.start("vae", SHORT, "dan", paused=True)
    settle(engine, held)
    engine.update(held, learning_rate=0.1)
    for run in training:
        until(engine, run, lambda r: r.step >= 20)
    old = _kill(engine, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        question = pool.submit(engine.ask, training[0], "decode", **PLANE)
        wait_for(lambda: bool(engine._waiting), SLACK, "the question is on its way")
        _kill(engine)
        began = time.monotonic()
        for run in training:
            until(engine, run, lambda r: r.status.over)
        shown = time.monotonic() - began
        refusal = str(question.exception(timeout=20))
        refused = time.monotonic() - began
    again = engine.start("vae", SHORT, "ann")
    until(engine, again, lambda r: r.step >= 1)
    usable = time.monotonic() - began
    until(engine, waiting, lambda r: r.status.over)
    assert _pid(engine) != old
    runs = {run: engine.poll(run).run for run in (*training, waiting, held, finished)}
    yield Scene(engine, [runs[run] for run in training], runs[waiting], runs[held],
                runs[finished], answer, shown, usable, refusal, refused)
    engine.close()


@posix_only
def test_a_killed_worker_fails_its_runs_with_a_reason(scene: Scene) -> None:
    for run in scene.training:
        assert run.status is Status.FAILED
        assert run.reason == "the training process was killed (SIGKILL); train again to go on"


@posix_only
def test_a_killed_worker_is_shown_soon(scene: Scene) -> None:
    assert scene.shown < SHOWN


@posix_only
def test_the_place_of_a_killed_worker_is_usable_soon(scene: Scene) -> None:
    assert scene.usable < USABLE


@posix_only
def test_the_history_of_a_run_outlives_its_worker(scene: Scene) -> None:
    assert all(run.history.last and run.step >= 20 for run in scene.training)


@posix_only
def test_a_waiting_run_outlives_the_worker_and_gets_its_place(scene: Scene) -> None:
    assert (scene.waiting.status, scene.waiting.step) == (Status.FINISHED, 100)


@posix_only
def test_an_untrained_run_outlives_its_worker_with_its_live_changes(scene: Scene) -> None:
    always = scene.engine.start("vae", SHORT.with_changes(learning_rate=0.1), "dan", paused=True)
    for _ in range(5):
        scene.engine.step(scene.held.id)
        scene.engine.step(always)
    truth = settle(scene.engine, always).history
    steps = [(step, metrics) for step, _, metrics in scene.held.history.metrics]
    assert steps == [(step, metrics) for step, _, metrics in truth.metrics]


@posix_only
def test_a_finished_run_answers_from_its_weights(scene: Scene) -> None:
    assert scene.finished.status is Status.FINISHED
    assert scene.engine.ask(scene.finished.id, "log_likelihood", **LIKELIHOOD) == scene.answer


@posix_only
def test_a_question_to_a_killed_worker_is_refused_at_once(scene: Scene) -> None:
    assert "was killed" in scene.refusal
    assert scene.refused < SHOWN


def test_a_run_that_diverges_leaves_the_others_alone(engine: WorkerEngine) -> None:
    pid = _pid(engine)
    good, bad = engine.start("vae", SHORT, "ann"), engine.start("vae", DIVERGING, "ben")
    assert until(engine, bad, lambda r: r.status.over).run.status is Status.FAILED
    assert until(engine, good, lambda r: r.status.over).run.status is Status.FINISHED
    assert _pid(engine) == pid


# --- a worker hangs

@posix_only
def test_a_hung_worker_is_replaced_with_a_reason(engine: WorkerEngine,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    run = engine.start("vae", LONG, "ann")
    until(engine, run, lambda r: r.step >= 1)
    old = _kill(engine, signal.SIGSTOP)
    monkeypatch.setattr(engine, "limits", Limits(hang=1.0))
    end = until(engine, run, lambda r: r.status.over, seconds=1.0 + SLACK).run
    monkeypatch.undo()
    assert end.reason == "the training process hung and was replaced; train again to go on"
    assert _gone(old)


def test_an_idle_worker_does_not_count_as_hung(engine: WorkerEngine,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    pid = _pid(engine)
    monkeypatch.setattr(engine, "limits", Limits(hang=1.5))
    time.sleep(2.2)
    assert _pid(engine) == pid


# --- leases

def test_a_run_that_nobody_watches_is_stopped_and_then_forgotten(
        engine: WorkerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "limits", Limits(lease=0.4, idle_lease=1.8))
    run = engine.poll(engine.start("vae", LONG, "ann")).run
    wait_for(lambda: run.status.over, 0.4 + SLACK, "the lease ends")
    assert (run.status, run.reason) == (Status.STOPPED, "nobody was watching")
    wait_for(lambda: run.id not in engine._runs, 1.8 + SLACK, "the run is forgotten")
    assert run.folder is not None
    wait_for(lambda: not run.folder.exists(), SLACK, "its files are removed")
    with pytest.raises(UnknownRun):
        engine.poll(run.id)


def test_a_run_that_is_watched_keeps_its_lease(engine: WorkerEngine,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "limits", Limits(lease=0.8))
    run = engine.start("vae", LONG, "ann")
    deadline = time.monotonic() + 1.6
    while time.monotonic() < deadline:
        assert engine.poll(run).run.status is Status.RUNNING
        time.sleep(0.1)


# --- memory

@linux_only
def test_a_run_that_needs_too_much_memory_fails_alone(monkeypatch: pytest.MonkeyPatch,
                                                      engine: WorkerEngine) -> None:
    settle(engine, engine.start("vae", SHORT, "ann", paused=True))
    status = Path(f"/proc/{_pid(engine)}/status").read_text()
    in_use = int(status.split("VmData:")[1].split()[0]) / 2**20
    monkeypatch.setenv("PLAYGROUND_WORKER_GB", str(in_use + 0.12))
    small = WorkerEngine(devices=("cpu",))
    try:
        good = small.start("vae", LONG, "ann")
        until(small, good, lambda r: r.step >= 1)
        pid = _pid(small)
        bad = small.start("vae", HUGE, "ben")
        end = until(small, bad, lambda r: r.status.over).run
        assert (end.status, end.reason) == (
            Status.FAILED, "out of memory: make the model, the batch or the data smaller")
        step = small.poll(good).run.step
        until(small, good, lambda r: r.step > step)
        assert _pid(small) == pid
    finally:
        small.close()


# --- no worker outlives its server

SERVER = textwrap.dedent("""
    import sys, time
    from playground.engine.supervisor import WorkerEngine
    from playground.experiments.vae.settings import VAESettings
    engine = WorkerEngine(devices=("cpu",))
    run = engine.start("vae", VAESettings(steps=20000, hidden=16), "ann")
    while engine.poll(run).run.step < 1:
        time.sleep(0.01)
    print(engine.workers()["cpu"], flush=True)
    if sys.argv[1] == "stay":
        time.sleep(60)
""")


@dataclass(frozen=True)
class Server:
    """A server in a process of its own, with one training worker."""

    process: subprocess.Popen[str]
    folder: Path

    def worker(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def spools(self) -> list[Path]:
        return list(self.folder.glob(f"{supervisor.SPOOL_PREFIX}*"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    started = {}
    for name in ("stay", "leave"):
        folder = tmp_path_factory.mktemp(name)
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, name], cwd=PROJECT, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(PROJECT)},
        )
        started[name] = Server(process, folder)
    yield started
    for server in started.values():
        with server.process:
            server.process.kill()


@posix_only
def test_a_worker_ends_when_its_server_is_killed(servers: dict[str, Server],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    server = servers["stay"]
    pid = server.worker()
    assert not _gone(pid)
    server.process.kill()
    server.process.wait()
    wait_for(lambda: _gone(pid), SLACK, "the worker ends")
    assert len(server.spools()) == 1
    monkeypatch.setattr(tempfile, "tempdir", str(server.folder))
    supervisor.remove_abandoned_spools()
    assert not server.spools()


@posix_only
def test_a_server_that_ends_takes_its_worker_and_its_files_along(
        servers: dict[str, Server]) -> None:
    server = servers["leave"]
    pid = server.worker()
    assert server.process.wait(20) == 0
    wait_for(lambda: _gone(pid), SLACK, "the worker ends")
    assert not server.spools()


def test_the_files_of_a_living_server_are_not_removed(engine: WorkerEngine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    supervisor.remove_abandoned_spools()
    folder = engine.poll(run).run.folder
    assert folder is not None and folder.exists()


def test_a_closed_engine_starts_no_worker() -> None:
    closed = WorkerEngine(devices=("cpu",))
    closed.warm_up(0.05)
    closed.close()
    time.sleep(0.2)
    assert closed.workers() == {}


def test_a_device_that_does_not_exist_is_replaced_with_a_remark() -> None:
    device, remark = worker.choose_device("cuda:99")
    assert device != "cuda:99"
    assert remark.startswith(
        "PLAYGROUND_DEVICE must be a device of this machine, got 'cuda:99'")


def test_a_worker_that_cannot_start_is_not_tried_for_ever(
        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(supervisor.sys, "executable", "/bin/false")
    broken = WorkerEngine(devices=("cpu",))
    try:
        run = broken.start("vae", SHORT, "ann", paused=True)
        end = until(broken, run, lambda r: r.status.over).run
        assert end.reason == ("the training process ended unexpectedly (exit code 1); "
                              "train again to go on")
        time.sleep(0.2)
        assert broken.workers() == {}
    finally:
        broken.close()
