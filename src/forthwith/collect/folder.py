"""Collect a file or a folder: every byte stream into the evidence store, once, with where it lay.

What cannot be read is an item with its fault; what cannot be written ends the collection. A folder
may be of any depth.

Nothing is opened or expanded here; `process` does that. Links and devices are not followed: each
becomes an item with a fault, so that it is seen. A folder that is itself one export (Slack, RSMF)
becomes one item, a bundle, because its files mean nothing apart; so does a chat's export with the
files beside it that it names (WhatsApp, Google Chat), and the rest of its folder stays as it is.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from forthwith.collect import opened
from forthwith.domain.errors import ForthwithError
from forthwith.domain.items import Item, Shape, Source
from forthwith.formats.chat import exports
from forthwith.formats.chat.attachments import is_chat_name, is_slack
from forthwith.plain import folders
from forthwith.plain.folders import Entry, Kind
from forthwith.record import journal, sources
from forthwith.record.evidence import Blob, EvidenceStore
from forthwith.record.matter import Matter

#: A larger file is no chat's text or list of messages.
_LARGEST_CHAT = 128 << 20
_DEVICE = "device, pipe or socket"


class NothingThereError(ForthwithError):
    """The path to collect does not exist."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not exist; nothing was collected. Check the path.")


class InsideMatterError(ForthwithError):
    """The path to collect holds the matter, or lies in it."""

    def __init__(self, path: Path, matter: Path) -> None:
        super().__init__(
            f"{path} and the matter {matter} lie inside one another; a matter cannot collect "
            "itself. Keep evidence in a folder of its own."
        )


@dataclass(frozen=True, slots=True)
class Collection:
    """What one collection did."""

    source: Source | None
    items: int
    #: Items already held from this place for this custodian.
    known: int
    bytes: int
    faults: int
    #: Of those with a fault: kept, as far as they stood still.
    changed: int = 0


def collect(
    matter: Matter, path: Path, custodian: str, tick: Callable[[int], None] | None = None
) -> Collection:
    """Collect everything at `path` for `custodian`; a second time adds nothing.

    Raises NothingThereError, InsideMatterError.
    """
    check_place(matter, path)
    origin = path.resolve()
    store = matter.evidence
    store.sweep()
    with matter.engine.connect() as connection:
        known = sources.known(connection, custodian, str(origin))
    try:
        if path.is_dir() and not path.is_symlink():
            items = list(_Folder(store, path, tick).items())
        else:
            items = [alone(store, path, tick)]
        fresh = [item for item in items if _is_new(item, known)]
        source = _keep(matter, custodian, str(origin), fresh) if fresh else None
    except BaseException:
        # Unless the tables say so after all, nothing is told of what was stored.
        with contextlib.suppress(ForthwithError), matter.engine.connect() as connection:
            if sources.known(connection, custodian, str(origin)).keys() == known.keys():
                store.take_back()
        raise
    return Collection(
        source,
        len(fresh),
        len(items) - len(fresh),
        sum(item.size for item in fresh),
        sum(bool(item.fault) for item in fresh),
        sum(bool(item.fault and item.blob) for item in fresh),
    )


def check_place(matter: Matter, path: Path) -> None:
    """Refuse a place nothing can be collected from. Raises NothingThereError, InsideMatterError."""
    if not os.path.lexists(path):
        raise NothingThereError(path)
    origin, home = path.resolve(), matter.folder.resolve()
    if origin.is_relative_to(home) or home.is_relative_to(origin):
        raise InsideMatterError(path, matter.folder)


def _keep(matter: Matter, custodian: str, origin: str, fresh: list[Item]) -> Source:
    matter.evidence.sync()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with matter.writing() as connection:
        name = sources.next_source(connection)
        source = Source(name, custodian, origin, now)
        numbered = [
            replace(item, id=f"{name}/{place:06d}", source=name)
            for place, item in enumerate(fresh, start=1)
        ]
        sources.add(connection, source, numbered)
    return source


def _is_new(item: Item, known: Mapping[tuple[str, str], bool]) -> bool:
    """Tell whether an item says more than what is held: of the same bytes, that they are whole."""
    sound = known.get((item.path, item.blob))
    return sound is None or (not sound and bool(item.blob) and not item.fault)


@dataclass(frozen=True, slots=True)
class _Folder:
    """One folder being collected."""

    store: EvidenceStore
    top: Path
    tick: Callable[[int], None] | None

    def items(self) -> Iterator[Item]:
        """Yield an item for everything below that is no folder, and for folders that are closed."""
        #: Files that lie in a bundle already.
        taken: set[str] = set()
        for entry in folders.walk(self.top, lambda folder: not _is_export(folder)):
            if entry.kind is Kind.FOLDER and _is_export(entry):
                yield self._bundle(entry)
            elif entry.kind is Kind.FOLDER:
                yield from self._chats(entry, taken)
            elif entry.path not in taken:
                yield item_of(self.store, entry, self.tick)

    def _bundle(self, folder: Entry) -> Item:
        """Store an export's files and one list of them; the list is the item's blob."""
        inside = [entry for entry in folders.walk(folder.handle) if entry.kind is not Kind.FOLDER]
        paths = [entry.path for entry in inside if entry.kind is not Kind.CLOSED]
        members, newest = self._members(folder, sorted(paths, key=os.fsencode))
        for entry in inside:
            if entry.kind is Kind.CLOSED:
                closed = item_of(self.store, entry, None)
                members.append({"path": closed.path, "blob": "", "fault": closed.fault})
        return self._of_members(_text(folder.path or self.top.name), members, newest)

    def _chats(self, folder: Entry, taken: set[str]) -> Iterator[Item]:
        """Yield each chat export of a folder with the files it names, under its own path."""
        within = f"{folder.path}/" if folder.path else ""
        for name in folder.names:
            if not is_chat_name(name):
                continue
            paths = [path for path in _chat(folder, name) if within + path not in taken]
            if name in paths:
                members, newest = self._members(folder, paths)
                taken.update(within + path for path in paths)
                yield self._of_members(_text(within + name), members, newest)

    def _members(self, folder: Entry, paths: Sequence[str]) -> tuple[list[dict[str, str]], float]:
        """Store files of a folder; return a row for each and the time of the newest."""
        members, newest = [], 0.0
        for path in paths:
            place = path.rpartition("/")[0]
            within = folders.open_below(folder.handle, place, os.O_PATH | os.O_DIRECTORY)
            try:
                entry = folders.look(within, path)
                member = item_of(self.store, entry, self.tick)
            finally:
                os.close(within)
            members.append({"path": member.path, "blob": member.blob, "fault": member.fault})
            newest = max(newest, entry.about.st_mtime if entry.about else 0.0)
        return members, newest

    def _of_members(self, name: str, members: list[dict[str, str]], newest: float) -> Item:
        listed = journal.canonical({"forthwith-bundle": 1, "members": members}).encode()
        return stored_item(name, self.store.put(BytesIO(listed)), newest, shape=Shape.BUNDLE)


def _is_export(folder: Entry) -> bool:
    """Tell whether a folder makes sense only whole."""
    return is_slack(set(folder.names)) or "rsmf_manifest.json" in folder.names


def _chat(folder: Entry, name: str) -> tuple[str, ...]:
    """Return the paths of a chat export and of the files it names; () where it is none."""
    entry = folders.look(folder.handle, name)
    if entry.kind is not Kind.FILE or not entry.about or entry.about.st_size > _LARGEST_CHAT:
        return ()
    try:
        with os.fdopen(entry.open(), "rb") as stream:
            data = stream.read(_LARGEST_CHAT)
    except OSError as refused:
        if refused.errno in folders.OURS:
            raise
        return ()
    if not exports.is_export(name, data):
        return ()  # before its whole folder is walked
    below = folders.walk(folder.handle)
    closed = {Kind.FOLDER, Kind.CLOSED}
    return exports.bundle_of(
        tuple(entry.path for entry in below if entry.kind not in closed), name, data
    )


def alone(store: EvidenceStore, path: Path, tick: Callable[[int], None] | None) -> Item:
    """Return the item of a file that is collected by itself."""
    handle = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return item_of(store, folders.look(handle, path.name), tick)
    finally:
        os.close(handle)


def item_of(store: EvidenceStore, entry: Entry, tick: Callable[[int], None] | None) -> Item:
    """Store one file. What is not a plain readable file is kept as an item with its fault."""
    name = _text(entry.path)
    why = ""
    if entry.refused is not None:
        why = entry.refused.strerror or str(entry.refused)
    if entry.kind is Kind.CLOSED:
        return _unread(f"{name or '.'}/", f"folder not readable: {why}")
    if entry.kind is Kind.UNKNOWN:
        return _unread(name, f"not readable: {why}")
    try:
        if entry.kind is not Kind.FILE:
            leads = _text(entry.leads_to()) if entry.kind is Kind.LINK else _DEVICE
            return _unread(name, f"not a file, not followed: {leads}")
        handle = entry.open()
    except OSError as refused:
        if refused.errno in folders.OURS:
            raise
        return _unread(name, f"not readable: {refused.strerror}")
    with os.fdopen(handle, "rb", buffering=0) as stream:
        taken = opened.take(store, stream, entry)
    if isinstance(taken, str):
        return _unread(name, taken)
    if tick is not None:
        tick(taken.blob.size)
    return stored_item(name, taken.blob, taken.modified, taken.fault)


def stored_item(
    name: str, stored: Blob, modified: float, fault: str = "", shape: Shape = Shape.FILE
) -> Item:
    """Return the item of bytes that are stored; its place among others is not given yet."""
    return Item(
        "", "", name, stored.sha256, stored.sha1, stored.md5, stored.size, _instant(modified),
        shape, fault,
    )  # fmt: skip


def _instant(seconds: float) -> str:
    """Return a file time as ISO 8601; "" for one no calendar holds."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""


def _unread(name: str, why: str) -> Item:
    return Item("", "", name, "", "", "", 0, "", fault=why)


def _text(name: str) -> str:
    r"""Return a path as text; bytes that are no UTF-8 show as \xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
