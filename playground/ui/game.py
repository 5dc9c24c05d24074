"""What pages of adversarial games share: single steps, losses, measures beside their floors."""

from collections.abc import Mapping

import streamlit as st

from playground.charts.curves import lines
from playground.experiments.gan.settings import PROBABLE, GameSettings
from playground.language import N_, _
from playground.runs import Run
from playground.ui.session import engine
from playground.ui.style import CHART

STEP_WAIT = 1.0
SURE = 0.9
WEAK = 0.2
FLOORS = {N_("precision"): ("precision", "floor_precision"),
          N_("recall"): ("recall", "floor_recall")}


def step_buttons(run: Run) -> None:
    """Draw the buttons that let one player alone make a step."""
    st.button(_("Step D"), key="step-d", icon=":material/search:", on_click=_one_step,
              args=(run, "discriminator"),
              help=_("The discriminator alone learns for one step."))
    st.button(_("Step G"), key="step-g", icon=":material/brush:", on_click=_one_step,
              args=(run, "generator"),
              help=_("The generator alone follows the slope for one step."))


def _one_step(run: Run, who: str) -> None:
    """Let these players move for one step; their knob shows it."""
    st.session_state["turn"] = who
    if run.status.over:
        st.session_state["wish"] = "step"
        return
    engine().update(run.id, turn=who)
    target = run.step + 1
    engine().step(run.id)
    engine().wait(run.id, target, STEP_WAIT)
    st.session_state["wish"] = "look"


def is_sure(m: Mapping[str, float], settings: GameSettings) -> bool:
    """Tell whether D, where it says a probability, tells data from samples for sure."""
    return settings.game in PROBABLE and m["shown_real"] - m["shown_fake"] > 2 * SURE - 1


def verdict(m: Mapping[str, float], settings: GameSettings) -> str:
    """Say in a sentence whether D is sure, and whether G still has a slope; empty if neither."""
    if is_sure(m, settings) and m["push_ratio"] < WEAK:
        return _("**D is sure, and its slope at the samples is {times:.0f} times smaller than at "
                 "the start:** G hardly learns.").format(times=1 / max(m["push_ratio"], 1e-9))
    if is_sure(m, settings):
        return _("D is sure, but its slope is not gone: G can still learn.")
    if settings.game in PROBABLE and abs(m["shown_real"] - m["shown_fake"]) < 1 - SURE:
        return _("D can hardly tell them apart.")
    return ""


def beliefs(m: Mapping[str, float], settings: GameSettings) -> str:
    """Say what D says of data and samples, where that is a probability; else nothing."""
    if settings.game not in PROBABLE:
        return ""
    return _("D believes data with {real:.0%} and samples with {fake:.0%}.").format(
        real=m["shown_real"], fake=m["shown_fake"])


def measured(run: Run, floors: Mapping[str, tuple[str, str]], note: str) -> None:
    """List the newest measures beside what real data get.

    Args:
        floors: what a measure is called -> its metric, and that of real data.
        note: how it was measured, translated.
    """
    last = run.history.last
    if last is None:
        return
    st.markdown(_("#### How good are the samples?"))
    rows = [{_("measure"): _(label), _("samples"): f"{last.metrics[name]:.3g}",
             _("as many real data"): f"{last.metrics[floor]:.3g}"}
            for label, (name, floor) in floors.items() if name in last.metrics]
    st.dataframe(rows, hide_index=True)
    st.caption(note)


def losses(run: Run) -> None:
    """Draw both players' losses."""
    st.markdown(_("#### The losses tell little"))
    _curves(run, {N_("discriminator"): "discriminator", N_("generator"): "generator"},
            N_("loss"))
    st.caption(_("They are played against each other: a falling one does not mean better "
                 "samples."))


def verdicts(run: Run) -> None:
    """Draw what D says over time, and how steep it is where samples lie."""
    st.markdown(_("#### What D says, and its slope"))
    _curves(run, {N_("held-out data"): "shown_real", N_("samples"): "shown_fake"},
            N_("what D says"))
    _curves(run, {N_("slope at the samples"): "push"}, N_("slope"), log=True)
    st.caption(_("The slope is the mean length of -dL/dx at the samples, L being G's loss: what "
                 "G has to learn from."))


def _curves(run: Run, names: Mapping[str, str], unit: str, *, log: bool = False) -> None:
    drawn = lines({label: run.history.curve(name) for label, name in names.items()}, unit=unit,
                  log=log)
    st.plotly_chart(drawn, config=CHART, height=220, key=f"curves-{'-'.join(names.values())}")
