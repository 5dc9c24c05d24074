"""Which noise goes with which datum of a batch: by chance, or so that all ways are short.

A. Tong et al., "Improving and Generalizing Flow-Based Generative Models with Minibatch Optimal
Transport", 2024, https://arxiv.org/abs/2302.00482
A. Pooladian et al., "Multisample Flow Matching: Straightening Flows with Minibatch Couplings",
2023, https://arxiv.org/abs/2304.14772
"""

from abc import ABC, abstractmethod

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


class Pairing(ABC):
    """Pairs the noise of a batch with its data."""

    @abstractmethod
    def order(self, noise: Tensor, data: Tensor, context: Tensor | None = None) -> Tensor:
        """Return which row of the noise goes with each datum, (B,) int64: each row once.

        Args:
            noise, data: (B, ...) each.
            context: the class of each datum, (B,) int64, where the model is told of it.
        """


class Chance(Pairing):
    """As they come: noise knows nothing of the data."""

    def order(self, noise: Tensor, data: Tensor, context: Tensor | None = None) -> Tensor:
        """Return 0 ... B - 1."""
        return torch.arange(len(data), device=data.device)


class Transport(Pairing):
    """Optimal transport: the sum of the squared lengths of all ways is as small as it can be.

    It is that of this batch, and not of the whole distributions: in small batches the pairs are
    nearer to chance, and longer than they would have to be.

    Where the model is told classes, only noise and data of one group are paired: the noise of a
    class stays Gaussian, as it is where that class is drawn later. The batch's noise is dealt out
    to the classes as it comes, in the order of the rows.
    """

    def order(self, noise: Tensor, data: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the pairs of least cost within each class."""
        groups = torch.zeros(len(data), dtype=torch.int64) if context is None else context.cpu()
        order = torch.arange(len(data))
        for group in groups.unique():
            rows = (groups == group).nonzero()[:, 0].to(data.device)
            order[rows.cpu()] = rows.cpu()[_cheapest(noise[rows], data[rows])]
        return order.to(data.device)


class BlindTransport(Transport):
    """Optimal transport across the classes, though the model is told of them.

    Each class then takes the noise that lies near it; drawn later, it starts from all noise, and
    has learned nothing of most of it: what TorchCFM's issue 117 is about. It is here to be seen.
    """

    def order(self, noise: Tensor, data: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the pairs of least cost, whatever the classes."""
        return super().order(noise, data)


PAIRINGS: dict[str, type[Pairing]] = {"chance": Chance, "transport": Transport,
                                      "blind_transport": BlindTransport}


def _cheapest(noise: Tensor, data: Tensor) -> Tensor:
    """Return the row of the noise for each datum, (B,), by squared distance."""
    costs = torch.cdist(data.flatten(1), noise.flatten(1)).square()
    _rows, columns = linear_sum_assignment(costs.detach().cpu().numpy())
    return torch.from_numpy(columns)
