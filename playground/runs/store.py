"""The store: the runs that visitors keep, each a folder, and a database that names the folders.

A folder is written first, whole, and then the row that names it: what has a row is there. A
folder without a row is what a crash has left, and is swept up; a row whose folder is gone says so.
Every row has an owner, and nobody finds, changes or deletes what belongs to somebody else.

The database is SQLite in the store's own folder, or whatever SQLAlchemy knows by an address.
"""

import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from playground.language import N_
from playground.refusal import Refusal
from playground.runs import files
from playground.runs.run import Run

GB = 2**30
SCHEMA = 1
BUSY_SECONDS = 10.0
UNDO_SECONDS = 3600.0
ORPHAN_SECONDS = 600.0
MAX_SNAPSHOTS, MAX_SNAPSHOTS_IN_SWEEPS = 60, 12
MAX_NAME, MAX_NOTE, MAX_TAG, MAX_TAGS = 80, 2000, 24, 8
KNOB, METRIC = "knob:", "metric:"

TABLES = sql.MetaData()
ABOUT = sql.Table("store", TABLES, sql.Column("schema", sql.Integer, nullable=False))
RUNS = sql.Table(
    "runs", TABLES,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("owner", sql.String(64), nullable=False),
    sql.Column("folder", sql.String(64), nullable=False),
    sql.Column("concept", sql.String(64), nullable=False),
    sql.Column("dataset", sql.String(64), nullable=False),
    sql.Column("status", sql.String(16), nullable=False),
    sql.Column("at", sql.Double, nullable=False),
    sql.Column("step", sql.Integer, nullable=False),
    sql.Column("seconds", sql.Double, nullable=False),
    sql.Column("settings", sql.JSON, nullable=False),
    sql.Column("metrics", sql.JSON, nullable=False),
    sql.Column("reason", sql.JSON),
    sql.Column("device", sql.String(200), nullable=False),
    sql.Column("parent", sql.String(32), nullable=False),
    sql.Column("parent_step", sql.Integer, nullable=False),
    sql.Column("sweep", sql.String(32), nullable=False),
    sql.Column("name", sql.String(MAX_NAME), nullable=False, default=""),
    sql.Column("note", sql.String(MAX_NOTE), nullable=False, default=""),
    sql.Column("tags", sql.JSON, nullable=False, default=list),
    sql.Column("pinned", sql.Boolean, nullable=False, default=False),
    sql.Column("deleted_at", sql.Double),
    sql.Column("nbytes", sql.BigInteger, nullable=False),
    sql.Column("picture", sql.LargeBinary),
    sql.Index("runs_by_owner", "owner", "at"),
    sql.Index("runs_by_sweep", "sweep"),
)
GONE = sql.Table(  # how many old runs had to make room, and when that was last
    "gone", TABLES,
    sql.Column("owner", sql.String(64), primary_key=True),
    sql.Column("count", sql.Integer, nullable=False),
    sql.Column("at", sql.Double, nullable=False),
)
SWEEPS = sql.Table(  # see playground/sweeps/shelf.py
    "sweeps", TABLES,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("owner", sql.String(64), nullable=False),
    sql.Column("plan", sql.JSON, nullable=False),
    sql.Column("state", sql.String(16), nullable=False),
    sql.Column("dropped", sql.JSON, nullable=False, default=list),
    sql.Column("at", sql.Double, nullable=False),
    sql.Index("sweeps_by_owner", "owner", "at"),
)
COLUMNS = [column for column in RUNS.columns if column.name not in ("owner", "deleted_at")]


NOT_THERE = N_("this run is not in your notebook any more")


class UnknownKept(Refusal):
    """This visitor has kept no such run."""


@dataclass(frozen=True)
class Quota:
    """How many bytes may be kept, of each visitor and of all together."""

    visitor: float = 1.0 * GB
    whole: float = 20.0 * GB


@dataclass(frozen=True)
class Kept:
    """What the database knows of a run.

    Attributes:
        id: the run's.
        folder: the name of its folder.
        at: when it was kept, seconds since 1970.
        settings: all knobs, live changes included.
        metrics: of its last look.
        reason: why it stopped or failed, as `Refusal.plain` tells.
        parent, parent_step: the run that it branched off from, and where; empty if from none.
        sweep: of which sweep it is; empty if of none.
        picture: WebP of its first figure, or None.
    """

    id: str
    folder: str
    concept: str
    dataset: str
    status: str
    at: float
    step: int
    seconds: float
    settings: dict[str, Any]
    metrics: dict[str, float]
    reason: dict[str, Any] | None
    device: str
    parent: str
    parent_step: int
    sweep: str
    name: str
    note: str
    tags: list[str]
    pinned: bool
    nbytes: int
    picture: bytes | None

    @property
    def refusal(self) -> Refusal | None:
        """Why it stopped or failed."""
        return Refusal.of(self.reason) if self.reason else None


@dataclass(frozen=True)
class Wanted:
    """Which runs of a visitor are looked for, and in which order.

    Attributes:
        concept, dataset, status, tag: as they must be; empty for any.
        text: must be in the name, the note or a tag.
        since, until: seconds since 1970 between which they were kept.
        within: low and high of a knob or a metric, by "knob:NAME" or "metric:NAME".
        equal: what a knob must be that is chosen from a few, by its name.
        sweep: of which sweep; empty for those of none; None for any.
        sort: "at", "step", "seconds", "nbytes", "knob:NAME" or "metric:NAME".
        falling: the largest first; pinned ones come first in any case.
    """

    concept: str = ""
    dataset: str = ""
    status: str = ""
    tag: str = ""
    text: str = ""
    since: float | None = None
    until: float | None = None
    within: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    equal: Mapping[str, Any] = field(default_factory=dict)
    sweep: str | None = ""
    sort: str = "at"
    falling: bool = True


class Store:
    """Keeps runs. All methods may be called from any thread and from several processes.

    Args:
        folder: where the runs are; it is made if it is not there.
        address: of the database, as SQLAlchemy writes it; SQLite in the folder if empty.

    Raises:
        Refusal: by every method: the disk is full, the database cannot be reached, or it is that
            of a newer program.
    """

    def __init__(self, folder: Path, address: str = "", quota: Quota | None = None) -> None:
        self.folder = folder
        self.quota = quota or Quota()
        self._runs = folder / "runs"
        with said():
            self._runs.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.address = address or f"sqlite:///{folder / 'store.sqlite'}"
            self.engine = sql.create_engine(self.address, pool_pre_ping=not self._is_sqlite)
            self._writes = self.engine.execution_options(writes=True)
            if self._is_sqlite:
                sql.event.listen(self.engine, "connect", _prepare)
                sql.event.listen(self.engine, "begin", _begin)
            self._check()
        self.sweep_up()

    @property
    def _is_sqlite(self) -> bool:
        return self.address.startswith("sqlite")

    def _check(self) -> None:
        """Make the tables that are not there; refuse those of a newer program."""
        with self.writing() as at:
            TABLES.create_all(at, checkfirst=True)
            found = at.execute(sql.select(ABOUT.c.schema)).scalar()
            if found is None:
                at.execute(sql.insert(ABOUT).values(schema=SCHEMA))
            elif found > SCHEMA:
                raise Refusal(N_("the store must be of format {schema} or older, got {found}: a "
                                 "newer program has written it"), schema=SCHEMA, found=found)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def writing(self) -> AbstractContextManager[sql.Connection]:
        """Return a transaction that writes."""
        return self._writes.begin()

    # --- keep

    def keep(self, run: Run, picture: bytes | None = None) -> None:
        """Keep a run that is over; what was kept of it before is replaced.

        It returns when the run will survive whatever happens to this process.
        """
        name = f"{run.id}-{secrets.token_hex(4)}"
        now = run.settings_at(float("inf"))
        values = {
            "folder": name, "concept": run.experiment, "status": str(run.status),
            "dataset": str(getattr(now, "dataset", "")), "at": time.time(), "step": run.step,
            "seconds": run.seconds, "device": run.device[:200], "picture": picture,
            "settings": {knob: getattr(now, knob) for knob in now.knobs()},
            "metrics": run.history.last.metrics if run.history.last else {},
            "reason": run.refusal.plain() if run.refusal else None,
            "parent": run.parent[0] if run.parent else "",
            "parent_step": run.parent[1] if run.parent else 0, "sweep": run.sweep,
        }
        with said():
            try:
                files.save(run, self._runs / name, max_snapshots=(
                    MAX_SNAPSHOTS_IN_SWEEPS if run.sweep else MAX_SNAPSHOTS))
                files.flush(self._runs)
                values["nbytes"] = _size(self._runs / name)
                old = self._write_row(run.id, run.owner, values)
            except BaseException:
                shutil.rmtree(self._runs / name, ignore_errors=True)
                raise
            if old:
                shutil.rmtree(self._runs / old, ignore_errors=True)
        self.make_room(run.owner)

    def _write_row(self, run_id: str, owner: str, values: dict[str, Any]) -> str:
        """Write a run's row; return the folder that it had before, if any."""
        with self.writing() as at:
            old = at.execute(sql.select(RUNS.c.folder, RUNS.c.owner)
                             .where(RUNS.c.id == run_id)).first()
            if old and old.owner != owner:
                raise UnknownKept(NOT_THERE)
            if old:
                at.execute(sql.update(RUNS).where(RUNS.c.id == run_id).values(values))
            else:
                at.execute(sql.insert(RUNS).values(id=run_id, owner=owner, **values))
        return str(old.folder) if old else ""

    # --- find

    def find(self, owner: str, wanted: Wanted | None = None, limit: int = 100,
             offset: int = 0) -> list[Kept]:
        """Return a visitor's runs, those that are pinned first."""
        wanted = wanted or Wanted()
        order = _expression(wanted.sort)
        turned = order.desc().nulls_last() if wanted.falling else order.asc().nulls_last()
        with said(), self.engine.connect() as at:
            rows = at.execute(sql.select(*COLUMNS).where(*self._conditions(owner, wanted))
                              .order_by(RUNS.c.pinned.desc(), turned, RUNS.c.id)
                              .limit(limit).offset(offset))
            return [Kept(**row._mapping) for row in rows]

    def count(self, owner: str, wanted: Wanted | None = None) -> int:
        """Return how many runs there are."""
        with said(), self.engine.connect() as at:
            return int(at.execute(sql.select(sql.func.count()).select_from(RUNS).where(
                *self._conditions(owner, wanted or Wanted()))).scalar_one())

    def choices(self, owner: str) -> dict[str, list[str]]:
        """Return the concepts and data sets of a visitor's runs, and their tags, in order."""
        mine = self._conditions(owner, Wanted())
        with said(), self.engine.connect() as at:
            concepts = at.execute(sql.select(RUNS.c.concept).where(*mine).distinct()).scalars()
            data = at.execute(sql.select(RUNS.c.dataset).where(*mine).distinct()).scalars()
            tagged = at.execute(sql.select(RUNS.c.tags).where(
                *mine, sql.cast(RUNS.c.tags, sql.String) != "[]")).scalars()
            return {"concept": sorted(concepts), "dataset": sorted(filter(None, data)),
                    "tag": sorted({tag for tags in tagged for tag in tags})}

    def get(self, owner: str, run_id: str) -> Kept:
        """Return what is known of a run.

        Raises:
            UnknownKept: this visitor has no such run.
        """
        with said(), self.engine.connect() as at:
            row = at.execute(sql.select(*COLUMNS).where(
                RUNS.c.id == run_id, *self._conditions(owner, Wanted(sweep=None)))).first()
        if row is None:
            raise UnknownKept(NOT_THERE)
        return Kept(**row._mapping)

    def place(self, owner: str, run_id: str) -> Path:
        """Return the folder of a run, for reading.

        Raises:
            UnknownKept: this visitor has no such run.
            Refusal: its folder is gone.
        """
        found = self._runs / self.get(owner, run_id).folder
        if not (found / files.RECORD).is_file():
            raise Refusal(N_("the files of this run are gone; delete it from the notebook"))
        return found

    def _conditions(self, owner: str, wanted: Wanted) -> list[sql.ColumnElement[bool]]:
        found: list[sql.ColumnElement[bool]] = [RUNS.c.owner == owner, RUNS.c.deleted_at.is_(None)]
        for name in ("concept", "dataset", "status"):
            if value := getattr(wanted, name):
                found.append(RUNS.c[name] == value)
        if wanted.sweep is not None:
            found.append(RUNS.c.sweep == wanted.sweep)
        if wanted.since is not None:
            found.append(RUNS.c.at >= wanted.since)
        if wanted.until is not None:
            found.append(RUNS.c.at < wanted.until)
        if wanted.tag:
            found.append(_holds(sql.cast(RUNS.c.tags, sql.String), f'"{wanted.tag}"'))
        if wanted.text:
            found.append(sql.or_(*(_holds(sql.cast(column, sql.String), wanted.text)
                                   for column in (RUNS.c.name, RUNS.c.note, RUNS.c.tags))))
        for key, (low, high) in wanted.within.items():
            found.append(_expression(key).between(low, high))
        for name, value in wanted.equal.items():
            found.append(_value(RUNS.c.settings[name], value) == value)
        return found

    # --- change

    def change(self, owner: str, run_ids: Sequence[str], *, name: str | None = None,
               note: str | None = None, tags: Sequence[str] | None = None,
               pinned: bool | None = None) -> None:
        """Change what a visitor says of runs; None leaves a thing as it is.

        Texts are kept as they were typed, but for their length: who shows them escapes them.
        """
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = " ".join(name.split())[:MAX_NAME]
        if note is not None:
            values["note"] = note.strip()[:MAX_NOTE]
        if tags is not None:
            clean = (" ".join(tag.replace('"', "").split())[:MAX_TAG] for tag in tags)
            values["tags"] = list(dict.fromkeys(filter(None, clean)))[:MAX_TAGS]
        if pinned is not None:
            values["pinned"] = pinned
        self._update(owner, run_ids, values)

    def delete(self, owner: str, run_ids: Sequence[str]) -> None:
        """Take runs out of the notebook; for an hour they can be brought back."""
        self._update(owner, run_ids, {"deleted_at": time.time()})

    def bring_back(self, owner: str, run_ids: Sequence[str]) -> None:
        """Undo `delete`."""
        with said(), self.writing() as at:
            at.execute(sql.update(RUNS).where(RUNS.c.owner == owner, RUNS.c.id.in_(run_ids))
                       .values(deleted_at=None))

    def _update(self, owner: str, run_ids: Sequence[str], values: dict[str, Any]) -> None:
        with said(), self.writing() as at:
            at.execute(sql.update(RUNS).values(values).where(
                RUNS.c.id.in_(run_ids), *self._conditions(owner, Wanted(sweep=None))))

    # --- room

    def used(self, owner: str) -> int:
        """Return the bytes of all that a visitor keeps."""
        with said(), self.engine.connect() as at:
            return int(at.execute(sql.select(sql.func.coalesce(sql.func.sum(RUNS.c.nbytes), 0))
                                  .where(RUNS.c.owner == owner)).scalar_one())

    def made_room(self, owner: str) -> tuple[int, float]:
        """Return how many of a visitor's runs had to make room, and when that was last."""
        with said(), self.engine.connect() as at:
            row = at.execute(sql.select(GONE.c.count, GONE.c.at)
                             .where(GONE.c.owner == owner)).first()
        return (row[0], row[1]) if row else (0, 0.0)

    def make_room(self, owner: str) -> None:
        """Remove the oldest runs that are not pinned until all fits: deleted ones go first."""
        with said():
            self._shrink(RUNS.c.owner == owner, self.quota.visitor)
            self._shrink(sql.true(), self.quota.whole)

    def _shrink(self, whose: sql.ColumnElement[bool], nbytes: float) -> None:
        with self.writing() as at:
            total = at.execute(sql.select(sql.func.coalesce(sql.func.sum(RUNS.c.nbytes), 0))
                               .where(whose)).scalar_one()
            if total <= nbytes:
                return
            oldest = at.execute(
                sql.select(RUNS.c.id, RUNS.c.owner, RUNS.c.folder, RUNS.c.nbytes,
                           RUNS.c.deleted_at)
                .where(whose, RUNS.c.pinned.is_(sql.false()))
                .order_by(RUNS.c.deleted_at.is_(None), RUNS.c.at)).all()
            going = []
            for row in oldest:
                if total <= nbytes:
                    break
                total -= row.nbytes
                going.append(row)
            at.execute(sql.delete(RUNS).where(RUNS.c.id.in_([row.id for row in going])))
            for row in going:
                if row.deleted_at is None:
                    self._note_gone(at, row.owner)
        for row in going:
            shutil.rmtree(self._runs / row.folder, ignore_errors=True)

    def _note_gone(self, at: sql.Connection, owner: str) -> None:
        changed = at.execute(sql.update(GONE).where(GONE.c.owner == owner).values(
            count=GONE.c.count + 1, at=time.time()))
        if not changed.rowcount:
            at.execute(sql.insert(GONE).values(owner=owner, count=1, at=time.time()))

    def sweep_up(self) -> None:
        """Remove for good what was deleted an hour ago, and folders that no row names."""
        now = time.time()
        with said():
            with self.writing() as at:
                at.execute(sql.delete(RUNS).where(RUNS.c.deleted_at < now - UNDO_SECONDS))
                named = set(at.execute(sql.select(RUNS.c.folder)).scalars())
            for path in self._runs.iterdir():
                if path.name not in named and now - path.stat().st_mtime > ORPHAN_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)


def _prepare(connection: Any, _record: Any) -> None:
    """Let SQLite lose nothing that was acknowledged, and read while somebody writes."""
    connection.isolation_level = None  # it is `_begin` that begins
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL",
                   f"busy_timeout = {round(1000 * BUSY_SECONDS)}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sql.Connection) -> None:
    """Begin as a writer at once: who reads first and writes then would be refused, not wait."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def said() -> Iterator[None]:
    """Turn what disks and databases raise into one sentence."""
    try:
        yield
    except DBAPIError as error:
        raise Refusal(N_("the store cannot be used now: {reason}"),
                      reason=str(error.orig or error).splitlines()[0][:200]) from error
    except SQLAlchemyError as error:
        raise Refusal(N_("the store cannot be used now: {reason}"),
                      reason=str(error).splitlines()[0][:200]) from error
    except OSError as error:
        raise Refusal(N_("the store cannot be used now: {reason}"),
                      reason=error.strerror or type(error).__name__) from error


def _expression(key: str) -> Any:
    """Return the column, or the part of one, by which is sorted or filtered."""
    if key.startswith(METRIC):
        return RUNS.c.metrics[key.removeprefix(METRIC)].as_float()
    if key.startswith(KNOB):
        return RUNS.c.settings[key.removeprefix(KNOB)].as_float()
    if key not in ("at", "step", "seconds", "nbytes", "concept", "dataset"):
        raise Refusal(N_("{name} must be one of {choices}, got {value!r}"), name="sort",
                      choices=["at", "step", "seconds", "nbytes"], value=key)
    return RUNS.c[key]


def _value(element: Any, like: Any) -> Any:
    if isinstance(like, bool):
        return element.as_boolean()
    if isinstance(like, int | float):
        return element.as_float()
    return element.as_string()


def _holds(column: sql.ColumnElement[str], text: str) -> sql.ColumnElement[bool]:
    """Tell whether a text is in a column, whatever its case and whatever signs are in it."""
    return column.icontains(text, autoescape=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
