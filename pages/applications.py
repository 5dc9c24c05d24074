"""Super-resolution and colourisation: one question, several good answers."""

import streamlit as st

from playground.charts import applications as charts
from playground.experiments.applications.settings import ApplicationsSettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import applications, bench, contest, guard
from playground.ui.compare import compare
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Panel


class ApplicationsLab(Lab):
    """The bench of super-resolution and colourisation."""

    concept = "applications"
    settings = ApplicationsSettings
    title = N_("Applications")
    idea = N_("A small or a grey picture may have been many large or coloured ones. What is the "
              "better answer: the mean of them all, or one of them?")
    presets = (
        Preset(N_("A good run"), {},
               N_("16 grey squares are all that is given. Which digit was it? The average "
                  "hesitates, the VAE nearly so; PixelCNN and GAN decide, each time anew.")),
        Preset(N_("Colour the sprites"), {"task": "colourisation", "dataset": "sprites"},
               N_("The grey picture says nothing about the colour. The average of six colours is "
                  "mud; the others pick one.")),
        Preset(N_("Grey tells all"),
               {"task": "colourisation", "dataset": "sprites", "grey": "luma"},
               N_("A weighted sum of pure colours is another grey for each of them: nothing is "
                  "open. The PSNR of the average jumps up; the others need long to learn that "
                  "there is nothing to choose.")),
        Preset(N_("Fashion-MNIST"), {"dataset": "fashion_14"},
               N_("Outlines are plain, patterns and sleeves are open.")),
        Preset(N_("Tint the digits"), {"task": "colourisation", "dataset": "digits"},
               N_("Each digit was tinted by a draw. All its strokes must get the same colour.")),
        Preset(N_("Break it: a GAN pulled to the truth"), {"l1": 100.0},
               N_("Each answer of the GAN is pulled to the truth. They are clean, near, and all "
                  "alike: noise is ignored. The Fréchet distance does not mind, since it never "
                  "looks at two answers to one question. Diversity does."),
               fix={"l1": 0.0}, fix_label=N_("Fix it: pull on the mean alone")),
        Preset(N_("Break it: the game alone"), {"first_moment": 0.0},
               N_("Nothing pulls the mean of the GAN's answers to the truth. Both players are "
                  "content with a few shapes: watch recall, and the PSNR."),
               fix={"first_moment": 30.0}, fix_label=N_("Fix it: pull on the mean")),
        Preset(N_("Break it: a code that costs too much"), {"beta": 20.0},
               N_("The VAE no longer dares to say anything in its code: each answer is the "
                  "average."),
               fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1")),
        Preset(N_("Break it: hardly any steps"), {"steps": 100},
               N_("The answers look like nothing yet; the baseline needs no steps."),
               fix={"steps": 800}, fix_label=N_("Fix it: 800 steps")),
    )
    code = ("model_zoo/u_net.py", "model_zoo/mean_regression.py", "model_zoo/conditional_vae.py",
            "model_zoo/conditional_gan.py", "model_zoo/conditional_pixel_cnn.py",
            "playground/experiments/applications/tasks.py", "playground/metrics_images.py",
            "playground/experiments/applications/judge.py",
            "playground/experiments/applications/experiment.py")
    height = 405

    def panels(self, settings: ApplicationsSettings) -> list[Panel]:
        """The sheet of answers, and nearness against likeness."""
        return [
            Panel("sheet", _("Held-out pictures: what is given, answers, and the truth"),
                  weight=1.7, square=True,
                  alt=_("Rows of pictures: what is given, each family's answers, the truth")),
            Panel("trade", _("Near the truth, or like real pictures?"), zoom=True,
                  alt=_("PSNR of each family against its distance to real pictures")),
        ]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the answers of one moment, and the way up to there."""
        m = snapshot.metrics
        measure, title = applications.distance(m)
        return {"sheet": charts.sheet(snapshot.arrays["sheet"], applications.groups()),
                "trade": charts.trade(applications.trails(run, snapshot.step, measure),
                                      m.get(f"floor_{measure}"), m.get("regression_psnr"), title)}

    def curves(self, run: Run) -> dict[str, Figure]:
        """There is none over all steps."""
        return {}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say who is nearest, and who looks real."""
        return applications.caption(snapshot)

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return contest.numbers(applications.BOARD, run)

    def explore(self, run: Run) -> None:
        """The table, one picture, a drawing, the spread over seeds, and another run."""
        if run.history.last is None:
            return
        contest.table(applications.BOARD, run)
        left, right = st.columns(2, gap="large")
        with left:
            applications.browse(run)
        with right:
            st.fragment(applications.own)(run)
        contest.seeds(applications.BOARD, run)
        compare(self, run, "sheet")


if guard.pass_gate():
    bench.show(ApplicationsLab())
