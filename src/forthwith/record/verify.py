"""Verify: is the matter what it was? Journal, evidence, decisions, sealed volumes, facts, papers.

Each thing that is not as the journal says is one sentence naming it. What the journal does not
commit to (derived tables) is not looked at: it can be made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from forthwith.domain.items import Shape
from forthwith.record import control_numbers, journal, productions, sources
from forthwith.record import facts as fact_sets
from forthwith.record.evidence import digest_of
from forthwith.record.matter import Matter


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, and what is not as it was."""

    entries: int
    blobs: int
    volumes: int
    #: Digest of the last journal entry: note it elsewhere, and a cut-off end is found as well.
    head: str
    broken: tuple[str, ...]


def verify(matter: Matter) -> Verification:
    """Look at everything the journal commits to."""
    with matter.engine.connect() as connection:
        entries = list(journal.entries(connection))
        blobs = _blobs(matter, connection)
        broken = [
            *journal.broken(connection),
            *_sources(connection, entries),
            *_numbers(connection, entries),
            *_evidence(matter, blobs),
            *_volumes(matter, connection, entries),
            *fact_sets.broken(matter, connection),
            *_papers(matter.folder / "papers", entries),
            *_deliveries(matter.folder, entries),
        ]
        volumes = len(productions.sealed(connection))
    head = entries[-1].digest if entries else journal.GENESIS
    return Verification(len(entries), len(blobs), volumes, head, tuple(broken))


def _papers(folder: Path, entries: list[journal.Entry]) -> Iterator[str]:
    """Compare papers with their digests; one written to another folder is not looked for."""
    for entry in entries:
        if entry.action != "ledger paper":
            continue
        facts = entry.facts()
        for name, digest in facts["body"]["sha256"].items():
            path = folder / name
            if path.is_file() and digest_of(path) != digest:
                yield f"paper {facts['key']}: papers/{name} was changed"


def _deliveries(folder: Path, entries: list[journal.Entry]) -> Iterator[str]:
    """Compare deliveries with their digests.

    They are copies, which may be sent off and deleted: one that is gone is not looked for, nor one
    written to another folder. A folder among them that no entry names is told.
    """
    acts = [entry.facts() for entry in entries if entry.action == "ledger deliver"]
    for act in acts:
        place = act["body"]["in"]
        for name, digest in act["body"]["sha256"].items() if place else ():
            path = folder / place / name
            if path.is_symlink() or (path.is_file() and digest_of(path) != digest):
                yield f"delivery {act['key']}: {place}/{name} was changed"
    known = {act["body"]["in"] for act in acts}
    deliveries = folder / "deliveries"
    for path in sorted(deliveries.iterdir()) if deliveries.is_dir() else ():
        place = f"deliveries/{path.name}"
        # What begins with a dot a stopped run left, and the next one clears.
        if place not in known and not path.name.startswith("."):
            yield f"{place}: no entry of the journal made it"


def _sources(connection: sa.Connection, entries: list[journal.Entry]) -> Iterator[str]:
    """Compare sources and items with the entries that committed to them."""
    in_journal = {
        entry.facts()["id"]: entry.facts() for entry in entries if entry.action == "collect"
    }
    in_tables = {source.id: source for source in sources.sources(connection)}
    for name in sorted(in_journal.keys() - in_tables.keys()):
        yield f"source {name}: collected according to the journal, but not in the tables"
    for name in sorted(in_tables.keys() - in_journal.keys()):
        yield f"source {name}: in the tables, but no journal entry names it"
    for name in sorted(in_tables.keys() & in_journal.keys()):
        items = list(sources.items(connection, name))
        facts = in_journal[name]
        if any(facts[key] != value for key, value in asdict(in_tables[name]).items()):
            yield f"source {name}: custodian, origin or time is not what was collected"
        if len(items) != facts["items"] or sources.digest(items) != facts["digest"]:
            yield (
                f"source {name}: its {len(items)} items are not the {facts['items']} that were "
                "collected (one was added, removed or changed)"
            )


def _numbers(connection: sa.Connection, entries: list[journal.Entry]) -> Iterator[str]:
    runs = [entry.facts() for entry in entries if entry.action == "process"]
    if runs and runs[-1]["control_numbers"] != control_numbers.digest(connection):
        yield "control numbers: the table is not the one the last `process` left"


def _blobs(matter: Matter, connection: sa.Connection) -> dict[str, str]:
    """Return every blob there should be, with the place that needs it."""
    needed: dict[str, str] = {}
    for item in sources.items(connection):
        if not item.blob:
            continue
        needed.setdefault(item.blob, item.path)
        if item.shape is Shape.BUNDLE and (place := matter.evidence.path(item.blob)).exists():
            for member in _members(place):
                needed.setdefault(member["blob"], f"{item.path}/{member['path']}")
    return needed


def _members(place: Path) -> list[dict[str, str]]:
    try:
        rows = json.loads(place.read_bytes())["members"]
    except (ValueError, KeyError, TypeError):
        return []
    return [row for row in rows if row["blob"]]


def _evidence(matter: Matter, blobs: dict[str, str]) -> Iterator[str]:
    for blob, path in sorted(blobs.items()):
        place = matter.evidence.path(blob)
        if not place.exists():
            yield f"evidence {blob} ({path}): the blob is missing"
        elif digest_of(place) != blob:
            yield f"evidence {blob} ({path}): the blob was changed"


def _volumes(
    matter: Matter, connection: sa.Connection, entries: list[journal.Entry]
) -> Iterator[str]:
    in_journal = {
        entry.facts()["volume"]: entry.facts() for entry in entries if entry.action == "seal"
    }
    in_tables = {production.volume: production for production in productions.sealed(connection)}
    for name in sorted(in_journal.keys() ^ in_tables.keys()):
        yield f"volume {name}: journal and table of productions do not agree that it was sealed"
    ranges = productions.ranges_digests(connection)
    beside = productions.beside(connection)
    for name in sorted(in_journal.keys() & in_tables.keys()):
        facts = in_journal[name]
        if any(facts[key] != value for key, value in asdict(in_tables[name]).items()):
            yield f"volume {name}: the table of productions is not what was sealed"
        if ranges.get(name) != facts.get("ranges"):
            yield f"volume {name}: its Bates numbers are not those that were sealed"
        yield from volume_broken(matter.volumes / name, facts["manifest"], beside.get(name, {}))
        if "rules_file" in facts:
            place = matter.folder / facts["rules_file"]
            if not place.exists():
                yield f"volume {name}: its rules {facts['rules_file']} are missing"
            elif digest_of(place) != facts["rules"]:
                yield f"volume {name}: its rules {facts['rules_file']} were changed"
    for overlay in productions.overlays(connection):
        place = matter.volumes / overlay.name
        yield from volume_broken(place, overlay.manifest, beside.get(overlay.name, {}))


def volume_broken(
    folder: Path, manifest: str, beside: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Compare a sealed volume's files with its manifest.

    `beside` are files it cannot name, SHA-256 by path: its seal and the stamp of that.
    """
    name = folder.name
    place = folder / "DATA" / f"{name}_MANIFEST.JSON"
    if not place.exists():
        yield f"volume {name}: its manifest {place.name} is missing"
        return
    if digest_of(place) != manifest:
        yield f"volume {name}: its manifest was changed"
        return
    listed = {row["path"]: row["sha256"] for row in json.loads(place.read_bytes())["files"]}
    listed |= beside or {}
    there = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    there.pop(place.relative_to(folder).as_posix())
    for path in sorted(listed.keys() - there.keys()):
        yield f"volume {name}: {path} is missing"
    for path in sorted(there.keys() - listed.keys()):
        yield f"volume {name}: {path} was added after the seal"
    for path in sorted(listed.keys() & there.keys()):
        if digest_of(there[path]) != listed[path]:
            yield f"volume {name}: {path} was changed"
