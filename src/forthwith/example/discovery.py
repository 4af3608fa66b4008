"""The answering part of the demo: what is asked, answered, received by the other side, reported.

Everything is done by the commands a person would type, so that what the demo shows is what they
do; `asked/*.toml` say what is typed.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from forthwith.cli.main import main
from forthwith.domain import fields
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RequestKind
from forthwith.example.evidence import YEARS, story
from forthwith.example.facts import Pages
from forthwith.example.letters import message_id
from forthwith.papers.blocks import Block, Caption, Heading, Paper, Paragraph, Party
from forthwith.papers.docx import as_docx
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter

#: Day on the volume's letter and on the papers served with it; of the staff's letter; the report's.
ANSWERED, RECEIVED, WRITTEN, CURE = "2026-02-09", "2026-02-10", "2026-03-10", "2026-03-24"
ATTORNEYS = "attorneys.csv"
PLACE, DECLARANT = "Washington, D.C.", "ortega"
#: What the demo leaves undone on purpose, and the staff's letter must name: code, what it is about.
UNDONE = (
    ("RQ01", "Second RFPs/1"),
    ("RQ01", "Second RFPs/2"),
    ("RQ02", "First RFPs/8"),
    ("RQ05", "Ortega, Marisol"),
    ("RQ06", "NORTHGATE"),
)
#: Papers that go to the other side with the volume.
_SERVED = ("responses-*", "verification-*", "privilege-log-*", "transmittal-*")


class TypedError(ForthwithError):
    """A command of the demo could not be done."""

    def __init__(self, words: tuple[str, ...], told: str) -> None:
        super().__init__(f"The demo typed `forthwith {' '.join(words)}`, and it failed: {told}")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a command printed, and its status: 0 or 1."""

    status: int
    text: str

    def lines(self) -> list[str]:
        """Return what it printed, by line."""
        return self.text.splitlines()


def typed(*words: str | Path) -> Typed:
    """Run a command as typed. Raises TypedError where it could not be done."""
    given = tuple(map(str, words))
    out, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        try:
            status = main.main(list(given), prog_name="forthwith", standalone_mode=False)
        except SystemExit as ended:
            status = ended.code
    if status not in (0, 1, None):
        raise TypedError(given, told.getvalue().strip())
    return Typed(int(status or 0), out.getvalue())


def told(name: str) -> dict[str, Any]:
    """Return one of the files that say what is typed."""
    held = resources.files("forthwith.example").joinpath("asked", f"{name}.toml")
    return tomllib.loads(held.read_text("utf-8"))


def sets() -> list[Mapping[str, Any]]:
    """Return the sets of requests as served."""
    return list(told("served")["set"])


def write_served(folder: Path) -> list[Path]:
    """Write the papers the staff served, and Northgate's list of attorneys beside the folder.

    Equal bytes each time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    attorneys = resources.files("forthwith.example").joinpath("asked", ATTORNEYS)
    (folder.parent / ATTORNEYS).write_bytes(attorneys.read_bytes())
    written = []
    for each in sets():
        paper = Paper(each["title"], tuple(_served(each)), each["served"], court=True)
        path = folder / each["file"]
        path.write_bytes(as_docx(paper))
        written.append(path)
    return written


def _served(each: Mapping[str, Any]) -> Iterator[Block]:
    parties = (
        Party("SECURITIES AND EXCHANGE COMMISSION", "Plaintiff"),
        Party("NORTHGATE TRADING LTD.", "Defendant"),
    )
    court = ("UNITED STATES DISTRICT COURT", "FOR THE DISTRICT OF COLUMBIA")
    yield Caption(court, parties, ("Civil Action No. 1:23-cv-00417",), each["title"].upper())
    kind = RequestKind(each["kind"])
    for number, text in enumerate(each["ask"], 1):
        yield Heading(f"{kind.heading(str(number)).upper()}:", 2)
        yield Paragraph(text)


def ask(home: Path, served: Path) -> None:
    """Import each served paper."""
    for each in sets():
        typed(
            "-C",
            home,
            "requests",
            "import",
            (served / each["file"]).resolve(),
            "--set",
            each["name"],
            "--kind",
            each["kind"],
            "--served",
            each["served"].isoformat(),
            "--by",
            "email",
            "--from",
            "Securities and Exchange Commission",
            "--to",
            "Northgate Trading Ltd.",
        )


def draft(home: Path, attorneys: Path) -> None:
    """Draft each response, and claim what is privileged."""
    asked = told("answers")
    for each in asked["answer"]:
        typed("-C", home, "respond", each["number"], "--set", each["set"], *_options(each))
    typed("-C", home, "privilege", "attorneys", attorneys.resolve())
    for each in asked["claim"]:
        basis = [word for one in each["basis"] for word in ("--basis", one)]
        typed(
            "-C",
            home,
            "privilege",
            "claim",
            *_copies(home, each["mail"]),
            *basis,
            "--description",
            each["description"],
            "--by",
            "D. Reyes",
        )


def _options(each: Mapping[str, Any]) -> list[str]:
    words = []
    for name in ("text", "produce", "verifier"):
        if name in each:
            words += [f"--{name}", each[name]]
    for one in each.get("objections", ()):
        words += [
            "--objection",
            one["ground"],
            "--scope",
            one["scope"],
            "--withheld",
            "yes" if one["withheld"] else "no",
            "--what",
            one.get("what", ""),
        ]
    for one in each.get("custodians", ()):
        words += ["--custodian", one]
    return [*words, *(["--rule-33d"] if each.get("rule33d") else [])]


def _copies(home: Path, key: str) -> list[str]:
    """Return the control numbers of every copy of a mail of the story."""
    mails = [each for year in YEARS for each in story(str(year))["mail"]]
    wanted = next(message_id(each) for each in mails if each["key"] == key).strip("<>")
    return [
        each.control_number
        for each in DocumentTable(Matter.open(home).derived).ask()
        if each.text_of(fields.MESSAGE_ID).strip("<>") == wanted
    ]


def answer(home: Path, volume: str) -> Typed:
    """Go the whole way once: the volume and the papers served with it."""
    return typed("-C", home, "answer", "--volume", volume, "--day", ANSWERED, "--place", PLACE)


def deliver(home: Path, volume: str, into: Path) -> None:
    """Copy what goes to the other side: the volume and the papers served."""
    shutil.copytree(home / "volumes" / volume, into / volume)
    (into / "papers").mkdir()
    for pattern in _SERVED:
        for path in sorted((home / "papers").glob(pattern)):
            shutil.copy(path, into / "papers" / path.name)


def receive(delivered: Path, volume: str, served: Path, into: Path) -> dict[str, Any]:
    """Write the staff's letter from what was delivered and their own requests alone."""
    words: list[str | Path] = []
    for each in sets():
        words += ["--requests", f"{each['name']}={served / each['file']}"]
    for path in sorted((delivered / "papers").glob("responses-*.json")):
        words += ["--responses", path]
    for path in sorted((delivered / "papers").glob("privilege-log-*.csv")):
        words += ["--privilege-log", path]
    done = typed(
        "deficiency",
        delivered / volume,
        *words,
        "--matter",
        "In re Northgate Trading",
        "--to",
        "Counsel for Northgate Trading Ltd.",
        "--from",
        "The staff of the Commission",
        "--received",
        RECEIVED,
        "--day",
        WRITTEN,
        "--by",
        CURE,
        "--into",
        into,
        "--json",
    )
    found: dict[str, Any] = json.loads(done.text)
    return found


def undone(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (code, what it is about) of every point of the staff's letter."""
    return [
        (each["code"], each["request"] or each["bates"] or next(iter(each["about"]), ""))
        for each in found["findings"].values()
    ]


def failure(found: Mapping[str, Any]) -> str:
    """Return what the staff's letter names beside what was left undone, or misses; "" for none."""
    seen = sorted(undone(found))
    same = len(seen) == len(UNDONE) and all(
        code == wanted and about.startswith(prefix)
        for (code, about), (wanted, prefix) in zip(seen, sorted(UNDONE), strict=True)
    )
    return "" if same else f"the letter names {seen}, and left undone is {sorted(UNDONE)}"


def reply(register: Path, found: Mapping[str, Any], into: Path) -> Path:
    """Answer some points of the letter; return the register as answered."""
    words = []
    for each in told("report")["reply"]:
        ids = [key for key, one in found["findings"].items() if one["code"] == each["code"]]
        words += [word for key in ids for word in ("--set", key, each["answer"])]
    typed("reply", register, *words, "--day", "2026-03-20", "--into", into)
    return into / "deficiency.json"


def enter(home: Path, folder: Path) -> None:
    """Enter the order with what it requires, and the questions put in person."""
    pages = Pages.of(Matter.open(home))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("consent-order.txt", "obligations.csv", "questions.csv"):
        held = resources.files("forthwith.example").joinpath("asked", name)
        (folder / name).write_text(pages.cited(held.read_text("utf-8")), encoding="utf-8")
    place = folder.resolve()
    typed(
        "-C",
        home,
        "obligations",
        "import",
        place / "consent-order.txt",
        place / "obligations.csv",
        "--name",
        "Consent Order",
        "--entered",
        told("report")["order_entered"].isoformat(),
    )
    typed("-C", home, "questions", "import", place / "questions.csv")


def report(home: Path, register: Path) -> Typed:
    """Enter topics, letters and conferences, and go the whole way again: the report is printed."""
    asked, pages = told("report"), Pages.of(Matter.open(home))
    for each in asked["topic"]:
        _topic(home, each, pages)
    for each in asked["letter"]:
        typed(
            "-C",
            home,
            "report",
            "letter",
            each["day"].isoformat(),
            "--from",
            each["from"],
            "--to",
            each["to"],
            "--about",
            each["about"],
            "--topic",
            each["topic"],
        )
    for each in asked["conference"]:
        people = [word for one in each["people"] for word in ("--with", one)]
        typed(
            "-C",
            home,
            "report",
            "conference",
            each["day"].isoformat(),
            "--how",
            each["how"],
            *people,
            "--outcome",
            each["outcome"],
            "--topic",
            each["topic"],
        )
    return typed(
        "-C",
        home,
        "answer",
        "--day",
        asked["day"].isoformat(),
        "--place",
        PLACE,
        "--declarant",
        DECLARANT,
        "--since",
        asked["since"].isoformat(),
        "--register",
        register.resolve(),
        "--called-by",
        asked["called_by"],
        "--next",
        asked["next"].isoformat(),
    )


def _topic(home: Path, each: Mapping[str, Any], pages: Pages) -> None:
    words = ["--joint", pages.cited(each["joint"])]
    for one in each["requests"]:
        words += ["--request", one]
    for side in ("receiving", "producing"):
        if side in each:
            words += [
                "--position",
                side,
                pages.cited(each[side]["text"]),
                "--relief",
                side,
                pages.cited(each[side]["relief"]),
            ]
    if "expected" in each:
        words += ["--expected", each["expected"]]
    typed(
        "-C",
        home,
        "report",
        "topic",
        each["heading"],
        *words,
        *(["--impasse"] if each.get("impasse") else []),
    )
