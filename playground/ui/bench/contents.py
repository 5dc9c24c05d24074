"""The table of contents: sections and pages in their order."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from playground.language import _


def sections() -> dict[str, list[StreamlitPage]]:
    """Return the pages of each section by its name; that of the start page is empty."""
    return {
        "": [
            st.Page("pages/home.py", title=_("Home"), default=True),
            st.Page("pages/notebook.py", title=_("Notebook"), url_path="notebook"),
            st.Page("pages/sweep.py", title=_("Sweeps"), url_path="sweep"),
            st.Page("pages/glossary.py", title=_("Glossary"), url_path="glossary"),
        ],
        _("Unsupervised learning"): [
            st.Page("pages/supervised_vs_unsupervised.py", title=_("Supervised and unsupervised"),
                    url_path="supervised_vs_unsupervised"),
            st.Page("pages/clustering.py", title=_("Clustering"),
                    url_path="clustering"),
            st.Page("pages/dimensionality_reduction.py", title=_("Dimensionality reduction"),
                    url_path="dimensionality_reduction"),
            st.Page("pages/density_estimation.py", title=_("Density estimation"),
                    url_path="density_estimation"),
        ],
        _("Generative models"): [
            st.Page("pages/generative_models.py", title=_("The map"),
                    url_path="generative_models"),
            st.Page("pages/pixel_rnn.py", title=_("PixelRNN"), url_path="pixel_rnn"),
            st.Page("pages/pixel_cnn.py", title=_("PixelCNN"), url_path="pixel_cnn"),
            st.Page("pages/pixel_transformer.py", title=_("Pixel transformer"),
                    url_path="pixel_transformer"),
            st.Page("pages/autoencoder.py", title=_("Autoencoder"), url_path="autoencoder"),
            st.Page("pages/vae.py", title=_("Variational autoencoder"),
                    url_path="vae"),
            st.Page("pages/latent_prior.py", title=_("Learned priors"),
                    url_path="latent_prior"),
            st.Page("pages/flow.py", title=_("Normalizing flow"), url_path="flow"),
            st.Page("pages/gan.py", title=_("Generative adversarial network"), url_path="gan"),
            st.Page("pages/dcgan.py", title=_("GAN on images"), url_path="dcgan"),
            st.Page("pages/diffusion.py", title=_("Diffusion"), url_path="diffusion"),
            st.Page("pages/flow_matching.py", title=_("Flow matching"),
                    url_path="flow_matching"),
            st.Page("pages/rbm.py", title=_("Boltzmann machine"), url_path="rbm"),
            st.Page("pages/energy.py", title=_("Energy-based model"), url_path="energy"),
            st.Page("pages/gsn.py", title=_("Generative stochastic network"), url_path="gsn"),
            st.Page("pages/arena.py", title=_("The arena"), url_path="arena"),
            st.Page("pages/image_arena.py", title=_("The arena on images"),
                    url_path="image_arena"),
            st.Page("pages/applications.py", title=_("Applications"), url_path="applications"),
        ],
    }


def titles() -> dict[str, str]:
    """Return the titles of all pages by their names, but the start page's."""
    return {page.url_path: page.title for pages in sections().values() for page in pages
            if page.url_path}


def navigation() -> StreamlitPage:
    """Declare all pages and return the one that the visitor is on."""
    return st.navigation(sections(), position="top")
