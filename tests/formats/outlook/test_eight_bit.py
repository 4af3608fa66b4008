"""Eight-bit strings of messages that name no code page: read by a guess, and told as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading
from forthwith.formats.outlook import msg
from forthwith.plain import ansi_pages
from tests.builders.outlook import Bag, MsgBuilder

SUBJECT, BODY, PAGE, INTERNET, LOCALE = 0x0037001E, 0x1000001E, 0x3FFD0003, 0x3FDE0003, 0x3FF10003
CLASS: Bag = {0x001A001E: b"IPM.Note"}


def read(bag: Bag, people: tuple[Bag, ...] = ()) -> Reading:
    return msg.read(InMemory(MsgBuilder({**CLASS, **bag}, people).build()), Hint())


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("cp1251", "Счёт за хранение ключей кошелька"),
        ("cp1251", "Отчёт"),
        ("cp1251", "FW: Договор хранения.doc"),
        ("cp1252", "Schlüssel für die Geldbörse"),
        ("cp1253", "Κατάσταση πορτοφολιού"),
        ("cp1254", "Cüzdan anahtarları için değişiklik"),
        ("cp1250", "Přehled klíčů peněženky"),
        ("cp1255", "מפתחות הארנק"),
        ("cp1256", "مفاتيح المحفظة"),
        ("cp874", "กุญแจกระเป๋าเงิน"),
        ("cp932", "鍵の保管"),
        ("cp936", "关于冷钱包密钥保管的说明"),
        ("cp949", "지갑 키 보관"),
        ("cp950", "關於冷錢包金鑰保管的說明"),
        ("utf-8", "Ключи кошелька"),
    ],
)
def test_without_a_code_page_the_bytes_are_guessed_and_the_guess_told(
    page: str, words: str
) -> None:
    reading = read({SUBJECT: words.encode(page)})

    assert reading.value("subject") == words
    assert [fault.reason for fault in reading.faults] == [FaultReason.UNDECODABLE]
    assert "guess" in reading.faults[0].detail


@pytest.mark.parametrize(
    "hint",
    [{PAGE: 1251}, {INTERNET: 1251}, {INTERNET: 20866}, {INTERNET: 28595}, {LOCALE: 1049}],
)
def test_a_code_page_or_a_language_is_no_guess(hint: Bag) -> None:
    """KOI8-R is how such mail travels, not how a Windows machine keeps its strings."""
    words = "Счёт за хранение ключей"
    reading = read({SUBJECT: words.encode("cp1251"), **hint})

    assert reading.value("subject") == words
    assert reading.faults == ()


def test_strings_kept_as_they_travelled_are_read_so() -> None:
    words = "Счёт за хранение ключей"

    assert read({SUBJECT: words.encode("koi8-r"), INTERNET: 20866}).value("subject") == words


def test_a_recipient_alone_tells_the_charset_of_his_name() -> None:
    people: tuple[Bag, ...] = ({0x0C150003: 1, 0x3001001E: "Иван Петров".encode("cp1251")},)
    reading = read({SUBJECT: b"Keys"}, people)

    assert reading.value("to") == "Иван Петров"
    assert len(reading.faults) == 1


def test_ascii_needs_no_code_page() -> None:
    assert read({SUBJECT: b"Keys", BODY: b"All of them."}).faults == ()


def test_characters_that_are_none_are_counted() -> None:
    reading = read({SUBJECT: b"Keys", 0x1000001F: "lost \ufffd\ufffd"})

    assert [fault.detail[:12] for fault in reading.faults] == ["2 characters"]


@given(st.binary(max_size=80))
def test_any_bytes_get_a_page(data: bytes) -> None:
    assert data.decode(ansi_pages.guess(data, "cp1252"), "replace") is not None
