"""What pydantic has to say of a value that does not fit, as one sentence for a visitor."""

import reprlib

from pydantic import ValidationError

from playground.language import N_
from playground.refusal import Refusal

WORDS = {
    "greater_than_equal": N_("{name} must be at least {ge:,}, got {value}"),
    "less_than_equal": N_("{name} must be at most {le:,}, got {value}"),
    "greater_than": N_("{name} must be more than {gt:,}, got {value}"),
    "less_than": N_("{name} must be less than {lt:,}, got {value}"),
    "finite_number": N_("{name} must be a finite number, got {value}"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"),
                    N_("{name} must be a whole number, got {value}")),
    **dict.fromkeys(("float_type", "float_parsing"), N_("{name} must be a number, got {value}")),
    **dict.fromkeys(("bool_type", "bool_parsing"), N_("{name} must be yes or no, got {value}")),
    "string_type": N_("{name} must be a text, got {value}"),
    "string_too_long": N_("{name} must have at most {max_length:,} characters, got {value}"),
    **dict.fromkeys(("list_type", "tuple_type", "iterable_type"),
                    N_("{name} must be a list, got {value}")),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "dataclass_type"),
                    N_("{name} must be values by their names, got {value}")),
    "is_instance_of": N_("{name} must be an array, got {value}"),
    "too_short": N_("{name} must have at least {min_length:,} items, got {actual_length:,}"),
    "too_long": N_("{name} must have at most {max_length:,} items, got more"),
    **dict.fromkeys(("literal_error", "enum"),
                    N_("{name} must be one of {expected}, got {value}")),
    "missing": N_("{name} must be given"),
    "extra_forbidden": N_("{name} must not be given: there is no such name"),
    "json_invalid": N_("{name} must be JSON, got {value}"),
}
OTHERWISE = N_("{name} must be of another kind, got {value}")


def explain(error: ValidationError) -> Refusal:
    """Return one sentence for a visitor: what must hold, then what came.

    A refusal that a validator has raised is that sentence.
    """
    first = error.errors()[0]
    context = first.get("ctx", {})
    if isinstance(refusal := context.get("error"), Refusal):
        return refusal
    name = ".".join(map(str, first["loc"])) or Refusal(N_("the whole"))
    limits = {key: _plain(value) for key, value in context.items()
              if isinstance(value, str | int | float)}
    return Refusal(WORDS.get(first["type"], OTHERWISE), **limits | {
        "name": name, "value": reprlib.repr(first["input"])})


def _plain(value: str | int | float) -> str | int | float:
    """Return a limit as one writes it: 10 and not 10.0, a list without the English "or"."""
    if isinstance(value, str):
        return value.replace(" or ", ", ")
    return int(value) if float(value).is_integer() else value
