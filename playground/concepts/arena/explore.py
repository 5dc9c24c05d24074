"""What belongs to the arena's page: who leads, what is suspicious, the probe."""

import math

import streamlit as st

from playground.concepts.arena import families
from playground.experiments.contest_settings import ContestSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.ask import ask
from playground.ui.tools.contest import (
    OVERLAP,
    Board,
    Measure,
    costs,
    headline,
    is_early,
    names_of,
)

PLACE = "arena-place"
FARTHEST = 100.0  # a figure can be zoomed out; farther away nobody learns anything
CLOSE, FAR = 0.1, 1.0
CHANCE = 1.3  # nats times the root of the number of points: three standard errors of a difference
APART = 2  # times as much, if the two were rated by other points
REAL = 1.3  # times the distance of real points: as near as another draw of these may be
BOARD = Board(
    "arena", families.found(),
    {
        "nats": Measure(N_("held-out log p, nats"), 2, "high", likelihood=1),
        "transport": Measure(N_("sliced Wasserstein"), 3, "low"),
        **OVERLAP,
        **costs(2, Measure(N_("1000 samples, s"), 4, "low")),
    },
    N_("{n_judged:,.0f} samples of each against as many held-out points; the last row is what "
       "training points get in their place: whoever draws from the true density gets about that. "
       "Samples that crowd where the data are dense can have more precision and density. "
       "Told apart: how often a classifier tells samples from held-out points, 0.5 is chance. "
       "Where a model gives a held-out point no chance at all, its mean of log p is minus "
       "infinity. ≥ is a lower bound, n/a is no likelihood at all. A dash: not judged yet."),
)


def title(name: str, metrics: dict[str, float]) -> str:
    """Return what stands over the small plot of a family: its name and its held-out score."""
    return headline(BOARD, name, metrics, "nats", N_("{nats} nats"))


def caption(settings: ContestSettings, snapshot: Snapshot) -> str:
    """Say who leads in likelihood and who in samples, and what is suspicious.

    Args:
        settings: as they stand at this moment.
    """
    m, found = snapshot.metrics, families.found()
    if "top" not in m:
        return _("There are {n} points of your own; six are needed. Click into the first figure "
                 "to draw some.").format(n=int(m["points"]))
    rated = {name: m[f"{name}_nats"] for name in found if f"{name}_nats" in m}
    best = max(rated, key=lambda name: rated[name])
    text = _("**Held out, {family} says most: {nats} nats per point.**").format(
        family=_(found[best].title), nats=found[best].claim.write(rated[best]))
    by = {m[f"{name}_rated"] for name in rated}
    chance = CHANCE * (APART if len(by) > 1 else 1) / math.sqrt(min(by))
    ties = [name for name in rated if name != best and rated[best] - rated[name] < chance]
    if ties:
        text += " " + _("That is no lead: less than {chance:.2f} nats behind, which may be "
                        "chance: {families}.").format(
                            chance=chance, families=names_of(BOARD, ties))
    early = is_early(settings, snapshot)
    hidden = [name for name in rated if found[name].claim.kind == "bound"
              and name not in (best, *ties) and not early]
    if hidden:
        text += " " + _("{family} says {nats}, a bound: it may be better than it says.").format(
            family=_(found[hidden[0]].title), nats=found[hidden[0]].claim.write(rated[hidden[0]]))
    if "floor_nats" in m:
        text += " " + _("The true density scores {nats:.2f}.").format(nats=m["floor_nats"])
    if early:
        return text + " " + _("The nets are still at the beginning.") + _impossible(m)
    judged = {name: m[f"{name}_transport"] for name in found if f"{name}_transport" in m}
    real = [name for name in judged if judged[name] < REAL * m["floor_transport"]]
    if len(real) > 1:
        text += " " + _("Samples about as close as real points, at {floor:.3f}: {families}."
                        ).format(floor=m["floor_transport"], families=names_of(BOARD, real))
    elif judged:
        closest = min(judged, key=lambda name: judged[name])
        text += " " + _("Closest samples: {family}, at {distance:.3f}; real points are at "
                        "{floor:.3f}.").format(family=_(found[closest].title),
                                               distance=judged[closest],
                                               floor=m["floor_transport"])
    return text + _impossible(m) + _disagreeing(m)


def _impossible(m: dict[str, float]) -> str:
    """Name families that give held-out points no chance at all."""
    text = ""
    for name, family in families.found().items():
        if m.get(f"{name}_impossible"):
            text += " " + _("{family} scores minus infinity: {n:,.0f} of {all:,.0f} held-out "
                            "points are impossible, it says.").format(
                                family=_(family.title), n=m[f"{name}_impossible"],
                                all=m[f"{name}_rated"])
    return text


def _disagreeing(m: dict[str, float]) -> str:
    """Name families whose samples are good and whose likelihood is not."""
    text, found = "", families.found()
    best = max(m[f"{name}_nats"] for name in found if f"{name}_nats" in m)
    for name, family in found.items():
        covers = m.get(f"{name}_coverage", 0) > m["floor_coverage"] - CLOSE
        if covers and m.get(f"{name}_nats", best) < best - FAR:
            text += " " + _("**{family} draws well and predicts badly.**").format(
                family=_(family.title))
    return text


def is_ready(run: Run) -> bool:
    """Tell whether there are points enough for a model."""
    return run.history.last is not None and "top" in run.history.last.metrics


def answers_text(run: Run, place: tuple[float, float]) -> str:
    """Return what each family says about a place, one line each; "" where none can be asked."""
    if not is_ready(run):
        return _("There is nobody to ask: draw six points first.")
    head = _("log p({x:.2f}, {y:.2f}), nats").format(x=place[0], y=place[1])
    lines = [_("{family}: {value}").format(family=_(families.found()[name].title), value=said)
             for name, said in _answers(run, place).items()]
    return "\n".join([head, *lines]) if lines else ""


def _answers(run: Run, place: tuple[float, float]) -> dict[str, str]:
    """What each family says about a place, in words."""
    reply = ask(run, "log_prob", places=[list(place)])
    if reply is None:
        return {}
    said = {}
    for name, family in families.found().items():
        value = reply[name][0]
        if not family.claim.is_log_p:
            said[name] = _("cannot say")
        elif value is None:
            said[name] = _("impossible: p = 0")
        else:
            said[name] = family.claim.write(value)
    return said


def probe(run: Run) -> None:
    """Let the visitor choose a place, by a click or by its numbers, and ask every family."""
    st.markdown(_("#### How likely is this place?"))
    before = st.session_state.get(PLACE, (0.0, 0.0))
    columns = st.columns(2)
    place = tuple(column.number_input(label, -FARTHEST, FARTHEST, before[i], 0.1,
                                      key=f"arena-place-{i}-{before[i]}")
                  for i, (column, label) in enumerate(zip(columns, ("x₁", "x₂"), strict=True)))
    said = _answers(run, (place[0], place[1]))
    lines = [(_("family"), _("log p(x), nats"), _("why")), ("-", "-", "-"),
             *((_(family.title), said.get(name, "–"), _(family.why).replace("|", "\\|"))
               for name, family in families.found().items())]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    st.caption(_("A density may be above 1, and its logarithm above 0. Only differences count: 1 "
                 "nat more is a place 2.7 times as dense."))
