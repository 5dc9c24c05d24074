"""What stands on a page on arrival, and stored runs that train a quick variant of themselves."""

import pytest
import test_pages
from polling import until
from test_pages import LABS, STARTED, Open, chosen, keys, press, shown_run, sound, toasts, turn

from playground import concepts, gallery, links
from playground.engine.inline import InlineEngine
from playground.presets import Preset
from playground.runs.run import Run, Status
from playground.settings import Value
from playground.ui.bench import session

engine, visit = test_pages.engine, test_pages.visit

LONG = [pytest.param(concept, number, id=f"{concept}-{preset.label}")
        for concept in concepts.names() for number, preset in enumerate(concepts.presets(concept))
        if preset.quick is not None]
GATED = next(number for number, preset in enumerate(concepts.presets("pixel_cnn"))
             if preset.stored == "gated")  # on data that nobody has to fetch
every_long_run = pytest.mark.parametrize(("concept", "number"), LONG)
on_arrival = pytest.mark.parametrize("concept", [
    concept for concept in concepts.names() if concepts.presets(concept)[0].quick is not None])


def quick(concept: str, number: int = 0) -> dict[str, Value]:
    """Return how all knobs stand of the quick variant of a preset."""
    preset = concepts.presets(concept)[number]
    assert preset.quick is not None
    return links.meant(concept, preset.quick)


def arrival_id(concept: str) -> str:
    """Return the id of the stored run that stands on a page on arrival."""
    run = session.gallery_run(concept, gallery.arrival(concept))
    assert run
    return run.id


# --- links

@pytest.mark.parametrize("concept", concepts.names())
def test_an_address_leads_to_the_knobs_that_have_written_it(concept: str) -> None:
    presets: tuple[Preset, ...] = concepts.presets(concept)
    for changes in ({}, *(each for preset in presets for each in preset.variants().values())):
        values = links.meant(concept, changes)
        named = links.named(concept, values)
        assert links.meant(concept, named or None) == values
        assert (not named) == (values == links.meant(concept, None))


def test_an_address_without_knobs_means_the_first_preset_and_one_with_some_the_defaults() -> None:
    first = concepts.presets("dcgan")[0]
    assert first.changes["dataset"] == "mnist_full"
    assert links.meant("dcgan", None) == links.meant("dcgan", first.changes)
    assert links.named("dcgan", links.meant("dcgan", {})) == {"dataset": "mnist_14"}
    assert links.named("dcgan", links.meant("dcgan", {"features": 8})) == {"features": 8}


# --- on arrival

@pytest.mark.parametrize("concept", LABS)
def test_a_page_arrives_with_the_stored_run_of_its_first_preset(
        visit: Open, concept: str) -> None:
    app = visit(concept)
    run, first = shown_run(app), LABS[concept].presets[0]
    assert run.stored and run.settings == LABS[concept].settings(**first.changes)
    assert app.button(key="preset-0").proto.type == "primary"
    assert app.query_params == {}
    assert run.id == arrival_id(concept)


@on_arrival
def test_who_presents_arrives_there_too_and_reads_on_the_button_what_it_trains(
        visit: Open, concept: str) -> None:
    app = visit(concept, present=1)
    assert shown_run(app).id == arrival_id(concept)
    assert app.query_params == {"present": "1"}
    assert app.button(key="train-button").label == "Train the quick variant"


def test_a_stored_run_on_a_whole_data_set_has_a_quick_variant() -> None:
    """It is downloaded first, and then trained for longer than anybody waits."""
    whole = [preset for concept in concepts.names() for preset in concepts.presets(concept)
             if preset.stored and str(preset.changes.get("dataset", "")).endswith("_full")]
    assert whole and all(preset.quick is not None for preset in whole)


# --- training

def is_quick(run: Run, concept: str, number: int = 0) -> bool:
    """Tell whether a run is the quick variant of a preset, and not stored."""
    return chosen(run) == quick(concept, number) and not run.stored


@every_long_run
def test_train_turns_the_knobs_to_the_quick_variant_and_trains_it(
        visit: Open, concept: str, number: int) -> None:
    app = press(visit(concept), f"preset-{number}")
    assert shown_run(app).stored
    assert app.button(key="train-button").label == "Train the quick variant"
    run = shown_run(press(app, "train-button"))
    assert is_quick(run, concept, number) and run.status in STARTED
    assert not keys(app) & {"train-all"}
    again = shown_run(visit(concept, **app.query_params))
    assert chosen(again) == quick(concept, number)


@every_long_run
def test_what_train_shows_and_how_long_the_whole_takes_is_said_beforehand(
        visit: Open, concept: str, number: int) -> None:
    app = press(visit(concept), f"preset-{number}")
    minutes = max(1, round(shown_run(app).seconds / 60))
    said, = (text.value for text in app.caption if "quick variant" in text.value)
    took = f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"
    assert f"The stored run took {took}." in said
    assert app.button(key="train-all").label == f"Train all of it: {took}"
    if known := session.stored_run(concept, LABS[concept].settings(**quick(concept, number))):
        wanted = (f"{known.seconds:.0f} seconds" if known.seconds < 90
                  else f"{known.seconds / 60:.0f} minutes")
        assert f"about {wanted} long" in said
    for preset in LABS[concept].presets:
        if links.meant(concept, preset.changes) == quick(concept, number):
            assert said.endswith(f": {preset.label}.")


def test_a_quick_variant_without_a_chip_is_said_by_its_knobs(visit: Open) -> None:
    app = press(visit("pixel_cnn"), f"preset-{GATED}")
    said, = (text.value for text in app.caption if "quick variant" in text.value)
    assert said.endswith("Train shows a quick variant: "
                         "Features: 24 · Blocks: 4 · Dropout: 0 · Steps: 1000.")


def test_all_of_it_is_trained_by_a_button_of_its_own(
        visit: Open, engine: InlineEngine) -> None:
    app = press(visit("pixel_cnn"), f"preset-{GATED}")
    assert "ends after 10 minutes" in app.button(key="train-all").help
    before = shown_run(app)
    run = shown_run(press(app, "train-all"))
    assert run.settings == before.settings and not run.stored and run.status is Status.RUNNING
    run = shown_run(press(app, "pause"))
    assert app.button(key="train-button").label == "Train"
    assert shown_run(press(app, "train-button")) is run and run.status is Status.RUNNING


def test_a_long_run_of_ones_own_is_not_trained_anew_by_accident(
        visit: Open, engine: InlineEngine) -> None:
    app = press(press(visit("pixel_cnn"), f"preset-{GATED}"), "train-all")
    run = shown_run(app)
    engine.stop(run.id)
    until(engine, run.id, lambda run: run.status.over)
    sound(app.run())
    assert shown_run(app).status is Status.STOPPED
    assert app.button(key="train-all").label == "Train all of it: 50 minutes"
    assert is_quick(shown_run(press(app, "train-button")), "pixel_cnn", GATED)


@on_arrival
def test_reset_and_a_new_seed_concern_the_quick_variant(visit: Open, concept: str) -> None:
    app = visit(concept)
    assert app.button(key="step").disabled
    run = shown_run(press(app, "reset"))
    assert is_quick(run, concept) and run.status is Status.PAUSED and run.step == 0
    run = shown_run(press(visit(concept), "new-seed"))
    assert run.status in STARTED and run.settings.seed != 0
    assert chosen(run) == quick(concept) | {"seed": run.settings.seed}


# --- knobs and the address

@on_arrival
def test_a_knob_turned_on_a_long_run_turns_its_quick_variant_and_trains_nothing(
        visit: Open, concept: str) -> None:
    app = turn(visit(concept), {"batch_size": 10})
    run = shown_run(app)
    assert chosen(run) == quick(concept) | {"batch_size": 10}
    assert not run.stored and run.status is Status.PAUSED and run.step == 0
    moved = {**(LABS[concept].presets[0].quick or {}), "batch_size": 10}
    assert app.query_params == {name: str(value) for name, value in moved.items()}
    run = shown_run(turn(app, {"dataset": "mnist_14"}))  # from here on, one knob is one knob
    assert chosen(run) == quick(concept) | {"batch_size": 10, "dataset": "mnist_14"}


def test_it_is_said_why_the_other_knobs_move(visit: Open) -> None:
    app = turn(visit("dcgan"), {"batch_size": 10})
    assert toasts(app) == ["The other knobs now stand at the quick variant of this long run."]


@on_arrival
def test_back_leads_to_the_long_run_and_does_not_train_it(visit: Open, concept: str) -> None:
    app = press(visit(concept), "train-button")
    assert shown_run(app).status in STARTED
    app.query_params.clear()
    run = shown_run(sound(app.run()))
    assert run.id == arrival_id(concept)
    assert app.query_params == {}


def test_an_address_turns_a_long_run_to_what_it_says_and_to_no_quick_variant(
        visit: Open) -> None:
    app = press(visit("pixel_cnn"), f"preset-{GATED}")
    app.query_params.clear()
    app.query_params.update({"model": "gated", "dropout": "0.3", "features": "8"})
    run = shown_run(sound(app.run()))
    wanted = links.meant("pixel_cnn", {"model": "gated", "dropout": 0.3, "features": 8})
    assert chosen(run) == wanted and not toasts(app)


def test_a_long_run_that_nobody_has_stored_waits_to_be_trained(
        visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "stored", lambda _concept: [])
    run = shown_run(visit("pixel_cnn", **concepts.presets("pixel_cnn")[GATED].changes))
    assert not run.stored and run.status is Status.PAUSED and run.step == 0
