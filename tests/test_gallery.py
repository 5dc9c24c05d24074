"""Stored runs: each is whole, small, reached by a chip of its page, and can be asked offline."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from test_pages import LABS

from playground import datasets, gallery, runs, weights
from playground.datasets import DatasetUnavailable, images
from playground.engine.base import QuestionFailed
from playground.engine.inline import InlineEngine
from playground.experiments.base import experiment_type

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
    run = runs.load(gallery.FOLDER / name, "0" * 32)
    assert run.settings == gallery.settings(name)
    assert run.history.kept


@every_run
def test_a_stored_run_is_under_one_megabyte(name: str) -> None:
    assert sum(path.stat().st_size for path in (gallery.FOLDER / name).iterdir()) < 1_000_000


@every_run
def test_a_chip_of_the_page_leads_to_the_stored_run(name: str) -> None:
    lab = LABS[name.partition("/")[0]]
    assert gallery.settings(name) in [lab.settings(**preset.changes) for preset in lab.presets]


@every_run
def test_a_stored_model_still_takes_its_weights(name: str, no_network: None) -> None:
    kept = weights.load(gallery.FOLDER / name / "weights.safetensors")
    torch.manual_seed(0)
    with datasets.stand_ins():
        model = experiment_type(name.partition("/")[0])(gallery.settings(name), "cpu")
    model.restore(kept)
    assert set(model.weights()) == set(kept)


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
