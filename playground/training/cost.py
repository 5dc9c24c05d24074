"""What an update of a player costs: too much of it would keep everybody else waiting."""

from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from model_zoo.base import Model, Player
from playground.device import kind
from playground.language import N_
from playground.refusal import Refusal
from playground.training.batches import Batches
from playground.training.untouched import untouched

# A CPU's core does 25 to 60 billion a second here. For the others it is what they leave of their
# makers' figures; nobody has measured it.
MOST_BILLIONS = {"cpu": 15.0, "mps": 150.0, "cuda": 1500.0}
SMALLEST_BATCH = 8
FEW = 12  # a multiple of all numbers of samples that are judged together


def check_cost(model: Model, batches: Batches) -> None:
    """Refuse a training whose updates would keep others waiting for half a second or more.

    Each player's loss and its gradients are computed for a few data; the cost of a batch follows
    from that. It leaves no trace.

    Raises:
        Refusal: an update costs too much; it says what to lower.
    """
    n = min(FEW, batches.size)
    device = str(batches.data.device)
    for player in model.players():
        with untouched(model, device):
            model.train()
            few = batches.at(batches.first(n))
            billions = flops(lambda: _gradients(player, few)) / n / 1e9  # noqa: B023
        refuse_above(MOST_BILLIONS[kind(device)], billions, batches.size)


def flops(work: Callable[[], Any]) -> int:
    """Count the multiplications and additions of matrix products and convolutions in some work."""
    with _Counter() as counter:
        work()
    return counter.flops


class _Counter(TorchDispatchMode):
    """Sees each operation. Torch's own counter does not get through a gradient of a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if count := flop_registry.get(func._overloadpacket):
            self.flops += count(*args, **(kwargs or {}), out_val=out)
        return out


def _gradients(player: Player, batch: tuple[Any, ...]) -> None:
    player.loss(*batch)["loss"].backward(inputs=player.parameters)
    for weight in player.parameters:
        weight.grad = None


def refuse_above(most: float, of_one: float, batch_size: int) -> None:
    """Refuse an update that takes more than so many billion operations.

    Args:
        most: billions that it may take.
        of_one: billions that a datum takes.

    Raises:
        Refusal: it takes more; it says what to lower.
    """
    got = of_one * batch_size
    if got <= most:
        return
    if (fits := int(most / of_one)) >= SMALLEST_BATCH:
        raise Refusal(N_("an update of a net may take {most:g} billion operations, so that others "
                         "do not wait for it, and this one takes {got:.0f} billion: lower the "
                         "batch size to {fits}, or the size of the model"),
                      most=most, got=got, fits=fits)
    raise Refusal(N_("an update of a net may take {most:g} billion operations, so that others do "
                     "not wait for it, and this one takes {got:.0f} billion: lower the size of "
                     "the model"), most=most, got=got)
