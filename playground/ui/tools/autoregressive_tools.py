"""What the Explore tab offers of models that draw pixel by pixel: draw, complete, compare."""

import numpy as np
import streamlit as st

from playground.charts.autoregressive import turns, unfolding
from playground.experiments.autoregressive_settings import AutoregressiveSettings
from playground.language import N_, _, listed, sentences
from playground.numbers import shown
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest, wanted
from playground.ui.bench.session import newest_run
from playground.ui.tools import published, scene
from playground.ui.tools.drawing_time import drawing_time, milliseconds
from playground.ui.tools.paint import paint, stroke
from playground.ui.tools.pictures import pictures

COMPLETIONS = 9
N_NAIVE = 12
N_SCORED = 500
FAMILY = ("pixel_cnn", "pixel_rnn", "pixel_transformer")
MODELS = {"fvsbn": N_("FVSBN"), "nade": N_("NADE"), "made": N_("MADE"),
          "pixel_cnn": N_("PixelCNN"), "gated": N_("Gated PixelCNN"), "row": N_("Row LSTM"),
          "diagonal": N_("Diagonal BiLSTM"), "transformer": N_("Pixel transformer")}
CANVAS = "paint-image"
GREY_BRUSHES = {"0": N_("black"), "0.5": N_("grey"), "1": N_("white")}
COLOUR_AXES = 3  # of an image in colour; a grey one has two
COLOUR_BRUSHES = {"000": N_("black"), "100": N_("red"), "110": N_("yellow"), "010": N_("green"),
                  "011": N_("cyan"), "001": N_("blue"), "101": N_("magenta"), "111": N_("white")}


def settings_of(run: Run) -> AutoregressiveSettings:
    """Return the settings of a run of this family."""
    assert isinstance(run.settings, AutoregressiveSettings)
    return run.settings


def slowly(run: Run) -> None:
    """Draw one image, and show how it comes about."""
    st.markdown(_("#### One image, pixel by pixel"))
    last = run.history.last
    said = [_("The framed pixel comes next. The bars are its chances; the bluer a pixel, the more "
              "they depend on it. Play it, or drag the slider.")]
    if last and last.arrays["image"].ndim == COLOUR_AXES:
        said.append(_("Colours come one after the other: red, green, blue."))
    st.caption(sentences(*said))
    left, middle, right = st.columns(3)
    seed = left.number_input(_("which sample"), 0, 9999, 0, key="path-seed")
    temperature = middle.slider(_("temperature"), 0.1, 2.0, 1.0, 0.1, key="path-temperature")
    with right:
        of_class = _class_to_draw(run, "path-class")
    reply = ask_at_rest(_("Draw slowly"), run, "path", seed=int(seed), temperature=temperature,
                        of_class=of_class)
    if reply:
        image, places, probabilities, sees = (np.asarray(reply[name]) for name in (
            "image", "places", "probabilities", "sees"))
        scene.show(unfolding(image, places, probabilities, sees, settings_of(run).scan),
                   key="slowly", autoplay=True)


def completions(run: Run) -> None:
    """Let the visitor paint the upper part of an image, and draw the rest many times."""
    st.markdown(_("#### Freeze or paint, then complete"))
    last = run.history.last
    if last is None:
        return
    height, width = last.arrays["image"].shape[-2:]
    st.caption(_("The upper rows are frozen; the model draws the rest, each time by chance. Paint "
                 "on them with the pen, or start from an empty image. Try few rows: other digits "
                 "appear. Try what no digit has: it makes the best of it."))
    left, right = st.columns([1, 1], gap="large")
    with left:
        one, two = st.columns(2)
        rows = one.slider(_("rows that are frozen"), 0, height, height // 2,
                          key=f"known-rows-{height}")
        index = two.number_input(_("which image (-1: empty)"), -1, 49, 0, key="completed-image")
        of_class = _class_to_draw(run, "completed-class")
        painted = _canvas(run, int(index), rows)
    with right:
        reply = ask_at_rest(_("Complete it"), run, "complete", rows=rows, n=COMPLETIONS,
                            index=int(index), of_class=of_class, painted=painted)
        if reply:
            pictures(np.asarray(reply["images"]), columns=5)
            st.caption(sentences(
                _("First what it started from, then {n} completions.").format(n=COMPLETIONS),
                _follow(settings_of(run).scan, rows, height, width)))


def _follow(scan: str, rows: int, height: int, width: int) -> str:
    """Say whether completions of some upper rows follow the model: what is known must come first.
    """
    turn = turns(scan, height, width)
    if rows == 0 or turn[:rows].max() < rows * width:
        return ""
    exact = [n for n in range(1, height) if turn[:n].max() < n * width]
    said = _("**They do not follow the model exactly**: in its order, some of the frozen pixels "
             "come after pixels that are drawn, and those do not know of them.")
    return sentences(said, _("With {rows} rows they do.").format(
        rows=listed(map(str, exact)))) if exact else said


def _class_to_draw(run: Run, key: str) -> int:
    """Let the visitor choose a class, if this run's model is told one."""
    last = run.history.last
    n_classes = int(last.metrics.get("classes", 0)) if last else 0
    if not n_classes:
        return 0
    return int(st.selectbox(_("class to draw"), range(n_classes),
                            key=f"{key}-{n_classes}"))


def _canvas(run: Run, index: int, rows: int) -> list[list[float]]:
    """Draw the image to paint on; what was painted, as row, column and three colours."""
    reply = ask(run, "example", index=index)
    if reply is None:
        return []
    image = np.asarray(reply["image"], float) / 255  # (C, H, W)
    about = f"{run.settings_at(0).model_dump().get('dataset')}:{index}"
    if st.session_state.get("painted-on") != about:
        st.session_state["painted-on"], st.session_state["painted"] = about, {}
    painted: dict[tuple[int, int], tuple[float, float, float]] = st.session_state["painted"]
    brushes = _brushes(settings_of(run), len(image))
    chosen = st.pills(_("Pen"), list(brushes), default=list(brushes)[-1],
                      key=f"pen-{len(brushes)}",
                      format_func=lambda name: _(brushes[name]))
    colours = _colours(chosen if chosen in brushes else list(brushes)[-1])
    for cell in stroke(CANVAS, *image.shape[1:]):
        painted[cell] = colours
    for (row, column), values in painted.items():
        for channel in range(len(image)):
            image[channel, row, column] = values[channel]
    seen = np.broadcast_to(image, (3, *image.shape[1:])).transpose(1, 2, 0)
    paint(CANVAS, [[_css(pixel) for pixel in line] for line in seen], free=rows,
          label=_("The upper part of an image, to paint on"), brush=_css(np.array(colours)))
    st.button(_("Take the paint away"), key="paint-away", icon=":material/undo:",
              on_click=painted.clear)
    return [[row, column, *values] for (row, column), values in sorted(painted.items())
            if row < rows]


def _brushes(settings: AutoregressiveSettings, n_colours: int) -> dict[str, str]:
    if n_colours == 3:
        return COLOUR_BRUSHES
    if settings.n_levels > 2:
        return GREY_BRUSHES
    return {name: word for name, word in GREY_BRUSHES.items() if name != "0.5"}


def _colours(brush: str) -> tuple[float, float, float]:
    if brush in COLOUR_BRUSHES:
        return float(brush[0]), float(brush[1]), float(brush[2])
    return (float(brush),) * 3


def _css(colours: np.ndarray) -> str:
    red, green, blue = (round(255 * float(value)) for value in colours)
    return f"rgb({red},{green},{blue})"


def side_by_side() -> None:
    """A table of this session's newest runs of the family, with the time that drawing takes."""
    st.markdown(_("#### Side by side"))
    st.caption(_("The newest run of each page in this session, or the stored one. Training is "
                 "parallel for convolutions and attention and walks for LSTMs; drawing goes pixel "
                 "by pixel for all. Compare nats where data and pixels are the same."))
    runs = [run for concept in FAMILY if (run := newest_run(concept)) and run.step]
    if not runs or not wanted(_("Compare"), runs[-1], "side-by-side"):
        return
    table: dict[str, list[str]] = {"": [
        _("data"), _("weights"), _("what is measured"), _("held out, nats"),
        _("bits per pixel"), _("training, seconds an epoch"), _("drawing one image, ms"),
        _("the first time, ms"), _("without a memory, ms"), _("size of the image")]}
    for run in runs:
        settings = settings_of(run)
        name = _(MODELS[settings.model])
        table[name if name not in table else f"{name} "] = _column(run, settings)
    st.table(table)
    st.caption(_("One image drawn alone, clocked by the training process on this machine: the "
                 "fastest of up to three, and the very first, which is slower. The map shows the "
                 "same figure. A memory keeps what each layer knows of the pixels before; without "
                 "one, each pixel needs the whole net again (timed on {n} pixels, counted for "
                 "all).").format(n=N_NAIVE))


def _column(run: Run, settings: AutoregressiveSettings) -> list[str]:
    last = run.history.last
    assert last
    drawn, naive = drawing_time(run), ask(run, "draw_naively", n=N_NAIVE)
    epoch = run.seconds / run.step * last.metrics["images"] / settings.batch_size
    weights, claim = last.metrics.get("weights"), settings.claim
    nats = claim.write(last.metrics["held_out"], 2, -1)
    data = listed(_(settings.knobs()[name].choices[getattr(settings, name)])
                  for name in ("dataset", "pixels"))
    return [data, shown(weights, ",.0f") if weights else "–",
            claim.text(),
            f"{nats} ± {shown(last.metrics['error'], '.2f')}" if claim.is_log_p else nats,
            claim.write(last.metrics["bits_per_dim"], 3, -1), shown(epoch, ".2f"),
            milliseconds(drawn.warm) if drawn else "–", milliseconds(drawn.cold) if drawn else "–",
            milliseconds(naive["seconds"]) if naive else "–", drawn.size if drawn else "–"]


def beside_published(run: Run) -> None:
    """Put this run among published figures, and offer to score it on more images."""
    settings, last = settings_of(run), run.history.last
    if last is None:
        return
    published.beside_published(run, None if settings.pixels == "levels" else (
        "fixed" if settings.pixels == "fixed" else "dynamic"))
    if not settings.claim.is_log_p:
        return
    m = last.metrics
    text = (_("The curve follows the first {n:,.0f} held-out images: {nats} ± {error:.2f} nats. "
              "The model learned from {images:,.0f} images.") if "held_out_images" in m else
            _("The curve follows some held-out images: {nats} ± {error:.2f} nats. The model "
              "learned from {images:,.0f} images."))  # stored runs that are older do not say it
    st.caption(text.format(n=m.get("held_out_images", 0), images=m["images"], error=m["error"],
                           nats=settings.claim.write(m["held_out"], 2, -1)))
    reply = ask_at_rest(_("Score the first {n} held-out images").format(n=N_SCORED), run,
                        "score", n=N_SCORED)
    if reply:
        st.caption(_("The first {n:,} held-out images: {nats} ± {error:.2f} nats.").format(
            n=reply["n"], nats=settings.claim.write(reply["nats"], 2, -1), error=reply["error"]))
