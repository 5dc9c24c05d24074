"""Links: which knobs the address of a page names, and what an address means, in both directions.

An address that names no knob means the run that stands where you arrive, the page's first preset.
One that names some gives all others their defaults. So the address of the defaults names a knob
too, where the first preset has other ones.
"""

from collections.abc import Mapping

from playground import concepts
from playground.settings import Value


def arrival(concept: str) -> Mapping[str, Value]:
    """Return the knob values of the run that stands where you arrive; all others are defaults."""
    return concepts.presets(concept)[0].changes


def named(concept: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return which knobs an address must name.

    Args:
        values: how all knobs stand that matter.
    """
    kind, first = concepts.settings_type(concept), arrival(concept)
    if all(value == first.get(name, kind.default(name)) for name, value in values.items()):
        return {}
    told = [name for name, value in values.items() if value != kind.default(name)]
    told = told or [name for name in first if name in values][:1]
    return {name: values[name] for name in told}


def meant(concept: str, asked: Mapping[str, Value] | None) -> dict[str, Value]:
    """Return the values of all knobs that an address means.

    Args:
        asked: the allowed values of the knobs that it names; None if it names none.
    """
    kind = concepts.settings_type(concept)
    changes = arrival(concept) if asked is None else asked
    return {name: changes.get(name, kind.default(name)) for name in kind.knobs()}
