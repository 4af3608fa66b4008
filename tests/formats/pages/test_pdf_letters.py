"""PDF: words that only an annotation's look says are read; text that is no letters is told."""

from __future__ import annotations

from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading
from forthwith.formats.pages import pdf
from tests.builders.pdf import drawn, words

CODES = "BT /F2 12 Tf 20 150 Td <{}> Tj ET"


def read(content: str, change: object = None) -> Reading:
    return pdf.read(InMemory(drawn(content, change=change)), Hint())  # type: ignore[arg-type]


def with_font(font: Dictionary) -> object:
    def change(document: Pdf) -> None:
        document.pages[0].obj.Resources.Font["/F2"] = document.make_indirect(font)

    return change


def composite(ordering: str) -> Dictionary:
    """A font of two bytes a glyph whose codes are glyphs of the font file."""
    system = Dictionary(Registry=String("Adobe"), Ordering=String(ordering), Supplement=0)
    name = Name("/ABCDEF+Ledger")
    inner = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=name, CIDSystemInfo=system,
        FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=name, Flags=4),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=name, Encoding=Name("/Identity-H"),
        DescendantFonts=Array([inner]),
    )  # fmt: skip


def test_codes_of_glyphs_are_told_and_are_no_words() -> None:
    """Nothing says which letters they are: what is read looks like text and is none."""
    codes = "".join(f"{code:04x}" for code in range(0x24, 0x38))
    (fault,) = read(
        words("Dear sirs", y=220) + CODES.format(codes), with_font(composite("Identity"))
    ).faults

    assert fault.reason is FaultReason.UNDECODABLE
    assert fault.detail.startswith("every page: a font does not say which letters it shows")
    assert not read(CODES.format("00240025"), with_font(composite("Identity"))).faults, "a bullet"
    assert not read(CODES.format(codes), with_font(composite("Japan1"))).faults, "a known list"
    assert not read(words("Dear sirs"), with_font(composite("Identity"))).faults, "not written in"


def test_a_stamps_words_are_read_where_only_its_look_says_them() -> None:
    def change(document: Pdf) -> None:
        page = document.pages[0].obj

        def look(text: str) -> Object:
            form = Dictionary(
                Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 200, 30]),
                Resources=page.Resources,
            )  # fmt: skip
            return document.make_stream(words(text, x=2, y=5).encode(), form)

        def note(kind: Name, text: str, **more: Object) -> Dictionary:
            return Dictionary(
                Type=Name.Annot, Subtype=kind, Rect=Array([10, 10, 210, 40]),
                AP=Dictionary(N=look(text)), **more,
            )  # fmt: skip

        notes = (
            note(Name.Stamp, "RECEIVED 4 June"),
            note(Name.FreeText, "Agreed", Contents=String("Agreed")),
            note(Name.Redact, "", OverlayText=String("Sealed by order")),
        )
        page.Annots = Array([document.make_indirect(said) for said in notes])

    text = read(words("We owe", y=220), change).text

    assert "[Stamp: RECEIVED 4 June]" in text
    assert text.count("Agreed") == 1
    assert "[Overlay of a redaction: Sealed by order]" in text
