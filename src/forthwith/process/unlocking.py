"""What passwords opened: kept, counted and journalled without any of them.

Something a password opened once stays opened: readings are never dropped for others that show less,
be it that no list is given, or a shorter one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import FaultReason
from forthwith.domain.nodes import Node
from forthwith.plain.counting import count
from forthwith.record import readings
from forthwith.record.documents import DerivedChangedError, DocumentTable, NotProcessedError
from forthwith.record.matter import Matter
from forthwith.record.parts import Doubtful, Parts

#: Rounds of hashing behind the digest of a list: it must not help to guess a short password.
_ROUNDS = 600_000
_SALT = b"forthwith list of passwords"

#: Unit -> its nodes, of units in which a password opened something.
Opened = Mapping[str, Sequence[Node]]


class PasswordsNeededError(ForthwithError):
    """Evidence that passwords opened would be read again without them."""

    def __init__(self, opened: int) -> None:
        verb = "was" if opened == 1 else "were"
        super().__init__(
            f"{count(opened, 'document or container', 'documents and containers')} {verb} opened "
            "with a password, and what holds them is read again now, because the readers or files "
            "of derived/ have changed. "
            "Give the list of passwords once more: forthwith process --passwords FILE."
        )


def list_digest(passwords: Sequence[str]) -> str:
    """Return a digest by which a list can be proved, and its passwords hardly guessed.

    PBKDF2 with SHA-256 over the passwords, each on a line that ends with a line feed.
    """
    data = "".join(f"{password}\n" for password in passwords).encode()
    return hashlib.pbkdf2_hmac("sha256", data, _SALT, _ROUNDS).hex()


def _is_opened(faults: str) -> bool:
    return faults != "[]" and any(
        fault.reason is FaultReason.OPENED for fault in readings.faults_from(faults)
    )


def _number(paths: Iterable[Path]) -> int:
    """Count the documents and containers that a password opened."""
    return sum(
        _is_opened(row["faults"]) for path in paths for row in readings.rows(path, ("faults",))
    )


def refuse_without_list(doubtful: Doubtful) -> None:
    """Refuse to read again without the passwords what these opened some of.

    Raises PasswordsNeededError.
    """
    opened = 0
    for path in filter(Path.is_file, (*doubtful.stale, *doubtful.files)):
        # A file that was spoilt says nothing of passwords any more.
        with suppress(OSError, pa.ArrowException, KeyError, ValueError):
            opened += _number([path])
    if opened:
        raise PasswordsNeededError(opened)


def opened_in(parts: Parts, units: Collection[str]) -> Opened:
    """Return those of these units in which a password opened something, with all their nodes."""
    opened = {
        row["unit"]
        for path in parts.paths()
        for row in readings.rows(path, ("unit", "faults"))
        if row["unit"] in units and _is_opened(row["faults"])
    }
    return _nodes(parts, opened)


def _nodes(parts: Parts, units: set[str]) -> dict[str, list[Node]]:
    nodes: dict[str, list[Node]] = defaultdict(list)
    for part in parts.paths() if units else ():
        if not units & set(readings.units_of(part)):
            continue
        for row in readings.rows(part, readings.SCHEMA.names):
            if row["unit"] in units:
                nodes[row["unit"]].append(readings.node_of(row))
    return nodes


def put_back(parts: Parts, before: Opened) -> int:
    """Put readings back that show what the new ones of the same unit do not; return how many."""
    after = _nodes(parts, set(before))
    kept = {
        unit: nodes
        for unit, nodes in before.items()
        if not _opened_places(nodes) <= _opened_places(after.get(unit, ()))
    }
    if kept:
        parts.forget(set(kept))
        parts.put(kept)
    return len(kept)


def _opened_places(nodes: Sequence[Node]) -> set[str]:
    return {
        node.locator
        for node in nodes
        if any(fault.reason is FaultReason.OPENED for fault in node.faults)
    }


def account(parts: Parts, passwords: Sequence[str], kept: int) -> dict[str, Any]:
    """Return what the journal says of a list: its digest, how long it is, what was opened."""
    return {
        "digest": list_digest(passwords),
        "count": len(passwords),
        "opened": _number(parts.paths()),
        "kept": kept,
    }


def set_aside_before(matter: Matter) -> dict[tuple[str, str], str]:
    """Return (item, locator) -> why, of files set aside when the matter was processed last."""
    try:
        rows = DocumentTable(matter, whole=True).aside()
    except (NotProcessedError, DerivedChangedError):
        return {}
    return {(row.item, row.locator): row.why for row in rows}
