"""A GAN for images: transposed convolutions against convolutions.

Alec Radford, Luke Metz, Soumith Chintala, "Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks", 2016, https://arxiv.org/abs/1511.06434
"""

import copy
import math
from itertools import compress

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from model_zoo.adversarial import AdversarialModel
from model_zoo.coders import sides
from model_zoo.conditional import ClassBias, check_context

SIGMA = 0.02  # of all weights at the start, as in the paper


class Doubling(nn.ConvTranspose2d):
    """A transposed convolution that doubles the size, or ends one pixel short of it.

    A kernel of 4 at a stride of 2 touches each pixel equally often: no chequerboard.
    """

    def __init__(self, n_in: int, n_out: int, size: tuple[int, int], *, bias: bool) -> None:
        super().__init__(n_in, n_out, 4, stride=2, padding=1, bias=bias)
        self.size = size

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """(B, n_in, h, w) -> (B, n_out, *size)."""
        return super().forward(x)[:, :, : self.size[0], : self.size[1]]


def _start_small(net: nn.Module) -> None:
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=SIGMA)


class Generator(nn.Module):
    """Noise, a dense layer, and two steps that double the size.

    Args:
        shape: shape of one image, (C, H, W).
        latent_dim: numbers of noise.
        features: feature maps at half the size; there are twice as many at a quarter.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int, features: int,
                 n_classes: int) -> None:
        super().__init__()
        large, middle, small = sides(shape)
        maps = 2 * features * math.prod(small)
        self.dense = nn.Linear(latent_dim, maps, bias=False)
        self.told = ClassBias(n_classes, maps)
        self.layers = nn.Sequential(
            nn.Unflatten(1, (2 * features, *small)), nn.BatchNorm2d(2 * features), nn.ReLU(),
            Doubling(2 * features, features, middle, bias=False), nn.BatchNorm2d(features),
            nn.ReLU(), Doubling(features, shape[0], large, bias=True), nn.Sigmoid())
        _start_small(self)

    def forward(self, z: Tensor, context: Tensor | None) -> Tensor:
        """(B, Z), and classes (B,) if it knows some, -> (B, C, H, W), in [0, 1]."""
        images: Tensor = self.layers(self.told(self.dense(z), context))
        return images


class Discriminator(nn.Module):
    """Two convolutions of stride 2, and a score.

    With classes, the class adds the product of its own vector with the features (Takeru Miyato,
    Masanori Koyama, "cGANs with Projection Discriminator", 2018,
    https://arxiv.org/abs/1802.05637).

    Args:
        shape: shape of what it sees, (pack * C, H, W).
        features: feature maps at half the size; there are twice as many at a quarter.
        n_classes: how many classes it is told of; 0 for none.
        spectral: whether each convolution is divided by its largest singular value; the last
            layer stays free, so that D can still become sure.
    """

    def __init__(self, shape: tuple[int, ...], features: int, n_classes: int, *,
                 spectral: bool) -> None:
        super().__init__()
        d = 2 * features * (shape[1] // 4) * (shape[2] // 4)
        self.body = nn.Sequential(
            nn.Conv2d(shape[0], features, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(features, 2 * features, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Flatten())
        self.last = nn.Linear(d, 1)
        self.n_classes = n_classes
        self.class_vectors = nn.Parameter(torch.zeros(n_classes, d)) if n_classes else None
        _start_small(self)
        if spectral:
            spectral_norm(self.body[0])
            spectral_norm(self.body[2])

    def forward(self, x: Tensor, context: Tensor | None) -> Tensor:
        """(B, pack * C, H, W), and classes (B,) if it knows some, -> scores (B,)."""
        check_context(context, self.n_classes, "classes")
        features = self.body(x)
        score: Tensor = self.last(features).squeeze(-1)
        if self.class_vectors is None:
            return score
        return score + (features * self.class_vectors[context]).sum(1)


class DCGAN(AdversarialModel):
    """A GAN of convolutions, and a generator averaged over time.

    In evaluation the samples come from the average, which wavers less than the generator itself.

    Args:
        shape: shape of one image, (C, H, W), at least 4 x 4; pixels lie in [0, 1].
        latent_dim: numbers of noise for one sample.
        features: feature maps of both nets at half the size of the image.
        n_classes: how many classes it knows; 0 for a model of p(x).
        game, prior, pack: see `AdversarialModel`.
        spectral: see `Discriminator`.

    Raises:
        ValueError: the shape is not that of an image.
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 64, features: int = 32,
                 n_classes: int = 0, *, game: str = "non_saturating", prior: str = "gaussian",
                 pack: int = 1, spectral: bool = True) -> None:
        if len(shape) != 3 or min(shape[1:]) < 4:
            raise ValueError(f"shape must be (C, H, W), H and W at least 4, got {shape!r}")
        super().__init__(shape, latent_dim, game=game, prior=prior, pack=pack,
                         n_classes=n_classes)
        self.generator = Generator(shape, latent_dim, features, n_classes)
        self.average = copy.deepcopy(self.generator).requires_grad_(requires_grad=False)
        self.discriminator = Discriminator((pack * shape[0], *shape[1:]), features, n_classes,
                                           spectral=spectral)

    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Turn noise (B, Z) into images (B, *shape); in evaluation, by the averaged generator."""
        net = self.generator if self.training else self.average
        images: Tensor = net(z, context)
        return images

    def judge(self, packs: Tensor, context: Tensor | None) -> Tensor:
        """Return a score for each pack, (B, pack * C, H, W) -> (B,)."""
        scores: Tensor = self.discriminator(packs, context)
        return scores

    @torch.no_grad()
    def follow(self, decay: float) -> None:
        """Move the average a little towards the generator as it is now; after each step.

        Args:
            decay: what stays of the average, 0 to 1; with 0 it is the generator.
        """
        means, now = ([*net.parameters(), *net.buffers()]
                      for net in (self.average, self.generator))
        real = [mean.is_floating_point() for mean in means]
        torch._foreach_lerp_(list(compress(means, real)), list(compress(now, real)), 1 - decay)
        for mean, value, is_real in zip(means, now, real, strict=True):
            if not is_real:  # a count of batches
                mean.copy_(value)
