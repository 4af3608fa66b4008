"""Exhibits: of what they may be made, and who is shown them."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from forthwith.domain.exhibits import ExhibitNameError, NotPagesError
from forthwith.domain.users import Role, Seer
from forthwith.record import acts, quarantine
from forthwith.review.privilege.claims import Basis, Claim, Treatment
from forthwith.workflows.room import exhibits
from forthwith.workflows.room.citations import NotCitedError
from forthwith.workflows.room.exhibits import NewExhibit, NoExhibitError
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from tests.builders import rooms


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Five numbered documents."""
    return rooms.small(tmp_path)


@pytest.fixture
def lead(room: Room) -> Seer:
    """Who is shown everything."""
    return rooms.person(room, "reyes", Role.LEAD)


def put_away(room: Room, control: str, keeper: str = "") -> None:
    """Claw a document back."""
    with room.matter.writing() as connection:
        row = quarantine.Quarantined(control, "named", control, "N0001", keeper, "2026-03-01")
        quarantine.enter(connection, [row], {})


def claim(room: Room, control: str, treatment: Treatment) -> None:
    """Claim a document as privileged."""
    claimed = Claim(control, (Basis.ATTORNEY_CLIENT,), "Advice.", treatment, "Reyes")
    acts.write(room.matter, [claimed.act()])


def test_a_binder_says_where_each_exhibit_begins(room: Room, lead: Seer) -> None:
    """Its pages bear their numbers as labels; what is meant has a bookmark."""
    exhibits.make(room, lead, NewExhibit("NG0000003", title="Shares"))
    exhibits.make(room, lead, NewExhibit("NG0000001", name="Ex. 7", title="Keys"))

    bound = exhibits.binder(room, lead, ["Ex. 7", "Ex. 1"], "2026-03-01")

    with pdfium.PdfDocument(bound) as opened:
        words = opened[0].get_textpage().get_text_range()
        labels = [opened.get_page_label(place) for place in range(len(opened))]
    with pikepdf.open(io.BytesIO(bound)) as pdf, pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert labels[0] == "i"
    assert labels[1] == "NG0000001"
    assert "NG0000003" in labels
    assert titles == ["List of exhibits", "Ex. 7: Keys", "Ex. 1: Shares"]
    assert "Ex. 7" in words
    assert bound == exhibits.binder(room, lead, ["Ex. 7", "Ex. 1"], "2026-03-01")


@pytest.mark.parametrize("treatment", [Treatment.WITHHELD, Treatment.REDACTED])
def test_no_exhibit_is_made_of_what_is_claimed(
    room: Room, lead: Seer, treatment: Treatment
) -> None:
    """Pages are drawn without redactions, so a redacted one is none either."""
    claim(room, room.standing().columns.controls[0], treatment)

    with pytest.raises(NoExhibitError, match="privileged"):
        exhibits.make(room, lead, NewExhibit("NG0000001"))


def test_a_claw_back_bars_whoever_still_sees_it(room: Room) -> None:
    """The custodian of the notice is shown the document, and makes no exhibit of it."""
    keeper = rooms.person(room, "ito", Role.LEAD)
    exhibits.make(room, keeper, NewExhibit("NG0000003"))
    control = room.standing().columns.controls[1]
    put_away(room, control, "ito")

    with pytest.raises(NoExhibitError, match="in quarantine"):
        exhibits.make(room, keeper, NewExhibit(control))
    with pytest.raises(NoExhibitError, match="printed no more"):
        exhibits.as_pdf(room, keeper, "Ex. 1")
    with pytest.raises(NoExhibitError, match="no exhibit to bind"):
        exhibits.binder(room, keeper, [], "2026-03-01")
    assert exhibits.listed(room, keeper)[0].barred == "in quarantine"


def test_an_exhibit_of_a_hidden_document_is_not_there(room: Room, lead: Seer) -> None:
    """Neither in the list nor by name, nor in a binder of all."""
    exhibits.make(room, lead, NewExhibit("NG0000003"))
    kim = rooms.person(room, "kim", Role.LEAD, walled=(room.standing().columns.controls[1],))

    assert exhibits.listed(room, kim) == []
    with pytest.raises(NotShownError):
        exhibits.as_pdf(room, kim, "Ex. 1")
    with pytest.raises(NotShownError):
        exhibits.withdraw(room, kim, "Ex. 1")
    with pytest.raises(NotCitedError, match="no page NG0000003"):
        exhibits.make(room, kim, NewExhibit("NG0000003"))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (NewExhibit("NG0000003", name="EX 1"), ExhibitNameError, "next free"),
        (NewExhibit("NG0000003", pages="9"), NotPagesError, "9"),
        (NewExhibit("NG0000003", pinpoints="x"), NotPagesError, "x"),
        (NewExhibit("FW99999999"), NotCitedError, "no page"),
        (NewExhibit(""), NotCitedError, "at least one page"),
        (NewExhibit("NG0000003\x00"), NotCitedError, "not a page number"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    room: Room, lead: Seer, asked: NewExhibit, error: type[Exception], said: str
) -> None:
    """And nothing is entered."""
    exhibits.make(room, lead, NewExhibit("NG0000001", name="Ex. 1"))

    with pytest.raises(error, match=said):
        exhibits.make(room, lead, asked)

    assert len(exhibits.listed(room, lead)) == 1


def test_an_observer_makes_none(room: Room) -> None:
    """Nor sees any: an exhibit shows the document."""
    with pytest.raises(RefusedError):
        exhibits.make(room, rooms.person(room, "watch", Role.OBSERVER), NewExhibit("NG0000001"))
