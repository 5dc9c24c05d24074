"""What pages of adversarial games share: single steps, losses, measures beside their floors."""

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import streamlit as st

from playground.charts.curves import lines
from playground.engine.base import UnknownRun
from playground.experiments.game_settings import PROBABLE, GameSettings
from playground.language import N_, _, sentences
from playground.runs.run import Run
from playground.ui.bench.controls import choose_next
from playground.ui.bench.play_bar import next_end, one_step
from playground.ui.bench.state import Wish, wish
from playground.ui.bench.style import chart
from playground.ui.tools.table import table

HEART = 0.5  # of the usual distance to the nearest training picture
SURE = 0.9
WEAK = 0.2
FLOORS = {N_("precision"): ("precision", "floor_precision"),
          N_("recall"): ("recall", "floor_recall"),
          N_("density"): ("density", "floor_density"),
          N_("coverage"): ("coverage", "floor_coverage")}


def step_buttons(run: Run) -> None:
    """Draw the buttons that let one player alone make a step."""
    ended = run.status.over and not next_end(run)
    over = _("This run is over: press Reset first.")
    st.button(_("Step D"), key="step-d", icon=":material/search:", on_click=_one_step,
              args=(run, "discriminator"), disabled=ended,
              help=over if ended else _("The discriminator alone learns for one step."))
    st.button(_("Step G"), key="step-g", icon=":material/brush:", on_click=_one_step,
              args=(run, "generator"), disabled=ended,
              help=over if ended else _("The generator alone follows the slope for one step."))


def _one_step(run: Run, who: str) -> None:
    """Let these players move for one step; their knob shows it."""
    choose_next("turn", who)
    with suppress(UnknownRun):  # the page draws a new one then
        one_step(run, turn=who)
    wish(Wish.LOOK)


def is_sure(m: Mapping[str, float], settings: GameSettings) -> bool:
    """Tell whether D, where it says a probability, tells data from samples for sure."""
    return settings.game in PROBABLE and m["shown_real"] - m["shown_fake"] > 2 * SURE - 1


def cannot_tell(m: Mapping[str, float], settings: GameSettings) -> bool:
    """Tell whether D, where it says a probability, says nearly the same of data and samples."""
    return settings.game in PROBABLE and abs(m["shown_real"] - m["shown_fake"]) <= 1 - SURE


def unmeasured(m: Mapping[str, float], settings: GameSettings) -> str:
    """Say what can be said of a moment before the samples are measured."""
    return sentences(_("The samples have not been measured yet."), beliefs(m, settings))


def when(m: Mapping[str, float], step: int) -> str:
    """Say at which step the samples were measured, if that was an earlier one."""
    if m["measured_at"] == step:
        return ""
    return _("Measured at step {step:.0f}.").format(step=m["measured_at"])


def verdict(m: Mapping[str, float], settings: GameSettings, *, differ: bool) -> str:
    """Say in a sentence what D can tell, and whether G still has a slope, if D says a probability.

    Args:
        m: the metrics of this moment.
        settings: as they stand at this moment.
        differ: whether data and samples are known to differ.
    """
    if settings.game not in PROBABLE:
        return ""
    if is_sure(m, settings) and m["push"] < WEAK * m["push_at_start"]:
        return _("**D is sure, and its slope at the samples is {push:.2g}, {start:.2g} at the "
                 "start:** G hardly learns.").format(push=m["push"], start=m["push_at_start"])
    if is_sure(m, settings):
        return _("D is sure, but its slope is not gone: G can still learn.")
    if cannot_tell(m, settings):
        return (_("D can hardly tell them apart, though a better D could.") if differ
                else _("D can hardly tell them apart."))
    if m["shown_real"] < m["shown_fake"]:
        return _("D takes the samples for more real than data.")
    return _("D sees a difference.")


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
             _("as many held-out data"): f"{last.metrics[floor]:.3g}"}
            for label, (name, floor) in floors.items() if name in last.metrics]
    table(rows)
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
    st.plotly_chart(drawn, config=chart(), height=220, key=f"curves-{'-'.join(names.values())}")


def closeness(distances: np.ndarray, usual: float) -> str:
    """Say how many samples are as good as copies.

    Args:
        distances: from each sample to its nearest training picture, (N,).
        usual: the median of what held-out pictures have.
    """
    text = _("A held-out picture lies {usual:.2f} from its nearest training picture (median), "
             "these samples {low:.2f} to {high:.2f}.").format(
                 usual=usual, low=distances.min(), high=distances.max())
    if copies := int((distances < HEART * usual).sum()):
        return sentences(text, _("**{copies} of {n} lie less than half as far away: copies, or "
                                 "nearly.**").format(copies=copies, n=len(distances)))
    return sentences(text, _("None of these {n} lies less than half as far away.").format(
        n=len(distances)))
