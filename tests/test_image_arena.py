"""The arena of images: families draw, rate, copy and complete, and are judged by features."""

import functools
import itertools
import math
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from test_contracts import claim_of

from playground.charts.arena import rows_and_columns
from playground.charts.decode import numbers
from playground.claim import KINDS
from playground.concepts.image_arena import experiment as experiment_module
from playground.concepts.image_arena import families, words
from playground.concepts.image_arena.board import BOARD
from playground.concepts.image_arena.by_gibbs import ByGibbs
from playground.concepts.image_arena.by_noise import ByNoise
from playground.concepts.image_arena.data import images
from playground.concepts.image_arena.experiment import ImageArenaExperiment
from playground.concepts.image_arena.figures import against, sheets
from playground.concepts.image_arena.image_contestant import ImageContestant
from playground.concepts.image_arena.image_judge import ImageJudge
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import PART, at_once, built
from playground.experiments.contestant import took_part
from playground.experiments.pieces import whole
from playground.snapshot import Snapshot
from playground.ui.tools import contest

FOUND = families.found()
QUICK = ImageArenaSettings(steps=100, features=8, units=4, hidden=32, batch_size=16)
BLACK_OR_WHITE = QUICK.with_changes(pixels="dynamic")
HALF = np.arange(8)[:, None].repeat(8, 1) < 4
every_family = pytest.mark.parametrize("name", FOUND)
OF_LEVELS = {name: family for name, family in FOUND.items() if family.takes(QUICK)}


def fit(name: str) -> ImageArenaSettings:
    """Return settings with pictures that a family can learn from."""
    return QUICK if name in OF_LEVELS else BLACK_OR_WHITE


def contestant(name: str, settings: ImageArenaSettings | None = None,
               steps: int = 3) -> ImageContestant:
    settings = settings or fit(name)
    torch.manual_seed(settings.seed)
    made: ImageContestant = FOUND[name].build(images(settings), settings, "cpu")
    for _ in itertools.islice(whole(made.steps()), steps):
        pass
    return made


def held_out(settings: ImageArenaSettings = QUICK) -> np.ndarray:
    return images(settings).held_out


# --- families

def test_families_are_found_those_with_exact_answers_first() -> None:
    assert {"independent", "pixel_cnn", "pixel_rnn", "vae", "flow", "diffusion",
            "pixel_transformer", "rbm", "gsn", "gan"} <= set(FOUND)
    places = [KINDS.index(family.claim.kind) for family in FOUND.values()]
    assert places == sorted(places)


def test_finding_families_loads_no_torch() -> None:
    script = ("import sys; from playground.concepts.image_arena import families; "
              "families.found(); print('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[1], text=True,
                          check=True, capture_output=True, timeout=60)
    assert done.stdout.strip() == "False"


@every_family
def test_a_family_says_about_itself_what_its_model_can(name: str) -> None:
    made, family = contestant(name, steps=1), FOUND[name]
    assert (Path(__file__).parents[1] / "pages" / f"{family.page}.py").exists()
    assert family.why and family.copies and family.completes
    rated = at_once(made.log_prob(held_out(fit(name))[:2], 2))
    assert (rated is None) != family.claim.is_log_p
    if isinstance(made, TrainedImages):
        assert family.claim == claim_of(made.model)


@every_family
@pytest.mark.parametrize("settings", [QUICK, BLACK_OR_WHITE], ids=["levels", "dynamic"])
def test_samples_are_images_that_depend_on_the_seed_alone(
        name: str, settings: ImageArenaSettings) -> None:
    if not FOUND[name].takes(settings):
        return
    made = contestant(name, settings)
    torch.manual_seed(9)
    first = at_once(made.sample(4, seed=1))
    torch.manual_seed(10)
    assert first.shape == (4, 1, 8, 8) and first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 1
    assert np.array_equal(first, at_once(made.sample(4, seed=1)))
    assert not np.array_equal(first, at_once(made.sample(4, seed=2)))


@every_family
def test_a_completion_keeps_what_is_known_and_draws_the_rest(name: str) -> None:
    made, x = contestant(name), held_out(fit(name))[0]
    done = at_once(made.complete(x, HALF, 3, seed=0))
    assert done.shape == (3, 1, 8, 8)
    assert np.allclose(done[:, :, HALF], x[:, HALF], atol=1e-6)
    assert not np.array_equal(done[0], done[1])
    blank = np.where(HALF, x, 0.5).astype(np.float32)
    assert np.allclose(done, at_once(made.complete(blank, HALF, 3, seed=0)), atol=1e-6)  # unseen


@every_family
def test_only_models_with_a_code_copy(name: str) -> None:
    made = contestant(name)
    copied = at_once(made.copy(held_out(fit(name))[0]))
    assert (copied is not None) == (name in ("vae", "flow", "diffusion", "gan", "rbm"))
    if copied is not None:
        assert copied.shape == (1, 8, 8)


def test_a_flow_copies_without_any_error() -> None:
    made = contestant("flow", steps=20)
    for x in held_out()[:3]:
        copied = at_once(made.copy(x))
        assert copied is not None and np.abs(copied - x).max() < 1e-6


def test_the_noise_of_an_image_leads_back_to_it_and_that_of_another_does_not() -> None:
    made = contestant("diffusion", steps=60)
    for x, other in itertools.pairwise(held_out()[:4]):
        copied = at_once(made.copy(x))
        assert copied is not None and np.abs(copied - x).mean() < 0.02
        assert np.abs(copied - other).mean() > 0.1


def test_a_diffusion_keeps_the_mean_of_its_weights_alone() -> None:
    made = contestant("diffusion")
    assert sum(array.size for array in made.weights().values()) < 1.1 * made.n_weights


def test_the_search_finds_noise_that_fits_better_than_chance() -> None:
    made = contestant("gan")
    assert isinstance(made, ByNoise)
    with torch.no_grad():
        for layer in made.model.average.layers:  # or all its images would be one grey
            if isinstance(layer, torch.nn.ConvTranspose2d):
                layer.weight *= 20
    target = at_once(made.sample(1, seed=5))[0]
    copied = at_once(made.copy(target))
    assert copied is not None
    drawn = at_once(made.sample(8, seed=6))
    chance = ((drawn - target) ** 2).reshape(8, -1).sum(1).min()
    assert ((copied - target) ** 2).sum() < 0.5 * chance


@pytest.mark.long
def test_the_known_half_pulls_on_the_code_of_the_vae() -> None:
    made = contestant("vae", QUICK.with_changes(hidden=256, batch_size=64), steps=1000)
    x = held_out()[:20]
    missing = ~HALF
    own, others = [], []
    for i in range(20):
        drawn = at_once(made.complete(x[i], HALF, 4, seed=0))[:, :, missing]
        own.append(((drawn - x[i][:, missing]) ** 2).mean())
        others.append(((drawn - x[(i + 1) % 20][:, missing]) ** 2).mean())
    assert np.mean(own) < 0.8 * np.mean(others)


@every_family
def test_a_restored_contestant_draws_the_same(name: str) -> None:
    made, fresh = contestant(name), contestant(name, steps=0)
    fresh.restore(made.weights())
    assert np.array_equal(at_once(made.sample(3, seed=1)), at_once(fresh.sample(3, seed=1)))
    with pytest.raises(ValueError, match="weight"):
        fresh.restore({"nothing": np.zeros(1, np.float32)})


@pytest.mark.parametrize("settings", [QUICK, BLACK_OR_WHITE], ids=["levels", "dynamic"])
def test_independent_pixels_score_what_was_counted(settings: ImageArenaSettings) -> None:
    these = images(settings)
    rated = at_once(contestant("independent", settings).log_prob(these.held_out[:1], 1))
    train, x, highest = these.data.train, these.held_out[0], these.levels - 1
    if highest == 1:
        white = train.sum(0, dtype=np.float64)
        seen = np.where(x == 1, white, len(train) - white)
    else:
        seen = (np.rint(train * highest) == np.rint(x * highest)).sum(0)
    truth = np.log((seen + 1) / (len(train) + these.levels)).sum()
    assert rated is not None and rated[0] == pytest.approx(truth, rel=1e-5)


def test_samples_of_independent_pixels_have_the_means_of_the_data() -> None:
    drawn = at_once(contestant("independent").sample(4000, seed=0))
    assert np.abs(drawn.mean(0) - images(QUICK).data.train.mean(0)).max() < 0.05


# --- the judge

def test_training_images_are_as_good_as_the_floor_and_noise_is_not() -> None:
    these = images(QUICK)
    judge = ImageJudge("digits", these.learned, these.held_out)
    at_once(judge.measure_floor())
    assert judge.n == len(these.held_out) == 297
    assert at_once(judge.measure(these.learned)) == judge.floor
    noise = np.random.default_rng(0).random(these.held_out.shape).astype(np.float32)
    found = at_once(judge.measure(noise))
    assert found["fid"] > 10 * judge.floor["fid"] and found["c2st"] > 0.95
    assert found["recall"] < 0.1 < judge.floor["recall"]


# --- the whole

@pytest.fixture(scope="module")
def finished() -> ImageArenaExperiment:
    experiment = cast(ImageArenaExperiment, built("image_arena", QUICK, "cpu"))
    assert sum(step is not PART for step in experiment.steps()) == experiment.total_steps
    return experiment


def test_every_family_is_judged_at_the_end(finished: ImageArenaExperiment) -> None:
    metrics, arrays = finished.observe()
    assert set(finished.contestants) == set(OF_LEVELS) < set(FOUND)
    for name, family in OF_LEVELS.items():
        assert {f"{name}_fid", f"{name}_kid", f"{name}_coverage"} <= metrics.keys()
        assert (f"{name}_nats" in metrics) == family.claim.is_log_p
        assert arrays[f"samples_{name}"].dtype == np.uint8
    assert metrics["pixel_cnn_bits"] == pytest.approx(
        -metrics["pixel_cnn_nats"] / 64 / math.log(2))
    assert metrics["pixel_cnn_nats"] > metrics["independent_nats"]
    assert {f"{name}_{what}" for name in OF_LEVELS for what in ("training", "sampling")} == set(
        finished.clocked())


def test_of_pictures_in_black_and_white_all_families_learn() -> None:
    experiment = cast(ImageArenaExperiment, built("image_arena", BLACK_OR_WHITE, "cpu"))
    assert set(experiment.contestants) == set(FOUND)
    assert experiment.total_steps == BLACK_OR_WHITE.steps + len(FOUND)


def test_the_machine_is_rated_by_the_mean_of_annealed_chains_as_the_sum_says() -> None:
    """Of 16 hidden units log Z is known."""
    small = BLACK_OR_WHITE.with_changes(hidden=16)
    made = contestant("rbm", small, steps=20)
    assert isinstance(made, ByGibbs)
    x = held_out(small)
    said = at_once(made.log_prob(x, 64))
    exact = made.model.exact_log_prob(torch.from_numpy(x), made.model.log_z())
    np.testing.assert_allclose(said, exact.numpy(), atol=0.1)


@pytest.mark.parametrize("name", ["rbm", "gsn"])
def test_the_known_half_decides_what_a_chain_completes(name: str) -> None:
    """Completions of the lower half of its own picture are nearer than those of another's."""
    made, x = contestant(name, steps=300), held_out(BLACK_OR_WHITE)[:30]
    ends = np.stack([at_once(made.complete(each, HALF, 8, seed=0)).mean(0) for each in x])
    own = ((ends - x) ** 2)[..., ~HALF].sum()
    others = ((ends - np.roll(x, 1, 0)) ** 2)[..., ~HALF].sum()
    assert own < 0.95 * others


def test_the_average_of_the_generator_is_none_of_the_weights_that_are_counted(
        finished: ImageArenaExperiment) -> None:
    gan = finished.contestants["gan"]
    assert isinstance(gan, TrainedImages)
    assert gan.n_weights == sum(w.numel() for w in gan.model.parameters() if w.requires_grad)


def test_one_picture_goes_through_every_model(finished: ImageArenaExperiment) -> None:
    image = finished.ask("held_out_image", {"index": 3})["image"]
    found = finished.ask("through_all", {"image": image.tolist(), "rows": 4, "n": 2, "seed": 0})
    assert np.array_equal(found["image"], image)
    exact = at_once(finished.contestants["pixel_cnn"].log_prob(finished.held_out[3:4], 1))
    assert exact is not None and found["said"]["pixel_cnn"] == pytest.approx(exact[0], abs=1e-4)
    assert found["said"]["gan"] is None and "gan" not in found["usual"]
    assert {key for key in found if key.startswith("copy_")} == {
        "copy_vae", "copy_gan", "copy_flow", "copy_diffusion"}
    for name in OF_LEVELS:
        if name != "gan":
            rated = at_once(finished.contestants[name].log_prob(finished.held_out, 64))
            assert rated is not None and found["usual"][name] == pytest.approx(rated.mean())
        assert np.array_equal(found[f"complete_{name}"][:, :, :4],
                              image[None, :, :4].repeat(2, 0))
        samples = at_once(finished._samples(name))
        far = ((samples - finished.held_out[3]) ** 2).sum((1, 2, 3))
        assert found["errors"][name] == pytest.approx(far.min(), rel=1e-5)
        nearest = np.rint(255 * samples[far.argmin()])
        assert np.array_equal(found[f"nearest_{name}"], nearest)


def test_a_picture_of_ones_own_is_framed_as_the_data_are(finished: ImageArenaExperiment) -> None:
    drawn = np.zeros((112, 112), np.uint8)
    drawn[30:80, 50:60] = 255
    found = finished.ask("own", {"picture": drawn.tolist()})
    assert found["image"].shape == (1, 8, 8) and found["image"].max() > 128


@pytest.mark.parametrize("wrong", [
    {"image": [[[0] * 8] * 7]}, {"image": [[[float("nan")] * 8] * 8]}, {"rows": 9}, {"n": 0},
    {"n": 41}, {"seed": -1}], ids=str)
def test_a_question_that_cannot_be_answered_is_refused(finished: ImageArenaExperiment,
                                                       wrong: dict[str, Any]) -> None:
    arguments = {"image": [[[0] * 8] * 8], "rows": 4, "n": 1, "seed": 0} | wrong
    with pytest.raises(ValueError, match=rf"{next(iter(wrong))}[.\d]* must"):
        finished.ask("through_all", arguments)


def test_who_else_is_there_makes_no_difference(monkeypatch: pytest.MonkeyPatch,
                                               finished: ImageArenaExperiment) -> None:
    monkeypatch.setattr(experiment_module.families, "found", lambda: {"vae": FOUND["vae"]})
    alone = cast(ImageArenaExperiment, built("image_arena", QUICK, "cpu"))
    for _ in alone.steps():
        pass
    assert np.array_equal(at_once(alone.contestants["vae"].sample(5, seed=0)),
                          at_once(finished.contestants["vae"].sample(5, seed=0)))


def test_a_family_that_came_after_a_run_was_stored_takes_no_part_in_it(
        finished: ImageArenaExperiment) -> None:
    old = cast(ImageArenaExperiment, built("image_arena", QUICK, "cpu"))
    kept = {key: array for key, array in finished.weights().items()
            if not key.startswith("flow.")}
    old.restore(kept)
    assert set(old.contestants) == set(OF_LEVELS) - {"flow"} and set(old.weights()) == set(kept)
    metrics = {f"{name}_weights": 1.0 for name in old.contestants}
    assert set(took_part(FOUND, metrics)) == set(old.contestants)
    found = old.ask("through_all", {"image": [[[0] * 8] * 8], "rows": 4, "n": 1, "seed": 0})
    assert set(found["said"]) == set(old.contestants)


def test_a_step_that_would_hold_up_everybody_is_refused_with_the_knob_to_lower() -> None:
    large = ImageArenaSettings(dataset="mnist", features=64, units=64, batch_size=1024)
    with pytest.raises(ValueError, match="lower the batch size to"):
        next(whole(built("image_arena", large, "cpu").steps()))


def test_all_are_judged_often_at_the_start_and_then_at_each_look() -> None:
    experiment = ImageArenaExperiment(ImageArenaSettings(steps=5000), "cpu")
    assert [step for step in range(5000) if experiment._turn(step) == 0] == [
        0, 50, 100, 200, 400, 800, 1000, 2000, 3000, 4000]
    assert {experiment._turn(step) for step in (3, 53, 103, 4003)} == {3}


def test_many_levels_leave_few_codes_for_the_bound() -> None:
    many = contestant("vae", QUICK.with_changes(dataset="mnist_14", levels=256), steps=1)
    assert isinstance(many, TrainedImages)
    x = images(QUICK.with_changes(dataset="mnist_14", levels=256)).held_out[:2]
    # 14 * 14 * 256 numbers are told of each.
    few, more = (at_once(many.log_prob(x, n)) for n in (19, 64))
    assert few is not None and more is not None and np.array_equal(few, more)


# --- what the page says

def _last() -> Snapshot:
    metrics = {"floor_fid": 0.5, "floor_precision": 0.95, "floor_recall": 0.9,
               "floor_coverage": 0.9, "n_judged": 297.0, "net_accuracy": 0.98}
    for name, family in FOUND.items():
        metrics |= {f"{name}_fid": 3.0, f"{name}_precision": 0.9, f"{name}_recall": 0.9,
                    f"{name}_coverage": 0.5, f"{name}_density": 0.3}
        if family.claim.is_log_p:
            metrics |= {f"{name}_bits": 2.0, f"{name}_nats": -80.0}
    return Snapshot(1000, 1.0, metrics)


def test_the_caption_names_who_leads_and_who_draws_alike() -> None:
    shot = _last()
    shot.metrics.update(pixel_rnn_bits=1.8, gan_fid=1.0, gan_recall=0.02, gan_density=0.9,
                        independent_fid=9.0, independent_recall=0.02)
    text = words.caption(ImageArenaSettings(), shot)
    assert "Independent pixels: good" not in text
    assert "PixelRNN needs the fewest bits: 1.800" in text
    assert "Closest samples: GAN, at a Fréchet distance of 1.00; real images are at 0.50" in text
    assert "GAN: good but alike" in text and "closer than those of: Independent" in text


def test_the_table_bounds_bits_from_above_and_nats_from_below() -> None:
    rows = {row["family"]: row for row in contest.rows(BOARD, _last().metrics)}
    assert rows["VAE"]["bits/dim"] == "≤ 2.000"
    assert rows["VAE"]["held-out log p, nats"] == "≥ -80.0"
    assert rows["PixelCNN"]["bits/dim"] == "2.000" and rows["GAN"]["bits/dim"] == "n/a"


def test_a_family_without_bits_is_a_line_and_no_dot() -> None:
    places = {"a": (1.0, 2.0), "b": (None, 3.0), "not judged yet": (1.0, None)}
    colors = {"takes no part": "black", "a": "red", "b": "blue", "not judged yet": "grey"}
    drawn = against(places, 0.5, colors)
    assert [shape["y0"] for shape in drawn["layout"]["shapes"]] == [0.5]
    dot, line, nothing = drawn["data"]
    assert [dot["mode"], line["mode"], nothing["mode"]] == ["markers", "lines", "markers"]
    across, down = (drawn["layout"][axis]["range"] for axis in ("xaxis", "yaxis"))
    assert numbers(line["x"]).tolist() == across and numbers(line["y"]).tolist() == [3.0, 3.0]
    assert across[0] <= 1.0 <= across[1] and 10 ** down[0] <= 0.5 and 10 ** down[1] >= 3.0
    assert np.isnan(numbers(nothing["y"])).all()
    alone = against({"b": (1.0, 2.0)}, 0.5, colors)["data"][0]
    assert alone["marker"]["symbol"] == line["marker"]["symbol"] != dot["marker"]["symbol"]


def test_all_sheets_have_a_place_of_their_own() -> None:
    pictures = np.zeros((4, 1, 8, 8), np.uint8)
    layout = sheets([(str(i), pictures) for i in range(6)])["layout"]
    corners = {(layout[f"xaxis{i}"]["domain"][0], layout[f"yaxis{i}"]["domain"][0])
               for i in ("", *range(2, 7))}
    assert len(corners) == 6


@pytest.mark.parametrize(("n", "arranged"), [(3, (1, 3)), (6, (2, 3)), (9, (2, 5)), (11, (3, 4)),
                                             (14, (3, 5))])
def test_small_plots_fill_their_rows_about_equally(n: int, arranged: tuple[int, int]) -> None:
    assert rows_and_columns(n) == arranged


# --- presets

@functools.cache
def judged(name: str, settings: ImageArenaSettings) -> dict[str, float]:
    """Train one family alone, and judge it."""
    these = images(settings)
    torch.manual_seed(0)
    made: ImageContestant = FOUND[name].build(these, settings, "cpu")
    steps = whole(made.steps())
    for step in range(settings.steps):
        made.progress = step / settings.steps
        if next(steps, "over") == "over":
            break
    judge = ImageJudge(settings.dataset, these.learned, these.held_out)
    at_once(judge.measure_floor())
    return at_once(judge.measure(at_once(made.sample(judge.n, seed=1))))


@pytest.mark.long
def test_noise_of_two_numbers_makes_a_gan_draw_alike_and_twenty_do_not() -> None:
    settings = ImageArenaSettings(features=16, steps=600)
    alike = judged("gan", settings.with_changes(latent_dim=2))
    mended = judged("gan", settings)
    assert alike["recall"] < 0.05 < 0.3 < mended["recall"]


@pytest.mark.long
def test_noise_in_the_pixels_is_hard_on_a_gan() -> None:
    settings = ImageArenaSettings(features=16, steps=600)
    noisy = settings.with_changes(pixels="dynamic")
    assert judged("gan", noisy)["fid"] > judged("independent", noisy)["fid"]
    assert judged("gan", settings)["fid"] < 0.7 * judged("independent", settings)["fid"]
