"""Scenes on a page: played, stopped, and scrubbed in the browser, whatever the server does.

All pictures arrive at once, as plain bytes, and are painted on canvases: nothing is decoded while
a scene plays, so each moment is seen, also on a busy machine. The browser's half is
`frontend/scene.js`.
"""

from pathlib import Path

import streamlit as st

from playground.charts.scene import Scene
from playground.language import _

FRONTEND = Path(__file__).parents[1] / "frontend"

_mount = st.components.v2.component(
    "scene", css=(FRONTEND / "scene.css").read_text("utf-8"),
    js=(FRONTEND / "scene.js").read_text("utf-8"))


def show(scene: Scene, *, key: str, autoplay: bool = False, label: str = "") -> None:
    """Draw a scene with its controls.

    Args:
        scene: what is drawn.
        key: of the component.
        autoplay: whether a scene that is new plays at once; it never does where the visitor's
            system asks for reduced motion.
        label: what the button says, translated; "Play" where there is none.
    """
    _mount(key=key, data=scene.to_json() | {
        "autoplay": autoplay,
        "labels": {"play": label or _("Play"), "pause": _("Pause"), "next": _("Next"),
                   "timeline": _("moment")}})
