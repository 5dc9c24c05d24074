"""A snapshot: what a training run looked like at one step, as plain numbers."""

from dataclasses import dataclass, field

import numpy as np

MAX_BYTES = 200_000


@dataclass(frozen=True)
class Snapshot:
    """One moment of a run.

    Attributes:
        step: training steps done so far; 0 is the untrained model.
        seconds: time spent training so far, without pauses and without other runs.
        metrics: named numbers, e.g. `{"loss": 23.1}`.
        arrays: named float32 or uint8 arrays, 200 kB at most together.

    Raises:
        ValueError: an array has another type, or all of them are too large.
    """

    step: int
    seconds: float
    metrics: dict[str, float]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, array in self.arrays.items():
            if array.dtype not in (np.float32, np.uint8):
                raise ValueError(f"array {name!r} must be float32 or uint8, got {array.dtype}")
        if self.nbytes > MAX_BYTES:
            raise ValueError(f"arrays must take at most {MAX_BYTES} bytes, got {self.nbytes}")

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays together."""
        return sum(array.nbytes for array in self.arrays.values())

    def first_bad_name(self) -> str | None:
        """Return the name of the first metric or array that holds NaN or infinity, or None."""
        for name, value in self.metrics.items():
            if not np.isfinite(value):
                return name
        for name, array in self.arrays.items():
            if array.dtype == np.float32 and not np.isfinite(array).all():
                return name
        return None
