"""The room of generative stochastic networks: what is watched, what is asked, what is said."""

from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.neighbors import KernelDensity

from playground.concepts.gsn import figures, words
from playground.concepts.gsn.experiment import GSNExperiment
from playground.concepts.gsn.questions import WIDTHS, _parzen
from playground.concepts.gsn.settings import GSNSettings
from playground.experiments.pieces import whole
from playground.refusal import Refusal
from playground.snapshot import Snapshot
from playground.training.untouched import untouched

Numbers = tuple[dict[str, float], dict[str, np.ndarray]]
DIGITS = {"dataset": "digits", "hidden": 256, "learning_rate": 0.002}


def _trained(n_steps: int, **changes: Any) -> GSNExperiment:
    settings = GSNSettings(**{"steps": max(100, n_steps)} | changes)
    torch.manual_seed(settings.seed)
    made = GSNExperiment(settings, "cpu")
    for _step in islice(whole(made.steps()), n_steps):
        pass
    return made


def _look(made: GSNExperiment, **knobs: Any) -> Numbers:
    before, made.settings = made.settings, made.settings.with_changes(**knobs)
    with untouched(made, "cpu"):
        found = made.observe()
    made.settings = before
    return found


def _ask(made: GSNExperiment, name: str, **arguments: Any) -> dict[str, Any]:
    with untouched(made, "cpu"):
        return made.ask(name, arguments)


@pytest.fixture(scope="module")
def ring() -> GSNExperiment:
    return _trained(1200)


@pytest.fixture(scope="module")
def digits() -> GSNExperiment:
    return _trained(500, **DIGITS)


# --- what is watched

def test_chains_of_a_trained_net_end_at_the_data(ring: GSNExperiment) -> None:
    metrics, arrays = _look(ring)
    before, _arrays = _look(_trained(0))
    assert metrics["w2"] < 1.5 * metrics["floor_w2"] < before["w2"]
    assert metrics["high_quality"] > 0.85 and metrics["modes"] == metrics["floor_modes"] == 8
    assert arrays["path"].shape == (len(arrays["times"]), 250, 2)
    assert arrays["times"][0] == 0 and arrays["times"][-1] == 100
    assert arrays["pull"].shape == arrays["places"].shape


def test_means_shrink_and_draws_do_not(ring: GSNExperiment) -> None:
    drawn, mean = _look(ring), _look(ring, chain_goes_on="mean")
    assert mean[0]["w2"] != drawn[0]["w2"]
    assert mean[1]["path"][-1].std() < 0.97 * drawn[1]["path"][-1].std()
    found = _ask(ring, "by_mean", seed=0)
    assert found["spread_draw"] == pytest.approx(1, abs=0.06)
    assert found["spread_mean"] < 0.95 * found["spread_draw"]
    assert ring.model.draws  # as the knob says


def test_chains_may_start_at_data(ring: GSNExperiment) -> None:
    _metrics, arrays = _look(ring, chain_start="data", chain_steps=1)
    np.testing.assert_array_equal(arrays["path"][0], arrays["data"])
    assert arrays["times"].tolist() == [0, 1]


def test_one_gaussian_answers_with_what_lies_between() -> None:
    one, eight = (_look(_trained(600, corrupting_noise=1.0, components=n))[0] for n in (1, 8))
    assert one["high_quality"] < 0.65 < 0.85 < eight["high_quality"]


def test_little_noise_makes_small_steps() -> None:
    little, much = (_look(_trained(400, corrupting_noise=c, noise=0.5))[0] for c in (0.1, 0.5))
    assert little["changes"] < 0.5 * much["changes"]
    assert little["held_out"] < much["held_out"]


def test_chains_of_pictures_end_at_pictures(digits: GSNExperiment) -> None:
    metrics, arrays = _look(digits)
    assert metrics["fid"] < 4 * metrics["floor_fid"] < 0.2 * _look(_trained(0, **DIGITS))[0]["fid"]
    assert arrays["path"].shape[1:] == (36, 8, 8) and arrays["path"].dtype == np.uint8
    assert "pull" not in arrays


def test_walk_back_makes_steps_larger_and_answers_wider() -> None:
    without, with_it = (_look(_trained(300, walk_back=n, **DIGITS))[0] for n in (0, 3))
    assert with_it["changes"] > 1.2 * without["changes"]
    assert with_it["held_out"] > without["held_out"]


# --- what is asked

def test_what_a_point_may_have_been_is_what_the_training_set_says(ring: GSNExperiment) -> None:
    reply = _ask(ring, "one_step", index=3, seed=0)
    assert reply["drawn"].shape == reply["others"].shape == (300, 2)
    untrained = _ask(_trained(0), "one_step", index=3, seed=0)
    assert reply["w2"] < 0.5 * untrained["w2"]
    np.testing.assert_allclose(reply["right"], untrained["right"])  # no matter of the net
    np.testing.assert_allclose(reply["mean"], reply["right"], atol=0.25)


def test_what_a_picture_may_have_been(digits: GSNExperiment) -> None:
    reply = _ask(digits, "one_step", index=0, seed=1)
    assert reply["datum"].shape == reply["mean"].shape == (8, 8)
    assert 0 < np.abs(reply["datum"] - reply["corrupted"]).mean() < 0.3
    assert np.abs(reply["mean"] - reply["datum"]).mean() < 0.3
    train = {each.tobytes() for each in (digits.data.train[:, 0] * 255).astype(np.uint8)}
    assert all(each.tobytes() in train for each in reply["others"])


def test_the_density_of_the_chain_is_nearly_the_true_one(ring: GSNExperiment) -> None:
    reply = _ask(ring, "stationary")
    assert reply["true"] - reply["log_p"] == pytest.approx(0, abs=0.12)
    side = len(reply["density"])
    mass = float(reply["density"].sum()) * (2 * reply["reach"] / side) ** 2
    assert mass == pytest.approx(1, abs=0.02)
    assert 2 < reply["steps"] < 30 and reply["lost"] < 0.01
    x = ring.data.test[:1]  # rows along the second coordinate: dense where data are
    row, column = (int((value + reply["reach"]) / (2 * reply["reach"]) * side)
                   for value in (x[0, 1], x[0, 0]))
    assert reply["density"][row, column] > 3 * reply["density"].mean()


def test_pictures_have_too_many_cells_for_a_grid(digits: GSNExperiment) -> None:
    with pytest.raises(Refusal, match="points of the plane"):
        _ask(digits, "stationary")


def test_mixing_counts_where_chains_are(ring: GSNExperiment, digits: GSNExperiment) -> None:
    reply = _ask(ring, "mixing", seed=0)
    assert reply["trail"].shape == (300, 2) and len(reply["shares"]) == 8
    np.testing.assert_allclose(reply["shares"], reply["truth"], atol=0.08)
    assert _ask(digits, "mixing", seed=0)["strip"].shape == (20, 8, 8)


def test_centres_of_k_means_beat_the_data_themselves(digits: GSNExperiment) -> None:
    reply = _ask(digits, "parzen", seed=0)
    nats = dict(zip(reply["names"], reply["nats"], strict=True))
    assert nats["means"] > nats["train"] + 1 and nats["means"] > nats["chain"] + 1
    with pytest.raises(Refusal, match="must be pictures"):
        _ask(_trained(0), "parzen", seed=0)


def test_a_parzen_window_is_the_mean_of_gaussians() -> None:
    rng = np.random.default_rng(0)
    points, x = rng.normal(size=(30, 3)), rng.normal(size=(10, 3))
    for number in (8, 20):
        wanted = KernelDensity(bandwidth=WIDTHS[number]).fit(points).score_samples(x).mean()
        assert _parzen(points, x)[number] == pytest.approx(wanted)


# --- what is drawn and said

def test_the_clock_of_the_chains_ends_where_the_knob_says(ring: GSNExperiment) -> None:
    _metrics, arrays = _look(ring, chain_steps=7)
    drawn = figures.chains(arrays)
    assert drawn["layout"]["meta"]["path"]["total"] == 7
    assert len(drawn["layout"]["meta"]["path"]["data"]) == len(arrays["times"]) - 1


def _caption(metrics: dict[str, float], step: int = 100, **changes: Any) -> str:
    settings = GSNSettings(**changes)
    run = SimpleNamespace(settings_at=lambda step: settings)
    return words.caption(run, Snapshot(step, 0.0, metrics, {}))  # type: ignore[arg-type]


def test_the_caption_says_what_is_wrong() -> None:
    good = {"w2": 0.26, "floor_w2": 0.25, "modes": 8.0, "floor_modes": 8.0, "high_quality": 0.98,
            "changes": 40.0}
    assert "Press Train" in _caption(good, 0)
    said = _caption(good)
    assert "0.26" in said and "8 of 8" in said and "hardly" not in said and "shrink" not in said
    assert "hardly mixes" in _caption(good | {"changes": 3.0})
    assert "between the groups" in _caption(good | {"high_quality": 0.5})
    assert "shrink" in _caption(good, chain_goes_on="mean")
    pictures = {"fid": 0.5, "floor_fid": 0.6, "changes": 40.0}
    assert "no digit" not in _caption(pictures, dataset="digits")
    assert "no digit" in _caption(pictures | {"fid": 4.0}, dataset="digits")
