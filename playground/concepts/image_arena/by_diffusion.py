"""A contestant that takes noise off, step by step."""

import numpy as np
import torch

from model_zoo.denoisers import flow
from model_zoo.diffusion import PictureDiffusion
from model_zoo.diffusion_guidance import replaced
from model_zoo.diffusion_samplers import DDPM
from model_zoo.ode import dormand_prince
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import Work
from playground.experiments.diffused import HasMeanWeights, bounded, drawn, on_levels
from playground.experiments.pieces import to_the_end

STEPS = 50
TOLERANCE = 1e-2  # of the way to noise and back


class ByDiffusion(HasMeanWeights, TrainedImages):
    """A diffusion of pixels; the code of an image is the noise to which its ODE leads."""

    model: PictureDiffusion

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new images, (n, C, H, W)."""
        found = yield from self.with_chance(seed, drawn(self.model, n, self._at_once(1)))
        return found.cpu().numpy()

    @torch.no_grad()
    def log_prob(self, images: np.ndarray, n_samples: int) -> Work[np.ndarray]:
        """Bound log p(x) in nats of images (B, C, H, W), by n_samples parts of the way."""
        found = yield from self.with_chance(
            0, bounded(self.model, self.given(images), n_samples, self._at_once(1)))
        return found.cpu().numpy()

    @torch.no_grad()
    def copy(self, image: np.ndarray) -> Work[np.ndarray]:
        """Follow the ODE from the image, (C, H, W), to its noise, and back."""
        model = self.model
        field, start = flow(model.denoiser(), model.schedule), model.schedule.start
        x = model.inward(self.given(image[None]))
        code = yield from to_the_end(dormand_prince(field, x, start, 1.0, TOLERANCE))
        back = yield from to_the_end(dormand_prince(field, code.x, 1.0, start, TOLERANCE))
        return on_levels(model, model.outward(back.x))[0].cpu().numpy()

    @torch.no_grad()
    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Walk from noise; after each step what is known is put back, noised alike."""
        model, stays = self.model, torch.from_numpy(known).to(self.device)
        x = torch.where(stays, self.given(image), 0).expand(n, *image.shape)
        chain = DDPM(steps=STEPS, mend=replaced(model.inward(x), stays, model.schedule))

        def completed() -> Work[np.ndarray]:
            state = yield from to_the_end(model.walk(model.noise(n), sampler=chain))
            return torch.where(stays, x, on_levels(model, state.x)).cpu().numpy()

        return (yield from self.with_chance(seed, completed()))
