"""Images: digits of scikit-learn; MNIST and Fashion-MNIST, short and full; CIFAR-10; faces.

E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", 1998,
https://archive.ics.uci.edu/dataset/80
Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998,
https://yann.lecun.com/exdb/mnist
H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
Learning Algorithms", 2017, https://arxiv.org/abs/1708.07747
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
from typing import Any

import numpy as np

from playground.datasets.base import Dataset, DatasetUnavailable
from playground.language import N_

SUBSET = Path(__file__).parent / "mnist_10k.npz"
FASHION_SUBSET = Path(__file__).parent / "fashion_6k.npz"
TIMEOUT = 8.0
_N_TRAIN_DIGITS = 1500
_N_HELD_OUT_PEOPLE = 8
_DOWNLOADING = threading.Lock()
_IDX_FILES = tuple(
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

    They were cut by `scripts/make_image_subsets.py`: 900 of each digit from the official training
    images, and 100 of each digit from the official test images, held out.

    Returns:
        Images (N, 1, 28, 28).
    """
    return _stored("mnist", SUBSET)


@functools.cache
def fashion() -> Dataset:
    """The 6,000 images of Fashion-MNIST that ship with the project: 500 + 100 of each class.

    They were cut by `scripts/make_image_subsets.py`. The division into train and held out is ours,
    not the official one.

    Returns:
        Images (N, 1, 28, 28).
    """
    return _stored("fashion", FASHION_SUBSET)


def _stored(name: str, path: Path) -> Dataset:
    with np.load(path) as stored:
        return Dataset(
            name,
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
    return _half_size("mnist_14", mnist())


@functools.cache
def fashion_14() -> Dataset:
    """The 6,000 images of Fashion-MNIST at half the size: the mean of each square of four pixels.

    Returns:
        Images (N, 1, 14, 14).
    """
    return _half_size("fashion_14", fashion())


def _half_size(name: str, source: Dataset) -> Dataset:
    train, test = (part.reshape(len(part), 1, 14, 2, 14, 2).mean(axis=(3, 5))
                   for part in (source.train, source.test))
    return Dataset(name, train, test, source.train_labels, source.test_labels)


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


def _download(kind: type[Any], root: Path, files: tuple[str, ...], missing: str) -> None:
    """Put the files of `_of_torchvision` into `root`, each of them whole or not at all."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as fresh, _socket_timeout(TIMEOUT):
            kind(fresh, download=True)
            for name in files:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(Path(fresh) / name, root / name)
    except (OSError, RuntimeError, HTTPException, EOFError) as error:
        raise DatasetUnavailable(missing) from error


def _of_torchvision(name: str, kind: type[Any], root: Path, files: tuple[str, ...],
                    missing: str) -> Dataset:
    """Return a data set of torchvision, which is downloaded if it is missing.

    Args:
        name: Of the data set here.
        kind: Class of `torchvision.datasets`.
        root: Folder that holds the files.
        files: Those that must be there, seen from `root`.
        missing: What a visitor reads if it cannot be downloaded, marked with `N_`.

    Raises:
        DatasetUnavailable: If it is not in `root` and cannot be downloaded.
    """
    with _DOWNLOADING:
        if not all((root / file).is_file() for file in files):
            _download(kind, root, files, missing)
    train, test = kind(root, train=True), kind(root, train=False)
    return Dataset(name, _channels_first(train.data), _channels_first(test.data),
                   np.asarray(train.targets, np.int64), np.asarray(test.targets, np.int64))


@functools.lru_cache(maxsize=1)
def mnist_full(root: Path) -> Dataset:
    """The full MNIST: 60,000 images (1, 28, 28) to train, 10,000 held out; 220 MB in memory."""
    from torchvision.datasets import MNIST

    files = tuple(f"MNIST/raw/{name}" for name in _IDX_FILES)
    return _of_torchvision("mnist_full", MNIST, root, files, N_(
        "The full MNIST could not be downloaded, which needs a network; the subset of 10,000 "
        "images works offline."))


@functools.lru_cache(maxsize=1)
def fashion_full(root: Path) -> Dataset:
    """The full Fashion-MNIST: 60,000 images (1, 28, 28) to train, 10,000 held out; 220 MB."""
    from torchvision.datasets import FashionMNIST

    files = tuple(f"FashionMNIST/raw/{name}" for name in _IDX_FILES)
    return _of_torchvision("fashion_full", FashionMNIST, root, files, N_(
        "The full Fashion-MNIST could not be downloaded, which needs a network; the subset of "
        "6,000 images works offline."))


@functools.lru_cache(maxsize=1)
def cifar10(root: Path) -> Dataset:
    """CIFAR-10: 50,000 images (3, 32, 32) of ten things to train, 10,000 held out; 740 MB.

    A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html
    """
    from torchvision.datasets import CIFAR10

    names = [name for name, _ in (*CIFAR10.train_list, *CIFAR10.test_list)]
    files = tuple(f"{CIFAR10.base_folder}/{name}" for name in (*names, CIFAR10.meta["filename"]))
    return _of_torchvision("cifar10", CIFAR10, root, files, N_(
        "The full CIFAR-10 could not be downloaded, which needs a network; the sprites are in "
        "colour and work offline."))


@functools.lru_cache(maxsize=1)
def olivetti(root: Path) -> Dataset:
    """The Olivetti faces at half their size: 40 people, 10 grey pictures of each.

    AT&T Laboratories Cambridge, 1992-1994; F. Samaria, A. Harter, "Parameterisation of a
    Stochastic Model for Human Face Identification", 1994. The last `_N_HELD_OUT_PEOPLE` people
    are held out, all ten pictures of each: a face that is restored was never seen.

    Args:
        root: Folder of scikit-learn's file; it is downloaded to there if it is missing.

    Returns:
        Images (N, 1, 32, 32), the mean of each square of four pixels; labels are the people.

    Raises:
        DatasetUnavailable: If it is not in `root` and cannot be downloaded.
    """
    from sklearn.datasets import fetch_olivetti_faces

    try:
        with _DOWNLOADING, _socket_timeout(TIMEOUT):
            faces = fetch_olivetti_faces(data_home=str(root), n_retries=1, delay=0.0)
    except (OSError, RuntimeError, HTTPException, EOFError, ValueError) as error:
        raise DatasetUnavailable(N_("The Olivetti faces could not be downloaded, which needs a "
                                    "network; the sprites work offline.")) from error
    people = faces.target.astype(np.int64)
    small = faces.images.astype(np.float32).reshape(-1, 1, 32, 2, 32, 2).mean(axis=(3, 5))
    held_out = people > people.max() - _N_HELD_OUT_PEOPLE
    return Dataset("olivetti", small[~held_out], small[held_out], people[~held_out],
                   people[held_out])


def _channels_first(data: Any) -> np.ndarray:
    raw = np.asarray(data)
    if raw.ndim == 3:
        return _unit(raw, 255)
    return np.divide(raw.transpose(0, 3, 1, 2), 255, dtype=np.float32)  # (N, C, H, W)
