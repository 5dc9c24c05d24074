"""The nets of a datum and a time, and the mean of a net's weights."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from model_zoo.average import Averaged
from model_zoo.time_nets import PointNet, TimeNet
from model_zoo.time_transformer import TimeTransformer
from model_zoo.time_u_net import TimeUNet

N_CLASSES = 3
NETS: dict[str, tuple[Callable[..., TimeNet], tuple[int, ...]]] = {
    "points": (lambda shape, **told: PointNet(shape[0], **told), (2,)),
    **{f"{name}-{shape}": (net, shape) for name, net in (("u", TimeUNet), ("t", TimeTransformer))
       for shape in ((1, 8, 8), (1, 14, 14), (3, 28, 28))}}
every_net = pytest.mark.parametrize(("make", "shape"), NETS.values(), ids=[*NETS])


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def _awake(net: TimeNet) -> TimeNet:
    """A net of which no weight is 0, as it is after some training."""
    for weight in net.parameters():
        nn.init.normal_(weight, std=0.1)
    return net


@every_net
def test_a_net_keeps_the_shape(make: Callable[..., TimeNet], shape: tuple[int, ...]) -> None:
    x = torch.randn(4, *shape)
    assert make(shape)(x, torch.rand(4)).shape == x.shape


@every_net
def test_time_and_class_reach_what_comes_out(make: Callable[..., TimeNet],
                                             shape: tuple[int, ...]) -> None:
    net, x = _awake(make(shape, n_classes=N_CLASSES)), torch.randn(1, *shape).expand(4, *shape)
    t = torch.tensor([0.2, 0.7, 0.2, 0.2])
    y = net(x, t, torch.tensor([0, 0, 1, N_CLASSES]))
    assert len({round(part.sum().item(), 4) for part in y}) == 4


@every_net
def test_a_datum_does_not_depend_on_its_batch(make: Callable[..., TimeNet],
                                              shape: tuple[int, ...]) -> None:
    net, x, t = _awake(make(shape)), torch.randn(4, *shape), torch.rand(4)
    torch.testing.assert_close(net(x, t)[:1], net(x[:1], t[:1]))


@every_net
def test_nothing_told_is_an_entry_of_its_own(make: Callable[..., TimeNet],
                                             shape: tuple[int, ...]) -> None:
    net, x, t = _awake(make(shape, n_classes=N_CLASSES)), torch.randn(2, *shape), torch.rand(2)
    torch.testing.assert_close(net(x, t), net(x, t, torch.full((2,), N_CLASSES)))


@every_net
def test_a_net_can_be_told_two_times(make: Callable[..., TimeNet],
                                     shape: tuple[int, ...]) -> None:
    net, x = _awake(make(shape, n_times=2)), torch.randn(1, *shape).expand(2, *shape)
    one, two = net(x, torch.tensor([[0.2, 0.7], [0.2, 0.8]]))
    assert not torch.allclose(one, two)


@every_net
def test_every_weight_learns(make: Callable[..., TimeNet], shape: tuple[int, ...]) -> None:
    net = _awake(make(shape, n_classes=N_CLASSES))
    net(torch.randn(4, *shape), torch.rand(4), torch.arange(4)).square().sum().backward()
    for name, weight in net.named_parameters():
        assert weight.grad is not None and weight.grad.any(), name


def test_a_class_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="context must be that of 0 classes"):
        PointNet(2)(torch.zeros(1, 2), torch.zeros(1), torch.zeros(1, dtype=torch.int64))


# --- the mean of the weights

def _moved(net: Averaged, values: list[float]) -> None:
    for value in values:
        nn.init.constant_(net.net.weight, value)  # type: ignore[arg-type]
        net.take_in()


def test_the_mean_follows_quickly_at_the_start_and_slowly_later() -> None:
    net = Averaged(nn.Linear(1, 1), 0.9)
    _moved(net, [1.0] * 200)
    torch.testing.assert_close(net.mean.weight, torch.ones(1, 1))
    _moved(net, [0.0])
    torch.testing.assert_close(net.mean.weight, torch.full((1, 1), 0.9))
    early = Averaged(nn.Linear(1, 1), 0.999)
    nn.init.zeros_(early.mean.weight)  # type: ignore[arg-type]
    _moved(early, [1.0])
    torch.testing.assert_close(early.mean.weight, torch.full((1, 1), 9 / 11))


def test_the_mean_has_the_buffers_too() -> None:
    net = Averaged(nn.BatchNorm1d(2), 0.5)
    for _ in range(60):
        net(5 + torch.randn(64, 2))
    mean = net.mean
    assert isinstance(mean, nn.BatchNorm1d) and mean.running_mean is not None
    assert (mean.running_mean - 5).abs().max() < 0.5
    assert mean.num_batches_tracked == 59  # what it saw before the last pass


def test_the_mean_moves_only_while_it_learns() -> None:
    net = Averaged(nn.Linear(1, 1), 0.5)
    with torch.no_grad():
        net(torch.ones(1, 1))
    net.eval()(torch.ones(1, 1))
    assert net.steps == 0
    net.train()(torch.ones(1, 1))
    assert net.steps == 1


def test_without_a_mean_the_net_answers_itself() -> None:
    net = Averaged(nn.Linear(1, 1), 0.0)
    assert net.mean is net.net and len(list(net.parameters())) == 2


def test_a_given_picture_reaches_what_comes_out_and_must_be_there() -> None:
    net, x, t = _awake(TimeUNet((1, 8, 8), n_given=2)), torch.randn(2, 1, 8, 8), torch.rand(2)
    given = torch.rand(2, 2, 8, 8)
    assert net(x, t, given).shape == x.shape
    assert not torch.allclose(net(x, t, given), net(x, t, given.flip(0)))
    with pytest.raises(ValueError, match="that of 2 maps"):
        net(x, t)
