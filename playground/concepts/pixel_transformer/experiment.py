"""A transformer over pixels: what is trained and watched."""

import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.pixel_transformer import PixelTransformer
from playground.concepts.pixel_transformer.questions import AttentionQuestions
from playground.concepts.pixel_transformer.settings import PixelTransformerSettings
from playground.experiments.base import Work
from playground.experiments.sight import Net
from playground.training import threads

WARM_UP = 0.1  # share of the steps
LARGEST_ALONE = 16  # side of pictures for which one thread does
HIDDEN_TO_SEE, HEADS_TO_SEE = 8, 2


class PixelTransformerExperiment(AttentionQuestions):
    """Trains a transformer, and shows where its heads look."""

    @classmethod
    def build(cls, settings: PixelTransformerSettings, shape: tuple[int, ...],
              n_classes: int = 0) -> AutoregressiveModel:
        """Return the model that the settings name, untrained."""
        return PixelTransformer(shape, settings.n_levels, settings.width, settings.blocks,
                                settings.heads, n_classes, order=settings.order,
                                positions=settings.positions, causal=settings.causal,
                                dropout=settings.dropout)

    @classmethod
    def uses(cls, settings: PixelTransformerSettings, shape: tuple[int, ...]) -> int:
        """Once a token, and each number of an image is one; as dear is what tokens look at.

        A block has 12 F^2 weights, and a token looks at n tokens by 2 n F products.
        """
        n_tokens = shape[0] * shape[1] * shape[2]
        return n_tokens + n_tokens ** 2 // (6 * settings.width)

    @classmethod
    def nets(cls, settings: PixelTransformerSettings) -> dict[str, Net]:
        """Return a small one with this order and mask."""
        return {"transformer": lambda shape, depth: PixelTransformer(
            shape, 2, HIDDEN_TO_SEE, depth, HEADS_TO_SEE, order=settings.order,
            causal=settings.causal)}

    @property
    def threads(self) -> int:
        """Its products are many and small: sharing them out pays for large pictures alone."""
        return threads.worth(self.data.shape[-1] > LARGEST_ALONE)

    def rate(self, player: str) -> float:
        """Return the learning rate now: it rises at first, so that attention is not torn about."""
        return super().rate(player) * min(1, (self.share + 1 / self.settings.steps) / WARM_UP)

    @torch.no_grad()
    def beside(self) -> Work[tuple[dict[str, Tensor], dict[str, Tensor]]]:
        """Return how far heads look, and where from the pixel in the middle.

        Metrics: `reach`, pixels to where a head looks, the mean over a held-out image. Arrays:
        `attention` (blocks, heads, H, W) bytes, 255 for the most of each head.
        """
        if not len(self.model.blocks):
            return {}, {}
        yield None
        context = None if self.context is None else self.context[:1]
        found = self.model.attention(self.held_out[:1], context)[:, 0]  # (blocks, heads, D, D)
        yield None
        _, height, width = self.data.shape
        seen = self.on_pixels(found[:, :, self.token_of(height // 2, width // 2)])
        most = seen.amax((2, 3), keepdim=True).clamp_min(1e-12)
        return ({"reach": self.reach(found).mean()},
                {"attention": (255 * seen / most).round().to(torch.uint8)})
