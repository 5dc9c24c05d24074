"""What one can ask a Boltzmann machine: its gradient, log Z, completions, how its chains mix."""

from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.annealing import estimate
from model_zoo.rbm import Moments, total
from playground.arguments import HeldOut, OneOf, Seed
from playground.concepts.rbm.settings import MOST_SUMMED
from playground.concepts.rbm.training import N_HELD_OUT, TrainedRBM, black_and_white
from playground.datasets import bars
from playground.experiments import mixing
from playground.experiments.base import Answer, Work, at_once, question
from playground.experiments.pixels import as_bytes, plain
from playground.language import N_
from playground.refusal import Refusal
from playground.training.randomness import fixed_random_state, sow

N_FANTASIES = 3200
LONG = (1, 10, 100)  # Gibbs steps of contrastive divergence
LADDERS = (10, 30, 100, 300, 1000)
LONG_LADDERS = (3000, 10_000)  # by which all held-out pictures are measured
N_ANNEALED, FEWER = 100, 20
MANY = 2**18  # weights, from which on fewer chains anneal
HALVES = ("top", "bottom", "left", "right")
N_COMPLETED, COMPLETING = 12, 300
N_MIXED, MIXING, WARMING = 60, 300, 100
STRIP = 20  # moments of a chain that are shown


class RBMQuestions(TrainedRBM):
    """A trained machine that answers."""

    def summed(self) -> Work[float]:
        """Return log Z, exact."""
        parts: list[Tensor] = []
        for part in self.model.summing():
            parts.append(part)
            yield None
        return torch.stack(parts).logsumexp(0).item()

    @property
    def n_annealed(self) -> int:
        """How many chains anneal: 100, or 20 where the machine is large."""
        return FEWER if self.model.weights.numel() > MANY else N_ANNEALED

    def annealed(self, n_temperatures: int, n_chains: int | None = None,
                 ) -> Work[tuple[float, float]]:
        """Return log Z as annealed chains estimate it, and the standard error."""
        ways = self.model.annealing(n_chains or self.n_annealed, n_temperatures)
        for done in range(n_temperatures):
            log_weights = next(ways)
            if done % self.piece == 0:
                yield done / n_temperatures
        return estimate(log_weights)

    @torch.no_grad()
    def all_held_out(self) -> dict[str, float]:
        """Return figures of all `n` held-out pictures; none of bars and stripes, which have none.

        Returns:
            `nats`, the mean of -log p(x), and its standard `error` over the pictures. Where log Z
            is an estimate, by 100 chains with 10,000 temperatures, its own standard error,
            `log_z_error`, and both by a shorter ladder of 3,000, `short_nats` and `short_error`.
        """
        if self.settings.is_bars:
            return {}
        with fixed_random_state(self.device):
            found = ([(at_once(self.summed()), 0.0)] if self.settings.is_exact else
                     [at_once(self.annealed(n, N_ANNEALED)) for n in LONG_LADDERS])
        (short, short_error), (log_z, error) = found[0], found[-1]
        nats = -torch.cat([self.model.exact_log_prob(part, log_z) for part in
                           black_and_white(self.data.test).split(N_HELD_OUT)])
        figures = {"nats": nats.mean().item(), "error": (nats.std() / len(nats) ** 0.5).item(),
                   "n": len(nats)}
        if self.settings.is_exact:
            return figures
        return figures | {"log_z_error": error, "short_nats": figures["nats"] + short - log_z,
                          "short_error": short_error}

    def _walk(self, v: Tensor, n: int, held: Tensor | None = None) -> Work[tuple[Tensor, Tensor]]:
        """Return pixels after n Gibbs steps and their chances, (B, V) each; see `RBM.gibbs`."""
        chances = v
        chains = self.model.gibbs(v, held=held)
        for step in range(n):
            v, chances = next(chains)
            if step % self.piece == 0:
                yield step / n
        return v, chances

    def patterns_of(self, v: Tensor) -> np.ndarray:
        """Return which of the bars and stripes pixels are, (B, V) -> (B,) int64; -1 for none."""
        codes = [_code(each.reshape(len(each), -1)) for each in (v.numpy(), bars.patterns())]
        found, known = codes
        order = np.argsort(known)
        place = order[np.searchsorted(known[order], found).clip(max=len(known) - 1)]
        return np.where(known[place] == found, place, -1)

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
        self._must_be_small()
        sow(seed, self.device)
        log_z = yield from self.summed()
        parts: list[Moments] = []
        for part in self.model.averaging(log_z):
            parts.append(part)
            yield None
        own = _flat(total(parts))
        train = torch.bernoulli(self.trainer.batches.data.flatten(1))  # leaves 0 and 1 as they are
        data = _flat(self.model.moments(train))
        exact = data - own
        start = train[torch.arange(N_FANTASIES, device=self.device) % len(train)]
        starts = {f"cd_{k}": (start, k) for k in LONG}
        if self.settings.rule == "pcd":
            starts["pcd"] = (self.model.chains, self.settings.cd_steps)
        cosines, lengths = [], []
        for v, k in starts.values():
            fantasies, _chances = yield from self._walk(v, k)
            slope = data - _flat(self.model.moments(fantasies))
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
            of held-out pictures in nats by the last or by the exact one; `n` chains.
        """
        sow(seed, self.device)
        exact = (yield from self.summed()) if self.settings.is_exact else None
        found = []
        for n in LADDERS:
            found.append((yield from self.annealed(n)))
        log_z, errors = (np.array(each) for each in zip(*found, strict=True))
        known = float(log_z[-1]) if exact is None else exact
        log_p = self.model.exact_log_prob(self.held_out, known).mean().item()
        return {"ladders": np.array(LADDERS), "log_z": log_z, "errors": errors, "exact": exact,
                "log_p": log_p, "n": self.n_annealed}

    @question
    @torch.no_grad()
    def complete(self, index: HeldOut, half: Annotated[str, OneOf(HALVES)],
                 seed: Seed) -> Work[Answer]:
        """Hold one half of a held-out picture, and let chains draw the other from noise.

        Returns:
            `picture` (H, W); `given` (H, W), 1 where it is held; `drawn` (N, H, W) bytes, where
            the chains are after `steps` steps; `mean` (H, W), of all of them; of bars and stripes
            `valid`, the share of chains that made one.
        """
        sow(seed, self.device)
        given = torch.zeros(self.data.shape, device=self.device)
        rows, columns = (side // 2 for side in self.data.shape[1:])
        part = {"top": given[:, :rows], "bottom": given[:, rows:],
                "left": given[..., :columns], "right": given[..., columns:]}[half]
        part.fill_(1)
        held, picture = given.flatten(), self.held_out[index]
        v = torch.where(held > 0, picture.flatten(), self.model.noise(N_COMPLETED))
        v, chances = yield from self._walk(v, COMPLETING, held)
        shown = (v if self.settings.is_bars else chances).view(-1, *self.data.shape)
        answer: dict[str, Any] = {
            "picture": plain(picture), "given": plain(given), "drawn": as_bytes(shown),
            "mean": plain(chances.mean(0).view(self.data.shape)), "steps": COMPLETING}
        if self.settings.is_bars:
            answer["valid"] = float((self.patterns_of(v.cpu()) >= 0).mean())
        return answer

    @question
    @torch.no_grad()
    def mixing(self, seed: Seed) -> Work[Answer]:
        """Watch chains for 300 steps: how long does each stay at one picture, or near one class?

        Of bars and stripes it is at one of the 30, or at none; of digits it is near the class of
        the training picture that fewest pixels differ from.

        Returns:
            `stay`, the mean length of a stay in steps; `changes` of a chain in 100 steps;
            `stuck`, the share of chains that never left one; `shares` (C,) of the time at each
            picture or class; `nowhere`, the share at none; `strip` (S, H, W) bytes, one chain
            at each fifteenth step; `steps`, how many were watched.
        """
        sow(seed, self.device)
        start, _chances = yield from self._walk(self.model.noise(N_MIXED), WARMING)
        seen, strip = [], []
        every = MIXING // STRIP
        for step, (v, chances) in zip(range(MIXING), self.model.gibbs(start), strict=False):
            seen.append(self._places(v))
            if step % every == 0:
                strip.append((v if self.settings.is_bars else chances)[0])
            if step % self.piece == 0:
                yield step / MIXING
        places = np.stack(seen)  # (S, N)
        n_places = len(bars.patterns()) if self.settings.is_bars else self.n_classes
        return mixing.stays(places, n_places) | {
            "steps": MIXING,
            "strip": as_bytes(torch.stack(strip).view(-1, *self.data.shape))}

    @property
    def n_classes(self) -> int:
        """How many classes the data have."""
        return int(self.data.train_labels.max()) + 1

    def _places(self, v: Tensor) -> np.ndarray:
        """Return the picture or class at which each chain is, (B,) int64; -1 for none."""
        if self.settings.is_bars:
            return self.patterns_of(v.cpu())
        known = self.known.flatten(1)
        differ = known.sum(1) - 2 * v @ known.T  # of pixels, up to those of v
        nearest = differ.argmin(1).cpu().numpy()
        return np.asarray(self.data.train_labels[nearest])


def _code(v: np.ndarray) -> np.ndarray:
    """Pixels of 0 and 1, (B, V), as whole numbers, (B,)."""
    return np.rint(v).astype(np.int64) @ (1 << np.arange(v.shape[1]))


def _flat(moments: Moments) -> Tensor:
    """All slopes as one vector, float64 on the CPU."""
    return torch.cat([each.flatten() for each in moments]).cpu().double()

