"""The families of the arena, one file each. A family is found by its file; nothing is registered.

A file has a `FAMILY`. It is read by the pages too, so what is heavy is imported where it is built.
"""

import functools
import importlib
import pkgutil
from types import MappingProxyType

from playground.experiments.arena.family import ANSWERS, Family


@functools.cache
def found() -> MappingProxyType[str, Family]:
    """Return all families by the names of their files: those with an exact answer come first."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    families = {name: importlib.import_module(f"{__name__}.{name}").FAMILY for name in names}
    return MappingProxyType(dict(sorted(families.items(),
                                        key=lambda item: ANSWERS.index(item[1].answers))))
