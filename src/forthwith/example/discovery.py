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
from collections.abc import Iterable, Iterator, Mapping
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

    def __init__(self, words: tuple[str, ...], complaint: str) -> None:
        super().__init__(
            f"The demo typed `forthwith {' '.join(words)}`, and it failed: {complaint}"
        )


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
    typed_words = tuple(map(str, words))
    out, complaint = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(complaint):
        try:
            status = main.main(list(typed_words), prog_name="forthwith", standalone_mode=False)
        except SystemExit as ended:
            status = ended.code
    if status not in (0, 1, None):
        raise TypedError(typed_words, complaint.getvalue().strip())
    return Typed(int(status or 0), out.getvalue())


def script(name: str) -> dict[str, Any]:
    """Return one of the files that say what is typed."""
    file = resources.files("forthwith.example").joinpath("asked", f"{name}.toml")
    return tomllib.loads(file.read_text("utf-8"))


def sets() -> list[Mapping[str, Any]]:
    """Return the sets of requests as served."""
    return list(script("served")["set"])


def write_served(folder: Path) -> list[Path]:
    """Write the papers the staff served, and Northgate's list of attorneys beside the folder.

    Equal bytes served time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    attorneys = resources.files("forthwith.example").joinpath("asked", ATTORNEYS)
    (folder.parent / ATTORNEYS).write_bytes(attorneys.read_bytes())
    written = []
    for served in sets():
        paper = Paper(served["title"], tuple(_served(served)), served["served"], court=True)
        path = folder / served["file"]
        path.write_bytes(as_docx(paper))
        written.append(path)
    return written


def _served(served: Mapping[str, Any]) -> Iterator[Block]:
    parties = (
        Party("SECURITIES AND EXCHANGE COMMISSION", "Plaintiff"),
        Party("NORTHGATE TRADING LTD.", "Defendant"),
    )
    court = ("UNITED STATES DISTRICT COURT", "FOR THE DISTRICT OF COLUMBIA")
    yield Caption(court, parties, ("Civil Action No. 1:23-cv-00417",), served["title"].upper())
    kind = RequestKind(served["kind"])
    for number, text in enumerate(served["ask"], 1):
        yield Heading(f"{kind.heading(str(number)).upper()}:", 2)
        yield Paragraph(text)


def ask(home: Path, served: Path) -> None:
    """Import each served paper."""
    sides = {"from_": "Securities and Exchange Commission", "to": "Northgate Trading Ltd."}
    for paper in sets():
        words = _options(
            set=paper["name"], kind=paper["kind"], served=paper["served"], by="email", **sides
        )
        typed("-C", home, "requests", "import", (served / paper["file"]).resolve(), *words)


def draft(home: Path, attorneys: Path) -> None:
    """Draft each response, claim what is privileged, and decide what else is proposed."""
    answers = script("answers")
    for response in answers["answer"]:
        words = (response["number"], "--set", response["set"], *_response(response))
        typed("-C", home, "respond", *words)
    typed("-C", home, "privilege", "attorneys", attorneys.resolve())
    for claim in answers["claim"]:
        words = tuple(f"--basis={ground}" for ground in claim["basis"])
        words += tuple(_options(description=claim["description"], by="D. Reyes"))
        typed("-C", home, "privilege", "claim", *_copies(home, claim["mail"]), *words)
    for decided in answers["decide"]:
        first = [*_first(home, decided["documents"])]
        first += [_copies(home, mail)[0] for mail in decided["mails"]]
        for control in first:
            words = ("refuse", "--because", decided["because"])
            typed("-C", home, "privilege", "decide", control, *words)


def _options(**values: object) -> list[str]:
    """Return options as typed; a name of Python's own has a low line behind it: `from_`."""
    return [f"--{name.rstrip('_').replace('_', '-')}={value}" for name, value in values.items()]


def _response(response: Mapping[str, Any]) -> list[str]:
    """Return the options of one draft."""
    words = [
        f"--{name}={response[name]}" for name in ("text", "produce", "verifier") if name in response
    ]
    for objection in response.get("objections", ()):
        words += _options(
            objection=objection["ground"],
            scope=objection["scope"],
            withheld="yes" if objection["withheld"] else "no",
            what=objection.get("what", ""),
        )
    words += [f"--custodian={custodian}" for custodian in response.get("custodians", ())]
    return [*words, *(["--rule-33d"] if response.get("rule33d") else [])]


def _copies(home: Path, key: str) -> list[str]:
    """Return the control numbers of every copy of a mail of the story."""
    mails = [mail for year in YEARS for mail in story(str(year))["mail"]]
    wanted = next(message_id(mail) for mail in mails if mail["key"] == key).strip("<>")
    return [
        document.control_number
        for document in DocumentTable(Matter.open(home)).ask()
        if document.text_of(fields.MESSAGE_ID).strip("<>") == wanted
    ]


def _first(home: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield the first control number of each file of the story."""
    numbers: dict[str, str] = {}
    for document in DocumentTable(Matter.open(home)).ask():
        numbers.setdefault(document.name, document.control_number)
    yield from (numbers[name] for name in names)


def answer(home: Path, volume: str) -> Typed:
    """Go the whole way once: the volume and the papers served with it."""
    # The pictures of the example go out with or without words: OCR is no part of every machine.
    words = ("--volume", volume, "--day", ANSWERED, "--place", PLACE, "--without-text")
    return typed("-C", home, "answer", *words)


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
    for paper in sets():
        words += ["--requests", f"{paper['name']}={served / paper['file']}"]
    for path in sorted((delivered / "papers").glob("responses-*.json")):
        words += ["--responses", path]
    for path in sorted((delivered / "papers").glob("privilege-log-*.csv")):
        words += ["--privilege-log", path]
    words += _options(
        matter="In re Northgate Trading",
        to="Counsel for Northgate Trading Ltd.",
        from_="The staff of the Commission",
        received=RECEIVED,
        day=WRITTEN,
        by=CURE,
    )
    done = typed("deficiency", delivered / volume, *words, "--into", into, "--json")
    letter: dict[str, Any] = json.loads(done.text)
    return letter


def undone(letter: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (code, what it is about) of every point of the staff's letter."""
    return [
        (
            finding["code"],
            finding["request"] or finding["bates"] or next(iter(finding["about"]), ""),
        )
        for finding in letter["findings"].values()
    ]


def failure(letter: Mapping[str, Any]) -> str:
    """Return what the staff's letter names beside what was left undone, or misses; "" for none."""
    seen = sorted(undone(letter))
    same = len(seen) == len(UNDONE) and all(
        code == wanted and about.startswith(prefix)
        for (code, about), (wanted, prefix) in zip(seen, sorted(UNDONE), strict=True)
    )
    return "" if same else f"the letter names {seen}, and left undone is {sorted(UNDONE)}"


def reply(register: Path, letter: Mapping[str, Any], into: Path) -> Path:
    """Answer some points of the letter; return the register as answered."""
    words = []
    for answer in script("report")["reply"]:
        ids = [
            key for key, finding in letter["findings"].items() if finding["code"] == answer["code"]
        ]
        words += [word for key in ids for word in ("--set", key, answer["answer"])]
    typed("reply", register, *words, "--day", "2026-03-20", "--into", into)
    return into / "deficiency.json"


def enter(home: Path, folder: Path) -> None:
    """Enter the order with what it requires, and the questions put in person."""
    pages = Pages.of(Matter.open(home))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("consent-order.txt", "obligations.csv", "questions.csv"):
        file = resources.files("forthwith.example").joinpath("asked", name)
        (folder / name).write_text(pages.cited(file.read_text("utf-8")), encoding="utf-8")
    place = folder.resolve()
    order = _options(name="Consent Order", entered=script("report")["order_entered"])
    files = (place / "consent-order.txt", place / "obligations.csv")
    typed("-C", home, "obligations", "import", *files, *order)
    typed("-C", home, "questions", "import", place / "questions.csv")


def report(home: Path, register: Path) -> Typed:
    """Enter topics, letters and conferences, and go the whole way again: the report is printed."""
    story, pages = script("report"), Pages.of(Matter.open(home))
    for topic in story["topic"]:
        _topic(home, topic, pages)
    for letter in story["letter"]:
        words = [f"--{name}={letter[name]}" for name in ("from", "to", "about", "topic")]
        typed("-C", home, "report", "letter", letter["day"].isoformat(), *words)
    for met in story["conference"]:
        words = [f"--{name}={met[name]}" for name in ("how", "outcome", "topic")]
        words += [f"--with={person}" for person in met["people"]]
        typed("-C", home, "report", "conference", met["day"].isoformat(), *words)
    days = [f"--{name}={story[name].isoformat()}" for name in ("day", "since", "next")]
    words = ["--place", PLACE, "--declarant", DECLARANT, "--called-by", story["called_by"]]
    return typed("-C", home, "answer", *days, *words, "--register", register.resolve())


def _topic(home: Path, topic: Mapping[str, Any], pages: Pages) -> None:
    words = ["--joint", pages.cited(topic["joint"])]
    words += [f"--request={request}" for request in topic["requests"]]
    for side in ("receiving", "producing"):
        if side in topic:
            words += ["--position", side, pages.cited(topic[side]["text"])]
            words += ["--relief", side, pages.cited(topic[side]["relief"])]
    if "expected" in topic:
        words += ["--expected", topic["expected"]]
    if topic.get("impasse"):
        words.append("--impasse")
    typed("-C", home, "report", "topic", topic["heading"], *words)
