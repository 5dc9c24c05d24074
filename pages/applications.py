"""Super-resolution and colourisation: one question, several good answers."""

from playground.concepts.applications import explore, moment, words
from playground.concepts.applications.board import BOARD
from playground.concepts.applications.presets import PRESETS
from playground.concepts.applications.settings import ApplicationsSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import contest


class ApplicationsLab(Lab[ApplicationsSettings]):
    """The bench of super-resolution and colourisation."""

    concept = "applications"
    settings = ApplicationsSettings
    title = N_("Applications")
    idea = N_("A small or a grey picture may have been many large or coloured ones. What is the "
              "better answer: the mean of them all, or one of them?")
    presets = PRESETS
    measures = contest.measures_of(BOARD)
    code = ("model_zoo/u_net.py", "model_zoo/mean_regression.py", "model_zoo/conditional_vae.py",
            "model_zoo/conditional_gan.py", "model_zoo/conditional_pixel_cnn.py",
            "playground/concepts/applications/tasks.py", "playground/metrics/images.py",
            "playground/concepts/applications/answer_judge.py",
            "playground/concepts/applications/experiment.py")

    def panels(self, settings: ApplicationsSettings) -> list[Panel]:
        """The sheet of answers, and nearness against likeness."""
        return [
            Panel("sheet", _("Held-out pictures: what is given, answers, and the truth"),
                  weight=1.2, square=True,
                  alt=_("Rows of pictures: what is given, each family's answers, the truth")),
            Panel("trade", _("Near the truth, or like real pictures?"), zoom=True,
                  alt=_("PSNR of each family against its distance to real pictures")),
        ]

    def frame(self, run: Run[ApplicationsSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the answers of one moment, and the way up to there."""
        return moment.frame(run, snapshot)

    def curves(self, run: Run[ApplicationsSettings]) -> dict[str, Figure]:
        """There is none over all steps."""
        return {}

    def caption(self, run: Run[ApplicationsSettings], snapshot: Snapshot) -> str:
        """Say who is nearest, and who looks real."""
        return words.caption(run.settings_at(snapshot.step), snapshot)

    def numbers(self, run: Run[ApplicationsSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return contest.numbers(BOARD, run)

    def illustrations(self, run: Run[ApplicationsSettings]) -> dict[str, Figure]:
        """Add what is cut out of the sheet, and single measures."""
        return super().illustrations(run) | moment.figures(run)

    def explore(self, run: Run[ApplicationsSettings]) -> None:
        """The table, one picture, a drawing and the spread over seeds."""
        if run.history.last is not None:
            explore.explore(run)


if guard.pass_gate():
    page.show(ApplicationsLab())
