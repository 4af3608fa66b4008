"""Units of work: what one worker does in one go, and what comes back.

A unit is one blob under one extension (names break ties between text types, nothing else), or one
slice of a large mailbox. Small units travel in batches; a batch that kills its worker is run again
with the place it died at marked as poison. Everything here is picklable and idempotent.

Outlook stores have a second reader, run after our own: two that do not know each other must see the
same. When it dies on a store, that is its own place in the account (`MARK`): the store is read
again without it, and the Fault says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from forthwith.domain.evidence import Budget, ByteSource, Fault, FaultReason, Hint, InMemory, Limits
from forthwith.domain.items import Item, Shape
from forthwith.domain.nodes import Node
from forthwith.formats import readers
from forthwith.formats.outlook import libpff, pst
from forthwith.formats.sniff import media_type as sniff
from forthwith.process import bundle
from forthwith.process.walk import Walker
from forthwith.record import readings
from forthwith.record.evidence import EvidenceStore
from forthwith.record.readings import Part
from forthwith.workers.supervisor import Beat

#: Mailboxes larger than this are cut into slices and read by several workers.
SLICED_FROM = 8 * 2**20
#: Items up to this size are read into memory before anything looks at them.
_SMALL = 1 << 20
#: The place of a batch that has read everything and lays it down.
WRITING = "#writing"
_STORE = "application/vnd.ms-outlook-pst"
_SLICED_TYPES = frozenset({"application/mbox", _STORE})
#: The place of the second reader.
MARK = "#second reader"


@dataclass(frozen=True, slots=True)
class Unit:
    """One blob, or one slice of it."""

    blob: str
    #: Lower-case extension with its dot, or "".
    extension: str
    shape: Shape
    size: int
    md5: str
    sha1: str
    #: "" for the whole blob; "head" for the mailbox itself; else a slice's name.
    part: str = ""
    media_type: str = ""

    @property
    def key(self) -> str:
        """Name of the unit in the parts."""
        whole = f"{self.blob}{self.extension}"
        return f"{whole}#{self.part}" if self.part else whole

    @property
    def name(self) -> str:
        """What the reader is told of the name: enough to break ties, the same for every place."""
        return f"item{self.extension}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Units that travel together."""

    units: tuple[Unit, ...]
    #: Unit key -> locator -> the Fault that stands there.
    poison: Mapping[str, Mapping[str, Fault]] = field(default_factory=dict)

    def without(self, key: str, locator: str, fault: Fault) -> Batch:
        """Return the same batch with one more place not to be touched."""
        more = {**self.poison.get(key, {}), locator: fault}
        return replace(self, poison={**self.poison, key: more})


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a worker needs to know of the matter; called once in each worker."""

    evidence: Path
    readings: Path
    limits: Limits
    #: The version of the readers.
    stage: str = ""
    passwords: tuple[str, ...] = field(default=(), repr=False)

    def __call__(self) -> Callable[[Batch | Unit, Beat], object]:
        """Return the function that does a batch, or cuts one large mailbox."""
        readers.module_for("")
        store = EvidenceStore(self.evidence)

        def work(work_unit: Batch | Unit, beat: Beat) -> object:
            if isinstance(work_unit, Unit):
                return cut(store, work_unit, self.limits, beat)
            return self._batch(store, work_unit, beat)

        return work

    def _batch(self, store: EvidenceStore, batch: Batch, beat: Beat) -> Part:
        done = {}
        for unit in batch.units:
            done[unit.key] = read_unit(store, unit, self.limits, beat, batch.poison, self.passwords)
            beat.done()
        beat.at(f"{batch.units[0].key}\n{WRITING}")
        poison = sorted((key, *at) for key, at in batch.poison.items() if at)
        return readings.write(self.readings, done, self.stage, repr(poison) if poison else "")


def read_unit(
    store: EvidenceStore,
    unit: Unit,
    limits: Limits,
    beat: Beat,
    poison: Mapping[str, Mapping[str, Fault]],
    passwords: tuple[str, ...] = (),
) -> list[Node]:
    """Return the nodes of one unit."""
    known = poison.get(unit.key, {})
    walker = Walker(limits, lambda place: beat.at(f"{unit.key}\n{place}"), known, passwords)
    digests = (unit.md5, unit.sha1, unit.blob)
    with store.open(unit.blob) as file:
        # Small things are read once; sniffing and reading a file piece by piece costs more.
        small = file.size <= _SMALL
        source: ByteSource = InMemory(file.read(0, file.size)) if small else file
        if unit.shape is Shape.BUNDLE:
            read = bundle.reading(store, source, limits, passwords, walker.guard)
            return walker.known(read, unit.size, digests)
        if unit.part == "head":
            nodes = [walker.head(source, unit.name, unit.media_type, digests)]
        elif unit.part:
            return walker.slice(source, unit.name, unit.media_type, unit.part)
        else:
            nodes = walker.walk(source, unit.name, digests)
        return reconciled(nodes, source, walker, beat, unit.key)


def reconciled(
    nodes: list[Node], source: ByteSource, walker: Walker, beat: Beat, key: str
) -> list[Node]:
    """Return the nodes of a unit, its store with a Fault for each difference between readers."""
    if not nodes or nodes[0].locator or nodes[0].media_type != _STORE:
        return nodes
    if any(fault.lost for fault in nodes[0].faults):
        return nodes
    outcome = walker.guard(lambda: _faults(source, walker.limits, beat, key, walker.poison))
    # Asking a second reader is no loss of the first: whatever went wrong is a note.
    faults = (replace(outcome, lost=False),) if isinstance(outcome, Fault) else outcome
    return [replace(nodes[0], faults=(*nodes[0].faults, *faults)), *nodes[1:]]


def _faults(
    source: ByteSource, limits: Limits, beat: Beat, key: str, poison: Mapping[str, Fault]
) -> tuple[Fault, ...]:
    if MARK in poison:
        detail = f"the second reader could not be asked: {poison[MARK].detail}"
        return (Fault(FaultReason.DISAGREEMENT, detail),)
    if not libpff.available():
        return ()
    beat.at(f"{key}\n{MARK}")
    theirs = libpff.summaries(source)
    if theirs is None:
        return (Fault(FaultReason.DISAGREEMENT, "the second reader (libpff) cannot open it"),)
    ours = pst.summaries(source, Hint("", _STORE, Budget(limits)))
    return libpff.reconcile(ours, theirs)


def cut(store: EvidenceStore, unit: Unit, limits: Limits, beat: Beat) -> tuple[Unit, ...]:
    """Return the units a large blob is read as: itself, or its head and its slices."""
    beat.at(f"{unit.key}\n")
    with store.open(unit.blob) as source:
        media_type = sniff.media_type(source, unit.name)
        if media_type not in _SLICED_TYPES:
            return (unit,)
        hint = Hint(unit.name, media_type, Budget(limits))
        parts = list(readers.slices(source, hint))
    pieces = (replace(unit, part=part, media_type=media_type) for part in ("head", *parts))
    return tuple(replace(piece, size=unit.size // max(1, len(parts))) for piece in pieces)


def units_of(items: Sequence[Item]) -> Iterator[Unit]:
    """Yield each distinct unit of these items once, in order."""
    met = set()
    for item in items:
        unit = unit_of(item)
        if item.blob and unit.key not in met:
            met.add(unit.key)
            yield unit


def unit_of(item: Item) -> Unit:
    """Return the unit that reads this item's blob."""
    return Unit(item.blob, extension_of(item.name), item.shape, item.size, item.md5, item.sha1)


def extension_of(name: str) -> str:
    """Return a short plain extension in lower case, or ""."""
    stem, dot, extension = name.rpartition(".")
    short = 0 < len(extension) <= 8 and extension.isascii() and extension.isalnum()
    return f".{extension.lower()}" if dot and stem and short else ""


def batches(units: Sequence[Unit], workers: int) -> Iterator[Batch]:
    """Group units so that work is even across workers and parts are neither tiny nor huge."""
    count_limit = min(2048, max(16, len(units) // (workers * 12)))
    total = sum(unit.size for unit in units)
    size_limit = min(64 << 20, max(1 << 20, total // (workers * 12)))
    batch: list[Unit] = []
    size = 0
    for unit in units:
        if batch and (len(batch) >= count_limit or size + unit.size > size_limit):
            yield Batch(tuple(batch))
            batch, size = [], 0
        batch.append(unit)
        size += unit.size
    if batch:
        yield Batch(tuple(batch))
