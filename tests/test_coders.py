"""Encoders and decoders fit their data, and each other, in every kind and size."""

import math

import pytest
import torch

from model_zoo.coders import KINDS, coders

SHAPES = ((1, 8, 8), (1, 14, 14), (1, 28, 28), (3, 16, 16), (3, 32, 32), (1, 7, 10))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_decoder_mirrors_its_encoder(kind: str, shape: tuple[int, ...]) -> None:
    d = math.prod(shape)
    encoder, decoder = coders(shape, 6, 3, kind=kind, hidden=(32, 32), n_inputs=10, per_pixel=4)
    assert encoder(torch.rand(5, d + 10)).shape == (5, 6)
    assert decoder(torch.rand(5, 3)).shape == (5, 4 * d)


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_matters(kind: str) -> None:
    torch.manual_seed(0)
    encoder, decoder = coders((1, 8, 8), 3, 3, kind=kind, n_inputs=2)
    decoder(encoder(torch.rand(64, 66))).square().sum().backward()
    for name, weight in (*encoder.named_parameters(), *decoder.named_parameters()):
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize("kind", ["transposed", "upsampling"])
def test_what_the_decoder_says_of_a_pixel_lies_together(kind: str) -> None:
    torch.manual_seed(0)
    _, decoder = coders((2, 8, 8), 3, 3, kind=kind, per_pixel=5)
    z = torch.rand(1, 3)
    maps = decoder.convolutions(decoder.dense(z))  # type: ignore[operator]
    told = decoder(z).view(2, 8, 8, 5)
    assert torch.equal(told[1, 3, 4], maps[0, 5:, 3, 4])


def test_convolutions_want_images() -> None:
    with pytest.raises(ValueError, match=r"shape must be that of an image, \(C, H, W\), got"):
        coders((4,), 2, 2, kind="transposed")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be one of .* got 'round'"):
        coders((1, 8, 8), 2, 2, kind="round")
