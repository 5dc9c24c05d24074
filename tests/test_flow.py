"""The page of normalizing flows: what it trains, measures, shows and answers."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from small import small

from model_zoo.continuous_flow import ContinuousFlow
from playground.charts.encode import Figure
from playground.concepts.flow import figures
from playground.concepts.flow.experiment import (
    GRID_REACH,
    N_ALONG,
    N_LINES,
    FlowExperiment,
    lines_of,
)
from playground.concepts.flow.settings import FlowSettings
from playground.concepts.flow.training import gaussian_nats
from playground.refusal import Refusal
from playground.snapshot import Snapshot
from playground.training.recipe import Training, begin, seen


def trained(steps: int = 30, **changes: Any) -> tuple[Training, Snapshot]:
    """Train a small flow, and look at it."""
    settings = small("flow", **{"batch_size": 64, "flow_layers": 3} | changes, steps=100)
    _run, training = begin("flow", settings, "cpu")
    training.train(is_enough=lambda: training.step >= steps)
    return training, seen(training)


def of(training: Training) -> FlowExperiment:
    assert isinstance(training.experiment, FlowExperiment)
    return training.experiment


@pytest.fixture(scope="module")
def moons() -> tuple[Training, Snapshot]:
    return trained(100)


def test_a_flow_comes_near_the_true_density_and_stays_above_it(
        moons: tuple[Training, Snapshot]) -> None:
    _training, snapshot = moons
    m = snapshot.metrics
    assert 0 < m["gap"] < 1.0
    assert m["gap"] == pytest.approx(m["held_out"] - m["floor"])
    assert m["mass"] == pytest.approx(1, abs=0.02)


def test_the_parts_of_log_p_sum_to_it(moons: tuple[Training, Snapshot]) -> None:
    training, snapshot = moons
    shown = torch.from_numpy(snapshot.arrays["data"])
    with torch.no_grad():
        said = of(training).flow.eval().log_prob(shown).mean()
    assert snapshot.arrays["parts"].sum() == pytest.approx(said.item(), abs=1e-4)


def test_the_way_leads_from_noise_to_samples_and_from_data_to_codes(
        moons: tuple[Training, Snapshot]) -> None:
    training, snapshot = moons
    arrays, flow = snapshot.arrays, of(training).flow.eval()
    lattice = lines_of(N_LINES, N_ALONG, GRID_REACH)
    assert arrays["at"].tolist() == [0, 1, 2, 3]
    with torch.no_grad():
        ends = flow.inverse(torch.from_numpy(lattice)), flow.encode(
            torch.from_numpy(arrays["data"]))
    np.testing.assert_array_equal(arrays["grid"][0], lattice)
    np.testing.assert_allclose(arrays["grid"][-1], ends[0], atol=1e-5)
    np.testing.assert_array_equal(arrays["codes"][0], arrays["data"])
    np.testing.assert_allclose(arrays["codes"][-1], ends[1], atol=1e-5)
    np.testing.assert_array_equal(arrays["samples"][0], of(training).noise)


def test_the_densities_on_the_way_are_those_of_the_layers_that_are_left(
        moons: tuple[Training, Snapshot]) -> None:
    ways = moons[1].arrays["ways"]
    side = ways.shape[1]
    row, column = np.unravel_index(ways[0].argmax(), ways[0].shape)
    assert {int(row), int(column)} <= {side // 2 - 1, side // 2}  # the noise: highest at 0
    assert (ways[0] == ways[0].T).all()


def test_a_probe_is_the_sum_of_its_layers(moons: tuple[Training, Snapshot]) -> None:
    experiment = of(moons[0])
    reply = experiment.ask("probe", {"points": [[0.3, -0.2]]})
    assert reply["parts"].sum() == pytest.approx(reply["log_prob"], abs=1e-6)
    said = experiment.ask("log_prob", {"points": [[0.3, -0.2]]})["log_prob"]
    assert reply["log_prob"] == pytest.approx(float(said[0]), abs=1e-5)
    codes = experiment.ask("codes_of", {"points": [[0.3, -0.2]]})["codes"]
    np.testing.assert_allclose(reply["way"][-1], codes[0], atol=1e-6)
    back = experiment.ask("points_of", {"points": codes.tolist()})["points"]
    np.testing.assert_allclose(back, [[0.3, -0.2]], atol=1e-4)


def test_with_the_wrong_sign_p_is_no_density() -> None:
    _training, snapshot = trained(100, log_det="wrong")
    assert snapshot.metrics["mass"] > 2
    assert snapshot.metrics["held_out"] < snapshot.metrics["floor"]


def test_the_jacobian_shows_a_mask_that_leaks() -> None:
    right, leaky = (of(trained(model="maf", bend="affine", masks=masks)[0]).ask(
        "jacobian", {"index": 0}) for masks in ("right", "scrambled"))
    assert right["claimed"] == pytest.approx(right["measured"], abs=1e-4)
    assert abs(leaky["claimed"] - leaky["measured"]) > 0.01


def test_one_layer_of_a_masked_flow_has_a_triangle_for_a_jacobian() -> None:
    reply = of(trained(model="maf", flow_layers=1)[0]).ask("jacobian", {"index": 0})
    turned = reply["jacobian"][::-1]  # the layer ends by turning the order round
    assert turned[0, 1] == 0 and turned[1, 0] != 0


def test_a_norm_of_the_batch_lets_the_batch_decide() -> None:
    _training, snapshot = trained(norm="batch")
    assert snapshot.metrics["company"] > 0.1
    assert "company" not in trained(steps=1)[1].metrics


def test_samples_between_two_islands_are_counted() -> None:
    _training, snapshot = trained(steps=1, dataset="disjoint")
    assert 0.5 < snapshot.metrics["astray"] <= 1


def test_on_a_line_each_part_has_the_same_mass() -> None:
    _training, snapshot = trained(100, dataset="line_two_groups")
    x, p, strips = (snapshot.arrays[name] for name in ("x", "density", "strips"))
    ends = [-np.inf, *strips, np.inf]
    cell = x[1] - x[0]
    masses = [p[(x > low) & (x <= high)].sum() * cell
              for low, high in zip(ends[:-1], ends[1:], strict=True)]
    assert masses == pytest.approx([0.1] * 10, abs=0.02)
    assert (np.diff(snapshot.arrays["z"]) > 0).all()
    assert len(figures.ruler(snapshot.arrays)["data"]) == 22


@pytest.mark.parametrize("changes", [
    {"model": "continuous", "flow_layers": 4}, {"model": "planar"}, {"model": "iaf"},
    {"model": "elementwise"},
    {"mix": "linear", "components": 3}, {"know_class": True, "dataset": "ring"},
    {"dataset": "wine", "dimensions": 3}], ids=str)
def test_every_kind_of_flow_learns_and_is_drawn(changes: dict[str, Any]) -> None:
    training, snapshot = trained(steps=60, **changes)
    assert snapshot.metrics["loss"] < seen(begin(
        "flow", training.experiment.settings, "cpu")[1]).metrics["held_out"]
    drawn = figures.bent(snapshot.arrays)
    states = drawn["layout"]["meta"]["path"]["data"]
    assert len(states) == len(snapshot.arrays["at"]) - 1
    assert {len(state) for state in states} == {len(drawn["data"])}


def test_pictures_are_rated_in_bits_and_drawn_at_temperatures() -> None:
    training, snapshot = trained(steps=10, dataset="digits", flow_layers=1)
    samples = snapshot.arrays["samples"]
    assert samples.shape == (5, 64, 8, 8)
    assert (samples[0] == samples[0][0]).all()  # all noise is at 0
    assert 0 < snapshot.metrics["gaussian_bits"] < 4 and 0 < snapshot.metrics["bits"] < 10
    experiment = of(training)
    reply = experiment.ask("scales", {"n": 2, "seed": 0})
    assert reply["numbers"] == [32, 32] and reply["images"].shape == (6, 8, 8)
    held_out = (255 * experiment.held_out[:2, 0]).round().numpy()
    np.testing.assert_array_equal(reply["images"][:2], held_out)
    cold = experiment.ask("drawn", {"n": 3, "temperature": 0.0, "seed": 1, "label": 0})["images"]
    assert (cold == cold[0]).all()


def test_without_noise_the_bits_are_no_bound_of_anything() -> None:
    settings = FlowSettings(dataset="digits", dequantisation="none")
    assert not settings.claim.is_log_p and FlowSettings(dataset="digits").claim.kind == "bound"


def test_one_gaussian_is_rated_as_scipy_rates_it() -> None:
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 4, (n, 1, 1, 2)).astype(np.float32) / 3 for n in (500, 50))
    noise = np.random.default_rng(0)
    a, b = (((part * 3).round() + noise.random(part.shape)).reshape(-1, 2) / 4
            for part in (train, test))
    said = multivariate_normal(a.mean(0), np.cov(a.T)).logpdf(b).mean()
    assert gaussian_nats(train, test, 4) == pytest.approx(-said + 2 * np.log(4))


@pytest.mark.parametrize(("changes", "says"), [
    ({"dataset": "digits", "model": "planar"}, "model must be coupling, maf or iaf"),
    ({"dataset": "mnist", "model": "maf"}, "model must be coupling on pictures of more than"),
    ({"model": "continuous", "flow_layers": 2}, "at least 4 for a continuous flow, got 2")])
def test_what_does_not_fit_together_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        FlowSettings(**changes)


def test_on_a_line_every_flow_is_one_of_curves() -> None:
    assert FlowSettings(dataset="line_claw", model="maf").kind == "elementwise"


def test_too_few_points_are_drawn_and_refused() -> None:
    settings = small("flow", dataset="mine", points=((0.0, 0.0), (1.0, 1.0)), classes=())
    _run, training = begin("flow", settings, "cpu")
    assert seen(training).metrics == {"points": 2}
    drawn: Figure = figures.too_few(seen(training).arrays["data"])
    assert drawn["data"]
    with pytest.raises(Refusal, match="6 points or more"):
        training.train()


def test_what_a_continuous_flow_says_holds_with_a_finer_solver() -> None:
    training, snapshot = trained(100, model="continuous", flow_layers=4, learning_rate=0.01)
    flow, shown = of(training).flow.eval(), torch.from_numpy(snapshot.arrays["data"])
    assert isinstance(flow, ContinuousFlow)
    with torch.no_grad():
        coarse = flow.log_prob(shown)
        flow.solve_to(1e-5)
        fine = flow.log_prob(shown)
    assert coarse.mean().item() == pytest.approx(fine.mean().item(), abs=0.02)


def test_what_is_told_the_class_is_not_compared_with_what_is_not() -> None:
    _training, snapshot = trained(steps=1, dataset="ring", know_class=True)
    assert not {"gap", "floor"} & set(snapshot.metrics)
    assert snapshot.metrics["mass"] == pytest.approx(1, abs=0.02)


def test_the_density_of_all_classes_weighs_them_by_their_shares() -> None:
    training, _snapshot = trained(steps=20, dataset="circles", know_class=True)
    experiment, x = of(training), torch.tensor([[0.7, 0.0]])
    experiment.flow.eval()
    with torch.no_grad():
        outer, inner = (experiment.flow.log_prob(x, torch.tensor([label])).exp()
                        for label in (0, 1))
        said = experiment.log_density(x).exp()
    torch.testing.assert_close(said, 2 / 3 * outer + 1 / 3 * inner, rtol=1e-3, atol=1e-6)


def test_a_table_has_as_many_components_as_columns() -> None:
    training, _snapshot = trained(steps=1, dataset="iris", dimensions=10)
    assert of(training).data.shape == (4,) == (training.experiment.settings.n_components,)
