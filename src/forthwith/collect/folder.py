"""Collect a file or a folder: every byte stream into the evidence store, once, with where it lay.

Nothing is opened or expanded here; `process` does that. Links and devices are not followed: each
becomes an item with a fault, so that it is seen. A folder that is itself one export (Slack, RSMF)
becomes one item, a bundle, because its files mean nothing apart; so does a chat's export with the
files beside it that it names (WhatsApp, Google Chat), and the rest of its folder stays as it is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.items import Item, Shape, Source
from forthwith.formats.chat import exports
from forthwith.formats.chat.attachments import is_chat_name, is_slack
from forthwith.record import journal, sources
from forthwith.record.evidence import Blob, EvidenceStore
from forthwith.record.matter import Matter

#: A larger file is no chat's text or list of messages.
_LARGEST_CHAT = 128 << 20


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
    if path.is_dir() and not path.is_symlink():
        items = list(_folder(store, path, path, tick))
    else:
        items = [_item(store, path, _text(path.name), tick)]
    fresh = [item for item in items if (item.path, item.blob) not in known]
    source = _keep(matter, custodian, str(origin), fresh) if fresh else None
    return Collection(
        source,
        len(fresh),
        len(items) - len(fresh),
        sum(item.size for item in fresh),
        sum(bool(item.fault) for item in fresh),
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
    with matter.engine.begin() as connection:
        name = sources.next_source(connection)
        source = Source(name, custodian, origin, now)
        numbered = [
            replace(item, id=f"{name}/{place:06d}", source=name)
            for place, item in enumerate(fresh, start=1)
        ]
        sources.add(connection, source, numbered)
    return source


def _folder(
    store: EvidenceStore,
    folder: Path,
    top: Path,
    tick: Callable[[int], None] | None,
    taken: AbstractSet[Path] = frozenset(),
) -> Iterator[Item]:
    """Yield the items of a folder; `taken` are files that lie in a bundle already."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as refused:
        yield _unread(_text(str(folder.relative_to(top))) + "/", f"folder not readable: {refused}")
        return
    names = {entry.name for entry in entries}
    if is_slack(names) or "rsmf_manifest.json" in names:
        # Only makes sense whole.
        yield _bundle(store, folder, top, tick)
        return
    above = folder.relative_to(top).as_posix()
    for entry in entries:
        if is_chat_name(entry.name) and entry.is_file(follow_symlinks=False):
            paths = [path for path in _chat(folder, entry) if folder / path not in taken]
            if entry.name in paths:
                yield _listed(store, folder, top, paths, tick)
                taken = taken | {folder / path for path in paths}
    for entry in entries:
        if Path(entry.path) in taken:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _folder(store, Path(entry.path), top, tick, taken)
        else:
            name = _text(entry.name if above == "." else f"{above}/{entry.name}")
            yield _item(store, Path(entry.path), name, tick)


def _chat(folder: Path, entry: os.DirEntry[str]) -> tuple[str, ...]:
    """Return the paths of a chat export and of the files it names; () where it is none."""
    try:
        if entry.stat(follow_symlinks=False).st_size > _LARGEST_CHAT:
            return ()
        data = Path(entry.path).read_bytes()
    except OSError:
        return ()
    if not exports.is_export(entry.name, data):
        return ()  # before its whole folder is walked
    names = (path.relative_to(folder).as_posix() for path in _files(folder, lambda _: None))
    return exports.bundle_of(tuple(names), entry.name, data)


def _item(store: EvidenceStore, path: Path, name: str, tick: Callable[[int], None] | None) -> Item:
    """Store one file. What is not a plain readable file is kept as an item with its fault."""
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode):
            what = path.readlink() if stat.S_ISLNK(about.st_mode) else "device, pipe or socket"
            return _unread(name, f"not a file, not followed: {_text(str(what))}")
        with path.open("rb") as stream:
            stored = store.put(stream)
    except OSError as refused:
        return _unread(name, f"not readable: {refused.strerror}")
    if tick is not None:
        tick(stored.size)
    return _of(name, stored, about.st_mtime)


def _of(name: str, stored: Blob, modified: float, shape: Shape = Shape.FILE) -> Item:
    when = _instant(modified)
    return Item(
        "", "", name, stored.sha256, stored.sha1, stored.md5, stored.size, when, shape=shape
    )


def _instant(seconds: float) -> str:
    """Return a file time as ISO 8601; "" for one no calendar holds."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""


def _unread(name: str, why: str) -> Item:
    return Item("", "", name, "", "", "", 0, "", fault=why)


def _bundle(
    store: EvidenceStore, folder: Path, top: Path, tick: Callable[[int], None] | None
) -> Item:
    """Store an export's files and one list of them; the list is the item's blob."""
    closed: list[OSError] = []
    paths = sorted(_files(folder, closed.append), key=os.fsencode)
    members, newest = _members(store, folder, paths, tick)
    for refused in closed:
        name = _text(str(Path(refused.filename).relative_to(folder))) + "/"
        members.append({"path": name, "blob": "", "fault": f"folder not readable: {refused}"})
    name = _text(str(folder.relative_to(top)))
    return _of_members(store, _text(folder.name) if name == "." else name, members, newest)


def _listed(
    store: EvidenceStore,
    folder: Path,
    top: Path,
    names: Sequence[str],
    tick: Callable[[int], None] | None,
) -> Item:
    """Store a chat export and the files it names as one item, called by the export's own path."""
    members, newest = _members(store, folder, [folder / name for name in names], tick)
    return _of_members(
        store, _text((folder / names[0]).relative_to(top).as_posix()), members, newest
    )


def _members(
    store: EvidenceStore,
    folder: Path,
    paths: Sequence[Path],
    tick: Callable[[int], None] | None,
) -> tuple[list[dict[str, str]], float]:
    """Store files; return a row for each and the time of the newest."""
    members, newest = [], 0.0
    for path in paths:
        name = _text(str(path.relative_to(folder)))
        member = _item(store, path, name, tick)
        members.append({"path": name, "blob": member.blob, "fault": member.fault})
        newest = max(newest, path.lstat().st_mtime)
    return members, newest


def _of_members(
    store: EvidenceStore, name: str, members: list[dict[str, str]], newest: float
) -> Item:
    stored = store.put(
        BytesIO(journal.canonical({"forthwith-bundle": 1, "members": members}).encode())
    )
    return _of(name, stored, newest, Shape.BUNDLE)


def _files(folder: Path, refused: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield everything in a folder that is no folder; links to folders are not followed."""
    for place, folders, files in os.walk(folder, onerror=refused):
        links = [name for name in folders if Path(place, name).is_symlink()]
        yield from (Path(place, name) for name in (*files, *links))


def _text(name: str) -> str:
    r"""Return a path as text; bytes that are no UTF-8 show as \xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
