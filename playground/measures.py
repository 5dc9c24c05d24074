"""Measures: what tells how good a run is, as a table, an axis or a sweep names it."""

from dataclasses import dataclass

from playground.claim import Claim
from playground.language import _


@dataclass(frozen=True)
class Measure:
    """A number that runs can be compared by.

    Attributes:
        title: with its unit; translate it with `_`.
        digits: after the point.
        better: "high", "low", or "" where neither is better.
        likelihood: 1 if it is log p(x), -1 if it falls with it, 0 if it has nothing to do with it.
        of: whose it is, where a run has several; translate it with `_`.
        claim: what its log p is, where that does not follow from the run's settings.
    """

    title: str
    digits: int
    better: str = ""
    likelihood: int = 0
    of: str = ""
    claim: Claim | None = None

    @property
    def shown(self) -> str:
        """What it is called, translated, with whose it is."""
        if not self.of:
            return _(self.title)
        return _("{family}: {measure}").format(family=_(self.of), measure=_(self.title))
