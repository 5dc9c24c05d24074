"""Every experiment on a GPU that is not there, see `virtual_device`, and on one that is."""

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, cast
from weakref import ref

import numpy as np
import pytest
import torch
from polling import newest
from small import examples, refusal_of, small
from virtual_device import IS_REAL, Device, DeviceError, plugged_in

from benchmarks import gpu as gpu_benchmark
from model_zoo.base import Losses
from model_zoo.likelihoods import Bernoulli, Categorical, Likelihood, draw_level
from model_zoo.made import MADE
from model_zoo.vae import VAE
from playground import concepts, datasets
from playground.concepts.applications import experiment as applications
from playground.concepts.autoencoder import students
from playground.concepts.image_arena import by_code, by_noise
from playground.concepts.image_arena import data as image_arena
from playground.device import be_repeatable, fetched, shared, warm_up
from playground.engine.inline import InlineEngine
from playground.experiments import autoregressive, passes
from playground.experiments.base import (
    PART,
    Experiment,
    NotFinite,
    Piece,
    built,
    experiment_type,
)
from playground.experiments.checkpoint import recall, remember
from playground.experiments.contest import Contest
from playground.experiments.gradient_contestant import GradientContestant
from playground.experiments.look import look
from playground.experiments.pieces import whole
from playground.settings import Settings
from playground.training import trainer
from playground.training.batches import Batches
from playground.training.randomness import RandomStream, preserved_random_state
from playground.training.trainer import Trainer
from playground.training.untouched import untouched
from playground.training.updates import WARM_UPS

NAMES = concepts.names()
ON = {"cuda": "cuda:0", "mps": "mps"}
OFF_THE_DEVICE = ("table", "fields")  # questions that are answered without it


@pytest.fixture(autouse=True, scope="module")
def few_samples() -> Iterator[None]:
    """Let looks, judgements and questions do little of what they do often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autoregressive, "N_SAMPLES", dict.fromkeys(autoregressive.N_SAMPLES, 4))
        patch.setattr(autoregressive, "N_FRAMES", 4)
        patch.setattr(passes, "QUICK_SECONDS", 0.0)
        patch.setattr(by_noise, "STEPS", 3)
        patch.setattr(by_code, "ROUNDS", 2)
        patch.setattr(students, "STEPS", 4)
        for contest in (applications, image_arena):
            patch.setattr(contest, "N_JUDGED", dict.fromkeys(contest.N_JUDGED, 12))
        patch.setattr(applications, "N_ROWS", dict.fromkeys(applications.N_ROWS, 2))
        yield


@pytest.fixture
def gpu() -> Iterator[Device]:
    """A simulated GPU, which counts its launches and waits."""
    with plugged_in("cuda") as device:
        yield device


@contextmanager
def _on(kind: str) -> Iterator[None]:
    """Have a device of this kind: the real one where there is one, else a simulated one."""
    if kind == "cuda" and IS_REAL:
        be_repeatable()
        yield
    else:
        with plugged_in(kind):
            yield


@pytest.fixture
def any_gpu() -> Iterator[None]:
    """A GPU, real or simulated."""
    with _on("cuda"):
        yield


def _build(name: str, settings: Settings, device: str) -> Experiment[Any]:
    torch.manual_seed(0)
    return built(name, settings, device)


def _assert_plain(value: Any) -> None:
    """Whatever goes to the page is numbers, texts and arrays of the CPU."""
    if isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            _assert_plain(item)
    else:
        assert value is None or isinstance(
            value, bool | int | float | str | np.ndarray | np.generic), type(value)


def _ask_everything(experiment: Experiment[Any], device: str) -> None:
    for name, method in inspect.getmembers(type(experiment)):
        if (not getattr(method, "is_question", False) or name in OFF_THE_DEVICE
                or refusal_of(experiment, name)):
            continue
        with untouched(experiment, device):
            _assert_plain(experiment.ask(name, examples(experiment, name)))


def _go(steps: Iterator[Piece | None], n: int) -> None:
    """Do n whole steps, however many pieces they have."""
    while n:
        n -= next(steps) is not PART


# --- every experiment

@pytest.mark.parametrize("kind", list(ON))
@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_is_trained_looked_at_asked_and_restored(name: str, kind: str) -> None:
    settings, device = small(name), ON[kind]
    experiment_type(name).prepare(settings)
    with _on(kind):
        experiment = _build(name, settings, device)
        for _step in islice(whole(experiment.steps()), 4):
            pass
        with untouched(experiment, device):
            _assert_plain(experiment.observe())
        _assert_plain([experiment.clocked(), experiment.progress])
        kept = experiment.weights()
        with datasets.stand_ins():
            restored = _build(name, settings, device)
        restored.restore(kept)
        again = restored.weights()
        assert again.keys() == kept.keys()
        assert all(np.array_equal(again[key], kept[key]) for key in kept)
        _ask_everything(restored, device)


def test_a_picture_is_completed_on_the_device_of_the_model(gpu: Device) -> None:
    model, x = MADE((1, 3, 3), 2).to("cuda:0"), torch.ones(2, 1, 3, 3, device="cuda:0")
    known = torch.ones(3, 3, dtype=torch.bool)
    known[2] = False
    assert model.complete(x, known)[:, :, :2].tolist() == x[:, :, :2].tolist()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_numbers(name: str, any_gpu: None) -> None:
    experiment_type(name).prepare(small(name))
    first, second = (_weights(name, 6) for _ in range(2))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[key], second[key]) for key in first)


# --- waits

STEPS, CHECK_EVERY = 10, 5
TRAINED: list[tuple[str, dict[str, Any]]] = [
    ("vae", {}), ("vae", {"model": "vq_vae"}), ("vae", {"know_class": True, "warm_up": 100}),
    ("autoencoder", {}), ("autoencoder", {"linear": True, "corruption": 0.4}), ("gan", {}),
    ("gan", {"game": "wgan_gp", "optimizer": "rmsprop"}), ("dcgan", {"know_class": True}),
    ("pixel_cnn", {}), ("pixel_rnn", {})]
DRAWS_PIXEL_BY_PIXEL = ("pixel_cnn", "pixel_rnn")  # on the CPU: their weights are a second copy


@pytest.mark.parametrize(("name", "changes"), TRAINED)
def test_training_waits_at_its_checks_alone_and_a_look_once(
        name: str, changes: dict[str, Any], gpu: Device,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "CHECK_EVERY_ON_GPU", CHECK_EVERY)
    experiment = _build(name, small(name, **{"steps": 10_000} | changes), "cuda:0")
    steps = whole(experiment.steps())
    next(steps)
    for _ in range(2):  # the first one may measure
        gpu.reset()
        with untouched(experiment, "cuda:0"):
            experiment.observe()
    assert sum(gpu.waits.values()) <= 1 + (name in DRAWS_PIXEL_BY_PIXEL), gpu.waits
    gpu.reset()
    for _step in islice(steps, STEPS):
        pass
    assert sum(gpu.waits.values()) <= STEPS // CHECK_EVERY, gpu.waits


def test_families_of_a_contest_wait_no_more_often_than_alone(
        gpu: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "CHECK_EVERY_ON_GPU", CHECK_EVERY)
    experiment = _build("arena", small("arena", steps=10_000), "cuda:0")
    contest = cast(Contest[Any, Any], experiment)
    trained = [each for each in contest.contestants.values()
               if isinstance(each, GradientContestant)]
    going = [each.steps() for each in trained]
    gpu.reset()
    for _ in range(STEPS):
        for steps in going:
            next(steps)
    assert sum(gpu.waits.values()) <= STEPS // CHECK_EVERY * len(trained), gpu.waits


def test_a_loss_that_is_not_finite_is_noticed_after_twenty_steps_at_most(gpu: Device) -> None:
    model = VAE((2,), hidden=(4,)).to("cuda:0")
    data = torch.full((8, 2), float("nan"), device="cuda:0")
    steps = Trainer(model, Batches(data, 4)).steps(lambda _: 1e-3)
    with pytest.raises(NotFinite, match="loss is not a finite number"):
        for _step in islice(steps, trainer.CHECK_EVERY_ON_GPU):
            pass


def test_many_tensors_come_in_one_copy_and_as_they_were(gpu: Device) -> None:
    found = {"a": torch.tensor([3], dtype=torch.uint8), "b": torch.rand(2, 3)[:, 1:],
             "c": torch.tensor(True), "d": torch.arange(3), "e": torch.zeros(0, 2)}
    away = {name: value.to("cuda:0") for name, value in found.items()}
    gpu.reset()
    back = fetched(away | {"f": "text"})
    assert sum(gpu.waits.values()) == 1 and back.pop("f") == "text"
    for name, value in found.items():
        assert back[name].dtype == value.numpy().dtype
        np.testing.assert_array_equal(back[name], value.numpy())


def test_each_loss_is_averaged_exactly_over_the_steps_that_had_it(gpu: Device) -> None:
    trainer = Trainer(VAE((1,)), Batches(torch.ones(2, 1), 1))
    assert trainer.recent_losses() == {}
    trainer.losses += [{"a": torch.tensor(value, device="cuda:0")} for value in (1.0, 2**-30)]
    trainer.losses.append({"a": torch.tensor(1.0, device="cuda:0"),
                           "b": torch.tensor(5.0, device="cuda:0")})
    assert look(trainer.recent_losses(), {})[0] == {"a": (2 + 2**-30) / 3, "b": 5.0}


# --- the same numbers

def _weights(name: str, n: int, then: dict[str, Any] | None = None,
             **changes: Any) -> dict[str, np.ndarray]:
    """The weights after n steps, and as many more with other knobs."""
    experiment = _build(name, small(name, **changes), "cuda:0")
    steps = whole(experiment.steps())
    for settings in (experiment.settings, experiment.settings.with_changes(**then or {})):
        experiment.settings = settings
        for _step in islice(steps, n):
            pass
    return experiment.weights()


@pytest.mark.parametrize(("name", "changes", "then"), [
    ("vae", {"warm_up": 100, "likelihood": "bernoulli"}, {"beta": 3.0}),
    ("vae", {"model": "vq_vae"}, {}), ("autoencoder", {}, {"corruption": 0.5}),
    ("gan", {"game": "wgan_gp", "critic_steps": 2}, {"penalty": 5.0}),
    ("gan", {"optimizer": "sgd"}, {}), ("dcgan", {"know_class": True}, {"r1": 0.5}),
    ("pixel_cnn", {}, {})])
def test_a_captured_graph_trains_to_the_same_numbers(
        name: str, changes: dict[str, Any], then: dict[str, Any], any_gpu: None,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_CUDA_GRAPHS", "0")
    truth = _weights(name, 7, then, **changes)
    monkeypatch.delenv("PLAYGROUND_CUDA_GRAPHS")
    captured = _weights(name, 7, then, **changes)
    assert all(np.array_equal(captured[key], truth[key]) for key in truth)


def test_a_graph_is_one_launch(gpu: Device) -> None:
    steps = _build("vae", small("vae"), "cuda:0").steps()
    for _step in islice(steps, WARM_UPS + 1):
        pass
    gpu.reset()
    next(steps)
    assert gpu.launches <= 5  # the rate, beta, the rows, the graph, its losses


def test_what_cannot_be_captured_goes_on_without_a_graph_and_spoils_none(
        any_gpu: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asks(VAE):
        def loss(self, x: torch.Tensor, context: torch.Tensor | None = None) -> Losses:
            losses = super().loss(x)
            assert losses["loss"].item() < 1e9
            return losses

    def train(kind: type[VAE]) -> list[float]:
        torch.manual_seed(0)
        model = kind((2,), hidden=(4,)).to("cuda:0")
        batches = Batches(torch.rand(8, 2, device="cuda:0"), 4)
        for _step in islice(Trainer(model, batches).steps(lambda _: 1e-2), 6):
            pass
        return [weight.sum().item() for weight in model.parameters()]

    monkeypatch.setenv("PLAYGROUND_CUDA_GRAPHS", "0")
    truth = train(Asks)
    monkeypatch.delenv("PLAYGROUND_CUDA_GRAPHS")
    with pytest.warns(UserWarning, match="without a graph"):
        assert train(Asks) == truth
    with warnings.catch_warnings(record=True) as others:
        assert train(VAE) == truth
    assert not [each for each in others if "without a graph" in str(each.message)]


@pytest.mark.parametrize("name", ["vae", "gan", "arena"])
def test_a_run_on_a_gpu_goes_on_from_its_checkpoint_with_the_same_numbers(
        name: str, any_gpu: None) -> None:
    torch.manual_seed(0)
    truth = _build(name, small(name), "cuda:0")
    steps = truth.steps()
    _go(steps, 7)
    kept, random = remember(truth), RandomStream.current("cuda:0")
    _go(steps, 7)
    resumed = _build(name, small(name), "cuda:0")
    recall(resumed, kept)
    random.install("cuda:0")
    _go(resumed.steps(), 7)
    again = resumed.weights()
    assert all(np.array_equal(again[key], value) for key, value in truth.weights().items())


def test_an_engine_trains_several_on_a_gpu_as_one_loop_each_does(any_gpu: None) -> None:
    names, question = ("vae", "gan"), {"codes": [[0.5, 0.5]], "axes": [0, 1], "label": 0}
    engine = InlineEngine()
    engine.scheduler.device = "cuda:0"
    try:
        runs = {name: engine.start(name, small(name), owner=name) for name in names}
        for run in runs.values():
            engine.wait(run, 100, timeout=60)
        shown = {name: newest(engine.poll(run).run) for name, run in runs.items()}
        answer = engine.ask(runs["vae"], "decode", **question)
    finally:
        engine.close()
    for name in names:
        alone = _build(name, small(name), "cuda:0")
        _go(alone.steps(), 100)
        with untouched(alone, "cuda:0"):
            assert alone.observe()[0] == shown[name].metrics
            if name == "vae":
                assert np.array_equal(alone.ask("decode", question)["images"], answer["images"])


@pytest.mark.parametrize("device", ["mps", "mps:0"])
def test_the_random_stream_of_mps_is_kept_however_it_is_called(device: str) -> None:
    with plugged_in("mps"):
        with preserved_random_state(device):
            first = torch.rand(2, device=device)
        assert torch.equal(torch.rand(2, device=device).cpu(), first.cpu())


def test_a_level_is_drawn_as_torch_draws_it() -> None:
    chances = torch.rand(50, 7).softmax(-1)
    torch.manual_seed(1)
    truth = torch.multinomial(chances, 1)[:, 0]
    torch.manual_seed(1)
    assert torch.equal(draw_level(chances), truth)


# --- what is dear, and what is deadly

def test_one_copy_of_the_data_is_shared_as_long_as_somebody_has_it(gpu: Device) -> None:
    array = np.ones((4, 2), np.float32)
    first = shared(array, "cuda:0")
    assert shared(array, "cuda:0") is first and shared(array.copy(), "cuda:0") is not first
    gone = ref(first)
    del first
    assert gone() is None
    assert shared(array, "cuda:0").tolist() == array.tolist()


def test_a_cpu_shares_the_array_itself() -> None:
    array = np.ones(3, np.float32)
    assert shared(array, "cpu").data_ptr() == array.ctypes.data


@pytest.mark.parametrize("likelihood", [Bernoulli(), Categorical(3)])
def test_chances_that_are_not_numbers_do_not_cost_the_device(likelihood: Likelihood,
                                                             gpu: Device) -> None:
    told = torch.full((2, 3 * likelihood.per_number), float("nan"), device="cuda:0")
    assert likelihood.draw(told).shape == (2, 3)


@pytest.mark.parametrize("axes", [[0, 2], [-1], [0, 0], []])
@pytest.mark.parametrize("name", ["vae", "autoencoder"])
def test_axes_that_are_none_are_refused_before_they_reach_the_device(
        name: str, axes: list[int], gpu: Device) -> None:
    experiment = _build(name, small(name), "cuda:0")
    with pytest.raises(ValueError, match="axes"):
        experiment.ask("decode", examples(experiment, "decode") | {"axes": axes})


@pytest.mark.parametrize("kind", list(ON))
def test_a_device_is_warmed_up_and_leaves_nothing_to_wait_for(kind: str) -> None:
    with plugged_in(kind) as device:
        warm_up(ON[kind])
        assert device.launches > 20 and device.waits["playground/device.py:29 synchronize"] < 2


def test_the_benchmark_says_that_there_is_no_gpu(
        capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    gpu_benchmark.measure()
    assert capsys.readouterr().out == "There is no GPU on this machine, so nothing is measured.\n"


def test_the_benchmark_measures_a_model_in_every_way(
        gpu: Device, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_benchmark, "SECONDS", 0.01)
    monkeypatch.setattr(concepts, "names", lambda: ["vae", "clustering"])
    gpu_benchmark.measure()
    figures = {line.split()[0].removeprefix("gpu_vae_")
               for line in capsys.readouterr().out.splitlines()}
    assert figures == {"gpu_warm_up_seconds", "building_seconds", "steps_per_second", "ratio",
                       "graph_steps_per_second", "graph_ratio", "look_seconds"}


# --- the virtual device keeps its rules

def test_what_a_gpu_refuses_is_refused(gpu: Device) -> None:
    x, host = torch.rand(4, 3, device=gpu.name), torch.rand(4, 3)
    for mixed in (lambda: x + host, lambda: torch.cat([x, host]), lambda: host.add_(x),
                  lambda: torch.where(x > 0, x, host), lambda: torch.nn.Linear(3, 2)(x)):
        with pytest.raises(DeviceError, match="same device"):
            mixed()
    with pytest.raises(TypeError, match="can't convert cuda"):
        np.asarray(x)
    with pytest.raises(DeviceError, match="generator"):
        torch.rand(2, device=gpu.name, generator=torch.Generator())
    with pytest.raises(DeviceError, match="device-side assert"):
        x[torch.tensor([9], device=gpu.name)]
    assert torch.equal((2 * x).cpu(), 2 * x.cpu()) and (x * torch.tensor(2.0)).is_cuda


def test_mps_has_no_float64() -> None:
    with plugged_in("mps") as device, pytest.raises(TypeError, match="float64"):
        torch.ones(2, device=device.name).double()


def test_the_device_has_a_random_stream_of_its_own(gpu: Device) -> None:
    torch.manual_seed(3)
    state, before = torch.cuda.get_rng_state("cuda:0"), torch.get_rng_state()
    first = torch.rand(3, device="cuda:0").cpu()
    assert torch.equal(torch.get_rng_state(), before)
    torch.cuda.set_rng_state(state, "cuda:0")
    assert torch.equal(torch.rand(3, device="cuda:0").cpu(), first)


def test_waits_are_counted_with_their_reasons(gpu: Device) -> None:
    x = torch.rand(4, device=gpu.name)
    gpu.reset()
    (x * 2).sum()
    assert not gpu.waits and gpu.launches == 2
    (x * 2).sum().item()
    x[x > 0.5]
    assert sum(gpu.waits.values()) == 2


def test_a_graph_replays_what_was_captured_and_has_no_effect_before(gpu: Device) -> None:
    x, factor = torch.ones(2, device=gpu.name), 2.0
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        x.mul_(factor)
        y = x + torch.rand(2, device=gpu.name)
    assert x.tolist() == [1.0, 1.0]
    factor = 3.0
    graph.replay()
    first = y.tolist()
    graph.replay()
    assert x.tolist() == [4.0, 4.0] and y.tolist() != first


def test_a_graph_refuses_to_wait(gpu: Device) -> None:
    x = torch.ones(2, device=gpu.name)
    with pytest.raises(DeviceError, match="capturing"), torch.cuda.graph(torch.cuda.CUDAGraph()):
        x.sum().item()
