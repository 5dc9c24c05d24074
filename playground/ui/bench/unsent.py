"""Messages that wait to be sent to a browser stay in their queue when a fragment is drawn again.

Streamlit 1.67 drops those of the fragment that is about to be drawn alone: its elements come once
more. But its place in the page was among them, and the browser gets what stands below it first.
So it happens on a busy machine, when a fragment's timer ticks while the whole page is drawn: what
is below moves up by one place, the fragment takes its place away, and the next message for it
ends the whole page with "Cannot set a node at a delta path". A message too many does no harm.
"""

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def keep_unsent() -> None:
    """Let the queues of all sessions drop nothing before a fragment is drawn."""
    ForwardMsgQueue.clear = clear  # type: ignore[method-assign, assignment]


def clear(queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False,
          fragment_ids_this_run: list[str] | None = None) -> None:
    """Stand in for `ForwardMsgQueue.clear`, and be it wherever the whole page is drawn."""
    if fragment_ids_this_run is None:
        _clear(queue, retain_lifecycle_msgs)
    queue._delta_index_map = {}  # what comes is appended, and replaces nothing that waits
