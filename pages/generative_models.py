"""The map: what a generative model is, which kinds there are, and what each one measures here."""

import streamlit as st

from playground.charts.arena import multiples
from playground.charts.colors import class_color
from playground.concepts.arena import explore as arena
from playground.concepts.generative_models.family_tree import (
    LEAVES,
    Figures,
    Leaf,
    figures,
    measure_next,
    waiting,
)
from playground.concepts.generative_models.figures import Twig, tree
from playground.concepts.generative_models.reasons import reasons
from playground.language import _, prose
from playground.numbers import shown
from playground.ui.bench import guard
from playground.ui.bench.device import device_text
from playground.ui.bench.fragments import top
from playground.ui.bench.live_plot import Panel, live_plot
from playground.ui.bench.locale import set_language
from playground.ui.bench.session import engine, newest_run, tab
from playground.ui.bench.source import source
from playground.ui.bench.state import PAGE
from playground.ui.tools.drawing_time import milliseconds

COLORS = {"exact": class_color(0), "bound": class_color(1), "estimate": class_color(2),
          "none": class_color(5)}
EXPLICIT, IMPLICIT = "autoregressive", "gan"
MEASURE_SECONDS = 0.5


def show() -> None:
    """Draw the page."""
    set_language()
    tab()
    st.session_state[PAGE] = "generative_models"
    st.markdown(_("## What is a generative model?"))
    reasons()
    st.markdown(prose("generative_models", "what"))
    top(_animation, "map animation")()
    st.markdown(prose("generative_models", "kinds"))
    st.session_state["clocking"] = bool(waiting())
    top(_measured, "map measured", MEASURE_SECONDS if waiting() else None)()
    st.markdown(prose("generative_models", "next"))


def _animation() -> None:
    """Two models approach the same data: one by maximum likelihood, one by a game."""
    run = newest_run("arena")
    if run is None:
        return
    kept = run.history.kept
    frames = []
    for number, snapshot in kept.items():
        a, m = snapshot.arrays, snapshot.metrics
        plots = [(_("the data, p_data"), a["data"], None), *(
            (arena.title(name, m), a[f"samples_{name}"], a.get(f"surface_{name}"))
            for name in (EXPLICIT, IMPLICIT) if f"samples_{name}" in a)]
        frames.append({"seq": number, "step": snapshot.step,
                       "plots": {"approach": multiples(plots, m.get("top", 1.0))}})
    live_plot(
        key="plot-generative-models", run=run.id, frames=frames, curves={}, kept=list(kept),
        total=run.step, live=False, height=380,
        source=source(run, _("The arena")),
        panels=[Panel("approach", _("p_model comes close to p_data"), zoom=True,
                      alt=_("The data, an explicit model and an implicit one"))])
    st.caption(_("{kind} on “{title}”. Press the small play button to see them learn. Orange: "
                 "points that the model draws. Blue: its p(x), which the GAN does not have.")
               .format(kind=_("A stored run") if run.stored else _("Your run"),
                       title=_("The arena")))
    st.page_link("pages/arena.py", label=_("Train all families side by side in the arena"),
                 icon=":material/stadium:")


def _measured() -> None:
    """The tree with its figures; what takes time is measured leaf by leaf."""
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
    st.dataframe([_row(leaf, measured[leaf.title]) for leaf in LEAVES], hide_index=True)
    st.caption(_("Measured, not typed in: from your newest run of each page if it has trained, "
                 "else from the stored one; point at a leaf to see where that one was trained. "
                 "One new datum, drawn alone: clocked just now by the training process, the "
                 "fastest of up to three after a first one, with the size of the datum. Compare "
                 "times only at the same size, and nats only on the same data, and only numbers "
                 "of the same kind."))
    if st.session_state["clocking"] and not waiting():
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
        "…" if st.session_state["clocking"] else "–",
        found.claim.write(found.nats), found.claim.text(),
        _("stored") if found.stored else _("yours")]
    titles = (_("data"), _("training, s"), _("one new datum, ms"), _("held-out log p, nats"),
              _("what that number is"), _("run"))
    return row | dict(zip(titles, values, strict=True))


def _seconds(seconds: float) -> str:
    return shown(seconds, ".0f") if seconds >= 10 else f"{seconds:.2g}"


if guard.pass_gate():
    show()
