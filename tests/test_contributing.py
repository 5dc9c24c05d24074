"""The concept of CONTRIBUTING.md: made from that file, trained, and shown on the bench."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```\w+\n(?:# |<!-- )(\S+)(?: -->)?\n(.*?)^```$", re.M | re.S)
VISIT = '''
import json, os, sys
import streamlit
from streamlit.testing.v1 import AppTest
from playground import concepts
from playground.engine.inline import InlineEngine
from playground.ui.bench import session

class PromptEngine(InlineEngine):
    def warm_up(self, delay=0.0): pass

streamlit.set_option("client.showErrorDetails", "full")
made = PromptEngine()
session.cluster.chosen = lambda **_: made
app = AppTest.from_file("streamlit_app.py", default_timeout=60).switch_page("pages/bell.py")
app.session_state["tabs-bell"] = "How it works"

def look(app):
    assert not app.exception, [(each.message, each.stack_trace) for each in app.exception]
    run = made._runs[app.session_state["bench:bell"].run]
    sent = [json.loads(each.proto.json) for each in app.get("bidi_component") if each.proto.json]
    frames = [each for each in sent if "frames" in each]
    return {"status": run.status, "step": run.step,
            "costs": [metrics["held_out"] for *_, metrics in run.history.metrics],
            "captions": [frame["caption"] for each in frames for frame in each["frames"]],
            "text": [each.value for each in app.markdown],
            "buttons": [each.label for each in app.button]}

seen = [look(app.run())]
made.wait(app.session_state["bench:bell"].run, 10**6, timeout=60)
seen.append(look(app.run()))
app.button(key="preset-1").click()
seen.append(look(app.run()))
print(json.dumps({"names": concepts.names(), "seen": seen}), flush=True)
os._exit(0)  # all is said: nobody has to wait for threads, which Python aborts now and then
'''


def _linked(source: Path, target: Path) -> None:
    """Make a folder with links to all that is in another one."""
    target.mkdir()
    for each in source.iterdir():
        if each.name != "__pycache__":
            (target / each.name).symlink_to(each)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """This project, and in it the concept of CONTRIBUTING.md."""
    project = tmp_path / "project"
    _linked(ROOT, project)
    for folder in ("model_zoo", "pages", "playground", "playground/concepts",
                   "playground/content", "playground/content/en", "playground/ui",
                   "playground/ui/bench"):
        (project / folder).unlink()
        _linked(ROOT / folder, project / folder)
    for name, text in BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    contents = project / "playground/ui/bench/contents.py"
    text = contents.read_text(encoding="utf-8")
    contents.unlink()
    place = '            st.Page("pages/arena.py"'
    assert place in text
    contents.write_text(text.replace(
        place, '            st.Page("pages/bell.py", title="A bell", url_path="bell"),\n' + place),
        encoding="utf-8")
    return project


def test_the_concept_of_contributing_stands_on_the_bench(project: Path) -> None:
    done = subprocess.run([sys.executable, "-c", VISIT], cwd=project, text=True,
                          capture_output=True, timeout=240, env={"PYTHONPATH": "."})
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert "bell" in found["names"]
    first, finished, broken = found["seen"]
    assert finished["status"] == "finished" and finished["step"] == 300
    *_, last = finished["costs"]
    assert 1.5 < last < finished["costs"][0] - 0.2
    said = [*first["captions"], *finished["captions"]]
    assert f"**A new point costs {last:.2f} nats**, by the density that was learned." in said
    assert any("After 300 steps it lies" in text for text in finished["text"])
    assert max(broken["costs"]) > finished["costs"][0] + 1
    assert "Fix it: smaller steps" in broken["buttons"]


def test_the_concept_of_contributing_has_no_fault_that_a_linter_sees(project: Path) -> None:
    made = [str(path) for path in project.rglob("*") if path.suffix == ".py"
            and not path.is_symlink() and path.name != "contents.py"]
    assert len(made) == 5
    subprocess.run([sys.executable, "-m", "ruff", "check", "--config", "pyproject.toml", *made],
                   cwd=project, check=True)
