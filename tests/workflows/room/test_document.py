"""One document: its text by stretches with its matches, however long it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.domain.users import Grant, Role
from forthwith.process.run import process
from forthwith.workflows.room import document
from forthwith.workflows.room.room import Room
from tests.builders import evidence

BY = ("lead", "a test")
#: Letters of one, two, three and four bytes: positions are characters.
LONG = "é冷🔑 key\r\n" * 60_000


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    folder: Path = tmp_path_factory.mktemp("texts")
    written = evidence.write(
        folder / "in",
        a_txt=b"a cold key and a key",
        long_txt=LONG.encode(),
        m_eml=evidence.mail("Key", ("inner.eml", evidence.mail("Inner", ("x.txt", b"deep")))),
    )
    matter = evidence.matter(folder / "matter", written)
    process(matter, workers=1)
    room = Room(matter)
    user = room.users.add("lead", "Ana Reyes", "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD), BY)
    return room


def control(room: Room, name: str) -> str:
    store = room.standing().store
    names = [store.row(at).name for at in range(len(room.standing().columns))]
    return room.standing().columns.controls[names.index(name)]


def test_a_short_text_is_marked_at_once(room: Room) -> None:
    said = document.document(room, room.seer("lead", ""), control(room, "a.txt"), "key w/1 cold")

    assert said["text_hits"] == [(2, 6), (7, 10)]
    assert not said["text_hits_by_stretch"]


def test_stretches_of_a_long_text_join_to_the_whole(room: Room) -> None:
    seer, long = room.seer("lead", ""), control(room, "long.txt")
    whole = room.standing().store.text(room.place(seer, long))[0]
    assert len(whole) > document.MARKED
    said = document.document(room, seer, long, "key")
    assert (said["text_hits"], said["text_hits_by_stretch"]) == ([], True)

    at, parts, hits = 0, [], []
    while at < said["text_length"]:
        part = document.text(room, seer, long, at, 150_000, "key")
        assert (part.at, part.total) == (at, len(whole))
        parts.append(part.text)
        hits += part.hits
        at += len(part.text)

    assert "".join(parts) == whole
    assert all(whole[a:b] == "key" for a, b in hits)
    assert len(hits) >= whole.count("key") - len(parts)


@pytest.mark.parametrize("at", [-1, 10**9, 2**31])
def test_a_stretch_beyond_the_text_is_empty_or_its_beginning(room: Room, at: int) -> None:
    part = document.text(room, room.seer("lead", ""), control(room, "a.txt"), at, 5)

    assert part.text == ("a col" if at < 0 else "")
    assert part.total == len("a cold key and a key")


@pytest.mark.parametrize("query", ["key AND", "", "NOT key", "coded:yes", "(" * 70])
def test_a_query_that_marks_nothing_shows_the_document_all_the_same(room: Room, query: str) -> None:
    said = document.document(room, room.seer("lead", ""), control(room, "a.txt"), query)

    assert said["text_hits"] == []


def test_a_family_is_told_in_its_depth(room: Room) -> None:
    said = document.document(room, room.seer("lead", ""), control(room, "x.txt"))

    assert [(member["depth"], member["subject"]) for member in said["family"]] == [
        (0, "Key"),
        (1, "Inner"),
        (2, "x.txt"),
    ]
    assert said["list"]["previous"] == said["family"][1]["control"]


def test_who_leads_is_told_whom_a_wall_keeps_out(room: Room) -> None:
    from forthwith.domain.users import Scope

    walled = control(room, "a.txt")
    user = room.users.add("out", "Out", "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD), BY)
    room.users.grant(Grant(user.id, Role.WALL, Scope(documents=frozenset({walled}))), BY)

    assert document.document(room, room.seer("lead", ""), walled)["walls"] == ["out"]
    assert document.document(room, room.seer("lead", ""), control(room, "x.txt"))["walls"] == []
