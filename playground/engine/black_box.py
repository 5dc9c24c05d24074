"""The black box: what a worker is doing, in a small shared file that outlives its process."""

import mmap
import struct
from pathlib import Path

from playground.engine.workers import AtWork

_LAYOUT = struct.Struct("<Q40sq")


class BlackBox:
    """A file of 56 bytes. One process writes, another reads, no matter how the first one ends."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)
        self._slices = 0

    @classmethod
    def create(cls, path: Path) -> "BlackBox":
        """Return an empty one in a new file."""
        path.write_bytes(bytes(_LAYOUT.size))
        return cls(path)

    def write(self, label: str, step: int) -> None:
        """Note what is done now; see `AtWork`."""
        self._slices += bool(label)
        _LAYOUT.pack_into(self._memory, 0, self._slices, label.encode(), step)

    def read(self) -> AtWork:
        """Return what was noted last."""
        slices, label, step = _LAYOUT.unpack_from(self._memory)
        return AtWork(slices, label.rstrip(b"\0").decode(), step)
