"""What a saved figure says about where it comes from."""

import pytest
from pseudo import pseudo

from playground.concepts.arena.settings import ArenaSettings
from playground.concepts.pixel_cnn.settings import PixelCNNSettings
from playground.concepts.vae.settings import VAESettings
from playground.runs.run import Run
from playground.settings import Settings
from playground.ui.bench.source import in_words, source

__all__ = ["pseudo"]


def run_of(experiment: str, settings: Settings) -> Run:
    return Run("0", experiment, settings, owner="")


def test_a_file_is_named_after_the_page_and_the_data() -> None:
    found = source(run_of("arena", ArenaSettings(dataset="ring")), "The arena")
    assert found.file == "arena_ring" and found.page == "The arena"
    assert source(run_of("nothing", Settings()), "A page").file == "nothing"


def test_the_settings_are_those_of_the_sidebar_in_its_order() -> None:
    said = source(run_of("arena", ArenaSettings(bins=7)), "The arena").settings.split(" · ")
    assert said[0] == "Data set: Moons" and said[-1] == "Seed: 0"
    assert "Bins: 7" in said and "Steps: 2000" in said
    assert not any(part.startswith("Seconds for each") for part in said)


def test_a_live_knob_stands_where_it_was_moved_to() -> None:
    run = run_of("vae", VAESettings())
    run.changes.append((10, {"beta": 4.0}))
    assert "beta: 4" in source(run, "").settings


def test_a_switch_is_on_or_off() -> None:
    name = next(name for name, value in VAESettings() if value is False)
    assert in_words(VAESettings(), name).endswith(": off")


@pytest.mark.parametrize("mask", ["honest", "0:1", "2:2"])
def test_a_text_is_shown_as_it_is_unless_it_has_a_name(mask: str, pseudo: None) -> None:
    said = in_words(PixelCNNSettings(mask=mask), "mask")
    assert said.endswith("⟦honest⟧›⟧" if mask == "honest" else f"‹{mask}›⟧")
