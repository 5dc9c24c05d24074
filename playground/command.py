"""The command line: `python -m playground`. What can be turned, and its help, come from the knobs.
"""

import inspect
import json
import math
import os
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
import numpy as np
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from playground import concepts, gallery, links
from playground.arguments import limit_words, types_of
from playground.explain import explain
from playground.language import N_, _, plural
from playground.numbers import shown
from playground.refusal import Refusal
from playground.runs import archive, files
from playground.runs.run import Run
from playground.settings import Knob, Settings

WRONG = 2  # the exit code of a command that was not understood
WIDTH = 12
console = Console(highlight=False)


def main() -> None:
    """Do what the command line says; a mistake costs one sentence."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        print(error.format_message(), file=sys.stderr)
        sys.exit(WRONG)
    except ValidationError as error:
        print(explain(error), file=sys.stderr)
        sys.exit(WRONG)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(WRONG)
    except click.Abort:
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Small models that train before your eyes, without a page."""


@cli.command("list")
def list_concepts() -> None:
    """List what can be trained."""
    table = Table("concept", "what stands where you arrive", box=None, pad_edge=False)
    for name in concepts.names():
        first, *_others = concepts.presets(name)
        table.add_row(name, f"{first.label}: {first.look_for}")
    console.print(table)


class Concepts(click.Group):
    """A command for each concept, found by its folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all concepts."""
        return concepts.names()

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command that trains a concept."""
        if name not in concepts.names():
            raise click.UsageError(str(Refusal(
                N_("{name} must be one of {choices}, got {value!r}"), name="concept",
                choices=concepts.names(), value=name)))
        kind = concepts.settings_type(name)
        options = [_option(kind, field, knob) for field, knob in kind.knobs().items()]
        return click.Command(name, params=[*options, *_TRAINING], callback=_train(name, kind),
                             help=_("Train the model of this page: {name}.").format(name=name))


@cli.group("train", cls=Concepts)
def train_group() -> None:
    """Train a model: `train CONCEPT --help` tells what can be turned."""


def _option(kind: type[Settings], name: str, knob: Knob) -> click.Option:
    default = kind.default(name)
    names = [f"--{name.replace('_', '-')}"]
    if isinstance(default, bool):
        names = [f"{names[0]}/--no-{name.replace('_', '-')}"]
    what = ". ".join(part for part in (_(knob.label), _(knob.help)) if part)
    bounds = "" if isinstance(default, bool) else f" [{knob.range_text()}; default {default}]"
    return click.Option([*names, name], help=f"{what}{bounds}", default=None,
                        type=bool if isinstance(default, bool) else str,
                        metavar=None if isinstance(default, bool) else (knob.unit or "VALUE"))


_DEVICE = click.Option(["--device"], default="cpu", show_default=True,
                       help="Where it trains: cpu, cuda:0, mps ...")
_EVERY = click.Option(["--every"], type=click.IntRange(min=1), default=None,
                      help="Steps from look to look; some fifty looks if it is not given.")
_TRAINING = [_DEVICE, _EVERY, click.Option(
    ["--out"], type=click.Path(path_type=Path), default=None,
    help="A folder in which the run is kept; one that was there is replaced.")]


def _train(concept: str, kind: type[Settings]) -> Any:
    def train(device: str, every: int | None, out: Path | None, **given: Any) -> None:
        from playground.training import folder
        from playground.training.recipe import begin

        settings = kind(**{name: value for name, value in given.items() if value is not None})
        _check(device)
        if out:
            folder.check_place(out)
        _go(*begin(concept, settings, device), every, out)

    return train


@cli.command(params=[_DEVICE, _EVERY])
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--steps", type=int, default=None, help="How far a finished run shall go on.")
def resume(folder: Path, steps: int | None, device: str, every: int | None) -> None:
    """Train the run of a FOLDER on, with the numbers of a run that was never interrupted."""
    from playground.training import folder as kept

    _check(device)
    run, training = kept.carry_on(folder, device, steps)
    if training.step < run.step:
        console.print(_("This model keeps nothing on its way: it goes through its {step:,} steps "
                        "again.").format(step=run.step))
    _go(run, training, every, folder)


def _go(run: Run, training: Any, every: int | None, out: Path | None) -> None:
    """Train with a bar, keep what there is, and show the newest numbers."""
    from playground.training import folder
    from playground.training.recipe import Watch

    with _interruptible() as interrupted, Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"),
            TimeRemainingColumn(), console=console, transient=True) as progress:
        bar = progress.add_task(run.experiment, total=1.0, at="")
        with suppress(Refusal):  # the run says why
            for _snapshot in Watch(run, training, every, lambda: bool(interrupted)):
                progress.update(bar, completed=run.share, at=_at(run))
    if run.history.last:
        _show(run)
    if out:
        folder.keep(run, training, out)
        console.print(_("The run is in {folder}.").format(folder=out))
    if run.refusal:
        print(_("This run ended early: {reason}.").format(reason=run.reason), file=sys.stderr)
        sys.exit(1)


def _at(run: Run) -> str:
    return _("step {step:,}").format(step=run.step)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Note the first Ctrl-C in the list, so that a step is not cut in two; the second one ends."""
    noted: list[int] = []

    def note(number: int, frame: Any) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


def _show(run: Run) -> None:
    """Print the metrics as they stood at some moments, the last one among them."""
    kept = list(run.history.metrics)
    columns = max(1, min(6, (console.width - 28) // WIDTH))
    places = sorted({round(i * (len(kept) - 1) / max(1, columns - 1)) for i in range(columns)})
    table = Table("", *(_("step {step:,}").format(step=kept[i][0]) for i in places), box=None,
                  pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name in kept[-1][2]:
        table.add_row(name, *(_number(kept[i][2].get(name)) for i in places))
    console.print(table)
    console.print(plural("{n:,} step in {seconds:.1f} s on {device}.",
                         "{n:,} steps in {seconds:.1f} s on {device}.", run.step).format(
                             n=run.step, seconds=run.seconds, device=run.device))


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    if value and abs(value) < 1e-3:
        return f"{value:.1e}"
    return shown(value, ".0f" if float(value).is_integer() else ".4f")


@cli.command(context_settings={"ignore_unknown_options": True}, params=[_DEVICE])
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.argument("question", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--json", "as_json", is_flag=True, help="The whole answer, as JSON.")
def ask(folder: Path, question: str | None, arguments: tuple[str, ...], as_json: bool,
        device: str) -> None:
    """Ask the model in a FOLDER (or a .playground file) a QUESTION; without one, list them.

    Arguments follow as --NAME VALUE, e.g. `ask FOLDER log_likelihood --n-samples 50`.
    """
    from playground.training import folder as kept
    from playground.training.untouched import untouched

    _check(device)
    run, experiment = kept.model(archive.folder_of(folder), device)
    if question is None:
        _list_questions(experiment)
        return
    with untouched(experiment, device):
        answer = experiment.ask(question, _pairs(arguments))
    if as_json:
        print(json.dumps(_plain(answer)))
        return
    table = Table("", "", box=None, show_header=False, pad_edge=False)
    for name, value in answer.items():
        table.add_row(name, _in_short(value))
    console.print(table)


def _list_questions(experiment: Any) -> None:
    for name, method in inspect.getmembers(
            type(experiment), lambda item: getattr(item, "is_question", False)):
        words = " ".join(
            f"--{argument.replace('_', '-')} "
            + (limit_words(kind, experiment) or "VALUE" if default is ... else str(default))
            for argument, (kind, default) in types_of(method).items())
        about = (inspect.getdoc(method) or "").partition("\n")[0]
        console.print(f"[bold]{name}[/bold] {escape(words)}", soft_wrap=True)
        console.print(f"    {about}", markup=False, soft_wrap=True)


def _pairs(words: tuple[str, ...]) -> dict[str, Any]:
    """Return arguments by their names; each value is JSON, or else a text."""
    names, values = words[::2], words[1::2]
    if len(names) != len(values) or not all(name.startswith("--") for name in names):
        raise click.UsageError(str(Refusal(
            N_("arguments must come as --NAME VALUE, got {words!r}"), words=" ".join(words))))
    return {name[2:].replace("-", "_"): _value(text)
            for name, text in zip(names, values, strict=True)}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _plain(value: Any) -> Any:
    """Return what JSON can hold."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _in_short(value: Any) -> str:
    if isinstance(value, bool | str | type(None)):
        return str(value)
    if isinstance(value, int | float):
        return _number(float(value))
    array = np.asarray(value, dtype=object if isinstance(value, dict) else None)
    if array.dtype.kind in "fiu" and array.size > 8:
        return _("{shape} numbers from {low} to {high}").format(
            shape=" × ".join(map(str, array.shape)), low=_number(float(np.nanmin(array))),
            high=_number(float(np.nanmax(array))))
    return str(_plain(value))


@cli.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The file to write.")
def figures(folder: Path, html: Path) -> None:
    """Write the figures of the run in a FOLDER (or a .playground file) as one page.

    It needs no server and no network.
    """
    from playground.ui.bench import standalone

    standalone.figures(folder).save(html)
    console.print(_("The figures are in {file}.").format(file=html), soft_wrap=True)


@cli.command("open")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True,
              help="Of this machine, where the app listens.")
def open_folder(folder: Path, port: int) -> None:
    """Start the app and open the page of the run in a FOLDER (or a .playground file)."""
    folder = archive.folder_of(folder)
    run = files.load(folder, "opened")
    kind, now = type(run.settings), run.settings_at(math.inf)
    link = links.named(run.experiment, {name: getattr(now, name) for name in kind.knobs()})
    for name, value in link.items():
        if (stops := kind.stops(name)) and value not in stops:
            raise Refusal(N_("{name} must stand on a mark of its slider to be shown on the page, "
                             "got {value!r}; `figures` draws every run"), name=name, value=value)
    address = f"http://127.0.0.1:{port}/{run.experiment}?{urlencode(link)}".rstrip("?")
    console.print(_("Its page is {address}").format(address=address), soft_wrap=True)
    project = Path(__file__).parents[1]
    environment = os.environ | {gallery.OPENED: str(folder.resolve())}
    server = subprocess.Popen([sys.executable, "-m", "streamlit", "run", "streamlit_app.py",
                               "--server.headless=true", f"--server.port={port}"],
                              cwd=project, env=environment)
    webbrowser.open(address)
    try:
        server.wait()
    except KeyboardInterrupt:
        server.wait()


def _check(device: str) -> None:
    """Refuse a device that this machine does not have."""
    import torch

    there = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())),
             *(["mps"] if torch.backends.mps.is_available() else [])]
    if device not in there:
        raise Refusal(N_("{name} must be one of {choices}, got {value!r}"), name="device",
                      choices=there, value=device)
