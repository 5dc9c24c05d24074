"""Throw the decoder away: what an encoder is worth to a classifier that sees few labels."""

import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from playground.charts.autoencoder import accuracies
from playground.concepts.autoencoder.settings import N_LABELS, SEEDS, WAYS
from playground.language import _, listed
from playground.runs.run import Run, Status
from playground.ui.bench.ask import ask
from playground.ui.bench.fragments import soon
from playground.ui.bench.style import chart

WORK_SECONDS = 0.5
STANDARD_ERRORS = 2

Task = tuple[int, str, int]


@dataclass
class Exam:
    """The classifiers of one moment of a run, trained and to be trained.

    Attributes:
        moment: the run's id and its step.
        tasks: numbers of labels, ways and seeds that are still to do, in order.
        results: accuracies by number of labels, way and seed.
        tested: held-out data that the accuracy is measured on.
    """

    moment: tuple[str, int]
    tasks: list[Task] = field(default_factory=list)
    results: dict[Task, float] = field(default_factory=dict)
    tested: int = 0

    def want(self, counts: tuple[int, ...]) -> None:
        """Add what is missing for these numbers of labels."""
        for n in counts:
            for seed in range(SEEDS):
                for way in WAYS:
                    task = (n, way, seed)
                    if task not in self.results and task not in self.tasks:
                        self.tasks.append(task)

    def accuracy(self, n: int, way: str) -> np.ndarray:
        """Return the accuracy of each seed, (S,); fewer while it is not all done."""
        found = (self.results.get((n, way, seed)) for seed in range(SEEDS))
        return np.array([value for value in found if value is not None])

    def complete(self) -> list[int]:
        """Return the numbers of labels for which everything is done."""
        return [n for n in N_LABELS if all(len(self.accuracy(n, way)) == SEEDS for way in WAYS)]


def few_labels(run: Run) -> None:
    """Draw the section of the Explore tab."""
    st.markdown(_("#### Throw the decoder away"))
    st.caption(_("Keep the encoder, put a softmax layer on its code, and teach it with n labels. "
                 "Three ways: only the new layer learns (frozen); the encoder learns too "
                 "(fine-tuned); the same net without any pre-training (from scratch)."))
    if run.status in (Status.RUNNING, Status.QUEUED):
        st.caption(_("Pause the training first: the classifiers need an encoder that stands "
                     "still."))
        return
    exam = _exam(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        n = st.select_slider(_("labels, n"), N_LABELS, value=100, key="few-labels",
                             width=320)
        st.button(_("Train with n labels"), key="exam-one", on_click=exam.want, args=((n,),))
        st.button(_("Train for every n"), key="exam-all", on_click=exam.want, args=(N_LABELS,))
    _work(run, exam)
    _show(exam, n)


def _exam(run: Run) -> Exam:
    moment = (run.id, run.step)
    exam = st.session_state.get("exam")
    if exam is None or exam.moment != moment:
        exam = st.session_state["exam"] = known(run)
    return exam


def known(run: Run) -> Exam:
    """Return what is known of a run's encoder: of a stored run all, else nothing."""
    exam = Exam((run.id, run.step), tested=int(run.all_held_out.get("tested", 0)))
    exam.results = {(n, way, seed): run.all_held_out[place]
                    for n in N_LABELS for way in WAYS for seed in range(SEEDS)
                    if (place := f"{n}/{way}/{seed}") in run.all_held_out}
    return exam


def _work(run: Run, exam: Exam) -> None:
    """Have classifiers trained for a while; those that are left are for the next drawing."""
    until = time.monotonic() + WORK_SECONDS
    while exam.tasks and time.monotonic() < until:
        labels, way, seed = task = exam.tasks[0]
        reply = ask(run, "learn", n_labels=labels, seed=seed, way=way)
        if reply is None:
            return
        exam.tested, exam.results[task] = reply["tested"], reply["accuracy"]
        exam.tasks.pop(0)
    if exam.tasks:
        soon()


def _show(exam: Exam, n: int) -> None:
    if exam.tasks:
        done = len(exam.results)
        st.progress(done / (done + len(exam.tasks)), _("{done} of {total} classifiers").format(
            done=done, total=done + len(exam.tasks)))
    if complete := exam.complete():
        left, right = st.columns((3, 2), gap="large")
        with left:
            st.plotly_chart(accuracies({_(title): {k: exam.accuracy(k, way) for k in complete}
                                        for way, title in WAYS.items()}),
                            config=chart(), key="exam-chart")
        with right:
            for sentence in findings(exam, n):
                st.markdown(sentence)
            st.caption(_("Bars and ±: one standard deviation over {seeds} seeds, which decide the "
                         "labels, the batches and the first weights. Accuracy on {tested} "
                         "held-out images.").format(seeds=SEEDS, tested=exam.tested))


def findings(exam: Exam, n: int) -> list[str]:
    """Return sentences that say what these classifiers found, also where nothing is gained."""
    sentences = []
    complete = exam.complete()
    if n in complete:
        cells = {way: exam.accuracy(n, way) for way in WAYS}
        sentences.append(_("With **{n} labels**: frozen {frozen}, fine-tuned {tuned}, from "
                           "scratch {scratch}.").format(n=n, **{
                               way: _("{mean:.1f} ± {spread:.1f} %").format(
                                   mean=100 * values.mean(), spread=100 * values.std(ddof=1))
                               for way, values in cells.items()}))
    verdicts = {
        "frozen": (_("The frozen encoder beats training from scratch at n = {counts}."),
                   _("The frozen encoder does worse than training from scratch at n = {counts}."),
                   _("Frozen or from scratch makes no clear difference at n = {counts}.")),
        "tuned": (_("Fine-tuning beats training from scratch at n = {counts}."),
                  _("Fine-tuning does worse than training from scratch at n = {counts}: "
                    "pre-training hurts there."),
                  _("Fine-tuning makes no clear difference at n = {counts}: pre-training does "
                    "not help there.")),
    }
    for way, (better, worse, same) in verdicts.items():
        groups: dict[str, list[int]] = {better: [], worse: [], same: []}
        for k in complete:
            gain = exam.accuracy(k, way) - exam.accuracy(k, "scratch")
            error = gain.std(ddof=1) / SEEDS**0.5
            clear = abs(gain.mean()) > STANDARD_ERRORS * error and gain.any()
            groups[(better if gain.mean() > 0 else worse) if clear else same].append(k)
        sentences += [text.format(counts=listed(counts))
                      for text, counts in groups.items() if counts]
    return sentences
