"""What one can ask a learned prior: the Explore tab, one topic at a time."""

from typing import Any

import streamlit as st

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.concepts.latent_prior import figures
from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools.pictures import pictures

NUMBER_TOPICS = {"holes": N_("Where are the holes?"), "bound": N_("The bound, taken apart"),
                 "quality": N_("How good are samples?")}
WORD_TOPICS = {"places": N_("Bits of each word"), "quality": N_("How good are samples?")}
COLUMNS = 6


def explore(run: Run[LatentPriorSettings]) -> None:
    """Holes, the parts of the bound, bits of words, quality of samples."""
    is_words = run.settings.is_words
    topic = chosen_topic(WORD_TOPICS if is_words else NUMBER_TOPICS,
                         "prior-word-topic" if is_words else "prior-topic")
    shown = {"holes": _holes, "bound": _bound, "quality": _quality, "places": _places}
    if topic:
        shown[topic](run)


def _holes(run: Run[LatentPriorSettings]) -> None:
    st.markdown(_("#### Where draws fall and no codes are"))
    reply = ask_at_rest(_("Look for holes"), run, "holes", seed=0)
    if not reply:
        return
    st.markdown(_("**{share:.0%} of the draws of N(0, I) fall into holes**, where codes are rarer "
                  "than at 99 of 100 held-out ones.").format(share=reply["normal"]))
    if "learned" in reply:
        st.markdown(_("Of the draws of the learned prior {share:.0%} do; of codes of data 1% "
                      "would.").format(share=reply["learned"]))
    left, right = st.columns(2, gap="large")
    with left:
        st.caption(_("Decoded at the emptiest of 1,000 places that N(0, I) has drawn"))
        pictures(reply["worst"], COLUMNS, _("Pictures decoded in holes"))
        st.caption(_("Decoded at the fullest ones"))
        pictures(reply["best"], COLUMNS, _("Pictures decoded where codes are"))
    with right:
        if "grid" in reply:
            st.plotly_chart(figures.holes(reply), config=chart(), key="prior-holes")
        else:
            st.plotly_chart(figures.densities(reply), config=chart(), key="prior-densities")
    st.caption(_("The density of codes is the mean of q(z|x) over up to 1,500 training pictures. "
                 "Orange: N(0, I) is denser than it, so it draws codes that the decoder has "
                 "hardly seen.") if "grid" in reply else
               _("The density of codes is the mean of q(z|x) over up to 1,500 training pictures, "
                 "here at draws of N(0, I), at draws of the learned prior, and at codes of "
                 "held-out pictures. Left of the dashed line are holes."))


def _bound(run: Run[LatentPriorSettings]) -> None:
    st.markdown(_("#### One part of three"))
    reply = ask_at_rest(_("Take the bound apart"), run, "bound", seed=0)
    if not reply:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        drawn = figures.bars({"reconstruction": reply["reconstruction"],
                              "entropy": reply["entropy"], "cost_normal": reply["normal"],
                              "cost_learned": reply["learned"]})
        drawn["layout"]["height"] = figures.HEIGHT
        st.plotly_chart(drawn, config=chart(), key="prior-bound")
    with right:
        gain, error = reply["gain"]
        st.markdown(_("**{gain:+.2f} ± {error:.2f} nats** a picture, the mean of all {n} held-out "
                      "ones and its standard error.").format(gain=gain, error=error,
                                                            n=reply["n"]))
        rows = {_("bound with N(0, I)"): reply["bound_normal"],
                _("bound with the learned prior"): reply["bound_learned"]}
        st.dataframe({_("log p(x) is at least"): list(rows),
                      _("nats"): [round(value, 2) for value, _error in rows.values()],
                      _("standard error"): [round(error, 2) for _value, error in rows.values()]},
                     hide_index=True)
        st.caption(_("Both bounds use the same codes, so most of their chance is shared: the "
                     "difference is far more certain than either. It is what N(0, I) pays for "
                     "not being the density of the codes, as far as the learned prior has found "
                     "that."))


def _places(run: Run[LatentPriorSettings]) -> None:
    st.markdown(_("#### What a word costs at its place"))
    reply = ask_at_rest(_("Count the bits"), run, "places")
    if not reply:
        return
    most = float(reply["alone"].max())
    sides = (("alone", _("Each alone: **{bits:.1f} ± {error:.1f} bits** for all words")),
             ("learned", _("By the learned prior: **{bits:.1f} ± {error:.1f} bits**")))
    for column, (name, says) in zip(st.columns(2, gap="large"), sides, strict=True):
        bits, error = reply[f"total_{name}"]
        with column:
            st.markdown(says.format(bits=bits, error=error))
            st.plotly_chart(figures.places(reply[name], most), config=chart(),
                            key=f"prior-{name}")
    st.caption(_("Mean bits over {n} held-out pictures, exact for these words; ± is a standard "
                 "error. The prior reads from the upper left, row by row: the first word costs as "
                 "much as alone, later ones can be guessed.").format(n=reply["n"]))


def _quality(run: Run[LatentPriorSettings]) -> None:
    st.markdown(_("#### How far are samples from data?"))
    reply = ask_at_rest(_("Measure the distance"), run, "quality", seed=0)
    if not reply:
        return
    left, right = st.columns([2, 3], gap="large")
    titles = _titles(run)
    with left:
        colors = (NEUTRAL, SAMPLES, DATA, DATA)
        st.plotly_chart(figures.distances(list(titles.values()),
                                          [reply[name] for name in titles], colors),
                        config=chart(), key="prior-quality")
    with right:
        for name, title in titles.items():
            st.caption(_("{name}: {distance:.2f}").format(name=title, distance=reply[name]))
            pictures(reply[f"shown_{name}"], 2 * COLUMNS, title)
    st.caption(_("Fréchet distance to {n} held-out pictures by the features of our own net; {n} "
                 "pictures in each set. Copies are held-out codes, decoded: they are blurred as "
                 "the decoder blurs, and no prior can be expected to do better.").format(
                     n=reply["n"]))


def _titles(run: Run[LatentPriorSettings]) -> dict[str, Any]:
    first = _("words alone") if run.settings.is_words else _("N(0, I)")
    return {"normal": first, "learned": _("learned prior"), "copies": _("copies"),
            "real": _("real pictures")}
