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

import numpy as np
import psutil
import pytest
from polling import DIVERGING, LONG, PLANE, SHORT, settle, until, wait_for

from playground.concepts.vae.settings import VAESettings
from playground.engine import process, supervisor, worker
from playground.engine.base import UnknownRun
from playground.engine.limits import Limits
from playground.engine.questions import NoAnswerYet
from playground.engine.supervisor import WorkerEngine
from playground.runs.run import Run, Status

PROJECT = Path(__file__).parents[1]
OWNERS = ("ann", "ben", "cat")
SHOWN = 2.0
USABLE = 60.0  # 3 s on an idle machine, most of it to import torch
SLACK = 10.0
LIKELIHOOD = {"n_samples": 3, "n_data": 20}
HUGE = VAESettings(dataset="mnist", hidden=1024, layers=4, batch_size=256)

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
    """What became of everybody's runs when the worker was killed once.

    Attributes:
        training: runs that trained, at their ends; `undisturbed`: the same without any fault.
        replayed: one that has no checkpoints, and `replayed_at` the steps it showed.
        answer, late: to the finished run before; to a question that was under way.
        usable: seconds until a new run had made a step.
    """

    engine: WorkerEngine
    training: list[Run]
    undisturbed: Run
    waiting: Run
    held: Run
    held_at: int
    finished: Run
    answer: dict[str, Any]
    late: dict[str, Any]
    usable: float


MIDDLE = SHORT.with_changes(steps=3000)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    engine = WorkerEngine(Limits(sessions=2, silence=300.0, answer=120.0), ("cpu",))
    finished = engine.start("vae", SHORT, "ann")
    until(engine, finished, lambda r: r.status.over)
    answer = engine.ask(finished, "log_likelihood", **LIKELIHOOD)
    training = [engine.start("vae", MIDDLE, owner) for owner in ("ann", "ben")]
    waiting = engine.start("vae", SHORT, "cat")
    held = engine.start("vae", SHORT, "dan", paused=True)
    engine.update(held, learning_rate=0.1)
    for _ in range(3):
        engine.step(held)
    held_at = settle(engine, held).step
    for run in training:
        until(engine, run, lambda r: r.step >= 20)
    old = _kill(engine, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        question = pool.submit(engine.ask, held, "decode", **PLANE)
        wait_for(lambda: engine._questions.under_way() > 0, SLACK, "the question is on its way")
        _kill(engine)
        began = time.monotonic()
        again = engine.start("vae", SHORT, "ann")
        until(engine, again, lambda r: r.step >= 1)
        usable = time.monotonic() - began
        late = question.result(timeout=120)
    for run in (*training, waiting):
        until(engine, run, lambda r: r.status.over)
    assert _pid(engine) != old
    truth = engine.start("vae", MIDDLE, "ann")
    until(engine, truth, lambda r: r.status.over)
    runs = {run: engine.poll(run).run for run in (*training, truth, waiting, held, finished)}
    yield Scene(engine, [runs[run] for run in training], runs[truth], runs[waiting], runs[held],
                held_at, runs[finished], answer, late, usable)
    engine.close()


@posix_only
def test_runs_in_training_outlive_the_worker_and_say_so(scene: Scene) -> None:
    for run in scene.training:
        assert (run.status, run.step, run.reason) == (Status.FINISHED, 3000, "")
        assert len(run.resumed) == 1 and run.resumed[0] >= 20


@posix_only
def test_runs_that_were_taken_over_end_with_the_numbers_of_an_undisturbed_one(
        scene: Scene) -> None:
    truth = {step: metrics for step, _, metrics in scene.undisturbed.history.metrics}
    for run in scene.training:
        shown = {step: metrics for step, _, metrics in run.history.metrics}
        after = [step for step in shown if step > run.resumed[0] and step in truth]
        assert after and shown[3000] == truth[3000]
        assert all(shown[step] == truth[step] for step in after)


@posix_only
def test_the_place_of_a_killed_worker_is_usable_soon(scene: Scene) -> None:
    assert scene.usable < USABLE


@posix_only
def test_a_waiting_run_outlives_the_worker_and_gets_its_place(scene: Scene) -> None:
    assert (scene.waiting.status, scene.waiting.step) == (Status.FINISHED, 100)


@posix_only
def test_a_paused_run_outlives_its_worker_with_its_live_changes(scene: Scene) -> None:
    assert (scene.held.status, scene.held.step) == (Status.PAUSED, scene.held_at)
    always = scene.engine.start("vae", SHORT.with_changes(learning_rate=0.1), "dan", paused=True)
    for _ in range(scene.held_at + 2):
        scene.engine.step(always)
    for _ in range(2):
        scene.engine.step(scene.held.id)
    truth, held = (settle(scene.engine, run).history for run in (always, scene.held.id))
    steps = [(step, metrics) for step, _, metrics in held.metrics]
    assert steps == [(step, metrics) for step, _, metrics in truth.metrics]


@posix_only
def test_a_finished_run_answers_from_its_weights(scene: Scene) -> None:
    assert scene.finished.status is Status.FINISHED
    assert scene.engine.ask(scene.finished.id, "log_likelihood", **LIKELIHOOD) == scene.answer


@posix_only
def test_a_question_that_was_under_way_is_asked_again(scene: Scene) -> None:
    assert np.asarray(scene.late["images"]).shape == (1, 8, 8)


def test_a_run_that_diverges_leaves_the_others_alone(engine: WorkerEngine) -> None:
    pid = _pid(engine)
    good, bad = engine.start("vae", SHORT, "ann"), engine.start("vae", DIVERGING, "ben")
    assert until(engine, bad, lambda r: r.status.over).run.status is Status.FAILED
    assert until(engine, good, lambda r: r.status.over).run.status is Status.FINISHED
    assert _pid(engine) == pid


# --- a worker hangs

@posix_only
def test_a_worker_that_gives_no_sign_of_life_is_replaced(engine: WorkerEngine,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    run = engine.start("vae", LONG, "ann")
    until(engine, run, lambda r: r.step >= 1)
    old = _kill(engine, signal.SIGSTOP)
    step = engine.poll(run).run.step
    monkeypatch.setattr(engine, "limits", Limits(silence=1.0))
    wait_for(lambda: _gone(old), 1.0 + SLACK, "the worker is replaced")
    monkeypatch.undo()
    assert until(engine, run, lambda r: r.step > step).run.resumed


def test_an_answer_that_is_late_still_comes(engine: WorkerEngine,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    settle(engine, run)
    monkeypatch.setattr(engine, "limits", Limits(answer=0.0))
    with pytest.raises(NoAnswerYet):
        engine.ask(run, "log_likelihood", **LIKELIHOOD)
    monkeypatch.undo()
    late = engine.ask(run, "log_likelihood", **LIKELIHOOD)
    assert late["n"] == LIKELIHOOD["n_data"]
    assert engine._questions.under_way() == 0


def test_a_question_that_nobody_waits_for_any_more_is_ended(
        engine: WorkerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    settle(engine, run)
    monkeypatch.setattr(engine, "limits", Limits(answer=0.0, abandoned=0.2))
    with pytest.raises(NoAnswerYet):
        engine.ask(run, "log_likelihood", n_samples=5000, n_data=100)
    wait_for(lambda: engine._questions.under_way() == 0, SLACK, "the question is ended")


def test_an_idle_worker_does_not_count_as_hung(engine: WorkerEngine,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    pid = _pid(engine)
    monkeypatch.setattr(engine, "limits", Limits(hang=0.5))
    time.sleep(1.5)
    assert _pid(engine) == pid


# --- leases

def test_a_run_that_nobody_watches_is_stopped_and_then_forgotten(
        engine: WorkerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "limits", Limits(lease=0.4, idle_lease=1.8))
    run = engine._runs[engine.start("vae", LONG, "ann")]  # to poll it would be to watch
    wait_for(lambda: run.status.over, 0.4 + SLACK, "the lease ends")
    assert (run.status, run.reason) == (Status.STOPPED, "nobody was watching")
    wait_for(lambda: run.id not in engine._runs, 1.8 + SLACK, "the run is forgotten")
    folder = run.folder
    assert folder is not None
    wait_for(lambda: not folder.exists(), SLACK, "its files are removed")
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


# --- a spare

def test_a_spare_takes_over_and_is_replaced_in_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(supervisor.SPARE, "1")
    monkeypatch.setattr(supervisor, "FIRST_SPARE_SECONDS", 0.0)
    monkeypatch.setattr(supervisor, "SPARE_SECONDS", 0.0)
    engine = WorkerEngine(devices=("cpu",))

    def spare() -> int:
        waiting = engine._spares.get("cpu")
        if isinstance(waiting, process.ProcessWorker) and waiting.place:
            return waiting.process.pid
        return 0

    try:
        run = engine.start("vae", MIDDLE, "ann")
        until(engine, run, lambda r: r.step > 0)
        wait_for(lambda: spare() > 0, USABLE, "a spare")
        first = spare()
        assert first != _pid(engine)
        _kill(engine)
        wait_for(lambda: engine.workers().get("cpu") == first, SHOWN + SLACK, "it takes over")
        wait_for(lambda: spare() not in (0, first), USABLE, "another spare")
        end = until(engine, run, lambda r: r.status.over).run
        assert (end.status, end.step) == (Status.FINISHED, MIDDLE.steps)
        second = spare()
        os.kill(second, getattr(signal, "SIGKILL", signal.SIGTERM))
        wait_for(lambda: spare() == 0, SLACK, "it is gone")
        time.sleep(4 * supervisor.WATCH_SECONDS)
        assert _pid(engine) == first and not engine._spares  # it would die again
        left = [first, second]
    finally:
        engine.close()
    wait_for(lambda: all(_gone(pid) for pid in left), SLACK, "both are gone")


# --- no worker outlives its server

SERVER = textwrap.dedent("""
    import sys, time
    from playground.engine.supervisor import WorkerEngine
    from playground.concepts.vae.settings import VAESettings
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
    assert str(remark).startswith(
        "PLAYGROUND_DEVICE must be a device of this machine, got 'cuda:99'")


def test_a_worker_that_cannot_start_is_not_tried_for_ever(
        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(process.sys, "executable", "/bin/false")
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
