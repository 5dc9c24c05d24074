"""The room of learned priors: what is watched, what is asked, what is said."""

import math
from base64 import b64decode
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from model_zoo.latent_prior import LatentPrior
from playground.concepts.latent_prior import figures, words
from playground.concepts.latent_prior.experiment import LatentPriorExperiment
from playground.concepts.latent_prior.questions import aggregate
from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.experiments.base import at_once
from playground.experiments.pieces import whole
from playground.refusal import Refusal
from playground.snapshot import Snapshot
from playground.training.trainer import to_arrays
from playground.training.untouched import untouched

WORDS = {"code": "words", "batch_size": 64}


def _trained(n_steps: int, **changes: Any) -> LatentPriorExperiment:
    settings = LatentPriorSettings(**{"steps": max(100, n_steps)} | changes)
    torch.manual_seed(settings.seed)
    made = LatentPriorExperiment(settings, "cpu")
    for _step in islice(whole(made.steps()), n_steps):
        pass
    return made


def _look(made: LatentPriorExperiment) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    with untouched(made, "cpu"):
        return made.observe()


def _ask(made: LatentPriorExperiment, name: str, **arguments: Any) -> dict[str, Any]:
    with untouched(made, "cpu"):
        return made.ask(name, arguments)


@pytest.fixture(scope="module")
def plane() -> LatentPriorExperiment:
    return _trained(800, latent_dim=2, beta=0.02, prior="mixture", learning_rate=0.004)


@pytest.fixture(scope="module")
def text() -> LatentPriorExperiment:
    return _trained(600, vocabulary=16, learning_rate=0.004, **WORDS)


# --- two halves

def test_the_autoencoder_learns_first_and_then_stays_as_it_is() -> None:
    made = _trained(50)
    assert isinstance(made.model, LatentPrior) and made.has_prior
    vae, prior = to_arrays(made.model.vae), to_arrays(made.model.prior)
    for _step in islice(whole(made.steps()), 10):
        pass
    assert all(np.array_equal(value, vae[name])
               for name, value in to_arrays(made.model.vae).items())
    assert any(not np.array_equal(value, prior[name])
               for name, value in to_arrays(made.model.prior).items())


def test_the_prior_waits_in_the_first_half() -> None:
    made = _trained(20)
    prior = to_arrays(made.model.prior)
    metrics, arrays = _look(made)
    assert not made.has_prior and "gain" not in metrics and "learned" not in arrays
    for _step in islice(whole(made.steps()), 20):
        pass
    assert all(np.array_equal(value, prior[name])
               for name, value in to_arrays(made.model.prior).items())
    for question in ("bound", "quality"):
        with pytest.raises(Refusal, match="must have begun"):
            _ask(made, question, seed=0)


def test_both_halves_begin_with_the_whole_learning_rate() -> None:
    made = _trained(0, steps=100, learning_rate=0.01)
    for done, player, share in ((0, "vae", 1.0), (25, "vae", 0.5), (50, "prior", 1.0),
                                (75, "prior", 0.5)):
        made.done = done
        assert made.rate(player) == pytest.approx(0.01 * share)
        assert made.updates(player) == 1
        assert made.updates({"vae": "prior", "prior": "vae"}[player]) == 0


def test_weights_tell_whether_the_prior_has_learned(plane: LatentPriorExperiment) -> None:
    again = LatentPriorExperiment(plane.settings, "cpu")
    again.restore(plane.weights())
    assert again.has_prior
    assert _ask(again, "bound", seed=0)["gain"] == pytest.approx(
        _ask(plane, "bound", seed=0)["gain"], abs=1e-4)


# --- what is watched

def test_a_learned_prior_gains_where_codes_are_far_from_normal(
        plane: LatentPriorExperiment) -> None:
    metrics, arrays = _look(plane)
    assert metrics["gain"] > 1
    assert metrics["bound_learned"] - metrics["bound_normal"] == pytest.approx(metrics["gain"],
                                                                              abs=1e-3)
    for name in ("normal", "learned"):
        parts = -metrics["reconstruction"] + metrics["entropy"] - metrics[f"cost_{name}"]
        assert parts == pytest.approx(metrics[f"bound_{name}"], abs=1e-3)
    assert arrays["codes"].shape == (297, 2) and arrays["normal"].shape == (300, 2)
    spread = arrays["codes"].std(0)
    assert np.abs(np.log(arrays["learned"].std(0) / spread)).max() < 0.5
    assert np.log(spread / arrays["normal"].std(0)).max() > 0.3


def test_words_cost_less_given_those_before(text: LatentPriorExperiment) -> None:
    metrics, arrays = _look(text)
    assert 0 < metrics["bits"] < metrics["bits_alone"] - 0.1 < 4
    assert metrics["gain"] == pytest.approx(
        16 * math.log(2) * (metrics["bits_alone"] - metrics["bits"]), abs=0.02)
    assert arrays["words_normal"].shape == arrays["words_learned"].shape == (24, 4, 4)
    assert arrays["words_learned"].max() < 16


def test_diffusion_prior_is_rated_by_its_ode() -> None:
    metrics, _arrays = _look(_trained(400, latent_dim=2, beta=0.02, prior="diffusion",
                                      hidden=64, learning_rate=0.004))
    assert metrics["gain"] > 0.5


# --- what is asked

def test_the_aggregate_posterior_is_the_mean_of_all() -> None:
    torch.manual_seed(0)
    mu, log_sigma, z = torch.randn(7, 3), 0.3 * torch.randn(7, 3), torch.randn(150, 3)
    wanted = torch.distributions.Normal(mu, log_sigma.exp()).log_prob(z[:, None]).sum(2)
    torch.testing.assert_close(at_once(aggregate(z, mu, log_sigma)),
                               wanted.exp().mean(1).log(), atol=1e-4, rtol=1e-4)


def test_more_draws_of_the_normal_fall_into_holes(plane: LatentPriorExperiment) -> None:
    reply = _ask(plane, "holes", seed=0)
    share = (reply["held_out"] < reply["least"]).mean()
    assert share == pytest.approx(0.01, abs=0.005)  # of codes of data, by construction
    assert reply["learned"] < 0.1
    side, reach = len(reply["grid"]), reply["reach"]
    row, column = (int((value + reach) / (2 * reach) * side)
                   for value in (reply["places"][0, 1], reply["places"][0, 0]))
    assert reply["grid"][row, column] > np.median(reply["grid"])  # rows: second number
    with pytest.raises(Refusal, match="must be words"):
        _ask(plane, "places")


def test_the_gain_is_surer_than_either_bound(plane: LatentPriorExperiment) -> None:
    reply = _ask(plane, "bound", seed=0)
    gain, error = reply["gain"]
    assert gain == pytest.approx(reply["bound_learned"][0] - reply["bound_normal"][0], abs=1e-3)
    assert gain == pytest.approx(reply["normal"][0] - reply["learned"][0], abs=1e-3)
    assert 0 < error < reply["bound_normal"][1]
    assert reply["n"] == 297


def test_samples_of_the_learned_prior_are_nearer_to_data(plane: LatentPriorExperiment,
                                                         text: LatentPriorExperiment) -> None:
    for made in (plane, text):
        reply = _ask(made, "quality", seed=0)
        assert reply["real"] < reply["copies"] < reply["learned"] < 0.9 * reply["normal"]


def test_bits_of_places_are_those_of_the_words(text: LatentPriorExperiment) -> None:
    reply, (metrics, _arrays) = _ask(text, "places"), _look(text)
    for name, key in (("alone", "bits_alone"), ("learned", "bits")):
        assert reply[name].mean() == pytest.approx(metrics[key], abs=1e-3)
        assert reply[name].sum() == pytest.approx(reply[f"total_{name}"][0], abs=1e-2)
    assert reply["learned"][0, 0] == pytest.approx(reply["alone"][0, 0], abs=0.3)
    with pytest.raises(Refusal, match="must be numbers"):
        _ask(text, "holes", seed=0)


# --- what is drawn and said

def test_learned_pictures_stand_below_and_are_missing_at_first() -> None:
    upper = np.zeros((24, 8, 8), np.uint8)
    without, with_it = (figures._above(upper, lower) for lower in (None, upper + 255))
    assert without.shape == with_it.shape
    assert (with_it[-1] == 255).any() and not (without[-1] == 255).any()


def test_a_code_of_one_number_has_a_row_for_each_prior() -> None:
    one: dict[str, np.ndarray] = {
        "codes": np.zeros((5, 1), np.float32), "normal": np.ones((5, 1), np.float32),
           "learned": np.ones((5, 1), np.float32), "axes": np.array([0], np.uint8)}
    assert len(figures.codes(one)["data"]) == 3


def _caption(metrics: dict[str, float], step: int = 100, **changes: Any) -> str:
    settings = LatentPriorSettings(**changes)
    run = SimpleNamespace(settings_at=lambda step: settings)
    return words.caption(run, Snapshot(step, 0.0, metrics, {}))  # type: ignore[arg-type]


def test_the_caption_says_who_learns_and_what_is_gained() -> None:
    first = {"bound_normal": -109.0, "bits_alone": 3.5}
    assert "Nobody has learned" in _caption(first, 0)
    assert "prior waits" in _caption(first) and "prior waits" in _caption(first, code="words")
    said = first | {"bound_learned": -101.0, "gain": 8.0}
    assert "+8.00" in _caption(said) and "worse" not in _caption(said)
    assert "worse" in _caption(said | {"gain": -8.0})
    assert "near N(0, I) already" in _caption(said | {"gain": 0.05}, beta=1.0)
    bits = said | {"bits": 2.8, "bits_known": 2.6}
    assert "by heart" not in _caption(bits, code="words")
    assert "by heart" in _caption(bits | {"bits_known": 1.9}, code="words")


@pytest.mark.parametrize("learned", [False, True])
def test_bars_of_costs_end_where_the_numbers_are_and_entropy_counts_against_them(
        learned: bool) -> None:
    costs = {"reconstruction": [30.0, 0.5], "entropy": [12.0, 0.0], "cost_normal": [20.0, 0.25]}
    if learned:
        costs["cost_learned"] = [15.0, 0.25]
    drawn = [trace for trace in figures.bars(costs)["data"] if "fill" in trace]
    assert len(drawn) == 1 + learned
    for trace, cost in zip(drawn, (20.0, 15.0), strict=False):
        corners = np.frombuffer(b64decode(trace["x"]["bdata"]), "<f4").reshape(3, 5)
        assert corners[:, :4].tolist() == [[0, end, end, 0] for end in (30, -12, cost)]
    words = [trace for trace in figures.bars(costs)["data"] if trace["mode"] == "text"]
    assert words[0]["text"] == ["30.0", "-12.0", "20.0"]
    assert words[0]["textposition"] == ["middle right", "middle left", "middle right"]
    axis = figures.bars(costs)["layout"]["xaxis"]["range"]
    assert axis[0] < -12 and axis[1] > 30
