"""Train the convolutional VAE whose weights are stored: `python -m scripts.train_mnist_conv_vae`.

All 60,000 training images of MNIST, binarised anew in each batch. Takes hours on a CPU. Every
epoch prints its loss; the weights are written at the end, as 16-bit floats.
"""

import argparse
import math
import time
from pathlib import Path

import torch

from model_zoo.vae import VAE
from playground import datasets, training, weights

STORED = Path(__file__).parents[1] / "model_zoo" / "gallery" / "mnist_conv_vae.safetensors"
LATENT_DIM, WIDTH = 32, 256
BATCH, LEARNING_RATE = 128, 2e-3
WARM_UP_EPOCHS, RISE_STEPS = 5, 200


def empty_model() -> VAE:
    """Return the model without its training."""
    return VAE((1, 28, 28), LATENT_DIM, (WIDTH,), kind="residual")


def rate(step: int, total: int) -> float:
    """The learning rate: a short rise, then half a cosine down to 0."""
    return (LEARNING_RATE * min(1.0, (step + 1) / RISE_STEPS)
            * (1 + math.cos(math.pi * step / total)) / 2)


def train(epochs: int, threads: int) -> VAE:
    """Train anew and return the model."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    data = torch.from_numpy(datasets.load("mnist_full").train)
    model = empty_model()
    trainer = training.Trainer(model, training.Batches(data, BATCH, torch.bernoulli))
    per_epoch = len(data) // BATCH
    step, total, began = 0, epochs * per_epoch, time.perf_counter()
    steps = trainer.steps(lambda: rate(step, total))
    for step in range(total):
        model.beta = min(1.0, (step + 1) / (WARM_UP_EPOCHS * per_epoch))
        next(steps)
        if (step + 1) % per_epoch == 0:
            losses = trainer.mean_losses()
            print(f"epoch {(step + 1) // per_epoch} of {epochs}: "
                  f"reconstruction {losses['reconstruction']:.2f}, KL {losses['kl']:.2f} nats, "
                  f"{time.perf_counter() - began:.0f} s", flush=True)
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    arrays = training.to_arrays(train(options.epochs, options.threads))
    weights.save({name: array.astype("float16") for name, array in arrays.items()}, STORED)
    print(f"{STORED}: {STORED.stat().st_size:,} bytes")
