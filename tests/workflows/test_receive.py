"""Volumes of another party: every row a document of theirs, nothing lost, nothing ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from forthwith.check.given import ReadOptions
from forthwith.cli.receive import verdict
from forthwith.domain.documents import Document
from forthwith.domain.evidence import FieldValue
from forthwith.loadfiles import dat
from forthwith.loadfiles.received_table import ReceivedRow, RowHead
from forthwith.process.received_identity import Delivered, grouped, same, tombstone_of
from forthwith.record import received, verify
from forthwith.record.matter import Matter
from forthwith.review.search.search import Searcher
from forthwith.standards import loader
from forthwith.workflows import receive as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.receive import Received
from tests.builders import dialects, encrypted_zips
from tests.builders.volume import (
    LEDGER,
    LOOSE,
    LUNCH,
    MAIL,
    MEMO,
    VolumeBuilder,
    edoc,
    number,
    sound,
)

Take = Callable[..., Received]


@pytest.fixture
def case(tmp_path: Path) -> CaseFile:
    """A matter without evidence of its own."""
    return CaseFile(Matter.create(tmp_path / "m", name="Halden"))


@pytest.fixture
def take(case: CaseFile) -> Take:
    """Receive a folder from a party."""

    def taken(folder: Path, party: str = "Northgate") -> Received:
        return desk.receive(case, [folder], party, loader.load(), workers=1)

    return taken


def by_number(case: CaseFile) -> dict[str, Document]:
    with case.matter.engine.connect() as connection:
        numbers = received.numbers(connection)
    return {
        numbers[control].first: document
        for control, document in case.everything.items()
        if control in numbers
    }


def test_each_row_is_a_document_of_theirs_in_its_family(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    done = take(sound().write(tmp_path))

    rows = by_number(case)
    mail = rows[MAIL]
    assert len(rows) == len(case.everything) == 8
    assert case.documents == {}
    assert {document.side for document in rows.values()} == {"theirs"}
    assert [rows[n].family for n in (MEMO, LEDGER)] == [mail.control_number] * 2
    assert mail.fields["subject"].origin == "dat:SUBJECT"
    assert mail.text_of("sent") == "2023-03-14T16:05:00+00:00"
    assert mail.custodian == "Ortega, Marisol"
    assert mail.text_of("text_from") == "the delivered text"
    assert "About Transfer of wallets." in case.text(mail.control_number)
    assert done.receptions[0].counted == {"rows": 8, "families": 4, "pages": 12, "natives": 8}
    assert verify.verify(case.matter).broken == ()


def test_what_lies_in_a_native_and_was_delivered_is_one_document(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    """The mail's native holds both attachments; the second one is not delivered on its own."""
    take(sound().lose(LEDGER).write(tmp_path))

    names = sorted(
        d.name for d in case.everything.values() if d.family == by_number(case)[MAIL].family
    )
    assert names == ["Transfer of wallets.eml", "ledger.csv", "memo.txt"]
    assert [row.why for row in case.set_aside if row.path.endswith("memo.txt")] == [
        f"delivered as {MEMO}"
    ]


def test_received_again_a_volume_adds_nothing(case: CaseFile, take: Take, tmp_path: Path) -> None:
    folder = sound().write(tmp_path)
    take(folder)
    entries = verify.verify(case.matter).entries
    copied = shutil.copytree(folder, tmp_path / "again" / "VOL001")

    done = take(copied)

    assert done.receptions[0].known
    assert verify.verify(case.matter).entries == entries + 1  # the look of `process`
    assert len(case.everything) == 8


def test_a_replacement_keeps_control_numbers_and_lists_the_old(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    take(sound().write(tmp_path / "a"))
    before = {n: document.control_number for n, document in by_number(case).items()}
    changed = sound().set(MEMO, "FILE_NAME", "memo, second.txt")
    changed.row(LUNCH).text = (changed.row(LUNCH).cells["OCRPATH"], b"Dinner instead.\n")

    done = take(changed.write(tmp_path / "b"))

    after = by_number(case)
    assert done.receptions[0].volume.kind == "replacement"
    assert {n: document.control_number for n, document in after.items()} == before
    assert after[MEMO].name == "memo, second.txt"
    assert "Dinner" in case.text(after[LUNCH].control_number)
    # Eight rows, and what lies in the natives of two.
    assert sum(row.why == "replaced by VOL001, version 2" for row in case.set_aside) == 12
    told = desk.versions(case, MEMO, "Northgate")
    assert [volume.version for volume, _ in told] == [1, 2]
    assert [said["fields"]["FILE_NAME"] for _, said in told] == ["memo.txt", "memo, second.txt"]


def test_an_overlay_changes_its_columns_and_leaves_the_rest(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    take(sound().write(tmp_path / "a"))
    overlay = tmp_path / "OVL001" / "DATA" / "OVL001.DAT"
    overlay.parent.mkdir(parents=True)
    header = ["FIRSTBATES", "CUSTODIAN", "SUBJECT"]
    overlay.write_bytes(b"".join(dat.write(header, [[MAIL, "Lee, Wei", "Transfer, corrected"]])))

    done = take(tmp_path / "OVL001")

    mail = by_number(case)[MAIL]
    assert done.receptions[0].volume.kind == "overlay"
    # What an overlay lacks may stand in the volume it changes, which was not given with it.
    assert done.receptions[0].checked_alone
    assert done.report.findings
    assert done.entered == 0
    assert (mail.custodian, mail.text_of("subject")) == ("Lee, Wei", "Transfer, corrected")
    assert mail.text_of("from").startswith("Marisol Ortega")
    assert len(case.everything) == 8
    assert by_number(case)[MEMO].family == mail.control_number
    assert len(desk.delivered_pages(case, mail)) == 2


def test_every_byte_of_an_overlay_that_came_with_its_volume_is_evidence(
    case: CaseFile, tmp_path: Path
) -> None:
    volume = sound().write(tmp_path / "in")
    overlay = tmp_path / "in" / "OVL001" / "DATA" / "OVL001.DAT"
    overlay.parent.mkdir(parents=True)
    rows = [[MAIL, "Transfer, corrected"]]
    overlay.write_bytes(b"".join(dat.write(["FIRSTBATES", "SUBJECT"], rows)))
    (overlay.parent / "letter.txt").write_text("An overlay of VOL001.")

    desk.receive(case, [volume, overlay.parents[1]], "Northgate", loader.load(), workers=1)

    assert by_number(case)[MAIL].text_of("subject") == "Transfer, corrected"
    assert verify.verify(case.matter).broken == ()
    for path in overlay.parent.iterdir():
        assert case.matter.evidence.path(sha256(path.read_bytes()).hexdigest()).exists()


def test_two_parties_may_use_one_prefix_and_one_name(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    take(sound().write(tmp_path / "a"))
    other = VolumeBuilder().add(edoc("other.txt", b"Another party's plan.\n"))

    done = take(other.write(tmp_path / "b"), "Ortega LLP")

    assert done.receptions[0].volume.volume == "VOL001 (Ortega LLP)"
    assert done.receptions[0].volume.kind == "volume"
    assert len(case.everything) == 9
    found = Searcher.of(case.matter).ask(f"bates:{number(1)}")
    assert found.documents == 2


def test_a_family_may_lie_in_two_volumes(case: CaseFile, take: Take, tmp_path: Path) -> None:
    first, second = sound(), sound()
    second.name = "VOL002"
    first.rows = [row for row in first.rows if row.cells["FIRSTBATES"] != LEDGER]
    second.rows = [row for row in second.rows if row.cells["FIRSTBATES"] == LEDGER]

    take(second.write(tmp_path))
    take(first.write(tmp_path))

    rows = by_number(case)
    assert rows[LEDGER].parent == rows[MAIL].control_number
    assert [rows[n].order for n in (MAIL, MEMO, LEDGER)] == [0, 1, 2]


def test_rows_pages_and_files_that_fit_nowhere_are_documents_with_a_fault(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    built = sound()
    built.extra["TEXT/0001/STRAY.TXT"] = b"Nobody names this text.\n"
    built.pages_without_rows.append(
        ("NGT_00000099", "IMAGES\\0001\\NGT_00000099.TIF", b"II*\0", True)
    )
    built.row(LOOSE).native = None
    folder = built.write(tmp_path)
    path = folder / "DATA" / "VOL001.DAT"
    path.write_bytes(path.read_bytes() + "þNGT_00000088þ\x14þtwo cells aloneþ\r\n".encode())

    take(folder)

    faults = {d.name: d.faults[0].detail for d in case.everything.values() if d.faults}
    assert "no load file of VOL001 names" in faults["STRAY.TXT"]
    assert "no row has that document" in faults["NGT_00000099"]
    assert "has 2 cells where the header has" in faults["row 9"]
    assert "is not in the volume" in faults["plan.txt"]


def test_two_rows_of_one_number_are_two_documents(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    built = sound()
    built.rows.append(built.row(LOOSE))

    take(built.write(tmp_path))

    alike = [d for d in case.everything.values() if d.name == "plan.txt"]
    assert len(alike) == 2
    assert "stands on another row" in alike[1].faults[0].detail


def shape(case: CaseFile) -> list[tuple[str, int, int, str, str]]:
    """Return what a reviewer has of each document, in order."""
    return sorted(
        (
            document.text_of("sent"),
            document.order,
            len(desk.delivered_pages(case, document)),
            document.sha256,
            case.text(number).strip(),
        )
        for number, document in case.everything.items()
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, int, str, str]]:
    """The shape of the sound volume the dialects are made of."""
    home = tmp_path_factory.mktemp("plain")
    case = CaseFile(Matter.create(home / "m", name="Halden"))
    desk.receive(case, [dialects.sound(3).write(home)], "Northgate", loader.load(), workers=1)
    return shape(case)


@pytest.mark.parametrize(
    "mutation", dialects.MUTATIONS, ids=[mutation.name for mutation in dialects.MUTATIONS]
)
def test_in_every_dialect_the_same_documents_come(
    case: CaseFile,
    take: Take,
    tmp_path: Path,
    plain: list[tuple[str, int, int, str, str]],
    mutation: dialects.Mutation,
) -> None:
    folder = dialects.sound(3).write(tmp_path)
    mutation.write(folder)

    take(folder)

    assert shape(case) == plain


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2023-03-14", "2023-03-14"),
        ("20230314", "2023-03-14"),
        ("14/03/2023", "2023-03-14"),
        ("14.03.2023", "2023-03-14"),
        ("14-Mar-2023", "2023-03-14"),
        ("March 14, 2023", "2023-03-14"),
        ("2023-03-14T16:05:00Z", "2023-03-14T16:05:00+00:00"),
        ("00/00/0000", ""),
        ("31/02/2023", ""),
        ("14-Mar-23", ""),
    ],
)
def test_a_day_in_another_form_is_read_or_told(
    case: CaseFile, take: Take, tmp_path: Path, written: str, sent: str
) -> None:
    built = VolumeBuilder().add(edoc("plan.txt", b"A plan.\n"))
    built.set(number(1), "DATE_SENT", written)

    take(built.write(tmp_path))

    (document,) = case.everything.values()
    assert document.text_of("sent") == sent
    assert document.text_of("DATE_SENT") == written
    told = [fault.detail for fault in document.faults]
    # Zeros are what software writes when it knows no day.
    assert any(written in detail for detail in told) == (not sent and written != "00/00/0000")


@pytest.mark.parametrize(
    ("cells", "sent"),
    [
        (("03/04/2023", "14/04/2023"), ("2023-04-03", "2023-04-14")),
        (("03/04/2023", "04/14/2023"), ("2023-03-04", "2023-04-14")),
        (("03/04/2023", "05/05/2023"), ("2023-03-04", "2023-05-05")),
    ],
)
def test_the_whole_column_tells_whether_days_stand_first(
    case: CaseFile, take: Take, tmp_path: Path, cells: tuple[str, ...], sent: tuple[str, ...]
) -> None:
    built = VolumeBuilder()
    for place, cell in enumerate(cells, start=1):
        built.add(edoc(f"plan {place}.txt", f"Plan {place}.\n".encode()))
        built.set(number(place), "DATE_SENT", cell)

    take(built.write(tmp_path))

    assert tuple(d.text_of("sent") for d in by_number(case).values()) == sent


def test_where_both_orders_stand_what_may_be_either_is_told(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    built = VolumeBuilder()
    for place, cell in enumerate(("14/03/2023", "03/14/2023", "03/04/2023"), start=1):
        built.add(edoc(f"plan {place}.txt", f"Plan {place}.\n".encode()))
        built.set(number(place), "DATE_SENT", cell)

    take(built.write(tmp_path))

    documents = list(by_number(case).values())
    assert [d.text_of("sent") for d in documents] == ["2023-03-14", "2023-03-14", ""]
    assert "may be one of two days" in documents[2].faults[0].detail


@pytest.mark.parametrize(
    "hostile",
    ["..\\..\\..\\outside.txt", "/etc/hostname", "\\\\server\\x\\y.txt", "C:\\y.txt", "NUL",
     "a\0b", "file:///etc/hostname", ".", "NATIVES\\0001", "x" * 5000],
    ids=["up", "absolute", "share", "drive", "device", "nul", "address", "dot", "folder", "long"],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_an_absent_file_and_nothing_is_lost(
    case: CaseFile, take: Take, tmp_path: Path, hostile: str
) -> None:
    (tmp_path / "outside.txt").write_text("Words from elsewhere.\n")
    built = sound().set(LOOSE, "LINK", hostile).set(LUNCH, "OCRPATH", hostile)

    take(built.write(tmp_path / "a" / "b"))

    rows = by_number(case)
    assert len(rows) == 8
    # What the cells no longer name lies there still: a native, and a text.
    strays = [d.name for d in case.everything.values() if d.locator.startswith("file:")]
    assert strays == [f"{LOOSE}.TXT", f"{LUNCH}.TXT"]
    assert all("is not in the volume" in rows[n].faults[0].detail for n in (LOOSE, LUNCH))
    assert not Searcher.of(case.matter).ask("elsewhere").documents


def test_parents_in_a_circle_leave_every_row_a_document(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    built = sound().set(MAIL, "PARENT_BATES", MEMO).set(MEMO, "PARENT_BATES", LEDGER)

    take(built.set(LEDGER, "PARENT_BATES", MAIL).write(tmp_path))

    assert len(by_number(case)) == len(case.everything) == 8


def test_another_document_under_a_number_of_before_is_a_document_of_its_own(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    take(sound().write(tmp_path))
    before = {n: document.control_number for n, document in by_number(case).items()}
    other = VolumeBuilder("VOL002")
    other.add(edoc("other.txt", b"Another plan.\n"))
    other._next = 500
    for place in range(3):
        other.add(edoc(f"more {place}.txt", f"More {place}.\n".encode()))

    (reception,) = take(other.write(tmp_path)).receptions

    assert (reception.volume.kind, reception.replaced, reception.others) == ("volume", 0, 1)
    assert "is another document: both stand" in verdict(reception)[0]
    with case.matter.engine.connect() as connection:
        of_one = [row for row in received.numbers(connection).values() if row.first == MAIL]
    assert sorted(row.volume for row in of_one) == ["VOL001", "VOL002"]
    old, new = sorted(row.control for row in of_one)
    assert old == before[MAIL]
    assert "Another plan" in case.text(new)
    assert "Another plan" not in case.text(old)
    assert [f.detail for f in case.everything[new].faults][-1].startswith("under its number")
    # The family of the first one stays with it.
    assert case.everything[before[MEMO]].family == old
    assert Searcher.of(case.matter).ask(f"bates:{MAIL}").documents == 2


def test_a_volume_whose_numbers_are_shifted_by_one_replaces_nothing(
    case: CaseFile, take: Take, tmp_path: Path
) -> None:
    """Each number has another document: what was coded stays where it was."""
    first, second = VolumeBuilder(), VolumeBuilder()
    texts = [f"Plan {n}: {' '.join(f'word{n}x{k}' for k in range(30))}.\n" for n in range(5)]
    for text in texts[:4]:
        first.add(edoc(f"{text[:6]}.txt", text.encode()))
    for text in texts[1:]:
        second.add(edoc(f"{text[:6]}.txt", text.encode()))
    take(first.write(tmp_path / "a"))
    before = {c: case.text(c) for c in case.everything}

    (reception,) = take(second.write(tmp_path / "b")).receptions

    assert (reception.volume.kind, reception.replaced, reception.others) == ("volume", 0, 4)
    assert {c: case.text(c) for c in before} == before
    assert len(case.everything) == 8
    # A third delivery of the first documents finds those again.
    changed = VolumeBuilder()
    for text in texts[:4]:
        changed.add(edoc(f"{text[:6]}.txt", f"{text}And more.\n".encode()))
    (again,) = take(changed.write(tmp_path / "c")).receptions
    assert (again.volume.kind, again.replaced, again.others) == ("replacement", 4, 0)
    assert len(case.everything) == 8
    assert all(case.text(c).endswith("And more.\n") for c in sorted(before))


@pytest.mark.parametrize(
    ("old", "new", "replaces", "one"),
    [
        ({"subject": "Keys"}, {"subject": "Keys"}, False, True),
        ({"subject": "Keys", "from": "a"}, {"subject": "RE: Keys", "from": "a"}, False, False),
        ({"message_id": "<1>"}, {"message_id": "<1>"}, False, True),
        ({"message_id": "<1>", "subject": "K"}, {"message_id": "<2>", "subject": "K"}, True, False),
        ({"MD5HASH": "ab"}, {"MD5HASH": "AB"}, False, True),
        ({}, {}, True, True),
        ({}, {}, False, False),
        ({"subject": "Keys"}, {"subject": "Lunch"}, True, False),
    ],
)
def test_what_a_row_says_tells_whether_it_is_the_same_document(
    old: dict[str, str], new: dict[str, str], replaces: bool, one: bool
) -> None:
    def delivered(said: dict[str, str]) -> Delivered:
        values = tuple(FieldValue(name, value, "") for name, value in said.items())
        row = ReceivedRow(RowHead("row:A1"), fields=values)
        return Delivered(row, "", (), frozenset())

    assert same(delivered(old), delivered(new), replaces=replaces) is one


def test_what_a_password_opened_is_not_told_as_unread(case: CaseFile, tmp_path: Path) -> None:
    built = sound()
    built.row(LOOSE).cells["LINK"] = "NATIVES\\0001\\PLAN.ZIP"
    locked = encrypted_zips.packed([("plan.txt", b"The hidden plan.\n")], "sesame", "aes-256")
    built.row(LOOSE).native = ("NATIVES\\0001\\PLAN.ZIP", locked)
    folder = built.write(tmp_path)

    done = desk.receive(
        case, [folder], "Northgate", loader.load(), workers=1,
        options=ReadOptions(passwords=("sesame",)),
    )  # fmt: skip

    assert Searcher.of(case.matter).ask("hidden").documents == 1
    assert done.receptions[0].unread == {}


def test_what_was_destroyed_stays_apart_from_another_document_of_its_number() -> None:
    def row(name: str, native: str) -> Delivered:
        return Delivered(ReceivedRow(RowHead("row:A1"), name=name), native, (), frozenset())

    one, other = row("plan.txt", "aa"), row("list.txt", "bb")
    gone = [
        Delivered(
            ReceivedRow(RowHead("row:A1"), fields=(tombstone_of(r, place),)), "", (), frozenset()
        )
        for place, r in enumerate((one, other))
    ]
    kinds = ("volume", "volume", "volume")

    assert grouped(list(zip(kinds, [one, other, one]))) == [0, 1, 0]
    assert grouped(list(zip(kinds, [gone[0], other, one]))) == [0, 1, 0]
    assert grouped(list(zip(kinds, [gone[0], gone[1], row("new.txt", "cc")]))) == [0, 1, 2]
    assert grouped([("volume", one), ("overlay", row("", "aa")), ("volume", one)]) == [0, 0, 0]


def test_what_looks_like_a_mistake_of_theirs_is_put_away_at_once(
    case: CaseFile, tmp_path: Path
) -> None:
    """A native beside redacted pages: nobody but who receives is shown it, its family or a copy."""
    builder = sound()
    builder.header.append("REDACTED")
    builder.set(LOOSE, "REDACTED", "Y")

    done = desk.receive(
        case, [builder.write(tmp_path)], "Northgate", loader.load(), workers=1, custodian="reyes"
    )

    (away,) = done.put_away
    shown = {document.control_number for document in case.table.ask("side = 'theirs'")}
    assert "RD04" in {finding.code for finding in done.report.findings}
    assert (away.custodian, len(away.rows), len(shown)) == ("reyes", 1, 7)
    assert shown.isdisjoint(row.control for row in away.rows)
