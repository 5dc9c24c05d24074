"""The store under fire: processes that are killed while they keep runs, and a long notebook.

Three kinds of processes are killed in turn: one that only writes; a web process whose visitors
train; and the worker of such a web process, which goes on with another one. Whatever was
acknowledged, on a line after its commit, must be there afterwards, and whole.
"""

import os
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np
import sqlalchemy as sql

from benchmarks._report import report
from playground.concepts.vae.settings import VAESettings
from playground.refusal import Refusal
from playground.runs import files
from playground.runs.run import Run, Status
from playground.runs.store import RUNS, Store, Wanted
from playground.snapshot import Snapshot

KILLS = 100
WEB_EVERY, WORKER_EVERY = 4, 2  # of the kills, the others are of writers
OWNER = "benchmark"
N_RUNS = 10_000
ROUNDS = 7

WRITER = '''
import os, sys
from pathlib import Path
from benchmarks.store import a_run
from playground.runs.store import Store
store, number = Store(Path(sys.argv[1])), int(sys.argv[2])
while True:
    number += 1
    store.keep(a_run(number), b"a picture")
    os.write(1, f"{number:032x}\\n".encode())
'''

WEB = '''
import os, sys, time
from pathlib import Path
from benchmarks.store import OWNER
from playground.concepts.vae.settings import VAESettings
from playground.engine.supervisor import WorkerEngine
from playground.runs.keeper import Keeper
from playground.runs.store import Store
store = Store(Path(sys.argv[1]))
keep = store.keep
def told(run, picture=None):
    keep(run, picture)
    os.write(1, f"{run.id}\\n".encode())  # whole, whatever the other thread tells
store.keep = told
engine = WorkerEngine(devices=("cpu",))
engine.on_ended = Keeper(store, lambda run: None).put
seed, ids = int(sys.argv[2]), []
while True:
    while len(ids) < 2:
        seed += 1
        ids.append(engine.start("vae", VAESettings(
            dataset="digits", hidden=16, layers=1, steps=100, seed=seed % 10_000), OWNER))
    workers = engine.workers()
    os.write(1, f"worker {workers.get('cpu', 0)}\\n".encode())
    time.sleep(0.05)
    for run_id in list(ids):
        if engine.poll(run_id).run.status.over:
            engine.drop(run_id)
            ids.remove(run_id)
'''


def a_run(number: int) -> Run:
    """Return a finished run with figures of some size."""
    run = Run(f"{number:032x}", "vae", VAESettings(beta=(number % 40) / 2), OWNER,
              status=Status.FINISHED, total=100, device="CPU")
    for step in (0, 50, 100):
        run.receive(Snapshot(step, step / 100, {"held_out_elbo": -100.0 - number % 977,
                                                "loss": 1.0},
                             {"codes": np.full(50_000, (number + step) % 251, np.uint8)}))
    return run


def measure() -> None:
    """Print `store_lost_runs` and `store_torn_runs` (the aim is 0 each, over 100 kill -9), and
    `store_page_seconds` (1.0).
    """
    with tempfile.TemporaryDirectory() as folder:
        lost, torn, kept = under_fire(Path(folder))
    report("store_kept_runs", kept, "runs")
    report("store_lost_runs", lost, "runs")
    report("store_torn_runs", torn, "runs")
    with tempfile.TemporaryDirectory() as folder:
        report("store_page_seconds", page_seconds(Path(folder)), "s")


class Child:
    """A process that tells what it has kept.

    Attributes:
        acknowledged: the ids of runs.
        worker: the process id of its worker, once it has told it.
    """

    def __init__(self, code: str, folder: Path, number: int) -> None:
        self.acknowledged: list[str] = []
        self.worker = 0
        self.news: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(folder), str(number)], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
            env=os.environ | {"PLAYGROUND_SPARE": "0"})
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            kind, _blank, rest = line.strip().partition(" ")
            if kind == "worker":
                self.worker = int(rest)
            elif kind:
                self.acknowledged.append(kind)
                self.news.put(kind)

    def wait(self, count: int) -> None:
        """Wait until so many more runs are kept."""
        for _number in range(count):
            self.news.get(timeout=120)

    def kill(self) -> None:
        """Kill it and its worker, and hear its last words."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        time.sleep(0.1)


def under_fire(folder: Path) -> tuple[int, int, int]:
    """Return how many acknowledged runs were lost, how many are torn, and how many there are."""
    chance = random.Random(0)
    acknowledged: set[str] = set()
    web: Child | None = None
    number = 0
    for kill in range(KILLS):
        number += 10_000
        if kill % WEB_EVERY == 0:
            web = web or Child(WEB, folder, number)
            web.wait(1 + chance.randrange(3))
            time.sleep(chance.uniform(0.0, 0.3))
            web.kill()
            acknowledged |= set(web.acknowledged)
            web = None
        elif kill % WORKER_EVERY == 0:
            web = web or Child(WEB, folder, number)
            web.wait(1)
            time.sleep(chance.uniform(0.0, 0.3))
            if web.worker:
                os.kill(web.worker, signal.SIGKILL)
            web.wait(1)
        else:
            writer = Child(WRITER, folder, number)
            writer.wait(1 + chance.randrange(5))
            time.sleep(chance.uniform(0.0, 0.05))
            writer.kill()
            acknowledged |= set(writer.acknowledged)
    if web:
        web.kill()
        acknowledged |= set(web.acknowledged)
    store = Store(folder)
    kept = {each.id: each for each in store.find(OWNER, Wanted(sweep=None), limit=1_000_000)}
    torn = 0
    for run_id, each in kept.items():
        try:
            run = files.load(store.place(OWNER, run_id), run_id)
            torn += run.step != each.step or (
                run.history.last is not None and run.history.last.metrics != each.metrics)
        except Refusal:
            torn += 1
    for lost in acknowledged - kept.keys():
        print(f"lost: {lost!r}", file=sys.stderr)
    return len(acknowledged - kept.keys()), torn, len(kept)


def page_seconds(folder: Path) -> float:
    """Return how long the notebook of 10,000 runs takes to be listed, filtered and sorted."""
    from streamlit.testing.v1 import AppTest

    os.environ["PLAYGROUND_STORE"] = str(folder)
    from playground.ui.bench import cookie

    token = "0" * 32
    fill(Store(folder), cookie.owner(token))
    cookie.sent = lambda: token
    app = AppTest.from_file(str(Path(__file__).parents[1] / "streamlit_app.py"),
                            default_timeout=120).switch_page("pages/notebook.py").run()
    seconds = []
    for turn in range(ROUNDS):
        app.selectbox(key="notebook-page").set_value("vae" if turn % 2 == 0 else "")
        if turn % 2:
            app.text_input(key="notebook-text").set_value(str(turn))
        began = time.perf_counter()
        app.run()
        if turn % 2 == 0:
            app.selectbox(key="notebook-sort-vae").set_value("metric:held_out_elbo")
            began = time.perf_counter()
            app.run()
        seconds.append(time.perf_counter() - began)
        if app.exception:
            raise RuntimeError(app.exception[0].message)
    return median(seconds)


def fill(store: Store, owner: str) -> None:
    """Put 10,000 rows into a store, of which one has files."""
    run = a_run(1)
    run.owner = owner
    store.keep(run, os.urandom(3000))
    with store.writing() as at:
        row = dict(at.execute(sql.select(RUNS)).mappings().one())
        at.execute(sql.insert(RUNS), [
            row | {"id": f"{n:032x}", "at": row["at"] - n, "name": f"run {n}",
                   "settings": row["settings"] | {"beta": (n % 40) / 2},
                   "metrics": {"held_out_elbo": -100.0 - (n * 7919) % 977, "loss": n / 1000}}
            for n in range(2, N_RUNS + 1)])
