"""What one can ask a VAE: the Explore tab, one topic at a time."""

import streamlit as st

from playground.charts import architecture
from playground.concepts.vae import explore_bound
from playground.concepts.vae.settings import VAESettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.the_model import the_model
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools import explore_codes, published
from playground.ui.tools.code_planes import beside_each_other

TOPICS = {"codes": N_("Codes"), "walks": N_("Walks"), "bound": N_("The bound"),
          "factors": N_("Factors")}


def explore(run: Run[VAESettings]) -> None:
    """Show the net; then ask about codes, walks, the bound, factors: one topic at a time."""
    last = run.history.last
    if last is None:
        return
    the_model(run, architecture.vq_vae if run.settings.is_vq else architecture.vae,
              by_chance=not run.settings.is_vq)
    axes = last.arrays["axes"].tolist()
    topic = chosen_topic(TOPICS, "vae-topic")
    vq = run.settings.is_vq
    part = _("slot {number}") if vq else "z{number}"
    left, right = st.columns(2, gap="large")
    if topic == "codes":
        with left:
            if not vq:
                explore_codes.decoded_plane(run, axes, chosen_class())
            explore_codes.copies(run)
            if not vq:
                explore_bound.aggregate(run)
        with right:
            explore_codes.dice(run, chosen_class())
            if not vq:
                explore_codes.chosen_posteriors(run, axes)
        beside_each_other()
    elif topic == "walks":
        with left:
            explore_codes.walk(run)
            explore_codes.sums(run)
        with right:
            explore_codes.traverse(run, part)
    elif topic == "bound":
        with left:
            explore_bound.dimensions(run, part)
        if not vq:
            with left:
                explore_bound.bound(run)
            with right:
                explore_bound.gradients(run)
                if run.settings.is_image:
                    published.beside_published(
                        run, "dynamic" if run.settings.decoder == "bernoulli" else None)
    elif not vq:
        with left:
            explore_bound.factors(run)
    if vq and topic in ("bound", "factors"):
        right.caption(_("A VQ-VAE makes one choice for each datum: more codes per datum "
                        "change nothing, no draw stands between loss and gradient, and words "
                        "have no axes."))


def chosen_class() -> int:
    """Return the class that is decoded, where the model is told one."""
    return int(st.session_state.get("vae-class") or 0)
