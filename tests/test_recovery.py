"""Recovery: workers that die in ways that a test chooses, handed-over runs, and strangers."""

import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from polling import LONG, PLANE, SHORT, let_it_be_asked_slowly

from playground.concepts.clustering.settings import ClusteringSettings
from playground.concepts.vae.settings import VAESettings
from playground.engine import checkpoints, handover, health, messages, protocol
from playground.engine import scheduler as scheduling
from playground.engine.base import UnknownRun
from playground.engine.desk import Desk
from playground.engine.inline import InlineWorker
from playground.engine.limits import Limits
from playground.engine.messages import Checkpoint, Event, Order, Shown
from playground.engine.questions import NoAnswerYet, QuestionFailed
from playground.engine.supervisor import WorkerEngine
from playground.engine.workers import AtWork, Receive, Worker
from playground.refusal import Refusal
from playground.runs.run import Status

KMEANS = ClusteringSettings(speed=12, n_points=200, n_clusters=3)
FATAL = "fatal"


class Here(InlineWorker):
    """A worker in this process that dies when it is told to."""

    def __init__(self, wanted: str, receive: Receive, box: Path) -> None:
        self.dead = False
        self.last: AtWork | None = None
        super().__init__(wanted, receive, box)

    def send(self, order: Order) -> None:
        if not self.dead:
            super().send(order)

    def work(self, slices: int) -> None:
        for _ in range(slices):
            if not self.dead:
                self.scheduler.advance()

    def die(self, label: str = "", step: int = 0) -> None:
        """End, while it was at work on something."""
        self.dead, self.last = True, AtWork(0, label, step)
        self.receive(self, None)

    def at_work(self) -> AtWork:
        return self.last or super().at_work()

    def kill(self) -> None:
        self.die()

    def close(self) -> None:
        self.dead = True

    def cause_of_death(self) -> Refusal:
        return Refusal("was killed (TEST)")

    def _tell(self, event: Event) -> None:
        if not self.dead:
            super()._tell(event)


@dataclass
class Site:
    """An engine, and the workers that it has hired."""

    left: Path | None = None
    hired: list[Here] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = WorkerEngine(Limits(answer=0.0), ("cpu",), hire=self._hire, left=self.left)

    def _hire(self, wanted: str, receive: Receive, box: Path) -> Worker:
        self.hired.append(Here(wanted, receive, box))
        return self.hired[-1]

    @property
    def worker(self) -> Here:
        return self.hired[-1]

    def train(self, run: str, step: int) -> None:
        """Let the newest worker work until a run has done so many steps."""
        while (task := self.worker.scheduler.tasks.get(run)) and task.step < step:
            self.worker.work(1)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Whose checkpoints are as frequent as they can be, and whose slices are short."""
    monkeypatch.setattr("playground.engine.task.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("playground.engine.task.SHARE_FOR_CHECKPOINTS", 100.0)
    monkeypatch.setattr(scheduling, "SLICE_SECONDS", 0.0)
    let_it_be_asked_slowly(monkeypatch)
    made = Site()
    yield made
    made.engine.close()


def _numbers(site: Site, run: str) -> dict[int, dict[str, float]]:
    return {step: metrics for step, _, metrics in site.engine.poll(run).run.history.metrics}


@pytest.mark.parametrize(("experiment", "settings", "step"), [
    ("vae", SHORT.with_changes(steps=200), 60), ("clustering", KMEANS, 3)])
def test_a_run_that_is_taken_over_ends_with_the_same_numbers(
        site: Site, monkeypatch: pytest.MonkeyPatch, experiment: str,
        settings: VAESettings, step: int) -> None:
    monkeypatch.setattr("playground.concepts.clustering.experiment.ClusteringExperiment.pace",
                        None)
    truth, run = (site.engine.start(experiment, settings, owner) for owner in ("ann", "ben"))
    site.train(run, step)
    site.worker.die()
    assert len(site.hired) == 2
    for each in (truth, run):
        site.train(each, 10_000)
    undisturbed = Site()
    always = undisturbed.engine.start(experiment, settings, "ann")
    undisturbed.train(always, 10_000)
    shown, expected = _numbers(site, run), _numbers(undisturbed, always)
    undisturbed.engine.close()
    assert max(shown) == max(expected) and site.engine.poll(run).run.status is Status.FINISHED
    assert all(shown[each] == expected[each] for each in shown.keys() & expected.keys())
    assert site.engine.poll(run).run.resumed


def test_a_run_goes_on_from_its_checkpoint_and_not_from_the_start(site: Site) -> None:
    run = site.engine.start("vae", LONG, "ann")
    site.train(run, 60)
    site.worker.die()
    assert site.worker.scheduler.tasks[run].step > 0
    assert site.engine.poll(run).run.status is Status.RUNNING


@pytest.mark.parametrize("damage", [b"", b"\1\2\3", None])
def test_a_checkpoint_that_cannot_be_read_costs_time_and_no_numbers(
        site: Site, damage: bytes | None) -> None:
    run = site.engine.start("vae", SHORT, "ann")
    site.train(run, 40)
    folder = site.engine.poll(run).run.folder
    site.engine._writer.finish()
    assert folder is not None and (folder / checkpoints.NAME).exists()
    if damage is None:
        told = checkpoints.read(folder)
        assert told is not None
        told["state"] = {"device": "cpu", "experiment": {}}
        (folder / checkpoints.NAME).write_bytes(protocol.encode(told))
    else:
        (folder / checkpoints.NAME).write_bytes(damage)
    site.worker.die()
    site.train(run, 1000)
    assert site.engine.poll(run).run.status is Status.FINISHED


def test_a_checkpoint_that_was_not_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    first = Checkpoint("run", 7, 1.0, {}, [])
    checkpoints.write(first, tmp_path)
    (tmp_path / f"{checkpoints.NAME}.partial").write_bytes(b"half")
    assert checkpoints.read(tmp_path) == messages.plain(first)
    checkpoints.write(first, tmp_path / "gone")
    assert checkpoints.read(tmp_path / "gone") is None


def test_a_step_that_kills_twice_fails_its_own_run_alone(site: Site) -> None:
    good, bad = site.engine.start("vae", LONG, "ann"), site.engine.start("vae", LONG, "ben")
    site.train(good, 20)
    step = site.engine.poll(bad).run.step
    for _ in range(2):
        site.worker.die(bad, step)
    end = site.engine.poll(bad).run
    assert end.status is Status.FAILED
    assert f"twice at step {step + 1}" in end.reason and "was killed (TEST)" in end.reason
    assert site.engine.poll(good).run.status is Status.RUNNING
    site.train(good, 60)
    assert site.engine.poll(good).run.step >= 20


def test_a_run_that_gets_past_the_step_where_a_worker_died_is_not_blamed(site: Site) -> None:
    run = site.engine.start("vae", LONG, "ann")
    for step in (20, 40, 60):
        site.train(run, step)
        site.worker.die(run, site.worker.scheduler.tasks[run].step)
    assert site.engine.poll(run).run.status is Status.RUNNING


def test_a_question_is_asked_again_once_and_then_refused(site: Site) -> None:
    run = site.engine.start("vae", SHORT, "ann", paused=True)
    site.train(run, 0)
    with pytest.raises(NoAnswerYet):
        site.engine.ask(run, "slow")
    (asked,) = site.engine._questions
    label = f"question {asked.order.number}"
    site.worker.die(label)
    assert asked.order.number in site.worker.scheduler.inquiries
    site.worker.die(label)
    with pytest.raises(QuestionFailed, match="was killed"):
        site.engine.ask(run, "slow")
    assert site.engine.poll(run).run.status is Status.PAUSED


def test_a_question_that_waits_its_turn_is_not_blamed(site: Site) -> None:
    run = site.engine.start("vae", SHORT, "ann", paused=True)
    with pytest.raises(NoAnswerYet):
        site.engine.ask(run, "slow")
    for _ in range(3):
        site.worker.die()
    (asked,) = site.engine._questions
    assert asked.answer is None and asked.deaths == 0


def test_the_answer_of_a_question_that_was_taken_over_is_that_of_an_undisturbed_one(
        site: Site) -> None:
    run = site.engine.start("vae", SHORT, "ann", paused=True)
    answers = []
    for deaths, arguments in ((0, {}), (1, {"fail": False})):
        with pytest.raises(NoAnswerYet):
            site.engine.ask(run, "slow", **arguments)
        for _ in range(deaths):
            site.worker.work(1)
            site.worker.die()
        site.worker.work(2000)
        answers.append(site.engine.ask(run, "slow", **arguments))
    assert answers[0] == answers[1]


# --- the next server

def test_a_server_that_ends_leaves_its_runs_to_the_next_one(tmp_path: Path) -> None:
    first = Site(tmp_path / "left")
    training = first.engine.start("vae", LONG, "ann")
    finished = first.engine.start("vae", SHORT, "ben")
    first.train(finished, 1000)
    first.train(training, 40)
    answer = _decoded(first, finished)
    step = first.engine.poll(training).run.step
    first.engine.close()
    second = Site(tmp_path / "left")
    try:
        known = second.engine.poll(training).run
        assert (known.status, known.owner) == (Status.RUNNING, "ann") and known.step >= step
        assert second.worker.scheduler.tasks[training].step >= step
        second.train(training, step + 200)
        assert second.engine.poll(training).run.step > step
        assert second.engine.poll(finished).run.status is Status.FINISHED
        assert _decoded(second, finished) == answer
        assert not list((tmp_path / "left").iterdir())
    finally:
        second.engine.close()


def _decoded(site: Site, run: str) -> bytes:
    for _ in range(1000):
        try:
            images: np.ndarray = site.engine.ask(run, "decode", **PLANE)["images"]
            return images.tobytes()
        except NoAnswerYet:
            site.worker.work(10)
    raise AssertionError("no answer")


def test_what_was_left_and_is_damaged_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "left" / ("a" * 32)).mkdir(parents=True)
    (tmp_path / "left" / ("a" * 32) / handover.STANDING).write_text("{}")
    (tmp_path / "spool").mkdir()
    assert handover.find(tmp_path / "left", tmp_path / "spool") == []
    assert not list((tmp_path / "left").iterdir()) and not list((tmp_path / "spool").iterdir())


# --- owners

@pytest.mark.parametrize("action", ["poll", "pause", "resume", "step", "stop", "wait"])
def test_a_run_of_somebody_else_is_unknown(site: Site, action: str) -> None:
    run = site.engine.start("vae", SHORT, "ann", paused=True)
    arguments = [run, 0] if action == "wait" else [run]
    with pytest.raises(UnknownRun):
        getattr(Desk.of(site.engine, "ben"), action)(*arguments)
    getattr(Desk.of(site.engine, "ann"), action)(*arguments)


def test_nobody_asks_changes_or_drops_what_belongs_to_somebody_else(site: Site) -> None:
    run = site.engine.start("vae", SHORT, "ann", paused=True)
    stranger = Desk.of(site.engine, "ben")
    with pytest.raises(UnknownRun):
        stranger.ask(run, "decode", **PLANE)
    with pytest.raises(UnknownRun):
        stranger.update(run, beta=2.0)
    with pytest.raises(UnknownRun):
        stranger.go_further(run, 1000)
    stranger.drop(run)
    assert Desk.of(site.engine, "ann").poll(run).run.owner == "ann"
    assert [known.id for known in Desk.of(site.engine, "ann").runs("vae")] == [run]
    assert stranger.runs("vae") == []


def test_a_stored_run_is_everybodys_to_look_at_and_nobodys_to_steer(site: Site) -> None:
    stored = site.engine.load(Path(__file__).parents[1] / "model_zoo/gallery/vae/default")
    for owner in ("ann", "ben"):
        assert Desk.of(site.engine, owner).poll(stored).run.stored
        with pytest.raises(UnknownRun):
            Desk.of(site.engine, owner).stop(stored)
    site.engine.drop(stored)


# --- memory

def test_runs_that_nobody_looks_at_make_room_for_others(site: Site,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (site.engine.start("vae", SHORT, owner, paused=True) for owner in ("ann", "ben"))
    monkeypatch.setattr(site.engine, "limits", Limits(memory=0.0, lease=1000.0))
    site.engine._expire()
    assert {old, new} <= site.engine._runs.keys()
    site.engine._runs[old].touched -= 2000.0
    site.engine._expire()
    with pytest.raises(UnknownRun):
        site.engine.poll(old)
    assert site.engine.poll(new).run.owner == "ben"


def test_histories_that_are_in_use_share_the_memory_there_is(
        site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [site.engine.start("vae", SHORT, owner, paused=True) for owner in ("ann", "ben")]
    for run in runs:
        for step in range(1, 120):
            site.engine._receive(Shown(run, step, 0.0, {}, {"x": np.zeros(1000, np.uint8)}, {},
                                       None))
    monkeypatch.setattr(site.engine, "limits", Limits(memory=100_000.0))
    site.engine._expire()
    for run in runs:
        history = site.engine.poll(run).run.history
        assert history.nbytes <= 50_000 and history.last and history.last.step == 119
        assert len(history.metrics) == 120


@pytest.mark.parametrize("given", ["-1", "0", "much", "nan", "inf"])
def test_an_amount_of_memory_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch,
                                                       given: str) -> None:
    monkeypatch.setenv("PLAYGROUND_WEB_GB", given)
    with pytest.raises(ValueError, match="PLAYGROUND_WEB_GB must be a number of gigabytes"):
        Limits()


def test_background_runs_are_bounded_for_each_visitor(site: Site) -> None:
    runs = [site.engine.start("vae", LONG, "ann", background=True) for _ in range(6)]
    states = [site.engine.poll(run).run.status for run in runs]
    assert states == [Status.RUNNING] * 4 + [Status.QUEUED] * 2
    other = site.engine.start("vae", LONG, "ben", background=True)
    assert site.engine.poll(other).run.status is Status.RUNNING
    mine = site.engine.start("vae", LONG, "ann")
    assert site.engine.poll(mine).run.status is Status.RUNNING


# --- figures for others

def test_the_figures_of_the_engine_can_be_read_by_prometheus(
        site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert health.serve(site.engine) is None
    monkeypatch.setenv(health.PORT, str(port))
    site.engine.start("vae", SHORT, "ann", paused=True)
    site.engine.start("vae", LONG, "ann")
    assert health.serve(site.engine) == port
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    assert 'playground_runs{status="running"} 1.0' in text
    assert 'playground_runs{status="paused"} 1.0' in text
    assert 'playground_worker_age_seconds{device="cpu"}' in text
    assert "ann" not in text


@pytest.mark.parametrize("given", ["0", "70000", "http", "-1"])
def test_a_port_that_cannot_be_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch,
                                          given: str) -> None:
    monkeypatch.setenv(health.PORT, given)
    with pytest.raises(ValueError, match="must be a port"):
        health.serve(site.engine)
