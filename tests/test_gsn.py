"""The generative stochastic network against a Gaussian, of which all is known."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from model_zoo.base import last
from model_zoo.gsn import (
    GSN,
    AddedNoise,
    Denoiser,
    PictureDenoiser,
    PictureReconstruction,
    PointDenoiser,
    PointReconstruction,
    ReplacedPixels,
)
from playground.concepts.gsn import stationary
from playground.experiments.base import at_once


class Ideal(PointDenoiser):
    """The posterior of points of N(0, S I) with noise of variance sigma^2."""

    def __init__(self, variance: float, sigma: float) -> None:
        super().__init__(2, 16, 1, 1)
        self.variance, self.sigma = variance, sigma
        self.asked = 0

    def forward(self, corrupted: Tensor) -> PointReconstruction:
        self.asked += 1
        total = self.variance + self.sigma**2
        mean = corrupted * self.variance / total
        log_sd = torch.full_like(mean, math.log(self.variance * self.sigma**2 / total) / 2)
        return PointReconstruction(torch.zeros(len(mean), 1), mean[:, None], log_sd[:, None])


def _chain(variance: float = 1.0, sigma: float = 1.0, **more: object) -> GSN:
    return GSN((2,), corruption=AddedNoise(sigma), denoiser=Ideal(variance, sigma),
               **more)  # type: ignore[arg-type]


# --- chains

@pytest.mark.parametrize(("variance", "sigma"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.7)])
def test_chains_of_the_right_posterior_keep_the_variance_and_those_of_means_shrink(
        variance: float, sigma: float) -> None:
    torch.manual_seed(0)
    left = variance / (variance + sigma**2)
    for draws, wanted in ((True, variance), (False, left**2 * sigma**2 / (1 - left**2))):
        made = _chain(variance, sigma, n_steps=60, draws=draws)
        found = made.sample(40_000).square().mean().item()
        assert found == pytest.approx(wanted, rel=0.03)
    if variance == sigma == 1:
        assert wanted == pytest.approx(1 / 3)


def test_a_path_has_as_many_steps_as_it_is_told_and_starts_where_it_is_told() -> None:
    made = _chain(n_steps=7)
    states = list(made.path(5))
    assert len(states) == 7 and states[-1].x.shape == (5, 2)
    far = torch.full((2000, 2), 50.0)
    torch.manual_seed(0)
    made.n_steps = 1
    after = last(made.path(2000, far))
    assert after.mean().item() == pytest.approx(25, abs=0.1)  # half of the way to the middle


# --- the loss

def test_the_loss_of_the_right_posterior_is_its_entropy() -> None:
    torch.manual_seed(0)
    loss = _chain(1.0, 1.0).loss(torch.randn(50_000, 2))
    assert loss["loss"].item() == pytest.approx(math.log(2 * math.pi * math.e / 2), abs=0.02)
    assert loss["first"].item() == loss["loss"].item()


def test_walk_back_asks_from_each_step_of_the_way_what_the_datum_was() -> None:
    torch.manual_seed(0)
    x = 0.01 * torch.randn(20_000, 2) + 3.0  # far from what the chain goes to
    ways = [_chain(walk_back=n).loss(x) for n in (0, 3)]
    made = _chain(walk_back=3)
    made.loss(x)
    assert isinstance(made.denoiser, Ideal) and made.denoiser.asked == 4
    assert ways[0]["first"].item() == pytest.approx(ways[1]["first"].item(), abs=0.05)
    assert ways[1]["loss"] > ways[0]["loss"] + 1  # the way leads off, the question stays


def test_the_walk_is_that_of_the_chain() -> None:
    torch.manual_seed(0)
    seen: list[Tensor] = []

    class Watched(Ideal):
        def forward(self, corrupted: Tensor) -> PointReconstruction:
            seen.append(corrupted)
            return super().forward(corrupted)

    made = GSN((2,), corruption=AddedNoise(1.0), denoiser=Watched(1.0, 1.0), walk_back=1)
    made.loss(torch.full((40_000, 2), 3.0))
    first, second = seen
    assert first.mean().item() == pytest.approx(3, abs=0.03)
    assert first.var().item() == pytest.approx(1, abs=0.03)
    assert second.mean().item() == pytest.approx(1.5, abs=0.03)  # half of the way to the middle
    # a quarter of the noise before, the spread of the reconstruction, and noise once more
    assert second.var().item() == pytest.approx(0.25 + 0.5 + 1, abs=0.04)


def test_no_gradient_goes_back_along_the_walk() -> None:
    torch.manual_seed(0)
    seen: list[Tensor] = []

    class Watched(PointDenoiser):
        def forward(self, corrupted: Tensor) -> PointReconstruction:
            seen.append(corrupted)
            return super().forward(corrupted)

    made = GSN((2,), corruption=AddedNoise(0.3), denoiser=Watched(2, 16, 1, 2), walk_back=2)
    made.loss(torch.randn(8, 2))["loss"].backward()
    assert len(seen) == 3 and not any(each.requires_grad for each in seen)
    assert all(weight.grad is not None for weight in made.parameters())


# --- reconstructions and corruptions

def _mixture() -> PointReconstruction:
    weights = torch.tensor([[0.2, 0.5, 0.3]]).log()
    means = torch.tensor([[[0.0, 1.0], [1.0, -1.0], [-1.5, 0.0]]])
    log_sds = torch.tensor([[[0.3, 0.5], [0.6, 0.2], [0.4, 0.4]]]).log()
    return PointReconstruction(weights, means, log_sds)


def test_a_mixture_sums_to_one_and_draws_what_it_says() -> None:
    axis = torch.linspace(-5, 5, 201)
    grid = torch.cartesian_prod(axis, axis)
    said = _mixture()
    many = PointReconstruction(*(part.expand(len(grid), *part.shape[1:]) for part in (
        said.log_weights, said.means, said.log_sds)))
    p = many.log_prob(grid).exp()
    assert (p.sum() * 0.05**2).item() == pytest.approx(1, abs=1e-4)
    torch.testing.assert_close(said.mean[0], (p[:, None] * grid).sum(0) * 0.05**2, atol=1e-3,
                               rtol=0)
    torch.manual_seed(0)
    n = 40_000
    drawn = PointReconstruction(*(part.expand(n, *part.shape[1:]) for part in (
        said.log_weights, said.means, said.log_sds))).draw()
    torch.testing.assert_close(drawn.mean(0), said.mean[0], atol=0.02, rtol=0)
    right = drawn[:, 0] > 0.5  # nearly all of the second Gaussian, and a little of the first
    wanted = p[grid[:, 0] > 0.5].sum() * 0.05**2
    assert right.float().mean().item() == pytest.approx(wanted.item(), abs=0.02)


def _pictures() -> Tensor:
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=4))).view(-1, 1, 2, 2)


def test_the_chances_of_all_pictures_sum_to_one() -> None:
    torch.manual_seed(0)
    said = PictureReconstruction(torch.randn(1, 1, 2, 2).expand(16, -1, -1, -1))
    assert said.log_prob(_pictures()).exp().sum().item() == pytest.approx(1)
    torch.testing.assert_close((said.log_prob(_pictures()).exp()[:, None, None, None]
                                * _pictures()).sum(0), said.mean[0])


@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
def test_replaced_pixels_are_as_likely_as_is_said(share: float) -> None:
    made, every = ReplacedPixels(share), _pictures()
    said = made.log_prob(every, every).exp()  # from a column to a row
    torch.testing.assert_close(said.sum(0), torch.ones(16))
    torch.manual_seed(0)
    drawn = made(every[5].expand(40_000, 1, 2, 2)).flatten(1) @ torch.tensor([8.0, 4, 2, 1])
    found = torch.bincount(drawn.long(), minlength=16) / 40_000
    torch.testing.assert_close(found, said[:, 5], atol=0.01, rtol=0)


def test_added_noise_is_as_likely_as_a_gaussian_says() -> None:
    torch.manual_seed(0)
    y, x = torch.randn(3, 2), torch.randn(4, 2)
    wanted = torch.distributions.Normal(0, 0.7).log_prob(y[:, None] - x).sum(2)
    torch.testing.assert_close(AddedNoise(0.7).log_prob(y, x), wanted)
    assert (AddedNoise(0.7)(x.expand(5000, 4, 2)) - x).std().item() == pytest.approx(0.7, rel=0.02)


def test_a_net_for_pictures_answers_in_their_shape() -> None:
    said = PictureDenoiser((1, 3, 5), 8, 1)(torch.zeros(2, 1, 3, 5))
    assert said.mean.shape == said.draw().shape == (2, 1, 3, 5)
    assert set(said.draw().unique().tolist()) <= {0.0, 1.0}


def test_a_denoiser_is_what_the_chain_is_made_of() -> None:
    assert isinstance(_chain().denoiser, Denoiser)


# --- where the chain ends

@pytest.mark.parametrize(("variance", "sigma"), [(0.4, 0.6), (0.25, 0.3)])
def test_the_grid_finds_the_gaussian_to_which_the_chain_goes(variance: float,
                                                             sigma: float) -> None:
    with torch.no_grad():
        found = at_once(stationary.of_chain(Ideal(variance, sigma), sigma, "cpu"))
    x = np.random.default_rng(0).normal(0, math.sqrt(variance), (200, 2))
    p = at_once(found.density_at(x))
    wanted = -(x**2).sum(1) / (2 * variance) - math.log(2 * math.pi * variance)
    np.testing.assert_allclose(np.log(p)[wanted > -5], wanted[wanted > -5], atol=0.01)
    stays = variance / (variance + sigma**2)  # of a difference, in a step
    assert found.relaxation == pytest.approx(-1 / math.log(stays), rel=0.01)
    assert abs(found.lost) < 1e-3
