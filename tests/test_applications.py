"""Super-resolution and colourisation: tasks, models that are given an image, and their judges."""

import functools
import itertools
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.error import URLError

import numpy as np
import pytest
import torch
from test_contracts import claim_of
from torch import Tensor

from model_zoo.conditional_gan import ConditionalGAN
from model_zoo.conditional_pixel_cnn import ConditionalPixelCNN
from model_zoo.conditional_vae import ConditionalVAE
from playground import datasets
from playground.concepts.applications import board, families, pairs, tasks, words
from playground.concepts.applications.answer_judge import ALIKE, NEAR, AnswerJudge
from playground.concepts.applications.experiment import ApplicationsExperiment
from playground.concepts.applications.figures import sheet, trade
from playground.concepts.applications.restorer import Restorer
from playground.concepts.applications.restorers import TrainedRestorer
from playground.concepts.applications.settings import ApplicationsSettings
from playground.datasets import images, sprites
from playground.experiments.autoregressive import AutoregressiveModel
from playground.experiments.base import PART, at_once, built
from playground.experiments.pieces import whole
from playground.metrics import clouds
from playground.metrics.images import C1, C2, SIGMA, patches, psnr, ssim
from playground.snapshot import Snapshot

FOUND = families.found()
VARIED = [name for name, family in FOUND.items() if family.varied]
QUICK = ApplicationsSettings(dataset="digits", factor="2", features=8, steps=200, seed=1)
every_family = pytest.mark.parametrize("name", FOUND)
every_varied_family = pytest.mark.parametrize("name", VARIED)


@functools.cache
def trained() -> ApplicationsExperiment:
    torch.manual_seed(0)
    experiment = cast(ApplicationsExperiment, built("applications", QUICK, "cpu"))
    assert sum(step is not PART for step in experiment.steps()) == experiment.total_steps
    return experiment


def restorer(name: str) -> Restorer:
    return trained().contestants[name]


# --- measures

def test_an_error_of_a_tenth_everywhere_is_20_decibels() -> None:
    truth = np.full((3, 1, 8, 8), 0.5)
    assert psnr(truth + 0.1, truth) == pytest.approx(20)
    assert psnr(truth, truth) == pytest.approx(100)


def test_plain_images_differ_in_their_brightness_alone() -> None:
    a, b = np.full((1, 1, 16, 16), 0.25), np.full((1, 1, 16, 16), 0.75)
    assert ssim(a, b) == pytest.approx((2 * 0.25 * 0.75 + C1) / (0.25**2 + 0.75**2 + C1))


@pytest.mark.parametrize("side", [8, 13])
def test_structural_similarity_is_that_of_the_formula_window_by_window(side: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 2, 3, side, side))
    size = min(11, side - 1 + side % 2)
    reach = np.arange(size) - size // 2
    weights = np.exp(-(reach[:, None] ** 2 + reach**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    found = []
    for n, c, row, column in itertools.product(range(2), range(3), *[range(side - size + 1)] * 2):
        x, y = (each[n, c, row : row + size, column : column + size] for each in (a, b))
        mx, my = (weights * x).sum(), (weights * y).sum()
        vx, vy = (weights * (x - mx) ** 2).sum(), (weights * (y - my) ** 2).sum()
        cov = (weights * (x - mx) * (y - my)).sum()
        found.append((2 * mx * my + C1) * (2 * cov + C2)
                     / ((mx**2 + my**2 + C1) * (vx + vy + C2)))
    assert ssim(a, b) == pytest.approx(np.mean(found))
    assert ssim(a, a) == pytest.approx(1)


def test_patches_have_no_brightness_and_show_a_blur() -> None:
    x = datasets.load("mnist_14").test[:200]
    first, second = x[:100], x[100:]
    assert patches(x).shape == (200 * 9, 16)
    np.testing.assert_allclose(patches(0.5 * x + 0.5), 0.5 * patches(x), atol=1e-6)
    shifts = itertools.product((0, 1), repeat=2)
    blurred = np.mean([np.roll(second, shift, (2, 3)) for shift in shifts], axis=0)
    real, blurry = (clouds.sliced_wasserstein(patches(each), patches(first))
                    for each in (second, blurred))
    assert blurry > 2 * real


# --- tasks

def test_each_pixel_of_a_small_picture_is_the_mean_of_its_square() -> None:
    x = torch.arange(32.0).view(1, 2, 4, 4)
    small = tasks.SuperResolution(2).take(x)
    assert small[0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    large = tasks.SuperResolution(2).enlarge(small)
    assert large[0, 0, :2, :2].unique().tolist() == [2.5] and large.shape == x.shape
    torch.testing.assert_close(tasks.SuperResolution(2).take(large), small)


def _cubic(distance: float, a: float = -0.75) -> float:
    """The kernel of R. Keys, 1981, equation 4, with the slope that torch and Photoshop use."""
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


def test_bicubic_enlargement_is_that_of_the_kernel() -> None:
    row = [0.2, 0.7, 0.3, 0.5, 0.6, 0.4, 0.3, 0.5]
    large = tasks.SuperResolution(2).restore(torch.tensor(row).expand(1, 1, 8, 8))[0, 0, 8]
    for place in range(4, 12):  # away from the rim
        truth = sum(value * _cubic((place + 0.5) / 2 - 0.5 - k) for k, value in enumerate(row))
        assert large[place].item() == pytest.approx(truth, abs=1e-5)
    assert tasks.SuperResolution(4).restore(torch.eye(4)[None, None]).max() <= 1


def test_the_brightest_channel_hides_the_six_colours_and_the_weighted_sum_tells_them() -> None:
    pure = torch.tensor(list(sprites.COLOURS.values()), dtype=torch.float32)[:, :, None, None]
    assert tasks.FromValue(pure).take(pure).unique().tolist() == [1]
    assert len(tasks.FromLuma(pure).take(pure).unique()) == 6


def test_the_mean_colour_is_the_best_factor_on_the_grey_picture() -> None:
    x = torch.rand(20, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    task = tasks.FromLuma(x)
    grey = task.take(x).flatten().double().numpy()[:, None]
    for channel in range(3):
        best = np.linalg.lstsq(grey, x[:, channel].flatten().double().numpy())[0]
        assert task.mean[channel].item() == pytest.approx(best.item(), rel=1e-4)


def test_a_frame_is_put_around_and_taken_off() -> None:
    x = np.random.default_rng(0).random((2, 1, 14, 14)).astype(np.float32)
    large = pairs.framed(x)
    assert large.shape == (2, 1, 16, 16) and large.sum() == pytest.approx(x.sum())
    assert torch.equal(pairs.unframed(torch.from_numpy(large), 14), torch.from_numpy(x))
    assert pairs.framed(x[:, :, :8, :8]).shape == (2, 1, 8, 8)


# --- data

def test_a_tinted_picture_is_the_grey_one_in_one_of_six_colours() -> None:
    grey, tinted = datasets.load("digits"), datasets.load("digits_tinted")
    np.testing.assert_array_equal(tinted.train.max(axis=1, keepdims=True), grey.train)
    assert tinted.factors is not None
    counts = np.bincount(tinted.factors[0][:, 1])
    assert len(counts) == 6 and counts.min() > 0.8 * counts.mean()
    np.testing.assert_array_equal(tinted.factors[1][:, 0], grey.test_labels)
    red = tinted.factors[0][:, 1] == 0
    assert tinted.train[red, 1:].max() == 0


@pytest.fixture
def no_faces() -> Any:
    caches = images.olivetti, datasets._tinted, pairs._load
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.mark.usefixtures("no_faces")
def test_the_people_of_held_out_faces_were_never_seen(monkeypatch: pytest.MonkeyPatch,
                                                      tmp_path: Path) -> None:
    people = np.arange(40).repeat(10)
    faces = np.arange(40, dtype=np.float32).repeat(10)[:, None, None] * np.ones((64, 64)) / 40
    monkeypatch.setattr("sklearn.datasets.fetch_olivetti_faces",
                        lambda **kwargs: SimpleNamespace(images=faces, target=people))
    data = images.olivetti(tmp_path)
    assert data.train.shape == (320, 1, 32, 32) and data.test.shape == (80, 1, 32, 32)
    assert not set(data.train_labels) & set(data.test_labels)
    np.testing.assert_allclose(data.test[:, 0, 5, 7], data.test_labels / 40, atol=1e-6)


@pytest.mark.usefixtures("no_faces")
@pytest.mark.parametrize("task", ["super_resolution", "colourisation"])
def test_faces_are_restored_and_compared_without_a_net(
        task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    monkeypatch.setattr("sklearn.datasets.fetch_olivetti_faces", lambda **kwargs: SimpleNamespace(
        images=rng.random((400, 64, 64)), target=np.arange(40).repeat(10)))
    torch.manual_seed(0)
    experiment = cast(ApplicationsExperiment, built(
        "applications", QUICK.with_changes(dataset="olivetti", task=task, features=8), "cpu"))
    found, arrays = experiment.observe()
    measures = at_once(experiment.judge("baseline"))
    assert Snapshot(0, 0.0, found, arrays).first_bad_name() is None
    assert found["n_judged"] == 80 and "floor_frechet" not in found
    assert measures["patches"] > 0
    assert board.distance(found)[0] == "patches"


@pytest.mark.usefixtures("no_faces")
def test_without_a_network_the_faces_say_so(monkeypatch: pytest.MonkeyPatch,
                                            tmp_path: Path) -> None:
    def refuse(**kwargs: Any) -> None:
        raise URLError("no route")

    monkeypatch.setattr("sklearn.datasets.fetch_olivetti_faces", refuse)
    with pytest.raises(datasets.DatasetUnavailable, match="needs a network; the sprites work"):
        images.olivetti(tmp_path)


# --- models that are given an image

def _dependence(model: AutoregressiveModel, x: Tensor, given: Tensor,
                place: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    x, given = x.clone().requires_grad_(), given.clone().requires_grad_()
    logits = model.logits(x, given)[0][place]
    weights = torch.linspace(1, 2, len(logits), dtype=x.dtype)
    of_x, of_given = torch.autograd.grad((logits * weights).sum(), (x, given))
    return of_x, of_given


@pytest.mark.parametrize("place", [(0, 0, 0), (1, 3, 4), (2, 7, 7)], ids=str)
def test_a_pixel_sees_those_before_it_and_the_whole_given_image(place: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    model = ConditionalPixelCNN((3, 8, 8), 1, 2, 12, 2, 5, 8).double()
    x, given = torch.rand(1, 3, 8, 8).double(), torch.rand(1, 1, 8, 8).double()
    seen, known = _dependence(model, x, given, place)
    channel, row, column = place
    order = (torch.arange(8)[:, None] * 8 + torch.arange(8))[None] * 3 + torch.arange(3)[
        :, None, None]
    later = order >= (row * 8 + column) * 3 + channel
    assert seen[0][later].abs().max() == 0
    assert (known[0].abs() > 0).all()


def test_what_is_kept_while_drawing_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = ConditionalPixelCNN((3, 4, 4), 1, 3, 6, 2, 3, 8).double()
    given, noise = torch.rand(2, 1, 4, 4).double(), torch.rand(2, 3, 4, 4).double()
    *_, quick = (drawn.probabilities for drawn in model.path(2, given, noise=noise))
    monkeypatch.setattr(ConditionalPixelCNN, "logits_at", AutoregressiveModel.logits_at)
    *_, plain = (drawn.probabilities for drawn in model.path(2, given, noise=noise))
    torch.testing.assert_close(quick, plain)


def test_the_bound_of_the_vae_lies_under_the_integral_over_its_code() -> None:
    torch.manual_seed(0)
    model = ConditionalVAE((1, 2, 2), 1, latent_dim=1, features=8).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
        x = torch.tensor(list(itertools.product((0.0, 1.0), repeat=4))).double().view(16, 1, 2, 2)
        given = torch.rand(1, 1, 2, 2).double()
        z = torch.linspace(-8, 8, 1601).double()[:, None]
        told = model.tell(z, given.expand(len(z), -1, -1, -1))  # (Z, D)
        prior = torch.distributions.Normal(0, 1).log_prob(z[:, 0]) + math.log(0.01)
        exact = torch.stack([(model.likelihood.log_prob(each.flatten(), told) + prior).logsumexp(0)
                             for each in x])
        assert exact.exp().sum().item() == pytest.approx(1, abs=1e-6)
        many = x.repeat(50, 1, 1, 1)
        bounds = {k: model.log_prob_bound(many, k, given.expand(len(many), -1, -1, -1)).view(
            50, 16).mean(0) for k in (1, 100)}
    assert (bounds[1] < exact + 0.05).all() and (bounds[1] < exact - 1e-3).any()
    torch.testing.assert_close(bounds[100], exact, atol=0.05, rtol=0)


def test_the_pull_on_the_mean_does_not_mind_how_far_answers_differ(
        monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = ConditionalGAN((1, 8, 8), 1, 4, 8)
    x = torch.full((500, 1, 8, 8), 0.75)
    monkeypatch.setattr(model, "sample",
                        lambda n, context: torch.bernoulli(torch.full((n, 1, 8, 8), 0.5)))
    parts = model.loss(x, torch.zeros(500, 1, 8, 8))
    assert parts["first_moment"].item() == pytest.approx(0.25**2, abs=0.01)
    assert parts["l1"].item() == pytest.approx(0.5, abs=0.01)


def test_a_pixel_outside_of_the_range_still_has_a_slope_while_the_gan_trains() -> None:
    model = ConditionalGAN((1, 8, 8), 1, 4, 8)
    with torch.no_grad():
        model.generator.paint.bias.fill_(-9.0)  # type: ignore[union-attr, operator]
    z, given = torch.zeros(2, 4), torch.zeros(2, 1, 8, 8)
    model.train().decode(z, given).sum().backward()
    assert model.generator.paint.bias.grad.abs().sum() > 1  # type: ignore[union-attr, operator]
    assert (model.eval().decode(z, given) == 0).all()


# --- families, trained a little

def test_families_with_one_answer_come_first() -> None:
    assert list(FOUND)[:2] == ["baseline", "regression"] and len(VARIED) >= 2
    assert {"vae", "flow", "diffusion", "gan", "pixel_cnn"} == set(VARIED)


def test_finding_families_loads_no_torch() -> None:
    script = ("import sys; from playground.concepts.applications import families; "
              "families.found(); print('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[1], text=True,
                          check=True, capture_output=True, timeout=60)
    assert done.stdout.strip() == "False"


@every_family
def test_a_family_says_about_itself_what_it_can(name: str) -> None:
    experiment = trained()
    rated = at_once(restorer(name).log_prob(experiment.truth[:4], experiment.given[:4], 2))
    assert (rated is None) != FOUND[name].claim.is_log_p
    if isinstance(made := restorer(name), TrainedRestorer):
        assert FOUND[name].claim == claim_of(made.model)
    answers = at_once(restorer(name).answer(experiment.given[:4], 3, seed=0))
    assert answers.shape == (4, 3, 1, 8, 8) and answers.min() >= 0 and answers.max() <= 1
    assert (answers.std(1).max() > 0.05) == FOUND[name].varied


@every_varied_family
def test_answers_depend_on_the_seed_alone(name: str) -> None:
    given = trained().given[:4]
    torch.manual_seed(9)
    first = at_once(restorer(name).answer(given, 2, seed=1))
    torch.manual_seed(10)
    assert torch.equal(first, at_once(restorer(name).answer(given, 2, seed=1)))
    assert not torch.equal(first, at_once(restorer(name).answer(given, 2, seed=2)))


@every_family
def test_what_is_given_matters(name: str) -> None:
    """Answers to what is given of other images are farther from the truth, and less likely."""
    experiment = trained()
    truth, given = experiment.truth[:200], experiment.given[:200]
    wrong = given.roll(1, 0)
    answers = [at_once(restorer(name).answer(each, 2, seed=0)) for each in (given, wrong)]
    errors = [(each - truth[:, None]).square().mean().item() for each in answers]
    assert errors[1] > 1.15 * errors[0]
    rated = [at_once(restorer(name).log_prob(truth, each, 4)) for each in (given, wrong)]
    if rated[0] is not None and rated[1] is not None:
        assert rated[0].mean() > rated[1].mean() + 1


def test_the_average_is_nearest_to_the_truth_and_not_most_like_real_images() -> None:
    m = trained().judged
    near = max(FOUND, key=lambda name: m[f"{name}_psnr"])
    alike = min(FOUND, key=lambda name: m[f"{name}_frechet"])
    assert near == "regression" != alike


def test_every_family_is_judged_and_clocked_at_the_end() -> None:
    found, _arrays = trained().observe()
    for name, family in FOUND.items():
        assert {f"{name}_{measure}" for measure in (*NEAR, *ALIKE)} <= found.keys()
        assert (f"{name}_nats" in found) == family.claim.is_log_p
    assert {f"floor_{measure}" for measure in ALIKE} <= found.keys()
    assert {f"{name}_{what}" for name in FOUND for what in ("training", "sampling")} == set(
        trained().clocked())


def test_a_row_of_the_sheet_is_what_is_given_the_answers_and_the_truth() -> None:
    experiment = trained()
    found, arrays = experiment.observe()
    columns = sum(n for _title, n in board.groups(found))
    rows = arrays["sheet"].reshape(-1, columns, 1, 8, 8)
    truth = (experiment.truth[: len(rows)] * 255).round().byte().numpy()
    np.testing.assert_array_equal(rows[:, -1], truth)
    given = experiment.task.enlarge(experiment.given[: len(rows)])
    np.testing.assert_array_equal(rows[:, 0], (given * 255).round().byte().numpy())
    assert not np.array_equal(rows[:, -2], rows[:, -3])


# --- the judge

def _judge(n: int = 200) -> tuple[AnswerJudge, Tensor]:
    data = datasets.load("digits")
    truth = torch.from_numpy(data.test[:n])
    return AnswerJudge(tasks.SuperResolution(4), truth, "digits", 8), truth


def test_the_truth_is_perfect_and_one_answer_is_not_varied() -> None:
    judge, truth = _judge()
    found = at_once(judge.measure(truth[:, None].expand(-1, 2, -1, -1, -1)))
    assert found["ssim"] == pytest.approx(1) and found["psnr"] == pytest.approx(100)
    assert found["diversity"] == found["consistency"] == found["patches"] == 0
    assert found["frechet"] == pytest.approx(0, abs=1e-6)
    assert found["precision"] == found["recall"] == 1


def test_diversity_is_the_standard_deviation_between_answers_to_one_image() -> None:
    judge, truth = _judge()
    torch.manual_seed(0)
    noisy = truth[:, None] + 0.1 * torch.randn(len(truth), 2, 1, 8, 8)
    assert at_once(judge.measure(noisy))["diversity"] == pytest.approx(0.1, rel=0.03)
    apart = truth[:, None].expand(-1, 2, -1, -1, -1) + torch.tensor([0.0, 0.2]).view(1, 2, 1, 1, 1)
    consistency = at_once(judge.measure(apart))["consistency"]
    assert consistency == pytest.approx(0.2 / math.sqrt(2), rel=1e-4)


def test_without_a_net_only_patches_are_compared() -> None:
    judge, truth = _judge()
    assert set(at_once(AnswerJudge(judge.task, truth, "", 8).compare(truth))) == {"patches"}


# --- questions

def test_the_mean_and_the_spread_are_those_of_the_answers() -> None:
    reply = trained().ask("answers", {"index": 3, "n": 8})
    for name in FOUND:
        drawn = reply[name].astype(float)
        np.testing.assert_allclose(reply[f"mean_{name}"], drawn.mean(0), atol=1.1)
        np.testing.assert_allclose(255 * reply[f"spread_{name}"], drawn.std(0).mean(0), atol=0.6)


def test_a_drawing_is_made_small_and_restored() -> None:
    stroke = np.zeros((112, 112), np.uint8)
    stroke[20:90, 50:62] = 255
    reply = trained().ask("own", {"picture": stroke.tolist(), "n": 3})
    truth = torch.from_numpy(reply["truth"] / 255).float()[None]
    assert truth.max() == 1
    task = trained().task
    wanted = (task.enlarge(task.take(truth)) * 255)[0].numpy()
    np.testing.assert_allclose(reply["given"], wanted, atol=1)
    assert reply["gan"].shape == (3, 1, 8, 8)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"index": 9999, "n": 2}, "index must be between"), ({"index": 0, "n": 99}, "n must be")])
def test_a_bad_question_is_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trained().ask("answers", arguments)


# --- what the page says

def _metrics(**changes: float) -> dict[str, float]:
    found = {"floor_frechet": 0.2, "n_judged": 100.0}
    for name in FOUND:
        found |= {f"{name}_psnr": 14.0, f"{name}_frechet": 5.0, f"{name}_diversity": 0.1}
    return found | changes


def test_the_caption_says_who_wins_what_and_what_it_costs() -> None:
    m = _metrics(regression_psnr=18.0, regression_frechet=6.0, pixel_cnn_frechet=2.0)
    text = words.caption(ApplicationsSettings(), Snapshot(800, 1.0, m))
    assert "Nearest to the truth: Average, with a PSNR of 18.0 dB" in text
    assert "Most like real images: PixelCNN, at a distance of 2" in text
    assert "Average pays for it with a distance of 6, and PixelCNN with 4.0 dB" in text
    assert "nearly alike" not in text


def test_the_caption_names_a_winner_of_both_and_answers_that_are_alike() -> None:
    m = _metrics(regression_psnr=18.0, regression_frechet=0.5, gan_diversity=0.001)
    text = words.caption(ApplicationsSettings(), Snapshot(800, 1.0, m))
    assert "One family wins both" in text
    assert "The answers of GAN are nearly alike: they differ by 0.001" in text.replace("*", "")
    assert "learned anything yet" in words.caption(
        ApplicationsSettings(), Snapshot(0, 0.0, {"floor_frechet": 1.0}))


def test_a_sheet_has_a_title_above_each_group_of_columns() -> None:
    drawn = sheet(np.zeros((10, 1, 8, 8), np.uint8), [("a", 1), ("b", 3), ("c", 1)])
    titles = drawn["layout"]["annotations"]
    assert [each["text"] for each in titles] == ["a", "b", "c"]
    assert [each["x"] for each in titles] == [3.5, 21.5, 39.5]


def test_the_line_of_a_perfect_sampler_is_three_decibels_under_the_average() -> None:
    drawn = trade({"a": (np.array([10.0, 12.0]), np.array([5.0, 2.0]))}, 0.2, 15.0, "distance",
                  {"a": "#123456"})
    assert drawn["layout"]["shapes"][1]["x0"] == pytest.approx(15 - 3.0103, abs=1e-4)
    assert drawn["layout"]["shapes"][0]["y0"] == 0.2
    assert [each["mode"] for each in drawn["data"]] == ["lines", "markers+text"]


def test_a_family_is_among_the_traces_before_it_is_judged_and_the_axes_stand_still() -> None:
    def drawn(*psnr: float) -> dict[str, Any]:
        trails = {"a": (np.array(psnr), np.full(len(psnr), 2.0)), "b": (np.empty(0), np.empty(0))}
        return trade(trails, 0.2, 15.0, "distance", {"a": "red", "b": "blue"})

    early, late = drawn(10.1), drawn(10.1, 10.9)
    assert len(early["data"]) == len(late["data"]) == len(drawn()["data"])
    assert early["layout"]["xaxis"] == late["layout"]["xaxis"]
    low, high = late["layout"]["xaxis"]["range"]
    assert low <= 9.9 and high >= 11.9


# --- presets

@functools.cache
def judged(name: str, **changes: Any) -> dict[str, float]:
    """Train one family alone on small pictures, and measure it."""
    settings = QUICK.with_changes(**{"factor": "4", "seed": 0, "steps": 300} | changes)
    data = pairs.load(settings)
    torch.manual_seed(0)
    known = pairs.make(settings, data, "cpu")
    made = FOUND[name].build(known, settings, "cpu")
    steps = whole(made.steps())
    for step in range(settings.steps):
        made.progress = step / settings.steps
        next(steps)
    truth = torch.from_numpy(data.test[:300])
    judge = AnswerJudge(known.task, truth, settings.source, data.shape[-1])
    return at_once(judge.measure(at_once(made.answer(known.task.take(truth), 2, seed=0))))


@pytest.mark.long
def test_a_pull_on_each_answer_makes_them_alike_and_nearer_and_one_on_the_mean_does_not() -> None:
    broken, mended = judged("gan", l1=100.0), judged("gan")
    assert broken["diversity"] < 0.4 * mended["diversity"]
    assert broken["psnr"] > mended["psnr"] + 1


def test_without_a_pull_on_the_mean_the_gan_forgets_what_is_given() -> None:
    broken, mended = judged("gan", first_moment=0.0), judged("gan")
    assert broken["recall"] < 0.7 * mended["recall"] and broken["psnr"] < mended["psnr"]


@pytest.mark.long
def test_a_dear_code_makes_the_answers_of_the_vae_alike() -> None:
    colours: dict[str, Any] = {"task": "colourisation", "dataset": "sprites", "steps": 500}
    broken, mended = judged("vae", beta=20.0, **colours), judged("vae", **colours)
    assert broken["diversity"] < 0.5 * mended["diversity"]


def test_titles_of_narrow_columns_stand_above_each_other() -> None:
    groups = [("given", 1), ("baseline", 1), ("average", 1), ("flow", 3), ("truth", 1)]
    drawn = sheet(np.zeros((7, 1, 8, 8), np.uint8), groups)
    shifts = [note["yshift"] > 0 for note in drawn["layout"]["annotations"]]
    assert shifts == [False, True, False, False, False]
