"""The arguments of a question, checked against the signature of the method that answers it."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from playground.explain import explain

_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False,
                     arbitrary_types_allowed=True)


def checked(method: Callable[..., object], arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that a method takes beside `self`, each of the type that it names.

    Whole numbers are numbers too, and a tuple counts as a list, which it becomes on its way to
    another process; nothing else is converted.

    Raises:
        Refusal: one is missing, unknown, or of another type.
    """
    try:
        found = _expected(method).model_validate({name: _lists(value)
                                                  for name, value in arguments.items()})
    except ValidationError as error:
        raise explain(error) from None
    return dict(found)


@functools.cache
def _expected(method: Callable[..., object]) -> type[BaseModel]:
    """Return the arguments of a method as a model; one for each method, built once."""
    hints = get_type_hints(method, include_extras=True)
    _self, *parameters = inspect.signature(method).parameters.values()
    fields: dict[str, Any] = {each.name: (
        hints[each.name], ... if each.default is each.empty else each.default)
        for each in parameters}
    return create_model("Arguments", __config__=_STRICT, **fields)


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
