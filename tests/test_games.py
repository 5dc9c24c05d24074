"""What the adversarial pages say of their presets: a table of real runs, see `record_runs.py`."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from record_runs import GAMES as CONCEPTS
from record_runs import cases, snapshot, table
from test_pages import LABS

TABLE = {concept: table(concept) for concept in CONCEPTS}
LABELS = [(concept, label) for concept in CONCEPTS for label, _changes in cases(concept)
          if label in TABLE[concept]]
every_case = pytest.mark.parametrize(("concept", "label"), LABELS)
DIAGNOSES = ("missing", "Hit", "alike", "Alike", "hardly", "Most", "Some samples", "average")
# What the caption must say at the end, and what it must not.
ENDS = {
    "gan": {
        "A good run": "Hit, not filled",
        "Tight ring": "nearly alike",
        "Grid of 25": "Some samples lie where no data are",
        "WGAN with gradient penalty": "Hit, not filled",
        "Slow motion": "Most samples lie where no data are",
        "Break it: mode collapse": "Much is missing",
        "Break it: D too strong": "G hardly learns",
        "Break it: momentum 0.9": "Most samples lie where no data are",
        "Break it: G alone": "more real than data",
    },
    "dcgan": {
        "14 x 14, live": "D sees a difference",
        "Break it: no rein on D": "G hardly learns",
        "Break it: samples alike": "Alike",
    },
}
# The slope is back, and so are samples among the data, of one group: the page says so.
HALF_MENDED = "Fix it: the non-saturating game"


def _captions(concept: str, label: str) -> dict[int, tuple[dict[str, float], str]]:
    """What was measured and what is said at each moment that was kept."""
    lab, case = LABS[concept], TABLE[concept][label]
    settings = lab.settings(**case["changes"])
    run: Any = SimpleNamespace(settings_at=lambda step: settings)
    return {int(step): (m, lab.caption(run, snapshot(int(step), m)))
            for step, m in case["rows"].items()}


def _end(concept: str, label: str) -> dict[str, float]:
    numbers: dict[str, float] = list(TABLE[concept][label]["rows"].values())[-1]
    return numbers


def test_what_breaks_and_what_mends_is_in_the_table() -> None:
    for concept in CONCEPTS:
        for preset in LABS[concept].presets:
            if preset.breaks:
                mended = [f"{preset.label} | {label}" for label in preset.fixes]
                assert preset.label in TABLE[concept]
                assert any(label in TABLE[concept] for label in mended)


@every_case
def test_the_table_is_of_the_presets_as_they_are(concept: str, label: str) -> None:
    changes = dict(cases(concept))[label]
    assert TABLE[concept][label]["changes"] == json.loads(json.dumps(changes))


@every_case
def test_nothing_is_diagnosed_before_something_is_learned_and_measured(
        concept: str, label: str) -> None:
    said = [text for m, text in _captions(concept, label).values() if not m["measured_at"]]
    assert len(said) >= 2
    assert not [word for text in said for word in DIAGNOSES if word in text]


@every_case
def test_a_caption_says_what_was_measured(concept: str, label: str) -> None:
    for m, text in _captions(concept, label).values():
        if m["measured_at"]:
            name, digits = ("js", "{:.3f}") if concept == "gan" else ("fid", "{:.2f}")
            assert digits.format(m[name]) in text
            assert digits.format(m[f"floor_{name}"]) in text
        for word in ("missing", "Alike", "Hit"):  # good by one measure, and not whole by two
            if word in text:
                assert m["precision"] > 0.3 * m["floor_precision"]
                assert m["coverage"] <= 0.75 * m["floor_coverage"]
                assert m["recall"] < 0.9 * m["floor_recall"]
        if "nearly alike" in text:
            assert m["coverage"] > 0.75 * m["floor_coverage"]
            assert m["js"] < 0.1 + m["floor_js"]
        if "hardly learns" in text:
            assert m["shown_real"] - m["shown_fake"] > 0.8
            assert m["push"] < 0.2 * m["push_at_start"]


@pytest.mark.parametrize(("concept", "label"), [
    (concept, label) for concept, ends in ENDS.items() for label in ends])
def test_each_preset_ends_with_what_it_is_there_to_show(concept: str, label: str) -> None:
    assert ENDS[concept][label] in list(_captions(concept, label).values())[-1][1]


@pytest.mark.parametrize("label", [label for concept, label in LABELS
                                   if concept == "gan" and label.startswith("Break")])
def test_what_breaks_a_gan_loses_groups_and_every_fix_finds_them(label: str) -> None:
    m = _end("gan", label)
    if label.endswith(HALF_MENDED):
        assert m["modes"] == 1
        assert m["push"] > m["push_at_start"]
    elif "|" in label:
        assert m["modes"] == m["floor_modes"]
        assert m["high_quality"] > 0.75
        assert m["js"] < 0.45
    else:
        assert m["modes"] <= 0.25 * m["floor_modes"]
        assert m["js"] > 0.6


def test_what_breaks_a_gan_on_images_leaves_no_digits_or_few_kinds_and_fixes_mend_it() -> None:
    dead, alike = _end("dcgan", "Break it: no rein on D"), _end("dcgan", "Break it: samples alike")
    assert dead["fid"] > 5 * dead["spread"] and dead["precision"] < 0.1
    assert alike["recall"] < 0.5 and alike["rarest"] < 0.5
    for label in [label for concept, label in LABELS if concept == "dcgan" and "|" in label]:
        m = _end("dcgan", label)
        assert m["fid"] < 0.5 * alike["fid"] and m["recall"] > 0.8 * m["floor_recall"]
