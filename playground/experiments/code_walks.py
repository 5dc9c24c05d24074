"""Ways between codes and sums of them, of any model with a code for each datum."""

from abc import abstractmethod
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from playground.arguments import Class, Within
from playground.experiments.base import Experiment, S, question
from playground.experiments.paths import PATHS, PathName
from playground.language import N_
from playground.refusal import Refusal

MOST_STEPS = 1000


class CodeWalks(Experiment[S]):
    """Decodes codes between, and sums of, the codes of held-out data.

    Attributes:
        held_out: data that are not learned from, (N, *shape).
        labels: their classes, (N,) bytes.
    """

    held_out: Tensor
    labels: np.ndarray

    @abstractmethod
    def encode(self, rows: slice) -> Tensor:
        """Return the codes of held-out data, (N, Z)."""

    @abstractmethod
    def decode_all(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Return the data that codes (B, Z) stand for, (B, *shape), of classes (B,)."""

    @abstractmethod
    def one_class(self, label: int, n: int) -> Tensor | None:
        """Return a class n times if the model is told classes, (n,)."""

    @abstractmethod
    def answer(self, x: Tensor) -> dict[str, Any]:
        """Return data under the name by which a page knows what they are."""

    @question
    @torch.no_grad()
    def interpolate(self, first: Class, second: Class,
                    n: Annotated[int, Within(2, MOST_STEPS)], path: PathName) -> dict[str, Any]:
        """Walk between the codes of two held-out data of these classes.

        Where the model is told a class, that of the first stays throughout.

        Args:
            path: "lerp", a straight line; or "slerp", along the sphere around the origin (K.
                Shoemake, "Animating rotation with quaternion curves", 1985), which keeps the
                length of codes that are equally long.

        Returns:
            `images` (n + 2, H, W): the first datum, n decoded codes, the second datum.
        """
        rows = [self.example(label) for label in (first, second)]
        a, b = (self.encode(row) for row in rows)
        way = PATHS[path](a, b, torch.linspace(0, 1, n, device=a.device)[:, None])
        decoded = self.decode_all(way, self.one_class(first, n))
        return self.answer(torch.cat([self.held_out[rows[0]], decoded, self.held_out[rows[1]]]))

    @question
    @torch.no_grad()
    def arithmetic(self, first: Class, second: Class, third: Class) -> dict[str, Any]:
        """Add the difference of two classes' mean codes to a third one's.

        Returns:
            `images` (4, H, W): the decoded mean codes of the three classes, and the decoded
            first - second + third.
        """
        codes = self.encode(slice(None))
        means = []
        for label in (first, second, third):
            self.example(label)
            means.append(codes[torch.from_numpy(self.labels == label)].mean(0))
        z = torch.stack([*means, means[0] - means[1] + means[2]])
        return self.answer(self.decode_all(z, self.one_class(third, len(z))))

    def example(self, label: int) -> slice:
        """Return the row of the first held-out datum of a class.

        Raises:
            Refusal: there is none.
        """
        places = np.flatnonzero(self.labels == label)
        if not len(places):
            raise Refusal(N_("class must be one of the held-out data's, got {label!r}"),
                          label=label)
        return slice(int(places[0]), int(places[0]) + 1)
