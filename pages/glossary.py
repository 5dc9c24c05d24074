"""The glossary: what the words mean, and where they are met."""

import streamlit as st

from playground.language import _, prose
from playground.ui.bench import contents, guard
from playground.ui.bench.glossary import Term, search, terms
from playground.ui.bench.locale import set_language
from playground.ui.bench.session import tab
from playground.ui.bench.state import PAGE


def show() -> None:
    """Draw the page."""
    set_language()
    tab()
    st.session_state[PAGE] = "glossary"
    st.title(_("Glossary"), anchor=False)
    st.markdown(prose("glossary", "about"))
    known = terms()
    words = st.text_input(_("Search"), key="glossary-search", width=420,
                          placeholder=_("e.g. ELBO, overfitting, probability"))
    found = search(known, words)
    st.caption(_("{n} of {total} terms").format(n=len(found), total=len(known)))
    titles = contents.titles()
    for term in found:
        _entry(term, titles)


def _entry(term: Term, titles: dict[str, str]) -> None:
    with st.container(gap=None):
        st.markdown(f"**{term.name}**  \n{term.meaning}")
        with st.container(horizontal=True, gap="small"):
            for page in term.pages:
                st.page_link(f"pages/{page}.py", label=titles[page],
                             icon=":material/arrow_forward:")


if guard.pass_gate():
    show()
