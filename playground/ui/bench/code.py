"""The Code tab: the model's own file, and a script that repeats this run."""

from pathlib import Path

import streamlit as st

from playground.language import _
from playground.runs.run import Run
from playground.ui.tools.download import data_button

ROOT = Path(__file__).parents[3]

SCRIPT = '''"""Repeat this run: save this file in the project's folder and start it there."""

import playground

settings = {{
{settings}}}

training = playground.train("{experiment}", **settings)
for snapshot in training:
    print(snapshot.step, snapshot.metrics)

# In a notebook this last line shows the figures of the page:
playground.figures(training.run)
'''


def script(run: Run) -> str:
    """Return a Python script that trains with the settings of a run and ends with its numbers."""
    settings = "".join(f"    {name!r}: {value!r},\n" for name, value in run.settings)
    return SCRIPT.format(experiment=run.experiment, settings=settings)


def code_tab(files: tuple[str, ...], run: Run | None) -> None:
    """Draw the files and, for a run, its script with a download button."""
    if run:
        st.markdown(_("#### The data of this run"))
        st.markdown(_("Exactly as used, after all scaling: one row for each datum, its class, and "
                      "1 where it was held out."))
        data_button(run)
        st.markdown(_("#### This run as a script"))
        st.markdown(_("Same settings, same seed, same numbers. Live knobs that you moved while it "
                      "trained are not in it."))
        st.code(script(run), language="python")
        st.download_button(_("Download the script"), script(run),
                           file_name=f"{run.experiment}_run.py", mime="text/x-python")
    for name in files:
        st.markdown(f"#### `{name}`")
        st.code((ROOT / name).read_text(encoding="utf-8"), language="python", line_numbers=True)
