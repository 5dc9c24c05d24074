"""An autoencoder and the prior of its codes: what is watched."""

import math

import numpy as np
import torch
from torch import Tensor

from model_zoo.latent_prior import LatentPrior
from model_zoo.word_prior import WordPrior
from playground.concepts.latent_prior.questions import PriorQuestions, drawn_words
from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.concepts.latent_prior.training import log_prior
from playground.experiments.base import Observation, Work
from playground.experiments.look import look
from playground.experiments.pixels import to_bytes

N_SHOWN = 300
N_PICTURES = {8: 24, 14: 18}
N_RATED = 200
NAT = math.log(2)  # in bits: a bit


class LatentPriorExperiment(PriorQuestions):
    """Trains an autoencoder, then a prior of its codes, and shows both priors side by side."""

    def __init__(self, settings: LatentPriorSettings, device: str) -> None:
        super().__init__(settings, device)
        self.n_pictures = N_PICTURES[self.data.shape[-1]]
        if isinstance(self.model, LatentPrior):
            self.noise = torch.randn(N_SHOWN, settings.latent_dim, device=device)
        else:
            self.noise = torch.rand(self.n_pictures, *self.model.vq.grid, device=device)

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return what both priors make of the codes now.

        Metrics of numbers, in nats of a held-out datum: `reconstruction`, `entropy` of q(z|x),
        `cost_normal`, -log N(z; 0, I), and `bound_normal`, minus the first and the third and
        plus the second; once the prior learns `cost_learned`, `bound_learned` and `gain`, the
        difference of the bounds. Of words: `reconstruction`; `bits_alone` for a word, each by
        itself; `bits`, by the learned prior, and `bits_known`, those of training pictures;
        `perplexity` of the words; and the bounds.

        Arrays: `from_normal` and `from_learned`, (N, H, W) bytes, decoded; `data` as many
        held-out ones. Of numbers also `codes` (N, 2), draws of q(z|x), and from the same noise
        `normal` and `learned` (N, 2), on the `axes` of the most used dimensions, and `labels`.
        Of words `words_normal` and `words_learned`, (N, H, W), and `words_data`. What is learned
        is missing in the first half.
        """
        metrics: dict[str, Tensor | float] = dict(self.trainer.recent_losses())
        data = {"data": to_bytes(self.held_out[:self.n_pictures])}
        if isinstance(self.model, WordPrior):
            found, arrays = yield from self._words(self.model)
        else:
            found, arrays = yield from self._numbers(self.model)
        return look(metrics | found, arrays | data)

    def _numbers(self, model: LatentPrior) -> Work[tuple[
            dict[str, Tensor | float], dict[str, Tensor | np.ndarray]]]:
        parts = model.parts(self.held_out[:N_SHOWN])
        variance = model.encode(self.held_out[:N_SHOWN]).var(0)
        axes = variance.argsort(descending=True)[:2].sort().values
        metrics: dict[str, Tensor | float] = {
            "reconstruction": parts.reconstruction, "entropy": parts.entropy,
            "cost_normal": parts.normal,
            "bound_normal": parts.entropy - parts.reconstruction - parts.normal}
        arrays: dict[str, Tensor | np.ndarray] = {
            "codes": parts.z[:, axes], "axes": axes.to(torch.uint8),
            "labels": self.labels[:N_SHOWN].astype(np.uint8), "normal": self.noise[:, axes],
            "from_normal": to_bytes(model.decode(self.noise[:self.n_pictures]))}
        yield None
        if self.has_prior:
            n = N_RATED
            cost = -(yield from log_prior(model, parts.z[:n]))
            gain = (parts.normal[:n] - cost).mean()
            z = model.carry(self.noise)
            metrics |= {"cost_learned": parts.normal.mean() - gain, "gain": gain,
                        "bound_learned": metrics["bound_normal"].mean() + gain}  # type: ignore[union-attr]
            arrays |= {"learned": z[:, axes],
                       "from_learned": to_bytes(model.decode(z[:self.n_pictures]))}
        return metrics, arrays

    def _words(self, model: WordPrior) -> Work[tuple[
            dict[str, Tensor | float], dict[str, Tensor | np.ndarray]]]:
        reconstruction, alone, _code = model.vq.elbo_parts(self.held_out)
        n_words = model.vq.n_slots
        usage = model.vq.prior().mean(0)
        entropy = -(usage * usage.clamp_min(1e-12).log()).sum()
        metrics: dict[str, Tensor | float] = {
            "reconstruction": reconstruction, "bits_alone": alone.mean(1) / NAT,
            "bound_normal": -reconstruction - alone.sum(1), "perplexity": entropy.exp()}
        words = model.draw_alone(self.n_pictures)
        arrays: dict[str, Tensor | np.ndarray] = {
            "words_normal": self.shown(words), "from_normal": to_bytes(model.decode_grids(words)),
            "words_data": self.shown(model.grids(self.held_out[:self.n_pictures]))}
        yield None
        if self.has_prior:
            log_p = model.prior.log_prob(model.grids(self.held_out))
            drawn = yield from drawn_words(model, self.noise)
            known = -model.prior.log_prob(model.grids(self.moments[:len(log_p)]))
            metrics |= {"bits_known": known / n_words / NAT, "bits": -log_p / n_words / NAT,
                        "bound_learned": log_p - reconstruction,
                        "gain": log_p + alone.sum(1)}
            arrays |= {"words_learned": self.shown(drawn),
                       "from_learned": to_bytes(model.decode_grids(drawn))}
        return metrics, arrays
