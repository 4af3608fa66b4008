"""Scanners of XML say what plain patterns say, and cost what the length costs."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from forthwith.formats.bytes import xmlscan
from forthwith.formats.office import ooxml_sheet

_TAG = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


@given(st.text("a<> \n;"))
def test_what_is_in_no_tag_stays(xml):
    """A "<" behind the last ">" begins no tag."""
    assert xmlscan.strip(xml) == _TAG.sub("", xml)


@given(st.text("ab:=\"' \n"))
def test_an_attribute_is_a_name_and_a_quoted_value(tag):
    """A name begins where no letter of a name stands before it."""
    assert xmlscan.attributes(tag) == {name: a or b for name, a, b in _ATTRIBUTE.findall(tag)}


@given(st.lists(st.sampled_from(["</c>", "</c", " ", ">", "</cols>", "a", "</c\n>"])))
def test_what_is_closed_ends_with_its_last_end_tag(pieces):
    """An end tag of a longer name, or without its ">", closes nothing."""
    xml = "".join(pieces)
    ends = [tag.end() for tag in re.finditer(r"</c\s*>", xml)]
    assert xmlscan.closed(xml, "c") == (ends[-1] if ends else 0)


def test_tags_and_names_without_end_cost_what_their_length_costs():
    """A part of 400,000 of them took an hour."""
    began = time.process_time()
    xmlscan.strip("<a" * 400_000)
    xmlscan.attributes("a" * 400_000)
    xmlscan.closed("</c " * 400_000, "c")
    assert time.process_time() - began < 10


def test_sheets_of_cells_and_strings_nobody_closes_cost_what_their_length_costs():
    """Each beginning looked for its end to the end of the part; the row behind them is kept."""
    began = time.process_time()
    for opening in (b"<si>", b"<si a", b"<si><t><rPh"):
        ooxml_sheet.strings(opening * 100_000)
    kept = b'<row r="1"><c r="A1"><v>7</v></c></row>'
    sheet = ooxml_sheet.SheetScan((), ooxml_sheet.Styles())
    for opening in (b"<c>", b"<c ", b"<c><v "):
        assert sheet.text(kept + opening * 100_000) == "7"
    assert sheet.text(b"<row><c>" + b"<v " * 100_000 + b"</c></row>") == ""
    assert time.process_time() - began < 20
