"""The guard around looks and questions: modes, buffers and chance are as they were."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from playground.concepts.gan.experiment import GANExperiment
from playground.concepts.gan.settings import GANSettings
from playground.training.untouched import nets, untouched


def _net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(spectral_norm(nn.Linear(3, 3)), nn.BatchNorm1d(3), nn.Dropout())


def _buffers(net: nn.Module) -> list[torch.Tensor]:
    return [buffer.clone() for buffer in net.buffers()]


def test_whatever_happens_within_the_net_is_as_it_was() -> None:
    net = _net()
    net[1].eval()
    modes, before = [layer.training for layer in net.modules()], _buffers(net)
    with pytest.raises(RuntimeError, match="shapes"), untouched(net, "cpu"):
        net.train()(torch.randn(8, 3))
        assert not all(map(torch.equal, before, _buffers(net)))
        net(torch.randn(8, 4))
    assert [layer.training for layer in net.modules()] == modes
    assert all(map(torch.equal, before, _buffers(net)))


def test_within_all_layers_are_in_evaluation_and_chance_is_that_of_the_seed() -> None:
    net, state = _net(), torch.get_rng_state()
    drawn = []
    for _ in range(2):
        with untouched(net, "cpu", seed=5):
            assert not any(layer.training for layer in net.modules())
            drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
    assert torch.equal(torch.get_rng_state(), state)


def test_nets_are_found_wherever_an_experiment_keeps_them() -> None:
    run: Any = GANExperiment(GANSettings(hidden=16, layers=1), "cpu")
    inner = [nn.Linear(1, 1) for _ in range(3)]
    run.pair, run.named, run.itself = (1, [inner[0]]), {"a": inner[1]}, run
    run.foreign = SimpleNamespace(net=inner[2])  # not ours: nobody looks inside
    found = list(nets(run))
    assert run.model in found and inner[0] in found and inner[1] in found
    assert inner[2] not in found
