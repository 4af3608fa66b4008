"""Counts for `status`: what was collected, what became of it, and what is not accounted for.

Every item, and everything found inside one, is either a document that was read or a fault (a
document that could not be read, kept with its reason). Containers that were expanded and inline
images are counted apart; a fault of an expanded container counts as none of these and has a count
of its own. `items` is reckoned from what each container says or showed that it
holds, documents and faults from the documents there are; the difference is `unaccounted`. Files
that are set aside are items of their own count, and none of these.
"""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.documents import WORDS_UNREAD
from forthwith.domain.evidence import FaultReason
from forthwith.domain.items import Source
from forthwith.record import productions, received, sources
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.readings import faults_from
from forthwith.record.received import ReceivedNumber


@dataclass(slots=True)
class Counts:
    """One line of `status`."""

    collected: int = 0
    bytes: int = 0
    items: int = 0
    documents: int = 0
    faults: int = 0
    unaccounted: int = 0
    families: int = 0
    duplicates: int = 0
    pages: int = 0
    containers: int = 0
    inline_images: int = 0
    #: Files of systems and known files: listed, and no documents.
    set_aside: int = 0
    #: Documents that were read, but not to the last part.
    partly_read: int = 0
    #: Of these, documents that show pictures whose words nobody read.
    words_unread: int = 0
    #: Faults that concern an expanded container as a whole.
    container_faults: int = 0

    def add(self, other: Counts) -> None:
        """Add another line to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class ContainerCount:
    """Expected against emitted for one container."""

    path: str
    expected: int | None
    #: Children that came out, and those that stand as faults of their own.
    emitted: int
    faults: int
    #: What is wrong with the container as a whole: `reason` and `detail` of each fault.
    own_faults: tuple[dict[str, str], ...] = ()


@dataclass(slots=True)
class SourceCounts:
    """One source."""

    source: Source
    counts: Counts
    containers: list[ContainerCount] = field(default_factory=list)
    #: "ours", or "theirs" for what was received from another party.
    side: str = "ours"


@dataclass(frozen=True, slots=True)
class Status:
    """The whole matter."""

    sources: list[SourceCounts]
    total: Counts
    #: Every fault there is, by reason: of documents, whether lost or read in part, and containers.
    faults_by_reason: dict[str, int] = field(default_factory=dict)

    @property
    def sides(self) -> dict[str, Counts]:
        """Return the counts of each side that there is anything of."""
        sides: dict[str, Counts] = {}
        for line in self.sources:
            sides.setdefault(line.side, Counts()).add(line.counts)
        return sides

    @property
    def whole(self) -> bool:
        """True when everything was read to the last part, with passwords where it took them."""
        faults = self.faults_by_reason.keys() - {FaultReason.OPENED.value}
        return not (self.total.unaccounted or faults)

    def as_json(self) -> dict[str, Any]:
        """Return the object of `status --json`."""
        rows = [
            {
                **{
                    name: value
                    for name, value in asdict(line.source).items()
                    if name != "collected"
                },
                "collected_at": line.source.collected,
                "side": line.side,
                **asdict(line.counts),
                "containers_expanded": [asdict(container) for container in line.containers],
            }
            for line in self.sources
        ]
        custodians: dict[str, Counts] = defaultdict(Counts)
        for line in self.sources:
            custodians[line.source.custodian].add(line.counts)
        return {
            "sources": rows,
            "custodians": {name: asdict(counts) for name, counts in sorted(custodians.items())},
            "sides": {name: asdict(counts) for name, counts in self.sides.items()},
            "total": asdict(self.total),
            "faults_by_reason": self.faults_by_reason,
        }


def status(matter: Matter) -> Status:
    """Count everything. Raises NotProcessedError."""
    table = DocumentTable(matter)
    with matter.engine.connect() as connection:
        by_source = {
            source.id: SourceCounts(source, Counts()) for source in sources.sources(connection)
        }
        theirs = received.sources(connection)
        for name in theirs & by_source.keys():
            by_source[name].side = "theirs"
        for item in sources.items(connection):
            if item.source not in theirs:
                by_source[item.source].counts.collected += 1
                by_source[item.source].counts.bytes += item.size
        pages = productions.pages(connection)
        pages.update(_received_pages(received.numbers(connection).values()))
    for row in table.accounts():
        _account(by_source[row["source"]].counts, row)
    # What was received lies in bundles, which are ours: natives delivered are counted instead.
    for source, natives, size in table.query(_DELIVERED, readings=False):
        if source in theirs:
            by_source[source].counts.collected += natives
            by_source[source].counts.bytes += int(size)
    reasons: Counter[str] = Counter()
    for source, control_number, families, duplicate, lost, faults in table.query(
        _DOCUMENTS, readings=False
    ):
        counts = by_source[source].counts
        counts.families += families
        counts.duplicates += duplicate
        counts.pages += pages.get(control_number, 0)
        own_faults = faults_from(faults)
        reasons.update(fault.reason for fault in own_faults)
        counts.partly_read += not lost and any(
            fault.reason is not FaultReason.OPENED for fault in own_faults
        )
        counts.words_unread += any(
            fault.reason in WORDS_UNREAD and not fault.lost for fault in own_faults
        )
    for row in table.containers():
        own = tuple(
            {"reason": fault.reason.value, "detail": fault.detail}
            for fault in faults_from(row["faults"])
        )
        container = ContainerCount(row["path"], row["declared"], row["emitted"], row["absent"], own)
        by_source[row["source"]].counts.container_faults += sum(
            fault["reason"] != FaultReason.OPENED for fault in own
        )
        reasons.update(fault["reason"] for fault in own)
        by_source[row["source"]].containers.append(container)
    total = Counts()
    for line in by_source.values():
        total.add(line.counts)
    return Status(list(by_source.values()), total, dict(sorted(reasons.items())))


_DELIVERED = """SELECT source, count(*), coalesce(sum(size), 0) FROM documents
    WHERE sha256 <> '' AND locator NOT LIKE '%/%' GROUP BY source"""
_DOCUMENTS = """SELECT source, control_number, (parent IS NULL)::INT,
    (duplicate_group <> '' AND duplicate_group <> family)::INT,
    lost::INT, faults FROM documents"""


def _received_pages(numbers: Iterable[ReceivedNumber]) -> Iterator[tuple[str, int]]:
    """Yield control number and pages, by the numbers under which documents of theirs stand."""
    for row in numbers:
        with contextlib.suppress(NotABatesNumberError):
            yield row.control, Bates.parse(row.first).pages_to(Bates.parse(row.last)) or 1


def _account(counts: Counts, row: dict[str, Any]) -> None:
    counts.items += row["expected"]
    counts.documents += row["documents"]
    counts.faults += row["faults"]
    aside = row["aside"]
    counts.set_aside += aside
    counts.items -= aside
    counts.unaccounted += row["expected"] - row["documents"] - row["faults"] - aside
    counts.containers += row["containers"]
    counts.inline_images += row["inline"]
