"""The room of the Boltzmann machine: what is watched, what is asked, what is said."""

from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from model_zoo.dbm import DBM
from playground.concepts.rbm import completing, figures, words
from playground.concepts.rbm.experiment import RBMExperiment
from playground.concepts.rbm.settings import RBMSettings
from playground.datasets import bars
from playground.experiments.base import at_once
from playground.experiments.pieces import whole
from playground.refusal import Refusal
from playground.snapshot import Snapshot
from playground.training.untouched import untouched

Numbers = tuple[dict[str, float], dict[str, np.ndarray]]


def _trained(n_steps: int, **changes: Any) -> RBMExperiment:
    settings = RBMSettings(**{"steps": max(100, n_steps)} | changes)
    torch.manual_seed(settings.seed)
    made = RBMExperiment(settings, "cpu")
    for _step in islice(whole(made.steps()), n_steps):
        pass
    return made


def _look(made: RBMExperiment) -> Numbers:
    with untouched(made, "cpu"):
        return made.observe()


def _ask(made: RBMExperiment, name: str, **arguments: Any) -> dict[str, Any]:
    with untouched(made, "cpu"):
        return made.ask(name, {"seed": 0, **arguments})


@pytest.fixture(scope="module")
def good() -> RBMExperiment:
    return _trained(1500, steps=1500)


def test_gradient_descent_moves_a_weight_by_its_slope_and_adam_by_the_rate() -> None:
    moved = {}
    for name in ("adam", "sgd"):
        made = _trained(0, optimizer=name, learning_rate=0.01)
        before = made.model.visible.detach().clone()
        next(whole(made.steps()))
        moved[name] = (made.model.visible.detach() - before).abs()
        slope = made.model.visible.grad
        assert slope is not None
        if name == "sgd":
            torch.testing.assert_close(moved[name], 0.01 * slope.abs())
    assert moved["adam"].max().item() == pytest.approx(0.01, rel=1e-3)


# --- what is watched

def test_before_training_pixels_are_alone_and_fantasies_are_noise() -> None:
    metrics, arrays = _look(_trained(0))
    assert metrics["log_p"] == pytest.approx(-16 * np.log(2), abs=0.3)
    assert metrics["floor"] == pytest.approx(-4.875 * np.log(2))
    assert metrics["gap"] == pytest.approx(metrics["floor"] - metrics["log_p"])
    assert metrics["valid"] < 0.1 and 7 < metrics["wrong"] < 9
    assert arrays["path"].shape == (len(arrays["times"]), 36, 4, 4)
    assert arrays["times"][0] == 0 and arrays["times"][-1] == 200


def test_a_trained_machine_knows_bars_and_stripes(good: RBMExperiment) -> None:
    metrics, arrays = _look(good)
    assert 0 < metrics["gap"] < 0.8 < 5 < _look(_trained(0))[0]["gap"]
    assert metrics["valid"] > 0.35 and metrics["found"] > 5 and metrics["wrong"] < 1
    known = good.patterns_of(torch.from_numpy(arrays["path"][-1]).flatten(1).float() / 255)
    assert (known >= 0).mean() == pytest.approx(metrics["valid"])


def test_the_weights_of_a_look_stay_as_they_were() -> None:
    made = _trained(0)
    weights = _look(made)[1]["weights"]
    before = weights.copy()
    next(whole(made.steps()))
    np.testing.assert_array_equal(weights, before)
    assert weights.shape == (24, 4, 4)
    np.testing.assert_array_equal(weights[3].ravel(), _trained(0).model.weights[:, 3].detach())


def test_patterns_are_told_from_others() -> None:
    made = _trained(0)
    every = torch.from_numpy(bars.patterns()).flatten(1).float()
    assert made.patterns_of(every).tolist() == list(range(30))
    every[:, 0] = 1 - every[:, 0]
    assert (made.patterns_of(every) == -1).all()


def test_what_cannot_be_summed_is_an_estimate_with_its_error() -> None:
    few, many = (_trained(3, dataset="digits", n_hidden=n) for n in (16, 24))
    exact, estimated = _look(few)[0], _look(many)[0]
    assert few.settings.claim.kind == "exact" and "error" not in exact
    assert many.settings.claim.kind == "estimate" and estimated["error"] < 0.2
    assert estimated["log_p"] == pytest.approx(exact["log_p"], abs=3)


def test_an_estimate_is_near_the_exact_value(good: RBMExperiment) -> None:
    with untouched(good, "cpu"):
        found, error = at_once(good.annealed(1000))
        assert abs(found - good.model.log_z()) < max(4 * error, 0.1)


@pytest.mark.parametrize(("steps", "moments"), [(1, 2), (5, 6), (200, 10), (1000, 10)])
def test_the_clock_of_the_chains_ends_where_the_knob_says(steps: int, moments: int) -> None:
    _metrics, arrays = _look(_trained(0, gibbs_steps=steps))
    assert arrays["times"][-1] == steps and 2 <= len(arrays["times"]) <= moments
    drawn = figures.fantasies(arrays)
    assert drawn["layout"]["meta"]["path"]["total"] == steps


def test_cold_chains_freeze(good: RBMExperiment) -> None:
    still = {}
    for temperature in (0.1, 1.0, 2.0):
        good.settings = good.settings.with_changes(temperature=temperature)
        path = _look(good)[1]["path"]
        still[temperature] = float((path[-1] == path[-2]).mean())
    good.settings = good.settings.with_changes(temperature=1.0)
    assert still[0.1] > 0.95 > still[2.0]


def test_drawing_is_clocked_in_pieces_and_draws_pictures(good: RBMExperiment) -> None:
    torch.manual_seed(0)
    pieces = list(good.drawing(5))
    assert len(pieces) == good.settings.gibbs_steps
    drawn = good.draw(5)
    assert isinstance(drawn, torch.Tensor) and drawn.shape == (5, 1, 4, 4)
    assert set(drawn.unique().tolist()) <= {0.0, 1.0}


# --- what is asked

def test_cd_1_points_farther_from_the_exact_gradient_than_cd_100() -> None:
    made = _trained(400, steps=400, learning_rate=0.02, rule="cd", cd_steps=1)
    reply = _ask(made, "gradients")
    assert list(reply["names"]) == ["cd_1", "cd_10", "cd_100"]
    assert reply["angles"][2] < reply["angles"][1] < reply["angles"][0]
    assert reply["angles"][0] > 45 and reply["exact"] > 2 * reply["lengths"][0]
    assert "pcd" in _ask(_trained(1), "gradients")["names"]


def test_the_exact_gradient_of_a_large_machine_is_refused() -> None:
    with pytest.raises(Refusal, match="at most 16 units"):
        _ask(_trained(0, dataset="digits", n_hidden=32), "gradients")


def test_annealing_closes_in_on_the_exact_log_z(good: RBMExperiment) -> None:
    reply = _ask(good, "partition")
    assert reply["exact"] == pytest.approx(good.model.log_z())
    off = np.abs(reply["log_z"] - reply["exact"])
    assert off[-1] < 0.1 and reply["errors"][-1] < reply["errors"][0]
    assert reply["log_p"] == pytest.approx(_look(good)[0]["log_p"])
    assert _ask(_trained(0, dataset="digits", n_hidden=32), "partition")["exact"] is None


def test_what_is_painted_is_held_and_the_rest_fits_it(good: RBMExperiment) -> None:
    column = [[row, 1, 1] for row in range(4)] + [[0, 0, 0]]  # a white column, and one black pixel
    reply = _ask(good, "complete", index=5, half="none", painted=column)
    assert reply["given"].sum() == 5
    assert (reply["drawn"][:, :, 1] == 255).all() and (reply["drawn"][:, 0, 0] == 0).all()
    stripes = (reply["drawn"] == reply["drawn"][:, :1]).all((1, 2))
    assert stripes.mean() > 0.5  # columns alone fit that
    for bad in ([[4, 0, 1]], [[0, -1, 1]], [[0, 0]]):
        with pytest.raises(ValueError):
            _ask(good, "complete", index=5, half="none", painted=bad)


@pytest.mark.parametrize("half", list(completing.HALVES))
def test_the_canvas_shows_what_the_worker_holds(good: RBMExperiment, half: str) -> None:
    reply = _ask(good, "complete", index=5, half=half, painted=[])
    np.testing.assert_array_equal(completing.held(half, 4, 4), reply["given"] > 0)


def test_annealing_there_and_back_brackets_the_exact_log_p(good: RBMExperiment) -> None:
    reply = _ask(good, "bracket")
    assert reply["exact"] == pytest.approx(_look(good)[0]["log_p"])
    assert reply["low"][0] < reply["low"][-1] < reply["exact"] < reply["high"][0]
    assert reply["exact"] - reply["low"][-1] < 1 and abs(reply["high"][-1] - reply["exact"]) < 0.1
    assert (reply["low_errors"] > 0).all() and reply["high_errors"][-1] < reply["high_errors"][0]
    assert figures.bracket(reply)["layout"]["shapes"][0]["y0"] == reply["exact"]
    unknown = _ask(_trained(0, dataset="digits", n_hidden=32), "bracket")
    assert unknown["exact"] is None and unknown["n"] == 50


@pytest.mark.parametrize("half", ["top", "bottom", "left", "right"])
def test_what_is_held_stays_and_the_rest_becomes_bars_or_stripes(
        good: RBMExperiment, half: str) -> None:
    reply = _ask(good, "complete", index=5, half=half, painted=[])
    given = reply["given"] > 0
    assert given.sum() == 8
    for drawn in reply["drawn"]:
        np.testing.assert_array_equal(drawn[given], 255 * reply["picture"][given])
    assert reply["valid"] > 0.5


def test_chains_of_a_cd_1_machine_stay_longer_than_those_of_a_good_one(
        good: RBMExperiment) -> None:
    reply, all_of = _ask(good, "mixing")["plain"], RBMSettings().n_temperatures
    stuck = _ask(_trained(1500, steps=1500, rule="cd", cd_steps=1, learning_rate=0.05), "mixing")
    alone, helped = stuck["plain"], stuck["tempered"]
    assert alone["stay"] > 2 * reply["stay"] and alone["changes"] < 0.5 * reply["changes"]
    assert alone["stuck"] > 0.3 > reply["stuck"]
    assert helped["stay"] < 0.5 * alone["stay"] and helped["stuck"] < 0.1
    assert stuck["swaps"].shape == (all_of - 1,) and (stuck["swaps"] > 0.1).all()
    assert reply["shares"].sum() + reply["nowhere"] == pytest.approx(1)
    assert len(reply["shares"]) == 30 and reply["strip"].shape[1:] == (4, 4)


def test_digits_are_asked_for_their_class() -> None:
    made = _trained(20, dataset="digits", n_hidden=32)
    assert _ask(made, "mixing")["plain"]["shares"].shape == (10,)
    assert "valid" not in _ask(made, "complete", index=0, half="top", painted=[])


def test_a_tempered_machine_says_how_often_its_chains_swap() -> None:
    made = _trained(5, rule="tempered", cd_steps=1)
    assert _look(made)[0]["swaps"] == pytest.approx(made.restricted.swaps.min().item())
    assert "swap places in at least" in _said(made, 5) and "has a gap" not in _said(made, 5)
    assert "has a gap" in words._swaps({"swaps": 0.01})
    assert list(_ask(made, "gradients")["names"]) == ["cd_1", "cd_10", "cd_100", "tempered"]
    assert "swaps" not in _look(_trained(0))[0]


# --- two hidden layers

def test_a_deep_machine_on_bars_has_log_p_and_its_bound() -> None:
    made = _trained(300, steps=300, model="dbm", n_hidden=12, n_upper=5)
    metrics, arrays = _look(made)
    assert made.settings.claim.kind == "exact"
    model = made.model
    assert isinstance(model, DBM)
    log_z = model.log_z()
    assert metrics["log_p"] == pytest.approx(
        model.exact_log_prob(made.held_out, log_z).mean().item())
    assert metrics["bound"] == pytest.approx(model.bound(made.held_out, log_z).mean().item())
    assert metrics["bound"] < metrics["log_p"] < metrics["floor"]
    assert arrays["weights"].shape == (12, 4, 4)
    assert "Mean field bounds it by" in _said(made, 300)
    reply = _ask(made, "partition")
    assert reply["exact"] == pytest.approx(log_z) and abs(reply["log_z"][-1] - log_z) < 0.2
    assert reply["log_p"] == pytest.approx(metrics["log_p"])
    assert _ask(made, "mixing")["tempered"] is None
    assert _ask(made, "complete", index=3, half="top", painted=[])["drawn"].shape == (12, 4, 4)
    for question in ("gradients", "bracket"):
        with pytest.raises(Refusal, match="must have one hidden layer"):
            _ask(made, question)


def test_a_deep_machine_on_digits_has_an_estimate_of_its_bound() -> None:
    made = _trained(3, dataset="digits", model="dbm", n_hidden=16)
    metrics, _arrays = _look(made)
    assert made.settings.claim.kind == "estimate"
    assert metrics["error"] < 0.5 and "bound" not in metrics and "noise_gap" not in metrics
    assert "An estimate." in _said(made, 3)


# --- what is said

def _said(made: RBMExperiment, step: int, *before: float) -> str:
    metrics, arrays = _look(made)
    values = [*before, metrics["log_p"]]
    run: Any = SimpleNamespace(
        settings_at=lambda _step: made.settings,
        history=SimpleNamespace(curve=lambda _name: (range(len(values)), values)))
    return words.caption(run, Snapshot(step, 0.0, metrics, arrays))


def test_the_caption_names_log_p_and_what_it_is(good: RBMExperiment) -> None:
    assert "Nobody has learned" in _said(_trained(0), 0)
    said = _said(good, 1500)
    assert "exact" in said and "-3.38" in said and "mislead" not in said
    assert "≈" in _said(_trained(3, dataset="digits", n_hidden=32), 3)
    assert "exact" in _said(_trained(3, dataset="digits", n_hidden=16), 3)


def test_copies_are_said_to_mislead_only_where_log_p_has_fallen(good: RBMExperiment) -> None:
    assert "**The copies mislead: log p was -3.00 already.**" in _said(good, 1500, -3.0)
    assert "mislead" not in _said(_trained(20), 20, -3.0)


# --- what breaks, and what mends it

def _gap(**changes: Any) -> dict[str, float]:
    made = _trained(RBMSettings(**changes).steps, **changes)
    return _look(made)[0]


@pytest.mark.long
def test_chains_that_do_not_mix_lose_log_p_and_tempering_mends_it() -> None:
    broken: dict[str, Any] = {"cd_steps": 1, "learning_rate": 0.05, "steps": 2000}
    assert _gap(**broken)["gap"] > 1.2 > 0.6 > _gap(**broken, rule="tempered")["gap"]


@pytest.mark.long
def test_cd_1_for_long_copies_well_and_loses_log_p_and_each_fix_mends_it() -> None:
    broken: dict[str, Any] = {"rule": "cd", "cd_steps": 1, "learning_rate": 0.02, "steps": 5000}
    early = _look(_trained(500, **broken))[0]
    late = _gap(**broken)
    assert late["wrong"] < 0.3 * early["wrong"] and late["gap"] > early["gap"] + 0.3
    for fix in ({"rule": "pcd", "cd_steps": 10, "learning_rate": 0.005},
                {"cd_steps": 10, "learning_rate": 0.01}):
        assert _gap(**broken | fix)["gap"] < 0.8 < 2 < late["gap"]


@pytest.mark.long
@pytest.mark.parametrize(("broken", "fix"), [
    ({"learning_rate": 0.5}, {"learning_rate": 0.005}),
    ({"n_chains": 1, "cd_steps": 1}, {"n_chains": 200}), ({"n_hidden": 2}, {"n_hidden": 24})],
    ids=["large steps", "a single chain", "two hidden units"])
def test_what_breaks_is_mended(broken: dict[str, Any], fix: dict[str, Any]) -> None:
    assert _gap(steps=2000, **broken)["gap"] > 5
    assert _gap(steps=2000, **broken | fix)["gap"] < 1
