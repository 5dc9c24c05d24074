"""The Code tab: the model's own file, and a script that repeats this run."""

from pathlib import Path

import streamlit as st

from playground.language import _
from playground.refusal import Refusal
from playground.runs import archive
from playground.runs.run import Run
from playground.ui.bench import keeping
from playground.ui.bench.session import tab
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


NOTEBOOK = '''import playground

run = playground.load("{file}")
playground.figures(run)           # the figures of the page, with their timeline
run.history.curve("{metric}")     # steps and values of a metric
run.history.last.arrays           # what the newest figures are drawn from
'''


def _as_file(run: Run) -> None:
    """Offer a run that is kept as a file, with the lines that open it in a notebook."""
    try:
        place = keeping.store().place(tab().owner, keeping.kept_id(run))
    except Refusal:
        return
    file = f"{run.experiment}-{keeping.kept_id(run)[:8]}{archive.SUFFIX}"
    metric = next(iter(run.history.metrics[-1][2]), "loss")
    st.markdown(_("#### This run as a file, open in a notebook"))
    st.code(NOTEBOOK.format(file=file, metric=metric), language="python")
    st.download_button(_("Download the run"), lambda: archive.pack(place), file_name=file,
                       mime="application/octet-stream", on_click="ignore",
                       icon=":material/download:", key="download-run")


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
        _as_file(run)
    for name in files:
        st.markdown(f"#### `{name}`")
        st.code((ROOT / name).read_text(encoding="utf-8"), language="python", line_numbers=True)
