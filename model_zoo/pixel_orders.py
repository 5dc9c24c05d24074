"""Orders of the pixels of an image: in which one after the other is drawn.

The chain rule holds for each of them. In some, those that are drawn one after the other lie beside
each other.

Curves that fill a square: D. Hilbert, "Über die stetige Abbildung einer Linie auf ein
Flächenstück", 1891, https://doi.org/10.1007/BF01199431. Rectangles of any size: J. Červený,
"Generalized Hilbert space-filling curve for rectangular domains of arbitrary sizes",
https://github.com/jakubcerveny/gilbert
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

Pixel = tuple[int, int]
Order = tuple[Pixel, ...]


def raster(height: int, width: int) -> Iterator[Pixel]:
    """Read: row by row from the top, each from left to right."""
    return ((row, column) for row in range(height) for column in range(width))


def snake(height: int, width: int) -> Iterator[Pixel]:
    """Go row by row from the top, every second row from right to left."""
    for row in range(height):
        columns = range(width)
        yield from ((row, column) for column in (reversed(columns) if row % 2 else columns))


def hilbert(height: int, width: int) -> Iterator[Pixel]:
    """Fill the image along a Hilbert curve, from the upper left to the lower left corner.

    Of a square whose side is a power of two it is Hilbert's own; then the upper half comes first.
    Where the longer side is odd and the shorter one even, there is one step across a corner.
    """
    if height >= width:
        return _fill(0j, complex(height, 0), complex(0, width))
    return _fill(0j, complex(0, width), complex(height, 0))


def _fill(at: complex, along: complex, across: complex) -> Iterator[Pixel]:
    """Fill the rectangle that two sides span; it ends where the first of them does.

    A pixel is row + column i. Halves of two or more are made even where they can be, since only
    then does a curve lead on without a step across a corner.
    """
    length, breadth = round(abs(along)), round(abs(across))
    forward, sideward = along / length, across / breadth
    if breadth == 1 or length == 1:
        step = forward if breadth == 1 else sideward
        for i in range(max(length, breadth)):
            pixel = at + i * step
            yield round(pixel.real), round(pixel.imag)
        return
    half, half_across = length // 2, breadth // 2
    if 2 * length > 3 * breadth:  # long: two parts, one after the other
        half += half % 2 if length > 2 else 0
        yield from _fill(at, half * forward, across)
        yield from _fill(at + half * forward, along - half * forward, across)
        return
    half_across += half_across % 2 if breadth > 2 else 0
    aside = half_across * sideward
    yield from _fill(at, aside, half * forward)
    yield from _fill(at + aside, along, across - aside)
    yield from _fill(at + along - forward + aside - sideward, -aside, half * forward - along)


ORDERS: dict[str, Callable[[int, int], Iterator[Pixel]]] = {
    "raster": raster, "snake": snake, "hilbert": hilbert}


@lru_cache(maxsize=32)
def pixels_in(order: str, height: int, width: int) -> Order:
    """Return row and column of all pixels of an image in the order of this name.

    Raises:
        ValueError: there is no such order.
    """
    if order not in ORDERS:
        raise ValueError(f"order must be one of {', '.join(ORDERS)}, got {order!r}")
    return tuple(ORDERS[order](height, width))
