"""Images of digits: the small ones of scikit-learn, and MNIST in a short and in its full form.

E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", 1998,
https://archive.ics.uci.edu/dataset/80
Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998,
https://yann.lecun.com/exdb/mnist
"""

import functools
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import numpy as np

from playground.datasets.base import Dataset, DatasetUnavailable

SUBSET = Path(__file__).parent / "mnist_10k.npz"
TIMEOUT = 8.0
_N_TRAIN_DIGITS = 1500
_DOWNLOADING = threading.Lock()
_MNIST_FILES = tuple(
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
)


def _unit(pixels: np.ndarray, brightest: int) -> np.ndarray:
    return np.divide(pixels[:, None], brightest, dtype=np.float32)  # (N, 1, H, W)


@functools.cache
def digits() -> Dataset:
    """The 1,797 digits of 8 x 8 pixels of scikit-learn: 1,500 to train and 297 held out.

    Returns:
        Images (N, 1, 8, 8); the split is the same each time.
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    images = _unit(data.images[order].astype(np.float32), 16)
    labels = data.target[order].astype(np.int64)
    train, test = slice(None, _N_TRAIN_DIGITS), slice(_N_TRAIN_DIGITS, None)
    return Dataset("digits", images[train], images[test], labels[train], labels[test])


@functools.cache
def mnist() -> Dataset:
    """The 10,000 images of MNIST that ship with the project.

    They were cut by `scripts/make_mnist_subset.py`: 900 of each digit from the official training
    images, and 100 of each digit from the official test images, held out.

    Returns:
        Images (N, 1, 28, 28).
    """
    with np.load(SUBSET) as stored:
        return Dataset(
            "mnist",
            _unit(stored["train"], 255),
            _unit(stored["test"], 255),
            stored["train_labels"].astype(np.int64),
            stored["test_labels"].astype(np.int64),
        )


@functools.cache
def mnist_14() -> Dataset:
    """The same 10,000 images at half the size: the mean of each square of four pixels.

    Returns:
        Images (N, 1, 14, 14).
    """
    source = mnist()
    train, test = (part.reshape(len(part), 1, 14, 2, 14, 2).mean(axis=(3, 5))
                   for part in (source.train, source.test))
    return Dataset("mnist_14", train, test, source.train_labels, source.test_labels)


def data_folder() -> Path:
    """Where downloads are kept: `PLAYGROUND_DATA`, or else the project's `data` folder."""
    named = os.environ.get("PLAYGROUND_DATA")
    return Path(named) if named else Path(__file__).parents[2] / "data"


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _download_mnist(root: Path) -> None:
    """Put the four files of MNIST into `root`, each of them whole or not at all."""
    from torchvision.datasets import MNIST

    try:
        raw = root / "MNIST" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as fresh, _socket_timeout(TIMEOUT):
            MNIST(fresh, download=True)
            for name in _MNIST_FILES:
                os.replace(Path(fresh) / "MNIST" / "raw" / name, raw / name)
    except (OSError, RuntimeError, HTTPException, EOFError) as error:
        raise DatasetUnavailable(
            "The full MNIST could not be downloaded, which needs a network; "
            "the subset of 10,000 images works offline."
        ) from error


@functools.lru_cache(maxsize=1)
def mnist_full(root: Path) -> Dataset:
    """The full MNIST: 60,000 images to train and 10,000 held out; 220 MB in memory.

    Args:
        root: Folder that holds `MNIST/raw`; it is downloaded to there if it is missing.

    Returns:
        Images (N, 1, 28, 28).

    Raises:
        DatasetUnavailable: If it is not in `root` and cannot be downloaded.
    """
    from torchvision.datasets import MNIST

    with _DOWNLOADING:
        if not all((root / "MNIST" / "raw" / name).is_file() for name in _MNIST_FILES):
            _download_mnist(root)
    train, test = MNIST(root, train=True), MNIST(root, train=False)
    return Dataset(
        "mnist_full",
        _unit(train.data.numpy(), 255),
        _unit(test.data.numpy(), 255),
        train.targets.numpy(),
        test.targets.numpy(),
    )
