"""What one can ask a generative stochastic network: a step, where chains end, how they mix."""

from typing import Any

import numpy as np
import torch
from scipy.special import logsumexp
from sklearn.cluster import MiniBatchKMeans
from torch import Tensor

from model_zoo.gsn import AddedNoise, PointDenoiser
from playground.arguments import HeldOut, Seed
from playground.concepts.gsn import stationary
from playground.concepts.gsn.training import TrainedGSN
from playground.experiments import mixing, toy_density
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.experiments.pixels import as_bytes, plain
from playground.language import N_
from playground.metrics.distances import wasserstein
from playground.refusal import Refusal
from playground.training.randomness import sow

N_DRAWN = {True: 12, False: 300}  # of one reconstruction: pictures, points
N_MIXED, WARMING, MIXING = 60, 100, 300
STRIP = 20  # moments of a chain that are shown
N_SPREAD, SPREADING = 300, 100
N_PARZEN, N_RATED = 500, 250  # data of each set, and held-out ones that choose and that judge
WIDTHS = np.geomspace(0.02, 2, 24)
CENTRE_BATCHES, CENTRE_BATCH = 30, 1000
N_PLACES = 1000  # held-out points at which a density is asked for
PIECE = 10


class GSNQuestions(TrainedGSN):
    """A trained net that answers."""

    @property
    def n_classes(self) -> int:
        """How many classes the data have."""
        return int(self.data.train_labels.max()) + 1

    def labels_of(self, places: Tensor) -> np.ndarray:
        """Return the classes of known data, by their rows."""
        return np.asarray(self.data.train_labels[places.cpu().numpy()])

    @question
    @torch.no_grad()
    def one_step(self, index: HeldOut, seed: Seed) -> Work[Answer]:
        """Corrupt a held-out datum; compare what the net says of it with what is right.

        What is right is taken from the training set: each of its data, weighted by how likely the
        corruption leads from it to what the net sees.

        Returns:
            `datum`, `corrupted`, and the means `mean` and `right`, (2,) or (H, W); `drawn` and
            `others` (N, 2), draws of both, or (N, H, W) bytes; of points `w2` between those.
        """
        sow(seed, self.device)
        train = self.trainer.batches.data
        datum = self.held_out[index:index + 1]
        corrupted = self.model.corruption(datum)
        said = self.model.denoiser(corrupted)
        yield None
        weights = self.model.corruption.log_prob(corrupted, train)[0].softmax(0)
        right = (weights @ train.flatten(1)).view(datum.shape)
        n = N_DRAWN[self.settings.is_image]
        rows = torch.multinomial(weights, n, replacement=True)
        drawn = self.model.denoiser(corrupted.expand(n, *self.data.shape)).draw()
        parts = {"datum": datum, "corrupted": corrupted, "mean": said.mean, "right": right}
        if self.settings.is_image:
            return {name: plain(part[0]) for name, part in parts.items()} | {
                "drawn": as_bytes(drawn), "others": as_bytes(train[rows])}
        answer = {name: part[0].cpu().numpy() for name, part in parts.items()}
        points, others = drawn.cpu().numpy(), train[rows].cpu().numpy()
        return answer | {"drawn": points, "others": others, "w2": wasserstein(points, others)}

    @question
    @torch.no_grad()
    def stationary(self) -> Work[Answer]:
        """Find the density to which the chain itself goes, by its transition operator on a grid.

        Returns:
            `density` (V, V), rows along the second coordinate, over the square of `reach` around
            the origin; `log_p`, its mean over held-out points in nats, and `true`, that of the
            density from which they were drawn, or None; `steps` in which the slowest difference
            between two chains falls to 1 / e; `lost`, how much leaves the grid in a step.

        Raises:
            Refusal: the data are pictures.
        """
        denoiser, corruption = self.model.denoiser, self.model.corruption
        if not isinstance(denoiser, PointDenoiser) or not isinstance(corruption, AddedNoise):
            raise Refusal(N_("the data must be points of the plane: a grid over pictures would "
                             "have too many cells"))
        found = yield from stationary.of_chain(denoiser, float(corruption.sigma), self.device)
        held_out = self.data.test[:N_PLACES].astype(np.float64)
        at_data = yield from found.density_at(held_out)
        view = stationary.square(stationary.VIEW, stationary.N_VIEW)
        density = yield from found.density_at(view)
        known = toy_density.log_density(self.settings.dataset, self.settings.noise)
        return {"density": density.reshape(stationary.N_VIEW, -1).astype(np.float32),
                "reach": stationary.VIEW, "log_p": float(np.log(at_data).mean()),
                "true": None if known is None else float(known(held_out).mean()),
                "steps": found.relaxation, "lost": found.lost}

    @question
    @torch.no_grad()
    def mixing(self, seed: Seed) -> Work[Answer]:
        """Watch chains for 300 steps: how long does each stay near one class?

        A chain is near the class of the known datum that is nearest.

        Returns:
            What `mixing.stays` returns; `truth` (C,), the shares of the classes in the data;
            `steps`, how many were watched; `trail` (S, 2), one chain, or `strip` (S, H, W) bytes,
            what the net thought of at each fifteenth step of one.
        """
        sow(seed, self.device)
        x = self.model.corruption.noise(N_MIXED, self.data.shape)
        seen, strip, trail = [], [], []
        for step in range(WARMING + MIXING):
            state = self.model.step(x)
            x = state.x
            if step >= WARMING:
                seen.append(self.places(x))
                trail.append(self.kept(x[0]))
                if (step - WARMING) % (MIXING // STRIP) == 0:
                    strip.append(state.mean[0])
            if step % PIECE == 0:
                yield step / (WARMING + MIXING)
        places = self.labels_of(torch.stack(seen))
        counts = np.bincount(self.data.train_labels, minlength=self.n_classes)
        shown = ({"strip": as_bytes(torch.stack(strip))} if self.settings.is_image else
                 {"trail": torch.stack(trail).cpu().numpy()})
        return mixing.stays(places, self.n_classes) | shown | {
            "truth": counts / counts.sum(), "steps": MIXING}

    @question
    @torch.no_grad()
    def by_mean(self, seed: Seed) -> Work[Answer]:
        """Let chains go on from draws, and from means, 100 steps from the same start.

        Returns:
            `draw` and `mean`, where they are, (N, 2) or (N, H, W) bytes; `spread_draw` and
            `spread_mean`, the root of their total variance over that of the data.
        """
        answer: dict[str, Any] = {}
        data = self.held_out.flatten(1).var(0).sum()
        self.model.n_steps = SPREADING
        for name in ("draw", "mean"):
            sow(seed, self.device)
            self.model.draws = name == "draw"
            state = yield from to_the_end(self.model.path(N_SPREAD), SPREADING)
            x = self.kept(state.x)
            variance = x.flatten(1).var(0).sum()
            answer[f"spread_{name}"] = (variance / data).sqrt().item()
            answer[name] = (as_bytes(state.mean[:36]) if self.settings.is_image else
                            x.cpu().numpy())
        self.take_knobs()
        return answer

    @question
    @torch.no_grad()
    def parzen(self, seed: Seed) -> Work[Answer]:
        """Rate three sets of 500 pictures by Parzen windows, as papers did: a Gaussian on each.

        The width is the one with which half of the held-out data are likeliest; the other half
        is rated. L. Theis, A. van den Oord, M. Bethge, "A note on the evaluation of generative
        models", 2016, section 3.2, https://arxiv.org/abs/1511.01844

        Returns:
            `names` (3,): "chain", the chances of its samples, as papers did; "train",
            data; "means", centres of k-means of the training set, which are no samples of
            anything; `nats` (3,), the mean log-density; `widths` (3,).

        Raises:
            Refusal: the data are points, of which a window tells the truth well enough.
        """
        if not self.settings.is_image:
            raise Refusal(N_("the data must be pictures: on the plane windows are good enough"))
        sow(seed, self.device)
        self.model.n_steps, self.model.draws = SPREADING, True
        state = yield from to_the_end(self.model.path(N_PARZEN), SPREADING)
        self.take_knobs()
        train = self.data.train.reshape(len(self.data.train), -1)
        rng = np.random.default_rng(seed)
        some = train[rng.permutation(len(train))[:N_PARZEN]]
        means = MiniBatchKMeans(len(some), random_state=seed, n_init=1, init=some)
        for _batch in range(CENTRE_BATCHES):
            means.partial_fit(train[rng.integers(len(train), size=CENTRE_BATCH)])
            yield None
        sets = {"chain": state.mean.flatten(1).cpu().numpy(), "train": some,
                "means": means.cluster_centers_}
        held_out = self.data.test.reshape(len(self.data.test), -1)[:2 * N_RATED]
        nats, widths = [], []
        for points in sets.values():
            choosing, rated = (_parzen(points, half) for half in np.array_split(held_out, 2))
            best = int(choosing.argmax())
            nats.append(rated[best])
            widths.append(WIDTHS[best])
            yield None
        return {"names": list(sets), "nats": np.array(nats), "widths": np.array(widths)}



def _parzen(points: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The mean log-density in nats of data (M, D) by points (N, D), for each of `WIDTHS`."""
    away = (x**2).sum(1)[:, None] + (points**2).sum(1) - 2 * x @ points.T
    d = x.shape[1]
    return np.array([logsumexp(-away / (2 * h**2), axis=1).mean() - np.log(len(points))
                     - d * np.log(h * np.sqrt(2 * np.pi)) for h in WIDTHS])
