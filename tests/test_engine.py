"""The engine: what a page may count on, in this process and in a worker alike."""

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from polling import DIVERGING, LONG, PLANE, SHORT, settle, until, wait_for

from playground.concepts.clustering.settings import ClusteringSettings
from playground.concepts.vae.experiment import VAEExperiment
from playground.device import warm_up
from playground.engine.base import Engine, EngineFull, UnknownRun
from playground.engine.inline import InlineEngine
from playground.engine.limits import Limits
from playground.engine.messages import Answered, Resume, Shown, Start
from playground.engine.questions import QuestionFailed, Questions
from playground.engine.scheduler import Scheduler
from playground.engine.supervisor import WorkerEngine
from playground.refusal import Refusal
from playground.runs import files
from playground.runs.run import Run, Status
from playground.snapshot import Snapshot

OWNERS = ("ann", "ben", "cat", "dan", "eve")
KMEANS = ClusteringSettings(speed=12, n_points=20, n_clusters=2)


@pytest.fixture(scope="module")
def engines() -> Iterator[Mapping[str, Engine]]:
    limits = Limits(sessions=2, queue=2)
    both = {"inline": InlineEngine(limits), "worker": WorkerEngine(limits, ("cpu",))}
    for engine in both.values():
        first = engine.start("vae", SHORT, "ann", paused=True)  # which starts the worker
        until(engine, first, lambda run: bool(run.history.kept))
        engine.drop(first)
    yield both
    for engine in both.values():
        engine.close()


@pytest.fixture(params=["inline", "worker"])
def engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Engine]:
    chosen = engines[request.param]
    yield chosen
    for owner in OWNERS:
        chosen.release(owner)
    wait_for(lambda: not any(chosen.owned(owner) for owner in OWNERS), 60, "all are forgotten")


@pytest.fixture
def inline() -> Iterator[InlineEngine]:
    engine = InlineEngine()
    yield engine
    engine.close()


def _same(a: Snapshot, b: Snapshot) -> bool:
    return a.metrics == b.metrics and all(
        np.array_equal(a.arrays[name], b.arrays[name]) for name in a.arrays | b.arrays)


# --- from start to end

def test_a_paused_start_shows_the_untrained_model(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    assert until(engine, run, lambda r: r.history.last is not None).run.status is Status.PAUSED
    assert settle(engine, run).step == 0


def test_a_run_finishes_at_its_total(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    end = until(engine, run, lambda r: r.status.over).run
    assert (end.status, end.step, end.total, end.reason) == (Status.FINISHED, 100, 100, "")


def test_snapshots_arrive_in_order_and_each_once(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    numbers: list[int] = []
    steps: list[int] = []
    while True:
        poll = engine.poll(run, numbers[-1] if numbers else -1)
        numbers += poll.snapshots
        steps += [snapshot.step for snapshot in poll.snapshots.values()]
        if poll.run.status.over and steps and steps[-1] == 100:
            break
    assert numbers == list(range(len(numbers)))
    assert steps == sorted(set(steps))
    assert {0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 100} <= set(steps)


def test_the_clock_of_a_run_counts_its_training_alone(engine: Engine) -> None:
    began = time.monotonic()
    run = engine.start("vae", SHORT, "ann")
    end = until(engine, run, lambda r: r.status.over).run
    assert 0 < end.seconds < time.monotonic() - began


def test_the_place_of_a_run_is_known_in_words(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    assert "CPU" in until(engine, run, lambda r: r.status.over).run.device


def test_k_means_finishes_before_its_total(engine: Engine) -> None:
    run = engine.start("clustering", KMEANS, "ann")
    end = until(engine, run, lambda r: r.status.over).run
    assert end.status is Status.FINISHED
    assert end.history.last is not None and end.history.last.metrics["converged"] == 1


def test_each_half_step_of_k_means_is_shown(engine: Engine) -> None:
    run = engine.start("clustering", KMEANS, "ann")
    end = until(engine, run, lambda r: r.status.over).run
    assert list(end.history.curve("phase")[0]) == list(range(end.step + 1))


def test_k_means_keeps_its_pace(engine: Engine) -> None:
    began = time.monotonic()
    run = engine.start("clustering", KMEANS.with_changes(speed=10), "ann")
    until(engine, run, lambda r: r.step >= 3)
    assert time.monotonic() - began >= 0.2


def test_a_run_without_data_fails_with_a_reason(engine: Engine) -> None:
    settings = ClusteringSettings(dataset="mine")
    end = until(engine, engine.start("clustering", settings, "ann"), lambda r: r.status.over).run
    assert end.status is Status.FAILED
    assert end.reason == "there must be a point to group: click into the figure to draw some"


def test_a_number_that_is_not_finite_ends_the_run_with_its_step(engine: Engine) -> None:
    run = engine.start("vae", DIVERGING, "ann")
    end = until(engine, run, lambda r: r.status.over).run
    assert end.status is Status.FAILED
    assert end.reason.startswith("step ") and "not a finite number" in end.reason
    assert int(end.reason.removeprefix("step ").split(":")[0]) >= end.step


def test_a_look_that_is_not_finite_ends_the_run_as_well(inline: InlineEngine,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    run = inline.start("vae", SHORT, "ann", paused=True)
    inline.step(run)
    monkeypatch.setattr(VAEExperiment, "observe", lambda self: ({"active": float("nan")}, {}))
    inline.step(run)
    end = inline.poll(run).run
    assert (end.status, end.reason) == (Status.FAILED, "step 2: active is not a finite number")
    assert end.history.last is not None and end.history.last.step == 1


def test_the_last_good_snapshot_outlives_a_failure(engine: Engine) -> None:
    run = engine.start("vae", DIVERGING, "ann")
    last = until(engine, run, lambda r: r.status.over).run.history.last
    assert last is not None and last.first_bad_name() is None


@pytest.mark.parametrize("kind", ["inline", "worker"])
def test_training_time_is_limited(kind: str, engines: dict[str, Engine],
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines[kind], "limits", Limits(seconds=0.2))
    run = engines[kind].start("vae", LONG, "ann")
    end = until(engines[kind], run, lambda r: r.status.over).run
    assert (end.status, end.reason) == (Status.STOPPED, "training is limited to 0.2 seconds")
    assert 0.2 <= end.seconds < 2
    engines[kind].drop(run)


# --- steering

def test_a_pause_holds_within_one_step(engine: Engine) -> None:
    run = engine.start("vae", LONG, "ann")
    until(engine, run, lambda r: r.step >= 20)
    engine.pause(run)
    held = settle(engine, run).step
    time.sleep(0.1)
    after = engine.poll(run).run
    assert (after.status, after.step) == (Status.PAUSED, held)


def test_a_pause_shows_the_step_that_it_holds(inline: InlineEngine) -> None:
    run = inline.start("vae", LONG, "ann")
    until(inline, run, lambda r: r.step >= 20)
    inline.pause(run)
    assert inline.poll(run).run.step == inline.scheduler.tasks[run].step


def test_a_step_is_exactly_one(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    seen = []
    for _ in range(4):
        engine.step(run)
        seen.append(settle(engine, run).step)
    assert seen == [1, 2, 3, 4]
    assert engine.poll(run).run.status is Status.PAUSED


def test_an_answer_from_before_a_step_is_not_given_after_it() -> None:
    run = Run("a" * 32, "vae", SHORT, owner="ann")
    sent: list[object] = []
    questions = Questions(lambda _run: run, lambda _run, order: sent.append(order))
    first = questions.ask("ann", run, "decode", {})
    questions.take(Answered(first.order.number, value={}))
    first.hear()
    assert questions.ask("ann", run, "decode", {}) is first
    run.starts += 1  # a step was ordered; nothing has been heard of it yet
    assert questions.ask("ann", run, "decode", {}) is not first
    assert len(sent) == 2


def test_what_a_stored_run_has_answered_everybody_hears_and_for_longer() -> None:
    stored, own = (Run(name * 32, "vae", SHORT, owner="ann", stored=name == "a") for name in "ab")
    sent: list[object] = []
    questions = Questions({stored.id: stored, own.id: own}.get,
                          lambda _run, order: sent.append(order))
    first = [questions.ask("ann", run, "decode", {}) for run in (stored, own)]
    for asked in first:
        questions.take(Answered(asked.order.number, value={}))
        asked.hear()
    assert questions.ask("ben", stored, "decode", {}) is first[0] and len(sent) == 2
    assert questions.ask("ben", own, "decode", {}) is not first[1] and len(sent) == 3
    questions.expire(abandoned=60.0, remembered=0.0, shared=60.0)
    assert questions.ask("eve", stored, "decode", {}) is first[0]
    questions.expire(abandoned=60.0, remembered=0.0, shared=0.0)
    assert questions.ask("eve", stored, "decode", {}) is not first[0]


def test_a_step_holds_a_run_that_trains(engine: Engine) -> None:
    run = engine.start("vae", LONG, "ann")
    until(engine, run, lambda r: r.step >= 5)
    engine.step(run)
    held = settle(engine, run).step
    time.sleep(0.1)
    assert engine.poll(run).run.step == held


def test_the_last_step_finishes_the_run(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    for _ in range(100):
        engine.step(run)
    assert until(engine, run, lambda r: r.status.over).run.status is Status.FINISHED


def test_a_paused_run_goes_on_where_it_was(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    for _ in range(3):
        engine.step(run)
    engine.resume(run)
    end = until(engine, run, lambda r: r.status.over).run
    steps = [step for step, _, _ in end.history.metrics]
    assert steps[:4] == [0, 1, 2, 3] and steps[-1] == 100


def test_a_stopped_run_keeps_its_history_and_its_model(engine: Engine) -> None:
    run = engine.start("vae", LONG, "ann")
    until(engine, run, lambda r: r.step >= 5)
    engine.stop(run, Refusal("enough"))
    end = until(engine, run, lambda r: r.status.over).run
    assert (end.status, end.reason) == (Status.STOPPED, "enough")
    assert end.step >= 5
    assert engine.ask(run, "decode", **PLANE)["images"].shape == (1, 8, 8)


@pytest.mark.parametrize("action", ["pause", "step", "resume", "stop"])
def test_a_finished_run_stays_finished(action: str, engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    until(engine, run, lambda r: r.status.over)
    getattr(engine, action)(run)
    end = settle(engine, run)
    assert (end.status, end.step) == (Status.FINISHED, 100)


def _loss_at(engine: Engine, run: str, step: int) -> float:
    for _ in range(step):
        engine.step(run)
    settle(engine, run)
    steps, losses = engine.poll(run).run.history.curve("held_out_elbo")
    return float(losses[steps == step][0])


def test_a_live_change_trains_as_if_it_had_always_been_so(engine: Engine) -> None:
    changed = engine.start("vae", SHORT.with_changes(learning_rate=0.001), "ann", paused=True)
    engine.update(changed, learning_rate=0.1)
    always = engine.start("vae", SHORT.with_changes(learning_rate=0.1), "ann", paused=True)
    never = engine.start("vae", SHORT.with_changes(learning_rate=0.001), "ann", paused=True)
    losses = [_loss_at(engine, run, 8) for run in (changed, always, never)]
    assert losses[0] == losses[1] != losses[2]


def test_a_live_change_is_written_down_with_its_step(engine: Engine) -> None:
    run = engine.start("vae", LONG, "ann", paused=True)
    engine.step(run)
    settle(engine, run)
    engine.update(run, beta=3.0)
    known: Run[Any] = engine.poll(run).run
    assert known.changes == [(1, {"beta": 3.0})]
    assert (known.settings_at(0).beta, known.settings_at(1).beta) == (1.0, 3.0)


@pytest.mark.parametrize("changes", [{"hidden": 32}, {"seed": 1}, {"beta": -1}, {"nothing": 1},
                                     {"beta": 2, "steps": 200}], ids=str)
def test_a_change_that_is_not_live_or_not_in_range_is_refused(
        changes: dict[str, object], engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    with pytest.raises(ValueError):
        engine.update(run, **changes)
    assert engine.poll(run).run.changes == []


def test_a_run_that_is_given_the_changes_of_another_has_its_numbers(engine: Engine) -> None:
    moved = engine.start("vae", SHORT, "ann", paused=True)
    for change in ({"beta": 4.0}, {"learning_rate": 0.001}):
        engine.step(moved)
        settle(engine, moved)
        engine.update(moved, **change)
    engine.resume(moved)
    first = until(engine, moved, lambda run: run.status.over).run
    assert [step for step, _change in first.changes] == [1, 2]
    again = engine.start("vae", first.settings, "ann", changes=first.changes)
    second = until(engine, again, lambda run: run.status.over).run
    assert second.changes == first.changes
    assert first.history.last and second.history.last
    assert _same(first.history.last, second.history.last)


def test_a_change_that_is_to_come_gives_way_to_the_visitor(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True, changes=[(50, {"beta": 9.0})])
    engine.update(run, beta=2.0)
    engine.resume(run)
    end: Run[Any] = until(engine, run, lambda r: r.status.over).run
    assert end.changes == [(50, {}), (0, {"beta": 2.0})] and end.settings_at(100).beta == 2.0
    assert end.history.last and end.history.last.metrics["beta"] == 2.0


def test_a_longer_end_that_is_known_beforehand_is_the_end(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", changes=[(100, {"steps": 200})])
    end = until(engine, run, lambda r: r.status.over).run
    assert (end.status, end.step) == (Status.FINISHED, 200)


# --- further than the end

def test_a_finished_run_trains_further_as_if_it_had_never_stopped(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    end = until(engine, run, lambda r: r.status.over).run
    assert end.further
    engine.go_further(run, 200)
    assert engine.poll(run).run.status is Status.PAUSED
    engine.resume(run)
    longer = until(engine, run, lambda r: r.status.over).run
    assert (longer.status, longer.step, longer.total) == (Status.FINISHED, 200, 200)
    assert longer.changes == [(100, {"steps": 200})]
    at_once = engine.start("vae", SHORT.with_changes(steps=200), "ann")
    other = until(engine, at_once, lambda r: r.status.over).run
    assert longer.history.last and other.history.last
    assert _same(longer.history.last, other.history.last)
    kept = [shot.step for shot in longer.history.kept.values()]
    assert kept[0] == 0 and 100 in kept


def test_one_step_goes_further(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    until(engine, run, lambda r: r.status.over)
    engine.go_further(run, 200)
    engine.step(run)
    assert settle(engine, run).step == 101


@pytest.mark.parametrize(("steps", "sentence"), [
    (100, "steps must be more than 100, got 100"),
    (30_000, "steps must be at most 20,000, got 30000")])
def test_a_run_goes_further_only_where_there_is_more_to_go(
        steps: int, sentence: str, engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    until(engine, run, lambda r: r.status.over)
    with pytest.raises(ValueError, match=sentence):
        engine.go_further(run, steps)
    known = engine.poll(run).run
    assert known.status is Status.FINISHED and not known.changes


def test_what_has_converged_goes_no_further(engine: Engine) -> None:
    run = engine.start("clustering", KMEANS, "ann")
    assert not until(engine, run, lambda r: r.status.over).run.further
    with pytest.raises(ValueError, match="must be finished, and its worker must still have it"):
        engine.go_further(run, 100)


def test_a_model_that_left_the_memory_goes_no_further(
        inline: InlineEngine) -> None:
    inline.scheduler.kept.budget = 0
    first = inline.start("vae", SHORT, "ann")
    until(inline, first, lambda r: r.status.over)
    second = inline.start("vae", SHORT, "ann")
    until(inline, second, lambda r: r.status.over)
    assert [inline.poll(run).run.further for run in (first, second)] == [False, True]
    assert not inline.scheduler.resting.keys() - {second}


# --- reading while it arrives

def test_what_a_page_reads_stays_as_it_was_while_snapshots_arrive(inline: InlineEngine) -> None:
    inline.slices = 0
    run = inline.start("vae", SHORT, "ann", paused=True)

    enough = threading.Event()

    def receive() -> None:
        for step in itertools.count(1):
            if enough.is_set():
                return
            inline._receive(Shown(run, step, 0.0, {"loss": 1.0}, {}, {}, None))

    receiving = threading.Thread(target=receive)
    receiving.start()
    seen: list[tuple[Run, list[int]]] = []
    while len({view.step for view, _ in seen}) < 20:
        view = inline.poll(run).run
        numbers = list(view.history.kept)
        assert view.step == view.history.kept[numbers[-1]].step
        assert len(view.history.metrics) == numbers[-1] + 1
        seen.append((view, numbers))
    enough.set()
    receiving.join()
    assert all(list(view.history.kept) == numbers for view, numbers in seen)


# --- questions

def test_the_same_question_has_the_same_answer(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    until(engine, run, lambda r: r.status.over)
    first, second = (engine.ask(run, "log_likelihood", n_samples=3, n_data=20) for _ in range(2))
    assert first == second


def test_an_answer_is_kept_as_long_as_its_run_stands_still(inline: InlineEngine) -> None:
    run = inline.start("vae", SHORT, "ann", paused=True)
    before = inline.ask(run, "log_likelihood", n_samples=3, n_data=20)
    inline.scheduler.tasks.clear()
    assert inline.ask(run, "log_likelihood", n_samples=3, n_data=20) is before
    with pytest.raises(QuestionFailed):
        inline.ask(run, "log_likelihood", n_samples=4, n_data=20)


def test_an_answer_of_another_step_is_not_given_again(inline: InlineEngine) -> None:
    run = inline.start("vae", SHORT, "ann", paused=True)
    before = inline.ask(run, "log_likelihood", n_samples=3, n_data=20)
    inline.step(run)
    assert inline.ask(run, "log_likelihood", n_samples=3, n_data=20) != before


@pytest.mark.parametrize(("question", "arguments"), [
    ("nothing", {}), ("observe", {}), ("__init__", {}), ("restore", {"weights": {}}),
    ("decode", {}), ("decode", {"codes": [[0, 0]], "axes": [0, 7]}),
    ("decode", {"codes": [[float("nan"), 0]], "axes": [0, 1]}), ("decode", PLANE | {"more": 1}),
], ids=str)
def test_a_question_that_makes_no_sense_is_refused(question: str, arguments: dict[str, object],
                                                   engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    with pytest.raises(QuestionFailed):
        engine.ask(run, question, **arguments)
    assert settle(engine, run).status is Status.PAUSED


def test_a_question_does_not_disturb_the_training(engine: Engine) -> None:
    asked, left_alone = (engine.start("vae", SHORT, "ann", paused=True) for _ in range(2))
    for _ in range(5):
        engine.step(asked)
        engine.ask(asked, "log_likelihood", n_samples=2, n_data=10)
        engine.step(left_alone)
    settle(engine, left_alone)
    last = [engine.poll(run).run.history.last for run in (asked, left_alone)]
    assert last[0] and last[1] and _same(last[0], last[1])


@pytest.mark.parametrize("dataset", ["digits", "ring"])
def test_a_saved_run_answers_as_the_live_one_did(dataset: str, engine: Engine,
                                                 tmp_path: Path) -> None:
    run = engine.start("vae", SHORT.with_changes(dataset=dataset), "ann")
    until(engine, run, lambda r: r.status.over)
    files.save(engine.poll(run).run, tmp_path / "run")
    loaded = engine.load(tmp_path / "run")
    answers = [engine.ask(r, "log_likelihood", n_samples=3, n_data=20) for r in (run, loaded)]
    engine.drop(loaded)
    assert answers[0] == answers[1]


def test_a_model_that_was_put_away_answers_from_its_weights(
        inline: InlineEngine) -> None:
    inline.scheduler.kept.budget = 0
    first = inline.start("vae", SHORT, "ann")
    until(inline, first, lambda r: r.status.over)
    before = inline.ask(first, "log_likelihood", n_samples=3, n_data=20)
    second = inline.start("vae", SHORT, "ann")
    until(inline, second, lambda r: r.status.over)
    assert list(inline.scheduler.kept.experiments) == [second]
    assert inline.ask(first, "log_likelihood", n_samples=3, n_data=20) == before


def test_a_failed_run_says_that_it_has_no_model_to_ask(engine: Engine) -> None:
    run = engine.start("vae", DIVERGING, "ann")
    until(engine, run, lambda r: r.status.over)
    with pytest.raises(QuestionFailed, match="no stored weights"):
        engine.ask(run, "decode", **PLANE)


def test_a_stored_run_outlives_its_dropping_on_disk(engine: Engine, tmp_path: Path) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    settle(engine, run)
    files.save(engine.poll(run).run, tmp_path / "run")
    engine.drop(engine.load(tmp_path / "run"))
    assert files.load(tmp_path / "run", "1" * 32).step == 0


# --- leaving

def test_a_dropped_run_is_unknown_and_leaves_no_files(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann")
    folder = until(engine, run, lambda r: r.status.over).run.folder
    assert folder is not None and (folder / "weights.safetensors").exists()
    engine.drop(run)
    assert not folder.exists()
    with pytest.raises(UnknownRun):
        engine.poll(run)


def test_dropping_twice_does_nothing(engine: Engine) -> None:
    run = engine.start("vae", SHORT, "ann", paused=True)
    engine.drop(run)
    engine.drop(run)


@pytest.mark.parametrize("action", ["poll", "pause", "resume", "step", "stop", "update"])
def test_an_unknown_run_is_refused(action: str, engine: Engine) -> None:
    with pytest.raises(UnknownRun):
        getattr(engine, action)("f" * 32)


def test_a_session_that_ends_takes_only_its_own_runs_along(engine: Engine) -> None:
    mine, yours = (engine.start("vae", SHORT, owner, paused=True) for owner in ("ann", "ben"))
    engine.release("ann")
    assert engine.poll(yours).run.status is Status.PAUSED
    wait_for(lambda: engine.known(mine) is None, 60, "the run is forgotten when it has ended")
    with pytest.raises(UnknownRun):
        engine.poll(mine)


# --- the queue: two sessions train, two runs wait

def test_runs_wait_in_the_order_of_their_arrival(engine: Engine) -> None:
    ids = [engine.start("vae", LONG, owner) for owner in OWNERS[:4]]
    assert [engine.poll(run).position for run in ids] == [0, 0, 1, 2]
    assert [engine.poll(run).run.status for run in ids] == ["running"] * 2 + ["queued"] * 2


def test_a_waiting_run_does_not_train(engine: Engine) -> None:
    ids = [engine.start("vae", LONG, owner) for owner in OWNERS[:3]]
    until(engine, ids[0], lambda r: r.step >= 30)
    assert settle(engine, ids[2]).step == 0


@pytest.mark.parametrize("leave", ["stop", "pause", "drop", "step"])
def test_a_place_that_gets_free_goes_to_the_first_that_waits(leave: str, engine: Engine) -> None:
    ids = [engine.start("vae", LONG, owner) for owner in OWNERS[:4]]
    getattr(engine, leave)(ids[0])
    until(engine, ids[2], lambda r: r.step >= 1)
    assert [engine.poll(run).position for run in ids[2:]] == [0, 1]


def test_a_run_that_finishes_makes_room(engine: Engine) -> None:
    engine.start("vae", LONG, "ann")
    ending = engine.start("vae", SHORT, "ben")
    waiting = engine.start("vae", SHORT, "cat")
    until(engine, ending, lambda r: r.status.over)
    assert until(engine, waiting, lambda r: r.status.over).run.status is Status.FINISHED


def test_a_full_queue_refuses_with_a_reason(engine: Engine) -> None:
    for owner in OWNERS[:4]:
        engine.start("vae", LONG, owner)
    with pytest.raises(EngineFull, match="all 2 places are taken and 2 runs wait"):
        engine.start("vae", LONG, "eve")


def test_a_full_queue_refuses_a_paused_run_as_well(engine: Engine) -> None:
    held = engine.start("vae", LONG, "eve", paused=True)
    for owner in OWNERS[:4]:
        engine.start("vae", LONG, owner)
    with pytest.raises(EngineFull):
        engine.resume(held)
    assert engine.poll(held).run.status is Status.PAUSED


def test_a_refused_run_leaves_nothing_behind(engine: Engine) -> None:
    for owner in OWNERS[:4]:
        engine.start("vae", LONG, owner)
    before = dict(engine._runs)
    with pytest.raises(EngineFull):
        engine.start("vae", LONG, "eve")
    assert engine._runs == before


def test_a_session_that_trains_needs_no_second_place(engine: Engine) -> None:
    for owner in OWNERS[:4]:
        engine.start("vae", LONG, owner)
    second = engine.start("vae", LONG, "ann")
    assert engine.poll(second).run.status is Status.RUNNING


def test_a_run_that_leaves_the_queue_lets_the_next_move_up(engine: Engine) -> None:
    ids = [engine.start("vae", LONG, owner) for owner in OWNERS[:4]]
    engine.pause(ids[2])
    assert [engine.poll(run).position for run in ids] == [0, 0, 0, 1]


# --- fairness

def _jain(shares: list[float]) -> float:
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


@pytest.mark.parametrize("kind", ["inline", "worker"])
def test_every_owner_gets_the_same_share_whatever_the_number_of_runs(
        kind: str, engines: dict[str, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engines[kind]
    monkeypatch.setattr(engine, "limits", Limits())
    counts = {"ann": 4, "ben": 1, "cat": 1}
    ids = [(owner, engine.start("vae", LONG, owner, paused=True))
           for owner, count in counts.items() for _ in range(count)]
    for _, run in ids:
        settle(engine, run)
    for _, run in ids:
        engine.resume(run)
    began = time.monotonic()
    until(engine, ids[0][1], lambda run: time.monotonic() - began > 2.5 and run.step > 100)
    for _, run in ids:
        engine.pause(run)
    steps = {owner: sum(settle(engine, run).step for who, run in ids if who == owner)
             for owner in counts}
    for owner in counts:
        engine.release(owner)
    assert _jain([float(count) for count in steps.values()]) >= 0.9, steps


def _train(crowd: Scheduler, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        crowd.advance()


@pytest.fixture(scope="module")
def warm() -> None:
    """Let the first step of a fresh process not take seconds, as the worker does."""
    warm_up("cpu")


def test_time_that_a_slow_run_did_not_use_is_no_credit(warm: None) -> None:
    crowd = Scheduler("cpu", lambda event: None)

    def start(run: str, owner: str, experiment: str, settings: dict[str, object]) -> None:
        crowd.handle(Start(run, owner, experiment, settings, max_seconds=60))
        crowd.handle(Resume(run))

    start("slow", "ann", "clustering", {"speed": 0.5})
    start("busy", "ben", "vae", LONG.model_dump())
    _train(crowd, 0.6)
    start("fresh", "ann", "vae", LONG.model_dump())
    before = dict(crowd.owners)
    _train(crowd, 0.5)
    busy = crowd.owners["ben"] - before["ben"]
    fresh = crowd.tasks["fresh"].training.seconds
    assert fresh > 0 and busy >= 0.3 * (busy + fresh)


def test_a_newcomer_and_an_old_run_share_the_time_from_now_on(warm: None,
                                                              inline: InlineEngine) -> None:
    old = inline.start("vae", LONG, "ann")
    wait_for(lambda: inline.poll(old).run.seconds > 0.3, 20, "a third of a second of training")
    new = inline.start("vae", LONG, "ben")
    tasks = inline.scheduler.tasks
    before = tasks[old].step
    for _ in range(4):
        inline.poll(new)
    assert tasks[new].step > 0
    assert tasks[old].step > before


def test_an_inline_engine_trains_only_when_it_is_polled(inline: InlineEngine) -> None:
    run = inline.start("vae", LONG, "ann")
    inline.poll(run)
    step = inline.scheduler.tasks[run].step
    time.sleep(0.05)
    assert inline.scheduler.tasks[run].step == step
    inline.poll(run)
    assert inline.scheduler.tasks[run].step > step
