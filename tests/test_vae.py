"""The VAE and its relatives against closed forms, torch.distributions and enumeration."""

import itertools
import math

import numpy as np
import pytest
import torch
from nets import linear
from scipy.integrate import quad
from small import small
from test_pages import LABS
from torch import Tensor
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional as F

from model_zoo import likelihoods
from model_zoo.vae import VAE
from model_zoo.vq_vae import VQVAE
from playground import datasets
from playground.concepts.vae.aggregate import in_cells, kl_to_prior, log_density
from playground.concepts.vae.bounds import estimators, grouped_bound
from playground.experiments.base import at_once, built, experiment_type
from playground.experiments.paths import slerp
from playground.metrics.disentanglement import mig, mutual_information
from playground.training.batches import Batches
from playground.training.trainer import Trainer

SHAPES = ((2,), (1, 8, 8))


def _data(shape: tuple[int, ...], n: int = 64) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    if len(shape) == 1:
        return torch.randn(n, *shape, generator=generator)
    return torch.bernoulli(torch.full((n, *shape), 0.3), generator=generator)


# --- a linear VAE, whose log p(x) is known

def _linear_vae(*, exact: bool) -> tuple[VAE, MultivariateNormal]:
    """Return a VAE without hidden layers, and its own p(x) = N(b, W W^T + s^2 I).

    The columns of W are orthogonal, so the true posterior has a diagonal covariance and the
    encoder can be it (`exact`), or be something else.
    """
    torch.manual_seed(0)
    model = VAE((3,), latent_dim=2, hidden=())
    w = torch.tensor([[1.0, 0.5], [-1.0, 0.5], [0.5, 1.0]])
    w[:, 1] -= (w[:, 0] @ w[:, 1]) / (w[:, 0] @ w[:, 0]) * w[:, 0]
    b, s = torch.tensor([0.3, -0.2, 0.1]), 0.6
    variance = 1 / (1 + (w**2).sum(0) / s**2)  # (Z,)
    gain = variance[:, None] * w.T / s**2  # (Z, D)
    with torch.no_grad():
        decoder, encoder = linear(model.decoder, 0), linear(model.encoder, 0)
        decoder.weight.copy_(w)
        decoder.bias.copy_(b)
        encoder.weight.zero_()
        encoder.weight[:2] = gain if exact else 0.7 * gain
        encoder.bias.copy_(torch.cat([-(encoder.weight[:2] @ b), variance.sqrt().log()]))
        encoder.bias[2:] += 0 if exact else 0.4
        model.likelihood.get_parameter("log_sigma").fill_(math.log(s))
    return model, MultivariateNormal(b, w @ w.T + s**2 * torch.eye(3))


@torch.no_grad()
def test_with_the_true_posterior_each_draw_gives_the_exact_density() -> None:
    model, truth = _linear_vae(exact=True)
    x = truth.sample((50,))
    torch.testing.assert_close(model.log_prob_bound(x, 1), truth.log_prob(x), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_with_the_true_posterior_the_elbo_is_the_exact_density() -> None:
    model, truth = _linear_vae(exact=True)
    x = truth.sample((20,))
    parts = (model.elbo_parts(x)[:2] for _ in range(4000))
    draws = torch.stack([-(reconstruction + kl.sum(-1)) for reconstruction, kl in parts])
    error = draws.std(0) / len(draws) ** 0.5
    assert ((draws.mean(0) - truth.log_prob(x)).abs() < 5 * error).all()


@torch.no_grad()
def test_the_bound_lies_under_the_exact_density_and_approaches_it() -> None:
    model, truth = _linear_vae(exact=False)
    x = truth.sample((400,))
    exact = truth.log_prob(x).mean()
    gaps = [(exact - torch.stack([model.log_prob_bound(x, k) for _ in range(20)]).mean()).item()
            for k in (1, 5, 50, 500)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > 0.1
    assert -0.002 < gaps[-1] < 0.02


@torch.no_grad()
def test_samples_have_the_mean_and_the_covariance_of_the_model() -> None:
    model, truth = _linear_vae(exact=True)
    samples = model.sample(40_000)
    torch.testing.assert_close(samples.mean(0), truth.mean, atol=0.03, rtol=0)
    torch.testing.assert_close(samples.T.cov(), truth.covariance_matrix, atol=0.06, rtol=0)


# --- IWAE and ELBO on the linear VAE

@torch.no_grad()
def test_the_elbo_is_under_the_importance_weighted_bound_and_that_under_the_exact_value() -> None:
    torch.manual_seed(1)
    model, truth = _linear_vae(exact=False)
    x = truth.sample((200,))
    exact = truth.log_prob(x).mean().item()
    weights = torch.cat([_log_weights(model, x, 500) for _ in range(10)])  # (5000, 200)
    elbo, iwae_50, iwae_5000 = (grouped_bound(weights, k).mean().item() for k in (1, 50, 5000))
    assert elbo < iwae_50 < iwae_5000 < exact + 0.005
    assert exact - elbo > 0.1
    assert exact - iwae_5000 < 0.02


def _log_weights(model: VAE, x: Tensor, k: int) -> Tensor:
    log_likelihood, surplus = model.weigh(x, k)
    return log_likelihood - surplus


@torch.no_grad()
def test_grouping_codes_gives_the_bound_of_each_group() -> None:
    weights = torch.randn(10, 3)
    by_hand = torch.stack([(part.exp().mean(0)).log() for part in (weights[:4], weights[4:8])])
    torch.testing.assert_close(grouped_bound(weights, 4), by_hand.mean(0))


def test_the_loss_of_many_codes_is_the_bound() -> None:
    model, truth = _linear_vae(exact=False)
    model.n_importance = 7
    x = truth.sample((30,))
    torch.manual_seed(3)
    loss = model.loss(x)["loss"]
    torch.manual_seed(3)
    torch.testing.assert_close(loss, -model.log_prob_bound(x, 7).mean())


# --- the gradient, known for the linear VAE

def test_all_estimators_have_the_gradient_as_their_mean_and_the_reparameterised_one_is_calm(
) -> None:
    torch.manual_seed(0)
    model, truth = _linear_vae(exact=False)
    x = truth.sample((1,))
    decoder = linear(model.decoder, 0)
    w, b = decoder.weight.detach(), decoder.bias.detach()
    mu = model.posterior(x)[0].detach()
    sigma = model.likelihood.get_parameter("log_sigma").exp().item()
    exact = (x - mu @ w.T - b) @ w / sigma**2  # (1, Z)
    found = at_once(estimators(model, x, None, 20_000))
    for name, each in found.items():
        error = each.std(0) / len(each) ** 0.5
        assert ((each.mean(0) - exact[0]).abs() < 5 * error).all(), name
    assert found["score"].var(0).sum() > 5 * found["through"].var(0).sum()
    assert found["baseline"].var(0).sum() < found["score"].var(0).sum()


# --- the loss

def test_free_bits_cost_nothing() -> None:
    model, x = VAE((2,), latent_dim=3, free_bits=100.0), _data((2,))
    torch.manual_seed(0)
    losses = model.loss(x)
    torch.testing.assert_close(losses["loss"], losses["reconstruction"] + 3 * 100.0)
    losses["loss"].backward()
    last = linear(model.encoder, -1).weight
    assert last.grad is not None
    kept = last.grad.clone()
    model.beta = 7.0
    model.zero_grad()
    torch.manual_seed(0)
    model.loss(x)["loss"].backward()
    torch.testing.assert_close(last.grad, kept)


def test_beyond_the_free_bits_the_kl_costs_as_ever() -> None:
    model, x = VAE((2,), latent_dim=3, free_bits=1e-9), _data((2,))
    losses = model.loss(x)
    torch.testing.assert_close(losses["loss"], losses["reconstruction"] + losses["kl"])


def test_a_conditional_vae_learns_what_the_class_alone_tells() -> None:
    torch.manual_seed(0)
    labels = torch.arange(3).repeat_interleave(40)
    x = torch.eye(3)[labels] + 0.05 * torch.randn(120, 3)
    model = VAE((3,), 1, (16,), n_classes=3)
    steps = Trainer(model, Batches(x, 60, context=labels)).steps(lambda _: 1e-2)
    for _ in range(150):
        next(steps)
    with torch.no_grad():
        means = [model.sample(50, torch.full((50,), c)).mean(0) for c in range(3)]
    torch.testing.assert_close(torch.stack(means), torch.eye(3), atol=0.3, rtol=0)


@pytest.mark.parametrize("kind", ["dense", "transposed", "upsampling", "residual"])
def test_a_class_reaches_encoder_and_decoder(kind: str) -> None:
    torch.manual_seed(0)
    model, x = VAE((1, 8, 8), 2, (16,), kind=kind, n_classes=4), _data((1, 8, 8), 1)
    one, other = torch.tensor([0]), torch.tensor([3])
    z = torch.zeros(1, 2)
    assert not torch.equal(model.encode(x, one), model.encode(x, other))
    assert not torch.equal(model.decode(z, one), model.decode(z, other))


# --- the VAE against torch.distributions

@pytest.mark.parametrize("shape", SHAPES)
@torch.no_grad()
def test_the_kl_is_that_of_torch(shape: tuple[int, ...]) -> None:
    model = VAE(shape, latent_dim=3, hidden=(16,))
    x = 3 * _data(shape)
    mu, log_sigma = model.posterior(x)
    truth = kl_divergence(Normal(mu, log_sigma.exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(model.elbo_parts(x)[1], truth, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_likelihood_of_pixels_is_that_of_torch() -> None:
    model, x = VAE((1, 8, 8)), _data((1, 8, 8)).flatten(1)
    logits = 5 * torch.randn(64, 64)
    torch.testing.assert_close(model.likelihood.log_prob(x, logits),
                               Bernoulli(logits=logits).log_prob(x).sum(-1))


@torch.no_grad()
def test_the_likelihood_of_points_is_that_of_torch() -> None:
    model, x = VAE((2,)), _data((2,))
    mean = torch.randn(7, 64, 2)
    sigma = model.likelihood.get_parameter("log_sigma").exp()
    torch.testing.assert_close(model.likelihood.log_prob(x, mean),
                               Normal(mean, sigma).log_prob(x).sum(-1))


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_beta_weighs_the_kl(beta: float) -> None:
    losses = VAE((2,), beta=beta).loss(_data((2,)))
    torch.testing.assert_close(losses["loss"], losses["reconstruction"] + beta * losses["kl"])


def test_samples_of_pixels_are_black_or_white() -> None:
    assert set(VAE((1, 8, 8)).sample(10).unique().tolist()) == {0.0, 1.0}


# --- likelihoods

@pytest.mark.parametrize("likelihood", [likelihoods.Bernoulli(), likelihoods.Categorical(3),
                                        likelihoods.Categorical(2)])
@torch.no_grad()
def test_a_likelihood_of_pixels_adds_up_to_one(likelihood: likelihoods.Likelihood) -> None:
    n_levels = max(2, likelihood.per_number)
    levels = [i / (n_levels - 1) for i in range(n_levels)]
    x = torch.tensor(list(itertools.product(levels, repeat=3)))
    told = torch.randn(3 * likelihood.per_number)
    log_prob = likelihood.log_prob(x, told.expand(len(x), -1))
    assert log_prob.exp().sum().item() == pytest.approx(1, abs=1e-5)
    mean = (log_prob.exp()[:, None] * x).sum(0)
    torch.testing.assert_close(likelihood.mean(told), mean, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("likelihood", [
    likelihoods.Bernoulli(), likelihoods.Categorical(5), likelihoods.Gaussian(),
    likelihoods.FixedGaussian(0.3), likelihoods.FreeGaussian()])
@torch.no_grad()
def test_draws_have_the_mean_that_the_likelihood_says(likelihood: likelihoods.Likelihood) -> None:
    torch.manual_seed(0)
    told = torch.randn(4 * likelihood.per_number)
    draws = likelihood.draw(told.expand(20_000, -1))
    assert draws.shape == (20_000, 4)
    error = draws.std(0) / len(draws) ** 0.5
    assert ((draws.mean(0) - likelihood.mean(told)).abs() < 5 * error).all()


@torch.no_grad()
def test_a_gaussian_with_a_variance_for_each_number_is_that_of_torch() -> None:
    told, x = torch.randn(6, 4, 2), torch.randn(6, 4)
    found = likelihoods.FreeGaussian().log_prob(x, told.flatten(1))
    truth = Normal(told[..., 0], told[..., 1].exp()).log_prob(x).sum(-1)
    torch.testing.assert_close(found, truth)


def test_a_fixed_variance_is_not_trained_and_is_stored() -> None:
    model = VAE((2,), likelihood=likelihoods.FixedGaussian(0.5))
    assert "likelihood.log_sigma" not in dict(model.named_parameters())
    assert model.state_dict()["likelihood.log_sigma"].item() == pytest.approx(math.log(0.5))


# --- the VQ-VAE

@torch.no_grad()
def test_the_bound_of_a_vq_vae_is_under_the_exact_sum_over_all_words() -> None:
    torch.manual_seed(0)
    model = VQVAE((1, 2, 2), 2, (16,), n_slots=2, n_words=3)
    model.usage.copy_(torch.rand(2, 3))
    model.codebook.copy_(torch.randn(3, 2))
    pairs = torch.tensor(list(itertools.product(range(3), repeat=2)))  # (9, 2)
    x = torch.tensor(list(itertools.product((0.0, 1.0), repeat=4))).view(-1, 1, 2, 2)
    told = model.decoder(model.codebook[pairs].flatten(1))  # (9, 4)
    log_prior = model.prior().log()[torch.arange(2), pairs].sum(-1)  # (9,)
    joint = model.likelihood.log_prob(x.flatten(1)[:, None], told.expand(16, 9, 4)) + log_prior
    exact = joint.logsumexp(-1)
    assert exact.exp().sum().item() == pytest.approx(1, abs=1e-5)
    reconstruction, cost, _ = model.elbo_parts(x)
    assert (-(reconstruction + cost.sum(-1)) <= exact + 1e-6).all()


def test_dead_words_start_again_and_the_codebook_covers_the_data() -> None:
    torch.manual_seed(0)
    model = VQVAE((2,), 2, (32,), n_slots=1, n_words=16)
    model.codebook += 100.0
    model.sums.copy_(model.codebook)
    x = torch.randn(256, 2)
    steps = Trainer(model, Batches(x, 256)).steps(lambda _: 3e-3)
    for _ in range(600):
        next(steps)
    with torch.no_grad():
        used = model.words(model.vectors(x)).unique()
    assert len(used) > 10
    assert model.codebook.abs().max() < 50


@pytest.mark.parametrize("n_steps", [20, 100])
def test_after_a_short_training_words_cost_what_they_cost_when_counted_anew(n_steps: int) -> None:
    torch.manual_seed(0)
    digits = torch.from_numpy(datasets.load("digits").train)
    model = VQVAE((1, 8, 8), 2, (128,), n_slots=8, n_words=50)
    steps = Trainer(model, Batches(digits, 128)).steps(lambda _: 1e-3)
    for _ in range(n_steps):
        next(steps)
    with torch.no_grad():
        followed = model.elbo_parts(digits)[1].sum(1).mean()
        seen = F.one_hot(model.words(model.vectors(digits)), model.n_words).float()
        model.usage.copy_(seen.mean(0))
        counted = model.elbo_parts(digits)[1].sum(1).mean()
    assert followed.item() == pytest.approx(counted.item(), abs=1)  # nats, of up to 31


@torch.no_grad()
def test_words_are_drawn_as_often_as_they_were_used() -> None:
    torch.manual_seed(0)
    model = VQVAE((2,), 1, (8,), n_slots=2, n_words=3)
    model.codebook.copy_(torch.tensor([[0.0], [1.0], [2.0]]))
    model.usage.copy_(torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]]))
    codes = model.draw_codes(20_000)
    shares = torch.stack([F.one_hot(codes[:, slot].long(), 3).float().mean(0) for slot in (0, 1)])
    torch.testing.assert_close(shares, model.usage, atol=0.015, rtol=0)


def test_looking_does_not_move_the_codebook() -> None:
    model, x = VQVAE((1, 8, 8)), _data((1, 8, 8))
    before = model.codebook.clone()
    model.elbo_parts(x)
    model.sample(4)
    assert torch.equal(before, model.codebook)
    model.loss(x)
    assert not torch.equal(before, model.codebook)


# --- walks

def test_a_walk_along_the_sphere_keeps_its_length_and_meets_its_ends() -> None:
    a, b = torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 2.0]])
    way = slerp(a, b, torch.linspace(0, 1, 5)[:, None])
    torch.testing.assert_close(way.norm(dim=1), torch.full((5,), 2.0))
    torch.testing.assert_close(way[[0, -1]], torch.cat([a, b]), atol=1e-6, rtol=0)
    torch.testing.assert_close(way[2], torch.tensor([2**0.5, 0.0, 2**0.5]))


# --- factors

def _two_factors() -> np.ndarray:
    return np.array(list(itertools.product(range(4), range(5))) * 10)


def test_one_dimension_for_each_factor_has_a_gap_of_one() -> None:
    factors = _two_factors()
    table = mutual_information(factors[:, ::-1].astype(np.float32), factors)
    np.testing.assert_allclose(table, [[0, 1], [1, 0]], atol=1e-6)
    assert mig(table) == pytest.approx(1, abs=1e-6)


def test_two_dimensions_for_one_factor_have_no_gap() -> None:
    factors = _two_factors()
    codes = np.stack([factors[:, 0], 3 - factors[:, 0]], 1).astype(np.float32)
    table = mutual_information(codes, factors)
    np.testing.assert_allclose(table, [[1, 0], [1, 0]], atol=1e-6)
    assert mig(table) == pytest.approx(0, abs=1e-6)


def test_the_information_of_a_noisy_copy_is_that_of_its_channel() -> None:
    bit = np.repeat([0, 1], 1000)
    copy = bit.copy()
    copy[:250], copy[1000:1250] = 1, 0  # a quarter of each is wrong
    wrong = 0.25
    capacity = 1 + wrong * math.log2(wrong) + (1 - wrong) * math.log2(1 - wrong)
    table = mutual_information(copy[:, None].astype(np.float32), bit[:, None])
    assert table[0, 0] == pytest.approx(capacity, abs=1e-6)
    assert mig(table) == pytest.approx(capacity, abs=1e-6)


# --- the aggregate posterior

def _by_quadrature(mu: np.ndarray, sigma: np.ndarray) -> float:
    """KL(q || N(0, 1)) by scipy's adaptive quadrature, from each mean to the next."""
    def integrand(z: float) -> float:
        log_q = float(log_density(np.array([z]), mu, sigma)[0])
        return math.exp(log_q) * (log_q + z**2 / 2 + math.log(2 * math.pi) / 2)

    ends = np.unique(np.concatenate([mu, mu - 9 * sigma, mu + 9 * sigma]))
    return sum(quad(integrand, low, high, limit=200)[0]
               for low, high in itertools.pairwise(ends))


@pytest.mark.parametrize("sigmas", [(3e-4,) * 6, (3e-4, 0.02, 1.0, 5.0, 0.3, 3e-4), (0.8,) * 6])
def test_the_aggregate_posterior_is_integrated_however_narrow_it_is(
        sigmas: tuple[float, ...]) -> None:
    mu, sigma = np.array([-3.0, -0.4, 0.1, 0.1005, 2.0, 9.0]), np.array(sigmas)
    kl, mass = at_once(kl_to_prior(mu, sigma))
    assert mass == pytest.approx(1, abs=1e-6)
    assert kl == pytest.approx(_by_quadrature(mu, sigma), abs=1e-5)


def test_posteriors_that_do_not_meet_are_told_apart_by_the_log_of_their_number() -> None:
    """Then KL(q || p) is the mean of the single ones less log N: a closed form."""
    rng = np.random.default_rng(0)
    mu, sigma = np.sort(rng.normal(0, 2, 200)), np.full(200, 3.4e-4)
    mu += 0.01 * np.arange(200)
    each = (mu**2 + sigma**2 - 1) / 2 - np.log(sigma)
    kl, _ = at_once(kl_to_prior(mu, sigma))
    assert kl == pytest.approx(each.mean() - math.log(200), abs=1e-6)


def test_cells_hold_all_mass_of_what_is_narrower_than_they() -> None:
    edges = np.linspace(-4, 4, 41)
    density = in_cells(edges, np.array([0.05, 2.0]), np.array([3e-4, 0.3]))
    assert (density * np.diff(edges)).sum() == pytest.approx(1, abs=1e-6)
    assert density.max() == pytest.approx(0.5 / 0.2, rel=0.01)


def test_the_aggregate_of_a_run_is_that_of_its_posteriors() -> None:
    kind = experiment_type("vae")
    made = kind(LABS["vae"].settings(hidden=16), "cpu")
    with torch.no_grad():
        made.model.encoder[-1].bias[2:] -= 7  # type: ignore[attr-defined]
        mu, log_sigma = made.the_vae().posterior(made.held_out)  # type: ignore[attr-defined]
    reply = made.ask("aggregate", {})
    sigma = log_sigma.exp().numpy().astype(float)
    assert sigma.max() < 2e-3 and reply["mass"] == pytest.approx(1, abs=1e-5)
    for j, kl in zip(reply["dimensions"], reply["kl"], strict=True):
        assert kl == pytest.approx(at_once(kl_to_prior(
            mu[:, j].numpy().astype(float), sigma[:, j]))[0], abs=1e-3)
    width = reply["z"][1] - reply["z"][0]
    assert reply["densities"].sum(1) * width == pytest.approx(1, abs=1e-3)


def test_the_ground_of_the_plane_is_what_its_places_decode_to() -> None:
    torch.manual_seed(0)
    made = built("vae", small("vae", latent_dim=3), "cpu")
    arrays = made.observe()[1]
    ground, axes, reach = arrays["ground"], arrays["axes"].tolist(), float(arrays["reach"][0])
    side = 8
    n = len(ground) // side
    for row, column in ((0, 0), (0, n - 1), (n - 1, 0), (3, 5)):
        place = [reach * (2 * at + 1 - n) / n for at in (column, row)]
        asked = made.ask("decode", {"codes": [place], "axes": axes, "label": 0})["images"][0]
        cell = ground[row * side:(row + 1) * side, column * side:(column + 1) * side]
        np.testing.assert_allclose(cell[::-1].astype(int), asked.astype(int), atol=1)
    assert ground.std() > 0
