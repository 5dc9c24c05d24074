"""Few settings in which every knob is turned."""

from typing import Any

from playground.settings import Settings


def what_shows(kind: type[Settings], name: str, **base: Any) -> dict[str, Any]:
    """Return the values of other knobs under which this one matters, nothing if it does."""
    return {other: allowed[0] for other, allowed in kind.knobs()[name].when.items()
            if getattr(kind(**base), other) not in allowed}


def together(kind: type[Settings], values: dict[str, Any], **base: Any) -> list[dict[str, Any]]:
    """Return changes that hold all these values of knobs, each time with all changed ones shown.

    Args:
        base: what the other knobs stand at.
    """
    found: list[dict[str, Any]] = []
    for name, value in values.items():
        wanted = what_shows(kind, name, **base) | {name: value}
        fits = next((changes for changes in found if changes | wanted == wanted | changes
                     and all(map(kind(**base | changes | wanted).shown, changes | wanted))), None)
        if fits is None:
            found.append(wanted)
        else:
            fits.update(wanted)
    return found
