"""A contestant that bends noise into images and back."""

import numpy as np
import torch
from torch import Tensor

from model_zoo.dequantisation import DequantisedFlow
from playground.concepts.image_arena.image_contestant import Images
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import Work

N_STARTED_WITH = 100
STEPS, HALVED_AFTER = 60, 20
FIRST, STEEPEST = 0.1, 10.0
MARGIN = 1e-3  # of a level


class ByFlow(TrainedImages):
    """A flow of pixels with levels: its code of an image is the image, bent.

    Args:
        model, images, batch_size, uses, rate, device: see `TrainedImages`.
    """

    model: DequantisedFlow
    most_codes = 8  # each is a pass of the whole flow

    def __init__(self, model: DequantisedFlow, images: Images, batch_size: int, *, uses: int,
                 rate: float, device: str) -> None:
        super().__init__(model, images, batch_size, uses=uses, rate=rate, device=device)
        batches = self.trainer.batches
        self.model.start_at(*batches.at(batches.first(min(N_STARTED_WITH, len(batches.data)))))

    @torch.no_grad()
    def copy(self, image: np.ndarray) -> Work[np.ndarray]:
        """Decode the code of the image, (C, H, W): the image itself."""
        yield None
        return self.model.decode(self.model.encode(self.given(image[None])))[0].cpu().numpy()

    @torch.no_grad()
    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Draw an image, put the known part in, and let the rest climb log p, with noise.

        L. Dinh, D. Krueger, Y. Bengio, "NICE: Non-linear Independent Components Estimation",
        2015, section 5.2, https://arxiv.org/abs/1410.8516; here with pixels on the whole line.
        """
        model, stays = self.model, torch.from_numpy(known).to(self.device)
        x = torch.where(stays, self.given(image), 0)

        def completed() -> Work[np.ndarray]:
            guess = torch.where(stays, x, model.sample(n))
            y, _cost = model.fill(guess)
            v = y.clamp(MARGIN / model.levels, 1 - MARGIN / model.levels).logit()
            for step in range(STEPS):
                yield step / STEPS
                rate = FIRST / (1 + step / HALVED_AFTER)
                push = self._slope(v).clamp(-STEEPEST, STEEPEST) + torch.randn_like(v)
                v = torch.where(stays, v, v + rate * push)
            return torch.where(stays, x, model.on_levels(v.sigmoid())).cpu().numpy()

        return (yield from self.with_chance(seed, completed()))

    def _slope(self, v: Tensor) -> Tensor:
        """Where log p of pixels on the whole line rises, and how much, (n, C, H, W)."""
        with torch.enable_grad():
            v = v.detach().requires_grad_()
            y = v.sigmoid()
            log_p = self.model.flow.log_prob(y).sum() + (y * (1 - y)).log().sum()
            (slope,) = torch.autograd.grad(log_p, v)
        return slope
