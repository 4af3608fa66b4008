"""Matters as they stand before each act, and the acts that a kill may come in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.builders import evidence, served, volume
from tests.kills import killing

_DAY = ("--day", "2023-08-01", "--workers", "1")


@dataclass(frozen=True)
class Step:
    """One command, and the state it starts from: the name of the step that led there."""

    name: str
    #: "" where nothing is there yet.
    after: str
    words: tuple[str, ...]


def steps(around: Path) -> dict[str, Step]:
    """Write the evidence and papers that commands name into `around`; return every step."""
    loose = _evidence(around / "in")
    (around / "rfp.txt").write_text(served.titled(), encoding="utf-8")
    (around / "counsel.csv").write_text(
        "name,organisation,role,side\n"
        "marisol@northgate.example,Northgate Trading Ltd.,in-house counsel,ours\n",
        encoding="utf-8",
    )
    _facts(around / "facts")
    _known(around / "known.txt")
    first, second = _received(around)
    theirs = ("--from", "Northgate", "--workers", "1")
    rfps = ("requests", "import", str(around / "rfp.txt"), "--set", "First RFPs", "--kind", "rfp")
    reason = ("--reason", "Times are asked for in Eastern time.")
    told = (
        Step("init", "", ("init", ".", "--name", "Acme")),
        Step("collect", "init", ("collect", str(loose), "--custodian", "Ortega, Marisol")),
        Step("process", "collect", ("process", "--workers", "1")),
        Step("receive", "process", ("receive", str(first), *theirs)),
        Step("receive again", "receive", ("receive", str(second), *theirs)),
        Step("known", "process", ("process", "--known-files", str(around / "known.txt"))),
        Step("claim", "process", ("privilege", "claim", "FW00000001", "--basis", "AC",
             "--description", "Advice on the quorum.")),
        Step("ask", "process", ("questions", "ask", "Who holds the cards?", "--at", "letter",
             "--on", "2023-07-01", "--by", "Staff", "--of", "Counsel")),
        Step("import", "process", (*rfps, "--served", "2023-07-10", "--by", "email")),
        Step("respond", "import", ("respond", "1", "--text", "Produced.", "--produce", "wallets")),
        Step("serve", "respond", ("serve", "responses", "--set", "First RFPs", *_DAY[:2])),
        Step("answer", "respond", ("answer", *_DAY)),
        Step("load", "process", ("custody", "load", str(around / "facts"))),
        Step("books", "process", ("books", "load", str(_books(around / "books")))),
        Step("report", "books", ("books", "report", "2026-01")),
        Step("produce", "process", ("produce", "VOL001", *_DAY)),
        Step("replace", "produce", ("produce", "VOL001_R1", "--replace", "VOL001", "--reason",
             "The first had no text.", *_DAY)),
        Step("overlay", "zoned", ("produce", "VOL001_O1", "--overlay", "VOL001", *reason, *_DAY)),
        Step("transmittal", "produce", ("serve", "transmittal", "VOL001", *_DAY[:2])),
        Step("status", "respond", ("report", "status", "--since", "2023-07-01", *_DAY[:2])),
    )  # fmt: skip
    return {step.name: step for step in told}


def _evidence(folder: Path) -> Path:
    evidence.write(
        folder,
        one_eml=evidence.mail("One", ("memo.txt", b"The wallets were moved.\n")),
        two_eml=evidence.mail("Two"),
        plan_txt=b"A plan for the spring.\n",
        large_txt=b"A long list of the wallets.\n" * 4_000,
        box_zip=evidence.archive(a_txt=b"First.\n", b_txt=b"Second.\n"),
        broken_pdf=b"%PDF-1.4 and nothing more",
    )
    for path in folder.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return folder


def _received(around: Path) -> tuple[Path, Path]:
    """Write a volume of another party, and one that replaces a part of it under its numbers.

    In the second one number has another document, and one document another text.
    """
    built = volume.sound()
    first = built.write(around / "theirs")
    row = built.row(volume.LUNCH)
    row.text = (row.cells["OCRPATH"], b"Dinner instead.\n")
    other = built.row(volume.LOOSE)
    other.cells |= dict.fromkeys(("FILE_NAME", "TITLE", "SUBJECT"), "other.txt")
    other.text = (other.cells["OCRPATH"], b"Another document by a slip of the numbers.\n")
    other.native = (other.cells["LINK"], b"Another document by a slip of the numbers.\n")
    second = built.write(around / "theirs again")
    for place in (first, second):
        for path in (place, *place.rglob("*")):
            os.utime(path, (1_600_000_000, 1_600_000_000))
    return first, second


def _facts(folder: Path) -> None:
    evidence.write(
        folder,
        people_csv=b"id,name,standing,cites,disputed\nper,Per Lindqvist,sworn,ABC0001,\n",
    )


def _books(folder: Path) -> Path:
    """Write books of one customer and one account, which are there before a step names them."""
    folder.mkdir(exist_ok=True)
    eve = "2025-12-31T23:59:59Z"
    for name, text in {
        "assets.csv": "id,decimals\nUSD,2\n",
        "places.csv": "place,kind,address_or_account,holder,class\n"
        "fbo,bank account,7710,co,customer\n",
        "customer_accounts.csv": "account,class\nA,outsider\n",
        "customer_ledger.csv": "row,effective_at,account,asset,amount,kind\n"
        f"L1,{eve},A,USD,5.00,opening\n",
        "openings.csv": f"place,asset,group,amount,at\nfbo,USD,customer,5.00,{eve}\n",
        "week.sta": ":20:1\n:25:7710\n:28C:1/1\n:60F:C260101USD5,00\n:62F:C260131USD5,00\n-\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _known(path: Path) -> None:
    path.write_text("d41d8cd98f00b204e9800998ecf8427e\n", encoding="utf-8")


def build(step: Step, known: dict[str, Step], around: Path) -> Path:
    """Return the matter a step starts from, made by the steps before it and kept."""
    if step.after == "":
        place = around / "states" / "nothing" / "m"
        place.mkdir(parents=True, exist_ok=True)
        return place
    place = around / "states" / step.after / "m"
    if place.exists():
        return place
    if step.after == "zoned":
        _ready(known["produce"], known, around, place)
        settings = place / "matter.toml"
        text = settings.read_text("utf-8").replace('"UTC"', '"America/New_York"')
        settings.write_text(text, "utf-8")
    else:
        _ready(known[step.after], known, around, place)
    return place


def _ready(done: Step, known: dict[str, Step], around: Path, place: Path) -> None:
    killing.copy(build(done, known, around), place)
    ran = killing.run(place, done.words)
    assert ran.status in (0, 1), ran.said
