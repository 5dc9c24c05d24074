"""Questions about the bound: how tight it is, how codes spread, and how noisy its gradient is."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.vae import VAE
from playground.experiments.base import check_range, question
from playground.experiments.vae.trained import N_HELD_OUT, TrainedVAE

MAX_SAMPLES = 5000
MAX_NUMBERS = 20_000_000
N_GRID = 161
REACH = 4.0
MAX_SHOWN = 4
MAX_ELLIPSES = 6


class BoundQuestions(TrainedVAE):
    """Measures what the evidence lower bound leaves open."""

    @question
    @torch.no_grad()
    def log_likelihood(self, n_samples: int, n_data: int) -> dict[str, Any]:
        """Bound the held-out log p(x) from below with 1, 2, 5, 10 ... `n_samples` codes per datum.

        All bounds are made of the same codes, those with few codes averaged over all groups.

        Returns:
            `ks`, and for each the bound in nats per datum, `bounds`; the standard error of the
            last one over the `n` data, `error`.
        """
        check_range("n_samples", n_samples, 1, MAX_SAMPLES)
        check_range("n_data", n_data, 2, N_HELD_OUT)
        vae, n = self.the_vae(), min(n_data, len(self.held_out))
        per_code = math.prod(self.data.shape) * vae.likelihood.per_number + self.settings.hidden
        at_once = max(1, MAX_NUMBERS // (n * per_code))
        weights = torch.cat([self._log_weights(vae, n, min(at_once, n_samples - done))
                             for done in range(0, n_samples, at_once)])  # (K, B)
        ks = sorted({n_samples, *(m * 10**e for e in range(4) for m in (1, 2, 5)
                                  if m * 10**e < n_samples)})
        bounds = [grouped_bound(weights, k) for k in ks]
        return {"ks": ks, "bounds": [bound.mean().item() for bound in bounds], "n": n,
                "error": (bounds[-1].std() / n ** 0.5).item()}

    def _log_weights(self, vae: VAE, n: int, n_samples: int) -> Tensor:
        log_likelihood, surplus = vae.weigh(self.held_out[:n], n_samples,
                                            self.classes_of(slice(0, n)))
        return log_likelihood - surplus

    @question
    @torch.no_grad()
    def aggregate(self) -> dict[str, Any]:
        """Compare all held-out posteriors together with the prior, one dimension at a time.

        Returns:
            `z` (G,) and the prior's density there; for the most used dimensions (`dimensions`)
            the density of a random code of a random datum, `densities` (D, G); and `kl` (D,),
            KL(q(z_j) || p(z_j)) in nats, by a sum over the grid.
        """
        vae = self.the_vae()
        mu, log_sigma = vae.posterior(self.held_out, self.classes_of(slice(None)))
        cost = (0.5 * (mu**2 + (2 * log_sigma).exp() - 1) - log_sigma).mean(0)
        chosen = cost.argsort(descending=True)[:MAX_SHOWN].sort().values
        mu, sigma = mu[:, chosen].double(), log_sigma[:, chosen].exp().double()
        reach = max(REACH, (mu.abs() + REACH * sigma).max().item())
        z = torch.linspace(-reach, reach, N_GRID, dtype=torch.float64, device=mu.device)
        normal = torch.distributions.Normal
        each = normal(mu[..., None], sigma[..., None]).log_prob(z).exp()  # (N, D, G)
        log_prior = normal(torch.zeros_like(z), 1).log_prob(z)
        q = each.mean(0)
        kl = (q * (q.clamp_min(1e-300).log() - log_prior)).sum(-1) * (z[1] - z[0])
        return {"z": z.float().cpu().numpy(), "prior": log_prior.exp().float().cpu().numpy(),
                "densities": q.float().cpu().numpy(), "dimensions": chosen.cpu().numpy(),
                "kl": kl.float().cpu().numpy()}

    @question
    @torch.no_grad()
    def posteriors(self, labels: list[int], axes: list[int]) -> dict[str, Any]:
        """Return q(z|x) of the first held-out datum of each of these classes.

        Returns:
            `means` and `sigmas` (N, 2) on the shown axes, `labels` (N,), and the data themselves
            as `images` or `points`.
        """
        if not 1 <= len(labels) <= MAX_ELLIPSES:
            raise ValueError(f"labels must be 1 to {MAX_ELLIPSES} classes, got {len(labels)}")
        found = [np.flatnonzero(self.labels == label) for label in labels]
        if not all(len(places) for places in found):
            raise ValueError(f"labels must be classes of the data set, got {labels!r}")
        rows = torch.tensor([int(places[0]) for places in found])
        mu, log_sigma = self.the_vae().posterior(self.held_out, self.classes_of(slice(None)))
        return {"means": mu[rows][:, axes].cpu().numpy(), "labels": np.array(labels),
                "sigmas": log_sigma.exp()[rows][:, axes].cpu().numpy(),
                **self.answer(self.held_out[rows])}

    @question
    def gradients(self, index: int, n_samples: int) -> dict[str, Any]:
        """Estimate the gradient of E_q[log p(x|z)] by the mean of q(z|x), one draw at a time.

        Three unbiased estimators of the same vector: through z = mu + sigma * epsilon; by the
        score, log p(x|z) * epsilon / sigma (R. J. Williams, "Simple statistical
        gradient-following algorithms", 1992); and by the score with the mean of the other draws'
        log p(x|z) taken off it.

        Returns:
            for `through`, `score` and `baseline` the estimates in the most used dimension, (S,),
            in nats per unit of the code; the variance of one estimate, summed over dimensions,
            in `variances`, and the mean estimates in `means` (3, Z), in the same order.
        """
        check_range("index", index, 0, len(self.held_out) - 1)
        check_range("n_samples", n_samples, 2, MAX_SAMPLES)
        vae, rows = self.the_vae(), slice(index, index + 1)
        estimates = estimators(vae, self.held_out[rows], self.classes_of(rows), n_samples)
        clearest = int(estimates["through"].mean(0).abs().argmax())
        each = list(estimates.values())
        return {**{name: part[:, clearest].cpu().numpy() for name, part in estimates.items()},
                "variances": [part.var(0).sum().item() for part in each],
                "means": torch.stack([part.mean(0) for part in each]).cpu().numpy(),
                "dimension": clearest}


def grouped_bound(weights: Tensor, k: int) -> Tensor:
    """Average the bound of k codes over all whole groups of k among the log weights, (K, B)."""
    groups = weights[: len(weights) // k * k].unflatten(0, (-1, k))  # (K / k, k, B)
    return (groups.logsumexp(1) - math.log(k)).mean(0)


def estimators(vae: VAE, x: Tensor, y: Tensor | None, n: int) -> dict[str, Tensor]:
    """Return n estimates (n, Z) of the gradient of E_q[log p(x|z)] by mu, in three ways."""
    with torch.no_grad():
        mu, log_sigma = vae.posterior(x, y)
    noise = torch.randn(n, mu.shape[1], device=mu.device)
    means = mu.repeat(n, 1).requires_grad_()
    z = means + log_sigma.exp() * noise
    log_likelihood = vae.likelihood.log_prob(x.flatten(1), vae.tell(z, y))  # (n,)
    (through,) = torch.autograd.grad(log_likelihood.sum(), means)
    log_likelihood = log_likelihood.detach()
    score = noise / log_sigma.exp()
    others = (log_likelihood.sum() - log_likelihood) / (n - 1)
    return {"through": through, "score": log_likelihood[:, None] * score,
            "baseline": (log_likelihood - others)[:, None] * score}
