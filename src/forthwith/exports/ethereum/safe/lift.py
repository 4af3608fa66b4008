"""Safes as the Safe Transaction Service exports them: who could move their assets, since when.

Read are the answers to `/api/v1/safes/ADDRESS/` (one, a list, or a page with `results`) and, for
the past, those that `history` names; several files of several Safes in one import are joined by
address. Each Safe becomes a wallet with these paths: its owners at the threshold (signing), the
same to change owners, threshold, modules or guard (policy_change), and each enabled module alone
(software, policy_change), since a module moves assets and changes owners without any owner's
signature (ModuleManager.sol). With a past, each path has a row from change to change, to the
second. Where the past has holes or cannot be read, rows are conditions, and a further path is open.

What the contract's code is, the export does not say; nothing here claims that the paths are all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forthwith.domain.fact_tables import Lifted
from forthwith.domain.period import NotADayError, day, instant_text
from forthwith.exports.ethereum.address import checksummed
from forthwith.exports.ethereum.safe.history import (
    Histories,
    Waiting,
    is_creation,
    is_delegate,
    is_transaction,
)
from forthwith.exports.ethereum.safe.info import Safe, sound
from forthwith.exports.ethereum.safe.releases import stock_handler
from forthwith.exports.ethereum.safe.replay import (
    OWN_HANDLER,
    Doubt,
    Replay,
    State,
    Stretch,
    foreign_code,
    state_of,
)
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.tables.rows import Rows, all_of, at_least, ident
from forthwith.plain import json_document

_AGAIN = "Compare with the chain and export it again"
_SHAPES = (
    "Give answers of the Safe Transaction Service: /api/v1/safes/ADDRESS/, its creation/, "
    "all-transactions/, multisig-transactions/ or module-transactions/"
)
#: A page of Safes or transactions has these beside its results.
_PAGE_KEYS = frozenset(("count", "countUniqueNonce", "next", "previous", "results"))
#: The contract asks a guard from this release on, and a module guard from that.
_GUARDS_SINCE, _MODULE_GUARDS_SINCE = (1, 3, 0), (1, 5, 0)
#: From here on a handler, not the Safe's own code, answers whether a signature is good (ERC-1271).
_HANDLER_SINCE = (1, 3, 0)
_OPEN_PATHS = ("signing", "software", "policy_change")
_MOST_REASONS = 2


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return the rows of exports together; a wallet's id in the options is for a single Safe.

    A Safe that owns another is told from an ordinary key only when both are given.
    """
    wallet = options.wallet
    rows = Rows(files[0][0] if files else "", options.stamp)
    reader = _Reader(rows)
    for name, data in files:
        rows.file = name
        reader.take(name, data)
    reader.histories.finish(reader.safes)
    lives = reader.lives()
    if wallet and len(lives) > 1:
        rows.file = files[0][0]
        rows.fault(f"{len(lives)} Safes cannot all be wallet {wallet}", "Give no wallet id")
        wallet = ""
    for life in lives.values():
        rows.file = life.file
        _Lift(life, lives, rows, wallet or f"safe:{life.address}").write()
    return rows.lifted()


@dataclass(frozen=True, slots=True)
class _Life:
    """One Safe with its states and doubts over time; instants and days as rows write them."""

    address: str
    file: str
    #: (from, to, state), oldest first; "" is "still".
    states: tuple[tuple[str, str, State], ...]
    #: (from, to, why, the state may have been another).
    doubts: tuple[tuple[str, str, str, bool], ...]
    #: Names of owners and modules, where the export gives them.
    names: Mapping[str, str]
    #: Proposals that owners signed and nobody has sent yet.
    waiting: tuple[Waiting, ...] = ()


class _Reader:
    """Sorts the contents of files into Safes and their pasts."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.safes: dict[str, Safe] = {}
        self._files: dict[str, str] = {}
        self.histories = Histories(rows)

    def take(self, name: str, data: bytes) -> None:
        """Read one file."""
        try:
            value = json_document.load(data)
        except json_document.NotJsonError as wrong:
            self._rows.fault(f"It {wrong}", "Export the Safe again, or mend the file")
            return
        if isinstance(value, dict) and isinstance(value.get("results"), list):
            self._page(name, value, value["results"])
        elif isinstance(value, list):
            if not value:
                self._rows.fault("It holds no Safe", "Export /api/v1/safes/ADDRESS of each Safe")
            if value and all(isinstance(entry, dict) and is_transaction(entry) for entry in value):
                self.histories.page(name, {}, value)
            else:
                self._entries(name, value)
        else:
            self._entries(name, [value])

    def _page(self, name: str, page: dict[str, Any], entries: list[Any]) -> None:
        if all(isinstance(entry, dict) and is_transaction(entry) for entry in entries):
            # An empty list says something too: of modules' transactions there were none.
            self.histories.page(name, page, entries)
            return
        self._rows.unread += [f"page.{key}" for key in page if key not in _PAGE_KEYS]
        if page.get("next"):
            self._rows.fault("It is one page of several", "Export all pages, or join their results")
        self._entries(name, entries)

    def _entries(self, name: str, entries: list[Any]) -> None:
        delegates = 0
        for number, entry in enumerate(entries, 1):
            where = f" {number}" if len(entries) > 1 else ""
            if not isinstance(entry, dict) or {"owners", "threshold"} & entry.keys():
                self._safe(name, entry, where)
            elif is_creation(entry):
                self.histories.create(name, entry)
            elif is_transaction(entry):
                self.histories.page(name, {}, [entry])
            elif is_delegate(entry):
                delegates += 1
            else:
                keys = ", ".join(sorted(map(str, entry))[:6])
                what = f"Entry{where} is no answer that is known here (keys {keys})"
                self._rows.fault(what, _SHAPES)
        if delegates:
            self._rows.notes.append(
                f"{name}: {delegates} delegates may propose transactions and sign none; they are "
                "no path."
            )

    def _safe(self, name: str, entry: Any, where: str) -> None:
        safe = sound(entry, self._rows, where)
        if safe is None:
            return
        if safe.address in self.safes:
            self._rows.fault(
                f"Safe {safe.address} is given twice", "Leave one state for these days"
            )
        self.safes.setdefault(safe.address, safe)
        self._files.setdefault(safe.address, name)

    def lives(self) -> dict[str, _Life]:
        """Return every Safe with its states over time; one whose past is impossible is a fault."""
        lives = {}
        for place in dict.fromkeys((*self.safes, *self.histories.by_safe)):
            history = self.histories.by_safe.get(place)
            self._rows.file = self._files.get(place) or next(
                (event.file for event in history.transactions.values()) if history else iter(()),
                self._rows.file,
            )
            # A page of the queue alone, beside the present state, tells nothing of the past.
            queue = place in self.safes and history is not None and history.only_queued
            if history is not None and history.given and not queue:
                life = self._past(place)
            else:
                life = self._present(self.safes[place])
            if life is not None:
                lives[place] = life
        return lives

    def _names(self, place: str) -> dict[str, str]:
        safe = self.safes.get(place)
        return {**safe.modules, **safe.owners} if safe else {}

    def _present(self, safe: Safe) -> _Life | None:
        stamp = self._rows.stamp
        if not stamp.start:
            self._rows.fault(
                f"The state of Safe {safe.address} carries no day, and no transactions date it",
                "Say --from, the first day for which it holds, or give its transactions too",
            )
            return None
        state = state_of(safe)
        doubts = []
        if state.release is None:
            doubts.append((stamp.start, stamp.end, foreign_code(state), True))
        if state.handler == safe.address and (state.release or (0, 0, 0)) < (1, 4, 0):
            doubts.append((stamp.start, stamp.end, OWN_HANDLER, False))
        states = ((stamp.start, stamp.end, state),)
        name = self._rows.file
        history = self.histories.by_safe.get(safe.address)
        waiting = history.waiting(safe.nonce) if history else ()
        return _Life(safe.address, name, states, tuple(doubts), self._names(safe.address), waiting)

    def _past(self, place: str) -> _Life | None:
        history, rows = self.histories.by_safe[place], self._rows
        said = f"Safe {checksummed(place)}"
        made = Replay(place, history, self.safes.get(place), _midnight(rows.stamp.start)).run()
        if made.fault:
            rows.fault(f"{said}: {made.fault}", _AGAIN)
            return None
        executed = len(history.transactions)
        rows.notes.append(
            f"{said}: {executed} executed transactions replayed, {len(made.stretches)} states; "
            "the times are those of their blocks."
        )
        if place not in self.safes:
            rows.notes.append(
                f"{said}: its present state (/api/v1/safes/ADDRESS/) was not given, so nothing "
                "checks what its history leads to, nor whether newer transactions are missing."
            )
        rows.notes += [f"{said}: {note}." for note in made.notes]
        rows.notes += [f"{said}: {doubt.why}; {_until(doubt)}." for doubt in made.doubts]
        end = _midnight(rows.stamp.end)
        states = [
            (*text, stretch.state)
            for stretch in made.stretches
            if (text := _text(stretch, end, rows.stamp.end))
        ]
        doubts = [
            (*text, doubt.why, doubt.loose)
            for doubt in made.doubts
            if (text := _text(doubt, end, rows.stamp.end))
        ]
        safe = self.safes.get(place)
        waiting = history.waiting(safe.nonce if safe else None)
        return _Life(place, rows.file, tuple(states), tuple(doubts), self._names(place), waiting)


def _until(doubt: Doubt) -> str:
    stretch = f"from {instant_text(doubt.start)}"
    if doubt.end is not None:
        stretch += f" to {instant_text(doubt.end)}"
    loose = "its owners and threshold are not certain" if doubt.loose else "its states are certain"
    return f"{stretch} {loose} and one path more is open"


def _midnight(text: str) -> datetime | None:
    try:
        found = day(text)
    except NotADayError:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _text(row: Stretch | Doubt, limit: datetime | None, limit_text: str) -> tuple[str, str] | None:
    """Return a stretch as rows write it, cut at the stamp's end; None where nothing is left."""
    if row.end == row.start or (limit is not None and row.start >= limit):
        return None
    if limit is not None and (row.end is None or row.end > limit):
        return instant_text(row.start), limit_text
    return instant_text(row.start), instant_text(row.end) if row.end else ""


class _Spans:
    """Rows without their days, and for each the stretches in which it holds, joined."""

    def __init__(self) -> None:
        self._spans: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[str, str]]] = {}

    def add(self, start: str, end: str, table: str, **cells: str) -> None:
        """Say that a row holds from `start` to `end`."""
        self._spans.setdefault((table, tuple(cells.items())), []).append((start, end))

    def __iter__(self) -> Iterator[tuple[str, str, str, dict[str, str]]]:
        """Yield (from, to, table, cells); stretches that touch are one."""
        for (table, cells), spans in self._spans.items():
            joined: list[tuple[str, str]] = []
            for start, end in sorted(spans, key=lambda span: _when(span[0])):
                if joined and (not joined[-1][1] or _when(joined[-1][1]) >= _when(start)):
                    last_start, last_end = joined[-1]
                    longer = "" if not last_end or not end else max(last_end, end, key=_when)
                    joined[-1] = (last_start, longer)
                else:
                    joined.append((start, end))
            for start, end in joined:
                yield start, end, table, dict(cells)


def _when(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class _Lift:
    """Writes the rows of one Safe among all that were given."""

    def __init__(self, life: _Life, lives: Mapping[str, _Life], rows: Rows, wallet: str) -> None:
        self._life, self._lives, self._rows, self._wallet = life, lives, rows, wallet
        self._said = f"Safe {checksummed(life.address)}"
        self._spans = _Spans()

    def write(self) -> None:
        """Write the wallet, its means, its paths and what a person must know."""
        rows, place = self._rows, self._life.address
        # No asset: a Safe holds whatever is sent to it, and a name here would rule the rest out.
        rows.add("wallets", id=self._wallet, address=checksummed(place))
        for start, end, state, loose in _cut(self._life):
            self._state(start, end, state, loose, self._assumed(start, loose))
        for start, end, why, means in _unread(self._life):
            self._open(start, end, why, means)
        self._signed_already()
        for start, end, table, cells in self._spans:
            rows.add(table, (start, end), **cells)
        self._notes()

    def _assumed(self, start: str, loose: str) -> str:
        """Return what a certain row after a hole rests on; "" where there was none."""
        ended = [why for _, end, why, doubted in self._life.doubts
                 if doubted and end and _when(end) <= _when(start)]  # fmt: skip
        if loose or not ended:
            return ""
        return (
            f"{self._said}: this rests on nothing in what is missing having hidden an owner or a "
            f"module from the lists the service reads ({ended[0]})."
        )

    def _state(self, start: str, end: str, state: State, loose: str, note: str) -> None:
        owners = [self._means(owner, "key", "owner") for owner in self._ordered(state.owners)]
        scope = f"when={loose}" if loose else ""
        # A threshold that is not known, or that no owner could meet, makes no formula.
        if 0 < state.threshold <= len(owners):
            signing = at_least(state.threshold, owners)
            self._path(start, end, "signing", signing, scope, note)
            self._path(start, end, "policy_change", signing, scope, note)
        # The guard is asked in owners' transactions of every sort, changes of owners included. As
        # an approval that nobody enforces it keeps an answer from *shown* and excludes nothing.
        self._guard(start, end, state, "guard", "signing", "policy_change")
        for module in self._ordered(state.modules):
            self._module(start, end, module, scope)
        if state.modules:
            self._guard(start, end, state, "module_guard", "software")

    def _signed_already(self) -> None:
        """Write what it takes to send a proposal that owners have signed: fewer of them.

        Their signatures lie at the service, and whoever has enough of them sends: no owner has to.
        """
        for start, end, state, row, sender in _proposed(self._life):
            signed = row.signers & state.owners
            words = f"{row.said}, which {len(signed)} of {state.threshold} owners signed, is sent"
            if len(signed) < state.threshold:
                left = self._ordered(state.owners - signed)
                owners = [self._means(owner, "key", "owner") for owner in left]
                formula = at_least(state.threshold - len(signed), owners)
            else:
                formula, label = sender, f"whoever sends {row.said}, which enough owners signed"
                self._rows.add("means", id=formula, kind="vendor_path", label=label)
            for path in ("signing", "policy_change") if row.changes else ("signing",):
                self._path(start, end, path, formula, f"when={words}")
            self._rows.notes.append(
                f"{self._said}: {row.said} waits, signed by {len(signed)} of {state.threshold} "
                "owners: whoever sends it needs no more than the rest of them."
            )

    def _ordered(self, places: frozenset[str]) -> list[str]:
        """Return addresses as the export lists them, those of the past by address after them."""
        known = [place for place in self._life.names if place in places]
        return [*known, *sorted(places.difference(known))]

    def _path(
        self, start: str, end: str, path: str, formula: str, scope: str, note: str = ""
    ) -> None:
        cells = {"wallet": self._wallet, "path": path, "formula": formula, "scope": scope}
        if note:
            cells["note"] = note
        self._spans.add(start, end, "policies", **cells)

    def _open(self, start: str, end: str, why: str, means: str) -> None:
        """Leave one path more open where the past cannot be read."""
        self._rows.add("means", id=means, kind="vendor_path", label=f"unread: {why}")
        for path in _OPEN_PATHS:
            self._path(start, end, path, means, f"when={why}", f"{self._said}: {why}.")

    def _means(self, place: str, kind: str, what: str) -> str:
        """Return the id of what acts as this address, its rows written."""
        label = f"{checksummed(place)} {what} {self._life.names.get(place, '')}".strip()
        if (other := self._lives.get(place)) is None:
            means = f"{kind}:{place}"
            sort = "key" if kind == "key" else "vendor_path"
            self._rows.add("means", id=means, kind=sort, label=label, address=checksummed(place))
            return means
        means = f"safe:{place}"
        label = f"acting as Safe {checksummed(place)}"
        self._rows.add("means", id=means, kind="role", label=label, address=checksummed(place))
        if place != self._life.address:
            _Acting(other, self._lives, self._rows, means).write()
        return means

    def _module(self, start: str, end: str, module: str, scope: str) -> None:
        means = self._means(module, "module", "module")
        note = (
            f"{self._said}: module {checksummed(module)} moves its assets and changes its owners "
            "without their signatures; who controls the module is not in the export, so it is "
            "open to anybody until a completeness row closes it."
        )
        self._path(start, end, "software", means, scope, note)
        self._path(start, end, "policy_change", means, scope, note)
        self._rows.notes.append(note)

    def _guard(self, start: str, end: str, state: State, key: str, *paths: str) -> None:
        """Write what a guard asks on these paths."""
        place, what = getattr(state, key), _GUARD_WORDS[key]
        if not place:
            return
        since = _GUARDS_SINCE if key == "guard" else _MODULE_GUARDS_SINCE
        if state.release is not None and state.release < since:
            self._rows.notes.append(
                f"{self._said}: {what} {checksummed(place)} is set, and its release "
                f"{'.'.join(map(str, state.release))} asks none; it is left out."
            )
            return
        means = f"guard:{place}"
        label = f"{checksummed(place)} consent of the {what}"
        self._rows.add(
            "means", id=means, kind="vendor_path", label=label, address=checksummed(place)
        )
        note = (
            f"{self._said}: {what} {checksummed(place)} may refuse transactions; what it asks is "
            "in its code, not in the export, so nothing is shown past it and nothing excluded by "
            "it."
        )
        for path in paths:
            self._spans.add(
                start,
                end,
                "approvals",
                wallet=self._wallet,
                path=path,
                formula=means,
                enforced_by="",
                note=note,
            )
        self._rows.notes.append(note)

    def _notes(self) -> None:
        notes = self._rows.notes
        for _, _, state in self._life.states:
            if state.release is None:
                notes.append(
                    f"{self._said}: version {state.version!r} of its singleton "
                    f"{state.singleton or '(not given)'} is no release of the Safe contracts known "
                    "here; its code may open other ways."
                )
            if state.handler and not stock_handler(state.handler):
                notes.append(
                    f"{self._said}: fallback handler {checksummed(state.handler)} is none of the "
                    "releases'. It moves nothing by itself, but it says in the Safe's name which "
                    "signatures are good (ERC-1271), which others may take for its owners' word."
                )
        notes.append(
            f"{self._said}: an owner may itself be a contract; it is told from a key only when its "
            "own export is given together with this one."
        )


_GUARD_WORDS = {"guard": "guard", "module_guard": "module guard"}


def _cut(life: _Life) -> Iterator[tuple[str, str, State, str]]:
    """Yield (from, to, state, why it may have been another), cut where doubts begin and end."""
    loose = [(start, end, why) for start, end, why, is_loose in life.doubts if is_loose]
    marks = {mark for start, end, _ in loose for mark in (start, end) if mark}
    for start, end, state in life.states:
        inside = sorted(
            (
                mark
                for mark in marks
                if _when(start) < _when(mark) and (not end or _when(mark) < _when(end))
            ),
            key=_when,
        )
        for begin, finish in zip([start, *inside], [*inside, end], strict=True):
            whys = [
                why
                for first, last, why in loose
                if _when(first) <= _when(begin) and (not last or _when(begin) < _when(last))
            ]
            whys = list(dict.fromkeys(whys))
            words = " and ".join(whys[:_MOST_REASONS])
            left = len(whys) - _MOST_REASONS
            yield begin, finish, state, f"{words} and {left} more" if left > 0 else words


def _proposed(life: _Life) -> Iterator[tuple[str, str, State, Waiting, str]]:
    """Yield (from, to, state, proposal, means of sending it) while owners of it have signed."""
    for number, row in enumerate(life.waiting, 1):
        sender = ident("signed", f"safe:{life.address}:{row.nonce}-{number}")
        since = instant_text(row.since) if row.since else ""
        for start, end, state in life.states:
            begin = max(filter(None, (start, since)), key=_when)
            if end and _when(end) <= _when(begin):
                continue
            if row.signers & state.owners and 0 < state.threshold <= len(state.owners):
                yield begin, end, state, row, sender


def _unread(life: _Life) -> Iterator[tuple[str, str, str, str]]:
    """Yield (from, to, why, means): each reason is one means, however often it holds."""
    numbers = {why: n for n, why in enumerate(dict.fromkeys(row[2] for row in life.doubts), 1)}
    for start, end, why, _ in life.doubts:
        yield start, end, why, ident("unread", f"safe:{life.address}:{numbers[why]}")


class _Acting:
    """Writes who acts as a Safe that owns another one or is a module of it."""

    def __init__(self, life: _Life, lives: Mapping[str, _Life], rows: Rows, means: str) -> None:
        self._life, self._lives, self._rows, self._means = life, lives, rows, means
        self._spans = _Spans()

    def write(self) -> None:
        """Write a grant for each way to act as the Safe."""
        for start, end, state, loose in _cut(self._life):
            self._state(start, end, state, f"if {loose} and yet this held" if loose else "")
        for start, end, why, means in _unread(self._life):
            self._rows.add("means", id=means, kind="vendor_path", label=f"unread: {why}")
            self._grant(start, end, means, f"if {why}")
        for start, end, state, row, sender in _proposed(self._life):
            # What it would do for the Safe it owns is in its data, and not read for that.
            signed = row.signers & state.owners
            left = [self._id(owner, "key") for owner in self._ordered(state.owners - signed)]
            condition = f"if {row.said}, signed by {len(signed)} owners, acts for it and is sent"
            needed = state.threshold - len(signed)
            self._grant(start, end, at_least(needed, left) if needed > 0 else sender, condition)
        for start, end, table, cells in self._spans:
            self._rows.add(table, (start, end), **cells)

    def _grant(self, start: str, end: str, means: str, condition: str) -> None:
        cells = {"means": means, "gives": self._means}
        if condition:
            cells["condition"] = condition
        self._spans.add(start, end, "grants", **cells)

    def _state(self, start: str, end: str, state: State, loose: str) -> None:
        owners = [self._id(owner, "key") for owner in self._ordered(state.owners)]
        for module in self._ordered(state.modules):
            self._grant(start, end, self._id(module, "module"), loose)
        release = state.release
        guarded = state.guard and (release is None or release >= _GUARDS_SINCE)
        if 0 < state.threshold <= len(owners):
            signing = at_least(state.threshold, owners)
            if guarded:
                self._grant(start, end, all_of([signing, f"guard:{state.guard}"]), loose)
                past = "if they sign past its guard (ERC-1271)"
                self._grant(start, end, signing, loose or past)
            else:
                self._grant(start, end, signing, loose)
        handler = state.handler
        if (
            handler
            and not stock_handler(handler)
            and (release is None or release >= _HANDLER_SINCE)
        ):
            means = f"handler:{handler}"
            label = f"{checksummed(handler)} fallback handler"
            self._rows.add(
                "means", id=means, kind="vendor_path", label=label, address=checksummed(handler)
            )
            condition = "if its fallback handler calls signatures good in its name (ERC-1271)"
            self._grant(start, end, means, condition)

    def _ordered(self, places: frozenset[str]) -> list[str]:
        known = [place for place in self._life.names if place in places]
        return [*known, *sorted(places.difference(known))]

    def _id(self, place: str, kind: str) -> str:
        return f"{'safe' if place in self._lives else kind}:{place}"
