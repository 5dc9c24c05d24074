"""The families of the arena of images, one file each, found by its `FAMILY`.

The pages read them too, so what is heavy is imported where it is built.
"""

import functools
from types import MappingProxyType

from playground.concepts.image_arena.image_contestant import ImageFamily
from playground.experiments.contestant import find


@functools.cache
def found() -> MappingProxyType[str, ImageFamily]:
    """Return all families by the names of their files: those with an exact answer come first."""
    return MappingProxyType(find(__name__, __path__))
