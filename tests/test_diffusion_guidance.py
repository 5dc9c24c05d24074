"""Denoisers that are pulled somewhere, held to what is known of Gaussian data."""

import pytest
import torch
from gaussian_oracle import Gaussian
from torch import Tensor

from model_zoo.diffusion_guidance import classified, guided, near, noised, replaced
from model_zoo.diffusion_samplers import DDIM, DDPM
from model_zoo.noise_schedules import Cosine

DATA = Gaussian.of([0.5, -0.3], [1.5, 0.2])
TILT = torch.tensor([0.4, -1.0], dtype=torch.float64)
SCHEDULE = Cosine()


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def _noise(n: int) -> Tensor:
    return torch.randn(n, 2, dtype=torch.float64)


@pytest.mark.parametrize(("weight", "expected"), [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)])
def test_guidance_goes_from_without_to_with_and_beyond(weight: float, expected: float) -> None:
    x, t = torch.zeros(2, 1), torch.full((2,), 0.5)
    denoise = guided(lambda x, t: x + 3, lambda x, t: x + 1, weight)
    assert denoise(x, t).unique().tolist() == [expected]


def test_outside_of_its_interval_guidance_does_nothing() -> None:
    x = torch.zeros(1, 1)
    denoise = guided(lambda x, t: x + 3, lambda x, t: x + 1, 2, low=0.3, high=0.6)
    said = [denoise(x, torch.full((1,), t)).item() for t in (0.2, 0.5, 0.7)]
    assert said == [3, 5, 3]


def test_a_linear_slope_tilts_gaussian_data_exactly() -> None:
    """p(x) exp(c x) is a Gaussian again, with its mean moved by S c."""
    tilted = Gaussian(DATA.mean + DATA.variance * TILT, DATA.variance).denoise(SCHEDULE)
    pulled = classified(DATA.denoise(SCHEDULE), lambda x: x @ TILT, SCHEDULE, 1.0)
    x, t = _noise(6), torch.linspace(0.05, 1, 6, dtype=torch.float64)
    torch.testing.assert_close(pulled(x, t), tilted(x, t))


def test_a_walk_with_that_slope_draws_the_tilted_data() -> None:
    pulled = classified(DATA.denoise(SCHEDULE), lambda x: x @ TILT, SCHEDULE, 1.0)
    *_, end = DDIM(steps=100)(pulled, SCHEDULE, _noise(3000))
    torch.testing.assert_close(end.x.mean(0), DATA.mean + DATA.variance * TILT, atol=0.08, rtol=0)


@pytest.mark.parametrize("how", ["replace", "gradient"])
def test_what_is_known_is_met_and_the_rest_is_drawn(how: str) -> None:
    known = torch.tensor([2.0, 0.0], dtype=torch.float64).expand(2000, 2)
    mask = torch.tensor([1.0, 0.0], dtype=torch.float64)
    denoise, sampler = DATA.denoise(SCHEDULE), DDPM(steps=60)
    if how == "replace":
        sampler = DDPM(steps=60, mend=replaced(known, mask, SCHEDULE))
        *_, end = sampler(denoise, SCHEDULE, _noise(2000))
        assert torch.equal(end.x[:, 0], known[:, 0])
    else:
        *_, end = sampler(near(known, mask, SCHEDULE, 1.0)(denoise), SCHEDULE, _noise(2000))
        *_, free = sampler(denoise, SCHEDULE, _noise(2000))
        assert (end.x[:, 0] - 2).abs().mean() < 0.5 * (free.x[:, 0] - 2).abs().mean()
    assert end.x[:, 1].mean().item() == pytest.approx(-0.3, abs=0.06)
    assert end.x[:, 1].var().item() == pytest.approx(0.2, rel=0.15)


def test_noised_data_have_the_marginal_of_their_time() -> None:
    at = torch.full((1,), 0.4, dtype=torch.float64)
    alpha, sigma = SCHEDULE.alpha(at), SCHEDULE.sigma(at)
    x = noised(DATA.sample(20_000), 0.4, SCHEDULE)
    torch.testing.assert_close(x.mean(0), alpha * DATA.mean, atol=0.04, rtol=0)
    torch.testing.assert_close(x.var(0), alpha**2 * DATA.variance + sigma**2, atol=0, rtol=0.05)
