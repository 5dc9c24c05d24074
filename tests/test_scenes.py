"""The scenes are labelled truly, and small nets learn what a label says."""

import numpy as np
import pytest
import torch
from sklearn.metrics import jaccard_score

from playground.concepts.supervised_vs_unsupervised.pictures import LEARNERS, Pictures
from playground.datasets.scenes import CLASSES, SIZE, Scenes, scenes
from playground.experiments.pieces import whole
from playground.metrics.overlap import box_around, box_iou, mask_iou


def test_scenes_are_seeded_and_balanced() -> None:
    one, again, other = scenes(60, 0), scenes(60, 0), scenes(60, 1)
    assert np.array_equal(one.images, again.images)
    assert not np.array_equal(one.images, other.images)
    assert np.bincount(one.classes).tolist() == [20] * len(CLASSES)


def test_a_box_is_exactly_around_its_mask() -> None:
    drawn = scenes(60, 3)
    for (left, top, right, bottom), mask in zip(drawn.boxes, drawn.masks, strict=True):
        assert mask.sum() == mask[top : bottom + 1, left : right + 1].sum() > 20
        assert mask[top].any() and mask[bottom].any()
        assert mask[:, left].any() and mask[:, right].any()
        assert 0 < left <= right < SIZE - 1 and 0 < top <= bottom < SIZE - 1


def test_the_shape_is_darker_than_what_is_behind_it() -> None:
    drawn = scenes(30, 0)
    for image, mask in zip(drawn.images, drawn.masks, strict=True):
        assert image[:, mask].mean() < image[:, ~mask].mean()


def test_the_shapes_fill_their_boxes_as_their_class_says() -> None:
    drawn = scenes(300, 0)
    sides = drawn.boxes[:, 2:] - drawn.boxes[:, :2] + 1
    filled = drawn.masks.sum(axis=(1, 2)) / sides.prod(axis=1)
    shares = [filled[drawn.classes == kind].mean() for kind in range(3)]
    np.testing.assert_allclose(shares, [np.pi / 4, 1, 0.5], atol=0.06)


def test_no_scene_is_refused() -> None:
    with pytest.raises(ValueError, match="n must be >= 1"):
        scenes(0, 0)


# --- what a label is worth

def test_the_overlap_of_boxes_is_that_of_their_pixels() -> None:
    rng = np.random.default_rng(0)
    low, side = rng.integers(0, 20, (2, 50, 2)), rng.integers(0, 12, (2, 50, 2))
    boxes = np.concatenate([low, low + side], axis=2)
    filled = np.zeros((2, 50, SIZE, SIZE), bool)
    for which, index in np.ndindex(2, 50):
        left, top, right, bottom = boxes[which, index]
        filled[which, index, top : bottom + 1, left : right + 1] = True
    np.testing.assert_allclose(box_iou(*boxes), mask_iou(*filled))
    assert (box_iou(*boxes) == 0).any() and (box_iou(*boxes) > 0.2).any()
    for mask, box in zip(filled[0], boxes[0], strict=True):
        np.testing.assert_array_equal(box_around(mask), box)


def test_the_overlap_of_masks_is_scikit_learns_jaccard_score() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.random((2, 10, 8, 8)) < 0.4
    expected = [jaccard_score(a.ravel(), b.ravel()) for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(mask_iou(one, other), expected)
    assert mask_iou(one & False, one & False).tolist() == [1.0] * 10


@pytest.mark.long
@pytest.mark.parametrize(("kind", "measure", "least"), [
    ("class", "accuracy", 0.9), ("box", "box_iou", 0.95), ("mask", "mask_iou", 0.88)])
def test_a_small_net_learns_what_a_label_says(kind: str, measure: str, least: float) -> None:
    torch.manual_seed(0)
    made = Pictures(kind, 100, 0)
    untrained, arrays = made.observe()
    for _ in zip(range(120), whole(made.steps()), strict=False):
        pass
    trained, arrays = made.observe()
    assert untrained[f"test_{measure}"] < 0.6 < least < trained[f"test_{measure}"]
    assert trained["test_loss"] < 0.5 * untrained["test_loss"]
    assert trained["numbers"] == {"class": 1, "box": 4, "mask": SIZE**2}[kind]
    quality = made.learner.quality(arrays["said"].astype(
        bool if kind == "mask" else int), scenes_of(made))
    assert quality[measure] > least - 0.15


def scenes_of(made: Pictures) -> Scenes:
    test = made.test
    return Scenes(*(part[:12] for part in (test.images, test.classes, test.boxes, test.masks)))


@pytest.mark.parametrize("kind", LEARNERS)
def test_what_is_true_fits_itself_wholly(kind: str) -> None:
    made = Pictures(kind, 12, 3)
    truth = {"class": made.test.classes, "box": made.test.boxes, "mask": made.test.masks}[kind]
    assert set(made.learner.quality(truth, made.test).values()) == {1.0}


def test_the_box_of_a_net_may_end_before_it_begins_but_is_turned_round() -> None:
    boxes = LEARNERS["box"]().says(torch.zeros(3, 3, SIZE, SIZE))
    assert (boxes[:, :2] <= boxes[:, 2:]).all()
