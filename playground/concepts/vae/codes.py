"""Questions about codes: what is at a place, between two places, along an axis."""

from typing import Annotated, Any

import torch
from torch import Tensor

from model_zoo.vq_vae import VQVAE
from playground.arguments import Class, HeldOut, Seed, Within
from playground.concepts.vae.settings import VAESettings
from playground.concepts.vae.training import N_HELD_OUT, TrainedVAE
from playground.experiments.architecture import answers, watch
from playground.experiments.axes import Axes, on_axes
from playground.experiments.base import question
from playground.experiments.code_walks import CodeWalks
from playground.training.randomness import fixed_random_state

MAX_CODES = 1000
MAX_SIDE = 30
MAX_TRAVERSED = 10
FARTHEST = 2.5


class CodeQuestions(TrainedVAE, CodeWalks[VAESettings]):
    """Decodes codes that a visitor points at, draws, or makes of the codes of data."""

    @question
    @torch.no_grad()
    def decode(self, codes: list[list[float]], axes: Axes, label: Class) -> dict[str, Any]:
        """Decode points of the latent plane, (N, 2); the other dimensions are 0, the prior's mean.

        The nearest word fills all slots of a VQ-VAE.

        Args:
            label: the class, for a model that is told it.

        Returns:
            `images` (N, H, W) uint8, or `points` (N, 2).
        """
        plane = on_axes(codes, axes, MAX_CODES)
        z = self._place(torch.from_numpy(plane), axes)
        if isinstance(self.model, VQVAE):
            word = self.model.codebook[self.model.words(z[:, None])[:, 0]]
            z = word.repeat(1, self.model.n_slots)
        return self.answer(self.decode_all(z, self.one_class(label, len(z))))

    @question
    @torch.no_grad()
    def decoded_plane(self, n: Annotated[int, Within(1, MAX_SIDE)], axes: Axes,
                      label: Class) -> dict[str, Any]:
        """Decode an n x n grid of codes at equally likely places of the prior.

        Returns:
            `images` (n * n, H, W), row by row from the top left: z1 grows rightwards, z2 upwards.
        """
        share = (torch.arange(n) + 0.5) / n
        places = torch.distributions.Normal(0, 1).icdf(share)
        if len(axes) == 1:
            grid = places[:, None]
        else:
            rows, columns = torch.meshgrid(places.flip(0), places, indexing="ij")
            grid = torch.stack([columns.flatten(), rows.flatten()], -1)
        return self.answer(self.the_vae().decode(self._place(grid, axes),
                                                 self.one_class(label, len(grid))))

    @question
    @torch.no_grad()
    def pass_through(self, index: HeldOut, seed: Seed = 0) -> dict[str, Any]:
        """Let a held-out datum pass through the net, and watch each layer.

        Args:
            seed: decides the noise of the code.

        Returns:
            `seen` and `output`, the datum and the mean of p(x|z); the layers of `encoder` and
            `decoder`, see `architecture.Layer`; of a VAE `mu`, `sigma`, `epsilon` and `z`, (Z,);
            of a VQ-VAE `vectors` and `code` (S, Z), the numbers of the `words` (S,), and the
            `codebook` (W, Z).
        """
        rows, model = slice(index, index + 1), self.model
        x, classes = self.held_out[rows], self.classes_of(rows)
        found: dict[str, Tensor]
        if isinstance(model, VQVAE):
            vq = model
            vectors, encoder = watch([vq.encoder], lambda: vq.vectors(x))
            words = vq.words(vectors)
            z = vq.codebook[words].flatten(1)
            found = {"vectors": vectors[0], "words": words[0], "code": vq.codebook[words[0]],
                     "codebook": vq.codebook}
        else:
            vae = model
            (mu, log_sigma), encoder = watch([vae.encoder], lambda: vae.posterior(x, classes))
            with fixed_random_state(str(self.device), seed):
                epsilon = torch.randn_like(mu)
            z = mu + log_sigma.exp() * epsilon
            found = {"mu": mu[0], "sigma": log_sigma[0].exp(), "epsilon": epsilon[0], "z": z[0]}
        output, decoder = watch([model.decoder, model.likelihood],
                                lambda: self.decode_all(z, classes))
        return {"seen": x[0].cpu().numpy(), "output": output[0].cpu().numpy(),
                "encoder": answers(encoder), "decoder": answers(decoder),
                **{name: value.cpu().numpy() for name, value in found.items()}}

    @question
    @torch.no_grad()
    def resample(self, n: Annotated[int, Within(1, MAX_CODES)], seed: Seed,
                 label: Class) -> dict[str, Any]:
        """Decode n codes from the prior.

        Returns:
            `images` (n, H, W) or `points` (n, 2): means of p(x|z), no pixel is drawn.
        """
        with fixed_random_state(str(self.device), seed):
            if isinstance(self.model, VQVAE):
                return self.answer(self.model.decode(self.model.draw_codes(n)))
            z = torch.randn(n, self.settings.latent_dim, device=self.device)
        return self.answer(self.decode_all(z, self.one_class(label, n)))

    @question
    @torch.no_grad()
    def traverse(self, index: HeldOut, n: Annotated[int, Within(2, MAX_SIDE)]) -> dict[str, Any]:
        """Start at the code of a held-out datum and move along one dimension at a time.

        The most used dimensions come first, at most `MAX_TRAVERSED`; each takes n places from
        -2.5 to 2.5. In a VQ-VAE, each slot takes the n words that are most frequent there.

        Returns:
            `images` (rows * n, H, W), and which dimensions or slots the `rows` are.
        """
        row = slice(index, index + 1)
        start = self.encode(row)[0]
        if isinstance(self.model, VQVAE):
            chosen = torch.arange(min(self.model.n_slots, MAX_TRAVERSED))
            n = min(n, self.model.n_words)
            z = start.view(self.model.n_slots, -1).repeat(len(chosen), n, 1, 1)
            for at, slot in enumerate(chosen):
                z[at, :, slot] = self.model.codebook[self.model.prior()[slot].topk(n).indices]
            z = z.flatten(2)
        else:
            kl = self.model.elbo_parts(self.held_out, self.classes_of(slice(None)))[1].mean(0)
            chosen = kl.argsort(descending=True)[:MAX_TRAVERSED]
            z = start.repeat(len(chosen), n, 1)
            for at, dimension in enumerate(chosen):
                z[at, :, dimension] = torch.linspace(-FARTHEST, FARTHEST, n)
        y = self.classes_of(row)
        y = None if y is None else y.repeat(z.shape[0] * z.shape[1])
        return {"rows": chosen.cpu().numpy(), **self.answer(self.decode_all(z.flatten(0, 1), y))}

    @question
    @torch.no_grad()
    def reconstruct(self, n: Annotated[int, Within(1, N_HELD_OUT)]) -> dict[str, Any]:
        """Encode and decode n held-out data.

        Returns:
            `images` (2 n, H, W): first the inputs, then their reconstructions.
        """
        rows = slice(0, n)
        return self.answer(torch.cat([
            self.held_out[rows], self.decode_all(self.encode(rows), self.classes_of(rows))]))

    def _place(self, plane: Tensor, axes: list[int]) -> Tensor:
        codes = torch.zeros(len(plane), self.settings.latent_dim, device=self.device)
        codes[:, axes] = plane.to(self.device)
        return codes
