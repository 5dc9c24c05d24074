"""The autoencoder: plain, denoising, sparse, and linear.

Geoffrey E. Hinton and Ruslan R. Salakhutdinov, "Reducing the Dimensionality of Data with Neural
Networks", 2006, https://doi.org/10.1126/science.1127647
Pascal Vincent, Hugo Larochelle, Yoshua Bengio, Pierre-Antoine Manzagol, "Extracting and Composing
Robust Features with Denoising Autoencoders", 2008, https://doi.org/10.1145/1390156.1390294
Pierre Baldi and Kurt Hornik, "Neural Networks and Principal Component Analysis: Learning from
Examples without Local Minima", 1989, https://doi.org/10.1016/0893-6080(89)90014-2
"""

import torch
from torch import Tensor, nn

from model_zoo.base import Autoencoder, Losses, Model
from model_zoo.coders import coders


class DeterministicAutoencoder(Model, Autoencoder):
    """An encoder that squeezes a datum into a few numbers, and a decoder that rebuilds it.

    Training minimises the squared error |x - decode(encode(x + noise))|^2, summed over the datum.
    Nothing says how the codes are distributed: that is why this model cannot draw new data.

    Without hidden layers it is linear, and at the minimum the columns of the decoder's weight span
    the subspace of the first principal components (Baldi and Hornik 1989, fact 1).

    Args:
        shape: shape of one datum; images (C, H, W) are rebuilt with values between 0 and 1,
            unless the model is linear.
        latent_dim: numbers in a code.
        kind: of encoder and decoder, one of `coders.KINDS`.
        hidden: width of each hidden layer of the encoder; the decoder mirrors them. None of them,
            and the model is linear.
        corruption: standard deviation of Gaussian noise that is added to the encoder's input while
            it trains; the target stays clean. Above 0 this is a denoising autoencoder.
        sparsity: weight of the L1 norm of the code. Above 0 this is a sparse autoencoder.
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 2, *, kind: str = "dense",
                 hidden: tuple[int, ...] = (256, 256), corruption: float = 0.0,
                 sparsity: float = 0.0) -> None:
        super().__init__(shape)
        self.latent_dim = latent_dim
        self.corruption = corruption
        self.sparsity = sparsity
        self.encoder, self.decoder = coders(shape, latent_dim, latent_dim, kind=kind,
                                            hidden=hidden)
        self.squash = nn.Sigmoid() if hidden and len(shape) == 3 else nn.Identity()

    def loss(self, x: Tensor) -> Losses:
        """Return squared error and L1 norm of the code per datum, and their weighted sum."""
        z = self.encode(self.corrupt(x))
        error = (self.decode(z) - x).square().flatten(1).sum(1).mean()
        l1 = self.loudness(z).sum(1).mean()
        return {"loss": error + self.sparsity * l1, "error": error, "l1": l1}

    def corrupt(self, x: Tensor) -> Tensor:
        """Add the noise of the training to data (B, *shape)."""
        return x + self.corruption * torch.randn_like(x) if self.corruption else x

    def loudness(self, z: Tensor) -> Tensor:
        """Return |z|, each number times the norm of the weights that read it: (B, Z) -> (B, Z).

        The norm keeps the L1 penalty honest: halving a code and doubling the decoder's weights
        gains nothing.
        """
        return z.abs() * self.reader.weight.norm(dim=0)

    @property
    def reader(self) -> nn.Linear:
        """The decoder's first layer, with a column (H,) for each number of the code."""
        return next(layer for layer in self.decoder.modules() if isinstance(layer, nn.Linear))

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes (B, Z) of data (B, *shape)."""
        return self.encoder(x.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        """Return the data (B, *shape) that codes (B, Z) stand for."""
        return self.squash(self.decoder(z)).unflatten(-1, self.shape)
