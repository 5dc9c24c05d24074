"""What one can ask a transformer over pixels: where its heads look, and what the cache saves."""

from functools import partial
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel, Memory, Place
from model_zoo.pixel_transformer import PixelTransformer
from playground.arguments import HeldOut, Within
from playground.concepts.pixel_transformer.settings import PixelTransformerSettings
from playground.experiments.autoregressive import AutoregressiveExperiment, Column, Row
from playground.experiments.base import Answer, Work, question
from playground.experiments.drawing import timed
from playground.experiments.pixels import plain
from playground.language import N_
from playground.refusal import Refusal

MAX_PLACES, TRIES = 24, 4


class AttentionQuestions(AutoregressiveExperiment[PixelTransformerSettings]):
    """A transformer that answers."""

    model: PixelTransformer

    @question
    @torch.no_grad()
    def attention(self, index: HeldOut, row: Row, column: Column) -> dict[str, Any]:
        """Return where each head looks as it guesses one pixel of a held-out image.

        Of an image with colours it is the guess of red, and what is looked at counts for all
        colours of a pixel together.

        Returns:
            `image` (H, W) or (3, H, W) in [0, 1]; `maps` (blocks, heads, H, W), shares of the
            pixels; `start` (blocks, heads), share of the first token; `reach`, the mean distance
            to the pixels that are looked at, in pixels; `width`, the exponential of the entropy:
            at how many tokens a head looks, as if all counted alike.
        """
        if not len(self.model.blocks):
            raise Refusal(N_("there must be a block, or nobody looks anywhere"))
        rows = slice(index, index + 1)
        x, context = self.held_out[rows], None if self.context is None else self.context[rows]
        found = self.model.attention(x, context)[:, 0, :, self.token_of(row, column)]
        entropy = -torch.special.xlogy(found, found).sum(-1)
        return {"image": plain(x[0]), "maps": self.on_pixels(found).cpu().numpy(),
                "start": found[..., 0].cpu().numpy(), "width": entropy.exp().cpu().numpy(),
                "reach": self.reach(found[:, :, None],
                                    self.token_of(row, column))[..., 0].cpu().numpy()}

    def token_of(self, row: int, column: int) -> int:
        """Return the number of the token that guesses a pixel, of its colours the first one."""
        return self.model.numbers[Place(0, row, column)]

    def on_pixels(self, shares: Tensor) -> Tensor:
        """Lay shares of tokens (..., D) on their pixels, (..., H, W); the first one has none."""
        moved = torch.cat([shares[..., 1:], torch.zeros_like(shares[..., :1])], -1)
        return moved[..., self.model.in_image].unflatten(-1, self.model.shape).sum(-3)

    def reach(self, shares: Tensor, first: int = 0) -> Tensor:
        """Return how far away the pixels are that tokens look at, in the mean, (..., n).

        Args:
            shares: of all tokens, of n tokens that guess one after the other, (..., n, D).
            first: the number of the first of these.
        """
        _, height, width = self.data.shape
        pixel = self.model.in_order % (height * width)
        where = torch.stack([pixel // width, pixel % width], 1).to(shares.dtype)  # (D, 2)
        far = torch.cdist(where[first:first + shares.shape[-2]], where[:-1])  # (n, D - 1)
        seen = shares[..., 1:]
        return torch.einsum("...ij,ij->...i", seen, far) / seen.sum(-1).clamp_min(1e-12)

    @question
    @torch.no_grad()
    def cache(self, n: Annotated[int, Within(2, MAX_PLACES)]) -> Work[Answer]:
        """Clock the drawing of each number of an image, with the cache and without it.

        Returns:
            `places` (n,), evenly spread; `kept` and `anew` (n,), seconds that each takes if keys
            and values are kept, and if all is computed anew; `kept_total`, seconds of the whole
            image, and `anew_total`, reckoned from the n places.
        """
        places = list(self.model.places())
        chosen = np.unique(np.linspace(0, len(places) - 1, n).round().astype(int))
        kept = np.full(len(places), np.inf)
        anew = np.full(len(chosen), np.inf)
        told = self.all_of(0, 1)
        for _again in range(TRIES):  # the first time is slow, and others may work beside it
            memory: Memory = {}
            for number, place in enumerate(places):
                seconds = self._clocked(partial(
                    self.model.logits_at, memory, self.held_out[:1], place, told))
                kept[number] = min(kept[number], seconds)
                yield None
            for at, number in enumerate(chosen):
                seconds = self._clocked(partial(
                    AutoregressiveModel.logits_at, self.model, {}, self.held_out[:1],
                    places[number], told))
                anew[at] = min(anew[at], seconds)
                yield None
        return {"places": chosen.astype(np.int32), "kept": kept[chosen], "anew": anew,
                "kept_total": float(kept.sum()), "anew_total": float(anew.mean() * len(places))}

    def _clocked(self, work: partial[Tensor]) -> float:
        return timed(work, self.device)[1]
