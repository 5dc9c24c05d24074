"""The code planes of the autoencoder and the variational autoencoder beside each other."""

import streamlit as st

from playground.charts import autoencoder, vae
from playground.language import N_, _, listed
from playground.ui.bench.session import newest_run
from playground.ui.bench.style import chart

PLANES = {"autoencoder": (N_("Autoencoder"), autoencoder.codes),
          "vae": (N_("Variational autoencoder"), vae.codes)}
SHARED = {"dataset": N_("data set"), "seed": N_("seed"), "latent_dim": N_("latent dimensions")}


def beside_each_other() -> None:
    """Draw the newest run of both pages in this session, or the stored one, and what differs."""
    st.markdown(_("#### Autoencoder and VAE, side by side"))
    runs = {concept: newest_run(concept) for concept in PLANES}
    for (concept, (title, draw)), place in zip(PLANES.items(), st.columns(2), strict=True):
        run = runs[concept]
        if run is None or run.history.last is None:
            continue
        with place:
            st.caption(_("**{name}**, seed {seed}, step {step}").format(
                name=_(title), seed=run.settings.model_dump()["seed"], step=f"{run.step:,}"))
            figure = draw(run.history.last.arrays)
            figure["layout"] |= {"height": 300, "showlegend": False}
            st.plotly_chart(figure, config=chart(), key=f"plane-{concept}")
    first, second = runs.values()
    if first is None or second is None:
        return
    odd = [label for name, label in SHARED.items()
           if getattr(first.settings, name) != getattr(second.settings, name)]
    st.caption(
        _("Not the same: {names}. Set them alike on both pages and train for a fair look.").format(
            names=listed(_(label) for label in odd)) if odd else
        _("Same data, same seed. The autoencoder may put codes wherever it likes: mind the scale "
          "of its axes, and the gaps. The VAE's KL draws them around the origin, close together, "
          "so that a code drawn from the prior lands among them."))
