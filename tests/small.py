"""The smallest settings with which every experiment trains, and examples of what one may ask."""

from typing import Annotated, Any, get_args, get_origin

import numpy as np
import pytest

from playground import concepts
from playground.arguments import OneOf, Within, types_of
from playground.experiments.base import Experiment
from playground.experiments.model_experiment import ModelExperiment
from playground.settings import Settings

KNOBS: dict[str, Any] = {
    "steps": 100, "hidden": 16, "layers": 1, "batch_size": 16, "n_points": 60, "speed": 12.0,
    "points": ((0.0, 0.0), (1.0, 0.5), (-1.0, 0.5), (0.5, 1.0), (-0.5, -1.0), (0.2, 0.1)),
    "classes": (0, 1, 0, 1, 0, 1), "features": 8, "blocks": 1, "units": 4, "cd_steps": 1,
    "walk_back": 1, "chain_steps": 20,
    "width": 16,
    "langevin_steps": 2, "shown_steps": 20,
}
# Whose default data set is of larger pictures than a test needs.
DATA_SETS = dict.fromkeys(("applications", "autoencoder", "dcgan", "vae"), "digits")
# Arguments whose form the data decide; the types of all others say what they may be.
FORMED: dict[str, Any] = {
    "codes": [[0.5, -0.5], [0.0, 1.0]], "axes": [0, 1], "places": [[0.5, -0.5]],
    "painted": [[0, 1, 1.0, 0.0, 1.0]], "image": [[[90] * 8] * 8],
    "picture": np.tri(20, dtype=np.uint8) * 255,
}


def examples(experiment: Experiment[Any], question: str) -> dict[str, Any]:
    """Return arguments with which a question can be asked."""
    kinds = types_of(getattr(type(experiment), question))
    formed = FORMED | {"points": [[0.5, -0.5, *[0.1] * 8][:experiment.data.shape[0]]]}
    return {name: formed[name] if name in formed else _example(kind, place, experiment)
            for place, (name, (kind, _default)) in enumerate(kinds.items())}


def _example(kind: Any, place: int, experiment: Experiment[Any]) -> Any:
    """Return a value that a type allows, another one at another place if there are several."""
    bare, *limits = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    for limit in limits:
        if isinstance(limit, OneOf):
            return limit.choices[place % len(limit.choices)]
        if isinstance(limit, Within) and bare is int:
            first, last = map(int, limit.ends(experiment))
            return first + (place + 2) % (last - first + 1)
        if isinstance(limit, Within) and bare is float:
            low, high = limit.ends(experiment)
            return low + (high - low) * (place + 1) / (place + 3)
    if get_origin(bare) is list:
        return [_example(get_args(bare)[0], each, experiment) for each in range(2)]
    raise AssertionError(f"the type must say what is allowed, or FORMED have an example: {kind}")


def small(name: str, **changes: Any) -> Settings:
    """Return the smallest settings of a concept, with some changes."""
    kind = concepts.settings_type(name)
    values = KNOBS | ({"dataset": DATA_SETS[name]} if name in DATA_SETS else {})
    return kind(**{key: value for key, value in values.items() if key in kind.model_fields}
                | changes)


def shorten(patch: pytest.MonkeyPatch, steps: int) -> None:
    """Let a model's training end after so many steps, fewer than a visitor can choose."""
    patch.setattr(ModelExperiment, "total_steps",
                  property(lambda self: min(steps, self.settings.steps)))


# What a question says that these data have no answer to, by the questions of each concept.
OF_POINTS = {"flow_matching": ("errors", "follow", "likelihood", "pairs", "passing"),
             "diffusion": ("density",), "gsn": ("stationary",),
             "energy": ("compositions", "gradients"),
             "flow": ("codes_of", "log_prob", "points_of", "probe")}
OF_PICTURES = {"flow_matching": ("bits", "quality"), "gsn": ("parzen",),
               "rbm": ("gradients", "partition", "bracket", "complete"),
               "flow": ("arithmetic", "drawn", "foreign", "interpolate", "scales")}
OF_MNIST = {"flow": ("foreign",)}
OF_FEW_UNITS = ("gradients",)
OF_FEW_NUMBERS = {"flow": ("jacobian",)}


def refusal_of(experiment: Experiment[Any], question: str) -> str:
    """Return how an experiment refuses a question; nothing if it answers."""
    name, is_image = type(experiment).__module__.split(".")[2], experiment.data.is_image
    if is_image and question in OF_POINTS.get(name, ()):
        return "points of the plane|must be points"
    if not is_image and question in OF_PICTURES.get(name, ()):
        return "must be pictures"
    if question in OF_MNIST.get(name, ()) and not experiment.data.name.startswith(
            ("mnist", "fashion")):
        return "must be MNIST"
    if question in OF_FEW_NUMBERS.get(name, ()) and np.prod(experiment.data.shape) > 64:
        return "at most 64 numbers"
    if name == "latent_prior":
        return _refusal_of_prior(experiment, question)
    if name == "rbm" and question in OF_FEW_UNITS and not experiment.settings.is_exact:
        return "at most 16 units"
    return ""


def _refusal_of_prior(experiment: Experiment[Any], question: str) -> str:
    is_words = experiment.settings.is_words
    if question == "places" and not is_words:
        return "must be words"
    if question in ("holes", "bound") and is_words:
        return "must be numbers"
    late = question in ("bound", "quality", "places")
    return "" if not late or experiment.has_prior else "must have begun"  # type: ignore[attr-defined]
