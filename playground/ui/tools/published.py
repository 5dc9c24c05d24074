"""A run's log p(x) of MNIST beside published figures, where it is measured as they are."""

import streamlit as st

from playground.language import _
from playground.numbers import shown
from playground.published import Binarisation, binarised_mnist
from playground.runs.run import Run

N_TEST = 10_000
MNIST = ("mnist", "mnist_full")


def beside_published(run: Run, binarisation: Binarisation | None) -> None:
    """Put a run among published figures, if all test images were measured with it.

    Args:
        binarisation: how its pixels became black or white; None where they did not.
    """
    st.markdown(_("#### Beside published figures"))
    claim = run.settings.claim
    if run.settings.dataset not in MNIST or binarisation is None:  # type: ignore[attr-defined]
        st.caption(_("There are published figures for MNIST of 28 x 28 pixels in black and white: "
                     "choose MNIST as the data, and pixels that are drawn black or white."))
        return
    if not claim.is_log_p or claim.given:
        st.caption(_("Published figures are of models that are not told the class and do not look "
                     "at the future; this run's number cannot stand beside them."))
        return
    st.caption(_("-log p(x) in nats per image, over all {n:,} test images; the lower the better. "
                 "“≤” marks a bound, “≈” an estimate. Only figures of the same binarisation are "
                 "shown: the other one is not comparable.").format(n=N_TEST))
    rows = [(figure.nats, _(figure.model), figure.claim.write(figure.nats, 2, -1),
             f"[{_(figure.source.text)}]({figure.source.url})")
            for figure in binarised_mnist(binarisation)]
    whole = run.all_held_out
    if whole.get("n") == N_TEST:
        rows.append((whole["nats"], _("**this run**"),
                     f"**{claim.write(whole['nats'], 2, -1)} ± {shown(whole['error'], '.2f')}**",
                     _("measured with its stored weights")))
    rows.sort(key=lambda row: row[0])
    st.table({_("model"): [row[1] for row in rows], _("nats"): [row[2] for row in rows],
              _("source"): [row[3] for row in rows]})
    if whole.get("n") != N_TEST:
        st.caption(_("This run is not in the table: it was scored on a few images only, and some "
                     "images are easier than others. Stored runs on all of MNIST were scored on "
                     "all."))
    elif "codes" in whole:
        st.caption(_("This run: with {codes:.0f} codes for each image. With one, the ELBO, it is "
                     "≤ {elbo:.2f}.").format(codes=whole["codes"], elbo=whole["elbo_nats"]))
    if binarisation == "fixed":
        st.caption(_("Fixed pixels were drawn by us and are not the very ones of the papers."))
