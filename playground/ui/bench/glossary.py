"""The glossary's terms, read from the prose: a heading, what it means, and `> pages`."""

import re
from dataclasses import dataclass

from playground.language import prose

ENTRY = re.compile(r"^#### (.+)\n((?:.+\n)+?)> (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Term:
    """A word of the field.

    Attributes:
        name: the word, with the plain one or the abbreviation beside it.
        meaning: one or two sentences.
        pages: names of the pages where it is met.
    """

    name: str
    meaning: str
    pages: tuple[str, ...]


def terms() -> list[Term]:
    """Return all terms in alphabetical order."""
    found = [Term(name, " ".join(meaning.split()), tuple(pages.split(", ")))
             for name, meaning, pages in ENTRY.findall(prose("glossary", "terms"))]
    return sorted(found, key=lambda term: term.name.casefold())


def search(known: list[Term], words: str) -> list[Term]:
    """Return the terms in which all words occur, those that have them in their names first."""
    wanted = words.casefold().split()

    def has(text: str) -> bool:
        return all(word in text.casefold() for word in wanted)

    named = [term for term in known if has(term.name)]
    return named + [term for term in known
                    if term not in named and has(f"{term.name} {term.meaning}")]
