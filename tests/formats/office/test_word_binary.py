"""Word files from before 2007: what was deleted, hidden, filled in, and what stands apart."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.evidence import Hint, InMemory, Reading
from forthwith.formats.office import legacy, word_binary
from forthwith.formats.ole.objects import compound
from tests.builders.damage import survives

TEXT_AT, PAGE = 0x400, 4
DELETED = struct.pack("<HBHHHI", 0x0800, 1, 0x4863, 1, 0x6864, 0x07AA2800)
HIDDEN = struct.pack("<HB", 0x083C, 1)


def word(
    runs: Sequence[tuple[str, bytes]], apart: Sequence[str] = (), data: bytes = b""
) -> tuple[bytes, bytes, bytes]:
    """WordDocument, 1Table and Data of (words, character properties) and of subdocuments."""
    body = "".join(words for words, _ in runs)
    text = body + "".join(apart)
    main = bytearray(TEXT_AT) + text.encode("utf-16-le")
    main += bytes(512 * PAGE - len(main))
    places, offsets, modifiers, at = [TEXT_AT], b"", bytearray(512), 511
    for words, said in runs:
        places.append(places[-1] + 2 * len(words))
        if said:
            at = (at - len(said) - 1) // 2 * 2
            modifiers[at : at + len(said) + 1] = bytes([len(said)]) + said
        offsets += bytes([at // 2 if said else 0])
    head = struct.pack(f"<{len(places)}I", *places) + offsets
    modifiers[: len(head)] = head
    modifiers[511] = len(runs)
    main += modifiers
    clx = struct.pack("<BIIIHIH", 2, 16, 0, len(text), 0, TEXT_AT, 0)
    plc = struct.pack("<III", places[0], places[-1], PAGE)
    names = ["Unknown", "Tom Reyes"]
    authors = struct.pack("<HHH", 0xFFFF, len(names), 0)
    for name in names:
        authors += struct.pack("<H", len(name)) + name.encode("utf-16-le")
    table = b""
    for index, part in ((33, clx), (12, plc), (51, authors)):
        struct.pack_into("<II", main, 154 + 8 * index, len(table), len(part))
        table += part
    main[:2] = b"\xec\xa5"
    main[11] = 2
    lengths = [len(body), *map(len, apart)]
    struct.pack_into(f"<{len(lengths)}i", main, 0x4C, *lengths)
    return bytes(main), table, data


def read(streams: tuple[bytes, bytes, bytes]) -> Reading:
    named = zip((("WordDocument",), ("1Table",), ("Data",)), streams)
    return legacy.read(InMemory(compound(dict(named))), Hint())


def test_what_was_deleted_and_hidden_is_in_the_text() -> None:
    """The words of a deletion stand in the file and on no page."""
    runs = [("We owe ", b""), ("nine", DELETED), ("one", HIDDEN), (" million\r", b"")]
    reading = read(word(runs))

    assert "[Deleted by Tom Reyes on 2022-10-05: nine]" in reading.text
    assert "[Hidden: one]" in reading.text
    assert (reading.value("tracked_changes"), reading.value("hidden_text")) == ("1", "1")


def test_what_stands_apart_is_found_whatever_the_library_takes() -> None:
    facts = word_binary.facts(*word([("Body\r", b"")], ["Note one\r", "Head\r", "", "Really?\r"]))

    assert facts.apart == {
        "Footnotes": ["Note one"], "Headers and footers": ["Head"], "Comments": ["Really?"],
    }  # fmt: skip


def test_instructions_of_fields_are_marked_and_named_files_are_links() -> None:
    text = '\x13 INCLUDETEXT "C:\\\\side.docx" \x14shown\x15 \x13 HYPERLINK \\l "here" \x14x\x15\r'
    facts = word_binary.facts(*word([(text, b"")]))

    assert facts.marks == ['[Field: INCLUDETEXT "C:\\\\side.docx"]']
    assert facts.links == ["C:\\\\side.docx"]


def xstz(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"


def form(kind: int, result: int, default: int, items: Sequence[str] = ()) -> bytes:
    """A PICF head and the FFData after it ([MS-DOC] 2.9.78)."""
    inner = struct.pack("<IHHH", 0xFFFFFFFF, kind | result << 2, 0, 0) + xstz("class")
    inner += struct.pack("<H", default) + xstz("") + xstz("Ask counsel") + xstz("") * 3
    if items:
        inner += struct.pack("<HHH", 0xFFFF, len(items), 0)
        inner += b"".join(struct.pack("<H", len(i)) + i.encode("utf-16-le") for i in items)
    return struct.pack("<IH", 68 + len(inner), 68) + bytes(62) + inner


def test_the_chosen_item_of_a_form_field_is_read() -> None:
    """Word draws it; no character of the text holds it."""
    for result, default, shown in ((1, 0, "Custody"), (25, 0, "Retail")):
        data = form(2, result, default, ("Retail", "Custody"))
        said = struct.pack("<HBHI", 0x0806, 1, 0x6A03, 0)
        facts = word_binary.facts(*word([("Class: ", b""), ("\x01", said)], data=data))

        assert facts.marks == [
            f"[Chosen of a drop-down class: {shown}]",
            "[Choices: Retail; Custody]",
            "[Help of a form field: Ask counsel]",
        ]


RUNS = [("We owe ", b""), ("nine", DELETED), ("\x13 IF 1 \x15", HIDDEN)]
SOUND = word(RUNS, ["Note\r"], form(1, 1, 0))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2), st.integers(0, 4000), st.binary(min_size=1, max_size=6))
def test_damage_is_never_an_exception_of_ours(which: int, at: int, noise: bytes) -> None:
    streams = list(SOUND)
    at %= len(streams[which])
    streams[which] = streams[which][:at] + noise + streams[which][at + len(noise) :]

    word_binary.facts(*streams)
    assert survives(lambda data: read((data, SOUND[1], SOUND[2])), streams[0])
