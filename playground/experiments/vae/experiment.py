"""A VAE on digits or on points of the plane: what is trained, watched and asked."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.vae import VAE
from playground import datasets, training
from playground.experiments.base import Experiment, Observation, question
from playground.experiments.vae.settings import VAESettings

N_HELD_OUT = 200
N_SAMPLES = {8: 64, 28: 36}
N_POINTS = 1000
ACTIVE_VARIANCE = 0.01
MAX_CODES = 1000
MAX_SIDE = 30
MAX_THREADS = 4


class VAEExperiment(Experiment[VAESettings]):
    """Trains a VAE and shows its latent plane, its samples and its held-out ELBO."""

    def __init__(self, settings: VAESettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings)
        self.labels = data.test_labels[:N_HELD_OUT].astype(np.uint8)
        train = torch.from_numpy(data.train).to(device)
        self.held_out = torch.from_numpy(data.test[:N_HELD_OUT]).to(device)
        binary = settings.is_image and settings.pixels == "binary"
        if binary:
            self.held_out = torch.bernoulli(self.held_out)
        hidden = (settings.hidden,) * settings.layers
        self.model = VAE(data.shape, settings.latent_dim, hidden).to(device)
        batches = training.Batches(train, settings.batch_size, torch.bernoulli if binary else None)
        self.trainer = training.Trainer(self.model, batches)
        n_samples = N_SAMPLES[data.shape[-1]] if settings.is_image else len(self.held_out)
        self.noise = torch.randn(n_samples, settings.latent_dim, device=device)

    @classmethod
    def prepare(cls, settings: VAESettings) -> None:
        """Load the data set, which may have to be downloaded."""
        load(settings)

    @property
    def total_steps(self) -> int:
        """As the visitor has set it."""
        return self.settings.steps

    @property
    def threads(self) -> int:
        """Large pictures make matrices that are worth sharing out."""
        large = self.held_out[0].numel() >= 784 and self.settings.hidden >= 128
        return min(MAX_THREADS, os.cpu_count() or 1) if large else 1

    def steps(self) -> Iterator[None]:
        """Train; beta and the learning rate are read before each step."""
        steps = self.trainer.steps(lambda: self.settings.learning_rate)
        while True:
            self.model.beta = self.settings.beta
            yield next(steps)

    @torch.no_grad()
    def observe(self) -> Observation:
        """Return losses in nats per datum, latent means (N, 2), and samples.

        Metrics: `loss`, `reconstruction`, `kl` are means over the last 20 training batches;
        `held_out_*` come from `N_HELD_OUT` data with one draw of z each; `active` counts the
        latent dimensions whose posterior mean varies by more than 0.01 (Burda et al. 2016).
        """
        reconstruction, kl, codes = self.model.elbo_parts(self.held_out)
        variance = codes.var(0)
        metrics = self.trainer.mean_losses() | {
            "held_out_reconstruction": reconstruction.mean().item(),
            "held_out_kl": kl.sum(-1).mean().item(),
            "held_out_elbo": -(reconstruction + kl.sum(-1)).mean().item(),
            "active": float((variance > ACTIVE_VARIANCE).sum()),
        }
        axes = self._widest(variance)
        arrays: dict[str, np.ndarray] = {
            "codes": codes[:, axes].cpu().numpy().astype(np.float32),
            "labels": self.labels,
            "axes": axes.cpu().numpy().astype(np.uint8),
            "kl_per_dimension": kl.mean(0).cpu().numpy(),
            "samples": self._show(self.model.decode(self.noise)),
        }
        if not self.settings.is_image:
            arrays["data"] = self.held_out.cpu().numpy()
        return metrics, arrays

    def weights(self) -> dict[str, np.ndarray]:
        """Return the model's weights."""
        return training.to_arrays(self.model)

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the model's weights back."""
        training.from_arrays(self.model, weights)

    @question
    @torch.no_grad()
    def decode(self, codes: list[list[float]], axes: list[int]) -> dict[str, Any]:
        """Decode points of the latent plane, (N, 2); the other dimensions are 0, the prior's mean.

        Returns:
            `images` (N, H, W) uint8, or `points` (N, 2).
        """
        plane = np.array(codes, dtype=np.float32).reshape(-1, len(axes))
        if len(plane) > MAX_CODES or not np.isfinite(plane).all():
            raise ValueError(f"codes must be at most {MAX_CODES} finite points, got {len(plane)}")
        return self._answer(self.model.decode(self._place(torch.from_numpy(plane), axes)))

    @question
    @torch.no_grad()
    def decoded_plane(self, n: int, axes: list[int]) -> dict[str, Any]:
        """Decode an n x n grid of codes at equally likely places of the prior.

        Returns:
            `images` (n * n, H, W), row by row from the top left: z1 grows rightwards, z2 upwards.
        """
        check_range("n", n, 1, MAX_SIDE)
        share = (torch.arange(n) + 0.5) / n
        places = torch.distributions.Normal(0, 1).icdf(share)
        if len(axes) == 1:
            return self._answer(self.model.decode(self._place(places[:, None], axes)))
        rows, columns = torch.meshgrid(places.flip(0), places, indexing="ij")
        grid = torch.stack([columns.flatten(), rows.flatten()], -1)
        return self._answer(self.model.decode(self._place(grid, axes)))

    @question
    @torch.no_grad()
    def interpolate(self, first: int, second: int, n: int) -> dict[str, Any]:
        """Walk in a straight line between the codes of two held-out data of these classes.

        Returns:
            `images` (n + 2, H, W): the first datum, n decoded codes, the second datum.
        """
        check_range("n", n, 2, MAX_CODES)
        ends = torch.stack([self._example(first), self._example(second)])
        a, b = self.model.encode(ends)
        path = torch.lerp(a, b, torch.linspace(0, 1, n, device=a.device)[:, None])
        decoded = self.model.decode(path)
        return self._answer(torch.cat([ends[:1], decoded, ends[1:]]))

    @question
    @torch.no_grad()
    def reconstruct(self, n: int) -> dict[str, Any]:
        """Encode and decode n held-out data.

        Returns:
            `images` (2 n, H, W): first the inputs, then their reconstructions.
        """
        check_range("n", n, 1, N_HELD_OUT)
        inputs = self.held_out[:n]
        return self._answer(torch.cat([inputs, self.model.decode(self.model.encode(inputs))]))

    @question
    @torch.no_grad()
    def log_likelihood(self, n_samples: int, n_data: int) -> dict[str, Any]:
        """Bound the held-out log p(x) from below with `n_samples` codes per datum.

        Returns:
            `bound`: the importance weighted bound, `elbo`: the same with one sample, averaged
            over the same number of draws; both in nats per datum; `error`: the standard error of
            `bound` over the `n` data.
        """
        check_range("n_samples", n_samples, 1, MAX_CODES)
        check_range("n_data", n_data, 2, N_HELD_OUT)
        x = self.held_out[:n_data]
        bound = torch.cat([self.model.log_prob_bound(part, n_samples) for part in x.split(10)])
        elbo = torch.stack([self.model.log_prob_bound(x, 1) for _ in range(20)]).mean()
        return {"bound": bound.mean().item(), "elbo": elbo.item(), "n": len(x),
                "error": (bound.std() / len(x) ** 0.5).item()}

    def _widest(self, variance: Tensor) -> Tensor:
        return variance.argsort(descending=True)[:2].sort().values

    def _place(self, plane: Tensor, axes: list[int]) -> Tensor:
        codes = torch.zeros(len(plane), self.settings.latent_dim, device=self.device)
        codes[:, axes] = plane.to(self.device)
        return codes

    def _example(self, label: int) -> Tensor:
        places = np.flatnonzero(self.labels == label)
        if not len(places):
            raise ValueError(f"class must be one of the data set's, got {label!r}")
        return self.held_out[int(places[0])]

    def _show(self, x: Tensor) -> np.ndarray:
        if not self.settings.is_image:
            return x.cpu().numpy()
        return (x[:, 0].clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()

    def _answer(self, x: Tensor) -> dict[str, Any]:
        return {"images" if self.settings.is_image else "points": self._show(x)}


def check_range(name: str, value: int, low: int, high: int) -> None:
    """Raise ValueError unless low <= value <= high."""
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}, got {value!r}")


def load(settings: VAESettings) -> datasets.Dataset:
    """Return the data set that the settings name, the same for every seed."""
    return datasets.load(settings.dataset, n_points=N_POINTS)
