"""Slack exports: every day, every file, nothing left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Limits,
    Reading,
    Relation,
)
from forthwith.formats import readers
from forthwith.formats.chat import slack
from tests.builders.chats import slack_files, zipped


def folder(files: dict[str, bytes]) -> Reading:
    return slack.read_members({path: InMemory(data) for path, data in files.items()}, Hint())


def with_messages(*messages: object) -> Reading:
    """The export with other messages on its first day."""
    return folder({**slack_files(), "vault/2022-03-14.json": json.dumps(messages).encode()})


def children(reading: Reading) -> list[Child]:
    assert reading.children is not None
    return [child for child in reading.children() if isinstance(child, Child)]


def day(reading: Reading, number: int = 0) -> Reading:
    closure = children(reading)[number].reading
    assert closure is not None
    return closure()


def test_each_channel_and_day_is_a_document() -> None:
    reading = slack.read(InMemory(zipped(slack_files())), Hint())
    days = children(reading)

    assert reading.declared == 2
    assert [child.step for child in days] == ["day:vault/2022-03-14", "day:vault/2022-03-15"]
    assert days[0].name == "vault 2022-03-14.json"
    assert days[0].relation is Relation.DAY
    assert days[0].load() == slack_files()["vault/2022-03-14.json"]


def test_zip_and_folder_read_alike() -> None:
    zipped_days = [day(slack.read(InMemory(zipped(slack_files())), Hint()), n).text for n in (0, 1)]
    assert zipped_days == [day(folder(slack_files()), n).text for n in (0, 1)]


def test_the_text_shows_people_edits_deletions_and_replies() -> None:
    text = day(folder(slack_files())).text

    assert "[2022-03-14 09:00:00 UTC] Per Lindqvist: Who holds share 3?" in text
    assert "    [2022-03-14 09:01:00 UTC] Tunde Adeyemi: [Edited] @Per Lindqvist see #vault" in text
    assert "before: 'I do'" in text
    assert "Per Lindqvist: [Deleted message] This message was deleted." in text


def test_fields_say_who_where_and_when() -> None:
    reading = day(folder(slack_files()))

    assert reading.kind is Kind.CHAT
    assert reading.value(names.PLATFORM) == "Slack"
    assert reading.value(names.PARTICIPANTS) == "Per Lindqvist; Tunde Adeyemi"
    assert reading.value(names.EVENTS) == "3"
    assert reading.value(names.STARTS) == "2022-03-14T09:00:00+00:00"
    assert reading.value(names.ENDS) == "2022-03-14T09:02:00+00:00"


def test_a_file_in_the_export_is_an_attachment_of_its_day() -> None:
    reading = day(folder(slack_files()))
    (attached,) = children(reading)

    assert reading.declared == 1
    assert (attached.name, attached.relation) == ("shares.txt", Relation.ATTACHMENT)
    assert attached.load() == b"three shares"


def test_a_file_only_linked_is_a_link() -> None:
    reading = day(folder(slack_files()), 1)

    assert reading.value(names.LINKS) == "https://x.example/p"
    assert reading.declared == 0
    assert "[Reaction :eyes: by Per Lindqvist, 1 more]" in reading.text


def test_a_deleted_file_is_noted() -> None:
    message = {"user": "U1", "ts": "1", "files": [{"id": "F0GONE001", "mode": "tombstone"}]}
    files = {**slack_files(), "vault/2022-03-16.json": json.dumps([message]).encode()}

    assert "the export says this file was deleted" in day(folder(files), 2).text


def test_what_nobody_mentions_comes_out_as_a_member() -> None:
    files = {
        **slack_files(),
        "canvases.json": b"[]",
        "vault/attachments/F0LOST0001-x.bin": b"x",
        "vault/notes.json": b"{}",
    }
    reading = folder(files)
    members = [child.step for child in children(reading) if child.relation is Relation.MEMBER]

    assert members == [
        "member:canvases.json",
        "member:vault/notes.json",
        "member:vault/attachments/F0LOST0001-x.bin",
    ]
    assert reading.declared == 5


def test_a_broken_day_is_a_fault_of_its_own_document() -> None:
    """Sound messages are read; the rest stands in the text as it is; nothing hides in the zip."""
    broken = b'[{"user": "U1", "text": "kept", "ts": "1647248400.1"}, {"text": "cut of'
    reading = day(folder({**slack_files(), "vault/2022-03-14.json": broken}))

    assert [item.reason for item in reading.faults] == [FaultReason.CORRUPT]
    assert "1 message could be read" in reading.faults[0].detail
    assert "Per Lindqvist: kept" in reading.text
    assert '{"text": "cut of' in reading.text
    assert reading.value(names.SENT) == "2022-03-14T09:00:00+00:00"


def test_a_day_without_a_sound_message_has_the_day_of_its_file() -> None:
    reading = day(folder({**slack_files(), "vault/2022-03-14.json": b'[{"text": '}))

    assert (reading.kind, reading.value(names.SENT)) == (Kind.CHAT, "2022-03-14")
    assert children(folder({**slack_files(), "vault/2022-03-14.json": b"{"}))[0].load() == b"{"


def test_a_day_has_people_date_and_channel_as_a_mail_has() -> None:
    """Who wrote is From; before whom another wrote is To; the first message's instant is Sent."""
    both, alone = day(folder(slack_files())), day(folder(slack_files()), 1)

    assert both.value(names.FROM) == "Per Lindqvist; Tunde Adeyemi"
    assert both.value(names.TO) == "Per Lindqvist; Tunde Adeyemi"
    assert both.value(names.SENT) == "2022-03-14T09:00:00+00:00"
    assert (both.value(names.SUBJECT), both.value(names.CONVERSATION_INDEX)) == ("vault", "C1")
    assert (alone.value(names.FROM), alone.value(names.TO)) == ("Tunde Adeyemi", "Per Lindqvist")


def test_a_file_listed_and_not_in_the_export_is_a_fault_with_its_address() -> None:
    """The address is told, never asked; words kept in the message are in the text."""
    snippet = {
        "id": "F0SNIP001", "name": "run.sh", "mode": "snippet", "size": 1234,
        "url_private_download": "https://x.example/run.sh", "preview": "rm -r <keys>",
        "preview_is_truncated": True,
    }  # fmt: skip
    shared = {"id": "F0PASS001", "name": "passed.pdf", "mode": "hosted"}
    gone = {"id": "F0GONE001", "name": "gone.pdf", "mode": "tombstone"}
    reading = day(
        with_messages(
            {"user": "U1", "ts": "1.0", "files": [snippet, gone],
             "attachments": [{"is_share": True, "files": [shared]}]}
        )
    )  # fmt: skip

    assert [item.reason for item in reading.faults] == [FaultReason.MISSING] * 2
    told = [item.detail for item in reading.faults]
    assert told[0].startswith(
        "the file 'run.sh' (1,234 bytes, https://x.example/run.sh) is listed and not in the export"
    )
    assert told[0].endswith("the first words, kept in the message, are in the text")
    assert told[1] == "the file 'passed.pdf' is listed and not in the export"
    assert "rm -r <keys>" in reading.text


def test_a_huddle_says_who_was_there() -> None:
    room = {"date_start": 1647248400, "date_end": 1647248460, "participant_history": ["U1", "U2"]}
    huddle = {"subtype": "huddle_thread", "user": "U1", "ts": "1.0", "room": room}
    text = day(with_messages(huddle)).text

    assert "from 2022-03-14 09:00:00 UTC to 2022-03-14 09:01:00 UTC" in text
    assert "with Per Lindqvist, Tunde Adeyemi" in text


def test_a_lone_day_is_a_chat() -> None:
    """A native of a day, or a day out of its export, still says when it was."""
    data = slack_files()["vault/2022-03-14.json"]
    reading = readers.read(InMemory(data), Hint("x.json"))

    assert (reading.kind, reading.value(names.EVENTS)) == (Kind.CHAT, "3")
    assert reading.value(names.SENT) == "2022-03-14T09:00:00+00:00"


def test_a_broken_list_is_a_fault_and_a_member() -> None:
    reading = folder({**slack_files(), "users.json": b"{"})

    assert [item.step for item in reading.faults] == ["member:users.json"]
    assert "member:users.json" in [item.step for item in children(reading)]
    assert "U1: Who holds share 3?" in day(reading).text


def test_a_file_without_a_name_comes_out_as_a_member() -> None:
    """`zipfile` raises IndexError when it is asked whether such a member is a folder."""
    data = zipped({**slack_files(), "QQ": b"words"}).replace(b"QQ", b"\0Q")
    reading = slack.read(InMemory(data), Hint())

    assert b"words" in [child.load() for child in children(reading)]


def test_a_message_of_another_day_stays_in_its_file() -> None:
    stray = json.dumps([{"user": "U1", "ts": "1600000000.0", "text": "old"}]).encode()
    text = day(folder({**slack_files(), "vault/2022-03-14.json": stray})).text

    assert "[2020-09-13 12:26:40 UTC] Per Lindqvist: old" in text


def test_a_reply_to_another_day_names_its_message() -> None:
    reply = json.dumps([{"user": "U1", "ts": "1600000000.0", "thread_ts": "1500.0"}]).encode()
    text = day(folder({**slack_files(), "vault/2022-03-14.json": reply})).text

    assert "[Reply to message 1500.0]" in text


def test_a_changed_message_keeps_both_wordings() -> None:
    changed = {
        "subtype": "message_changed", "ts": "2.0",
        "message": {"user": "U1", "text": "new", "ts": "1.0", "edited": {"user": "U1", "ts": "2"}},
        "previous_message": {"user": "U1", "text": "old words", "ts": "1.0"},
    }  # fmt: skip
    gone = {
        "subtype": "message_deleted", "ts": "4.0",
        "previous_message": {"user": "U2", "text": "regretted", "ts": "3.0"},
    }  # fmt: skip
    text = day(
        folder({**slack_files(), "vault/2022-03-14.json": json.dumps([changed, gone]).encode()})
    ).text

    assert "[Edited] new" in text
    assert "before: 'old words'" in text
    assert "Tunde Adeyemi: [Deleted message] regretted" in text


def test_words_in_attachments_and_blocks_are_kept() -> None:
    message = {
        "bot_id": "B1", "username": "sweeper", "subtype": "bot_message", "ts": "1.0", "text": "run",
        "attachments": [{"title": "Sweep", "fields": [{"title": "BTC", "value": "14"}]}],
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "only in a block"}}],
    }  # fmt: skip
    text = day(
        folder({**slack_files(), "vault/2022-03-14.json": json.dumps([message]).encode()})
    ).text

    assert "sweeper (bot): run" in text
    assert "BTC: 14" in text
    assert "[Block] only in a block" in text


def test_an_export_below_a_folder_reads_the_same() -> None:
    files = {f"northgate export/{path}": data for path, data in slack_files().items()}

    assert day(folder(files)).text == day(folder(slack_files())).text


def test_a_step_opens_what_load_gives() -> None:
    source = InMemory(zipped(slack_files()))
    reading = slack.read(source, Hint())

    for child in children(reading):
        assert slack.open_step(source, child.step, Hint()) == child.load()
    opened = slack.open_step(source, "day:vault/2022-03-14/file:F0AAAAAA1", Hint())
    assert opened == b"three shares"
    assert isinstance(slack.open_step(source, "day:vault/1999-01-01", Hint()), Fault)


def test_a_bomb_is_a_fault() -> None:
    files = {**slack_files(), "big.bin": bytes(40 * 2**20)}
    hint = Hint(budget=Budget(Limits(item_bytes=2**20)))
    (big,) = [c for c in children(slack.read(InMemory(zipped(files)), hint)) if c.name == "big.bin"]
    loaded = big.load()

    assert isinstance(loaded, Fault)
    assert loaded.reason is FaultReason.TOO_LARGE


def test_the_budget_counts_what_is_loaded() -> None:
    hint = Hint()
    for child in children(slack.read(InMemory(zipped(slack_files())), hint)):
        child.load()

    days = [data for path, data in slack_files().items() if "2022" in path]
    assert hint.budget.expanded == sum(map(len, days))


#: Names a message may use.
KEYS = (  # noqa: SIM905
    "id user text ts thread_ts subtype files file edited original reactions users attachments "
    "fields blocks message previous_message bot_id comment mode"
).split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON, JSON)
def test_any_json_reads_without_an_exception(messages: object, users: object) -> None:
    """A day may hold anything; it is read or it is a Fault."""
    files = {
        **slack_files(),
        "vault/2022-03-14.json": json.dumps(messages).encode(),
        "users.json": json.dumps(users).encode(),
    }
    for child in children(folder(files)):
        if child.reading is not None:
            child.reading().text.encode("utf-8")


@given(st.data())
def test_no_mutation_throws_anything_else(data: st.DataObject) -> None:
    sound = bytearray(zipped(slack_files()))
    for _ in range(data.draw(st.integers(1, 6))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    try:
        reading = slack.read(InMemory(bytes(sound)), Hint())
    except UnreadableError:
        return
    for child in children(reading):
        child.load()
        if child.reading is not None:
            child.reading()


@pytest.mark.corpus
def test_a_real_export_comes_out_whole(corpora: Path) -> None:
    data = (corpora / "chat/slack-export/tests/testarchive.zip").read_bytes()
    reading = slack.read(InMemory(data), Hint())
    days = children(reading)

    assert reading.faults == ()
    assert reading.declared == len(days) == 18
    for child in days:
        loaded = child.load()
        assert isinstance(loaded, bytes)
        if child.reading is not None:
            assert child.reading().value(names.EVENTS) == str(len(json.loads(loaded)))


def test_what_only_the_plain_form_of_an_attachment_says_is_kept() -> None:
    attachment = {"title": "Sweep", "text": "14 coins"}
    forms = ("Sweep: 14 coins", "Sweep: 14 coins to Ghent", "[no preview available]")
    messages = [
        {
            "user": "U1",
            "ts": f"{at}.0",
            "text": "",
            "attachments": [{**attachment, "fallback": form}],
        }
        for at, form in enumerate(forms, 1)
    ]
    text = day(with_messages(*messages)).text

    assert text.count("Plain form") == 1
    assert "[Plain form] Sweep: 14 coins to Ghent" in text
    assert "no preview" not in text
