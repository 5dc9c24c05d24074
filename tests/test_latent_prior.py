"""Priors of codes against truth: closed forms, quadrature, enumeration, scikit-learn."""

import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from model_zoo.code_priors import CodePrior, DiffusionPrior, FlowPrior, MixturePrior
from model_zoo.latent_prior import LatentPrior, normal_cost
from model_zoo.likelihoods import Gaussian
from model_zoo.word_prior import GridVQVAE, WordCNN, WordPrior, WordTable
from playground.training.batches import Batches
from playground.training.trainer import Trainer, to_arrays


def _train(model: LatentPrior | WordPrior, x: Tensor, who: str, n: int,
           rate: float = 0.01) -> None:
    done = iter(range(n + 1))
    steps = Trainer(model, Batches(x, 256)).steps(
        lambda _player: rate * (1 - next(done) / (n + 1)), lambda player: int(player == who))
    for _step in range(n):
        next(steps)


def _stretched(n: int = 4000) -> Tensor:
    """Points of a Gaussian with a mean and a covariance of its own, (n, 2)."""
    torch.manual_seed(0)
    return torch.randn(n, 2) @ torch.tensor([[2.0, 0.0], [1.2, 0.5]]) + torch.tensor([3.0, -1.0])


def _perturbed(prior: CodePrior) -> CodePrior:
    torch.manual_seed(2)
    by = 0.05 if isinstance(prior, DiffusionPrior) else 0.15
    with torch.no_grad():
        for weight in prior.parameters():
            weight.add_(by * torch.randn_like(weight))
    return prior.eval()


# --- densities of codes

@pytest.mark.parametrize("prior", [
    MixturePrior(2, 3), FlowPrior(2, 3, 16), DiffusionPrior(2, 16)],
    ids=lambda prior: type(prior).__name__)
def test_a_prior_integrates_to_one_on_the_scale_of_the_codes(prior: CodePrior) -> None:
    torch.manual_seed(1)
    model = LatentPrior((2,), 2, (8, 8), prior=_perturbed(prior))
    model.shift.copy_(torch.tensor([1.0, -2.0]))
    model.log_scale.copy_(torch.tensor([1.5, 0.2]).log())
    side = 60
    axis = (2 * torch.arange(side) + 1 - side) / side * 7
    grid = model.outward(torch.cartesian_prod(axis, axis))
    cell = (14 / side) ** 2 * 1.5 * 0.2
    with torch.no_grad():
        mass = model.log_prior(grid).exp().sum().item() * cell
    assert mass == pytest.approx(1, abs=0.02)


def test_a_mixture_is_that_of_torch_and_draws_what_it_says() -> None:
    torch.manual_seed(0)
    prior = MixturePrior(3, 4)
    _perturbed(prior)
    roots = prior._roots().detach()
    wanted = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=prior.logits.detach()),
        torch.distributions.MultivariateNormal(prior.means.detach(),
                                               precision_matrix=roots @ roots.mT))
    z = torch.randn(50, 3)
    torch.testing.assert_close(prior.log_prob(z), wanted.log_prob(z), atol=1e-4, rtol=1e-4)
    drawn = prior.carry(torch.randn(60_000, 3)).detach()
    torch.testing.assert_close(drawn.mean(0), wanted.mean, atol=0.02, rtol=0)
    torch.testing.assert_close(drawn.var(0), wanted.variance, atol=0.03, rtol=0.02)


def test_one_gaussian_finds_mean_and_covariance_of_all_codes() -> None:
    z = _stretched()
    prior = MixturePrior(2, 1)
    _fit(prior, z)
    torch.testing.assert_close(prior.means[0].detach(), z.mean(0), atol=0.02, rtol=0)
    root = prior._roots()[0].detach()
    torch.testing.assert_close((root @ root.mT).inverse(), z.T.cov(correction=0), atol=0.03,
                               rtol=0.02)


@pytest.mark.parametrize("dim", [1, 3])
def test_noise_is_carried_to_where_the_flow_says_it_is_dense(dim: int) -> None:
    prior = _perturbed(FlowPrior(dim, 2, 8))
    noise = torch.randn(20, dim)
    z = prior.carry(noise)
    slopes = torch.stack([torch.autograd.functional.jacobian(
        lambda e: prior.carry(e[None])[0], each) for each in noise])
    wanted = -normal_cost(noise) - torch.linalg.slogdet(slopes).logabsdet
    torch.testing.assert_close(prior.log_prob(z), wanted, atol=1e-3, rtol=1e-3)


# --- the bound

def _linear(*, moved: bool = False, noise: float = 0.4,
            from_means: bool = False) -> tuple[LatentPrior, Tensor]:
    """Return the VAE that is the best probabilistic PCA of some data, and the data.

    M. E. Tipping, C. M. Bishop, "Probabilistic Principal Component Analysis", 1999: its posterior
    is a Gaussian with a mean that is linear and independent numbers, so q(z|x) is exact.

    Args:
        moved: let all codes be stretched and shifted, encoder and decoder with them.
    """
    torch.manual_seed(0)
    x = torch.randn(3000, 2) @ torch.randn(2, 4) + noise * torch.randn(3000, 4) + 1.0
    values, vectors = torch.linalg.eigh(x.T.cov(correction=0))
    rest = values[:2].mean()
    weight = vectors[:, 2:] * (values[2:] - rest).sqrt()
    precision = weight.square().sum(0) + rest  # of the codes, times the rest
    model = LatentPrior((4,), 2, prior=MixturePrior(2, 1), likelihood=Gaussian(),
                        from_means=from_means)
    encoder, decoder = nn.Linear(4, 4), nn.Linear(2, 4)
    stretch, shift = ((torch.tensor([4.0, 0.3]), torch.tensor([5.0, -2.0])) if moved else
                      (torch.ones(2), torch.zeros(2)))
    with torch.no_grad():
        to_code = weight.T / precision[:, None]
        encoder.weight.copy_(torch.cat([stretch[:, None] * to_code, torch.zeros(2, 4)]))
        encoder.bias.copy_(torch.cat([shift - stretch * (to_code @ x.mean(0)),
                                      (stretch * (rest / precision).sqrt()).log()]))
        decoder.weight.copy_(weight / stretch)
        decoder.bias.copy_(x.mean(0) - (weight / stretch) @ shift)
        model.vae.likelihood.log_sigma.copy_(rest.log() / 2)  # type: ignore[operator]
    model.vae.encoder, model.vae.decoder = encoder, decoder
    return model, x


def _fit(prior: CodePrior, z: Tensor) -> None:
    """Find the likeliest weights for codes (N, Z)."""
    search = torch.optim.LBFGS(prior.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def cost() -> Tensor:
        search.zero_grad()
        lost = prior.loss(z)
        lost.backward()
        return lost

    search.step(cost)


def _learned(model: LatentPrior, x: Tensor) -> LatentPrior:
    model.hand_over(x)
    _fit(model.prior, model.inward(torch.cat([model.codes(x) for _draw in range(4)])))
    return model.eval()


def test_the_bound_of_the_best_linear_vae_is_the_likelihood_of_probabilistic_pca() -> None:
    model, x = _linear()
    with torch.no_grad():
        wanted = PCA(2, svd_solver="full").fit(x.numpy()).score_samples(x.numpy())
        bound = model.vae.log_prob_bound(x, 1).numpy()
    np.testing.assert_allclose(bound, wanted, atol=0.03)  # of each datum, whatever z is drawn


def test_a_learned_prior_finds_the_likelihood_again_where_codes_are_not_standard() -> None:
    model, x = _linear(moved=True)
    wanted = PCA(2, svd_solver="full").fit(x.numpy()).score(x.numpy())
    with torch.no_grad():
        assert model.vae.log_prob_bound(x, 1).mean().item() < wanted - 10
    _learned(model, x)
    with torch.no_grad():
        assert model.log_prob_bound(x, 1).mean().item() == pytest.approx(wanted, abs=0.02)


def test_more_codes_bring_the_bound_nearer_to_the_likelihood_of_the_learned_prior() -> None:
    model, x = _linear()
    x, prior, decoder = x[:500], model.prior, model.vae.decoder
    assert isinstance(prior, MixturePrior) and isinstance(decoder, nn.Linear)
    with torch.no_grad():
        prior.means.fill_(0.7)
        root = prior._roots()[0]
        spread = decoder.weight @ (root @ root.mT).inverse() @ decoder.weight.T
        noise = model.vae.likelihood.log_sigma.exp() ** 2 * torch.eye(4)  # type: ignore[operator]
        exact = torch.distributions.MultivariateNormal(
            decoder(prior.means[0]), spread + noise).log_prob(x).mean()
        few, many = (model.log_prob_bound(x, k).mean() for k in (1, 300))
    assert few < exact - 0.03
    assert many.item() == pytest.approx(exact.item(), abs=0.02)


def test_only_the_cost_of_the_code_tells_two_bounds_apart() -> None:
    torch.manual_seed(0)
    model = LatentPrior((1, 4, 4), 2, (16, 16), prior=_perturbed(MixturePrior(2, 3)))
    x = torch.bernoulli(torch.full((200, 1, 4, 4), 0.4))
    model.hand_over(x)
    with torch.no_grad():
        torch.manual_seed(5)
        parts = model.parts(x)
        torch.manual_seed(5)
        vae = model.vae.log_prob_bound(x, 1)
        torch.manual_seed(5)
        learned = model.log_prob_bound(x, 1)
        log_prior = model.log_prior(parts.z)
    torch.testing.assert_close(learned - vae, log_prior + parts.normal, atol=1e-3, rtol=1e-4)
    mean = (parts.entropy - parts.reconstruction - parts.normal).mean()
    assert mean.item() == pytest.approx(vae.mean().item(), abs=0.5)


def test_entropy_is_that_of_the_posterior() -> None:
    model, x = _linear(moved=True)
    mu, log_sigma = model.vae.posterior(x)
    wanted = torch.distributions.Normal(mu, log_sigma.exp()).entropy().sum(1)
    torch.testing.assert_close(model.parts(x).entropy, wanted)


def test_standardised_codes_have_mean_0_and_variance_1() -> None:
    model, x = _linear(moved=True)
    model.hand_over(x)
    u = model.inward(model.codes(x))
    torch.testing.assert_close(u.mean(0), torch.zeros(2), atol=0.05, rtol=0)
    torch.testing.assert_close(u.std(0), torch.ones(2), atol=0.05, rtol=0)
    torch.testing.assert_close(model.inward(model.outward(u)), u)


def test_a_prior_of_means_is_too_narrow() -> None:
    gains = []
    for from_means in (False, True):
        model, x = _linear(noise=1.0, from_means=from_means)
        _learned(model, x)
        with torch.no_grad():
            parts = model.parts(x)
            gains.append((model.log_prior(parts.z) + parts.normal).mean().item())
    assert gains[0] == pytest.approx(0, abs=0.01)  # codes are N(0, I)
    assert gains[1] < -0.03


# --- frozen means frozen

@pytest.mark.parametrize("kind", [LatentPrior, WordPrior])
def test_what_is_frozen_stays_the_same_to_the_last_bit(
        kind: type[LatentPrior] | type[WordPrior]) -> None:
    torch.manual_seed(0)
    model = kind((1, 8, 8))
    x = torch.bernoulli(torch.full((300, 1, 8, 8), 0.4))
    part = model.vae if isinstance(model, LatentPrior) else model.vq
    _train(model, x, "vae", 5)
    before, prior = to_arrays(part), to_arrays(model.prior)
    _train(model, x, "prior", 5)
    assert all(np.array_equal(value, before[name]) for name, value in to_arrays(part).items())
    assert any(not np.array_equal(value, prior[name])
               for name, value in to_arrays(model.prior).items())


# --- words

@pytest.mark.parametrize("prior", [WordCNN((1, 2, 2), 3, 8, 1), WordTable((1, 2, 2), 3)],
                         ids=lambda prior: type(prior).__name__)
def test_the_chances_of_all_texts_sum_to_one(prior: WordCNN | WordTable) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in prior.parameters():
            weight.add_(0.5 * torch.randn_like(weight))
        texts = torch.tensor(list(itertools.product(range(3), repeat=4))).view(-1, 1, 2, 2) / 2
        p = prior.log_prob(texts).exp()
        assert p.sum().item() == pytest.approx(1, abs=1e-5)
        drawn = prior.sample(20_000)
    codes = (prior.to_levels(drawn).flatten(1) @ torch.tensor([27, 9, 3, 1])).bincount(
        minlength=81)
    torch.testing.assert_close(codes / 20_000, p, atol=0.01, rtol=0)


def test_a_word_is_a_name_and_no_number() -> None:
    torch.manual_seed(0)
    prior = WordCNN((1, 2, 2), 4, 8, 1)
    swap = torch.tensor([2, 1, 0, 3])
    x = torch.randint(4, (5, 1, 2, 2))
    before = prior.logits(x / 3)
    prior.vectors.weight.data = prior.vectors.weight.data[swap]
    torch.testing.assert_close(prior.logits(swap[x] / 3), before)


@pytest.mark.parametrize(("shape", "grid"), [((1, 8, 8), (1, 4, 4)), ((1, 14, 14), (1, 4, 4)),
                                             ((3, 6, 8), (1, 3, 4))])
def test_words_lie_where_they_look(shape: tuple[int, ...], grid: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    vq = GridVQVAE(shape)
    assert vq.grid == grid
    x = torch.rand(2, *shape)
    changed = x.clone()
    changed[:, :, 0, 0] += 1  # the upper left corner
    moved = (vq.vectors(x) - vq.vectors(changed)).abs().sum(-1)  # (B, S)
    assert (moved[:, 0] > 0).all() and (moved[:, -1] == 0).all()
    assert vq.decode(vq.encode(x)).shape == x.shape


def test_the_bound_of_words_is_below_the_sum_over_all_texts() -> None:
    torch.manual_seed(0)
    model = WordPrior((1, 2, 4), 4, 2)
    x = torch.bernoulli(torch.full((3, 1, 2, 4), 0.4))
    texts = torch.tensor(list(itertools.product((0.0, 1.0), repeat=8))).view(-1, 1, 2, 4)
    with torch.no_grad():
        log_words = model.prior.log_prob(texts)
        assert log_words.logsumexp(0).item() == pytest.approx(0, abs=1e-3)
        told = model.vq.decoder(model._code(texts))
        exact = [(model.vq.likelihood.log_prob(each.flatten(), told) + log_words).logsumexp(0)
                 for each in x]
        bound = model.bound(x)
    assert (bound < torch.stack(exact)).all()
    assert (bound > torch.stack(exact) - 8 * math.log(2) - 5).all()


def test_a_draw_of_words_alone_knows_their_frequencies_alone() -> None:
    torch.manual_seed(0)
    model = WordPrior((1, 8, 8), 4, 5)
    model.vq.usage.copy_(torch.rand(16, 5).softmax(1))
    drawn = model.prior.to_levels(model.draw_alone(20_000)).flatten(1)  # (N, 16)
    found = torch.stack([column.bincount(minlength=5) for column in drawn.T]) / 20_000
    torch.testing.assert_close(found, model.vq.prior(), atol=0.015, rtol=0)


def test_words_alone_are_counted_where_they_stand() -> None:
    torch.manual_seed(0)
    model = WordPrior((1, 8, 8), 4, 5)
    x = torch.rand(200, 1, 8, 8)
    model.hand_over(x)
    words = model.prior.to_levels(model.grids(x)).flatten(1)
    counts = torch.stack([column.bincount(minlength=5) for column in words.T])
    torch.testing.assert_close(model.vq.prior(), (counts + 1) / 205, atol=1e-3, rtol=1e-3)
    cost = model.vq.elbo_parts(x)[1].mean(0)
    p = (counts + 1) / 205
    torch.testing.assert_close(cost, -(counts / 200 * p.log()).sum(1), atol=5e-3, rtol=1e-3)
