"""What waits to be sent to a browser is not lost when a fragment is drawn alone."""

from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from playground.ui.bench import unsent

CLOCK, BELOW = "the fragment that is drawn next", ""


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mend Streamlit for one test."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", unsent._clear)
    unsent.keep_unsent()
    yield


def block(place: int, fragment: str) -> ForwardMsg:
    message = ForwardMsg()
    message.delta.add_block.allow_empty = True
    message.delta.fragment_id = fragment
    message.metadata.delta_path.extend([0, place])
    return message


def waiting() -> ForwardMsgQueue:
    """Return a queue as it is after the whole page was drawn, before it is sent."""
    queue = ForwardMsgQueue()
    queue.enqueue(block(0, CLOCK))
    queue.enqueue(block(1, BELOW))
    return queue


def places(queue: ForwardMsgQueue) -> list[int]:
    return [message.metadata.delta_path[-1] for message in queue.flush()]


def test_a_fragments_place_comes_before_what_stands_below_it(mended: None) -> None:
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[CLOCK])
    queue.enqueue(block(0, CLOCK))
    assert places(queue) == [0, 1, 0]


def test_what_waits_is_dropped_when_the_whole_page_is_drawn_again(mended: None) -> None:
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True)
    queue.enqueue(block(0, CLOCK))
    assert places(queue) == [0]


def test_streamlit_still_needs_to_be_mended() -> None:
    """If this fails, Streamlit keeps the order by itself: delete unsent.py."""
    queue = waiting()
    unsent._clear(queue, retain_lifecycle_msgs=True, fragment_ids_this_run=[CLOCK])
    assert places(queue) == [1]
