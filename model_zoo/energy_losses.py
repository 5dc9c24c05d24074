"""Losses by which an energy is learned without its Z.

P. Vincent, "A Connection Between Score Matching and Denoising Autoencoders", 2011,
https://doi.org/10.1162/NECO_a_00142
A. Hyvarinen, "Estimation of Non-Normalized Statistical Models by Score Matching", 2005,
https://jmlr.org/papers/v6/hyvarinen05a.html
Y. Song et al., "Sliced Score Matching: A Scalable Approach to Density and Score Estimation", 2019,
https://arxiv.org/abs/1905.07088
M. U. Gutmann, A. Hyvarinen, "Noise-Contrastive Estimation of Unnormalized Statistical Models, with
Applications to Natural Image Statistics", 2012, https://jmlr.org/papers/v13/gutmann12a.html
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from model_zoo.langevin import Energy


def learnable_slope(energy: Energy, x: Tensor) -> Tensor:
    """Return E'(x), (B, *shape), such that the net can learn from it.

    Args:
        x: (B, *shape); that it is a leaf is not needed.
    """
    with torch.enable_grad():
        x = x if x.requires_grad else x.detach().requires_grad_()
        (found,) = torch.autograd.grad(energy(x).sum(), x, create_graph=True)
    return found


def denoising(energy: Energy, x: Tensor, sigma: float) -> Tensor:
    """Return how wrong the slope is on noised data: denoising score matching, a scalar.

    The best energy there is belongs to the data with noise: p convolved with N(0, sigma^2 I).

    Args:
        x: data, (B, *shape).
        sigma: deviation of the noise; the error is multiplied by it, so that 1 for each number is
            what an energy without any slope gets.
    """
    noise = torch.randn_like(x)
    slope = learnable_slope(energy, x + sigma * noise)
    return (sigma * slope - noise).square().flatten(1).mean()


def sliced(energy: Energy, x: Tensor) -> Tensor:
    """Return the loss of sliced score matching, with the variance of its norm taken out.

    In the mean over random directions v it is that of Hyvarinen: |E'|^2 / 2 - trace E''. For
    the trace, v . E'' v is taken with signs for v, whose mean is the trace.

    Args:
        x: data, (B, *shape).
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        signs = torch.randint_like(x, 2) * 2 - 1
        slope = learnable_slope(energy, x)
        (bent,) = torch.autograd.grad((slope * signs).sum(), x, create_graph=True)
        trace = (bent * signs).flatten(1).sum(1)
        return (slope.square().flatten(1).sum(1) / 2 - trace).mean()


def noise_contrastive(log_data: Tensor, log_noise: Tensor) -> Tensor:
    """Return the loss of telling data from as many draws of a noise that is known.

    Args:
        log_data: of data, log p of the model, which may be off by its learned log Z, less log p of
            the noise, (B,).
        log_noise: the same of draws of the noise, (B,).
    """
    return softplus(-log_data).mean() + softplus(log_noise).mean()


def log_normal(x: Tensor, mean: Tensor, root: Tensor) -> Tensor:
    """Return log p of a normal distribution in nats, (B,).

    Args:
        x: (B, D).
        mean: (D,).
        root: lower triangle L of the covariance L L', (D, D), no zeros on its diagonal.
    """
    z = torch.linalg.solve_triangular(root, (x - mean).T, upper=False)
    return (-z.square().sum(0) / 2 - root.diagonal().log().sum()
            - len(mean) / 2 * math.log(2 * math.pi))
