"""PDF forms: every filled value stands in the text, once."""

from __future__ import annotations

from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from forthwith.domain.evidence import Hint, InMemory
from forthwith.formats.pages import pdf
from tests.builders import pdf as build


def text(change: Callable[[Pdf], None]) -> str:
    return pdf.read(InMemory(build.altered(change)), Hint()).text


def filled(*fields: Dictionary, **form: object) -> str:
    """The text of a PDF with these form fields, and what else the form says."""

    def change(document: Pdf) -> None:
        rows = Array([document.make_indirect(row) for row in fields])
        others = {f"/{key}": value for key, value in form.items()}
        document.Root.AcroForm = Dictionary({"/Fields": rows, **others})

    return text(change)


def test_a_text_field_stands_with_its_name_and_label() -> None:
    assert "[Form field amount (Amount owed): 1,250,000]" in filled(
        Dictionary(FT=Name.Tx, T="amount", TU="Amount owed", V="1,250,000")
    )


def test_a_choice_stands_as_shown_and_as_exported() -> None:
    options = Array([Array([String("1"), String("No")]), Array([String("2"), String("Yes")])])
    one = Dictionary(FT=Name.Ch, T="consent", Opt=options, V="2")
    many = Dictionary(FT=Name.Ch, T="coins", Opt=Array([String("BTC"), String("ETH")]),
                      V=Array([String("BTC"), String("ETH")]))  # fmt: skip
    index = Dictionary(FT=Name.Ch, T="row", Opt=options, I=Array([0]))

    words = filled(one, many, index)

    assert "[Form field consent: Yes (2)]" in words
    assert "[Form field coins: BTC; ETH]" in words
    assert "[Form field row: No (1)]" in words


def test_boxes_and_radio_buttons_say_which_is_on() -> None:
    ticked = Dictionary(FT=Name.Btn, T="agree", V=Name.Yes, AS=Name.Yes)
    looks = Dictionary(FT=Name.Btn, T="seen", AS=Name.On)
    off = Dictionary(FT=Name.Btn, T="sold", V=Name.Off, AS=Name.Off)
    radio = Dictionary(
        FT=Name.Btn, T="kind", Ff=1 << 15, V=Name("/1"),
        Opt=Array([String("Cash"), String("Coin")]),
        Kids=Array([Dictionary(AS=Name.Off), Dictionary(AS=Name("/1"))]),
    )  # fmt: skip

    words = filled(ticked, looks, off, radio)

    assert "[Form field agree: Yes]" in words
    assert "[Form field seen: On]" in words
    assert "[Form field kind: Coin]" in words
    assert "sold" not in words


def test_a_push_button_stands_by_its_caption() -> None:
    button = Dictionary(FT=Name.Btn, T="b", Ff=1 << 16, MK=Dictionary(CA="Pay out now"))

    assert "[Form field b: Pay out now]" in filled(button)


def test_kids_take_value_and_kind_from_above() -> None:
    """A value on the parent, widgets without a name, and names joined by points."""

    def change(document: Pdf) -> None:
        parent = document.make_indirect(Dictionary(FT=Name.Tx, T="owner", V="Ana Lund"))
        widget = document.make_indirect(Dictionary(Subtype=Name.Widget, Parent=parent))
        named = document.make_indirect(Dictionary(T="city", V="Bergen", Parent=parent))
        parent.Kids = Array([widget, named])
        document.Root.AcroForm = Dictionary(Fields=Array([parent]))

    words = text(change)

    assert words.count("[Form field owner: Ana Lund]") == 1
    assert "[Form field owner.city: Bergen]" in words


def test_a_stream_and_rich_text_are_values() -> None:
    def change(document: Pdf) -> None:
        stream = document.make_stream(b"a long answer")
        rich = "<body><p>only <b>rich</b></p></body>"
        rows = [Dictionary(FT=Name.Tx, T="s", V=stream), Dictionary(FT=Name.Tx, T="r", RV=rich)]
        document.Root.AcroForm = Dictionary(Fields=Array(map(document.make_indirect, rows)))

    words = text(change)

    assert "[Form field s: a long answer]" in words
    assert "[Form field r: only rich]" in words


def test_a_signature_says_who_and_why() -> None:
    signed = Dictionary(
        Type=Name.Sig, Name="Ana Lund", Reason="Approved", M="D:20230105100000Z", Contents=b"\x30"
    )

    assert "[Signature s by Ana Lund on 2023-01-05: reason: Approved]" in filled(
        Dictionary(FT=Name.Sig, T="s", V=signed)
    )


def test_a_widget_no_list_names_is_read() -> None:
    """Tools that merge PDFs leave fields on the page that the form no longer lists."""

    def change(document: Pdf) -> None:
        note = Dictionary(Subtype=Name.Widget, FT=Name.Tx, T="orphan", V="kept", Rect=[0, 0, 9, 9])
        document.pages[0].obj.Annots = Array([document.make_indirect(note)])

    assert "[Form field orphan: kept]" in text(change)


TEMPLATE = (
    b'<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform><draw><value><text>'
    b"Total reserves</text></value></draw></subform></template>"
)
DATA = (
    b'<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><f><amt>77'
    b"</amt><amt>We &amp; co</amt></f></xfa:data></xfa:datasets>"
)


@pytest.mark.parametrize("packets", [1, 2])
def test_the_data_and_captions_of_xfa_are_read(packets: int) -> None:
    def change(document: Pdf) -> None:
        head, foot = b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">', b"</xdp:xdp>"
        whole = document.make_stream(head + TEMPLATE + DATA + foot)
        parts = [b"template", TEMPLATE, b"datasets", DATA]
        pieces = [
            String(part.decode()) if place % 2 == 0 else document.make_stream(part)
            for place, part in enumerate(parts)
        ]
        xfa = whole if packets == 1 else Array(pieces)
        document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=xfa)

    words = text(change)

    assert "[Form caption: Total reserves]" in words
    assert "[Form data f.amt: 77]" in words
    assert "[Form data f.amt: We & co]" in words


def test_what_a_field_says_is_not_said_again_by_the_data() -> None:
    """Static XFA holds every value twice; a reader should not count it twice."""

    def change(document: Pdf) -> None:
        field = Dictionary(FT=Name.Tx, T="amt[0]", V="77")
        document.Root.AcroForm = Dictionary(
            Fields=Array([document.make_indirect(field)]), XFA=document.make_stream(DATA)
        )

    words = text(change)

    assert words.count("77") == 1
    assert "We & co" in words


def test_kids_in_a_ring_end() -> None:
    def change(document: Pdf) -> None:
        parent = document.make_indirect(Dictionary(FT=Name.Tx, T="a"))
        parent.Kids = Array([parent])
        document.Root.AcroForm = Dictionary(Fields=Array([parent, pikepdf.Array([])]))

    assert text(change) == "We owe one million"


def test_odd_values_are_read_or_left_and_never_stop_the_rest() -> None:
    words = filled(
        Dictionary(FT=Name.Tx, T="number", V=42),
        Dictionary(FT=Name.Tx, T="odd", V=Dictionary(A=1)),
        Dictionary(FT=Name.Ch, T="none", V=Array([]), Opt="x", I="y"),
        Dictionary(FT=Name.Tx, T="last", V="kept"),
        XFA="nonsense",
    )

    assert "[Form field number: 42]" in words
    assert "odd" not in words
    assert "[Form field last: kept]" in words
