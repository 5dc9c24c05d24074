"""The smallest settings with which every experiment trains, and examples of what one may ask."""

from typing import Any

import numpy as np
import pytest

from playground import concepts
from playground.experiments.model_experiment import ModelExperiment
from playground.settings import Settings

KNOBS: dict[str, Any] = {
    "steps": 100, "hidden": 16, "layers": 1, "batch_size": 16, "n_points": 60, "speed": 12.0,
    "points": ((0.0, 0.0), (1.0, 0.5), (-1.0, 0.5), (0.5, 1.0), (-0.5, -1.0), (0.2, 0.1)),
    "classes": (0, 1, 0, 1, 0, 1), "features": 8, "blocks": 1, "units": 4,
}
# Whose default data set is of larger pictures than a test needs.
DATA_SETS = {"applications": "digits", "dcgan": "digits"}
ARGUMENTS: dict[str, Any] = {
    "codes": [[0.5, -0.5], [0.0, 1.0]], "axes": [0, 1], "n": 3, "first": 0, "second": 1,
    "row": 3, "column": 5, "rows": 4, "seed": 1, "temperature": 0.7, "of_class": 1,
    "painted": [[0, 1, 1.0, 0.0, 1.0]], "n_samples": 4, "n_data": 5, "index": 2, "k": 1,
    "label": 1, "labels": [0, 1], "path": "slerp", "third": 0, "n_labels": 10, "way": "tuned",
    "done": 0, "picture": np.tri(20, dtype=np.uint8) * 255, "method": "pca", "perplexity": 5.0,
    "places": [[0.5, -0.5]], "image": [[[90] * 8] * 8],
}


def small(name: str, **changes: Any) -> Settings:
    """Return the smallest settings of a concept, with some changes."""
    kind = concepts.settings_type(name)
    values = KNOBS | ({"dataset": DATA_SETS[name]} if name in DATA_SETS else {})
    return kind(**{key: value for key, value in values.items() if key in kind.model_fields}
                | changes)


def shorten(patch: pytest.MonkeyPatch, steps: int) -> None:
    """Let a model's training end after so many steps, fewer than a visitor can choose."""
    whole = ModelExperiment.total_steps.fget
    patch.setattr(ModelExperiment, "total_steps",
                  property(lambda self: min(steps, whole(self))))
