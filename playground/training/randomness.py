"""torch's random streams: it has one per process, and every run needs one of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from playground.device import kind


@dataclass
class RandomStream:
    """The state of torch's random number generators that belongs to one run."""

    cpu: torch.Tensor
    device: torch.Tensor | None = None

    @classmethod
    def seeded(cls, seed: int, device: str) -> "RandomStream":
        """Return the stream that `torch.manual_seed(seed)` starts."""
        with preserved_random_state(device):
            sow(seed, device)
            return cls.current(device)

    @classmethod
    def current(cls, device: str) -> "RandomStream":
        """Return a copy of the state that torch is in now."""
        return cls(torch.get_rng_state(), _get_device_state(device))

    @classmethod
    def of(cls, arrays: list[np.ndarray]) -> "RandomStream":
        """Return the stream that `arrays` has written down."""
        cpu, *device = (torch.from_numpy(np.array(each)) for each in arrays)
        return cls(cpu, device[0] if device else None)

    def arrays(self) -> list[np.ndarray]:
        """Return its states as bytes: of the CPU's generator and, if there is one, the device's.
        """
        return [each.cpu().numpy() for each in (self.cpu, self.device) if each is not None]

    def install(self, device: str) -> None:
        """Put torch into this state."""
        torch.set_rng_state(self.cpu)
        if self.device is None:
            return
        if kind(device) == "cuda":
            torch.cuda.set_rng_state(self.device, device)
        else:
            torch.mps.set_rng_state(self.device)


def _get_device_state(device: str) -> torch.Tensor | None:
    if kind(device) == "cuda":
        return torch.cuda.get_rng_state(device)
    return torch.mps.get_rng_state() if kind(device) == "mps" else None


def sow(seed: int, device: str) -> None:
    """Start the stream of a seed, as `torch.manual_seed` does, on the CPU and on a device.

    That function also speaks to accelerators that are not in use: each time it notes a call for
    the day when they are, and writes down the whole stack, which takes longer than to seed.
    """
    torch.default_generator.manual_seed(seed)
    if kind(device) == "cuda":
        torch.cuda.manual_seed_all(seed)
    elif kind(device) == "mps":
        torch.mps.manual_seed(seed)


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
        sow(seed, device)
        yield
