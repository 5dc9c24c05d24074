"""What a real browser is sent while a run trains: each frame once, and little else."""

import json
import time

from playwright.sync_api import WebSocket, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import server

LOOKS = 1_000
LINK = "/vae?steps=20000"
MOST_SECONDS = 900


class Counter:
    """Counts the bytes of the figures: all that come, and those of each frame once."""

    def __init__(self) -> None:
        self.sent = 0
        self.lasting = 0
        self.frames: dict[tuple[str, int], int] = {}

    def listen(self, socket: WebSocket) -> None:
        """Hear what a page is sent."""
        socket.on("framereceived", self.take)

    def take(self, payload: bytes | str) -> None:
        """Count one message."""
        if isinstance(payload, str):
            return
        message = ForwardMsg.FromString(payload)
        element = message.delta.new_element if message.WhichOneof("type") == "delta" else None
        text = element.bidi_component.json if element else ""
        data = json.loads(text) if text else {}
        if "kept" not in data:
            return
        self.sent += len(payload)
        self.lasting += len(json.dumps(data["lasting"]))
        for frame in data["frames"]:
            self.frames[data["run"], frame["seq"]] = len(json.dumps(frame).encode())


def measure() -> None:
    """Print `resent_ratio`: bytes sent to a browser in a run of 1,000 looks, over those of its
    frames once (the aim is 1.3). Looks that the history has dropped before they were sent count
    as looks, but were never sent."""
    counter = Counter()
    with sync_playwright() as playwright, server() as running:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("websocket", counter.listen)
        page.goto(running.url + LINK)
        newest, began = -1, time.monotonic()
        while newest < LOOKS and time.monotonic() - began < MOST_SECONDS:
            page.wait_for_timeout(1000)
            newest = max((seq for _run, seq in counter.frames), default=-1)
        browser.close()
    once = sum(counter.frames.values())
    report("looks", newest + 1, "looks")
    report("frames_sent", len(counter.frames), "frames")
    report("frame_bytes", once / len(counter.frames), "bytes")
    report("lasting_share", counter.lasting / counter.sent, "of all bytes")
    report("resent_ratio", counter.sent / once, "of the frames once")
