"""A diffusion model and its data: built and trained. What is asked is in files of its own."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from model_zoo.denoisers import Denoiser, clipped
from model_zoo.diffusion import Diffusion, PictureDiffusion, PointDiffusion
from model_zoo.diffusion_guidance import guided
from model_zoo.diffusion_samplers import (
    DDIM,
    DDPM,
    Adaptive,
    Corrected,
    Denoised,
    Heun,
    Ode,
    Sampler,
)
from model_zoo.noise_schedules import SCHEDULES, Cosine, Linear, Schedule
from model_zoo.time_nets import PointNet, TimeNet
from model_zoo.time_transformer import TimeTransformer
from model_zoo.time_u_net import TimeUNet
from playground import datasets
from playground.concepts.diffusion.settings import DiffusionSettings
from playground.datasets.levels import levels_of
from playground.device import shared
from playground.experiments.base import Piece, Work, at_once
from playground.experiments.diffused import HasMeanWeights
from playground.experiments.drawing import Draws
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.pieces import to_the_end
from playground.experiments.pixels import in_levels
from playground.language import N_
from playground.refusal import Refusal
from playground.training import threads
from playground.training.batches import Batches
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

N_COMPARED = 1000
MIN_POINTS = 6
N_HELD_OUT = 500
PER_FEATURE = 6  # features of a patch, for each of a map at full size
TOLERANCE, CHURN = 1e-3, 10.0
SHORT, HARDLY = 50, 1e-12  # steps of a schedule, and the signal that another one leaves


class TrainedDiffusion(Draws, HasMeanWeights, ModelExperiment[DiffusionSettings]):
    """Trains the model that the settings name.

    Attributes:
        held_out: data that are not learned from, (N, *shape).
        labels: their classes, (N,) int64.
        n_classes: classes in the data.
    """

    model: Diffusion

    def __init__(self, settings: DiffusionSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings)
        self.n_classes = int(data.train_labels.max(initial=0)) + 1
        self.held_out = torch.from_numpy(data.test[:N_HELD_OUT]).to(device)
        self.labels = data.test_labels[:N_HELD_OUT].astype(np.int64)
        self.model = build(settings, data.shape, self.n_classes).to(device)
        classes = shared(data.train_labels, device) if settings.know_class else None
        self.trainer = Trainer(self.model, Batches(shared(data.train, device),
                                                   settings.batch_size, context=classes))

    @classmethod
    def prepare(cls, settings: DiffusionSettings) -> None:
        """Fetch what has to be downloaded."""
        if settings.dataset.endswith("_full"):
            load(settings)

    @property
    def threads(self) -> int:
        """Large pictures are worth several."""
        return threads.worth(self.settings.is_image and self.data.shape[-1] > 14)

    def rate(self, player: str) -> float:
        """Return the learning rate now: it falls to 0 along half a cosine."""
        return self.settings.learning_rate * cosine(self.share)

    def steps(self) -> Iterator[Piece | None]:
        """Train; the live knobs are read before each step.

        Raises:
            Refusal: there are too few points of the visitor's own.
        """
        if len(self.data.train) + len(self.data.test) < MIN_POINTS:
            raise Refusal(N_("there must be {n} points or more: click into the figure to draw "
                             "some"), n=MIN_POINTS)
        yield from super().steps()

    def draw(self, n: int) -> Tensor:
        """Draw by the sampler that the settings name."""
        return at_once(self.drawing(n))

    @torch.no_grad()
    def drawing(self, n: int) -> Work[Tensor]:
        """Do the same, a step of the sampler in each piece."""
        state = yield from to_the_end(self.walk(self.model.noise(n), self.each_class(n)))
        return self.model.outward(state.x)

    def walk(self, x: Tensor, context: Tensor | None, sampler: Sampler | None = None,
             begin: float = 1.0) -> Iterator[Denoised]:
        """Walk from noise to data by the settings' own sampler or another one, see `Sampler`.

        The states are in the model's own space: see `Diffusion.inward`.
        """
        chosen = sampler or sampler_of(self.settings)
        return chosen(self.denoiser(context), self.model.schedule, x, begin)

    def denoiser(self, context: Tensor | None = None) -> Denoiser:
        """The net with guidance and clipping, as the settings say."""
        weight, denoise = self.settings.guidance, self.denoiser_of(context)
        if context is None or weight == 1:
            return denoise
        return guided(denoise, self.denoiser_of(None), weight)

    def denoiser_of(self, context: Tensor | None) -> Denoiser:
        """The net without guidance, clipped as the settings say."""
        denoise = self.model.denoiser(context)
        if self.settings.clip == "always" or (self.settings.clip == "range"
                                              and self.settings.is_image):
            return clipped(denoise, -1, 1)
        return denoise

    def scaled(self, state: Denoised) -> Tensor:
        """What a state shows, brought to the variance that data have."""
        at = torch.tensor([state.t], device=state.x.device)
        return state.x / self.model.schedule.scale(at) if state.t else state.x

    def as_bytes(self, x: Tensor) -> Tensor:
        """Pictures of the model's space (..., C, H, W) as bytes, grey ones without colours."""
        grey = (255 * self.model.outward(x).clamp(0, 1)).round().to(torch.uint8)
        return grey.squeeze(-3) if grey.shape[-3] == 1 else grey

    def each_class(self, n: int) -> Tensor | None:
        """Each class equally often, n in all, for a model that is told classes."""
        if not self.model.n_classes:
            return None
        return torch.arange(n, device=self.device) * self.model.n_classes // n


def load(settings: DiffusionSettings) -> datasets.Dataset:
    """Return the data, the same for every seed; pictures in as many levels as a pixel has."""
    if settings.is_image:
        data = datasets.load(settings.dataset)
        return in_levels(data, "levels", levels_of(settings.dataset))
    if settings.dataset == "mine":
        return datasets.every_third_held_out(settings.own_points())
    few, many = (datasets.load(settings.dataset, n_points=n, noise=settings.noise)
                 for n in (settings.n_points, N_COMPARED))
    return replace(few, test=many.test, test_labels=many.test_labels)


def build(settings: DiffusionSettings, shape: tuple[int, ...], n_classes: int) -> Diffusion:
    """Return the model that the settings name, untrained."""
    told = n_classes if settings.know_class else 0
    schedule = schedule_of(settings.schedule)
    if len(shape) == 1:
        points = PointNet(*shape, hidden=settings.hidden, n_waves=settings.waves, n_classes=told)
        return PointDiffusion(shape, points, schedule=schedule, prediction=settings.prediction,
                              weighting=settings.weighting, decay=1 - 1 / settings.mean_of)
    net: TimeNet = TimeUNet(shape, settings.features, told)
    if settings.net == "transformer":
        net = TimeTransformer(shape, PER_FEATURE * settings.features, n_classes=told)
    return PictureDiffusion(shape, net, n_levels=levels_of(settings.dataset), schedule=schedule,
                            prediction=settings.prediction, weighting=settings.weighting,
                            decay=1 - 1 / settings.mean_of)


def schedule_of(name: str) -> Schedule:
    """Return a noise schedule. Only those that are there to fail leave signal at the end."""
    if name == "short":
        return Linear(SHORT)
    if name == "zero":
        return Cosine(left=HARDLY)
    schedule = SCHEDULES[name]
    schedule.check()
    return schedule


def sampler_of(settings: DiffusionSettings, name: str = "", steps: int = 0) -> Sampler:
    """Return the sampler that the settings name, or another one by its name and steps."""
    name, steps = name or settings.sampler, steps or settings.sampling_steps
    made: dict[str, Sampler] = {
        "ddim": DDIM(steps=steps), "ddpm": DDPM(steps=steps),
        "ddpm_beta": DDPM(steps=steps, variance="beta"), "euler": Ode(steps=steps),
        "heun": Heun(steps=steps), "churn": Heun(steps=steps, churn=CHURN),
        "corrected": Corrected(steps=steps), "adaptive": Adaptive(tolerance=TOLERANCE)}
    return made[name]
