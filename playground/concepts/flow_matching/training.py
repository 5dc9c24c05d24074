"""A flow and its data: built, trained, handed over at half time."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from model_zoo.base import last
from model_zoo.flow_matching import FlowMatching
from model_zoo.flow_paths import WAYS
from model_zoo.ode import RULES, follow, midpoint
from model_zoo.one_step import Consistency, MeanFlow
from model_zoo.pairings import PAIRINGS
from model_zoo.sources import Gaussian, Points, Source
from model_zoo.time_nets import PointNet, TimeNet
from model_zoo.time_u_net import TimeUNet
from playground import datasets
from playground.concepts.flow_matching.halves import (
    FIRST,
    SECOND,
    Drawer,
    Halves,
    PairBatches,
)
from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.datasets import toys
from playground.device import shared
from playground.experiments.base import PART, Piece
from playground.experiments.drawing import Draws
from playground.experiments.model_experiment import ModelExperiment
from playground.language import N_
from playground.refusal import Refusal
from playground.training import threads
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

N_DATA = 10_000
N_PAIRS = {False: 8192, True: 2048}  # of points, of pictures
PAIRS_AT_ONCE = {False: 512, True: 16}
CLOSE = [step / 25 for step in range(26)]
PARTS = 20  # of the way, between which a consistency model compares
FINEST, DOUBLINGS = 160, 5
MIN_POINTS = 6
SOURCE_SEED = 500


class TrainedFlow(Draws, ModelExperiment[FlowMatchingSettings]):
    """Trains the model that the settings name, and at half time maybe a second one.

    Attributes:
        ready: whether there are points enough.
        n_classes: how many classes the data have.
        batches: what is learned from.
    """

    model: Halves

    def __init__(self, settings: FlowMatchingSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        own = settings.learns_from_own(dict(settings))
        self.ready = not own or len(settings.points) >= MIN_POINTS
        self.n_classes = int(self.data.train_labels.max(initial=0)) + 1
        first = self._build(settings.model)
        second: Drawer | None = None
        if settings.halves and settings.second_half == "reflow":
            second = self._build("flow")
        elif settings.halves:
            second = Consistency(first.shape, first.n_classes, net=self._net(1),
                                 source=first.source, parts=PARTS)
        self.model = Halves(first, second).to(device)
        if isinstance(second, Consistency) and isinstance(first, FlowMatching):
            second.teach_by(first)
        reflows = settings.halves and settings.second_half == "reflow"
        classes = shared(self.data.train_labels, device) if settings.know_class else None
        n_pairs = N_PAIRS[settings.is_image] if reflows else 0
        self.batches = PairBatches(shared(self.data.train, device), settings.batch_size,
                                   context=classes, n_pairs=n_pairs)
        self.trainer = Trainer(self.model, self.batches)

    @classmethod
    def prepare(cls, settings: FlowMatchingSettings) -> None:
        """Load the data set."""
        load(settings)

    @property
    def threads(self) -> int:
        """Large pictures make convolutions that are worth sharing out."""
        return threads.worth(self.data.is_image and self.data.shape[-1] >= 28)

    def steps(self) -> Iterator[Piece | None]:
        """Train; the live knobs are read before each step.

        Raises:
            Refusal: there are too few points of the visitor's own.
        """
        self.must_be_ready()
        yield from super().steps()

    def must_be_ready(self) -> None:
        """Refuse to learn from too few points."""
        if not self.ready:
            raise Refusal(N_("there must be {n} points or more: click into the figure to draw "
                             "some"), n=MIN_POINTS)

    def take_knobs(self) -> None:
        """Let the models draw as the live knobs say; a consistency model looks closer in time."""
        for model in self.models():
            model.n_steps = self.settings.solver_steps
            if isinstance(model, FlowMatching):
                model.rule = RULES[self.settings.solver]
                guided = model is self.model.first  # the second one has learned from guided pairs
                model.guidance = self.settings.guidance if guided else 1.0
        if isinstance(self.model.first, Consistency):
            self.model.first.parts = min(10 * 2 ** int(DOUBLINGS * self.share), FINEST)

    def models(self) -> list[Drawer]:
        """Return the first model, and the second if there is one."""
        return [each for each in (self.model.first, self.model.second) if each]

    @property
    def half(self) -> int:
        """The step after which the second model begins."""
        return self.settings.steps // 2 if self.settings.halves else self.settings.steps

    def rate(self, player: str) -> float:
        """Return the learning rate now: it falls along half a cosine, in both halves."""
        if not self.settings.halves:
            done = self.share
        elif self.model.turn == FIRST:
            done = self.done / self.half
        else:
            done = (self.done - self.half) / max(1, self.settings.steps - self.half)
        return self.settings.learning_rate * cosine(min(done, 1.0))

    def updates(self, player: str) -> int:
        """Return 1 for whose turn it is, 0 for the other."""
        return int(player in ("model", self.model.turn))

    def after_step(self) -> Iterator[Piece]:
        """Hand over at half time; pairs for a second flow are made in pieces."""
        if self.done != self.half or not self.model.second or self.model.turn == SECOND:
            return
        self.model.eval()
        while self.batches.paired < len(self.batches.ends):
            self.batches.add(PAIRS_AT_ONCE[self.settings.is_image], self._carry)
            yield PART
        self.model.train()
        self.model.hand_over()

    def _carry(self, n: int) -> tuple[Tensor, Tensor, Tensor | None]:
        """Draw noise and carry it along the first flow: noise, data, classes.

        It is followed closely, whatever the visitor has chosen to draw by.
        """
        flow = self.model.first
        assert isinstance(flow, FlowMatching)
        classes = None if not self.settings.know_class else torch.randint(
            self.n_classes, (n,), device=self.device)
        noise = flow.source.draw(n)
        with torch.no_grad():
            states = follow(flow.field(classes), noise, CLOSE, midpoint)
            return noise, flow.outer(last(states)), classes

    def draw(self, n: int) -> Tensor:
        """Draw data by the model as it is."""
        return self.model.now.sample(n, self.classes_for(n))

    def classes_for(self, n: int) -> Tensor | None:
        """Return each class in turn, (n,), where the net is told of them."""
        if not self.settings.know_class:
            return None
        return torch.arange(n, device=self.device) % self.n_classes

    def _net(self, n_times: int) -> TimeNet:
        s, n_classes = self.settings, self.n_classes if self.settings.know_class else 0
        if s.is_image:
            return TimeUNet(self.data.shape, s.features, n_classes, n_times)
        return PointNet(2, s.hidden, s.layers, s.waves, n_classes, n_times)

    def _build(self, model: str) -> Drawer:
        s, shape = self.settings, self.data.shape
        n_classes = self.n_classes if s.know_class else 0
        source = source_of(s, shape)
        if model == "mean_flow":
            return MeanFlow(shape, n_classes, net=self._net(2), source=source)
        if model == "consistency":
            return Consistency(shape, n_classes, net=self._net(1), source=source)
        return FlowMatching(shape, n_classes, net=self._net(1), way=WAYS[s.way](),
                            pairing=PAIRINGS[s.pairing](), source=source)


def source_of(settings: FlowMatchingSettings, shape: tuple[int, ...]) -> Source:
    """Return what the settings let points start from."""
    if settings.is_image:
        return Gaussian(shape)
    left = np.array([-settings.distance, 0], np.float32)
    if settings.source == "gaussian":
        return Gaussian(shape, torch.from_numpy(left))
    if settings.source == "mine":
        points = settings.own_points().train
        points = points if len(points) else np.zeros((1, 2), np.float32)  # until some are drawn
    else:
        points, _labels = toys.make(settings.source, n_points=N_DATA, seed=SOURCE_SEED)
    return Points(torch.from_numpy(points + left))


def load(settings: FlowMatchingSettings) -> datasets.Dataset:
    """Return the data, the same for every seed; a third of drawn points is held out."""
    if settings.dataset == "mine":
        return datasets.every_third_held_out(settings.own_points())
    return datasets.load(settings.dataset, n_points=N_DATA, noise=settings.noise)
