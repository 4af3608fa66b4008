"""An order is the file and the text it was; anything else is told apart, quote by quote."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from forthwith.formats.served.paragraphs import UnreadablePaperError
from forthwith.respond.registers import orders
from tests.builders import ordered, served

HELD = [ordered.obligation("3"), ordered.obligation("5", quote="shall list every account")]


def test_text_comes_out_of_each_form_with_both_digests() -> None:
    for name, data in (
        ("order.txt", ordered.TEXT.encode()),
        ("order.docx", ordered.word()),
        ("order.PDF", served.pdf(ordered.TEXT, per_page=6)),
    ):
        found = orders.read(name, data)

        assert found.source.sha256 == hashlib.sha256(data).hexdigest()
        assert found.sha256 == hashlib.sha256(found.text.encode()).hexdigest()
        assert "shall bring back all customer assets" in found.text
        assert "Filed" not in found.text


def test_a_page_without_text_is_named() -> None:
    paper = served.pdf("one\ntwo\n\n\nfive\nsix", per_page=2)

    assert orders.read("order.pdf", paper).bare == ("page 2",)
    assert orders.read("order.txt", b"one\f\n\ftwo").bare == ("page 2",)
    assert orders.read("order.docx", ordered.word()).bare == ()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("order.txt", b""),
        ("order.txt", b" \n\f\n"),
        ("order.docx", ordered.word("")),
        ("order.docx", b"PK\x03\x04 nothing"),
        ("order.pdf", b"%PDF-1.4 nothing"),
        ("order.csv", b"number,quote\n1,a\n"),
        ("order", b"1. A."),
    ],
)
def test_an_order_without_text_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(UnreadablePaperError, match=f"{name} cannot be read"):
        orders.read(name, data)


def test_the_pinned_order_has_no_differences() -> None:
    """Whatever the file is called today."""
    given = orders.read("renamed.txt", ordered.TEXT.encode())

    assert orders.differences(ordered.order(), HELD, given) == []


def test_another_file_is_told_by_digest_and_by_each_quote_it_lacks() -> None:
    other = ordered.TEXT.replace("monthly", "quarterly")
    file, text, quote = orders.differences(
        ordered.order(), HELD, orders.read("order.txt", other.encode())
    )

    assert file.startswith("The file is another one: SHA-256 ")
    assert ordered.order().source.sha256 in file
    assert text.startswith("The text in it is another one: SHA-256 ")
    assert "This version reads" not in text
    assert quote == (
        'Consent Order/3: its quote is not in this text. "monthly" is quoted where the document '
        'has "quarterly". The nearest passage is "shall serve quarterly reports".'
    )


def test_a_file_resaved_with_the_same_text_differs_as_a_file_only() -> None:
    given = orders.read("order.docx", ordered.word())
    pinned = replace(ordered.order(), text_sha256=given.sha256)

    assert len(orders.differences(pinned, [], given)) == 1


def test_the_same_file_read_otherwise_says_that_the_reader_is_to_blame() -> None:
    given = orders.read("order.txt", ordered.TEXT.encode())
    (told,) = orders.differences(replace(ordered.order(), text_sha256="0" * 64), [], given)

    assert "This version reads the file otherwise" in told


def test_a_quote_said_to_stand_elsewhere_is_told() -> None:
    given = orders.read("order.txt", ordered.TEXT.encode())
    (told,) = orders.differences(ordered.order(), [ordered.obligation("3", start=5, end=9)], given)

    assert told.endswith("and was pinned at 5 to 9.")


def test_a_quote_that_stands_twice_is_named() -> None:
    text = "They shall report\nmonthly. They shall report monthly."
    twice = ordered.obligation("1", start=5, end=25)
    once = ordered.obligation("2", start=0, end=len(text))

    assert orders.repeated([twice, once], text) == ["Consent Order/1"]
