"""Collect a received volume: every delivered byte by digest, in bundles of a few rows each.

The files are stored as they lie; links, devices and what cannot be read are members with their
fault. A bundle is a list of delivered files and one table of the rows they belong to, written by
whoever read the load files; small bundles, so that many workers read one volume. Nothing is
understood here.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from forthwith.collect import folder as collecting
from forthwith.domain.errors import ForthwithError
from forthwith.domain.items import Item, Shape, Source
from forthwith.plain import folders
from forthwith.plain.folders import Kind
from forthwith.record import journal, received, sources
from forthwith.record.matter import Matter
from forthwith.record.received import ReceivedVolume


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rows that lie together."""

    #: The table of the rows.
    table: bytes
    #: Paths of delivered files that belong to them, as `store` gives them.
    files: Sequence[str]
    #: What an earlier delivery stored already: path -> blob.
    held: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was entered of a volume."""

    #: None where all of it was here.
    source: Source | None
    bundles: int


def store(matter: Matter, root: Path, tick: Callable[[int], None] | None = None) -> dict[str, Item]:
    """Store every file of a delivered folder; returns path -> item, folders that are closed too.

    Raises InsideMatterError, and OSError where the store fails.
    """
    collecting.check_place(matter, root)
    matter.evidence.sweep()
    return {
        entry.path: collecting.item_of(matter.evidence, entry, tick)
        for entry in folders.walk(root)
        if entry.kind is not Kind.FOLDER
    }


def store_file(matter: Matter, place: Path, tick: Callable[[int], None] | None = None) -> Item:
    """Store one delivered file: an archive in a volume's place."""
    return collecting.alone(matter.evidence, place, tick)


@contextlib.contextmanager
def taken_back(matter: Matter) -> Iterator[None]:
    """Take back from the store what was added when something fails before it is entered."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ForthwithError):
            matter.evidence.take_back()
        raise


def keep(
    matter: Matter,
    volume: ReceivedVolume,
    origin: str,
    files: Mapping[str, Item],
    bundles: Sequence[Bundle],
    note: Mapping[str, object],
) -> Kept:
    """Enter a volume's bundles as one source, with its reception; nothing where all is here.

    The source and the version are given by the order of entry.
    """
    evidence = matter.evidence
    items = []
    for bundle in bundles:
        table = evidence.put(BytesIO(bundle.table))
        members = [_member(files[path]) for path in bundle.files]
        members += [{"path": p, "blob": b, "fault": ""} for p, b in sorted(bundle.held.items())]
        # The table is a member too: whoever looks what the evidence needs, looks there.
        members.append({"path": "(rows)", "blob": table.sha256, "fault": ""})
        whole = {"forthwith-bundle": 1, "members": members, "received": table.sha256}
        blob = evidence.put(BytesIO(journal.canonical(whole).encode()))
        items.append(collecting.stored_item(volume.volume, blob, 0.0, shape=Shape.BUNDLE))
    evidence.sync()
    with matter.writing() as connection:
        if {item.blob for item in items} <= _held(matter, volume.party):
            return Kept(None, 0)
        name = sources.next_source(connection)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        source = Source(name, volume.party, origin, now)
        numbered = [
            replace(item, id=f"{name}/{place:06d}", source=name, modified="")
            for place, item in enumerate(items, start=1)
        ]
        sources.add(connection, source, numbered)
        received.enter(connection, replace(volume, source=name, at=now), note)
    return Kept(source, len(items))


def _member(item: Item) -> dict[str, str]:
    return {"path": item.path, "blob": item.blob, "fault": item.fault}


def _held(matter: Matter, party: str) -> set[str]:
    """Return the bundles that are here of what a party delivered."""
    with matter.engine.connect() as connection:
        theirs = {row.source for row in received.volumes(connection) if row.party == party}
        return {item.blob for name in theirs for item in sources.items(connection, name)}


def text_path(path: str) -> str:
    """Return a path of the walk as members have it."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
