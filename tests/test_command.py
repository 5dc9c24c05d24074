"""The command line: train, resume, ask, open, and one sentence for each mistake."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from polling import newest

from playground import command, gallery
from playground.concepts import names, settings_type
from playground.concepts.vae.settings import VAESettings
from playground.engine.supervisor import WorkerEngine
from playground.refusal import Refusal
from playground.runs import files
from playground.runs.run import Run, Status
from playground.training import folder
from playground.training.recipe import Watch, begin
from playground.ui.bench import plotly, session

SHORT = ["train", "vae", "--dataset", "digits", "--steps", "100", "--every", "50"]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Give a command; return its exit code, what it has printed, and its complaint."""
    def say_it(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["playground", *map(str, words)])
        try:
            command.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    monkeypatch.setattr(command.console, "width", 100)
    return say_it


def test_a_run_is_trained_shown_and_kept(say: Any, tmp_path: Path) -> None:
    code, out, _ = say(*SHORT, "--beta", "4", "--out", tmp_path / "deep" / "run")
    assert code == 0
    assert out.split("\n")[1].split() == ["step", "0", "step", "50", "step", "100"]
    run = files.load(tmp_path / "deep" / "run", "it")
    assert run.settings == VAESettings(dataset="digits", steps=100, beta=4)
    assert (run.status, run.step) == (Status.FINISHED, 100)
    assert f"{newest(run).metrics['held_out_elbo']:.4f}" in out


def test_nothing_but_a_run_is_ever_replaced(say: Any, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("dear")
    for place in (tmp_path / "letters", tmp_path / "letters" / "mine.txt", tmp_path):
        code, out, complaint = say(*SHORT, "--out", place)
        assert code == 2 and not out and complaint.startswith("a run is kept in a new folder")
    assert (tmp_path / "letters" / "mine.txt").read_text() == "dear"
    (tmp_path / "empty").mkdir()
    for _again in range(2):
        assert say(*SHORT, "--out", tmp_path / "empty")[0] == 0


def test_every_knob_is_an_option_with_its_help(say: Any) -> None:
    for name in names():
        code, out, _ = say("train", name, "--help")
        assert code == 0
        for knob in settings_type(name).knobs():
            assert f"--{knob.replace('_', '-')}" in out
    assert "0 to 20; default 1" in " ".join(say("train", "vae", "--help")[1].split())


def test_help_comes_without_torch() -> None:
    code = ("import sys; sys.argv[1:] = ['train', 'vae', '--help']\n"
            "from playground import command\n"
            "try: command.main()\nexcept SystemExit: pass\n"
            "assert 'torch' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(("words", "sentence"), [
    (["train", "vae", "--beta", "400"], "beta must be at most 20, got '400'"),
    (["train", "vae", "--dataset", "cats"], "dataset must be one of "),
    (["train", "vae", "--no-such", "1"], "No such option '--no-such'."),
    (["train", "vae", "--every", "0"], "Invalid value for '--every'"),
    (["train", "vae", "--device", "cuda:7"], "device must be one of cpu"),
    (["train", "cats"], "concept must be one of applications, "),
    (["dance"], "No such command 'dance'."),
    (["resume", "nowhere"], "Invalid value for 'FOLDER'"),
])
def test_what_is_wrong_is_said_in_one_sentence(say: Any, words: list[str], sentence: str) -> None:
    code, out, complaint = say(*words)
    assert code == 2 and not out
    assert complaint.startswith(sentence) and complaint.count("\n") == 1


def test_a_folder_that_is_not_whole_is_named(say: Any, tmp_path: Path) -> None:
    code, _, complaint = say("ask", tmp_path)
    assert code == 2 and complaint.count("\n") == 1 and tmp_path.name in complaint


@pytest.mark.parametrize(("concept", "settings"), [
    ("vae", {"steps": 200}), ("gan", {"steps": 100, "critic_steps": 2}),
    ("dimensionality_reduction", {})])
def test_an_interrupted_run_goes_on_with_the_numbers_of_one_that_was_not(
        say: Any, tmp_path: Path, concept: str, settings: dict[str, int]) -> None:
    chosen = settings_type(concept)(**settings)
    whole, training = begin(concept, chosen, "cpu")
    list(Watch(whole, training))
    half, training = begin(concept, chosen, "cpu")
    list(Watch(half, training, is_enough=lambda: training.step >= 7))
    assert (half.status, half.step) == (Status.STOPPED, 7)
    folder.keep(half, training, tmp_path / "run")
    code, _, _ = say("resume", tmp_path / "run")
    resumed = files.load(tmp_path / "run", "it")
    assert (code, resumed.status, resumed.step) == (0, Status.FINISHED, whole.step)
    assert newest(resumed).metrics == newest(whole).metrics


def test_a_finished_run_goes_further_when_it_is_told_how_far(say: Any, tmp_path: Path) -> None:
    say(*SHORT, "--out", tmp_path / "run")
    code, _, complaint = say("resume", tmp_path / "run")
    assert code == 2 and "finished at step 100; say with --steps" in complaint
    assert say("resume", tmp_path / "run", "--steps", "50")[2].startswith(
        "steps must be more than 100, got 50")
    assert say("resume", tmp_path / "run", "--steps", "200")[0] == 0
    run = files.load(tmp_path / "run", "it")
    assert (run.step, run.changes) == (200, [(100, {"steps": 200})])


def test_who_keeps_a_run_from_python_replaces_nothing_else_either(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("dear")
    run, training = begin("clustering", settings_type("clustering")(), "cpu")
    list(Watch(run, training))
    with pytest.raises(Refusal, match="^a run is kept in a new folder"):
        folder.keep(run, training, tmp_path)
    folder.keep(run, training, tmp_path / "run")
    assert (tmp_path / "mine.txt").read_text() == "dear"
    assert files.load(tmp_path / "run", "it").step == run.step


def test_ctrl_c_keeps_what_there_is(tmp_path: Path) -> None:
    trained = subprocess.Popen(
        [sys.executable, "-m", "playground", "train", "vae", "--steps", "20000", "--every", "1",
         "--out", str(tmp_path / "run")], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=Path(__file__).parents[1], start_new_session=True,
        env=os.environ | {"TERM": "xterm", "FORCE_COLOR": "1"})
    assert trained.stdout is not None
    shown = ""
    while "step" not in shown:  # the bar: it trains
        shown += trained.stdout.read(64)
    trained.send_signal(signal.SIGINT)
    _, complaint = trained.communicate(timeout=60)
    assert trained.returncode == 1 and complaint.startswith("This run ended early")
    assert files.load(tmp_path / "run", "it").status is Status.STOPPED


def test_a_model_is_asked(say: Any, tmp_path: Path) -> None:
    say(*SHORT, "--out", tmp_path / "run")
    code, out, _ = say("ask", tmp_path / "run")
    assert code == 0 and "log_likelihood --n-samples 1..5000 --n-data 2..200" in out
    assert "interpolate --first 0..9 --second 0..9 --n 2..1000 --path lerp|slerp" in out
    asked = ["ask", tmp_path / "run", "decode", "--codes", "[[0.5, 1]]", "--axes", "[0, 1]",
             "--label", 0]
    code, out, _ = say(*asked)
    assert code == 0 and "1 × 8 × 8 numbers from " in out
    code, out, _ = say(*asked, "--json")
    assert len(json.loads(out)["images"][0]) == 8
    assert say(*asked[:3])[2] == "codes must be given\n"
    assert say(*asked[:5], "7")[0] == 2
    assert say("ask", tmp_path / "run", "fly")[2].startswith("question must be one that")


def test_a_kept_run_is_shown_by_a_server_that_is_told_of_it(
        say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(*SHORT, "--out", tmp_path / "run")
    monkeypatch.setenv(gallery.OPENED, os.pathsep.join([str(tmp_path / "run"), str(tmp_path)]))
    session.engine.clear()
    try:
        shown = session.stored_run("vae", VAESettings(dataset="digits", steps=100))
        assert isinstance(shown, Run) and shown.stored and shown.step == 100
        assert session.stored_run("vae", VAESettings(dataset="digits", steps=200)) is None
        assert session.opened_runs("gan") == []
    finally:
        engine = session.engine()
        assert isinstance(engine, WorkerEngine)
        engine.close()
        session.engine.clear()


def test_a_run_whose_knobs_no_page_can_show_is_not_opened(say: Any, tmp_path: Path) -> None:
    say(*SHORT, "--beta", "4.5", "--out", tmp_path / "run")
    code, _, complaint = say("open", tmp_path / "run")
    assert code == 2 and complaint.startswith("beta must stand on a mark of its slider")


def test_figures_are_one_page_that_asks_nobody(say: Any, tmp_path: Path) -> None:
    say(*SHORT, "--out", tmp_path / "run")
    code, out, _ = say("figures", tmp_path / "run", "--html", tmp_path / "run.html")
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert code == 0 and "run.html" in out
    assert "<h1>Variational autoencoder</h1>" in page and "Steps: 100" in page
    assert '"step": 100' in page and '"events": []' in page
    ours = page.replace(plotly.code(whole=False).replace("</", "<\\/"), "")
    assert len(ours) < len(page) / 2 and not re.search(r'(?:src|href)="?http', ours)
