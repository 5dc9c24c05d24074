"""Numbers and images in the compact forms that plotly.js reads."""

import base64
import io
import math
from typing import Any

import numpy as np
from PIL import Image

Figure = dict[str, Any]
Trace = dict[str, Any]
Layout = dict[str, Any]

GAP = 128
_NARROWER = {"f2": "f4", "i8": "i4", "u8": "u4", "b1": "u1"}
_KNOWN = ("f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4")


def typed(array: np.ndarray) -> dict[str, str]:
    """An array as plotly's typed array.

    Args:
        array: Numbers of any shape. 64-bit integers become 32-bit ones and booleans bytes, since
            a browser has no such arrays.

    Returns:
        `dtype` ("f4", "i4", "u1" ...), `bdata` (base64, little-endian), and the `shape` where the
        array has more than one axis.

    Raises:
        ValueError: If the array does not hold real numbers, or they do not fit.
    """
    array = np.asarray(array)
    code = f"{array.dtype.kind}{array.dtype.itemsize}"
    target = _NARROWER.get(code, code)
    if target not in _KNOWN:
        raise ValueError(f"array must hold real numbers, got dtype {array.dtype!r}")
    if code in ("i8", "u8") and array.size:
        limits = np.iinfo(target)
        if array.min() < limits.min or array.max() > limits.max:
            raise ValueError(f"array must fit into {target}, got {array.min()} to {array.max()}")
    data = np.ascontiguousarray(array, dtype=f"<{target}")
    encoded = {"dtype": target, "bdata": base64.b64encode(data.tobytes()).decode("ascii")}
    if array.ndim > 1:
        encoded["shape"] = ",".join(str(size) for size in array.shape)
    return encoded


def float32(array: np.ndarray) -> dict[str, str]:
    """An array as plotly's typed array of 32-bit floats; what is too large becomes infinite."""
    with np.errstate(over="ignore"):
        return typed(np.asarray(array).astype(np.float32))


def _bytes(images: np.ndarray) -> np.ndarray:
    if images.dtype == np.uint8:
        return images
    return np.rint(255 * np.nan_to_num(images, nan=0.0).clip(0, 1)).astype(np.uint8)


def tile(images: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Many images as one picture: row by row, with gaps of one grey pixel.

    Args:
        images: (N, C, H, W) with C of 1 or 3, or (N, H, W); bytes, or floats in [0, 1]. What lies
            outside is clipped.
        columns: Images in a row; as square as possible where not given.

    Returns:
        Bytes, (H', W') or (H', W', 3). Places without an image are grey.

    Raises:
        ValueError: If the shape is another, or `columns` is below 1.
    """
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(
            f"images must have the shape (N, 1 or 3, H, W) or (N, H, W), got {images.shape!r}"
        )
    n, channels, height, width = images.shape
    if columns is None:
        columns = math.ceil(math.sqrt(n))
    if columns < 1:
        raise ValueError(f"columns must be >= 1, got {columns!r}")
    rows = math.ceil(n / columns)
    cells = np.full((rows * columns, height + 1, width + 1, channels), GAP, np.uint8)
    cells[:n, :-1, :-1] = _bytes(images).transpose(0, 2, 3, 1)
    grid = cells.reshape(rows, columns, height + 1, width + 1, channels)
    grid = grid.transpose(0, 2, 1, 3, 4)  # (rows, H + 1, columns, W + 1, C)
    picture = grid.reshape(rows * (height + 1), columns * (width + 1), channels)[:-1, :-1]
    return np.ascontiguousarray(picture[..., 0] if channels == 1 else picture)


def png_uri(picture: np.ndarray) -> str:
    """A picture, (H, W) or (H, W, 3) bytes, as the data URI of a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
