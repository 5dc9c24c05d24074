"""torch's random streams: it has one per process, and every run needs one of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch


@dataclass
class RandomStream:
    """The state of torch's random number generators that belongs to one run."""

    cpu: torch.Tensor
    device: torch.Tensor | None = None

    @classmethod
    def seeded(cls, seed: int, device: str) -> "RandomStream":
        """Return the stream that `torch.manual_seed(seed)` starts."""
        with preserved_random_state(device):
            torch.manual_seed(seed)
            return cls.current(device)

    @classmethod
    def current(cls, device: str) -> "RandomStream":
        """Return a copy of the state that torch is in now."""
        return cls(torch.get_rng_state(), _get_device_state(device))

    def install(self, device: str) -> None:
        """Put torch into this state."""
        torch.set_rng_state(self.cpu)
        if self.device is None:
            return
        if device.startswith("cuda"):
            torch.cuda.set_rng_state(self.device, device)
        else:
            torch.mps.set_rng_state(self.device)


def _get_device_state(device: str) -> torch.Tensor | None:
    if device.startswith("cuda"):
        return torch.cuda.get_rng_state(device)
    return torch.mps.get_rng_state() if device == "mps" else None


@contextmanager
def preserved_random_state(device: str) -> Iterator[None]:
    """Leave torch's random state as it was, whatever is drawn inside."""
    before = RandomStream.current(device)
    try:
        yield
    finally:
        before.install(device)


@contextmanager
def fixed_random_state(device: str, seed: int = 0) -> Iterator[None]:
    """Draw the same numbers inside each time, and leave torch's random state as it was."""
    with preserved_random_state(device):
        torch.manual_seed(seed)
        yield
