"""The browser in which benchmarks and tests look at the pages."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--no-first-run")

# Streamlit itself looks for a server at the address of each deep link first.
STREAMLITS_OWN = re.compile(r"/\w+/_stcore/(health|host-config)$")


def executable(playwright: Playwright) -> str | None:
    """Return the system's Chromium, or Playwright's own where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
    return found if Path(found).exists() else None


def launch(playwright: Playwright) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=executable(playwright),
                                      args=list(ARGUMENTS))
