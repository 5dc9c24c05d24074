"""What axe-core finds on the pages by the rules of WCAG 2.2, A and AA, on light and on dark ones.

Nothing is left out: what Streamlit draws passes too, by a rule or two of our own style.
"""

import pytest
from browser import ROOT, Bench, Server
from playwright.sync_api import Browser

pytest_plugins = ("browser",)

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa",
                                               "wcag22aa"]},
         "resultTypes": ["violations"]}
SETTLE_MS = 300  # colours change in a transition
GROUND = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
IS_DARK = f"{GROUND} === 'rgb(14, 17, 23)'"


@pytest.fixture(scope="module")
def tab(chromium: Browser, server: Server) -> Bench:
    """One tab for all pages: what it has fetched it need not fetch again."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    return Bench(context.new_page(), server)


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
def test_no_rule_of_wcag_is_broken(tab: Bench, page: str) -> None:
    found = {}
    tab.open("" if page == "home" else page)
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)
        tab.page.wait_for_function(f"dark => ({IS_DARK}) === dark", arg=scheme == "dark")
        tab.page.wait_for_timeout(SETTLE_MS)
        for broken in axe.Axe().run(tab.page, None, RULES).response["violations"]:
            for node in broken["nodes"]:
                found[f"{scheme} {broken['id']} {node['target']}"] = node["failureSummary"]
    assert not found, "\n".join(f"{where}\n  {why}" for where, why in found.items())
