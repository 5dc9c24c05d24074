"""What a figure of log p is goes with it: from the settings to the map, the tables, the prose."""

import math
from dataclasses import replace

import numpy as np
import pytest
import test_pages
import torch
from polling import until
from streamlit.testing.v1 import AppTest
from test_contracts import claim_of
from test_pages import LABS, Open, sound

from playground import gallery
from playground.claim import NO_CLAIM, Claim
from playground.concepts.vae.bounds import CODES
from playground.engine.inline import InlineEngine
from playground.experiments.base import experiment_type
from playground.published import BINARISED_MNIST
from playground.runs import files
from playground.settings import Value
from playground.ui.bench.state import BenchState

engine, visit = test_pages.engine, test_pages.visit

CASES: list[tuple[str, dict[str, Value], Claim]] = [
    ("pixel_cnn", {}, Claim("exact")),
    ("pixel_cnn", {"know_class": True}, Claim("exact", given="class")),
    ("pixel_cnn", {"mask": "-1:0"}, Claim("exact")),
    ("pixel_cnn", {"mask": "0:3", "kernel": 3}, Claim("exact")),
    ("pixel_rnn", {"know_class": True}, Claim("exact", given="class")),
    ("pixel_transformer", {"order": "hilbert"}, Claim("exact")),
    ("vae", {}, Claim("bound")),
    ("vae", {"likelihood": "categorical", "know_class": True}, Claim("bound", given="class")),
    ("vae", {"likelihood": "gaussian_free"}, Claim("bound", "reals")),
    ("vae", {"likelihood": "grey", "dataset": "ring"}, Claim("bound", "reals")),
    ("vae", {"model": "vq_vae", "know_class": True}, Claim("bound")),
    ("density_estimation", {"estimator": "histogram"}, Claim("exact", "reals")),
    ("gan", {}, NO_CLAIM), ("dcgan", {}, NO_CLAIM), ("clustering", {}, NO_CLAIM),
]


@pytest.mark.parametrize(("concept", "changes", "wanted"), CASES, ids=str)
def test_settings_say_what_the_figures_are(concept: str, changes: dict[str, Value],
                                           wanted: Claim) -> None:
    assert LABS[concept].settings(**changes).claim == wanted


@pytest.mark.parametrize(("concept", "changes"), [
    ("pixel_cnn", {"mask": "0:1"}), ("pixel_cnn", {"mask": "0:0", "know_class": True}),
    ("pixel_transformer", {"causal": False}), ("vae", {"likelihood": "grey"}),
    ("vae", {"likelihood": "grey", "model": "vq_vae"})])
def test_a_number_that_is_no_likelihood_says_why(concept: str, changes: dict[str, Value]) -> None:
    claim = LABS[concept].settings(**changes).claim
    assert not claim.is_log_p and claim.text() == claim.why != ""
    assert claim.write(-1.0) == "n/a"


@pytest.mark.parametrize(("concept", "changes"), [
    ("pixel_cnn", {}), ("pixel_cnn", {"know_class": True}), ("pixel_rnn", {}), ("vae", {}),
    ("pixel_transformer", {}), ("vae", {"likelihood": "categorical", "know_class": True}),
    ("vae", {"likelihood": "gaussian_free"}), ("gan", {}), ("dcgan", {})], ids=str)
def test_settings_claim_what_their_model_can(concept: str, changes: dict[str, Value]) -> None:
    kind = experiment_type(concept)
    made = kind(LABS[concept].settings(**test_pages.QUICK[concept] | changes), "cpu")
    assert made.settings.claim == claim_of(made.model)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("claim", "value", "direction", "wanted"), [
    (Claim("exact"), -1.234, 1, "-1.23"), (Claim("bound"), -1.234, 1, "≥ -1.23"),
    (Claim("bound"), 1.234, -1, "≤ 1.23"), (Claim("estimate"), 1.234, -1, "≈ 1.23"),
    (Claim("exact"), -math.inf, 1, "-∞"), (Claim("bound"), math.inf, -1, "≤ ∞"),
    (Claim("exact"), -0.001, 1, "0.00"), (Claim("exact"), None, 1, "–"),
    (NO_CLAIM, -1.0, 1, "n/a")])
def test_a_number_is_written_as_what_it_is(claim: Claim, value: float | None, direction: int,
                                           wanted: str) -> None:
    assert claim.write(value, 2, direction) == wanted


# --- on the screen

def trained(engine: InlineEngine, concept: str, **changes: Value) -> str:
    settings = LABS[concept].settings(**test_pages.QUICK[concept] | changes, steps=100)
    run = engine.start(concept, settings, "ann")
    until(engine, run, lambda item: item.status.over)
    known = engine.known(run)
    assert known is not None
    known.stored, known.owner = True, ""  # so that every visitor may see it
    return run


def on_the_map(visit: Open, **runs_of: str) -> dict[str, dict[str, str]]:
    app = visit("generative_models")
    for concept, run in runs_of.items():
        app.session_state[f"bench:{concept}"] = BenchState(concept, run)
    table = sound(app.run()).table[0].value
    return {row["family"]: row for row in table.to_dict("records")}


def test_the_map_shows_no_likelihood_of_a_cheat_and_of_grey_pixels(
        visit: Open, engine: InlineEngine) -> None:
    rows = on_the_map(visit, pixel_cnn=trained(engine, "pixel_cnn", mask="0:1"),
                      vae=trained(engine, "vae", likelihood="grey"))
    for family, why in (("PixelCNN", "the mask lets"), ("VAE", "these are grey")):
        assert rows[family]["held-out log p, nats"] == "n/a"
        assert why in rows[family]["what that number is"]


def test_the_map_says_what_was_told(visit: Open, engine: InlineEngine) -> None:
    rows = on_the_map(visit, pixel_cnn=trained(engine, "pixel_cnn", know_class=True),
                      vae=trained(engine, "vae", know_class=True))
    assert rows["PixelCNN"]["what that number is"].startswith("log p(x | class), exact")
    assert rows["VAE"]["what that number is"].startswith("log p(x | class), lower bound")
    assert rows["VAE"]["held-out log p, nats"].startswith("≥ -")


def test_captions_and_prose_name_what_was_told(engine: InlineEngine) -> None:
    for concept in ("pixel_cnn", "vae"):
        run = engine.poll(trained(engine, concept, know_class=True)).run
        assert run.history.last is not None
        assert "log p(x | class)" in LABS[concept].caption(run, run.history.last)
        assert any("log p(x | class)" in text for text in LABS[concept].numbers(run).values())
    panels = LABS["pixel_cnn"].panels(LABS["pixel_cnn"].settings(know_class=True))
    assert panels[-1].title == "-log p(x | class)"


def test_a_grey_decoder_has_no_bound_in_the_prose(engine: InlineEngine) -> None:
    run = engine.poll(trained(engine, "vae", likelihood="grey")).run
    said = LABS["vae"].numbers(run)
    assert said["elbo"] == "n/a" and "no likelihood" in said["elbo_means"]
    assert run.history.last is not None
    assert "no likelihood" in LABS["vae"].caption(run, run.history.last)


def test_one_class_of_ten_is_worth_the_log_of_ten_at_most() -> None:
    """log p(x) = log of the mean over classes of p(x | class): never below by more than log K."""
    made = experiment_type("pixel_cnn")(
        LABS["pixel_cnn"].settings(**test_pages.QUICK["pixel_cnn"], know_class=True), "cpu")
    model, x = made.model.eval(), made.held_out[:20]  # type: ignore[attr-defined]
    with torch.no_grad():
        told = torch.stack([model.log_prob(x, torch.full((20,), c)) for c in range(10)])
    alone = told.logsumexp(0) - math.log(10)
    assert (told.max(0).values - alone <= math.log(10) + 1e-5).all()


# --- beside published figures

def _page(name: str, whole: bool) -> None:
    from playground import gallery
    from playground.runs import files
    from playground.ui.tools.published import beside_published

    run = files.load(gallery.FOLDER / name, "0" * 32)
    if not whole:
        run.all_held_out = {}
    beside_published(run, "dynamic")


@pytest.mark.parametrize(("name", "wanted"), [
    ("pixel_cnn/mnist", r"**88.16 ± 0.21**"), ("pixel_rnn/mnist", r"**84.80 ± 0.20**"),
    ("vae/mnist", r"**≤ 86.15 ± 0.22**")])
def test_a_run_stands_among_published_figures_by_all_test_images_alone(
        name: str, wanted: str) -> None:
    app = AppTest.from_function(_page, kwargs={"name": name, "whole": True}).run()
    table = app.table[0].value
    nats = [float(text.strip("*≤≈ ").split()[0]) for text in table["nats"]]
    assert nats == sorted(nats)
    assert dict(zip(table["model"], table["nats"], strict=True))["**this run**"] == wanted
    app = AppTest.from_function(_page, kwargs={"name": name, "whole": False}).run()
    assert "**this run**" not in set(app.table[0].value["model"])
    assert any("not in the table" in item.value for item in app.caption)


@pytest.mark.parametrize("name", [name for name, changes in gallery.changes().items()
                                  if changes.get("dataset") == "mnist_full"])
def test_a_stored_run_on_mnist_was_measured_on_all_test_images(name: str) -> None:
    run = files.load(gallery.FOLDER / name, "0" * 32)
    if not run.settings.claim.is_log_p:
        assert not run.all_held_out
        return
    assert run.all_held_out["n"] == 10_000
    assert 0.0005 < run.all_held_out["error"] / run.all_held_out["nats"] < 0.005
    if "codes" in run.all_held_out:
        assert run.all_held_out["nats"] < run.all_held_out["elbo_nats"]


def test_figures_of_all_held_out_data_belong_to_the_end_of_a_run_alone() -> None:
    run = files.load(gallery.FOLDER / "pixel_cnn" / "mnist", "0" * 32)
    first, newest = min(run.history.kept), run.history.last
    assert newest is not None and run.all_held_out and not run.at(first).all_held_out
    run.receive(replace(newest, step=newest.step + 1))  # it trains on
    assert not run.all_held_out


def test_all_held_out_images_are_scored_by_the_model_itself() -> None:
    made = experiment_type("pixel_cnn")(
        LABS["pixel_cnn"].settings(**test_pages.QUICK["pixel_cnn"], pixels="levels"), "cpu")
    found = made.all_held_out()
    with torch.no_grad():
        nats = -made.model.eval().log_prob(  # type: ignore[attr-defined]
            torch.from_numpy(made.data.test)).numpy().astype(float)
    assert found["n"] == len(made.data.test) == 297
    assert found["nats"] == pytest.approx(nats.mean(), rel=1e-6)
    assert found["error"] == pytest.approx(np.std(nats, ddof=1) / math.sqrt(297), rel=1e-4)


def test_all_held_out_data_are_bounded_by_many_codes() -> None:
    made = experiment_type("vae")(LABS["vae"].settings(hidden=16, dataset="ring"), "cpu")
    found, test = made.all_held_out(), torch.from_numpy(made.data.test)
    with torch.no_grad():
        bound = made.model.log_prob_bound(test, CODES)  # type: ignore[attr-defined]
    assert found["nats"] == pytest.approx(-bound.mean().item(), abs=0.05)
    assert found["nats"] < found["elbo_nats"] and found["n"] == len(test)


def test_no_published_figure_is_without_its_kind() -> None:
    assert {figure.claim.kind for figure in BINARISED_MNIST} == {"exact", "bound", "estimate"}
    assert not any(figure.claim.given for figure in BINARISED_MNIST)
