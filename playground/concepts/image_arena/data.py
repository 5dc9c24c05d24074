"""The images of the arena, loaded."""

import torch

from playground.concepts.image_arena.image_contestant import Images
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.experiments.pixels import load
from playground.training.randomness import fixed_random_state

N_JUDGED = {8: 297, 14: 400, 28: 200}


def images(settings: ImageArenaSettings) -> Images:
    """Load the images that the settings name, the same for every seed."""
    data = load(settings.dataset, settings.pixels, settings.levels)
    n = min(N_JUDGED[data.shape[-1]], len(data.test), len(data.train))
    learned, held_out = data.train[:n], data.test[:n]
    dynamic = settings.pixels == "dynamic"
    if dynamic:
        with fixed_random_state("cpu"):
            learned, held_out = (torch.bernoulli(torch.from_numpy(part)).numpy()
                                 for part in (learned, held_out))
    levels = settings.levels if settings.pixels == "levels" else 2
    return Images(data, levels, torch.bernoulli if dynamic else None, learned, held_out)
