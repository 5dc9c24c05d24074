"""The tokens of the look: they can be seen on both pages, and Streamlit has the same."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from playground import tokens
from playground.charts.colors import rgb

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "playground" / "ui" / "frontend"
SET_BY_SCRIPTS = {"--at", "--columns", "--rows", "--side", "--edge", "--page-background",
                  "--page-text", "--size"}
LEAST_OF_MARKS, LEAST_OF_WORDS = 3, 4.5  # WCAG 2.2, 1.4.11 and 1.4.3
MARKS = {**tokens.MARKS, **{f"class {i}": color for i, color in enumerate(tokens.CLASSES)}}


def contrast(one: str, other: str, opacity: float = 1) -> float:
    """Return the contrast of a colour to a ground that shines through it, by WCAG 2.2."""
    ground = rgb(other)
    values = np.stack([ground + opacity * (rgb(one) - ground), ground]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    dark, light = np.sort(linear @ [0.2126, 0.7152, 0.0722])
    return float((light + 0.05) / (dark + 0.05))


@pytest.mark.parametrize("theme", tokens.PAGES)
@pytest.mark.parametrize("name", MARKS)
def test_marks_stand_out_from_the_page(theme: str, name: str) -> None:
    assert contrast(MARKS[name], tokens.PAGES[theme]["backgroundColor"]) >= LEAST_OF_MARKS


@pytest.mark.parametrize("theme", tokens.PAGES)
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
def test_words_can_be_read_on_the_page_and_on_what_lies_on_it(theme: str, ground: str) -> None:
    page = tokens.PAGES[theme]
    assert contrast(page["textColor"], page[ground]) >= LEAST_OF_WORDS
    assert contrast(page["textColor"], page[ground], tokens.FAINT) >= LEAST_OF_WORDS


@pytest.mark.parametrize("theme", tokens.PAGES)
def test_what_can_be_pressed_stands_out_and_its_word_can_be_read(theme: str) -> None:
    page = tokens.PAGES[theme]
    assert contrast(page["primaryColor"], page["backgroundColor"]) >= LEAST_OF_MARKS
    assert contrast("#FFFFFF", page["primaryColor"]) >= LEAST_OF_WORDS


@pytest.mark.parametrize("theme", tokens.PAGES)
def test_streamlit_draws_its_own_part_with_the_same_colours(theme: str) -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    theirs = {"primaryColor": config["primaryColor"], **config[theme]}
    assert {name: color.upper() for name, color in theirs.items()} == tokens.PAGES[theme]
    assert config["chartCategoricalColors"] == list(tokens.CLASSES)
    assert config["baseRadius"] == f"{tokens.SIZES['radius']}px"


@pytest.mark.parametrize("path", [*FRONTEND.glob("*.css"),
                                  ROOT / "playground" / "ui" / "bench" / "style.py",
                                  ROOT / "playground" / "ui" / "bench" / "standalone.html"],
                         ids=lambda path: path.name)
def test_a_style_sheet_takes_its_colours_and_sizes_of_type_from_the_tokens(path: Path) -> None:
    sheet = path.read_text("utf-8")
    known = {f"--{name}" for name in re.findall(r"--([\w-]+):", tokens.css() + sheet)}
    used = {name for name in re.findall(r"var\((--[\w-]+)", sheet) if not name.startswith("--st-")}
    assert used - known <= SET_BY_SCRIPTS
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", sheet)
    assert not re.findall(r"font(?:-size)?:[^;]*\d(?:px|rem)", sheet)
