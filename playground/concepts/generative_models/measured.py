"""The family tree with its figures: what takes time is measured leaf by leaf."""

import streamlit as st

from playground.charts.colors import class_color
from playground.concepts.generative_models.family_tree import (
    LEAVES,
    Figures,
    Leaf,
    figures,
    measure_next,
    waiting,
)
from playground.concepts.generative_models.figures import Twig, tree
from playground.language import _
from playground.numbers import shown
from playground.ui.bench.device import device_text
from playground.ui.bench.session import engine
from playground.ui.tools.drawing_time import milliseconds
from playground.ui.tools.table import table

COLORS = {"exact": class_color(0), "bound": class_color(1), "estimate": class_color(2),
          "none": class_color(5)}
CLOCKING = "clocking"  # whether leaves are still being clocked, in the session


def measured_tree() -> None:
    """Draw the tree and the table; clock one more leaf each time, if one waits."""
    if engine().place:
        measure_next()
    measured = {leaf.title: figures(leaf) for leaf in LEAVES}
    event = st.plotly_chart(
        tree([_twig(leaf, measured[leaf.title]) for leaf in LEAVES]),
        config={"displayModeBar": False}, on_select="rerun", selection_mode="points",
        key="family-tree")
    for point in event.selection.point_indices if event else ():
        if LEAVES[point].has_page:
            st.switch_page(f"pages/{LEAVES[point].page}.py")
    with st.container(horizontal=True, gap="small"):
        for leaf in LEAVES:
            if leaf.has_page:
                st.page_link(f"pages/{leaf.page}.py", label=_(leaf.title),
                             icon=":material/arrow_forward:")
    table([_row(leaf, measured[leaf.title]) for leaf in LEAVES])
    st.caption(_("Measured, not typed in: from your newest run of each page if it has trained, "
                 "else from the stored one; point at a leaf to see where that one was trained. "
                 "One new datum, drawn alone: clocked just now by the training process, the "
                 "fastest of up to three after a first one, with the size of the datum. Compare "
                 "times only at the same size, and nats only on the same data, and only numbers "
                 "of the same kind."))
    if st.session_state[CLOCKING] and not waiting():
        st.rerun()


def _twig(leaf: Leaf, found: Figures | None) -> Twig:
    path = tuple(_(name) for name in leaf.path)
    if not leaf.has_page:
        return Twig(path, f"<i>{_(leaf.title)}</i><br>{_('no page yet')}", _(leaf.title), "")
    short = _("log p: {word}").format(word=leaf.claim.word)
    hover = _("Click to open the page")
    if found:
        short += " · " + _("{seconds} s").format(seconds=_seconds(found.training))
        hover = _("{data}, on {device}. Click to open the page").format(
            data=found.data, device=device_text(found.device))
    return Twig(path, f"<b>{_(leaf.title)}</b><br>{short}", hover, COLORS[leaf.claim.kind])


def _row(leaf: Leaf, found: Figures | None) -> dict[str, str]:
    row = {_("family"): _(leaf.title), leaf.claim.name: leaf.claim.word,
           _("latent code"): _(leaf.code)}
    nothing = "–" if leaf.has_page else _("no page yet")
    values = [nothing] * 6 if found is None else [
        found.data, _seconds(found.training),
        f"{milliseconds(found.drawing.warm)} ({found.drawing.size})" if found.drawing else
        "…" if st.session_state[CLOCKING] else "–",
        found.claim.write(found.nats), found.claim.text(),
        _("stored") if found.stored else _("yours")]
    titles = (_("data"), _("training, s"), _("one new datum, ms"), _("held-out log p, nats"),
              _("what that number is"), _("run"))
    return row | dict(zip(titles, values, strict=True))


def _seconds(seconds: float) -> str:
    return shown(seconds, ".0f") if seconds >= 10 else f"{seconds:.2g}"
