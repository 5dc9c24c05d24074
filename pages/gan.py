"""The GAN on a plane: the game of two players, watched layer by layer."""

import numpy as np
import streamlit as st

from playground.charts import gan as charts
from playground.charts.colors import DATA
from playground.charts.curves import lines
from playground.charts.scatter import figure, plane, points, square
from playground.experiments.gan.settings import PROBABLE, SCALES, GANSettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import bench, game, guard
from playground.ui.ask import ask_by_button
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Panel
from playground.ui.style import CHART

MEASURES = {N_("good samples"): "high_quality", N_("precision"): "precision",
            N_("recall"): "recall", N_("JS, nats"): "js"}
FLOORS = {N_("modes covered"): ("modes", "floor_modes"),
          N_("good samples, within 3 sigma of a mode"): ("high_quality", "floor_high_quality"),
          **game.FLOORS,
          N_("Jensen-Shannon divergence, nats"): ("js", "floor_js"),
          N_("sliced Wasserstein-2 distance"): ("transport", "floor_transport")}
TOPICS = {"quality": N_("How good?"), "players": N_("The players"), "best": N_("The best D")}
FEW = 0.75


class GANLab(Lab):
    """The bench of the GAN."""

    concept = "gan"
    settings = GANSettings
    title = N_("Generative adversarial network")
    idea = N_("A forger draws points, an expert tells them from real ones, and each learns from "
              "the other. Nobody ever writes down p(x).")
    presets = (
        Preset(N_("A good run"), {},
               N_("The samples find one group after the other. Where D cannot tell any more, its "
                  "map turns grey.")),
        Preset(N_("Tight ring"), {"dataset": "tight_ring", "steps": 5000},
               N_("Needles instead of clouds: the same game, harder to hit.")),
        Preset(N_("Grid of 25"), {"dataset": "grid", "steps": 5000},
               N_("Twenty-five groups: the sheet is torn into ever more corners.")),
        Preset(N_("WGAN with gradient penalty"), {"game": "wgan_gp", "critic_steps": 3,
                                                  "steps": 2000},
               N_("A critic without a verdict: its heights have no scale, but its slope never "
                  "dies.")),
        Preset(N_("Slow motion"), {"slow": True, "steps": 100},
               N_("Follow the numbers in the diagram: first D moves, then G.")),
        Preset(N_("Break it: mode collapse"),
               {"generator_rate": 0.005, "discriminator_rate": 0.0002, "schedule": "constant",
                "steps": 2000},
               N_("G learns 25 times faster than D: it piles all samples onto the place that D "
                  "likes best, and when D notices, it moves them all to the next."),
               fix={"critic_steps": 5}, fix_label=N_("Fix it: five updates of D per step"),
               more_fixes={N_("Fix it: judge four samples together"): {"pack": 4},
                           N_("Fix it: equal learning rates"): {"generator_rate": 0.001,
                                                                "discriminator_rate": 0.001}}),
        Preset(N_("Break it: D too strong"),
               {"dataset": "disjoint", "noise": 0.3, "game": "minimax", "critic_steps": 5,
                "optimizer": "sgd", "momentum": 0.0, "discriminator_rate": 0.1,
                "generator_rate": 0.02, "schedule": "constant", "steps": 1000},
               N_("D is soon sure, and minimax has no slope where D is sure: the arrows die, and "
                  "the samples stay where they are."),
               fix={"game": "non_saturating"}, fix_label=N_("Fix it: the non-saturating game")),
        Preset(N_("Break it: momentum 0.9"),
               {"momentum": 0.9, "schedule": "constant", "steps": 2000},
               N_("Each player overshoots what the other one has just left. The measures swing "
                  "and do not settle."),
               fix={"momentum": 0.5, "schedule": "linear"},
               fix_label=N_("Fix it: momentum 0.5, a falling rate")),
        Preset(N_("Break it: G alone"), {"turn": "generator", "steps": 500},
               N_("D never learns. G climbs the nearest hill of a random map and leaves the "
                  "picture."),
               fix={"turn": "both", "steps": 3000}, fix_label=N_("Fix it: let both move")),
    )
    code = ("model_zoo/gan.py", "model_zoo/adversarial.py", "model_zoo/games.py",
            "playground/training.py", "playground/metrics.py",
            "playground/experiments/gan/experiment.py", "playground/experiments/game.py")
    height = 430
    canvas = "game"

    def panels(self, settings: GANSettings) -> list[Panel]:
        """The game, the two players, and how good the samples are."""
        return [
            Panel("game", _("The game: blue, D says real; orange, D says fake"), square=True,
                  weight=1.25, events=("click",),
                  alt=_("Data and samples over the surface of the discriminator")),
            Panel("players", _("The two players at this step"),
                  alt=_("Diagram of both players with their numbers")),
            Panel("measures", _("How good the samples are"), kind="curve",
                  alt=_("Measures of the samples over the steps")),
        ]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the game and the players of one moment."""
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if "surface" not in snapshot.arrays:
            return {"game": _too_few(snapshot.arrays["data"])}
        return {"game": charts.game(snapshot.arrays, *SCALES[settings.game]),
                "players": charts.players(_boxes(m), int(m["moved"]))}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw the measures that were taken."""
        curves = {label: run.history.curve(name) for label, name in MEASURES.items()}
        return {"measures": lines({label: curve for label, curve in curves.items()
                                   if len(curve[0])}, unit="")}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say how far the samples are, and what the slope of D is worth."""
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if "points" in m:
            return _("There are {n} points of your own; six are needed. Click into the figure to "
                     "draw some.").format(n=int(m["points"]))
        text = _("**Precision {precision:.0%}, recall {recall:.0%}**, of 500 samples.").format(
            precision=m["precision"], recall=m["recall"])
        if "modes" in m:
            text = _("**{modes:.0f} of {all:.0f} modes, {good:.0%} good samples**, of 2,500; real "
                     "points get {floor:.0%}.").format(modes=m["modes"], all=m["floor_modes"],
                                                      good=m["high_quality"],
                                                      floor=m["floor_high_quality"])
        if snapshot.step == 0:
            return text + " " + _("Nobody has learned anything yet.")
        return " ".join([text, game.beliefs(m, settings), _diagnosis(m, settings)])

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        last = run.history.last
        if last is None:
            return {}
        m, settings = last.metrics, run.settings_at(last.step)
        plain = settings.game in PROBABLE and not settings.r1 and settings.smoothing == 1
        value = f"{-m['discriminator']:.3f}" if plain and "discriminator" in m else "–"
        return {"step": str(last.step), "value": value} | {
            name: f"{m[name]:.3f}" if name in m else "–"
            for name in ("shown_real", "shown_fake", "discriminator", "generator", "push",
                         "push_ratio", "js", "floor_js")}

    def tools(self, run: Run) -> None:
        """Let one player alone make a step; and the canvas of the visitor's own points."""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            game.step_buttons(run)
            st.caption(_("A click into the legend hides a layer of the game."))
        super().tools(run)

    def explore(self, run: Run) -> None:
        """One topic at a time: measures and their floors, the players, the best discriminator."""
        topic = st.segmented_control(_("Explore"), list(TOPICS), default="quality",
                                     format_func=lambda key: _(TOPICS[key]), key="gan-topic",
                                     label_visibility="collapsed")
        left, right = st.columns(2, gap="large")
        if topic == "quality":
            with left:
                game.measured(run, FLOORS, _(
                    "2,500 samples of the same noise all along; precision and recall of 500 "
                    "each, with 5 neighbours; the Wasserstein distance of 1,000. JS on 30 x 30 "
                    "cells against 20,000 real points. No sample can be expected to do better "
                    "than real points do."))
            with right:
                _modes(run)
        elif topic == "players":
            with left:
                game.losses(run)
            with right:
                game.verdicts(run)
        elif topic == "best":
            _best_discriminator(run)


def _too_few(own: np.ndarray) -> Figure:
    """Points that are too few for a game, on the plane on which more can be drawn."""
    return figure([points(own, name=_("data"), color=DATA, size=7)],
                  {**plane(square(charts.HALF)), "showlegend": False})


def _boxes(m: dict[str, float]) -> dict[str, str]:
    """What stands in the boxes of the diagram."""
    lost = {name: f"{m[name]:.3f}" if name in m else "–" for name in ("discriminator",
                                                                      "generator")}
    return {
        "noise": _("noise z"), "generator": _("<b>G</b>, generator"),
        "samples": _("samples G(z)<br>D says {value:.2f}").format(value=m["shown_fake"]),
        "data": _("data x<br>D says {value:.2f}").format(value=m["shown_real"]),
        "discriminator": _("<b>D</b>, discriminator<br>slope there {push:.2g}").format(
            push=m["push"]),
        "discriminator_loss": _("loss of D<br>{value}").format(value=lost["discriminator"]),
        "generator_loss": _("loss of G<br>{value}").format(value=lost["generator"]),
    }


def _diagnosis(m: dict[str, float], settings: GANSettings) -> str:
    """One sentence on what goes wrong, from what was measured."""
    missing = "modes" in m and m["modes"] <= FEW * m["floor_modes"]
    if missing and not game.is_sure(m, settings):
        return _("**Groups are missing:** D has nothing against a forger who draws few things "
                 "well.")
    said = game.verdict(m, settings) or _("D still sees a difference: the arrows show where it "
                                          "pushes.")
    if m["recall"] < FEW * m["floor_recall"]:
        said += " " + _("Recall is {recall:.0%}, real points get {floor:.0%}: within the groups, "
                        "much is left out.").format(recall=m["recall"], floor=m["floor_recall"])
    return said


def _modes(run: Run) -> None:
    if run.history.last is None or "per_mode" not in run.history.last.arrays:
        return
    drawn = charts.counts(run.history.last.arrays["per_mode"], of=_("mode"),
                          what=_("good samples"), first=1)
    st.plotly_chart(drawn, config=CHART, key="per-mode")
    st.caption(_("A mode is covered if one sample lies within three sigma of it. The dashed line "
                 "is an even share."))


def _best_discriminator(run: Run) -> None:
    st.markdown(_("#### The best discriminator there is"))
    st.caption(_("Against this generator, no D is better than p / (p + q)."))
    if run.settings.game not in PROBABLE:
        st.caption(_("In this game D is a score and no probability: choose minimax or "
                     "non-saturating to compare the two."))
        return
    reply = ask_by_button(_("Compare with the best D"), run, "optimum")
    if not reply:
        return
    st.plotly_chart(charts.surfaces(reply["learned"], reply["best"], reply["seen"]),
                    config=CHART, key="best-d")
    how = (_("p is known exactly here; q is estimated from 10,000 samples.") if reply["known"]
           else _("Both p and q are estimated from points."))
    st.markdown(_("Value of the game: V = **{played:.3f}** as D plays, **{value:.3f}** for the "
                  "best D, which is 2 JS - log 4 with JS = {js:.3f} nats. {how}").format(
                      played=reply["played"], value=reply["value"], js=reply["js"], how=how))


if guard.pass_gate():
    bench.show(GANLab())
