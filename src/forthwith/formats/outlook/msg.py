"""MSG files: one Outlook message as a compound file.

[MS-OXMSG]. Unicode and ANSI files, recipients, attachments of every kind, messages within messages.
Steps are "att:N", with "/att:N" behind for what an embedded message holds.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import olefile

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint, Reading
from forthwith.formats.bytes.whole import whole
from forthwith.formats.mapi_names import names_of
from forthwith.formats.msg_storage import PROPERTIES, Storage, tree, values_of
from forthwith.formats.office.ole_objects import OLE_ERRORS
from forthwith.formats.office.ole_writer import written
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook import reading as mapi_reading
from forthwith.formats.outlook.message import Attachment, Message
from forthwith.formats.outlook.properties import Names, Properties, charset_of_message

MEDIA_TYPES = frozenset({"application/vnd.ms-outlook"})
_RECIPIENT, _ATTACHMENT = "__recip_version1.0_", "__attach_version1.0_"
_NAMES, _OBJECT = "__nameid_version1.0", "__substg1.0_3701000d"
#: Header of the property stream: file, embedded message, recipient or attachment (2.4.1).
_TOP, _INSIDE, _ROW = 32, 24, 8


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one message. Raises UnreadableError when it is no compound file with properties."""
    return mapi_reading.reading_of(message_of(source, hint), hint, "application/vnd.ms-outlook")


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of an attachment, or the EML of an embedded message."""
    return mapi_reading.opened(message_of(source, hint), step.split("/"), hint)


def message_of(source: ByteSource, hint: Hint) -> Message:
    """Return the message. Raises UnreadableError."""
    data = whole(source, hint)
    notes: list[str] = []
    try:
        root = tree(olefile.OleFileIO(io.BytesIO(data)), notes)
        if PROPERTIES not in root.streams and not any(map(_is_property, root.streams)):
            raise UnreadableError(_lost("a compound file without the properties of a message"))
        names = _names(root)
        return _message(root, names, _TOP, 0)
    except OLE_ERRORS as error:
        raise UnreadableError(_lost(f"the compound file is broken: {error}")) from error


def _is_property(name: str) -> bool:
    return name.startswith("__substg1.0_")


def _lost(detail: str) -> Fault:
    return Fault(FaultReason.CORRUPT, detail, lost=True)


def _names(root: Storage) -> Names:
    """Read the named-property map ([MS-OXMSG] 2.2.3)."""
    held = root.storages.get(_NAMES)
    if held is None:
        return Names()
    streams = (held.stream(f"__substg1.0_000{number}0102") or b"" for number in (2, 3, 4))
    return names_of(*streams)


def _message(storage: Storage, names: Names, header: int, depth: int) -> Message:
    values = values_of(storage, header)
    charset = charset_of_message(values)
    recipients = tuple(
        Properties(values_of(row, _ROW), names, charset) for row in _rows(storage, _RECIPIENT)
    )
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
    properties = Properties(values_of(row, _ROW), names, charset)
    inside = row.storages.get(_OBJECT)
    missing = [note for note in row.notes[before:] if "substg1.0_3701" in note]

    def data() -> bytes | Fault:
        if inside is not None:
            return written(inside.written())
        if missing:
            return Fault(FaultReason.CORRUPT, missing[0], lost=True, step=step)
        return properties.binary(mapi.ATTACH_DATA)

    return Attachment(step, properties, data, _embedded(inside, properties, names, step, depth))


def _embedded(
    inside: Storage | None, properties: Properties, names: Names, step: str, depth: int
) -> Callable[[], Message | Fault] | None:
    """Return how to read the message in an attachment, or None when it holds none."""
    is_message = inside is not None and PROPERTIES in inside.streams
    if properties.number(mapi.ATTACH_METHOD) != mapi.EMBEDDED_MESSAGE and not is_message:
        return None

    def message() -> Message | Fault:
        if inside is None:
            detail = "an attached message has no content"
            return Fault(FaultReason.MISSING, detail, lost=True, step=step)
        if depth >= mapi.DEEPEST:
            detail = "messages lie too deep in one another"
            return Fault(FaultReason.TOO_DEEP, detail, lost=True, step=step)
        try:
            return _message(inside, names, _INSIDE, depth + 1)
        except OLE_ERRORS as error:
            detail = f"an attached message is broken: {error}"
            return Fault(FaultReason.CORRUPT, detail, lost=True, step=step)

    return message
