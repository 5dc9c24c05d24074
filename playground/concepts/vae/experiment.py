"""A VAE or a VQ-VAE on pictures or on points of the plane: what is watched."""

import numpy as np
import torch
from torch import Tensor

from model_zoo.vae import VAE
from model_zoo.vq_vae import VQVAE
from playground.concepts.vae.bounds import BoundQuestions
from playground.concepts.vae.codes import CodeQuestions
from playground.concepts.vae.factors import FactorQuestions
from playground.concepts.vae.settings import VAESettings
from playground.experiments.base import Observation
from playground.experiments.look import look

N_SAMPLES = {8: 64, 14: 49, 16: 49, 28: 25}
N_OF_A_CLASS = 6
ACTIVE_VARIANCE = 0.01
MOST_VECTORS = 1500
USED = 1e-3
GROUND = 3.5  # how far the plane is decoded from the origin: the prior hardly draws a code beyond
GROUND_SIDE = 112  # pixels of all the decoded pictures together
MOST_FINE = 14  # pixels of one of them


class VAEExperiment(CodeQuestions, BoundQuestions, FactorQuestions):
    """Trains a VAE and shows its latent plane, its samples and its held-out ELBO."""

    def __init__(self, settings: VAESettings, device: str) -> None:
        super().__init__(settings, device)
        n = N_SAMPLES[self.data.shape[-1]] if settings.is_image else len(self.held_out)
        first = np.unique(self.labels, return_index=True)[1]
        self.first = torch.from_numpy(first).to(device)  # datum of each class
        self.sampled: Tensor | None = None
        if settings.tells_class:
            n_each = N_OF_A_CLASS if settings.is_image else len(self.held_out) // self.n_classes
            self.sampled = torch.arange(self.n_classes, device=device).repeat_interleave(n_each)
            self.noise = torch.randn(n_each, settings.latent_dim, device=device).repeat(
                self.n_classes, 1)
        else:
            self.noise = torch.randn(n, settings.latent_dim, device=device)

    @torch.no_grad()
    def observe(self) -> Observation:
        """Return losses in nats per datum, codes, posteriors of one datum a class, and samples.

        Metrics: `loss`, `reconstruction`, `kl` are means over the last 20 training batches;
        `held_out_*` come from `N_HELD_OUT` data with one draw of z each. For a VAE, `active`
        counts the latent dimensions whose posterior mean varies by more than 0.01 (Burda et al.
        2016), and `beta` is the one in force; for a VQ-VAE, `used` counts the words that make up
        more than 0.1% of all choices of late, and `perplexity` is how many equally frequent words
        would be as hard to guess.
        """
        if isinstance(self.model, VQVAE):
            return self._observe_words(self.model)
        return self._observe_codes(self.model)

    def _observe_codes(self, vae: VAE) -> Observation:
        told = self.classes_of(slice(None))
        reconstruction, kl, codes = vae.elbo_parts(self.held_out, told)
        log_sigma = vae.posterior(self.held_out, told)[1]
        variance = codes.var(0)
        metrics = self._losses(reconstruction, kl) | {
            "active": (variance > ACTIVE_VARIANCE).sum(), "beta": vae.beta}
        axes = widest(variance)
        arrays: dict[str, Tensor | np.ndarray] = {
            "codes": codes[:, axes],
            "posteriors": torch.stack([codes, log_sigma.exp()], 1)[self.first][..., axes],
            "labels": self.labels,
            "axes": axes.to(torch.uint8),
            "kl_per_dimension": kl.mean(0),
            "samples": self.pixels(vae.decode(self.noise, self.sampled)),
        }
        if self.sampled is not None:
            arrays["sampled"] = self.sampled.to(torch.uint8)
        elif self.settings.is_image and len(axes) > 1:
            arrays |= {"ground": self._ground(vae, axes), "reach": np.array([GROUND], np.float32)}
        return look(metrics, self._with_data(arrays))

    def _ground(self, vae: VAE, axes: Tensor) -> Tensor:
        """Decode a grid of codes on the plane of two dimensions, the others being 0.

        Returns:
            One grey picture of them all, (S, S) bytes, the first row at the bottom.
        """
        side = self.data.shape[-1]
        fine = side if side <= MOST_FINE else side // 2
        n = GROUND_SIDE // fine
        places = GROUND * (2 * torch.arange(n, device=axes.device) + 1 - n) / n
        z = torch.zeros(n * n, vae.latent_dim, device=axes.device)
        z[:, axes] = torch.cartesian_prod(places, places).flip(-1)  # row by row from the bottom
        grey = vae.decode(z).clamp(0, 1).mean(1, keepdim=True)
        small = torch.nn.functional.interpolate(grey, size=(fine, fine), mode="area")
        tiles = small.view(n, n, fine, fine).flip(2).permute(0, 2, 1, 3)  # each upside down
        return (255 * tiles.reshape(n * fine, n * fine)).round().to(torch.uint8)

    def _observe_words(self, vq: VQVAE) -> Observation:
        reconstruction, cost, _ = vq.elbo_parts(self.held_out)
        usage = vq.prior().mean(0)
        entropy = -(usage * usage.clamp_min(1e-12).log()).sum()
        metrics = self._losses(reconstruction, cost) | {
            "used": (usage > USED).sum(), "perplexity": entropy.exp()}
        vectors = vq.vectors(self.held_out)  # (N, S, Z)
        fits = min(vq.n_slots, max(1, MOST_VECTORS // len(vectors)))
        seen = vectors[:, :fits].flatten(0, 1)
        axes = widest(seen.var(0))
        arrays: dict[str, Tensor | np.ndarray] = {
            "codes": seen[:, axes],
            "labels": np.repeat(self.labels, fits),
            "axes": axes.to(torch.uint8),
            "kl_per_dimension": cost.mean(0),
            "words": vq.codebook[:, axes],
            "usage": usage,
            "samples": self.pixels(vq.decode(vq.draw_codes(len(self.noise)))),
        }
        return look(metrics, self._with_data(arrays))

    def _losses(self, reconstruction: Tensor, kl: Tensor) -> dict[str, Tensor | float]:
        return self.trainer.recent_losses() | {
            "held_out_reconstruction": reconstruction.mean(),
            "held_out_kl": kl.sum(-1).mean(),
            "held_out_elbo": -(reconstruction + kl.sum(-1)).mean(),
        }

    def _with_data(self, arrays: dict[str, Tensor | np.ndarray]) -> dict[str, Tensor | np.ndarray]:
        return arrays if self.settings.is_image else arrays | {"data": self.held_out}


def widest(variance: Tensor) -> Tensor:
    """Return the two dimensions of largest variance, or the only one, in their order."""
    return variance.argsort(descending=True)[:2].sort().values
