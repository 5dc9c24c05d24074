"""The families that restore images, one file each. A family is found by its file.

A file has a `FAMILY`. It is read by the pages too, so what is heavy is imported where it is built.
"""

import functools
from types import MappingProxyType

from playground.concepts.applications.restorer import RestoringFamily
from playground.experiments.contestant import find


@functools.cache
def found() -> MappingProxyType[str, RestoringFamily]:
    """Return all families by the names of their files: those with one answer first."""
    families = find(__name__, __path__)
    return MappingProxyType(dict(sorted(families.items(), key=lambda item: item[1].varied)))
