"""The drawings of nets: their shapes, weights and numbers are those of the run's own model."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from model_zoo.autoregressive import to_unit
from playground.charts import architecture, layers
from playground.charts.architecture_pixels import (
    FINISHED,
    pixel_by_pixel,
    training_and_drawing,
)
from playground.charts.colors import SAMPLES
from playground.charts.scene import NOTHING, Scene
from playground.concepts import settings_type
from playground.experiments.base import Experiment, at_once, experiment_type
from playground.experiments.drawing import Draws
from playground.experiments.pieces import whole
from playground.training.untouched import untouched

QUICK: dict[str, dict[str, Any]] = {
    "autoencoder": {"hidden": 32}, "vae": {"hidden": 32}, "dcgan": {"features": 8,
                                                                    "dataset": "digits"},
    "pixel_cnn": {"features": 9, "blocks": 1, "hidden": 16},
    "pixel_rnn": {"units": 6, "layers": 1},
    "pixel_transformer": {"width": 8, "blocks": 2}}
CASES: dict[str, list[dict[str, Any]]] = {
    "autoencoder": [{}, {"linear": True}, {"layers": 4}, {"coder": "transposed"},
                    {"coder": "upsampling"}, {"corruption": 0.4}, {"dataset": "sprites"}],
    "vae": [{}, {"layers": 1}, {"coder": "transposed"}, {"coder": "upsampling"},
            {"coder": "residual"}, {"know_class": True}, {"likelihood": "gaussian_free"},
            {"likelihood": "categorical", "coder": "residual"}, {"dataset": "ring"},
            {"model": "vq_vae"}],
    "dcgan": [{}, {"know_class": True}, {"dataset": "sprites"}, {"spectral": False},
              {"pack": 2}],
    "pixel_cnn": [*({"model": model} for model in ("fvsbn", "nade", "made", "pixel_cnn", "gated")),
                  {"model": "nade", "know_class": True}, {"model": "made", "know_class": True},
                  {"know_class": True}, {"blocks": 0}, {"blocks": 8}, {"mask": "0:1"},
                  {"pixels": "levels"}, {"dataset": "sprites"}],
    "pixel_rnn": [{"model": "row"}, {"model": "diagonal"}, {"layers": 2}, {"know_class": True},
                  {"dataset": "sprites"}],
    "pixel_transformer": [{}, {"blocks": 0}, {"order": "hilbert"}, {"positions": "none"},
                          {"know_class": True}, {"dataset": "sprites"}]}
EACH = [pytest.param(name, changes, id=f"{name}-{changes}")
        for name, cases in CASES.items() for changes in cases]


def build(name: str, **changes: Any) -> Any:
    """Return an experiment; of which class it is, its name says."""
    torch.manual_seed(0)
    return experiment_type(name)(settings_type(name)(**QUICK[name] | changes), "cpu")


def drawn(made: Experiment[Any], reply: dict[str, Any]) -> Scene:
    if "generator" in reply:
        return architecture.dcgan(reply)
    if "expected" in reply:
        return pixel_by_pixel(reply, getattr(made.settings, "turned", ()))
    if "codebook" in reply:
        return architecture.vq_vae(reply)
    return architecture.vae(reply) if "mu" in reply else architecture.autoencoder(reply)


def count(*nets: nn.Module) -> int:
    return sum(weight.numel() for net in nets for weight in net.parameters())


# --- the drawing is that of the model

@pytest.mark.parametrize(("name", "changes"), EACH)
def test_every_weight_of_the_model_is_counted_in_the_drawing_once(
        name: str, changes: dict[str, Any]) -> None:
    made = build(name, **changes)
    reply, model = made.ask("pass_through", {"index": 1}
                            | ({"seed": 0} if name == "dcgan" else {})), made.model
    if name == "dcgan":
        assert layers.total(reply["generator"]) == count(model.generator)
        assert layers.total(reply["discriminator"]) == count(model.discriminator)
        found = [*reply["generator"], *reply["discriminator"]]
    else:
        found = (reply["layers"] if "layers" in reply else
                 [*reply["encoder"], *reply["decoder"]])
        assert layers.total(found) == count(model)
    scene = drawn(made, reply)
    said = sum(int(note.split()[0].replace(",", "")) for box in scene.boxes for note in box.notes
               if note.endswith(" weights"))
    assert said == layers.total(found)
    assert scene.to_json()["boxes"]
    assert all(NOTHING not in moment.shown for moment in scene.moments[-1:])


@pytest.mark.parametrize(("name", "changes"), EACH)
def test_a_drawing_lights_up_box_by_box_along_its_arrows(
        name: str, changes: dict[str, Any]) -> None:
    made = build(name, **changes)
    scene = drawn(made, made.ask("pass_through", {"index": 0}
                                 | ({"seed": 0} if name == "dcgan" else {})))
    for moment in scene.moments[:-1]:
        assert moment.lit, "something is at work at each moment"
        for source, box in scene.arrows:
            if moment.shown[box] != NOTHING and name != "dcgan":
                assert moment.shown[source] != NOTHING, "a box waits for what it reads"
    assert not scene.moments[-1].lit
    places = [(box.row, box.column) for box in scene.boxes]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("coder", ["dense", "transposed", "upsampling"])
def test_the_decoder_stands_under_the_layers_that_it_mirrors(coder: str) -> None:
    made = build("autoencoder", coder=coder)
    boxes = architecture.autoencoder(made.ask("pass_through", {"index": 0})).boxes
    above = {box.column: box.pictures for box in boxes if box.row == 0}
    under = {box.column: box for box in boxes if box.row == 1}
    for column, pictures in above.items():
        assert pictures is not None and under[column].pictures is not None
        assert pictures.shape == under[column].pictures.shape  # type: ignore[union-attr]


# --- the numbers are those of a plain forward

def test_an_autoencoders_layers_are_its_own() -> None:
    made = build("autoencoder")
    reply, x = made.ask("pass_through", {"index": 3}), made.held_out[3:4]
    y = x.flatten(1)
    for layer, part in zip(reply["encoder"], (made.model.encoder[:2], made.model.encoder[2:4],
                                              made.model.encoder[4:]), strict=True):
        y = part(y)
        np.testing.assert_allclose(layer["values"], y[0].detach(), rtol=1e-5, atol=1e-6)
        assert layer["shape"] == list(y.shape[1:])
    np.testing.assert_allclose(reply["output"], made.model.decode(y)[0].detach(), atol=1e-6)


def test_of_feature_maps_those_that_vary_most_are_shown() -> None:
    made = build("autoencoder", coder="transposed", hidden=64)
    first = made.ask("pass_through", {"index": 0})["encoder"][0]
    truth = made.model.encoder.convolutions[:2](made.held_out[:1])[0].detach()
    spread = truth.flatten(1).std(1, correction=0)
    assert first["shape"] == list(truth.shape) and first["kernel"] == [3, 3]
    assert set(first["maps"]) == set(spread.argsort(descending=True)[:4].tolist())
    np.testing.assert_allclose(first["values"], truth[first["maps"]], atol=1e-6)


@pytest.mark.parametrize("changes", [{}, {"know_class": True}])
def test_a_code_is_its_mean_and_the_noise_times_sigma(changes: dict[str, Any]) -> None:
    made = build("vae", **changes)
    reply, labels = made.ask("pass_through", {"index": 2, "seed": 5}), made.classes_of(slice(2, 3))
    mu, log_sigma = (each[0].detach().numpy()
                     for each in made.model.posterior(made.held_out[2:3], labels))
    np.testing.assert_allclose(reply["mu"], mu, rtol=1e-5)
    np.testing.assert_allclose(reply["z"], mu + np.exp(log_sigma) * reply["epsilon"], rtol=1e-5)
    z = torch.from_numpy(reply["z"])[None]
    np.testing.assert_allclose(reply["output"], made.decode_all(z, labels)[0].detach(), atol=1e-6)
    other = made.ask("pass_through", {"index": 2, "seed": 6})
    assert not np.allclose(other["epsilon"], reply["epsilon"])


def test_a_vq_vaes_words_are_the_nearest() -> None:
    reply = build("vae", model="vq_vae").ask("pass_through", {"index": 0})
    far = np.linalg.norm(reply["vectors"][:, None] - reply["codebook"][None], axis=-1)
    assert reply["words"].tolist() == far.argmin(1).tolist()
    np.testing.assert_array_equal(reply["code"], reply["codebook"][reply["words"]])


@pytest.mark.parametrize(("name", "changes"), [
    ("pixel_cnn", {}), ("pixel_cnn", {"model": "gated"}), ("pixel_cnn", {"model": "made"}),
    ("pixel_cnn", {"model": "nade"}), ("pixel_rnn", {"model": "row"}), ("pixel_rnn", {}),
    ("pixel_transformer", {"order": "snake"})])
def test_what_a_pixel_is_expected_to_be_follows_from_the_logits(
        name: str, changes: dict[str, Any]) -> None:
    made = build(name, pixels="levels", levels=5, **changes)
    reply, x = made.ask("pass_through", {"index": 4}), made.held_out[4:5]
    chances = made.model.eval().logits(x).softmax(-1)[0].detach().numpy()
    truth = (chances * np.arange(5) / 4).sum(-1)
    np.testing.assert_allclose(reply["expected"], truth, atol=1e-5)
    if hasattr(made.model, "first"):
        first = made.model.first(to_unit(x))[0].detach().numpy()
        np.testing.assert_allclose(reply["layers"][0]["values"],
                                   first[reply["layers"][0]["maps"]], atol=1e-5)


def test_a_generators_sample_and_what_is_said_of_it_are_its_own() -> None:
    made = build("dcgan")
    reply = made.ask("pass_through", {"index": 0, "seed": 3})
    model = made.model.eval()
    sample = model.decode(torch.from_numpy(reply["noise"])[None]).detach()
    np.testing.assert_allclose(reply["sample"], sample[0], atol=1e-6)
    for name, x in (("said_fake", sample), ("said_real", made.held_out[:1])):
        said = model.game.shown(model.score_alone(x)).item()
        assert reply[name] == pytest.approx(said, abs=1e-5)


# --- masks slide, states walk

@pytest.mark.parametrize(("kernel", "cells"), [(3, 4), (7, 24)])
def test_the_window_shows_what_the_mask_leaves_open(kernel: int, cells: int) -> None:
    made = build("pixel_cnn", kernel=kernel)
    scene = drawn(made, made.ask("pass_through", {"index": 0}))
    image, first = scene.boxes[:2]
    assert len(image.marks) == 64
    for place, marks in enumerate(image.marks):
        row, column = divmod(place, 8)
        assert sum(mark.height * mark.width for mark in marks if mark.filled) == cells
        assert [(mark.row, mark.column) for mark in marks if not mark.filled] == [(row, column)]
        assert all((mark.row, mark.column + mark.width - 1) < (row, column)
                   or mark.row < row for mark in marks if mark.filled)
    assert int((made.model.first.mask[0, 0] > 0).sum()) == cells
    assert first.orders[0].max() == 63


def test_a_mask_that_is_open_to_the_future_is_not_called_honest() -> None:
    texts = {}
    for mask in ("honest", "0:1"):
        made = build("pixel_cnn", mask=mask)
        scene = drawn(made, made.ask("pass_through", {"index": 0}))
        texts[mask] = scene.moments[-1].text
        orange = [mark for mark in scene.boxes[0].marks[10] if mark.filled
                  and mark.color == SAMPLES]
        assert [(mark.row, mark.column) for mark in orange] == ([(1, 3)] if mask == "0:1" else [])
    assert "no chances" in texts["0:1"] and "no chances" not in texts["honest"]


@pytest.mark.parametrize(("model", "steps"), [("row", 8), ("diagonal", 15)])
def test_the_states_of_the_first_lstm_walk(model: str, steps: int) -> None:
    made = build("pixel_rnn", model=model)
    scene = drawn(made, made.ask("pass_through", {"index": 0}))
    number = next(i for i, box in enumerate(scene.boxes) if "LSTM" in box.title)
    states = [moment.shown[number] for moment in scene.moments if moment.lit == (number,)]
    assert states == [*range(steps), FINISHED]


def test_training_is_done_at_once_and_drawing_pixel_by_pixel() -> None:
    times = np.linspace(0.001, 0.064, 64)
    image = np.random.default_rng(0).random((1, 8, 8))
    scene = training_and_drawing({"image": image, "expected": image, "one_pass": 0.008,
                                  "drawn": times})
    left, right = (box.orders[0] for box in scene.boxes)
    assert (left == 7).all()
    assert right.ravel().tolist() == list(range(64))
    assert "8.0 times as long" in scene.moments[-1].text
    assert "trained" not in scene.moments[3].text and "0 of 64" in scene.moments[3].text
    assert "64 of 64 pixels, drawing has drawn 20" in scene.moments[19].text


# --- clocks, and no trace

@pytest.mark.parametrize(("name", "changes"), [
    ("pixel_cnn", {}), ("pixel_rnn", {}), ("pixel_transformer", {"order": "hilbert"})])
def test_the_drawing_that_is_clocked_is_a_drawing(name: str, changes: dict[str, Any]) -> None:
    made = build(name, **changes)
    reply = made.ask("training_and_drawing", {"seed": 3})
    assert reply["one_pass"] > 0 and len(reply["drawn"]) == 64
    in_order = [reply["drawn"].reshape(8, 8)[pixel] for pixel in made.model.order]
    assert (np.diff(in_order) > 0).all()
    slowly = made.ask("path", {"seed": 3, "temperature": 1.0, "of_class": 0})
    np.testing.assert_array_equal(reply["image"][0], slowly["image"])


class Watched(Draws):
    """Draws nothing, and counts how often it is asked to."""

    device = "cpu"

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.data = build("vae", dataset="digits").data

    def draw(self, n: int) -> object:
        self.asked.append(n)
        return torch.rand(n)


def test_drawing_is_clocked_by_drawing_and_nothing_else() -> None:
    made = Watched()
    reply = at_once(made.drawing_time(n=7))
    assert made.asked == [7, 7, 7, 7]
    assert reply["n"] == 7 and reply["shape"] == [1, 8, 8]
    assert reply["warm"] >= 0 and reply["cold"] >= 0
    with pytest.raises(ValueError, match="n must be between 1 and"):
        build("vae").ask("drawing_time", {"n": 0})


@pytest.mark.parametrize(("name", "question", "arguments"), [
    *((name, "pass_through", {"index": 0}) for name in
      ("autoencoder", "vae", "pixel_cnn", "pixel_rnn")),
    ("dcgan", "pass_through", {"index": 0, "seed": 0}),
    *((name, "training_and_drawing", {"seed": 0}) for name in ("pixel_cnn", "pixel_rnn")),
    *((name, "drawing_time", {"n": 1}) for name in ("vae", "pixel_cnn", "pixel_rnn"))])
def test_a_look_into_the_model_leaves_no_trace(
        name: str, question: str, arguments: dict[str, Any]) -> None:
    made = build(name)
    next(whole(made.steps()))
    before = {key: value.clone() for key, value in made.model.state_dict().items()}
    modes = [part.training for part in made.model.modules()]
    slopes = [weight.grad is None or weight.grad.clone() for weight in made.model.parameters()]
    stream = torch.get_rng_state()
    with untouched(made, "cpu"):
        made.ask(question, arguments)
    assert torch.equal(torch.get_rng_state(), stream)
    assert all(torch.equal(value, before[key]) for key, value in made.model.state_dict().items())
    assert all(old is True or torch.equal(old, weight.grad) for old, weight in zip(
        slopes, made.model.parameters(), strict=True))
    assert not any(part._forward_hooks for part in made.model.modules())
    assert [part.training for part in made.model.modules()] == modes


def test_numbers_are_blue_above_zero_and_orange_below() -> None:
    below, zero, above = layers.signed(np.array([-2.0, 0.0, 2.0]))
    assert above[2] > above[0] and below[0] > below[2]
    assert zero.tolist() == list(layers.EMPTY)
    assert layers.in_rows(np.arange(5)).shape == (2, 3)
    assert layers.side_of(4096) > layers.side_of(64) > layers.side_of(2)
    assert math.isclose(layers.side_of(10**9), layers.LARGEST)
