"""The contract of checkpoints: who is put away in training goes on as if nothing had been."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from playground import concepts
from playground.concepts.applications import experiment as applications
from playground.concepts.arena.settings import ArenaSettings
from playground.concepts.image_arena import data as image_arena
from playground.datasets import Dataset
from playground.engine import protocol
from playground.experiments import autoregressive, checkpoint
from playground.experiments.base import PART, Experiment, Observation, Work, experiment_type
from playground.experiments.checkpoint import recall, remember
from playground.experiments.contest import Contest
from playground.experiments.contestant import Contestant
from playground.settings import Settings
from playground.training import untouched as guard
from playground.training.batches import Batches
from playground.training.randomness import RandomStream, preserved_random_state
from playground.training.untouched import reachable, untouched

SMALL: dict[str, Any] = {"steps": 100, "hidden": 16, "layers": 1, "batch_size": 16, "features": 8,
                         "blocks": 1, "units": 4, "n_points": 60, "dataset": "digits",
                         "budget": "steps", "slow": False}
PATHS: list[tuple[str, dict[str, Any]]] = [
    ("gan", {"dataset": "ring", "r1": 1.0, "instance_noise": 0.1, "pack": 2, "critic_steps": 2,
             "optimizer": "sgd", "schedule": "linear", "spectral": True, "turn": "alternate"}),
    ("gan", {"dataset": "ring", "optimizer": "rmsprop", "game": "wasserstein"}),
    ("dcgan", {"spectral": True, "average": 5, "r1": 1.0, "schedule": "linear", "pack": 2}),
    ("pixel_rnn", {"model": "diagonal"}),
    ("vae", {"warm_up": 10, "free_bits": 0.1, "importance": 2, "schedule": "cosine"}),
]
N_DATA = 40  # so that an epoch is two batches
BEFORE, AFTER = (4, 9), 6  # looked at in between; within an epoch, and within a judgement


class Training:
    """An experiment in training, with a random stream of its own, as a worker does it."""

    def __init__(self, name: str, settings: Settings, seed: int = 0) -> None:
        self.random = RandomStream.seeded(seed, "cpu")
        with self.chance():
            self.made: Experiment[Any] = experiment_type(name)(settings, "cpu")
            for _piece in self.made.building():
                pass
        for each in list(reachable(self.made)):
            if isinstance(each, Batches):
                each.data = each.data[:N_DATA]
                each.context = None if each.context is None else each.context[:N_DATA]
        self.steps = self.made.steps()

    def chance(self) -> "Chance":
        return Chance(self)

    def go(self, n: int) -> None:
        while n:
            with self.chance():
                n -= next(self.steps, None) is not PART

    def look(self) -> Observation:
        with untouched(self.made, "cpu"):
            return self.made.observe()


class Chance:
    """Within, torch's random stream is that of a training."""

    def __init__(self, training: Training) -> None:
        self.training, self.outer = training, preserved_random_state("cpu")

    def __enter__(self) -> None:
        self.outer.__enter__()
        self.training.random.install("cpu")

    def __exit__(self, *error: Any) -> None:
        self.training.random = RandomStream.current("cpu")
        self.outer.__exit__(*error)


@pytest.fixture(autouse=True, scope="module")
def few_samples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autoregressive, "N_SAMPLES", dict.fromkeys(autoregressive.N_SAMPLES, 2))
        for contest in (applications, image_arena):
            patch.setattr(contest, "N_JUDGED", dict.fromkeys(contest.N_JUDGED, 40))
        yield


def _small(name: str, changes: dict[str, Any]) -> Settings:
    kind = concepts.settings_type(name)
    small = {field: value for field, value in SMALL.items() if field in kind.model_fields
             and value in (kind.knobs()[field].choices or (value,))}
    try:
        return kind(**small | changes)
    except ValueError:  # these ways are none for pictures
        return kind(**{key: value for key, value in small.items() if key != "dataset"} | changes)


def _ways() -> Iterator[Any]:
    """Each experiment by default, and once with each choice of ways that its presets make."""
    for name in concepts.names():
        kind, seen = concepts.settings_type(name), set()
        for preset in concepts.presets(name):
            settings = kind(**preset.changes)
            ways = {field: getattr(settings, field) for field, item in kind.knobs().items()
                    if (item.choices or isinstance(kind.default(field), bool))
                    and field not in SMALL and settings.shown(field)}
            key = () if experiment_type(name).replays else tuple(ways.items())
            if key not in seen:
                seen.add(key)
                yield pytest.param(name, ways, id=f"{name}-{preset.label}")
    for name, changes in PATHS:
        yield pytest.param(name, changes, id=f"{name}-{'-'.join(changes)}")


def _assert_same(found: Observation, truth: Observation) -> None:
    assert found[0] == truth[0]
    assert found[1].keys() == truth[1].keys()
    for key, array in truth[1].items():
        np.testing.assert_array_equal(found[1][key], array, key)


def _sent(message: dict[str, Any]) -> dict[str, Any]:
    frame = protocol.encode(message)
    n_header = int.from_bytes(frame[:4], "little")
    return protocol.decode(frame[8:8 + n_header], frame[8 + n_header:])


@pytest.mark.parametrize(("name", "changes"), list(_ways()))
def test_who_is_put_away_goes_on_with_the_same_numbers(name: str, changes: dict[str, Any]) -> None:
    settings = _small(name, changes)
    undisturbed = Training(name, settings)
    undisturbed.go(sum(BEFORE) + AFTER)

    first = Training(name, settings)
    for n in BEFORE:
        first.go(n)
        look = first.look()
    random = first.random
    if first.made.replays:
        second = Training(name, settings)
        second.go(sum(BEFORE))
    else:
        remembered = remember(first.made)
        first.go(2)
        second = Training(name, settings, seed=1)
        recall(second.made, _sent(remembered))
        second.random = random
    _assert_same(second.look(), look)
    second.go(AFTER)

    _assert_same(({}, second.made.weights()), ({}, undisturbed.made.weights()))
    _assert_same(second.look(), undisturbed.look())
    assert torch.equal(second.random.cpu, undisturbed.random.cpu)


# --- whatever an experiment may hold


@dataclass(frozen=True)
class Place:
    """Something that is replaced as a whole."""

    where: Tensor
    name: str


class Holder:
    """Something with attributes."""

    def __init__(self) -> None:
        self.kept: Any = None
        self.other: Any = None


class Anything(Experiment[Any]):
    """An experiment that holds what a test gives it."""

    total_steps = 0

    def __init__(self, kept: Any, other: Any = None, device: str = "cpu") -> None:
        super().__init__(concepts.settings_type("gan")(), device)
        rows = np.zeros((500, 2), np.float32)
        self.data = Dataset("any", rows, rows[:10], rows[:, 0], rows[:10, 0])
        self.holder = Holder()
        self.holder.kept, self.holder.other = kept, other

    def steps(self) -> Iterator[None]:
        yield from ()

    def observe(self) -> Observation:
        return {}, {}


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "OURS", (*checkpoint.OURS, __name__))
    monkeypatch.setattr(guard, "OURS", (*guard.OURS, __name__))


def _back(before: Anything, after: Anything) -> Holder:
    recall(after, _sent(remember(before)))
    return after.holder


@pytest.mark.parametrize("value", [
    None, True, 3, 2**80, 0.1, float("inf"), "text", np.float32(0.1), (1, (2.5, None)), [1, [2]],
    {"a": 1, 2: "b", (3, "c"): [4]}, {5, 6}, frozenset({7}), deque([8, 9], maxlen=2),
    np.arange(3.0), np.zeros((0, 2), np.uint8), np.array(True),
], ids=repr)
@pytest.mark.usefixtures("ours")
def test_values_come_back_as_they_were(value: Any) -> None:
    found = _back(Anything(value), Anything(None)).kept
    assert type(found) is type(value)
    np.testing.assert_equal(found, value)


@pytest.mark.parametrize("value", [
    torch.arange(3), torch.tensor(0.5), torch.zeros(0, 4), torch.ones(2, 3).T,
    torch.tensor([True, False])], ids=repr)
@pytest.mark.parametrize("now", [None, torch.zeros(3, dtype=torch.int64)], ids=repr)
@pytest.mark.usefixtures("ours")
def test_tensors_come_back_as_they_were(value: Tensor, now: Tensor | None) -> None:
    found = _back(Anything(value), Anything(now)).kept
    assert found.dtype == value.dtype and torch.equal(found, value)


@pytest.mark.usefixtures("ours")
def test_what_was_one_thing_is_one_thing_again_and_two_are_two() -> None:
    one, two = torch.ones(2), Holder()
    two.kept = two
    found = _back(Anything([one, two], (two, one)), Anything([torch.zeros(2), None]))
    assert found.kept[0] is found.other[1] and found.kept[1] is found.other[0]
    assert found.kept[1].kept is found.kept[1]
    shared = torch.zeros(1)
    apart = _back(Anything(torch.ones(1), torch.full((1,), 2.0)), Anything(shared, shared))
    assert (apart.kept.item(), apart.other.item()) == (1, 2)


@pytest.mark.usefixtures("ours")
def test_what_is_there_is_filled_and_what_is_frozen_is_replaced() -> None:
    inside, steps, place = torch.zeros(2), deque([0], maxlen=3), Place(torch.zeros(1), "a")
    found = _back(Anything([inside + 1, deque([4], maxlen=3)], Place(torch.zeros(2), "b")),
                  Anything([inside, steps], place))
    assert found.kept[0] is inside and inside.tolist() == [1, 1]
    assert found.kept[1] is steps and steps == deque([4]) and steps.maxlen == 3
    assert found.other.name == "b" and place.name == "a" and place.where.shape == (1,)


@pytest.mark.parametrize("kind", [np.random.default_rng, torch.Generator().manual_seed],
                         ids=["numpy", "torch"])
@pytest.mark.usefixtures("ours")
def test_a_stream_of_random_numbers_goes_on(kind: Any) -> None:
    def draw(stream: Any) -> float:
        return float(stream.random() if isinstance(stream, np.random.Generator)
                     else torch.rand((), generator=stream))

    first = kind(1)
    second = (np.random.default_rng(2) if isinstance(first, np.random.Generator)
              else torch.Generator())
    draw(first)
    _back(Anything(first), Anything(second))
    assert draw(second) == draw(first)


@pytest.mark.usefixtures("ours")
def test_the_data_are_neither_put_away_nor_written_to() -> None:
    before, after = Anything(None), Anything(None)
    for each in (before, after):
        each.holder.kept = torch.from_numpy(each.data.train[100:])
    assert not [item for item in _arrays(remember(before)) if item.size > 100]
    before.holder.kept = torch.ones(400, 2)
    assert _back(before, after).kept.sum() == 800
    assert not after.data.train.any()


@pytest.mark.usefixtures("ours")
def test_what_cannot_be_put_away_is_named() -> None:
    with pytest.raises(TypeError, match="holder.kept must be something that can be put"):
        remember(Anything(iter([1])))


def _refused(name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    remembered = remember(Training(name, _small(name, before)).made)
    with pytest.raises(ValueError) as error:
        recall(Training(name, _small(name, after)).made, remembered)
    return str(error.value)


def test_another_experiment_is_refused() -> None:
    said = _refused("vae", {"latent_dim": 2}, {"latent_dim": 3})
    assert "must be torch.float32 (" in said and "VAEExperiment.model" in said
    assert _refused("gan", {}, {"layers": 2}).endswith("must be there before and after")
    assert _refused("gan", {"optimizer": "sgd"}, {"hidden": 32})


@pytest.mark.usefixtures("ours")
def test_another_device_is_refused() -> None:
    with pytest.raises(ValueError, match="device must be 'cpu', as it was, got 'cuda'"):
        recall(Anything(None, device="cuda:0"), remember(Anything(None)))


def _arrays(item: Any) -> Iterator[np.ndarray]:
    if isinstance(item, np.ndarray):
        yield item
    elif isinstance(item, dict | list):
        for each in item.values() if isinstance(item, dict) else item:
            yield from _arrays(each)


# --- contests

class Counter(Contestant):
    """Learns to count, up to some number."""

    n_weights = 1

    def __init__(self, most: int) -> None:
        self.most = most

    def steps(self) -> Iterator[None]:
        while self.done < self.most:
            self.done += 1
            yield

    def weights(self) -> dict[str, np.ndarray]:
        return {}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        pass


class Counting(Contest[Any, Counter]):
    """Two who count, and are judged in pieces."""

    looks = 2

    def __init__(self) -> None:
        super().__init__(ArenaSettings(steps=100, budget="steps"), "cpu")
        self.data = Anything(None).data
        self.contestants = {"quick": Counter(4), "slow": Counter(200)}
        self.training = dict.fromkeys(self.contestants, 0.0)
        self.log: list[str] = []

    @classmethod
    def families(cls) -> dict[str, Any]:
        return dict.fromkeys(("quick", "slow"), SimpleNamespace(takes=lambda settings: True))

    def judge(self, name: str) -> Work[dict[str, float]]:
        for _ in range(3):
            yield None
        self.log.append(f"{name} at {self.contestants[name].done} after {self.done}")
        return {}

    def observe(self) -> Observation:
        return {}, {}


@pytest.mark.usefixtures("ours")
def test_a_contest_is_put_away_at_any_step_of_training_and_judging() -> None:
    truth, counted, seen = Counting(), Counting(), []
    for step in truth.steps():
        if step is not PART:
            seen.append((truth.done, truth.over, truth.concluded, len(truth.log)))
    assert len(seen) == truth.total_steps and len(truth.log) > 4
    for moment in seen:
        following, steps = Counting(), counted.steps()
        while next(steps) is PART:
            pass
        assert moment == (counted.done, counted.over, counted.concluded, len(counted.log))
        recall(following, _sent(remember(counted)))
        counted = following
    assert next(counted.steps(), "over") == "over" and counted.log == truth.log
