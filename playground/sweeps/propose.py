"""Which cell comes next, and which knob matters: Optuna, told of all that was measured so far.

Nothing is kept but the results: a study is made of them whenever somebody asks, so that a sweep
goes on after a restart as if nothing had been.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import create_trial

from playground.sweeps.outcome import Cell
from playground.sweeps.plan import Plan, Point, chosen

N_RESAMPLINGS = 20
optuna.logging.set_verbosity(optuna.logging.ERROR)


def next_points(plan: Plan, found: Sequence[Cell], begun: Sequence[Point],
                count: int) -> list[Point]:
    """Return the cells to be trained next, at most `count` of them.

    Args:
        found: what is measured so far.
        begun: the cells that were begun, measured or not.
    """
    left = plan.n_cells - len(begun)
    if plan.sampler != "tpe":
        taken = set(begun)
        return [point for point in chosen(plan) if point not in taken][:min(count, left)]
    return _by_tpe(plan, found, begun, min(count, left))


def _by_tpe(plan: Plan, found: Sequence[Cell], begun: Sequence[Point],
            count: int) -> list[Point]:
    """Ask the tree-structured Parzen estimator; what it has proposed before is not trained twice.

    J. Bergstra et al., "Algorithms for hyper-parameter optimization", 2011.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = _study(plan, found, seed=len(begun))
        proposed: list[Point] = []
        taken = set(begun)
        for _try in range(20 * max(count, 0)):
            if len(proposed) == count:
                break
            trial = study.ask(_distributions(plan))
            point = tuple(axis.values[trial.params[axis.name]] if _is_ordered(axis.values)
                          else trial.params[axis.name] for axis in plan.axes)
            if point not in taken:
                taken.add(point)
                proposed.append(point)
    rest = [point for point in chosen(plan.model_copy(
        update={"sampler": "random", "trials": len(plan.points())})) if point not in taken]
    return proposed + rest[:count - len(proposed)]


def importance(plan: Plan, found: Sequence[Cell]) -> dict[str, list[float]]:
    """Return how much of the variance each knob explains, once for each resampling of the cells.

    F. Hutter, H. Hoos, K. Leyton-Brown, "An efficient approach for assessing hyperparameter
    importance", 2014 (fANOVA).

    Returns:
        By knob, shares that sum to 1 in each resampling; empty with too few different cells.
    """
    measured = [cell for cell in found if cell.values]
    shares: dict[str, list[float]] = {name: [] for name in plan.names}
    if len(measured) < 2 * len(plan.axes) or len({cell.mean for cell in measured}) < 2:
        return {}
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(N_RESAMPLINGS):
            again = [measured[int(i)] for i in rng.integers(0, len(measured), len(measured))]
            if len({cell.mean for cell in again}) < 2:
                continue
            judge = optuna.importance.FanovaImportanceEvaluator(n_trees=16, seed=number)
            told = optuna.importance.get_param_importances(
                _study(plan, again, seed=0), evaluator=judge, params=plan.names)
            for name in plan.names:
                shares[name].append(float(told[name]))
    return {name: each for name, each in shares.items() if each}


def _study(plan: Plan, found: Sequence[Cell], seed: int) -> optuna.Study:
    study = optuna.create_study(
        direction="maximize" if plan.better == "high" else "minimize",
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=6))
    distributions = _distributions(plan)
    study.add_trials([create_trial(
        params={axis.name: axis.values.index(value) if _is_ordered(axis.values) else value
                for axis, value in zip(plan.axes, cell.point, strict=True)},
        distributions=distributions, value=cell.mean) for cell in found if cell.values])
    return study


def _distributions(plan: Plan) -> dict[str, optuna.distributions.BaseDistribution]:
    """Return of each knob its choices, or the places of its values in their order."""
    return {axis.name: IntDistribution(0, len(axis.values) - 1) if _is_ordered(axis.values)
            else CategoricalDistribution(list(axis.values)) for axis in plan.axes}


def _is_ordered(values: Sequence[object]) -> bool:
    return not any(isinstance(value, str | bool) for value in values)
