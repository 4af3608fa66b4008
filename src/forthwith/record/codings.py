"""Codings as kept: append only, versioned, each save one transaction with its journal entry.

A save says which version of each document it was made from; where another is there by now, nothing
of it is written and whoever saves is handed the other's coding (optimistic concurrency). All saves
of a process go through one thread, which writes what waits together and answers when it is on the
disk: each save still stands or falls alone. Other processes may write to the same matter.

What stands of every document is kept in memory and in the table `coding_now`, both made of the
codings; neither is asked whether a save is in order.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.coding import Coding, Form, Pass, Value, body_of
from forthwith.domain.errors import ForthwithError
from forthwith.record import batches, committed, forms, journal, tables
from forthwith.record.matter import Matter
from forthwith.record.tables import DatabaseError, MatterChangedError

_CODE = "code"
#: Saves written together at most, and the rows after which no more are taken in.
_MOST_SAVES, _MOST_ROWS = 512, 5_000
#: Seconds the writer waits for more to write together, while several save.
_PATIENCE = 0.002
#: Bodies kept as read: most documents are coded alike.
_MOST_BODIES = 4_096
_INSERTED_AT_ONCE = 10_000
#: The same words on SQLite and PostgreSQL.
_STANDS = sa.text(
    "INSERT INTO coding_now (control, version, coding, body)"
    " VALUES (:control, :version, :coding, :body)"
    " ON CONFLICT (control) DO UPDATE"
    " SET version = excluded.version, coding = excluded.coding, body = excluded.body"
)


class StaleError(ForthwithError):
    """Somebody else coded a document meanwhile."""

    def __init__(self, theirs: Sequence[Coding], stale: Sequence[str]) -> None:
        self.theirs = tuple(theirs)
        #: Control numbers whose version is another one, coded or not.
        self.stale = tuple(stale)
        more = f" (and {len(stale) - 1:,} more)" if len(stale) > 1 else ""
        if theirs:
            coding = theirs[0]
            what = f"{coding.control}{more} was coded meanwhile by {coding.who} at {coding.at}"
        else:
            what = f"{stale[0]}{more} is not coded as you saw it"
        super().__init__(
            f"{what}, so nothing of yours was saved. Look at what stands, then save again."
        )


class CodingError(ForthwithError):
    """A coding cannot be written down."""


@dataclass(frozen=True, slots=True)
class Save:
    """What one person decided about one document, to be kept."""

    control: str
    #: Version of the coding it was made from; 0 where the document had none.
    expected_version: int
    pass_: Pass
    #: Batch it was coded in; "" where in none.
    batch: str
    form: str
    form_version: int
    body: Mapping[str, Value]
    #: Why, where an earlier coding is overturned.
    because: str = ""
    #: Digest of the text that was read.
    read: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """One call of `save`, until the writer has answered it."""

    saves: tuple[Save, ...]
    #: Canonical JSON of each body, and the body as it will be read back.
    texts: tuple[str, ...]
    by: tuple[str, str]
    touch_batch: str
    answer: Future[list[Coding]] = field(default_factory=Future)


class Codings:
    """The codings of one matter, and the forms they are made by."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False
        #: Held while what is kept in memory changes.
        self._keeping = threading.Lock()
        self._now: dict[str, Coding] = {}
        self._last = 0
        self._opened = False
        self._bodies: dict[str, dict[str, Value]] = {}
        self._standing = Standing(self._now)

    # What there is

    def standing(self) -> Standing:
        """Return what stands of every document, by control number, as it is at this moment.

        It goes on showing what is saved later. Asking it of the database costs one small query.
        """
        with self.matter.engine.connect() as connection:
            self._refresh(connection)
            sound = self._opened or _names_what_stands(connection, self._now)
        if not sound and not self.matter.read_only:
            # Another command may be at work; the table is asked again the next time.
            with contextlib.suppress(DatabaseError):
                self.rebuilt()
        self._opened = True
        return self._standing

    def now(self, control: str) -> Coding | None:
        """Return what stands of one document; None where it is not coded."""
        return self.standing().get(control)

    def changes(self) -> int:
        """Return a number that grows with every coding, by any process."""
        self.standing()
        return self._last

    def since(self, last: int) -> list[Coding]:
        """Return the codings saved after one, by whatever process; of 0, those that stand."""
        self.standing()
        with self._keeping:
            if last == 0:
                return list(self._now.values())
            if self._last <= last:
                return []
        table = tables.codings
        with self.matter.engine.connect() as connection:
            fresh = sa.select(table).where(table.c.id > last).order_by(table.c.id)
            return [self._coding(row) for row in connection.execute(fresh)]

    def history(self, control: str) -> list[Coding]:
        """Return every coding of a document, the first one first."""
        table = tables.codings
        with self.matter.engine.connect() as connection:
            if not tables.holds(connection, table):
                return []
            query = sa.select(table).where(table.c.control == control).order_by(table.c.version)
            return [self._coding(row) for row in connection.execute(query)]

    def every(self) -> Iterator[Coding]:
        """Yield every coding of every document in the order saved."""
        table = tables.codings
        with self.matter.engine.connect() as connection:
            if tables.holds(connection, table):
                for row in connection.execute(sa.select(table).order_by(table.c.id)):
                    yield self._coding(row)

    def last_save(self, login: str) -> list[Coding]:
        """Return the codings somebody saved last, together; [] where there are none."""
        table = tables.codings
        mine = sa.select(table.c.id, table.c.entry).where(table.c.who == login)
        with self.matter.engine.connect() as connection:
            if not tables.holds(connection, table):
                return []
            last = connection.execute(mine.order_by(table.c.id.desc()).limit(1)).first()
            if last is None:
                return []
            saved = []
            # The rows of one save follow each other.
            before = sa.select(table).where(table.c.id <= last.id).order_by(table.c.id.desc())
            for row in connection.execute(before):
                if row.entry != last.entry:
                    break
                saved.append(self._coding(row))
        return saved[::-1]

    # What changes it

    def save(
        self, saves: Sequence[Save], by: tuple[str, str], touch_batch: str = ""
    ) -> list[Coding]:
        """Keep codings, all of them or none, and return them once they are on the disk.

        `touch_batch` is the batch whose holder is at work by saving. Raises StaleError,
        CodingError, DatabaseError.
        """
        if not saves:
            return []
        waiting = _Waiting(tuple(saves), _checked(saves), by, touch_batch)
        self._start()
        self._waiting.put(waiting)
        return waiting.answer.result()

    def rebuilt(self) -> int:
        """Make the table `coding_now` anew of the codings; returns how many documents it names."""
        with self.matter.writing() as connection:
            return rebuild(connection)

    def close(self) -> None:
        """Let the writer finish what waits, and end it."""
        with self._starting:
            self._closed = True
            writer, self._writer = self._writer, None
        if writer is not None:
            self._waiting.put(None)
            writer.join()

    # Forms

    def put_form(self, form: Form, by: tuple[str, str]) -> Form:
        """Keep a form as the next version of its name, and return it with that version."""
        with self.matter.writing() as connection:
            return forms.put(connection, form, by)

    def form(self, name: str, version: int = 0) -> Form:
        """Return a version of a form, the last one for 0. Raises NoFormError."""
        with self.matter.engine.connect() as connection:
            of_name = [form for form in forms.every(connection) if form.id == name]
        wanted = [form for form in of_name if version in (0, form.version)]
        if not wanted:
            raise forms.NoFormError(name, version)
        return wanted[-1]

    def forms(self) -> tuple[Form, ...]:
        """Return the last version of every form, by name."""
        with self.matter.engine.connect() as connection:
            return tuple({form.id: form for form in forms.every(connection)}.values())

    # The writer

    def _start(self) -> None:
        with self._starting:
            if self._closed:
                raise CodingError("The room is closed; nothing was saved. Open it again.")
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write_what_waits, name="codings", daemon=True
                )
                self._writer.start()

    def _write_what_waits(self) -> None:
        before, last = 0, 0
        while (first := self._waiting.get()) is not None:
            group, rows, ended = [first], len(first.saves), False
            # Whoever was answered just now often saves again at once: with several at work a moment
            # of patience makes one commit of two. Nobody who works alone waits.
            several = last > 1 or before > 1
            until = time.monotonic() + (_PATIENCE if several else 0)
            while len(group) < _MOST_SAVES and rows < _MOST_ROWS:
                left = until - time.monotonic() if len(group) < before + last else 0
                try:
                    waiting = self._waiting.get(block=left > 0, timeout=max(left, 0))
                except queue.Empty:
                    break
                if waiting is None:
                    ended = True
                    break
                group.append(waiting)
                rows += len(waiting.saves)
            self._answer(group)
            before, last = last, len(group)
            if ended:
                return

    def _answer(self, group: Sequence[_Waiting]) -> None:
        """Write saves together; where that fails for the sake of one, each by itself."""
        try:
            outcomes = self._written(group)
        except Exception as failed:  # noqa: BLE001 - the rim: whoever waits is told, and nobody else
            if isinstance(failed, MatterChangedError):
                self._forget()
            if len(group) == 1 or (isinstance(failed, DatabaseError) and failed.code):
                # What SQLite refuses for itself (full, locked, read-only) it refuses to all.
                for waiting in group:
                    waiting.answer.set_exception(failed)
                return
            for waiting in group:
                self._answer([waiting])
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, StaleError):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)

    def _written(self, group: Sequence[_Waiting]) -> list[list[Coding] | StaleError]:
        """Write in one transaction what is in order, and return what became of each."""
        saved: dict[str, Coding] = {}
        outcomes: list[list[Coding] | StaleError] = []
        acts, rows = [], []
        with self.matter.writing() as connection:
            # From here on nobody else writes, so what is known after this is what there is.
            self._refresh(connection)
            entry, last = journal.head(connection)[0], self._last
            at = datetime.now(UTC).isoformat(timespec="seconds")
            for waiting in group:
                made = self._made(waiting, last, at, saved)
                outcomes.append(made)
                if isinstance(made, StaleError):
                    continue
                last, entry = last + len(made), entry + 1
                saved.update({coding.control: coding for coding in made})
                own = [
                    _row(coding, text, entry)
                    for coding, text in zip(made, waiting.texts, strict=True)
                ]
                rows += own
                acts.append((_CODE, _facts(own), waiting.by))
            if acts:
                journal.append_all(connection, acts)
                _insert(connection, rows)
            for batch, login in {(waiting.touch_batch, waiting.by[0]) for waiting in group}:
                if batch:
                    batches.touch(connection, batch, login)
        # Nobody is shown what the disk does not have yet.
        with self._keeping:
            for coding in saved.values():
                self._keep(coding)
        return outcomes

    def _made(
        self, waiting: _Waiting, last: int, at: str, saved: Mapping[str, Coding]
    ) -> list[Coding] | StaleError:
        """Return the codings of one call, or why it cannot be: all of them or none."""
        made, theirs, stale = [], [], []
        for number, (save, text) in enumerate(zip(waiting.saves, waiting.texts), start=last + 1):
            stands = saved.get(save.control) or self._now.get(save.control)
            if (stands.version if stands else 0) != save.expected_version:
                stale.append(save.control)
                theirs += [stands] if stands else []
                continue
            made.append(
                Coding(
                    number, save.control, save.expected_version + 1, waiting.by[0], at, save.pass_,
                    save.batch, save.form, save.form_version, self._body(text), save.because,
                    stands.id if stands else 0, save.read,
                )
            )  # fmt: skip
        return StaleError(theirs, stale) if stale else made

    # What is kept in memory

    def _refresh(self, connection: sa.Connection) -> None:
        """Take in what was written since, by whatever process."""
        table = tables.codings
        if not tables.holds(connection, table):
            return
        with self._keeping:
            fresh = sa.select(table).where(table.c.id > self._last).order_by(table.c.id)
            for row in connection.execute(fresh):
                self._keep(self._coding(row))

    def _keep(self, coding: Coding) -> None:
        """Let a coding stand unless a later one does already; `_keeping` is held."""
        stands = self._now.get(coding.control)
        if stands is None or stands.version < coding.version:
            self._now[coding.control] = coding
        self._last = max(self._last, coding.id)

    def _forget(self) -> None:
        """Read everything again the next time: the database is another than it was."""
        with self._keeping:
            self._now.clear()
            self._last = 0

    def _coding(self, row: sa.Row[Any]) -> Coding:
        values: tuple[Any, ...] = tuple(row)
        id_, control, version, who, at, pass_, batch, form, form_version, body = values[:10]
        because, previous, read = values[10:13]
        return Coding(
            id_, control, version, who, at, Pass(pass_), batch, form, form_version,
            self._body(body), because, previous, read,
        )  # fmt: skip

    def _body(self, text: str) -> dict[str, Value]:
        """Return a body as read from its JSON; alike ones are one value."""
        if (body := self._bodies.get(text)) is None:
            if len(self._bodies) >= _MOST_BODIES:
                self._bodies.clear()
            body = self._bodies[text] = body_of(json.loads(text))
        return body


class Standing(Mapping[str, Coding]):
    """What stands of every document; it may be walked through while others save."""

    def __init__(self, now: dict[str, Coding]) -> None:
        self._now = now

    def __getitem__(self, control: str) -> Coding:
        return self._now[control]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._now))

    def __len__(self) -> int:
        return len(self._now)

    def __contains__(self, control: object) -> bool:
        return control in self._now

    def items(self) -> ItemsView[str, Coding]:
        """Return what stands at this moment."""
        return self._now.copy().items()

    def values(self) -> ValuesView[Coding]:
        """Return what stands at this moment."""
        return self._now.copy().values()


def rebuild(connection: sa.Connection) -> int:
    """Make `coding_now` anew in the caller's transaction; returns how many documents it names."""
    connection.execute(sa.delete(tables.coding_now))
    stand = _standing_rows()
    columns = [tables.coding_now.c[name] for name in ("control", "version", "coding", "body")]
    connection.execute(sa.insert(tables.coding_now).from_select(columns, stand))
    return connection.scalar(sa.select(sa.func.count()).select_from(tables.coding_now)) or 0


def heal(matter: Matter) -> bool:
    """Make `coding_now` anew where it does not name what stands; says whether it did not."""
    with matter.engine.connect() as connection:
        if not tables.holds(connection, tables.coding_now) or not any(now_broken(connection)):
            return False
    with matter.writing() as connection:
        rebuild(connection)
    return True


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield name ("FW00000012/3": document and version) and digest of each coding."""
    for row in connection.execute(sa.select(tables.codings).order_by(tables.codings.c.id)):
        yield f"{row.control}/{row.version}", committed.digest(dict(row._mapping))  # noqa: SLF001


def now_broken(connection: sa.Connection) -> Iterator[str]:
    """Yield a sentence for each document of which `coding_now` names another coding than stands."""
    now = tables.coding_now
    names = ("control", "version", "coding", "body")
    expected = {row.control: tuple(row) for row in connection.execute(_standing_rows())}
    for row in connection.execute(sa.select(*(now.c[name] for name in names))):
        if expected.pop(row.control, None) != tuple(row):
            yield (
                f"what stands of {row.control}: coding_now is not what its codings say; opening "
                "the room or `forthwith process` makes it anew"
            )
    for control in expected:
        yield (
            f"what stands of {control}: coding_now lacks it; opening the room or `forthwith "
            "process` makes it anew"
        )


def _standing_rows() -> sa.Select[Any]:
    """Return the query of what stands, as `coding_now` has it."""
    table = tables.codings
    last = sa.select(sa.func.max(table.c.version).label("version"), table.c.control)
    of = last.group_by(table.c.control).subquery()
    same = (of.c.control == table.c.control) & (of.c.version == table.c.version)
    columns = (table.c.control, table.c.version, table.c.id.label("coding"), table.c.body)
    return sa.select(*columns).join(of, same)


def _names_what_stands(connection: sa.Connection, now: Mapping[str, Coding]) -> bool:
    """Say whether `coding_now` names as many codings as stand, and the same by their sum."""
    table = tables.coding_now
    if not tables.holds(connection, table):
        return True
    query = sa.select(sa.func.count(), sa.func.sum(table.c.coding)).select_from(table)
    count, total = connection.execute(query).one()
    return (count, total or 0) == (len(now), sum(coding.id for coding in now.values()))


def _checked(saves: Sequence[Save]) -> tuple[str, ...]:
    """Return the canonical JSON of each body. Raises CodingError for what no database takes."""
    seen = set()
    for save in saves:
        if save.control in seen:
            raise CodingError(f"{save.control} is named twice in one save; nothing was saved.")
        seen.add(save.control)
        plain = (save.control, save.batch, save.form, save.because, save.read)
        if not save.control or any("\0" in text for text in plain):
            raise CodingError(
                f"The coding of {save.control!r} holds a sign that no database takes, or names no "
                "document; nothing was saved."
            )
    try:
        texts = tuple(journal.canonical(save.body) for save in saves)
        "".join((*texts, *(f"{save.control}{save.because}" for save in saves))).encode()
    except (TypeError, ValueError) as wrong:
        # Half a pair of surrogates is no character.
        raise CodingError(
            f"A coding cannot be written down: {wrong}. Nothing was saved."
        ) from wrong
    return texts


def _row(coding: Coding, text: str, entry: int) -> dict[str, Any]:
    return {
        "id": coding.id, "control": coding.control, "version": coding.version, "who": coding.who,
        "at": coding.at, "pass": coding.pass_.value, "batch": coding.batch, "form": coding.form,
        "form_version": coding.form_version, "body": text, "because": coding.because,
        "previous": coding.previous, "read": coding.read, "entry": entry,
    }  # fmt: skip


def _facts(own: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what an entry says of one save: its rows by digest, and what they have in common."""
    digests = {f"{row['control']}/{row['version']}": committed.digest(row) for row in own}
    said = {"ids": [own[0]["id"], own[-1]["id"]], "documents": len(own)}
    said |= {name: own[0][name] for name in ("pass", "batch", "form") if own[0][name]}
    return {**said, committed.KEY: {tables.codings.name: digests}}


def _insert(connection: sa.Connection, fresh: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(fresh), _INSERTED_AT_ONCE):
        part = fresh[start : start + _INSERTED_AT_ONCE]
        connection.execute(sa.insert(tables.codings), part)
        # In order: where one document was saved twice, the later one stands.
        stand = [{**{n: row[n] for n in ("control", "version", "body")}, "coding": row["id"]}
                 for row in part]  # fmt: skip
        connection.execute(_STANDS, stand)
