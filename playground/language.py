"""The words on the screen: gettext for strings, Markdown files for prose."""

import functools
import gettext
from contextvars import ContextVar
from pathlib import Path

CONTENT = Path(__file__).parent / "content"
LOCALES = Path(__file__).parent / "locales"
DEFAULT = "en"

language: ContextVar[str] = ContextVar("language", default=DEFAULT)


@functools.cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("playground", LOCALES, languages=[code], fallback=True)


def _(text: str) -> str:
    """Return `text` in the visitor's language, or as it is where it is not translated."""
    return _catalogue(language.get()).gettext(text)


def N_(text: str) -> str:
    """Mark `text` for translation and return it unchanged; `_` translates it where it is shown."""
    return text


def prose(concept: str, part: str) -> str:
    """Return the Markdown of one part of a page, in the visitor's language or else in English.

    Raises:
        FileNotFoundError: the part exists in neither language.
    """
    for code in (language.get(), DEFAULT):
        path = CONTENT / code / concept / f"{part}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError(f"content/{DEFAULT}/{concept}/{part}.md must exist")
