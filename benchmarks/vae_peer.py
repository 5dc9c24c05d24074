"""Seconds per epoch of MNIST against the usual script: a DataLoader, and `loss.item()` each step.

Both train the same 784-400-20 VAE on 60,000 grey digits with batches of 128, each in a process of
its own, in turn; the script uses torch's default number of threads. Its digits are the official
training set if `PLAYGROUND_DATA` has it, else the shipped subset, repeated.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks._report import report
from playground import datasets
from playground.concepts.vae.settings import VAESettings
from playground.engine.base import Engine
from playground.engine.supervisor import WorkerEngine

ROUNDS = 4
EPOCH = 60_000
STEPS = EPOCH // 128
SETTINGS = VAESettings(dataset="mnist", likelihood="grey", latent_dim=20, hidden=400, layers=1,
                       batch_size=128, steps=20_000)
PEER = '''
import sys, time, torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from model_zoo.vae import VAE

torch.manual_seed(0)
pictures = datasets.MNIST(sys.argv[1], train=True, transform=transforms.ToTensor())
loader = DataLoader(pictures, batch_size=128, shuffle=True)
model = VAE((1, 28, 28), 20, (400,))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
began = time.perf_counter()
total = 0.0
for x, _ in loader:
    optimizer.zero_grad()
    loss = model.loss(x)["loss"]
    loss.backward()
    total += loss.item()
    optimizer.step()
print(time.perf_counter() - began)
'''


def measure() -> None:
    """Print `vae_peer_speedup` (the aim is 2.5) and the seconds of both."""
    engine = WorkerEngine()
    try:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(os.environ.get("PLAYGROUND_DATA", folder))
            if not (root / "MNIST" / "raw").exists():
                root = Path(folder)
                write_tiled_subset(root / "MNIST" / "raw")
            engine_seconds(engine)
            pairs = [(peer_seconds(root), engine_seconds(engine)) for _ in range(ROUNDS)]
    finally:
        engine.close()
    report("vae_peer_seconds", median(peer for peer, _ in pairs), "s")
    report("vae_engine_seconds", median(ours for _, ours in pairs), "s")
    report("vae_peer_speedup", median(peer / ours for peer, ours in pairs), "ratio")


def peer_seconds(root: Path) -> float:
    """Return the seconds of one epoch of the usual script, in a fresh process."""
    done = subprocess.run([sys.executable, "-c", PEER, str(root)], check=True,
                          capture_output=True, text=True)
    return float(done.stdout)


def engine_seconds(engine: Engine) -> float:
    """Return the seconds of as many steps in the engine, with live snapshots."""
    run_id = engine.start("vae", SETTINGS, "benchmark", paused=True)
    engine.wait(run_id, 0, timeout=60)
    began = time.perf_counter()
    engine.resume(run_id)
    engine.wait(run_id, STEPS, timeout=300)
    elapsed = time.perf_counter() - began
    steps = engine.poll(run_id).run.step
    engine.drop(run_id)
    return elapsed * STEPS / steps


def write_tiled_subset(folder: Path) -> None:
    """Write the shipped digits, repeated to 60,000, as the four files that torchvision reads."""
    folder.mkdir(parents=True)
    data = datasets.load("mnist")
    order = np.arange(EPOCH) % len(data.train)
    images = (data.train[order, 0] * 255).round().astype(np.uint8)
    labels = data.train_labels[order].astype(np.uint8)
    for part in ("train", "t10k"):
        write_idx(folder / f"{part}-images-idx3-ubyte", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write an array of bytes in the IDX format of http://yann.lecun.com/exdb/mnist."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.tobytes())
