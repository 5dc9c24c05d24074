"""What one can ask a GAN: the Explore tab, one topic at a time."""

import streamlit as st

from playground.charts import gan as charts
from playground.concepts.gan.settings import GANSettings
from playground.experiments.game_settings import PROBABLE
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools import game

FLOORS = {N_("Jensen-Shannon divergence on cells, nats"): ("js", "floor_js"),
          N_("sliced Wasserstein-2 distance"): ("transport", "floor_transport"),
          N_("modes covered"): ("modes", "floor_modes"),
          N_("good samples, within 3 sigma of a mode"): ("high_quality", "floor_high_quality"),
          **game.FLOORS}
TOPICS = {"quality": N_("How good?"), "players": N_("The players"), "best": N_("The best D")}


def explore(run: Run[GANSettings]) -> None:
    """One topic at a time: measures and their floors, the players, the best discriminator."""
    topic = chosen_topic(TOPICS, "gan-topic")
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
    reply = ask_at_rest(_("Compare with the best D"), run, "optimum")
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
