"""The room of flow matching: its halves, its pairs, and what it answers."""

from itertools import islice

import numpy as np
import pytest
import torch

from model_zoo.flow_matching import FlowMatching
from playground.concepts.flow_matching import training
from playground.concepts.flow_matching.drawing_questions import distance
from playground.concepts.flow_matching.experiment import FlowMatchingExperiment
from playground.concepts.flow_matching.plane_questions import crossings
from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.experiments.base import at_once
from playground.experiments.pieces import whole
from playground.refusal import Refusal
from playground.training.untouched import untouched

SMALL = {"steps": 100, "hidden": 16, "layers": 1, "batch_size": 64}


def _trained(n_steps: int, **changes: object) -> FlowMatchingExperiment:
    torch.manual_seed(0)
    made = FlowMatchingExperiment(FlowMatchingSettings(**SMALL | changes), "cpu")  # type: ignore[arg-type]
    for _step in islice(whole(made.steps()), n_steps):
        pass
    return made


def test_the_exact_distance_is_that_of_the_cheapest_pairs() -> None:
    points = np.array([[0.0, 0.0], [10.0, 0.0]])
    assert distance(points, points[::-1] + [0, 3]) == pytest.approx(3)
    assert distance(np.concatenate([points, [[99.0, 0.0]]]), points) == 0


def test_crossing_ways_are_counted() -> None:
    ways = torch.tensor([[[0.0, 0], [1, 1]], [[0, 1], [1, 0]], [[5, 5], [6, 5]]])
    assert crossings(ways) == pytest.approx(2 / 3)


def test_a_second_flow_learns_from_the_ends_of_the_first_one_followed_closely() -> None:
    made = _trained(50, second_half="reflow", solver="euler", solver_steps=1)
    assert made.model.turn == "second" and made.batches.whole
    assert made.model.second is not None
    for one, other in zip(made.model.first.net.parameters(), made.model.second.net.parameters(),
                          strict=True):
        assert torch.equal(one, other)
    noise, ends = made.batches.noise[:500], made.batches.ends[:500]
    model = made.model.first
    model.n_steps = 50
    *_states, state = model.path(500, noise=noise)
    first_step = noise + made.velocity(noise, torch.zeros(500), None)
    assert (state.x - ends).square().mean() < 0.01 * (first_step - ends).square().mean()
    rows = made.batches.draw()
    data, classes, joined = made.batches.at(rows)
    assert classes is None and torch.equal(joined, made.batches.noise[rows])
    assert torch.equal(data, made.batches.ends[rows])


def test_pairs_of_pictures_are_pictures_and_hold_the_guidance_that_made_them() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "N_PAIRS", {True: 40, False: 40})
        made = _trained(50, dataset="digits", features=8, know_class=True, guidance=3.0,
                        second_half="reflow", batch_size=8)
    assert made.batches.whole and made.batches.ends.shape == (40, 1, 8, 8)
    first, second = made.models()
    made.take_knobs()
    assert isinstance(first, FlowMatching) and isinstance(second, FlowMatching)
    assert (first.guidance, second.guidance) == (3.0, 1.0)  # not guided once more
    noise, classes = made.batches.noise, made.batches.classes
    first.n_steps = 25
    *_states, state = first.path(40, classes, noise)
    torch.testing.assert_close(state.x, made.batches.ends, atol=0.05, rtol=0)
    reply = made.ask("in_steps", {"seed": 0})
    assert len(reply["models"]) == 2
    assert all(model["ends"].dtype == np.uint8 for model in reply["models"])


def test_there_is_no_second_net_of_large_pictures() -> None:
    settings = FlowMatchingSettings(dataset="mnist", second_half="reflow")
    assert not settings.halves


def test_only_one_of_two_nets_learns_at_a_time() -> None:
    made = _trained(49, second_half="distil")
    assert [made.updates(name) for name in ("first", "second")] == [1, 0]
    second = made.model.second
    assert second is not None
    still = [weight.clone() for weight in second.net.parameters()]
    made = _trained(51, second_half="distil")
    assert [made.updates(name) for name in ("first", "second")] == [0, 1]
    assert made.model.second is not None
    assert any(not torch.equal(a, b)
               for a, b in zip(still, made.model.second.net.parameters(), strict=True))


def test_a_particle_that_is_followed_on_and_back_stands_where_the_hand_is() -> None:
    made = _trained(20)
    answer = made.follow(0.5, -0.25, 0.4)
    assert answer["forth"][0].tolist() == answer["back"][0].tolist() == [0.5, -0.25]
    start = torch.from_numpy(answer["back"][-1:])
    *_path, end = made.model.now.path(1, noise=start)
    np.testing.assert_allclose(end.x[0].numpy(), answer["forth"][-1], atol=0.02)


def test_what_passes_the_middle_at_the_start_leads_to_the_mean_of_the_data() -> None:
    made = _trained(0)
    answer = made.passing(0.0, 0.0, 0.0)
    np.testing.assert_allclose(answer["mean"], made.data.train[:1500].mean(0), atol=0.01)
    assert answer["weights"].sum() <= 1.0001
    late = made.passing(1.2, 0.0, 0.95)
    assert np.linalg.norm(late["ends"] - [1.26, 0], axis=1).max() < 0.5


def test_the_mean_of_pairs_that_are_no_longer_by_chance_is_refused() -> None:
    with pytest.raises(Refusal, match="pairs"):
        _trained(0, pairing="transport").passing(0.0, 0.0, 0.5)


def test_a_look_at_pictures_shows_noise_first_and_pictures_last() -> None:
    made = _trained(0, dataset="digits", features=8)
    with untouched(made, "cpu"):
        metrics, arrays = made.observe()
    assert arrays["path"].shape == (9, 64, 8, 8) and arrays["path"].dtype == np.uint8
    assert arrays["times"][0] == 0 and arrays["times"][-1] == 1
    assert metrics["evaluations"] == 50


def test_each_class_in_turn_is_told_and_counted() -> None:
    made = _trained(1, know_class=True, pairing="transport")
    with untouched(made, "cpu"):
        metrics, arrays = made.observe()
    assert arrays["told"][:10].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    assert 0 <= metrics["right_class"] <= 1


def test_the_solvers_are_counted_in_evaluations() -> None:
    made = _trained(10)
    with untouched(made, "cpu"):
        answer = at_once(made.errors(0))
    found = {solver["name"]: solver["evaluations"].tolist() for solver in answer["solvers"]}
    assert found["euler"] == [2, 4, 8, 16, 32, 64] and found["rk4"] == [4, 8, 16, 32, 64]
    assert found["midpoint"] == found["heun"] == [2, 4, 8, 16, 32, 64]


def _measured(**changes: object) -> dict[str, float]:
    made = _trained(400, **{"steps": 400, "hidden": 64, "layers": 2, "batch_size": 100,
                            "learning_rate": 0.005} | changes)
    with untouched(made, "cpu"):
        return made.observe()[0]


@pytest.mark.long
def test_transport_that_ignores_the_labels_puts_samples_into_other_groups() -> None:
    broken, mended = (_measured(know_class=True, pairing=pairing)
                      for pairing in ("blind_transport", "transport"))
    assert broken["right_class"] < 0.5 < 0.9 < mended["right_class"]


@pytest.mark.long
def test_two_long_steps_miss_the_groups_and_many_find_them() -> None:
    broken = _measured(solver="euler", solver_steps=2)
    mended = _measured()
    assert broken["high_quality"] < 0.6 < 0.8 < mended["high_quality"]
    assert mended["w2"] < 1.5 * mended["floor_w2"] < broken["w2"]


@pytest.mark.long
def test_a_reflowed_flow_draws_all_groups_in_one_step_of_eulers_rule() -> None:
    before = _measured(solver="euler", solver_steps=1)
    after = _measured(solver="euler", solver_steps=1, second_half="reflow")
    assert before["high_quality"] < 0.05 and after["modes"] == 8
    assert after["w2"] < 0.5 * before["w2"]


def test_own_points_may_be_where_the_flow_starts() -> None:
    mine = ((1.0, 1.5), (-1.0, 1.5), (0.0, 2.0), (0.5, -2.0), (2.0, 2.0), (-2.5, 0.0))
    made = _trained(3, source="mine", dataset="moons", points=mine)
    start = at_once(made.looking())[1]["path"][0]
    assert {tuple(row) for row in start.tolist()} <= set(mine) and len(made.data.train) > 1000
    assert FlowMatchingSettings.learns_from_own({"source": "mine", "dataset": "moons"})
    assert not FlowMatchingSettings.learns_from_own({"source": "mine", "dataset": "digits"})


def test_a_start_without_points_waits_for_them() -> None:
    with pytest.raises(Refusal, match="there must be 6 points or more"):
        _trained(1, source="mine", points=((0.0, 0.0), (1.0, 1.0)))
    empty = FlowMatchingExperiment(FlowMatchingSettings(source="mine"), "cpu")
    metrics, arrays = at_once(empty.looking())
    assert metrics == {"points": 0.0} and arrays["data"].shape == (0, 2)


def test_pictures_are_rated_within_a_bound_and_measured_by_features() -> None:
    made = _trained(3, dataset="digits", features=8)
    found = made.ask("bits", {"seed": 0})
    assert found["levels"] == 17 and found["n"] == 20 and found["error"] > 0
    model = made.model.first
    assert isinstance(model, FlowMatching)
    exact = model.log_prob(torch.from_numpy(made.data.test[:2]))  # at the levels
    assert found["bits"] == pytest.approx(
        4 - exact.mean().item() / 64 / np.log(2), abs=1.0)
    asked = made.ask("quality", {"seed": 0})
    assert [list(each["evaluations"]) for each in asked["solvers"]] == [[4, 8, 16, 32]] * 3
    assert all(min(each["fid"]) > asked["floor"] > 0 for each in asked["solvers"])
    with pytest.raises(Refusal, match="must be pictures"):
        _trained(1).ask("bits", {"seed": 0})


def test_a_look_at_pictures_in_colour_is_small() -> None:
    made = _trained(1, dataset="sprites", features=8)
    _metrics, arrays = at_once(made.looking())
    assert arrays["path"].shape == (9, 20, 3, 16, 16)
    assert sum(array.nbytes for array in arrays.values()) < 200_000
