"""Questions: four sessions train, and a fifth asks the dearest question that each page can ask.

How long another run stands still because of it is measured on a scheduler in this process, in
seconds of work: whatever else the machine has to do does not count. Whether all ends well, and how
quick small answers are meanwhile, is measured on a worker.
"""

import itertools
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import torch

from benchmarks._report import report
from playground import concepts
from playground.concepts.vae.settings import VAESettings
from playground.engine.desk import Desk
from playground.engine.messages import Answered, Ask, Drop, Ended, Event, Resume, Shown, Start
from playground.engine.process import QUIET_THREADS
from playground.engine.questions import NoAnswerYet, QuestionFailed
from playground.engine.scheduler import Scheduler
from playground.engine.supervisor import WorkerEngine
from playground.experiments.base import experiment_type

TRAINED = [VAESettings(steps=20_000, hidden=128, layers=1, batch_size=64, seed=seed)
           for seed in range(4)]
QUIET_SLICES = 100
BETWEEN_HOVERS = 0.25
DEAREST: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("vae", {}, "log_likelihood", {"n_samples": 5000, "n_data": 50}),
    ("autoencoder", {}, "learn", {"n_labels": 1000, "seed": 0, "way": "tuned"}),
    ("gan", {}, "optimum", {}),
    ("dcgan", {}, "quality", {"n": 1000}),
    ("pixel_cnn", {"dataset": "mnist_14"}, "path", {"seed": 0, "temperature": 1.0, "of_class": 0}),
    ("pixel_rnn", {"dataset": "mnist_14"}, "complete", {
        "rows": 0, "n": 9, "index": 0, "of_class": 0, "painted": []}),
    ("clustering", {"n_points": 2000, "dataset": "uniform"}, "compare", {}),
    ("density_estimation", {}, "dimensions", {}),
    ("dimensionality_reduction", {"dataset": "digits", "n_points": 500}, "embed",
     {"method": "tsne", "perplexity": 30.0}),
    ("arena", {}, "samples", {"n": 10_000}),
    ("applications", {}, "answers", {"index": 0, "n": 6}),
    ("image_arena", {}, "through_all", {"image": [[[128] * 8] * 8], "rows": 4, "n": 8, "seed": 0}),
    ("supervised_vs_unsupervised", {"dataset": "scenes"}, "table", {}),
]


@dataclass
class Notes:
    """What a scheduler was at, and for how long a run stood still meanwhile.

    Attributes:
        asked: what is being asked.
        gap: seconds of work, the longest between two slices of the run that trains.
        slice: the longest slice of anybody else, and `whose` it was.
        ended: when the last slice of the run that trains did.
    """

    asked: str = ""
    gap: float = 0.0
    slice: float = 0.0
    whose: str = ""
    ended: float = 0.0
    _began: float = 0.0
    _label: str = ""

    def __call__(self, label: str, step: int) -> None:
        now = time.thread_time()
        if label == "trains":
            self.gap = max(self.gap, now - self.ended)
        elif not label and self._label == "trains":
            self.ended = now
        elif not label and now - self._began > self.slice:
            self.slice, self.whose = now - self._began, self.asked
        self._label, self._began = label, now

    def start(self) -> None:
        """Begin to measure."""
        self.gap = self.slice = 0.0
        self.ended = time.thread_time()


def measure() -> None:
    """Print `question_longest_gap` (the aim is 0.3) beside that without questions,
    `question_failed_runs` (0), `question_unanswered` (0), and `question_hover_p95` (0.3).
    """
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    alone = "from benchmarks import questions; questions.how_long_others_stand_still()"
    subprocess.run([sys.executable, "-c", alone], check=True, env=os.environ | QUIET_THREADS)
    how_all_ends()
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)


def how_long_others_stand_still() -> None:
    """Let a scheduler train one run and answer another's questions, and note each slice."""
    torch.set_num_threads(1)
    events: list[Event] = []
    notes = Notes()
    scheduler = Scheduler("cpu", events.append, notes)
    scheduler.handle(Start("trains", "who trains", "vae", TRAINED[0].model_dump(), 3600.0))
    scheduler.handle(Resume("trains"))
    _until(scheduler, events, Shown, "trains")
    notes.start()
    for _ in range(QUIET_SLICES):
        scheduler.advance()
    report("question_quiet_gap", notes.gap, "s")
    notes.start()
    for number, (concept, changes, question, arguments) in enumerate(DEAREST):
        events.clear()
        notes.asked = f"{concept}.{question}"
        settings = concepts.settings_type(concept)(**changes)
        experiment_type(concept).prepare(settings)
        notes.ended = time.thread_time()  # a download is none of its work
        scheduler.handle(Start("asked", "who asks", concept, settings.model_dump(), 3600.0))
        _until(scheduler, events, Shown, "asked")
        scheduler.handle(Ask("asked", number, "who asks", question, arguments, concept,
                             settings.model_dump()))
        _until(scheduler, events, Answered, number)
        scheduler.handle(Drop("asked"))
        print(f"{notes.asked}: the longest gap so far {notes.gap:.3f} s", flush=True)
    print(f"the longest slice, {notes.slice:.2f} s: one of {notes.whose}", flush=True)
    report("question_longest_gap", notes.gap, "s")


def _until(scheduler: Scheduler, events: list[Event], kind: type[Event],
           whose: str | int) -> None:
    """Advance until there is such an event, of a run or a question by its number."""
    while not any(isinstance(each, kind | Ended) and whose in vars(each).values()
                  for each in events):
        scheduler.advance()


def how_all_ends() -> None:
    """Ask a worker that trains, and hover meanwhile."""
    engine = WorkerEngine(devices=("cpu",))
    try:
        ids = [engine.start("vae", each, f"visitor {n}") for n, each in enumerate(TRAINED)]
        for run in ids:
            engine.wait(run, 50, timeout=60)
        before = engine.workers()
        hovers: list[float] = []
        over = threading.Event()
        hovering = threading.Thread(target=hover, args=(engine, over, hovers), daemon=True)
        hovering.start()
        unanswered = 0
        for concept, changes, question, arguments in DEAREST:
            took = seconds_of(engine, concept, changes, question, arguments)
            unanswered += took is None
            print(f"{concept}.{question} {'not answered' if took is None else f'{took:.1f} s'}",
                  flush=True)
        over.set()
        hovering.join()
        failed = sum(engine.poll(run).run.status == "failed" for run in ids)
        died = engine.workers() != before
    finally:
        engine.close()
    report("question_failed_runs", failed + died, "runs and workers")
    report("question_unanswered", unanswered, "questions")
    report("question_hover_p95", quantiles(hovers, n=20)[-1], "s")


def seconds_of(engine: WorkerEngine, concept: str, changes: dict[str, Any], question: str,
               arguments: dict[str, Any]) -> float | None:
    """Build a model, ask it, and return how long that took; None if there was no answer."""
    desk, began = Desk.of(engine, "who asks"), time.monotonic()
    run = desk.start(concept, concepts.settings_type(concept)(**changes), paused=True)
    try:
        desk.wait(run, 0, timeout=60)
        desk.ask_patiently(run, question, **arguments)
    except QuestionFailed as error:
        print(f"{concept}.{question}: {error}", flush=True)
        return None
    finally:
        desk.drop(run)
    return time.monotonic() - began


def hover(engine: WorkerEngine, over: threading.Event, seconds: list[float]) -> None:
    """Ask small questions all the while, as a mouse does on another page."""
    desk = Desk.of(engine, "who hovers")
    run = desk.start("vae", VAESettings(), paused=True)
    desk.wait(run, 0, timeout=60)
    for number in itertools.count():
        if over.wait(BETWEEN_HOVERS):
            return
        began = time.monotonic()
        place = [[(number % 40) / 10 - 2, 0.0]]
        while True:
            try:
                desk.ask(run, "decode", codes=place, axes=[0, 1], label=0)
                break
            except NoAnswerYet:
                pass
        seconds.append(time.monotonic() - began)
