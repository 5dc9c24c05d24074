"""A run's data as a file, exactly as used."""

import streamlit as st

from playground.datasets.own_csv import write
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.session import desk


def data_button(run: Run) -> None:
    """Draw the button that gives the data of a run as CSV."""
    asked = desk()

    def data() -> bytes:
        table = asked.ask_patiently(run.id, "table")
        return write(table["columns"], table["rows"],
                     {"class": table["classes"], "held_out": table["held_out"]})

    name = getattr(run.settings, "dataset", "data")
    st.download_button(_("Download the data (CSV)"), data, key="download-data",
                       file_name=f"{run.experiment}_{name}.csv", mime="text/csv",
                       icon=":material/download:", on_click="ignore")
