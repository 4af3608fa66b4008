"""Contact files: three versions, many cards, photos, nothing thrown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Hint, InMemory, Kind, Reading, Relation
from forthwith.formats.calendar import vcard

CARDS = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
    b"Lindqvist;P=C3=A9r;;;\r\nTEL;WORK;VOICE:+41 44 000 00 01\r\nEND:VCARD\r\n"
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Tunde Adeyemi\r\nORG:Northgate;Custody\r\n"
    b"EMAIL;TYPE=INTERNET,WORK:tunde@northgate.example\r\n"
    b"PHOTO;ENCODING=b;TYPE=PNG:iVBO\r\n Rw==\r\nX-BADGE:17\r\nEND:VCARD\r\n"
    b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Marisol\r\nitem1.EMAIL:marisol@northgate.example\r\n"
    b"PHOTO:data:image/png;base64,iVBORw==\r\nREV:20220314T090000Z\r\nEND:VCARD\r\n"
)


def reading(data: bytes = CARDS) -> Reading:
    return vcard.read(InMemory(data), Hint())


def test_all_cards_are_one_document() -> None:
    document = reading()

    assert document.kind is Kind.CONTACT
    assert document.text.startswith("Contacts: 3 cards")
    assert document.value(names.TITLE) == "Lindqvist, Pér"
    assert document.value(names.EMAIL_ADDRESSES) == (
        "tunde@northgate.example; marisol@northgate.example"
    )
    assert document.value(names.PHONES) == "+41 44 000 00 01"
    assert document.faults == ()


def test_the_text_shows_every_property() -> None:
    text = reading().text

    assert "Phone (work, voice): +41 44 000 00 01" in text
    assert "Organization: Northgate, Custody" in text
    assert "X-BADGE: 17" in text


def test_photos_are_inline_children() -> None:
    document = reading()
    assert document.children is not None
    photos = [child for child in document.children() if isinstance(child, Child)]

    assert [photo.load() for photo in photos] == [b"\x89PNG"[:4], b"\x89PNG"[:4]]
    assert {photo.relation for photo in photos} == {Relation.INLINE}
    assert document.declared == 2


def test_nothing_readable_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        reading(b"BEGIN:VCARD\r\nEND:VCARD\r\n")


@given(st.binary(max_size=60), st.integers(0, len(CARDS)), st.integers(0, 60))
def test_no_mutation_throws_anything_else(junk: bytes, at: int, cut: int) -> None:
    try:
        document = reading(CARDS[:at] + junk + CARDS[at + cut :])
    except UnreadableError:
        return
    document.text.encode("utf-8")
    assert document.children is not None
    for child in document.children():
        if isinstance(child, Child):
            child.load()
