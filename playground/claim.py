"""What a figure of likelihood claims to be. It goes with the figure wherever that is shown."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from model_zoo.log_prob import Kind, Measure
from playground.language import N_, _
from playground.numbers import shown

KINDS: tuple[Kind, ...] = get_args(Kind)
WORDS = {"exact": N_("exact"), "bound": N_("lower bound"), "estimate": N_("estimate"),
         "none": N_("none")}
MEASURES = {"levels": N_("a probability, of numbers that have levels"),
            "reals": N_("a density, of real numbers")}
NAMES = {"": "log p(x)", "class": N_("log p(x | class)"), "image": "log p(x|c)"}


@dataclass(frozen=True)
class Claim:
    """What a figure of log p is, and of what.

    Attributes:
        kind: "exact"; "bound", of log p from below; "estimate", which may be too high as well as
            too low; "none" where there is no log p.
        over: "levels", where p is a probability and log p at most 0; or "reals", where p is a
            density and may be above 1. The two are never compared.
        given: what the model is told beside: nothing, "class", or "image" for a part of it.
        why: where there is a number that is no log p, one sentence that tells why; translate
            with `_`.
    """

    kind: Kind
    over: Measure = "levels"
    given: Literal["", "class", "image"] = ""
    why: str = ""

    @property
    def is_log_p(self) -> bool:
        """Whether there is a log p at all."""
        return self.kind != "none"

    @property
    def name(self) -> str:
        """Return what it is the logarithm of, e.g. "log p(x | class)", translated."""
        return _(NAMES[self.given])

    @property
    def word(self) -> str:
        """Return "exact", "lower bound" ... , translated."""
        return _(WORDS[self.kind])

    def text(self) -> str:
        """Return all of it in a few words, translated; or why there is no log p."""
        if not self.is_log_p:
            return _(self.why) if self.why else self.word
        return _("{name}, {word}: {measure}").format(name=self.name, word=self.word,
                                                     measure=_(MEASURES[self.over]))

    def sign(self, direction: int = 1) -> str:
        """Return what stands before the number: nothing, or the sign of a bound or an estimate.

        Args:
            direction: -1 if the number falls as log p rises, e.g. bits.
        """
        return {"bound": "≥ " if direction > 0 else "≤ ", "estimate": "≈ "}.get(self.kind, "")

    def write(self, value: float | None, digits: int = 2, direction: int = 1) -> str:
        """Return a number with its sign; "n/a" where it is no log p, a dash where there is none.

        Args:
            value: log p, or what rises or falls with it.
            digits: after the point.
            direction: as for `sign`.
        """
        if not self.is_log_p:
            return _("n/a")
        return "–" if value is None else self.sign(direction) + number(value, digits)


NO_CLAIM = Claim("none")


def number(value: float, digits: int) -> str:
    """Return a number with some digits after the point; minus infinity as a sign."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return shown(value, f",.{digits}f")
