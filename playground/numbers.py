"""How a number is written for a visitor: one rule for captions, tables and prose."""

import string
from typing import Any

import numpy as np

WHOLE = 1e5
HUGE = 1e7
EXPONENT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def shown(value: float, spec: str) -> str:
    """Return a number with so many decimals, as a reader wants it.

    What rounds to zero has no sign, from 100,000 on decimals are left out, and from ten million
    on it is written as a power of ten.

    Args:
        value: a number; it may be infinite or NaN.
        spec: a format that ends with f or %, e.g. ".2f", "+.1f", ".0%".
    """
    if spec.endswith("f") and np.isfinite(value):
        if abs(value) >= HUGE:
            mantissa, exponent = f"{value:.2e}".split("e")
            return f"{mantissa} × 10{str(int(exponent)).translate(EXPONENT)}"
        if abs(value) >= WHOLE:
            return f"{value:,.0f}"
    sign = spec[0] if spec[:1] == "+" else ""
    return format(value, f"{sign}z{spec.removeprefix('+')}")


class Numbers(string.Formatter):
    """Formats as `str.format` does, fixed decimals as `shown` writes them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value."""
        fixed = format_spec.endswith(("f", "%")) and isinstance(value, float | np.floating)
        if fixed and format_spec[:1] in ("", ".", "+", ","):
            return shown(float(value), format_spec)
        return str(super().format_field(value, format_spec))


NUMBERS = Numbers()


class Text(str):
    """A text whose places for numbers are filled by `Numbers`."""

    __slots__ = ()

    def format(self, *args: object, **values: object) -> "Text":
        """Fill the places."""
        return Text(NUMBERS.vformat(self, args, values))
