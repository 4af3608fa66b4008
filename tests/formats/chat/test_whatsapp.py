"""WhatsApp texts: both shapes of line, all orders of a date, no date where its order is open."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forthwith.domain import fields as names
from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory, Kind, Reading
from forthwith.formats import readers
from forthwith.formats.chat import exports
from tests.builders.chats import zipped
from tests.builders.messengers import ANDROID, IPHONE


def in_folder(text: str, name: str = "_chat.txt", **files: bytes) -> Reading:
    members = {name: text.encode(), **{path.replace("__", "."): files[path] for path in files}}
    return exports.read_members({path: InMemory(data) for path, data in members.items()}, Hint())


def days(reading: Reading) -> list[Reading]:
    assert reading.children is not None
    parts = [child for child in reading.children() if isinstance(child, Child)]
    return [child.reading() for child in parts if child.reading is not None]


def sent(text: str) -> list[str]:
    """Return when each day begins, "" where that is not known."""
    return [day.value(names.SENT) for day in days(in_folder(text))]


def test_an_iphone_export_has_days_people_and_files() -> None:
    members = {"_chat.txt": IPHONE.encode(), "00000002-shares.txt": b"three shares"}
    reading = exports.read_members({path: InMemory(data) for path, data in members.items()}, Hint())
    first, second = days(reading)

    assert (first.kind, first.value(names.PLATFORM)) == (Kind.CHAT, "WhatsApp")
    assert first.value(names.SENT) == "2022-03-14T09:00:00"
    assert "Per Lindqvist: Who holds share 3?\n    And share 4?" in first.text
    assert first.faults == ()
    assert first.children is not None
    assert [c.load() for c in first.children() if isinstance(c, Child)] == [b"three shares"]
    assert [(f.reason, f.detail) for f in second.faults] == [
        (FaultReason.MISSING,
         "the file 'image' did not come with the chat (left out when the chat was exported)")
    ]  # fmt: skip


def test_an_android_export_knows_halves_of_the_day() -> None:
    reading = in_folder(ANDROID, "WhatsApp Chat with Vault.txt")
    first, second = days(reading)

    assert first.value(names.SUBJECT) == "Vault"
    assert first.value(names.SENT) == "2022-03-14T21:00:00"
    assert second.value(names.SENT) == "2022-03-15T00:05:00"
    assert "IMG-1.jpg" in first.faults[0].detail
    assert "[system]: Per Lindqvist added Ana Ruiz" in second.text
    assert (first.value(names.FROM), first.value(names.TO)) == ("Per Lindqvist", "Lee, Wei")
    assert second.value(names.FROM) == "Lee, Wei"


def test_the_parts_of_an_export_are_its_bytes() -> None:
    """Every line stands in the native of exactly one day."""
    reading = in_folder(IPHONE)
    assert reading.children is not None
    parts = [child.load() for child in reading.children() if isinstance(child, Child)]

    assert b"".join(part for part in parts if isinstance(part, bytes)) == IPHONE.encode()


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("[14.03.22, 09:00:00] Per: a\n", ["2022-03-14T09:00:00"]),
        ("[04.03.22, 09:00:00] Per: a\n", ["2022-03-04T09:00:00"]),
        ("[2022-03-04 09:00:00] Per: a\n", ["2022-03-04T09:00:00"]),
        ("[14/03/2022 09:00:00] Per: a\n", ["2022-03-14T09:00:00"]),
        ("14-03-2022 09:00 - Per: a\n", ["2022-03-14T09:00:00"]),
        ("14/3/22 9:00 p. m. - Per: a\n", ["2022-03-14T21:00:00"]),
        ("[12.3.2022 klo 14.08.18] Per: a\n", ["2022-03-12T14:08:18"]),
        ("[2022/3/14 \u4e0b\u53489:00:00] Per: a\n", ["2022-03-14T21:00:00"]),
        ("[2022. 3. 14. \uc624\ud6c4 9:00:00] Per: a\n", ["2022-03-14T21:00:00"]),
        ("3/4/22, 9:00 - Per: a\n13/4/22, 9:00 - Per: b\n",
         ["2022-04-03T09:00:00", "2022-04-13T09:00:00"]),
        ("04/04/2022, 9:00 - Per: a\n", ["2022-04-04T09:00:00"]),
    ],
)  # fmt: skip
def test_the_whole_file_decides_the_order_of_a_date(text: str, when: list[str]) -> None:
    assert sent(text) == when


def test_an_order_nobody_can_tell_is_a_fault_and_no_date() -> None:
    reading = in_folder("03/04/2022, 9:00 - Per: a\n04/04/2022, 9:00 - Per: b\n")

    assert [fault.reason for fault in reading.faults] == [FaultReason.DISAGREEMENT]
    assert "day, month, year (2022-04-03) or month, day, year (2022-03-04)" in (
        reading.faults[0].detail
    )
    (day,) = days(reading)
    assert day.value(names.SENT) == ""
    assert "[Sent 03/04/2022, 9:00, as exported]" in day.text
    assert day.text.startswith("WhatsApp: Per, undated (no times)")


def test_a_log_of_the_same_shape_is_no_chat() -> None:
    """Without the name WhatsApp gives and without its marks, a bracketed date is anybody's."""
    log = b"[2022-03-14 09:00:00] production.ERROR: no key\n[2022-03-14 09:00:01] x.INFO: y\n"

    assert readers.read(InMemory(log), Hint("a.txt")).kind is Kind.EDOC
    assert readers.read(InMemory(IPHONE.encode()), Hint("a.txt")).kind is Kind.CONTAINER


@pytest.mark.parametrize(
    "text",
    [
        "2022-03-14 22 h 00 - Per: a\n",
        "١٤/٣/٢٠٢٢، ١٠:٠٠ م - Per: a\n",
        "14.3.2022 klo 22.00 - Per: a\n",
        "14/03/2022, 10:00 p.\u00a0m. - Per: a\n",
    ],
)
def test_a_loose_file_of_that_name_is_a_chat(text: str) -> None:
    """Few lines have a mark of WhatsApp's; the name it gave is enough for a file as for a zip."""
    reading = readers.read(InMemory(text.encode()), Hint("WhatsApp Chat with Per.txt"))

    assert (reading.kind, reading.value(names.SENT)) == (Kind.CHAT, "2022-03-14T22:00:00")


def test_a_zip_as_an_iphone_mails_it_is_one_chat() -> None:
    data = zipped({"_chat.txt": IPHONE.encode(), "00000002-shares.txt": b"s"})
    reading = readers.read(InMemory(data), Hint("WhatsApp Chat - Vault.zip"))
    assert reading.children is not None
    (chat,) = [child for child in reading.children() if isinstance(child, Child)]

    assert chat.reading is not None
    assert len(days(chat.reading())) == reading.declared + 1 == 2


def test_a_name_of_whatsapp_with_other_words_is_told() -> None:
    data = zipped({"_chat.txt": "\u06f1\u06f4/\u06f0\u06f3 \u2013 Per \u2013 a".encode()})
    reading = readers.read(InMemory(data), Hint("a.zip"))
    assert reading.children is not None
    (chat,) = [child for child in reading.children() if isinstance(child, Child)]

    assert chat.reading is not None
    assert [fault.reason for fault in chat.reading().faults] == [FaultReason.UNSUPPORTED]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(alphabet="0123456789/.-:[], \nAPMap\u200e\u202fPer<>()", max_size=200))
def test_any_text_reads_without_an_exception(text: str) -> None:
    reading = in_folder(text)
    for day in days(reading):
        day.text.encode("utf-8")
