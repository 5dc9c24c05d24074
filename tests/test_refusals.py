"""Refusals: each sentence can be translated, is translated where shown, and crosses whole."""

import ast
import copy
import pickle
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from torch import nn

from playground import arguments, concepts
from playground.algorithms import gaussian_ascent
from playground.arguments import check_choice, check_range
from playground.datasets import images, own, own_csv, own_image
from playground.datasets.base import DatasetUnavailable
from playground.engine.base import EngineFull
from playground.engine.questions import QuestionFailed
from playground.experiments import budget
from playground.experiments.axes import check_axes, on_axes
from playground.experiments.base import experiment_type
from playground.explain import OTHERWISE, explain
from playground.language import N_, _
from playground.refusal import Refusal
from playground.runs import files, weights
from playground.settings import Knob, Settings
from playground.training import cost
from playground.ui.bench.trouble import said

ROOT = Path(__file__).parents[1]
NAMES = concepts.names()

# Errors of programming: a page that is not at fault never shows them.
OF_PROGRAMMING = (
    "algorithms", "charts", "datasets/__init__.py", "datasets/scenes.py", "datasets/sprites.py",
    "datasets/tables.py", "datasets/toys.py", "engine/health.py", "engine/memory.py",
    "engine/messages.py", "engine/protocol.py", "experiments/checkpoint.py",
    "gallery.py", "metrics/divergence.py", "snapshot.py", "ui/bench/carried.py")


def _files() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "playground").rglob("*.py")):
        name = path.relative_to(ROOT / "playground").as_posix()
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def _kinds(kind: type) -> set[str]:
    return {kind.__name__}.union(*map(_kinds, kind.__subclasses__()))


# --- every sentence is one that can be translated

def test_what_a_visitor_may_read_is_raised_as_a_refusal() -> None:
    bare = [f"{name}:{node.lineno}" for name, tree in _files()
            if not name.startswith(OF_PROGRAMMING) for node in ast.walk(tree)
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
            and ast.unparse(node.exc.func) == "ValueError"]
    assert bare == []


def test_every_refusal_has_a_marked_sentence_with_exactly_its_values() -> None:
    odd, seen = [], 0
    for name, tree in _files():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) in _kinds(Refusal)):
                continue
            first = node.args[0]
            if isinstance(first, ast.Name) or ast.unparse(first).startswith("WORDS"):
                continue  # a constant, or a table of them
            if ast.unparse(first) == "'{reason}'":
                continue  # words of another's
            if not (isinstance(first, ast.Call) and ast.unparse(first.func) == "N_"
                    and isinstance(text := first.args[0], ast.Constant)):
                odd.append(f"{name}:{node.lineno} is not marked")
                continue
            seen += 1
            places = {place for _text, place, *_rest in string.Formatter().parse(
                str(text.value)) if place is not None}
            if places != {each.arg for each in node.keywords}:
                odd.append(f"{name}:{node.lineno} has other values")
    assert odd == [] and seen > 60


# --- it is translated where it is shown

def _refusal(action: Callable[[], object]) -> Refusal:
    with pytest.raises(ValueError) as caught:
        action()
    error = caught.value
    return explain(error) if isinstance(error, ValidationError) else error  # type: ignore[return-value]


def _is_translated(refusal: Refusal) -> bool:
    text = refusal.in_words()
    return text.startswith("⟦") and text.endswith("⟧") and "{" not in refusal.in_words()


def _outside(item: Knob, default: Any) -> list[Any]:
    if item.choices:
        return ["nothing", 7]
    if isinstance(default, bool):
        return ["perhaps"]
    if isinstance(default, str):
        return ["nothing", 7]
    assert item.low is not None and item.high is not None
    return [item.high + 1, item.low - 1, "many", None, float("nan"), [1]]


@pytest.mark.parametrize("name", NAMES)
def test_what_no_knob_allows_is_refused_in_the_visitors_language(name: str, pseudo: None) -> None:
    kind = concepts.settings_type(name)
    for field, item in kind.knobs().items():
        for value in _outside(item, kind.default(field)):
            refusal = _refusal(lambda: kind(**{field: value}))  # noqa: B023
            assert _is_translated(refusal) and refusal.message != OTHERWISE, (field, value)
    assert _is_translated(_refusal(lambda: kind.model_validate({"colour": "red"})))


def _questions(name: str) -> dict[str, Callable[..., object]]:
    kind = experiment_type(name)
    return {each: getattr(kind, each) for each in dir(kind)
            if getattr(getattr(kind, each), "is_question", False)}


@pytest.mark.parametrize("name", NAMES)
def test_no_question_takes_unknown_missing_or_odd_arguments(name: str, pseudo: None) -> None:
    for method in _questions(name).values():
        assert _is_translated(_refusal(lambda: arguments.checked(method, {"colour": 1})))  # noqa: B023
        fields = arguments._expected(method).model_fields
        for field, info in fields.items():
            if info.is_required():
                assert _refusal(lambda: arguments.checked(method, {})).in_words().startswith("⟦")  # noqa: B023
            for odd in (object(), 2.5j):
                refusal = _refusal(
                    lambda: arguments.checked(method, dict.fromkeys(fields, odd)))  # noqa: B023
                assert _is_translated(refusal) and refusal.message != OTHERWISE, field


def _download_nothing(*_args: object, **_more: object) -> None:
    raise OSError("no route to host")


BAD: dict[str, Callable[[], object]] = {
    "range": lambda: check_range("n", 0, 1, 5),
    "choice": lambda: check_choice("way", "up", ("down", "left")),
    "axes": lambda: check_axes([0, 9], 3),
    "codes": lambda: on_axes([[0.0]], [0, 1], 9),
    "far codes": lambda: on_axes([[1e300, 0.0]], [0, 1], 9),
    "weights": lambda: budget.count_weights(lambda: nn.Linear(10_000, 10_000)),
    "batch": lambda: cost.refuse_above(15, 1.0, 256),
    "model": lambda: cost.refuse_above(15, 9.0, 256),
    "no weights": lambda: weights.load(Path("nowhere.safetensors")),
    "no run": lambda: files.load(Path("nowhere"), "0" * 32),
    "no experiment": lambda: concepts.settings_type("nothing"),
    "one place": lambda: next(gaussian_ascent.ascend(
        gaussian_ascent.Hill.of(np.zeros(3)), gaussian_ascent.Gaussian(0.0, 1.0))),
    "points": lambda: own.points_from([[0.0, 9.0]]),
    "ragged points": lambda: own.points_from([[0.0], [1.0, 2.0]]),
    "many points": lambda: own.points_from(np.zeros((9_999, 2))),
    "strokes": lambda: own_image.drawing([[(0.0, 0.0)]] * 999),
    "picture": lambda: own_image.picture_from([[1], [1, 2]]),
    "file": lambda: own_image.read(b"no picture"),
    "large file": lambda: own_image.read(bytes(6_000_000)),
    "empty table": lambda: own_csv.read(b""),
    "binary table": lambda: own_csv.read(b"a,b\n\0,1"),
    "table of words": lambda: own_csv.read(b"a,b\nx,y\n"),
    "table without rows": lambda: own_csv.read(b"a,b\n"),
    "torn table": lambda: own_csv.read(b"a,b\n1,2\n3\n"),
    "open quote": lambda: own_csv.read(b'a,b\n1,"2\n'),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_done_is_said_in_the_visitors_language(bad: str, pseudo: None) -> None:
    refusal = _refusal(BAD[bad])
    assert isinstance(refusal, Refusal) and _is_translated(refusal)


def test_a_data_set_that_cannot_be_fetched_is_told_in_the_visitors_language(
        pseudo: None, tmp_path: Path) -> None:
    for load in (images.mnist_full, images.fashion_full, images.cifar10):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(images, "_download", lambda _kind, _root, _files, missing:
                          (_ for _ in ()).throw(DatasetUnavailable(missing)))
            assert _is_translated(_refusal(lambda: load(tmp_path)))  # noqa: B023


def test_a_reason_within_a_refusal_is_translated_too(pseudo: None) -> None:
    whole = Refusal(N_("No answer: {reason}"), reason=Refusal(N_("{n} is odd"), n=3))
    assert whole.in_words() == "⟦No answer: ‹⟦‹3› is odd⟧›⟧"
    assert str(whole) == "No answer: 3 is odd"


def test_lists_are_joined_in_the_manner_of_the_language(pseudo: None) -> None:
    assert Refusal(N_("one of {names}"), names=["a", "b"]).in_words() == "⟦one of ‹a⟦, ⟧b›⟧"


@pytest.mark.parametrize("refusal", [
    Refusal(N_("{n:,} of {name!r}: {names}"), n=12_345, name="x", names=["a", 2]),
    Refusal(N_("because {reason}"), reason=Refusal(N_("of {x:.1f}"), x=0.25))])
def test_a_refusal_crosses_whole(refusal: Refusal, pseudo: None) -> None:
    arrived = Refusal.of(refusal.plain())
    assert str(arrived) == str(refusal) and arrived.in_words() == refusal.in_words()


def test_a_copy_of_a_refusal_is_whole_too() -> None:
    refusal = EngineFull(N_("{n} wait: {reason}"), n=3, reason=Refusal("{name}", name="{x} {"))
    for same in (copy.deepcopy(refusal), pickle.loads(pickle.dumps(refusal))):
        assert type(same) is EngineFull and str(same) == str(refusal) == "3 wait: {x} {"
        assert same.plain() == refusal.plain()


def test_a_page_says_why_in_the_visitors_language_and_without_a_full_stop(pseudo: None) -> None:
    refusal = Refusal(N_("there is no place"))
    assert said(refusal) == said(QuestionFailed(refusal)) == "⟦there is no place⟧"
    assert said(Refusal(N_("{reason}"), reason="It is so.")) == "⟦‹It is so.›⟧"
    assert said(None) == ""


# --- what pydantic has to say

class Example(Settings):
    """Fields of each kind."""

    n: int = 1
    share: float = 0.5
    names: tuple[str, ...] = ()
    own: int = 0


@pytest.mark.parametrize(("values", "sentence"), [
    ({"n": 2.5}, "n must be a whole number, got 2.5"),
    ({"n": "x" * 999}, "n must be a whole number, got 'xxxxxxxxxxxx...xxxxxxxxxxxxx'"),
    ({"share": float("nan")}, "share must be a finite number, got nan"),
    ({"names": 3}, "names must be a list, got 3"),
    ({"names": ("a", 3)}, "names.1 must be a text, got 3"),
    ({"colour": 1}, "colour must not be given: there is no such name")])
def test_one_sentence_says_what_must_hold_and_what_came(
        values: dict[str, Any], sentence: str) -> None:
    assert str(_refusal(lambda: Example(**values))) == sentence


def test_a_changed_copy_is_refused_in_one_sentence() -> None:
    with pytest.raises(Refusal, match="^n must be a whole number, got None$"):
        Example().with_changes(n=None)


def test_without_a_translation_a_refusal_is_english() -> None:
    assert _(N_("there is no place")) == Refusal("there is no place").in_words()
