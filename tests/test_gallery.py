"""Stored runs: each is whole, small, reached by a chip of its page, and can be asked offline."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from test_pages import LABS

from benchmarks import presets
from playground import datasets, gallery
from playground.datasets import DatasetUnavailable, images
from playground.engine.inline import InlineEngine
from playground.engine.questions import QuestionFailed
from playground.experiments.base import built
from playground.runs import files, weights

ROOT = gallery.FOLDER
STORED = [f"{concept}/{name}" for concept in LABS for name in gallery.stored(concept)]
every_run = pytest.mark.parametrize("name", STORED)


@pytest.fixture
def engine() -> Iterator[InlineEngine]:
    made = InlineEngine()
    yield made
    made.close()


def test_every_page_has_its_stored_run_and_every_stored_run_can_be_trained_anew() -> None:
    assert {f"{concept}/{gallery.DEFAULT}" for concept in LABS} <= set(STORED)
    assert set(STORED) <= set(gallery.names())


@every_run
def test_a_stored_run_has_the_settings_of_its_name(name: str) -> None:
    run = files.load(gallery.FOLDER / name, "0" * 32)
    assert run.settings == gallery.settings(name)
    assert run.history.kept


@every_run
def test_a_stored_run_is_small(name: str) -> None:
    size = sum(path.stat().st_size for path in (gallery.FOLDER / name).iterdir())
    assert size < gallery.MAX_BYTES == 1_400_000


@every_run
def test_a_chip_of_the_page_leads_to_the_stored_run(name: str) -> None:
    lab = LABS[name.partition("/")[0]]
    assert gallery.settings(name) in [lab.settings(**preset.changes) for preset in lab.presets]


@every_run
def test_every_moment_of_a_stored_run_has_its_caption(name: str) -> None:
    lab = LABS[name.partition("/")[0]]
    run = files.load(gallery.FOLDER / name, "0" * 32)
    assert all(lab.caption(run, snapshot).strip() for snapshot in run.history.kept.values())


@every_run
def test_a_stored_model_still_takes_its_weights(name: str, no_network: None) -> None:
    kept = weights.load(gallery.FOLDER / name / "weights.safetensors")
    torch.manual_seed(0)
    with datasets.stand_ins():
        model = built(name.partition("/")[0], gallery.settings(name), "cpu")
    model.restore(kept)
    assert set(model.weights()) == set(kept)


def test_measuring_a_stored_run_adds_figures_and_changes_nothing_else(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "pixel_cnn/default"
    shutil.copytree(gallery.FOLDER / name, tmp_path / name)
    monkeypatch.setattr(gallery, "FOLDER", tmp_path)
    before = files.load(tmp_path / name, "0" * 32)
    gallery.measure(name)
    after = files.load(tmp_path / name, "0" * 32)
    last = after.history.last
    assert last is not None and after.all_held_out["n"] == 297
    assert after.all_held_out["nats"] == pytest.approx(last.metrics["held_out"], abs=1.0)
    assert after.history.metrics == before.history.metrics
    assert list(after.history.kept) == list(before.history.kept)
    assert weights.load(tmp_path / name / "weights.safetensors").keys() == weights.load(
        ROOT / name / "weights.safetensors").keys()


def test_a_run_on_all_of_mnist_can_be_asked_but_not_listed_without_it(
        engine: InlineEngine, no_network: None) -> None:
    run = engine.load(gallery.FOLDER / "pixel_rnn" / "mnist")
    assert 0 <= engine.ask(run, "conditional", row=9, column=9)["nats"][0] < 20
    with pytest.raises(QuestionFailed, match="must be on this machine to be listed"):
        engine.ask(run, "table")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No full data set is on this machine, and none can be fetched."""
    def refuse(*args: object) -> None:
        raise DatasetUnavailable("no network")

    for name in ("mnist_full", "fashion_full", "cifar10"):
        monkeypatch.setattr(images, name, refuse)


def test_the_part_that_ships_stands_in_for_the_whole_only_where_that_is_allowed(
        no_network: None) -> None:
    with datasets.stand_ins():
        part = datasets.load("mnist_full")
    assert part.part_of == "mnist_full"
    assert np.array_equal(part.test, datasets.load("mnist").test)
    with pytest.raises(DatasetUnavailable):
        datasets.load("mnist_full")


@pytest.mark.parametrize("concept", LABS)
def test_no_preset_and_no_fix_lets_anybody_wait_for_more_than_a_minute(concept: str) -> None:
    """`python -m benchmarks presets` measures what is new; longer ones get a stored run."""
    waits = {}
    for preset in LABS[concept].presets:
        for title, values in preset.variants().items():
            if not gallery.name_of(concept, LABS[concept].settings(**values)):
                waits[title] = presets.seconds(concept, values)
    assert {title: wait for title, wait in waits.items()
            if wait is None or wait > presets.PATIENCE} == {}


def test_help_says_what_can_be_trained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        gallery.main(["--help"])
    assert leaving.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "measure" in said and "vae/mnist" in said


@pytest.mark.parametrize(("given", "sentence"), [
    (["vae/nothing"], "the run must be one of vae/default, vae/mnist, got 'vae/nothing'"),
    (["vae"], "the run must be one of vae/default, vae/mnist, got 'vae'"),
    (["measure", "vae/nothing"], "the run must be one of vae/default"),
    (["vae/default", "nothing/default"], "the concept must be one of .*'nothing/default'"),
])
def test_a_run_that_there_is_none_of_costs_one_sentence_and_no_training(
        given: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "build", pytest.fail)
    monkeypatch.setattr(gallery, "measure", pytest.fail)
    with pytest.raises(SystemExit, match=sentence):
        gallery.main(given)


def test_what_is_measured_must_be_stored(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "FOLDER", tmp_path)
    with pytest.raises(SystemExit, match="'vae/default' is not trained yet"):
        gallery.main(["measure", "vae/default"])


def test_names_are_trained_or_measured_and_none_means_all_defaults(
        monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setattr(gallery, "build", done.append)
    monkeypatch.setattr(gallery, "measure", done.append)
    for given in (["vae/mnist"], ["measure", "vae/mnist", "vae/default"], []):
        gallery.main(given)
    assert done[:3] == [["vae/mnist"], "vae/mnist", "vae/default"]
    assert done[3] == [f"{concept}/{gallery.DEFAULT}" for concept in LABS]
