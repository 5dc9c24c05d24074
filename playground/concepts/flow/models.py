"""From settings to data and to the flow that learns them."""

import numpy as np

from model_zoo.autoregressive_flow import IAF, MAF
from model_zoo.continuous_flow import ContinuousFlow
from model_zoo.coupling_flow import CouplingFlow
from model_zoo.dequantisation import DequantisedFlow, Learned, Noise, Nothing, Uniform
from model_zoo.elementwise_flow import ElementwiseFlow
from model_zoo.flow import Flow
from model_zoo.glow import Glow, couplings
from model_zoo.planar_flow import PlanarFlow
from playground import datasets
from playground.concepts.flow.broken import scramble, with_wrong_sign
from playground.concepts.flow.settings import FlowSettings
from playground.datasets.known import KNOWN
from playground.experiments.pixels import in_levels

N_POINTS = 10_000
NOISE_FEATURES = 16
NOISE_LAYERS = 2


def load(settings: FlowSettings) -> datasets.Dataset:
    """Return the data, the same for every seed: half of what is drawn is held out."""
    if settings.is_line:
        return _line(settings.dataset)
    if settings.dataset == "mine":
        return datasets.every_third_held_out(settings.own_points())
    data = datasets.load(settings.dataset, n_points=N_POINTS, noise=settings.noise)
    if settings.is_image:
        return in_levels(data, "levels", settings.levels)
    return data if settings.is_plane else first_components(data, settings.n_components)


def first_components(data: datasets.Dataset, n: int) -> datasets.Dataset:
    """Return a table along its n widest directions, each with variance 1 in training.

    Args:
        n: how many; all where the table has fewer.
    """
    mean = data.train.mean(0)
    _, sizes, axes = np.linalg.svd(data.train - mean, full_matrices=False)
    axes = axes[:n] * np.sign(axes[np.arange(len(axes[:n])), np.abs(axes[:n]).argmax(1)])[:, None]
    scale = sizes[:n] / len(data.train) ** 0.5
    train, test = (((rows - mean) @ axes.T / scale).astype(np.float32)
                   for rows in (data.train, data.test))
    return datasets.Dataset(data.name, train, test, data.train_labels, data.test_labels,
                            tuple(f"PC{i + 1}" for i in range(len(axes))))


def build(settings: FlowSettings, shape: tuple[int, ...],
          n_classes: int) -> Flow | DequantisedFlow:
    """Return the model that the settings name, untrained."""
    n_classes = n_classes if settings.tells_class else 0
    if not settings.is_image:
        return _flow(settings, shape, n_classes)
    return DequantisedFlow(shape, settings.levels, flow=_flow(settings, shape, n_classes),
                           noise=_noise(settings, shape))


def flow_of(model: Flow | DequantisedFlow) -> Flow:
    """Return the flow itself, of real numbers."""
    return model.flow if isinstance(model, DequantisedFlow) else model


def _flow(settings: FlowSettings, shape: tuple[int, ...], n_classes: int) -> Flow:
    flow = _right(settings, shape, n_classes)
    if settings.log_det == "wrong" and not settings.is_image:
        with_wrong_sign(flow)
    if settings.masks == "scrambled" and settings.kind in ("maf", "iaf"):
        scramble(flow)
    return flow


def _right(settings: FlowSettings, shape: tuple[int, ...], n_classes: int) -> Flow:
    now, hidden = settings, (settings.hidden,) * settings.layers
    if now.kind == "coupling" and now.is_image:
        return Glow(shape, now.flow_layers, now.features, scales=now.scales, bend=now.bend,
                    norm=now.norm, mix=now.mix, n_classes=n_classes)
    if now.kind == "coupling":
        return CouplingFlow(shape, now.flow_layers, hidden, bend=now.bend, norm=now.norm,
                            mix=now.mix, components=now.components, n_classes=n_classes)
    if now.kind == "continuous":
        return ContinuousFlow(shape, now.flow_layers, hidden, components=now.components,
                              n_classes=n_classes)
    if now.kind == "planar":
        return PlanarFlow(shape, now.flow_layers, components=now.components, n_classes=n_classes)
    if now.kind == "elementwise":
        return ElementwiseFlow(shape, now.flow_layers, bend=now.bend, components=now.components,
                               n_classes=n_classes)
    kind = MAF if now.kind == "maf" else IAF
    return kind(shape, now.flow_layers, hidden, bend=now.bend, norm=now.norm,
                components=1 if now.is_image else now.components, n_classes=n_classes)


def _noise(settings: FlowSettings, shape: tuple[int, ...]) -> Noise:
    if settings.dequantisation == "learned":
        return Learned(couplings(shape, NOISE_LAYERS, NOISE_FEATURES, scales=1, n_given=shape[0]))
    return Uniform() if settings.dequantisation == "uniform" else Nothing()


def _line(dataset: str) -> datasets.Dataset:
    train, test = (KNOWN[dataset].draw(N_POINTS, np.random.default_rng(seed)) for seed in (0, 1))
    labels = np.zeros(N_POINTS, np.int64)
    return datasets.Dataset(dataset, train, test, labels, labels, ("x",))
