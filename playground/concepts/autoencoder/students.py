"""Throw the decoder away: classifiers that begin with an encoder and see few labels."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

STEPS = 300
BATCH = 32
ENCODER_RATE = 1e-3
HEAD_RATE = 1e-2


@dataclass(frozen=True)
class Lesson:
    """What students learn from and are tested with, on one device.

    Attributes:
        x, labels: (N, *shape) and (N,), of which few are shown.
        test, test_labels: (M, *shape) and (M,).
    """

    x: Tensor
    labels: Tensor
    test: Tensor
    test_labels: Tensor

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return int(self.labels.max()) + 1

    def pick(self, n: int, generator: torch.Generator) -> Tensor:
        """Return n indices into `x`, of each class as many as of any other, if there are."""
        order = torch.randperm(len(self.labels), generator=generator)
        ranks = torch.empty(len(order), dtype=torch.long)
        labels = self.labels.cpu()[order]
        for label in range(self.n_classes):
            places = (labels == label).nonzero().flatten()
            ranks[places] = torch.arange(len(places))
        return order[ranks.argsort(stable=True)[:n]]


class Student:
    """An encoder, and a linear softmax layer on its codes, each standardised.

    Args:
        encoder: The trained encoder; it is copied.
        fresh: An untrained encoder of the same form, for the way "scratch".
        way: "frozen": only the softmax layer learns; "tuned": the encoder too; "scratch": both,
            from untrained weights.
        n_labels: How many labels it sees.
        seed: Decides which labels, the order of the batches, and the first weights.
    """

    def __init__(self, encoder: nn.Module, fresh: nn.Module, lesson: Lesson, *, way: str,
                 n_labels: int, seed: int) -> None:
        self.lesson, self.frozen = lesson, way == "frozen"
        self.random = torch.Generator().manual_seed(seed)
        rows = lesson.pick(n_labels, self.random).to(lesson.x.device)
        self.x, self.y = lesson.x[rows].flatten(1), lesson.labels[rows]
        self.encoder = fresh if way == "scratch" else copy.deepcopy(encoder)
        with torch.no_grad():
            codes = self.encoder(lesson.x[:1000].flatten(1))
            self.mean, self.scale = codes.mean(0), codes.std(0) + 1e-6
            if self.frozen:
                self.x = (self.encoder(self.x) - self.mean) / self.scale
        self.head = nn.Linear(len(self.mean), lesson.n_classes).to(self.x.device)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        groups = [{"params": self.head.parameters(), "lr": HEAD_RATE}]
        if not self.frozen:
            groups.append({"params": self.encoder.parameters(), "lr": ENCODER_RATE})
        self.optimizer = torch.optim.Adam(groups)

    def scores(self, x: Tensor) -> Tensor:
        """Return the outputs before the softmax, (B, K), for flat data (B, D)."""
        return self.head((self.encoder(x) - self.mean) / self.scale)

    def learn(self) -> Iterator[float]:
        """Take `STEPS` steps of Adam on the softmax loss; yield how many are done, 0 to 1."""
        for step in range(1, STEPS + 1):
            with torch.enable_grad():
                size = min(BATCH, len(self.x))
                rows = torch.randperm(len(self.x), generator=self.random)[:size]
                x, y = self.x[rows.to(self.x.device)], self.y[rows.to(self.x.device)]
                outputs = self.head(x) if self.frozen else self.scores(x)
                loss = nn.functional.cross_entropy(outputs, y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            yield step / STEPS

    @torch.no_grad()
    def accuracy(self) -> float:
        """Return the share of the test data whose class it tells."""
        guess = self.scores(self.lesson.test.flatten(1)).argmax(1)
        return (guess == self.lesson.test_labels).float().mean().item()
