"""What one can ask a flow: the Explore tab, one topic at a time."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from playground.concepts.flow import explore_pictures
from playground.concepts.flow.figures import derivatives, one_way, parts
from playground.concepts.flow.settings import FlowSettings
from playground.language import N_, _
from playground.numbers import shown
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.browser_events import Event
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic

POINTS = {"probe": N_("A point on its way"), "jacobian": N_("The Jacobian"),
          "clocks": N_("Two clocks")}
LINE = {"probe": N_("A point on its way"), "clocks": N_("Two clocks")}
PICTURES = {"pictures": N_("Temperature and walks"), "scales": N_("Scales"),
            "foreign": N_("Foreign data"), "jacobian": N_("The Jacobian"),
            "clocks": N_("Two clocks")}
PLACE = "flow-place"
FARTHEST = 3.0


def explore(run: Run[FlowSettings]) -> None:
    """Ask about one topic."""
    if run.history.last is None or "points" in run.history.last.metrics:
        return
    topics = topics_of(run.settings)
    topic = chosen_topic(topics, f"flow-topic-{len(topics)}")
    if topic == "probe":
        probe(run)
    elif topic == "jacobian":
        jacobian(run)
    elif topic == "clocks":
        clocks(run)
    elif topic == "pictures":
        explore_pictures.temperature_and_walks(run)
    elif topic == "scales":
        explore_pictures.scales(run)
    elif topic == "foreign":
        explore_pictures.foreign(run)


def topics_of(settings: FlowSettings) -> Mapping[str, str]:
    """Return the topics that these data and this flow have."""
    if settings.is_image:
        left_out = set() if settings.model == "coupling" else {"scales"}
        left_out |= set() if settings.dataset == "digits" else {"jacobian"}
        left_out |= set() if settings.dataset in explore_pictures.WITH_STRANGERS else {"foreign"}
        return {name: title for name, title in PICTURES.items() if name not in left_out}
    return LINE if settings.is_line else POINTS


def remember(run: Run[FlowSettings], event: Event) -> bool:
    """Take the place that was clicked for the point that is followed."""
    if (event.kind != "click" or event.panel != "bent" or event.x is None or event.y is None
            or run.settings.dataset == "mine"):
        return False
    for name, value in zip("xy", (event.x, event.y), strict=True):
        st.session_state[f"{PLACE}-{name}"] = float(np.clip(value, -FARTHEST, FARTHEST))
    return True


def probe(run: Run[FlowSettings]) -> None:
    """Follow one point, and show what its log p is made of."""
    left, right = st.columns(2, gap="large")
    d = _n_numbers(run)
    with left:
        st.markdown(_("#### Where does this point come from?"))
        st.caption(_("Click into the figure above, or set the numbers here. Try a point between "
                     "two groups: its way is a long one."))
        place = _place(d)
        st.button(_("Another sample"), key="flow-another", icon=":material/casino:",
                  on_click=_follow_another, args=(run, d))
    reply = ask(run, "probe", points=[place])
    if reply is None:
        return
    with left:
        if d == 2:
            st.plotly_chart(one_way(np.asarray(reply["way"])), config=chart())
        else:
            codes = ", ".join(shown(float(value), ".2f") for value in reply["way"][-1])
            st.markdown(_("Its code is ({codes}).").format(codes=codes))
    with right:
        st.markdown(_("#### What is its log p made of?"))
        code, layers = float(reply["parts"][0]), float(reply["parts"][1:].sum())
        st.caption(_("The density of its code, {code:.3f} nats, and what each layer adds where it "
                     "stretches, {layers:+.3f} nats together: {total:.3f} nats.").format(
                         code=code, layers=layers, total=reply["log_prob"]))
        drawn = parts(np.asarray(reply["parts"]), unit=_("nats"))
        drawn["layout"] |= {"height": 380}
        st.plotly_chart(drawn, config=chart())


def _follow_another(run: Run[FlowSettings], d: int) -> None:
    """Take one of the samples that are shown, each time the next one."""
    assert run.history.last is not None
    arrays = run.history.last.arrays
    shown_ones = arrays["data"] if d == 1 else arrays["samples"][-1]
    number = st.session_state["flow-sample"] = st.session_state.get("flow-sample", -1) + 1
    for name, value in zip(_names(d), shown_ones[number % len(shown_ones)], strict=False):
        st.session_state[f"{PLACE}-{name}"] = float(np.clip(value, -FARTHEST, FARTHEST))


def _names(d: int) -> list[str]:
    return ["x", "y"][:d] if d <= 2 else [str(i + 1) for i in range(d)]


def _place(d: int) -> list[float]:
    """Let the visitor set the numbers of a point."""
    columns, place = st.columns(min(d, 4)), []
    for i, name in enumerate(_names(d)):
        st.session_state.setdefault(f"{PLACE}-{name}", 0.5)
        place.append(columns[i % len(columns)].number_input(
            name, -FARTHEST, FARTHEST, step=0.1, key=f"{PLACE}-{name}"))
    return place


def jacobian(run: Run[FlowSettings]) -> None:
    """Measure the derivatives of the codes, and compare the determinant with the formula."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(_("#### Does the formula hold?"))
        st.caption(_("Each cell says how much one code changes with one number of the datum, "
                     "measured by automatic differentiation. The layers never build this matrix: "
                     "they only say its determinant. Both must agree."))
        index = int(st.number_input(_("which held-out datum"), 0, 99, 0, key="flow-jacobian-of"))
    reply = ask_at_rest(_("Measure the Jacobian"), run, "jacobian", index=index)
    if reply is None:
        return
    with right:
        st.plotly_chart(derivatives(np.asarray(reply["jacobian"])), config=chart())
    with left:
        said, found = st.columns(2)
        said.metric(_("log |det|, the layers say"),
                    _("{value} nats").format(value=shown(reply["claimed"], ".3f")))
        found.metric(_("log |det|, measured"),
                     _("{value} nats").format(value=shown(reply["measured"], ".3f")))
        off = abs(reply["claimed"] - reply["measured"])
        if off > 0.01 * max(1.0, abs(reply["measured"])):
            st.markdown(_("**They differ by {off:.2f} nats**: what this model calls log p is "
                          "none.").format(off=off))


def clocks(run: Run[FlowSettings]) -> None:
    """Clock both directions, and those of the same layers turned round."""
    st.markdown(_("#### Which direction is quick?"))
    st.caption(_("1,000 data are scored, and 1,000 drawn, by this flow; then by the same nets "
                 "turned round. A masked autoregressive flow turned round is an "
                 "inverse autoregressive one. Guess first: which two clocks will be alike?"))
    reply = ask_at_rest(_("Start the clocks"), run, "clocks")
    if reply is None:
        return
    seconds = 1000 * np.asarray(reply["seconds"])
    for row, name in enumerate((_("this flow"), _("turned round"))):
        title, scored, drawn = st.columns(3, vertical_alignment="center")
        title.markdown(f"**{name}**")
        for place, asked, ms in ((scored, _("to score 1,000"), seconds[row, 0]),
                                 (drawn, _("to draw 1,000"), seconds[row, 1])):
            place.metric(asked, _("{ms} ms").format(ms=shown(ms, ".1f")))
    slower = seconds[0].max() / max(seconds[0].min(), 1e-9)
    st.caption(_("The slow direction takes {ratio:.1f} times as long as the quick one, with {d} "
                 "numbers in a datum.").format(ratio=slower, d=_n_numbers(run)))


def _n_numbers(run: Run[FlowSettings]) -> int:
    """How many numbers a datum has."""
    settings = run.settings
    if settings.is_image:
        assert run.history.last is not None
        return int(np.prod(run.history.last.arrays["samples"].shape[2:]))
    if settings.is_line:
        return 1
    if settings.dataset == "mine":
        return len(settings.points[0]) if settings.points else 2
    return 2 if settings.is_plane else settings.n_components
