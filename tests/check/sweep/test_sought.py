"""What is looked for, and what is not: short, common, of other scripts, in pieces."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest

from forthwith.check.sweep import layers
from forthwith.check.sweep.layers import Sweep
from forthwith.check.sweep.sought import How, Sought
from forthwith.domain.redactions import Passage, RedactedDocument


def sought(text: str, around: tuple[str, str] = ("", "")) -> Sought:
    passage = Passage("FW00000001", 1, "PII", text, around)
    return Sought([RedactedDocument("BTS00000001", (passage,))])


def hows(sweep: Sought, text: str) -> set[How]:
    return {found.how for found in sweep.in_text(text)}


@pytest.mark.parametrize(
    ("passage", "text"),
    [
        ("José García", "Ask JOSE\u0301 GARCI\u0301A."),
        ("Müller & Söhne GmbH", "an die Mu\u0308ller & So\u0308hne\r\nGmbH"),
        ("$4,250.50", "<v>4250.5</v>"),
        ("1.234.567,00 €", "1234567"),
        ("張偉業", "聯絡張偉業先生"),
        ("דוד בן גוריון", "שלום דוד בן גוריון כאן"),
        ("Straße 12", "in der STRASSE 12"),
        ("(?:a+)+$ [x] 99", "so (?:a+)+$ [x] 99 it is"),
        ("ab12", "see AB12."),
    ],
)
def test_a_passage_is_found_however_it_is_written(passage: str, text: str) -> None:
    assert hows(sought(passage), text) == {How.WHOLE}


@pytest.mark.parametrize(
    ("passage", "text"),
    [
        ("4417", "digest 9a4417f0 and 144170"),
        ("Bo Li", "they abolish it"),
        ("of the", "one of the many"),
        ("7", "on day 7"),
    ],
)
def test_chance_is_no_finding(passage: str, text: str) -> None:
    assert hows(sought(passage), text) == set()


def test_what_is_too_short_to_be_told_from_chance_is_counted() -> None:
    assert sought("of").unsought == 1
    assert sought("of", ("the end", "this year")).unsought == 0


@pytest.mark.parametrize("charset", ["cp1251", "utf-16-be", "koi8-r"])
def test_other_letters_are_found_among_bytes(charset: str) -> None:
    found = sought("Иван Петров").in_bytes(bytes(range(256)) + "Иван Петров".encode(charset))

    assert {one.how for one in found} == {How.WHOLE}


def swept(data: bytes) -> Sweep:
    sweep = Sweep(sought("Calloway Ridge 4417-2093"))
    sweep.piece(data, "file")
    return sweep


def test_what_expands_without_end_is_told_and_what_comes_first_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layers, "_PIECE", 2**20)
    data = zlib.compress(b"Calloway Ridge 4417-2093" + bytes(2**21))

    sweep = swept(data)

    assert sweep.hits
    assert sweep.closed["expands beyond the limit"] == 1


@pytest.mark.parametrize(
    "data",
    [
        b"x\x9c" * 120_000,
        b"PK\x03\x04" * 120_000,
        b"\x01\xff\xbf\x00Attribut" * 5_000,
        b"\xff\xff\xff\x7f____LZFu" * 5_000,
        b"<" * 400_000,
        b"BT Tj " + b"(" * 400_000,
        b"~>" + b"a" * 400_000,
        b"{\\rtf1 " + b"{" * 100_000,
        base64.encodebytes(b"x" * 400_000),
        b"%PDF-1.4\n1 0 obj\n" + b"[" * 20_000,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 10_000,
    ],
    ids=["zlib", "zip", "macro", "rtf", "tags", "strings", "a85", "groups", "base64", "pdf", "ole"],
)
def test_hostile_bytes_come_to_an_end(data: bytes) -> None:
    assert not swept(data).hits


def test_layers_upon_layers_are_opened() -> None:
    data = b"Calloway Ridge 4417-2093"
    for _ in range(5):
        data = gzip.compress(base64.b64encode(data))

    assert swept(data).hits
