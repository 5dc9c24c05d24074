"""Classifiers that learn from labels step by step: logistic regression, neighbours, an MLP."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from scipy.spatial.distance import cdist
from torch import nn

PENALTY = 1e-3


class Classifier(Protocol):
    """What every classifier can do."""

    def probabilities(self, points: np.ndarray) -> np.ndarray:
        """p(class | x), (N, K); each row sums to 1."""


class Neighbours:
    """The shares of the classes among the k nearest of the points that are known so far."""

    def __init__(self, points: np.ndarray, labels: np.ndarray, n_classes: int, k: int) -> None:
        self.points, self.k = points, k
        self.one_hot = np.eye(n_classes)[labels]

    def probabilities(self, points: np.ndarray) -> np.ndarray:
        """p(class | x), (N, K), in steps of 1 / k; where no point is known, all classes alike."""
        if not len(self.points):
            return np.full((len(points), self.one_hot.shape[1]), 1 / self.one_hot.shape[1])
        k = min(self.k, len(self.points))
        nearest = np.argpartition(cdist(points, self.points), k - 1, axis=1)[:, :k]
        return np.asarray(self.one_hot[nearest].mean(axis=1))

    def log_probabilities(self, points: np.ndarray) -> np.ndarray:
        """log p(class | x) in nats, (N, K), minus infinity for classes of none of the k."""
        with np.errstate(divide="ignore"):
            return np.log(self.probabilities(points))


class Network:
    """A net that is trained on all points at once; without a hidden layer, logistic regression."""

    def __init__(self, n_classes: int, hidden: int, learning_rate: float) -> None:
        layers = ([nn.Linear(2, n_classes)] if hidden == 0 else
                  [nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(),
                   nn.Linear(hidden, n_classes)])
        self.net = nn.Sequential(*layers)
        self.hidden = hidden
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=learning_rate)

    def probabilities(self, points: np.ndarray) -> np.ndarray:
        """p(class | x), (N, K), by the softmax of the net's outputs."""
        return np.exp(self.log_probabilities(points))

    def log_probabilities(self, points: np.ndarray) -> np.ndarray:
        """log p(class | x) in nats, (N, K): finite however small p is."""
        with torch.no_grad():
            outputs = self.net(torch.as_tensor(points, dtype=torch.float32))
            return np.asarray(outputs.log_softmax(dim=1).numpy())

    def set_learning_rate(self, value: float) -> None:
        """Change the learning rate from the next step on."""
        for group in self.optimizer.param_groups:
            group["lr"] = value

    def steps(self, points: np.ndarray, labels: np.ndarray) -> Iterator[float]:
        """Descend for ever; each `next` is one step, and gives the loss before it in nats.

        The loss is the mean cross-entropy plus `PENALTY` / 2 times the sum of squared weights.
        """
        x = torch.as_tensor(points, dtype=torch.float32)
        y = torch.as_tensor(labels)
        while True:
            self.optimizer.zero_grad()
            loss = nn.functional.cross_entropy(self.net(x), y)
            loss = loss + PENALTY / 2 * sum((layer.weight**2).sum() for layer in self.net
                                            if isinstance(layer, nn.Linear))
            loss.backward()
            self.optimizer.step()
            yield float(loss.detach())
