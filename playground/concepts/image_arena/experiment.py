"""The arena of images: all families learn from the same pictures, side by side."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np

from playground import datasets
from playground.arguments import HeldOut, Seed, Within
from playground.concepts.image_arena import families
from playground.concepts.image_arena.data import images
from playground.concepts.image_arena.image_contestant import ImageContestant
from playground.concepts.image_arena.image_judge import ImageJudge
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.datasets import own_image
from playground.experiments.base import Answer, Observation, Work, question
from playground.experiments.contest import Contest
from playground.experiments.contestant import Family
from playground.experiments.pieces import clocked
from playground.language import N_
from playground.metrics import feature_net
from playground.refusal import Refusal
from playground.training import threads

N_SHOWN = {8: 25, 14: 16, 28: 9}
N_RATED = 100
FEW_CODES, MANY_CODES = 8, 64
MAX_DRAWN = 40
N_KNOWN = 200
SMALL_SIDE = 8

Rows = Annotated[int, Within(0, lambda asked: asked.data.shape[1])]


class ImageArenaExperiment(Contest[ImageArenaSettings, ImageContestant]):
    """All families of images."""

    looks = 5

    def __init__(self, settings: ImageArenaSettings, device: str) -> None:
        super().__init__(settings, device)
        self.images = images(settings)
        self.data = self.images.data
        self.held_out = self.images.held_out
        self.jury = ImageJudge(settings.dataset, self.images.learned, self.held_out)
        self._accuracy = feature_net.accuracy(settings.dataset)
        self._drawn: dict[str, np.ndarray] = {}
        self._nats: dict[str, tuple[int, float]] = {}
        self._judged_nats: dict[str, tuple[int, float]] = {}

    def building(self) -> Iterator[None]:
        """Build the contestants, then measure what real images get."""
        yield from self.gather(self.images)
        for _share in self.jury.measure_floor():
            yield

    @classmethod
    def prepare(cls, settings: ImageArenaSettings) -> None:
        """Load the data set, which may have to be downloaded."""
        datasets.load(settings.dataset)

    @classmethod
    def families(cls) -> Mapping[str, Family]:
        """Return those that are found."""
        return families.found()

    @property
    def threads(self) -> int:
        """Convolutions over large pictures are worth sharing out, if others need no core."""
        return threads.worth(self.data.shape[-1] > SMALL_SIDE, half=True)

    def judge(self, name: str) -> Work[Mapping[str, float]]:
        """Compare its samples with held-out images, and rate these."""
        contestant = self.contestants[name]
        samples, seconds = yield from clocked(contestant.sample(self.jury.n, seed=1), self.device)
        self.sampling[name] = seconds / self.jury.n
        self._drawn[name] = samples
        measures = yield from self.jury.measure(samples)
        if families.found()[name].claim.is_log_p:
            self._nats[name] = contestant.done, (yield from self._usual(name))
        return measures

    def looking(self) -> Work[Observation]:
        """Return what all families can do at this moment.

        Metrics, each after the name of its family: `nats`, the mean of log p(x) of held-out images
        or its bound, of `N_RATED` images, and of all when it is judged; `bits`, the same in bits
        per dimension, with the other sign; `weights`, how many numbers it keeps; and as it was
        judged last, all of `ImageJudge.measure`. `floor_` and a name: what images that were
        learned from get in place of samples. `n_judged`: samples of each that are judged, by a net
        that names `net_accuracy` of grey held-out images right.

        Arrays, bytes: `data` (N, C, H, W), held-out images; for each family `samples_` (N, ...).
        """
        n = N_SHOWN[self.data.shape[-1]]
        shown = {"data": _bytes(self.held_out[:n])}
        metrics = {f"floor_{name}": value for name, value in self.jury.floor.items()}
        metrics["n_judged"] = float(self.jury.n)
        metrics["net_accuracy"] = self._accuracy
        for name, contestant in self.contestants.items():
            metrics[f"{name}_weights"] = float(contestant.n_weights)
            shown[f"samples_{name}"] = _bytes((yield from contestant.sample(n, seed=0)))
            if families.found()[name].claim.is_log_p:
                nats = yield from self._rating(name)
                metrics[f"{name}_nats"] = nats
                metrics[f"{name}_bits"] = -nats * self.images.bits
        return metrics | self.judged, shown

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the weights of all families back."""
        super().restore(weights)
        self._drawn.clear()
        self._nats.clear()
        self._judged_nats.clear()

    @question
    def held_out_image(self, index: HeldOut) -> dict[str, Any]:
        """Return a held-out `image` (C, H, W), bytes, and its class `label`."""
        return {"image": _bytes(self.held_out[index]), "label": int(self.data.test_labels[index])}

    @question
    def own(self, picture: own_image.Picture) -> dict[str, Any]:
        """Return the visitor's own picture as one of the data, `image` (C, H, W) bytes.

        Args:
            picture: bytes, (H, W) or (H, W, 3).
        """
        framing = own_image.Framing.of(self.data.train[:N_KNOWN])
        fitted = own_image.fit(picture, self.data.shape, framing)
        return {"image": _bytes(self._as_seen(255 * fitted))}

    @question
    def through_all(self, image: list[list[list[float]]], rows: Rows,
                    n: Annotated[int, Within(1, MAX_DRAWN)], seed: Seed) -> Work[Answer]:
        """Show one image to every family.

        Args:
            image: bytes (C, H, W); brought to the levels that the models know.
            rows: of it that are known when it is to be completed.
            n: completions.
            seed: of whatever is drawn.

        Returns:
            `image`, as the models see it. For each family, `said`: log p(x) in nats or its bound,
            None where it cannot say; `copy_` (C, H, W), if it has codes; `complete_`
            (n, C, H, W); `nearest_`, the one of the `of` samples that
            were judged last with the smallest squared error, and
            that error in `errors`. All images are bytes. `usual`: the mean of log p(x) of all
            held-out images that judge, for comparison.
        """
        height, width = self.data.shape[1:]
        x = self._as_seen(image)
        known = np.zeros((height, width), bool)
        known[:rows] = True
        said: dict[str, float | None] = {}
        errors: dict[str, float] = {}
        usual: dict[str, float] = {}
        found: dict[str, Any] = {"image": _bytes(x)}
        for name, contestant in self.contestants.items():
            rating = yield from contestant.log_prob(x[None], MANY_CODES)
            said[name] = None if rating is None else float(rating[0])
            if rating is not None:
                usual[name] = yield from self._usual(name)
            copied = yield from contestant.copy(x)
            if copied is not None:
                found[f"copy_{name}"] = _bytes(copied)
            completed = yield from contestant.complete(x, known, n, seed)
            found[f"complete_{name}"] = _bytes(completed)
            samples = yield from self._samples(name)
            far = ((samples - x) ** 2).reshape(len(samples), -1).sum(1)
            found[f"nearest_{name}"] = _bytes(samples[far.argmin()])
            errors[name] = float(far.min())
        return {**found, "said": said, "usual": usual, "errors": errors, "of": self.jury.n}

    def _as_seen(self, image: list[Any] | np.ndarray) -> np.ndarray:
        """An image as the models know them: each number one of the levels."""
        x = np.asarray(image, np.float32)
        if x.shape != self.data.shape:
            raise Refusal(N_("image must have the shape {wanted}, got {found}"),
                          wanted=str(self.data.shape), found=str(x.shape))
        highest = self.images.levels - 1
        seen: np.ndarray = np.rint(x.clip(0, 255) / 255 * highest) / np.float32(highest)
        return seen

    def _samples(self, name: str) -> Work[np.ndarray]:
        """The samples that were judged last."""
        if name not in self._drawn:
            self._drawn[name] = yield from self.contestants[name].sample(self.jury.n, seed=1)
        return self._drawn[name]

    def _rating(self, name: str) -> Work[float]:
        """The mean of log p(x) of some held-out images now; computed once for each step."""
        return (yield from self._mean(self._nats, name, self.held_out[:N_RATED],
                                      FEW_CODES))

    def _usual(self, name: str) -> Work[float]:
        """The same of all of them, with many codes."""
        return (yield from self._mean(self._judged_nats, name, self.held_out, MANY_CODES))

    def _mean(self, known: dict[str, tuple[int, float]], name: str, x: np.ndarray,
              n_codes: int) -> Work[float]:
        done = self.contestants[name].done
        if known.get(name, (-1,))[0] != done:
            ratings = yield from self.contestants[name].log_prob(x, n_codes)
            if ratings is None:
                raise TypeError(f"the family {name!r} must say something about log p(x)")
            known[name] = done, float(ratings.mean())
        return known[name][1]


def _bytes(x: np.ndarray) -> np.ndarray:
    """Images in [0, 1] as bytes."""
    return np.rint(255 * x).astype(np.uint8)
