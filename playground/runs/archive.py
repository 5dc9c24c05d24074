"""A run as one file that one can send: a zip of what its folder holds, named `.playground`.

Nothing in it is trusted: names come from a list, sizes are checked before anything is unpacked,
arrays are numbers and not objects, and the settings are those that the knobs allow.
"""

import atexit
import io
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from playground.language import N_
from playground.refusal import Refusal
from playground.runs import files, weights
from playground.runs.files import NOT_WHOLE
from playground.runs.history import MAX_BYTES
from playground.runs.run import Run

SUFFIX = ".playground"
MB = 1_000_000
MAX_FILE = 64 * MB
LIMITS = {files.RECORD: 4 * MB, files.HISTORY: 32 * MB, files.WEIGHTS: 64 * MB}
NEEDED = {files.RECORD, files.HISTORY}
DAY = (1980, 1, 1, 0, 0, 0)  # of all entries: the same run makes the same file


def pack(folder: Path) -> bytes:
    """Return the run of a folder as the bytes of a `.playground` file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in LIMITS:
            if (folder / name).exists():
                kind = zipfile.ZIP_STORED if name == files.HISTORY else zipfile.ZIP_DEFLATED
                archive.writestr(zipfile.ZipInfo(name, DAY), (folder / name).read_bytes(), kind)
    return packed.getvalue()


def unpack(source: IO[bytes], folder: Path) -> None:
    """Write the run of a `.playground` file into an empty folder.

    Whether it can be shown, `files.load` tells.

    Raises:
        Refusal: it is not such a file, it is damaged, or it is too large.
    """
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    if size > MAX_FILE:
        raise _too_large("it", size, MAX_FILE)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if not (NEEDED <= set(names) <= set(LIMITS) and len(names) == len(set(names))):
                raise Refusal(N_("it must hold {needed}, and {weights} at most, got {names}"),
                              needed=sorted(NEEDED), weights=files.WEIGHTS,
                              names=[name[:40] for name in names[:5]])
            for entry in entries:
                _copy(archive, entry, folder / entry.filename)
        _check_arrays(folder / files.HISTORY)
        if (folder / files.WEIGHTS).exists():
            weights.load(folder / files.WEIGHTS)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError,
            OSError) as error:
        raise Refusal(N_("it must be a whole {suffix} file ({reason})"), suffix=SUFFIX,
                      reason=(str(error).splitlines() or [type(error).__name__])[0]) from error


def folder_of(path: Path) -> Path:
    """Return a folder with the run of a folder or of a `.playground` file.

    What is unpacked for that is removed when the program ends.

    Raises:
        Refusal: the file is none, or is damaged.
    """
    if path.is_dir():
        return path
    folder = Path(tempfile.mkdtemp(prefix="playground-file-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        with path.open("rb") as file:
            unpack(file, folder)
    except (Refusal, OSError) as error:
        raise Refusal(NOT_WHOLE, name=path.name, reason=(
            error if isinstance(error, Refusal) else error.strerror or str(error))) from None
    return folder


def load(path: str | Path) -> Run:
    """Return the run of a folder or of a `.playground` file, to be drawn by `playground.figures`.

    Raises:
        Refusal: it is not there, damaged, or of a newer program.
    """
    return files.load(folder_of(Path(path)), "kept")


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path) -> None:
    """Write an entry, and no more of it than it says that it has, or than there may be."""
    limit = LIMITS[entry.filename]
    if entry.file_size > limit:
        raise _too_large(entry.filename, entry.file_size, limit)
    with archive.open(entry) as packed, to.open("wb") as file:
        left = limit
        while part := packed.read(min(1 << 20, left + 1)):
            left -= len(part)
            if left < 0:
                raise _too_large(entry.filename, limit + 1, limit)
            file.write(part)


def _check_arrays(path: Path) -> None:
    """Refuse a history that would take more room than a run may: it is a zip of its own."""
    with zipfile.ZipFile(path) as arrays:
        size = sum(entry.file_size for entry in arrays.infolist())
    if size > 2 * MAX_BYTES:
        raise _too_large(files.HISTORY, size, 2 * MAX_BYTES)


def _too_large(name: str, size: int, most: int) -> Refusal:
    return Refusal(N_("{name} must take {most} MB at most, got {size:.1f} MB"), name=name,
                   most=most // MB, size=size / MB)
