"""The figures of a run, with their timeline, as one page that needs no server and no network."""

import html
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from string import Template
from typing import Any

from playground import tokens
from playground.language import _, language
from playground.runs import archive
from playground.runs.run import Run
from playground.ui.bench import plotly
from playground.ui.bench.lab import Lab
from playground.ui.bench.labs import lab_of
from playground.ui.bench.lasting import Lasting
from playground.ui.bench.live_plot import labels
from playground.ui.bench.plotly_words import plotly_words
from playground.ui.bench.source import source

HEIGHT = 760  # of a frame in a notebook, in pixels
TEMPLATE = Path(__file__).with_name("standalone.html")
IMPORT = re.compile(r"import\(`\./(\$\{name\}|\w+)\.js\$\{[^`]*\}`\)")


class Figures:
    """The figures of a run, which a notebook shows.

    Attributes:
        html: the whole page.
    """

    def __init__(self, page: str) -> None:
        self.html = page

    def save(self, path: str | Path) -> None:
        """Write the page to a file."""
        Path(path).write_text(self.html, encoding="utf-8")

    def _repr_html_(self) -> str:
        return (f'<iframe srcdoc="{html.escape(self.html)}" width="100%" '
                f'height="{HEIGHT}" style="border: 0"></iframe>')


def figures(run: Run | str | Path) -> Figures:
    """Return the figures of a run as they stand on its page, with scrubber, replay and captions.

    They need no server and no network. Nobody is there to answer a question, so nothing asks one.

    Args:
        run: as `playground.train(...).run` has it, or the folder or the file of one that was kept.

    Raises:
        Refusal: the folder is not whole.
    """
    shown = run if isinstance(run, Run) else archive.load(run)
    lab = lab_of(shown.experiment)
    return Figures(_page(lab, shown))


def _page(lab: Lab, run: Run) -> str:
    about = source(run, _(lab.title))
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        language=language.get(), title=html.escape(about.page),
        settings=html.escape(about.settings), data=_safe(json.dumps(_data(lab, run))),
        tokens=tokens.css(), light=tokens.page_css("light"), dark=tokens.page_css("dark"),
        css=(plotly.FRONTEND / "live_plot.css").read_text(encoding="utf-8"),
        plotly=_safe(plotly.code(whole=any(panel.space for panel in lab.panels(run.settings)))),
        parts="\n".join(_part(path) for path in sorted(plotly.FRONTEND.glob("*.js"))))


def _data(lab: Lab, run: Run) -> dict[str, Any]:
    """Return what the page would send to its plot."""
    panels = [asdict(replace(panel, events=())) for panel in lab.panels(run.settings)]
    curves = {f"curve {name}": figure for name, figure in lab.curves(run).items()}
    lasting = Lasting().news({"labels": labels(), "words": plotly_words(), "panels": panels,
                              "source": asdict(source(run, _(lab.title))), **curves},
                             everything=True)
    return {
        "assets": None, "lasting": lasting, "run": run.id, "kept": list(run.history.kept),
        "frames": [{"seq": number, "step": snapshot.step, "plots": lab.frame(run, snapshot),
                    "caption": lab.caption(run, snapshot)}
                   for number, snapshot in run.history.kept.items()],
        "total": run.last_step, "live": False, "starts": run.starts, "answer": None,
        "handled": None, "key": "figures", "height": None, "linked": False,
    }


def _part(path: Path) -> str:
    """Return a script that puts a file of the frontend where the others find it by its name."""
    def import_part(found: re.Match[str]) -> str:
        return f"import(parts[{'name' if found[1].startswith('$') else json.dumps(found[1])}])"

    code = json.dumps(IMPORT.sub(import_part, path.read_text(encoding="utf-8")))
    return (f"<script>parts.{path.stem} = URL.createObjectURL("
            f"new Blob([{_safe(code)}], {{ type: 'text/javascript' }}))</script>")


def _safe(code: str) -> str:
    """Return a script that no tag in it ends."""
    return code.replace("</", "<\\/")
