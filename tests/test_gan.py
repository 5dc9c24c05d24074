"""GANs: the games against their formulas, the players' moves, and what is measured of them."""

import base64
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.dcgan import DCGAN
from model_zoo.games import GAMES
from model_zoo.gan import GAN
from playground import gallery
from playground.charts import gan as charts
from playground.charts.decode import numbers
from playground.concepts.gan import experiment as gan_experiment
from playground.concepts.gan.experiment import AT_ONCE, GANExperiment
from playground.concepts.gan.figures import liveliest
from playground.concepts.gan.settings import GANSettings
from playground.datasets import toys
from playground.experiments import known_density
from playground.experiments.pieces import whole
from playground.runs import files
from playground.training.untouched import untouched

SCORES = torch.tensor([-30.0, -2.0, -0.3, 0.0, 0.7, 4.0], dtype=torch.float64)
D = torch.sigmoid(SCORES)
# Of each game: what D pays for a datum, for a sample, what G pays; as written in the papers.
FORMULAS = {
    "minimax": (-D.log(), -F.logsigmoid(-SCORES), F.logsigmoid(-SCORES)),
    "non_saturating": (-D.log(), -F.logsigmoid(-SCORES), -D.log()),
    "least_squares": ((SCORES - 1) ** 2 / 2, SCORES**2 / 2, (SCORES - 1) ** 2 / 2),
    "hinge": ((1 - SCORES).clamp(min=0), (1 + SCORES).clamp(min=0), -SCORES),
    "wasserstein": (-SCORES, SCORES, -SCORES),
    "wgan_gp": (-SCORES, SCORES, -SCORES),
}


def _gan(shape: tuple[int, ...] = (2,), **changes: Any) -> GAN:
    torch.manual_seed(0)
    return GAN(shape, hidden=(16,), **changes)


def _settings(**changes: Any) -> GANSettings:
    small: dict[str, Any] = {"hidden": 16, "layers": 1, "batch_size": 16, "steps": 100}
    return GANSettings(**small | changes)


def _experiment(**changes: Any) -> GANExperiment:
    torch.manual_seed(0)
    return GANExperiment(_settings(**changes), "cpu")


def _states(run: GANExperiment) -> tuple[Tensor, Tensor]:
    judge, forger = (nn.utils.parameters_to_vector(net.parameters()).detach().clone()
                     for net in (run.model.discriminator, run.model.generator))
    return judge, forger


# --- games

def test_every_game_has_its_formulas() -> None:
    assert set(FORMULAS) == set(GAMES)


@pytest.mark.parametrize("name", GAMES)
def test_a_game_is_as_its_paper_says(name: str) -> None:
    game = GAMES[name]
    found = game.real(SCORES, 1.0), game.fake(SCORES), game.generator(SCORES)
    for mine, truth in zip(found, FORMULAS[name], strict=True):
        torch.testing.assert_close(mine, truth)


@pytest.mark.parametrize(("name", "slope"), [("minimax", 0.0), ("non_saturating", -1.0)])
def test_the_slope_of_a_sample_that_is_surely_fake(name: str, slope: float) -> None:
    score = torch.tensor(-20.0, dtype=torch.float64, requires_grad=True)
    GAMES[name].generator(score).backward()
    assert score.grad is not None
    assert score.grad.item() == pytest.approx(slope, abs=1e-6)


def test_label_smoothing_makes_its_target_the_cheapest_verdict() -> None:
    scores = torch.linspace(-4, 4, 8001, dtype=torch.float64)
    cheapest = scores[GAMES["non_saturating"].real(scores, 0.9).argmin()]
    assert torch.sigmoid(cheapest).item() == pytest.approx(0.9, abs=1e-3)


def test_an_unknown_game_is_refused() -> None:
    with pytest.raises(ValueError, match="game must be one of"):
        GAN((2,), game="chess")


def test_packs_and_classes_do_not_go_together() -> None:
    with pytest.raises(ValueError, match="pack must be"):
        DCGAN((1, 8, 8), pack=2, n_classes=10)


# --- what the players see and pay

@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("pack", [1, 3])
def test_the_push_is_the_slope_of_the_generators_loss(game: str, pack: int) -> None:
    model = _gan(game=game, pack=pack).double()
    x = torch.randn(4, 2, dtype=torch.float64)
    push, step = model.push(x), 1e-5
    for axis in range(2):
        moved = step * F.one_hot(torch.tensor(axis), 2)
        paid = [game_loss.detach() for game_loss in (
            model.game.generator(model.score_alone(x + moved)),
            model.game.generator(model.score_alone(x - moved)))]
        torch.testing.assert_close(-push[:, axis], (paid[0] - paid[1]) / (2 * step),
                                   rtol=1e-5, atol=1e-8)


def test_a_pack_is_several_data_in_their_order() -> None:
    model = _gan(pack=2)
    x = torch.randn(5, 2)
    score = model.score(x)
    assert score.shape == (2,)  # the fifth one finds no partner
    torch.testing.assert_close(score[1], model.discriminator(x[2:4].flatten())[0])


class _Plane(nn.Module):
    """A discriminator whose slope is known: w x."""

    def __init__(self, w: list[float]) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w))

    def forward(self, x: Tensor) -> Tensor:
        return (x @ self.w)[:, None]


def test_penalties_measure_the_slope() -> None:
    model = _gan(game="wgan_gp")
    model.discriminator = _Plane([3.0, 4.0])  # its slope is 5 everywhere
    model.r1 = 0.5
    losses = model.discriminator_loss(torch.randn(8, 2))
    assert losses["r1"].item() == pytest.approx(25)
    assert losses["penalty"].item() == pytest.approx(16)
    gap = losses["score_fake"] - losses["score_real"]
    assert losses["loss"].item() == pytest.approx((gap + 0.25 * 25 + 0.1 * 16).item(), rel=1e-5)


def test_the_critics_weights_are_cut_off() -> None:
    model = _gan(game="wasserstein")
    model.clip = 0.05
    model.discriminator_loss(torch.randn(8, 2))
    assert max(p.abs().max().item() for p in model.discriminator.parameters()) <= 0.05 + 1e-6


def test_instance_noise_blurs_what_the_discriminator_sees() -> None:
    model = _gan()
    seen: list[Tensor] = []
    model.discriminator.register_forward_pre_hook(lambda _net, inputs: seen.append(inputs[0]))
    data = torch.zeros(4000, 2)
    model.instance_noise = 0.3
    model.discriminator_loss(data)
    assert seen[0].std().item() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("kind", [GAN, DCGAN])
def test_spectral_norm_makes_the_largest_stretch_one(kind: type[GAN] | type[DCGAN]) -> None:
    torch.manual_seed(0)
    model = kind((1, 8, 8), spectral=True)
    with torch.no_grad():
        for _ in range(60):  # one step of the power iteration each
            model.score(torch.rand(2, 1, 8, 8))
        model.eval()
        layers = [layer for layer in model.discriminator.modules()
                  if nn.utils.parametrize.is_parametrized(layer)]
        assert len(layers) >= 2
        for layer in layers:
            assert isinstance(layer.weight, Tensor)
            stretch = torch.linalg.svdvals(layer.weight.flatten(1))[0].item()
            assert stretch == pytest.approx(1, abs=0.05)


# --- whose turn it is

@pytest.mark.parametrize(("turn", "moves"), [
    ("both", (True, True)), ("discriminator", (True, False)), ("generator", (False, True))])
def test_only_those_move_whose_turn_it_is(turn: str, moves: tuple[bool, bool]) -> None:
    run = _experiment(turn=turn)
    before, steps = _states(run), whole(run.steps())
    for _ in range(3):
        next(steps)
    assert tuple(not torch.equal(a, b) for a, b in zip(before, _states(run), strict=True)) == moves


@pytest.mark.parametrize("changes", [{"turn": "alternate"}, {"slow": True}])
def test_one_moves_after_the_other(changes: dict[str, Any]) -> None:
    run = _experiment(**changes)
    steps = whole(run.steps())
    for expected in ((True, False), (False, True), (True, False)):
        before = _states(run)
        next(steps)
        moved = tuple(not torch.equal(a, b) for a, b in zip(before, _states(run), strict=True))
        assert moved == expected


def test_the_discriminator_moves_as_often_as_it_is_told() -> None:
    run = _experiment(critic_steps=4)
    calls = []
    loss = run.model.discriminator_loss
    run.model.discriminator_loss = lambda *batch: calls.append(1) or loss(*batch)  # type: ignore
    steps = whole(run.steps())
    next(steps)  # before it, an update was weighed
    calls.clear()
    next(steps)
    assert len(calls) == 4


# --- measured against what is known

@pytest.mark.parametrize("dataset", ["ring", "grid", "disjoint"])
def test_a_known_density_integrates_to_one(dataset: str) -> None:
    axis = np.linspace(-6, 6, 601)
    places = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    density = known_density.density(dataset, 1.0)
    assert density is not None
    mass = np.exp(density.log_prob(places)).sum() * (axis[1] - axis[0]) ** 2
    assert mass == pytest.approx(1, abs=1e-4)


def test_no_density_is_claimed_where_none_is_known() -> None:
    assert known_density.density("moons", 1.0) is None
    assert known_density.density("ring", 0.0) is None


def test_no_discriminator_beats_the_best_one() -> None:
    run = _experiment(dataset="ring", hidden=64, layers=2, batch_size=256, turn="discriminator",
                      discriminator_rate=0.01, steps=400)
    steps = whole(run.steps())
    before = run.ask("optimum", {})
    for _ in range(400):
        next(steps)
    after = run.ask("optimum", {})
    assert after["value"] == pytest.approx(2 * after["js"] - math.log(4))
    # D climbs to the best value against a generator that stands still, and not above it.
    assert before["played"] < after["played"] < after["value"] + 0.02
    assert after["value"] - after["played"] < 0.15
    clear = after["seen"].astype(bool)
    assert np.abs(after["learned"] - after["best"])[clear].mean() < 0.15


def _optimum_against(samples: np.ndarray, **changes: Any) -> dict[str, Any]:
    """What the page says of a generator that draws these."""
    run, parts = _experiment(**changes), iter(np.array_split(samples, len(samples) // AT_ONCE))
    run.model.sample = (  # type: ignore[method-assign]
        lambda n, context=None: torch.from_numpy(next(parts)))
    return run.ask("optimum", {})


@pytest.mark.parametrize("dataset", ["ring", "grid", "tight_ring", "spiral"])
def test_against_a_perfect_generator_the_best_d_can_tell_nothing(
        dataset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan_experiment, "MOST_DRAWN", 2**16)
    reply = _optimum_against(toys.make(dataset, n_points=2**16, seed=7)[0], dataset=dataset)
    assert reply["n"] == 2**16
    assert reply["js"] < 0.003
    assert reply["value"] == pytest.approx(-math.log(4), abs=0.006)
    seen = reply["seen"].astype(bool)
    assert reply["best"][seen].mean() == pytest.approx(0.5, abs=0.02)


def test_against_half_of_the_groups_the_best_d_knows_the_others(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan_experiment, "MOST_DRAWN", 2**16)
    points, groups = toys.make("tight_ring", n_points=90_000, seed=7)
    left = points[np.isin(groups, (3, 4, 5))]  # of eight
    samples = np.concatenate([left, left])[: 2**16]
    reply = _optimum_against(samples, dataset="tight_ring")
    p = 3 / 8  # of the data lies where all samples are
    truth = ((1 - p) * math.log(2) + p * math.log(2 * p / (1 + p)) + math.log(2 / (1 + p))) / 2
    assert reply["js"] == pytest.approx(truth, abs=reply["error"])
    left_side = reply["best"][:, :20][reply["seen"][:, :20].astype(bool)]
    right_side = reply["best"][:, -20:][reply["seen"][:, -20:].astype(bool)]
    assert left_side.max() < 0.6
    assert right_side.min() == 1


def test_own_points_are_blurred_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan_experiment, "MOST_DRAWN", 2**14)
    points = tuple((float(x), float(y)) for x in (-1, 0, 1) for y in (-1, 0.5))
    reply = _experiment(dataset="mine", points=points).ask("optimum", {})
    assert reply["blur"] > 0
    assert _experiment().ask("optimum", {})["blur"] == 0


def test_the_floor_is_what_fresh_points_get() -> None:
    run = _experiment(dataset="ring", noise=1.0)
    run.observe()
    js = [run._compare(toys.make("ring", n_points=2500, seed=seed)[0])["js"]
          for seed in range(50, 58)]
    assert run.floor["floor_js"] == pytest.approx(np.mean(js), abs=float(4 * np.std(js)))


def test_the_best_discriminator_needs_a_game_of_probabilities() -> None:
    with pytest.raises(ValueError, match="game must be minimax or non-saturating"):
        _experiment(game="hinge").ask("optimum", {})


def test_samples_of_the_data_themselves_have_all_modes() -> None:
    run = _experiment(dataset="ring")
    real = torch.from_numpy(run.data.test)

    def decode(z: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        first = z.storage_offset() // z.shape[1]  # of the noise in a row, the point in that row
        return real[first : first + len(z)]

    run.model.decode = decode  # type: ignore[method-assign]
    measured = run.observe()[0]
    assert measured["modes"] == measured["floor_modes"] == 8
    assert measured["high_quality"] == measured["floor_high_quality"] > 0.97
    for name in ("precision", "recall", "js", "transport"):
        assert measured[name] == pytest.approx(measured[f"floor_{name}"])


def test_a_healthy_game_finds_all_modes_and_a_lone_generator_runs_away() -> None:
    found = {}
    for turn in ("both", "generator"):
        run = _experiment(turn=turn, hidden=64, layers=2, batch_size=128, steps=600, r1=0.1,
                          discriminator_rate=0.002, generator_rate=0.002)
        steps = whole(run.steps())
        for _ in range(600):
            next(steps)
        found[turn] = run.observe()[0]
    assert found["both"]["modes"] >= 7
    assert found["both"]["transport"] < 0.3
    assert found["generator"]["modes"] <= 2
    assert found["generator"]["transport"] > 1


# --- figures

def test_the_diagram_lights_the_path_of_the_move() -> None:
    names = ("noise", "generator", "samples", "data", "discriminator", "discriminator_loss",
             "generator_loss")
    texts = dict.fromkeys(names, "x")
    for moved, n_paths in ((0, 0), (1, 1), (2, 1), (3, 2)):
        drawn = charts.players(texts, moved)
        assert sum(bool(len(trace["x"])) for trace in drawn["data"]
                   if trace.get("line", {}).get("width") == 3) == n_paths
        assert drawn["layout"] == charts.players(texts, 0)["layout"]  # it is laid out once


def test_a_stored_run_opens_where_all_modes_are_hit_and_the_map_of_d_varies_most() -> None:
    run = files.load(gallery.FOLDER / "gan" / "default", "it")
    opened = run.history.kept[liveliest(run) or 0]
    last = run.history.last
    assert last and opened.metrics["modes"] == 8 and opened.metrics["high_quality"] > 0.8
    assert opened.arrays["surface"].std() > 20 * last.arrays["surface"].std()
    run.history.kept = {0: run.history.kept[0]}
    assert liveliest(run) is None


def drawn_sheet(sheet: np.ndarray) -> list[Any]:
    """Return the traces of the generator's sheet, whose corners these are, (S, S, 2)."""
    return [trace for trace in charts.game(
        {"surface": np.zeros((2, 2)), "sheet": sheet, "data": np.zeros((1, 2)),
         "samples": np.zeros((1, 2)), "arrows": np.zeros((1, 2, 2))}, 0.5, 0.5, 1.0)["data"]
        if trace.get("legendgroup") == "sheet"]


def test_each_cell_of_the_sheet_is_in_one_trace_and_known_by_its_number() -> None:
    layers = drawn_sheet(np.random.default_rng(0).normal(size=(5, 5, 2)))
    ids = [layer["meta"]["ids"] for layer in layers]
    assert sorted(sum(ids, [])) == list(range(16))
    assert all(layer["meta"]["same"] and len(numbers(layer["x"])) == 6 * len(each)
               for layer, each in zip(layers, ids, strict=True))


def test_the_denser_the_noise_the_darker_the_sheet() -> None:
    side = np.linspace(-1, 1, 5)
    layers = drawn_sheet(np.stack(np.meshgrid(np.sign(side) * side**2, side), -1))  # narrow inside
    assert len(layers) == len(charts.DENSITIES)
    assert len({layer["fillcolor"] for layer in layers}) == len(charts.DENSITIES)


def _arrow_lengths(push: float, steepest: float) -> np.ndarray:
    arrows = np.zeros((4, 2, 2))
    arrows[:, 1, 0] = push
    x = charts._arrows(arrows, steepest)["x"]
    ends = np.frombuffer(base64.b64decode(x["bdata"]), np.dtype(x["dtype"])).reshape(4, -1)
    return ends[:, 1] - ends[:, 0]


def test_arrows_of_one_run_have_one_scale() -> None:
    np.testing.assert_allclose(_arrow_lengths(0.4, 0.4), charts.ARROW, rtol=1e-5)
    np.testing.assert_allclose(_arrow_lengths(0.2, 0.4), charts.ARROW / 2, rtol=1e-5)
    assert _arrow_lengths(0.0002, 0.4).max() < 0.001  # dead, and seen to be
    np.testing.assert_allclose(_arrow_lengths(9.0, 0.4), charts.LONGEST_ARROW, rtol=1e-5)


def test_the_steepest_slope_is_taken_at_the_same_steps_whoever_looks() -> None:
    seldom: dict[str, float] = {}
    often: dict[str, float] = {}
    for every, found in ((43, seldom), (1, often)):
        run = _experiment()
        for step, _ in zip(range(1, 44), whole(run.steps()), strict=False):
            if step % every == 0:
                with untouched(run, "cpu"):
                    found |= run.observe()[0]
    assert seldom == often
    assert seldom["steepest"] > 0
    assert seldom["measured_at"] == 40
