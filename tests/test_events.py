"""The log: one event a line, in JSON on request, and nothing of a visitor."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from playground import events
from playground.language import N_
from playground.refusal import Refusal
from playground.ui.bench import trouble

SECRET = "a word that a visitor has typed"
SCRIPT = f"""
from playground import events
from playground.refusal import Refusal

events.run_started("7f", "vae", "cpu")
events.run_ended("7f", "vae", "finished", steps=100, seconds=1.23456)
events.worker_died("cpu", "was killed (SIGKILL)", runs=2, seconds=60)
events.refused("file", Refusal("{{name}}: {{reason}}", name="{SECRET}",
                               reason=Refusal("it must have {{n}} columns", n=3)))
events.question_ended("vae", "decode", "answered", seconds=0.0123456)
try:
    float("{SECRET}")
except ValueError as error:
    events.failed("abc123", error)
"""


def written(monkeypatch: pytest.MonkeyPatch, choice: str) -> list[str]:
    monkeypatch.setenv("PLAYGROUND_LOG", choice)
    done = subprocess.run([sys.executable, "-c", SCRIPT], text=True, check=True,
                          capture_output=True, timeout=60)
    assert done.stdout == "" and SECRET not in done.stderr
    return done.stderr.splitlines()


def test_in_json_each_event_is_an_object_on_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [json.loads(line) for line in written(monkeypatch, "json")]
    assert all(each.pop("time").startswith("20") for each in told)
    assert told[0] == {"level": "INFO", "event": "run_started", "run": "7f", "experiment": "vae",
                       "device": "cpu"}
    assert told[1] == {"level": "INFO", "event": "run_ended", "run": "7f", "experiment": "vae",
                       "status": "finished", "steps": 100, "seconds": 1.235, "refusal": None}
    assert told[2]["level"] == "WARNING" and told[2]["cause"] == "was killed (SIGKILL)"
    assert told[3]["refusal"] == "{name}: it must have {n} columns"
    assert (told[4]["outcome"], told[4]["seconds"]) == ("answered", 0.012)
    assert told[5]["number"] == "abc123" and told[5]["kind"] == "ValueError"
    assert len(told) == 6


def test_as_text_each_event_is_a_line_with_the_places_of_an_error_below(
        monkeypatch: pytest.MonkeyPatch) -> None:
    lines = written(monkeypatch, "text")
    assert "INFO run_started run='7f' experiment='vae' device='cpu'" in lines[0]
    assert "ERROR error number='abc123' kind='ValueError'" in lines[5]
    assert lines[6].startswith("  <string>:")


def test_unasked_only_what_goes_wrong_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in written(monkeypatch, "") if not line.startswith("  ")]
    assert ["worker_died" in lines[0], "abc123" in lines[1]] == [True, True] and len(lines) == 2


def _raise(error: Exception) -> Callable[[], NoReturn]:
    def action() -> NoReturn:
        raise error

    return action


class Warnings:
    """A page that only remembers its warnings."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def warning(self, text: str, icon: str) -> None:
        self.said.append(text)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Warnings]:
    page = Warnings()
    monkeypatch.setattr(trouble, "st", page)
    yield page


@pytest.mark.parametrize(("error", "shown"), [
    (RuntimeError("shapes 3 and 4"), True), (TypeError("no number"), True),
    (ValueError(SECRET), False), (KeyError(SECRET), False),
    (Refusal(N_("{name} is odd"), name=SECRET), False)])
def test_the_number_on_the_page_is_found_in_the_log_with_the_place(
        page: Warnings, caplog: pytest.LogCaptureFixture, error: Exception, shown: bool) -> None:
    with caplog.at_level(logging.WARNING, logger="playground"):
        assert trouble.attempt(_raise(error), 7) == 7
    (record,) = caplog.records
    told = record.msg
    assert isinstance(told, dict) and told["number"] in page.said[0]
    assert told["kind"] == type(error).__name__
    assert any("action: raise error" in place for place in told["places"])
    assert (str(error) == told["message"]) == shown and SECRET not in caplog.text


def test_the_places_of_a_cause_come_first() -> None:
    def cause() -> None:
        raise KeyError(SECRET)

    try:
        try:
            cause()
        except KeyError as error:
            raise RuntimeError("so it failed") from error
    except RuntimeError as error:
        places = events._places(error)
    assert [place.split(" ")[1] for place in places][-2:] == [
        "cause:", "test_the_places_of_a_cause_come_first:"]
