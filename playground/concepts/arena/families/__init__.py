"""The families of the arena, one file each. A family is found by its file; nothing is registered.

A file has a `FAMILY`. It is read by the pages too, so what is heavy is imported where it is built.
"""

import functools
from types import MappingProxyType

from playground.experiments.contestant import Family, find


@functools.cache
def found() -> MappingProxyType[str, Family]:
    """Return all families by the names of their files: those with an exact answer come first."""
    return MappingProxyType(find(__name__, __path__))
