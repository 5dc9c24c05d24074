"""Images as autoregressive models see them: each number one of a few levels."""

import functools
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from playground import datasets


def load(dataset: str, pixels: str, levels: int) -> datasets.Dataset:
    """Return the images, the same for every seed.

    Args:
        pixels: "dynamic" for grey values, which are the chances of white in each batch; "fixed"
            for white or black, drawn once; "levels" for grey values rounded to some levels.
        levels: how many levels.
    """
    data = datasets.load(dataset)
    return data if pixels == "dynamic" else in_levels(data, pixels, levels)


@functools.lru_cache(maxsize=2)
def in_levels(data: datasets.Dataset, pixels: str, levels: int) -> datasets.Dataset:
    """Return a data set with few levels; see `load`. Who asks twice gets the same one."""
    rng = np.random.default_rng(0)
    highest = levels - 1

    def some_levels(part: np.ndarray) -> np.ndarray:
        if pixels == "fixed":
            return (rng.random(part.shape) < part).astype(np.float32)
        return (np.rint(part * highest) / highest).astype(np.float32)

    return replace(data, train=some_levels(data.train), test=some_levels(data.test))


def histograms(train: Tensor, levels: int) -> Tensor:
    """Return the chances of each level at each place, (N, C, H, W) -> (C, H, W, L).

    Every level counts as seen once more than it was. Grey values count as chances of white where
    there are two levels.
    """
    if levels == 2:
        white = (train.sum(0) + 1) / (len(train) + 2)
        return torch.stack([1 - white, white], -1)
    d = train[0].numel()
    found = (train * (levels - 1)).round().long().flatten(1)  # (N, D)
    cells = found + levels * torch.arange(d, device=found.device)
    counts = torch.bincount(cells.flatten(), minlength=d * levels)
    return (counts.view(*train.shape[1:], levels) + 1) / (len(train) + levels)


def independent_log_prob(chances: Tensor, x: Tensor) -> Tensor:
    """Return log p(x) in nats, (B,), of a model in which no pixel knows of another.

    Args:
        chances: of each level at each place, (C, H, W, L).
        x: images (B, C, H, W) of these levels.
    """
    levels = chances.shape[-1]
    chosen = (x * (levels - 1)).round().long().unsqueeze(-1)
    logs = chances.log().expand(len(x), *chances.shape).gather(-1, chosen)
    return logs.flatten(1).sum(1)


def independent_nats(train: Tensor, held_out: Tensor, levels: int) -> float:
    """Mean nats per image of a model in which no pixel knows of another; see `histograms`."""
    return -independent_log_prob(histograms(train, levels), held_out).mean().item()


def as_bytes(x: Tensor) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] as bytes; grey ones (N, H, W), without an axis of colours."""
    return to_bytes(x).cpu().numpy()


def to_bytes(x: Tensor) -> Tensor:
    """Return the same, still on the device."""
    images = (x * 255).round().to(torch.uint8)
    return images[:, 0] if images.shape[1] == 1 else images


def plain(x: Tensor) -> np.ndarray:
    """One image (C, H, W) as numbers; a grey one (H, W), without an axis of colours."""
    image = x.cpu().numpy()
    return np.asarray(image[0] if len(image) == 1 else image)
