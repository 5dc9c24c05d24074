"""The room of energy-based models: what is watched, what is asked, what is said."""

from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from model_zoo import quadrature
from playground.concepts.energy import figures, words
from playground.concepts.energy.experiment import EnergyExperiment
from playground.concepts.energy.mapping import shades
from playground.concepts.energy.settings import EnergySettings
from playground.concepts.energy.slopes import angle_to, slopes_of
from playground.experiments import toy_density
from playground.experiments.pieces import whole
from playground.refusal import Refusal
from playground.snapshot import Snapshot
from playground.training.untouched import untouched

Numbers = tuple[dict[str, float], dict[str, np.ndarray]]
NCE: dict[str, Any] = {"rule": "contrastive", "learning_rate": 0.005, "mean_of": 50}


def _trained(n_steps: int, **changes: Any) -> EnergyExperiment:
    settings = EnergySettings(**{"steps": max(100, n_steps)} | changes)
    torch.manual_seed(settings.seed)
    made = EnergyExperiment(settings, "cpu")
    for _step in islice(whole(made.steps()), n_steps):
        pass
    return made


def _look(made: EnergyExperiment) -> Numbers:
    with untouched(made, "cpu"):
        return made.observe()


def _ask(made: EnergyExperiment, name: str, **arguments: Any) -> dict[str, Any]:
    with untouched(made, "cpu"):
        return made.ask(name, {"seed": 0, **arguments})


@pytest.fixture(scope="module")
def good() -> EnergyExperiment:
    return _trained(500, **NCE)


# --- what is watched

def test_before_training_the_model_is_the_bowl() -> None:
    metrics, arrays = _look(_trained(0, shown_steps=50))
    points = _trained(0).held_out
    bowl = torch.distributions.Normal(0, 1.5).log_prob(points).sum(1).mean().item()
    assert metrics["log_p"] == pytest.approx(bowl, abs=1e-3)
    assert metrics["floor"] == pytest.approx(-(toy_density.entropy("ring", 1.0) or 0))
    assert metrics["gap"] == pytest.approx(metrics["floor"] - metrics["log_p"])
    assert metrics["outside"] == pytest.approx(1 - 0.9545**2, abs=0.01)  # beyond two deviations
    assert arrays["path"].shape == (len(arrays["times"]), 300, 2)
    assert arrays["times"][0] == 0 and arrays["times"][-1] == 50


def test_a_trained_energy_is_near_the_entropy_and_knows_log_z(good: EnergyExperiment) -> None:
    metrics, arrays = _look(good)
    assert -3 * metrics["error"] < metrics["gap"] < 0.1 < 1 < _look(_trained(0))[0]["gap"]
    assert metrics["learned_log_z"] == pytest.approx(metrics["log_z"], abs=0.1)
    assert metrics["outside"] < 0.01 and metrics["noise_gap"] > 0
    assert arrays["wells"].dtype == np.uint8 and arrays["wells"].max() == 255


def test_likelihoods_of_other_data_are_lower(good: EnergyExperiment) -> None:
    metrics, _arrays = _look(good)
    log_p = good.model.log_prob(torch.zeros(10, 2)).mean().item()  # type: ignore[operator]
    assert log_p < metrics["log_p"] - 2


def test_shades_are_the_depth_below_eight_nats() -> None:
    surface = torch.tensor([[3.0, 7.0], [11.0, 50.0]])
    assert shades(surface).tolist() == [[255, 128], [0, 0]]


@pytest.mark.parametrize("steps", [1, 5, 300])
def test_the_clock_of_the_chains_ends_where_the_knob_says(steps: int) -> None:
    _metrics, arrays = _look(_trained(0, shown_steps=steps))
    drawn = figures.chains(arrays)
    assert arrays["times"][-1] == drawn["layout"]["meta"]["path"]["total"] == steps


def test_cold_chains_roll_to_the_bottom_and_hot_ones_leave_it(good: EnergyExperiment) -> None:
    low = {}
    for noise in (0.0, 1.0, 2.0):
        good.settings = good.settings.with_changes(langevin_noise=noise)
        metrics, _arrays = _look(good)
        low[noise] = metrics["fantasy_gap"]
        assert metrics["temperature"] == noise**2
    good.settings = good.settings.with_changes(langevin_noise=1.0)
    good.take_knobs()
    assert low[0.0] < -0.5 < low[1.0] < low[2.0] - 0.5


def test_of_digits_no_likelihood_is_claimed() -> None:
    made = _trained(2, dataset="digits", langevin_steps=2, shown_steps=3)
    metrics, arrays = _look(made)
    assert not {"log_p", "gap", "log_z"} & set(metrics)
    assert made.settings.claim.kind == "none" and made.settings.claim.why
    assert arrays["path"].dtype == np.uint8 and arrays["path"].shape[1:] == (36, 8, 8)
    for question in ("gradients", "compositions"):
        with pytest.raises(Refusal, match="points of the plane"):
            _ask(made, question, **({"other": "moons"} if question == "compositions" else {}))


def test_live_knobs_reach_the_chains() -> None:
    made = _trained(1)
    made.settings = made.settings.with_changes(langevin_step=0.02, langevin_noise=0.5,
                                               shown_steps=7)
    made.take_knobs()
    assert made.model.sampler.step == 0.02 and made.model.sampler.temperature == 0.25
    assert made.draw(3).shape == (3, 2) and made.model.path_steps == 7


# --- what is asked

def test_the_sum_is_the_product_of_densities_and_the_soft_minimum_their_mixture(
        good: EnergyExperiment) -> None:
    reply = _ask(good, "compositions", other="mirror")
    assert reply["wells"].shape == (4, 81, 81) and reply["drawn"].shape == (4, 300, 2)
    mine, mirrored, both, either = reply["nats"]
    assert mirrored == pytest.approx(mine, abs=1e-3)
    assert either == pytest.approx(np.log(2), abs=1e-3)  # both weigh 1
    grid = torch.cat(list(quadrature.places("cpu")))
    with torch.no_grad():
        together = good.model.energy(grid) + good.model.energy(grid * torch.tensor([1.0, -1.0]))
    wanted = (-together.double()).logsumexp(0).item() + quadrature.LOG_CELL
    assert both == pytest.approx(wanted, abs=1e-3)
    np.testing.assert_array_equal(reply["wells"][0][::-1], reply["wells"][1])


def test_another_set_is_learned_when_it_is_asked_for(good: EnergyExperiment) -> None:
    wells = _ask(good, "compositions", other="moons")["wells"].astype(float)
    axis = np.linspace(-3, 3, 81)
    moon = np.abs(axis[:, None] - np.array([0.5, -0.5])[None]).argmin(0)  # rows of both moons
    assert wells[1][moon].max() > 150 and wells[1][:8].max() < 10
    assert wells[3][np.abs(axis - 1.4).argmin()].max() > 100  # the ring is in the mixture


def test_far_data_lie_higher_than_held_out_ones(good: EnergyExperiment) -> None:
    reply = _ask(good, "outliers")
    assert list(reply["names"]) == ["held_out", "moons", "box", "middle"]
    assert (reply["auc"] > 0.8).all() and reply["auc"][2] > 0.99
    assert (reply["counts"].sum(1) == 500).all()


def test_pictures_are_judged_with_examples() -> None:
    reply = _ask(_trained(5, dataset="digits", rule="denoising"), "outliers")
    assert reply["examples"].shape == (5, 6, 8, 8) and len(reply["auc"]) == 4
    inverted = 255 - reply["examples"][0].astype(int)
    np.testing.assert_allclose(reply["examples"][2].astype(int), inverted, atol=1)


def test_long_chains_point_nearer_to_the_exact_gradient_than_one_step_from_the_data() -> None:
    made = _trained(120, langevin_steps=10, steps=1000)
    reply = _ask(made, "gradients")
    angle = dict(zip(reply["names"], reply["angles"], strict=True))
    assert angle["exact_samples"] < 25 < angle["at_data_1"]
    assert angle["at_data_100"] < angle["at_data_1"] and "persistent" in angle


def test_the_exact_gradient_is_that_of_log_p_by_differences(good: EnergyExperiment) -> None:
    model, x = good.model, good.held_out
    grid = torch.cat(list(quadrature.places("cpu")))
    with torch.no_grad():
        chances = (-model.learning_energy(grid)).softmax(0)
    exact = (slopes_of(model, grid, chances)
             - slopes_of(model, x, torch.full((len(x),), 1 / len(x))))

    def log_p() -> float:
        with torch.no_grad():
            energy = model.learning_energy
            return (-energy(x).double().mean() - (-energy(grid).double()).logsumexp(0)).item()

    weight = list(model.net.net.parameters())[-1]
    size, flat = 1e-2, exact[-weight.numel():]
    place = int(flat.abs().argmax())
    with torch.no_grad():
        weight.view(-1)[place] += size
        up = log_p()
        weight.view(-1)[place] -= 2 * size
        down = log_p()
        weight.view(-1)[place] += size
    assert (up - down) / (2 * size) == pytest.approx(flat[place].item(), rel=0.02, abs=1e-3)


def test_angles_are_in_degrees() -> None:
    a = torch.tensor([1.0, 0.0]).double()
    assert angle_to(a, torch.tensor([0.0, 2.0]).double()) == pytest.approx(90)
    assert angle_to(a, torch.tensor([-3.0, 0.0]).double()) == pytest.approx(180)
    assert angle_to(a, 0 * a) == pytest.approx(90)


def test_heat_mixes_and_cold_does_not(good: EnergyExperiment) -> None:
    reply = _ask(good, "mixing")
    cold, model, hot = reply["changed"][:, -1]
    assert cold < model < hot and reply["chance"] == pytest.approx(7 / 8, abs=0.02)
    assert reply["changed"][:, 0].max() < 0.2


# --- what is said

def _said(made: EnergyExperiment, step: int) -> str:
    metrics, arrays = _look(made)
    run: Any = SimpleNamespace(settings=made.settings, settings_at=lambda _step: made.settings)
    return words.caption(run, Snapshot(step, 0.0, metrics, arrays))


def test_the_caption_names_log_p_and_a_temperature_that_is_not_one(good: EnergyExperiment) -> None:
    assert "Nobody has learned" in _said(_trained(0, shown_steps=5), 0)
    said = _said(good, 500)
    assert "exact up to the quadrature" in said and "T =" not in said
    good.settings = good.settings.with_changes(langevin_noise=0.1)
    assert "**The chains run at T = 0.01: they are no samples of p" in _said(good, 500)
    good.settings = good.settings.with_changes(langevin_noise=1.0)
    good.take_knobs()


def test_probability_that_has_strayed_is_said() -> None:
    assert "lies beyond this square" in _said(_trained(0, shown_steps=5), 100)


# --- what breaks, and what mends it

def _gap(**changes: Any) -> float:
    made = _trained(EnergySettings(**changes).steps, **changes)
    return _look(made)[0]["gap"]


@pytest.mark.long
@pytest.mark.parametrize(("broken", "fix"), [
    ({"dataset": "moons"}, {"langevin_step": 0.002}),
    ({"rule": "short_run", "langevin_steps": 5}, {"rule": "persistent", "langevin_steps": 20}),
    ({"langevin_step": 0.1}, {"langevin_step": 0.005}),
    ({"langevin_noise": 0.0}, {"langevin_noise": 1.0}),
    ({"rule": "denoising", "noise": 0.4, "data_noise": 0.02, "learning_rate": 0.002},
     {"rule": "contrastive"}),
    ({"rule": "contrastive", "noise_width": 0.2, "learning_rate": 0.005}, {"noise_width": 2.0})],
    ids=["wide steps", "short chains", "large steps", "no noise", "no shares", "narrow noise"])
def test_what_breaks_is_mended(broken: dict[str, Any], fix: dict[str, Any]) -> None:
    assert _gap(**broken | fix) < 0.4 < 0.7 < _gap(**broken)
