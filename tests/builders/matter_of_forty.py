"""A matter of some forty documents of both sides, partly coded, and a slow, plain reading of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import sqlalchemy as sa

from forthwith.domain.batches import Batch
from forthwith.domain.coding import Coding, Pass
from forthwith.domain.documents import Document
from forthwith.domain.users import Grant, Role, Scope, Side
from forthwith.process.run import process
from forthwith.record import journal, tables
from forthwith.record.codings import Save
from forthwith.record.documents import DocumentTable
from forthwith.review.search.tokens import tokens
from forthwith.workflows.room.room import Room
from tests.builders import evidence

BY = ("lead", "a test")
WORDS = ("key", "keys", "share", "cold", "wallet", "change", "of", "quorum")
LOGINS = ("lead", "walled", "custodian-walled", "batched", "theirs", "nobody", "observer", "blind")


@dataclass(frozen=True)
class Plain:
    """One document with what stands beside it, for reading without an index."""

    document: Document
    text: str
    day: str
    coding: Coding | None
    batches: frozenset[str]
    theirs: bool
    numbers: tuple[tuple[str, str], ...] = ()
    tokens: Mapping[str, list[str]] = field(default_factory=dict)


def room_of(
    folder: Path,
    ours: Mapping[str, bytes] = MappingProxyType({}),
    theirs: Mapping[str, bytes] = MappingProxyType({}),
) -> Room:
    """Return the room of the matter, with users who see different parts of it.

    Files of ours and of theirs may be added; whatever is drawn is drawn of the others, which have
    the same numbers whether there are more of theirs or not.
    """
    chance = random.Random(13)

    def words() -> bytes:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, 12))).encode()

    for part in ("one", "two", "three"):
        files: dict[str, bytes] = {}
        for number in range(4):
            held = [(f"a{place}.txt", words()) for place in range(chance.randrange(3))]
            mail = evidence.mail(f"{chance.choice(WORDS)} {number}", *held)
            files[f"m{number}_eml"] = mail.replace(b"2022", b"202%d" % (number % 3))
        for number in range(3):
            files[f"f{number}_txt"] = words()
        files["copy_txt"] = b"The same words everywhere."
        files["broken_pdf"] = b"%PDF-1.4 and nothing more"
        evidence.write(folder / part, **files, **(ours if part == "one" else {}))
    matter = evidence.matter(folder / "matter", folder / "one")
    evidence.collect(matter, folder / "two", "Li, Bo")
    evidence.collect(matter, folder / "three", "Halden")
    process(matter, workers=1)
    if theirs:
        evidence.collect(matter, evidence.write(folder / "four", **theirs), "Halden")
        process(matter, workers=1)
    room = Room(matter)
    controls = [str(d.control_number) for d in DocumentTable(matter).ask() if d.source != "S0004"]
    _receive(room)
    for control in chance.sample(controls, 15):
        marks = {
            "responsive": chance.choice(("yes", "no", "unsure")),
            "privilege": chance.choice(("none", "attorney-client", "work-product")),
            "issues": tuple(chance.sample(("keys", "moves", "books"), 2)),
            "note": "a note",
        }
        who = (chance.choice(("lead", "Ana.Reyes")), "a test")
        pass_ = chance.choice(list(Pass))
        room.codings.save([Save(control, 0, pass_, "", "ours", 0, marks)], who)
    (again,) = chance.sample([c for c in controls if room.codings.now(c)], 1)
    room.codings.save([Save(again, 1, Pass.QC, "", "ours", 0, {"responsive": "no"})], BY)
    room.batches.enter(Batch("", "First", Pass.FIRST), controls[:9], BY)
    room.batches.enter(Batch("", "Second", Pass.SECOND), controls[6:12], BY)
    coded = [control for control in controls if room.codings.now(control)]
    room.batches.enter(Batch("", "Quality", Pass.QC), [*coded[:6], *controls[20:24]], BY)
    _people(room, controls)
    return room


def _receive(room: Room) -> None:
    """Make the sources after the second the other side's, under numbers of theirs."""
    documents = [d for d in DocumentTable(room.matter).ask() if d.source > "S0002"]
    with room.matter.writing() as connection:
        for source in sorted({d.source for d in documents}):
            reception = {
                "volume": f"HAL{int(source[1:]) - 2:03d}", "version": 1, "party": "Halden",
                "standard": "", "source": source, "kind": "volume", "verdict": "{}",
                "at": "2023-01-01T00:00:00+00:00",
            }  # fmt: skip
            connection.execute(sa.insert(tables.received).values(reception))
        rows = [
            {
                "control_number": document.control_number,
                "volume": f"HAL{int(document.source[1:]) - 2:03d}",
                "party": "Halden",
                "first": f"HAL{place * 3:06d}",
                "last": f"HAL{place * 3 + 2:06d}",
            }
            for place, document in enumerate(documents, 1)
        ]
        connection.execute(sa.insert(tables.received_numbers), rows)
        journal.append(connection, "receive", {"volume": "HAL001"}, BY)


def _people(room: Room, controls: list[str]) -> None:
    scopes: dict[str, list[tuple[Role, Scope]]] = {
        "lead": [(Role.LEAD, Scope())],
        "walled": [
            (Role.LEAD, Scope()),
            (Role.WALL, Scope(documents=frozenset(controls[3:20:4]))),
        ],
        "custodian-walled": [
            (Role.LEAD, Scope()),
            (Role.WALL, Scope(custodians=frozenset({"Li, Bo"}))),
        ],
        "batched": [(Role.REVIEWER, Scope())],
        "theirs": [(Role.LEAD, Scope()), (Role.WALL, Scope(sides=frozenset({Side.OURS})))],
        "nobody": [],
        "observer": [(Role.OBSERVER, Scope())],
        "blind": [(Role.REVIEWER, Scope())],
    }
    for login, held in scopes.items():
        user = room.users.add(login, login.title(), "human", BY)
        for role, scope in held:
            room.users.grant(Grant(user.id, role, scope), BY)
    room.batches.take("B0001", "batched", BY)
    room.batches.take("B0003", "blind", BY)


def plain(room: Room) -> list[Plain]:
    """Return every document with all that can be asked of it, by place."""
    table = DocumentTable(room.matter)
    dates = dict(table.query("SELECT control_number, sort_date FROM documents"))
    bodies = dict(table.texts())
    members = room.batches.members()
    with room.matter.engine.connect() as connection:
        numbers: dict[str, list[tuple[str, str]]] = {}
        for row in connection.execute(sa.select(tables.received_numbers)):
            numbers.setdefault(row.control_number, []).append((row.first, row.last))
    found = []
    for document in table.ask():
        control = document.control_number
        dated = (dates[control], *map(document.text_of, ("sent", "modified", "created")))
        found.append(
            Plain(
                document,
                bodies[control],
                next(filter(None, dated), "")[:10],
                room.codings.now(control),
                frozenset(name for name, inside in members.items() if control in inside),
                document.source == "S0003",
                tuple(numbers.get(control, ())),
                {"text": tokens(bodies[control]), "name": tokens(document.name)},
            )
        )
    return found


Meets = Callable[[Plain], bool]


def has(word: str) -> Meets:
    """Return whether a document's text holds a word."""
    return lambda row: word in row.tokens["text"]


def near(left: str, right: str, distance: int) -> Meets:
    """Return whether two words stand near each other somewhere."""

    def meets(row: Plain) -> bool:
        at = list(enumerate(row.tokens["text"]))
        return any(
            0 < abs(a - b) <= distance for a, x in at if x == left for b, y in at if y == right
        )

    return meets


def marked(name: str, value: str) -> Meets:
    """Return whether the coding that stands gives a mark a value, "" for any."""

    def meets(row: Plain) -> bool:
        answer = row.coding.body.get(name) if row.coding else None
        if answer is None:
            return False
        return not value or value in (answer if isinstance(answer, tuple) else (answer,))

    return meets


#: Queries, what they mean, and whether metadata alone answers them.
QUERIES: dict[str, tuple[Meets, bool]] = {
    "": (lambda row: True, True),
    "key": (has("key"), False),
    "NOT key": (lambda row: not has("key")(row), False),
    "key w/2 cold": (near("key", "cold", 2), False),
    "share AND NOT wallet": (lambda row: has("share")(row) and not has("wallet")(row), False),
    "side:theirs": (lambda row: row.theirs, True),
    "NOT side:theirs": (lambda row: not row.theirs, True),
    "coded:yes": (lambda row: row.coding is not None, False),
    "coded:no": (lambda row: row.coding is None, False),
    "coded:qc": (lambda row: bool(row.coding and row.coding.pass_ is Pass.QC), False),
    "mark:responsive=yes": (marked("responsive", "yes"), False),
    "mark:issues=moves": (marked("issues", "moves"), False),
    "mark:PRIVILEGE": (marked("privilege", ""), False),
    "mark:note": (marked("note", ""), False),
    'mark:"note=a note"': (lambda row: False, False),
    "mark:nothing=yes": (lambda row: False, False),
    "coder:ana.reyes": (lambda row: bool(row.coding and row.coding.who == "Ana.Reyes"), False),
    "batch:B0001": (lambda row: "B0001" in row.batches, False),
    "batch:none": (lambda row: not row.batches, False),
    "batch:b0002 OR coded:yes": (
        lambda row: "B0002" in row.batches or row.coding is not None,
        False,
    ),
    "fault:lost": (lambda row: row.document.lost, True),
    "fault:none AND type:email": (
        lambda row: not row.document.faults and row.document.kind == "email",
        True,
    ),
    "bates:HAL000004..HAL000010": (
        lambda row: any(a <= "HAL000010" and b >= "HAL000004" for a, b in row.numbers),
        True,
    ),
    "date:2021 OR side:theirs": (lambda row: row.day[:4] == "2021" or row.theirs, True),
}
