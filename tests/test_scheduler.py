"""The scheduler: long work is done in pieces, and nobody else has to wait for all of it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from polling import LONG, N_PIECES, let_it_be_asked_slowly

from playground.concepts.vae.experiment import VAEExperiment
from playground.engine import scheduler as scheduling
from playground.engine import task
from playground.engine.messages import (
    Answered,
    Ask,
    Built,
    Cancel,
    Changed,
    Drop,
    Ended,
    Event,
    Order,
    Pause,
    Resume,
    Shown,
    Start,
    Step,
    Stop,
    Underway,
    Update,
    Wanted,
)
from playground.engine.scheduler import DeviceLost, Scheduler
from playground.experiments import sliced
from playground.experiments.base import PART, Observation, Piece, Work, question
from playground.training import recipe


class Clock:
    """Shows a millisecond more whenever somebody looks at it."""

    def __init__(self) -> None:
        self.shows = itertools.count()

    def perf_counter(self) -> float:
        return next(self.shows) / 1000


@dataclass
class Bench:
    """A scheduler, and all that it has told."""

    told: list[Event] = field(default_factory=list)
    works_at: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler("cpu", self.told.append,
                                   lambda label, step: self.works_at.append(label))

    def __call__(self, *orders: Order) -> None:
        for order in orders:
            self.scheduler.handle(order)

    def start(self, run: str, *, owner: str = "", background: bool = False) -> None:
        self(Start(run, owner or run, "vae", LONG.model_dump(), 60, background=background))

    def ask(self, number: int, run: str, name: str, **arguments: Any) -> None:
        self(Ask(run, number, f"asker of {number}", name, arguments, "vae", LONG.model_dump()))

    def work(self, slices: int = 1000) -> None:
        for _ in range(slices):
            if self.scheduler.advance() is None:
                return

    def answer(self) -> Any:
        """Work until the next question is answered."""
        while not self.of(Answered):
            assert self.scheduler.advance() is not None
        return self.of(Answered)[0]

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """With slices that end after each piece, and a question that has twenty of them."""
    clock = Clock()
    for module in (scheduling, sliced, task, recipe):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(scheduling, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(scheduling, "TELL_SECONDS", 0.0)

    let_it_be_asked_slowly(monkeypatch)
    return Bench()


# --- questions

def test_a_second_run_of_an_owner_does_not_hold_up_the_first(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "SLICE_SECONDS", 0.0)
    bench = Bench()
    for run, slices in (("first", 40), ("second", 20)):
        bench.start(run, owner="ann")
        bench(Resume(run))
        before = bench.scheduler.tasks["first"].step
        bench.work(slices)
    assert bench.scheduler.tasks["first"].step >= before + 5
    assert bench.scheduler.tasks["second"].step >= 5


def test_a_step_waits_for_a_question_that_is_being_answered(
        monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_be_asked_slowly(monkeypatch)
    bench = Bench()
    bench.start("run")
    bench.work()
    monkeypatch.setattr(scheduling, "SLICE_SECONDS", 0.0)  # a piece of the answer in each slice
    bench.ask(1, "run", "slow")
    assert not bench.of(Answered)
    bench(Step("run"))
    bench.work()
    assert isinstance(bench.told[-1], Shown) and bench.told[-1].step == 1
    assert isinstance(bench.told[-2], Answered)


def test_a_run_that_stands_still_shows_the_steps_of_before_and_then_answers() -> None:
    bench = Bench()
    bench.start("run")
    bench.work()
    task = bench.scheduler.tasks["run"]
    task.look = task.training.look()  # somebody looks, and that takes its time
    bench(Step("run"))
    bench.ask(1, "run", "decode", codes=[[0.5, -0.5]], axes=[0, 1], label=0)
    bench.work()
    told = [event.step if isinstance(event, Shown) else "answer" for event in bench.told
            if isinstance(event, Shown | Answered)]
    assert told == [0, 0, 1, "answer"]


def test_a_long_question_and_a_training_take_turns(bench: Bench) -> None:
    bench.start("other")
    bench.start("asked")
    bench(Resume("other"))
    bench.ask(1, "asked", "slow")
    bench.works_at.clear()
    assert len(bench.answer().value["numbers"]) == N_PIECES
    labels = [label for label in bench.works_at if label]
    last = max(index for index, label in enumerate(labels) if label == "question 1")
    assert labels[:last].count("other") >= N_PIECES / 5


def test_a_run_waits_for_a_question_about_itself(bench: Bench) -> None:
    bench.start("asked")
    bench(Resume("asked"))
    bench.work(5)
    step, weight = bench.scheduler.tasks["asked"].step, _weight(bench, "asked")
    bench.ask(1, "asked", "slow")
    while not bench.of(Answered):
        bench.work(1)
        assert bench.scheduler.tasks["asked"].step == step or bench.of(Answered)
    assert bench.of(Answered)[0].value["weight"] == weight
    bench.work(3)
    assert bench.scheduler.tasks["asked"].step > step


def _weight(bench: Bench, run: str) -> float:
    model = bench.scheduler.tasks[run].experiment.model  # type: ignore[attr-defined]
    return float(next(model.parameters()).detach().double().sum())


def test_a_question_tells_how_far_it_is(bench: Bench) -> None:
    bench.start("asked")
    bench.ask(1, "asked", "slow")
    bench.work()
    shares = [event.share for event in bench.of(Underway)]
    assert len(shares) > N_PIECES / 2 and shares == sorted(shares) and 0 <= shares[-1] < 1


def test_a_question_that_nobody_waits_for_ends_without_an_answer(bench: Bench) -> None:
    bench.start("asked")
    bench(Resume("asked"))
    bench.ask(1, "asked", "slow")
    bench(Cancel(1))
    step = bench.scheduler.tasks["asked"].step
    bench.work(5)
    assert not bench.of(Answered) and not bench.scheduler.inquiries
    assert bench.scheduler.tasks["asked"].step > step


def test_a_question_may_take_so_much_work_and_no_more(bench: Bench,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "ANSWER_SECONDS", 0.0)
    bench.start("asked")
    bench.ask(1, "asked", "slow")
    assert "seconds of work" in str(bench.answer().refusal) and "asked" in bench.scheduler.tasks


def test_a_question_that_fails_half_way_leaves_the_run_alone(bench: Bench) -> None:
    bench.start("asked")
    bench(Resume("asked"))
    bench.ask(1, "asked", "slow", fail=True)
    assert str(bench.answer().refusal) == "the question must not fail"
    bench.work(3)
    assert bench.scheduler.tasks["asked"].step > 0 and not bench.of(Ended)


def test_a_question_is_charged_to_who_asks(bench: Bench) -> None:
    bench.start("asked", owner="ann")
    bench.ask(1, "asked", "slow")
    before = bench.scheduler.owners["ann"]
    bench.work()
    assert bench.scheduler.owners["ann"] == before
    assert bench.scheduler.owners["asker of 1"] > 0


def test_the_weights_of_an_unknown_run_are_asked_for(bench: Bench) -> None:
    bench.start("run")
    bench(Stop("run"))
    bench.work()
    (end,) = bench.of(Ended)
    bench.ask(1, "run", "slow")
    bench.work()
    answer = bench.of(Answered)[0].value
    fresh = Bench()
    fresh.ask(2, "run", "slow")
    assert fresh.of(Wanted) == [Wanted(2)]
    fresh(Ask("run", 3, "ann", "slow", {}, "vae", LONG.model_dump(), end.weights))
    fresh.work()
    assert fresh.of(Answered)[0].value == answer


def test_a_dropped_run_ends_its_questions_with_a_sentence(bench: Bench) -> None:
    bench.start("asked")
    bench.ask(1, "asked", "slow")
    bench(Drop("asked"))
    (answer,) = bench.of(Answered)
    assert answer.refusal and not bench.scheduler.inquiries


# --- building, looks and steps in pieces

def test_a_model_is_built_in_pieces_and_orders_wait_for_it(
        bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def building(self: VAEExperiment) -> Iterator[None]:
        for _piece in range(5):
            yield

    monkeypatch.setattr(VAEExperiment, "building", building)
    bench.start("run")
    assert not bench.of(Built)
    bench(Step("run"), Step("run"))
    bench.ask(1, "run", "slow")
    bench.work()
    assert bench.of(Built) and bench.of(Answered)[0].value
    assert bench.scheduler.tasks["run"].step == 2
    assert bench.of(Shown)[-1].step == 2


def test_a_look_in_pieces_lets_others_train(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    observe = VAEExperiment.observe

    def looking(self: VAEExperiment) -> Work[Observation]:
        for _piece in range(N_PIECES):
            yield None
        return observe(self)

    bench.start("other")
    bench(Resume("other"))
    monkeypatch.setattr(VAEExperiment, "looking", looking)
    bench.start("seen")
    bench.works_at.clear()
    while not [event for event in bench.of(Shown) if event.run == "seen"]:
        bench.work(1)
    assert bench.works_at.count("other") >= N_PIECES / 3
    assert bench.works_at.count("seen") >= N_PIECES


def test_a_knob_that_is_moved_halfway_through_a_step_moves_after_it(
        bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = VAEExperiment.steps

    def in_pieces(self: VAEExperiment) -> Iterator[Piece | None]:
        for step in steps(self):
            yield PART
            yield step

    monkeypatch.setattr(VAEExperiment, "steps", in_pieces)
    monkeypatch.setattr(scheduling, "SLICE_SECONDS", 0.0)
    bench.start("run")
    bench(Resume("run"))
    held = bench.scheduler.tasks["run"]
    while not held.halfway:
        bench.work(1)
    before, step = held.experiment.settings.beta, held.step
    bench(Update("run", {"beta": before + 1}, 0))
    assert held.experiment.settings.beta == before
    assert bench.of(Changed)[-1].step == step + 1
    while held.step == step:
        bench.work(1)
    assert held.experiment.settings.beta == before + 1


def test_a_step_in_pieces_counts_once_and_is_not_cut_in_two(
        bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = VAEExperiment.steps

    def in_pieces(self: VAEExperiment) -> Iterator[Piece | None]:
        for _step in steps(self):
            yield PART
            yield PART
            yield None

    monkeypatch.setattr(VAEExperiment, "steps", in_pieces)
    bench.start("run")
    bench(Resume("run"))
    bench.work(2)
    bench(Pause("run"))
    bench.work()
    held = bench.scheduler.tasks["run"]
    assert not held.halfway and bench.of(Shown)[-1].step == held.step
    before = held.step
    bench(Step("run"))
    bench.work()
    assert held.step == before + 1 and not held.halfway


# --- classes, faults, memory

def test_background_runs_take_what_the_others_leave(bench: Bench) -> None:
    bench.start("behind", background=True)
    bench.start("front")
    bench(Resume("behind"), Resume("front"))
    bench.work(20)
    assert bench.scheduler.tasks["behind"].step == 0 < bench.scheduler.tasks["front"].step
    bench(Pause("front"))
    bench.work(20)
    assert bench.scheduler.tasks["behind"].step > 0


def test_a_lost_device_ends_the_worker_and_names_the_run(
        bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def steps(self: VAEExperiment) -> Iterator[Piece | None]:
        raise RuntimeError("CUDA error: device-side assert triggered")
        yield

    bench.start("other")
    monkeypatch.setattr(VAEExperiment, "steps", steps)
    bench.start("run")
    with pytest.raises(DeviceLost):
        bench(Step("run"))
    assert [label for label in bench.works_at if label][-1] == "run"


def test_owners_who_have_left_are_forgotten(bench: Bench) -> None:
    for number in range(20):
        bench.start(f"run {number}", owner=f"owner {number}")
        bench(Drop(f"run {number}"))
    assert bench.scheduler.owners == {}


def test_an_error_of_programming_is_a_number_for_the_visitor_and_a_trace_for_the_log(
        bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(VAEExperiment, "decode", question(
        lambda self: dict[str, Any]()["secret of a visitor"]))
    bench.start("run")
    bench.ask(1, "run", "decode")
    (answer,) = bench.of(Answered)
    assert "secret" not in str(answer.refusal)
    assert answer.refusal.values["number"] in caplog.text


def test_a_checkpoint_that_fails_costs_the_run_nothing(
        bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def remember(experiment: object) -> dict[str, Any]:
        raise TypeError("an iterator cannot be put away")

    monkeypatch.setattr("playground.training.recipe.remember", remember)
    monkeypatch.setattr("playground.engine.task.CHECKPOINT_SECONDS", 0.0)
    bench.start("run")
    bench(Resume("run"))
    bench.work(5)
    assert not bench.of(Ended) and bench.scheduler.tasks["run"].step >= 5
    assert "TypeError" in caplog.text


def test_looks_that_may_cost_more_come_more_often() -> None:
    def n_due(looks: float) -> int:
        order = Start("run", "ann", "vae", LONG.model_dump(), 60, looks=looks)
        training: Any = SimpleNamespace(step=100, halfway=False, seconds=0.0)
        run = task.Task(order, training)
        run.look_costs.append(0.1)
        due = 0
        for second in range(1, 41):
            training.seconds = float(second)
            if run.look_is_due(float(second)):
                due, run.trained_at_look, run.last_look = due + 1, float(second), float(second)
        return due
    assert n_due(1 / 40) == 10 and n_due(1 / 5) == 40
