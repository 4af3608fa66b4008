"""A folder becomes books: each file by what it holds, none lost in silence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from forthwith.workflows.books.files import NoBooksFolderError, flat_names, read_folder
from forthwith.workflows.books.imports import FileThereError, NowhereToImportError, take
from forthwith.workflows.books.load import load
from forthwith.workflows.books.opening import opened
from forthwith.workflows.evidence import MatterOptions, begin

Quarter = tuple[Path, dict[str, Any]]


def test_every_file_of_a_folder_is_read_or_named(quarter: Quarter) -> None:
    folder, _ = quarter
    books = opened(read_folder(folder))

    assert not books.faults
    told = {file for chain in books.chains for file in (block.file for block in chain.blocks)}
    told |= {row.file for row in books.statements}
    unread = [name for name in books.files if f"{name} is no table" in " ".join(books.notes)]
    assert len(told) >= 3
    assert not unread


def test_names_hold_no_folder_and_stay_apart() -> None:
    names = flat_names(["2026-01/places.csv", "2026-02/places.csv", "bank/a.xml"])
    assert sorted(names.values()) == ["a.xml", "places.2026-01.csv", "places.2026-02.csv"]


def test_an_empty_folder_answers_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoBooksFolderError):
        read_folder(tmp_path)
    with pytest.raises(NoBooksFolderError):
        read_folder(tmp_path / "none")


def test_a_link_is_not_followed_and_not_passed_over(tmp_path: Path) -> None:
    """What it leads to may be anything; a statement left out in silence hides a shortfall."""
    (tmp_path / "assets.csv").write_text("id,decimals\nUSD,2\n", encoding="utf-8")
    (tmp_path / "january.xml").symlink_to("/etc/hostname")
    (fault,) = opened(read_folder(tmp_path)).faults
    assert fault.file == "january.xml"
    assert "link" in fault.what


def test_a_cut_block_file_is_told_and_what_is_whole_in_it_is_read(
    quarter: Quarter, tmp_path: Path
) -> None:
    shutil.copytree(quarter[0], tmp_path / "b")
    place = next((tmp_path / "b").rglob("blk*.dat"))
    place.write_bytes(place.read_bytes()[:-100])
    books = opened(read_folder(tmp_path / "b"))
    assert not books.faults
    assert any(fault.file == place.name for fault in books.doubts)
    assert any(place.name in note for note in books.notes)


def test_evidence_that_gives_nothing_stops_the_answer(quarter: Quarter, tmp_path: Path) -> None:
    """A statement passed by in silence would leave its account out."""
    shutil.copytree(quarter[0], tmp_path / "b")
    statement = next((tmp_path / "b").rglob("*camt053*"))
    statement.write_bytes(statement.read_bytes()[:400])
    assert any(fault.file == statement.name for fault in opened(read_folder(tmp_path / "b")).faults)


def test_a_matter_answers_with_the_words_of_the_folder(quarter: Quarter, tmp_path: Path) -> None:
    """Loaded files lie flat; names, digests and rows are those of the bare folder."""
    begin(tmp_path / "m", MatterOptions("Acme", "", "UTC", "ACME"))
    done = load(tmp_path / "m", quarter[0], anew=False)
    again = load(tmp_path / "m", quarter[0], anew=False)
    assert [load_.stored and load_.stored.new for load_ in (done, again)] == [True, False]
    assert done.books.files == opened(read_folder(quarter[0])).files


def test_a_faulty_folder_leaves_the_matter_as_it_was(quarter: Quarter, tmp_path: Path) -> None:
    shutil.copytree(quarter[0], tmp_path / "b")
    ledger = next((tmp_path / "b").rglob("customer_ledger.csv"))
    text = ledger.read_text(encoding="utf-8")
    ledger.write_text(text.replace("deposit", "deposit", 1) + "X,,2022-01-01,,,,,,\n", "utf-8")
    begin(tmp_path / "m", MatterOptions("Acme", "", "UTC", "ACME"))
    done = load(tmp_path / "m", tmp_path / "b", anew=False)
    assert done.stored is None
    assert {fault.file for fault in done.faults} == {"customer_ledger.csv"}
    assert not (tmp_path / "m" / "books").exists()


def test_an_import_refuses_what_is_of_another_kind(quarter: Quarter, tmp_path: Path) -> None:
    statement = next(quarter[0].rglob("*camt053*"))
    wrong = take(Path(), "mt940", [statement], tmp_path / "into")
    assert "it holds camt, not mt940" in wrong.faults[0].what
    assert not (tmp_path / "into").exists()

    right = take(Path(), "camt", [statement], tmp_path / "into")
    assert not right.faults
    assert (tmp_path / "into" / statement.name).read_bytes() == statement.read_bytes()

    (tmp_path / statement.name).write_bytes(statement.read_bytes() + b"\n")
    with pytest.raises(FileThereError):
        take(Path(), "camt", [tmp_path / statement.name], tmp_path / "into")
    with pytest.raises(NowhereToImportError):
        take(tmp_path, "camt", [statement], None)


def _folder(folder: Path, **files: str) -> Path:
    tables = {
        "assets.csv": "id,decimals\nUSD,2\nEUR,2\n",
        "places.csv": "place,kind,address_or_account,class\nfbo,bank account,7710,customer\n",
        "openings.csv": "place,asset,group,amount,at\nfbo,EUR,customer,5.00,2025-12-31T23:59:59Z\n",
    }
    for name, text in {**tables, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_mapping_beside_a_file_reads_columns_that_nothing_else_knows(tmp_path: Path) -> None:
    mapping = (
        "of: bank\ncolumns: {date: Tachs, debit: Usi, credit: Eni, balance: Sal}\n"
        "date_order: day-first\ndecimal: ','\naccount: '7710'\ncurrency: EUR\n"
    )
    lines = "Tachs;Usi;Eni;Sal\n12.01.2026;1,50;;3,50\n13.01.2026;;1,00;4,50\n"
    folder = _folder(tmp_path, **{"x.csv": lines, "x.mapping.yaml": mapping})
    (statement,) = opened(read_folder(folder)).statements
    assert statement.currency == "EUR"
    assert [entry.amount for entry in statement.entries] == ["-1.50", "1.00"]


def test_the_currency_of_a_file_without_one_is_that_of_its_places_rows(tmp_path: Path) -> None:
    lines = "Date,Description,Debit,Credit,Balance\n2026-01-13,Rent,1.00,,4.00\n"
    folder = _folder(tmp_path, **{"statement-7710.csv": lines})
    (statement,) = opened(read_folder(folder)).statements
    assert statement.currency == "EUR"


def test_blocks_of_no_known_chain_take_no_bank_balance_away(tmp_path: Path) -> None:
    hash_ = "0x" + "ab" * 32
    receipts = (
        f"transaction_hash,transaction_index,block_number,gas_used,status\n{hash_},0,1,21000,1\n"
    )
    books = opened(read_folder(_folder(tmp_path, **{"receipts.csv": receipts})))
    assert [chain.chain for chain in books.chains] == []
    assert any("which chain" in note for note in books.notes) or books.faults
