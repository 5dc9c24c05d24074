"""What generative models are good for: pictures from stored runs, with a sentence each."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.concepts.applications.board import columns_of, n_columns
from playground.language import N_, _
from playground.ui.bench.session import gallery_run
from playground.ui.tools.pictures import pictures

ROWS, COLUMNS = 3, 5


@dataclass(frozen=True)
class Reason:
    """A use, and the stored run that shows it.

    Attributes:
        title, text: what it is good for, and what the picture shows; translate with `_`.
        page, run: the page that shows more, and the name of its stored run.
        link: what leads to the page.
        family: of a run of the applications, whose answers are shown.
    """

    title: str
    text: str
    page: str
    run: str
    link: str
    family: str = ""


REASONS = (
    Reason(N_("New data of the same kind"),
           N_("Nobody wrote these digits: a GAN that has seen 60,000 real ones drew them from "
              "noise."), "dcgan", "mnist", N_("Draw pictures with a GAN")),
    Reason(N_("Details for a small picture"),
           N_("Left, 16 grey squares; right, the digit that they come from. Between them, three "
              "answers of a PixelCNN: each may have been it."),
           "applications", "default", N_("Make small pictures large"), "pixel_cnn"),
    Reason(N_("Colour for a grey picture"),
           N_("Left, what is given; right, the truth. Grey does not say which colour it was. A "
              "model of all answers picks one, the next time another; their average is mud."),
           "applications", "sprites", N_("Colour grey pictures"), "pixel_cnn"),
)


def reasons() -> None:
    """Draw the strip."""
    for place, reason in zip(st.columns(len(REASONS), gap="large"), REASONS, strict=True):
        shown = picture_of(reason)
        if shown is None:
            continue
        with place:
            st.markdown(f"**{_(reason.title)}**")
            pictures(shown, COLUMNS, _(reason.title))
            st.caption(_(reason.text))
            st.page_link(f"pages/{reason.page}.py", label=_(reason.link),
                         icon=":material/arrow_forward:")


def picture_of(reason: Reason) -> np.ndarray | None:
    """Return 15 pictures of a reason's run, row by row; None if there is no such run.

    Of the applications, a row is what is given, three answers, and the truth.
    """
    run = gallery_run(reason.page, reason.run)
    if run is None or run.history.last is None:
        return None
    arrays, m = run.history.last.arrays, run.history.last.metrics
    if not reason.family:
        return arrays["samples"][:ROWS * COLUMNS]
    chosen = [0, *columns_of(reason.family, m), -1]
    sheet = arrays["sheet"].reshape(-1, n_columns(m), *arrays["sheet"].shape[1:])
    return np.concatenate(sheet[:ROWS, chosen])
