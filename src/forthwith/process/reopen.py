"""Reopen: decode a document's bytes again from its blob and its locator.

What lies inside a container is never stored twice; whoever needs it asks here, and gets exactly the
bytes that were read, proved by their digest, or the Fault that says why not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Limits,
    Reading,
)
from forthwith.formats import readers
from forthwith.formats.chat import exports, rsmf, slack
from forthwith.formats.sniff import media_type as sniff
from forthwith.process import bundle, received
from forthwith.process.places import steps_of
from forthwith.process.units import extension_of
from forthwith.record.evidence import EvidenceStore

_CHATS = slack.MEDIA_TYPES | rsmf.MEDIA_TYPES
#: Decoded containers kept at hand, because the next document asked for often lies in the same one.
_KEPT = 4
_KEPT_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class _Level:
    """One level on the way down: its bytes, and its reading where the parent already knew it."""

    source: ByteSource
    name: str
    reading: Callable[[], Reading] | None = None


@dataclass(slots=True)
class Reopener:
    """Decodes bytes out of one evidence store."""

    evidence: Path
    limits: Limits = field(default_factory=Limits)
    #: Those that opened what is encrypted when it was read.
    passwords: tuple[str, ...] = field(default=(), repr=False)
    #: Of what was opened last: it knows which password fitted.
    _budget: Budget = field(default_factory=Budget, repr=False)
    _kept: dict[tuple[str, str], _Level] = field(default_factory=dict)

    def open(self, blob: str, name: str, locator: str, sha256: str) -> bytes | Fault:
        """Return the bytes at `locator` in `blob`, proved against `sha256`.

        `name` is that of the collected item; only its extension counts.
        """
        try:
            data = self._open(blob, f"item{extension_of(name)}", _groups(steps_of(locator)))
        except UnreadableError as unreadable:
            return unreadable.fault
        if isinstance(data, Fault) or hashlib.sha256(data).hexdigest() == sha256:
            return data
        detail = f"the bytes at {locator or 'the item'} are not those that were read ({sha256})"
        return Fault(FaultReason.DISAGREEMENT, detail, lost=True)

    def _open(self, blob: str, name: str, steps: tuple[str, ...]) -> bytes | Fault:
        store = EvidenceStore(self.evidence)
        with store.open(blob) as source:
            if not steps:
                return source.read(0, source.size)
            place, opened = self._deepest(blob, steps, _Level(source, name))
            for count in range(place, len(steps) - 1):
                level = self._step(store, opened, steps[count])
                if isinstance(level, Fault):
                    return level
                opened = level
                self._keep(blob, steps[: count + 1], opened)
            return self._last(store, opened, steps[-1])

    def _deepest(self, blob: str, steps: tuple[str, ...], start: _Level) -> tuple[int, _Level]:
        """Return the deepest container on the way that is at hand."""
        for count in range(len(steps) - 1, 0, -1):
            if kept := self._kept.get((blob, "/".join(steps[:count]))):
                return count, kept
        return 0, start

    def _keep(self, blob: str, steps: tuple[str, ...], opened: _Level) -> None:
        if opened.reading is None and opened.source.size <= _KEPT_BYTES:
            self._kept[blob, "/".join(steps)] = opened
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))

    def _step(self, store: EvidenceStore, above: _Level, step: str) -> _Level | Fault:
        """Open one container on the way down."""
        hint = self._hint(above)
        if not self._by_reading(above, hint, step):
            data = readers.open_step(above.source, step, hint)
            return data if isinstance(data, Fault) else _Level(InMemory(data), "")
        for child in (self._reading(store, above, hint).children or tuple)():
            if isinstance(child, Child) and child.step == step:
                if child.reading is not None:
                    return _Level(InMemory(b""), child.name, child.reading)
                data = child.load()
                return data if isinstance(data, Fault) else _Level(InMemory(data), child.name)
        return Fault(FaultReason.MISSING, f"no part {step!r} there", lost=True, step=step)

    def _last(self, store: EvidenceStore, above: _Level, step: str) -> bytes | Fault:
        if above.reading is None and _is_bundle(above) and received.is_received(above.source):
            return received.native(store, above.source, step)
        hint = self._hint(above)
        if self._by_reading(above, hint, step):
            return readers.open_among(self._reading(store, above, hint), step)
        return readers.open_step(above.source, step, hint)

    def _by_reading(self, above: _Level, hint: Hint, step: str) -> bool:
        """Say whether what lies inside is known to the parent's reading alone (chat days)."""
        if above.reading is not None or _is_bundle(above) or hint.media_type in _CHATS:
            return True
        return hint.media_type == exports.ZIP and exports.holds_days(above.source, step)

    def _hint(self, above: _Level) -> Hint:
        media_type = "" if above.reading else sniff.media_type(above.source, above.name)
        self._budget = Budget(self.limits, password=self._budget.password)
        return Hint(above.name, media_type, self._budget, passwords=self.passwords)

    def _reading(self, store: EvidenceStore, above: _Level, hint: Hint) -> Reading:
        if above.reading is not None:
            return above.reading()
        if _is_bundle(above):
            return bundle.reading(store, above.source, self.limits, self.passwords)
        return readers.read(above.source, hint)


def _is_bundle(opened: _Level) -> bool:
    return opened.source.read(0, len(bundle.MARK)) == bundle.MARK


def _groups(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Join the steps that one container opens in one go: a message of a store, its attachment."""
    groups: list[str] = []
    for step in steps:
        if groups and step.startswith("att:") and groups[-1].startswith(("node:", "att:")):
            groups[-1] += f"/{step}"
        else:
            groups.append(step)
    return tuple(groups)
