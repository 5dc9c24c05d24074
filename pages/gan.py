"""The GAN on a plane: the game of two players, watched layer by layer."""

import numpy as np
import streamlit as st

from playground.charts import gan as charts
from playground.charts.colors import DATA
from playground.charts.curves import lines
from playground.charts.scatter import figure, plane, points, square
from playground.concepts.gan.presets import PRESETS
from playground.concepts.gan.settings import GANSettings
from playground.experiments.game_settings import PROBABLE, SCALES
from playground.language import N_, _
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import ask_by_button
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.style import chart
from playground.ui.tools import game

MEASURES = {N_("good samples"): "high_quality", N_("precision"): "precision",
            N_("recall"): "recall", N_("JS on cells, nats"): "js"}
FLOORS = {N_("Jensen-Shannon divergence on cells, nats"): ("js", "floor_js"),
          N_("sliced Wasserstein-2 distance"): ("transport", "floor_transport"),
          N_("modes covered"): ("modes", "floor_modes"),
          N_("good samples, within 3 sigma of a mode"): ("high_quality", "floor_high_quality"),
          **game.FLOORS}
STORIES = {
    "beliefs": ({N_("held-out data"): "shown_real", N_("samples"): "shown_fake"},
                N_("what D says, mean")),
    "divergence": ({N_("samples"): "js", N_("as many held-out points, the floor"): "floor_js"},
                   N_("JS on cells, nats"))}
TOPICS = {"quality": N_("How good?"), "players": N_("The players"), "best": N_("The best D")}
FEW, HALF, GOOD = 0.75, 0.5, 0.9  # of what held-out points get
NEAR = 0.1  # nats above the floor


class GANLab(Lab[GANSettings]):
    """The bench of the GAN."""

    concept = "gan"
    settings = GANSettings
    title = N_("Generative adversarial network")
    idea = N_("A forger draws points, an expert tells them from real ones, and each learns from "
              "the other. Nobody ever writes down p(x).")
    presets = PRESETS
    code = ("model_zoo/gan.py", "model_zoo/adversarial.py", "model_zoo/games.py",
            "playground/training/trainer.py", "playground/metrics/clouds.py",
            "playground/metrics/divergence.py", "playground/concepts/gan/experiment.py",
            "playground/experiments/game.py")
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

    def frame(self, run: Run[GANSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the game and the players of one moment."""
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if "surface" not in snapshot.arrays:
            return {"game": _too_few(snapshot.arrays["data"])}
        return {"game": charts.game(snapshot.arrays, *SCALES[settings.game],
                                    max(m["steepest"], m["push"])),
                "players": charts.players(_boxes(m), int(m["moved"]))}

    def curves(self, run: Run[GANSettings]) -> dict[str, Figure]:
        """Draw the measures that were taken."""
        curves = {label: run.history.curve(name) for label, name in MEASURES.items()}
        return {"measures": lines({label: curve for label, curve in curves.items()
                                   if len(curve[0])}, unit="")}

    def caption(self, run: Run[GANSettings], snapshot: Snapshot) -> str:
        """Say how far the samples are, and what the slope of D is worth."""
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if "points" in m:
            return _("There are {n} points of your own; six are needed. Click into the figure to "
                     "draw some.").format(n=int(m["points"]))
        if snapshot.step == 0:
            return _("Nobody has learned anything yet.")
        if not m["measured_at"]:
            return game.unmeasured(m, settings)
        return " ".join(filter(None, [
            _measured(m), game.when(m, snapshot.step),
            _state(m, doubts=game.cannot_tell(m, settings)), game.beliefs(m, settings),
            game.verdict(m, settings, differ=_differ(m))]))

    def numbers(self, run: Run[GANSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        last = run.history.last
        if last is None:
            return {}
        m, settings = last.metrics, run.settings_at(last.step)
        plain = settings.game in PROBABLE and not settings.r1 and settings.smoothing == 1
        value = shown(-m['discriminator'], ".3f") if plain and "discriminator" in m else "–"
        return {"step": str(last.step), "value": value} | {
            name: shown(m[name], ".3f") if name in m else "–"
            for name in ("shown_real", "shown_fake", "discriminator", "generator", "push",
                         "steepest", "js", "floor_js")}

    def illustrations(self, run: Run[GANSettings]) -> dict[str, Figure]:
        """Add what D has said so far, and the divergence beside its floor."""
        drawn = super().illustrations(run)
        for name, (curves, unit) in STORIES.items():
            found = {label: run.history.curve(metric) for label, metric in curves.items()}
            if all(len(steps) for steps, _values in found.values()):
                drawn[name] = lines(found, unit=unit)
        return drawn

    def tools(self, run: Run[GANSettings]) -> None:
        """Let one player alone make a step; and the canvas of the visitor's own points."""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            game.step_buttons(run)
            st.caption(_("A click into the legend hides a layer of the game."))
        super().tools(run)

    def explore(self, run: Run[GANSettings]) -> None:
        """One topic at a time: measures and their floors, the players, the best discriminator."""
        topic = st.segmented_control(_("Explore"), list(TOPICS), default="quality",
                                     format_func=lambda key: _(TOPICS[key]), key="gan-topic",
                                     label_visibility="collapsed")
        left, right = st.columns(2, gap="large")
        if topic == "quality":
            with left:
                game.measured(run, FLOORS, _(
                    "2,500 samples of the same noise all along, and as many held-out points, "
                    "where there are so many; both beside the points that are learned from. JS "
                    "on 30 x 30 cells; the Wasserstein distance of 1,000; the measures by 5 "
                    "neighbours of 500."))
                st.caption(_(
                    "Samples that crowd in the middle of each group beat real points in good "
                    "samples, precision and density. What they leave out, JS, the Wasserstein "
                    "distance, recall and coverage can see."))
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
    lost = {name: shown(m[name], ".3f") if name in m else "–" for name in ("discriminator",
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


def _measured(m: dict[str, float]) -> str:
    """The measure that crowding does not flatter, and what can be counted."""
    if "modes" in m:
        return _("**JS {js:.3f} nats on cells, held-out points get {floor:.3f}**; {modes:.0f} of "
                 "{all:.0f} modes, {good:.0%} good samples.").format(
                     js=m["js"], floor=m["floor_js"], modes=m["modes"], all=m["floor_modes"],
                     good=m["high_quality"])
    return _("**JS {js:.3f} nats on cells, held-out points get {floor:.3f}**; precision "
             "{precision:.0%}, recall {recall:.0%}.").format(
                 js=m["js"], floor=m["floor_js"], precision=m["precision"], recall=m["recall"])


def _differ(m: dict[str, float]) -> bool:
    """Whether samples and data differ by more than chance, on cells."""
    return m["js"] > m["floor_js"] + NEAR


def _state(m: dict[str, float], *, doubts: bool) -> str:
    """Say what the samples are like, where more than one measure says so.

    Args:
        m: the metrics of this moment.
        doubts: whether D cannot tell samples from data.
    """
    known = "modes" in m
    good = "high_quality" if known else "precision"
    filled = m["coverage"] > FEW * m["floor_coverage"]
    whole = (m["modes"] > FEW * m["floor_modes"] if known
             else m["recall"] > HALF * m["floor_recall"])
    if m[good] < HALF:
        return _("Most samples lie where no data are.")
    if not whole and not filled:
        return (_("**Much is missing:** D has little against a forger who draws few things well.")
                if doubts else
                _("**Much is missing:** most samples are good, but only of a part of the data."))
    if m[good] < GOOD * m[f"floor_{good}"]:
        return _("Some samples lie where no data are.")
    if _differ(m):
        return "" if filled else _(
            "**Hit, not filled:** the samples are good, but much of the data around them is left "
            "out.")
    return _("Samples and data are nearly alike.") if filled else ""


def _modes(run: Run[GANSettings]) -> None:
    if run.history.last is None or "per_mode" not in run.history.last.arrays:
        return
    drawn = charts.counts(run.history.last.arrays["per_mode"], of=_("mode"),
                          what=_("good samples"), first=1)
    st.plotly_chart(drawn, config=chart(), key="per-mode")
    st.caption(_("A mode is covered if one sample lies within three sigma of it. The dashed line "
                 "is an even share."))


def _best_discriminator(run: Run[GANSettings]) -> None:
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
                    config=chart(), key="best-d")
    value = _("Value of the game: V = **{played:.2f}** as D plays, **{value:.2f}** for the best "
              "D, which is 2 JS - log 4 with JS = **{js:.3f} ± {error:.3f}** nats.")
    st.markdown(value.format(**reply))
    last = run.history.last
    if last and "js" in last.metrics and reply["js"] - reply["error"] > last.metrics["js"]:
        st.markdown(_("The curve beside the game shows less, {js:.3f}: its 30 x 30 cells hide "
                      "whatever is finer than they are.").format(js=last.metrics["js"]))
    st.caption(_("From {n:,} fresh points and as many samples, in cells that are smaller where "
                 "there are more of them. The map of the best D counts both in a grid; it is "
                 "white where there are too few to tell.").format(n=reply["n"]))
    if reply["blur"]:
        st.caption(_("Nobody knows the density of your own points. Here it is taken to be your "
                     "points, each blurred by {blur:.2g}.").format(blur=reply["blur"]))


if guard.pass_gate():
    page.show(GANLab())
