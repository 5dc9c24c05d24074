"""One room for each concept, with all of it but its model and its prose.

`settings.py` and `presets.py`, what can be turned and what the page offers, are read by both
sides; `experiment.py`, and what belongs to it, by the worker alone; `figures.py`, `words.py` and
`explore.py` by the page alone. A concept is found by its folder's name; nothing is registered.
"""

import importlib
from pathlib import Path

from playground.language import N_
from playground.presets import Preset
from playground.refusal import Refusal
from playground.settings import Settings


def names() -> list[str]:
    """Return the names of all concepts that can be trained, in alphabetical order."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/settings.py"))


def settings_type(name: str) -> type[Settings]:
    """Return the settings class of an experiment: the last one in its module.

    Raises:
        ValueError: there is no experiment of this name.
    """
    if name not in names():
        raise Refusal(N_("{name} must be one of {choices}, got {value!r}"), name="experiment",
                      choices=names(), value=name)
    module = importlib.import_module(f"playground.concepts.{name}.settings")
    *_, last = (
        item for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Settings)
        and item.__module__ == module.__name__
    )
    return last


def presets(name: str) -> tuple[Preset, ...]:
    """Return the presets of an experiment, the one that stands on arrival first.

    Raises:
        ValueError: there is no experiment of this name.
    """
    settings_type(name)
    module = importlib.import_module(f"playground.concepts.{name}.presets")
    found: tuple[Preset, ...] = module.PRESETS
    return found
