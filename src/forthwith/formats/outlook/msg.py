"""MSG files: one Outlook message as a compound file.

[MS-OXMSG]: Unicode and ANSI files, recipients, attachments of every kind, messages within messages.
Steps are "att:N", with "/att:N" behind for what an embedded message holds. Names of streams and
storages are compared without case. What a stream lacks is a note, never a crash: `olefile` finds
the bytes, nothing here trusts a length.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import olefile

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint, Reading
from forthwith.formats.bytes.stream import whole
from forthwith.formats.ole import writer as ole_writer
from forthwith.formats.ole.objects import OLE_ERRORS
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook import reading
from forthwith.formats.outlook.eight_bit import charset_of_message
from forthwith.formats.outlook.message import Attachment, Message
from forthwith.formats.outlook.properties import (
    Names,
    Properties,
    Values,
    names_of,
)
from forthwith.formats.outlook.property_types import (
    BINARY,
    FIXED,
    MULTIPLE,
    Value,
    decode,
    decode_multiple,
)

MEDIA_TYPES = frozenset({"application/vnd.ms-outlook"})
PROPERTIES = "__properties_version1.0"
_STREAM = re.compile(r"__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})")
_ENTRY = struct.Struct("<HHI8s")
_RECIPIENT, _ATTACHMENT = "__recip_version1.0_", "__attach_version1.0_"
_NAMES, _OBJECT = "__nameid_version1.0", "__substg1.0_3701000d"
#: Header of the property stream: file, embedded message, recipient or attachment (2.4.1).
_TOP, _INSIDE, _ROW = 32, 24, 8
#: Storages inside storages followed.
_DEEPEST = 64


@dataclass(slots=True)
class Storage:
    """One storage: what lies in it, by name in lower case."""

    ole: olefile.OleFileIO[str]
    path: tuple[str, ...]
    #: Shared by every storage of the file: what could not be read.
    notes: list[str]
    streams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    def stream(self, name: str) -> bytes | None:
        """Return a stream's bytes, or None when it is absent or cannot be read (noted)."""
        path = self.streams.get(name)
        if path is None:
            return None
        try:
            return bytes(self.ole.openstream(list(path)).read())
        except OLE_ERRORS as error:
            self.notes.append(f"stream {path[-1]!r} cannot be read: {error}")
            return None

    def as_file(self, depth: int = 0) -> ole_writer.Storage:
        """Return the storage with all beneath it, to be written as a file of its own."""
        entries: dict[str, bytes | ole_writer.Storage] = {}
        for name, path in self.streams.items():
            entries[path[-1]] = self.stream(name) or b""
        for storage in self.storages.values():
            if depth < _DEEPEST:
                entries[storage.path[-1]] = storage.as_file(depth + 1)
        return ole_writer.Storage(entries, self._class_id())

    def _class_id(self) -> bytes:
        try:
            text = self.ole.getclsid(list(self.path))
        except OLE_ERRORS:
            return bytes(16)
        digits = text.replace("-", "")
        if not re.fullmatch("[0-9A-Fa-f]{32}", digits):
            return bytes(16)
        raw = bytes.fromhex(digits)
        return raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one message. Raises UnreadableError when it is no compound file with properties."""
    return reading.reading_of(message_of(source, hint), hint, "application/vnd.ms-outlook")


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of an attachment, or the EML of an embedded message."""
    return reading.bytes_at(message_of(source, hint), step.split("/"), hint)


def message_of(source: ByteSource, hint: Hint) -> Message:
    """Return the message. Raises UnreadableError."""
    data = whole(source, hint)
    notes: list[str] = []
    try:
        root = tree(olefile.OleFileIO(io.BytesIO(data)), notes)
        if PROPERTIES not in root.streams and not any(
            name.startswith("__substg1.0_") for name in root.streams
        ):
            raise UnreadableError(_lost("a compound file without the properties of a message"))
        names = _names(root)
        return _message(root, names, _TOP, 0)
    except OLE_ERRORS as error:
        raise UnreadableError(_lost(f"the compound file is broken: {error}")) from error


def _lost(detail: str) -> Fault:
    return Fault(FaultReason.CORRUPT, detail, lost=True)


def _names(root: Storage) -> Names:
    """Read the named-property map ([MS-OXMSG] 2.2.3)."""
    storage = root.storages.get(_NAMES)
    if storage is None:
        return Names()
    streams = (storage.stream(f"__substg1.0_000{number}0102") or b"" for number in (2, 3, 4))
    return names_of(*streams)


def _message(storage: Storage, names: Names, header: int, depth: int) -> Message:
    values = values_of(storage, header)
    rows = [values_of(row, _ROW) for row in _rows(storage, _RECIPIENT)]
    charset = charset_of_message(values, *rows)
    recipients = tuple(Properties(row, names, charset) for row in rows)
    attachments = tuple(
        _attachment(row, f"att:{index}", names, charset, depth)
        for index, row in enumerate(_rows(storage, _ATTACHMENT))
    )
    faults = tuple(Fault(FaultReason.CORRUPT, note) for note in dict.fromkeys(storage.notes))
    storage.notes.clear()
    properties = Properties(values, names, charset)
    return Message(
        properties, recipients, attachments, faults=faults, declared=_declared(storage, header)
    )


def _declared(storage: Storage, header: int) -> int:
    """Return the count of attachments in the property stream's header ([MS-OXMSG] 2.4.1.1)."""
    table = storage.stream(PROPERTIES) or b""
    return int.from_bytes(table[20:24], "little") if len(table) >= header else 0


def _rows(storage: Storage, prefix: str) -> list[Storage]:
    """Return the storages of recipients or attachments, in the order of their numbers."""
    return [storage.storages[name] for name in sorted(storage.storages) if name.startswith(prefix)]


def _attachment(row: Storage, step: str, names: Names, charset: str, depth: int) -> Attachment:
    before = len(row.notes)
    values = values_of(row, _ROW)
    properties = Properties(values, names, charset or charset_of_message(values))
    embedded = row.storages.get(_OBJECT)
    missing = [note for note in row.notes[before:] if "substg1.0_3701" in note]

    def data() -> bytes | Fault:
        if embedded is not None:
            return ole_writer.written(embedded.as_file())
        if missing:
            return Fault(FaultReason.CORRUPT, missing[0], lost=True, step=step)
        return properties.binary(mapi.ATTACH_DATA)

    return Attachment(
        step,
        properties,
        data,
        _embedded(embedded, properties, names, step, depth),
        has_data=embedded is not None or mapi.ATTACH_DATA in properties or bool(missing),
        stated=_stated(row),
    )


def _stated(row: Storage) -> int:
    """Return the size the property stream gives for the data's own stream (2.4.2.2), or 0."""
    table = (row.stream(PROPERTIES) or b"")[_ROW:]
    for kind, identifier, _, raw in _ENTRY.iter_unpack(table[: len(table) - len(table) % 16]):
        if (kind, identifier) == (BINARY, mapi.ATTACH_DATA):
            return int.from_bytes(raw[:4], "little")
    return 0


def _embedded(
    storage: Storage | None, properties: Properties, names: Names, step: str, depth: int
) -> Callable[[], Message | Fault] | None:
    """Return how to read the message in an attachment, or None when it holds none."""
    is_message = storage is not None and PROPERTIES in storage.streams
    if properties.number(mapi.ATTACH_METHOD) != mapi.EMBEDDED_MESSAGE and not is_message:
        return None

    def message() -> Message | Fault:
        if storage is None:
            detail = "an attached message has no content"
            return Fault(FaultReason.MISSING, detail, lost=True, step=step)
        if depth >= mapi.DEEPEST:
            detail = "messages are nested too deeply"
            return Fault(FaultReason.TOO_DEEP, detail, lost=True, step=step)
        try:
            return _message(storage, names, _INSIDE, depth + 1)
        except OLE_ERRORS as error:
            detail = f"an attached message is broken: {error}"
            return Fault(FaultReason.CORRUPT, detail, lost=True, step=step)

    return message


def tree(ole: olefile.OleFileIO[str], notes: list[str]) -> Storage:
    """Return the root storage with everything beneath it."""
    root = Storage(ole, (), notes)
    for path in ole.listdir(streams=False, storages=True):
        _storage(root, tuple(path))
    for path in ole.listdir(streams=True, storages=False):
        _storage(root, tuple(path[:-1])).streams.setdefault(path[-1].lower(), tuple(path))
    return root


def _storage(root: Storage, path: tuple[str, ...]) -> Storage:
    storage = root
    for depth, name in enumerate(path[:_DEEPEST], 1):
        substorage = Storage(root.ole, path[:depth], root.notes)
        storage = storage.storages.setdefault(name.lower(), substorage)
    return storage


def values_of(storage: Storage, header: int) -> Values:
    """Return the properties of a storage ([MS-OXMSG] 2.4), `header` bytes into its stream.

    Streams the property stream does not list are taken too.
    """
    values: Values = {}
    table = storage.stream(PROPERTIES) or b""
    end = len(table) - (len(table) - header) % _ENTRY.size if len(table) > header else header
    for kind, identifier, _, raw in _ENTRY.iter_unpack(table[header:end]):
        if (FIXED.get(kind, 99)) <= 8:
            values[identifier] = (kind, decode(kind, raw))
    for kind, identifier, value in _streams(storage):
        values[identifier] = (kind, value)
    return values


def _streams(storage: Storage) -> Iterator[tuple[int, int, Value]]:
    for name in storage.streams:
        if (shape := _STREAM.fullmatch(name)) is None:
            continue
        identifier, kind = int(shape[1], 16), int(shape[2], 16)
        data = storage.stream(name)
        if data is None:
            continue
        if not kind & MULTIPLE:
            yield kind, identifier, decode(kind, data)
        elif (kind & ~MULTIPLE) in FIXED:
            yield kind, identifier, decode_multiple(kind, data)
        else:
            yield kind, identifier, tuple(_pieces(storage, name, kind, len(data)))


def _pieces(storage: Storage, name: str, kind: int, room: int) -> Iterator[str | bytes]:
    """Yield the values of a multiple-valued property, a stream each ([MS-OXMSG] 2.1.4)."""
    for index in range(room // 4):
        data = storage.stream(f"{name}-{index:08x}")
        if data is None:
            return
        value = decode(kind & ~MULTIPLE, data)
        if isinstance(value, str | bytes):
            yield value
