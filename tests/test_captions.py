"""What seven pages say of their presets: a table of real runs, see `record_runs.py`."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from record_runs import CONCEPTS, GAMES, cases, snapshot, table
from test_pages import LABS

from playground.snapshot import Snapshot
from playground.ui.tools.contest import CLOSER, EARLY, is_early

CONTESTS = ("arena", "image_arena", "applications")
TABLE = {concept: table(concept) for concept in CONCEPTS if concept not in GAMES}
CASES = [(concept, label) for concept in TABLE for label, _changes in cases(concept)
         if label in TABLE[concept]]
every_case = pytest.mark.parametrize(("concept", "label"), CASES)
# What is a diagnosis, praise or blame: never said of a model that is still at the beginning.
DIAGNOSES = {
    "vae": ("collapse", "Holes"),
    "autoencoder": ("say nothing", "by heart", "holes"),
    "pixel_cnn": ("do as well", "by heart"),
    "pixel_rnn": ("do as well", "by heart"),
    "arena": ("Closest", "as close as", "draws well", "bound"),
    "image_arena": ("Closest", "good but alike", "closer than", "bound"),
    "applications": ("Nearest", "alike", "wins both", "far from real"),
}
# What the caption says at the end; after "not", what it does not say.
ENDS: dict[str, dict[str, tuple[str, ...]]] = {
    "vae": {
        "A good run": ("2 of 2", "not collapse", "not Holes"),
        "All of MNIST": ("20 of 20", "not collapse", "not Holes"),
        "Break it: beta 0": ("Holes",),
        "Break it: beta 0 | Fix it: beta 1": ("not Holes", "not collapse"),
        "Break it: beta 10": ("Posterior collapse", "not Holes"),
        "Break it: beta 10 | Fix it: beta 1": ("2 of 2", "not collapse"),
        "Break it: too wide a decoder": ("11 of 20", "not collapse"),
        "Break it: too wide a decoder | Fix it: warm-up": ("not collapse",),
        "Break it: one dimension": ("1 of 1", "not collapse", "not more of them"),
    },
    "autoencoder": {
        "A good run": ("40%", "holes", "not by heart", "not say nothing"),
        "20 numbers": ("81%", "not holes"),
        "Linear: PCA": ("spans PCA's subspace", "not by heart"),
        "Denoising": ("lies 13.1 from the clean one", "not by heart"),
        "Break it: one number": ("12%", "not plane"),
        "Break it: dear codes": ("The codes say nothing", "not by heart"),
        "Break it: dear codes | Fix it: weight 0.05": ("not say nothing",),
    },
    "pixel_cnn": {
        "8 x 8, live": ("exact and no bound", "not by heart", "not do as well"),
        "Gated PixelCNN": ("by heart",),
        "Break it: a look at the future": ("not exact", "not by heart"),
        "Break it: copy yourself": ("not exact", "not by heart"),
    },
    "pixel_rnn": {
        "8 x 8, live": ("exact and no bound", "not by heart", "not do as well"),
        "Break it: too large steps": ("do as well",),
        "Break it: too large steps | Fix it: learning rate 0.005": ("not do as well",),
    },
    "arena": {
        "A good run": ("no lead", "as close as real points", "not Closest", "not draws well"),
        "Break it: learned by heart": ("Kernel density draws well and predicts badly",),
        "Break it: learned by heart | Fix it: cross-validation": ("not draws well",),
        "Break it: too many boxes": ("Histogram scores minus infinity",),
    },
    "image_arena": {
        "A good run": ("hardly a lead", "Closest samples: PixelCNN,", "not alike"),
        "MNIST, 14 x 14": ("VAE needs the fewest bits: ≤", "not alike"),
        "Break it: two numbers": ("GAN: good but alike", "not pixels: good"),
        "Break it: two numbers | Fix it: 20 numbers": ("not alike",),
        "Break it: black or white": ("Closest samples: PixelRNN", "not GAN cannot say"),
    },
    "applications": {
        "A good run": ("Average", "GAN, PixelCNN", "not alike:**"),
        "Colour the sprites": ("Baseline, Average", "Most like real images: PixelCNN",
                               "not alike:**"),
        "Fashion-MNIST": ("GAN, PixelCNN", "not alike:**"),
        "Break it: a GAN pulled to the truth": ("The answers of GAN are nearly alike",),
        "Break it: a GAN pulled to the truth | Fix it: pull on the mean alone": ("not alike:**",),
        "Break it: a code that costs too much": ("The answers of VAE are nearly alike",),
        "Break it: a code that costs too much | Fix it: beta 1": ("not alike:**",),
    },
}


def _captions(concept: str, label: str) -> list[tuple[Snapshot, str, bool]]:
    """Each moment that was kept, what is said of it, and whether it is at the beginning."""
    lab, case, said = LABS[concept], TABLE[concept][label], []
    settings: Any = lab.settings(**case["changes"])
    for step, kept in case["rows"].items():
        shot = snapshot(int(step), kept)
        run: Any = SimpleNamespace(settings_at=lambda _step: settings, step=shot.step)
        early = (is_early(settings, shot) if concept in CONTESTS
                 else shot.step < EARLY * settings.steps)
        said.append((shot, lab.caption(run, shot), early))
    return said


def test_every_page_is_in_the_table() -> None:
    for concept in TABLE:
        assert any(not case["changes"] for case in TABLE[concept].values())
        assert any(label.startswith("Break") for label in TABLE[concept])


@every_case
def test_the_table_is_of_the_presets_as_they_are(concept: str, label: str) -> None:
    changes = dict(cases(concept))[label]
    assert TABLE[concept][label]["changes"] == json.loads(json.dumps(changes))


@every_case
def test_nothing_is_diagnosed_at_the_beginning(concept: str, label: str) -> None:
    said = [text for _shot, text, early in _captions(concept, label) if early]
    assert said
    assert not [word for text in said for word in DIAGNOSES[concept] if word in text]


@pytest.mark.parametrize(("concept", "label"), [
    (concept, label) for concept, ends in ENDS.items() for label in ends])
def test_each_preset_ends_with_what_it_is_there_to_show(concept: str, label: str) -> None:
    text = _captions(concept, label)[-1][1]
    for words in ENDS[concept][label]:
        if words.startswith("not "):
            assert words.removeprefix("not ") not in text
        else:
            assert words in text


def test_too_wide_a_decoder_does_not_listen_for_hundreds_of_steps() -> None:
    said = {shot.step: text for shot, text, _early in _captions(
        "vae", "Break it: too wide a decoder")}
    assert "Posterior collapse" in said[250]
    mended = _captions("vae", "Break it: too wide a decoder | Fix it: warm-up")
    assert not [text for _shot, text, _early in mended if "collapse" in text]


@every_case
def test_a_caption_says_what_was_measured(concept: str, label: str) -> None:
    for shot, text, _early in _captions(concept, label):
        m = shot.metrics
        if "collapse" in text:
            assert m["held_out_kl"] < 0.5 and m["active"] <= 2
        if "Holes" in text:
            assert (np.linalg.norm(shot.arrays["codes"], axis=1) > 3).mean() > 0.05
        if "by heart" in text and concept == "autoencoder":
            assert m["held_out_error"] > 1.3 * m["error"]
        elif "by heart" in text:
            assert m["held_out"] - m["loss"] > 4 * m["error"]
        if "do as well" in text:
            assert m["held_out"] > m["independent"] - 4 * m["error"]
        if "lead" in text and concept == "arena":
            nats = sorted(m[name] for name in m if name.endswith("_nats") and "floor" not in name)
            assert nats[-1] - nats[-2] < 0.12


@pytest.mark.parametrize("label", list(TABLE["image_arena"]))
def test_samples_are_good_but_alike_by_five_measures(label: str) -> None:
    for shot, text, _early in _captions("image_arena", label):
        m = shot.metrics
        assert "pixels: good" not in text
        if "GAN: good" in text:
            assert m["gan_fid"] < m["independent_fid"]
            assert m["gan_density"] > m["independent_density"]
            assert m["gan_precision"] > 0.5 * m["floor_precision"]
            assert m["gan_recall"] < 0.2 * m["floor_recall"]
            assert m["gan_coverage"] < 0.75 * m["floor_coverage"]


def test_independent_pixels_fool_precision() -> None:
    """So it takes more than one measure: noise lies within the wide balls of sparse digits."""
    m = _captions("image_arena", "A good run")[-1][0].metrics
    assert m["independent_precision"] > 0.5 * m["floor_precision"]
    assert m["independent_density"] < 0.5 * m["floor_density"]


@pytest.mark.parametrize("label", list(TABLE["applications"]))
def test_whoever_is_hardly_farther_than_the_nearest_is_named_too(label: str) -> None:
    shot, text, _early = _captions("applications", label)[-1]
    m = shot.metrics
    measure = "frechet" if "floor_frechet" in m else "patches"
    if "Most like" in text:
        names = {"baseline": "Baseline", "regression": "Average", "pixel_cnn": "PixelCNN",
                 "vae": "VAE", "gan": "GAN"}
        listed = text.partition("Most like real images: ")[2].partition(", at a distance")[0]
        least = min(m[f"{name}_{measure}"] for name in names)
        assert {names[name] for name in names if CLOSER * m[f"{name}_{measure}"] <= least} == set(
            listed.split(", "))
