"""Reports as folders: made, amended, checked from the folder alone, spoilt in every way."""

from __future__ import annotations

import copy
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from forthwith.domain.amounts import units
from forthwith.standards.catalogue import CATALOGUE
from forthwith.workflows.books import report as reports
from forthwith.workflows.books.options import BooksOptions, When
from forthwith.workflows.books.report import (
    Made,
    NoFigureError,
    NoReportError,
    ReportOptions,
    ReportThereError,
)

OPTIONS = BooksOptions(folder=Path("books"))
MT940 = """:20:STMT{number}
:25:7710
:28C:{number}/1
:60F:C26{month:02}01USD{opening}
:61:26{month:02}05{month:02}05C250,00NTRFW{number}
:86:customer A
:62F:C26{month:02}{last}USD{closing}
-
"""
TABLES = {
    "assets": "id,decimals\nUSD,2\nGLD,18\n",
    "places": "place,kind,address_or_account,class\nfbo,bank account,7710,customer\n",
    "customer_accounts": "account,class\nA,outsider\nB,outsider\nP,affiliated_lp\n",
    "openings": "place,asset,group,amount,at\nfbo,USD,customer,1000.00,2025-12-31T23:59:59Z\n",
    "customer_ledger": (
        "row,booked_at,effective_at,account,asset,amount,kind,reference\n"
        "1,2025-12-31T23:59:59Z,2025-12-31T23:59:59Z,A,USD,900.00,opening,\n"
        "2,2025-12-31T23:59:59Z,2025-12-31T23:59:59Z,P,USD,100.00,opening,\n"
        "3,2025-12-31T23:59:59Z,2025-12-31T23:59:59Z,B,GLD,4000000.123456789012345678,opening,\n"
        "4,2026-01-05T12:00:00Z,2026-01-05T12:00:00Z,A,USD,250.00,deposit,W1\n"
        "5,2026-02-05T12:00:00Z,2026-02-05T12:00:00Z,A,USD,250.00,deposit,W2\n"
    ),
}


def statement(number: int, opening: str, closing: str, last: int) -> str:
    return MT940.format(number=number, month=number, opening=opening, closing=closing, last=last)


def books(home: Path) -> Path:
    """Write the books of two months below a folder."""
    folder = home / "books"
    folder.mkdir(parents=True)
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "january.sta").write_text(statement(1, "1000,00", "1250,00", 31))
    (folder / "february.sta").write_text(statement(2, "1250,00", "1500,00", 28))
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books, a report of January, and one of February."""
    home = tmp_path_factory.mktemp("exchange")
    books(home)
    for month in ("2026-01", "2026-02"):
        signed = ReportOptions("Marisol Ortega", signed=When.parse("2026-03-05T12:00:00Z"))
        reports.make(home, OPTIONS, month, signed)
    return home


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> Path:
    """The delivered folder of February alone, to be spoilt."""
    return Path(shutil.copytree(home / "books-2026-02", tmp_path / "delivered"))


def body_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def spoil(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    body = body_of(folder)
    change(body)
    (folder / "report.json").write_text(json.dumps(body))


def codes(folder: Path, **others: Any) -> set[str]:
    found = reports.check(folder, **others).findings
    for row in found:
        assert row.code in CATALOGUE
        assert row.says
        assert not row.says.endswith("."), row
    return {row.code for row in found}


def test_a_sound_folder_elsewhere_is_clean_from_nothing_but_itself(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    found = reports.check(Path("delivered"), home / "books-2026-01")

    assert found.findings == ()
    assert found.figures == len(body_of(folder)["witnesses"]) > 20
    assert any("certifier" in text for text in found.not_recomputed)


def test_the_same_books_make_the_same_bytes_whatever_the_order_of_rows(
    home: Path, tmp_path: Path
) -> None:
    """Digests of files are of their bytes; what the files say is the same."""
    again = tmp_path / "again"
    books(again)
    signed = ReportOptions("Marisol Ortega", signed=When.parse("2026-03-05T12:00Z"))
    made = reports.make(again, OPTIONS, "2026-02", signed)
    for name in ("report.json", "report.xlsx", "report.pdf"):
        assert (made.folder / name).read_bytes() == (home / "books-2026-02" / name).read_bytes()


def test_a_report_never_lies_over_another(home: Path) -> None:
    with pytest.raises(ReportThereError):
        reports.make(home, OPTIONS, "2026-01", ReportOptions())


def _figure(body: dict[str, Any]) -> None:
    body["places"][0]["closing"] = "1500.01"


def _root(body: dict[str, Any]) -> None:
    body["commitments"]["roots"]["USD"] = body["commitments"]["roots"]["GLD"]


def _witness(body: dict[str, Any]) -> None:
    body["witnesses"]["places/fbo/USD/closing"]["digest"] = "0" * 64


def _tree(body: dict[str, Any]) -> None:
    body["liabilities"] = body["liabilities"][:1]


def _signing(body: dict[str, Any]) -> None:
    body["known_at_signing"]["assets"][0]["owed_customers"] = "1.00"


def _short(body: dict[str, Any]) -> None:
    usd = next(row for row in body["assets"] if row["asset"] == "USD")
    usd["least"]["difference"] = "-5.00"


@pytest.mark.parametrize(
    ("change", "code"),
    [(_figure, "BR03"), (_root, "BR08"), (_witness, "BR07"), (_tree, "BR05"), (_signing, "BR02"),
     (_short, "BR06"), (lambda body: body.update(month="2026-13"), "BR12"),
     (lambda body: body.pop("breaks"), "BR12"),
     (lambda body: body["parameters"].update(zone="Nowhere"), "BR12"),
     (lambda body: body["parameters"].update(basis="guess"), "BR12"),
     (lambda body: body["parameters"].update(floors={"USD": "0.001"}), "BR12"),
     (lambda body: body["parameters"].update(floors={"EUR": "1.00"}), "BR12"),
     (lambda body: body["parameters"].update(proof_age=10**30), "BR12"),
     (lambda body: body.update(headline=["All is well."]), "BR02"),
     (lambda body: body.update(notes=["Nothing to see."]), "BR02")],
)  # fmt: skip
def test_what_is_spoilt_in_the_data_has_its_code(
    folder: Path, change: Callable[[dict[str, Any]], object], code: str
) -> None:
    spoil(folder, change)

    assert code in codes(folder)


def test_evidence_that_is_edited_missing_or_added_has_its_code(folder: Path) -> None:
    evidence = folder / "evidence"
    ledger = (evidence / "customer_ledger.csv").read_text()
    (evidence / "customer_ledger.csv").write_text(ledger.replace("900.00", "901.00"))
    assert codes(folder) >= {"BR01", "BR02", "BR08"}
    (evidence / "customer_ledger.csv").write_text(ledger)
    (evidence / "late.csv").write_text("a,b\n")
    assert codes(folder) == {"BR10"}
    (evidence / "late.csv").unlink()
    (evidence / "january.sta").unlink()
    assert "BR01" in codes(folder)


def test_a_link_in_the_evidence_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id,decimals\nEUR,2\n")
    (folder / "evidence" / "more_assets.csv").symlink_to(secret)
    (folder / "evidence" / "assets.csv").unlink()
    (folder / "evidence" / "assets.csv").symlink_to(secret)

    assert "BR01" in codes(folder)


def test_names_that_climb_out_of_the_folder_read_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id,decimals\nEUR,2\n")
    spoil(folder, lambda body: body["files"].update({"../../secret.csv": "0" * 64}))

    rows = reports.check(folder).findings
    assert ("BR01", "../../secret.csv") in {(row.code, row.where) for row in rows}


def test_an_edited_workbook_or_paper_has_its_code(folder: Path) -> None:
    book = folder / "report.xlsx"
    with zipfile.ZipFile(book) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(book, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data.replace(b"1500.00", b"9500.00"))
    assert codes(folder) == {"BR09"}
    (folder / "report.pdf").unlink()
    assert len(reports.check(folder).findings) == 2


def test_the_month_before_must_close_with_what_this_one_opens_with(
    home: Path, folder: Path, tmp_path: Path
) -> None:
    before = Path(shutil.copytree(home / "books-2026-01", tmp_path / "before"))
    spoil(before, lambda body: body["places"][0].update(closing="1249.99"))

    assert codes(folder, before=before) == {"BR04"}
    spoil(before, lambda body: body.update(places=3))
    assert codes(folder, before=before) == {"BR04"}


# Amendments.


@pytest.fixture
def amended(tmp_path: Path) -> Made:
    """January, signed, and again after a row was booked for it in February."""
    place = tmp_path / "exchange"
    folder = books(place)
    reports.make(place, OPTIONS, "2026-01", ReportOptions())
    with (folder / "customer_ledger.csv").open("a") as ledger:
        ledger.write("9,2026-02-02T10:00:00Z,2026-01-20T10:00:00Z,B,USD,10.00,adjustment,\n")
    return reports.amend(place, OPTIONS, "2026-01", None, ReportOptions())


def test_an_amendment_names_rows_and_figures_and_the_old_one_still_checks(amended: Made) -> None:
    amends = body_of(amended.folder)["amends"]

    assert [(row["file"], row["line"], row["what"]) for row in amends["rows"]] == [
        ("customer_ledger.csv", "7", "added")
    ]
    figures = {row["figure"]: (row["before"], row["after"]) for row in amends["figures"]}
    assert figures["assets/USD/owed_customers"] == ("1250.00", "1260.00")
    assert figures["assets/USD/difference"] == ("0.00", "-10.00")
    assert codes(amended.folder) == set()
    assert codes(amended.folder.with_name("books-2026-01")) == set()


def test_an_amendment_that_hides_its_past_has_its_code(amended: Made) -> None:
    folder = amended.folder
    data = (folder / "earlier.json").read_bytes()
    for spoilt in (b"", b"[]", b"{}", data.replace(b"1250.00", b"1260.00")):
        (folder / "earlier.json").write_bytes(spoilt)
        assert "BR11" in codes(folder)
    (folder / "earlier.json").unlink()
    assert "BR11" in codes(folder)
    (folder / "earlier.json").write_bytes(data)
    spoil(folder, lambda body: body["amends"]["figures"].pop())
    assert "BR11" in codes(folder)
    spoil(folder, lambda body: body.pop("amends"))
    assert "BR11" in codes(folder)


def test_books_as_they_are_now_are_held_against_what_was_signed(amended: Made) -> None:
    """The amendment's evidence is not what the first version committed to; its own is."""
    first = amended.folder.with_name("books-2026-01")
    found = reports.check(first, against=amended.folder / "evidence").findings

    assert {row.code for row in found} == {"BR08", "BR13"}
    where = {row.where for row in found}
    assert "commitments/rows/ledger/sha256" in where
    assert "commitments/roots/USD" in where
    assert "commitments/roots/GLD" not in where
    assert reports.check(first, against=first / "evidence").findings == ()


def test_roots_whose_salts_the_exchange_kept_are_not_asked_for(home: Path, tmp_path: Path) -> None:
    into = tmp_path / "salted"
    reports.make(home, OPTIONS, "2026-02", ReportOptions(key=b"k" * 32, into=into))
    found = reports.check(into, against=home / "books")

    assert found.findings == ()
    assert any("salts" in text for text in found.not_recomputed)


# Hostile folders.


@pytest.mark.parametrize(
    "data",
    [b"", b"no json", b"[]", b'"x"', b"{}", b'{"format": "other"}', b"[" * 100_000, b"\xff\xfe\x00",
     b'{"format": "forthwith/books-report/1", "format": "forthwith/books-report/1"}',
     b'{"format": "forthwith/books-report/1", "version": NaN}'],
)  # fmt: skip
def test_data_that_are_no_report_are_refused_with_a_sentence(folder: Path, data: bytes) -> None:
    (folder / "report.json").write_bytes(data)
    with pytest.raises(NoReportError) as refused:
        reports.check(folder)
    assert str(refused.value).endswith(".")


def _ways(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value of a report; of a list its first row stands for all."""
    found = [where] if where else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _ways(inner, (*where, key))
    elif isinstance(value, list) and value:
        found += _ways(value[0], (*where, 0))
    return found


@pytest.mark.parametrize("value", [None, 1, 1.5, "x", [], {}, True, "NaN", "1e5", "9" * 60])
def test_whatever_stands_in_place_of_a_value_is_a_finding_and_never_a_crash(
    folder: Path, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are read once; each try does everything else."""
    opened = reports.opened
    kept: dict[tuple[str, ...], Any] = {}

    def once(files: Any, zone: str = "UTC", progress: Any = None) -> Any:
        key = (zone, *files.files)
        if key not in kept:
            kept[key] = opened(files, zone)
        return kept[key]

    monkeypatch.setattr(reports, "opened", once)
    monkeypatch.setattr(reports.printed, "as_pdf", lambda _: b"")
    (folder / "report.pdf").write_bytes(b"")
    sound = body_of(folder)
    for way in _ways(sound):
        body = copy.deepcopy(sound)
        inner: Any = body
        for key in way[:-1]:
            inner = inner[key]
        if way == ("format",) or (type(inner[way[-1]]) is type(value) and inner[way[-1]] == value):
            continue
        inner[way[-1]] = value
        (folder / "report.json").write_text(json.dumps(body))
        found = codes(folder)
        # Who made it is what its maker says.
        assert found or way == ("made_by",), way


# What is printed.


def workbook(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each sheet by column; a number as the text it is written as."""
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(folder / "report.xlsx") as book:
        shared = [
            "".join(part.text or "" for part in row.iter(f"{{{space['x']}}}t"))
            for row in ET.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        names = [
            row.attrib["name"]
            for row in ET.fromstring(book.read("xl/workbook.xml")).iter(f"{{{space['x']}}}sheet")
        ]
        found = {}
        for number, name in enumerate(names, 1):
            lines = []
            sheet = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            for row in sheet.iter(f"{{{space['x']}}}row"):
                cells = {}
                for cell in row:
                    value = cell.find("x:v", space)
                    if value is not None and value.text is not None:
                        text = cell.attrib.get("t") == "s"
                        column = re.sub(r"\d", "", cell.attrib["r"])
                        cells[column] = shared[int(value.text)] if text else f"#{value.text}"
                lines.append(cells)
            head, *rest = lines or [{}]
            found[name] = [{head[at]: cell for at, cell in line.items()} for line in rest]
    return found


def test_the_workbook_has_every_amount_as_exact_text_with_a_rounded_twin(folder: Path) -> None:
    book, body = workbook(folder), body_of(folder)
    gold = next(row for row in book["Assets"] if row["Asset"] == "GLD")

    assert gold["Owed to customers"] == "4000000.123456789012345678"
    assert gold["Owed to customers (rounded)"].startswith("#4000000.12345")
    for name, rows in book.items():
        for row in rows:
            for column, cell in row.items():
                if f"{column} (rounded)" in row:
                    assert not cell.startswith("#"), (name, column)
                    units(cell, 18)
                elif not column.endswith("(rounded)"):
                    assert not cell.startswith("#"), (name, column)
    line = next(row for row in book["Places"] if row["Place"] == "fbo")
    assert line["Closing"] == body["places"][0]["closing"] == "1500.00"
    assert [row["What a reader must know first"] for row in book["Headline"]] == body["headline"]


def test_rows_of_a_figure_are_listed_from_the_folder_alone(folder: Path) -> None:
    found = reports.rows(
        folder.parent, OPTIONS, "places/fbo/USD/in/customer", "", Path(folder.name)
    )

    assert found["text"] == "250.00"
    assert [row["file"] for row in found["rows"]] == ["february.sta"]
    with pytest.raises(NoFigureError):
        reports.rows(folder.parent, OPTIONS, "places/nobody", "", Path(folder.name))
