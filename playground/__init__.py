"""The Generative Playground: small models that train before your eyes.

Without its pages: `playground.train(concept, **settings)` trains a model, `playground.load(file)`
opens a run that was kept, and `playground.figures(run)` draws what was seen of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playground.runs.archive import load as load
    from playground.training.recipe import train as train
    from playground.ui.bench.standalone import figures as figures

_HOME = {"train": "playground.training.recipe", "figures": "playground.ui.bench.standalone",
         "load": "playground.runs.archive"}

__all__ = ["figures", "load", "train"]


def __getattr__(name: str) -> Any:
    """Import late: who wants the one does not want what the other needs, torch or streamlit."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
