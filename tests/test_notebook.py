"""The notebook, pins, branches and comparisons, as a visitor meets them on pages."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_pages
from polling import SHORT, newest, until
from streamlit.testing.v1 import AppTest
from test_pages import LABS, Open, press, sent, shown_run, sound, toasts

import playground
from playground.charts import branches
from playground.engine.base import UnknownRun
from playground.engine.desk import Desk
from playground.engine.inline import InlineEngine
from playground.measures import Measure
from playground.refusal import Refusal
from playground.runs import archive
from playground.runs.run import Run, Status
from playground.runs.store import RUNS, Store, Wanted
from playground.snapshot import Snapshot
from playground.ui.bench import family, keeping, pins, session
from playground.ui.tools import compare, kept_table
from playground.ui.tools import notebook as page

engine, visit = test_pages.engine, test_pages.visit
SMALL = {"dataset": "digits", "hidden": 16, "layers": 1, "steps": 100}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    """A store of this test's own; it must be asked for before the engine."""
    monkeypatch.setenv(keeping.STORE, str(tmp_path))
    keeping._keeper.clear()
    made = keeping.store()
    yield made
    made.close()
    keeping._keeper.clear()


@pytest.fixture
def home(store: Store, visit: Open) -> Open:
    """Pages whose runs are kept."""
    return visit


def trained(home: Open, engine: InlineEngine, **address: object) -> AppTest:
    """Train a small VAE to its end, and have it kept."""
    app = home("vae", **(SMALL | address))
    until(engine, shown_run(app).id, lambda run: run.status.over)
    keeping.keeper().finish()
    return sound(app.run())


def owner(app: AppTest) -> str:
    return str(app.session_state["tab"].owner)


def table(app: AppTest) -> list[dict[str, Any]]:
    return list(app.dataframe[0].value.to_dict("records")) if app.dataframe else []


def notebook(app: AppTest, *rows: int) -> AppTest:
    """Go to the notebook in the same session, with some rows chosen."""
    app.query_params.clear()
    sound(app.switch_page("pages/notebook.py").run())
    if rows:
        state = app.session_state[page.STATE]
        app.session_state[f"notebook-table-{state.edition}-"] = {
            "selection": {"rows": list(rows), "columns": [], "cells": []}}
        sound(app.run())
    return app


# --- what is kept

def test_a_finished_run_is_in_the_notebook(home: Open, engine: InlineEngine,
                                           store: Store) -> None:
    app = trained(home, engine)
    run = shown_run(app)
    (kept,) = store.find(owner(app))
    assert kept.id == run.id and kept.metrics == newest(run).metrics and kept.picture
    (row,) = table(notebook(app))
    assert row["title"] == "Variational autoencoder, Digits, 8 x 8" and row["step"] == 100


def test_a_run_that_another_one_replaces_is_kept_only_if_it_has_trained_for_a_while(
        home: Open, engine: InlineEngine, store: Store,
        monkeypatch: pytest.MonkeyPatch) -> None:
    app = home("vae", **(SMALL | {"steps": 20_000}))
    first = shown_run(app)
    until(engine, first.id, lambda run: run.step > 3)
    press(app, "new-seed")
    until(engine, shown_run(app).id, lambda run: run.step > 3)
    keeping.keeper().finish()
    assert store.count(owner(app)) == 0 and engine.known(first.id) is None
    monkeypatch.setattr(keeping, "WORTH_SECONDS", 0.0)
    second = shown_run(app)
    press(app, "new-seed")
    until(engine, shown_run(app).id, lambda run: run.step > 3)
    keeping.keeper().finish()
    (kept,) = store.find(owner(app))
    assert (kept.id, kept.status) == (second.id, "stopped")
    assert "another run took its place" in str(kept.refusal)


def test_an_empty_notebook_and_a_server_that_keeps_nothing_say_so(
        home: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any("Nothing is kept yet" in item.value for item in home("notebook").info)
    monkeypatch.setenv(keeping.STORE, keeping.OFF)
    keeping._keeper.clear()
    assert any("this server keeps no runs" in item.value for item in home("notebook").warning)
    monkeypatch.setenv(keeping.STORE, "nonsense://nowhere")
    keeping._keeper.clear()
    assert any("There is no notebook now" in item.value for item in home("notebook").warning)
    assert home("vae").session_state["page"] == "vae"


# --- a run comes back

def test_a_kept_run_opens_on_its_page_after_everything_was_restarted(
        home: Open, engine: InlineEngine, store: Store) -> None:
    app = trained(home, engine, latent_dim=5)
    run, token = shown_run(app), app.session_state["token"]
    for run_id in list(engine._runs):
        engine.drop(run_id)
    again = home("vae", run=run.id)
    assert "latent_dim" not in again.query_params  # another visitor gets the default run
    assert any("cannot be shown" in text for text in toasts(again))
    assert shown_run(again).stored and shown_run(again).owner == ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.cookie, "sent", lambda: token)
        mine = home("vae", run=run.id)
    shown = shown_run(mine)
    assert shown.id == f"kept-{run.id}" and shown.owner == owner(mine)
    assert shown.history.metrics == run.history.metrics
    assert mine.select_slider(key="latent_dim").value == 5
    assert mine.query_params["run"] == [run.id] or mine.query_params["run"] == run.id
    reply = session.engine().ask(shown.id, "decode", codes=[[0.0, 0.0]], axes=[0, 1], label=0)
    assert len(reply["images"]) == 1
    mine.select_slider(key="beta").set_value(5.0)
    sound(mine.run())
    assert not shown_run(mine).stored and "run" not in mine.query_params


def test_a_kept_run_opens_where_another_one_was_on_the_screen(
        home: Open, engine: InlineEngine, store: Store) -> None:
    app = trained(home, engine)
    run = shown_run(app)
    press(app, "reset")
    waiting = shown_run(app)
    assert waiting.id != run.id
    app.query_params.clear()
    app.query_params["run"] = run.id
    sound(app.run())
    assert shown_run(app).id == f"kept-{run.id}"
    sound(app.run())
    assert shown_run(app).id == f"kept-{run.id}" and engine.known(waiting.id) is None


def test_own_points_come_back_with_their_run(home: Open, engine: InlineEngine,
                                             store: Store) -> None:
    app = home("clustering", dataset="mine", method="kmeans", n_clusters=2, speed=12)
    app.session_state["own-data"].points = [(0.0, 0.0), (1.0, 0.5), (-1.0, 0.5), (0.2, 0.1)]
    app.session_state["own-data"].classes = [0, 0, 0, 0]
    press(sound(app.run()), "train-button")
    run = until(engine, shown_run(app).id, lambda run: run.status.over).run
    keeping.keeper().finish()
    app.session_state["own-data"].points.clear()
    app.session_state["own-data"].classes.clear()
    token = app.session_state["token"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.cookie, "sent", lambda: token)
        mine = home("clustering", run=run.id)
        assert shown_run(mine).id == f"kept-{run.id}"
        sound(mine.run())
        assert shown_run(mine).id == f"kept-{run.id}"
    assert mine.session_state["own-data"].points == [*run.settings.points]  # type: ignore


# --- what one does there

def test_runs_are_pinned_deleted_and_brought_back(home: Open, engine: InlineEngine,
                                                  store: Store) -> None:
    app = trained(home, engine)
    mine = owner(app)
    press(notebook(app, 0), "notebook-pin")
    assert store.find(mine)[0].pinned and table(app)[0]["title"].startswith("🔒")
    press(notebook(app, 0), "notebook-delete")
    assert store.count(mine) == 0 and not table(app)
    press(app, "notebook-undo")
    assert store.count(mine) == 1 and len(table(app)) == 1


def test_two_runs_are_compared_under_one_timeline(home: Open, engine: InlineEngine,
                                                  store: Store) -> None:
    trained(home, engine)
    app = trained(home, engine, beta=20)
    # Each visit is another visitor: both runs are this one's.
    with store.writing() as at:
        at.execute(RUNS.update().values(owner=owner(app)))
    press(notebook(app, 0, 1), "notebook-compare")
    data = sent(app)
    assert data["linked"] and len(data["frames"][0]["plots"]) == 2
    assert [frame["seq"] for frame in data["frames"]] == data["kept"]


def test_texts_of_visitors_are_shown_letter_by_letter(home: Open, engine: InlineEngine,
                                                      store: Store) -> None:
    app = trained(home, engine)
    (kept,) = store.find(owner(app))
    store.change(owner(app), [kept.id], name="=cmd|'/c calc'!A1", note="<script>**x**</script>",
                 tags=["<img src=x>"])
    notebook(app, 0)
    assert any(r"\<script\>\*\*x\*\*\<\/script\>" in text.value for text in app.markdown)
    rows = list(csv.DictReader(io.StringIO(kept_table.metrics_csv(store.find(owner(app))))))
    assert rows[0]["name"] == "'=cmd|'/c calc'!A1"
    assert float(rows[0]["held_out_elbo"]) == kept.metrics["held_out_elbo"]


def test_a_file_is_opened_and_a_broken_one_refused(home: Open, engine: InlineEngine,
                                                   store: Store) -> None:
    app = trained(home, engine)
    mine = owner(app)
    packed = archive.pack(store.place(mine, shown_run(app).id))
    run_id = page.take(store, mine, packed, "from home.playground")
    kept = store.get(mine, run_id)
    assert kept.name == "from home" and kept.metrics == newest(shown_run(app)).metrics
    with pytest.raises(Refusal, match="must be a whole .playground file"):
        page.take(store, mine, b"no zip at all", "x")
    assert store.count(mine) == 2


def test_the_curves_are_given_look_by_look(home: Open, engine: InlineEngine,
                                           store: Store) -> None:
    run = shown_run(trained(home, engine))
    rows = list(csv.DictReader(io.StringIO(kept_table.curves_csv({run.id: run}))))
    assert [int(row["step"]) for row in rows] == [step for step, *_ in run.history.metrics]


# --- pins and branches on a page

def test_a_pinned_run_stays_beside_the_next_one(home: Open, engine: InlineEngine) -> None:
    app = trained(home, engine)
    first = shown_run(app)
    press(app, "pin")
    app.select_slider(key="beta").set_value(20.0)
    press(sound(app.run()), "train-button")
    run = until(engine, shown_run(app).id, lambda run: run.status.over).run
    sound(app.run())
    assert engine.known(first.id) is first and run.id != first.id
    assert panels_of(app)["before"] == "Pinned: beta: 1"
    curves = LABS["vae"].curves(run)
    drawn = pins.under(curves, LABS["vae"].curves(first))["losses"]["data"]
    assert len(drawn) == 2 * len(curves["losses"]["data"])
    assert drawn[0]["opacity"] < 1 and drawn[0]["showlegend"] is False
    press(app, "unpin-0")
    assert "before" not in panels_of(app)


def panels_of(app: AppTest) -> dict[str, str]:
    """Return the titles of the page's figures, by name, as the browser knows them."""
    panels = app.session_state["figures-vae-lasting"]._sent["panels"]
    return {panel["name"]: panel["title"] for panel in panels}


def test_a_branch_is_started_from_the_menu(home: Open, engine: InlineEngine) -> None:
    app = trained(home, engine)
    run = shown_run(app)
    app.session_state["branch"] = True
    sound(app.run())
    app.select_slider(key="branch-steps").set_value(200)
    press(app, "branch-go")
    branch = shown_run(app)
    assert branch.parent == (run.id, 100) and branch.id != run.id
    until(engine, branch.id, lambda each: each.status.over)
    sound(app.run())
    assert shown_run(app) is branch and app.select_slider(key="steps").value == 200


def test_branches_are_a_tree_over_the_steps() -> None:
    def member(run_id: str, parent: str, begins: int, ends: int, **knobs: Any) -> family.Member:
        return family.Member(run_id, parent, begins, ends, SHORT.with_changes(**knobs))

    known = {each.id: each for each in (
        member("c", "b", 70, 100, beta=5.0, learning_rate=0.01), member("a", "", 0, 100),
        member("b", "a", 50, 90, beta=5.0), member("d", "a", 20, 100, beta=0.0),
        member("x", "", 0, 10))}
    found = family.branches_of(known, "c")
    assert [(each.id, each.parent, each.begins) for each in found] == [
        ("a", None, 0), ("d", 0, 20), ("b", 0, 50), ("c", 2, 70)]
    assert [each.label for each in found] == ["the first run", "beta: 0", "beta: 5",
                                              "Learning rate: 0.01"]
    assert family.branches_of(known, "unknown") == []
    drawn = branches.tree(found, "c")
    assert drawn["data"][2]["x"] == [50, 50, 90] and drawn["data"][2]["y"] == [0, 2, 2]
    assert drawn["data"][-1]["customdata"] == ["a", "d", "b", "c"]


def test_turns_of_knobs_are_marks_on_the_curves(home: Open, engine: InlineEngine) -> None:
    run = shown_run(trained(home, engine))
    curves = LABS["vae"].curves(run)
    assert pins.marked(curves, run) == curves
    run.changes.append((50, {"beta": 4.0}))
    layout = pins.marked(curves, run)["losses"]["layout"]
    assert layout["shapes"][-1]["x0"] == 50 and layout["annotations"][-1]["text"] == "beta: 4"


# --- comparison

def _run(steps: list[int], total: int = 100, over: bool = True, **knobs: Any) -> Run:
    run = Run(f"{len(steps):032x}", "vae", SHORT.with_changes(**knobs), "me", total=total,
              status=Status.FINISHED if over else Status.RUNNING)
    for step in steps:
        run.receive(Snapshot(step, step / 10, {"loss": 1.0 / (1 + step)}))
    return run


def test_runs_are_named_by_what_alone_they_have_set_so() -> None:
    runs = [_run([0, 1], beta=4.0), _run([0, 1], beta=1.0), _run([0, 1], beta=1.0)]
    assert compare.names_of(runs) == ["beta: 4", "beta: 1 (2)", "beta: 1 (3)"]
    assert compare.names_of([_run([0]), _run([0])]) == ["run 1", "run 2"]


@pytest.mark.parametrize("clock", list(compare.CLOCKS))
def test_the_common_timeline_rises_and_ends_where_the_longest_run_ends(clock: str) -> None:
    runs = [_run(list(range(101))), _run([0, 10, 40], total=40)]
    moments = compare.ticks(runs, clock)
    assert moments == sorted(moments) and len(moments) <= compare.N_TICKS
    assert moments[-1] == {"step": 100, "share": 1.0, "seconds": 10.0}[clock]


def test_a_run_that_still_trains_lets_the_timeline_grow_and_never_change() -> None:
    before = compare.ticks([_run(list(range(31)), over=False), _run([0, 100])], "step")
    after = compare.ticks([_run(list(range(61)), over=False), _run([0, 100])], "step")
    assert before == after[:len(before)] and len(before) < len(after)
    assert before[-1] <= 30 and after[-1] <= 60


def test_a_measure_is_shown_with_its_difference_and_sign() -> None:
    first, second = _run([0, 1]), _run([0, 1, 2])
    values = {first.id: 1.5, second.id: 1.25}
    measure = Measure("loss", 2, "low")
    assert compare._measured(first, first, values, measure) == "1.50"
    assert compare._measured(second, first, values, measure) == "1.25 (−0.25)"


def test_sorting_by_a_number_of_the_page_is_offered(home: Open, engine: InlineEngine,
                                                    store: Store) -> None:
    app = trained(home, engine)
    notebook(app)
    app.selectbox(key="notebook-page").set_value("vae")
    sound(app.run())
    options = app.selectbox(key="notebook-sort-vae").options
    assert "ELBO of held-out data, nats" in options and "beta" in options
    app.number_input(key="notebook-low").set_value(5.0)
    app.number_input(key="notebook-high").set_value(1.0)
    sound(app.run())
    assert any("must be at most" in item.value for item in app.warning)
    assert store.count(owner(app), Wanted()) == 1


def test_a_run_is_a_file_that_a_notebook_opens(home: Open, engine: InlineEngine, store: Store,
                                               tmp_path: Path) -> None:
    app = trained(home, engine)
    run = shown_run(app)
    (tmp_path / "it.playground").write_bytes(archive.pack(store.place(owner(app), run.id)))
    again = playground.load(tmp_path / "it.playground")
    assert again.history.metrics == run.history.metrics and again.settings == run.settings
    assert run.id not in (page_of := playground.figures(tmp_path / "it.playground").html)
    assert '"step": 100' in page_of
    (tmp_path / "bad.playground").write_bytes(b"no")
    with pytest.raises(Refusal, match="bad.playground must be a whole saved run: it must"):
        playground.load(tmp_path / "bad.playground")
    app.session_state["tabs-vae"] = "Code"
    app = sound(app.run())
    assert any(f'playground.load("vae-{run.id[:8]}.playground")' in item.value
               for item in app.code)


def test_runs_of_several_pages_stand_in_one_table(home: Open, engine: InlineEngine,
                                                  store: Store) -> None:
    app = trained(home, engine)
    mine = owner(app)
    press(app, "new-seed")
    until(engine, shown_run(app).id, lambda run: run.status.over)
    other = home("clustering", n_points=20, speed=12)
    press(other, "new-seed")
    until(engine, shown_run(other).id, lambda run: run.status.over)
    keeping.keeper().finish()
    with store.writing() as at:
        at.execute(RUNS.update().values(owner=mine))
    assert len(table(notebook(app))) == 3
    assert "knob:seed" not in table(app)[0]


def test_a_branch_where_no_steps_are_left_gets_more(home: Open, engine: InlineEngine) -> None:
    app = trained(home, engine)
    run = shown_run(app)
    app.session_state["branch"] = True
    sound(app.run())
    assert app.select_slider(key="branch-steps").value == 200
    app.select_slider(key="branch-steps").set_value(100)
    sound(app.run())
    press(app, "branch-go")
    assert shown_run(app) is run


def test_a_comparison_tells_of_steps_turns_and_other_data() -> None:
    run = _run([0, 50, 100])
    run.changes = [(50, {"beta": 4.0})]
    assert compare._way(run, "beta") == "1, from step 50: 4"
    assert compare._way(run, "hidden") == "16"


def test_a_kept_run_that_nobody_looks_at_is_forgotten_and_read_again(
        home: Open, engine: InlineEngine, store: Store) -> None:
    app = trained(home, engine)
    run, mine = shown_run(app), owner(app)
    known = keeping.bring(engine, mine, run.id)
    held = engine.known(known.id)
    assert held is not None
    held.touched -= engine.limits.lease + 1
    engine._expire()
    assert engine.known(known.id) is None and engine.known(run.id) is not None
    assert keeping.bring(engine, mine, run.id).history.metrics == run.history.metrics
    with pytest.raises(Refusal, match="not in your notebook"):
        keeping.bring(engine, "2" * 32, run.id)


def test_a_kept_run_in_memory_is_its_owners_alone(home: Open, engine: InlineEngine,
                                                  store: Store) -> None:
    app = trained(home, engine)
    known = keeping.bring(engine, owner(app), shown_run(app).id)
    assert Desk.of(engine, owner(app)).poll(known.id).run.id == known.id
    for look in (Desk.poll, Desk.wait):
        with pytest.raises(UnknownRun):
            look(Desk.of(engine, "2" * 32), known.id, 0)
    with pytest.raises(UnknownRun):
        Desk.of(engine, "2" * 32).branch(known.id, 0, {})
