"""Cards that lead to pages, each with a run of its page as a small picture that moves under the
cursor.

The picture is a strip of moments (see thumbnails.py), of which the card shows one at a time.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.components.v1 import declare_component

from playground import gallery, links
from playground.language import _
from playground.ui import thumbnails
from playground.ui.bench import contents
from playground.ui.bench.labs import lab_of

SECONDS = 2.4

CSS = f"""
<style>
[class*="st-key-cards-"] {{ display: grid; gap: 1.1rem .9rem; align-items: start;
  grid-template-columns: repeat(6, minmax(0, 1fr)); }}
[class*="st-key-cards-"] > :has(> .stMarkdown) {{ grid-column: span 2; width: auto; }}
[class*="st-key-cards-"] > :has(> .stMarkdown) p {{ opacity: .8; max-width: 24rem; }}
[class*="st-key-cards-"] h3 {{ font-size: 1.7rem; line-height: 1.15; padding: 0 0 .5rem; }}
[class*="st-key-card-"] {{ position: relative; gap: .5rem; border-radius: 12px; }}
[class*="st-key-card-"]::before {{ content: counter(card) / ""; counter-increment: card;
  position: absolute; top: .5rem; left: .5rem; z-index: 1; min-width: 1.5rem; padding: 0 .3rem;
  border-radius: 1rem; background: var(--card-mark); color: white; font-size: .78rem;
  font-weight: 600; line-height: 1.5rem; text-align: center; }}
.st-key-cards-beautiful [class*="st-key-card-"]::before {{ display: none; }}
[class*="st-key-card-"] img {{ display: block; width: 100%; aspect-ratio: 1; border-radius: 10px;
  object-fit: cover; object-position: 0 100%; max-width: none;
  outline: 1px solid var(--card-edge); outline-offset: -1px;
  background: var(--card-ground); transition: box-shadow .2s, transform .2s; }}
[class*="st-key-card-pixels-"] img {{ image-rendering: pixelated; }}
[class*="st-key-card-"] .stElementContainer {{ position: static; }}
[class*="st-key-card-"] a {{ position: static; padding: 0; background: none; min-height: 0; }}
[class*="st-key-card-"] a p {{ font-size: 1rem; font-weight: 600; line-height: 1.25rem;
  white-space: normal; }}
[class*="st-key-card-"] a::after {{ content: ""; position: absolute; inset: 0; z-index: 1;
  border-radius: 12px; }}
[class*="st-key-card-"] a:focus-visible {{ outline: none; box-shadow: none; }}
[class*="st-key-card-"] a:focus-visible::after {{
  outline: 2px solid var(--card-mark); outline-offset: 4px; }}
[class*="st-key-card-"]:is(:hover, :has(a:focus-visible)) img {{ transform: translateY(-2px);
  box-shadow: 0 6px 20px rgb(0 0 0 / 18%); }}
[class*="st-key-card-"]:is(:hover, :has(a:focus-visible)) a p {{
  color: color-mix(in srgb, var(--card-mark) 65%, currentcolor); }}
[class*="st-key-card-"] [data-testid="stCaptionContainer"] p {{ font-size: .82rem;
  line-height: 1.15rem; }}
@media (prefers-reduced-motion: no-preference) {{
  [class*="st-key-card-"]:is(:hover, :has(a:focus-visible)) img {{
    animation: card-moments {SECONDS}s steps({thumbnails.MOMENTS}, jump-none) infinite; }} }}
@keyframes card-moments {{ 0% {{ object-position: 0 0; }}
  80%, 100% {{ object-position: 0 100%; }} }}
[data-testid="stMain"] {{ --card-mark: var(--mark-data); --card-edge: rgb(128 128 128 / 22%);
  --card-ground: rgb(128 128 128 / 5%); }}
@media (max-width: 1150px) {{ [class*="st-key-cards-"] {{
  grid-template-columns: repeat(4, minmax(0, 1fr)); }}
  [class*="st-key-cards-"] > :has(> .stMarkdown) {{ grid-column: 1 / -1; }} }}
@media (max-width: 640px) {{ [class*="st-key-cards-"] {{
  grid-template-columns: repeat(2, minmax(0, 1fr)); }} }}
</style>
"""


@dataclass(frozen=True)
class Card:
    """What a card says, translated.

    Attributes:
        name: "concept/name" of the stored run that it shows and leads to.
        title, idea: what is written under the picture.
    """

    name: str
    title: str
    idea: str


def card_of(name: str) -> Card:
    """Return the card of a page, or of a preset of it that has a stored run.

    The run that stands on a page on arrival has the page's title and idea.

    Args:
        name: "concept/name" of a stored run.
    """
    page, _slash, run = name.partition("/")
    if page not in gallery.concepts.names():
        return Card(name, contents.titles()[page], _(
            "What a generative model is, which kinds there are, and what each one measures here."))
    lab = lab_of(page)
    preset = next((each for each in lab.presets if each.stored == run), None)
    if preset is None or run == gallery.arrival(page):
        return Card(name, contents.titles()[page], _(lab.idea))
    title = _("{page}: {preset}").format(page=contents.titles()[page], preset=_(preset.label))
    return Card(name, title, _(preset.look_for))


def cards(key: str, shown: list[Card], head: str = "") -> None:
    """Draw cards in rows.

    Args:
        key: what no other row of cards on the page has.
        head: Markdown before the first one.
    """
    with st.container(key=f"cards-{key}"):
        if head:
            st.markdown(head)
        for card in shown:
            _card(key, card)


def set_style() -> None:
    """Add the rules of cards to the page."""
    st.html(CSS)


def _card(row: str, card: Card) -> None:
    page, _slash, run = card.name.partition("/")
    strip = thumbnails.path(card.name)
    kind = "pixels" if _has_pixels(card.name) else "drawn"
    values = gallery.changes().get(card.name)
    changes = links.named(page, links.meant(page, values)) if values is not None else {}
    with st.container(key=f"card-{kind}-{row}-{card.name.replace('/', '-')}"):
        if strip.exists():
            st.html(f'<img src="component/{_serve()}/{strip.name}?v={_version(strip)}" alt="">')
        st.page_link(f"pages/{page}.py", label=card.title, query_params={
            name: str(value) for name, value in changes.items()} or None)
        st.caption(card.idea)


@st.cache_resource(show_spinner=False)
def _serve() -> str:
    """Let Streamlit serve the thumbnails as they are, and return the name it gives their folder.

    `st.image` would make larger files of them. The start page lies where the app is mounted, so
    an address relative to it is right everywhere.
    """
    return declare_component("thumbnails", path=thumbnails.FOLDER).name


def _version(strip: Path) -> int:
    return strip.stat().st_mtime_ns


@functools.cache
def _has_pixels(name: str) -> bool:
    strip = thumbnails.path(name)
    return strip.exists() and thumbnails.has_pixels(strip)
