"""The data sets: their scale, their seeds, their splits, and what they refuse."""

import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, MNIST, FashionMNIST

from playground import datasets
from playground.datasets import DatasetUnavailable, bars, images, own, sprites, tables, toys
from playground.datasets.base import every_third_held_out, whole

OFFLINE = tuple(name for name in datasets.NAMES if name not in datasets.DOWNLOADED)


@pytest.mark.parametrize("name", toys.NAMES)
def test_a_toy_set_is_the_same_for_the_same_seed_and_another_for_another(name: str) -> None:
    points, labels = toys.make(name, n_points=200, seed=3)
    again, again_labels = toys.make(name, n_points=200, seed=3)
    other, _ = toys.make(name, n_points=200, seed=4)
    assert np.array_equal(points, again)
    assert np.array_equal(labels, again_labels)
    assert not np.array_equal(points, other)


@pytest.mark.parametrize("name", toys.NAMES)
@pytest.mark.parametrize("n_points", [1, 7, 500])
def test_a_toy_set_has_the_promised_arrays(name: str, n_points: int) -> None:
    points, labels = toys.make(name, n_points=n_points, noise=2.5)
    assert points.shape == (n_points, 2)
    assert points.dtype == np.float32
    assert labels.shape == (n_points,)
    assert labels.dtype == np.int64
    assert np.isfinite(points).all()


@pytest.mark.parametrize("name", toys.NAMES)
def test_all_toy_sets_share_one_scale(name: str) -> None:
    shape, _ = toys.make(name, n_points=20_000, noise=0)
    assert np.abs(shape).max() <= 1.5 + 1e-6
    usual, _ = toys.make(name, n_points=20_000)
    assert 0.6 < np.sqrt(usual.var(axis=0).mean()) < 1.15
    assert np.abs(usual.mean(axis=0)).max() < 0.2


@pytest.mark.parametrize("name", [name for name in toys.NAMES if name not in toys.BOXES])
def test_noise_is_a_multiple_of_the_usual_spread(name: str) -> None:
    shape, labels = toys.make(name, n_points=3_000, noise=0)
    usual, usual_labels = toys.make(name, n_points=3_000, noise=1)
    triple, _ = toys.make(name, n_points=3_000, noise=3)
    assert np.array_equal(labels, usual_labels)
    assert np.allclose(triple - shape, 3 * (usual - shape), atol=1e-5)
    assert np.abs(usual - shape).max() > (0.04 if name == "tight_ring" else 0.1)


@pytest.mark.parametrize(("name", "spread"), [("ring", 1.4 / 8), ("blobs", 0.22), ("grid", 0.06)])
def test_the_gaussians_lie_around_their_centers(name: str, spread: float) -> None:
    points, labels = toys.make(name, n_points=50_000, seed=1)
    centers = toys.centers(name)
    for label, center in enumerate(centers):
        group = points[labels == label]
        assert len(group) == pytest.approx(len(points) / len(centers), abs=1)
        assert np.allclose(group.mean(axis=0), center, atol=0.02)
        assert np.allclose(group.std(axis=0), spread, rtol=0.05)


def test_the_ring_has_the_radius_of_eight_sigma() -> None:
    radii = np.linalg.norm(toys.centers("ring"), axis=1)
    points, labels = toys.make("ring", n_points=50_000)
    sigma = (points - toys.centers("ring")[labels]).std()
    assert np.allclose(radii / sigma, 8, rtol=0.01)


@pytest.mark.parametrize("name", toys.NAMES)
def test_the_test_set_of_a_toy_is_a_fresh_draw_of_the_same_distribution(name: str) -> None:
    data = datasets.load(name, n_points=4_000, seed=5)
    both = np.concatenate([data.train, data.test])
    assert len(np.unique(both, axis=0)) == len(both)
    assert np.allclose(data.train.mean(axis=0), data.test.mean(axis=0), atol=0.1)
    assert np.allclose(data.train.std(axis=0), data.test.std(axis=0), atol=0.05)
    neighbour = datasets.load(name, n_points=4_000, seed=6)
    assert not np.array_equal(data.test, neighbour.train)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "swirl"}, "name must be one of"),
        ({"n_points": 0}, "n_points must be between 1 and 100000, got 0"),
        ({"n_points": 10**9}, "n_points must be between"),
        ({"noise": -0.5}, "noise must be between 0 and 3.0, got -0.5"),
        ({"noise": float("nan")}, "noise must be between 0 and 3.0, got nan"),
        ({"seed": -1}, "seed must be >= 0, got -1"),
    ],
)
def test_a_toy_set_refuses_what_is_out_of_range(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        datasets.load(**{"name": "moons", **arguments})


@pytest.mark.parametrize("name", OFFLINE)
def test_every_data_set_keeps_the_contract(name: str) -> None:
    data = datasets.load(name)
    assert data.name == name
    assert data.train.dtype == data.test.dtype == np.float32
    assert data.train.shape[1:] == data.test.shape[1:] == data.shape
    assert data.train_labels.shape == (len(data.train),)
    assert data.test_labels.shape == (len(data.test),)
    assert data.train_labels.dtype == data.test_labels.dtype == np.int64
    assert data.is_image == (data.train.ndim == 4)
    if data.is_image:
        assert data.train.min() == data.test.min() == 0
        assert data.train.max() == data.test.max() == 1
    else:
        assert data.shape == (len(data.columns),)
        assert np.abs(data.train).max() < (3 if len(data.columns) < 4 else 12)


@pytest.mark.parametrize("name", ["digits", "digits_pca", "mnist", "iris", "wine_pca"])
def test_a_stored_set_is_read_once(name: str) -> None:
    assert datasets.load(name) is datasets.load(name, n_points=3, seed=9)


def test_digits_are_those_of_scikit_learn_and_each_is_there_once() -> None:
    from sklearn.datasets import load_digits

    data = datasets.load("digits")
    assert (len(data.train), len(data.test)) == (1500, 297)
    assert data.shape == (1, 8, 8)

    def rows(images: np.ndarray, labels: np.ndarray) -> list[bytes]:
        table = np.column_stack([images.reshape(len(images), -1), labels])
        return sorted(row.tobytes() for row in table.astype(np.uint8))

    mine = rows(
        16 * np.concatenate([data.train, data.test]),
        np.concatenate([data.train_labels, data.test_labels]),
    )
    assert mine == rows(load_digits().images, load_digits().target)


def test_digits_pca_is_the_projection_of_scikit_learn_up_to_sign_and_scale() -> None:
    from sklearn.decomposition import PCA

    pixels, plane = datasets.load("digits"), datasets.load("digits_pca")
    pca = PCA(2).fit(pixels.train.reshape(1500, -1).astype(np.float64))
    for images_, points in ((pixels.train, plane.train), (pixels.test, plane.test)):
        truth = pca.transform(images_.reshape(len(images_), -1).astype(np.float64))
        factors = (points * truth).sum(axis=0) / (truth**2).sum(axis=0)
        assert np.allclose(points, truth * factors, atol=1e-5)
        assert np.isclose(abs(factors[0]), abs(factors[1]))
    assert np.abs(plane.train).max() == pytest.approx(1.5)


def test_the_small_mnist_has_each_digit_equally_often() -> None:
    data = datasets.load("mnist")
    assert data.shape == (1, 28, 28)
    assert np.array_equal(np.bincount(data.train_labels), np.full(10, 900))
    assert np.array_equal(np.bincount(data.test_labels), np.full(10, 100))
    assert len(np.unique(data.train.reshape(9000, -1), axis=0)) == 9000
    assert images.SUBSET.stat().st_size < 1_800_000


def test_the_small_mnist_is_labelled_right() -> None:
    data = datasets.load("mnist")
    means = np.stack([data.train[data.train_labels == digit].mean(axis=0) for digit in range(10)])
    distances = ((data.test[:, None] - means) ** 2).sum(axis=(2, 3, 4))  # (1000, 10)
    assert (distances.argmin(axis=1) == data.test_labels).mean() > 0.75


def _write_idx(path: Path, array: np.ndarray) -> None:
    sizes = np.array(array.shape, ">i4").tobytes()
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())


@pytest.mark.parametrize(("name", "folder"), [("mnist_full", "MNIST"),
                                              ("fashion_full", "FashionMNIST")])
def test_a_full_set_is_read_from_the_folder_that_the_environment_names(
    name: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / folder / "raw"
    raw.mkdir(parents=True)
    generator = np.random.default_rng(0)
    pixels = {"train": generator.integers(0, 256, (6, 28, 28)), "t10k": np.full((3, 28, 28), 51)}
    for part, array in pixels.items():
        _write_idx(raw / f"{part}-images-idx3-ubyte", array)
        _write_idx(raw / f"{part}-labels-idx1-ubyte", np.arange(len(array)))
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    data = datasets.load(name)
    assert np.allclose(data.train[:, 0], pixels["train"] / 255)
    assert np.allclose(data.test, 0.2)
    assert data.test_labels.tolist() == [0, 1, 2]
    assert data.train.dtype == np.float32


def test_cifar_is_read_with_its_colours_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()
    generator = np.random.default_rng(0)
    names = [name for name, _ in (*CIFAR10.train_list, *CIFAR10.test_list)]
    rows = {name: generator.integers(0, 256, (2, 3 * 32 * 32), dtype=np.uint8) for name in names}
    for name, raw in rows.items():
        (folder / name).write_bytes(pickle.dumps({"data": raw, "labels": [3, 9]}))
    (folder / CIFAR10.meta["filename"]).write_bytes(
        pickle.dumps({CIFAR10.meta["key"]: [str(i) for i in range(10)]}))
    monkeypatch.setattr(CIFAR10, "_check_integrity", lambda self: True)  # not the true files
    monkeypatch.setattr(CIFAR10, "_load_meta", _load_meta_unchecked)
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    data = datasets.load("cifar10")
    assert data.shape == (3, 32, 32)
    assert np.allclose(data.train[:2].reshape(2, -1), rows["data_batch_1"] / 255)
    assert np.allclose(data.test.reshape(2, -1), rows["test_batch"] / 255)
    assert data.train_labels.tolist() == [3, 9] * 5


def _load_meta_unchecked(self: CIFAR10) -> None:
    self.classes = [str(i) for i in range(10)]


SETS = [pytest.param(MNIST, images.mnist_full, id="mnist"),
        pytest.param(FashionMNIST, images.fashion_full, id="fashion"),
        pytest.param(CIFAR10, images.cifar10, id="cifar10")]
every_download = pytest.mark.parametrize(("kind", "load"), SETS)


def _from_port(kind: Any, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind is CIFAR10:
        monkeypatch.setattr(kind, "url", f"http://127.0.0.1:{port}/cifar.tar.gz")
    else:
        monkeypatch.setattr(kind, "mirrors", [f"http://127.0.0.1:{port}/"])
    monkeypatch.setenv("no_proxy", "*")


@every_download
def test_a_full_set_says_what_to_do_without_a_network(
    kind: Any, load: Callable[[Path], datasets.Dataset], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    _from_port(kind, port, monkeypatch)
    with pytest.raises(DatasetUnavailable, match="work.* offline") as caught:
        load(tmp_path)
    assert isinstance(caught.value, ValueError)
    assert not list(tmp_path.iterdir())
    assert socket.getdefaulttimeout() is None


@every_download
def test_a_server_that_never_answers_does_not_hang_the_download(
    kind: Any, load: Callable[[Path], datasets.Dataset], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        _from_port(kind, silent.getsockname()[1], monkeypatch)
        monkeypatch.setattr(images, "TIMEOUT", 0.2)
        start = time.monotonic()
        with pytest.raises(DatasetUnavailable):
            load(tmp_path)
        assert time.monotonic() - start < 5


def test_the_shipped_fashion_has_each_class_equally_often() -> None:
    data = datasets.load("fashion")
    assert data.shape == (1, 28, 28)
    assert np.array_equal(np.bincount(data.train_labels), np.full(10, 500))
    assert np.array_equal(np.bincount(data.test_labels), np.full(10, 100))
    assert images.FASHION_SUBSET.stat().st_size < 2_800_000


@pytest.mark.parametrize("name", ["mnist", "fashion"])
def test_half_size_is_the_mean_of_four_pixels(name: str) -> None:
    whole_, half = datasets.load(name), datasets.load(f"{name}_14")
    assert half.shape == (1, 14, 14)
    assert half.train[7, 0, 3, 5] == pytest.approx(whole_.train[7, 0, 6:8, 10:12].mean())


def test_no_two_sprites_are_the_same_and_each_is_drawn_from_its_factors() -> None:
    data = datasets.load("sprites")
    pictures = np.concatenate([data.train, data.test])
    assert data.factors is not None
    factors = np.concatenate(data.factors)
    assert len(pictures) == len(factors) == np.prod(list(sprites.FACTORS.values())) == 3456
    assert len(np.unique(pictures.reshape(3456, -1), axis=0)) == 3456
    assert len(np.unique(factors, axis=0)) == 3456
    for i in (0, 1000, 3455):
        assert np.array_equal(pictures[i], sprites.draw(*factors[i]))
    assert np.array_equal(data.test_labels, data.factors[1][:, 0])


def test_a_sprite_has_its_colour_size_and_place() -> None:
    small, large = sprites.draw(0, 3, 0, 2, 5), sprites.draw(0, 3, 2, 2, 5)
    assert small[2].sum() == 0 and np.array_equal(small[0], small[1])  # yellow
    assert (small[0].sum(), large[0].sum()) == (16, 64)
    rows, columns = np.nonzero(small[0])
    assert (columns.mean() + 0.5, rows.mean() + 0.5) == (sprites.PLACES[2], sprites.PLACES[5])


def test_a_sprite_outside_of_its_factors_is_refused() -> None:
    with pytest.raises(ValueError, match="size must be between 0 and 2, got 3"):
        sprites.draw(0, 0, 3, 0, 0)


class Own(own.OwnPointsSettings):
    """Settings of an experiment that takes one or two columns."""

    min_columns = 1


def test_the_visitors_points_are_a_whole_set() -> None:
    data = Own(points=((0, 1), (-2.5, 3)), classes=(1, 0)).own_points()
    assert data.train.tolist() == [[0, 1], [-2.5, 3]] and len(data.test) == 0
    assert data.train_labels.tolist() == [1, 0]
    assert data.train.dtype == np.float32 and data.columns == ("x", "y")
    assert len(Own().own_points().train) == 0


@pytest.mark.parametrize(("arguments", "message"), [
    ({"points": ((0, 1, 2),)}, "points must have 1 to 2 coordinates, got 3"),
    ({"points": ((0, 1), (0, 4))}, r"within \[-3, 3\]"),
    ({"points": ((0, 1),), "classes": (0, 1)}, "classes must be as many as points, 1, got 2"),
    ({"points": ((0, 1),), "classes": (10,)}, r"classes must be between 0 and 9, got \[10\]"),
    ({"points": ((0, 1),), "classes": (-1,)}, r"classes must be between 0 and 9, got \[-1\]"),
])
def test_own_points_that_do_not_hold_together_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Own(**arguments)


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_table_is_that_of_scikit_learn_standardised(name: str) -> None:
    import sklearn.datasets
    from sklearn.preprocessing import StandardScaler

    raw = getattr(sklearn.datasets, f"load_{name}")()
    data = datasets.load(name, split=False)
    np.testing.assert_allclose(data.train, StandardScaler().fit_transform(raw.data), atol=1e-5)
    assert np.array_equal(data.train_labels, raw.target) and len(data.test) == 0
    assert data.columns == tuple(raw.feature_names)
    half = datasets.load(name)
    np.testing.assert_allclose(half.train.std(axis=0), 1, atol=1e-5)
    assert len(half.train) + len(half.test) == len(raw.data)
    for train, both in zip(np.bincount(half.train_labels), np.bincount(raw.target), strict=True):
        assert train == round(0.7 * both)


@pytest.mark.parametrize("name", datasets.SEEDED)
def test_a_drawn_set_keeps_to_its_arguments(name: str) -> None:
    data = datasets.load(name, n_points=30, seed=4)
    assert len(data.train) == len(data.test) == 30
    assert np.array_equal(data.train, datasets.load(name, n_points=30, seed=4).train)
    assert not np.array_equal(data.train, datasets.load(name, n_points=30, seed=5).train)
    assert not np.array_equal(data.train, data.test)
    if "noise" not in name and name not in toys.BOXES:
        assert not np.array_equal(data.train,
                                  datasets.load(name, n_points=30, seed=4, noise=2).train)


def test_every_third_of_each_class_is_held_out_and_stays_so() -> None:
    rows = np.arange(10, dtype=np.float32)[:, None]
    labels = np.array([0, 3, 0, 0, 3, 0, 0, 0, 3, 3])
    data = every_third_held_out(whole("mine", rows, labels))
    assert data.test[:, 0].tolist() == [3, 7, 8] and data.test_labels.tolist() == [0, 0, 3]
    assert data.train[:, 0].tolist() == [0, 1, 2, 4, 5, 6, 9]
    first = every_third_held_out(whole("mine", rows[:5], labels[:5]))
    assert set(first.test[:, 0]) <= set(data.test[:, 0])
    assert every_third_held_out(whole("mine", rows[:2], labels[:2])).test[:, 0].tolist() == [1]
    assert len(every_third_held_out(whole("mine", rows[:0], labels[:0])).test) == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "between 1 and 2000 in number, got 0"),
        (np.zeros((2001, 2)), "between 1 and 2000 in number, got 2001"),
        ([[0, 1], [float("nan"), 0]], r"within \[-3, 3\], got \(nan, 0.0\) at index 1"),
        ([[float("inf"), 0]], "got .inf, 0.0. at index 0"),
        ([[0, 3.5]], "got .0.0, 3.5. at index 0"),
        ([[1, 2], [3]], "rows of numbers of the same length, got .1, 2."),
        ([["a", "b"]], "rows of numbers"),
        ([[None, {}]], "rows of numbers"),
        ([[]], r"shape \(N, D\), got \(1, 0\)"),
        ([1, 2], r"shape \(N, D\), got \(2,\)"),
    ],
)
def test_points_that_are_no_points_are_refused(values: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        own.points_from(values)


def test_bars_and_stripes_are_all_of_them_as_often_as_rows_and_columns_make_them() -> None:
    data = datasets.load("bars")
    assert data.shape == (1, 4, 4) and len(data.train) == 32
    for picture, label in zip(data.train[:, 0], data.train_labels, strict=True):
        lines = picture if label == 0 else picture.T
        assert (lines == lines[:, :1]).all()
    distinct, counts = np.unique(data.train[:, 0], axis=0, return_counts=True)
    np.testing.assert_array_equal(distinct, bars.patterns())
    assert len(distinct) == 30 and counts.tolist() == [2, *[1] * 28, 2]
    assert distinct[0].max() == 0 and distinct[-1].min() == 1
    np.testing.assert_array_equal(data.test, data.train)


@pytest.mark.parametrize("side", [2, 3, 4])
def test_the_entropy_of_bars_and_stripes_is_that_of_their_counts(side: int) -> None:
    counts = np.unique(bars.bars(side).train, axis=0, return_counts=True)[1]
    chances = counts / counts.sum()
    assert bars.entropy(side) == pytest.approx(-(chances * np.log(chances)).sum())


def test_every_data_set_has_a_name_and_a_line_for_the_visitor() -> None:
    no_points = {"mine", "scenes"}  # they are drawn by the visitor, and by scenes.py
    assert set(datasets.LABELS) == {*datasets.NAMES, *no_points}
    assert all(label.title and label.description for label in datasets.LABELS.values())


def test_the_light_modules_import_nothing_heavy() -> None:
    program = (
        "import sys; import playground.datasets, playground.algorithms.kmeans; "
        "import playground.concepts.clustering.figures, playground.charts.latent; "
        "import playground.charts.curves, playground.charts.images; "
        "heavy = {'torch', 'torchvision', 'sklearn', 'scipy', 'plotly', 'streamlit', 'pandas'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
