"""What the address carries besides the knobs: live changes with their steps, starts, own points.

They travel as one parameter: JSON, and behind a zero byte all places as 16-bit integers, together
compressed and written in the alphabet of addresses.
"""

import base64
import json
import zlib
from typing import Annotated, Any

import numpy as np
import streamlit as st
from pydantic import BaseModel, ConfigDict, Field

from playground.datasets.own import LIMIT, MAX_CLASSES, MAX_POINTS, OwnPointsSettings
from playground.language import _
from playground.runs.run import Change, Run
from playground.settings import Settings
from playground.ui.bench.lab import Lab
from playground.ui.bench.state import state_of
from playground.ui.tools import own_data

NAME = "more"
MAX_CHARACTERS = 8_000
MAX_BYTES = 200_000
MAX_CHANGES = 2_000
GRID = 10_000  # places are rounded to 1/10,000 where they are drawn

Place = Annotated[int, Field(ge=-LIMIT * GRID, le=LIMIT * GRID)]
Places = list[tuple[Place, Place]]


class Carried(BaseModel):
    """What a link brings along.

    Attributes:
        settings: the values at the start of the knobs that moved since.
        changes: the knobs that moved, each after so many steps.
        points, classes: the visitor's own points, in 1/10,000, and their classes.
        starts: what else was clicked, in 1/10,000: see `Lab.starts`.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    settings: dict[str, Any] = {}
    changes: Annotated[list[tuple[int, dict[str, Any]]], Field(max_length=MAX_CHANGES)] = []
    points: Annotated[Places, Field(max_length=MAX_POINTS)] = []
    classes: list[Annotated[int, Field(ge=0, lt=MAX_CLASSES)]] = []
    starts: Annotated[Places, Field(max_length=MAX_POINTS)] = []


def gather(lab: Lab, run: Run, values: dict[str, Any]) -> Carried:
    """Return what a link to this run must carry.

    Args:
        values: how the knobs stand; only what counts with them is carried.
    """
    at_step: dict[int, dict[str, Any]] = {}
    for step, change in sorted(run.changes, key=lambda each: each[0]):
        if step and change:
            at_step.setdefault(step, {}).update(change)
    changes = list(at_step.items())[-MAX_CHANGES:]
    moved, first = {name for _step, change in changes for name in change}, run.settings_at(0)
    points, classes, starts = [], [], []
    if isinstance(run.settings, OwnPointsSettings) and run.settings.learns_from_own(values):
        own = own_data.own_data()
        if own_data.is_drawn():
            points, classes = _on_grid(own.points), own.classes if any(own.classes) else []
    if lab.starts and lab.starts.count(values):
        starts = _on_grid(lab.starts.clicked())
    return Carried(settings={name: getattr(first, name) for name in sorted(moved)},
                   changes=changes, points=points, classes=classes, starts=starts)


def _on_grid(places: list[tuple[float, float]]) -> Places:
    return [(round(x * GRID), round(y * GRID)) for x, y in places]


def _off_grid(places: Places) -> list[tuple[float, float]]:
    return [(x / GRID, y / GRID) for x, y in places]


def pack(carried: Carried) -> str:
    """Return the text for the address; empty where there is nothing to carry."""
    plain = carried.model_dump(exclude_defaults=True, exclude={"points", "starts"})
    places = carried.points + carried.starts
    if not plain and not places:
        return ""
    header = json.dumps(plain | {"n_starts": len(carried.starts)}, separators=(",", ":"))
    packed = zlib.compress(header.encode() + b"\0" + np.array(places, "<i2").tobytes(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack(text: str) -> Carried:
    """Return what a text from an address carries.

    Raises:
        ValueError: it is damaged or too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{NAME} must have at most {MAX_CHARACTERS} characters, got {len(text)}")
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        header, _zero, body = zlib.decompressobj().decompress(packed, MAX_BYTES).partition(b"\0")
        plain = json.loads(header)
        places = np.frombuffer(body, "<i2").reshape(-1, 2).tolist()
        n_points = len(places) - plain.pop("n_starts")
        if not 0 <= n_points <= len(places):
            raise ValueError("starts must be among the places")
        return Carried.model_validate_json(json.dumps(
            plain | {"points": places[:n_points], "starts": places[n_points:]}))
    except (zlib.error, ValueError, TypeError, KeyError, AttributeError,
            RecursionError) as error:
        raise ValueError(f"{NAME} must be what a link of this page carries, got "
                         f"{text[:20]!r} ...") from error


def arrive(lab: Lab, text: str) -> None:
    """Take what a link has brought: the points and starts now, the changes for the next run."""
    state_of(lab.concept).moves = None
    if not text:
        return
    most = lab.starts.most if lab.starts else 0
    try:
        carried = unpack(text)
        if len(carried.starts) > most:
            raise ValueError(f"starts must be at most {most}, got {len(carried.starts)}")
    except ValueError:
        st.toast(_("This link is damaged: its knobs are used, and what else it carried is lost."),
                 icon=":material/link_off:")
        return
    if carried.points:
        own = own_data.own_data()
        own.table, own.error = None, ""
        own.points = _off_grid(carried.points)
        own.classes = (carried.classes + [0] * len(own.points))[:len(own.points)]
    if lab.starts and carried.starts:
        lab.starts.clicked()[:] = _off_grid(carried.starts)
    if carried.changes:
        state_of(lab.concept).moves = carried.settings, carried.changes


def moves(concept: str, settings: Settings) -> tuple[Settings, list[Change]]:
    """Return the settings at the start, and the changes to come, for a run that ends with these.

    Where a link has brought none that fit, these are the settings from the start.
    """
    brought = state_of(concept).take_moves()
    if brought is None:
        return settings, []
    start, changes = brought
    movable = settings.live_names() | {"steps"}
    try:
        if not set(start) <= movable:
            raise ValueError(f"settings must be of live knobs, got {sorted(start)!r}")
        first = settings.with_changes(**start)
        last, before = first, 0
        for step, change in changes:
            if step < before or not set(change) <= movable:
                raise ValueError("changes must be of live knobs and in the order of their steps, "
                                 f"got {change!r} at {step}")
            before = step
            last = last.with_changes(**change)
        if last != settings:
            raise ValueError("changes must lead to the knobs as they stand")
    except ValueError:
        st.toast(_("The changes that this link carries do not fit its knobs: they are left out."),
                 icon=":material/link_off:")
        return settings, []
    return first, changes
