"""What one can ask the chains of a Boltzmann machine: to complete a picture, and how they mix."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.dbm import DBM
from playground.arguments import HeldOut, OneOf, Seed, check_range
from playground.concepts.rbm.training import TrainedRBM
from playground.datasets import bars
from playground.experiments import mixing
from playground.experiments.base import Answer, Work, question
from playground.experiments.pixels import as_bytes, plain
from playground.language import N_
from playground.refusal import Refusal
from playground.training.randomness import sow

HALVES = ("top", "bottom", "left", "right", "none")
N_COMPLETED, COMPLETING = 12, 300
MIXING, WARMING = 300, 100
N_MIXED, FEWER = 60, 20  # chains that are watched, and how many of a large machine
STRIP = 20  # moments of a chain that are shown


class RBMChains(TrainedRBM):
    """A trained machine whose chains can be watched."""

    def _walk(self, v: Tensor, n: int, held: Tensor | None = None) -> Work[tuple[Tensor, Tensor]]:
        """Return pixels after n Gibbs steps and their chances, (B, V) each; see `RBM.gibbs`."""
        chances = v
        chains = self.model.gibbs(v, held=held)
        for step in range(n):
            v, chances = next(chains)
            if step % self.piece == 0:
                yield step / n
        return v, chances

    def _tempered(self, v: Tensor, n: int) -> Work[tuple[Tensor, Tensor]]:
        """Return the coldest chains after n steps at all temperatures, (N, V), and the swaps.

        Args:
            v: where they start, (T, N, V).

        Returns:
            The second is the share of swaps that were taken, (T - 1,).
        """
        steps, taken = self.restricted.tempered(v), []
        for step in range(n):
            v, swaps = next(steps)
            taken.append(swaps.mean(1))
            if step % self.piece == 0:
                yield step / n
        return v[0], torch.stack(taken).mean(0)

    def patterns_of(self, v: Tensor) -> np.ndarray:
        """Return which of the bars and stripes pixels are, (B, V) -> (B,) int64; -1 for none."""
        codes = [_code(each.reshape(len(each), -1)) for each in (v.numpy(), bars.patterns())]
        found, known = codes
        order = np.argsort(known)
        place = order[np.searchsorted(known[order], found).clip(max=len(known) - 1)]
        return np.where(known[place] == found, place, -1)

    @question
    @torch.no_grad()
    def complete(self, index: HeldOut, half: Annotated[str, OneOf(HALVES)],
                 painted: list[list[float]], seed: Seed) -> Work[Answer]:
        """Hold one half of a held-out picture, or none, and let chains draw the rest from noise.

        Args:
            painted: pixels that the visitor has painted, which are held too: row, column, and
                colour, 1 for white and 0 for black; more numbers do not count.

        Returns:
            `picture` (H, W), with the paint; `given` (H, W), 1 where it is held; `drawn` (N, H, W)
            bytes, where the chains are after `steps` steps; `mean` (H, W), of all of them; of
            bars and stripes `valid`, the share of chains that made one.
        """
        machine = self.of_pictures
        height, width = self.data.shape[1:]
        check_range("painted", len(painted), 0, height * width)
        if not all(len(pixel) >= 3 for pixel in painted):
            raise Refusal(N_("painted must be pixels of a row, a column and colours"))
        sow(seed, self.device)
        given = torch.zeros(self.data.shape, device=self.device)
        rows, columns = height // 2, width // 2
        part = {"top": given[:, :rows], "bottom": given[:, rows:],
                "left": given[..., :columns], "right": given[..., columns:],
                "none": given[:, :0]}[half]
        part.fill_(1)
        picture = self.held_out[index].clone()
        for row, column, white, *_more in painted:
            check_range("row", row, 0, height - 1)
            check_range("column", column, 0, width - 1)
            picture[:, int(row), int(column)] = float(white >= 0.5)
            given[:, int(row), int(column)] = 1
        held = given.flatten()
        v = torch.where(held > 0, picture.flatten(), machine.noise(N_COMPLETED))
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

        Once they are plain ones, once the coldest of chains at several temperatures that swap. Of
        bars and stripes a chain is at one of the 30, or at none; of others it is near the class
        of the training datum that is nearest.

        Returns:
            Of `plain` chains and of `tempered` ones: `stay`, the mean length of a stay in steps;
            `changes` of a chain in 100 steps; `stuck`, the share of chains that never left one;
            `shares` (C,) of the time at each picture or class; `nowhere`, the share at none;
            `strip`, one chain at each fifteenth step, (S, H, W) bytes or points (S, 2). Besides
            `steps`, how many were watched, `n`, how many chains; and `swaps` (T - 1,), the share
            that was taken between neighbours before that. A deep machine has no tempered ones.
        """
        sow(seed, self.device)
        n, rungs = FEWER if self.is_large else N_MIXED, self.settings.n_temperatures
        start, _chances = yield from self._walk(self.model.noise(n), WARMING)
        plain_ones = yield from self._watched(v for v, _chances in self.model.gibbs(start))
        if isinstance(self.model, DBM):
            return {"plain": plain_ones, "tempered": None, "swaps": None, "steps": MIXING, "n": n}
        ladder = self.model.tempered(self.model.noise(rungs * n).view(rungs, n, -1))
        swaps = []
        for _step, (_v, taken) in zip(range(WARMING), ladder, strict=False):
            swaps.append(taken.mean(1))
            yield None
        tempered = yield from self._watched(v[0] for v, _taken in ladder)
        return {"plain": plain_ones, "tempered": tempered, "steps": MIXING, "n": n,
                "swaps": torch.stack(swaps[WARMING // 2:]).mean(0).cpu().numpy()}

    def _watched(self, chains: Iterator[Tensor]) -> Work[dict[str, Any]]:
        """Watch chains for 300 steps; see `mixing`."""
        seen, strip = [], []
        every = MIXING // STRIP
        for step, v in zip(range(MIXING), chains, strict=False):
            seen.append(self._places(v))
            if step % every == 0:
                strip.append(v[0])
            if step % self.piece == 0:
                yield step / MIXING
        n_places = len(bars.patterns()) if self.settings.is_bars else self.n_classes
        return mixing.stays(np.stack(seen), n_places) | {
            "strip": torch.stack(strip).cpu().numpy() if self.settings.is_points else
                     as_bytes(torch.stack(strip).view(-1, *self.data.shape))}

    @property
    def n_classes(self) -> int:
        """How many classes the data have."""
        return int(self.data.train_labels.max()) + 1

    def _places(self, v: Tensor) -> np.ndarray:
        """Return the picture or class at which each chain is, (B,) int64; -1 for none."""
        if self.settings.is_bars:
            return self.patterns_of(v.cpu())
        known = self.known.flatten(1)
        apart = known.square().sum(1) - 2 * v @ known.T  # squared, up to the square of v
        nearest = apart.argmin(1).cpu().numpy()
        return np.asarray(self.data.train_labels[nearest])


def _code(v: np.ndarray) -> np.ndarray:
    """Pixels of 0 and 1, (B, V), as whole numbers, (B,)."""
    return np.rint(v).astype(np.int64) @ (1 << np.arange(v.shape[1]))
