"""An autoencoder on pictures: what is trained, watched and asked."""

import functools
from typing import Annotated, Any

import numpy as np
import torch
from scipy.linalg import subspace_angles
from torch import Tensor

from model_zoo.autoencoder import DeterministicAutoencoder
from playground import datasets
from playground.arguments import HeldOut, OneOf, Seed, Within
from playground.concepts.autoencoder.plane import Manifold, grid, steady_box
from playground.concepts.autoencoder.settings import N_LABELS, SEEDS, WAYS, AutoencoderSettings
from playground.concepts.autoencoder.students import Lesson, Student
from playground.datasets import own_image
from playground.device import shared
from playground.experiments.architecture import answers, watch
from playground.experiments.axes import Axes, on_axes
from playground.experiments.base import Answer, Observation, Work, at_once, question
from playground.experiments.look import look
from playground.experiments.model_experiment import ModelExperiment
from playground.training import threads
from playground.training.batches import Batches
from playground.training.randomness import sow
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

N_HELD_OUT = 250
N_KNOWN = 600
N_SHOWN = {8: 18, 14: 18, 16: 15, 28: 12}
N_TEST = 1000
MAX_CODES = 1000
MAX_SIDE = 30
MAX_LABELS = 1000


class AutoencoderExperiment(ModelExperiment[AutoencoderSettings]):
    """Trains an autoencoder and shows its codes, its copies, and how it compares with PCA."""

    model: DeterministicAutoencoder

    def __init__(self, settings: AutoencoderSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings)
        self.train, test = (shared(part, device) for part in (data.train, data.test))
        self.held_out = test[:N_HELD_OUT]
        self.labels = data.test_labels[:N_HELD_OUT].astype(np.uint8)
        self.mean, self.components = (
            part.to(device) for part in _principal_of(data, settings.latent_dim))
        self.model = self._untrained()
        batches = Batches(self.train, settings.batch_size)
        self.trainer = Trainer(self.model, batches)
        self.noise = torch.randn_like(self.held_out)

    @classmethod
    def prepare(cls, settings: AutoencoderSettings) -> None:
        """Load the data set, which may have to be downloaded."""
        load(settings)

    @property
    def threads(self) -> int:
        """Convolutions, and large pictures, are worth sharing out."""
        small = self.settings.linear or (self.settings.coder == "dense"
                                         and self.data.shape[-1] < 28)
        return threads.worth(not small)

    def take_knobs(self) -> None:
        """Give the model what the live knobs say."""
        self.model.corruption = self.settings.corruption
        self.model.sparsity = self.settings.sparsity

    def rate(self, player: str) -> float:
        """Return the learning rate now."""
        return self.settings.learning_rate * cosine(self.share)

    @torch.no_grad()
    def observe(self) -> Observation:
        """Return errors, codes, copies, and the holes between the codes.

        Metrics: `error`, `l1`, `loss` are means over the last 20 training batches. The rest comes
        from `N_HELD_OUT` held-out images: `held_out_error`, and for comparison `pca_error`, of as
        many principal components, and `mean_error`, of the mean image, all as squared error per
        image; `empty`, the share of the plane that lies farther from every code than 95% of
        held-out codes do; `at_work`, how many numbers of a code share its L1 norm (participation
        ratio); with noise, `noise` and `noise_left`, the squared error before and after; of a
        linear model, `largest_angle` and `mean_angle` to PCA's subspace in degrees.
        """
        codes, x = self.model.encode(self.held_out), self.held_out
        share = self.model.loudness(codes)
        found: dict[str, Tensor | float] = self.trainer.recent_losses() | {
            "held_out_error": per_image(x, self.model.decode(codes)),
            "pca_error": per_image(x, self._by_pca(x)),
            "mean_error": per_image(x, self.mean.expand_as(x)),
            "at_work": (share.sum(1)**2 / share.square().sum(1).clamp(min=1e-12)).mean(),
        }
        n = N_SHOWN[self.data.shape[-1]]
        seen = {"known": self.model.encode(self.train[:N_KNOWN]), "codes": codes,
                "inputs": to_bytes(x[:n]), "copies": to_bytes(self.model.decode(codes[:n]))}
        if self.settings.corruption:
            noisy = x + self.settings.corruption * self.noise
            cleaned = self.model.decode(self.model.encode(noisy))
            found |= {"noise": per_image(x, noisy), "noise_left": per_image(x, cleaned)}
            seen |= {"noisy": to_bytes(noisy[:n]), "copies": to_bytes(cleaned[:n])}
        if self.settings.linear:
            seen |= {"columns": self.model.reader.weight, "components": self.components}
        metrics, arrays = look(found, seen)
        if self.settings.linear:
            angles = _angles(arrays.pop("columns"), arrays.pop("components"))
            metrics |= {"largest_angle": float(angles.max()), "mean_angle": float(angles.mean())}
        empty, plane = _plane(*(torch.from_numpy(arrays.pop(name)) for name in ("known", "codes")))
        return metrics | {"empty": empty}, arrays | plane | {"labels": self.labels}

    @question
    @torch.no_grad()
    def decode(self, codes: list[list[float]], axes: Axes) -> dict[str, Any]:
        """Decode points of the plane of these axes, (N, 2); all other numbers are their mean.

        Returns:
            `images` (N, C, H, W) uint8; `away` (N,), the distance of each from the nearest code,
            in units of a held-out code's median distance.
        """
        points = on_axes(codes, axes, MAX_CODES)
        manifold = self._manifold()
        z = manifold.place(torch.from_numpy(points), axes)
        return {"images": as_bytes(self.model.decode(z)),
                "away": (manifold.distance(z) / manifold.usual).cpu().numpy()}

    @question
    @torch.no_grad()
    def decoded_plane(self, n: Annotated[int, Within(1, MAX_SIDE)],
                      axes: Axes) -> dict[str, Any]:
        """Decode an n x n grid over the plane of these axes.

        Returns:
            `images` (n * n, C, H, W), row by row from the top left; of one axis, a row of n.
        """
        codes = self.model.encode(self.held_out)[:, axes]
        cells = grid(steady_box(codes.cpu().numpy()), n)
        if len(axes) == 1:
            cells = cells[:n, :1]
        rows = cells.unflatten(0, (-1, n)).flip(0).flatten(0, 1)
        return {"images": as_bytes(self.model.decode(self._manifold().place(rows, axes)))}

    @question
    @torch.no_grad()
    def random_codes(self, n: Annotated[int, Within(1, N_HELD_OUT)],
                     seed: Seed) -> dict[str, Any]:
        """Decode random codes, drawn by three guesses at where codes may lie.

        Returns:
            `real`, n held-out images, (n, C, H, W) uint8; and for each guess its images and, under
            its name with `_far`, how many of n lie farther from every code than 95% of held-out
            codes do. `uniform`: each number anywhere between its least and its largest;
            `fitted`: from the Gaussian with the codes' mean and covariance; `standard`: from the
            standard Gaussian.
        """
        sow(seed, self.device)
        manifold, z_dim = self._manifold(), self.settings.latent_dim
        low, high = manifold.codes.amin(0), manifold.codes.amax(0)
        draws = {"uniform": low + (high - low) * torch.rand(n, z_dim, device=self.device),
                 "fitted": manifold.gaussian(n),
                 "standard": torch.randn(n, z_dim, device=self.device)}
        answer: dict[str, Any] = {"real": as_bytes(self.held_out[:n])}
        for name, z in draws.items():
            answer[name] = as_bytes(self.model.decode(z))
            answer[f"{name}_far"] = int((manifold.distance(z) > manifold.far).sum())
        return answer

    @question
    def pass_through(self, index: HeldOut) -> dict[str, Any]:
        """Let a held-out image pass through the net, and watch each layer.

        Returns:
            `clean` (C, H, W), the image, and `seen`, what the encoder sees of it; the layers of
            `encoder` and `decoder`, see `architecture.Layer`; `output` (C, H, W), the copy.
        """
        clean = self.held_out[index : index + 1]
        seen = clean + self.settings.corruption * self.noise[index : index + 1]
        model = self.model
        z, encoder = watch([model.encoder], lambda: model.encode(seen))
        copy, decoder = watch([model.decoder, model.squash], lambda: model.decode(z))
        return {"clean": clean[0].cpu().numpy(), "seen": seen[0].cpu().numpy(),
                "output": copy[0].cpu().numpy(), "encoder": answers(encoder),
                "decoder": answers(decoder)}

    @question
    @torch.no_grad()
    def own(self, picture: own_image.Picture) -> dict[str, Any]:
        """Encode and rebuild the visitor's own picture, brought to the form of the data first.

        Args:
            picture: bytes, (H, W) or (H, W, 3).

        Returns:
            `given` and `rebuilt` (C, H, W) uint8; `code` (Z,); `error`, their squared error;
            `usual_error`, that of held-out images; `away`, the code's distance from the nearest
            known one, in units of a held-out code's median distance.
        """
        framing = own_image.Framing.of(self.data.train[:N_KNOWN])
        fitted = own_image.fit(picture, self.data.shape, framing)
        x = torch.from_numpy(fitted)[None]
        x = x.to(self.device)
        code, manifold = self.model.encode(x), self._manifold()
        rebuilt = self.model.decode(code)
        usual = per_image(self.held_out, self.model.decode(self.model.encode(self.held_out)))
        return {"given": as_bytes(x)[0], "rebuilt": as_bytes(rebuilt)[0],
                "code": code[0].cpu().numpy(), "error": per_image(x, rebuilt).item(),
                "usual_error": usual.item(),
                "away": manifold.distance(code).item() / manifold.usual}

    @question
    def learn(self, n_labels: Annotated[int, Within(10, MAX_LABELS)], seed: Seed,
              way: Annotated[str, OneOf(tuple(WAYS))]) -> Work[Answer]:
        """Train a classifier on n labels; see `students`.

        Args:
            n_labels: how many labels it sees, 10 to 1000.
            seed: decides which ones.
            way: "frozen", "tuned" or "scratch".

        Returns:
            `accuracy` on the held-out data; `tested`, how many these are.
        """
        sow(seed, self.device)
        student = Student(self.model.encoder, self._untrained().encoder, self._lesson(),
                          way=way, n_labels=n_labels, seed=seed)
        yield from student.learn()
        return {"tested": len(student.lesson.test), "accuracy": student.accuracy()}

    def all_held_out(self) -> dict[str, float]:
        """Return what the encoder is worth to every classifier that a page may ask for.

        Returns:
            The accuracy on held-out data as "labels/way/seed", and `tested`, how many these are.
        """
        found: dict[str, float] = {}
        for n in N_LABELS:
            for way in WAYS:
                for seed in range(SEEDS):
                    reply = at_once(self.learn(n, seed, way))
                    found[f"{n}/{way}/{seed}"] = round(reply["accuracy"], 6)
                    found["tested"] = float(reply["tested"])
        return found

    def _untrained(self) -> DeterministicAutoencoder:
        s = self.settings
        model = DeterministicAutoencoder(
            self.data.shape, s.latent_dim, kind="dense" if s.linear else s.coder,
            hidden=() if s.linear else (s.hidden,) * s.layers, corruption=s.corruption,
            sparsity=s.sparsity)
        return model.to(self.device)

    def _manifold(self, held_out: Tensor | None = None) -> Manifold:
        codes = self.model.encode(self.held_out) if held_out is None else held_out
        return Manifold.between(self.model.encode(self.train[:N_KNOWN]), codes)

    def _by_pca(self, x: Tensor) -> Tensor:
        centred = (x - self.mean).flatten(1)
        return (centred @ self.components @ self.components.T).view_as(x) + self.mean

    def _lesson(self) -> Lesson:
        def tensor(rows: np.ndarray) -> Tensor:
            return torch.from_numpy(rows[:N_TEST]).to(self.device)

        return Lesson(self.train, torch.from_numpy(self.data.train_labels).to(self.device),
                      tensor(self.data.test), tensor(self.data.test_labels))


def _angles(columns: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Principal angles between the decoder's columns and PCA's subspace, in degrees."""
    return np.degrees(subspace_angles(columns.astype(np.float64), components.astype(np.float64)))


def _plane(known: Tensor, codes: Tensor) -> tuple[float, dict[str, np.ndarray]]:
    """See which part of the plane is empty, and how far it is from everywhere to a code.

    Args:
        known, codes: codes of data that are learned from and of held-out ones, on the CPU.
    """
    axes = codes.var(0).argsort(descending=True)[:2].sort().values.tolist()
    plane = codes[:, axes].numpy().astype(np.float32)
    box = steady_box(plane)
    manifold = Manifold.between(known, codes)
    holes = manifold.holes(box, axes)
    return float((holes > manifold.far / manifold.usual).mean()), {
        "codes": plane, "axes": np.array(axes, np.uint8), "box": box,
        "holes": holes.astype(np.float32)}


@functools.lru_cache(maxsize=4)
def _principal_of(data: datasets.Dataset, k: int) -> tuple[Tensor, Tensor]:
    """The same of the data that are learned from, on the CPU; who asks twice need not wait."""
    return principal(torch.from_numpy(data.train), k)


def principal(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the mean (*shape) of data (N, *shape) and k principal components, (D, k)."""
    mean = x.mean(0)
    flat = (x - mean).flatten(1)
    scatter = (flat.T @ flat).cpu().double()  # not every device has float64
    vectors = torch.linalg.eigh(scatter).eigenvectors  # (D, D), rising
    return mean, vectors.flip(1)[:, :k].to(x)


def per_image(x: Tensor, y: Tensor) -> Tensor:
    """Return the squared error between images, summed over each and averaged over all, ()."""
    return (x - y).square().flatten(1).sum(1).mean()


def as_bytes(x: Tensor) -> np.ndarray:
    """Return images in [0, 1] as bytes; what lies outside is clipped."""
    return to_bytes(x).cpu().numpy()


def to_bytes(x: Tensor) -> Tensor:
    """Return the same, still on the device."""
    return (x.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8)


def load(settings: AutoencoderSettings) -> datasets.Dataset:
    """Return the data set that the settings name."""
    return datasets.load(settings.dataset)
