"""Questions about the bound: how tight it is, how codes spread, and how noisy its gradient is."""

import math
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.vae import VAE
from playground.arguments import Class, HeldOut, Within
from playground.concepts.vae.aggregate import in_cells, kl_to_prior
from playground.concepts.vae.training import N_HELD_OUT, TrainedVAE
from playground.experiments.axes import Axes
from playground.experiments.base import Answer, Work, question
from playground.language import N_
from playground.refusal import Refusal
from playground.training.randomness import fixed_random_state

MAX_SAMPLES = 5000
MAX_WORK = 300_000_000  # weights of the decoder x codes, at once
MOST_WORK = 500_000_000_000  # the same, in one answer
MAX_NUMBERS = 1_000_000  # that it tells, at once
WHOLE = 16  # numbers that torch draws together
CODES, AT_ONCE = 100, 2  # of each datum, and data, where all of them are measured
N_CELLS = 400
REACH = 4.0
MAX_SHOWN = 4
MAX_ELLIPSES = 6


class BoundQuestions(TrainedVAE):
    """Measures what the evidence lower bound leaves open."""

    @torch.no_grad()
    def all_held_out(self) -> dict[str, float]:
        """Bound -log p(x) of all `n` held-out data from above, with one code each and with more.

        Returns:
            `elbo_nats`, minus the ELBO; `nats`, minus the importance weighted bound with `codes`
            codes per datum, and its standard `error`. Nothing for a VQ-VAE.
        """
        if not isinstance(self.model, VAE):
            return {}
        vae, test = self.model.eval(), torch.from_numpy(self.data.test).to(self.device)
        bounds: list[Tensor] = []
        elbos: list[Tensor] = []
        with fixed_random_state(self.device):
            if self.settings.decoder == "bernoulli":
                test = torch.bernoulli(test)
            classes = (torch.from_numpy(self.data.test_labels).to(self.device)
                       if self.settings.tells_class else None)
            for rows in torch.arange(len(test), device=self.device).split(AT_ONCE):
                log_likelihood, surplus = vae.weigh(test[rows], CODES,
                                                    None if classes is None else classes[rows])
                weights = (log_likelihood - surplus).cpu().double()  # (K, B)
                bounds.append(grouped_bound(weights, CODES))
                elbos.append(weights.mean(0))
        nats = -torch.cat(bounds)
        return {"nats": nats.mean().item(), "error": (nats.std() / len(nats) ** 0.5).item(),
                "elbo_nats": -torch.cat(elbos).mean().item(), "codes": CODES, "n": len(nats)}

    @question
    @torch.no_grad()
    def log_likelihood(self, n_samples: Annotated[int, Within(1, MAX_SAMPLES)],
                       n_data: Annotated[int, Within(2, N_HELD_OUT)]) -> Work[Answer]:
        """Bound the held-out log p(x) from below with 1, 2, 5, 10 ... `n_samples` codes per datum.

        All bounds are made of the same codes, those with few codes averaged over all groups.

        Returns:
            `ks`, and for each the bound in nats per datum, `bounds`; the standard error of the
            last one over the `n` data, `error`.
        """
        vae, n = self.the_vae(), min(n_data, len(self.held_out))
        work = n * _uses(vae.decoder, vae.shape)
        if work * n_samples > MOST_WORK:
            raise Refusal(N_("weights x codes must be at most {most:g} billion for an answer, got "
                             "{got:.0f} billion: ask for {fits:,} codes per datum"),
                          most=MOST_WORK / 1e9, got=work * n_samples / 1e9,
                          fits=MOST_WORK // work)
        at_once, parts = _codes_at_once(vae, n), []
        for done in range(0, n_samples, at_once):
            yield done / n_samples
            parts.append(self._log_weights(vae, n, min(at_once, n_samples - done)))
        weights = torch.cat(parts)  # (K, B)
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
    def aggregate(self) -> Work[Answer]:
        """Compare all held-out posteriors together with the prior, one dimension at a time.

        Returns:
            `z` (G,), the middles of cells, and the prior's mean density there; for the most used
            dimensions (`dimensions`) that of a random code of a random datum, `densities` (D, G);
            `kl` (D,), KL(q(z_j) || p(z_j)) in nats; `mass` (D,), how much of q was found: 1, but
            for what the integral may have missed; and `n`, how many data there are.
        """
        vae = self.the_vae()
        mu, log_sigma = vae.posterior(self.held_out, self.classes_of(slice(None)))
        cost = (0.5 * (mu**2 + (2 * log_sigma).exp() - 1) - log_sigma).mean(0)
        chosen = cost.argsort(descending=True)[:MAX_SHOWN].sort().values
        means, sigmas = (part[:, chosen].cpu().numpy().T.astype(np.float64)
                         for part in (mu, log_sigma.exp()))  # (D, N)
        reach = max(REACH, float((np.abs(means) + REACH * sigmas).max()))
        edges = np.linspace(-reach, reach, N_CELLS + 1)
        pairs = list(zip(means, sigmas, strict=True))
        kl, mass, densities = [], [], []
        for pair in pairs:
            found, measured = yield from kl_to_prior(*pair)
            kl.append(found)
            mass.append(measured)
            densities.append(in_cells(edges, *pair))
        prior = in_cells(edges, np.zeros(1), np.ones(1))
        return {"z": ((edges[1:] + edges[:-1]) / 2).astype(np.float32),
                "prior": prior.astype(np.float32), "dimensions": chosen.cpu().numpy(),
                "densities": np.array(densities, np.float32),
                "kl": np.array(kl, np.float32), "mass": np.array(mass, np.float32),
                "n": len(mu)}

    @question
    @torch.no_grad()
    def posteriors(self, labels: Annotated[list[Class], Within(1, MAX_ELLIPSES)],
                   axes: Axes) -> dict[str, Any]:
        """Return q(z|x) of the first held-out datum of each of these classes.

        Returns:
            `means` and `sigmas` (N, 2) on the shown axes, `labels` (N,), and the data themselves
            as `images` or `points`.
        """
        found = [np.flatnonzero(self.labels == label) for label in labels]
        if not all(len(places) for places in found):
            raise Refusal(N_("labels must be classes of the data set, got {labels}"),
                          labels=labels)
        rows = torch.tensor([int(places[0]) for places in found])
        mu, log_sigma = self.the_vae().posterior(self.held_out, self.classes_of(slice(None)))
        return {"means": mu[rows][:, axes].cpu().numpy(), "labels": np.array(labels),
                "sigmas": log_sigma.exp()[rows][:, axes].cpu().numpy(),
                **self.answer(self.held_out[rows])}

    @question
    def gradients(self, index: HeldOut,
                  n_samples: Annotated[int, Within(2, MAX_SAMPLES)]) -> Work[Answer]:
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
        vae, rows = self.the_vae(), slice(index, index + 1)
        estimates = yield from estimators(vae, self.held_out[rows], self.classes_of(rows),
                                          n_samples)
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


def _codes_at_once(vae: VAE, n: int) -> int:
    """How many codes of each of n data are weighed in a short while.

    They are a multiple of `WHOLE`, if that is not too long: then the codes are the same ones,
    however many are drawn at once.
    """
    told = math.prod(vae.shape) * vae.likelihood.per_number
    fits = min(MAX_WORK // (n * _uses(vae.decoder, vae.shape)), MAX_NUMBERS // (n * told))
    return fits - fits % WHOLE if fits >= WHOLE else max(1, fits)


def _uses(net: nn.Module, shape: tuple[int, ...]) -> int:
    """How often a net uses a weight for one datum, at most: at every pixel if it convolves."""
    return sum(layer.weight.numel() * (1 if isinstance(layer, nn.Linear) else shape[1] * shape[2])
               for layer in net.modules()
               if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d))


def estimators(vae: VAE, x: Tensor, y: Tensor | None, n: int) -> Work[dict[str, Tensor]]:
    """Return n estimates (n, Z) of the gradient of E_q[log p(x|z)] by mu, in three ways."""
    with torch.no_grad():
        mu, log_sigma = vae.posterior(x, y)
    noise = torch.randn(n, mu.shape[1], device=mu.device)
    slopes: list[Tensor] = []
    found: list[Tensor] = []
    for part in noise.split(_codes_at_once(vae, 1)):
        yield len(slopes) / n
        with torch.enable_grad():
            means = mu.repeat(len(part), 1).requires_grad_()
            z = means + log_sigma.exp() * part
            told = vae.likelihood.log_prob(x.flatten(1), vae.tell(z, y))  # (b,)
            slopes += torch.autograd.grad(told.sum(), means)
        found.append(told.detach())
    through, log_likelihood = torch.cat(slopes), torch.cat(found)
    score = noise / log_sigma.exp()
    others = (log_likelihood.sum() - log_likelihood) / (n - 1)
    return {"through": through, "score": log_likelihood[:, None] * score,
            "baseline": (log_likelihood - others)[:, None] * score}
