"""How near the chain of a generative stochastic network comes to the data."""

from statistics import median

from benchmarks._report import report
from playground.concepts.gsn.experiment import GSNExperiment
from playground.concepts.gsn.settings import GSNSettings
from playground.settings import Value
from playground.training.recipe import trained
from playground.training.untouched import untouched

SEEDS = (0, 1, 2)
PICTURES: dict[str, Value] = {"hidden": 500, "learning_rate": 0.001, "steps": 1000}


def measure() -> None:
    """Print how far the chain's own density is from the true one; medians of three seeds.

    `gsn_ring_gap` and `gsn_moons_gap`: nats of held-out points under the density to which the
    chain goes, found on a grid, below those under the density that they come from. The Frechet
    distance of 100 chains' ends on digits, and on MNIST of 14 x 14 with walk-back of 3 steps and
    without, beside that of training pictures; and by how much Parzen windows rate centres of
    k-means above the data of digits, `gsn_parzen_error`.
    """
    for dataset in ("ring", "moons"):
        gaps, seconds = zip(*(_gap(dataset, seed) for seed in SEEDS), strict=True)
        report(f"gsn_{dataset}_gap", median(gaps), "nats")
        report(f"gsn_{dataset}_seconds", median(seconds), "s")
    for dataset, walk in (("digits", 0), ("mnist_14", 0), ("mnist_14", 3)):
        made = _trained(PICTURES | {"dataset": dataset, "walk_back": walk}, 0)[0]
        with untouched(made, made.device):
            metrics, _arrays = made.observe()
            report(f"gsn_{dataset}_fid_walk_{walk}", metrics["fid"], "of 100 samples")
            report(f"gsn_{dataset}_fid_floor", metrics["floor_fid"], "of 100 pictures")
            if dataset == "digits":
                _chain, train, means = made.ask("parzen", {"seed": 0})["nats"]
                report("gsn_parzen_error", means - train, "nats")


def _trained(changes: dict[str, Value], seed: int) -> tuple[GSNExperiment, float]:
    training = trained("gsn", GSNSettings(seed=seed).with_changes(**changes))
    made = training.experiment
    assert isinstance(made, GSNExperiment)
    return made, training.seconds


def _gap(dataset: str, seed: int) -> tuple[float, float]:
    made, seconds = _trained({"dataset": dataset}, seed)
    with untouched(made, made.device):
        found = made.ask("stationary", {})
    return found["true"] - found["log_p"], seconds
