"""Sweeps: their plans, what trains them, what they say, and the page."""

import csv
import io
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import test_notebook
import test_pages
from polling import SHORT
from test_pages import Open, press, sound, toasts

from playground import concepts
from playground.charts import sweep as charts
from playground.engine.inline import InlineEngine
from playground.engine.limits import Limits
from playground.refusal import Refusal
from playground.runs.keeper import Keeper
from playground.runs.run import Status
from playground.runs.store import Store
from playground.sweeps import plan as plans
from playground.sweeps import propose, ready, shelf
from playground.sweeps.outcome import Cell, Outcome, best, cells, finding, pooled
from playground.sweeps.plan import Plan, between, made, marks
from playground.sweeps.sweeper import Sweeper, share_of
from playground.ui.bench import session
from playground.ui.bench.drafts import KEY, Draft
from playground.ui.tools import sweep as page
from playground.ui.tools import sweep_figures as figures

engine, visit, store = test_pages.engine, test_pages.visit, test_notebook.store
ME = "1" * 32
TINY = {"dataset": "digits", "hidden": 16, "layers": 1, "batch_size": 20, "steps": 100}


def a_plan(**changes: Any) -> Plan:
    parts: dict[str, Any] = {
        "concept": "vae", "settings": TINY, "metric": "held_out_elbo", "better": "high",
        "axes": [{"name": "beta", "values": (0.0, 1.0, 20.0)}]}
    return made(**(parts | changes))


def two_axes(**changes: Any) -> Plan:
    return a_plan(axes=[{"name": "latent_dim", "values": (1, 2)},
                        {"name": "beta", "values": (0.1, 1.0, 20.0)}], **changes)


def outcomes(plan: Plan, value: Callable[..., float]) -> list[Outcome]:
    return [Outcome(point, seed, status="finished", share=1.0,
                    metrics={plan.metric: value(*point, seed)})
            for point in plan.points() for seed in range(plan.seeds)]


# --- plans

@pytest.mark.parametrize(("changes", "complaint"), [
    ({"axes": []}, "at least 1 item"),
    ({"axes": [{"name": "beta", "values": []}]}, "at least 1 item"),
    ({"axes": [{"name": "alpha", "values": [1]}]}, "knob must be one of"),
    ({"axes": [{"name": "beta", "values": [1]}] * 2}, "each knob must be there once"),
    ({"axes": [{"name": "beta", "values": [99.0]}]}, "beta"),
    ({"axes": [{"name": "beta", "values": [math.nan]}]}, "finite"),
    ({"axes": [{"name": "dataset", "values": ["nowhere"]}]}, "dataset must be one of"),
    ({"settings": {"gone": 1}}, "knob must be one of"),
    ({"seeds": 0}, "seeds must be at least 1, got 0"), ({"seeds": 99}, "seeds must be at most 10"),
    ({"concept": "alchemy"}, "experiment must be one of"),
    ({"sampler": "wish"}, "grid"),
    ({"axes": [{"name": "seed", "values": [1, 2]}], "seeds": 3}, "seeds must be 1"),
    ({"axes": [{"name": name, "values": marks(type(SHORT), name)[:20]}
               for name in ("beta", "latent_dim", "hidden", "learning_rate")]},
     "may have 240 runs, got"),
])
def test_what_cannot_be_trained_is_refused_in_one_sentence(changes: dict[str, Any],
                                                           complaint: str) -> None:
    with pytest.raises(Refusal, match=complaint) as refused:
        a_plan(**changes)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("low", "high", "complaint"), [
    (5.0, 1.0, "from a smaller to a larger number, got 5.0 to 1.0"),
    (math.nan, 1.0, "got nan"), (0.3, 0.4, "must hold a value")])
def test_a_range_that_is_none_is_refused(low: float, high: float, complaint: str) -> None:
    with pytest.raises(Refusal, match=complaint):
        between(type(SHORT), "beta", low, high, 5)


@pytest.mark.parametrize("concept", concepts.names())
def test_every_mark_of_every_knob_is_allowed(concept: str) -> None:
    kind = concepts.settings_type(concept)
    for name in plans.sweepable(kind):
        known = marks(kind, name)
        assert kind.default(name) in known and len(set(known)) == len(known)
        for value in (known[0], known[-1]):
            assert kind(**{name: value}).model_dump()[name] == value


def test_values_are_spread_over_the_marks_of_the_slider() -> None:
    assert between(type(SHORT), "beta", 0.1, 10, 3) == [0.1, 1.0, 10.0]
    assert between(type(SHORT), "latent_dim", 1, 64, 99) == marks(type(SHORT), "latent_dim")
    assert between(type(SHORT), "beta", 1, 1, 5) == [1.0]


def test_a_grid_has_all_cells_and_seeds_and_a_random_choice_some_of_them() -> None:
    plan = two_axes(seeds=2)
    assert len(plan.points()) == plan.n_cells == 6 and plan.n_runs == 12
    assert list(plans.chosen(plan)) == plan.points()
    some = plan.model_copy(update={"sampler": "random", "trials": 4})
    found = list(plans.chosen(some))
    assert len(set(found)) == 4 == some.n_cells and found == list(plans.chosen(some))
    settings = plan.settings_of((2, 20.0), 1)
    assert (settings.beta, settings.latent_dim, settings.seed) == (20, 2, 1)  # type: ignore


# --- what they say

def test_cells_gather_seeds_and_leave_out_what_failed() -> None:
    plan = a_plan(seeds=3)
    told = outcomes(plan, lambda beta, seed: beta + seed)
    told[0] = replace(told[0], status="failed")
    told[4] = replace(told[4], metrics={plan.metric: math.inf})
    found = cells(plan, told)
    assert [cell.values for cell in found] == [(1.0, 2.0), (1.0, 3.0), (20.0, 21.0, 22.0)]
    assert found[0].has_failed and not found[1].has_failed
    assert found[2].mean == 21 and found[2].deviation == 1
    assert best(plan, found) is found[2]
    assert best(plan.model_copy(update={"better": "low"}), found) is found[0]
    assert best(plan.model_copy(update={"better": ""}), found) is None


def test_the_pooled_deviation_is_that_of_statistics() -> None:
    found = [Cell((float(n),), values, ()) for n, values in enumerate(
        [(1.0, 2.0, 4.0), (10.0, 11.0), (5.0,)])]
    expected = math.sqrt((2 * statistics.variance((1, 2, 4))
                          + statistics.variance((10, 11))) / 3)
    assert pooled(found) == pytest.approx(expected)
    assert math.isnan(pooled(found[2:]))


def test_only_what_exceeds_the_spread_over_seeds_is_said() -> None:
    plan = two_axes(seeds=4)
    clear = finding(plan, cells(plan, outcomes(
        plan, lambda latent, beta, seed: 10.0 * latent + 0.1 * beta + 0.01 * seed)))
    assert clear and clear.beyond and clear.strongest == 0
    assert clear.by == pytest.approx(10.0) and clear.best and clear.best.point == (2, 20.0)
    luck = finding(plan, cells(plan, outcomes(
        plan, lambda latent, beta, seed: 0.1 * latent + 5.0 * seed)))
    assert luck and not luck.beyond
    assert "No cell stands out" in figures.says(plan, cells(plan, outcomes(
        plan, lambda latent, beta, seed: 0.1 * latent + 5.0 * seed)))
    single = two_axes()
    assert "nobody can tell" in figures.says(single, cells(single, outcomes(
        single, lambda latent, beta, seed: beta)))
    assert figures.says(plan, []) == ""


def test_the_importance_of_a_knob_is_its_share_of_the_variance() -> None:
    plan = a_plan(axes=[{"name": "beta", "values": (0.1, 0.5, 1.0, 5.0, 20.0)},
                        {"name": "latent_dim", "values": (1, 2, 5, 10)}])
    shares = propose.importance(plan, cells(plan, outcomes(
        plan, lambda beta, latent, seed: 10 * math.log(beta) + 0.1 * latent)))
    assert statistics.fmean(shares["beta"]) > 0.9 > 0.1 > statistics.fmean(shares["latent_dim"])
    assert len(shares["beta"]) > 10
    assert propose.importance(plan, []) == {}


def test_the_parzen_estimator_looks_where_it_is_promising() -> None:
    values = tuple(marks(type(SHORT), "beta"))
    plan = a_plan(sampler="tpe", trials=30,
                  axes=[{"name": "beta", "values": values},
                        {"name": "latent_dim", "values": (1, 2, 5, 10, 20, 50)}])

    def score(beta: Any, latent: Any) -> float:
        return -abs(values.index(beta) - 3) - abs((1, 2, 5, 10, 20, 50).index(latent) - 1)

    def mean_of(sampler: str) -> float:
        this = plan.model_copy(update={"sampler": sampler})
        found: list[Cell] = []
        for _trial in range(this.n_cells):
            (point,) = propose.next_points(this, found, [cell.point for cell in found], 1)
            assert point not in [cell.point for cell in found]
            found.append(Cell(point, (score(*point),), ()))
        assert propose.next_points(this, found, [cell.point for cell in found], 1) == []
        return statistics.fmean(cell.mean for cell in found)

    assert mean_of("tpe") > mean_of("random") + 0.5


# --- what trains them

@pytest.fixture
def light(tmp_path: Path) -> Iterator[Store]:
    made_here = Store(tmp_path / "light")
    yield made_here
    made_here.close()


@pytest.fixture
def at(light: Store) -> Iterator[Sweeper]:
    inline = InlineEngine(Limits(moment=60.0, background=2), slices=40)
    keeper = Keeper(light, lambda run: b"a picture")
    inline.on_ended = keeper.put
    yield Sweeper(inline, keeper, by_itself=False)
    inline.close()


def work(at: Sweeper, sweep_id: str, until: Callable[[str, list[Outcome]], bool] | None = None,
         owner: str = ME) -> list[Outcome]:
    end = time.monotonic() + 120
    while True:
        at.tick()
        at.keeper.finish()
        sweep, found = at.look(owner, sweep_id)
        if until(sweep.state, found) if until else sweep.state == "finished":
            return found
        assert time.monotonic() < end, (sweep.state, found)


def test_a_sweep_trains_all_its_runs_and_keeps_them(at: Sweeper, light: Store) -> None:
    plan = a_plan(seeds=2)
    found = work(at, at.start(ME, plan, 10.0).id)
    assert len(found) == 6 and all(each.status == "finished" for each in found)
    assert share_of(plan, found) == 1 and at.engine.owned(ME) == []
    runs = light.find(ME, shelf.Wanted(sweep=None))
    assert {kept.id for kept in runs} == {each.run for each in found}
    assert light.count(ME) == 0  # they are listed with their sweep
    one = next(each for each in found if each.point == (20.0,) and each.seed == 1)
    kept = light.get(ME, one.run)
    assert (kept.settings["beta"], kept.settings["seed"]) == (20, 1)
    assert kept.metrics == one.metrics and one.picture == b"a picture"
    alone = InlineEngine()
    run_id = alone.start("vae", plan.settings_of((20.0,), 1), "you")
    run = test_notebook.until(alone, run_id, lambda each: each.status.over).run
    assert test_notebook.newest(run).metrics == one.metrics
    alone.close()


def test_no_more_runs_train_at_once_than_a_visitor_may_have(at: Sweeper) -> None:
    sweep = at.start(ME, a_plan(), 10.0)
    most = 0

    def counted(state: str, found: list[Outcome]) -> bool:
        nonlocal most
        mine = at.engine.owned(ME)
        assert all(run.background and run.sweep == sweep.id for run in mine)
        most = max(most, sum(run.status is Status.RUNNING for run in mine))
        return state == "finished"

    work(at, sweep.id, counted)
    assert most == 2


def test_a_sweep_is_paused_resumed_and_stopped(at: Sweeper) -> None:
    sweep = at.start(ME, a_plan(settings=TINY | {"steps": 20_000}), 10.0)
    work(at, sweep.id, lambda state, found: any(each.share > 0 for each in found))
    at.pause(ME, sweep.id)
    steps = [run.step for run in at.engine.owned(ME)]
    at.tick()
    held = [run.step for run in at.engine.owned(ME)]
    assert all(run.status is Status.PAUSED for run in at.engine.owned(ME))
    at.tick()
    assert [run.step for run in at.engine.owned(ME)] == held and len(steps) == len(held)
    at.resume(ME, sweep.id)
    work(at, sweep.id, lambda state, found: any(
        run.step > step for run, step in zip(at.engine.owned(ME), held, strict=False)))
    at.stop(ME, sweep.id)
    at.tick()
    assert at.engine.owned(ME) == [] and at.look(ME, sweep.id)[0].state == "stopped"


def test_a_cell_is_left_out_and_seeds_are_added(at: Sweeper) -> None:
    sweep = at.start(ME, a_plan(), 10.0)
    at.drop_cell(ME, sweep.id, (20.0,))
    found = work(at, sweep.id)
    assert {each.point for each in found} == {(0.0,), (1.0,)}
    at.add_seeds(ME, sweep.id)
    found = work(at, sweep.id)
    assert sorted((each.point, each.seed) for each in found) == [
        ((0.0,), 0), ((0.0,), 1), ((1.0,), 0), ((1.0,), 1)]
    with pytest.raises(Refusal, match="seeds must be 10 at most, got 12"):
        at.add_seeds(ME, sweep.id, 10)


def test_a_run_that_fails_says_why_and_the_others_go_on(at: Sweeper) -> None:
    plan = a_plan(settings={"dataset": "ring", "layers": 4, "latent_dim": 64, "steps": 100},
                  axes=[{"name": "learning_rate", "values": (0.001, 10.0)}])
    found = {each.point: each for each in work(at, at.start(ME, plan, 10.0).id)}
    assert found[(0.001,)].status == "finished" and found[(10.0,)].status == "failed"
    assert "finite" in figures.why(found[(10.0,)])


def test_a_sweep_goes_on_after_a_restart(at: Sweeper, light: Store) -> None:
    sweep = at.start(ME, a_plan(seeds=2), 10.0)
    before = work(at, sweep.id, lambda state, found: sum(each.over for each in found) >= 2)
    done = {each.run: each.metrics for each in before if each.over}
    again_engine = InlineEngine(Limits(moment=60.0, background=2), slices=40)
    again = Sweeper(again_engine, Keeper(light, lambda run: None), by_itself=False)
    again_engine.on_ended = again.keeper.put
    found = {each.run: each.metrics for each in work(again, sweep.id)}
    assert len(found) == 6 and done.items() <= found.items()
    again_engine.close()


def test_sweeps_belong_to_who_began_them(at: Sweeper, light: Store) -> None:
    sweep = at.start(ME, a_plan(), 10.0)
    for act in (at.look, at.pause, at.resume, at.stop, at.add_seeds):
        with pytest.raises(Refusal, match="not in your notebook"):
            act("2" * 32, sweep.id)
    at.forget("2" * 32, sweep.id)
    assert [each.id for each in shelf.mine(light, ME)] == [sweep.id]
    assert shelf.mine(light, "2" * 32) == []
    work(at, sweep.id)
    at.forget(ME, sweep.id)
    assert shelf.mine(light, ME) == [] and light.count(ME, shelf.Wanted(sweep=None)) == 0


def test_what_would_take_too_long_or_is_one_too_many_is_refused(at: Sweeper) -> None:
    with pytest.raises(Refusal, match="60 minutes of training, and this one would take 100: take "
                                      "fewer values of beta"):
        at.start(ME, a_plan(), 6000.0)
    for _number in range(3):
        at.start(ME, a_plan(), 10.0)
    with pytest.raises(Refusal, match="at most 3 sweeps"):
        at.start(ME, a_plan(), 10.0)


def test_a_promising_sweep_proposes_as_many_cells_as_were_asked_for(at: Sweeper) -> None:
    plan = two_axes(sampler="tpe", trials=5)
    found = work(at, at.start(ME, plan, 10.0).id)
    assert len({each.point for each in found}) == 5


# --- pictures

def test_the_picture_of_one_knob_shows_each_seed_and_the_quartiles() -> None:
    plan = a_plan(seeds=4, axes=[{"name": "beta", "values": (0.0, 1.0, 20.0)}])
    drawn = figures.one(plan, cells(plan, outcomes(plan, lambda beta, seed: beta + seed)))
    band, line, dots = drawn["data"]
    assert len(dots["x"]) == 12 and line["y"] == [1.5, 2.5, 21.5]
    assert band["y"] == [2.25, 3.25, 22.25, 20.75, 1.75, 0.75]
    axis = drawn["layout"]["xaxis"]
    assert axis["type"] == "log" and axis["ticktext"] == ["0", "1", "20"]
    assert axis["tickvals"][0] > 0
    few = a_plan(seeds=2)
    mean = figures.one(few, cells(few, outcomes(few, lambda beta, seed: beta + 2 * seed)))
    assert mean["data"][1]["y"] == [1.0, 2.0, 21.0]
    assert mean["data"][0]["y"][0] == pytest.approx(1 + math.sqrt(2))


def test_the_heat_map_has_means_crosses_and_a_frame() -> None:
    plan = two_axes()
    told = outcomes(plan, lambda latent, beta, seed: latent * 100 - beta)
    told[0] = replace(told[0], status="failed", metrics=None,
                      reason=Refusal("it was {n} too much", n=2).plain())
    drawn = figures.two(plan, cells(plan, told))
    heat, crosses, targets = drawn["data"]
    assert heat["reversescale"] is False
    assert math.isnan(heat["z"][0][0]) and heat["z"][1] == [199.9, 199.0, 180.0]
    assert crosses["x"] == [0] and crosses["y"] == [0]
    assert crosses["hovertext"] == ["it was 2 too much"]
    assert len(targets["customdata"]) == 6
    frame = drawn["layout"]["shapes"][0]
    assert (frame["x0"], frame["y0"]) == (-0.48, 0.52)  # of the best one, latent 2 and beta 0.1
    assert drawn["layout"]["xaxis"]["ticktext"] == ["0.1", "1", "20"]


def test_pictures_stand_where_their_cells_are() -> None:
    plan = two_axes()
    told = [replace(each, picture=b"x" if each.point == (2, 1.0) else None)
            for each in outcomes(plan, lambda *_: 1.0)]
    (image,) = figures.pictures(plan, cells(plan, told))["layout"]["images"]
    assert (image["x"], image["y"]) == (1, 1)


def test_many_knobs_are_drawn_on_their_own_scales() -> None:
    plan = a_plan(axes=[{"name": "beta", "values": (0.1, 1.0, 20.0)},
                        {"name": "coder", "values": ("dense", "residual")},
                        {"name": "latent_dim", "values": (1, 2)}])
    found = cells(plan, outcomes(plan, lambda beta, coder, latent, seed: beta))
    lines, pairs = figures.many(plan, found, [cell.mean > 1 for cell in found])
    beta, coder, _latent, mean = lines["data"][0]["dimensions"]
    assert beta["tickvals"] == pytest.approx([-1, 0, math.log10(20)])
    assert coder["ticktext"] == ["dense layers", "residual convolutions"]
    assert mean["constraintrange"] == [20.0, 20.0]
    assert len(pairs["data"][0]["dimensions"]) == 4


def test_one_bad_cell_does_not_hide_the_others() -> None:
    low, high = charts._usual([1.0, 1.1, 1.2, 1.3, -500.0])
    assert low > -10 and high == 1.3


# --- ready-made ones

@pytest.mark.parametrize("name", list(ready.READY))
def test_a_ready_made_sweep_is_stored_small_and_whole(name: str) -> None:
    found = ready.stored(name)
    assert found is not None and found.plan == ready.READY[name].plan
    assert len(found.outcomes) == found.plan.n_runs
    assert all(each.status == "finished" for each in found.outcomes)
    measured = cells(found.plan, found.outcomes)
    assert all(len(cell.values) == found.plan.seeds for cell in measured)
    assert all(cell.outcomes[0].picture for cell in measured)
    assert (ready.FOLDER / f"{name}.json").stat().st_size < 300_000
    assert figures.says(found.plan, measured)


def test_a_stored_sweep_whose_knobs_are_gone_is_left_out(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = json.loads((ready.FOLDER / "kde.json").read_text())
    plain["plan"]["settings"] = {"no_such_knob": 1}
    monkeypatch.setattr(ready, "FOLDER", tmp_path)
    (tmp_path / "kde.json").write_text(json.dumps(plain))
    assert ready.stored("kde") is None and ready.stored("vae") is None


# --- the page

def sweep_page(visit: Open, **address: object) -> Any:
    return visit("sweep", **address)


def test_a_stored_sweep_is_on_the_screen_on_arrival(store: Store, visit: Open) -> None:
    app = sweep_page(visit)
    assert any("best" in item.value for item in app.info), [item.value for item in app.info]
    assert len(app.get("plotly_chart")) == 2
    for name in ready.READY:
        app = sweep_page(visit, sweep=f"ready-{name}")
        assert any(ready.READY[name].look_for == item.value for item in app.markdown)


def test_the_button_beside_a_knob_leads_to_a_plan(store: Store, visit: Open) -> None:
    app = to_plan(visit("vae", latent_dim=5))
    assert app.session_state[KEY] == Draft("vae", {"latent_dim": 5}, ["beta"], {})
    assert any("Latent dimensions: 5" in item.value for item in app.caption)
    assert "sweep-start" in {button.key for button in app.button}


def to_plan(app: Any) -> Any:
    """Press the button beside beta, and go where it leads: AppTest stays on its page."""
    press(app, "sweep-beta")
    app.query_params.clear()
    return sound(app.switch_page("pages/sweep.py").run())


def test_own_points_go_along_into_a_sweep(store: Store, visit: Open) -> None:
    app = visit("clustering", dataset="mine", method="kmeans")
    app.session_state["own-data"].points = [(0.1 * i, 0.2 * (i % 3)) for i in range(8)]
    app.session_state["own-data"].classes = [0] * 8
    sound(app.run())
    press(app, "sweep-n_clusters")
    drawn = app.session_state[KEY]
    assert len(drawn.own["points"]) == 8
    plan = made(concept="clustering", settings={"dataset": "mine"}, own=drawn.own,
                metric="inertia", axes=[{"name": "n_clusters", "values": (2, 3)}])
    assert len(plan.settings_of((2,), 0).points) == 8  # type: ignore[attr-defined]
    again = Plan(**json.loads(plan.model_dump_json()))
    assert again.settings_of((2,), 0) == plan.settings_of((2,), 0)


def test_a_sweep_that_is_not_there_is_said_to_be(store: Store, visit: Open) -> None:
    app = sweep_page(visit, sweep="f" * 32)
    assert any("is not in your notebook" in item.value for item in app.caption)


def test_a_sweep_is_planned_started_and_read(store: Store, visit: Open) -> None:
    app = to_plan(visit("vae", **TINY))
    app.number_input(key="sweep-values-vae-beta-count").set_value(2)
    sound(app.run())
    press(app, "sweep-start")
    owner = app.session_state["tab"].owner
    (sweep,) = shelf.mine(store, owner)
    assert sweep.plan.axes[0].values == (0.0, 20.0)
    end = time.monotonic() + 120
    while session.sweeper().look(owner, sweep.id)[0].state != "finished":
        assert time.monotonic() < end
        session.sweeper().tick()
    sound(app.run())
    assert any("2 of 2 runs" in str(item.proto) for item in app.get("progress"))
    assert len(app.get("plotly_chart")) == 2 and "sweep-open" in {b.key for b in app.button}
    found = cells(sweep.plan, session.sweeper().look(owner, sweep.id)[1])
    rows = list(csv.DictReader(io.StringIO(page.as_csv(sweep.plan, found))))
    assert [float(row["beta"]) for row in rows] == [0, 20] and rows[0]["status"] == "finished"
    assert "plotly" in page.as_html(sweep.plan, found, {"one": figures.one(sweep.plan, found)})
    press(app, "sweep-delete")
    assert shelf.mine(store, owner) == []
    press(app, "sweep-undo")
    assert [each.id for each in shelf.mine(store, owner)] == [sweep.id]
    assert len(session.sweeper().look(owner, sweep.id)[1]) == 2


def test_a_page_without_a_store_says_why_and_shows_the_stored_sweeps(visit: Open) -> None:
    app = sweep_page(visit)
    assert any("this server keeps no runs" in item.value for item in app.warning)
    assert app.get("plotly_chart") and not toasts(app)


@pytest.fixture(autouse=True)
def no_sweeper_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a sweeper work when it is told to, and with its test's own store and engine."""
    monkeypatch.setattr(session, "Sweeper", partial(Sweeper, by_itself=False))
    yield
    session._sweeper.clear()
