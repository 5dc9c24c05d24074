"""The history of a run: all its measurements, and as many snapshots as there is room for."""

import numpy as np

from playground.snapshot import Snapshot

MAX_SNAPSHOTS = 200
MAX_BYTES = 20_000_000
RECENT = 30

Measurement = tuple[int, float, dict[str, float]]


class History:
    """The snapshots of a run: every metric, and enough arrays to scrub through.

    Snapshots are numbered in the order of their arrival, from 0. When there are too many, those
    whose neighbours lie closest on the scale of sqrt(step) lose their arrays: the start stays
    denser than the end. The first and the newest `RECENT` are always kept: they may be on their
    way to a browser.

    Attributes:
        kept: the snapshots that still have their arrays, by number.
        metrics: step, seconds and metrics of all snapshots.
        nbytes: bytes of all kept arrays together.
        last: the newest snapshot, or None.
    """

    def __init__(self) -> None:
        self.kept: dict[int, Snapshot] = {}
        self.metrics: list[Measurement] = []
        self.nbytes = 0
        self.last: Snapshot | None = None

    def append(self, snapshot: Snapshot) -> None:
        """Add the newest snapshot."""
        self.last = self.kept[len(self.metrics)] = snapshot
        self.metrics.append((snapshot.step, snapshot.seconds, snapshot.metrics))
        self.nbytes += snapshot.nbytes
        while len(self.kept) > 2 and (len(self.kept) > MAX_SNAPSHOTS or self.nbytes > MAX_BYTES):
            self._thin()

    def shrink(self, nbytes: float) -> None:
        """Let snapshots lose their arrays until they take so many bytes, as far as that goes."""
        while self.nbytes > nbytes and len(self.kept) > RECENT + 2:
            self._thin()

    def _thin(self) -> None:
        numbers = list(self.kept)
        places = np.sqrt([self.kept[number].step for number in numbers])
        old = max(len(numbers) - 1 - RECENT, 1)
        victim = numbers[1 + int(np.argmin((places[2:] - places[:-2])[:old]))]
        self.nbytes -= self.kept.pop(victim).nbytes

    def until(self, number: int) -> "History":
        """Return a copy of it as it was when this kept snapshot was the newest one."""
        copy = History()
        copy.kept = {n: snapshot for n, snapshot in self.kept.items() if n <= number}
        copy.metrics = self.metrics[:number + 1]
        copy.nbytes = sum(snapshot.nbytes for snapshot in copy.kept.values())
        copy.last = copy.kept.get(number)
        return copy

    def since(self, number: int) -> dict[int, Snapshot]:
        """Return the kept snapshots with a larger number than this one, in order."""
        return {n: snapshot for n, snapshot in self.kept.items() if n > number}

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the steps and the values of one metric, where it was measured."""
        rows = [(step, metrics[name]) for step, _, metrics in self.metrics if name in metrics]
        table = np.array(rows, dtype=np.float64).reshape(-1, 2)
        return table[:, 0], table[:, 1]
