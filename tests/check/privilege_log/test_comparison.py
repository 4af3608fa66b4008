"""A log that is sound has no point; each thing broken in it, or in the volume, gives its code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.check.privilege_log import comparison
from forthwith.check.privilege_log.documents_named import dated
from forthwith.domain.privilege_logs import LogEntry
from forthwith.standards import catalogue
from tests.builders.withheld import Change, Withheld, entry, sound

ONE = "entry P-1 "


def test_what_is_withheld_and_logged_has_no_point() -> None:
    assert sound().codes() == []
    assert sound().compared().notes == []


def test_a_log_by_category_that_stands_for_all_has_no_point() -> None:
    made = sound()
    numbers = ("P-1", "P-2", "P-3")
    category = LogEntry("row 2", stands_for=numbers, dated="2023-03-01 to 2023-03-31", author="A",
                        recipients=("B",), basis="AC", description="Advice on keys.")  # fmt: skip
    made.entries = {"CAT-1": category}
    made.lose("N0007")
    assert made.codes() == []

    made.entry("CAT-1", stands_for=(*numbers, "P-9"))
    [found] = made.points()
    assert (found.code, found.message) == (
        "PL01",
        "no slip-sheet in the volumes bears the number P-9",
    )


@pytest.mark.parametrize(
    ("change", "code", "bates", "says"),
    [
        # PL01: logged, and produced in full; or nothing stands for it.
        (lambda v: v.row("N0001", withheld=False, log="", native=True), "PL01", "N0001",
         "entry P-1 says that N0001 is withheld; VOL001 has it in full"),
        (lambda v: v.row("N0007", redacted="", native=True), "PL01", "N0007", "entry P-4 says"),
        (lambda v: v.entry("P-3", pages=entry("P-3", "N0005; N0006").pages), "PL01", "N0006",
         "entry P-3 says that N0006 is withheld"),
        (lambda v: v.lose("N0005").row("N0004", children=()), "PL01", "N0005",
         "entry P-3 is for N0005, where the volumes have no page"),
        (lambda v: v.entries.update(x=entry("P-9", "")), "PL01", "", "bears the number P-9"),
        # PL02: withheld, and not logged.
        (lambda v: v.lose("P-3"), "PL02", "N0005",
         "N0005 is withheld (its slip-sheet says P-3), and no entry of the log names it"),
        (lambda v: v.row("N0006", withheld=True, native=False), "PL02", "N0006",
         "N0006 is withheld, and no entry"),
        (lambda v: v.row("N0006", redacted="Privilege", native=False), "PL02", "N0006",
         "N0006 is redacted (Privilege)"),
        # PL04: what a claim must state.
        (lambda v: v.entry("P-1", basis=""), "PL04", "N0001", "entry P-1 has no basis"),
        (lambda v: v.entry("P-1", description=""), "PL04", "N0001", ONE + "has no description"),
        (lambda v: v.entry("P-1", dated="", day=None), "PL04", "N0001", ONE + "has no date"),
        (lambda v: v.entry("P-1", author=""), "PL04", "N0001", ONE + "has no author"),
        (lambda v: v.entry("P-1", recipients=()), "PL04", "N0001", ONE + "has no recipients"),
        (lambda v: v.entry("P-4", author="", dated=""), "PL04", "N0007", "no date, no author"),
        # PL05: descriptions that describe nothing.
        (lambda v: v.entry("P-1", description="Attorney-client communication."), "PL05",
         "N0001", "“Attorney-client communication.” alone describes P-1"),
        (lambda v: v.entry("P-1", description="E-mail from Marisol Ortega to D. Reyes, Esq. 14"),
         "PL05", "N0001", "what it is about is not said"),
        (lambda v: v.every(description="Legal advice"), "PL05", "N0001",
         "alone describes P-1, P-2, P-3, P-4"),
    ],
)  # fmt: skip
def test_one_thing_broken_gives_exactly_its_code(
    change: Change, code: str, bates: str, says: str
) -> None:
    made = sound()
    change(made)
    [found] = made.points()

    assert (found.code, found.bates) == (code, bates)
    assert says in found.message


def test_documents_withheld_without_any_log_are_one_point_of_their_volume() -> None:
    [found] = sound().points(served=False)

    assert (found.code, found.where) == ("PL03", "VOL001")
    assert "3 documents are withheld from VOL001 (N0001, N0003, N0005)" in found.message
    assert Withheld().row("N0006", native=True).points(served=False) == []


def test_a_column_the_log_does_not_have_is_one_point() -> None:
    made = sound().every(description="", dated="", day=None)
    made.columns = made.columns - {"description", "dated"}
    [found] = made.points()

    assert found.message == "log.csv has no column for the description, none for the date"
    assert found.where == "log.csv"


def test_a_ground_that_stands_in_the_description_is_a_ground() -> None:
    made = sound().every(basis="")
    made.columns = made.columns - {"basis"}
    for at, number in enumerate(made.entries):
        made.entry(number, description=f"Attorney-client mail on key {at}.")

    assert made.codes() == []


def test_one_description_for_many_documents_is_a_point_and_copies_are_one_document() -> None:
    made = sound()
    for at in range(4, 9):
        made.row(f"N001{at}", withheld=True, log=f"P-{at}1")
        made.entries[f"P-{at}1"] = entry(f"P-{at}1", f"N001{at}", description="Mail on key 7.")
    assert made.codes() == []

    for at in range(4, 9):
        made.entry(f"P-{at}1", dated=f"2023-03-1{at}")
    [found] = made.points()
    assert found.code == "PL05"
    assert "the same description, “Mail on key 7.”, stands at P-41, P-51" in found.message


def test_a_parent_or_an_attachment_that_is_neither_produced_nor_logged() -> None:
    """The check misses a document; that its family is withheld in part is the truer word."""
    lost = catalogue.finding("FM01", "N0001 lists N0003", bates="N0003", volume="VOL001")
    made = sound().lose("N0003", "P-2")
    made.checked = [lost]
    [found] = made.points()
    assert (found.code, found.bates) == ("PL07", "N0003")
    assert found.message == (
        "N0001 is withheld, and its attachment N0003 is neither produced nor logged"
    )

    made = sound().lose("N0004")
    made.checked = [
        catalogue.finding("FM02", "the parent is not in the volume", bates="N0004", volume="VOL001")
    ]
    [found] = made.points()
    assert (found.code, found.bates) == ("PL07", "N0004")
    assert "its parent N0004 is neither" in found.message


def test_what_a_check_misses_and_the_log_names_is_told_once() -> None:
    made = sound().lose("N0003")
    made.checked = [catalogue.finding("FM01", "lost", bates="N0003", volume="VOL001")]
    [found] = made.points()
    assert (found.code, found.bates) == ("PL01", "N0003")

    made = sound().lose("N0001", "N0003")
    made.checked = [catalogue.finding("BT04", "3 numbers: N0001 to N0003", bates="N0001")]
    assert made.codes() == ["PL01", "PL01"]

    made.checked = [catalogue.finding("BT04", "4 numbers: N0000 to N0003", bates="N0000")]
    assert made.codes()[0] == "BT04"


@pytest.mark.parametrize("code", ["FM01", "BT04", "MD01"])
def test_other_findings_of_checks_stay(code: str) -> None:
    made = sound()
    made.checked = [catalogue.finding(code, "as found", bates="N0006")]

    assert made.codes() == [code]


def test_attachments_that_were_counted_and_are_nowhere() -> None:
    made = sound().entry("P-1", attachments=1).entry("P-2", attachments=3)
    assert made.codes() == []

    made.entry("P-1", attachments=3)
    [found] = made.points()
    assert (found.code, found.where) == ("PL07", "N0001")
    assert found.message == (
        "entry P-1 has 3 attachments, and only 1 of them is produced or logged"
    )

    made = sound().entry("P-4", attachments=1)
    assert "1 attachment, and none of them is" in made.points()[0].message


@pytest.mark.parametrize(
    "change",
    [
        # Of these, what is given does not say enough.
        lambda v: v.entry("P-4", pages=entry("P-4", "N0900").pages),
        lambda v: v.entries.update(x=entry("1", "N0900", number="")),
        lambda v: v.entry("P-4", treatment="Withdrawn").row("N0007", redacted="", native=True),
        lambda v: v.entry(
            "P-4", treatment="Withdrawn", basis="", description="", author="", dated=""
        ).row("N0007", redacted="", native=True),
        lambda v: v.entry("P-3", recipients=(), kind="Document"),
        lambda v: v.entry("P-1", kind="", recipients=()),
    ],
)
def test_what_cannot_be_told_is_no_point(change: Change) -> None:
    made = sound()
    change(made)
    # The redacted file that the first change leaves unlogged says nothing of privilege.
    assert made.codes() == []


def test_entries_for_pages_not_received_are_told() -> None:
    made = sound().entry("P-4", pages=entry("P-4", "N0900").pages)

    assert made.compared().notes == ["1 entry of log.csv for pages before or after those received"]


def test_redactions_in_images_are_not_judged() -> None:
    """Nothing says whether a page delivered as an image has something blacked out."""
    made = sound().row("N0007", redacted="")

    assert made.codes() == []
    assert "are redacted: they are delivered as images" in made.compared().notes[0]


def test_a_log_that_names_nothing_by_number_is_not_compared() -> None:
    made = sound().every(pages=(), number="")
    made.entries = {name: replace(each, place=f"row {name}") for name, each in made.entries.items()}

    assert made.codes() == []
    assert "it names no document by a number that is in them" in made.compared().notes[0]


def test_an_empty_log_names_nothing_that_is_withheld() -> None:
    made = sound()
    made.entries = {}

    assert made.codes() == ["PL02"] * 3


def test_a_replacement_volume_is_the_last_word() -> None:
    made = sound()
    rows = [replace(made.rows["N0005"], withheld=False, native=True), *made.rows.values()]
    found = comparison.compared([made.log], rows, [])

    assert found.added == []


def test_a_withheld_document_has_the_day_of_its_entry() -> None:
    made = sound()
    days = {each.first: each.day for each in dated(made.rows.values(), made.compared().entries)}

    assert days["N0001"] == date(2023, 3, 14)
    assert days["N0005"] is None
    assert days["N0007"] is None
