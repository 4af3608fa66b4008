"""RSMF: conversations by day, their files, and what the manifest gets wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory, Reading, Relation
from forthwith.formats.chat import rsmf
from tests.builders.chats import rsmf_files, rsmf_manifest, rsmf_message, zipped


def folder(files: dict[str, bytes]) -> Reading:
    return rsmf.read_members({path: InMemory(data) for path, data in files.items()}, Hint())


def children(reading: Reading) -> list[Child]:
    assert reading.children is not None
    return [child for child in reading.children() if isinstance(child, Child)]


def broken(change: dict[str, Any], **event: object) -> Reading:
    manifest: dict[str, Any] = {**rsmf_manifest(), **change}
    if event:
        manifest["events"] = [*manifest["events"], {"type": "message", **event}]
    return folder(rsmf_files(manifest))


def said(reading: Reading) -> str:
    return "\n".join(fault.detail for fault in reading.faults)


def test_a_sound_archive_has_no_fault() -> None:
    reading = rsmf.read(InMemory(rsmf_message(zipped(rsmf_files()))), Hint())

    assert reading.faults == ()
    assert reading.declared == len(children(reading)) == 2


def test_message_zip_and_folder_read_alike() -> None:
    archive = zipped(rsmf_files())
    forms = [
        rsmf.read(InMemory(rsmf_message(archive)), Hint()),
        rsmf.read(InMemory(archive), Hint()),
        folder(rsmf_files()),
    ]
    first = [(child.step, child.load()) for child in children(forms[0])]

    assert all([(child.step, child.load()) for child in children(form)] == first for form in forms)


def test_days_are_utc_and_slices_hold_only_their_own() -> None:
    days = {child.step: child for child in children(folder(rsmf_files()))}
    later = days["day:c/2022-03-15"].load()

    assert isinstance(later, bytes)
    assert [event["id"] for event in json.loads(later)["events"]] == ["1"]
    assert days["day:c/2022-03-14"].name == "vault 2022-03-14.json"


def test_the_text_marks_deletions_and_indents_replies() -> None:
    day = children(folder(rsmf_files()))[1].reading
    assert day is not None
    reading = day()

    assert (
        "[2022-03-14 09:00:00 UTC] Per: first\n    [File: list.txt (in the export)]" in reading.text
    )
    assert "    [2022-03-14 09:05:00 UTC] Tunde: [Deleted message] reply" in reading.text
    assert reading.value(names.PARTICIPANTS) == "Per; Tunde"


def test_a_day_has_people_date_and_channel_as_a_mail_has() -> None:
    """The custodian of a conversation is told where the manifest names one."""
    manifest = rsmf_manifest()
    manifest["conversations"][0]["custodian"] = "a"  # type: ignore[index]
    day = children(folder(rsmf_files(manifest)))[1].reading
    assert day is not None
    reading = day()

    assert (reading.value(names.FROM), reading.value(names.TO)) == ("Per; Tunde", "Per; Tunde")
    assert (reading.value(names.SENT), reading.value(names.SUBJECT)) == (
        "2022-03-14T09:00:00+00:00",
        "vault",
    )
    assert "Custodian: Per" in reading.text


def test_a_file_belongs_to_the_day_that_mentions_it() -> None:
    day = children(folder(rsmf_files()))[1].reading
    assert day is not None
    (attached,) = children(day())

    assert (attached.name, attached.relation) == ("list.txt", Relation.ATTACHMENT)
    assert attached.load() == b"a list"


def test_a_missing_file_is_a_fault_at_its_day() -> None:
    files = rsmf_files()
    del files["f.txt"]
    day = children(folder(files))[1].reading
    assert day is not None
    reading = day()
    assert reading.children is not None
    (fault,) = reading.children()

    assert isinstance(fault, Fault)
    assert fault.reason is FaultReason.MISSING
    assert reading.declared == 1


def test_a_file_nobody_mentions_is_a_fault_and_a_member() -> None:
    reading = folder({**rsmf_files(), "stray.bin": b"?"})

    assert "'stray.bin'" in said(reading)
    assert children(reading)[-1].step == "member:stray.bin"


def test_an_avatar_is_a_member_without_a_fault() -> None:
    people = [{"id": "a", "avatar": "me.png"}, {"id": "b"}]
    reading = folder({**rsmf_files({**rsmf_manifest(), "participants": people}), "me.png": b"p"})

    assert reading.faults == ()
    assert children(reading)[-1].name == "me.png"


def test_what_the_schema_leaves_unchecked_is_checked() -> None:
    assert "1 participant ids are used but listed nowhere: 'z'" in said(
        broken({}, id="9", participant="z", conversation="c", timestamp="2022-03-14T10:00:00Z")
    )
    assert "1 event ids are given more than once: '1'" in said(
        broken({}, id="1", participant="a", conversation="c", timestamp="2022-03-14T10:00:00Z")
    )
    assert "1 events have no usable timestamp" in said(
        broken({}, id="9", participant="a", conversation="c")
    )
    assert "1 conversation ids are used but listed nowhere" in said(
        broken({}, id="9", participant="a", conversation="q", timestamp="2022-03-14T10:00:00Z")
    )


def test_odd_events_bring_the_manifest_itself_out() -> None:
    reading = broken({"events": ["what", 3]})

    assert "2 entries in the list of events are not events" in said(reading)
    assert "member:rsmf_manifest.json" in [child.step for child in children(reading)]


def test_a_broken_manifest_still_gives_every_file() -> None:
    reading = folder({**rsmf_files(), "rsmf_manifest.json": b"{"})

    assert [child.step for child in children(reading)] == [
        "member:f.txt",
        "member:rsmf_manifest.json",
    ]
    assert reading.faults[0].reason is FaultReason.CORRUPT


def test_a_message_without_its_archive_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        rsmf.read(InMemory(b"X-RSMF-Version: 2.0.0\r\n\r\nhello\r\n"), Hint())


def test_a_step_opens_what_load_gives() -> None:
    source = InMemory(zipped(rsmf_files()))
    for child in children(rsmf.read(source, Hint())):
        assert rsmf.open_step(source, child.step, Hint()) == child.load()
    assert rsmf.open_step(source, "day:c/2022-03-14/file:f.txt", Hint()) == b"a list"


#: Names a manifest may use.
KEYS = (  # noqa: SIM905
    "id type participant conversation timestamp body parent deleted edits reactions attachments "
    "custom name value display version participants conversations events"
).split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(["events", "participants", "conversations"]), JSON))
def test_any_manifest_reads_without_an_exception(manifest: dict[str, object]) -> None:
    reading = folder(rsmf_files(manifest))
    assert reading.declared == len(children(reading))
    for child in children(reading):
        child.load()
        if child.reading is not None:
            child.reading().text.encode("utf-8")


@given(st.binary(max_size=200), st.integers(0, 1200))
def test_no_mutation_throws_anything_else(junk: bytes, at: int) -> None:
    sound = rsmf_message(zipped(rsmf_files()))
    spoiled = sound[:at] + junk + sound[at + len(junk) :]
    try:
        reading = rsmf.read(InMemory(spoiled), Hint())
    except UnreadableError:
        return
    for child in children(reading):
        child.load()


@pytest.mark.corpus
def test_a_real_folder_comes_out_whole(corpora: Path) -> None:
    files = {item.name: item.read_bytes() for item in (corpora / "chat/rsmf-slack/data").iterdir()}
    reading = folder(files)
    parts = children(reading)
    days = [child.reading() for child in parts if child.reading is not None]
    listed = json.loads(files["rsmf_manifest.json"])["events"]

    assert reading.declared == len(parts)
    assert sum(int(day.value(names.EVENTS)) for day in days) == len(listed)
    emitted = {child.name for child in parts} | {
        item.step.removeprefix("file:") for day in days for item in children(day)
    }
    assert files.keys() - emitted == {"rsmf_manifest.json"}
