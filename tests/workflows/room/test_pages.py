"""Pages of the room: painted in workers, as produced or as delivered, and hits where the ink is."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from forthwith.domain.page_words import PageBox, PageWord
from forthwith.domain.users import Grant, Role
from forthwith.process.run import process
from forthwith.review.search.parser import parse
from forthwith.standards import loader
from forthwith.workflows import receive
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import pages, painting
from forthwith.workflows.room.room import NotShownError, Room, View
from tests.builders import evidence, pdf
from tests.builders.volume import sound

BY = ("lead", "a test")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    place = tmp_path_factory.mktemp("pages")
    loose = evidence.write(
        place / "in",
        a_eml=evidence.mail("Quorum", ("memo.txt", b"The wallets were moved.\n")),
        b_txt=b"two of\nthree wallets\n",
        c_pdf=pdf.pages("Hello wallet", "second", "third wallet"),
        d_pdf=b"%PDF-1.4 and nothing more",
    )
    matter = evidence.matter(place / "m", loose)
    process(matter, workers=1)
    receive.receive(CaseFile(matter), [sound().write(place)], "Halden", loader.load(), workers=1)
    room = Room(matter)
    user = room.users.add("lead", "Ana Reyes", "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD), BY)
    yield room
    room.close()


@pytest.fixture
def view(room: Room) -> View:
    return room.view(room.seer("lead", "password"))


def place_of(view: View, name: str) -> int:
    """Return the place of a document by its file name or subject."""
    store = view.standing.store
    rows = store.rows(range(len(view.standing.columns)))
    return next(row.place for row in rows if name in {row.name, row.subject})


def test_a_page_is_a_black_and_white_png_at_300_dpi(view: View) -> None:
    data, digest = pages.page_png(view, place_of(view, "Quorum"), 0)

    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "1", (2550, 3300))
    assert digest == pages.page_digest(view.standing, place_of(view, "Quorum"))


def test_words_and_hits_of_a_pdf_are_on_their_pages(view: View) -> None:
    place = place_of(view, "c.pdf")

    assert pages.page_count(view, place) == 3
    assert [word.text for word in pages.words(view, place, 1)] == ["second"]
    assert [box.page for box in pages.hits(view, place, parse("wallet"))] == [0, 2]
    assert [box.page for box in pages.hits(view, place, parse("wallet"), 1)] == [2]


def test_a_phrase_that_runs_on_is_a_box_on_each_line(view: View) -> None:
    boxes = pages.hits(view, place_of(view, "b.txt"), parse('"two of three"'))

    assert len(boxes) == 2
    assert boxes[0].y < boxes[1].y


def test_a_phrase_runs_over_the_end_of_a_page() -> None:
    rows = [(0, [PageWord("two", 9, 9, 5, 5)]), (1, [PageWord("three", 1, 1, 5, 5)])]

    assert pages.boxes_of(parse('"two three"'), rows) == (
        PageBox(0, 9, 9, 5, 5),
        PageBox(1, 1, 1, 5, 5),
    )


def test_past_the_last_page_there_is_nothing(view: View) -> None:
    with pytest.raises(NotShownError):
        pages.page_png(view, place_of(view, "c.pdf"), 3)


def test_a_document_that_is_lost_has_no_pages(view: View) -> None:
    assert pages.page_count(view, place_of(view, "d.pdf")) == 0


def test_received_documents_show_the_delivered_images(view: View, room: Room) -> None:
    rows = view.standing.store.rows(range(len(view.standing.columns)))
    theirs = [row for row in rows if view.standing.columns.theirs[row.place]]
    counted = [pages.page_count(view, row.place) for row in theirs]

    assert theirs
    assert sum(counted) == 12
    image = pages.page_image(view, theirs[0].place, 0)
    assert image.words == ()


def _deadly(asked: Any, beat: Any) -> Any:
    beat.at(f"page {asked.first}")
    if asked.first == 1:
        os._exit(9)
    return painting.Painted(2, b"\x89PNG", ((),))


def _starts_deadly() -> Any:
    return _deadly


def test_a_page_that_ends_its_worker_is_a_notice_and_the_room_goes_on(
    room: Room, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.close()
    pages._PAINTERS_OF.clear()
    monkeypatch.setattr(painting.Setting, "starter", lambda _: _starts_deadly)
    place = place_of(view, "b.txt")
    try:
        assert pages.page_png(view, place, 0)[0] == b"\x89PNG"
        assert len(pages.page_png(view, place, 1)[0]) > 1000
        assert pages.page_png(view, place, 1)[0].startswith(b"\x89PNG")
    finally:
        pages._PAINTERS_OF[room].close()
        pages._PAINTERS_OF.clear()


def test_the_same_page_is_painted_once_and_nothing_of_it_is_kept_on_disk(
    view: View, room: Room
) -> None:
    before = {path for path in room.matter.folder.rglob("*") if path.is_file()}
    first = pages.page_image(view, place_of(view, "Quorum"), 0)

    assert pages.page_image(view, place_of(view, "Quorum"), 0) is first
    assert {path for path in room.matter.folder.rglob("*") if path.is_file()} == before
