"""What the page of dimensionality reduction says: its caption, and the numbers of its prose."""

from collections.abc import Mapping

from playground.concepts.dimensionality_reduction.settings import (
    DimensionalityReductionSettings,
)
from playground.language import _, plural, sentences
from playground.numbers import shown
from playground.runs.run import Run

FEWEST = 5
WITHOUT_GROUPS = ("noise_10", "uniform")


def caption(settings: DimensionalityReductionSettings, m: Mapping[str, float]) -> str:
    """Say what the axis or the embedding has reached."""
    n = int(m["n"])
    if n < FEWEST:
        return plural("There is {n} point of your own; five are needed. Click into the "
                      "figure to draw some.", "There are {n} points of your own; five are "
                      "needed. Click into the figure to draw some.", n).format(n=n)
    return _axis(m) if "angle" in m else _embedding(settings, m)


def numbers(run: Run[DimensionalityReductionSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    m = run.history.last.metrics if run.history.last else {}

    def text(name: str, form: str = "{:.3f}") -> str:
        return form.format(m[name]) if name in m else "–"

    share = shown(m["largest"] / m["total"], ".1%") if m.get("total") else "–"
    return {"n": text("n", "{:.0f}"), "variance": text("variance"), "share": share,
            "largest": text("largest"), "principal_angle": text("principal_angle", "{:.1f}°"),
            "divergence": text("divergence", _("{:.3f} nats")),
            "trustworthiness": text("trustworthiness"), "overlap": text("overlap", "{:.1%}")}


def _axis(m: Mapping[str, float]) -> str:
    """Say how much of the variance lies along the axis, and which axis was the best so far."""
    said = [_("**Axis at {angle:.0f}°.** The variance along it is {variance:.3f} of {total:.3f} "
              "({share:.0%}); the threads take the other {rest:.3f}, as their mean squared "
              "length.").format(angle=m["angle"], variance=m["variance"], total=m["total"],
                                share=m["variance"] / max(m["total"], 1e-12),
                                rest=m["total"] - m["variance"])]
    if m["tried"] > 1:
        said.append(_("The best of {n} axes so far was {best:.0f}° with {value:.3f}.").format(
            n=int(m["tried"]), best=m["best_angle"], value=m["best"]))
    if m["revealed"]:
        said.append(_("PC1, the first eigenvector, stands at {angle:.1f}° with {largest:.3f}: no "
                      "axis can beat it.").format(angle=m["principal_angle"],
                                                  largest=m["largest"]))
    elif m["round"]:
        said.append(_("Reveal PC1, in the sidebar: is there a better one?"))
    elif m["tried"] > 1:
        said.append(_("Can you beat it? Then reveal PC1, in the sidebar."))
    return sentences(*said)


def _embedding(settings: DimensionalityReductionSettings, m: Mapping[str, float]) -> str:
    """Say which neighbours an embedding keeps, and what not to read into it."""
    said = [_("**{overlap:.0%} of the nearest neighbours are the same** as in the data, where "
              "chance would keep {chance:.0%}; trustworthiness {trust:.3f} (1: no false "
              "neighbours).").format(overlap=m["overlap"], chance=m["by_chance"],
                                     trust=m["trustworthiness"])]
    method, perplexity = settings.method, settings.perplexity
    if method == "pca" and "explained" in m:
        said.append(_("The plane holds {share:.1%} of the variance.").format(
            share=m["explained"]))
    if method == "tsne" and m.get("exaggerated"):
        said.append(_("Early phase: neighbours attract each other 12 times too much, so that "
                      "groups find together."))
    if method == "tsne" and perplexity > (most := (m["n"] - 1) / 3):
        said.append(_("Perplexity {asked:g} is clamped to {most:.1f}: openTSNE looks at three "
                      "times as many neighbours, and there are {n} points.").format(
                          asked=perplexity, most=most, n=int(m["n"])))
    if settings.dataset in WITHOUT_GROUPS and method in ("tsne", "umap"):
        said.append(_("**These data have no groups:** whatever looks like one, the method has "
                      "made."))
    if method in ("tsne", "umap"):
        said.append(_("How large a group is, and how far from the next one, means nothing here."))
    return sentences(*said)
