"""What every experiment must do: settings, steps, looks, questions, and the same numbers again."""

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from small import examples, refusal_of, shorten, small
from together import together, what_shows

from playground import concepts, datasets
from playground.concepts.applications import experiment as applications
from playground.concepts.image_arena import data as image_arena
from playground.datasets.own import OwnPointsSettings
from playground.engine import protocol, scheduler, task
from playground.engine.limits import Limits
from playground.engine.messages import (
    Answered,
    Ask,
    Ended,
    Event,
    Resume,
    Shown,
    Start,
    Step,
)
from playground.engine.scheduler import Scheduler
from playground.experiments import autoregressive
from playground.experiments.base import Experiment, built, experiment_type
from playground.experiments.pieces import whole
from playground.language import _
from playground.refusal import Refusal
from playground.settings import GROUPS, Settings
from playground.snapshot import Snapshot
from playground.training.untouched import nets, untouched

NAMES = concepts.names()
WITH_A_STATE: dict[str, Any] = {"spectral": True, "dropout": 0.3}

ALL_SAMPLES = autoregressive.N_SAMPLES
every_experiment = pytest.mark.parametrize("name", NAMES)
# One data set of each kind: small pictures, coloured ones, on a line, on a plane, without and with
# known modes, tables, of known distances, projected, and drawn by the visitor.
KINDS = ("digits", "sprites", "line_two_groups", "moons", "ring", "iris", "swiss_roll",
         "digits_pca", "mine")
# Knobs that make a model large; what is looked at stays as large as it is.
CLOCKED = {"warm", "cold", "seconds", "one_pass", "drawn", "kept", "anew", "kept_total",
           "anew_total"}
SIZES = ("hidden", "layers", "features", "blocks", "units", "hidden_units")


@pytest.fixture(autouse=True, scope="module")
def few_steps_and_samples() -> Iterator[None]:
    """Let trainings be short; models that draw pixel by pixel draw and judge few samples."""
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch, 30)
        patch.setattr(autoregressive, "N_SAMPLES", dict.fromkeys(ALL_SAMPLES, 4))
        for contest in (applications, image_arena):
            patch.setattr(contest, "N_JUDGED", dict.fromkeys(contest.N_JUDGED, 40))
        yield


def _data_sets() -> list[tuple[str, str]]:
    return [(name, choice) for name in NAMES
            for choice in concepts.settings_type(name).knobs()["dataset"].choices
            if choice not in datasets.DOWNLOADED]


def _build(name: str, settings: Settings) -> Experiment[Any]:
    torch.manual_seed(settings.seed)  # type: ignore[attr-defined]
    return built(name, settings, "cpu")


def _looked_at(experiment: Experiment[Any], step: int) -> Snapshot:
    with untouched(experiment, "cpu"):
        metrics, arrays = experiment.observe()
    return Snapshot(step, 0.0, metrics, arrays)


# --- settings

def test_experiments_are_found_by_their_folders() -> None:
    assert {"vae", "clustering"} <= set(NAMES)


def test_an_unknown_experiment_is_refused() -> None:
    with pytest.raises(ValueError, match="experiment must be one of"):
        concepts.settings_type("../vae")


@every_experiment
def test_the_defaults_are_valid(name: str) -> None:
    kind = concepts.settings_type(name)
    assert kind.model_validate(kind().model_dump()) == kind()


@every_experiment
def test_every_experiment_has_a_seed(name: str) -> None:
    assert "seed" in concepts.settings_type(name).knobs()


@every_experiment
def test_a_knob_says_what_it_is(name: str) -> None:
    for field, item in concepts.settings_type(name).knobs().items():
        assert _(item.label).strip() and _(item.help).strip().endswith((".", "?")), field
        assert item.group in GROUPS, field
        assert all(_(label).strip() for label in item.choices.values()), field


@every_experiment
def test_a_knob_has_choices_or_a_range(name: str) -> None:
    kind = concepts.settings_type(name)
    for field, item in kind.knobs().items():
        if not isinstance(kind.default(field), bool) and not item.examples:
            assert bool(item.choices) != (item.low is not None and item.high is not None), field
            assert item.choices or bool(item.log) != (item.step is not None), field


@every_experiment
def test_a_knob_is_bounded(name: str) -> None:
    kind, base = concepts.settings_type(name), small(name)
    for field, item in kind.knobs().items():
        if item.low is None or item.high is None:
            continue
        cast = type(kind.default(field))
        assert item.low <= kind.default(field) <= item.high, field
        for value in (item.low, item.high):
            assert getattr(base.with_changes(**{field: cast(value)}), field) == value
        for value in (item.low - 1, item.high + 1, item.low - 1e-6 * (1 + abs(item.low)),
                      item.high * 1.001):
            with pytest.raises(ValueError, match=field):
                base.with_changes(**{field: value})


@every_experiment
def test_a_choice_that_is_not_offered_is_refused(name: str) -> None:
    kind = concepts.settings_type(name)
    for field, item in kind.knobs().items():
        if item.choices:
            assert kind.default(field) in item.choices, field
            for value in ("", "nothing", "../etc", next(iter(item.choices)).upper() + " "):
                with pytest.raises(ValueError, match=field):
                    kind(**{field: value})


@every_experiment
def test_the_conditions_of_a_knob_can_be_met(name: str) -> None:
    kind = concepts.settings_type(name)
    for field in kind.knobs():
        assert kind(**what_shows(kind, field)).shown(field), field


def test_one_name_means_one_thing_with_one_range() -> None:
    meanings: dict[str, set[tuple[object, ...]]] = {}
    for name in NAMES:
        for field, item in concepts.settings_type(name).knobs().items():
            if not item.choices:
                meaning = (item.label, item.low, item.high, item.step, item.log, item.unit)
                meanings.setdefault(field, set()).add(meaning)
    assert {field: found for field, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("points", [
    ((0.0, 3.1),), ((float("nan"), 0.0),), ((0.0,),), ((0.0, 0.0, 0.0),), ((0.0, 0.0),) * 2001,
], ids=lambda points: f"{len(points)} x {points[0]}")
def test_drawn_points_are_bounded(points: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(ValueError):
        concepts.settings_type("clustering").model_validate({"dataset": "mine", "points": points})


# --- building, stepping, looking

@pytest.mark.parametrize(("name", "dataset"), _data_sets())
def test_each_data_set_gives_finite_numbers_and_is_listed_exactly_as_used(
        name: str, dataset: str) -> None:
    settings = small(name, dataset=dataset)
    experiment_type(name).prepare(settings)
    experiment = _build(name, settings)
    steps = whole(experiment.steps())
    for step in range(3):
        assert _looked_at(experiment, step).first_bad_name() is None
        next(steps)
    assert experiment.total_steps >= 3

    table = experiment.ask("table", {})
    n, data = len(table["rows"]), experiment.data
    assert table["rows"].shape == (n, len(table["columns"])) and n
    assert table["classes"].shape == table["held_out"].shape == (n,)
    known = table["held_out"] == 0
    np.testing.assert_array_equal(table["rows"][known].reshape(data.train.shape), data.train)
    np.testing.assert_array_equal(table["rows"][~known].reshape(data.test.shape), data.test)
    if hasattr(experiment, "points"):
        np.testing.assert_array_equal(table["rows"][known], experiment.points)


def _ends() -> Iterator[Any]:
    """Bring each knob to both ends of its range: large models one by one, the rest at once."""
    for name in NAMES:
        kind = concepts.settings_type(name)
        ranges = {field: item for field, item in kind.knobs().items()
                  if item.low is not None and field != "steps"}
        lows, highs = ({field: type(kind.default(field))(getattr(item, end))
                        for field, item in ranges.items()} for end in ("low", "high"))
        base = small(name).model_dump(exclude_defaults=True)
        sizes = [{field: highs.pop(field)} | what_shows(kind, field, **base)
                 for field in (*SIZES, "batch_size") if field in highs]
        for changes in (*together(kind, lows, **base), *together(kind, highs, **base), *sizes):
            yield pytest.param(name, changes, id=f"{name}-{'-'.join(changes)}")


@pytest.mark.parametrize(("name", "changes"), list(_ends()))
def test_both_ends_of_each_range_can_be_trained(name: str, changes: dict[str, Any]) -> None:
    settings = small(name, **changes)
    experiment_type(name).prepare(settings)
    experiment = _build(name, settings)
    try:
        next(whole(experiment.steps()), None)  # where all points are noise there is nothing to do
    except Refusal as refusal:  # the batch is too large for one of the nets: what it says fits
        assert set(changes) == {"batch_size"}
        experiment = _build(name, small(name, batch_size=refusal.values["fits"]))
        next(whole(experiment.steps()))
    assert _looked_at(experiment, 1).nbytes > 0


@every_experiment
def test_all_knobs_at_their_upper_ends_still_fit_into_a_snapshot(
        name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoregressive, "N_SAMPLES", ALL_SAMPLES)
    kind = concepts.settings_type(name)
    largest = {field: type(kind.default(field))(item.high) for field, item in kind.knobs().items()
               if item.high is not None and field not in SIZES}
    for dataset in kind.knobs()["dataset"].choices:
        if dataset in KINDS and dataset != "mine":
            experiment = _build(name, small(name, **largest | {"dataset": dataset}))
            assert _looked_at(experiment, 0).first_bad_name() is None


def _same_weights(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


# --- the same numbers again

Numbers = dict[int, tuple[dict[str, float], dict[str, np.ndarray]]]


class Crowd:
    """A scheduler, and what it sent about each run; looks may cost a share of its training."""

    def __init__(self, looks: float = Limits.looks) -> None:
        self.looks = looks
        self.seen: dict[str, Numbers] = {}
        self.over: dict[str, Ended] = {}
        self.errors: list[str] = []
        self.scheduler = Scheduler("cpu", self._receive)

    def _receive(self, event: Event) -> None:
        if isinstance(event, Shown):
            self.seen.setdefault(event.run, {})[event.step] = (event.metrics, event.arrays)
        elif isinstance(event, Ended):
            self.over[event.run] = event
        elif isinstance(event, Answered) and event.refusal:
            self.errors.append(str(event.refusal))

    def start(self, run: str, name: str, settings: Settings) -> None:
        self.scheduler.handle(Start(run, run, name, settings.model_dump(), max_seconds=60,
                                    looks=self.looks))
        self.work()

    def step(self, run: str) -> None:
        self.scheduler.handle(Step(run))
        self.work()

    def ask(self, run: str, question: str, arguments: dict[str, Any]) -> None:
        self.scheduler.handle(Ask(run, 1, run, question, arguments, "", {}))
        self.work()

    def work(self) -> None:
        """Do all that there is to do for runs that do not train by themselves."""
        while self.scheduler.advance() is not None:
            pass

    def train(self, *runs: str) -> None:
        for run in runs:
            self.scheduler.handle(Resume(run))
        while not set(runs) <= set(self.over):
            self.scheduler.advance()

    def weights(self, run: str) -> dict[str, np.ndarray]:
        found = self.over[run].weights
        assert found is not None
        return found


CONTESTS = ("applications", "arena", "image_arena")  # they train many


@pytest.fixture(scope="module", params=[
    pytest.param(name, marks=[pytest.mark.long] * (name in CONTESTS)) for name in NAMES])
def alone(request: pytest.FixtureRequest) -> tuple[str, Crowd]:
    crowd = Crowd()
    crowd.start("run", request.param, small(request.param))
    while "run" not in crowd.over:
        crowd.step("run")
    return request.param, crowd


def _assert_same_numbers(truth: Numbers, numbers: Numbers) -> None:
    assert max(truth) == max(numbers)
    common = truth.keys() & numbers.keys()
    assert len(common) >= 2
    for step in common:
        assert truth[step][0] == numbers[step][0], step
        for name, array in truth[step][1].items():
            np.testing.assert_array_equal(array, numbers[step][1][name], f"{name} at {step}")


def test_a_run_gives_the_same_numbers_among_others_and_seldom_looked_at(
        alone: tuple[str, Crowd], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "LOOKS_PER_SECOND", 0.1)  # the truth was looked at after each step
    monkeypatch.setattr(scheduler, "SLICE_SECONDS", 0.005)
    name, truth = alone
    monkeypatch.setattr(experiment_type(name), "pace", None)
    crowd = Crowd(looks=1.0)
    crowd.start("other", "vae", small("vae", seed=7, dataset="ring"))
    crowd.start("run", name, small(name))
    crowd.start("third", name, small(name, seed=8))
    crowd.train("run", "other", "third")
    _assert_same_numbers(truth.seen["run"], crowd.seen["run"])
    assert _same_weights(truth.weights("run"), crowd.weights("run"))


@every_experiment
def test_a_run_that_is_asked_everything_ends_as_one_that_is_left_alone(name: str) -> None:
    settings = small(name, **{field: value for field, value in WITH_A_STATE.items()
                               if field in concepts.settings_type(name).model_fields})
    crowd = Crowd()
    crowd.start("run", name, settings)
    asked = crowd.scheduler.tasks["run"]
    while not crowd.over and asked.step < 12:
        if asked.step % 10 == 0:
            for question in _answered(name, asked.experiment):
                crowd.ask("run", question, examples(asked.experiment, question))
        crowd.step("run")
    assert crowd.errors == []

    alone = _build(name, settings)
    torch.set_num_threads(alone.threads)
    modes = {layer: layer.training for net in nets(alone) for layer in net.modules()}
    _looked_at(alone, 0)
    assert all(layer.training is mode for layer, mode in modes.items())
    for _step in itertools.islice(whole(alone.steps()), asked.step):
        pass
    assert _same_weights(asked.experiment.weights(), alone.weights())
    end, numbers = _looked_at(alone, asked.step), crowd.seen["run"][asked.step]
    assert end.metrics == numbers[0]
    for field, array in end.arrays.items():
        np.testing.assert_array_equal(array, numbers[1][field], field)


def test_another_seed_gives_other_numbers(alone: tuple[str, Crowd]) -> None:
    name, truth = alone
    crowd = Crowd()
    crowd.start("run", name, small(name, seed=1))
    assert truth.seen["run"][0][0] != crowd.seen["run"][0][0]


def test_a_restored_model_gives_the_same_answers(alone: tuple[str, Crowd]) -> None:
    name, crowd = alone
    trained = crowd.scheduler.kept.experiments["run"]
    restored = _build(name, small(name))
    restored.restore(crowd.weights("run"))
    assert _same_weights(trained.weights(), restored.weights())
    for question in _answered(name, trained):
        answers = [{name: value for name, value in _answer(experiment, question).items()
                    if name not in CLOCKED} for experiment in (trained, restored)]
        assert protocol.encode(answers[0]) == protocol.encode(answers[1]), question


def test_weights_that_do_not_fit_are_refused(alone: tuple[str, Crowd]) -> None:
    name, crowd = alone
    experiment = crowd.scheduler.kept.experiments["run"]
    if experiment.weights():
        with pytest.raises(ValueError):
            experiment.restore({"nothing": np.zeros(3, np.float32)})


# --- questions

def _questions(name: str) -> Iterator[str]:
    for question, method in inspect.getmembers(experiment_type(name)):
        if getattr(method, "is_question", False):
            yield question


def _answered(name: str, experiment: Experiment[Any]) -> Iterator[str]:
    return (each for each in _questions(name) if not refusal_of(experiment, each))


def _numbers(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [number for item in inner for number in _numbers(item)]
    return [] if value is None or isinstance(value, str) else [value]  # None: not defined


def _answer(experiment: Experiment[Any], question: str) -> dict[str, Any]:
    with untouched(experiment, "cpu"):
        return experiment.ask(question, examples(experiment, question))


@pytest.mark.parametrize(("name", "dataset"), [
    (name, dataset) for name, dataset in _data_sets() if dataset in KINDS])
def test_every_question_has_a_finite_answer_that_fits_into_a_message(name: str,
                                                                     dataset: str) -> None:
    experiment = _build(name, small(name, dataset=dataset))
    for question in _questions(name):
        if refusal := refusal_of(experiment, question):
            with pytest.raises(Refusal, match=refusal):
                _answer(experiment, question)
            continue
        frame = protocol.encode(_answer(experiment, question))
        n_header = int.from_bytes(frame[:4], "little")
        for value in protocol.decode(frame[8:8 + n_header], frame[8 + n_header:]).values():
            assert all(np.isfinite(number).all() for number in _numbers(value)), question


@pytest.mark.parametrize("name", [
    name for name in NAMES if issubclass(concepts.settings_type(name), OwnPointsSettings)])
@pytest.mark.parametrize("points", [(), ((0.5, 0.5),), ((0.5, 0.5),) * 4], ids=len)
def test_too_few_points_of_ones_own_are_shown_and_refused(
        name: str, points: tuple[tuple[float, float], ...]) -> None:
    kind = concepts.settings_type(name)
    methods = [("method", method) for method in getattr(kind.knobs().get("method"), "choices", ())]
    for field, value in methods or [("dataset", "mine")]:
        own = kind.model_validate({"dataset": "mine", "points": points})
        settings = own.with_changes(**{field: value})
        experiment = _build(name, settings)
        assert _looked_at(experiment, 0).first_bad_name() is None
        if name == "clustering" and points and value in ("kmeans", "gmm"):
            continue  # a centre in the only point is a fair answer
        with pytest.raises(ValueError, match="there must be"):
            next(whole(experiment.steps()))


@every_experiment
def test_only_questions_can_be_asked(name: str) -> None:
    experiment = _build(name, small(name))
    for question in ("nothing", "observe", "__init__", "restore", "settings"):
        with pytest.raises(ValueError, match="question must be one that"):
            experiment.ask(question, {})


def test_the_corner_of_the_decoded_plane_is_the_top_left() -> None:
    experiment = _build("vae", small("vae", dataset="ring"))
    plane = experiment.ask("decoded_plane", {"n": 3, "axes": [0, 1], "label": 0})["points"]
    z = torch.distributions.Normal(0, 1).icdf(torch.tensor([1 / 6, 1 / 2, 5 / 6])).tolist()
    codes = [[x, y] for y, x in itertools.product(reversed(z), z)]
    truth = experiment.ask("decode", {"codes": codes, "axes": [0, 1], "label": 0})["points"]
    np.testing.assert_allclose(plane, truth, atol=1e-6)


def test_an_interpolation_starts_and_ends_at_data_of_the_classes() -> None:
    experiment: Any = _build("vae", small("vae", likelihood="grey"))
    asked = {"first": 3, "second": 8, "n": 4, "path": "lerp"}
    images = experiment.ask("interpolate", asked)["images"]
    assert images.shape == (6, 8, 8)
    for image, label in ((images[0], 3), (images[-1], 8)):
        held_out = (experiment.held_out[experiment.labels == label][0, 0] * 255).round()
        np.testing.assert_array_equal(image, held_out)
