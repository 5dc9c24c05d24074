"""The judge: how near answers are to the truth, and how much they look like real images."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from playground.concepts.applications.pairs import unframed
from playground.concepts.applications.tasks import Task
from playground.experiments.base import Work
from playground.metrics import clouds, feature_net
from playground.metrics.features import frechet_distance, kernel_distance
from playground.metrics.images import patches, psnr, ssim

NEAR = ("psnr", "ssim", "diversity", "consistency")
DIGITS = 6
AT_ONCE = 100  # images
ALIKE = ("patches", "frechet", "kernel", "precision", "recall")


@dataclass(frozen=True, eq=False)
class AnswerJudge:
    """Compares answers to what is given of held-out images with these images.

    Attributes:
        task: how an image becomes what is given.
        truth: the held-out images, (N, C, H, W).
        net: the data set whose net measures features, or "" where there is none.
        side: of an image without its frame, in pixels, as the net knows it.
    """

    task: Task
    truth: Tensor
    net: str
    side: int

    def measure(self, answers: Tensor) -> Work[dict[str, float]]:
        """Measure answers (N, n, C, H, W), n of 2 or more to each image.

        Returns:
            The means over all answers of `psnr` in dB and `ssim`; `diversity`, the standard
            deviation of a number between answers to the same image; `consistency`, how far what is
            given of an answer is from what was given, the root of the mean square; and those of
            `compare`, of the first answer to each.
        """
        n, each = answers.shape[:2]
        truth = self.truth[:, None].expand_as(answers).flatten(0, 1)
        flat = answers.flatten(0, 1)
        wanted, taken = self.task.take(truth), self.task.take(flat)
        found = {
            "psnr": psnr(flat.cpu().numpy(), truth.cpu().numpy()),
            "diversity": answers.var(1).mean().sqrt().item(),
            "consistency": (taken - wanted).square().mean().sqrt().item(),
        }
        alike: list[float] = []
        for one, other in zip(flat.split(AT_ONCE), truth.split(AT_ONCE), strict=True):
            yield None
            alike += [ssim(one.cpu().numpy(), other.cpu().numpy())] * len(one)
        found["ssim"] = float(np.mean(alike))
        return rounded(found) | (yield from self.compare(answers[:, 0]))

    def compare(self, images: Tensor) -> Work[dict[str, float]]:
        """Compare images (N, C, H, W) as a set with as many true ones.

        Returns:
            `patches`, the sliced Wasserstein-2 distance of their `patches`; and, where there is a
            net, by its features the `frechet` and `kernel` distances, `precision` and `recall`.
        """
        real = self.truth[: len(images)]
        yield None
        found = {"patches": clouds.sliced_wasserstein(*(
            patches(x.cpu().numpy()) for x in (images, real)))}
        if not self.net:
            return rounded(found)
        seen = yield from self._features(images)
        known = yield from self._features(real)
        found |= {"frechet": frechet_distance(seen, known)}
        yield None
        found |= {"kernel": kernel_distance(seen, known)}
        yield None
        k = min(clouds.NEIGHBORS, len(known) - 1)
        precision, recall = clouds.precision_recall(seen, known, k)
        return rounded(found | {"precision": precision, "recall": recall})

    def _features(self, x: Tensor) -> Work[np.ndarray]:
        parts = []
        for part in unframed(x, self.side).split(AT_ONCE):
            yield None
            parts.append(feature_net.features(self.net, part))
        return np.concatenate(parts)


def rounded(found: dict[str, float]) -> dict[str, float]:
    """Return numbers with six digits, since a stored run holds each of them many times."""
    return {name: float(f"{value:.{DIGITS}g}") for name, value in found.items()}
