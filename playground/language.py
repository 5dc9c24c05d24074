"""The words on the screen: gettext for strings, Markdown files for prose."""

import functools
import gettext
from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path

from playground.numbers import Text

CONTENT = Path(__file__).parent / "content"
LOCALES = Path(__file__).parent / "locales"
DEFAULT = "en"

language: ContextVar[str] = ContextVar("language", default=DEFAULT)


@functools.cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("playground", LOCALES, languages=[code], fallback=True)


def _(text: str) -> str:
    """Return `text` in the visitor's language, or as it is where it is not translated.

    Its `format` writes numbers as `playground.numbers` does.
    """
    return Text(_catalogue(language.get()).gettext(text))


def plural(one: str, many: str, n: int) -> str:
    """Return the text for one or for many things, in the visitor's language."""
    return Text(_catalogue(language.get()).ngettext(one, many, n))


def N_(text: str) -> str:
    """Mark `text` for translation and return it unchanged; `_` translates it where it is shown."""
    return text


@functools.cache
def known() -> frozenset[str]:
    """Return the languages that there are: English, and those of a catalogue or of prose."""
    folders = [folder.name for place in (CONTENT, LOCALES) if place.is_dir()
               for folder in place.iterdir() if folder.is_dir()]
    return frozenset({DEFAULT, *folders})


def nearest(locale: str | None) -> str:
    """Return the language that there is for a locale, e.g. "pt" for "pt-BR"; else English.

    Whatever came, the result is one of `known`: a name of a folder, and no path of a visitor's.
    """
    whole = (locale or "").replace("-", "_")
    wanted = whole, whole.split("_")[0].lower()
    return next((code for code in wanted if code in known()), DEFAULT)


def listed(items: Iterable[object]) -> str:
    """Return some things in one line, in the manner of the visitor's language."""
    return _(", ").join(map(str, items))


def sentences(*parts: str) -> str:
    """Return whole sentences, one after the other, in the manner of the visitor's language.

    Empty ones are left out. What stands between two of them is a text with two places: a
    catalogue has no empty translation, which Chinese would need for a blank alone.
    """
    # Translators: how one sentence follows another; Chinese has no blank there.
    pair = _("{sentence} {next}")
    said = [part for part in parts if part]
    return functools.reduce(lambda text, part: pair.format(sentence=text, next=part), said or [""])


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
