"""Exports of messengers: told by what they hold, a document for each conversation and day."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forthwith.domain import fields as names
from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory, Kind, Reading
from forthwith.formats import readers
from forthwith.formats.chat import exports
from tests.builders import messengers
from tests.builders.chats import rsmf_manifest, zipped


def read(data: bytes, name: str = "x.json") -> Reading:
    return readers.read(InMemory(data), Hint(name))


def of(value: object) -> Reading:
    return read(json.dumps(value).encode())


def children(reading: Reading) -> list[Child]:
    assert reading.children is not None
    return [child for child in reading.children() if isinstance(child, Child)]


def days(reading: Reading) -> list[Reading]:
    return [child.reading() for child in children(reading) if child.reading is not None]


def told(readings: Iterable[Reading]) -> list[str]:
    return [fault.detail for reading in readings for fault in reading.faults]


def in_folder(files: dict[str, bytes]) -> Reading:
    return exports.read_members({path: InMemory(data) for path, data in files.items()}, Hint())


def test_google_chat_has_people_days_and_files() -> None:
    reading = in_folder(messengers.google_files())
    first, second = days(reading)
    per, wei = "Per Lindqvist <per@northgate.example>", "Lee, Wei <lee@northgate.example>"

    assert reading.declared == 2
    assert (first.kind, first.value(names.PLATFORM)) == (Kind.CHAT, "Google Chat")
    assert (first.value(names.SUBJECT), first.value(names.FROM)) == ("Vault", f"{per}; {wei}")
    assert "Ana Ruiz <ana@northgate.example>" in first.value(names.TO)
    assert first.value(names.SENT) == "2022-03-14T09:00:00+00:00"
    assert first.faults == second.faults == ()
    assert [child.load() for child in children(first)] == [b"three shares"]
    assert "    [2022-03-14 09:01:00 UTC] Lee, Wei" in first.text
    assert "[Deleted message]" in second.text


def test_google_chat_without_its_files_says_which() -> None:
    first, _ = days(of(messengers.google_chat()))

    assert told([first]) == ["the file 'File-shares.txt' did not come with the chat"]
    assert first.faults[0].reason is FaultReason.MISSING


def test_a_takeout_zip_joins_files_to_the_day_and_keeps_the_rest() -> None:
    """Attached files are the day's; whatever else the zip holds stays a member of its own."""
    top = "Takeout/Google Chat/Groups/Space A/"
    data = zipped({**messengers.google_files(top), f"{top}stray.txt": b"s", "Takeout/a.txt": b"a"})
    reading = read(data, "takeout.zip")
    chat, *others = children(reading)
    assert chat.reading is not None

    assert [child.name for child in others] == ["stray.txt", "a.txt"]
    assert reading.declared == 3
    assert [child.name for child in children(days(chat.reading())[0])] == ["File-shares.txt"]


def test_dates_in_words_of_another_language_are_no_dates() -> None:
    chat = messengers.google_chat()
    chat["messages"][0]["created_date"] = "lundi 14 mars 2022 \u00e0 09:00:00 UTC"

    assert "1 message without a time" in told(days(of(chat)))


def test_hangouts_of_either_age_read_alike() -> None:
    new = messengers.hangouts()
    old = {
        "conversation_state": [
            {"conversation_state": {"conversation": talk["conversation"]["conversation"],
                                    "event": talk["events"]}}
            for talk in new["conversations"]
        ]
    }  # fmt: skip
    first, second = days(of(new))

    assert [day.text for day in days(of(old))] == [first.text, second.text]
    assert "Per Lindqvist: Where is\n    it (https://x.example/)" in first.text
    assert (first.value(names.SUBJECT), first.value(names.FROM)) == (
        "Per Lindqvist, Lee, Wei",
        "Per Lindqvist; Lee, Wei",
    )
    assert "[From 'x' to 'y']" in second.text


@pytest.mark.parametrize(
    ("value", "platform", "words", "faults"),
    [
        (messengers.telegram(), "Telegram", "Lee, Wei: see this", 2),
        (messengers.discord(), "Discord", "Per Lindqvist (per): Who holds share 3?", 1),
        (messengers.facebook(), "Facebook Messenger", "R\u00e9mi: Voil\u00e0 la cl\u00e9", 1),
        (messengers.teams(), "Microsoft Teams", "Per Lindqvist: Who holds share 3?", 1),
        (messengers.skype(), "Skype", "lee: Who holds share 3?", 0),
    ],
)
def test_one_day_of_one_conversation_is_that_document(
    value: dict[str, Any], platform: str, words: str, faults: int
) -> None:
    """And each file it lists is a fault of it, because none lies beside it."""
    reading = of(value)

    assert (reading.kind, reading.value(names.PLATFORM)) == (Kind.CHAT, platform)
    assert words in reading.text
    assert reading.value(names.SENT).startswith("2022-03-14T09:0")
    assert [fault.reason for fault in reading.faults] == [FaultReason.MISSING] * faults


def test_a_file_named_by_a_path_from_higher_up_is_joined() -> None:
    """Meta counts paths from the top of the whole download."""
    thread = json.dumps(messengers.facebook()).encode()
    reading = in_folder({"message_1.json": thread, "photos/key.jpg": b"jpg"})
    (day,) = days(reading)

    assert day.faults == ()
    assert [child.load() for child in children(day)] == [b"jpg"]


@pytest.mark.parametrize(
    "value",
    [messengers.google_chat(), messengers.hangouts(), messengers.telegram(), messengers.discord(),
     messengers.facebook(), messengers.teams(), messengers.skype(), rsmf_manifest()],
)  # fmt: skip
def test_a_day_is_read_from_its_native_as_from_the_whole(value: dict[str, Any]) -> None:
    """The native of a day is an export of one day: who opens it alone reads the same words."""
    reading = of(value)
    for child in children(reading) if reading.kind is Kind.CONTAINER else []:
        data = child.load()
        assert isinstance(data, bytes)
        assert child.reading is not None
        alone = read(data)

        assert (alone.kind, alone.text.splitlines()[1:]) == (
            Kind.CHAT,
            child.reading().text.splitlines()[1:],
        )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([{"roomId": "r", "personEmail": "p@northgate.example", "text": "x"}], "Webex"),
        ([{"sender": "Per", "timestamp": 1, "body": "x"}], "an unknown messenger"),
    ],
)
def test_an_export_nobody_takes_apart_is_told(value: object, kind: str) -> None:
    reading = of(value)

    assert reading.kind is Kind.EDOC
    assert told([reading]) == [
        f"a chat export of {kind} that is not taken apart: it is read as one plain file"
    ]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xml", b"<?xml version='1.0'?><FileDump><Version>1</Version><Conversation/></FileDump>",
         "Bloomberg"),
        ("a.csv", b"Chat Session,Message Date,Service\nx,y,z\n", "iMazing"),
        ("a.txt", b"09:00:00 From Per Lindqvist to Everyone:\n\thello\n", "Zoom"),
        ("a.xml", b"<Root><Document><Tag TagName='#DateSent'/></Document></Root>", "Google Vault"),
        ("a.csv", b"Item Identity,Document Id,Original Path,Subject\n1,2,3,4\n", "Purview"),
    ],
)  # fmt: skip
def test_an_index_or_a_text_of_an_export_is_told(name: str, data: bytes, words: str) -> None:
    (detail,) = told([read(data, name)])

    assert words in detail


@pytest.mark.parametrize(
    "value",
    [{"messages": {"greeting": "Hello"}}, {"messages": []}, [1, 2], {"events": [{"id": 1}]},
     {"conversations": [1]}, {"app": {"messages": [{"id": "x", "defaultMessage": "y"}]}}],
)  # fmt: skip
def test_other_json_stays_what_it_is(value: object) -> None:
    reading = of(value)

    assert (reading.kind, reading.faults) == (Kind.EDOC, ())


@pytest.mark.parametrize(
    "text",
    ["09:00:00 kernel: started\n09:00:01 kernel: ready\n", "10:00:00 GET: /index\n",
     "1\n00:00:01,000 --> 00:00:02,000\nHello\n"],
)  # fmt: skip
def test_logs_and_subtitles_are_no_chat(text: str) -> None:
    assert read(text.encode(), "a.txt").faults == ()


def test_a_table_of_one_endless_line_is_read_at_once() -> None:
    """Looking for a header must not look anew from each place of it."""
    line = b"Item Identity," * 5000
    began = time.process_time()
    read(line, "a.csv")

    assert time.process_time() - began < 2


KEYS = (  # noqa: SIM905
    "messages conversations conversation_state events event conversation creator created_date text "
    "id type date from author timestamp channel participants sender_name timestamp_ms content "
    "value createdDateTime body MessageList ts members name files attachments reactions"
).split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(JSON)
def test_any_json_reads_without_an_exception(value: object) -> None:
    reading = of(value)
    for child in children(reading) if reading.children else ():
        child.load()
        if child.reading is not None:
            child.reading().text.encode("utf-8")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(["google_chat", "hangouts", "telegram", "discord", "facebook", "teams"]),
       st.data())  # fmt: skip
def test_a_sound_export_with_one_value_spoilt_reads_too(kind: str, data: st.DataObject) -> None:
    """Whatever stands in one place of it: a number for a name, a list for a text, nothing."""
    value = getattr(messengers, kind)()
    holder: Any = value
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], dict | list) or data.draw(st.booleans()):
            holder[key] = data.draw(st.sampled_from([None, 7, -1, "\ud800", [], {}, [{}], 1e300]))
            break
        holder = holder[key]
    reading = of(value)
    for day in [reading, *(days(reading) if reading.children else ())]:
        day.text.encode("utf-8")
