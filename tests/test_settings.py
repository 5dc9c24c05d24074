"""Settings: what is declared is what is enforced."""

from typing import Any

import pytest
from pydantic import ValidationError

from playground.explain import explain
from playground.settings import Knob, Settings, knob


class Example(Settings):
    """One knob of each kind."""

    dataset: str = knob("a", "Data", help="Which.", group="Data",
                        choices={"a": "The first", "b": "The second"})
    width: int = knob(20, "Width", help="How wide.", low=10, high=1000, log=True,
                      when={"dataset": ("a",)})
    rate: float = knob(0.5, "Rate", help="How fast.", low=0, high=2, step=0.1, live=True)
    switch: bool = knob(False, "Switch", help="On or off.")
    points: tuple[tuple[float, float], ...] = ()


def _message(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Example(**values)
    return str(explain(caught.value))


@pytest.mark.parametrize("value", [0, 2, 1])
def test_both_ends_of_a_range_are_allowed(value: float) -> None:
    assert Example(rate=value).rate == value


@pytest.mark.parametrize("value", [-0.001, 2.001, float("nan"), float("inf"), "fast", None])
def test_a_value_outside_of_the_range_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        Example(rate=value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_nested_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError):
        Example(points=((0.0, value),))


def test_a_choice_that_is_not_offered_is_refused() -> None:
    assert _message(dataset="c") == "dataset must be one of a, b, got 'c'"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError):
        Example.model_validate({"colour": "red"})


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError):
        Example().rate = 1.0


def test_a_changed_copy_is_checked() -> None:
    with pytest.raises(ValueError):
        Example().with_changes(rate=3)


def test_a_changed_copy_keeps_the_other_values() -> None:
    assert Example(width=30).with_changes(rate=1) == Example(width=30, rate=1)


def test_an_error_is_explained_in_one_sentence() -> None:
    assert _message(width=5) == "width must be at least 10, got 5"


def test_settings_survive_json() -> None:
    settings = Example(points=((0.1, 0.2),), rate=0.3)
    assert Example.model_validate_json(settings.model_dump_json()) == settings


def test_knobs_come_in_the_order_of_declaration() -> None:
    assert list(Example.knobs()) == ["dataset", "width", "rate", "switch"]


def test_only_live_knobs_are_live() -> None:
    assert Example.live_names() == {"rate"}


def test_the_default_of_a_field_is_known() -> None:
    assert Example.default("width") == 20


@pytest.mark.parametrize(("dataset", "shown"), [("a", True), ("b", False)])
def test_a_knob_is_shown_only_where_it_matters(dataset: str, shown: bool) -> None:
    assert Example(dataset=dataset).shown("width") is shown


def test_a_knob_says_its_range() -> None:
    assert [item.range_text() for item in Example.knobs().values()] == [
        "a, b", "10 to 1000", "0 to 2", ""]


def test_a_logarithmic_slider_stops_at_1_2_and_5() -> None:
    assert Knob("", "", low=10, high=1000).stops() == [10, 20, 50, 100, 200, 500, 1000]
    assert Knob("", "", low=10, high=100, also=(64,)).stops() == [10, 20, 50, 64, 100]


def test_a_logarithmic_slider_reaches_odd_ends() -> None:
    assert Knob("", "", low=3, high=70).stops() == [3, 5, 10, 20, 50, 70]


def test_a_logarithmic_slider_may_start_at_zero() -> None:
    assert Knob("", "", low=0, high=0.05).stops() == [0, 0.01, 0.02, 0.05]


class Named(Settings):
    """A base that only says that there is such a field."""

    width: int
    seed: int


class Declared(Named):
    """Who makes knobs of them."""

    first: int = knob(1, "First", help="One.", low=0, high=9)
    seed: int = knob(0, "Seed", help="Chance.", low=0, high=9)
    width: int = knob(2, "Width", help="How wide.", low=0, high=9)


class Changed(Declared):
    """Who changes one of them."""

    first: int = Declared.knob_again("first", 3)
    last: int = knob(1, "Last", help="Last.", low=0, high=9)


def test_knobs_stand_in_the_order_in_which_they_were_first_declared_as_such() -> None:
    assert list(Declared.knobs()) == ["first", "seed", "width"]
    assert list(Changed.knobs()) == ["first", "seed", "width", "last"]
    assert Changed.default("first") == 3
