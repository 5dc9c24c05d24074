"""Small nets that learn what a label says: the class of a picture, a box, or a mask."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.box_finder import BoxFinder
from model_zoo.mask_finder import MaskFinder
from model_zoo.picture_classifier import PictureClassifier
from playground.datasets import Dataset
from playground.datasets.scenes import CLASSES, SIZE, Scenes, scenes
from playground.experiments.base import NotFinite, Observation
from playground.language import N_
from playground.metrics.overlap import box_around, box_iou, mask_iou

STEPS = 300
BATCH = 32
LEARNING_RATE = 5e-3
N_TEST = 100
N_SHOWN = 12
Net = TypeVar("Net", PictureClassifier, BoxFinder, MaskFinder)


class Learner(ABC, Generic[Net]):
    """A net, its targets, and how well it does.

    Attributes:
        net: maps pictures and its targets to a loss.
        numbers: how many numbers one label holds.
    """

    net: Net
    numbers: int

    @abstractmethod
    def targets(self, drawn: Scenes) -> Tensor:
        """Return the labels of scenes as the net takes them, (N, ...)."""

    @abstractmethod
    def says(self, pictures: Tensor) -> np.ndarray:
        """Return what the net finds: classes (N,), boxes (N, 4) or masks (N, H, W)."""

    @abstractmethod
    def quality(self, said: np.ndarray, drawn: Scenes) -> dict[str, float]:
        """Return how well that fits, by the name of the measure."""


class Classes(Learner[PictureClassifier]):
    """One number for each picture."""

    numbers = 1

    def __init__(self) -> None:
        self.net = PictureClassifier(3, len(CLASSES))

    def targets(self, drawn: Scenes) -> Tensor:
        return torch.as_tensor(drawn.classes)

    def says(self, pictures: Tensor) -> np.ndarray:
        return np.asarray(self.net(pictures).argmax(dim=1).numpy())

    def quality(self, said: np.ndarray, drawn: Scenes) -> dict[str, float]:
        return {"accuracy": float((said == drawn.classes).mean())}


class Boxes(Learner[BoxFinder]):
    """Four numbers."""

    numbers = 4

    def __init__(self) -> None:
        self.net = BoxFinder(3)

    def targets(self, drawn: Scenes) -> Tensor:
        return torch.as_tensor(drawn.boxes)

    def says(self, pictures: Tensor) -> np.ndarray:
        return np.asarray(self.net.boxes(pictures).numpy())

    def quality(self, said: np.ndarray, drawn: Scenes) -> dict[str, float]:
        return {"box_iou": float(box_iou(said, drawn.boxes).mean())}


class Masks(Learner[MaskFinder]):
    """One number for each pixel."""

    numbers = SIZE * SIZE

    def __init__(self) -> None:
        self.net = MaskFinder((3, SIZE, SIZE))

    def targets(self, drawn: Scenes) -> Tensor:
        return torch.as_tensor(drawn.masks, dtype=torch.float32)

    def says(self, pictures: Tensor) -> np.ndarray:
        return np.asarray((self.net(pictures) > 0).numpy())

    def quality(self, said: np.ndarray, drawn: Scenes) -> dict[str, float]:
        """A mask says where its box is, too."""
        boxes = np.stack([box_around(mask) for mask in said])
        return {"mask_iou": float(mask_iou(said, drawn.masks).mean()),
                "pixels": float((said == drawn.masks).mean()),
                "box_iou": float(box_iou(boxes, drawn.boxes).mean())}


LEARNERS: dict[str, type[Classes | Boxes | Masks]] = {
    "class": Classes, "box": Boxes, "mask": Masks}


class Pictures:
    """Trains one net on labelled scenes, and looks at what it finds in new ones.

    Args:
        kind: what a label is, one of `LEARNERS`.
        n: how many labelled scenes there are.
        seed: of the scenes; the held-out ones are a fresh draw.
    """

    total_steps = STEPS

    def __init__(self, kind: str, n: int, seed: int) -> None:
        test_seed = int(np.random.SeedSequence((seed, 1)).generate_state(1, np.uint64)[0])
        self.train, self.test = scenes(n, seed), scenes(N_TEST, test_seed)
        self.data = Dataset("scenes", self.train.images, self.test.images, self.train.classes,
                            self.test.classes)
        self.learner = LEARNERS[kind]()
        self.net: nn.Module = self.learner.net

    def steps(self) -> Iterator[None]:
        """Descend on batches of labelled scenes, the learning rate falling to nothing."""
        x, y = torch.as_tensor(self.train.images), self.learner.targets(self.train)
        optimizer = torch.optim.Adam(self.net.parameters(), LEARNING_RATE)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
        for _ in range(STEPS):
            batch = torch.randint(len(x), (min(BATCH, len(x)),))
            optimizer.zero_grad()
            loss = self.learner.net.loss(x[batch], y[batch])
            if not loss.isfinite():
                raise NotFinite(N_("the loss is not finite any more"))
            loss.backward()
            optimizer.step()
            falling.step()
            yield

    @torch.no_grad()
    def observe(self) -> Observation:
        """Return loss and quality, in training and test, and what is found in `N_SHOWN` scenes.

        `images` (N, 3, H, W) are bytes; `classes` (N,), `boxes` (N, 4) and `masks` (N, H, W) are
        true; `said` is what the net finds, of the kind that it learns.
        """
        metrics = {"n": float(len(self.train.images)), "numbers": float(self.learner.numbers)}
        for name, drawn in (("train", _first(self.train, N_TEST)), ("test", self.test)):
            x = torch.as_tensor(drawn.images)
            metrics[f"{name}_loss"] = float(self.learner.net.loss(x, self.learner.targets(drawn)))
            metrics |= {f"{name}_{measure}": value for measure, value in
                        self.learner.quality(self.learner.says(x), drawn).items()}
        shown = _first(self.test, N_SHOWN)
        said = self.learner.says(torch.as_tensor(shown.images))
        return metrics, {
            "images": np.rint(255 * shown.images).astype(np.uint8),
            "classes": shown.classes.astype(np.uint8), "boxes": shown.boxes.astype(np.uint8),
            "masks": shown.masks.astype(np.uint8), "said": said.astype(np.uint8)}


def _first(drawn: Scenes, n: int) -> Scenes:
    return Scenes(drawn.images[:n], drawn.classes[:n], drawn.boxes[:n], drawn.masks[:n])
