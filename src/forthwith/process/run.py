"""Process a matter: read every blob not read yet, then settle what depends on the whole.

Reading commits part by part; an interrupted run is taken up where it was, and ends with the same
tables as one that was not interrupted. Settling is done over again each time from all parts. A part
that is not what was written is read again from the evidence, and the journal entry of the run names
by digest all that it leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from forthwith.domain.documents import WORDS_UNREAD
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.domain.items import Item
from forthwith.plain.counting import count
from forthwith.process import families, received_families, unlocking
from forthwith.process.reopen import Reopener
from forthwith.process.set_aside import (
    LONGEST,
    KnownList,
    known_files,
    may_be_system,
    system_file,
)
from forthwith.process.units import (
    SLICED_FROM,
    WRITING,
    Batch,
    Unit,
    Workshop,
    batches,
    unit_of,
    units_of,
)
from forthwith.record import (
    codings,
    control_numbers,
    journal,
    known_lists,
    productions,
    readings,
    received,
    sources,
)
from forthwith.record.documents import DocumentTable
from forthwith.record.evidence import EvidenceMissingError
from forthwith.record.matter import Matter
from forthwith.record.parts import Parts, digest, every
from forthwith.record.readings import Part
from forthwith.workers.machine import default_workers
from forthwith.workers.sandbox import Rules
from forthwith.workers.supervisor import Died, Supervisor, make_ready

#: What a worker that reads has imported when it starts.
PRELOAD = ("forthwith.process.units", "forthwith.formats.preload")
#: Raise it when any reader changes what it says: every blob is then read again.
STAGE = "3"
#: Why a reader was ended: on another day, on another machine, it may come through.
ENDED = (FaultReason.CRASHED, FaultReason.TOO_SLOW, FaultReason.OUT_OF_MEMORY)
#: A unit that kills its worker this often stands as one Fault.
_STRIKES = 5
#: Told the units done, of all there are.
Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What one run did."""

    #: Blobs and slices read in this run, and those read before.
    read: int
    known: int
    documents: int
    containers: int
    #: Files that are listed and no documents.
    set_aside: int = 0
    #: Documents and containers that a password opened, in all that was read; 0 without a list.
    opened: int = 0
    #: Items left as an earlier list opened them, because this one does not open all of it.
    kept: int = 0
    #: Files of derived/ that were not as written there; what they held was read again.
    doubtful: int = 0


class PartsChangedError(ForthwithError):
    """Somebody wrote to the readings while they were made."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"{count(len(names), 'file')} of derived/readings changed while the matter was "
            f"processed ({names[0]}.parquet); no document was made from it. Run `forthwith "
            "process` again: what it held is read again from the evidence."
        )


class UnknownReasonError(ForthwithError):
    """No fault has such a reason."""

    def __init__(self, reason: str) -> None:
        names = ", ".join(sorted(each.value for each in FaultReason))
        super().__init__(
            f"No fault has the reason {reason!r}. The reasons are: {names}; ocr, for pictures "
            "whose words were not read; and faults, for all whose reader crashed or was ended."
        )


def process(
    matter: Matter,
    *,
    workers: int | None = None,
    progress: Tick | None = None,
    again: str = "",
    known: Sequence[Path] = (),
    passwords: tuple[str, ...] = (),
) -> RunCounts:
    """Bring documents up to date with all that was collected.

    `again` reads anew what has a fault of this reason; files on the lists `known` are set aside
    from now on. `passwords` are tried on what is encrypted, also on what was left so before; no
    file and no message holds any of them. Raises EvidenceMissingError, UnknownReasonError,
    KnownFilesError, PasswordsNeededError.
    """
    make_ready(PRELOAD)
    reasons = _reasons(again) if again else frozenset[str]()
    if passwords:
        reasons |= {FaultReason.ENCRYPTED.value}
    parts = Parts(matter, STAGE)
    parts.ready()
    doubtful = parts.doubtful()
    if not passwords:
        unlocking.refuse_without_list(doubtful)
    parts.drop(doubtful)
    spoilt = len(doubtful.files) + DocumentTable(matter).taken_up()
    opened = _forget_faulty(parts, reasons) if reasons else {}
    with matter.engine.connect() as connection:
        items = list(sources.items(connection))
    workers = workers or matter.settings.workers or default_workers()
    read, before = _read(parts, items, workers, progress, passwords)
    kept = unlocking.put_back(parts, opened)
    if (changed := parts.doubtful()).rows:
        raise PartsChangedError(changed.rows)
    for path in known:
        know(matter, path)
    table, documents, containers = settle(matter, items, passwords)
    used = unlocking.account(parts, passwords, kept) if passwords else {}
    codings.heal(matter)
    with matter.writing() as connection:
        body = {
            "stage": STAGE,
            "items": len(items),
            "documents": documents,
            "read": read,
            **({"again": again} if again else {}),
            **({"passwords": used} if used else {}),
            "control_numbers": control_numbers.digest(connection),
            "readings": digest(every(connection)),
            "settled": table.written,
            "received_numbers": received.numbers_digest(connection),
        }
        journal.append(connection, "process", body)
    table.publish()
    aside = len(table.aside())
    opens = int(used["opened"]) if used else 0
    # What is in quarantine is counted to nobody.
    documents -= len(table.hidden())
    return RunCounts(read, before, documents, containers, aside, opens, kept, spoilt)


# Reading


def _read(
    parts: Parts,
    items: list[Item],
    workers: int,
    progress: Tick | None,
    passwords: tuple[str, ...],
) -> tuple[int, int]:
    matter = parts.matter
    for left in parts.folder.glob(".*"):
        left.unlink()
    done = parts.units()
    waiting = [unit for unit in units_of(items) if unit.key not in done]
    if not waiting:
        return 0, len(done)
    for unit in waiting:
        if not matter.evidence.path(unit.blob).exists():
            raise EvidenceMissingError(unit.blob)
    limits = matter.settings.limits
    workshop = Workshop(matter.evidence.root, parts.folder, limits, parts.stage, passwords)
    with Supervisor[Batch | Unit, Any](
        workshop,
        workers=workers,
        seconds=limits.seconds,
        memory=limits.memory,
        preload=PRELOAD,
        rules=Rules(
            (matter.evidence.root,), (parts.folder,), limits.expanded_bytes, matter.settings.sandbox
        ),
    ) as supervisor:
        units = [unit for unit in _cut(supervisor, waiting) if unit.key not in done]
        work = list(batches(units, workers))
        for part in _finish(supervisor, work, len(units), progress):
            parts.keep(part)
    return len(units), len(done)


def _reasons(again: str) -> frozenset[str]:
    """Return the reasons meant: by words, by name, or "ocr". Raises UnknownReasonError."""
    asked = again.strip().casefold().replace("-", " ").replace("_", " ")
    if asked == "faults":
        return frozenset(reason.value for reason in ENDED)
    if asked == "ocr":
        return frozenset(reason.value for reason in WORDS_UNREAD)
    names = {
        name: reason.value
        for reason in FaultReason
        for name in (reason.value, reason.name.casefold().replace("_", " "))
    }
    if asked not in names:
        raise UnknownReasonError(again)
    return frozenset({names[asked]})


def _forget_faulty(parts: Parts, reasons: frozenset[str]) -> unlocking.Opened:
    """Drop the readings of every unit in which something has a fault of these reasons.

    Returns those of them that a password opened something of.
    """
    faulty = {
        row["unit"]
        for path in parts.paths()
        for row in readings.rows(path, ("unit", "faults"))
        if row["faults"] != "[]"
        and any(fault.reason in reasons for fault in readings.faults_from(row["faults"]))
    }
    opened = unlocking.opened_in(parts, faulty)
    parts.forget(faulty)
    return opened


def _cut(supervisor: Supervisor[Any, Any], waiting: list[Unit]) -> Iterator[Unit]:
    """Yield units ready to be read: large mailboxes cut, all else as it is."""
    small = [unit for unit in waiting if unit.size <= SLICED_FROM]
    large = [unit for unit in waiting if unit.size > SLICED_FROM]
    for outcome in supervisor.run(large):
        # A mailbox that kills the one who cuts it is read whole; its faults will show there.
        yield from (outcome.unit,) if isinstance(outcome, Died) else outcome.result
    yield from small


def _finish(
    supervisor: Supervisor[Any, Any], work: list[Batch], total: int, progress: Tick | None
) -> Iterator[Part]:
    """Run batches until none is left, and yield their parts.

    One that killed its worker comes again, poison marked.
    """
    tick: Callable[[], None] | None = None
    if progress is not None:
        tick = lambda: progress(min(total, supervisor.items_done), total)  # noqa: E731
    while work:
        again: list[Batch] = []
        for outcome in supervisor.run(work, tick):
            if isinstance(outcome, Died):
                again += _again(outcome)
            else:
                yield outcome.result
        work = again


def _again(died: Died[Batch]) -> list[Batch]:
    """Return what to run instead of a batch that killed its worker.

    One that read everything and died laying it down held too much at once: it goes in halves, and
    a unit too large on its own stands as one Fault. None of what it read is to blame.
    """
    key, _, place = died.place.partition("\n")
    units, middle = died.unit.units, len(died.unit.units) // 2
    if place != WRITING:
        return [_poisoned(died)]
    if middle:
        return [replace(died.unit, units=half) for half in (units[:middle], units[middle:])]
    return [died.unit.without(key, "", died.fault)]


def _poisoned(died: Died[Batch]) -> Batch:
    """Mark the place a worker died at; after too many deaths in one unit, the unit itself."""
    key, _, place = died.place.partition("\n")
    known = died.unit.poison.get(key, {})
    if key not in {unit.key for unit in died.unit.units}:
        key, place = died.unit.units[0].key, ""
    if len(known) >= _STRIKES:
        place = ""
    return died.unit.without(key, place, died.fault)


# Settling


def settle(
    matter: Matter, items: list[Item], passwords: tuple[str, ...] = ()
) -> tuple[DocumentTable, int, int]:
    """Write the documents and the accounts of items and containers from all readings.

    Returns the table, not yet in force, and how many documents and containers there are.
    """
    with matter.engine.connect() as connection:
        custodians = {source.id: source.custodian for source in sources.sources(connection)}
    aside = _Aside(matter, passwords)
    with matter.engine.connect() as connection:
        theirs = received_families.Receptions.of(matter, received.volumes(connection))
    placed = list(_placed(matter, items, custodians, aside, theirs))
    theirs.join(zip(items, placed))
    documents = [draft for drafts in placed for draft in drafts.documents]
    with matter.writing() as connection:
        numbers = control_numbers.assign(
            connection,
            matter.settings.control_prefix,
            [draft.place for draft in documents],
        )
        by_place = [(numbers[draft.place], draft) for draft in documents if draft.party]
        received.put_numbers(connection, received_families.numbers(by_place, theirs))
    containers = [
        _container(account, custodians[item.source])
        for item, drafts in zip(items, placed)
        for account in drafts.containers
    ]
    table = DocumentTable(matter)
    accounts = [_account(item, drafts) for item, drafts in zip(items, placed)]
    left = [
        {
            "item": item.id,
            "locator": row["locator"],
            "path": drafts.paths[row["locator"]],
            "custodian": custodians[item.source],
            **{name: row[name] for name in ("size", "md5", "sha256")},
            "why": why,
        }
        for item, drafts in zip(items, placed)
        for row, why in drafts.aside
    ]
    numbered = [(numbers[draft.place], draft) for draft in documents]
    if theirs:
        # Where a document keeps the number of an earlier version, the order of places is another.
        numbered.sort(key=lambda pair: pair[0])
    groups = families.duplicate_groups(numbered)
    groups += received_families.with_copies_elsewhere(numbered, groups)
    table.write(
        _rows(numbered, groups, numbers),
        _copies(numbered, groups, numbers),
        containers,
        accounts,
        left,
    )
    return table, len(documents), len(containers)


def _placed(
    matter: Matter,
    items: list[Item],
    custodians: Mapping[str, str],
    aside: _Aside,
    theirs: received_families.Receptions,
) -> Iterator[families.Drafts]:
    by_unit: dict[str, list[dict[str, Any]]] = defaultdict(list)
    wanted = {unit_of(item).key for item in items}
    for part in Parts(matter, STAGE).paths():
        for row in readings.rows(part, readings.LIGHT):
            base = row["unit"].partition("#")[0]
            if base in wanted:
                by_unit[base].append(row)
    for rows in by_unit.values():
        rows.sort(key=lambda row: row["sort"])
    for item in items:
        rows = by_unit[unit_of(item).key] if item.blob else [_uncollected(item)]
        # Whatever was delivered is a document, be it a system's file.
        why = families.never if item.source in theirs else partial(aside.why, item)
        yield families.drafts(item, custodians[item.source], rows, why)


class _Aside:
    """Says which files are no documents; what was produced is one for ever."""

    def __init__(self, matter: Matter, passwords: tuple[str, ...]) -> None:
        with matter.engine.connect() as connection:
            numbers = control_numbers.numbers(connection)
            produced = productions.numbers(connection).keys()
            self._known = known_lists.known(matter, connection)
        self._produced = {place for place, number in numbers.items() if number in produced}
        self._reopener = Reopener(matter.evidence.root, matter.settings.limits, passwords)
        #: What was said before of files in archives that open only with a password.
        self._before = unlocking.set_aside_before(matter)
        #: By name and SHA-256: the same file lies in many folders.
        self._answers: dict[tuple[str, str], str] = {}

    def why(self, item: Item, row: families.Row) -> str:
        """Return why a file is set aside; "" where it is a document."""
        if not row["sha256"] or (item.id, row["locator"]) in self._produced:
            return ""
        if row["size"] and (listed := self._known.get(row["sha256"])):
            return f"on the list of known files {listed}"
        name = item.name if row["parent"] is None else row["name"]
        if not may_be_system(name) or row["size"] > LONGEST:
            return ""
        key = (name, row["sha256"])
        if key not in self._answers:
            place = (item.blob, item.name, row["locator"], row["sha256"])
            data = self._reopener.open(*place)
            if isinstance(data, Fault):
                return self._before.get((item.id, row["locator"]), "")
            self._answers[key] = system_file(name, data)
        return self._answers[key]


def know(matter: Matter, path: Path) -> KnownList:
    """Match a list of known files with all that was read; keep and journal what it has of it.

    Raises KnownFilesError.
    """
    ours: dict[str, str] = {}
    for part in Parts(matter, STAGE).paths():
        for row in readings.rows(part, ("md5", "sha1", "sha256", "size")):
            if row["sha256"] and row["size"]:
                ours.update((row[name], row["sha256"]) for name in ("md5", "sha1", "sha256"))
    listed = known_files(path, ours)
    known_lists.keep(matter, path, listed.entries, listed.matched)
    return listed


def _uncollected(item: Item) -> dict[str, Any]:
    """Return the row that stands for an item whose bytes could not be collected."""
    fault = Fault(FaultReason.MISSING, item.fault, lost=True)
    empty: dict[str, Any] = dict.fromkeys(readings.LIGHT, "")
    return empty | {
        "parent": None,
        "disposition": "document",
        "kind": "edoc",
        "text_method": "none",
        "name": item.name,
        "faults": readings.faults_json([fault]),
        "size": 0,
        "body": 0,
        "declared": None,
        "emitted": 0,
        "absent": 0,
    }


def _account(item: Item, drafts: families.Drafts) -> dict[str, Any]:
    faults = sum(families.is_lost(draft.row) for draft in drafts.documents)
    return {
        "item": item.id,
        "source": item.source,
        "path": item.path,
        "expected": drafts.expected,
        "documents": len(drafts.documents) - faults,
        "faults": faults,
        "containers": len(drafts.containers),
        "inline": drafts.inline,
        "aside": len(drafts.aside),
    }


def _container(account: families.ContainerAccount, custodian: str) -> dict[str, Any]:
    return {
        "item": account.item,
        "source": account.item.partition("/")[0],
        "locator": account.locator,
        "path": account.path,
        "custodian": custodian,
        "declared": account.declared,
        "emitted": account.emitted,
        "absent": account.absent,
        "faults": readings.faults_json(account.faults),
    }


def _rows(
    numbered: list[tuple[str, families.Draft]],
    groups: list[list[str]],
    numbers: Mapping[tuple[str, str], str],
) -> Iterator[dict[str, Any]]:
    group_of = {number: group[0] for group in groups for number in group}
    talk = families.conversations(numbered)
    dates = _family_dates(numbered)
    for number, draft in numbered:
        row, item = draft.row, draft.item
        top, above = numbers[draft.top_place], draft.parent_place
        thread, basis = talk.get(number, ("", ""))
        yield {
            **{name: row[name] for name in _AS_READ},
            "name": item.name if row["parent"] is None else row["name"],
            "control_number": number,
            "parent": numbers[above] if above is not None else None,
            "family": top,
            "order": draft.order,
            "custodian": draft.custodian,
            "path": draft.path,
            "blob": item.blob,
            "source": item.source,
            "item": item.id,
            "family_hash": row["content_hash"] if draft.parent is None else "",
            "duplicate_group": group_of.get(top, ""),
            "thread": thread,
            "thread_basis": basis,
            "inline_images": draft.inline_images,
            "extra": readings.fields_json(draft.extra),
            "faults": readings.faults_json(draft.faults),
            "sort_date": dates[top],
            "lost": families.is_lost(row),
        }


_AS_READ = (
    "relation", "kind", "media_type", "md5", "sha1", "sha256", "size", "text_method", "locator",
    "message_id_hash", "unit", "body",
)  # fmt: skip


def _copies(
    numbered: list[tuple[str, families.Draft]],
    groups: list[list[str]],
    numbers: Mapping[tuple[str, str], str],
) -> list[dict[str, Any]]:
    """Return who holds the documents of each duplicate group, and where: once for each place of a
    family, for on each copy the rows of many equal files would grow with their square.
    """
    group_of = {number: group[0] for group in groups for number in group}
    alike: dict[tuple[str, int], list[families.Draft]] = defaultdict(list)
    for _, draft in numbered:
        top = numbers[draft.top_place]
        if top in group_of:
            alike[group_of[top], draft.order].append(draft)
    return [
        {
            "duplicate_group": group,
            "order": order,
            "all_custodians": list(
                dict.fromkeys(name for copy in copies for name in (copy.custodian, *copy.others))
            ),
            "all_paths": [copy.path for copy in copies],
        }
        for (group, order), copies in alike.items()
    ]


def _family_dates(numbered: list[tuple[str, families.Draft]]) -> dict[str, str]:
    """Return family -> the instant it sorts by: sent, else received."""
    return {
        number: draft.row["sent"] or draft.row["received"] or ""
        for number, draft in numbered
        if draft.parent is None
    }
