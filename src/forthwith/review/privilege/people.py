"""Who took part in a document, and in what part: counsel, a party's own people, a stranger.

A mailbox is known by its address and, where the source gives none (an author of a file, an old
Exchange name), by its display name as on the attorney list. Everything is asked for the day of the
document: counsel is counsel from a day to a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.review.privilege.claims import SHARED, Attorney, Basis

#: Where a document names people, in the order of the log.
AUTHORS = (fields.FROM, fields.SENDER, fields.AUTHOR, fields.LAST_AUTHOR, fields.ORGANIZER)
RECIPIENTS = (fields.TO, fields.CC, fields.BCC, fields.ATTENDEES, fields.PARTICIPANTS)
_DATES = (fields.SENT, fields.RECEIVED, fields.MODIFIED, fields.CREATED)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody named in a document."""

    #: As the document has it.
    shown: str
    name: str
    #: In lower case; "" where the document gives none.
    address: str

    @classmethod
    def parse(cls, shown: str) -> Mailbox:
        """Read a mailbox as sent; what is no address is a name."""
        name, address = parseaddr(shown)
        if "@" not in address:
            return cls(shown, shown.strip(), "")
        return cls(shown, name or address, address.strip().lower())

    @property
    def domain(self) -> str:
        """What follows the last "@"; "" without an address."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Sides:
    """The parties' names and domains, by side."""

    ours: frozenset[str] = frozenset()
    theirs: frozenset[str] = frozenset()
    own_domains: tuple[str, ...] = ()
    #: Of parties that are neither: who may share a common interest.
    allied_domains: tuple[str, ...] = ()

    @classmethod
    def of(cls, parties: Sequence[Mapping[str, Any]]) -> Sides:
        """Read [[parties]] of matter.toml: name, side, domains."""
        names: dict[str, set[str]] = {}
        domains: dict[str, list[str]] = {}
        for party in parties:
            side = str(party.get("side", "")).strip().lower()
            names.setdefault(side, set()).add(str(party.get("name", "")).casefold())
            domains.setdefault(side, []).extend(_listed(party.get("domains", "")))
        others = [
            name for side in domains.keys() - {"producing", "receiving"} for name in domains[side]
        ]
        return cls(
            frozenset(names.get("producing", ())),
            frozenset(names.get("receiving", ())),
            tuple(domains.get("producing", ())),
            tuple(sorted(others)),
        )


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.replace(";", ",").split(",")
    entries = value if isinstance(value, list) else []
    return [text for entry in entries if (text := str(entry).strip().lower().lstrip("@"))]


@dataclass(frozen=True, slots=True)
class Roster:
    """The attorney list and the parties, to be asked about one mailbox on one day."""

    attorneys: Sequence[Attorney]
    sides: Sides

    def attorney(self, who: Mailbox, day: date | None) -> Attorney | None:
        """Return the attorney a mailbox is of; names decide only where there is no address."""
        for attorney in self.attorneys:
            by_name = not who.address and who.name.casefold() == attorney.name.casefold()
            if attorney.on(day) and (
                by_name or (who.address and who.address in attorney.addresses)
            ):
                return attorney
        return None

    def counsel(self, who: Mailbox, day: date | None, basis: Collection[Basis]) -> bool:
        """Say whether a mailbox is of counsel whose presence keeps the privilege."""
        return any(
            attorney.on(day)
            and self._with_us(attorney, basis)
            and (_within(who.domain, attorney.domains) or self.attorney(who, day) == attorney)
            for attorney in self.attorneys
        )

    def stranger(self, who: Mailbox, day: date | None, basis: Collection[Basis]) -> bool:
        """Say whether an address is neither the party's nor counsel's on a day."""
        if not who.address or _within(who.domain, self.sides.own_domains):
            return False
        if SHARED.intersection(basis) and _within(who.domain, self.sides.allied_domains):
            return False
        return not self.counsel(who, day, basis)

    def _with_us(self, attorney: Attorney, basis: Collection[Basis]) -> bool:
        party = attorney.party.casefold()
        if not party or party in self.sides.ours:
            return True
        # Where no party is named in the settings, nobody has said who is whose counsel.
        if party in self.sides.theirs:
            return False
        return not self.sides.ours or bool(SHARED.intersection(basis))


def _within(domain: str, domains: Collection[str]) -> bool:
    return bool(domain) and any(domain == own or domain.endswith(f".{own}") for own in domains)


def named(document: Document, names: Sequence[str]) -> Iterator[Mailbox]:
    """Yield the mailboxes of some fields, each once."""
    known: set[str] = set()
    for name in names:
        field = document.fields.get(name)
        values = () if field is None else field.value
        # One field holds one person, save From and Sender, where several stand in one string.
        several = [values] if isinstance(values, str) else list(values)
        for value in several:
            for part in value.split("; ") if name in (fields.FROM, fields.SENDER) else [value]:
                if part.strip() and part not in known:
                    known.add(part)
                    yield Mailbox.parse(part)


def people(document: Document) -> list[Mailbox]:
    """Return everybody a document names as author or recipient."""
    return list(named(document, (*AUTHORS, *RECIPIENTS)))


def day_of(document: Document, zone: ZoneInfo) -> date | None:
    """Return the day of a document as its production shows it; None when it has no date."""
    for name in _DATES:
        text = document.text_of(name)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    return None
