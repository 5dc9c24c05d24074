"""The words for what a model may say of log p(x). Pages read them too: nothing here is heavy."""

from typing import Literal

Kind = Literal["exact", "bound", "estimate", "none"]
Measure = Literal["levels", "reals"]
