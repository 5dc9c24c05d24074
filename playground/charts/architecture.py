"""Drawings of nets that light up as a datum passes: layers with their shapes and numbers.

Nothing is typed in: kinds, shapes, weights and feature maps are those that `pass_through`, a
question to the run's own model, has measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from playground.charts.colors import GRADIENTS, SAMPLES
from playground.charts.layers import (
    Drawing,
    Layer,
    box_of,
    cells,
    datum_box,
    numbers_box,
    picture,
    shape_text,
    total,
    transforms,
    weights_text,
)
from playground.charts.scene import Scene
from playground.language import _

Reply = Mapping[str, Any]


def autoencoder(reply: Reply) -> Scene:
    """The encoder above, the decoder mirrored under it, the code between.

    Args:
        reply: of the autoencoder's `pass_through`: `seen`, `clean` and `output`, data; `encoder`
            and `decoder`, layers.
    """
    encoder, decoder = reply["encoder"], reply["decoder"]
    drawing = Drawing()
    is_noisy = not np.array_equal(reply["clean"], reply["seen"])
    before = _encoder(drawing, reply["seen"], encoder[:-1],
                      _("picture x, noisy") if is_noisy else _("picture x"))
    code = drawing.add(
        box_of(encoder[-1], 0.5, max(len(encoder), len(decoder)), title=_("code z"),
               color=SAMPLES),
        _("The code: all that the decoder gets is {n} numbers.").format(n=encoder[-1]["shape"][0]),
        before)
    _decoder(drawing, code, decoder, reply["output"])
    error = float(np.square(reply["clean"] - reply["output"]).sum())
    return drawing.end(
        _("{total:,} weights: {encoder:,} squeeze {d} numbers into {k}, {decoder:,} rebuild them. "
          "The squared error of this copy is {error:.2f}.").format(
              total=total([*encoder, *decoder]), encoder=total(encoder), decoder=total(decoder),
              d=reply["seen"].size, k=encoder[-1]["shape"][0], error=error),
        _("The autoencoder's layers, from a picture to its code and back"))


def vae(reply: Reply) -> Scene:
    """Encoder, mean and standard deviation, the noise, the code, and the decoder mirrored.

    Args:
        reply: as for `autoencoder`, and `mu`, `sigma`, `epsilon`, `z`, (Z,).
    """
    encoder, decoder = reply["encoder"], reply["decoder"]
    far, last, n = max(len(encoder), len(decoder)), encoder[-1], len(reply["mu"])
    drawing = Drawing()
    before = _encoder(drawing, reply["seen"], encoder[:-1], _("datum x"))
    notes = [shape_text([n]), weights_text(last["weights"] // 2)]
    mu = drawing.place(numbers_box(_("mean mu"), reply["mu"], 0, far, notes), before)
    sigma = drawing.place(numbers_box(_("sigma"), reply["sigma"], 0, far + 1, notes), before)
    drawing.come([mu, sigma], _("The last layer of the encoder says where the code may lie, mu, "
                                "and how widely, sigma: {n} numbers each.").format(n=n))
    epsilon = drawing.add(
        numbers_box(_("noise epsilon"), reply["epsilon"], 1, far + 1,
                    [shape_text([n]), _("by chance")], color=GRADIENTS),
        _("Chance comes in beside the net: epsilon is drawn from N(0, 1)."))
    first = {name: float(reply[name][0]) for name in ("mu", "sigma", "epsilon", "z")}
    code = drawing.add(
        numbers_box(_("code z"), reply["z"], 1, far, [shape_text([n])], color=SAMPLES),
        _("z = mu + sigma · epsilon. Its first number is {mu:.2f} + {sigma:.2f} · {epsilon:.2f} = "
          "{z:.2f}. The gradient flows to mu and sigma, past the chance.").format(**first),
        mu, sigma, epsilon)
    _decoder(drawing, code, decoder, reply["output"])
    return drawing.end(
        _("{total:,} weights: {encoder:,} in the encoder, {decoder:,} in the decoder. With other "
          "noise, another code and another copy.").format(
              total=total([*encoder, *decoder]), encoder=total(encoder), decoder=total(decoder)),
        _("The VAE's layers, with the noise between encoder and decoder"))


def vq_vae(reply: Reply) -> Scene:
    """Encoder, vectors, the nearest words of the codebook, and the decoder mirrored.

    Args:
        reply: as for `autoencoder`, and `vectors` and `code` (S, Z), `words` (S,), `codebook`
            (W, Z).
    """
    encoder, decoder, vectors = reply["encoder"], reply["decoder"], reply["vectors"]
    far, book = max(len(encoder), len(decoder)), reply["codebook"]
    drawing = Drawing()
    before = _encoder(drawing, reply["seen"], encoder[:-1], _("datum x"))
    notes = [shape_text(vectors.shape), weights_text(encoder[-1]["weights"])]
    filled = drawing.add(numbers_box(_("vectors"), vectors, 0, far, notes),
                         _("The encoder fills {n} slots, each with a vector.").format(
                             n=len(vectors)), before)
    words = drawing.add(
        numbers_box(_("codebook"), book, 0.5, far + 1,
                    [shape_text(book.shape), _("learned by averages")], color=GRADIENTS),
        _("The codebook has {n} words.").format(n=len(book)))
    code = drawing.add(
        numbers_box(_("nearest words"), reply["code"], 1, far, [shape_text(vectors.shape)],
                    color=SAMPLES),
        _("Each slot takes the nearest word. Their numbers: {words}.").format(
            words=", ".join(map(str, reply["words"].tolist()))), filled, words)
    _decoder(drawing, code, decoder, reply["output"])
    return drawing.end(
        _("{total:,} weights, and {words:,} numbers in the codebook.").format(
            total=total([*encoder, *decoder]), words=book.size),
        _("The VQ-VAE's layers, with the codebook between encoder and decoder"))


def dcgan(reply: Reply) -> Scene:
    """The generator above, the discriminator mirrored under it.

    Args:
        reply: of `pass_through`: `noise` (Z,); `generator` and `discriminator`, layers, and what
            the latter make of a real picture, `for_real`; `sample` and `real`, pictures;
            `said_fake` and `said_real`.
    """
    generator, judges = reply["generator"], reply["discriminator"]
    far, drawing = max(len(generator), len(judges)), Drawing()
    z = reply["noise"]
    box = drawing.add(numbers_box(_("noise z"), z, 0, 0, [shape_text(z.shape)], color=GRADIENTS),
                      _("Noise: {n} numbers by chance.").format(n=len(z)))
    for number, layer in enumerate(generator):
        at = far - len(generator) + number + 1
        is_last = number == len(generator) - 1
        box = drawing.add(
            box_of(layer, 0, at, title=_("sample: {layer}"), color=SAMPLES,
                   pictures=picture(reply["sample"])) if is_last else box_of(layer, 0, at),
            transforms(layer), box)
    real = drawing.place(datum_box(_("real picture"), reply["real"], 1, far))
    path = _judges(drawing, judges, reply["for_real"], far, (box, real))
    said = _("The discriminator says {said:.2f} of the sample.").format(said=reply["said_fake"])
    for box, layer in zip(path, judges, strict=True):
        drawing.come([box], said if box == path[-1] else transforms(layer))
    drawing.come([real], _("Now a real picture, to compare."))
    said = _("The discriminator says {said:.2f} of the real picture.").format(
        said=reply["said_real"])
    for box, layer in zip(path, judges, strict=True):
        drawing.come([box], said if box == path[-1] else transforms(layer), 1)
    return drawing.end(
        _("{generator:,} weights in the generator, {judge:,} in the discriminator. It says "
          "{fake:.2f} of the sample and {real:.2f} of the real picture.").format(
              generator=total(generator), judge=total(judges), fake=reply["said_fake"],
              real=reply["said_real"]),
        _("The generator's layers, and the discriminator's under them"))


def _encoder(drawing: Drawing, x: np.ndarray, layers: Sequence[Layer], title: str) -> int:
    """Draw a datum and the layers that read it, in the upper row; the last box."""
    box = drawing.add(datum_box(title, x, 0, 0),
                      _("A held-out datum: {n:,} numbers ({shape}).").format(
                          n=x.size, shape=shape_text(x.shape)))
    for number, layer in enumerate(layers):
        box = drawing.add(box_of(layer, 0, number + 1), transforms(layer), box)
    return box


def _decoder(drawing: Drawing, code: int, layers: Sequence[Layer], output: np.ndarray) -> None:
    """Draw layers in the lower row, from the right to the left, and what comes out."""
    box = code
    for number, layer in enumerate(layers):
        at, is_last = len(layers) - 1 - number, number == len(layers) - 1
        box = drawing.add(
            box_of(layer, 1, at, title=_("copy: {layer}"), color=SAMPLES,
                   pictures=picture(output)) if is_last else box_of(layer, 1, at),
            transforms(layer), box)


def _judges(drawing: Drawing, layers: Sequence[Layer], for_real: Sequence[Layer], far: int,
            sources: Sequence[int]) -> list[int]:
    """Draw empty layers of two states each, in the lower row, from the right to the left."""
    path: list[int] = []
    for number, (layer, other) in enumerate(zip(layers, for_real, strict=True)):
        is_last = number == len(layers) - 1
        both = np.concatenate([cells(layer), cells(other)])
        box = box_of(layer, 1, far - 1 - number, pictures=both)
        if is_last:
            box = replace(box, title=_("score: {layer}").format(layer=box.title), pictures=None,
                          color=GRADIENTS)
        path.append(drawing.place(box, *(path[-1:] or sources)))
    return path
