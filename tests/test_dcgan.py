"""The GAN on images: its nets, its average, its classes, and what is asked of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from model_zoo.dcgan import DCGAN, Doubling
from playground import datasets
from playground.concepts.dcgan.experiment import DCGANExperiment
from playground.concepts.dcgan.settings import DCGANSettings
from playground.experiments.base import at_once
from playground.experiments.pieces import whole
from playground.metrics import feature_net
from playground.training.untouched import untouched
from playground.ui.tools.game import closeness

SHAPES = ((1, 8, 8), (1, 14, 14), (3, 16, 16), (1, 28, 28))


def _run(**changes: Any) -> DCGANExperiment:
    small: dict[str, Any] = {"dataset": "digits", "features": 8, "batch_size": 16, "steps": 100}
    torch.manual_seed(0)
    return DCGANExperiment(DCGANSettings(**small | changes), "cpu")


def _look(run: DCGANExperiment) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    with untouched(run, "cpu"):
        return run.observe()


def _ask(run: DCGANExperiment, question: str, arguments: dict[str, Any]) -> dict[str, Any]:
    with untouched(run, "cpu"):
        return run.ask(question, arguments)


def _row_by_row(images: Tensor) -> Callable[..., Tensor]:
    """A generator that makes of the noise in a row the image in that row."""
    def decode(z: Tensor, context: Tensor | None = None) -> Tensor:
        first = z.storage_offset() // z.shape[1]
        return images[first : first + len(z)]

    return decode


def _first(generator: nn.Module) -> nn.Parameter:
    """Return the weights of a generator's first layer."""
    return generator.get_parameter("dense.weight")


def _train(run: DCGANExperiment, n: int) -> None:
    steps = whole(run.steps())
    for _ in range(n):
        next(steps)


@pytest.fixture(scope="module")
def trained() -> DCGANExperiment:
    run = _run()
    _look(run)
    _train(run, 20)
    return run


# --- nets

@pytest.mark.parametrize("shape", SHAPES)
def test_images_of_every_size_come_out_whole(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    model = DCGAN(shape, 5, 8)
    samples = model.sample(3)
    assert samples.shape == (3, *shape)
    assert samples.min() >= 0
    assert samples.max() <= 1
    assert model.score(samples).shape == (3,)


def test_every_pixel_depends_on_the_noise() -> None:
    torch.manual_seed(0)
    model = DCGAN((1, 14, 14), 5, 8)
    spread = model.decode(torch.randn(50, 5)).std(0)
    assert (spread > 0).all()


def test_a_doubling_touches_each_inner_pixel_equally_often() -> None:
    layer = Doubling(1, 1, (12, 12), bias=False)
    torch.nn.init.ones_(layer.weight)
    touched = layer(torch.ones(1, 1, 6, 6))[0, 0, 1:-1, 1:-1]
    assert (touched == touched[0, 0]).all()


def test_points_have_no_convolutions() -> None:
    with pytest.raises(ValueError, match="shape must be"):
        DCGAN((2,))


# --- the average

def test_the_average_follows_the_generator() -> None:
    torch.manual_seed(0)
    model = DCGAN((1, 8, 8), 4, 8)
    old = _first(model.average).clone()
    with torch.no_grad():
        _first(model.generator).add_(1)
    model.follow(0.9)
    torch.testing.assert_close(_first(model.average), old + 0.1)
    model.follow(0)
    torch.testing.assert_close(_first(model.average), _first(model.generator))


def test_samples_come_from_the_average() -> None:
    torch.manual_seed(0)
    model, z = DCGAN((1, 8, 8), 4, 8), torch.randn(2, 4)
    with torch.no_grad():
        before = model.eval().decode(z)
        _first(model.generator).add_(1)
        assert torch.equal(model.decode(z), before)
        model.follow(0)
        assert not torch.equal(model.decode(z), before)


def test_the_average_waits_while_the_discriminator_moves_alone() -> None:
    run = _run(turn="discriminator", average=1)
    with torch.no_grad():
        _first(run.model.generator).add_(1)
    _train(run, 2)
    assert not torch.equal(_first(run.model.average), _first(run.model.generator))


# --- classes

def test_both_players_mind_the_class_once_they_have_learned() -> None:
    run = _run(know_class=True)
    _train(run, 5)
    model, labels = run.model.eval(), torch.tensor([0, 1])
    with torch.no_grad():
        z = run.model.draw_noise(1).repeat(2, 1)
        images = model.decode(z, labels)
        assert not torch.equal(images[0], images[1])
        one = images[:1].repeat(2, 1, 1, 1)
        scores = model.score(one, labels)
        assert scores[0] != scores[1]


def test_what_the_class_adds_to_a_score_is_a_product_of_features() -> None:
    torch.manual_seed(0)
    model = DCGAN((1, 8, 8), 4, 8, 3).eval()
    with torch.no_grad():
        vectors = model.discriminator.get_parameter("class_vectors")
        vectors.copy_(torch.randn_like(vectors))
        x = torch.rand(1, 1, 8, 8)
        added = model.score(x, torch.tensor([2])) - model.score(x, torch.tensor([0]))
        phi = model.discriminator.get_submodule("body")(x)[0]
        torch.testing.assert_close(added[0], phi @ (vectors[2] - vectors[0]))


def test_a_row_has_one_class_and_a_column_one_noise() -> None:
    run = _run(know_class=True)
    columns = int(_look(run)[1]["columns"])
    labels, noise = run.shown_labels, run.shown_noise
    assert labels is not None
    assert (labels.view(10, columns) == torch.arange(10)[:, None]).all()
    assert torch.equal(noise.view(10, columns, -1)[0], noise.view(10, columns, -1)[7])


# --- questions

def test_a_training_image_is_its_own_neighbour(trained: DCGANExperiment) -> None:
    train = torch.from_numpy(trained.data.train)
    distance, found = at_once(trained._nearest(train[[3, 700, 1400]]))
    torch.testing.assert_close(distance, torch.zeros(3), atol=1e-3, rtol=0)
    assert torch.equal(found, train[[3, 700, 1400]])


def test_neighbours_are_those_of_brute_force(trained: DCGANExperiment) -> None:
    images = torch.rand(4, 1, 8, 8)
    distance, found = at_once(trained._nearest(images))
    train = torch.from_numpy(trained.data.train)
    for image, d, neighbour in zip(images, distance, found, strict=True):
        all_of_them = (train - image).flatten(1).norm(dim=1)
        assert d.item() == pytest.approx(all_of_them.min().item(), rel=1e-4)
        assert torch.equal(neighbour, train[all_of_them.argmin()])


def test_a_generator_that_learned_by_heart_is_found_out(trained: DCGANExperiment,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    train = torch.from_numpy(trained.data.train)
    monkeypatch.setattr(trained.model, "decode", lambda z, context=None: train[: len(z)])
    reply = _ask(trained, "neighbours", {"n": 5})
    assert reply["distances"].max() < 1e-2 < reply["usual"]
    assert "5 of 5 lie less than half as far away: copies" in closeness(reply["distances"],
                                                                        reply["usual"])
    np.testing.assert_array_equal(reply["images"][:5], reply["images"][5:])


def test_a_few_copies_among_many_samples_are_not_passed_over() -> None:
    few = np.array([0.0, 0.0, 1.0, 1.1, 1.2])  # the median alone would see no copy
    assert "2 of 5 lie less than half as far away" in closeness(few, usual=1.0)
    assert "None of these 3" in closeness(few[2:], usual=1.0)


def test_extremes_are_sorted_by_what_d_says(trained: DCGANExperiment) -> None:
    reply = _ask(trained, "extremes", {"n": 4})
    assert (np.diff(reply["said"]) <= 0).all()
    assert reply["said"][0] > reply["said"][-1]
    assert len(reply["images"]) == 8


@pytest.mark.parametrize("path", ["lerp", "slerp"])
def test_a_walk_starts_and_ends_at_shown_samples(trained: DCGANExperiment, path: str) -> None:
    shown = _look(trained)[1]["samples"]
    reply = _ask(trained, "interpolate", {"first": 2, "second": 9, "n": 5, "path": path})
    np.testing.assert_array_equal(reply["images"][[0, -1]], shown[[2, 9]])


def test_sums_of_noise_are_first_minus_second_plus_third(
        trained: DCGANExperiment, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []

    def decode(z: Tensor, context: Tensor | None = None) -> Tensor:
        seen.append(z)
        return torch.zeros(len(z), 1, 8, 8)

    monkeypatch.setattr(trained.model, "decode", decode)
    assert len(_ask(trained, "arithmetic", {"first": 4, "second": 7, "third": 1})["images"]) == 4
    a, b, c = trained.shown_noise[[4, 7, 1]]
    torch.testing.assert_close(seen[0], torch.stack([a, b, c, a - b + c]))


@pytest.mark.parametrize(("question", "arguments", "message"), [
    ("interpolate", {"first": 0, "second": 9999, "n": 5, "path": "lerp"}, "second must be"),
    ("interpolate", {"first": 0, "second": 1, "n": 5, "path": "bus"}, "path must be"),
    ("extremes", {"n": 0}, "n must be"), ("quality", {"n": 1}, "n must be"),
])
def test_a_bad_question_is_refused(trained: DCGANExperiment, question: str,
                                   arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _ask(trained, question, arguments)


# --- quality

def test_real_images_score_like_their_floor(trained: DCGANExperiment,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    test = torch.from_numpy(trained.data.test)
    monkeypatch.setattr(trained.model, "decode", _row_by_row(test))
    reply = _ask(trained, "quality", {"n": len(test)})
    for name in ("fid", "kid", "precision", "recall"):
        assert reply[name] == pytest.approx(reply[f"floor_{name}"])
    truth = np.bincount(trained.data.test_labels) / len(test)
    np.testing.assert_allclose(reply["per_class"], truth, atol=0.03)  # the net errs a little


def test_noise_is_far_from_images_and_one_image_is_not_varied(
        trained: DCGANExperiment, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(images: Tensor) -> dict[str, Any]:
        monkeypatch.setattr(trained.model, "decode", _row_by_row(images))
        return _ask(trained, "quality", {"n": 200})

    noise = ask(torch.rand(500, 1, 8, 8))
    one = ask(torch.from_numpy(trained.data.test[:1]).repeat(500, 1, 1, 1))
    assert noise["precision"] < 0.5
    assert one["precision"] == 1
    assert one["recall"] < 0.1
    assert min(noise["fid"], one["fid"]) > 20 * noise["floor_fid"]


@pytest.mark.parametrize("name", feature_net.NAMES)
def test_a_stored_net_is_as_good_as_it_says(name: str) -> None:
    data = datasets.load(name)
    seen = feature_net.classes(name, torch.from_numpy(data.test))
    right = (seen == data.test_labels).mean()
    assert right == pytest.approx(feature_net.accuracy(name), abs=0.03)
    assert right > (0.8 if name.startswith("fashion") else 0.96)


def test_a_net_is_trained_and_stored_with_its_unit_and_its_accuracy(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_net, "FOLDER", tmp_path)
    monkeypatch.setattr(feature_net, "STEPS", 60)
    feature_net.load.cache_clear()
    try:
        feature_net.train("digits")
        data = datasets.load("digits")
        found = feature_net.features("digits", torch.from_numpy(data.train[:1000]))
        assert np.square(found).mean() == pytest.approx(1, rel=1e-4)
        seen = feature_net.classes("digits", torch.from_numpy(data.test))
        right = (seen == data.test_labels).mean()
        assert feature_net.accuracy("digits") == pytest.approx(right)
        assert right > 0.5
    finally:
        feature_net.load.cache_clear()


def test_a_data_set_without_a_net_is_refused() -> None:
    with pytest.raises(ValueError, match="data set must be one of"):
        feature_net.load("ring")
