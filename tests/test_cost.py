"""The cost of an update: counted right, without a trace, and refused where others would wait."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from model_zoo.gan import GAN
from playground import concepts
from playground.experiments.base import PART, built
from playground.experiments.pieces import whole
from playground.refusal import Refusal
from playground.training import cost
from playground.training.batches import Batches
from playground.training.trainer import Trainer


def test_products_and_convolutions_are_counted_with_their_gradients() -> None:
    x, net = torch.randn(5, 7), nn.Linear(7, 3)
    assert cost.flops(lambda: net(x)) == 2 * 5 * 7 * 3
    assert cost.flops(lambda: net(x).sum().backward()) == 2 * (2 * 5 * 7 * 3)
    image, kernel = torch.randn(2, 3, 8, 8), torch.randn(4, 3, 3, 3)
    assert cost.flops(lambda: F.conv2d(image, kernel)) == 2 * (2 * 4 * 6 * 6) * 3 * 3 * 3


def test_gradients_of_gradients_are_counted() -> None:
    def counted(game: str) -> int:
        player = GAN((2,), 2, (16,), game=game).players()[0]
        return cost.flops(lambda: player.loss(torch.randn(8, 2))["loss"].backward())

    assert counted("wgan_gp") > 1.3 * counted("wasserstein")


@pytest.mark.parametrize(("concept", "knobs"), [
    ("dcgan", {"dataset": "digits", "features": 8, "know_class": True}),
    ("gan", {"pack": 3, "game": "wgan_gp"}),
    ("pixel_cnn", {"dropout": 0.3})])
def test_counting_leaves_no_trace(concept: str, knobs: dict[str, Any]) -> None:
    experiment: Any = built(concept, concepts.settings_type(concept)(**knobs), "cpu")
    model = experiment.trainer.model
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [part.training for part in model.modules()]
    torch.manual_seed(3)
    expected = torch.rand(4).tolist()
    torch.manual_seed(3)
    cost.check_cost(model, experiment.trainer.batches)
    assert torch.rand(4).tolist() == expected
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [part.training for part in model.modules()] == modes
    assert all(weight.grad is None for weight in model.parameters())
    assert experiment.trainer.batches.place == 0


@pytest.mark.parametrize(("concept", "knobs"), [
    ("dcgan", {"dataset": "mnist", "features": 64}),
    ("vae", {"dataset": "digits", "layers": 4, "hidden": 1024, "importance": 50}),
    ("pixel_cnn", {"features": 64, "blocks": 8}),
    ("image_arena", {"dataset": "mnist", "features": 64})])
def test_what_others_would_wait_for_is_refused_and_the_batch_size_that_is_named_is_not(
        concept: str, knobs: dict[str, Any]) -> None:
    kind = concepts.settings_type(concept)
    with pytest.raises(Refusal, match="lower the batch size to") as refusal:
        next(whole(built(concept, kind(**knobs | {"batch_size": 1024}), "cpu").steps()))
    said: Mapping[str, Any] = refusal.value.values
    assert said["got"] > said["most"]
    fits = kind(**knobs | {"batch_size": said["fits"]})
    next(built(concept, fits, "cpu").steps())


def test_where_a_small_batch_is_still_too_large_the_model_is_to_blame() -> None:
    with pytest.raises(Refusal, match="27 billion: lower the size of the model"):
        cost.refuse_above(15, 3.0, 9)
    cost.refuse_above(15, 3.0, 5)


def test_a_step_yields_between_its_updates() -> None:
    updates = {"discriminator": 3, "generator": 1}
    trainer = Trainer(GAN((2,), 2, (8,)), Batches(torch.randn(64, 2), 8))
    steps = trainer.steps(lambda player: 1e-3, updates.__getitem__)
    assert list(itertools.islice(steps, 8)) == [PART, PART, PART, None] * 2
    assert trainer.done == 2
    updates |= {"discriminator": 0, "generator": 0}
    assert next(steps) is None
