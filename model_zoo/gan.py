"""The generative adversarial network in its simplest form: two dense nets.

Ian Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661
"""

import math

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from model_zoo.adversarial import AdversarialModel
from model_zoo.conditional import check_context


class GAN(AdversarialModel):
    """A GAN of two dense nets, for points and small images; it knows no classes.

    Args:
        shape: shape of one datum, (D,) or (C, H, W); pixels lie in [0, 1].
        latent_dim: numbers of noise for one sample.
        hidden: width of each hidden layer of both nets.
        game, prior, pack: see `AdversarialModel`.
        spectral: whether each layer of the discriminator is divided by its largest singular value
            (Takeru Miyato et al., 2018, https://arxiv.org/abs/1802.05957).
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 2,
                 hidden: tuple[int, ...] = (128, 128, 128), *, game: str = "non_saturating",
                 prior: str = "gaussian", pack: int = 1, spectral: bool = False) -> None:
        super().__init__(shape, latent_dim, game=game, prior=prior, pack=pack)
        d = math.prod(shape)
        self.generator = nn.Sequential(*_dense((latent_dim, *hidden, d), nn.ReLU()))
        if len(shape) == 3:
            self.generator.append(nn.Sigmoid())
        self.discriminator = nn.Sequential(*_dense((pack * d, *hidden, 1), nn.LeakyReLU(0.2)))
        if spectral:
            for layer in self.discriminator:
                if isinstance(layer, nn.Linear):
                    spectral_norm(layer)

    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Turn noise (B, Z) into samples (B, *shape)."""
        check_context(context, self.n_classes, "classes")
        return self.generator(z).unflatten(-1, self.shape)

    def judge(self, packs: Tensor, context: Tensor | None) -> Tensor:
        """Return a score for each pack, (B, pack * D) or (B, pack * C, H, W) -> (B,)."""
        check_context(context, self.n_classes, "classes")
        return self.discriminator(packs.flatten(1)).squeeze(-1)


def _dense(sizes: tuple[int, ...], activation: nn.Module) -> list[nn.Module]:
    """Linear layers of these sizes, with an activation between two of them."""
    layers: list[nn.Module] = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(n_in, n_out), activation]
    return layers[:-1]
