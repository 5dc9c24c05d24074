"""Knobs that many concepts have: one name, one range and one unit wherever they stand."""

from typing import Any

from playground.language import N_
from playground.settings import Value, knob


def learning_rate_knob(default: float, help: str) -> Any:
    """Declare a learning rate that may change while the model trains."""
    return knob(default, N_("Learning rate"), group="Training", low=1e-5, high=10, log=True,
                live=True, help=help)


def batch_size_knob(default: int, help: str) -> Any:
    """Declare how many data a step takes."""
    return knob(default, N_("Batch size"), group="Training", low=8, high=1024, log=True, help=help)


def steps_knob(default: int, help: str, **when: tuple[Value, ...]) -> Any:
    """Declare when the training is finished.

    Args:
        when: the other knobs' values with which it counts.
    """
    return knob(default, N_("Steps"), group="Training", low=100, high=20_000, log=True,
                unit="steps", when=when, help=help)


def seed_knob(help: str) -> Any:
    """Declare the seed of all that is drawn at random; the help says what that is."""
    return knob(0, N_("Seed"), group="Training", low=0, high=9999, step=1, help=help)
