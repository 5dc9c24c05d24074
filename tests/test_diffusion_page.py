"""The room of diffusion: what it trains, shows and answers."""

from itertools import islice

import numpy as np
import pytest
import torch

from playground.concepts.diffusion.experiment import DiffusionExperiment, chosen, means
from playground.concepts.diffusion.explore_learned import _verdict
from playground.concepts.diffusion.memory import copies
from playground.concepts.diffusion.settings import SAMPLERS, DiffusionSettings
from playground.concepts.diffusion.training import schedule_of
from playground.experiments.base import Answer
from playground.experiments.pieces import whole
from playground.metrics.distances import wasserstein
from playground.refusal import Refusal
from playground.training.untouched import untouched

SMALL = {"steps": 100, "hidden": 16, "waves": 8, "batch_size": 64, "sampling_steps": 5}


def _made(n_steps: int, **changes: object) -> DiffusionExperiment:
    torch.manual_seed(0)
    made = DiffusionExperiment(DiffusionSettings(**SMALL | changes), "cpu")  # type: ignore[arg-type]
    for _step in islice(whole(made.steps()), n_steps):
        pass
    return made


def _ask(made: DiffusionExperiment, name: str, **arguments: object) -> Answer:
    with untouched(made, "cpu"):
        return made.ask(name, arguments)


def test_a_walk_begins_with_noise_and_ends_with_data() -> None:
    made = _made(5)
    with untouched(made, "cpu"):
        metrics, arrays = made.observe()
    assert arrays["times"][0] == 1 and arrays["times"][-1] == 0
    np.testing.assert_allclose(arrays["signal"] ** 2 + arrays["noise"] ** 2, 1, rtol=1e-5)
    assert arrays["signal"][-1] == 1 and arrays["signal"][0] < 0.02
    np.testing.assert_allclose(arrays["particles"][0], made.noise, rtol=1e-5)
    assert metrics["evaluations"] == 5 and metrics["true_log_p"] > metrics["log_p"]


@pytest.mark.parametrize("know_class", [False, True])
def test_a_look_at_pictures_shows_walk_and_guesses(know_class: bool) -> None:
    made = _made(2, dataset="digits", features=8, know_class=know_class)
    with untouched(made, "cpu"):
        _metrics, arrays = made.observe()
    assert arrays["walk"].shape == (6, 20 if know_class else 36, 8, 8)
    assert arrays["guesses"].shape == (5, 5, 8, 8) and arrays["walk"].dtype == np.uint8


def test_the_snapshot_of_large_pictures_is_small() -> None:
    made = _made(0, dataset="mnist", features=8, sampling_steps=20)
    with untouched(made, "cpu"):
        _metrics, arrays = made.observe()
    assert sum(array.nbytes for array in arrays.values()) < 200_000


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_that_can_be_chosen_draws(name: str) -> None:
    made = _made(1, sampler=name)
    with untouched(made, "cpu"):
        assert made.draw(4).isfinite().all()


def test_a_live_knob_needs_no_training() -> None:
    made = _made(1)
    made.settings = made.settings.with_changes(sampler="heun", sampling_steps=10)
    with untouched(made, "cpu"):
        assert made.observe()[0]["evaluations"] == 19


@pytest.mark.parametrize(("clip", "dataset", "clips"), [
    ("range", "ring", False), ("always", "ring", True), ("never", "digits", False),
    ("range", "digits", True)])
def test_points_are_clipped_only_if_somebody_insists(clip: str, dataset: str,
                                                     clips: bool) -> None:
    made = _made(0, dataset=dataset, features=8, clip=clip)
    far = torch.full((3, *made.data.shape), 9.0)
    with torch.no_grad():
        guess = made.denoiser()(far, torch.full((3,), 0.01))
    assert (guess.abs().max() <= 1) == clips


def test_only_the_schedules_that_are_there_to_fail_leave_signal() -> None:
    one = torch.ones(1)
    assert schedule_of("short").share(one) > 0.5
    for name in ("cosine", "linear", "log_linear", "edm", "zero"):
        assert schedule_of(name).share(one) < 1e-3


def test_the_weights_that_are_stored_are_those_that_draw() -> None:
    made, other = _made(20), _made(0)
    other.restore(made.weights())
    torch.manual_seed(1)
    mine = made.draw(5)
    torch.manual_seed(1)
    torch.testing.assert_close(other.draw(5), mine)


def test_data_that_lie_on_training_data_are_copies() -> None:
    distances = torch.tensor([[0.1, 1.0, 2.0], [0.9, 1.0, 2.0], [3.0, 0.0, 1.0]])
    assert copies(distances) == pytest.approx(2 / 3)


def test_the_ideal_denoiser_copies_and_a_fresh_net_does_not() -> None:
    reply = _ask(_made(3, n_points=20), "by_heart", seed=0)
    assert reply["copied_ideal"] > 0.95 > 0.5 > reply["copied_learned"]
    assert reply["away_ideal"] < 0.02 < reply["away_learned"]


def test_the_gap_is_there_where_the_net_has_learned_nothing() -> None:
    reply = _ask(_made(0), "gap")
    assert (reply["held_out"] > reply["ideal"]).all()
    assert reply["apart"].shape == reply["times"].shape == (10,)


def test_the_samplers_are_compared_from_one_noise() -> None:
    reply = _ask(_made(3), "compare", seed=0)
    assert reply["names"] == [*SAMPLERS]
    assert reply["evaluations_ddim"] == [5, 10, 20, 50]
    assert reply["evaluations_heun"] == [3, 9, 19, 49]
    assert 0 < reply["floor"] < min(reply["errors_ddim"])


def test_the_bound_has_its_parts() -> None:
    reply = _ask(_made(3), "parts")
    assert reply["total"] == pytest.approx(reply["end"] + reply["start"] + reply["costs"].sum(),
                                           rel=1e-4)
    assert reply["chain"] > reply["total"] - 0.3


def test_a_density_adds_up_to_one() -> None:
    reply = _ask(_made(30), "density")
    assert reply["mass"] == pytest.approx(1, abs=0.05)
    assert reply["nats"] > reply["floor"]


def test_what_is_known_stays() -> None:
    made = _made(2)
    reply = _ask(made, "complete", index=3, how="replace", seed=0)
    np.testing.assert_allclose(reply["drawn"][:, 0], made.held_out[3, 0], rtol=1e-5)
    assert reply["drawn"][:, 1].std() > 0.1


def test_without_classes_there_is_no_guidance() -> None:
    assert not _ask(_made(0), "dial", seed=0, low=0, high=1)


def test_guidance_between_no_times_changes_nothing() -> None:
    made = _made(20, know_class=True)
    reply = _ask(made, "dial", seed=0, low=0.031, high=0.032)
    np.testing.assert_allclose(reply["drawn_1"], reply["drawn_4"], atol=1e-4)
    reply = _ask(made, "dial", seed=0, low=0, high=1)
    assert np.abs(reply["drawn_1"] - reply["drawn_4"]).max() > 1e-3


def test_little_noise_changes_a_picture_little() -> None:
    made = _made(30, dataset="digits", features=8)
    drawn = np.zeros((60, 60))
    drawn[10:50, 28:34] = 255
    little, much = (_ask(made, "edit", picture=drawn, t=t, seed=0) for t in (0.05, 1.0))
    away = [np.abs(reply["drawn"].astype(float) - reply["given"]).mean()
            for reply in (little, much)]
    assert away[0] < 15 < away[1]


def test_the_exact_distance_pairs_as_well_as_can_be() -> None:
    points = np.array([[0.0, 0.0], [10.0, 0.0]])
    assert wasserstein(points, points[::-1] + [0, 3]) == pytest.approx(3)


def test_moments_are_evenly_spread_and_means_are_of_tenths() -> None:
    assert chosen(list(range(51)), 6) == [0, 10, 20, 30, 40, 50]  # type: ignore[arg-type]
    found = means(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([0.01, 0.02, 0.99]), 0.0)
    assert found[0] == 2 and found[-1] == 5


def test_too_few_points_of_the_visitors_own_are_refused() -> None:
    with pytest.raises(Refusal, match="6 points"):
        _made(1, dataset="mine", points=((0.0, 0.0), (1.0, 1.0)))


def test_whoever_guesses_a_digit_is_told_what_it_was_and_what_walks_make_of_it() -> None:
    made = _made(2, dataset="digits", features=8)
    reply = _ask(made, "behind", index=3, t=0.5, seed=0)
    assert reply["label"] == made.labels[3] and len(reply["seen"]) == len(reply["drawn"])
    assert set(reply["seen"]) <= set(range(10))
    assert _verdict(4, 4, [4, 4, 9]) == (
        "You said 4, and **4** it was. In what walks make of it our own net sees 4 (2 of 3), 9 "
        "(1 of 3).")
    assert _verdict(7, 4, [4]).startswith("You said 7; it was **4**.")
    assert _ask(_made(2), "behind", index=3, t=0.5, seed=0)["seen"] == []


def test_all_held_out_pictures_are_bounded_as_the_parts_are() -> None:
    made = _made(30, dataset="digits", features=8)
    found, parts = made.all_held_out(), _ask(made, "parts")
    assert found["n"] == len(made.data.test) and found["error"] > 0
    assert found["nats"] == pytest.approx(parts["total"], rel=0.25)
    assert found["bits"] == pytest.approx(found["nats"] / 64 / np.log(2))
    assert _made(1).all_held_out() == {}
