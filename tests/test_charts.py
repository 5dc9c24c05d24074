"""The figures: they hold the numbers that they were given, and plotly accepts them."""

import base64
import io
import json
import math
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from playground.charts import (
    autoencoder,
    autoregressive,
    bounds,
    colors,
    curves,
    density,
    encode,
    gap,
    images,
    latent,
    measures,
    path,
    scatter,
    vae,
    voronoi,
)
from playground.charts.encode import Figure
from playground.concepts.clustering import figures as clustering
from playground.concepts.supervised_vs_unsupervised import figures as supervised
from playground.datasets.scenes import scenes
from playground.ui.bench import plotly

RNG = np.random.default_rng(0)
XY = RNG.normal(size=(60, 2))
LABELS = RNG.integers(0, 3, 60)
CENTROIDS = RNG.normal(size=(3, 2))
TRAIL = RNG.normal(size=(5, 3, 2))
BOX = scatter.square(2.0)
STEPS = np.arange(5_000)
WALK = RNG.normal(size=5_000).cumsum()

CODED: dict[str, np.ndarray] = {
    "codes": XY.astype(np.float32), "labels": LABELS.astype(np.uint8),
         "axes": np.array([0, 3], np.uint8), "box": np.array([-3, 3, -3, 3], np.float32),
         "holes": RNG.random((8, 8), dtype=np.float32)}
GREYS = RNG.integers(0, 256, (7, 1, 8, 8), np.uint8)

IMAGE = 255 * RNG.integers(0, 2, (4, 6), np.uint8)
COSTS = RNG.random((4, 6), dtype=np.float32)

_DRAWN = scenes(5, 0)
SCENES = {"images": np.rint(255 * _DRAWN.images).astype(np.uint8), "classes": _DRAWN.classes,
          "boxes": _DRAWN.boxes, "masks": _DRAWN.masks.astype(np.uint8)}

FIGURES: dict[str, Callable[[], Figure]] = {
    "codes": lambda: autoencoder.codes(CODED),
    "codes of one number": lambda: autoencoder.holes(CODED | {
        "codes": CODED["codes"][:, :1], "axes": CODED["axes"][:1], "holes": CODED["holes"][:1]}),
    "holes": lambda: autoencoder.holes(CODED),
    "a star": lambda: autoencoder.with_star(autoencoder.codes(CODED), 0.5, 1.0, "yours"),
    "copies": lambda: autoencoder.copies({"inputs": GREYS, "noisy": GREYS, "copies": GREYS}),
    "copies in colour": lambda: autoencoder.copies({
        "inputs": GREYS.repeat(3, 1), "copies": GREYS.repeat(3, 1)}),
    "accuracies": lambda: autoencoder.accuracies({
        "frozen": {10: RNG.random(5), 100: RNG.random(5)}, "from scratch": {10: RNG.random(5)}}),
    "points": lambda: scatter.figure([scatter.points(XY, name="data")], scatter.plane(BOX)),
    "mixture": lambda: clustering.mixture(
        XY, np.full((60, 3), 1 / 3), CENTROIDS, np.stack([np.eye(2)] * 3), TRAIL, BOX,
        np.eye(2)),
    "classes": lambda: scatter.figure(scatter.classes(XY, LABELS), scatter.plane()),
    "many": lambda: scatter.figure(
        [scatter.points(np.zeros((2_001, 2)), name="data")], scatter.plane(x_title="x")
    ),
    "gap": lambda: gap.gaps(np.arange(4.0), np.ones(4), 2),
    "gap without noise": lambda: gap.gaps(np.full(4, np.nan), np.full(4, np.nan), 0),
    "fan": lambda: gap.fan(np.arange(4.0), RNG.random((3, 4))),
    "fan without noise": lambda: gap.fan(np.arange(4.0), np.zeros((0, 4))),
    "found classes": lambda: supervised.found_scenes(
        SCENES | {"said": np.array([0, 2, 1, 1, 0], np.uint8)}, "class", ["a", "b", "c"]),
    "found boxes": lambda: supervised.found_scenes(
        SCENES | {"said": SCENES["boxes"]}, "box", ["a", "b", "c"]),
    "found masks": lambda: supervised.found_scenes(
        SCENES | {"said": SCENES["masks"]}, "mask", ["a", "b", "c"]),
    "kmeans": lambda: clustering.kmeans(XY, LABELS, CENTROIDS, TRAIL, BOX),
    "kmeans at the start": lambda: clustering.kmeans(
        XY, np.full(60, 255, np.uint8), CENTROIDS, TRAIL[:0], BOX
    ),
    "kmeans with nothing": lambda: clustering.kmeans(
        XY[:0], LABELS[:0], CENTROIDS[:0], TRAIL[:1, :0], BOX
    ),
    "latent": lambda: latent.latent(XY, LABELS),
    "latent with nothing": lambda: latent.latent(XY[:0], LABELS[:0]),
    "codes and posteriors": lambda: vae.codes({
        "codes": XY, "labels": LABELS, "axes": np.array([0, 3]),
        "posteriors": np.ones((3, 2, 2))}),
    "words": lambda: vae.codes({"codes": XY[:, :1], "labels": LABELS, "axes": np.array([0]),
                                "words": XY[:5, :1], "usage": np.ones(5) / 5}),
    "cost bars": lambda: bounds.cost_bars(np.array([0.1, 2.0]), ["z1", "z2"]),
    "moved noise": lambda: bounds.moved_noise(0.5, 0.1, "z1"),
    "usage of words": lambda: vae.usage(np.array([0.5, 0.0, 0.5])),
    "measures": lambda: measures.dots(["a", "b"], [
        measures.Column("one", [1.0, -math.inf], ["1", "-∞"], floor=2.0),
        measures.Column("two", [0.0, 100.0], ["0", "100"], log=True)]),
    "boxes": lambda: density.boxes(XY[:, :1], (4, 40)),
    "rules": lambda: density.with_rules(
        density.scores(np.array([0.1, 1.0]), -np.eye(2), 0.5, -0.5, title="h"), {"one": 0.2}),
    "guessed": lambda: autoregressive.guessed(IMAGE, COSTS),
    "remaining": lambda: autoregressive.remaining(COSTS),
    "masks": lambda: autoregressive.masks(np.eye(5, dtype=bool), np.zeros((5, 5), bool)),
    "with and without labels": lambda: supervised.with_and_without(XY, LABELS, 3),
    "borders": lambda: clustering.borders(XY, LABELS, CENTROIDS, BOX),
    "borders of one": lambda: clustering.borders(XY, 0 * LABELS, CENTROIDS[:1], BOX),
    "rising bound": lambda: bounds.rising_bound([1, 10, 100], [-3.0, -2.5, -2.4], "log p(x)"),
    "against the prior": lambda: bounds.against_the_prior(
        STEPS, WALK, np.stack([WALK, WALK]), np.array([0, 4])),
    "gradients": lambda: bounds.spread_of_gradients({"one": WALK[:50], "two": WALK[50:90]}),
    "information": lambda: bounds.information(RNG.random((4, 2)), ["x", "y"]),
    "picture": lambda: images.picture(encode.tile(RNG.random((5, 1, 8, 8)))),
    "lines": lambda: curves.lines({"train": (STEPS, WALK), "test": ([0], [1.5])}, unit="nats"),
    "log lines": lambda: curves.lines({"loss": (STEPS, np.exp(WALK))}, unit="", log=True),
    "no lines": lambda: curves.lines({"loss": ([], [])}, unit="nats"),
}


def _decode(value: dict[str, str]) -> np.ndarray:
    array = np.frombuffer(base64.b64decode(value["bdata"]), np.dtype(value["dtype"]))
    return array.reshape([int(size) for size in value.get("shape", str(array.size)).split(",")])


def _xy(trace: dict[str, Any]) -> np.ndarray:
    return np.stack([_decode(trace["x"]), _decode(trace["y"])], axis=1)


def _named(figure: Figure, name: str) -> dict[str, Any]:
    (trace,) = [trace for trace in figure["data"] if trace.get("name") == name]
    return trace


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in _keys(part)}
    if isinstance(value, list):
        return {key for part in value for key in _keys(part)}
    return set()


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_figure(name: str) -> None:
    figure = go.Figure(FIGURES[name]())
    assert len(figure.data) == len(FIGURES[name]()["data"])


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_plain_json_with_numbers_alone(name: str) -> None:
    json.dumps(FIGURES[name](), allow_nan=False)


@pytest.mark.parametrize("name", FIGURES)
def test_a_layout_leaves_fonts_and_backgrounds_to_the_theme(name: str) -> None:
    themed = {"font", "paper_bgcolor", "plot_bgcolor", "bgcolor", "template", "gridcolor"}
    assert not themed & _keys(FIGURES[name]()["layout"])


@pytest.mark.parametrize("name", ["points", "classes", "kmeans", "latent"])
def test_the_axes_of_a_plane_have_one_scale(name: str) -> None:
    axis = FIGURES[name]()["layout"]["yaxis"]
    assert (axis["scaleanchor"], axis["scaleratio"]) == ("x", 1)


@pytest.mark.parametrize(
    "dtype", ["f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4", ">f4", "i8", "?"]
)
def test_a_typed_array_decodes_to_the_same_numbers(dtype: str) -> None:
    array = RNG.integers(0, 100, (3, 4)).astype(dtype)
    for view in (array, array[:, 1], array.T, array[:0]):
        encoded = encode.typed(view)
        assert np.array_equal(_decode(encoded).reshape(view.shape), view)
        assert encoded["dtype"] in ("f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4")


@pytest.mark.parametrize("array", [np.array([2**31]), np.array([1j]), np.array(["a"])])
def test_what_a_browser_has_no_array_for_is_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="array must"):
        encode.typed(array)


@pytest.mark.parametrize("shape", [(7, 1, 3, 4), (7, 3, 3, 4), (7, 3, 4)])
@pytest.mark.parametrize("columns", [None, 1, 4, 9])
def test_a_tile_puts_each_image_where_it_belongs(
    shape: tuple[int, ...], columns: int | None
) -> None:
    source = RNG.integers(0, 256, shape, dtype=np.uint8)
    tile = encode.tile(source, columns)
    per_row = columns or 3
    rows = -(-7 // per_row)
    assert tile.shape[:2] == (4 * rows - 1, 5 * per_row - 1)
    covered = np.zeros(tile.shape[:2], bool)
    for index, image in enumerate(source):
        top, left = 4 * (index // per_row), 5 * (index % per_row)
        place = (slice(top, top + 3), slice(left, left + 4))
        pixels = image.transpose(1, 2, 0) if image.ndim == 3 else image
        assert np.array_equal(tile[place], pixels[..., 0] if shape[1:2] == (1,) else pixels)
        covered[place] = True
    assert (tile[~covered] == encode.GAP).all()


def test_a_tile_of_floats_is_scaled_and_clipped() -> None:
    values = np.array([[[0.0, 1.0, 0.5], [-3.0, 7.0, np.nan]]])
    assert encode.tile(values).tolist() == [[0, 255, 128], [0, 255, 0]]


@pytest.mark.parametrize("shape", [(2, 4, 3, 3), (3, 3), (0, 1, 3, 3)])
def test_a_tile_refuses_what_are_no_images(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="images must have the shape"):
        encode.tile(np.zeros(shape))


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_a_picture_keeps_every_pixel(shape: tuple[int, ...]) -> None:
    tile = RNG.integers(0, 256, shape, dtype=np.uint8)
    figure = images.picture(tile)
    header, data = figure["data"][0]["source"].split(",")
    assert header == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), tile)
    assert figure["layout"]["xaxis"]["range"] == [-0.5, 6.5]
    assert figure["layout"]["yaxis"]["range"] == [4.5, -0.5]


def _area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def _contains(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    if len(polygon) < 3:
        return np.zeros(len(points), bool)
    edges = np.roll(polygon, -1, axis=0) - polygon
    offsets = points[:, None] - polygon  # (N, M, 2)
    crossed = edges[:, 0] * offsets[..., 1] - edges[:, 1] * offsets[..., 0]
    return (crossed >= -1e-9).all(axis=1)


def _sites() -> dict[str, np.ndarray]:
    sites = {
        f"{count} at random": np.random.default_rng(count).uniform(-2, 2, (count, 2))
        for count in (1, 2, 3, 8, 30)
    }
    grid = np.stack(np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]), axis=-1).reshape(-1, 2)
    return sites | {
        "outside": np.array([[0.0, 0.0], [9.0, 1.0], [50.0, 50.0], [-2.5, -1.0]]),
        "twice": np.array([[0.5, 0.5], [0.5, 0.5], [-1.0, 0.0], [0.5, 0.5]]),
        "all the same": np.zeros((5, 2)),
        "nearly the same": np.array([[0.1, 0.1], [0.1 + 1e-15, 0.1], [-1.0, 1.0]]),
        "on a line": np.stack([np.linspace(-1, 1, 7), np.zeros(7)], axis=1),
        "on a grid": grid,
    }


@pytest.mark.parametrize("name", _sites())
def test_voronoi_cells_fill_the_box(name: str) -> None:
    cells = voronoi.cells(_sites()[name], (-2.0, 2.0, -1.0, 3.0))
    areas = [_area(cell) for cell in cells]
    assert len(cells) == len(_sites()[name])
    assert min(areas) >= 0
    assert sum(areas) == pytest.approx(16, rel=1e-9)


@pytest.mark.parametrize("name", _sites())
def test_each_point_lies_in_the_cell_of_its_nearest_centroid(name: str) -> None:
    sites = _sites()[name]
    cells = voronoi.cells(sites, BOX)
    points = np.random.default_rng(1).uniform(-2, 2, (2_000, 2))
    distances = np.linalg.norm(points[:, None] - sites, axis=2)
    inside = np.stack([_contains(cell, points) for cell in cells], axis=1)  # (N, K)
    nearest = distances.min(axis=1, keepdims=True)
    assert inside.any(axis=1).all()
    assert np.allclose(np.where(inside, distances, nearest), nearest, atol=1e-6)


def test_the_kmeans_figure_holds_points_centroids_and_trails() -> None:
    figure = clustering.kmeans(XY, LABELS, CENTROIDS, TRAIL, BOX)
    for label in range(3):
        trace = _named(figure, f"cluster {label + 1}")
        assert np.array_equal(_xy(trace), XY[label == LABELS].astype(np.float32))
        assert trace["marker"]["color"] == colors.CLASS_COLORS[label]
        assert trace["marker"]["symbol"] == colors.CLASS_SYMBOLS[label]
    centroids = _named(figure, "centroids")
    assert np.array_equal(_xy(centroids), CENTROIDS.astype(np.float32))
    assert centroids["meta"]["draggable"] and centroids["meta"]["follow"]["rule"] == "voronoi"
    assert figure["data"][-1] is centroids
    paths = _xy(_named(figure, "trails")).reshape(3, 7, 2)
    assert np.array_equal(paths[:, :5], TRAIL.transpose(1, 0, 2).astype(np.float32))
    assert np.array_equal(paths[:, 5], CENTROIDS.astype(np.float32))
    assert np.isnan(paths[:, 6]).all()


@pytest.mark.parametrize("label", [-1, 255])
def test_points_are_grey_before_the_first_assignment(label: int) -> None:
    figure = clustering.kmeans(XY, np.full(60, label), CENTROIDS, TRAIL[:0], BOX)
    grey = _named(figure, "not assigned")
    assert np.array_equal(_xy(grey), XY.astype(np.float32))
    assert grey["marker"]["color"] == colors.NEUTRAL
    assert all(len(_xy(_named(figure, f"cluster {number}"))) == 0 for number in (1, 2, 3))


def test_the_kmeans_figure_keeps_its_traces_while_it_moves() -> None:
    start = clustering.kmeans(XY, np.full(60, -1), CENTROIDS, TRAIL[:0], BOX)
    later = clustering.kmeans(XY, LABELS, CENTROIDS + 1, TRAIL, BOX)
    assert [(trace["type"], trace.get("name")) for trace in start["data"]] == [
        (trace["type"], trace.get("name")) for trace in later["data"]
    ]


def test_classes_are_drawn_one_trace_each() -> None:
    traces = scatter.classes(XY, LABELS, ["a", "b", "c", "d"])
    assert [trace["name"] for trace in traces] == ["a", "b", "c", "d"]
    assert [len(_xy(trace)) for trace in traces] == [*np.bincount(LABELS), 0]
    assert len({trace["marker"]["color"] for trace in traces}) == 4
    assert len({trace["marker"]["symbol"] for trace in traces}) == 4


@pytest.mark.parametrize(("n_points", "kind"), [(2_000, "scatter"), (2_001, "scattergl")])
def test_many_points_are_drawn_with_webgl(n_points: int, kind: str) -> None:
    xy = np.zeros((n_points, 2))
    assert scatter.points(xy, name="data")["type"] == kind
    assert scatter.classes(xy, np.arange(n_points) % 2)[0]["type"] == kind


def test_a_box_is_square_and_holds_all_points() -> None:
    x_min, x_max, y_min, y_max = scatter.box_around(np.concatenate([XY, [[np.nan, 9.0]]]))
    assert x_max - x_min == pytest.approx(y_max - y_min)
    assert x_min < XY[:, 0].min() < XY[:, 0].max() < x_max
    assert y_min < XY[:, 1].min() < XY[:, 1].max() < y_max
    assert scatter.box_around(XY[:0]) == (-1, 1, -1, 1)
    assert scatter.box_around(np.zeros((1, 2)))[1] > 0


def test_the_latent_plane_shows_one_and_two_sigma_of_the_prior() -> None:
    figure = latent.latent(XY, LABELS)
    assert [trace["name"] for trace in figure["data"]] == ["0", "1", "2"]
    layout = figure["layout"]
    assert [(s["x0"], s["x1"], s["y0"], s["y1"]) for s in layout["shapes"]] == [
        (-1, 1, -1, 1),
        (-2, 2, -2, 2),
    ]
    assert layout["xaxis"]["title"]["text"] == "z1"
    assert layout["yaxis"]["title"]["text"] == "z2"
    x_min, x_max = layout["xaxis"]["range"]
    assert x_min < -2 < 2 < x_max


@pytest.mark.parametrize("n", [999, 1_000, 1_001, 5_000, 99_999])
def test_thinning_keeps_the_ends_and_the_extremes(n: int) -> None:
    generator = np.random.default_rng(n)
    steps, values = np.arange(n), generator.normal(size=n)
    values[n // 3], values[n // 2], values[n // 4] = 50, -50, np.nan
    x, y = curves.thin(steps, values)
    assert len(x) == n if n <= 1_000 else 250 < len(x) <= 1_000
    assert np.array_equal(y, values[x], equal_nan=True)
    assert (np.diff(x) > 0).all()
    assert {0, n - 1, n // 3, n // 2} <= set(x.tolist())


def test_curves_without_values_have_axes_from_0_to_1() -> None:
    layout = curves.lines({"loss": ([], [])}, unit="nats")["layout"]
    assert [list(layout[axis]["range"]) for axis in ("xaxis", "yaxis")] == [[0, 1]] * 2


def test_each_bin_of_a_thinned_curve_keeps_its_lowest_and_highest_value() -> None:
    kept = set(curves.thin(STEPS, WALK)[0].tolist())
    for start in range(0, 5_000, 20):
        part = WALK[start : start + 20]
        wanted = {start, start + 19, start + int(part.argmin()), start + int(part.argmax())}
        assert wanted <= kept


def test_a_bin_without_numbers_is_no_error() -> None:
    values = WALK.copy()
    values[:1_000] = np.nan
    x, y = curves.thin(STEPS, values)
    assert np.isnan(y[x < 1_000]).all()
    assert np.isfinite(y[x >= 1_000]).all()


def test_the_axis_shows_a_long_training_after_its_first_steps() -> None:
    steps = np.arange(1001)
    falling = 80 + 400 * np.exp(-steps / 5) + 5 * np.exp(-steps / 300)
    low, high = curves.lines({"loss": (steps, falling)}, unit="nats")["layout"]["yaxis"]["range"]
    assert low < falling.min() < high < 90
    for values in (steps.astype(float), np.zeros(1001), falling[:50]):
        layout = curves.lines({"loss": (steps[: len(values)], values)}, unit="nats")["layout"]
        assert "range" not in layout["yaxis"]


def test_lines_carry_their_units() -> None:
    layout = curves.lines({"loss": (STEPS, WALK)}, unit="nats", log=True)["layout"]
    assert layout["xaxis"]["title"]["text"] == "step"
    assert layout["yaxis"]["title"]["text"] == "nats"
    assert layout["yaxis"]["type"] == "log"


def test_a_loss_that_explodes_can_be_drawn() -> None:
    figure = curves.lines({"loss": ([0, 1, 2], [1.0, 1e300, np.inf])}, unit="nats")
    assert _decode(figure["data"][0]["y"]).tolist() == [1, np.inf, np.inf]


def _linear(color: str) -> np.ndarray:
    value = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    weights = [0.2126, 0.7152, 0.0722]
    dark, light = sorted([_linear(one) @ weights, _linear(other) @ weights])
    return float((light + 0.05) / (dark + 0.05))


def _oklab(linear: np.ndarray) -> np.ndarray:
    """B. Ottosson, "A perceptual color space for image processing", 2020."""
    lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(lms @ linear.clip(0, 1))


EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


@pytest.mark.parametrize("eye", EYES)
def test_class_colors_differ_for_every_eye(eye: str) -> None:
    """The eyes are simulated as in Machado et al., 2009; 0.02 in Oklab is a just visible step."""
    seen = [_oklab(EYES[eye] @ _linear(color)) for color in colors.CLASS_COLORS]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 0.07


@pytest.mark.parametrize("page", ["#FFFFFF", "#0E1117"])
def test_class_colors_stand_out_from_the_page(page: str) -> None:
    assert all(_contrast(color, page) > 3 for color in colors.CLASS_COLORS)


def test_no_two_of_a_hundred_classes_look_the_same() -> None:
    looks = {(colors.class_color(index), colors.class_symbol(index)) for index in range(100)}
    assert len(looks) == 100
    assert len(set(colors.CLASS_SYMBOLS)) == len(colors.CLASS_COLORS) == 10


def test_blended_colours_are_those_of_the_classes_at_whole_shares() -> None:
    assert colors.blend(np.eye(3)) == [colors.class_color(index) for index in range(3)]
    assert colors.blend(np.array([[0.5, 0.5]])) == ["#664264"]


def test_an_ellipse_lies_at_its_distance_from_the_mean() -> None:
    mean, covariance = np.array([1.0, -2.0]), np.array([[2.0, 0.6], [0.6, 0.5]])
    offsets = clustering.ellipse(mean, covariance, 2) - mean
    squared = np.einsum("nd,de,ne->n", offsets, np.linalg.inv(covariance), offsets)
    np.testing.assert_allclose(squared, 4)


def test_an_ellipse_is_the_contour_at_one_sigma() -> None:
    means, sigmas = np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[0.5, 2.0], [1.0, 1.0]])
    xy = _xy(vae.ellipses(means, sigmas))
    first, second = np.split(xy, 2)
    for contour, mean, sigma in ((first, means[0], sigmas[0]), (second, means[1], sigmas[1])):
        assert np.isnan(contour[-1]).all()
        np.testing.assert_allclose((((contour[:-1] - mean) / sigma) ** 2).sum(1), 1, atol=1e-5)


def test_the_dearest_dimension_comes_first() -> None:
    bar = bounds.cost_bars(np.array([0.1, 2.0, 1.0]), ["z1", "z2", "z3"])["data"][0]
    assert bar["x"] == ["z2", "z3", "z1"]
    np.testing.assert_allclose(_decode(bar["y"]), [2.0, 1.0, 0.1])


def test_each_class_of_a_conditional_model_has_a_row_of_samples() -> None:
    arrays = {"samples": np.zeros((6, 8, 8), np.uint8), "sampled": np.repeat([0, 1], 3)}
    assert vae.samples(arrays)["layout"]["xaxis"]["range"] == [-0.5, 3 * 9 - 1 - 0.5]


def test_frames_and_edges_lie_around_the_shapes() -> None:
    boxes, masks = (FIGURES[name]()["data"] for name in ("found boxes", "found masks"))
    for traces, n in ((boxes[1:], 5), (masks[1:], None)):
        for trace in traces:
            xy = _xy(trace)
            if n:
                assert len(xy) == 6 * n
            first = xy[(xy[:, 0] < 33) & (xy[:, 1] < 33)]  # the first picture's
            left, top, right, bottom = _DRAWN.boxes[0]
            np.testing.assert_allclose(first.min(axis=0), [left - 0.5, top - 0.5])
            np.testing.assert_allclose(first.max(axis=0), [right + 0.5, bottom + 0.5])
    edges = _xy(masks[1]).reshape(-1, 3, 2)[:, :2]
    assert np.all(np.abs(edges[:, 0] - edges[:, 1]).sum(axis=1) == 1)  # a pixel's side each


def test_a_dot_stands_only_for_what_has_a_place_on_the_axis() -> None:
    drawn = FIGURES["measures"]()
    assert [trace["x"] for trace in drawn["data"]] == [[1.0], [100.0]]
    assert [trace["y"] for trace in drawn["data"]] == [[0], [1]]
    assert [note["text"] for note in drawn["layout"]["annotations"]] == ["-∞", "0"]
    assert measures.dots(["a"], [measures.Column("one", [None], ["–"])])["data"] == []


def test_each_row_that_is_given_takes_its_cost_from_the_rest() -> None:
    left = _decode(FIGURES["remaining"]()["data"][0]["y"])
    assert left == pytest.approx([COSTS[row:].sum() for row in range(5)], abs=1e-5)


def test_boxes_hold_all_points() -> None:
    for trace in FIGURES["boxes"]()["data"][:2]:
        assert np.trapezoid(_decode(trace["y"]), _decode(trace["x"])) == pytest.approx(1, abs=1e-5)


def test_the_noise_is_moved_by_the_mean_and_scaled_by_sigma() -> None:
    noise, codes = (_decode(trace["x"]) for trace in FIGURES["moved noise"]()["data"][1:])
    assert codes == pytest.approx(0.5 + 0.1 * noise, abs=1e-6)
    assert noise.mean() == pytest.approx(0, abs=1e-6)


def test_the_chance_of_white_is_that_of_the_true_level_or_the_rest() -> None:
    source = FIGURES["guessed"]()["data"][0]["source"].partition(",")[2]
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))) / 255
    assert sheet[:, :6] == pytest.approx(IMAGE / 255)
    white = np.where(IMAGE > 0, np.exp(-COSTS), 1 - np.exp(-COSTS))
    assert sheet[:, 7:] == pytest.approx(white, abs=1 / 255)


def test_centroids_are_neighbours_where_their_middle_is_on_their_border() -> None:
    line = np.array([[0.0, 0], [1, 0], [3, 0]])
    assert voronoi.neighbours(line).tolist() == [[0, 1], [1, 2]]
    for pair in voronoi.neighbours(many := RNG.normal(size=(9, 2))):
        middle = many[pair].mean(axis=0)
        nearest = np.argsort(np.linalg.norm(many - middle, axis=1))[:2]
        assert sorted(nearest) == pair.tolist()


def test_the_small_edition_of_plotly_is_of_the_version_that_the_package_brings() -> None:
    assert f"v{plotly.version()}" in plotly.code(whole=False)[:120]
    assert len(plotly.code(whole=False)) < 0.4 * len(plotly.code(whole=True))


def test_a_way_has_a_place_for_each_of_its_states() -> None:
    end = images.picture(np.zeros((2, 2), np.uint8))
    drawn = path.along(end, [end, end], [0, 1], 2, "pixel {at} of {total}")
    assert drawn["layout"]["meta"]["path"]["at"] == [0, 1] and drawn["data"] == end["data"]
    with pytest.raises(ValueError, match="at must have 2 places"):
        path.along(end, [end, end], [0], 2, "")


def test_pixels_come_row_after_row() -> None:
    samples = np.full((4, 3, 3), 255, np.uint8)
    way = autoregressive.pixel_path(samples, 2)["layout"]["meta"]["path"]
    assert way["at"][0] == 0 and way["total"] == 9 and len(way["data"]) == len(way["at"])
    assert way["data"][0][0]["source"] != way["data"][-1][0]["source"]


def test_a_steady_box_holds_all_points_and_seldom_moves() -> None:
    rng = np.random.default_rng(0)
    boxes = set()
    for step in range(100):
        points = rng.normal(size=(200, 2)) * (1 + step / 1000)
        x_min, x_max, y_min, y_max = box = scatter.steady_box(points)
        assert x_min <= points[:, 0].min() and points[:, 0].max() <= x_max
        assert y_min <= points[:, 1].min() and points[:, 1].max() <= y_max
        assert x_max - x_min == pytest.approx(y_max - y_min)
        boxes.add(box)
    assert len(boxes) < 40
