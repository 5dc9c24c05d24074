"""Branches: up to their moment they are their run, number by number, and then go another way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from polling import SHORT, newest, until
from small import small

from playground.engine import checkpoints, task
from playground.engine.base import Engine
from playground.engine.inline import InlineEngine
from playground.engine.limits import Limits
from playground.engine.messages import Checkpoint
from playground.engine.supervisor import WorkerEngine
from playground.refusal import Refusal
from playground.runs.run import Run, Status


@pytest.fixture(scope="module", params=["inline", "worker"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made: Engine = InlineEngine() if request.param == "inline" else WorkerEngine(
        Limits(), ("cpu",))
    yield made
    made.close()  # type: ignore[attr-defined]


def finished(engine: Engine, run_id: str) -> Run:
    return until(engine, run_id, lambda run: run.status.over).run


def moment(run: Run, share: float = 0.5) -> int:
    """Return the number of a snapshot in the middle of a run."""
    numbers = list(run.history.kept)
    return numbers[int(share * (len(numbers) - 1))]


def branched(engine: Engine, run: Run, number: int, **changes: Any) -> Run:
    run_id = engine.branch(run.id, "ann", number, changes)
    engine.resume(run_id)
    return finished(engine, run_id)


def curve(run: Run) -> dict[int, dict[str, float]]:
    return {step: metrics for step, _seconds, metrics in run.history.metrics}


def test_a_branch_that_changes_nothing_is_its_run(engine: Engine) -> None:
    run = finished(engine, engine.start("vae", SHORT, "ann"))
    number = moment(run)
    branch = branched(engine, run, number)
    assert branch.parent == (run.id, run.history.kept[number].step)
    assert branch.status is Status.FINISHED and branch.step == run.step
    assert newest(branch).metrics == newest(run).metrics
    for name, array in newest(run).arrays.items():
        np.testing.assert_array_equal(newest(branch).arrays[name], array)


def test_a_branch_goes_another_way_from_its_moment_on(engine: Engine) -> None:
    run = finished(engine, engine.start("vae", SHORT, "ann"))
    number = moment(run)
    step = run.history.kept[number].step
    branch = branched(engine, run, number, beta=20.0)
    before = {at: metrics for at, metrics in curve(branch).items() if at <= step}
    assert before == {at: metrics for at, metrics in curve(run).items() if at <= step}
    assert branch.settings_at(step - 1) == run.settings and branch.changes == [
        (step, {"beta": 20.0})]
    assert newest(branch).metrics["held_out_kl"] < newest(run).metrics["held_out_kl"]


def test_a_branch_of_a_branch_keeps_both_turns(engine: Engine) -> None:
    run = finished(engine, engine.start("vae", SHORT, "ann"))
    first = branched(engine, run, moment(run, 0.3), beta=20.0)
    second = branched(engine, first, moment(first, 0.8), beta=0.0)
    assert [change for _step, change in second.changes] == [{"beta": 20.0}, {"beta": 0.0}]
    assert second.parent and second.parent[0] == first.id


def test_a_finished_run_branches_with_more_steps(engine: Engine) -> None:
    run = finished(engine, engine.start("vae", SHORT, "ann"))
    branch = branched(engine, run, moment(run, 1.0), steps=200)
    straight = finished(engine, engine.start("vae", SHORT.with_changes(steps=200), "ann"))
    assert newest(branch).metrics == newest(straight).metrics


def test_a_contest_branches_too(engine: Engine) -> None:
    settings = small("arena", budget="steps", dataset="moons")
    run = finished(engine, engine.start("arena", settings, "ann"))
    branch = branched(engine, run, moment(run))
    assert newest(branch).metrics == newest(run).metrics


def test_what_cannot_be_done_again_is_refused(engine: Engine) -> None:
    run = finished(engine, engine.start("vae", SHORT, "ann"))
    with pytest.raises(Refusal, match="must be a live knob"):
        engine.branch(run.id, "ann", moment(run), {"latent_dim": 5})
    with pytest.raises(Refusal, match="beta"):
        engine.branch(run.id, "ann", moment(run), {"beta": 99.0})
    with pytest.raises(Refusal, match="at step 100 this run has no steps left"):
        engine.branch(run.id, "ann", moment(run, 1.0), {"beta": 5.0})
    timed = small("arena", budget="seconds", seconds=0.2, dataset="moons")
    contest = finished(engine, engine.start("arena", timed, "ann"))
    with pytest.raises(Refusal, match="budget is seconds"):
        engine.branch(contest.id, "ann", moment(contest), {})
    engine.known(run.id).folder = Path("/nowhere")  # type: ignore[union-attr]
    run.history.kept[moment(run)].__dict__["seconds"] = 1e4
    with pytest.raises(Refusal, match="would take 10000 seconds, and 120 are allowed"):
        engine.branch(run.id, "ann", moment(run), {})


def test_it_begins_at_the_last_checkpoint_before_the_moment(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(task, "SHARE_FOR_CHECKPOINTS", 1.0)
    engine = InlineEngine(slices=1)
    run = finished(engine, engine.start("vae", SHORT, "ann"))
    number = moment(run, 0.9)
    step = run.history.kept[number].step
    saved = checkpoints.read_until(run.folder, step)
    assert saved is not None and 0 < saved["step"] <= step
    branch = branched(engine, run, number)
    assert newest(branch).metrics == newest(run).metrics
    engine.close()


def test_checkpoints_along_a_run_are_few_and_farther_apart_later(tmp_path: Path) -> None:
    for step in range(1, 400):
        checkpoints.write(Checkpoint("run", step, 0.0, {}, []), tmp_path)
    kept = sorted(checkpoints._along(tmp_path))
    assert len(kept) == checkpoints.MOST_ALONG and kept[-1] == 399
    gaps = np.diff(kept)
    assert (gaps[1:] >= gaps[:-1] - 1).mean() > 0.7 and kept[0] < 20
    assert checkpoints.read(tmp_path)["step"] == 399  # type: ignore[index]
    for step in (kept[2], kept[2] + 1, 5000):
        found = checkpoints.read_until(tmp_path, step)
        assert found and found["step"] == max(at for at in kept if at <= step)
    assert checkpoints.read_until(tmp_path, 0) is None
