"""What one can ask an energy: compositions, odd data, its gradient, and how its chains mix."""

from typing import Annotated

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from model_zoo import quadrature
from model_zoo.langevin import Energy, Langevin
from playground import datasets
from playground.arguments import OneOf, Seed
from playground.concepts.energy.mapping import MappedEnergy, shades
from playground.concepts.energy.settings import OTHERS
from playground.concepts.energy.slopes import angle_to, slopes_of
from playground.concepts.energy.training import build
from playground.experiments.base import Answer, Work, question
from playground.experiments.pixels import as_bytes
from playground.training.batches import Batches
from playground.training.randomness import sow
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

LEARNING = {"rule": "contrastive", "steps": 600, "batch_size": 256, "learning_rate": 3e-3,
            "noise_width": 2.0, "mean_of": 50}
N_DRAWN, DRAWING = 300, 400  # chains of a composition, and their steps
N_FANTASIES = 2000
STARTS = (("at_data", 1), ("at_data", 20), ("at_data", 100), ("short_run", 20),
          ("short_run", 100))
TEMPERATURES = (0.5, 1.0, 2.0)
N_MIXED, MIXING, MOMENTS = 200, 400, 20
N_NEIGHBOURS = 1500
N_JUDGED, FARTHEST, N_ODD = 500, 3.0, 6
BINS, WIDEST = 60, 8.0  # of a histogram: how many times as wide as that of held-out data
PIECE = 10


class EnergyQuestions(MappedEnergy):
    """A trained energy that answers."""

    @question
    @torch.no_grad()
    def compositions(self, other: Annotated[str, OneOf(OTHERS)], seed: Seed) -> Work[Answer]:
        """Add another energy to this one, and take the soft minimum of both.

        The other one is this one mirrored, or learns another set by noise-contrastive estimation
        first. Adding energies multiplies densities; the soft minimum, each less its log Z, mixes.

        Returns:
            `wells` (4, G, G) bytes, of this one, the other, their sum and their soft minimum, see
            `shades`; `drawn` (4, N, 2) by Langevin chains from noise, after `steps`
            steps; `nats` (4,), log Z of each.
        """
        self.must_be_points()
        self.take_knobs()
        sow(seed, self.device)
        mine = self.model.energy
        theirs = yield from self._other(other)
        mine_z = yield from self.summed(mine)
        theirs_z = yield from self.summed(theirs)

        def both(x: Tensor) -> Tensor:
            return mine(x) + theirs(x)

        def either(x: Tensor) -> Tensor:
            return -torch.logaddexp(-mine(x) - mine_z, -theirs(x) - theirs_z)

        wells, drawn, nats = [], [], []
        for energy in (mine, theirs, both, either):
            surface, found = yield from self.mapped(energy)
            x = yield from self._walked(self.model.sampler, energy, self.model.noise(N_DRAWN),
                                        DRAWING)
            wells.append(shades(surface).cpu().numpy())
            drawn.append(x.cpu().numpy())
            nats.append(found)
        return {"wells": np.stack(wells), "drawn": np.stack(drawn), "nats": np.array(nats),
                "steps": DRAWING}

    def _other(self, name: str) -> Work[Energy]:
        """Return this energy mirrored, or one that has learned another set."""
        if name == "mirror":
            return lambda x: self.model.energy(x * torch.tensor([1.0, -1.0], device=x.device))
        settings = self.settings.with_changes(dataset=name, **LEARNING)
        points = torch.from_numpy(datasets.load(name, n_points=2000).train).to(self.device)
        with torch.enable_grad():
            model = build(settings, (2,)).to(self.device)
            model.start_at(points)
            trainer = Trainer(model, Batches(points, settings.batch_size))
            steps = trainer.steps(lambda _player: settings.learning_rate * cosine(
                trainer.done / settings.steps))
        for step in range(settings.steps):
            with torch.enable_grad():
                next(steps)
            if step % PIECE == 0:
                yield step / settings.steps
        return model.energy

    def _walked(self, sampler: Langevin, energy: Energy, x: Tensor, n: int) -> Work[Tensor]:
        """Return where chains from x are after n steps."""
        chains = sampler.walk(energy, x)
        for step in range(n):
            x = next(chains)
            if step % PIECE == 0:
                yield step / n
        return x

    @question
    @torch.no_grad()
    def outliers(self, seed: Seed) -> Work[Answer]:
        """Tell held-out data from others by their energy alone.

        Returns:
            `names` (K,) of the sets, the first one "held_out"; `counts` (K, B), how many of each
            lie in each bin of energy between the `edges` (B + 1,), in nats above the mean of
            held-out data; `auc` (K - 1,), how often a datum of another set lies higher than a
            held-out one, 0.5 by chance; of pictures `examples` (K, M, H, W) bytes.
        """
        sow(seed, self.device)
        sets = self._sets()
        energies = []
        for x in sets.values():
            parts = []
            for rows in self.model.inward(x).split(100):
                parts.append(self.model.energy(rows))
                yield None
            energies.append(torch.cat(parts).cpu().double().numpy())
        found = [each - energies[0].mean() for each in energies]
        low = min(float(each.min()) for each in found)
        high = max(float(np.quantile(each, 0.95)) for each in found)
        high = min(high, low + WIDEST * (float(np.quantile(found[0], 0.99)) - low))
        edges = np.linspace(low, high, BINS + 1)
        answer = {
            "names": list(sets), "edges": edges,
            "counts": np.stack([np.histogram(each.clip(low, high), edges)[0] for each in found]),
            "auc": np.array([_auc(found[0], each) for each in found[1:]])}
        if self.settings.is_image:
            answer["examples"] = np.stack([as_bytes(x[:N_ODD]) for x in sets.values()])
        return answer

    def _sets(self) -> dict[str, Tensor]:
        """Held-out data and others, (N, *shape) each."""
        x = self.held_out[:N_JUDGED]
        if self.settings.is_image:
            return {"held_out": x, "upside_down": x[:N_JUDGED].flip(-2), "inverted": 1 - x,
                    "noise": torch.rand(N_JUDGED, *x.shape[1:], device=self.device),
                    "blank": torch.zeros_like(x)}
        other = "moons" if self.settings.dataset != "moons" else "ring"
        points = datasets.load(other, n_points=N_JUDGED).test
        box = FARTHEST * (2 * torch.rand(N_JUDGED, 2, device=self.device) - 1)
        return {"held_out": x, other: torch.from_numpy(points).to(self.device), "box": box,
                "middle": x * 0 + 0.1 * torch.randn_like(x)}

    @question
    @torch.no_grad()
    def gradients(self, seed: Seed) -> Work[Answer]:
        """Compare the gradients by chains, of the weights that learn now, with the exact one.

        The exact one takes the model's mean by quadrature. Each rule has 2,000 fantasies; so have
        "exact" samples, drawn from the grid: what is left of their angle is chance.

        Returns:
            `names` (K,), e.g. "at_data_20", "persistent" or "exact_samples"; `angles` (K,) to the
            exact gradient in degrees; `lengths` (K,) of each, and that of the exact one, `exact`.
        """
        self.must_be_points()
        self.take_knobs()
        sow(seed, self.device)
        model, energy = self.model, self.model.learning_energy
        log_z = yield from self.summed(energy)
        own: Tensor | None = None
        chances = []
        for rows in quadrature.places(self.device):
            p = (-energy(rows).cpu().double() - log_z + quadrature.LOG_CELL).exp()
            chances.append(p)
            part = slopes_of(model, rows, p.float().to(self.device))
            own = part if own is None else own + part
            yield None
        train = self.trainer.batches.data
        data = slopes_of(model, train, torch.full((len(train),), 1 / len(train),
                                                  device=self.device))
        assert own is not None
        exact = own - data
        sets = {"exact_samples": self._from_grid(torch.cat(chances))}
        start = train[torch.arange(N_FANTASIES, device=self.device) % len(train)]
        for name, n in STARTS:
            x = start if name == "at_data" else model.noise(N_FANTASIES)
            sets[f"{name}_{n}"] = yield from self._walked(model.sampler, energy, x, n)
        if self.settings.rule == "persistent":
            sets["persistent"] = model.chains.clone()
        angles, lengths = [], []
        for x in sets.values():
            share = torch.full((len(x),), 1 / len(x), device=self.device)
            found = slopes_of(model, x, share) - data
            angles.append(angle_to(exact, found))
            lengths.append(found.norm().item())
            yield None
        return {"names": list(sets), "angles": np.array(angles), "lengths": np.array(lengths),
                "exact": exact.norm().item()}

    def _from_grid(self, chances: Tensor) -> Tensor:
        """Draw from the model by its chances on the grid, (N, 2): exact up to half a step."""
        grid = torch.cat(list(quadrature.places("cpu")))
        rows = torch.multinomial(chances, N_FANTASIES, replacement=True)
        step = 2 * quadrature.HALF / (quadrature.NODES - 1)
        jitter = step * (torch.rand(N_FANTASIES, 2) - 0.5)
        return (grid[rows] + jitter).to(self.device)

    @question
    @torch.no_grad()
    def mixing(self, seed: Seed) -> Work[Answer]:
        """Start chains at held-out data, and watch how many are near another group, or class.

        They are near that of the nearest training datum. Each temperature is watched by itself:
        T = 1 is the model.

        Returns:
            `temperatures` (K,); after `times` (S,) steps the share that is elsewhere, `changed`
            (K, S); `chance`, the share that would be elsewhere had they forgotten their start.
        """
        sow(seed, self.device)
        start = self.model.inward(self.held_out[:N_MIXED])
        began = self._groups(start)
        times = np.unique(np.rint(np.geomspace(1, MIXING, MOMENTS)).astype(int)).tolist()
        changed = []
        for temperature in TEMPERATURES:
            sampler = Langevin(self.settings.langevin_step, temperature**0.5,
                               self.model.sampler.farthest)
            chains, shares = sampler.walk(self.model.energy, start), []
            for step in range(1, MIXING + 1):
                x = next(chains)
                if step in times:
                    shares.append(float((self._groups(x) != began).mean()))
                if step % PIECE == 0:
                    yield step / MIXING
            changed.append(shares)
        share = np.bincount(began) / len(began)
        return {"temperatures": np.array(TEMPERATURES), "times": np.array(times),
                "changed": np.array(changed), "chance": 1 - float((share**2).sum())}

    def _groups(self, x: Tensor) -> np.ndarray:
        """Return the group or class of the nearest training datum, (B,) int64."""
        train = self.trainer.batches.data[:N_NEIGHBOURS].flatten(1)
        known = 2 * train - 1 if self.settings.is_image else train
        nearest = torch.cdist(x.flatten(1), known).argmin(1).cpu().numpy()
        return np.asarray(self.data.train_labels[nearest])


def _auc(low: np.ndarray, high: np.ndarray) -> float:
    """Return how often one of the second kind lies above one of the first; ties count half."""
    truth = np.repeat([0, 1], [len(low), len(high)])
    return float(roc_auc_score(truth, np.concatenate([low, high])))
