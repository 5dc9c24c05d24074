"""How well a pixel transformer learns digits beside PixelCNN and PixelRNN: held-out nats, exact.

All three learn the same digits of 8 x 8, dynamic binarisation, with about as many weights each.
"""

import sys
import time
from collections.abc import Mapping
from typing import Any

from benchmarks._report import report
from benchmarks.quality_autoregressive import held_out
from playground.concepts import settings_type
from playground.experiments.autoregressive import AutoregressiveExperiment
from playground.settings import Settings, Value
from playground.training.recipe import trained

BEST: dict[str, Value] = {"width": 48, "steps": 2000}  # as the preset that is stored
ALIKE: dict[str, tuple[str, dict[str, Value]]] = {
    "transformer": ("pixel_transformer", {}),
    "pixel_cnn": ("pixel_cnn", {}),
    "diagonal": ("pixel_rnn", {"units": 32}),
}
STEPS = 1000
BATCH = 32
SECONDS = 24.0  # about what `STEPS` of the transformer take
PACED = 100  # steps from which the seconds of a step are reckoned


def measure() -> None:
    """Print nats per image, weights and seconds of one core.

    The aim: `transformer_digits_nats` 22.3 within 60 s. Then each of the three by itself: after
    `STEPS` steps of `BATCH` pictures, and after about `SECONDS` of training, whose number of steps
    is reckoned from the pace of its first ones. In each the rate falls to 0 at the end.
    """
    best, seconds = _trained("pixel_transformer", BEST)
    report("transformer_digits_seconds", seconds, "s")
    report("transformer_digits_nats", held_out(best), "nats")
    for name, (concept, changes) in ALIKE.items():
        pace = PACED / _trained(concept, {**changes, "steps": PACED})[1]
        for word, steps in (("steps", STEPS), ("seconds", max(PACED, round(pace * SECONDS)))):
            run, seconds = _trained(concept, {**changes, "steps": steps})
            report(f"same_{word}_{name}_nats", held_out(run), "nats")
            print(f"  {steps:,} steps, {seconds:.1f} s, {run.n_weights:,} weights",
                  file=sys.stderr)


def _trained(concept: str,
             changes: Mapping[str, Value]) -> tuple[AutoregressiveExperiment[Any], float]:
    """Train a model; return it, and seconds of one core, which others do not make longer."""
    kind: type[Settings] = settings_type(concept)
    began = time.process_time()
    run = trained(concept, kind(**{"batch_size": BATCH, **changes})).experiment
    assert isinstance(run, AutoregressiveExperiment)
    return run, time.process_time() - began
