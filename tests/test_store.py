"""The store of kept runs: the same on SQLite and on PostgreSQL, and nobody else's business."""

import errno
import io
import json
import math
import os
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import postgres
import pytest
import sqlalchemy as sql
from polling import SHORT, newest

from playground.refusal import Refusal
from playground.runs import archive, files, weights
from playground.runs.keeper import Keeper
from playground.runs.run import Run, Status
from playground.runs.store import (
    ABOUT,
    ORPHAN_SECONDS,
    RUNS,
    TABLES,
    UNDO_SECONDS,
    Quota,
    Store,
    UnknownKept,
    Wanted,
)
from playground.snapshot import Snapshot

FORMATS = Path(__file__).parent / "formats"
ME, YOU = "1" * 32, "2" * 32
PICTURE = b"RIFF a small picture"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.serving() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    address = request.getfixturevalue("server") if request.param == "postgresql" else ""
    made = Store(tmp_path / "store", address)
    yield made
    TABLES.drop_all(made.engine)
    made.close()


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store")
    yield made
    made.close()


def a_run(number: int, owner: str = ME, folder: Path | None = None, elbo: float = -20.0,
          **knobs: Any) -> Run:
    run = Run(f"{number:032x}", "vae", SHORT.with_changes(**knobs), owner,
              status=Status.FINISHED, total=100, folder=folder, device="CPU")
    for step in (0, 50, 100):
        run.receive(Snapshot(step, step / 100, {"held_out_elbo": elbo, "loss": 1.0 + step},
                             {"codes": np.full(40, step, np.uint8)}))
    return run


def found(store: Store, owner: str = ME, **wanted: Any) -> list[int]:
    return [int(kept.id, 16) for kept in store.find(owner, Wanted(**wanted))]


# --- keep

def test_a_kept_run_comes_back_as_it_was(store: Store, tmp_path: Path) -> None:
    weights.save({"w": np.arange(3, dtype=np.float32)}, tmp_path / "weights.safetensors")
    run = a_run(7, folder=tmp_path, beta=4.0)
    run.changes = [(50, {"learning_rate": 0.01})]
    store.keep(run, PICTURE)
    kept = store.get(ME, run.id)
    assert (kept.concept, kept.dataset, kept.status, kept.step) == ("vae", "digits", "finished",
                                                                    100)
    assert kept.settings["beta"] == 4 and kept.settings["learning_rate"] == 0.01
    assert kept.metrics == newest(run).metrics and kept.picture == PICTURE
    assert abs(kept.at - time.time()) < 60 and kept.nbytes > 0
    again = files.load(store.place(ME, run.id), run.id)
    assert again.settings == run.settings and again.changes == run.changes
    assert again.history.metrics == run.history.metrics
    np.testing.assert_array_equal(weights.load(store.place(ME, run.id) / files.WEIGHTS)["w"],
                                  [0, 1, 2])


def test_a_run_that_is_kept_again_replaces_itself(store: Store) -> None:
    run = a_run(1)
    store.keep(run)
    before = store.place(ME, run.id)
    store.change(ME, [run.id], name="mine", pinned=True)
    run.receive(Snapshot(200, 2.0, {"held_out_elbo": -10.0}, {}))
    store.keep(run)
    kept = store.get(ME, run.id)
    assert (kept.step, kept.name, kept.pinned) == (200, "mine", True)
    assert not before.exists() and store.count(ME) == 1


def test_nobody_else_finds_changes_deletes_or_replaces_a_run(store: Store) -> None:
    run = a_run(1)
    store.keep(run)
    assert store.find(YOU) == [] and store.count(YOU) == 0 and store.used(YOU) == 0
    assert store.choices(YOU) == {"concept": [], "dataset": [], "tag": []}
    for ask in (store.get, store.place):
        with pytest.raises(UnknownKept):
            ask(YOU, run.id)
    store.change(YOU, [run.id], name="theirs")
    store.delete(YOU, [run.id])
    with pytest.raises(UnknownKept):
        store.keep(a_run(1, YOU))
    assert store.get(ME, run.id).name == "" and store.place(ME, run.id).exists()


def test_a_deleted_run_can_be_brought_back_for_an_hour(store: Store) -> None:
    store.keep(a_run(1))
    store.keep(a_run(2))
    store.delete(ME, [f"{1:032x}"])
    assert found(store) == [2]
    store.bring_back(YOU, [f"{1:032x}"])
    assert found(store) == [2]
    store.bring_back(ME, [f"{1:032x}"])
    assert sorted(found(store)) == [1, 2]
    place = store.place(ME, f"{1:032x}")
    store.delete(ME, [f"{1:032x}"])
    _age(store, 1, deleted_at=time.time() - UNDO_SECONDS - 1)
    _old(place)
    store.sweep_up()
    assert found(store) == [2] and not place.exists()


def _age(store: Store, number: int, **values: Any) -> None:
    with store.writing() as at:
        at.execute(sql.update(RUNS).where(RUNS.c.id == f"{number:032x}").values(values))


def _old(folder: Path) -> None:
    then = time.time() - ORPHAN_SECONDS - 10
    os.utime(folder, (then, then))


def test_a_folder_without_a_row_is_swept_up_and_a_row_without_a_folder_says_so(
        store: Store) -> None:
    store.keep(a_run(1))
    place = store.place(ME, f"{1:032x}")
    half, fresh = place.parent / "half", place.parent / "fresh"
    for folder in (half, fresh):
        folder.mkdir()
    _old(half)
    _old(place)
    store.sweep_up()
    assert not half.exists() and fresh.exists() and place.exists()
    for path in place.iterdir():
        path.unlink()
    with pytest.raises(Refusal, match="files of this run are gone"):
        store.place(ME, f"{1:032x}")


def test_the_oldest_runs_that_are_not_pinned_make_room(store: Store) -> None:
    for number in (1, 2, 3):
        store.keep(a_run(number))
        _age(store, number, at=float(number))
    each = store.get(ME, f"{1:032x}").nbytes
    store.change(ME, [f"{1:032x}"], pinned=True)
    store.quota = Quota(visitor=3.5 * each)
    store.keep(a_run(4))
    assert sorted(found(store)) == [1, 3, 4]
    assert store.made_room(ME)[0] == 1 and store.made_room(YOU) == (0, 0.0)
    store.quota = Quota(whole=3.5 * each)
    store.keep(a_run(5, YOU))
    assert sorted(found(store)) == [1, 4] and found(store, YOU) == [5]
    assert store.used(ME) <= 2.5 * each


# --- find

def test_runs_are_sorted_by_date_knob_or_metric(store: Store) -> None:
    for number, (beta, elbo) in enumerate([(4.0, -30.0), (0.5, -10.0), (20.0, -20.0)]):
        store.keep(a_run(number, elbo=elbo, beta=beta))
        _age(store, number, at=float(number))
    assert found(store) == [2, 1, 0] and found(store, falling=False) == [0, 1, 2]
    assert found(store, sort="knob:beta") == [2, 0, 1]
    assert found(store, sort="metric:held_out_elbo") == [1, 2, 0]
    assert len(found(store, sort="metric:unheard_of")) == 3
    store.change(ME, [f"{1:032x}"], pinned=True)
    assert found(store, sort="knob:beta") == [1, 2, 0]
    with pytest.raises(Refusal, match="sort must be one of"):
        store.find(ME, Wanted(sort="owner"))


def test_runs_are_filtered_by_what_they_are(store: Store) -> None:
    store.keep(a_run(1, beta=4.0, elbo=-30.0))
    store.keep(replace(a_run(2, know_class=True), status=Status.STOPPED))
    assert found(store, status="stopped") == [2] and found(store, dataset="digits") != []
    assert found(store, dataset="moons") == [] == found(store, concept="gan")
    assert found(store, within={"knob:beta": (2, 10)}) == [1]
    assert found(store, within={"metric:held_out_elbo": (-25, 0)}) == [2]
    assert found(store, equal={"know_class": True}) == [2]
    assert found(store, equal={"dataset": "digits", "know_class": False}) == [1]
    assert found(store, until=time.time() - 100) == [] != found(store, since=time.time() - 100)


@pytest.mark.parametrize("text", ["50%", "a_b", "it's", 'say "so"', "\\", "<script>", "数"])
def test_texts_are_found_letter_by_letter(store: Store, text: str) -> None:
    store.keep(a_run(1))
    store.keep(a_run(2))
    store.change(ME, [f"{1:032x}"], name=f"The {text} run")
    store.change(ME, [f"{2:032x}"], name="aXb 500")
    assert found(store, text=text) == [1]
    assert store.get(ME, f"{1:032x}").name == f"The {text} run"


def test_tags_and_notes_are_kept_short_and_found(store: Store) -> None:
    store.keep(a_run(1))
    store.keep(a_run(2))
    store.change(ME, [f"{1:032x}"], note=" to show in class ",
                 tags=["good", " good ", "", "x" * 99, 'a"b'])
    kept = store.get(ME, f"{1:032x}")
    assert kept.tags == ["good", "x" * 24, "ab"] and kept.note == "to show in class"
    assert found(store, tag="good") == [1] == found(store, text="CLASS")
    assert found(store, tag="goo") == []
    assert store.choices(ME) == {"concept": ["vae"], "dataset": ["digits"],
                                 "tag": ["ab", "good", "x" * 24]}


# --- trouble

def test_a_full_disk_costs_one_sentence_and_leaves_nothing(
        light: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    light.keep(a_run(1))

    def full(*_args: Any, **_more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "flush", full)
    with pytest.raises(Refusal, match="cannot be used now: No space left on device"):
        light.keep(a_run(2))
    assert found(light) == [1] and len(list((light.folder / "runs").iterdir())) == 1


def test_a_store_that_cannot_be_written_says_so(light: Store) -> None:
    with light.writing() as at:
        at.execute(sql.text("PRAGMA query_only = 1"))
    with pytest.raises(Refusal, match="cannot be used now: .*readonly"):
        light.keep(a_run(1))
    with pytest.raises(Refusal, match="cannot be used now"):
        Store(Path("/proc/nowhere"))


def test_a_store_of_a_newer_program_is_left_alone(light: Store) -> None:
    with light.writing() as at:
        at.execute(sql.update(ABOUT).values(schema=99))
    with pytest.raises(Refusal, match="format 1 or older, got 99"):
        Store(light.folder)


def test_many_threads_keep_runs_at_once(store: Store) -> None:
    threads = [threading.Thread(target=store.keep, args=(a_run(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found(store)) == list(range(8))


def test_the_keeper_keeps_what_has_ended_and_tells_what_it_cannot(
        light: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlucky(run: Run) -> bytes:
        raise RuntimeError("a figure that cannot be drawn")

    keeper = Keeper(light, unlucky)
    keeper.put(a_run(1), {"w": np.ones(2, np.float32)})
    keeper.finish()
    assert light.get(ME, f"{1:032x}").picture is None and keeper.trouble is None
    assert (light.place(ME, f"{1:032x}") / files.WEIGHTS).exists()
    monkeypatch.setattr(light, "keep", lambda *_: (_ for _ in ()).throw(Refusal("it is full")))
    keeper.put(a_run(2), None)
    keeper.finish()
    assert str(keeper.trouble) == "it is full" and not keeper.is_keeping(f"{2:032x}")


# --- formats and files

@pytest.mark.parametrize("version", [1, 2])
def test_runs_of_every_format_are_read(version: int) -> None:
    run = files.load(FORMATS / str(version), "it")
    assert (run.experiment, run.status, run.step) == ("clustering", Status.FINISHED, 5)
    assert run.parent == (None if version == 1 else ("0" * 32, 3))


def test_a_sample_of_each_format_is_tested() -> None:
    assert {path.name for path in FORMATS.iterdir()} == {
        str(version) for version in range(1, files.VERSION + 1)}


@pytest.fixture
def packed(light: Store) -> bytes:
    light.keep(a_run(1, beta=4.0))
    return archive.pack(light.place(ME, f"{1:032x}"))


def _unpack(packed: bytes, folder: Path) -> Run:
    folder.mkdir()
    archive.unpack(io.BytesIO(packed), folder)
    return files.load(folder, "it")


def _changed(packed: bytes, **changed: bytes | None) -> bytes:
    """Return a file with other entries: `run_json`, `history_npz`, or new ones."""
    out = io.BytesIO()
    names = {"run_json": "run.json", "history_npz": "history.npz"}
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        entries = {name: old.read(name) for name in old.namelist()}
        entries |= {names.get(name, name): data for name, data in changed.items() if data}
        for name in [names.get(name, name) for name, data in changed.items() if data is None]:
            del entries[name]
        for name, data in entries.items():
            new.writestr(name, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_a_run_travels_as_a_file(packed: bytes, tmp_path: Path) -> None:
    run = _unpack(packed, tmp_path / "new")
    assert run.settings.beta == 4 and run.step == 100  # type: ignore[attr-defined]
    assert packed == archive.pack(tmp_path / "new")


@pytest.mark.parametrize(("changed", "complaint"), [
    ({"history_npz": None}, "must hold"),
    ({"evil.py": b"print(1)"}, "must hold"),
    ({"../run.json": b"{}"}, "must hold"),
    ({"run_json": b"0" * 4_100_000}, r"run.json must take 4 MB at most"),
    ({"history_npz": b"not a zip"}, "must be a whole .playground file"),
    ({"weights.safetensors": b"junk"}, "safetensors"),
])
def test_a_file_that_is_not_a_run_is_refused(packed: bytes, tmp_path: Path,
                                             changed: dict[str, bytes | None],
                                             complaint: str) -> None:
    with pytest.raises(Refusal, match=complaint):
        _unpack(_changed(packed, **changed), tmp_path / "new")


@pytest.mark.parametrize("cut", [0, 10, 100, -40, -1])
def test_a_damaged_file_is_refused(packed: bytes, tmp_path: Path, cut: int) -> None:
    with pytest.raises(Refusal):
        _unpack(packed[:cut], tmp_path / "new")


def test_a_history_that_unpacks_to_much_more_is_refused(packed: bytes, tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as inner:
        inner.writestr("numbers.npy", bytes(50_000_000))
    with pytest.raises(Refusal, match="history.npz must take 40 MB at most"):
        _unpack(_changed(packed, history_npz=bomb.getvalue()), tmp_path / "new")


@pytest.mark.parametrize(("change", "complaint"), [
    ({"version": 99}, "format 99"), ({"version": "two"}, "format two"),
    ({"experiment": "alchemy"}, "experiment must be one of"),
    ({"settings": {"gone_knob": 1}}, "gone_knob"),
    ({"settings": {"beta": math.inf}}, "must be a whole saved run"),
    ({"status": "dreaming"}, "status"),
])
def test_a_run_of_another_time_or_concept_is_refused(
        packed: bytes, tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as whole:
        record = json.loads(whole.read("run.json"))
    with pytest.raises(Refusal, match=complaint):
        _unpack(_changed(packed, run_json=json.dumps(record | change).encode()),
                tmp_path / "new")
