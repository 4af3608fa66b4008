"""Challenges to a received log: entries beside slip-sheets, the register, and who is shown what."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest

from forthwith.check.volume import open_volume
from forthwith.domain.users import Grant, Role, Scope, Seer, Side
from forthwith.record import verify
from forthwith.standards import loader
from forthwith.web.app import create_app
from forthwith.workflows.room import challenges as desk
from forthwith.workflows.room import deficiency, received_logs
from forthwith.workflows.room import received as volumes
from forthwith.workflows.room.challenges import ChallengeError
from forthwith.workflows.room.deficiency import DraftPoint, PointError
from forthwith.workflows.room.received_logs import FOLDER, ReceivedLogError
from forthwith.workflows.room.room import RefusedError, Room
from tests.builders import served_log
from tests.builders.volume import LEDGER, LOOSE, LUNCH, MAIL, MEMO
from tests.web.conftest import BY, PASSWORD, Place


def _seer(room: Room, login: str, *grants: tuple[Role, Scope]) -> Seer:
    user = room.users.add(login, login.title(), "human", BY)
    for role, scope in grants:
        room.users.grant(Grant(user.id, role, scope), BY)
    return room.seer(login, "a test")


LOG = served_log.as_csv(
    served_log.entry("P-1"), served_log.entry("P-2", author=""), served_log.entry("P-3", MEMO)
)


def test_entries_stand_beside_their_sheets_and_challenges_in_the_letter(room: Room) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    assert desk.keep(room, boss, "log.csv", LOG) == "VOL001"

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


def test_what_is_hidden_has_no_entry_no_sheet_and_no_challenge(room: Room) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    desk.keep(room, boss, "log.csv", LOG)
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
    assert desk.shown(room, ours) == desk.LogShown((), (), (), (), (), ())
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
def test_what_names_nothing_is_refused(room: Room, entry: str, ground: str, says: str) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    desk.keep(room, boss, "log.csv", LOG)

    with pytest.raises(ChallengeError):
        desk.add(room, boss, entry, ground, says)


def test_a_log_that_was_changed_is_told(room: Room) -> None:
    boss = _seer(room, "boss", (Role.LEAD, Scope()))
    desk.keep(room, boss, "log.csv", LOG)
    next((room.matter.folder / FOLDER).iterdir()).write_bytes(b"other")

    with pytest.raises(ReceivedLogError, match="gone or changed"):
        desk.shown(room, boss)


THEIRS = "VOL001 (Reyes & Holm)"


def _entries(view: desk.LogShown) -> list[tuple[str, str]]:
    return [(row.entry.name, row.volume) for row in view.entries]


def test_a_log_that_lies_in_a_volume_is_found_by_what_it_says(two: Room) -> None:
    """One log as CSV and as workbook is one log; tables with like headings are none."""
    boss = _seer(two, "boss", (Role.LEAD, Scope()))

    view = desk.shown(two, boss)
    assert [(log.volume, log.path, log.entries) for log in view.logs] == [
        (THEIRS, "PRIVILEGE/a.csv", 3)
    ]
    assert [note for note in view.notes if "Privilege Log.pdf" in note]
    assert [(volume, sheet.number) for volume, sheet in view.without_entry] == [
        ("VOL001", LOOSE), ("VOL001", LUNCH),
    ]  # fmt: skip

    desk.keep(two, boss, "log.csv", LOG, THEIRS)
    assert [(log.volume, log.path) for log in desk.shown(two, boss).logs] == [(THEIRS, "")]


def test_numbers_of_two_parties_hide_nothing_of_each_other(two: Room) -> None:
    boss = _seer(two, "boss", (Role.LEAD, Scope()))
    desk.keep(two, boss, "log.csv", served_log.as_csv(served_log.entry("P-1", LOOSE)), "VOL001")
    view = desk.shown(two, boss)
    ours, theirs = (
        next(row for row in view.entries if (row.entry.name, row.volume) == ("P-1", volume))
        for volume in ("VOL001", THEIRS)
    )
    assert [sheet.number for sheet in ours.sheets] == [sheet.number for sheet in theirs.sheets]
    assert {sheet.control for sheet in ours.sheets}.isdisjoint(
        sheet.control for sheet in theirs.sheets
    )
    with pytest.raises(ChallengeError, match="Say of which volume"):
        desk.add(two, boss, "P-1", "description")
    keys = {
        volume: desk.add(two, boss, "P-1", "description", f"Of {LOOSE}", volume).key
        for volume in ("VOL001", THEIRS)
    }

    for place, (hidden, left) in enumerate((("VOL001", THEIRS), (THEIRS, "VOL001"))):
        row = ours if hidden == "VOL001" else theirs
        wall = Scope(documents=frozenset(sheet.control for sheet in row.sheets))
        seer = _seer(two, f"walled{place}", (Role.LEAD, Scope()), (Role.WALL, wall))
        seen = desk.shown(two, seer)
        assert ("P-1", left) in _entries(seen)
        assert ("P-1", hidden) not in _entries(seen)
        assert [challenge.key for challenge in seen.challenges] == [keys[left]]
        assert desk.add(two, seer, "P-1", "business").volume == left
        for volume in ("VOL001", THEIRS):
            shown = {item.key for item in volumes.one(two, seer, volume).findings}
            assert (keys[volume] in shown) == (volume == left)


def test_a_letter_has_the_points_of_its_own_party_alone(
    two: Room, northgate: Path, both: Path, tmp_path: Path
) -> None:
    """Both call a volume VOL001: its load file tells whose it is, else whom the letter goes to."""
    boss = _seer(two, "boss", (Role.LEAD, Scope()))
    for words, volume in (("Northgate's", "VOL001"), ("theirs", THEIRS)):
        controls = [
            their.control for their in received_logs.documents(two) if their.row.volume == volume
        ]
        deficiency.note(two, boss, DraftPoint("", f"Late, {words}", controls=tuple(controls)))
    home, rules = two.matter.folder, loader.load()

    def printed(folder: Path, to: str = "") -> list[str]:
        names = deficiency.received_as(home, [open_volume(folder, rules)], to)
        return [finding.message.partition(" (")[0] for finding in deficiency.noted(home, names)]

    assert printed(northgate.parent / "VOL001") == ["Late, Northgate's"]
    assert printed(both.parent / "VOL001") == ["Late, theirs"]
    other = shutil.copytree(northgate.parent / "VOL001", tmp_path / "other" / "VOL001")
    (data,) = other.glob("DATA/*.DAT")
    data.write_bytes(data.read_bytes() + b"\n")
    assert printed(other, "reyes & holm") == ["Late, theirs"]
    with pytest.raises(PointError, match="--to: Northgate, Reyes & Holm"):
        printed(other)


def test_an_entry_names_every_document_that_bears_its_number(two: Room) -> None:
    """Two rows of a volume share a number; a wall around either hides the entry."""
    boss = _seer(two, "boss", (Role.LEAD, Scope()))
    entry = next(row for row in desk.shown(two, boss).entries if row.entry.name == "P-3")
    assert [sheet.number for sheet in entry.sheets] == [LEDGER, LEDGER]
    challenge = desk.add(two, boss, "P-3", "description")

    for place, sheet in enumerate(entry.sheets):
        wall = Scope(documents=frozenset({sheet.control}))
        seer = _seer(two, f"walled{place}", (Role.LEAD, Scope()), (Role.WALL, wall))
        view = desk.shown(two, seer)
        assert ("P-3", THEIRS) not in _entries(view)
        assert challenge.key not in {seen.key for seen in view.challenges}


def test_a_log_that_is_a_document_is_shown_with_that_document(two: Room) -> None:
    boss = _seer(two, "boss", (Role.LEAD, Scope()))
    columns = two.standing().columns
    strays = [
        control
        for control, place in columns.place.items()
        if two.standing().store.information(place).name in {"a.csv", "a.xlsx"}
    ]
    assert strays, "the files of no row are documents"
    wall = Scope(documents=frozenset(strays))
    seer = _seer(two, "walled", (Role.LEAD, Scope()), (Role.WALL, wall))

    assert desk.shown(two, seer).logs == ()
    assert desk.shown(two, boss).logs


def test_the_page_takes_a_log(room: Room) -> None:
    place = Place(room, create_app(room))
    place.user("boss", Role.LEAD, password=PASSWORD)
    browser = place.browser()
    browser.open()
    browser.sign_in("boss")
    browser.open("/privilege-log")

    sent = {"name": "their log.csv", "log": base64.b64encode(LOG).decode(), "of": "VOL001"}
    assert browser.form("/privilege-log/file", sent).status_code == 303
    assert "their log.csv was given for VOL001" in browser.get("/privilege-log").text
    for bad in ({"log": ""}, {"log": "no base 64"}, {"of": "VOL009"}, {"log": "UEsDBA=="}):
        assert browser.form("/privilege-log/file", sent | bad).status_code == 422


def test_the_page_challenges_and_withdraws(room: Room) -> None:
    place = Place(room, create_app(room))
    place.user("boss", Role.LEAD, password=PASSWORD)
    desk.keep(room, room.seer("boss", "a test"), "log.csv", LOG)
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
