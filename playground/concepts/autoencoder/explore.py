"""What one can ask an autoencoder: the Explore tab."""

from typing import Any

import numpy as np
import streamlit as st

from playground.charts import architecture
from playground.charts import autoencoder as charts
from playground.concepts.autoencoder.few_labels import few_labels
from playground.concepts.autoencoder.settings import AutoencoderSettings
from playground.language import _
from playground.numbers import shown
from playground.runs.run import Run
from playground.ui.bench.ask import ask
from playground.ui.bench.fragments import part
from playground.ui.bench.style import chart
from playground.ui.bench.the_model import the_model
from playground.ui.tools.code_planes import beside_each_other
from playground.ui.tools.draw_image import draw_image
from playground.ui.tools.pictures import pictures

DRAWN = 25
MANY = 0.25
FEW_NUMBERS = 6


def explore(run: Run[AutoencoderSettings]) -> None:
    """The net, the plane decoded, random codes, few labels, and the visitor's own picture."""
    if run.history.last is None:
        return
    the_model(run, architecture.autoencoder)
    left, right = st.columns((2, 3), gap="large")
    with left:
        _plane(run, run.history.last.arrays["axes"].tolist())
    with right:
        _random(run)
    beside_each_other()
    few_labels(run)
    st.markdown(_("#### My own picture"))
    part(_own)(run)


def _plane(run: Run[AutoencoderSettings], axes: list[int]) -> None:
    st.markdown(_("#### The plane, decoded"))
    st.caption(_("A grid over the plane above. All other numbers, if there are any, are their "
                 "mean. Compare it with the holes."))
    reply = ask(run, "decoded_plane", n=14, axes=axes)
    if reply:
        pictures(reply["images"], 14)


def _random(run: Run[AutoencoderSettings]) -> None:
    st.markdown(_("#### Random codes"))
    st.caption(_("Can it make new pictures? The loss never says which codes are likely, so "
                 "somebody has to guess. In holes means: farther from every code than 95% of "
                 "held-out codes are."))
    seed = st.number_input(_("which draw"), 0, 9999, 0, key="random-codes")
    reply = ask(run, "random_codes", n=DRAWN, seed=int(seed))
    if reply is None:
        return
    titles = {"real": _("held-out pictures"),
              "uniform": _("anywhere between least and largest: {far} of {n} in holes"),
              "fitted": _("from a Gaussian fitted to the codes: {far} of {n} in holes"),
              "standard": _("from the standard Gaussian: {far} of {n} in holes")}
    for place, (name, title) in zip(st.columns(4), titles.items(), strict=True):
        with place:
            pictures(reply[name], 5)
            st.caption(title.format(far=reply.get(f"{name}_far"), n=DRAWN))
    far = [reply[f"{name}_far"] for name in titles if name != "real"]
    if max(far) > MANY * DRAWN:
        st.markdown(_("Up to {far} of {n} guesses land in holes, where the decoder was never "
                      "taught: junk. To draw, a model needs codes of a known distribution. That "
                      "is why there is a VAE.")
                    .format(far=max(far), n=DRAWN))
    else:
        st.markdown(_("Few of these guesses land in holes. Try 20 latent dimensions, where there "
                      "is more room between the codes."))


def _own(run: Run[AutoencoderSettings]) -> None:
    canvas, result = st.columns((1, 2), gap="large")
    with canvas:
        drawn = draw_image("autoencoder")
    with result:
        if drawn is None:
            st.caption(_("Draw a digit with the mouse or a finger. It is centred and scaled as "
                         "the data are; then you see its code and its copy."))
        elif reply := ask(run, "own", picture=drawn):
            _own_result(run, reply)


def _own_result(run: Run[AutoencoderSettings], reply: dict[str, Any]) -> None:
    images, plane = st.columns(2, gap="large")
    with images:
        pictures(np.stack([reply["given"], reply["rebuilt"]]), 2)
        st.caption(_("Left, what the encoder sees; right, its copy. The squared error is "
                     "{error:.2f}; held-out pictures have {usual:.2f} on average. Its code lies "
                     "{away:.1f} × as far from the nearest code as usual.").format(
                         error=reply["error"], usual=reply["usual_error"], away=reply["away"]))
        code = np.asarray(reply["code"])
        first = ", ".join(shown(value, ".2f") for value in code[:FEW_NUMBERS])
        st.caption(_("Its code: z = ({numbers}{more})").format(
            numbers=first, more=", ..." if len(code) > FEW_NUMBERS else ""))
    if run.history.last is None:
        return
    arrays = run.history.last.arrays
    axes = arrays["axes"].tolist()
    x, y = code[axes[0]], code[axes[1]] if len(axes) > 1 else float(arrays["box"][2:].mean())
    drawn = charts.with_star(charts.codes(arrays), float(x), float(y), _("yours"))
    drawn["layout"]["height"] = 300
    plane.plotly_chart(drawn, config=chart(), key="own-plane")
