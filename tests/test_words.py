"""What visitors read: numbers, plural forms, the glossary, and why there are generative models."""

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest

from playground.concepts.generative_models import reasons
from playground.language import CONTENT, _, plural
from playground.numbers import shown
from playground.ui.bench import glossary

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("value", "spec", "text"), [
    (-0.0004, ".3f", "0.000"), (-0.0006, ".3f", "-0.001"), (0.0, ".2f", "0.00"),
    (-1e-5, ".1%", "0.0%"), (0.004, "+.2f", "+0.00"), (-0.2, "+.1f", "-0.2"),
    (1234.5678, ",.1f", "1,234.6"), (99_999.4, ".1f", "99999.4"), (304_406.2, ".1f", "304,406"),
    (30_440_612.0, ".1f", "3.04 × 10⁷"), (-2.5e13, ".2f", "-2.50 × 10¹³"),
    (math.inf, ".2f", "inf"), (-math.inf, ".2f", "-inf"), (math.nan, ".1f", "nan")])
def test_a_number_is_written_as_a_reader_wants_it(value: float, spec: str, text: str) -> None:
    assert shown(value, spec) == text


def test_a_translated_text_writes_its_numbers_so() -> None:
    assert _("{a:.2f} nats").format(a=-0.001) == "0.00 nats"
    assert _("{a:.1f} nats").format(a=np.float32(30_440_612)) == "3.04 × 10⁷ nats"
    assert _("{} of {n:,}, {share:.0%}, {k:g}: {name}").format(
        3, n=10_000, share=0.5, k=1e-5, name="x") == "3 of 10,000, 50%, 1e-05: x"


@pytest.mark.parametrize("text", ["{{x}} {a}", "{a!r:>5}", "{a:>5}|{b[0]}", "{b[0]:d} {a}"])
def test_a_translated_text_is_else_filled_as_any_other(text: str) -> None:
    assert _(text).format(a="y", b=[7]) == text.format(a="y", b=[7])


def test_fixed_decimals_are_never_written_past_the_rule() -> None:
    past = []
    for path in (*(ROOT / "pages").glob("*.py"), *(ROOT / "playground" / "ui").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (isinstance(node, ast.FormattedValue) and node.format_spec
                    and re.search(r"\.\d[f%]", ast.unparse(node.format_spec))):
                past.append(f"{path.name}:{node.lineno}")
    assert past == []


def test_one_thing_is_not_many() -> None:
    assert plural("{n} number", "{n} numbers", 1).format(n=1) == "1 number"
    assert plural("{n} number", "{n} numbers", 20).format(n=20) == "20 numbers"


def test_every_term_has_a_meaning_and_pages_that_exist() -> None:
    known = glossary.terms()
    text = (CONTENT / "en" / "glossary" / "terms.md").read_text(encoding="utf-8")
    assert len(known) == text.count("####") > 80
    assert [term.name for term in known] == sorted((term.name for term in known),
                                                  key=str.casefold)
    assert len({term.name for term in known}) == len(known)
    for term in known:
        assert term.meaning.endswith("."), term.name
        assert term.pages and all((ROOT / "pages" / f"{page}.py").exists()
                                  for page in term.pages), term.name


def test_a_term_is_found_by_its_plain_word_its_abbreviation_and_what_it_means() -> None:
    known = glossary.terms()
    assert glossary.search(known, "overfitting")[0].name == "learned by heart (overfitting)"
    assert glossary.search(known, "elbo")[0].name == "evidence lower bound (ELBO)"
    assert "bits per dimension" in [term.name for term in glossary.search(known, "base 2")]
    assert glossary.search(known, "") == known
    assert glossary.search(known, "no such word") == []


@pytest.mark.parametrize("reason", reasons.REASONS, ids=lambda reason: reason.run)
def test_each_reason_shows_15_pictures_of_a_stored_run(reason: reasons.Reason) -> None:
    images = reasons.picture_of(reason)
    assert images is not None and len(images) == 15 and images.dtype == np.uint8
    if reason.family:  # from left to right: what is given, three answers, the truth
        rows = images.reshape(3, 5, -1)
        assert all(len(np.unique(row, axis=0)) >= 3 for row in rows)
