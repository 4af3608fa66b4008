"""A load file is written by its rules, and what was written by them is read back by them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.loadfiles import dat
from forthwith.loadfiles.dat import PLAIN, PlainRules

HEADER = ["BEGDOC", "NAME", "NOTE"]
ROW = ["AB00000001", "Lee, Wei", 'a "b" | c\td ~ þ']
FORMS = [
    PLAIN,
    PlainRules(field=",", quote='"', newline="~"),
    PlainRules(field="|", quote="'"),
    PlainRules(field="\t", quote="^"),
    PlainRules(field="|", quote="þ"),
    PlainRules(field=";", quote="§", newline=" "),
    PlainRules(encodings=("cp1252", "utf-8")),
    PlainRules(encodings=("utf-16",)),
    PlainRules(encodings=("utf-16-be",), bom_if_unicode=False),
    PlainRules(header=False),
]
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12
)


def written(rules: PlainRules, *rows: list[str]) -> bytes:
    return b"".join(dat.write(HEADER, rows, rules))


def read(data: bytes, rules: PlainRules) -> list[list[str]]:
    return dat.read(data, rules, {name.lower() for name in HEADER}).rows


@pytest.mark.parametrize("rules", FORMS, ids=str)
def test_what_is_written_by_rules_is_read_by_them(rules: PlainRules) -> None:
    """Signs of the form inside values are no reason to shift a column."""
    assert read(written(rules, ROW, ROW), rules) == [[dat.clean(cell, rules) for cell in ROW]] * 2


@given(rules=st.sampled_from(FORMS), cells=st.lists(st.tuples(texts, texts), min_size=1))
def test_no_value_shifts_a_column(rules: PlainRules, cells: list[tuple[str, str]]) -> None:
    """Whatever two of three cells hold."""
    rows = [[f"AB{place:08d}", *pair] for place, pair in enumerate(cells, 1)]
    back = read(written(rules, *rows), rules)

    assert back == [[dat.clean(cell, rules) for cell in row] for row in rows]


def test_without_quotes_the_fields_sign_becomes_a_space_and_is_told() -> None:
    """Nothing else could keep the value in its cell."""
    told: list[tuple[int, str, str]] = []
    rules = PlainRules(field=",", quote="")
    data = b"".join(dat.write(HEADER, [ROW], rules, lambda *change: told.append(change)))

    assert read(data, rules)[0][1] == "Lee  Wei"
    assert told == [(1, "NAME", "Lee, Wei")]


def test_the_first_encoding_that_holds_all_is_taken() -> None:
    used: list[str] = []
    rules = PlainRules(encodings=("ascii", "cp1252", "utf-8"))
    for name in ("Lee", "Zoë", "李"):
        list(dat.write(HEADER, [["A1", name, ""]], replace(rules, quote='"'), encoded=used.append))

    assert used == ["ascii", "cp1252", "utf-8"]


def test_what_no_encoding_holds_is_told() -> None:
    """A name in other letters must not vanish without a word."""
    told: list[tuple[int, str, str]] = []
    rules = PlainRules(encodings=("cp1252",))
    data = b"".join(
        dat.write(HEADER, [ROW, ["AB00000002", "李", ""]], rules, lambda *c: told.append(c))
    )

    assert [change for change in told if change[0] == 2] == [(2, "NAME", "李")]
    assert b"\xfe?\xfe" in data


@pytest.mark.parametrize(
    ("encoding", "mark", "first"),
    [
        ("utf-8", True, b"\xef\xbb\xbf"),
        ("utf-8-sig", False, b'"'),
        ("utf-16", True, b"\xff\xfe"),
        ("cp1252", True, b'"'),
    ],
)
def test_the_mark_stands_where_it_is_asked_for(encoding: str, first: bytes, mark: bool) -> None:
    rules = PlainRules(",", '"', encodings=(encoding,), bom_if_unicode=mark)

    assert written(rules, ROW).startswith(first)


def test_a_file_without_a_header_begins_with_its_first_row() -> None:
    assert written(PlainRules(",", '"', header=False), ROW).startswith(b'\xef\xbb\xbf"AB00000001"')


def test_another_form_than_agreed_is_read_all_the_same() -> None:
    """What came is found by its own signs, so that the check can say what it is."""
    found = dat.read(written(PLAIN, ROW), PlainRules(",", '"'))

    assert found.dialect.field == "\x14"
    assert found.rows == [[*ROW[:2], dat.clean(ROW[2])]]


def test_names_agreed_on_make_a_header() -> None:
    """A first column that ends in digits would be taken for a document."""
    data = b"".join(dat.write(["FIELD001", "FIELD002"], [["A0000001", "x"]]))

    assert dat.read(data, names={"field001", "field002"}).header == ("FIELD001", "FIELD002")


@pytest.mark.parametrize("name", ["ZÃ¼rich", "Â© 2021", "Ä€"])
def test_what_would_be_taken_for_utf8_is_written_as_utf8(name: str) -> None:
    """A name garbled long ago stays as it is, and no reader mends it by guessing."""
    used: list[str] = []
    rules = PlainRules(encodings=("cp1252", "utf-8"))
    data = b"".join(dat.write(HEADER, [["A1", name, "Zoë"]], rules, encoded=used.append))

    assert used == ["utf-8"]
    assert read(data, rules)[0] == ["A1", name, "Zoë"]


@pytest.mark.parametrize("quote", ["þ", '"'])
def test_where_no_unicode_was_agreed_none_is_guessed(quote: str) -> None:
    rules = PlainRules(quote=quote, encodings=("cp1252",), bom_if_unicode=False)
    found = dat.read(written(rules, ["A1", "Ä€", "Zoë"]), rules)

    assert found.rows == [["A1", "Ä€", "Zoë"]]
    assert found.oddities == ()


def test_a_first_row_that_begins_with_a_quote_is_no_quoted_one() -> None:
    """Without a header the first line is whatever the first document says."""
    for field in "|^":
        rules = PlainRules(field, "", header=False)
        for row in (["þ ,", "", r"TEXT\0001\A1.TXT"], ["", "", r"TEXT\0001\A1.TXT"]):
            assert read(written(rules, row), rules) == [row]


def test_a_backslash_may_stand_for_a_line_break() -> None:
    assert dat.clean("a\nb", PlainRules(newline="\\")) == "a\\b"
