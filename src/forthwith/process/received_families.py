"""Rows of received volumes come together: over bundles, over volumes, over versions.

A row is known by its party and its number. Where it was delivered again, by an overlay or a
replacement, the last delivery counts and keeps the number it had here from the first; the earlier
ones are listed as set aside. Where another document came under a number, both stand, each with a
number of its own here: nothing that was decided about the one is said of the other. Families are
told by the rows' parents, wherever those were delivered, and what lies in a native and was
delivered as a row of the family too is one document, the row.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.domain.items import Item
from forthwith.loadfiles.received_table import ROW, RowHead
from forthwith.process import received
from forthwith.process.families import Draft, Drafts
from forthwith.process.places import joined
from forthwith.process.received_identity import Deliveries, grouped
from forthwith.record.matter import Matter
from forthwith.record.received import ReceivedNumber, ReceivedVolume

#: Deepest nesting of rows followed; what goes deeper goes in a circle.
_DEEPEST = 64

#: Party, volume ("" for what has a number), step.
Key = tuple[str, str, str]


@dataclass(slots=True)
class _Delivery:
    """One delivery of one row."""

    item: Item
    drafts: Drafts
    head: RowHead
    volume: ReceivedVolume
    #: Its own document first, then what lies in its native.
    documents: list[Draft] = field(default_factory=list)

    @property
    def top(self) -> Draft:
        """Its own document."""
        return self.documents[0]

    def key(self, step: str = "") -> Key:
        """Return what knows a row of the same party; its own, or that of another step."""
        step = step or self.head.step
        return (self.volume.party, "" if step.startswith(ROW) else self.volume.volume, step)

    def set_aside(self, drafts: Sequence[Draft], why: str) -> None:
        """List documents as set aside."""
        gone = {id(draft) for draft in drafts}
        self.drafts.aside += [(draft.row, why) for draft in drafts]
        self.drafts.documents = [d for d in self.drafts.documents if id(d) not in gone]
        self.documents = [draft for draft in self.documents if id(draft) not in gone]


class Receptions:
    """Everything received, as sources of a matter."""

    def __init__(self, matter: Matter, volumes: Sequence[ReceivedVolume]) -> None:
        self._matter = matter
        self._read = Deliveries(matter.evidence)
        self._volumes = {volume.source: volume for volume in volumes}
        #: Head and volume of each row's document, by its place.
        self.heads: dict[tuple[str, str], tuple[RowHead, ReceivedVolume]] = {}

    @classmethod
    def of(cls, matter: Matter, volumes: Sequence[ReceivedVolume]) -> Receptions:
        """Return what a matter received."""
        return cls(matter, volumes)

    def __contains__(self, source: str) -> bool:
        return source in self._volumes

    def __bool__(self) -> bool:
        return bool(self._volumes)

    def join(self, placed: Iterable[tuple[Item, Drafts]]) -> None:
        """Make the drafts of received items families of rows; the last version of each stays."""
        versions: dict[Key, list[_Delivery]] = defaultdict(list)
        for item, drafts in placed:
            if item.source in self._volumes and item.blob:
                for delivery in self._deliveries(item, drafts):
                    versions[delivery.key()].append(delivery)
        rows = _Rows()
        for key, deliveries in versions.items():
            for place, own in enumerate(self._documents(deliveries)):
                first, last = own[0], own[-1]
                rows.put(key if not place else (key[0], first.item.source, key[2]), key, own)
                for earlier in own[:-1]:
                    why = f"replaced by {last.volume.volume}, version {last.volume.version}"
                    earlier.set_aside(earlier.documents, why)
                self._keep(last, first)
                if place:
                    number, before = last.head.number, deliveries[0].volume.volume
                    what = f"under its number {number} {before} delivered another document"
                    fault = Fault(FaultReason.DISAGREEMENT, what)
                    last.top.faults = (*last.top.faults, fault)
        rows.latest = {key: rows.by_row[d[-1].item.source, key[2]] for key, d in versions.items()}
        _tie(rows)

    def _documents(self, deliveries: Sequence[_Delivery]) -> list[list[_Delivery]]:
        """Return the deliveries of one number by the document they are of, the first one first."""
        which = [0]
        if len(deliveries) > 1:
            which = grouped(
                [(d.volume.kind, self._read.row(d.item.blob, d.head.step)) for d in deliveries]
            )
        found: list[list[_Delivery]] = [[] for _ in range(max(which) + 1)]
        for place, delivery in zip(which, deliveries, strict=True):
            found[place].append(delivery)
        return found

    def _deliveries(self, item: Item, drafts: Drafts) -> Iterator[_Delivery]:
        """Yield the rows of one bundle with their documents."""
        volume = self._volumes[item.source]
        table = received.head_of(self._matter.evidence, item.blob)
        rows = {joined("", head.step): head for head in table.rows}
        by_row: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts.documents:
            by_row[draft.row["locator"].partition("/")[0]].append(draft)
        for locator, documents in by_row.items():
            if (head := rows.get(locator)) is not None:
                yield _Delivery(item, drafts, head, volume, documents)
            else:
                # The bundle itself, where it could not be read.
                for draft in documents:
                    draft.party = volume.party

    def _keep(self, last: _Delivery, first: _Delivery) -> None:
        """Give the documents that stand the places of the first version, and what the row says."""
        for draft in last.documents:
            draft.kept_at = (first.item.id, draft.row["locator"])
            draft.party, draft.others = last.volume.party, last.head.others
            draft.custodian = last.head.custodian or last.volume.party
        self.heads[last.top.place] = (last.head, last.volume)


@dataclass(slots=True)
class _Rows:
    """The rows that stand, and how others find them."""

    standing: dict[Key, _Delivery] = field(default_factory=dict)
    #: Source and step of a delivery -> the row it is of.
    by_row: dict[tuple[str, str], Key] = field(default_factory=dict)
    #: Party and number -> the row that was delivered last under it.
    latest: dict[Key, Key] = field(default_factory=dict)

    def put(self, key: Key, number: Key, own: Sequence[_Delivery]) -> None:
        """Take the deliveries of one document, which is known by `key`."""
        self.standing[key] = own[-1]
        for delivery in own:
            self.by_row[delivery.item.source, number[2]] = key

    def parent(self, row: _Delivery) -> Key | None:
        """Return what a row is attached to: as delivered with it, else as delivered last."""
        if not row.head.parent:
            return None
        key = row.key(f"{ROW}{row.head.parent}")
        return self.by_row.get((row.item.source, key[2])) or self.latest.get(key)


def _tie(rows: _Rows) -> None:
    """Tie rows to their parents, and take out what families hold twice."""
    standing = rows.standing
    above: dict[Key, Key] = {}
    below: dict[Key, list[Key]] = defaultdict(list)
    for key, row in standing.items():
        parent = rows.parent(row)
        if parent is not None and not _in_circle(key, parent, above):
            above[key] = parent
            below[parent].append(key)
    for children in below.values():
        # In the order of their numbers, whichever volume brought them first.
        children.sort(key=lambda key: (len(key[2]), key[2]))
    for key, row in standing.items():
        if key in above:
            continue
        members = list(_beneath(key, below))
        if len(members) > 1 or len(row.documents) > 1:
            _once([standing[member] for member in members])
        _family(key, standing, above, members)


def _in_circle(key: Key, parent: Key, above: Mapping[Key, Key]) -> bool:
    at: Key | None = parent
    for _ in range(_DEEPEST):
        if at is None:
            return False
        if at == key:
            return True
        at = above.get(at)
    return True


def _beneath(top: Key, below: Mapping[Key, Sequence[Key]]) -> Iterator[Key]:
    """Yield a row and all beneath it, parents first, depth first."""
    waiting = [top]
    while waiting:
        key = waiting.pop()
        yield key
        waiting += reversed(below.get(key, ()))


def _once(family: Sequence[_Delivery]) -> None:
    """Set aside what lies in a native and was delivered as a row of the family too."""
    delivered: dict[str, str] = {}
    for row in family:
        for name in ("sha256", "content_hash"):
            if row.top.row["sha256"]:
                delivered.setdefault(row.top.row[name], row.head.number)
    for row in family:
        own = {row.top.row["sha256"], row.top.row["content_hash"]}
        gone: dict[str, str] = {}
        for draft in row.documents[1:]:
            inside, digests = draft.row, {draft.row["sha256"], draft.row["content_hash"]}
            above = gone.get(str(draft.parent))
            number = above or next(
                (delivered[digest] for digest in digests - own if digest in delivered), ""
            )
            if number:
                gone[inside["locator"]] = number
        for number in dict.fromkeys(gone.values()):
            twice = [d for d in row.documents[1:] if gone.get(d.row["locator"]) == number]
            row.set_aside(twice, f"delivered as {number}")


def _family(
    top: Key, standing: Mapping[Key, _Delivery], above: Mapping[Key, Key], members: Sequence[Key]
) -> None:
    """Order the documents of one family under its top."""
    head = standing[top].top
    order, hashes = 0, []
    for key in members:
        row = standing[key]
        inside = {draft.row["locator"]: draft for draft in row.documents}
        for draft in row.documents:
            draft.order, draft.top_at = order, head.place
            order += 1
            if draft is not row.top:
                holder = inside.get(str(draft.parent), row.top)
                draft.parent, draft.above = holder.row["locator"], holder.place
        if key != top:
            parent = standing[above[key]].top
            row.top.parent, row.top.above = parent.row["locator"], parent.place
            hashes.append(row.top.row["content_hash"])
    if hashes:
        whole = "\n".join((head.row["content_hash"], *hashes))
        digest = hashlib.sha256(f"fw1 received\n{whole}".encode()).hexdigest()
        head.row = {**head.row, "content_hash": digest}


def numbers(
    numbered: Iterable[tuple[str, Draft]], receptions: Receptions
) -> Iterator[ReceivedNumber]:
    """Yield the numbers of each document of theirs that has any."""
    for control, draft in numbered:
        head, volume = receptions.heads.get(draft.place, (None, None))
        if head is not None and volume is not None and head.number:
            yield ReceivedNumber(
                control, volume.volume, volume.party, head.number, head.last or head.number
            )


def with_copies_elsewhere(
    numbered: Sequence[tuple[str, Draft]], groups: Sequence[Sequence[str]]
) -> list[list[str]]:
    """Return a group of its own for each family alone here whose rows name other holders."""
    grouped = {number for group in groups for number in group}
    places = {draft.place: number for number, draft in numbered if draft.parent is None}
    tops = dict.fromkeys(
        places[draft.top_place]
        for _, draft in numbered
        if draft.others and draft.top_place in places
    )
    return [[top] for top in tops if top not in grouped]
