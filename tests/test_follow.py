"""What follows a hand at once, in the browser, is what Python draws when the hand has let go."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from browser import Browser
from playwright.sync_api import Page
from test_pages import LABS

from playground.charts.encode import Figure
from playground.experiments.base import built
from playground.experiments.pieces import whole
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench.plotly import FRONTEND

pytest_plugins = ("browser",)

NUMBERS, RULES = ((FRONTEND / name).read_text(encoding="utf-8")
                  for name in ("numbers.js", "follow.js"))
SOURCE = NUMBERS + re.sub(r"const .* = await import.*\n", "", RULES)
FOLLOW = """async ([source, figures, panel, part, hand]) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
    const { changed, decoded, rules } = await import(url)
    const scene = Object.fromEntries(Object.entries(figures).map(([name, figure]) =>
        [name, decoded(figure)]))
    const { data } = scene[panel]
    const trace = data.findIndex((each) => each.meta?.draggable && each.meta.part === part)
    const { follow } = data[trace].meta
    const { changes, says, at } = rules[follow.rule](
        scene, { panel, trace, index: hand.index ?? 0, follow }, { path: [], ...hand })
    return [Object.fromEntries(Object.entries(changes).map(([name, change]) =>
        [name, changed(figures[name], change)])), says, at ?? null, Object.keys(changes)]
}"""

Figures = dict[str, Figure]


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page()
    yield opened
    opened.close()


def shown(concept: str, steps: int = 0, **settings: Any) -> tuple[Run, Snapshot, Figures]:
    """A run that has done some steps, its newest snapshot, and its figures."""
    kind = LABS[concept].settings
    run = Run("0" * 32, concept, kind(**settings), owner="")
    made = built(concept, run.settings, "cpu")
    for _ in zip(range(steps), whole(made.steps()), strict=False):
        pass
    snapshot = Snapshot(steps, 0.0, *made.observe())
    run.history.append(snapshot)
    return run, snapshot, LABS[concept].frame(run, snapshot)


def numbers(value: Any) -> np.ndarray:
    if isinstance(value, dict) and "bdata" in value:
        return np.frombuffer(base64.b64decode(value["bdata"]), f"<{value['dtype']}").astype(float)
    return np.array([np.nan if each is None else each for each in value], dtype=float)


def follow(page: Page, figures: Figures, panel: str, part: str, *, dropped: bool = True,
           **hand: Any) -> tuple[Figures, Mapping[str, Any], Mapping[str, float] | None]:
    moved, says, at, _ = page.evaluate(
        FOLLOW, [SOURCE, figures, panel, part, {"dropped": dropped, **hand}])
    return moved, says, at


def assert_same(seen: Figure, drawn: Figure) -> None:
    """Hold every trace of two figures together; of a group of points, in any order."""
    assert len(seen["data"]) == len(drawn["data"])
    for mine, yours in zip(seen["data"], drawn["data"], strict=True):
        part = yours.get("meta", {}).get("part")
        for axis in ("x", "y"):
            one, other = numbers(mine[axis]), numbers(yours[axis])
            if part == "group":
                one, other = np.sort(one), np.sort(other)
            np.testing.assert_allclose(one, other, atol=2e-5, rtol=1e-5, err_msg=str(part))
        looks = [{name: trace.get("marker", {}).get(name) for name in ("color", "symbol", "size")}
                 for trace in (mine, yours)]
        assert looks[0] == looks[1], part


@pytest.mark.parametrize("steps", [0, 5])
def test_regions_and_points_follow_a_centroid(page: Page, steps: int) -> None:
    run, before, figures = shown("clustering", steps)
    moved, says, _ = follow(page, figures, "plane", "centres", index=2, x=0.25, y=-0.5)
    starts = [*map(tuple, before.arrays["centroids"].tolist())]
    starts[2] = (0.25, -0.5)
    _, after, drawn = shown("clustering", 1, start="clicks", starts=tuple(starts))
    assert_same(moved["plane"], drawn["plane"])
    assert says["inertia"] == f"{after.metrics['inertia']:.2f}"


def test_a_centroid_on_another_leaves_it_an_empty_region(page: Page) -> None:
    starts = ((0.0, 0.0), (0.5, 0.5), (1.0, -1.0))
    _, _, figures = shown("clustering", start="clicks", starts=starts)
    moved, _, _ = follow(page, figures, "plane", "centres", index=2, x=0.0, y=0.0)
    _, _, drawn = shown("clustering", 1, start="clicks", starts=(*starts[:2], (0.0, 0.0)))
    assert_same(moved["plane"], drawn["plane"])


@pytest.mark.parametrize("covariance", ["full", "spherical"])
def test_shares_and_ellipses_follow_the_mean_of_a_gaussian(page: Page, covariance: str) -> None:
    common: dict[str, Value] = {"method": "gmm", "dataset": "anisotropic", "n_clusters": 3,
                                "covariance": covariance}
    _, before, figures = shown("clustering", 6, **common)
    moved, _, _ = follow(page, figures, "plane", "centres", index=1, x=-0.5, y=0.75)
    starts = [*map(tuple, before.arrays["centroids"].tolist())]
    starts[1] = (-0.5, 0.75)
    _, _, drawn = shown("clustering", 1, **common | {"start": "clicks"}, starts=tuple(starts))
    assert_same(moved["plane"], drawn["plane"])


@pytest.mark.parametrize(("dataset", "y"), [("moons", 0.063), ("blobs", 0.131), ("uniform", 9.0),
                                            ("moons", -1.0)])
def test_the_clusters_of_a_radius_follow_its_line(page: Page, dataset: str, y: float) -> None:
    _, _, figures = shown("clustering", method="dbscan", dataset=dataset)
    moved, says, at = follow(page, figures, "second", "handle", x=100, y=y)
    assert at is not None
    _, after, drawn = shown("clustering", method="dbscan", dataset=dataset, eps=at["y"])
    for panel in ("plane", "second"):
        assert_same(moved[panel], drawn[panel])
    assert int(says["clusters"]) == after.metrics["clusters"]
    assert int(says["noise"]) == after.metrics["noise"]
    assert says["eps"] == f"{at['y']:.2f}"


@pytest.mark.parametrize("linkage", ["ward", "single"])
@pytest.mark.parametrize("share", [0.9, 0.3, 0.12, 0.0])
def test_the_branches_of_a_cut_follow_its_line(page: Page, linkage: str, share: float) -> None:
    common: dict[str, Any] = {"method": "agglomerative", "linkage": linkage}
    _, before, figures = shown("clustering", 3, **common)
    heights = before.arrays["branches"][1][:, 1]
    y = float(heights.min() + share * (heights.max() - heights.min()))
    moved, says, at = follow(page, figures, "second", "handle", x=100, y=y)
    clusters = min(20, 1 + int((heights > y).sum()))
    assert says["clusters"] == clusters and at is not None
    assert min(20, 1 + int((heights > at["y"]).sum())) == clusters
    _, after, drawn = shown("clustering", **common | {"n_clusters": clusters})
    for panel in ("plane", "second"):
        assert_same(moved[panel], drawn[panel])
    assert after.metrics["clusters"] == clusters


def test_a_cut_within_a_gap_is_under_the_hand_until_it_is_dropped(page: Page) -> None:
    _, before, figures = shown("clustering", method="agglomerative", n_clusters=2)
    middle = before.metrics["cut"]
    held, says, _ = follow(page, figures, "second", "handle", dropped=False, x=100, y=middle + 0.1)
    assert numbers(held["second"]["data"][-1]["y"])[0] == pytest.approx(middle + 0.1)
    assert says["clusters"] == 2
    dropped, _, _ = follow(page, figures, "second", "handle", x=100, y=middle + 0.1)
    assert_same(dropped["second"], figures["second"])


def test_the_axis_its_threads_and_its_variance_follow_the_handle(page: Page) -> None:
    run, before, figures = shown("dimensionality_reduction", 4, angle=10.0, visited=(50.0, 30.0))
    middle = before.arrays["points"].mean(axis=0)
    path = [(middle + 2 * np.array([np.cos(a), np.sin(a)])).tolist()
            for a in np.radians([20.4, 30.1, 200.0, 130.9])]
    x, y = path[-1]
    moved, says, _ = follow(page, figures, "plane", "handle", x=x, y=y, path=path)
    _, after, drawn = shown("dimensionality_reduction", angle=130.0,
                            visited=(50.0, 10.0, 30.0, 20.0))
    for panel in ("plane", "traced"):
        assert_same(moved[panel], drawn[panel])
    assert says["angle"] == "130" and says["variance"] == f"{after.metrics['variance']:.3f}"


@pytest.mark.parametrize("reveal", [False, True])
def test_the_components_follow_a_point_of_ones_own(page: Page, reveal: bool) -> None:
    points = [(0.1, 0.2), (1.0, 0.7), (-1.0, -0.4), (0.5, 0.9), (-0.3, -0.8), (0.7, -0.2)]
    common: dict[str, Any] = {"dataset": "mine", "angle": 40.0, "visited": (70.0,),
                              "reveal": reveal}
    _, _, figures = shown("dimensionality_reduction", 3, points=tuple(points), **common)
    moved, _, _ = follow(page, figures, "plane", "points", index=1, x=-1.5, y=1.25)
    points[1] = (-1.5, 1.25)
    _, _, drawn = shown("dimensionality_reduction", points=tuple(points), **common)
    for panel in ("plane", "traced"):
        assert_same(moved[panel], drawn[panel])


@pytest.mark.parametrize(("panel", "part", "hand", "mu", "sigma"), [
    ("density", "mean", (0.33, 0.2), 0.35, 0.5), ("density", "sigma", (-0.31, 0.2), -1.5, 1.2),
    ("density", "sigma", (-1.5, 0.2), -1.5, 0.1), ("hill", "here", (9.0, 2.03), 3.0, 2.05)])
def test_the_sticks_and_the_mark_follow_a_handle_of_the_gaussian(
        page: Page, panel: str, part: str, hand: tuple[float, float], mu: float,
        sigma: float) -> None:
    _, _, figures = shown("density_estimation", visited=((0.0, 1.0),))
    moved, says, _ = follow(page, figures, panel, part, x=hand[0], y=hand[1], path=[hand])
    _, after, drawn = shown("density_estimation", mean=mu, deviation=sigma,
                            visited=((0.0, 1.0), (-1.5, 0.5)))
    for name in ("density", "hill"):
        assert_same(moved[name], drawn[name])
    assert says["height"] == f"{after.metrics['log_likelihood']:.2f}"


SOME: dict[str, Callable[[], Figures]] = {
    "kmeans": lambda: shown("clustering")[2],
    "gmm": lambda: shown("clustering", method="gmm")[2],
    "dbscan": lambda: shown("clustering", method="dbscan")[2],
    "agglomerative": lambda: shown("clustering", method="agglomerative")[2],
    "axis": lambda: shown("dimensionality_reduction")[2],
    "gaussian": lambda: shown("density_estimation")[2],
}


@pytest.mark.parametrize("name", SOME)
def test_whatever_can_be_dragged_names_a_rule_that_there_is(name: str) -> None:
    known = re.search(r"export const rules = \{ (.*) \}", SOURCE)
    assert known is not None
    found = [trace["meta"]["follow"]["rule"] for figure in SOME[name]().values()
             for trace in figure["data"] if trace.get("meta", {}).get("draggable")]
    assert found and set(found) <= set(known[1].split(", "))
