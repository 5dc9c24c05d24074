"""Pictures from visitors: what is read, what is refused with one sentence, and how they fit."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from playground import datasets
from playground.datasets.own_image import MAX_BYTES, SIDE, Framing, drawing, fit, read


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds none."""
    def chunk(name: bytes, data: bytes) -> bytes:
        return (struct.pack(">I", len(data)) + name + data
                + struct.pack(">I", zlib.crc32(name + data)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b""))


GREY = np.tile(np.arange(100, dtype=np.uint8), (80, 1))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_pictures_are_read_by_content(kind: str) -> None:
    picture = read(encoded(GREY, kind))
    assert picture.shape == (80, 100, 3) and picture.dtype == np.uint8
    assert np.abs(picture[..., 0].astype(int) - GREY).max() <= 4


@pytest.mark.parametrize("dtype", [np.uint16, bool])
def test_other_depths_are_read(dtype: type) -> None:
    picture = read(encoded((GREY > 50).astype(dtype)))
    assert picture.max() == 255 and picture.min() == 0


def test_a_large_picture_is_made_small() -> None:
    assert read(encoded(np.zeros((1500, 2000), np.uint8))).shape == (SIDE * 3 // 4, SIDE, 3)


def test_what_is_transparent_is_white() -> None:
    clear = np.zeros((10, 10, 4), np.uint8)
    assert (read(encoded(clear)) == 255).all()


@pytest.mark.parametrize("raw", [
    b"", b"hello", b"GIF89a" + b"\0" * 50, b"\x89PNG\r\n\x1a\n", encoded(GREY)[:60],
    encoded(GREY, "JPEG")[:200], encoded(GREY, "BMP"), encoded(GREY, "GIF"),
    encoded(GREY, "TIFF"), b"<svg xmlns='http://www.w3.org/2000/svg'/>", bomb(50, 50)])
def test_what_is_no_whole_png_or_jpeg_is_refused_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(ValueError, match="must be a whole PNG or JPEG picture"):
        read(raw)


def test_a_large_file_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(ValueError, match="at most 5 MB, got 5.1 MB"):
        read(b"\0" * (MAX_BYTES + 100_000))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(2001, 2000), (13_000, 13_000)])
def test_the_size_is_read_before_the_pixels(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"4 million pixels, got {size[0]} x {size[1]}"):
        read(bomb(*size))


def test_absurd_sizes_are_refused_too() -> None:
    with pytest.raises(ValueError, match="must be"):
        read(bomb(60_000, 60_000))


# --- drawing

def test_a_stroke_is_white_where_the_pen_went() -> None:
    picture = drawing([[(0.25, 0.75), (0.25, 0.25)]])
    assert picture.shape == (SIDE, SIDE)
    assert picture[SIDE // 2, SIDE // 4] == 255 and picture[SIDE // 2, SIDE // 2] == 0
    assert picture[SIDE // 8, SIDE // 4] == 0


def test_the_upper_end_of_a_stroke_is_at_the_top() -> None:
    picture = drawing([[(0.5, 0.9)]])
    assert picture[: SIDE // 4].any() and not picture[SIDE // 2:].any()


@pytest.mark.parametrize("strokes", [[[(0.5, 0.5)]] * 201, [[(0.1, 0.1)] * 20_001],
                                     [[(float("nan"), 0.0)]]])
def test_too_much_ink_is_refused(strokes: list) -> None:
    with pytest.raises(ValueError, match="must be"):
        drawing(strokes)


def test_strokes_outside_do_no_harm() -> None:
    assert not drawing([[(1e300, -1e300), (5.0, 5.0)]])[:, : SIDE // 2].all()


# --- fitting

MNIST = Framing(20 / 28, 0.5)


def test_the_framing_of_the_data_is_measured() -> None:
    mnist, digits = (Framing.of(datasets.load(name).train[:200]) for name in ("mnist", "digits"))
    assert mnist.extent == pytest.approx(20 / 28, abs=0.01) and digits.extent == 1
    assert mnist.centre == pytest.approx(14.5 / 28, abs=0.005)  # the middle of pixel 14
    assert Framing.of(np.zeros((3, 1, 8, 8), np.float32)) == Framing()


@pytest.mark.parametrize("name", ["digits", "mnist_14", "mnist", "fashion", "sprites"])
def test_a_picture_gets_the_form_of_the_data(name: str) -> None:
    shape = datasets.load(name).shape
    x = fit(drawing([[(0.2, 0.8), (0.8, 0.2)]]), shape, MNIST)
    assert x.shape == shape and x.dtype == np.float32
    assert x.min() >= 0 and x.max() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("where", [0, 30, 60])
def test_where_and_how_large_it_was_drawn_does_not_matter(where: int) -> None:
    sheet = np.zeros((112, 112), np.uint8)
    sheet[where:where + 40, where:where + 10] = 255
    x = fit(sheet, (1, 28, 28), MNIST)[0]
    rows, columns = np.nonzero(x > 0.5)
    assert rows.max() - rows.min() + 1 == 20 and columns.max() - columns.min() + 1 == 5
    assert rows.mean() == pytest.approx(13.5, abs=0.6)
    assert columns.mean() == pytest.approx(13.5, abs=0.6)


def test_black_on_white_is_inverted() -> None:
    white_on_black = drawing([[(0.3, 0.2), (0.6, 0.8)]])
    x, y = (fit(each, (1, 28, 28), MNIST) for each in (white_on_black, 255 - white_on_black))
    np.testing.assert_allclose(x, y, atol=1e-6)


def test_digits_of_mnist_come_back_as_they_were() -> None:
    data = datasets.load("mnist")
    framing, same = Framing.of(data.train[:200]), []
    for digit in data.test[::40, 0]:
        x = fit(np.rint(255 * digit).astype(np.uint8), (1, 28, 28), framing)[0]
        same.append(np.corrcoef(x.ravel(), digit.ravel())[0, 1])
    assert np.median(same) > 0.97


def test_colours_stay_and_white_becomes_grey_data() -> None:
    red = np.zeros((50, 70, 3), np.uint8)
    red[10:40, 20:50, 0] = 255
    colours = fit(red, (3, 16, 16), MNIST)
    assert colours[0].max() > 0.9 and not colours[1:].any()
    assert fit(red, (1, 8, 8), Framing()).max() == pytest.approx(1, abs=0.01)


def test_nothing_drawn_is_black() -> None:
    assert not fit(np.zeros((20, 20), np.uint8), (1, 8, 8), Framing()).any()


@pytest.mark.parametrize("picture", [np.zeros(3, np.uint8), np.zeros((2, 2, 4), np.uint8),
                                     np.zeros((0, 5), np.uint8), np.zeros((5, 5)),
                                     np.zeros((900, 900), np.uint8)])
def test_what_is_no_picture_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="picture must"):
        fit(picture, (1, 8, 8), Framing())
