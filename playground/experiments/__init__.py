"""One folder per concept: `settings.py`, read by web and worker, and `experiment.py`, worker only.

An experiment is found by its folder's name; nothing is registered.
"""

import importlib
from pathlib import Path

from playground.settings import Settings


def names() -> list[str]:
    """Return the names of all experiments, in alphabetical order."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/settings.py"))


def settings_type(name: str) -> type[Settings]:
    """Return the settings class of an experiment: the last one in its module.

    Raises:
        ValueError: there is no experiment of this name.
    """
    if name not in names():
        raise ValueError(f"experiment must be one of {', '.join(names())}, got {name!r}")
    module = importlib.import_module(f"playground.experiments.{name}.settings")
    *_, last = (
        item for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Settings)
        and item.__module__ == module.__name__
    )
    return last
