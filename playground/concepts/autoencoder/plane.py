"""The codes of an autoencoder as places: how far from all of them, and how much is empty."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

GRID = 28
FAR = 0.95
MARGIN = 1.2


@dataclass(frozen=True)
class Manifold:
    """Where the codes of known data lie, and what is a usual distance from them.

    Attributes:
        codes: of data that the model learns from, (N, Z).
        usual: median distance of a held-out code from the nearest of `codes`.
        far: the distance that 95% of the held-out codes keep below.
    """

    codes: Tensor
    usual: float
    far: float

    @classmethod
    def between(cls, codes: Tensor, held_out: Tensor) -> "Manifold":
        """Measure what is usual by codes of held-out data, (M, Z)."""
        nearest = torch.cdist(held_out, codes).amin(1)
        return cls(codes, max(nearest.median().item(), 1e-9), nearest.cpu().quantile(FAR).item())

    @property
    def centre(self) -> Tensor:
        """The mean code, (Z,)."""
        return self.codes.mean(0)

    def distance(self, z: Tensor) -> Tensor:
        """Return the distance of codes (B, Z) from the nearest known code, (B,)."""
        return torch.cdist(z, self.codes).amin(1)

    def place(self, points: Tensor, axes: list[int]) -> Tensor:
        """Return codes (B, Z) at points (B, A) of these axes; all other numbers are the mean."""
        z = self.centre.repeat(len(points), 1)
        z[:, axes] = points.to(z)
        return z

    def gaussian(self, n: int) -> Tensor:
        """Draw codes (n, Z) from the Gaussian with the mean and the covariance of the codes."""
        spread = (self.codes - self.centre).cpu().double()  # not every device has float64
        values, vectors = torch.linalg.eigh(spread.T @ spread / max(len(spread) - 1, 1))
        turn = vectors * values.clamp(min=0).sqrt()  # (Z, Z)
        return self.centre + torch.randn(n, len(turn), device=self.codes.device) @ turn.T.to(
            self.codes)

    def holes(self, box: np.ndarray, axes: list[int]) -> np.ndarray:
        """Return the distance from the nearest code on a grid, in usual distances.

        Returns:
            (GRID, GRID) float32, rows from the bottom to the top; one row where there is one axis.
        """
        points = grid(box, GRID) if len(axes) == 2 else grid(box, GRID)[:GRID, :1]
        away = self.distance(self.place(points, axes)) / self.usual
        return away.reshape(-1, GRID).cpu().numpy()


def steady_box(codes: np.ndarray) -> np.ndarray:
    """A square around codes (N, 1 or 2) that moves in jumps, so that a live figure seldom does.

    Returns:
        (x_min, x_max, y_min, y_max), float32.
    """
    codes = np.nan_to_num(codes.astype(np.float64), posinf=1e30, neginf=-1e30)
    if codes.shape[1] == 1:
        codes = np.repeat(codes, 2, axis=1)
    low, high = np.quantile(codes, (0.005, 0.995), axis=0)
    reach = max(float((high - low).max()) / 2 * MARGIN, 1e-3)
    half = 2 ** (math.ceil(2 * math.log2(reach)) / 2)
    centre = np.round((low + high) / 2 / (half / 4)) * (half / 4)
    return np.stack([centre - half, centre + half], axis=1).reshape(-1).astype(np.float32)


def grid(box: np.ndarray, n: int) -> Tensor:
    """Return the centres of n x n cells of a box, (n * n, 2), row by row from the bottom left."""
    x_min, x_max, y_min, y_max = box.tolist()
    share = (torch.arange(n) + 0.5) / n
    y, x = torch.meshgrid(y_min + (y_max - y_min) * share, x_min + (x_max - x_min) * share,
                          indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], -1)
