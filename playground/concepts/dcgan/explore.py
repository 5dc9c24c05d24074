"""What one can ask a GAN on images: the Explore tab, one topic at a time."""

import numpy as np
import streamlit as st

from playground.charts import architecture
from playground.charts.gan import counts
from playground.concepts.dcgan.settings import DCGANSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.bench.the_model import the_model
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools import game
from playground.ui.tools.explore_codes import PATHS, draw

FLOORS = {N_("Fréchet distance"): ("fid", "floor_fid"),
          N_("kernel distance"): ("kid", "floor_kid"), **game.FLOORS}
TOPICS = {"quality": N_("How good?"), "new": N_("New, or learned by heart?"),
          "walks": N_("Walks and sums"), "verdicts": N_("What D likes")}
N_ASKED = 2000
N_PAIRS = 12
STEPS_OF_A_WALK = 10


def explore(run: Run[DCGANSettings]) -> None:
    """The nets, then one topic at a time."""
    last = run.history.last
    if last is None:
        return
    the_model(run, architecture.dcgan, by_chance=True)
    topic = chosen_topic(TOPICS, "dcgan-topic")
    left, right = st.columns(2, gap="large")
    if topic == "quality":
        with left:
            game.measured(run, FLOORS, _(
                "Measured on {n:.0f} samples by the features of a small net that was taught "
                "the classes; real data are held-out images. Distances in the net's own "
                "unit: compare them within one data set alone.").format(
                    n=last.metrics["measured"]))
            _many(run)
        with right:
            _classes(last)
    elif topic == "new":
        with left:
            _neighbours(run)
    elif topic == "walks":
        count = len(last.arrays["samples"])
        with left:
            _walk(run, count)
        with right:
            _sum(run, count)
    elif topic == "verdicts":
        with left:
            _extremes(run)
            game.losses(run)
        with right:
            game.verdicts(run)


def _many(run: Run[DCGANSettings]) -> None:
    reply = ask_at_rest(_("Measure again, on new samples"), run, "quality", n=N_ASKED)
    if reply:
        st.markdown(_("Of {n:,} new samples: Fréchet distance **{fid:.3g}** (floor "
                      "{floor_fid:.3g}), kernel distance **{kid:.3g}** ({floor_kid:.3g}), "
                      "precision **{precision:.2f}** ({floor_precision:.2f}), recall "
                      "**{recall:.2f}** ({floor_recall:.2f}).").format(**reply))


def _classes(last: Snapshot) -> None:
    st.markdown(_("#### Is every class drawn?"))
    drawn = counts(last.arrays["per_class"], of=_("class, as the net sees it"),
                   what=_("samples"), first=0)
    st.plotly_chart(drawn, config=chart(), key="per-class")


def _neighbours(run: Run[DCGANSettings]) -> None:
    st.markdown(_("#### The nearest real picture"))
    st.caption(_("Above, new samples; below, the training picture nearest to each, by its pixels. "
                 "Twins would mean that G has learned pictures by heart."))
    reply = ask(run, "neighbours", n=N_PAIRS)
    draw(reply, N_PAIRS)
    if reply:
        st.markdown(game.closeness(np.asarray(reply["distances"]), reply["usual"]))


def _walk(run: Run[DCGANSettings], count: int) -> None:
    st.markdown(_("#### From one to the other"))
    one, two, three = st.columns(3)
    first = one.number_input(_("from sample"), 0, count - 1, 0, key="dcgan-from")
    second = two.number_input(_("to sample"), 0, count - 1, 1, key="dcgan-to")
    path = three.selectbox(_("way"), list(PATHS), format_func=lambda key: _(PATHS[key]), index=1,
                           key="dcgan-path")
    st.caption(_("Samples are counted from the top left, row by row, from 0. Between good samples "
                 "there should be good pictures: a net that knows its pictures by heart would "
                 "jump."))
    draw(ask(run, "interpolate", first=int(first), second=int(second), n=STEPS_OF_A_WALK,
             path=path), STEPS_OF_A_WALK)


def _sum(run: Run[DCGANSettings], count: int) -> None:
    st.markdown(_("#### Sums of noise"))
    places = st.columns(3)
    names = (_("this sample"), _("minus this one"), _("plus this one"))
    chosen = [int(place.number_input(name, 0, count - 1, number, key=f"dcgan-sum-{number}"))
              for number, (place, name) in enumerate(zip(places, names, strict=True))]
    st.caption(_("The three samples, and at the right the picture of first - second + third. On "
                 "sprites you can see which factors add up."))
    draw(ask(run, "arithmetic", first=chosen[0], second=chosen[1], third=chosen[2]), 4)


def _extremes(run: Run[DCGANSettings]) -> None:
    st.markdown(_("#### Most and least real"))
    reply = ask(run, "extremes", n=N_PAIRS)
    if reply:
        said = reply["said"]
        st.caption(_("Of {of} new samples, those that D believes most (above; it says {high:.2f} "
                     "on average) and least (below; {low:.2f}).").format(
                         of=reply["of"], high=said[:N_PAIRS].mean(), low=said[N_PAIRS:].mean()))
    draw(reply, N_PAIRS)
