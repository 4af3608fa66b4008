"""People as the rows spell them (MD18 to MD20): recipients by the native, custodians by each other.

Recipients are compared person by person, by address where both sides have addresses and by the
words of a name where one has none, so that neither order nor form counts. A custodian's name is
only in the rows: one that stands there once or twice and is nearly one that stands there often
is told, unless something in the volume shows that there is such a person.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from forthwith.check.context import CheckContext, Findings
from forthwith.check.families import Families
from forthwith.check.natives_opened import Opened
from forthwith.domain import fields
from forthwith.domain.evidence import Kind
from forthwith.loadfiles import slip_sheets

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+[A-Za-z0-9]")
_WORD = re.compile(r"[^\W_]+")
#: Between two people: a semicolon or a line break outside quotes and angles.
_BETWEEN = re.compile(r"""((?:[^;"<\n®]|"(?:[^"\\]|\\.)*"|<[^>]*>|["<])+)""")
_ROLES = ("to", "cc", "bcc")
_NAMED = (fields.TO, fields.CC, fields.BCC, fields.FROM, fields.SENDER)
#: A name so rare is held against one that stands at least so often, and so many times as often.
_RARE, _OFTEN, _TIMES = 2, 5, 5
#: Letters in which two spellings may differ, by how many letters the shorter has at least.
_APART = ((12, 2), (6, 1))


@dataclass(frozen=True, slots=True)
class Person:
    """One name of a list of people."""

    text: str
    #: Lower case; "" without one.
    address: str
    #: Words of name and address, folded, of two letters and more.
    words: frozenset[str]


def people(text: str) -> list[Person]:
    """Return the people of a list, as load files and headers write it."""
    entries = [entry.strip(" ,\t\r") for entry in _BETWEEN.findall(text)]
    if len(entries) == 1 and len(_ADDRESS.findall(entries[0])) > 1:
        # Commas part addresses, and stand in names too: each piece ends at an address.
        entries = [entry.strip(" ,") for entry in _ENDING.findall(entries[0])]
    return [_person(entry) for entry in entries if _WORD.search(entry)]


_ENDING = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^@"])*?@[A-Za-z0-9.-]+>?(?:\s*\([^)]*\))?')


def _person(entry: str) -> Person:
    found = _ADDRESS.findall(entry)
    address = found[-1].casefold().strip(".'") if found else ""
    words = frozenset(word for word in _WORD.findall(entry.casefold()) if len(word) > 1)
    return Person(entry, address, words)


def recipients(seen: CheckContext, opened: Mapping[int, Opened]) -> Findings:
    """Report recipients the native has and the row lacks, and the other way round."""
    volume = seen.volume
    for row, native in opened.items():
        if native.kind != Kind.EMAIL or native.fault or row in seen.native_altered:
            continue
        if volume.cell("withheld", row) or slip_sheets.redacted(volume.cell("redacted", row)):
            continue
        cells = {role: people(volume.cell(role, row)) for role in _ROLES}
        for role in _ROLES:
            if cells[role] and volume.has(role):
                yield from _compared(seen, row, role, cells[role], native)


def _compared(
    seen: CheckContext, row: int, role: str, ours: list[Person], native: Opened
) -> Findings:
    theirs = people(native.fields.get(role, ""))
    name = seen.volume.called(role)
    lacking = [person.text for person in theirs if not _among(person, ours)]
    # Fewer people, or another in one's place: the same number of unlike names may be one list in
    # two directories.
    if lacking and (len(ours) < len(theirs) or all(person.address for person in ours)):
        message = f"{name} lacks {_listed(lacking)}, whom the native has"
        yield seen.report("MD18", message, row=row)
        return
    added = [person.text for person in ours if not _known(person, native, role)]
    if added and (len(ours) > len(theirs) or all(person.address for person in theirs)):
        message = f"{name} has {_listed(added)}, whom the native does not have"
        yield seen.report("MD18", message, row=row)


def _among(person: Person, others: list[Person]) -> bool:
    if person.address and any(person.address == other.address for other in others):
        return True
    return any(
        _moved(person, other) if person.address and other.address else _alike(person, other)
        for other in others
    )


def _moved(one: Person, other: Person) -> bool:
    """Return True when two addresses may be one person's: under two domains, or of a full name."""
    if one.address.partition("@")[0] == other.address.partition("@")[0]:
        return True
    names = [
        frozenset(_WORD.findall(person.text.casefold().replace(person.address, "")))
        for person in (one, other)
    ]
    return names[0] == names[1] and len(names[0]) > 1


def _alike(one: Person, other: Person) -> bool:
    """Return True when two names may be one person's: a word in common, or initials alone."""
    if not one.words or not other.words:
        return True
    return any(len(word) > 2 or len(one.words) == 1 for word in one.words & other.words)


def _known(person: Person, native: Opened, role: str) -> bool:
    """Return True when a person stands anywhere in a message's header, or that cannot be said."""
    header = native.fields.get(fields.HEADER, "").casefold()
    whole = " ".join([header, *(native.fields.get(name, "").casefold() for name in _NAMED)])
    if role == fields.BCC and not native.fields.get(fields.BCC):
        return True  # who was copied blindly is known to journals, not to the message
    if person.address:
        return person.address in whole or not _ADDRESS.search(whole)
    return any(len(word) > 2 and word in whole for word in person.words) or not person.words


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) < 4 else f"{shown} and {len(names) - 3:,} more"


def custodians(seen: CheckContext, families: Families, known: Collection[str]) -> Findings:
    """Report custodians spelt otherwise than nearly always, and families of several custodians.

    `known` are names the letter gives.
    """
    volume = seen.volume
    rows: dict[str, list[int]] = defaultdict(list)
    for row, cell in enumerate(volume.column("custodian")):
        if cell.strip():
            rows[cell.strip()].append(row)
    if len(rows) < 2:
        return
    told: set[int] = set()
    counts = {name: len(places) for name, places in rows.items()}
    for rare in sorted(name for name, count in counts.items() if count <= _RARE):
        often = _meant(rare, counts)
        if often is None or rare in known or _somebody(seen, rare):
            continue
        for row in rows[rare]:
            told.add(row)
            message = (
                f"{volume.called('custodian')} is {rare!r} on {counts[rare]:,} and {often!r} on "
                f"{counts[often]:,} documents"
            )
            yield seen.report("MD19", message, row=row)
    yield from _families(seen, families, told)


def _meant(rare: str, counts: Mapping[str, int]) -> str | None:
    """Return the frequent name a rare one may be meant for."""
    least = max(_OFTEN, counts[rare] * _TIMES)
    close = [name for name, count in counts.items() if count >= least and _close(rare, name)]
    return max(close, key=lambda name: counts[name], default=None)


def _close(one: str, other: str) -> bool:
    ours, theirs = ("".join(_WORD.findall(name.casefold())) for name in (one, other))
    if sorted(_WORD.findall(one.casefold())) == sorted(_WORD.findall(other.casefold())):
        return True
    shorter = min(len(ours), len(theirs))
    most = next((apart for length, apart in _APART if shorter >= length), 0)
    return most > 0 and abs(len(ours) - len(theirs)) <= most and distance(ours, theirs) <= most


def distance(one: str, other: str) -> int:
    """Return how many letters are put in, left out, changed or swapped with the next."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, theirs in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != theirs))
            if row > 1 and column > 1 and (one[row - 2], letter) == (theirs, other[column - 2]):
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


def _somebody(seen: CheckContext, name: str) -> bool:
    """Return True when the rows know such a person elsewhere: as sender, recipient or author."""
    words = {word for word in _WORD.findall(name.casefold()) if len(word) > 1}
    return any(
        cell and words <= set(_WORD.findall(cell.casefold())) and _one_of(words, cell)
        for role in ("from", "to", "cc", "author", "last_author")
        for cell in seen.volume.column(role)
    )


def _one_of(words: set[str], cell: str) -> bool:
    return any(words <= person.words for person in people(cell))


def _families(seen: CheckContext, families: Families, told: set[int]) -> Findings:
    volume = seen.volume
    for members in families.members.values():
        names = Counter(
            name for row in members if (name := volume.cell("custodian", row)) and row not in told
        )
        if len(names) < 2 or not seen.misplaced.isdisjoint(members):
            continue
        (usual, most), (_, next_most) = names.most_common(2)
        if most == next_most:
            usual = volume.cell("custodian", members[0]) or usual
        for row in members:
            name = volume.cell("custodian", row)
            if name and name != usual and row not in told:
                called = volume.called("custodian")
                message = f"{called} is {name!r}, {usual!r} in the rest of its family"
                yield seen.report("MD20", message, row=row)
