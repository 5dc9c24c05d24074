"""Tables from visitors: what is read, what is refused with one sentence, and how quickly."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from playground.datasets.own_csv import MAX_BYTES, choose, read, write

ROOT = Path(__file__).parents[1]
PEOPLE = b"name,age,height,sex\nann,30,1.6,f\nben,,1.8,m\ncarl,40,1.7,m\ndora,50,1.65,f\n"


def test_numbers_are_read_and_other_columns_are_left_out_by_name() -> None:
    table = read(PEOPLE)
    assert table.columns == ("age", "height")
    np.testing.assert_array_equal(table.values,
                                  [[30, 1.6], [np.nan, 1.8], [40, 1.7], [50, 1.65]])
    assert table.left_out == (
        "Not all values are numbers in “name” (line 2: “ann”), “sex” (line 2: “f”).",)
    codes, names = table.groups["sex"]
    assert names == ("f", "m") and codes.tolist() == [0, 1, 1, 0]


def test_a_row_with_a_missing_value_is_left_out_by_its_line() -> None:
    chosen = choose(read(PEOPLE), ["height", "age"], classes="sex")
    assert len(chosen.points) == 3 and chosen.classes.tolist() == [0, 1, 0]
    assert chosen.notes[0] == ("Rows left out, since a value is missing: 1, namely "
                               "line 3 (“age”).")
    assert len(choose(read(PEOPLE), ["height"]).points) == 4


@pytest.mark.parametrize("word", ["", "NA", "nan", "NaN", "null", "?", "-", " "])
def test_words_for_missing(word: str) -> None:
    table = read(f"a,b\n1,{word}\n2,3\n".encode())
    assert np.isnan(table.values[0, 1]) and table.values[1, 1] == 3


@pytest.mark.parametrize("word", ["inf", "-inf", "1e999", "1e101", "x", "1.2.3", "0x10"])
def test_what_is_no_finite_number_makes_its_column_text(word: str) -> None:
    table = read(f"a,b\n1,2\n2,{word}\n".encode())
    assert table.columns == ("a",)
    assert table.left_out == (f"Not all values are numbers in “b” (line 3: “{word}”).",)


def test_of_many_columns_and_rows_that_are_left_out_some_are_named() -> None:
    table = read(b"x,a,b,c,d\n1,p,p,p,p\n" + b",q,q,q,q\n" * 4)
    assert table.left_out[0].startswith("Not all values are numbers in 4 columns, for example “a”")
    assert choose(table, ["x"]).notes[0] == (
        "Rows left out, since a value is missing: 4, for example line 3 (“x”), line 4 (“x”), "
        "line 5 (“x”).")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_separators_line_ends_and_byte_order_marks(delimiter: str, newline: str,
                                                   start: str) -> None:
    lines = ["x;y".replace(";", delimiter), f"1{delimiter}-2.5", f"3{delimiter}4e-1", ""]
    table = read((start + newline.join(lines)).encode())
    assert table.columns == ("x", "y")
    assert table.values.tolist() == [[1, -2.5], [3, 0.4]]


def test_decimal_commas_are_read_where_commas_do_not_separate() -> None:
    assert read(b"x;y\n1,5;2\n3;-0,25\n").values.tolist() == [[1.5, 2], [3, -0.25]]


def test_a_table_without_a_header_gets_names() -> None:
    table = read(b"1,2\n3,4\n")
    assert table.columns == ("column 1", "column 2") and len(table.values) == 2
    assert table.lines.tolist() == [1, 2]


def test_names_are_made_unique_and_short() -> None:
    table = read(("a,a,," + "b" * 99 + "\n1,2,3,4\n").encode())
    assert table.columns == ("a", "a (2)", "column 3", "b" * 40)


def test_windows_letters_are_read() -> None:
    assert read("größe,x\n1,2\n".encode("cp1252")).columns == ("größe", "x")


def test_quotes_may_hold_separators_and_line_ends() -> None:
    table = read(b'"a,b",c\n"1",2\n"3\n",4\n5,x\n')
    assert table.columns == ("a,b",)
    assert table.lines.tolist() == [2, 4, 5]


@pytest.mark.parametrize(("raw", "message"), [
    (b"", "must hold a table, got an empty file"),
    (b" \n \n", "must hold a table, got an empty file"),
    (b"a,b\n", "must have rows under its header, got none"),
    (b"a,b\n1,2\n3\n", "Each line must have 2 values as the header has, got 1 in line 3"),
    (b"a,b\n1,2\n3,4,5\n", "got 3 in line 3"),
    (b'a,b\n1,"2\n', "Each quote must be closed .* in line 2"),
    (b'a,"b\n1,2\n', "Each quote must be closed"),
    (b'a,b\n1,"2"3\n', "Each quote must be closed .* in line 2"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "got binary data at byte 6"),
    (b"PK\x03\x04abc", "got binary data at byte 2"),
    ("a,b\n1,2\n".encode("utf-16"), "must be CSV in UTF-8, got UTF-16"),
    (b"a,b\n" + b"1,2\n" * 100_001, "at most 100,000 rows, got more"),
    (",".join(["a"] * 201).encode() + b"\n", "at most 200 columns, got 201"),
    (b"a" * 20_001 + b"\n1\n", "header must have at most 20,000 characters"),
    (b"a,b\nx,y\n", "One column at least must hold numbers alone, got none: “a” .line 2: “x”"),
    (b"a,b\n,\n", "got none: all values are missing"),
    (b"a" * (MAX_BYTES + 1), "at most 5 MB, got 5.0 MB"),
], ids=range(17))
def test_what_is_no_table_is_refused_with_one_sentence(raw: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        read(raw)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_rows_that_are_never_complete_are_refused() -> None:
    with pytest.raises(ValueError, match="One row at least must have a value in each"):
        choose(read(b"a,b\n1,\n,2\n"), ["a", "b"])


def test_standardised_columns_count_alike_and_others_keep_their_proportions() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 2)) * [1, 100] + [5, -7]
    table = read(write(["a", "b"], rows, {}))
    alike = choose(table, ["a", "b"])
    assert np.allclose(alike.points.std(axis=0), alike.points.std(axis=0)[0], rtol=1e-5)
    kept = choose(table, ["a", "b"], standardise=False)
    centred = rows - rows.mean(axis=0)
    np.testing.assert_allclose(kept.points, 1.5 * centred / np.abs(centred).max(), atol=1e-6)
    for chosen, unit in ((alike, np.abs(centred / centred.std(axis=0)).max() / 1.5),
                         (kept, np.abs(centred).max() / 1.5)):
        assert np.abs(chosen.points).max() == pytest.approx(1.5)
        assert f"1 here is {unit:.3g} " in chosen.notes[-1]


@pytest.mark.parametrize("values", ["1\n1\n1", "1e100\n-1e100\n0", "1e-300\n2e-300\n0"])
@pytest.mark.parametrize("standardise", [True, False])
def test_extreme_columns_stay_finite(values: str, standardise: bool) -> None:
    with np.errstate(all="ignore"):
        points = choose(read(f"a\n{values}\n".encode()), ["a"], standardise=standardise).points
    assert np.isfinite(points).all() and np.abs(points).max() <= 1.5


def test_many_rows_are_thinned_evenly_and_it_is_said() -> None:
    table = read(write(["a"], np.arange(10_000.0)[:, None], {}))
    chosen = choose(table, ["a"], standardise=False)
    assert len(chosen.points) == 2000 and "2,000 of 10,000 rows" in chosen.notes[0]
    gaps = np.diff(chosen.points[:, 0])
    assert gaps.min() > 0.7 * gaps.mean() and gaps.max() < 1.3 * gaps.mean()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_written_is_read_again_to_the_last_bit(dtype: type) -> None:
    rows: np.ndarray = np.random.default_rng(1).normal(size=(1200, 3)).astype(dtype)
    rows[0] = [0, -1e-30, 1e30]
    raw = write(["x", "y", "a, \"b\""], rows, {"class": np.arange(1200) % 3})
    table = read(raw)
    assert table.columns == ("x", "y", 'a, "b"', "class")
    np.testing.assert_array_equal(table.values[:, :3].astype(dtype), rows)
    assert table.groups["class"][0].tolist() == [i % 3 for i in range(1200)]


HOSTILE = {
    "a million columns": "b','.join([b'a'] * 1_000_000)",
    "one endless value": "b'a,b\\n' + b'x' * 4_900_000",
    "a quote that never ends": "b'a,b\\n\"' + b'1,2\\n' * 1_200_000",
    "quotes alone": "b'a,b\\n' + b'\"\"' * 2_400_000",
    "one row of millions": "b'a,b\\n' + b'1,' * 2_400_000",
    "blank lines alone": "b'a,b\\n' + b'\\n' * 4_900_000",
    "200 columns of text": "b','.join([b'a'] * 200) + b'\\n' + "
                           "(b','.join(b'a%d' % (i % 7) for i in range(200)) + b'\\n') * 8_000",
    "200 columns of digits": "b','.join([b'a'] * 200) + b'\\n' + "
                             "(b','.join([b'1'] * 200) + b'\\n') * 12_000",
    "different words": "b'a\\n' + b'\\n'.join(b'w%d' % i for i in range(99_999))",
}


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is counted as Linux counts it")
def test_no_file_of_5_mb_takes_long_or_much_memory() -> None:
    program = textwrap.dedent("""
        import resource, sys, time
        from playground.datasets.own_csv import read
        raw = {expression}
        assert len(raw) <= 5_000_000
        before = resource.getrusage(resource.RUSAGE_SELF)
        try:
            read(raw)
        except ValueError:
            pass
        after = resource.getrusage(resource.RUSAGE_SELF)
        print((after.ru_maxrss - before.ru_maxrss) / 1024, after.ru_utime - before.ru_utime)
    """)
    for name, text in HOSTILE.items():  # one after the other: beside each other they are slower
        told = subprocess.run([sys.executable, "-c", program.format(expression=text)], cwd=ROOT,
                              stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
        megabytes, seconds = map(float, told.split())
        assert megabytes < 300 and seconds < 2, (name, megabytes, seconds)
