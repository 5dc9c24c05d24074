"""What one can ask a prior: where its holes are, what the bound is made of, how good samples are.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.latent_prior import LOG_TAU, LatentPrior, normal_cost
from model_zoo.word_prior import WordPrior
from playground.arguments import Seed
from playground.concepts.latent_prior.training import TrainedPrior, log_prior
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.experiments.pixels import as_bytes
from playground.language import N_
from playground.metrics import feature_net
from playground.metrics.features import frechet_distance
from playground.refusal import Refusal
from playground.training.randomness import sow

N_DRAWN, N_WORST = 1000, 12
GRID = 60  # cells along a side of the plane
AT_ONCE = 100
KNOWN = 1500  # data whose posteriors make the aggregate one
HOLE = 0.01  # of the held-out codes lie where there are fewer others
N_COMPARED = 500
COST_AT_ONCE = 100
NAT = math.log(2)


class PriorQuestions(TrainedPrior):
    """A trained prior that answers."""

    def shown(self, grids: Tensor) -> Tensor:
        """Return words (N, 1, H, W) as numbers of bytes, (N, H, W)."""
        model = self.the_words()
        return model.prior.to_levels(grids)[:, 0].to(torch.uint8)

    def must_have_learned(self) -> None:
        """Refuse to answer in the first half.

        Raises:
            Refusal: the prior has not begun to learn.
        """
        if not self.has_prior:
            raise Refusal(N_("the prior must have begun to learn: that is in the second half of "
                             "the steps"))

    @question
    @torch.no_grad()
    def holes(self, seed: Seed) -> Work[Answer]:
        """Find places that N(0, I) likes and where no codes are.

        The density of codes is that of the aggregate posterior, the mean of q(z|x) over up to
        1,500 training data. A place is a hole where it is lower than at 99 of 100 codes of
        held-out data, whatever their number of dimensions and however narrow posteriors are.

        Returns:
            `normal`, the share of draws of N(0, I) that fall into holes, and, once there is a
            learned prior, `learned`, that of its draws; `densities` and `held_out` (N,), log q in
            nats at draws of N(0, I) and at held-out codes, and `least`, below which there is a
            hole; `worst` and `best` (K, H, W) bytes, decoded where N(0, I) is the most and the
            least above the density of codes; `places` (K, 2) of the worst ones, on the `axes`; of
            two numbers also `grid` (G, G), log N(z; 0, I) - log q(z) over the square of `reach`,
            rows along the second number, and `codes` (M, 2), means of q(z|x).

        Raises:
            Refusal: codes are words.
        """
        model = self.the_numbers()
        sow(seed, self.device)
        mu, log_sigma = model.vae.posterior(self.moments[:KNOWN])
        axes = model.encode(self.held_out).var(0).argsort(descending=True)[:2].sort().values
        z = torch.randn(N_DRAWN, model.vae.latent_dim, device=self.device)
        density = yield from aggregate(z, mu, log_sigma)
        held_out = yield from aggregate(model.parts(self.held_out[:N_DRAWN]).z, mu, log_sigma)
        least = held_out.cpu().quantile(HOLE).item()
        order = (-normal_cost(z) - density).argsort(descending=True)
        worst, best = order[:N_WORST], order[-N_WORST:]
        answer: dict[str, Any] = {
            "normal": (density < least).float().mean().item(), "least": least,
            "densities": density.cpu().numpy(), "held_out": held_out.cpu().numpy(),
            "worst": as_bytes(model.decode(z[worst])), "best": as_bytes(model.decode(z[best])),
            "places": z[worst][:, axes].cpu().numpy(), "axes": axes.cpu().numpy()}
        if self.has_prior:
            there = yield from aggregate(model.carry(z), mu, log_sigma)
            answer["learned"] = (there < least).float().mean().item()
            answer["learned_densities"] = there.cpu().numpy()
        if model.vae.latent_dim == 2:
            reach = float((mu.abs() + log_sigma.exp()).quantile(0.999).clamp_min(3))
            axis = reach * (2 * torch.arange(GRID, device=self.device) + 1 - GRID) / GRID
            places = torch.cartesian_prod(axis, axis).flip(1)  # rows along the second number
            density = yield from aggregate(places, mu, log_sigma)
            grid = -normal_cost(places) - density
            answer |= {"grid": grid.view(GRID, GRID).cpu().numpy(), "reach": reach,
                       "codes": mu[:N_COMPARED].cpu().numpy()}
        return answer

    @question
    @torch.no_grad()
    def bound(self, seed: Seed) -> Work[Answer]:
        """Take the bound of all held-out data apart, with both priors and the same codes.

        Returns:
            `reconstruction`, `entropy`, `normal` and `learned` (the costs of the codes), each
            [mean, standard error] in nats; `bound_normal`, `bound_learned` and `gain` in the
            same form; `n` data.

        Raises:
            Refusal: codes are words, or the prior has not begun to learn.
        """
        model = self.the_numbers()
        self.must_have_learned()
        sow(seed, self.device)
        found: dict[str, list[Tensor]] = {}
        for rows in torch.arange(len(self.held_out), device=self.device).split(COST_AT_ONCE):
            parts = model.parts(self.held_out[rows])
            learned = -(yield from log_prior(model, parts.z))
            each = {"reconstruction": parts.reconstruction, "entropy": parts.entropy,
                    "normal": parts.normal, "learned": learned,
                    "bound_normal": parts.entropy - parts.reconstruction - parts.normal,
                    "bound_learned": parts.entropy - parts.reconstruction - learned,
                    "gain": parts.normal - learned}
            for name, values in each.items():
                found.setdefault(name, []).append(values)
            yield None
        return {name: _mean(torch.cat(values)) for name, values in found.items()} | {
            "n": len(self.held_out)}

    @question
    @torch.no_grad()
    def places(self) -> Work[Answer]:
        """Return the bits of a held-out word at each place of the grid.

        Returns:
            `alone` and `learned` (H, W), means over `n` data; `total_alone` and `total_learned`,
            [mean, standard error] of the bits of all words of a datum.

        Raises:
            Refusal: codes are numbers, or the prior has not begun to learn.
        """
        model = self.the_words()
        self.must_have_learned()
        alone = model.vq.elbo_parts(self.held_out)[1] / NAT
        yield None
        learned = -model.prior.log_probs(model.grids(self.held_out))[:, 0] / NAT
        return {"alone": alone.mean(0).view(model.vq.grid[1:]).cpu().numpy(),
                "learned": learned.mean(0).cpu().numpy(), "n": len(alone),
                "total_alone": _mean(alone.sum(1)),
                "total_learned": _mean(learned.flatten(1).sum(1))}

    @question
    @torch.no_grad()
    def quality(self, seed: Seed) -> Work[Answer]:
        """Measure the Frechet distance to held-out pictures by our own net's features.

        Returns:
            `normal` and `learned`, of means of p(x|z) with codes of both priors; `copies`, of
            held-out codes decoded, which no prior can beat by much; `real`, of as many training
            pictures; the `n` pictures of each set.

        Raises:
            Refusal: the prior has not begun to learn.
        """
        self.must_have_learned()
        sow(seed, self.device)
        n, model = min(N_COMPARED, len(self.data.test)), self.model
        real = self._features(torch.from_numpy(self.data.test[:n]))
        sets: dict[str, Tensor] = {"real": torch.from_numpy(self.data.train[:n])}
        if isinstance(model, LatentPrior):
            noise = torch.randn(n, model.vae.latent_dim, device=self.device)
            sets |= {"normal": model.decode(noise), "learned": model.decode(model.carry(noise)),
                     "copies": model.decode(model.parts(self.held_out[:n]).z)}
        else:
            noise = torch.rand(n, *model.vq.grid, device=self.device)
            drawn = yield from drawn_words(model, noise)
            sets |= {"normal": model.decode_grids(model.draw_alone(n)),
                     "learned": model.decode_grids(drawn),
                     "copies": model.decode_grids(model.grids(self.held_out[:n]))}
        answer: dict[str, Any] = {"n": n}
        for name, pictures in sets.items():
            yield None
            answer[name] = frechet_distance(self._features(pictures), real)
        return answer | {f"shown_{name}": as_bytes(sets[name][:N_WORST])
                         for name in ("normal", "learned", "copies", "real")}

    def _features(self, pictures: Tensor) -> np.ndarray:
        return feature_net.features(self.settings.dataset, pictures.clamp(0, 1))


def drawn_words(model: WordPrior, noise: Tensor) -> Work[Tensor]:
    """Draw words by the learned prior, place by place, (N, 1, H, W)."""
    path = model.prior.path(len(noise), noise=noise)
    state = yield from to_the_end(path, noise[0].numel())
    return state.x


def aggregate(z: Tensor, mu: Tensor, log_sigma: Tensor) -> Work[Tensor]:
    """Return the log-density in nats of the mean of Gaussians (N, Z) at places (B, Z), (B,)."""
    found = []
    for part in z.split(AT_ONCE):
        scaled = (part[:, None] - mu) * (-log_sigma).exp()  # (b, N, Z)
        each = -(scaled.square() / 2 + log_sigma + LOG_TAU / 2).sum(2)
        found.append(each.logsumexp(1) - math.log(len(mu)))
        yield None
    return torch.cat(found)


def _mean(values: Tensor) -> list[float]:
    """Return mean and standard error."""
    values = values.cpu().double()
    return [values.mean().item(), (values.std() / len(values) ** 0.5).item()]
