"""One thread for torch, as in the worker; a virtual device, of which it hears in time; no spares.
"""

import functools
import gc
import os

import torch
from pseudo import pseudo as pseudo
from streamlit.components.v2 import manifest_scanner
from virtual_device import register

from playground.ui.bench import ask

ask.ON_ARRIVAL = False  # tests that look at something else need not wait for all answers
os.environ["PLAYGROUND_STORE"] = "off"  # what a test trains is not for anybody's notebook
os.environ["PLAYGROUND_SPARE"] = "0"  # they would take a core from the tests
torch.set_num_threads(1)
register()
# Each app under test would read the papers of all packages that are installed, 0.3 s each time.
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests)


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what all tests share."""
    gc.collect()
    gc.freeze()
