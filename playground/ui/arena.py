"""What belongs to the arena's page: who leads, the table, the probe, the spread over seeds."""

import csv
import io
import math
from dataclasses import dataclass

import streamlit as st

from playground.charts.arena import dot, spread
from playground.datasets.own import LIMIT
from playground.engine.base import EngineFull, UnknownRun
from playground.experiments.arena import families
from playground.language import N_, _
from playground.runs import Run, Status
from playground.snapshot import Snapshot
from playground.ui.ask import ask
from playground.ui.locale import set_language
from playground.ui.session import engine, finished_run, visitor

PLACE = "arena-place"
N_SEEDS = 3
POLL_SECONDS = 2.0
NEVER, CLOSE, FAR = 0.01, 0.1, 1.0
CHART = {"displayModeBar": False}


@dataclass(frozen=True)
class Measure:
    """A column of the table.

    Attributes:
        title: with its unit; translate it with `_`.
        digits: after the point.
        better: "high", "low", or "" where neither is better.
    """

    title: str
    digits: int
    better: str = ""


MEASURES = {
    "nats": Measure(N_("held-out log p, nats"), 2, "high"),
    "transport": Measure(N_("sliced Wasserstein"), 3, "low"),
    "precision": Measure(N_("precision"), 2, "high"),
    "recall": Measure(N_("recall"), 2, "high"),
    "density": Measure(N_("density"), 2, "high"),
    "coverage": Measure(N_("coverage"), 2, "high"),
    "c2st": Measure(N_("told apart"), 2, "low"),
    "training": Measure(N_("training, s"), 2, "low"),
    "sampling": Measure(N_("1000 samples, s"), 4, "low"),
    "weights": Measure(N_("weights"), 0),
}
SIGN = {"exact": "", "bound": "≥ ", "nothing": ""}
SAYS = {"exact": N_("exact"), "bound": N_("at least"), "nothing": N_("cannot say")}


def title(name: str, metrics: dict[str, float]) -> str:
    """Return what stands over the small plot of a family: its name and its held-out score."""
    family = families.found()[name]
    nats = metrics.get(f"{name}_nats")
    said = (_("log p: cannot say") if nats is None
            else _("{sign}{nats:.2f} nats").format(sign=SIGN[family.answers], nats=nats))
    return f"{dot(list(families.found()).index(name))} <b>{_(family.title)}</b><br>{said}"


def caption(snapshot: Snapshot) -> str:
    """Say who leads in likelihood and who in samples, and what is suspicious."""
    m, found = snapshot.metrics, families.found()
    if "top" not in m:
        return _("There are {n} points of your own; six are needed. Click into the first figure "
                 "to draw some.").format(n=int(m["points"]))
    rated = {name: m[f"{name}_nats"] for name in found if f"{name}_nats" in m}
    best = max(rated, key=lambda name: rated[name])
    text = _("**Held out, {family} says most: {sign}{nats:.2f} nats per point.**").format(
        family=_(found[best].title), sign=SIGN[found[best].answers], nats=rated[best])
    if "floor_nats" in m:
        text += " " + _("The true density scores {nats:.2f}.").format(nats=m["floor_nats"])
    judged = {name: m[f"{name}_transport"] for name in found if f"{name}_transport" in m}
    if judged:
        closest = min(judged, key=lambda name: judged[name])
        text += " " + _("Closest samples: {family}, at {distance:.3f}; real points are at "
                        "{floor:.3f}.").format(family=_(found[closest].title),
                                               distance=judged[closest],
                                               floor=m["floor_transport"])
    return text + _suspicions(m)


def _suspicions(m: dict[str, float]) -> str:
    """Name families whose samples and whose likelihood disagree."""
    text, found = "", families.found()
    best = max(m[f"{name}_nats"] for name in found if f"{name}_nats" in m)
    for name, family in found.items():
        if m.get(f"{name}_impossible", 0) > NEVER:
            text += " " + _("{family}: {share:.0%} of the held-out points are impossible, it "
                            "says.").format(family=_(family.title),
                                            share=m[f"{name}_impossible"])
        covers = m.get(f"{name}_coverage", 0) > m["floor_coverage"] - CLOSE
        if covers and m.get(f"{name}_nats", best) < best - FAR:
            text += " " + _("**{family} draws well and predicts badly.**").format(
                family=_(family.title))
    return text


def numbers(run: Run) -> dict[str, str]:
    """Return the newest numbers of the arena for the prose, by `family_measure`."""
    last = run.history.last
    if last is None:
        return {}
    names = [*families.found(), "floor"]
    measured = last.metrics | run.clocked
    return {f"{name}_{measure}": _cell(measured.get(f"{name}_{measure}"), item.digits)
            for name in names for measure, item in MEASURES.items()} | {"step": str(last.step)}


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def rows(metrics: dict[str, float]) -> list[dict[str, str]]:
    """Return the table: a row for each family, and at the end one for real points."""
    table = []
    for name, family in families.found().items():
        row = {_("family"): _(family.title), _("log p(x)"): _(SAYS[family.answers])}
        for measure, item in MEASURES.items():
            cell = _cell(metrics.get(f"{name}_{measure}"), item.digits)
            if measure == "nats":
                cell = "n/a" if family.answers == "nothing" else SIGN[family.answers] + cell
            row[_(item.title)] = cell
        table.append(row)
    floor = {_(item.title): _cell(metrics.get(f"floor_{measure}"), item.digits)
             for measure, item in MEASURES.items()}
    return [*table, {_("family"): _("real points"), _("log p(x)"): _("the floor"), **floor}]


def as_csv(metrics: dict[str, float]) -> str:
    """Return the table as CSV in full precision; empty where there is no value.

    The last row, "floor", is what training points get in place of samples.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["family", "log_p", *MEASURES])
    answers = {name: family.answers for name, family in families.found().items()}
    for name, says in {**answers, "floor": ""}.items():
        writer.writerow([name, says, *(metrics.get(f"{name}_{measure}", "")
                                       for measure in MEASURES)])
    return text.getvalue()


def is_ready(run: Run) -> bool:
    """Tell whether there are points enough for a model."""
    return run.history.last is not None and "top" in run.history.last.metrics


def table(run: Run) -> None:
    """Draw the table of all measures, with a button that gives it as CSV."""
    last = run.history.last
    if last is None:
        return
    st.markdown(_("#### Who is how good, and at what?"))
    measured = last.metrics | run.clocked
    drawn = rows(measured)
    st.dataframe(drawn, hide_index=True)
    st.caption(_(
        "{n:,.0f} samples of each against as many held-out points; the last row is what training "
        "points get in their place: nobody can be expected to do better. Told apart: how often a "
        "classifier tells samples from held-out points, 0.5 is chance. Held-out points to which a "
        "model gives no chance count as -20 nats. ≥ is a lower bound, n/a is no likelihood at "
        "all. A dash: not judged yet.").format(n=last.metrics["n_judged"]))
    st.download_button(_("Download the table (CSV)"), as_csv(measured), key="arena-csv",
                       file_name=f"arena_{run.settings.dataset}.csv",  # type: ignore[attr-defined]
                       mime="text/csv", icon=":material/download:", on_click="ignore")


def answers_text(run: Run, place: tuple[float, float]) -> str:
    """Return what each family says about a place, one line each."""
    lines = [_("log p({x:.2f}, {y:.2f}), nats").format(x=place[0], y=place[1])]
    lines += [f"{_(families.found()[name].title)}: {said}"
              for name, said in _answers(run, place).items()]
    return "\n".join(lines)


def _answers(run: Run, place: tuple[float, float]) -> dict[str, str]:
    """What each family says about a place, in words."""
    reply = ask(run, "log_prob", places=[list(place)])
    if reply is None:
        return {}
    said = {}
    for name, family in families.found().items():
        value = reply[name][0]
        if family.answers == "nothing":
            said[name] = _("cannot say")
        elif value is None:
            said[name] = _("impossible: p = 0")
        elif family.answers == "bound":
            said[name] = _("at least {value:.2f}").format(value=value)
        else:
            said[name] = f"{value:.2f}"
    return said


def probe(run: Run) -> None:
    """Let the visitor choose a place, by a click or by its numbers, and ask every family."""
    st.markdown(_("#### How likely is this place?"))
    before = st.session_state.get(PLACE, (0.0, 0.0))
    columns = st.columns(2)
    place = tuple(column.number_input(label, -2 * LIMIT, 2 * LIMIT, before[i], 0.1,
                                      key=f"arena-place-{i}-{before[i]}")
                  for i, (column, label) in enumerate(zip(columns, ("x₁", "x₂"), strict=True)))
    said = _answers(run, (place[0], place[1]))
    lines = [(_("family"), _("log p(x), nats"), _("why")), ("-", "-", "-"),
             *((_(family.title), said.get(name, "–"), _(family.why).replace("|", "\\|"))
               for name, family in families.found().items())]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    st.caption(_("A density may be above 1, and its logarithm above 0. Only differences count: 1 "
                 "nat more is a place 2.7 times as dense."))


def seeds(concept: str, run: Run) -> None:
    """Train the same settings with other seeds on request, and show how much they differ."""
    st.markdown(_("#### Luck or skill? Three seeds"))
    st.caption(_("Another seed is another draw of the points, other weights, other batches. A "
                 "difference between two families that is smaller than the spread means "
                 "nothing."))
    wanted = f"arena-seeds:{run.settings.model_dump(exclude={'seed'})}"
    pressed = st.button(_("Train with three seeds"), key="arena-seeds", icon=":material/casino:")
    if pressed and wanted not in st.session_state:
        st.session_state[wanted] = _start_seeds(concept, run)
    if wanted in st.session_state:
        st.fragment(_spread, run_every=POLL_SECONDS)(wanted)


def _start_seeds(concept: str, run: Run) -> list[str]:
    """Return the ids of a run for each seed: finished ones that there are, else new ones."""
    first: int = run.settings.seed  # type: ignore[attr-defined]
    ids = []
    for seed in range(first, first + N_SEEDS):
        settings = run.settings.with_changes(seed=seed % 10_000)
        known = finished_run(concept, settings)
        if run.settings == settings and run.status is Status.FINISHED:
            known = run
        try:
            ids.append(known.id if known else engine().start(concept, settings, visitor().id))
        except EngineFull as full:
            st.caption(_("No place to train now: {reason}.").format(reason=full))
            break
    return ids


def _spread(wanted: str) -> None:
    """Draw how far the runs of a request are, and the spread of those that are finished."""
    set_language()
    found = []
    for run_id in st.session_state.get(wanted, []):
        try:
            found.append(engine().poll(run_id).run)
        except UnknownRun:
            st.session_state.pop(wanted)
            st.caption(_("A run is gone; press the button again."))
            return
    failed = [each for each in found if each.status in (Status.FAILED, Status.STOPPED)]
    if failed:
        st.caption(_("A run ended early: {reason}.").format(reason=failed[0].reason))
    waiting = [each for each in found if not each.status.over]
    if waiting:
        done = sum(each.step for each in found) / sum(each.total or 1 for each in found)
        st.progress(min(done, 1.0), text=_("{n} of {all} runs are finished").format(
            n=len(found) - len(waiting), all=len(found)))
    finished = [each.history.last.metrics | each.clocked for each in found
                if each.status is Status.FINISHED and each.history.last]
    if len(finished) > 1:
        _draw_spread(finished)


def _draw_spread(metrics: list[dict[str, float]]) -> None:
    measure = st.selectbox(_("Measure"), list(MEASURES), key="arena-measure",
                           format_func=lambda name: _(MEASURES[name].title))
    values = {_(family.title): [m[f"{name}_{measure}"] for m in metrics
                                if f"{name}_{measure}" in m]
              for name, family in families.found().items()}
    values = {name: each for name, each in values.items() if each}
    floors = [m[f"floor_{measure}"] for m in metrics if f"floor_{measure}" in m]
    item = MEASURES[measure]
    st.plotly_chart(spread(values, floors, _(item.title)), config=CHART)
    st.dataframe([{_("family"): name, _("mean"): f"{_mean(each):.{item.digits}f}",
                   _("from"): f"{min(each):.{item.digits}f}",
                   _("to"): f"{max(each):.{item.digits}f}"}
                  for name, each in values.items()], hide_index=True)
    st.caption(_("{n} seeds: each a dot. The grey band is what real points get.").format(
        n=len(metrics)))


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
