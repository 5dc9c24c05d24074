"""What is installed is pinned, and the lock files say the same as the lists they come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\\n]+)", re.M)


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {package.lower().replace("_", "-"): version for package, version in PIN.findall(text)}


@pytest.mark.parametrize(("name", "lock"), [
    ("requirements", "requirements"), ("requirements-ray", "requirements-dev"),
    ("requirements-dev", "requirements-dev")])
def test_the_lock_has_all_that_is_asked_for_in_the_same_version(name: str, lock: str) -> None:
    asked = _pins(f"{name}.txt")
    assert asked and asked.items() <= _pins(f"{lock}.lock").items(), "run `make lock`"


def test_the_app_is_the_same_with_and_without_the_tools_of_its_developers() -> None:
    assert _pins("requirements.lock").items() <= _pins("requirements-dev.lock").items()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_each_package_has_a_hash_and_no_registry_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z])", text.strip())
    assert len(blocks) >= len(_pins(name)) > 80  # one package may differ by the version of Python
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
