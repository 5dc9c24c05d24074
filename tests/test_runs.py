"""Runs: their history, and their way to disk and back."""

import json
import math
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from polling import SHORT

from playground.refusal import Refusal
from playground.runs import files, weights
from playground.runs.history import MAX_BYTES, MAX_SNAPSHOTS, RECENT, History
from playground.runs.run import Run, Status
from playground.snapshot import MAX_BYTES as MAX_SNAPSHOT_BYTES
from playground.snapshot import Snapshot


def _snapshot(step: int, n_bytes: int = 40) -> Snapshot:
    return Snapshot(step, step / 100, {"loss": 1 / (1 + step), "kl": 0.5},
                    {"codes": np.full(n_bytes, step % 251, np.uint8)})


def _run(n_snapshots: int = 30, folder: Path | None = None) -> Run:
    run = Run("0" * 32, "vae", SHORT, owner="someone", status=Status.FINISHED, total=100,
              folder=folder, device="CPU", changes=[(3, {"beta": 2.0})],
              refusal=Refusal("{reason}", reason="enough"))
    for step in range(n_snapshots):
        run.receive(_snapshot(step))
    return run


def test_the_steps_tell_how_much_is_done_where_they_can() -> None:
    run = Run("0" * 32, "vae", SHORT, owner="someone", status=Status.RUNNING)
    assert run.share == 0 and run.last_step is None
    run.total = 40
    run.receive(_snapshot(10))
    assert run.share == 0.25 and run.last_step == 40
    run.status = Status.FINISHED
    assert run.share == 1 and run.last_step == 10


def test_where_steps_cannot_tell_how_much_is_done_the_experiment_does() -> None:
    run = Run("0" * 32, "vae", SHORT, owner="someone", status=Status.RUNNING, total=100_000)
    run.progress = 0.0
    run.receive(_snapshot(0))
    assert run.share == 0 and math.isnan(run.seconds_left())
    run.progress = 0.2
    run.receive(_snapshot(300))
    assert run.share == 0.2 and run.last_step is None
    assert run.seconds_left() == pytest.approx(12)  # after 3 s of training
    run.status = Status.FINISHED
    assert run.share == 1 and run.last_step == 300


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    spool = tmp_path / "spool"
    spool.mkdir()
    weights.save({"w": np.arange(3, dtype=np.float32)}, spool / "weights.safetensors")
    files.save(_run(folder=spool), tmp_path / "run")
    return tmp_path / "run"


def _history(steps: Iterator[int] | range, n_bytes: int = 40) -> History:
    history = History()
    for step in steps:
        history.append(_snapshot(step, n_bytes))
    return history


# --- snapshots

@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.int32, np.bool_, object])
def test_a_snapshot_holds_only_float32_and_uint8(dtype: type) -> None:
    with pytest.raises(ValueError, match="must be float32 or uint8"):
        Snapshot(0, 0.0, {}, {"x": np.zeros(2, dtype)})


def test_a_snapshot_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 200000 bytes, got 200001"):
        _snapshot(0, MAX_SNAPSHOT_BYTES + 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_number_that_is_not_finite_is_named(bad: float) -> None:
    assert Snapshot(0, 0.0, {"a": 1.0, "b": bad}).first_bad_name() == "b"
    arrays = {"x": np.array([0, bad], np.float32)}
    assert Snapshot(0, 0.0, {"a": 1.0}, arrays).first_bad_name() == "x"


def test_finite_numbers_have_no_bad_name() -> None:
    assert _snapshot(3).first_bad_name() is None


# --- history

def test_a_history_keeps_every_metric() -> None:
    history = _history(range(1000))
    steps, values = history.curve("loss")
    np.testing.assert_array_equal(steps, np.arange(1000))
    np.testing.assert_allclose(values, 1 / (1 + np.arange(1000)))


def test_a_history_keeps_at_most_200_snapshots() -> None:
    assert len(_history(range(1000)).kept) == MAX_SNAPSHOTS == 200


def test_a_history_keeps_at_most_20_megabytes() -> None:
    history = _history(range(150), MAX_SNAPSHOT_BYTES)
    held = sum(snapshot.nbytes for snapshot in history.kept.values())
    assert 19_000_000 < held <= MAX_BYTES == 20_000_000


def test_a_history_knows_its_size() -> None:
    history = _history(range(300), 1000)
    assert history.nbytes == sum(snapshot.nbytes for snapshot in history.kept.values())


@pytest.mark.parametrize("n", [1, 2, 3, 199, 200, 201, 777])
def test_thinning_keeps_the_first_and_the_last(n: int) -> None:
    history = _history(range(n))
    steps = [snapshot.step for snapshot in history.kept.values()]
    assert (steps[0], steps[-1]) == (0, n - 1)
    assert history.last is history.kept[n - 1]


def test_thinning_is_denser_at_the_start() -> None:
    steps = np.array([s.step for s in _history(range(3000)).kept.values()])[:-RECENT]
    quarters = np.histogram(steps, bins=4, range=(0, steps[-1]))[0]
    assert (np.diff(quarters) < 0).all()


def test_the_newest_snapshots_are_never_thinned() -> None:
    history = History()
    for step in range(1000):
        history.append(_snapshot(step, 40))
        newest = list(history.kept)[-min(RECENT, step + 1):]
        assert newest == list(range(step + 1))[-RECENT:]


def test_a_run_can_be_seen_as_it_stood_at_a_moment() -> None:
    run = _run()
    run.clocked = {"drawing": 0.1}
    middle = list(run.history.kept)[1]
    then = run.at(middle)
    assert then.history.last is run.history.kept[middle] and then.step < run.step
    assert list(then.history.kept) == [n for n in run.history.kept if n <= middle]
    assert then.history.curve("loss")[0][-1] == then.step and then.clocked == {}
    assert run.at(len(run.history.metrics) - 1) is run


def test_thinning_leaves_no_hole_on_the_scale_of_the_square_root() -> None:
    places = np.sqrt([s.step for s in _history(range(3000)).kept.values()])
    assert np.diff(places).max() <= 4 * np.sqrt(3000) / MAX_SNAPSHOTS + 1


def test_only_newer_snapshots_come_since_a_number() -> None:
    history = _history(range(300))
    assert list(history.since(290)) == [n for n in history.kept if n > 290]
    assert min(history.since(290)) >= 291


def test_a_curve_has_only_the_steps_where_it_was_measured() -> None:
    history = History()
    history.append(Snapshot(0, 0.0, {"held_out": 3.0}))
    history.append(Snapshot(1, 0.1, {"held_out": 2.0, "loss": 5.0}))
    assert [list(axis) for axis in history.curve("loss")] == [[1], [5]]
    assert [list(axis) for axis in history.curve("nothing")] == [[], []]


def test_an_empty_history_has_no_last_snapshot() -> None:
    assert History().last is None
    assert Run("0" * 32, "vae", SHORT, owner="").step == 0


# --- the run

def test_a_history_shrinks_into_its_room_as_far_as_that_goes() -> None:
    history = History()
    for step in range(100):
        history.append(_snapshot(step, 1000))
    history.shrink(50_000)
    assert len(history.kept) == 50 and history.nbytes == 50_000
    history.shrink(0)
    assert list(history.kept)[-RECENT:] == list(range(100 - RECENT, 100))
    assert min(history.kept) == 0 and len(history.kept) == RECENT + 2
    assert len(history.metrics) == 100


def test_speed_is_steps_by_seconds_of_the_newest_arrivals(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("playground.runs.run.time.monotonic", lambda: float(next(clock)))
    run = Run("0" * 32, "vae", SHORT, owner="")
    assert np.isnan(run.steps_per_second())
    for step in (0, 50, 100, 150):
        run.receive(_snapshot(step))
    assert run.steps_per_second() == 50


def test_settings_at_a_step_include_the_live_changes_up_to_it() -> None:
    run: Run[Any] = _run()
    run.changes = [(3, {"beta": 2.0}), (5, {"beta": 4.0}), (5, {"learning_rate": 0.1})]
    assert [run.settings_at(step).beta for step in (0, 2, 3, 4, 5, 9)] == [1, 1, 2, 2, 4, 4]
    assert run.settings_at(9) == SHORT.with_changes(beta=4.0, learning_rate=0.1)


# --- to disk and back

def test_a_saved_run_comes_back_whole(saved: Path) -> None:
    before, after = _run(), files.load(saved, "1" * 32)
    for name in ("experiment", "settings", "status", "total", "reason", "changes", "device",
                 "created", "step", "seconds"):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.id, after.stored, after.folder) == ("1" * 32, True, saved)


def test_a_saved_history_comes_back_bit_for_bit(saved: Path) -> None:
    before, after = _run().history, files.load(saved, "1" * 32).history
    assert after.metrics == before.metrics
    assert list(after.kept) == list(before.kept)
    assert after.nbytes == before.nbytes
    for number, snapshot in before.kept.items():
        again = after.kept[number]
        assert (again.step, again.seconds, again.metrics) == (
            snapshot.step, snapshot.seconds, snapshot.metrics)
        np.testing.assert_array_equal(again.arrays["codes"], snapshot.arrays["codes"])


def test_saved_weights_come_back(saved: Path) -> None:
    np.testing.assert_array_equal(weights.load(saved / "weights.safetensors")["w"], [0, 1, 2])


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3), (2, 3, 4)])
def test_weights_keep_their_shape_on_disk(shape: tuple[int, ...], tmp_path: Path) -> None:
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    weights.save({"w": array}, tmp_path / "w.safetensors")
    again = weights.load(tmp_path / "w.safetensors")["w"]
    assert again.shape == shape
    np.testing.assert_array_equal(again, array)


def test_weights_that_do_not_lie_in_order_are_saved_right(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    weights.save({"w": array}, tmp_path / "w.safetensors")
    np.testing.assert_array_equal(weights.load(tmp_path / "w.safetensors")["w"], array)


def test_a_run_without_weights_can_be_saved(tmp_path: Path) -> None:
    files.save(_run(), tmp_path / "run")
    assert files.load(tmp_path / "run", "1" * 32).step == 29


def test_saving_again_replaces_the_folder(saved: Path) -> None:
    files.save(_run(5), saved)
    assert files.load(saved, "1" * 32).step == 4


def test_saving_leaves_nothing_beside_the_folder(tmp_path: Path) -> None:
    for _ in range(2):
        files.save(_run(5), tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failed_save_leaves_the_old_run_and_nothing_else(
        saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        files.save(_run(5), saved)
    assert files.load(saved, "1" * 32).step == 29
    assert sorted(path.name for path in saved.parent.iterdir()) == ["run", "spool"]


@pytest.mark.parametrize("count", [2, 7, 29])
def test_a_smaller_save_is_spread_over_the_run(count: int, tmp_path: Path) -> None:
    files.save(_run(), tmp_path / "run", max_snapshots=count)
    history = files.load(tmp_path / "run", "1" * 32).history
    assert len(history.kept) == count
    assert (min(history.kept), max(history.kept)) == (0, 29)
    assert len(history.metrics) == 30


@pytest.mark.parametrize("count", [2, 7, 60])
def test_a_save_of_fewer_measurements_keeps_those_of_its_snapshots(
        count: int, tmp_path: Path) -> None:
    files.save(_run(), tmp_path / "run", max_snapshots=4, max_measurements=count)
    whole, history = _run().history, files.load(tmp_path / "run", "1" * 32).history
    assert count <= len(history.metrics) or count > 30
    assert len(history.metrics) <= min(count + 4, 30)
    assert (history.metrics[0], history.metrics[-1]) == (whole.metrics[0], whole.metrics[-1])
    by_step = {whole.metrics[number][0]: kept.arrays for number, kept in whole.kept.items()}
    for number, kept in history.kept.items():
        wanted = by_step[history.metrics[number][0]]
        assert {name: array.tolist() for name, array in kept.arrays.items()} == {
            name: array.tolist() for name, array in wanted.items()}


@pytest.mark.parametrize("status", list(Status))
def test_a_stored_run_never_waits_or_trains(status: Status, tmp_path: Path) -> None:
    run = _run()
    run.status = status
    files.save(run, tmp_path / "run")
    again = files.load(tmp_path / "run", "1" * 32).status
    assert again is (status if status.over else Status.STOPPED)


def _refused(folder: Path) -> str:
    with pytest.raises(ValueError) as caught:
        files.load(folder, "1" * 32)
    message = str(caught.value)
    assert message.startswith("run must be a whole saved run: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", ["run.json", "history.npz"])
def test_a_missing_file_is_refused(name: str, saved: Path) -> None:
    (saved / name).unlink()
    _refused(saved)


def test_a_missing_folder_is_refused(saved: Path) -> None:
    shutil.rmtree(saved)
    _refused(saved)


@pytest.mark.parametrize("name", ["run.json", "history.npz"])
@pytest.mark.parametrize("damage", [
    lambda content: b"",
    lambda content: content[:len(content) // 2],
    lambda content: content[:-1],
    lambda content: content[:200] + content[260:],
    lambda content: bytes(len(content)),
    lambda content: b"\xff" * len(content),
    lambda content: b"[]",
    lambda content: b"null",
    lambda content: b"\x80\x04K\x01.",
], ids=["empty", "half", "last byte", "hole", "zeros", "ones", "list", "null", "pickle"])
def test_a_damaged_file_is_refused(name: str, damage: Callable[[bytes], bytes],
                                   saved: Path) -> None:
    path = saved / name
    path.write_bytes(damage(path.read_bytes()))
    _refused(saved)


def test_a_history_with_flipped_bytes_is_refused_or_reads_as_before(saved: Path) -> None:
    content = (saved / "history.npz").read_bytes()
    before = files.load(saved, "1" * 32).history
    chance = random.Random(0)
    for _ in range(150):
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        (saved / "history.npz").write_bytes(flipped)
        try:
            after = files.load(saved, "1" * 32).history
        except ValueError:
            continue
        assert after.metrics == before.metrics


@pytest.mark.parametrize("change", [
    {"experiment": "nothing"}, {"experiment": 3}, {"settings": {"steps": 1}}, {"settings": 7},
    {"settings": {"unknown": 1}}, {"status": "asleep"}, {"metrics": []}, {"metrics": [[0]]},
    {"metrics": [["0", 0, {}]] * 30}, {"metrics": [[0, 0, {"loss": "low"}]] * 30},
    {"metrics": [[0, 0, []]] * 30}, {"changes": [[0, {"beta": -1}]]}, {"changes": 3},
    {"total": "many"}, {"device": 3}, {"created": None},
], ids=str)
def test_a_record_that_makes_no_sense_is_refused(change: dict[str, object], saved: Path) -> None:
    record = json.loads((saved / "run.json").read_text())
    (saved / "run.json").write_text(json.dumps(record | change))
    _refused(saved)


@pytest.mark.parametrize("arrays", [
    {}, {"numbers": np.array([500])}, {"numbers": np.array([-1])}, {"numbers": np.array([0.5])},
    {"numbers": np.array(["0"])}, {"numbers": np.array(3)}, {"0/codes": np.zeros(3, np.uint8)},
    {"numbers": np.array([0]), "0/codes": np.zeros(3, np.int64)},
    {"numbers": np.array([0]), "0/codes": np.zeros(MAX_SNAPSHOT_BYTES + 1, np.uint8)},
], ids=["nothing", "too large", "negative", "half", "text", "no list", "no numbers", "int64",
        "too much"])
def test_a_history_that_makes_no_sense_is_refused(arrays: dict[str, Any],
                                                  saved: Path) -> None:
    np.savez(saved / "history.npz", **arrays)
    _refused(saved)


def test_a_history_with_a_pickle_inside_is_refused(saved: Path) -> None:
    np.savez(saved / "history.npz", numbers=np.array([{}], dtype=object))
    _refused(saved)


def test_damaged_weights_are_refused(saved: Path) -> None:
    path = saved / "weights.safetensors"
    content = path.read_bytes()
    chance = random.Random(0)
    for _ in range(200):
        n_header = int.from_bytes(content[:8], "little")
        flipped = bytearray(content)
        flipped[chance.randrange(8 + n_header)] = chance.randrange(256)
        path.write_bytes(flipped[:chance.choice((len(content), chance.randrange(len(content))))])
        try:
            again = weights.load(path)
        except ValueError as error:
            assert str(error).startswith("weights must be a safetensors file: ")
        else:
            assert all(isinstance(array, np.ndarray) for array in again.values())


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no stored weights"):
        weights.load(tmp_path / "weights.safetensors")
