"""The arguments of a question, checked against the signature of the method that answers it.

What an argument must be stands in its type, e.g. `n: Annotated[int, Within(1, 30)]`.
"""

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, create_model
from pydantic_core import CoreSchema
from pydantic_core.core_schema import ValidationInfo, with_info_after_validator_function

from playground.explain import explain
from playground.language import N_
from playground.refusal import Refusal

_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False,
                     arbitrary_types_allowed=True)
End = float | Callable[[Any], float]


class Limit:
    """The base of what a type can say of an argument beside its kind."""

    def check(self, name: str, value: Any, asked: Any) -> None:
        """Refuse a value that this does not allow.

        Args:
            asked: the experiment.
        """
        raise NotImplementedError

    def words(self, asked: Any) -> str:
        """Return the allowed values as a command line shows them."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any,
                                     handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: Any, info: ValidationInfo) -> Any:
            self.check(info.field_name or "", value, info.context)
            return value

        return with_info_after_validator_function(check, handler(source))


@dataclass(frozen=True)
class Within(Limit):
    """Both ends of the range of a number, or of how many a list may have; they are allowed.

    Attributes:
        low, high: numbers, or what tells them of the experiment that is asked.
    """

    low: End
    high: End

    def ends(self, asked: Any) -> tuple[float, float]:
        """Return both as numbers."""
        low, high = (end(asked) if callable(end) else end for end in (self.low, self.high))
        return low, high

    def check(self, name: str, value: Any, asked: Any) -> None:
        """Refuse what lies outside."""
        check_range(name, len(value) if isinstance(value, list) else value, *self.ends(asked))

    def words(self, asked: Any) -> str:
        """Return e.g. "1..30"."""
        return "..".join(f"{end:.10g}" for end in self.ends(asked))


@dataclass(frozen=True)
class OneOf(Limit):
    """A text that is one of these."""

    choices: tuple[str, ...]

    def check(self, name: str, value: Any, asked: Any) -> None:
        """Refuse another one."""
        check_choice(name, value, self.choices)

    def words(self, asked: Any) -> str:
        """Return e.g. "lerp|slerp"."""
        return "|".join(self.choices)


Seed = Annotated[int, Within(0, 2**31)]
HeldOut = Annotated[int, Within(0, lambda asked: len(asked.held_out) - 1)]
Class = Annotated[int, Within(0, lambda asked: int(asked.data.train_labels.max()))]


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a value unless low <= value <= high; `name` is that of the argument."""
    if not low <= value <= high:
        raise Refusal(N_("{name} must be between {low} and {high}, got {value!r}"),
                      name=name, low=low, high=high, value=value)


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a value that is none of the choices; `name` is that of the argument."""
    choices = list(choices)
    if value not in choices:
        raise Refusal(N_("{name} must be one of {choices}, got {value!r}"),
                      name=name, choices=choices, value=value)


def checked(method: Callable[..., object], arguments: dict[str, Any],
            asked: object = None) -> dict[str, Any]:
    """Return the arguments that a method takes beside `self`, each as its type wants it.

    Whole numbers are numbers too, and a tuple counts as a list, which it becomes on its way to
    another process; nothing else is converted.

    Args:
        asked: the experiment, which knows e.g. how many held-out data there are.

    Raises:
        Refusal: one is missing, unknown, of another type, or not allowed.
    """
    try:
        found = _expected(method).model_validate(
            {name: _lists(value) for name, value in arguments.items()}, context=asked)
    except ValidationError as error:
        raise explain(error) from None
    return dict(found)


@functools.cache
def types_of(method: Callable[..., object]) -> dict[str, tuple[Any, Any]]:
    """Return type and default of each argument beside `self`; `...` where there is no default."""
    hints = get_type_hints(method, include_extras=True)
    _self, *parameters = inspect.signature(method).parameters.values()
    return {each.name: (hints[each.name], ... if each.default is each.empty else each.default)
            for each in parameters}


def limit_words(kind: Any, asked: object) -> str:
    """Return what an argument of this type may be, in few words; nothing where they do not do."""
    if get_origin(kind) is not Annotated:
        return ""
    bare, *limits = get_args(kind)
    return " ".join(limit.words(asked) for limit in limits if isinstance(limit, Limit)
                    and not (isinstance(limit, Within) and get_origin(bare) is list))


@functools.cache
def _expected(method: Callable[..., object]) -> type[BaseModel]:
    """Return the arguments of a method as a model; one for each method, built once."""
    fields: dict[str, Any] = dict(types_of(method))
    return create_model("Arguments", __config__=_STRICT, **fields)


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
