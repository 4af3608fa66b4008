"""Scanners of XML say what plain patterns say, and cost what the length costs."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from forthwith.formats.bytes import xmlscan

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


def test_tags_and_names_without_end_cost_what_their_length_costs():
    """A part of 400,000 of them took an hour."""
    began = time.process_time()
    xmlscan.strip("<a" * 400_000)
    xmlscan.attributes("a" * 400_000)
    assert time.process_time() - began < 10
