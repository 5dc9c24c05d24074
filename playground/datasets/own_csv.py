"""CSV files from visitors, read with care, and data written as CSV."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.datasets.own import MAX_CLASSES, MAX_POINTS
from playground.language import N_, _, listed
from playground.refusal import Refusal

MAX_BYTES = 5_000_000
MAX_COLUMNS = 200
MAX_ROWS = 100_000
MAX_HEADER = 20_000
MAX_NAME = 40
LARGEST = 1e100
FARTHEST = 1.5
NAMED = 3
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_CHUNK = 500


@dataclass(frozen=True, eq=False)
class Table:
    """What a file holds that can be learned from.

    Attributes:
        columns: Names of the numeric columns.
        values: Their values (N, D), float64, NaN where one is missing.
        lines: The line of each row in the file (N,), the first line being 1.
        groups: Columns with 2 to 10 different values, which may serve as classes: the index of
            each row's value (N,), -1 where it is missing, and the values.
        left_out: Sentences about the columns that are no numbers.
    """

    columns: tuple[str, ...]
    values: np.ndarray
    lines: np.ndarray
    groups: dict[str, tuple[np.ndarray, tuple[str, ...]]]
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Rows and columns of a table, scaled as the pages expect it.

    Attributes:
        points: (N, D) float32, the farthest value at 1.5.
        classes: (N,) int64; none where no column was named for them.
        notes: Sentences about what was left out, and how the columns were scaled.
    """

    points: np.ndarray
    classes: np.ndarray
    notes: tuple[str, ...]


def read(raw: bytes) -> Table:
    """Read a CSV file.

    Args:
        raw: Its bytes, at most 5 MB: a header with at most 200 names (or numbers at once), up to
            100,000 rows; values between commas, semicolons or tabs; UTF-8, else Windows-1252.
            With semicolons or tabs a decimal comma is a decimal point.

    Returns:
        The columns that hold finite numbers, and those that may serve as classes.

    Raises:
        Refusal: One sentence for the visitor: what must hold, and what came, in which line.
    """
    text = _text(raw)
    header = _first_line(text)
    delimiter = _delimiter(header)
    lines, rows = _rows(text, delimiter)
    names = rows.pop(0)
    first = lines.pop(0)
    if all(_number(name, delimiter) is not None for name in names):
        rows.insert(0, names)
        lines.insert(0, first)
        names = [""] * len(names)
    if not rows:
        raise Refusal(N_("The table must have rows under its header, got none."))
    return _columns(_unique(names), rows, lines, delimiter)


def choose(table: Table, columns: Sequence[str], *, classes: str | None = None,
           standardise: bool = True, limit: int = MAX_POINTS) -> Chosen:
    """Take some columns of a table, centred, to a scale that the pages can show.

    Args:
        table: What `read` has returned.
        columns: Names of numeric columns, one at least.
        classes: Name of one of `table.groups`, or None.
        standardise: Whether each column is divided by its standard deviation first. In any case
            one factor for all columns then puts the farthest value at 1.5.
        limit: How many rows there may be; of more, some at even distances are taken.

    Returns:
        The rows without a missing value in these columns.

    Raises:
        Refusal: If no row is without a missing value.
    """
    picked = [table.columns.index(name) for name in columns]
    values = table.values[:, picked]  # (N, D)
    missing = ~np.isfinite(values)
    groups = np.zeros(len(values), np.int64)
    if classes is not None:
        groups = table.groups[classes][0]
        missing = np.column_stack([missing, groups < 0])
    complete = np.flatnonzero(~missing.any(axis=1))
    if not len(complete):
        raise Refusal(N_("One row at least must have a value in each chosen column, got none."))
    notes = []
    if gaps := len(values) - len(complete):
        names = [*columns, *([classes] if classes is not None else [])]
        at = np.flatnonzero(missing.any(axis=1))[:NAMED]
        named = listed(_("line {line} (“{column}”)").format(
            line=table.lines[row], column=names[int(missing[row].argmax())]) for row in at)
        text = (_("Rows left out, since a value is missing: {n}, namely {rows}.")
                if gaps <= NAMED else
                _("Rows left out, since a value is missing: {n}, for example {rows}."))
        notes.append(text.format(n=gaps, rows=named))
    if len(complete) > limit:
        notes.append(_("{limit:,} of {n:,} rows are taken, at even distances.").format(
            limit=limit, n=len(complete)))
        complete = complete[np.linspace(0, len(complete) - 1, limit).round().astype(int)]
    rows = values[complete] - values[complete].mean(axis=0)
    if standardise:
        deviation = rows.std(axis=0)
        rows /= np.where(deviation > 0, deviation, 1)
    unit = (float(np.abs(rows).max()) or FARTHEST) / FARTHEST
    notes.append(_("Centred; 1 here is {unit:.3g} standard deviations of each column.").format(
        unit=unit) if standardise else _("Centred; 1 here is {unit:.3g} in the file.").format(
            unit=unit))
    return Chosen((rows / unit).astype(np.float32), groups[complete], tuple(notes))


def write(columns: Sequence[str], rows: np.ndarray, more: dict[str, np.ndarray]) -> bytes:
    """Return data as a CSV file from which the same numbers can be read again.

    Args:
        columns: Names of the D columns.
        rows: (N, D), float32 or float64.
        more: Further columns (N,) by name, e.g. the classes.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*columns, *more])
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        # Images hold few different values; each becomes text once, which is ten times faster.
        distinct, where = np.unique(rows[part], return_inverse=True)
        cells = distinct.astype(str).astype(object)[where].reshape(rows[part].shape)
        others = [values[part].astype(str).astype(object) for values in more.values()]
        writer.writerows(np.column_stack([cells, *others]).tolist())
    return text.getvalue().encode()


def _text(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise Refusal(N_("The file must have at most {limit:g} MB, got {size:.1f} MB."),
                      limit=MAX_BYTES / 1e6, size=len(raw) / 1e6)
    if not raw.strip():
        raise Refusal(N_("The file must hold a table, got an empty file."))
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refusal(N_("The file must be CSV in UTF-8, got UTF-16."))
    if found := _CONTROL.search(raw):
        raise Refusal(N_("The file must be text with commas, semicolons or tabs, got binary "
                         "data at byte {at:,}."), at=found.start())
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _first_line(text: str) -> str:
    start = len(text) - len(text.lstrip("\r\n"))
    line = re.split(r"[\r\n]", text[start : start + MAX_HEADER + 1], maxsplit=1)[0]
    if len(line) > MAX_HEADER:
        raise Refusal(N_("The header must have at most {limit:,} characters, got more."),
                      limit=MAX_HEADER)
    return line


def _delimiter(header: str) -> str:
    """The separator that makes the most columns of the header."""
    counts, torn = {}, 0
    for delimiter in (",", ";", "\t"):
        try:
            counts[delimiter] = len(next(csv.reader([header], delimiter=delimiter, strict=True)))
        except csv.Error:
            torn = max(torn, header.count(delimiter) + 1)
    best = max(counts, key=lambda delimiter: counts[delimiter], default="")
    if not best or torn > counts[best]:
        raise Refusal(N_("Each quote must be closed and followed by a separator; in the header "
                         "it is not."))
    if counts[best] > MAX_COLUMNS:
        raise Refusal(N_("The table must have at most {limit} columns, got {n:,}."),
                      limit=MAX_COLUMNS, n=counts[best])
    return best


def _rows(text: str, delimiter: str) -> tuple[list[int], list[list[str]]]:
    """All rows that are not blank, and the line in which each ends; the header first."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        for cells in reader:
            if not cells:
                continue
            if rows and len(cells) != len(rows[0]):
                raise Refusal(N_("Each line must have {width} values as the header has, got {n} "
                                 "in line {line}."), width=len(rows[0]), n=len(cells),
                              line=reader.line_num)
            if len(rows) > MAX_ROWS:
                raise Refusal(N_("The table must have at most {limit:,} rows, got more."),
                              limit=MAX_ROWS)
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        line = (lines[-1] if lines else 0) + 1
        raise Refusal(N_("Each quote must be closed and followed by a separator, and no value be "
                         "longer than {limit:,} characters; in line {line} it is not so."),
                      limit=csv.field_size_limit(), line=line) from error
    return lines, rows


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Names of at most 40 characters; those without one, or with that of another, are numbered."""
    unique: list[str] = []
    for number, name in enumerate(names, start=1):
        short = " ".join(name.split())[:MAX_NAME] or _("column {number}").format(number=number)
        if short in unique:
            mark = f" ({number})"
            short = short[: MAX_NAME - len(mark)] + mark
        unique.append(short)
    return tuple(unique)


def _number(cell: str, delimiter: str) -> float | None:
    """A finite number, NaN where the value is missing, or None where it is no number."""
    if cell.strip().lower() in MISSING:
        return math.nan
    try:
        value = float(cell if delimiter == "," else cell.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else None


def _columns(names: tuple[str, ...], rows: list[list[str]], lines: list[int],
             delimiter: str) -> Table:
    numeric: dict[str, list[float]] = {}
    groups: dict[str, tuple[np.ndarray, tuple[str, ...]]] = {}
    text: list[str] = []
    for name, cells in zip(names, zip(*rows, strict=True), strict=True):
        number = {cell: _number(cell, delimiter) for cell in set(cells)}  # each text once
        values = [number[cell] for cell in cells]
        if None in values:
            at = values.index(None)
            text.append(_("“{column}” (line {line}: “{value}”)").format(
                column=name, line=lines[at], value=cells[at].strip()[:MAX_NAME]))
        elif not all(math.isnan(value or 0) for value in values):
            numeric[name] = [value for value in values if value is not None]
        if found := _groups(cells):
            groups[name] = found
    if not numeric:
        if not text:
            raise Refusal(N_("One column at least must hold numbers alone, got none: all values "
                             "are missing."))
        raise Refusal(N_("One column at least must hold numbers alone, got none: {columns}."),
                      columns=text[:NAMED])
    left_out = (_("Not all values are numbers in {columns}.") if len(text) <= NAMED else
                _("Not all values are numbers in {n} columns, for example {columns}.")).format(
                    n=len(text), columns=listed(text[:NAMED]))
    return Table(tuple(numeric), np.array(list(numeric.values())).T, np.array(lines), groups,
                 (left_out,) * bool(text))


def _groups(cells: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]] | None:
    distinct = set(cells)
    if len(distinct) > MAX_CLASSES + len(MISSING):
        return None
    names = sorted({cell.strip()[:MAX_NAME] for cell in distinct
                    if cell.strip().lower() not in MISSING})
    if not 2 <= len(names) <= MAX_CLASSES:
        return None
    index = {cell: names.index(cell.strip()[:MAX_NAME]) for cell in distinct
             if cell.strip().lower() not in MISSING}
    return np.array([index.get(cell, -1) for cell in cells]), tuple(names)
