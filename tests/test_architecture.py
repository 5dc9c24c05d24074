"""Imports run downhill, the web side never meets torch, and the worker never meets streamlit."""

import ast
import functools
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

LADDER = [
    {"playground"},
    {"model_zoo", "playground.numbers"},
    {"playground.language", "playground.snapshot", "playground.training.randomness",
     "playground.training.batches", "playground.training.updates"},
    {"playground.claim", "playground.refusal"},
    {"playground.measures"},
    {"playground.explain", "playground.events", "playground.runs.weights"},
    {"playground.arguments"},
    {"playground.published"},
    {"playground.settings", "playground.algorithms", "playground.datasets"},
    {"playground.knobs", "playground.presets", "playground.training.untouched",
     "playground.experiments.*_settings"},
    {"playground.concepts"},
    {"playground.links"},
    {"playground.experiments.base", "playground.training.cost"},
    {"playground.training", "playground.metrics", "playground.runs", "playground.charts"},
    {"playground.metrics.feature_net"},
    {"playground.experiments"},
    {"playground.concepts.*.experiment"},
    {"playground.training.recipe"},
    {"playground.engine"},
    {"playground.gallery", "playground.training.folder"},
    {"playground.sweeps"},
    {"playground.ui"},
    {"playground.concepts.*.page"},
    {"playground.command", "playground.__main__", "playground.sweeps.__main__"},
    {"pages", "streamlit_app"},
]
WORKER_SIDE = ("playground.engine.worker", "playground.engine.scheduler",
               "playground.engine.inline", "playground.training", "model_zoo")
WEB_SIDE = ("playground.engine.supervisor", "playground.engine.base", "playground.charts",
            "playground.runs", "playground.settings", "playground.language", "playground.ui")


def _files() -> Iterator[tuple[str, Path]]:
    for top in ("playground", "model_zoo", "pages"):
        for path in sorted((PROJECT / top).rglob("*.py")):
            parts = path.relative_to(PROJECT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path
    if (PROJECT / "streamlit_app.py").exists():
        yield "streamlit_app", PROJECT / "streamlit_app.py"


MODULES = dict(_files())


@functools.cache
def _parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@functools.cache
def _imports(module: str) -> set[str]:
    """Return what a file imports anywhere in it, the modules of this project in full."""
    found: set[str] = set()
    for node in ast.walk(_parsed(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} must import by full names"
            source = node.module or ""
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                found.add(inner if inner in MODULES else source)
    return found


# What the web side reads of a concept's room; the rest of it is the worker's.
PAGE_SIDE = ("figures", "moment", "words", "explore")


def _is_page_side(module: str) -> bool:
    """Tell whether a file of a concept is for its page: by its name, or by what it imports."""
    return module.split(".")[3] in PAGE_SIDE or any(
        name.startswith(("streamlit", "playground.ui")) for name in _imports(module))


def _kind(module: str) -> str:
    """Return the name under which a module stands on the ladder."""
    parts = module.split(".")
    if parts[:2] == ["playground", "concepts"] and len(parts) > 3:
        if parts[3] in ("settings", "presets", "measures"):
            return "playground.concepts"
        return f"playground.concepts.*.{'page' if _is_page_side(module) else 'experiment'}"
    if parts[:2] == ["playground", "experiments"] and parts[-1].endswith("_settings"):
        return "playground.experiments.*_settings"
    return module


def _rung(module: str) -> int:
    module = _kind(module)
    while module:
        for height, rung in enumerate(LADDER):
            if module in rung:
                return height
        module = module.rpartition(".")[0]
    raise AssertionError("every room must stand on the ladder")


def test_imports_run_downhill() -> None:
    below = set(MODULES) - {"playground"}  # the front door, which opens the house when asked
    uphill = {(module, name) for module in below for name in _imports(module) & set(MODULES)
              if _rung(name) > _rung(module)}
    assert uphill == set()


def test_only_the_pages_and_their_parts_import_streamlit() -> None:
    importing = {module for module in MODULES
                 if "streamlit" in {name.split(".")[0] for name in _imports(module)}}
    assert {module for module in importing
            if not module.startswith(("playground.ui", "pages", "streamlit_app"))
            and not _kind(module).endswith(".page")} == set()
    assert "streamlit_app" in importing


def test_the_model_zoo_imports_nothing_of_the_project_but_itself() -> None:
    outside = {(module, name) for module in MODULES if module.startswith("model_zoo")
               for name in {name.split(".")[0] for name in _imports(module)}
               - {"model_zoo", "torch", "scipy", *sys.stdlib_module_names}}
    assert outside == set()


def test_what_the_concepts_share_knows_none_of_them() -> None:
    shared = {module for module in MODULES if module.startswith("playground.")
              and not module.startswith("playground.concepts")}
    known = {(module, name) for module in shared for name in _imports(module)
             if name.startswith("playground.concepts.")}
    assert known == set()


def test_no_module_imports_the_private_names_of_another() -> None:
    private = {
        (module, f"{node.module}.{alias.name}")
        for module in MODULES for node in ast.walk(_parsed(module))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in (
            "playground", "model_zoo")
        for alias in node.names
        if alias.name.startswith("_") and alias.name != "_"
    }
    assert private == set()


def test_imports_make_no_circle() -> None:
    graph = {module: _imports(module) & set(MODULES) - {module} for module in MODULES}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == set(MODULES)


def test_a_circle_would_be_noticed() -> None:
    with pytest.raises(graphlib.CycleError):
        list(graphlib.TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())


def _loaded_by(modules: list[str]) -> set[str]:
    """Return the top-level packages that are loaded after importing some modules."""
    script = "\n".join(["import sys", *(f"import {module}" for module in modules),
                        "print(*{name.split('.')[0] for name in sys.modules})"])
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, text=True, check=True,
                          capture_output=True, timeout=60)
    return set(done.stdout.split())


def test_the_web_side_never_loads_torch() -> None:
    pages = [module for module in MODULES if module.startswith(("pages", "streamlit_app"))]
    imported_by_pages = set().union(*(_imports(page) for page in pages))
    web = {module for module in MODULES if module.startswith(WEB_SIDE)}
    settings = {module for module in MODULES
                if module.endswith(("settings", ".presets", *PAGE_SIDE))}
    wanted = web | settings | imported_by_pages & set(MODULES)
    assert not any(module.startswith(WORKER_SIDE) for module in wanted)
    assert "torch" not in _loaded_by(sorted(wanted))


def test_the_worker_never_loads_streamlit() -> None:
    experiments = [module for module in MODULES if module.endswith(".experiment")]
    loaded = _loaded_by(["playground.engine.worker", "playground.engine.inline", *experiments])
    assert "torch" in loaded and "streamlit" not in loaded
