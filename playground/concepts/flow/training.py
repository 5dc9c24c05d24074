"""A normalizing flow and its data: built, trained, measured."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from model_zoo.bijections import BatchNorm
from model_zoo.dequantisation import DequantisedFlow
from model_zoo.flow import Flow
from playground.concepts.flow.models import build, flow_of, load
from playground.concepts.flow.settings import FlowSettings
from playground.device import shared
from playground.experiments import known_density, toy_density
from playground.experiments.base import Work
from playground.experiments.drawing import Draws
from playground.experiments.measured import MeasuredExperiment
from playground.language import N_
from playground.metrics import clouds
from playground.refusal import Refusal
from playground.training import threads
from playground.training.batches import Batches
from playground.training.schedules import SCHEDULES
from playground.training.trainer import Trainer

N_STARTED_WITH = {False: 2000, True: 100}  # points, pictures
N_HELD_OUT = {False: 1000, True: 100}
N_DRAWN = 2000
AT_ONCE = 500
MIN_POINTS = 6
REACH = 3.2  # up to where the density of a plane is integrated
SIDE = 64
SIGMAS = 4.0
MOST_MASS = 1e30  # what a broken density may be said to integrate to
N_COMPANIES = 8
COMPANY = 8
N_FITTED, N_COMPARED = 5000, 1000  # pictures of one Gaussian


class TrainedFlow(Draws, MeasuredExperiment[FlowSettings]):
    """Trains the flow that the settings name.

    Attributes:
        held_out: data that are not learned from, (N, *shape), as the model is shown them.
        labels: their classes, (N,) bytes.
        n_classes: classes in the data.
        floor: -log p of held-out data under the density that they are drawn from, in nats, their
            mean; None where that is not known, or where the model is told the class.
        gaussian_nats: -log p of held-out pictures under the Gaussian of those in training, noisy
            as a flow gets them, in nats.
    """

    n_measurements = 20

    model: Flow | DequantisedFlow

    def __init__(self, settings: FlowSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings)
        self.ready = len(data.train) + len(data.test) >= MIN_POINTS
        self.labels = data.test_labels[:N_HELD_OUT[settings.is_image]].astype(np.uint8)
        self.n_classes = int(data.train_labels.max(initial=0)) + 1
        self.held_out = torch.from_numpy(data.test[:len(self.labels)]).to(device)
        self.model = build(settings, data.shape, self.n_classes).to(device)
        classes = shared(data.train_labels, device) if settings.tells_class else None
        self.batches = Batches(shared(data.train, device), settings.batch_size, context=classes)
        self.trainer = Trainer(self.model, self.batches)
        self.floor: float | None = None
        self.gaussian_nats = 0.0
        shares = np.bincount(data.train_labels, minlength=self.n_classes)
        self.log_shares = np.log(shares.clip(1) / max(shares.sum(), 1)).tolist()
        self.measures: dict[str, float] = {}

    @classmethod
    def prepare(cls, settings: FlowSettings) -> None:
        """Load the data set, which may have to be downloaded."""
        load(settings)

    def building(self) -> Iterator[None]:
        """Find what it is compared with; set the first weights by data, where layers want that."""
        yield
        if not self.ready:
            return
        yield from self._compare_with()
        order = torch.randperm(len(self.batches.data), device=self.device)
        rows = order[:N_STARTED_WITH[self.settings.is_image]]
        x, *context = self.batches.at(rows)
        if isinstance(self.model, DequantisedFlow):
            x, _cost = self.model.fill(x)
        self.flow.start_at(x, *context)

    def _compare_with(self) -> Iterator[None]:
        settings, data = self.settings, self.data
        if settings.is_image:
            self.gaussian_nats = gaussian_nats(data.train[:N_FITTED], data.test[:N_COMPARED],
                                               settings.levels)
            yield
            return
        truth = toy_density.log_density(settings.dataset, settings.noise)
        if truth is None or settings.tells_class:
            return
        said = []
        for start in range(0, len(self.labels), AT_ONCE):
            said.append(truth(data.test[start : min(start + AT_ONCE, len(self.labels))]))
            yield
        self.floor = -float(np.concatenate(said).mean())

    @property
    def flow(self) -> Flow:
        """The flow itself, of real numbers."""
        return flow_of(self.model)

    @property
    def threads(self) -> int:
        """Large pictures make convolutions that are worth sharing out."""
        return threads.worth(self.settings.is_image and self.held_out[0].numel() >= 784)

    def rate(self, player: str) -> float:
        """Return the learning rate now."""
        return self.settings.learning_rate * SCHEDULES[self.settings.schedule](self.share)

    def draw(self, n: int) -> Tensor:
        """Draw new data."""
        if not self.settings.tells_class:
            return self.model.sample(n)
        return self.model.sample(n, torch.arange(n, device=self.device) % self.n_classes)

    def classes_of(self, rows: slice) -> Tensor | None:
        """Return the classes of held-out data if the model is told them, (N,)."""
        if not self.settings.tells_class:
            return None
        return torch.from_numpy(self.labels[rows].astype(np.int64)).to(self.device)

    def one_class(self, label: int, n: int) -> Tensor | None:
        """Return a class n times if the model is told classes, (n,)."""
        if not self.settings.tells_class:
            return None
        return torch.full((n,), label, device=self.device)

    def log_density(self, x: Tensor) -> Tensor:
        """Return log p(x) of points, (B,): of all classes by their shares if it is told them."""
        if not self.settings.tells_class:
            return self.flow.log_prob(x)
        each = [self.flow.log_prob(x, self.one_class(label, len(x))) + self.log_shares[label]
                for label in range(self.n_classes)]
        return torch.stack(each).logsumexp(0)

    @torch.no_grad()
    def measure(self) -> Work[None]:
        """Measure whether it is a density at all, and where its samples go astray.

        See `FlowExperiment.looking` for what the numbers are.
        """
        if not self.ready:
            return
        settings, found = self.settings, dict[str, float]()
        if settings.is_plane or settings.is_line:
            found["mass"] = yield from self._mass()
        centers, sigma = known_density.modes(settings.dataset, settings.noise)
        if settings.is_plane and len(centers):
            yield None
            drawn = self.draw(N_DRAWN).cpu().numpy()
            distance = np.linalg.norm(drawn[:, None] - centers, axis=-1).min(1)
            found["astray"] = float((distance > SIGMAS * sigma).mean())
            counts, _good = clouds.modes(drawn, centers, sigma)
            found["modes"] = float((counts > 0).sum())
        if settings.norm == "batch" and settings.kind in ("coupling", "maf", "iaf"):
            yield None
            found["company"] = self._company()
        self.measures = found

    def _mass(self) -> Work[float]:
        """Integrate p over the part of the plane, or of the line, that is shown."""
        side = SIDE if self.settings.is_plane else SIDE**2
        places, area = cells(self.data.shape[0], side, REACH)
        total = 0.0
        for part in torch.from_numpy(places).to(self.device).split(AT_ONCE):
            yield None
            total += self.log_density(part).cpu().double().exp().sum().item() * area
        return min(total, MOST_MASS)

    def _company(self) -> float:
        """Return by how many nats a point's log p differs from batch to batch, on average.

        The point is the first of a few training data; the layers work as in training.
        """
        norms = [layer for layer in self.model.modules() if isinstance(layer, BatchNorm)]
        rows = self.batches.data
        point, others = rows[:1], rows[1 : 1 + N_COMPANIES * (COMPANY - 1)]
        if self.settings.tells_class or len(others) < N_COMPANIES * (COMPANY - 1):
            return 0.0
        for layer in norms:
            layer.training = True
        said = [self.model.rate(torch.cat([point, few]), n_samples=1)[0]
                for few in others.split(COMPANY - 1)]
        for layer in norms:
            layer.training = False
        return torch.stack(said).std().item()

    def must_be_ready(self) -> None:
        """Refuse to go on with too few points of the visitor's own."""
        if not self.ready:
            raise Refusal(N_("there must be {n} points or more: click into the figure to draw "
                             "some"), n=MIN_POINTS)


def cells(d: int, side: int, reach: float) -> tuple[np.ndarray, float]:
    """Return the middles of the cells of a line or a plane, and the size of one.

    Args:
        d: 1 or 2.
        side: cells along an axis, S.
        reach: the axes go from -reach to reach.

    Returns:
        Places (S^d, d) float32, rows from the bottom; and the length or the area of a cell.
    """
    axis = reach * (2 * np.arange(side) + 1 - side) / side
    places = np.stack(np.meshgrid(*[axis] * d), -1).reshape(-1, d)
    return places.astype(np.float32), (2 * reach / side) ** d


def gaussian_nats(train: np.ndarray, test: np.ndarray, levels: int) -> float:
    """Return the mean -log p of pictures under the Gaussian of others, in nats.

    All pixels have even noise between their levels; so it is a bound as a flow's is.

    Args:
        train, test: (N, C, H, W) and (M, C, H, W) in [0, 1].
        levels: of a pixel.
    """
    rng = np.random.default_rng(0)
    seen, asked = (((np.rint(part * (levels - 1)) + rng.random(part.shape)) / levels)
                   .reshape(len(part), -1) for part in (train, test))
    d = seen.shape[1]
    covariance = np.cov(seen.T) + 1e-12 * np.eye(d)
    off = asked - seen.mean(0)
    distance = np.einsum("nd,nd->n", off, np.linalg.solve(covariance, off.T).T).mean()
    log_det = np.linalg.slogdet(2 * np.pi * covariance).logabsdet
    return float((distance + log_det) / 2 + math.log(levels) * d)
