"""What `produce` is given of the matter: natives decoded again, texts, workers to run on."""

from __future__ import annotations

import contextlib
import errno
import functools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forthwith.check.workers import PRELOAD as CHECK_PRELOAD
from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Budget, Fault, FaultReason, Hint, Limits
from forthwith.formats.bytes.passwords import GIVEN
from forthwith.formats.unlocked import unlocked
from forthwith.process.reopen import Reopener
from forthwith.produce.files import Paint
from forthwith.produce.in_order import guarded
from forthwith.record.matter import Matter
from forthwith.record.room_store import RoomStore
from forthwith.workers.sandbox import Rules
from forthwith.workers.supervisor import Beat, Died, Supervisor
from forthwith.workflows.progress import Progress

#: The volume is checked with workers from the same fork server.
PRELOAD = ("forthwith.produce.stage", *CHECK_PRELOAD)
#: The passes of a production, by the name of what does them.
_PHASES = {
    "ReadRedacted": "Reading what redactions leave",
    "Count": "Counting pages",
    "Write": "Writing natives",
    "Paint": "Drawing pages",
}


@dataclass(slots=True)
class MatterAccess:
    """Natives and texts of one matter; pickled into workers, opened there."""

    evidence: Path
    #: The store of rows and texts (`record.room_store`).
    texts: Path
    limits: Limits
    #: Those that opened what was encrypted; in memory only.
    passwords: tuple[str, ...] = field(default=(), repr=False)
    _reopener: Reopener | None = field(default=None, repr=False)
    _store: RoomStore | None = field(default=None, repr=False)

    def native(self, document: Document) -> bytes | Fault:
        """Return the document's bytes, proved by their digest."""
        if not document.sha256:
            first = next(iter(document.faults), None)
            return first or Fault(FaultReason.MISSING, "its bytes were never had", lost=True)
        if self._reopener is None:
            self._reopener = Reopener(self.evidence, self.limits, self.passwords)
        return self._reopener.open(document.blob, "", document.locator, document.sha256)

    def shown(self, document: Document) -> bytes | Fault:
        """Return the bytes whose pages are drawn: the native, decrypted where it is encrypted."""
        native = self.native(document)
        if isinstance(native, Fault) or document.text_of(fields.ENCRYPTED) != GIVEN:
            return native
        budget = Budget(self.limits)
        hint = Hint("", document.media_type, budget, passwords=self.passwords)
        try:
            return unlocked(native, hint)
        except UnreadableError as unreadable:
            return unreadable.fault

    def text(self, document: Document) -> str:
        """Return the whole text of the document."""
        with _of_the_disk(self.texts):
            if self._store is None:
                self._store = RoomStore(self.texts)
            place = self._store.place_of(document.control_number)
            return "" if place is None else self._store.text(place)[0]

    def __getstate__(self) -> tuple[Path, Path, Limits, tuple[str, ...]]:
        return self.evidence, self.texts, self.limits, self.passwords

    def __setstate__(self, state: tuple[Path, Path, Limits, tuple[str, ...]]) -> None:
        self.evidence, self.texts, self.limits, self.passwords = state
        self._reopener = self._store = None


def access_to(matter: Matter, passwords: tuple[str, ...] = ()) -> MatterAccess:
    """Return access to natives and texts by document; their store is made first if need be."""
    store = RoomStore.open(matter)
    evidence, limits = matter.evidence.root.resolve(), matter.settings.limits
    return MatterAccess(evidence, store.path.resolve(), limits, passwords)


@contextlib.contextmanager
def _of_the_disk(path: Path) -> Iterator[None]:
    """Raise what SQLite says of a file of ours as the disk's error that it is.

    A production stops for an error of the disk; any other would stand as a fault of the document.
    """
    try:
        yield
    except sqlite3.Error as failed:
        full = getattr(failed, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        number = errno.ENOSPC if full else errno.EIO
        raise OSError(number, str(failed), str(path)) from failed


def rules_of(matter: Matter, access: MatterAccess, volume: str) -> Rules:
    """Return what those who write a volume may touch.

    Evidence and texts; pages of sealed volumes, which one that replaces them takes over; and the
    folder the volume is written in.
    """
    return Rules(
        (access.evidence, access.texts, matter.volumes),
        (matter.folder / "staging" / f".{volume}.partial",),
        access.limits.expanded_bytes,
        matter.settings.sandbox,
        programs=True,
    )


@dataclass(frozen=True, slots=True)
class Workers:
    """A `produce.run.Run` on worker processes: a page that kills its worker is one Fault."""

    workers: int
    limits: Limits
    progress: Progress
    rules: Rules

    def __call__(
        self, function: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[tuple[Any, Any]]:
        """Do `function` on each item; a document whose page ended a worker is drawn without it."""
        waiting = [_Work(item) for item in items]
        total = len(waiting)
        self.progress.phase(_PHASES.get(type(function).__name__, "Working"))
        with Supervisor[Any, Any](
            functools.partial(_start, function),
            workers=self.workers,
            seconds=self.limits.seconds * 5,
            memory=self.limits.memory,
            preload=PRELOAD,
            rules=self.rules,
        ) as supervisor:
            done = 0
            while waiting:
                given, waiting = waiting, []
                for outcome in supervisor.run(given):
                    work = outcome.unit
                    if isinstance(outcome, Died) and (again := _again(work, outcome)) is not None:
                        waiting.append(again)
                        continue
                    done += 1
                    self.progress(done, total)
                    yield (
                        work.item,
                        outcome.fault if isinstance(outcome, Died) else outcome.result,
                    )


@dataclass(frozen=True, slots=True)
class _Work:
    """One item, and which pages of it ended a worker."""

    item: Any
    without: Mapping[int, Fault] = field(default_factory=dict)


_PAGE = "page "
#: Pages of one document that may end a worker before the document is given up.
_MOST_PAGES = 5


def _again(work: _Work, died: Died[Any]) -> _Work | None:
    """Return the work without the page at which a worker ended; None to give it up."""
    number = died.place.removeprefix(_PAGE)
    if not died.place.startswith(_PAGE) or len(work.without) >= _MOST_PAGES:
        return None
    return _Work(work.item, {**work.without, int(number): died.fault})


def _start(function: Callable[[Any], Any]) -> Callable[[Any, Beat], Any]:
    """Return the work of one worker."""

    def work(given: _Work, beat: Beat) -> Any:
        beat.at("document")
        if isinstance(function, Paint):
            at = lambda page: beat.at(f"{_PAGE}{page}")  # noqa: E731
            return guarded(lambda: function.drawn(given.item, given.without, at))
        return guarded(lambda: function(given.item))

    return work
