"""What one can ask a Boltzmann machine of its gradient and of its log Z."""

import numpy as np
import torch
from torch import Tensor

from model_zoo.annealing import estimate
from model_zoo.dbm import DBM
from model_zoo.gaussian_rbm import GaussianRBM
from model_zoo.quadrature import summing
from model_zoo.rbm import RBM, Moments, total
from playground.arguments import Seed
from playground.concepts.rbm.chains import RBMChains
from playground.concepts.rbm.settings import MOST_SUMMED
from playground.concepts.rbm.training import N_HELD_OUT, black_and_white
from playground.experiments.base import Answer, Work, at_once, question
from playground.experiments.pieces import log_sum
from playground.language import N_
from playground.refusal import Refusal
from playground.training.randomness import fixed_random_state, sow

N_FANTASIES = 3200
LONG = (1, 10, 100)  # Gibbs steps of contrastive divergence
LADDERS = (10, 30, 100, 300, 1000)
LONG_LADDERS = (2000, 10_000)  # by which all held-out pictures are measured
N_ANNEALED, FEWER = 100, 20
BACK_FROM, BACK_FROM_LARGE = (50, 4), (10, 2)  # pictures, and chains back from each


class RBMQuestions(RBMChains):
    """A trained machine that answers."""

    def summed(self) -> Work[float]:
        """Return log Z, exact; of points and many hidden units by quadrature."""
        model, many = self.model, self.settings.n_hidden > MOST_SUMMED
        return (yield from log_sum(
            summing(model.free_energy, self.device)
            if isinstance(model, GaussianRBM) and many else model.summing()))

    def mean_log_p(self, machine: RBM | DBM, log_z: float) -> Work[float]:
        """Return the mean log p of held-out pictures by log Z; of a deep machine maybe a bound."""
        if isinstance(machine, RBM):
            return machine.exact_log_prob(self.held_out, log_z).mean().item()
        if not self.settings.is_exact:
            return machine.bound(self.held_out, log_z).double().mean().item()
        parts: list[Tensor] = []
        for part in machine.summing_given(self.held_out):
            parts.append(part)
            yield None
        return torch.stack(parts).logsumexp(0).mean().item() - log_z

    @property
    def n_annealed(self) -> int:
        """How many chains anneal: 100, or 20 where the machine is large."""
        return FEWER if self.is_large else N_ANNEALED

    def annealed(self, n_temperatures: int, n_chains: int | None = None,
                 ) -> Work[tuple[float, float]]:
        """Return log Z as annealed chains estimate it, and the standard error."""
        ways = self.of_pictures.annealing(n_chains or self.n_annealed, n_temperatures)
        for done in range(n_temperatures):
            log_weights = next(ways)
            if done % self.piece == 0:
                yield done / n_temperatures
        return estimate(log_weights)

    @torch.no_grad()
    def all_held_out(self) -> dict[str, float]:
        """Return figures of all `n` held-out pictures; none of bars and stripes, which have
        none, and of points, which are a sample.

        Returns:
            `nats`, the mean of -log p(x), and its standard `error` over the pictures. Where log Z
            is an estimate, by 100 chains with so many `temperatures`, its own standard
            error, `log_z_error`; and the same by a shorter ladder of a fifth, `short_nats` and
            `short_error`.
        """
        if self.settings.is_bars or self.settings.is_points:
            return {}
        with fixed_random_state(self.device):
            found = ([(at_once(self.summed()), 0.0)] if self.settings.is_exact else
                     [at_once(self.annealed(n, N_ANNEALED)) for n in LONG_LADDERS])
        (short, short_error), (log_z, error) = found[0], found[-1]
        machine = self.of_pictures
        log_p = (machine.bound if isinstance(machine, DBM) and not self.settings.is_exact else
                 machine.exact_log_prob)
        nats = -torch.cat([log_p(part, log_z).cpu() for part in
                           black_and_white(self.data.test).split(N_HELD_OUT)])
        figures = {"nats": nats.mean().item(), "error": (nats.std() / len(nats) ** 0.5).item(),
                   "n": len(nats)}
        if self.settings.is_exact:
            return figures
        return figures | {"log_z_error": error, "short_nats": figures["nats"] + short - log_z,
                          "short_error": short_error, "temperatures": LONG_LADDERS[-1],
                          "short_temperatures": LONG_LADDERS[0]}

    def _must_be_small(self) -> None:
        if not self.settings.is_exact:
            raise Refusal(N_("the smaller layer must have at most {n} units, so that all of its "
                             "states can be summed over"), n=MOST_SUMMED)

    @question
    @torch.no_grad()
    def gradients(self, seed: Seed) -> Work[Answer]:
        """Compare the gradient that each rule would follow now with the exact one.

        Contrastive divergence takes 3,200 fantasies here, so that what is left of an angle is its
        bias and little chance; persistent chains are as many as there are.

        Returns:
            `names` (K,), e.g. "cd_10" or "pcd"; `angles` (K,) to the exact gradient in degrees,
            `lengths` (K,) of each, and that of the exact one, `exact`.

        Raises:
            Refusal: there are too many states to sum over.
        """
        machine = self.restricted
        self._must_be_small()
        sow(seed, self.device)
        log_z = yield from self.summed()
        parts: list[Moments] = []
        for part in machine.averaging(log_z):
            parts.append(part)
            yield None
        own = _flat(total(parts))
        train = torch.bernoulli(self.trainer.batches.data.flatten(1))  # leaves 0 and 1 as they are
        data = _flat(machine.moments(train))
        exact = data - own
        start = train[torch.arange(N_FANTASIES, device=self.device) % len(train)]
        starts = {f"cd_{k}": (start, k) for k in LONG}
        if self.settings.rule != "cd":
            starts[self.settings.rule] = (self.model.chains, self.settings.cd_steps)
        cosines, lengths = [], []
        for name, (v, k) in starts.items():
            walk = self._tempered if name == "tempered" else self._walk
            fantasies, _more = yield from walk(v, k)
            slope = data - _flat(machine.moments(fantasies))
            scale = (slope.norm() * exact.norm()).clamp_min(1e-12)
            cosines.append((slope @ exact / scale).clamp(-1, 1).item())
            lengths.append(slope.norm().item())
        return {"names": list(starts), "angles": np.degrees(np.arccos(cosines)),
                "lengths": np.array(lengths), "exact": exact.norm().item()}

    @question
    @torch.no_grad()
    def partition(self, seed: Seed) -> Work[Answer]:
        """Estimate log Z by annealed importance sampling with more and more temperatures.

        Returns:
            `ladders` (K,), temperatures of each; `log_z` (K,) by some chains, their standard
            `errors` (K,); `exact` log Z, None where there are too many states; `log_p`, the mean
            of held-out pictures in nats by the last or by the exact one, of a deep machine that
            is not exact the mean of its bound; `n` chains.
        """
        machine = self.of_pictures
        sow(seed, self.device)
        exact = (yield from self.summed()) if self.settings.is_exact else None
        found = []
        for n in LADDERS:
            found.append((yield from self.annealed(n)))
        log_z, errors = (np.array(each) for each in zip(*found, strict=True))
        known = float(log_z[-1]) if exact is None else exact
        log_p = yield from self.mean_log_p(machine, known)
        return {"ladders": np.array(LADDERS), "log_z": log_z, "errors": errors, "exact": exact,
                "log_p": log_p, "n": self.n_annealed}

    @question
    @torch.no_grad()
    def bracket(self, seed: Seed) -> Work[Answer]:
        """Estimate log p from above, by annealing to the machine, and bound it from below, back.

        Returns:
            `ladders` (K,), temperatures of each; of the same `n` held-out pictures the mean log p
            in nats: `high` (K,), by annealing, its standard errors `high_errors` (K,) those of
            log Z; `low` (K,), by `repeats` chains back from each picture, its standard errors
            `low_errors` (K,) those of the chains; `exact`, None where there are too many states.
        """
        machine = self.restricted
        sow(seed, self.device)
        n, repeats = BACK_FROM_LARGE if self.is_large else BACK_FROM
        data = self.held_out[:n]
        exact = (machine.exact_log_prob(data, (yield from self.summed())).mean().item()
                 if self.settings.is_exact else None)
        free = machine.exact_log_prob(data, 0.0).mean().item()
        high, low = [], []
        for n_temperatures in LADDERS:
            log_z, error = yield from self.annealed(n_temperatures)
            high.append((free - log_z, error))
            back = machine.annealing_back(data.repeat_interleave(repeats, 0), n_temperatures)
            for done in range(n_temperatures):
                log_weights = next(back)
                if done % self.piece == 0:
                    yield done / n_temperatures
            each = log_weights.view(len(data), repeats)
            low.append((each.mean().item(),
                        each.var(1).mean().sqrt().item() / each.numel() ** 0.5))
        (above, high_errors), (below, low_errors) = (np.array(each).T for each in (high, low))
        return {"ladders": np.array(LADDERS), "high": above, "high_errors": high_errors,
                "low": below, "low_errors": low_errors, "exact": exact, "n": len(data),
                "repeats": repeats}


def _flat(moments: Moments) -> Tensor:
    """All slopes as one vector, float64 on the CPU."""
    return torch.cat([each.flatten() for each in moments]).cpu().double()
