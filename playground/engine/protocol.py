"""The protocol between the web process and a worker: messages are dicts with numpy arrays in them.

A message travels as one frame: the length of the header, the length of the body, the header
(JSON) and the body (the raw bytes of all arrays, one after the other). Nothing that is received
can run code.
"""

import json
import struct
from typing import IO, Any

import numpy as np

Message = dict[str, Any]

_LENGTHS = struct.Struct("<II")
_ARRAY = "__array__"


def encode(message: Message) -> bytes:
    """Return one frame. Arrays may stand anywhere in the message, also in lists and dicts.

    Raises:
        ValueError: an array holds Python objects.
    """
    blocks: list[bytes] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            if value.dtype.hasobject:
                raise ValueError(f"an array in a message must hold numbers, got {value.dtype}")
            blocks.append(value.tobytes())
            return {_ARRAY: [value.dtype.str, list(value.shape)]}
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value.item() if isinstance(value, np.generic) else value

    header = json.dumps(plain(message)).encode()
    body = b"".join(blocks)
    return _LENGTHS.pack(len(header), len(body)) + header + body


def decode(header: bytes, body: bytes) -> Message:
    """Return the message of one frame; arrays are read-only views of its body."""
    offset = 0

    def restore(item: dict[str, Any]) -> Any:
        nonlocal offset
        if _ARRAY not in item:
            return item
        dtype, shape = item[_ARRAY]
        array = np.frombuffer(body, dtype, count=int(np.prod(shape)), offset=offset)
        offset += array.nbytes
        return array.reshape(shape)

    message: Message = json.loads(header, object_hook=restore)
    return message


def unframe(frame: bytes | memoryview) -> Message:
    """Return the message of one frame that is there in one piece.

    Raises:
        ValueError: it is shorter or longer than it says.
    """
    n_header, n_body = _LENGTHS.unpack_from(frame) if len(frame) >= _LENGTHS.size else (0, -1)
    end = _LENGTHS.size + n_header
    if len(frame) != end + n_body:
        raise ValueError(f"a frame must be as long as it says, got {len(frame)} bytes")
    return decode(bytes(frame[_LENGTHS.size:end]), bytes(frame[end:]))


def write(stream: IO[bytes], message: Message) -> None:
    """Write one message to a pipe."""
    stream.write(encode(message))
    stream.flush()


def read(stream: IO[bytes]) -> Message | None:
    """Read one message from a pipe; None when the other side has closed it."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    n_header, n_body = _LENGTHS.unpack(lengths)
    header, body = stream.read(n_header), stream.read(n_body)
    return decode(header, body) if len(header) == n_header and len(body) == n_body else None
