"""The autoencoder against PCA, its variants, its holes, its students, and its page."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from nets import linear
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from test_pages import LABS
from test_presets import engine, number, preset, train

from model_zoo.autoencoder import DeterministicAutoencoder
from model_zoo.base import GenerativeModel
from playground import gallery
from playground.charts import autoencoder as charts
from playground.concepts.autoencoder.experiment import AutoencoderExperiment, principal
from playground.concepts.autoencoder.few_labels import N_LABELS, SEEDS, WAYS, Exam, findings, known
from playground.concepts.autoencoder.plane import Manifold, grid, steady_box
from playground.concepts.autoencoder.settings import AutoencoderSettings
from playground.concepts.autoencoder.students import STEPS, Lesson, Student
from playground.engine.desk import Desk
from playground.engine.inline import InlineEngine
from playground.experiments.base import at_once
from playground.experiments.pieces import whole
from playground.experiments.sliced import Regard
from playground.runs import files
from playground.training.batches import Batches
from playground.training.trainer import Trainer

__all__ = ["engine"]

QUICK = {"dataset": "digits", "hidden": 32, "layers": 1}


def build(**changes: Any) -> AutoencoderExperiment:
    torch.manual_seed(0)
    return AutoencoderExperiment(AutoencoderSettings(**{**QUICK, **changes}), "cpu")


def advance(made: AutoencoderExperiment, n: int) -> dict[str, float]:
    steps: Iterator[None] = whole(made.steps())
    for _ in range(n):
        next(steps)
    return made.observe()[0]


# --- the model

def test_an_autoencoder_does_not_pretend_to_draw() -> None:
    assert not issubclass(DeterministicAutoencoder, GenerativeModel)


def test_the_loss_is_the_squared_error_of_each_datum() -> None:
    model, x = DeterministicAutoencoder((1, 8, 8), 3), torch.rand(5, 1, 8, 8)
    truth = ((model.decode(model.encode(x)) - x) ** 2).sum((1, 2, 3)).mean()
    torch.testing.assert_close(model.loss(x)["loss"], truth)


def test_noise_is_on_the_input_and_not_on_the_target() -> None:
    model, x = DeterministicAutoencoder((1, 8, 8), 3, corruption=0.5), torch.rand(500, 1, 8, 8)
    torch.manual_seed(1)
    noise = model.corrupt(x) - x
    assert noise.std().item() == pytest.approx(0.5, rel=0.02)
    torch.manual_seed(1)
    truth = ((model.decode(model.encode(x + noise)) - x) ** 2).sum((1, 2, 3)).mean()
    torch.testing.assert_close(model.loss(x)["error"], truth)


@pytest.mark.parametrize("kind", ["dense", "transposed"])
@torch.no_grad()
def test_small_codes_and_large_weights_do_not_cheat_the_l1_norm(kind: str) -> None:
    torch.manual_seed(0)
    model, x = DeterministicAutoencoder((1, 8, 8), 4, kind=kind, sparsity=0.3), torch.rand(9, 64)
    before = model.loss(x.view(9, 1, 8, 8))
    last = [layer for layer in model.encoder.modules() if isinstance(layer, torch.nn.Linear)][-1]
    for weight in (last.weight, last.bias):
        weight /= 10
    model.reader.weight *= 10
    after = model.loss(x.view(9, 1, 8, 8))
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, rtol=1e-4, atol=1e-5)


def test_principal_components_are_those_of_scikit_learn() -> None:
    x = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) * torch.arange(1.0, 7)
    mean, components = principal(x, 3)
    truth = PCA(3).fit(x.numpy())
    np.testing.assert_allclose(mean, truth.mean_, atol=1e-5)
    inner = truth.components_ @ components.numpy()
    np.testing.assert_allclose(np.abs(inner), np.eye(3), atol=1e-4)


def test_a_linear_code_spans_the_subspace_of_pca() -> None:
    torch.manual_seed(0)
    turn = torch.linalg.qr(torch.randn(8, 8))[0]
    x = torch.randn(500, 8) * torch.tensor([3, 2.5, 2, 1, 1, 0.5, 0.5, 0.1]) @ turn + 1
    model = DeterministicAutoencoder((8,), 3, hidden=())
    steps = Trainer(model, Batches(x, 500)).steps(lambda _: 0.02)
    for _ in range(500):
        next(steps)
    truth = PCA(3).fit(x.numpy())
    angles = subspace_angles(model.reader.weight.detach().numpy(), truth.components_.T)
    assert np.degrees(angles).max() < 1
    missed = ((truth.inverse_transform(truth.transform(x.numpy())) - x.numpy()) ** 2).sum(1)
    assert model.loss(x)["error"].item() == pytest.approx(missed.mean(), rel=1e-3)


def test_the_angle_falls_while_a_linear_code_trains() -> None:
    made = build(linear=True, latent_dim=4, learning_rate=0.05, steps=150)
    before, after = made.observe()[0], advance(made, 150)
    assert after["mean_angle"] < 0.6 * before["mean_angle"]


def test_the_angle_of_an_untrained_code_is_wide_and_of_pca_itself_zero() -> None:
    made = build(linear=True, latent_dim=5)
    assert made.observe()[0]["largest_angle"] > 45
    turn = torch.linalg.qr(torch.randn(5, 5))[0]
    with torch.no_grad():
        made.model.reader.weight.copy_(made.components @ turn)
    assert made.observe()[0]["largest_angle"] < 0.1


def test_hidden_layers_keep_more_than_pca() -> None:
    m = advance(build(hidden=128, layers=2, steps=300), 300)
    assert m["held_out_error"] < 0.9 * m["pca_error"] < 0.9 * m["mean_error"]


def test_a_denoiser_removes_most_of_the_noise() -> None:
    m = advance(build(latent_dim=10, corruption=0.4, hidden=64, steps=300), 300)
    assert m["noise"] == pytest.approx(64 * 0.16, rel=0.05)
    assert m["noise_left"] < 0.3 * m["noise"]


# --- presets

def test_a_price_on_the_code_makes_few_numbers_speak(engine: InlineEngine) -> None:
    quick: dict[str, Any] = {"dataset": "digits", "latent_dim": 50, "steps": 300, "hidden": 64,
                             "layers": 1}
    free, priced = (train(engine, "autoencoder", quick, sparsity=weight) for weight in (0.0, 0.1))
    assert number(priced, "at_work") < 0.7 * number(free, "at_work")


def test_dear_codes_fall_silent_and_their_fix_speaks(engine: InlineEngine) -> None:
    quick = {"steps": 200, "hidden": 64, "layers": 1}
    dear = preset("autoencoder", "dear codes")
    silent = train(engine, "autoencoder", {**dear.changes, **quick})
    mended = train(engine, "autoencoder", {**dear.changes, **dear.fix, **quick})
    share = number(silent, "held_out_error") / number(silent, "mean_error")
    assert share == pytest.approx(1, abs=0.02)
    assert number(mended, "held_out_error") < 0.7 * number(mended, "mean_error")
    assert silent.history.last and mended.history.last
    lab = LABS["autoencoder"]
    assert "codes say nothing" in lab.caption(silent, silent.history.last)
    assert "codes say nothing" not in lab.caption(mended, mended.history.last)


def test_one_number_is_too_few_and_twenty_are_not(engine: InlineEngine) -> None:
    narrow = preset("autoencoder", "one number")
    quick = {"steps": 200, "layers": 1}
    broken = train(engine, "autoencoder", narrow.changes, **quick)
    mended = train(engine, "autoencoder", {**narrow.changes, **narrow.fix}, **quick)
    assert number(broken, "held_out_error") > 2 * number(mended, "held_out_error")


def test_the_caption_tells_when_the_angle_is_not_small_yet(engine: InlineEngine) -> None:
    lab, item = LABS["autoencoder"], preset("autoencoder", "Linear")
    early = train(engine, "autoencoder", item.changes, steps=100, learning_rate=0.001)
    assert early.history.last
    assert "not there yet" in lab.caption(early, early.history.last)
    assert [panel.name for panel in lab.panels(early.settings)][-1] == "angles"


# --- holes

def test_the_distance_is_that_to_the_nearest_code() -> None:
    codes = torch.tensor([[0.0, 0.0], [2.0, 0.0]])
    manifold = Manifold.between(codes, torch.tensor([[0.0, 0.5], [2.0, -0.5], [1.0, 0.0]]))
    assert manifold.usual == pytest.approx(0.5)
    box = np.array([-1, 3, -2, 2], np.float32)
    holes = manifold.holes(box, [0, 1])
    truth = [min(np.hypot(x, y), np.hypot(x - 2, y)) / 0.5 for x, y in grid(box, 28).tolist()]
    np.testing.assert_allclose(holes.reshape(-1), truth, rtol=1e-4)


def test_a_gaussian_fitted_to_the_codes_has_their_mean_and_covariance() -> None:
    torch.manual_seed(0)
    codes = torch.randn(4000, 3) @ torch.tensor([[1.0, 0, 0], [0.7, 0.5, 0], [0, 0, 2]]) + 3
    draws = Manifold(codes, 1, 1).gaussian(40_000)
    torch.testing.assert_close(draws.mean(0), codes.mean(0), atol=0.05, rtol=0)
    torch.testing.assert_close(draws.T.cov(), codes.T.cov(), atol=0.1, rtol=0)


@pytest.mark.parametrize("scale", [1e-6, 0.3, 40.0])
def test_the_box_holds_the_codes_and_seldom_moves(scale: float) -> None:
    codes = np.random.default_rng(0).uniform(-scale, scale, (300, 2)).astype(np.float32)
    x_min, x_max, y_min, y_max = steady_box(codes)
    assert x_min < codes[:, 0].min() and codes[:, 0].max() < x_max
    assert y_min < codes[:, 1].min() and codes[:, 1].max() < y_max
    assert np.array_equal(steady_box(codes), steady_box(codes * 1.001))


def test_far_random_codes_are_counted() -> None:
    made = build(latent_dim=10)
    with torch.no_grad():  # codes on a line: a round Gaussian misses it
        last = linear(made.model.encoder, -1)
        last.weight[1:], last.bias[:] = last.weight[:1], 100
    reply = made.random_codes(36, seed=0)
    assert reply["standard_far"] == 36 and reply["fitted_far"] < 18 < reply["uniform_far"]
    assert reply["real"].shape == reply["fitted"].shape == (36, 1, 8, 8)


def test_a_hovered_place_is_decoded_where_it_is() -> None:
    made = build()
    reply = made.decode([[0.5, -1.0]], axes=[0, 1])
    with torch.no_grad():
        truth = made.model.decode(torch.tensor([[0.5, -1.0]]))
    np.testing.assert_allclose(reply["images"] / 255, truth, atol=0.003)


def test_the_top_left_of_the_decoded_plane_is_the_top_left_of_the_figure() -> None:
    made = build()
    box = made.observe()[1]["box"]
    corner = [[float(box[0] + (box[1] - box[0]) / 6), float(box[3] - (box[3] - box[2]) / 6)]]
    np.testing.assert_array_equal(made.decoded_plane(3, [0, 1])["images"][0],
                                  made.decode(corner, [0, 1])["images"][0])


def test_ones_own_picture_is_rebuilt_like_any_other() -> None:
    made = build()
    stroke = np.zeros((112, 112), np.uint8)
    stroke[20:90, 50:60] = 255
    reply = made.ask("own", {"picture": stroke.tolist()})
    assert reply["given"].shape == reply["rebuilt"].shape == (1, 8, 8)
    x = torch.from_numpy(reply["given"][None]).float() / 255
    with torch.no_grad():
        np.testing.assert_allclose(reply["code"], made.model.encode(x)[0], atol=0.02)


# --- students

def lesson(n: int = 400) -> tuple[Lesson, torch.nn.Linear]:
    """Two classes that differ in the first of 20 numbers alone, and an encoder that knows it."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(n, 20, generator=rng)
    encoder = torch.nn.Linear(20, 2)
    with torch.no_grad():
        encoder.weight.zero_()
        encoder.weight[0, 0] = encoder.weight[1, 1] = 1
    labels = (x[:, 0] > 0).long()
    return Lesson(x[: n // 2], labels[: n // 2], x[n // 2:], labels[n // 2:]), encoder


def test_a_frozen_encoder_stays_and_the_others_learn() -> None:
    data, encoder = lesson()
    for way in WAYS:
        before = encoder.weight.clone()
        student = Student(encoder, torch.nn.Linear(20, 2), data, way=way, n_labels=20, seed=0)
        weight = student.encoder.get_parameter("weight")
        first = weight.detach().clone()
        list(itertools.islice(student.learn(), 20))
        assert torch.equal(encoder.weight, before)
        assert torch.equal(weight, first) == (way == "frozen")


def test_a_good_encoder_helps_when_labels_are_few() -> None:
    data, encoder = lesson()
    accuracy = {}
    for way in ("frozen", "scratch"):
        torch.manual_seed(0)
        student = Student(encoder, torch.nn.Linear(20, 2), data, way=way, n_labels=10, seed=0)
        list(student.learn())
        accuracy[way] = student.accuracy()
    assert accuracy["frozen"] > accuracy["scratch"] + 0.05 and accuracy["frozen"] > 0.85


def test_labels_are_shared_out_among_the_classes() -> None:
    made = build()
    rows = made._lesson().pick(30, torch.Generator().manual_seed(1))
    assert np.bincount(made.data.train_labels[rows]).tolist() == [3] * 10
    assert len(set(rows.tolist())) == 30


@pytest.mark.parametrize("way", WAYS)
def test_two_who_ask_at_once_do_not_disturb_each_other(way: str) -> None:
    truth = [at_once(build().learn(20, seed, way)) for seed in (1, 2)]
    made = build()
    regards = [Regard(made, "cpu", made.learn(20, seed, way)) for seed in (1, 2)]
    waiting = list(regards)
    while waiting:
        waiting = [regard for regard in waiting if not regard.advance(0.0)]
    assert [regard.value for regard in regards] == truth


def test_a_lesson_tells_how_far_it_is() -> None:
    shares = [share for share in build().learn(10, 0, "tuned") if share is not None]
    assert len(shares) == STEPS and shares == sorted(shares) and shares[-1] == 1


@pytest.mark.parametrize(("wrong", "message"), [
    ({"n_labels": 9}, "n_labels must be between 10 and 1000, got 9"),
    ({"way": "magic"}, "way must be one of frozen, tuned, scratch, got 'magic'"),
    ({"done": 3}, "done must not be given")])
def test_bad_lessons_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build().ask("learn", {"n_labels": 10, "seed": 0, "way": "tuned"} | wrong)


def exam(gain: float) -> Exam:
    made = Exam(("run", 0))
    for seed in range(SEEDS):
        for way in WAYS:
            better = gain if way != "scratch" else 0
            made.results[10, way, seed] = 0.5 + better + 0.01 * seed
    return made


@pytest.mark.parametrize(("gain", "wanted"), [
    (0.2, "Fine-tuning beats"), (-0.2, "pre-training hurts"), (0.0, "does not help")])
def test_the_page_says_what_was_found_also_where_nothing_is_gained(
        gain: float, wanted: str) -> None:
    said = findings(exam(gain), 10)
    assert said[0].startswith("With **10 labels**: frozen")
    assert wanted in said[-1] and "n = 10" in said[-1]


def test_nothing_is_said_before_all_seeds_are_done() -> None:
    made = exam(0.2)
    del made.results[10, "tuned", 4]
    assert findings(made, 10) == [] and made.complete() == []
    made.want((10,))
    assert made.tasks == [(10, "tuned", 4)]


def test_a_stored_run_knows_what_all_classifiers_would_find() -> None:
    run = files.load(gallery.FOLDER / "autoencoder" / gallery.DEFAULT, "0" * 32)
    exam = known(run)
    assert exam.complete() == list(N_LABELS) and exam.tested > 0
    exam.want(N_LABELS)
    assert exam.tasks == []
    engine = InlineEngine()
    asked = {"n_labels": 10, "seed": 1, "way": "frozen"}
    stored = engine.load(gallery.FOLDER / "autoencoder" / gallery.DEFAULT)
    reply = Desk.of(engine, "ann").ask_patiently(stored, "learn", **asked)
    engine.close()
    assert exam.results[10, "frozen", 1] == pytest.approx(reply["accuracy"], abs=0.02)


# --- figures

def test_a_strip_shows_input_noise_and_copy_side_by_side() -> None:
    a, b, c = (np.full((1, 1, 4, 4), value, np.uint8) for value in (10, 20, 30))
    two, three = (charts.copies(arrays)["layout"]["xaxis"]["range"][1] for arrays in (
        {"inputs": a, "copies": c}, {"inputs": a, "noisy": b, "copies": c}))
    assert three - two == 5


def test_one_latent_dimension_gets_a_row_for_each_class() -> None:
    a = build(latent_dim=1).observe()[1]
    drawn = charts.holes(a)
    assert len(drawn["data"]) == 11 and drawn["data"][0]["type"] == "heatmap"
    assert charts.codes(a)["layout"]["yaxis"]["showticklabels"] is False


def test_denoising_shows_what_the_training_shows() -> None:
    made = build(corruption=0.3)
    assert isinstance(made.trainer, Trainer)
    assert made.observe()[1]["noisy"].shape == made.observe()[1]["inputs"].shape
