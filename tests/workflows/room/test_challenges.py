"""Challenges to a received log: entries beside slip-sheets, the register, and who is shown what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forthwith.domain.users import Grant, Role, Scope, Seer, Side
from forthwith.record import verify
from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.web.app import create_app
from forthwith.workflows import receive
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import challenges as desk
from forthwith.workflows.room import deficiency
from forthwith.workflows.room.challenges import ChallengeError
from forthwith.workflows.room.room import RefusedError, Room
from tests.builders import served_log
from tests.builders.volume import LEDGER, LOOSE, LUNCH, MAIL, MEMO, sound
from tests.web.conftest import BY, PASSWORD, Place

SHEET = "Privileged document withheld. Privilege log no. {}"


def _seer(room: Room, login: str, *grants: tuple[Role, Scope]) -> Seer:
    user = room.users.add(login, login.title(), "human", BY)
    for role, scope in grants:
        room.users.grant(Grant(user.id, role, scope), BY)
    return room.seer(login, "a test")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A room with a volume of theirs in which two documents are withheld, and their log."""
    case = CaseFile(Matter.create(tmp_path / "m", name="Halden"))
    volume = sound()
    for number, log in ((LOOSE, "P-1"), (LUNCH, "P-9")):
        row = volume.row(number)
        row.native = None
        row.cells |= {"LINK": "", "FILE_EXTEN": "", "MD5HASH": "", "SHA256": ""}
        row.text = (row.cells["OCRPATH"], SHEET.format(log).encode())
    folder = volume.write(tmp_path)
    receive.receive(case, [folder], "Northgate", loader.load(), workers=1)
    made = Room.open(tmp_path / "m")
    yield made
    made.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(
        served_log.as_csv(
            served_log.entry("P-1"),
            served_log.entry("P-2", author=""),
            served_log.entry("P-3", MEMO),
        )
    )
    return path


def test_entries_stand_beside_their_sheets_and_challenges_in_the_letter(
    room: Room, log: Path
) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    assert desk.keep(room, boss, log) == "VOL001"

    view = desk.shown(room, boss)
    assert [(row.entry.name, row.sheet) for row in view.entries] == [
        ("P-1", LOOSE),
        ("P-2", "no slip-sheet"),
        ("P-3", "no slip-sheet"),
    ]
    assert {"PL01", "PL04"} <= {finding.code for finding in view.entries[1].findings}
    assert [sheet.number for _, sheet in view.without_entry] == [LUNCH]

    by_number = desk.add(room, boss, LOOSE, "description", "It says nothing of the advice.")
    lone = desk.add(room, boss, LUNCH, "no-entry")
    assert (by_number.entry, by_number.state) == ("P-1", "open")
    assert desk.shown(room, boss).entries[0].challenges == (by_number.key,)
    printed = deficiency.noted(room.matter.folder, ["VOL001"])
    assert [finding.clause for finding in printed] == ["Fed. R. Civ. P. 26(b)(5)(A)(ii)"] * 2

    assert desk.withdraw(room, boss, lone.key).state == "withdrawn"
    assert len(deficiency.noted(room.matter.folder, ["VOL001"])) == 1
    assert desk.add(room, boss, LUNCH, "no-entry").key not in {by_number.key, lone.key}
    assert verify.verify(room.matter).broken == ()


def test_what_is_hidden_has_no_entry_no_sheet_and_no_challenge(room: Room, log: Path) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    desk.keep(room, boss, log)
    challenge = desk.add(room, boss, "P-1", "no-attorney")
    hidden = frozenset(
        sheet.control for row in desk.shown(room, boss).entries[:1] for sheet in row.sheets
    )
    walled = _seer(room, "walled", (Role.LEAD, Scope()), (Role.WALL, Scope(documents=hidden)))
    ours = _seer(room, "ours", (Role.LEAD, Scope(sides=frozenset({Side.OURS}))))

    view = desk.shown(room, walled)
    assert [row.entry.name for row in view.entries] == ["P-2", "P-3"]
    assert view.challenges == ()
    for named in ("P-1", LOOSE):
        with pytest.raises(ChallengeError):
            desk.add(room, walled, named, "description")
    with pytest.raises(ChallengeError):
        desk.withdraw(room, walled, challenge.key)
    assert desk.shown(room, ours) == desk.LogShown((), (), (), (), ())
    with pytest.raises(RefusedError):
        desk.shown(room, _seer(room, "coder", (Role.REVIEWER, Scope())))


@pytest.mark.parametrize(
    ("entry", "ground", "says"),
    [
        ("P-77", "description", ""),
        ("", "description", ""),
        ("P-1", "no-entry", ""),
        ("P-1", "nonsense", ""),
        (LUNCH, "description", ""),
        ("P-1", "description", "x" * 1001),
        ("P-1", "description", "a\x00b"),
        (LEDGER, "description", ""),
        (MAIL, "no-entry", ""),
    ],
    ids=range(9),
)
def test_what_names_nothing_is_refused(
    room: Room, log: Path, entry: str, ground: str, says: str
) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    desk.keep(room, boss, log)

    with pytest.raises(ChallengeError):
        desk.add(room, boss, entry, ground, says)


def test_a_log_that_was_changed_is_told(room: Room, log: Path) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    desk.keep(room, boss, log)
    next((room.matter.folder / desk.FOLDER).iterdir()).write_bytes(b"other")

    with pytest.raises(ChallengeError, match="gone or changed"):
        desk.shown(room, boss)


def test_the_page_challenges_and_withdraws(room: Room, log: Path) -> None:
    place = Place(room, create_app(room))
    place.user("boss", Role.LEAD, password=PASSWORD)
    desk.keep(room, room.seer("boss", "a test"), log)
    browser = place.browser()
    browser.open()
    browser.sign_in("boss")
    browser.open("/privilege-log")

    assert "Slip-sheets without an entry" in browser.get("/privilege-log").text
    wrong = browser.form("/privilege-log", {"entry": "none", "ground": "description", "says": ""})
    assert wrong.status_code == 422
    put = browser.form("/privilege-log", {"entry": "P-2", "ground": "no-sheet", "says": "<b>"})
    assert put.status_code == 303
    text = browser.get("/privilege-log").text
    assert "F-" in text
    assert "&lt;b&gt;" in text
    (challenge,) = desk.shown(room, room.seer("boss", "a test")).challenges
    assert browser.form("/privilege-log", {"withdraw": challenge.key}).status_code == 303
    assert "withdrawn" in browser.get("/privilege-log").text
