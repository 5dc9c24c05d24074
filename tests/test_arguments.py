"""Questions: their arguments are checked by the signatures of the methods that answer them."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import pytest
import torch
from pydantic import BeforeValidator

from playground import concepts
from playground.arguments import OneOf, Within, limit_words, types_of
from playground.experiments.base import Experiment, Observation, built, question
from playground.refusal import Refusal
from playground.settings import Settings

Halved = Annotated[float, BeforeValidator(lambda value: value / 2)]


class Asked(Experiment[Settings]):
    """Answers by its arguments."""

    last = 3

    @property
    def total_steps(self) -> int:
        return 0

    def steps(self) -> Iterator[None]:
        yield from ()

    def observe(self) -> Observation:
        return {}, {}

    @question
    @torch.no_grad()
    def numbers(self, n: int, share: float, name: str = "x") -> dict[str, Any]:
        """Return them."""
        return {"n": n, "share": share, "name": name}

    @question
    def lists(self, places: list[list[float]], array: np.ndarray) -> dict[str, Any]:
        """Return them."""
        return {"places": places, "array": array}

    @question
    def in_pieces(self, n: int) -> Any:
        """Return it after a while."""
        for done in range(n):
            yield done / n
        return {"n": n}

    @question
    def halved(self, share: Halved) -> dict[str, Any]:
        """Return it."""
        return {"share": share}

    @question
    def limited(self, index: Annotated[int, Within(0, lambda asked: asked.last)],
                way: Annotated[str, OneOf(("up", "down"))],
                some: Annotated[list[Annotated[float, Within(-1, 1)]], Within(1, 2)],
                ) -> dict[str, Any]:
        """Return them."""
        return {"index": index, "way": way, "some": some}

    def steps_of(self, n: int) -> dict[str, Any]:
        """Be no question."""
        return {"n": n}


ASKED = Asked(Settings(), "cpu")
LIMITED = {"index": 0, "way": "up", "some": [0.5]}


@pytest.mark.parametrize(("question", "given", "answer"), [
    ("numbers", {"n": 3, "share": 1}, {"n": 3, "share": 1.0, "name": "x"}),
    ("numbers", {"n": 3, "share": 0.5, "name": "y"}, {"n": 3, "share": 0.5, "name": "y"}),
    ("in_pieces", {"n": 3}, {"n": 3}),
    ("halved", {"share": 3.0}, {"share": 1.5}),
    *(("limited", LIMITED | each, LIMITED | each)
      for each in ({}, {"index": 3}, {"way": "down"}, {"some": [-1.0, 1.0]}))])
def test_arguments_that_fit_arrive(
        question: str, given: dict[str, Any], answer: dict[str, Any]) -> None:
    assert ASKED.ask(question, given) == answer


def test_a_tuple_is_a_list_and_an_array_stays_one() -> None:
    array = np.eye(2)
    reply = ASKED.ask("lists", {"places": ((0, 0.5),), "array": array})
    assert reply["places"] == [[0, 0.5]] and reply["array"] is array


@pytest.mark.parametrize(("question", "given", "sentence"), [
    ("numbers", {"n": 2.5, "share": 1}, "n must be a whole number, got 2.5"),
    ("numbers", {"n": 2.0, "share": 1}, "n must be a whole number, got 2.0"),
    ("numbers", {"n": True, "share": 1}, "n must be a whole number, got True"),
    ("numbers", {"n": "2", "share": 1}, "n must be a whole number, got '2'"),
    ("numbers", {"n": 1, "share": "all"}, "share must be a number, got 'all'"),
    ("numbers", {"n": 1, "share": float("inf")}, "share must be a finite number, got inf"),
    ("numbers", {"n": 1, "share": 1, "name": 3}, "name must be a text, got 3"),
    ("numbers", {"n": 1}, "share must be given"),
    ("numbers", {"n": 1, "share": 1, "m": 1}, "m must not be given: there is no such name"),
    ("lists", {"places": 3, "array": np.eye(2)}, "places must be a list, got 3"),
    ("lists", {"places": [[0, None]], "array": np.eye(2)},
     r"places.0.1 must be a number, got None"),
    ("lists", {"places": [], "array": [[1.0]]}, r"array must be an array, got \[\[1.0\]\]"),
    ("in_pieces", {"n": None}, "n must be a whole number, got None"),
    ("limited", LIMITED | {"index": 4}, "index must be between 0 and 3, got 4"),
    ("limited", LIMITED | {"index": -1}, "index must be between 0 and 3, got -1"),
    ("limited", LIMITED | {"index": "x"}, "index must be a whole number, got 'x'"),
    ("limited", LIMITED | {"way": "left"}, "way must be one of up, down, got 'left'"),
    ("limited", LIMITED | {"some": []}, "some must be between 1 and 2, got 0"),
    ("limited", LIMITED | {"some": [0.0] * 3}, "some must be between 1 and 2, got 3"),
    ("limited", LIMITED | {"some": [2.0]}, "some must be between -1 and 1, got 2.0"),
    ("steps_of", {"n": 1}, "question must be one that this model has, got 'steps_of'"),
    ("nothing", {}, "question must be one that this model has, got 'nothing'")])
def test_arguments_that_do_not_fit_are_refused_in_one_sentence(
        question: str, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refusal, match=f"^{sentence}$"):
        ASKED.ask(question, given)


def test_what_is_allowed_can_be_said_in_few_words() -> None:
    said = {name: limit_words(kind, ASKED) for method in (Asked.limited, Asked.numbers)
            for name, (kind, _default) in types_of(method).items()}
    assert said == {"index": "0..3", "way": "up|down", "some": "", "n": "", "share": "",
                    "name": ""}


def _build(name: str, **changes: Any) -> Experiment[Any]:
    torch.manual_seed(0)
    return built(name, concepts.settings_type(name)(**changes), "cpu")


VAE = _build("vae", hidden=32, latent_dim=3)
AUTOENCODER = _build("autoencoder", hidden=32, latent_dim=3)
ALL_AXES = [(VAE, "decode", {"codes": [[0.0, 0.0]], "label": 0}),
            (VAE, "decoded_plane", {"n": 3, "label": 0}),
            (VAE, "posteriors", {"labels": [0]}),
            (AUTOENCODER, "decode", {"codes": [[0.0, 0.0]]}),
            (AUTOENCODER, "decoded_plane", {"n": 3})]


@pytest.mark.parametrize(("made", "question", "given"), ALL_AXES)
@pytest.mark.parametrize("axes", [[0, 3], [-1, 0], [1, 1], [], [0, 1, 2]])
def test_axes_are_one_or_two_dimensions_of_the_code(
        made: Experiment[Any], question: str, given: dict[str, Any], axes: list[int]) -> None:
    assert made.ask(question, given | {"axes": [0, 2]})
    with pytest.raises(Refusal, match="axes must be one or two different dimensions from 0 to 2"):
        made.ask(question, given | {"axes": axes})


@pytest.mark.parametrize(("codes", "sentence"), [
    ([[0.0]], "codes must have as many numbers as there are axes, 2"),
    ([[0.0, 1e300]], r"codes must lie within 1e\+06 of 0"),
    ([[0.0, 0.0]] * 1001, "codes must be between 0 and 1000, got 1001")])
@pytest.mark.parametrize("made", [VAE, AUTOENCODER])
def test_codes_are_places_on_the_axes(
        made: Experiment[Any], codes: list[list[float]], sentence: str) -> None:
    told = {"label": 0} if made is VAE else {}
    with pytest.raises(Refusal, match=sentence):
        made.ask("decode", {"codes": codes, "axes": [0, 1]} | told)
