"""The journal: every act on the matter, in order, each entry chained to the one before by hash.

An entry's digest is SHA-256 over the canonical JSON of everything else in it, the digest of its
predecessor included; changing, dropping or reordering any entry breaks every digest after it.
What an entry commits to (a list of items, a manifest) it names by digest in its body.

Who acts is named by the operating system's own account of the process, not by its environment, and
in a room by who signed in; the body says in `known_by` how the name is known. Entries of older
programs have no such key, and their digests stand as they are.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.record import tables

#: What the first entry is chained to.
GENESIS = "0" * 64
#: The key of every body that says how the name of who acted is known.
_KNOWN_BY = "known_by"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act."""

    seq: int
    #: ISO 8601, UTC.
    at: str
    who: str
    action: str
    body: str
    previous: str
    digest: str

    def seal(self) -> str:
        """Return the digest this entry should carry."""
        parts = [self.seq, self.at, self.who, self.action, self.body, self.previous]
        # A database may hand out bytes where text was written: that is not what was sealed.
        parts = [part if isinstance(part, int | str) else repr(part) for part in parts]
        return hashlib.sha256(canonical(parts).encode()).hexdigest()

    def facts(self) -> Any:
        """Return the body as data."""
        return json.loads(self.body)

    @property
    def known_by(self) -> str:
        """Return how the name of who acted is known; "" where the entry does not say."""
        try:
            facts = self.facts()
        except ValueError:
            return ""
        known = facts.get(_KNOWN_BY, "") if isinstance(facts, dict) else ""
        return known if isinstance(known, str) else ""


def canonical(value: Any) -> str:
    """Return JSON that is the same for the same value, everywhere."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def append(
    connection: sa.Connection,
    action: str,
    body: Mapping[str, Any],
    by: tuple[str, str] | None = None,
) -> Entry:
    """Write one entry inside the caller's transaction: act and entry stand or fall together.

    `by` is who acts and how their name is known, as `actor` returns it for this process.
    """
    return append_all(connection, [(action, body, by)])[0]


def append_all(
    connection: sa.Connection,
    acts: Sequence[tuple[str, Mapping[str, Any], tuple[str, str] | None]],
) -> list[Entry]:
    """Write entries (action, body, by) in order, inside the caller's transaction."""
    tables.take_turns(connection)
    last_seq, previous = head(connection)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    written, rows = [], []
    for seq, (action, body, by) in enumerate(acts, start=last_seq + 1):
        who, known_by = by or actor()
        unsealed = Entry(
            seq, at, who, action, canonical({_KNOWN_BY: known_by, **body}), previous, ""
        )
        entry = replace(unsealed, digest=unsealed.seal())
        rows.append({name: getattr(entry, name) for name in Entry.__slots__})
        written.append(entry)
        previous = entry.digest
    if rows:
        connection.execute(sa.insert(tables.journal), rows)
    return written


def head(connection: sa.Connection) -> tuple[int, str]:
    """Return number and digest of the last entry; 0 and `GENESIS` where there is none."""
    last = connection.execute(
        sa.select(tables.journal.c.seq, tables.journal.c.digest)
        .order_by(tables.journal.c.seq.desc())
        .limit(1)
    ).first()
    return (last.seq, last.digest) if last else (0, GENESIS)


def entries(connection: sa.Connection) -> Iterator[Entry]:
    """Yield every entry in order."""
    for row in connection.execute(sa.select(tables.journal).order_by(tables.journal.c.seq)):
        yield Entry(**row._mapping)  # noqa: SLF001 - the documented name of a row as a mapping


def of(connection: sa.Connection, action: str) -> Iterator[Entry]:
    """Yield the entries of one action in order, reading no other."""
    rows = sa.select(tables.journal).where(tables.journal.c.action == action)
    for row in connection.execute(rows.order_by(tables.journal.c.seq)):
        yield Entry(**row._mapping)  # noqa: SLF001 - the documented name of a row as a mapping


def last_of(connection: sa.Connection, action: str) -> Entry | None:
    """Return the last entry of one action, reading no other."""
    rows = sa.select(tables.journal).where(tables.journal.c.action == action)
    row = connection.execute(rows.order_by(tables.journal.c.seq.desc()).limit(1)).first()
    return Entry(**row._mapping) if row else None  # noqa: SLF001 - a row as a mapping


def actions_since(connection: sa.Connection, seq: int) -> frozenset[str]:
    """Return the actions of the entries after one."""
    rows = sa.select(tables.journal.c.action).where(tables.journal.c.seq > seq).distinct()
    return frozenset(connection.scalars(rows))


def last(connection: sa.Connection) -> int:
    """Return the number of the last entry, 0 where there is none."""
    return connection.execute(sa.select(sa.func.max(tables.journal.c.seq))).scalar() or 0


def broken(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each entry that is not what was written."""
    previous, expected = GENESIS, 1
    for entry in entries(connection):
        if entry.seq != expected:
            yield f"journal: entry {expected} is missing; the next one there is {entry.seq}"
        if entry.previous != previous:
            yield f"journal: entry {entry.seq} does not follow the entry before it"
        if entry.seal() != entry.digest:
            yield f"journal: entry {entry.seq} ({entry.action}, {entry.at}) was changed"
        previous, expected = entry.digest, entry.seq + 1


def actor() -> tuple[str, str]:
    """Return who acts, and how the name is known.

    The account of the process counts; what LOGNAME or USER say, which anybody can set, only where
    the system has no account of that number, as in some containers.
    """
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name, f"local login (uid {number})"
    except KeyError:
        pass
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        return "unknown", f"nothing: no account has uid {number}"
    return name, f"environment (no account has uid {number})"
