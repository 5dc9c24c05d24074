"""The protocol: what goes into a pipe comes out on the other side."""

import io
import struct

import numpy as np
import pytest

from playground.engine import protocol


def _there_and_back(message: protocol.Message) -> protocol.Message:
    stream = io.BytesIO(protocol.encode(message))
    received = protocol.read(stream)
    assert received is not None
    return received


@pytest.mark.parametrize("array", [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.arange(6, dtype=np.uint8).reshape(3, 2).T,
    np.zeros((0, 2), np.float32),
    np.array([np.nan, np.inf, -0.0], np.float32),
    np.array(3.5, np.float32),
    np.arange(5, dtype=np.int64)[::-2],
    np.arange(3, dtype=">f4"),
    np.array([True, False]),
], ids=lambda array: f"{array.dtype.str}{array.shape}")
def test_an_array_arrives_with_its_type_shape_and_bits(array: np.ndarray) -> None:
    received = _there_and_back({"x": array})["x"]
    assert (received.dtype, received.shape) == (array.dtype, array.shape)
    assert received.tobytes() == array.tobytes()


def test_arrays_may_stand_anywhere() -> None:
    message = {"list": [np.ones(2), {"deep": np.zeros((0, 2))}], "dict": {"a": np.arange(3)}}
    received = _there_and_back(message)
    np.testing.assert_array_equal(received["list"][0], np.ones(2))
    assert received["list"][1]["deep"].shape == (0, 2)
    np.testing.assert_array_equal(received["dict"]["a"], np.arange(3))


def test_plain_values_arrive_unchanged() -> None:
    message = {"type": "x", "n": 3, "f": 0.1, "none": None, "flag": True, "words": ["ä", "数"],
               "nested": {"a": {"b": []}}}
    assert _there_and_back(message) == message


def test_numpy_numbers_arrive_as_plain_numbers() -> None:
    received = _there_and_back({"f": np.float64(0.1), "i": np.int64(2), "b": np.bool_(True)})
    assert received == {"f": 0.1, "i": 2, "b": True}


def test_an_array_of_python_objects_is_refused() -> None:
    with pytest.raises(ValueError, match="object"):
        protocol.encode({"x": np.array([{}, []], dtype=object)})


def test_messages_follow_each_other_in_one_stream() -> None:
    stream = io.BytesIO()
    for number in range(3):
        protocol.write(stream, {"number": number, "x": np.full(number, number)})
    stream.seek(0)
    received = [protocol.read(stream) for _ in range(4)]
    assert [message and message["number"] for message in received] == [0, 1, 2, None]


@pytest.mark.parametrize("cut", [1, 7, 8, 20, -1])
def test_a_pipe_that_breaks_inside_a_message_reads_as_closed(cut: int) -> None:
    frame = protocol.encode({"type": "x", "x": np.ones(9)})
    assert protocol.read(io.BytesIO(frame[:cut])) is None


def test_a_frame_starts_with_the_lengths_of_header_and_body() -> None:
    frame = protocol.encode({"x": np.ones(9, np.float32)})
    n_header, n_body = struct.unpack("<II", frame[:8])
    assert (n_body, len(frame)) == (36, 8 + n_header + 36)
