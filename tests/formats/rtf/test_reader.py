"""RTF: words in any code page, tracked changes, comments, hidden words, objects."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory, Reading
from forthwith.formats.rtf import reader as rtf
from tests.builders import office

BODY = (
    rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset238 B;}}"
    rb"{\info{\title Reserves}{\author Ana Lund}{\creatim\yr2023\mo1\dy5\hr10\min2}}"
    rb"{\*\revtbl{Unknown;}{Tom Reyes;}}"
    rb"caf\'e9 {\f1 \'e8esk\'fd} \u8364?5 {\deleted\revauthdel1 nine}{\v quiet}\par "
    rb"two{\*\atnauthor Ana Lund}{\*\annotation really}\par}"
)


def read(data: bytes) -> Reading:
    return rtf.read(InMemory(data), Hint())


def test_words_marks_and_properties_are_read() -> None:
    reading = read(BODY)

    assert reading.text == (
        "café český €5  [Deleted by Tom Reyes: nine] [Hidden: quiet]\n"
        "two [Comment by Ana Lund: really]"
    )
    assert (reading.value("title"), reading.value("author")) == ("Reserves", "Ana Lund")
    assert reading.value("created") == "2023-01-05T10:02:00"
    assert reading.value("tracked_changes") == reading.value("comments") == "1"


def test_an_embedded_file_is_a_child() -> None:
    inside = office.ole_package("ledger.csv", b"a,b\n")
    ole1 = (0x501).to_bytes(4, "little") + (2).to_bytes(4, "little")
    ole1 += (8).to_bytes(4, "little") + b"Word.Doc" + bytes(8)
    ole1 += len(inside).to_bytes(4, "little") + inside
    data = rb"{\rtf1{\object{\*\objdata " + ole1.hex().encode() + rb"}{\result x}}}"

    reading = read(data)
    (child,) = list(reading.children()) if reading.children else []

    assert isinstance(child, Child)
    assert (child.name, child.load()) == ("ledger.csv", b"a,b\n")


def test_a_cut_file_is_read_and_said_to_be_cut() -> None:
    assert [fault.reason for fault in read(BODY[:-1]).faults] == [FaultReason.TRUNCATED]


def test_other_bytes_are_no_rtf() -> None:
    with pytest.raises(UnreadableError):
        read(b"hello")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(BODY)), st.binary(max_size=8))
def test_damage_is_never_an_exception_of_ours(at: int, noise: bytes) -> None:
    read(b"{\\rtf1" + BODY[6:at] + noise + BODY[at:]).text.encode()


def test_what_a_form_field_shows_is_in_the_flow() -> None:
    """Word draws the chosen item and the box: no text of the file holds them."""
    field = (
        rb"{\field{\*\fldinst FORMDROPDOWN {\*\formfield{\fftype2\ffres%d\ffdefres0"
        rb"{\*\ffname d}{\*\ffl Retail}{\*\ffl Custody}}}}{\fldrslt }}"
    )
    box = rb"{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres1}}}{\fldrslt }}"
    text = read(
        rb"{\rtf1 Class: " + field % 1 + b" " + field % 25 + b" " + box + rb" asked\par}"
    ).text

    assert text == "Class: Custody Retail \u2612 asked [Choices: Retail; Custody]"


def test_word_art_is_text_and_what_is_said_of_shapes_is_marked() -> None:
    body = (
        rb"{\rtf1 a{\shp{\*\shpinst{\sp{\sn gtextUNICODE}{\sv DRAFT}}{\sp{\sn wzDescription}"
        rb"{\sv The vault}}{\sp{\sn fillColor}{\sv 12}}}}{\pict{\*\picprop{\sp{\sn wzDescription}"
        rb"{\sv The key}}}\pngblip 8950}{\*\docvar {client}{Ortega}}"
        rb'{\field{\*\fldinst IF 1 = 1 "x" "kept back"}{\fldrslt x}}\par}'
    )

    assert read(body).text == (
        "aDRAFTx [Alternative text: The vault] [Alternative text: The key] "
        '[Document variable: client Ortega] [Field: IF 1 = 1 "x" "kept back"]'
    )
