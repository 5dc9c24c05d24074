"""Cut the small MNIST file that ships: 9,000 images to train and 1,000 to test.

    python scripts/make_mnist_subset.py ROOT

ROOT is a folder in torchvision's layout: the four official IDX files, plain or gzipped, lie in
ROOT/MNIST/raw. The cut has the same number of images of each digit and is the same each time.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[1] / "playground" / "datasets" / "mnist_10k.npz"
SEED = 0
PER_DIGIT = {"train": 900, "t10k": 100}


def read_idx(path: Path) -> np.ndarray:
    """The array of an IDX file of bytes; `path` may also lie there with `.gz` at its end."""
    data = path.read_bytes() if path.exists() else gzip.decompress(Path(f"{path}.gz").read_bytes())
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path.name} must be an IDX file of bytes, got {data[:4]!r}")
    n_axes = data[3]
    shape = np.frombuffer(data, ">i4", count=n_axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * n_axes).reshape(shape)


def cut(raw: Path, part: str, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28) and labels (N,), uint8: `PER_DIGIT[part]` of each digit, mixed."""
    images = read_idx(raw / f"{part}-images-idx3-ubyte")
    labels = read_idx(raw / f"{part}-labels-idx1-ubyte")
    chosen = np.concatenate(
        [
            generator.choice(np.flatnonzero(labels == digit), PER_DIGIT[part], replace=False)
            for digit in range(10)
        ]
    )
    chosen = generator.permutation(chosen)
    return images[chosen], labels[chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the MNIST file that ships.")
    parser.add_argument("root", type=Path, help="folder that holds MNIST/raw")
    raw = parser.parse_args().root / "MNIST" / "raw"
    generator = np.random.default_rng(SEED)
    train, train_labels = cut(raw, "train", generator)
    test, test_labels = cut(raw, "t10k", generator)
    np.savez_compressed(
        TARGET, train=train, train_labels=train_labels, test=test, test_labels=test_labels
    )
    print(f"{TARGET.name}: {len(train)} + {len(test)} images, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
