"""Tables that fit their place: heads and words wrap, and nothing scrolls sideways."""

from collections.abc import Mapping, Sequence

import streamlit as st


def table(rows: Sequence[Mapping[str, str]], best: Mapping[str, Sequence[int]] | None = None,
          ) -> None:
    """Draw a table.

    Args:
        rows: each with the text of every column, by its translated head.
        best: by its head, which rows of a column are bold.
    """
    heads = list(dict.fromkeys(head for row in rows for head in row))
    bold = {head: set(found) for head, found in (best or {}).items()}
    st.table({head: [_cell(row.get(head, ""), number in bold.get(head, ()))
                     for number, row in enumerate(rows)] for head in heads})


def _cell(text: str, is_best: bool) -> str:
    return f"**{text}**" if is_best else text
