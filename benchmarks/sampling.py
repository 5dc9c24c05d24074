"""Sampling pixel by pixel: layers that remember, against a whole forward pass for each pixel."""

import time

import torch

from benchmarks._report import report
from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.gated_pixel_cnn import GatedPixelCNN
from model_zoo.pixel_cnn import PixelCNN
from model_zoo.pixel_rnn import DiagonalBiLSTM, RowLSTM

SHAPE = (1, 28, 28)
N_IMAGES = 16
N_NAIVE = 40
MODELS = {
    "pixel_cnn": lambda: PixelCNN(SHAPE, 2, 28, 4),
    "gated_pixel_cnn": lambda: GatedPixelCNN(SHAPE, 2, 24, 4),
    "row_lstm": lambda: RowLSTM(SHAPE, 2, 16, 2),
    "diagonal_bilstm": lambda: DiagonalBiLSTM(SHAPE, 2, 16, 2),
}


def measure() -> None:
    """Print for each model the seconds for 16 images of 28 x 28 in both ways, and their ratio.

    Both on one thread, since the small steps of one pixel gain nothing from a second one.
    The naive way is timed on evenly spread pixels and extrapolated to all 784, since all of its
    passes cost the same. `pixel_cnn_sampling_speedup` shall be 100 at least.
    """
    torch.set_num_threads(1)
    for name, build in MODELS.items():
        torch.manual_seed(0)
        model = build().eval()
        report(f"{name}_weights", sum(p.numel() for p in model.parameters()), "")
        fast = min(_remembering(model) for _ in range(3))
        slow = _naive(model)
        report(f"{name}_sampling_seconds", fast, "s")
        report(f"{name}_naive_sampling_seconds", slow, "s")
        report(f"{name}_sampling_speedup", slow / fast, "ratio")


def _remembering(model: AutoregressiveModel) -> float:
    began = time.perf_counter()
    model.sample(N_IMAGES)
    return time.perf_counter() - began


@torch.no_grad()
def _naive(model: AutoregressiveModel) -> float:
    x = torch.bernoulli(torch.full((N_IMAGES, *SHAPE), 0.2))
    places = list(model.places())
    chosen = places[:: len(places) // N_NAIVE]
    model.logits(x)
    began = time.perf_counter()
    for place in chosen:
        AutoregressiveModel.logits_at(model, {}, x, place).softmax(-1)
    return (time.perf_counter() - began) / len(chosen) * len(places)
