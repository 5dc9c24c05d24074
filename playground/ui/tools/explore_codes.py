"""What one can ask a model with codes: planes, walks, sums. A part of an Explore tab."""

from typing import Any

import numpy as np
import streamlit as st

from playground.charts.colors import SAMPLES
from playground.charts.latent import latent
from playground.charts.scatter import figure, plane, points, square
from playground.charts.vae import ellipses
from playground.language import N_, _, listed
from playground.runs.run import Run
from playground.ui.bench.ask import ask
from playground.ui.bench.style import chart
from playground.ui.tools.pictures import pictures

PATHS = {"lerp": N_("straight (lerp)"), "slerp": N_("along a sphere (slerp)")}
MAX_CHOSEN = 6


def draw(reply: dict[str, Any] | None, columns: int, *, start: int = 0) -> None:
    """Draw data of an answer: pictures as tiles, points in the plane.

    Args:
        reply: `images` or `points`; nothing is drawn without.
        columns: pictures in a row.
        start: the first one that is drawn.
    """
    if reply is None:
        return
    if "images" in reply:
        pictures(reply["images"][start:], columns)
    else:
        drawn = figure([points(reply["points"][start:], name=_("decoded"), color=SAMPLES)],
                       plane(square(2.2)))
        st.plotly_chart(drawn, config=chart())


def classes_of(run: Run) -> list[int]:
    """Return the classes of the data that the run shows."""
    last = run.history.last
    return sorted(set(last.arrays["labels"].tolist())) if last else []


def decoded_plane(run: Run, axes: list[int], label: int) -> None:
    """Decode the whole plane."""
    st.markdown(_("#### The plane, decoded"))
    st.caption(_("Codes at equally likely places of the prior: the middle of the plane is the "
                 "middle of the picture. Point into the figure above to decode any single place."))
    n = 15 if len(axes) == 2 else 12
    draw(ask(run, "decoded_plane", n=n, axes=axes, label=label), columns=n)


def dice(run: Run, label: int) -> None:
    """Decode fresh codes at each throw."""
    st.markdown(_("#### Throw the dice"))
    st.caption(_("Each throw draws new codes. From the prior, in a VAE; in a VQ-VAE each word on "
                 "its own, as often as it came in training, since what the words know of each "
                 "other is not learned."))
    if st.button(_("Throw"), key="throw", icon=":material/casino:"):
        st.session_state["throws"] = st.session_state.get("throws", 0) + 1
    draw(ask(run, "resample", n=30, seed=st.session_state.get("throws", 0), label=label),
         columns=10)


def copies(run: Run) -> None:
    """Encode and decode held-out data."""
    st.markdown(_("#### Copies"))
    st.caption(_("Above, held-out data; below, what the decoder makes of their codes."))
    draw(ask(run, "reconstruct", n=10), columns=10)


def chosen_posteriors(run: Run, axes: list[int]) -> None:
    """Draw the posteriors of chosen classes' data as ellipses."""
    st.markdown(_("#### Which codes fit?"))
    st.caption(_("One held-out datum of each class that you choose, and its posterior q(z|x) at "
                 "one sigma. Small: the code is sure. As large as the dashed circle: it says "
                 "nothing."))
    classes = classes_of(run)
    labels = st.multiselect(_("classes"), classes, classes[:3], key="chosen-classes",
                            max_selections=MAX_CHOSEN)
    reply = ask(run, "posteriors", labels=labels, axes=axes) if labels else None
    if reply is None:
        return
    if "images" in reply:
        draw(reply, columns=len(labels))
    if len(axes) == 2:
        means, sigmas = np.asarray(reply["means"]), np.asarray(reply["sigmas"])
        reach = max(3.0, float(np.abs(means).max() + sigmas.max()))
        drawn = latent(means, np.asarray(reply["labels"]), box=square(reach))
        drawn["data"].append(ellipses(means, sigmas))
        drawn["layout"] |= {"height": 320}
        st.plotly_chart(drawn, config=chart())


def walk(run: Run) -> None:
    """Decode the way between two data."""
    st.markdown(_("#### From one to the other"))
    classes = classes_of(run)
    one, two, three = st.columns(3)
    first = one.selectbox(_("from"), classes, index=min(4, len(classes) - 1), key="walk-from")
    second = two.selectbox(_("to"), classes, index=len(classes) - 1, key="walk-to")
    path = three.selectbox(_("way"), list(PATHS), format_func=lambda key: _(PATHS[key]),
                           key="walk-path")
    st.caption(_("The first and the last picture are real; between them, codes are decoded. With "
                 "many dimensions nearly all of the prior lies on a sphere, and a straight line "
                 "cuts through its empty middle: try both ways."))
    draw(ask(run, "interpolate", first=first, second=second, n=8, path=path), columns=10)


def sums(run: Run) -> None:
    """Add and subtract the mean codes of classes."""
    st.markdown(_("#### Sums of classes"))
    classes = classes_of(run)
    places = st.columns(3)
    names = (_("this class"), _("minus this one"), _("plus this one"))
    first, second, third = (
        place.selectbox(name, classes, index=min(i, len(classes) - 1), key=f"sum-{i}")
        for i, (place, name) in enumerate(zip(places, names, strict=True)))
    st.caption(_("The decoded mean codes of the three classes, and at the right the decoded sum. "
                 "It works where a direction means the same everywhere: try it, and see where it "
                 "does not."))
    draw(ask(run, "arithmetic", first=first, second=second, third=third), columns=4)


def traverse(run: Run, label: str) -> None:
    """Move one held-out datum along one dimension at a time.

    Args:
        label: name of a row, with its `{number}`; translated.
    """
    st.markdown(_("#### One dimension at a time"))
    index = int(st.number_input(_("which held-out datum"), 0, 199, 0, key="traversed"))
    reply = ask(run, "traverse", index=index, n=11)
    if reply is None:
        return
    rows = np.asarray(reply["rows"])
    names = listed(label.format(number=int(row) + 1) for row in rows)
    st.caption(_("From top to bottom: {names}. A VAE's dimension goes from -2.5 to 2.5, the most "
                 "used one first: rows that do not change are not in use. A VQ-VAE's slot takes "
                 "its most frequent words.").format(names=names))
    shown = reply["images"] if "images" in reply else reply["points"]
    draw(reply, columns=len(shown) // len(rows))
