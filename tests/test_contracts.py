"""What the capabilities of a model promise: checks, models that keep it, and some that do not.

Each check is shown to fail on models made here that break it, and runs over the zoo.
"""

from collections.abc import Iterator

import pytest
import torch
from test_models import MODELS
from torch import Tensor, nn

from model_zoo.base import GenerativeModel, HasPath, Losses, State, last

SHAPES = ((2,), (1, 4, 4))


def built(kind: type[GenerativeModel]) -> list[GenerativeModel]:
    """Return models of the shapes that a kind takes."""
    torch.manual_seed(0)
    made = []
    for shape in SHAPES:
        try:
            made.append(kind(shape).eval())
        except ValueError:
            continue
    return made


# --- a path of drawing

def check_path(model: GenerativeModel) -> None:
    """Its states are data, the last one is what `sample` draws, and they come one by one."""
    assert isinstance(model, HasPath)
    torch.manual_seed(1)
    states = [state.x.clone() for state in model.path(3)]
    assert states
    for x in states:
        assert x.shape == (3, *model.shape) and x.dtype == torch.float32 and x.isfinite().all()
    torch.manual_seed(1)
    assert torch.equal(model.sample(3), states[-1])
    torch.manual_seed(1)
    assert torch.equal(last(model.path(3)), states[-1])
    torch.manual_seed(2)
    assert not torch.equal(last(model.path(3)), states[-1])
    torch.manual_seed(1)
    walk = model.path(3)
    assert torch.equal(next(walk).x, states[0])


class Langevin(GenerativeModel, HasPath):
    """A chain that walks to a standard normal distribution by its slope and noise."""

    def __init__(self, shape: tuple[int, ...] = (2,)) -> None:
        super().__init__(shape)
        self.rate = nn.Parameter(torch.tensor(0.1))

    def loss(self, x: Tensor) -> Losses:
        return {"loss": x.square().mean() * self.rate}

    @torch.no_grad()
    def path(self, n: int) -> Iterator[State]:
        x = torch.zeros(n, *self.shape)
        for _ in range(5):
            x = x - self.rate * x + (2 * self.rate).sqrt() * torch.randn_like(x)
            yield State(x)

    def sample(self, n: int) -> Tensor:
        return last(self.path(n))


class Elsewhere(Langevin):
    """Its samples are not the end of its path."""

    def sample(self, n: int) -> Tensor:
        return super().sample(n) + 1


class Alone(Langevin):
    """It shows the first datum alone."""

    def path(self, n: int) -> Iterator[State]:
        return (State(state.x[0]) for state in super().path(n))


class Nowhere(Langevin):
    """It has no state to show."""

    def path(self, n: int) -> Iterator[State]:
        return iter(())


class Settled(Langevin):
    """Chance has no part in it."""

    def path(self, n: int) -> Iterator[State]:
        return iter([State(torch.zeros(n, *self.shape))])


def test_a_chain_keeps_the_promise_of_a_path() -> None:
    check_path(Langevin())


@pytest.mark.parametrize("broken", [Elsewhere, Alone, Nowhere, Settled])
def test_the_check_of_a_path_notices_what_breaks_it(broken: type[Langevin]) -> None:
    with pytest.raises((AssertionError, ValueError)):
        check_path(broken())


@pytest.mark.parametrize("kind", [kind for kind in MODELS if issubclass(kind, HasPath)])
def test_a_path_leads_to_a_sample(kind: type[GenerativeModel]) -> None:
    assert (models := built(kind))
    for model in models:
        check_path(model)
