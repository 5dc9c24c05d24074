"""A contestant that draws pixels and hidden units in turn."""

import numpy as np
import torch

from model_zoo.annealing import estimate
from model_zoo.rbm import RBM
from playground.concepts.image_arena.image_contestant import Images
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import Work
from playground.experiments.pieces import to_the_end

STEPS = 200  # of a completion


class ByGibbs(TrainedImages):
    """A Boltzmann machine: log Z is estimated, all else is known.

    Args:
        model, images, batch_size, rate, device: see `TrainedImages`.
    """

    model: RBM

    def __init__(self, model: RBM, images: Images, batch_size: int, *, rate: float,
                 device: str) -> None:
        super().__init__(model, images, batch_size, uses=1, rate=rate, device=device)
        self.model.start_at(self.trainer.batches.data)

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new images, (n, C, H, W), a Gibbs step in each piece."""
        found = yield from self.with_chance(seed, to_the_end(self.model.path(n)))
        return found.x.cpu().numpy()

    @torch.no_grad()
    def log_prob(self, images: np.ndarray, n_samples: int) -> Work[np.ndarray]:
        """Estimate log p(x) in nats of images (B, C, H, W); `n_samples` chains anneal log Z."""
        log_weights = yield from self.with_chance(
            0, to_the_end(self.model.annealing(n_samples)))
        log_z, _error = estimate(log_weights)
        return (-self.model.free_energy(self.given(images).flatten(1)) - log_z).cpu().numpy()

    @torch.no_grad()
    def copy(self, image: np.ndarray) -> Work[np.ndarray]:
        """Go up to the chances of the hidden units and down again, (C, H, W)."""
        yield None
        return self.model.decode(self.model.encode(self.given(image[None])))[0].cpu().numpy()

    @torch.no_grad()
    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Go on from noise with what is known held: in the limit, p(missing | known)."""
        held = torch.from_numpy(known).to(self.device).expand(image.shape).flatten().float()
        x = self.given(image).flatten()

        def completed() -> Work[np.ndarray]:
            start = torch.where(held > 0, x, self.model.noise(n))
            chains = self.model.gibbs(start, held=held)
            for done in range(STEPS):
                v, _chances = next(chains)
                yield done / STEPS
            return v.view(n, *image.shape).cpu().numpy()

        return (yield from self.with_chance(seed, completed()))
