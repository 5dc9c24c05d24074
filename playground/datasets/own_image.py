"""The visitor's own picture: drawn with a mouse or uploaded, brought to the form of a data set."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from PIL import Image, ImageDraw, UnidentifiedImageError
from pydantic import BeforeValidator

from playground.language import N_
from playground.refusal import Refusal

MAX_BYTES = 5_000_000
MAX_PIXELS = 4_000_000
SIDE = 112
PEN = 0.09
MAX_STROKES = 200
MAX_PLACES = 20_000
INK = 0.2
FORMATS = ("PNG", "JPEG")

Stroke = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Framing:
    """How a data set puts its content into the frame; medians over some images.

    Attributes:
        extent: share of the frame that the content's longer side takes.
        centre: where its centre of mass lies, 0 at the top or left edge and 1 at the other.
    """

    extent: float = 1.0
    centre: float = 0.5

    @classmethod
    def of(cls, images: np.ndarray) -> "Framing":
        """Measure images (N, C, H, W) in [0, 1], bright content on black."""
        found = []
        for image in images.max(axis=1):
            box = _ink(image)
            if box is not None:
                sides = zip(box, image.shape, strict=True)
                found.append((max((part.stop - part.start) / size for part, size in sides),
                              _mass(image, 0) / len(image), _mass(image, 1) / image.shape[1]))
        if not found:
            return cls()
        extent, *centres = np.median(found, axis=0)
        return cls(float(extent), float(np.mean(centres)))


def read(raw: bytes) -> np.ndarray:
    """Read a PNG or a JPEG file, whatever its name.

    Args:
        raw: Its bytes, at most 5 MB; at most 4 million pixels.

    Returns:
        Bytes (H, W, 3), the longer side at most `SIDE`; what is transparent is white.

    Raises:
        Refusal: One sentence for the visitor: what must hold, and what came.
    """
    if len(raw) > MAX_BYTES:
        raise Refusal(N_("The file must have at most {most:g} MB, got {size:.1f} MB."),
                      most=MAX_BYTES / 1e6, size=len(raw) / 1e6)
    wrong = N_("The file must be a whole PNG or JPEG picture; this one cannot be read as one.")
    try:
        picture: Image.Image = Image.open(io.BytesIO(raw), formats=FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError,
            Image.DecompressionBombError) as error:
        raise Refusal(wrong) from error
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise Refusal(N_("The picture must have at most {most} million pixels, got {width} x "
                         "{height}."), most=MAX_PIXELS // 1_000_000, width=width, height=height)
    try:
        picture.load()
        if picture.mode.startswith("I") or picture.mode == "F":
            grey = np.asarray(picture, np.float64)
            grey = 255 * (grey - grey.min()) / max(float(np.ptp(grey)), 1e-9)
            picture = Image.fromarray(grey.astype(np.uint8))
        solid = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise Refusal(wrong) from error
    page = Image.new("RGBA", solid.size, "white")
    page.alpha_composite(solid)
    page.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(page.convert("RGB"))


def drawing(strokes: Sequence[Stroke]) -> np.ndarray:
    """Draw strokes of a round pen, white on black.

    Args:
        strokes: Places (x, y) of each stroke, both between 0 and 1; y grows upwards. What lies
            outside is cut off, and a stroke of one place is a dot.

    Returns:
        Bytes, (SIDE, SIDE).

    Raises:
        Refusal: There are too many strokes or places, or a place is no finite number.
    """
    if len(strokes) > MAX_STROKES or sum(map(len, strokes)) > MAX_PLACES:
        raise Refusal(N_("strokes must be at most {most} with {places} places, got {n} with "
                         "{found}"), most=MAX_STROKES, places=MAX_PLACES, n=len(strokes),
                      found=sum(map(len, strokes)))
    picture = Image.new("L", (SIDE, SIDE))
    pen, half = ImageDraw.Draw(picture), PEN * SIDE / 2
    for stroke in strokes:
        if not all(math.isfinite(value) for place in stroke for value in place):
            raise Refusal(N_("places must be finite numbers"))
        dots = [(min(max(x, -1), 2) * SIDE, (1 - min(max(y, -1), 2)) * SIDE) for x, y in stroke]
        if len(dots) > 1:
            pen.line(dots, fill=255, width=round(2 * half), joint="curve")
        for x, y in (dots[:1] + dots[-1:]):
            pen.ellipse((x - half, y - half, x + half, y + half), fill=255)
    return np.asarray(picture)


def picture_from(rows: Any) -> np.ndarray:
    """Return a picture that came as rows of numbers, (H, W) or (H, W, 3), in bytes.

    Raises:
        Refusal: They are no such rows.
    """
    try:
        picture = np.asarray(rows, np.float64)
    except (TypeError, ValueError):
        picture = np.zeros(0)
    if picture.ndim not in (2, 3) or not np.isfinite(picture).all():
        raise Refusal(N_("picture must be rows of numbers of the same length"))
    return picture.clip(0, 255).astype(np.uint8)


Picture = Annotated[np.ndarray, BeforeValidator(picture_from)]


def fit(picture: np.ndarray, shape: tuple[int, ...], framing: Framing) -> np.ndarray:
    """Bring a picture to the form of a data set's images.

    Grey data: a bright ground is inverted, what is drawn is cut out, scaled, and put with
    its centre of mass where the data have theirs, as MNIST was made. Colour data: the middle
    square, scaled.

    Args:
        picture: Bytes, (H, W) or (H, W, 3).
        shape: Of the data set's images, (C, H', W') with C of 1 or 3.
        framing: Of the data set.

    Returns:
        (C, H', W') float32 in [0, 1].

    Raises:
        Refusal: The array is no picture.
    """
    picture = np.asarray(picture)
    if picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)) or not picture.size:
        raise Refusal(N_("picture must have the shape (H, W) or (H, W, 3), got {shape}"),
                      shape=str(picture.shape))
    if picture.dtype != np.uint8 or max(picture.shape[:2]) > 4 * SIDE:
        raise Refusal(N_("picture must be bytes with sides of at most {most}, got {found}"),
                      most=4 * SIDE, found=f"{picture.dtype} {picture.shape}")
    channels, height, width = shape
    if channels == 3:
        side = min(picture.shape[:2])
        top, left = ((size - side) // 2 for size in picture.shape[:2])
        middle = Image.fromarray(picture[top:top + side, left:left + side]).convert("RGB")
        scaled = middle.resize((width, height), Image.Resampling.BOX)
        return np.asarray(scaled, np.float32).transpose(2, 0, 1) / 255
    grey = picture.astype(np.float32) / 255
    if grey.ndim == 3:
        grey = grey @ np.array([0.299, 0.587, 0.114], np.float32)
    grey = _white_on_black(grey)
    box = _ink(grey)
    if box is None:
        return np.zeros(shape, np.float32)
    return _framed(grey[box], height, width, framing)[None]


def _white_on_black(grey: np.ndarray) -> np.ndarray:
    """Invert what has a bright rim, and stretch it to the whole range."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if np.median(rim) > 0.5:
        grey = 1 - grey
        rim = 1 - rim
    grey = np.clip(grey - np.median(rim), 0, None)
    return grey / max(float(grey.max()), 0.1)


def _ink(grey: np.ndarray) -> tuple[slice, slice] | None:
    """The box around what is brighter than `INK`, or None where nothing is."""
    rows, columns = (np.flatnonzero((grey > INK).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _mass(grey: np.ndarray, axis: int) -> float:
    """Return where the centre of mass lies along an axis, in pixels from the edge."""
    weights = grey.sum(axis=1 - axis)
    return float((np.arange(len(weights)) + 0.5) @ weights / max(float(weights.sum()), 1e-9))


def _framed(content: np.ndarray, height: int, width: int, framing: Framing) -> np.ndarray:
    """Scale content to its share of the frame, its centre of mass in place if it fits."""
    tall, broad = content.shape
    scale = framing.extent * min(height, width) / max(tall, broad)
    size = (max(1, round(broad * scale)), max(1, round(tall * scale)))
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    small = np.asarray(Image.fromarray(content).resize(size, resampling))
    frame = np.zeros((height, width), np.float32)
    top, left = (int(np.clip(round(framing.centre * room - _mass(small, axis)), 0,
                             room - small.shape[axis]))
                 for axis, room in enumerate((height, width)))
    frame[top:top + small.shape[0], left:left + small.shape[1]] = small
    return np.clip(frame / max(float(frame.max()), 1e-9), 0, 1)
