"""Where a model trains, as the visitor reads it."""

import re

from playground.language import _, plural

CPU = re.compile(r"CPU, (\d+) cores?(?: \((.+)\))?")


def device_text(name: str) -> str:
    """Return what a device is called; the name of a GPU is its maker's."""
    if found := CPU.fullmatch(name):
        n, kind = int(found[1]), found[2]
        if kind:
            return plural("CPU, {n} core ({kind})", "CPU, {n} cores ({kind})",
                          n).format(n=n, kind=kind)
        return plural("CPU, {n} core", "CPU, {n} cores", n).format(n=n)
    if name == "CPU, in this process":
        return _("CPU, in this process")
    return _("Apple GPU") if name == "Apple GPU" else name
