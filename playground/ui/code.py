"""The Code tab: the model's own file, and a script that repeats this run."""

from pathlib import Path

import streamlit as st

from playground.language import _
from playground.runs import Run
from playground.ui.download import data_button

ROOT = Path(__file__).parents[2]

SCRIPT = '''"""Repeat this run: save this file in the project's folder and start it there."""

import torch

from playground.experiments.{experiment}.experiment import {experiment_class}
from playground.experiments.{experiment}.settings import {settings_class}
from playground.randomness import fixed_random_state

settings = {settings_class}(
{arguments})


def look():
    """Measure without disturbing the training's random stream."""
    with fixed_random_state("cpu"):
        return experiment.observe()[0]


torch.manual_seed(settings.seed)
experiment = {experiment_class}(settings, device="cpu")
torch.set_num_threads(experiment.threads)
print(0, look())

for step, _ in enumerate(experiment.steps(), start=1):
    if step % 500 == 0:
        print(step, look())
    if step == experiment.total_steps:
        break
print(step, look())
'''


def script(run: Run) -> str:
    """Return a Python script that trains with the settings of a run and ends with its numbers."""
    settings = run.settings
    prefix = type(settings).__name__.removesuffix("Settings")
    arguments = "".join(f"    {name}={value!r},\n" for name, value in settings)
    return SCRIPT.format(experiment=run.experiment, experiment_class=f"{prefix}Experiment",
                         settings_class=type(settings).__name__, arguments=arguments)


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
