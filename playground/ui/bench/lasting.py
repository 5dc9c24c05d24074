"""What a live plot need not be told again: the browser keeps it, and is sent what has changed.

What lasts is sent in parts by name, under a version that counts up. A part that is as it was is
left out; of a long text in it, such as the numbers of a curve that has grown, only what follows
after what is the same. A browser that has missed a version asks for all.
"""

import os
from typing import Any

SHORT = 200

Parts = dict[str, Any]


class Lasting:
    """What one browser has been sent.

    Attributes:
        version: how often it was sent something.
    """

    def __init__(self) -> None:
        self.version = 0
        self._sent: Parts = {}

    def news(self, parts: Parts, *, everything: bool) -> dict[str, Any]:
        """Return what to send, so that the browser has all these parts.

        Args:
            parts: plain JSON, by name.
            everything: the browser has nothing, or says that it has missed something.

        Returns:
            `base`, the version that it builds on, 0 where it needs none; `version`; `parts`, those
            that have changed, None for those that are gone.
        """
        known = {} if everything else self._sent
        changed: Parts = {name: _difference(known.get(name), part) for name, part in parts.items()
                          if known.get(name) != part}
        changed |= dict.fromkeys(known.keys() - parts.keys())
        base = 0 if everything or not self.version else self.version
        self.version += 1
        self._sent = parts
        return {"base": base, "version": self.version, "parts": changed}


def _difference(old: Any, new: Any) -> Any:
    """Return what makes the new value out of the old one; see `applied` in lasting.js."""
    if isinstance(new, str) and isinstance(old, str) and len(new) > SHORT:
        same = len(os.path.commonprefix([old, new]))
        return {"same": same, "rest": new[same:]} if same else new
    if isinstance(new, dict) and isinstance(old, dict) and new.keys() == old.keys():
        return {name: _difference(old[name], value) for name, value in new.items()}
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [_difference(before, value) for before, value in zip(old, new, strict=True)]
    return new
