"""Refusal: something is not done, with a sentence that tells the visitor why."""

from typing import Any, Self

from playground.language import _, listed
from playground.numbers import Text

Said = str | int | float | list[Any]


class Refusal(ValueError):
    """What a visitor asked for is not done; the sentence crosses from process to process.

    It is an ordinary ValueError, in English, wherever nobody looks for more.

    Args:
        message: the sentence, marked with `N_`; each `{name}` stands for a value.
        values: strings, numbers, lists of them, or another refusal.
    """

    def __init__(self, message: str, **values: "Said | Refusal") -> None:
        super().__init__(Text(message).format(**{
            name: ", ".join(map(str, value)) if isinstance(value, list) else value
            for name, value in values.items()}))
        self.message = message
        self.values = values

    def in_words(self) -> str:
        """Return the sentence in the visitor's language."""
        return _(self.message).format(**{name: _shown(value)
                                         for name, value in self.values.items()})

    def plain(self) -> dict[str, Any]:
        """Return what `of` makes a refusal of: text and numbers alone."""
        return {"message": self.message,
                "values": {name: value.plain() if isinstance(value, Refusal) else value
                           for name, value in self.values.items()}}

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a copy be made of what it holds, and not of its English sentence."""
        return type(self).of, (self.plain(),)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Return the refusal of which `plain` tells."""
        return cls(plain["message"], **{
            name: Refusal.of(value) if isinstance(value, dict) else value
            for name, value in plain["values"].items()})


def _shown(value: "Said | Refusal") -> "str | int | float":
    if isinstance(value, Refusal):
        return value.in_words()
    return listed(value) if isinstance(value, list) else value
