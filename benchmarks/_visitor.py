"""A visitor without a browser: opens a page over Streamlit's websocket, polls it, clicks in it."""

import time
from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

TIMEOUT = 30.0


class Visitor:
    """One session on one page.

    Attributes:
        buttons: widget id by label, as drawn so far.
        fragments: ids of the fragments, in the order in which they were drawn.
        errors: exceptions that the page has shown.
    """

    def __init__(self, url: str, page: str, query: str = "", cookie: str = "") -> None:
        self.page = page
        self.query = query
        self.buttons: dict[str, str] = {}
        self.fragments: list[str] = []
        self.errors: list[str] = []
        self._page_hash = ""
        self._socket = connect(url.replace("http", "ws") + "/_stcore/stream",
                               subprotocols=[Subprotocol("streamlit")], max_size=None,
                               origin=Origin(url),
                               additional_headers={"Cookie": cookie} if cookie else {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._socket.close()

    def load(self) -> float:
        """Open the page; return the seconds until its script has finished."""
        message = BackMsg()
        message.rerun_script.page_name = self.page
        message.rerun_script.query_string = self.query
        return self._run(message)

    def poll(self) -> float:
        """Run the first fragment, as the page's timer does; return the seconds."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.fragment_id = self.fragments[0]
        message.rerun_script.is_auto_rerun = True
        return self._run(message)

    def click(self, label: str) -> float:
        """Press a button of the first fragment; return the seconds until the page is done."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.fragment_id = self.fragments[0]
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.buttons[label], True
        return self._run(message)

    def _run(self, message: BackMsg) -> float:
        began = time.perf_counter()
        self._socket.send(message.SerializeToString())
        running = True
        while running:
            reply = ForwardMsg()
            reply.ParseFromString(self._socket.recv(timeout=TIMEOUT))
            running = not self._take(reply)
        return time.perf_counter() - began

    def _take(self, reply: ForwardMsg) -> bool:
        """Read one message; tell whether the script has finished for good."""
        if reply.WhichOneof("type") == "script_finished":
            return reply.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        if reply.WhichOneof("type") == "navigation":
            self._page_hash = reply.navigation.page_script_hash
        elif reply.WhichOneof("type") == "delta":
            delta = reply.delta
            if delta.fragment_id and delta.fragment_id not in self.fragments:
                self.fragments.append(delta.fragment_id)
            element = delta.new_element
            if element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id
            elif element.WhichOneof("type") == "exception":
                self.errors.append(element.exception.message)
        return False
