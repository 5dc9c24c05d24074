"""Questions about a flow of pictures: temperature, walks, sums, scales, foreign data."""

import math
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.dequantisation import DequantisedFlow
from model_zoo.glow import Glow
from playground import datasets
from playground.arguments import Class, Seed, Within
from playground.concepts.flow.settings import FlowSettings
from playground.concepts.flow.training import TrainedFlow
from playground.experiments.base import Answer, Work, question
from playground.experiments.code_walks import CodeWalks
from playground.experiments.pixels import as_bytes, in_levels
from playground.language import N_
from playground.refusal import Refusal
from playground.training.randomness import fixed_random_state

MAX_PICTURES = 100
N_FOREIGN = 200
AT_ONCE = 50
FOREIGN = {"fashion": "mnist", "fashion_full": "mnist", "mnist": "fashion",
           "mnist_full": "fashion", "mnist_14": "fashion_14", "fashion_14": "mnist_14"}
Temperature = Annotated[float, Within(0.0, 1.5)]


class PictureQuestions(TrainedFlow, CodeWalks[FlowSettings]):
    """Asks a flow of pictures."""

    def encode(self, rows: slice) -> Tensor:
        """Return the codes of held-out pictures, (N, D)."""
        return self._pixels().encode(self.held_out[rows], self.classes_of(rows))

    def decode_all(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Return the pictures of codes (B, D), on their levels."""
        return self._pixels().decode(z, y)

    def answer(self, x: Tensor) -> dict[str, Any]:
        """Return pictures as bytes."""
        return {"images": as_bytes(x)}

    @question
    @torch.no_grad()
    def drawn(self, n: Annotated[int, Within(1, MAX_PICTURES)], temperature: Temperature,
              seed: Seed, label: Class) -> Work[Answer]:
        """Draw n pictures from codes that are shortened by a temperature, `images` (n, H, W).

        Args:
            temperature: what the codes are multiplied by; 1 for those of the model itself.
            label: the class, for a model that is told it.
        """
        self._pixels()
        with fixed_random_state(str(self.device), seed):
            z = temperature * self.flow.base.sample(n, torch.device(self.device))
        parts = []
        for part in z.split(AT_ONCE):
            yield None
            parts.append(self.decode_all(part.flatten(1), self.one_class(label, len(part))))
        return self.answer(torch.cat(parts))

    @question
    @torch.no_grad()
    def scales(self, n: Annotated[int, Within(1, 20)], seed: Seed) -> Answer:
        """Draw anew the codes of all scales up to one, and keep those of the deeper ones.

        Returns:
            `images` ((S + 1) n, H, W): n held-out pictures; then a row for each scale, the finest
            first, in which the codes of it and of all finer ones are drawn anew; `numbers` (S,),
            how many codes each scale has.
        """
        self._pixels()
        if not isinstance(self.flow, Glow):
            raise Refusal(N_("the flow must be one of couplings to have scales"))
        rows = slice(0, n)
        codes, told = self.encode(rows), self.classes_of(rows)
        with fixed_random_state(str(self.device), seed):
            fresh = torch.randn_like(codes)
        rows_drawn, ends = [self.held_out[rows]], np.cumsum(self.flow.scales).tolist()
        for end in ends:
            mixed = torch.cat([fresh[:, :end], codes[:, end:]], 1)
            rows_drawn.append(self.decode_all(mixed, told))
        return {"images": as_bytes(torch.cat(rows_drawn)), "numbers": list(self.flow.scales)}

    @question
    @torch.no_grad()
    def foreign(self) -> Work[Answer]:
        """Rate held-out data and data of another kind, in bits per dimension.

        Returns:
            `own` and `foreign` (N,), bits per dimension of a bound of one draw of noise; `name` of
            the other set.

        Raises:
            Refusal: there is no other set of this size.
        """
        self._pixels()
        other = FOREIGN.get(self.settings.dataset)
        if other is None or self.settings.tells_class:
            raise Refusal(N_("the data must be MNIST or Fashion-MNIST, without classes, for there "
                             "to be another set of this size"))
        strange = in_levels(datasets.load(other), "levels", self.settings.levels)
        per_bit = -math.log(2) * self.held_out[0].numel()
        said = []
        for data in (self.data, strange):
            parts = []
            for part in torch.from_numpy(data.test[:N_FOREIGN]).to(self.device).split(AT_ONCE):
                yield None
                parts.append(self.model.rate(part, n_samples=1))
            said.append((torch.cat(parts) / per_bit).cpu().numpy())
        return {"own": said[0], "foreign": said[1], "name": other}

    @torch.no_grad()
    def all_held_out(self) -> dict[str, float]:
        """Return of pictures `nats`, the mean bound of -log p of all `n`, and its `error`.

        With one draw of noise for each; `bits` is the same per dimension.
        """
        if not self.settings.is_image:
            return {}
        parts = []
        with fixed_random_state(str(self.device)):
            x, told = torch.from_numpy(self.data.test), torch.from_numpy(self.data.test_labels)
            for rows in torch.arange(len(x)).split(AT_ONCE):
                context = (told[rows].to(self.device),) if self.settings.tells_class else ()
                parts.append(-self.model.rate(x[rows].to(self.device), *context, n_samples=1))
        nats = torch.cat(parts)
        return {"n": float(len(nats)), "nats": nats.mean().item(),
                "error": (nats.std() / len(nats) ** 0.5).item(),
                "bits": nats.mean().item() / math.log(2) / self.held_out[0].numel()}

    def _pixels(self) -> DequantisedFlow:
        if not isinstance(self.model, DequantisedFlow):
            raise Refusal(N_("the data must be pictures to answer this, got points"))
        return self.model
