"""What an entry of a privilege log must state, and does not (PL04, PL05, PL06).

The rule asks for what lets others assess a claim. Of an attachment only ground and description are
asked for; a person without an address is nobody's outsider.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from forthwith.check.privilege_log.documents_named import Placed
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.standards import catalogue

#: Says of somebody as the log writes them, on a day, whether neither the party's nor counsel's.
Stranger = Callable[[str, date | None], bool]
#: One description for so many documents describes none of them.
MANY = 5
#: Entries named in one sentence.
_NAMED = 5
_WORD = re.compile(r"[^\W_]+")
#: Words of a claim that say nothing of the document claimed.
_CLAIM = frozenset(
    {
        "a", "about", "above", "advice", "all", "among", "an", "and", "anticipation", "are",
        "as", "asking", "assistance", "attached", "attachment", "attorney", "attorneys", "be",
        "been", "below", "between", "by", "chain", "client", "clients", "communication",
        "communications", "concerning", "confidential", "containing", "contains",
        "conversation", "correspondence", "counsel", "counsels", "direction", "discussing",
        "discussion", "doctrine", "document", "documents", "dr", "draft", "e", "email",
        "emails", "esq", "exchange", "external", "file", "for", "forwarding", "from", "general",
        "giving", "has", "house", "in", "including", "information", "inside", "internal",
        "involving", "is", "it", "lawyer", "lawyers", "legal", "letter", "litigation", "made",
        "mail", "material", "materials", "matter", "matters", "memo", "memorandum", "mental",
        "message", "messages", "mr", "mrs", "ms", "note", "notes", "obtaining", "of", "on",
        "or", "outside", "party", "pending", "person", "persons", "preparation", "prepared",
        "privilege", "privileged", "product", "protected", "providing", "purpose", "purposes",
        "re", "received", "receiving", "reflecting", "regarding", "related", "relating",
        "rendering", "request", "requested", "requesting", "requests", "same", "see", "seeking",
        "sent", "string", "subject", "team", "that", "the", "their", "thereto", "this",
        "thoughts", "thread", "to", "under", "was", "well", "were", "with", "withheld", "work",
    }
)  # fmt: skip
#: Words by which a description makes the claim itself.
_GROUND = re.compile(
    r"privileg|attorney\W{0,3}client|work[ -]product|common[ -]interest|joint[ -]defen[sc]e",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"mail|message|letter|chat|memo|fax|correspondence|\beml\b|\bmsg\b", re.IGNORECASE
)
_SHARED = re.compile(r"common[ -]interest|joint[ -]defen[sc]e|\b(?:CI|JD|CIP|JDP)\b", re.IGNORECASE)
_WORK = re.compile(r"work[ -]product|\b(?:WP|AWP)\b", re.IGNORECASE)
_CLIENT = re.compile(r"client|\b(?:AC|ACP|A/C)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+'-]+@[\w.-]+\w")
#: How logs mark an attorney.
_MARKED = re.compile(r"\*|\bEsq\b", re.IGNORECASE)


#: An entry with whether it heads its family: whether it is no attachment's.
EntryOfFamily = tuple[LogEntry, bool]


def heads(entries: Sequence[Placed]) -> list[EntryOfFamily]:
    """Return each entry of one log that claims something, with whether it heads its family.

    It is an attachment's where its type says so, where its family began above, or where the
    volume's row names a parent.
    """
    begun: set[str] = set()
    of_families = []
    for placed in entries:
        entry = placed.entry
        below = entry.family in begun or any(row.parent for row in placed.documents)
        begun |= {entry.family} - {""}
        if entry.claims:
            # What was given up needs no ground, nor anything else that supports one.
            of_families.append((entry, not (entry.attached or below)))
    return of_families


def of_elements(log: ServedLog, entries: Sequence[EntryOfFamily]) -> Iterator[Finding]:
    """Yield columns a log does not have at all, and entries that lack what the others have."""
    columns = set(log.columns)
    if any(_GROUND.search(entry.description) for entry, _ in entries):
        columns.add("basis")
    names = {"basis": "basis", "description": "description", "dated": "date", "author": "author",
             "recipients": "recipients"}  # fmt: skip
    if absent := [word for name, word in names.items() if entries and name not in columns]:
        message = f"{log.name} has no column for the {', none for the '.join(absent)}"
        yield catalogue.finding("PL04", message, file=log.name, about=("", *absent))
    for entry, head in entries:
        lacking = [names[name] for name in _lacking(entry, head=head) if name in columns]
        if lacking:
            message = f"{entry.called} has no {', no '.join(lacking)}"
            yield catalogue.finding(
                "PL04", message, bates=_bates(entry), about=(entry.name, *lacking)
            )


def _lacking(entry: LogEntry, *, head: bool) -> Iterator[str]:
    if not (entry.basis or _GROUND.search(entry.description)):
        yield "basis"
    if not entry.description:
        yield "description"
    # Who sent an attachment, to whom and when, its mail says, or its mail's entry.
    if not head:
        return
    if not entry.dated:
        yield "dated"
    if not entry.author:
        yield "author"
    if not entry.recipients and _SENT.search(entry.kind):
        yield "recipients"


def of_descriptions(entries: Sequence[EntryOfFamily]) -> Iterator[Finding]:
    """Yield descriptions that say nothing, and such as stand on many documents, once each."""
    alike: dict[tuple[str, ...], list[LogEntry]] = {}
    for entry, _ in entries:
        if key := words(entry.description):
            alike.setdefault(key, []).append(entry)
    for key, described in alike.items():
        first = described[0]
        quoted = f"“{_short(first.description)}”"
        names = ", ".join(entry.name for entry in described[:_NAMED])
        more = f" and {len(described) - _NAMED:,} more" if len(described) > _NAMED else ""
        if _empty(key, first):
            message = f"{quoted} alone describes {names}{more}: what it is about is not said"
        elif _documents(described) >= MANY and not any(entry.stands_for for entry in described):
            message = f"the same description, {quoted}, stands at {names}{more}"
        else:
            continue
        yield catalogue.finding(
            "PL05", message, bates=_bates(first), about=(first.name, first.description)
        )


def words(description: str) -> tuple[str, ...]:
    """Return the words of a description, by which two are the same."""
    return tuple(_WORD.findall(description.casefold()))


def _empty(description: Sequence[str], entry: LogEntry) -> bool:
    """Tell whether a description holds nothing but the claim, and the people the entry names."""
    people = {word for who in _people(entry) for word in words(who)}
    own = {word for word in description if len(word) > 1 and not word.isdecimal()}
    return not own - _CLAIM - people


def _documents(entries: Sequence[LogEntry]) -> int:
    """Count documents that differ: copies with several custodians are one, as are attachments."""
    return len(
        {(entry.dated, entry.author, entry.recipients) for entry in entries if not entry.attached}
    )


def of_outsiders(entries: Sequence[Placed], stranger: Stranger) -> Iterator[Finding]:
    """Yield attorney-client claims for what somebody outside the privilege wrote or received.

    Who is marked as an attorney anywhere in the logs is none, and a common interest or work product
    alone may stand with others about.
    """
    marked = {
        address
        for placed in entries
        for who in _people(placed.entry)
        if _MARKED.search(who)
        for address in _addresses(who)
    }
    for placed in entries:
        entry = placed.entry
        if _SHARED.search(entry.basis) or (_WORK.search(entry.basis)
                                           and not _CLIENT.search(entry.basis)):  # fmt: skip
            continue
        outsiders = [
            address
            for who in _people(entry)
            for address in _addresses(who)
            if address not in marked and stranger(address, entry.day)
        ]
        if outsiders:
            listed = ", ".join(dict.fromkeys(outsiders))
            message = f"{entry.called} names {listed}: neither the producing side's nor counsel"
            yield catalogue.finding(
                "PL06", message, bates=_bates(entry), about=(entry.name, *outsiders)
            )


def _people(entry: LogEntry) -> tuple[str, ...]:
    return (*entry.author.split(";"), *entry.recipients)


def _addresses(who: str) -> list[str]:
    return [address.casefold() for address in _ADDRESS.findall(who)]


def _bates(entry: LogEntry) -> str:
    return str(entry.pages[0][0]) if entry.pages else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 100 else f"{text[:99]}…"
