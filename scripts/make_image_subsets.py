"""Cut the small MNIST and Fashion-MNIST files that ship.

    python scripts/make_image_subsets.py ROOT

ROOT is a folder in torchvision's layout: the four IDX files of each set, plain or gzipped, lie in
ROOT/MNIST/raw and ROOT/FashionMNIST/raw. A cut has the same number of images of each class and is
the same each time.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "playground" / "datasets"
SEED = 0
PER_CLASS = {
    "MNIST": ("mnist_10k.npz", {"train": 900, "t10k": 100}),
    "FashionMNIST": ("fashion_6k.npz", {"train": 500, "t10k": 100}),
}


def read_idx(path: Path) -> np.ndarray:
    """The array of an IDX file of bytes; `path` may also lie there with `.gz` at its end."""
    data = path.read_bytes() if path.exists() else gzip.decompress(Path(f"{path}.gz").read_bytes())
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path.name} must be an IDX file of bytes, got {data[:4]!r}")
    n_axes = data[3]
    shape = np.frombuffer(data, ">i4", count=n_axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * n_axes).reshape(shape)


def cut(raw: Path, part: str, per_class: int,
        generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28) and labels (N,), uint8: `per_class` of each class, mixed."""
    images = read_idx(raw / f"{part}-images-idx3-ubyte")
    labels = read_idx(raw / f"{part}-labels-idx1-ubyte")
    chosen = np.concatenate(
        [
            generator.choice(np.flatnonzero(labels == number), per_class, replace=False)
            for number in range(10)
        ]
    )
    chosen = generator.permutation(chosen)
    return images[chosen], labels[chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the image files that ship.")
    parser.add_argument("root", type=Path, help="folder that holds MNIST/raw, FashionMNIST/raw")
    root = parser.parse_args().root
    for name, (target, counts) in PER_CLASS.items():
        generator = np.random.default_rng(SEED)
        train, train_labels = cut(root / name / "raw", "train", counts["train"], generator)
        test, test_labels = cut(root / name / "raw", "t10k", counts["t10k"], generator)
        np.savez_compressed(FOLDER / target, train=train, train_labels=train_labels,
                            test=test, test_labels=test_labels)
        print(f"{target}: {len(train)} + {len(test)} images, "
              f"{(FOLDER / target).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
