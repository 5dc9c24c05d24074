"""plotly.js for the browser: a small edition for planes, the whole one for figures in space."""

import gzip
import importlib.metadata
import importlib.util
import re
import tempfile
from pathlib import Path

FRONTEND = Path(__file__).parents[1] / "frontend"
CACHE = Path(__file__).parents[3] / ".cache"
WHOLE = "plotly.min.js.gz"
CARTESIAN = "plotly-cartesian.min.js.gz"  # see scripts/plotly_cartesian.sh


def code(*, whole: bool) -> str:
    """Return plotly.js, the whole of it or what a plane needs."""
    if whole:
        return _source().read_text(encoding="utf-8")
    return gzip.decompress((FRONTEND / CARTESIAN).read_bytes()).decode("utf-8")


def version() -> str:
    """Return the version of plotly.js that the plotly package brings."""
    with _source().open(encoding="utf-8") as text:
        found = re.search(r"plotly\.js v([\d.]+)", text.read(200))
    if found is None:
        raise RuntimeError(f"{_source()} must begin with its version")
    return found[1]


def whole_folder() -> Path:
    """Return a folder with the whole of plotly.js, compressed once and for all.

    Streamlit would compress the 5 MB anew for each visitor, a third of a second in which it serves
    nobody else; an archive it sends as it is.
    """
    folder = CACHE / f"plotly-{importlib.metadata.version('plotly')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / WHOLE).exists():
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as partial:
                partial.write(gzip.compress(_source().read_bytes(), 6))
            Path(partial.name).replace(folder / WHOLE)
    except OSError:  # a read-only installation
        folder = Path(tempfile.mkdtemp(prefix="playground-plotly-"))
        (folder / WHOLE).write_bytes(gzip.compress(_source().read_bytes(), 6))
    return folder


def _source() -> Path:
    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("live_plot draws with plotly.js from the plotly package")
    return Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
