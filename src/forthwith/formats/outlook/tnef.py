"""TNEF (winmail.dat): an Outlook message as one MIME part.

[MS-OXTNEF] 2.1: a stream of attributes, older ones of Microsoft Mail and lists of MAPI properties
(2.1.3.4). Attributes of a message and of its attachments become one `message.Message`. Every count
and length is held against the bytes there are: nothing is allocated from a number in the file, and
a stream or list that breaks off gives what came before and a Fault. Steps are "att:N".
"""

from __future__ import annotations

import calendar
import struct
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint, Reading
from forthwith.formats.bytes.stream import whole
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook import reading
from forthwith.formats.outlook.eight_bit import charset_of_message
from forthwith.formats.outlook.message import Attachment, Message
from forthwith.formats.outlook.properties import Name, Names, Properties, Values
from forthwith.formats.outlook.property_types import (
    BINARY,
    FIXED,
    INTEGER32,
    MULTIPLE,
    STRING8,
    TIME,
    VARIABLE,
    Value,
    decode,
)
from forthwith.plain.charset import charset_of

MEDIA_TYPES = frozenset({"application/vnd.ms-tnef"})
SIGNATURE = b"\x78\x9f\x3e\x22"

# Attributes ([MS-OXTNEF] 2.1.3.2); the high half is a type of their own.
_FROM, _SUBJECT, _SENT, _RECEIVED = 0x8000, 0x8004, 0x8005, 0x8006
_CLASS, _BODY, _PRIORITY = 0x8008, 0x800C, 0x800D
_DATA, _TITLE, _CREATED, _MODIFIED = 0x800F, 0x8010, 0x8012, 0x8013
_CHANGED, _TRANSPORT_NAME, _RENDERED = 0x8020, 0x9001, 0x9002
_PROPERTIES, _RECIPIENTS, _ATTACHMENT, _CODE_PAGE = 0x9003, 0x9004, 0x9005, 0x9007
_START, _END = 0x0006, 0x0007
#: Microsoft Mail's classes and what they are now ([MS-OXTNEF] 2.1.3.3.2).
_CLASSES = {
    b"IPM.Microsoft Mail.Note": b"IPM.Note",
    b"IPM.Microsoft Mail.Read Receipt": b"Report.IPM.Note.IPNRN",
    b"IPM.Microsoft Mail.Non-Delivery": b"Report.IPM.Note.NDR",
    b"IPM.Microsoft Schedule.MtgReq": b"IPM.Schedule.Meeting.Request",
    b"IPM.Microsoft Schedule.MtgRespP": b"IPM.Schedule.Meeting.Resp.Pos",
    b"IPM.Microsoft Schedule.MtgRespN": b"IPM.Schedule.Meeting.Resp.Neg",
    b"IPM.Microsoft Schedule.MtgRespA": b"IPM.Schedule.Meeting.Resp.Tent",
    b"IPM.Microsoft Schedule.MtgCncl": b"IPM.Schedule.Meeting.Canceled",
}
_TIMES = {
    _SENT: mapi.SUBMIT_TIME, _RECEIVED: mapi.DELIVERY_TIME, _CHANGED: mapi.MODIFIED,
    _START: mapi.START_DATE, _END: mapi.END_DATE, _CREATED: mapi.CREATED, _MODIFIED: mapi.MODIFIED,
}  # fmt: skip
_STRINGS = {
    _SUBJECT: mapi.SUBJECT, _BODY: mapi.BODY, _TITLE: mapi.ATTACH_FILENAME,
    _TRANSPORT_NAME: mapi.ATTACH_FILENAME,
}  # fmt: skip
#: IID_IMessage: an object that is a message, written as TNEF behind these bytes.
_IS_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


class TnefDamageError(Exception):
    """The bytes end, or say something no property list can say."""


@dataclass(slots=True)
class Cursor:
    """A place in some bytes; taking more than there is raises TnefDamageError."""

    data: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        if count > len(self.data) - self.at:
            raise TnefDamageError("a length points past the end")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int = 4) -> int:
        """Return the next unsigned number."""
        return int.from_bytes(self.take(size), "little")

    def padded(self, count: int) -> bytes:
        """Return `count` bytes and pass over the padding to four."""
        data = self.take(count)
        self.at = min(self.at + -count % 4, len(self.data))
        return data


@dataclass(slots=True)
class PropertyList:
    """Properties read so far, and the names among them."""

    values: Values = field(default_factory=dict)
    names: dict[Name, int] = field(default_factory=dict)
    #: Why the list broke off, if it did.
    notes: list[str] = field(default_factory=list)

    @property
    def name_map(self) -> Names:
        """The named-property map of this list alone: ids mean nothing beyond it."""
        return Names(self.names)


@dataclass(slots=True)
class _Object:
    """A message or an attachment while its attributes come in."""

    #: From old attributes; properties of the same id win.
    old: Values = field(default_factory=dict)
    #: From lists of MAPI properties.
    listed: PropertyList = field(default_factory=PropertyList)

    def properties(self, charset: str) -> Properties:
        values = {**self.old, **self.listed.values}
        return Properties(values, self.listed.name_map, charset_of_message(values) or charset)


@dataclass(slots=True)
class _Stream:
    message: _Object = field(default_factory=_Object)
    attachments: list[_Object] = field(default_factory=list)
    recipients: list[PropertyList] = field(default_factory=list)
    charset: str = ""
    notes: list[Fault] = field(default_factory=list)

    def note(self, detail: str, reason: FaultReason = FaultReason.CORRUPT) -> None:
        if len(self.notes) < 50:
            self.notes.append(Fault(reason, detail))


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one TNEF stream. Raises UnreadableError when it does not begin as one."""
    message = message_of(whole(source, hint))
    return reading.reading_of(message, hint, "application/vnd.ms-tnef")


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of an attachment, or the EML of an embedded message."""
    return reading.bytes_at(message_of(whole(source, hint)), step.split("/"), hint)


def message_of(data: bytes, depth: int = 0) -> Message:
    """Return the message. Raises UnreadableError when the stream does not begin as TNEF."""
    if data[:4] != SIGNATURE or len(data) < 6:
        detail = "the stream does not begin with the signature of TNEF"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    stream = _Stream()
    for level, identifier, value in _attributes(data, stream):
        if level == 2 or identifier == _RENDERED:
            _attachment_attribute(stream, identifier, value)
        else:
            _message_attribute(stream, identifier, value)
    return _message(stream, depth)


def _attributes(data: bytes, stream: _Stream) -> Iterator[tuple[int, int, bytes]]:
    """Yield level, id and bytes of each attribute ([MS-OXTNEF] 2.1.3.1)."""
    reader = Cursor(data, 6)
    while reader.at < len(data):
        try:
            level, identifier, length = reader.number(1), reader.number(), reader.number()
        except TnefDamageError:
            stream.note("the stream ends within an attribute", FaultReason.TRUNCATED)
            return
        room = len(data) - reader.at
        if length > room:
            stream.note(
                f"an attribute states {length:,} bytes and has {room:,}", FaultReason.TRUNCATED
            )
        value = reader.take(min(length, room))
        if level not in {1, 2}:
            stream.note(
                f"an attribute has level {level}, which TNEF does not know; reading stopped there"
            )
            return
        yield level, identifier & 0xFFFF, value
        if (
            length <= room
            and reader.at + 2 <= len(data)
            and reader.number(2) != sum(value) & 0xFFFF
        ):
            stream.note("an attribute does not match its checksum")


def _message_attribute(stream: _Stream, identifier: int, value: bytes) -> None:
    old = stream.message.old
    if identifier == _PROPERTIES:
        _take_properties(stream, stream.message, value)
    elif identifier == _RECIPIENTS:
        _take_recipients(stream, value)
    elif identifier == _CODE_PAGE:
        stream.charset = charset_of(int.from_bytes(value[:4], "little"))
    elif identifier == _CLASS:
        name = value.rstrip(b"\0")
        old[mapi.MESSAGE_CLASS] = (STRING8, _CLASSES.get(name, name))
    elif identifier == _FROM:
        _take_sender(value, old)
    elif identifier == _PRIORITY:
        # 1 is high, 3 is low: the other way round than importance.
        priority = int.from_bytes(value[:2], "little")
        old[mapi.IMPORTANCE] = (INTEGER32, {1: 2, 3: 0}.get(priority, 1))
    else:
        _shared_attribute(old, identifier, value)


def _attachment_attribute(stream: _Stream, identifier: int, value: bytes) -> None:
    if identifier == _RENDERED or not stream.attachments:
        # A new attachment begins ([MS-OXTNEF] 2.1.3.3.15).
        stream.attachments.append(_Object())
    attachment = stream.attachments[-1]
    if identifier == _ATTACHMENT:
        _take_properties(stream, attachment, value)
    elif identifier == _DATA:
        attachment.old[mapi.ATTACH_DATA] = (BINARY, value)
    else:
        _shared_attribute(attachment.old, identifier, value)


def _shared_attribute(old: Values, identifier: int, value: bytes) -> None:
    if (string := _STRINGS.get(identifier)) is not None:
        old[string] = (STRING8, value.rstrip(b"\0"))
    elif (time := _TIMES.get(identifier)) is not None and (ticks := _ticks(value)):
        old[time] = (TIME, ticks)


def _take_properties(stream: _Stream, target: _Object, value: bytes) -> None:
    properties = property_list(Cursor(value))
    target.listed.values.update(properties.values)
    target.listed.names.update(properties.names)
    for note in properties.notes:
        stream.note(note)


def _take_recipients(stream: _Stream, value: bytes) -> None:
    """Read the rows of attRecipTable ([MS-OXTNEF] 2.1.3.5.1)."""
    data = Cursor(value)
    try:
        for _ in range(data.number()):
            row = property_list(data)
            stream.recipients.append(row)
            if row.notes:
                stream.note(f"recipients: {row.notes[0]}")
                return
    except TnefDamageError as damage:
        stream.note(f"recipients: {damage}")


def _take_sender(record: bytes, old: Values) -> None:
    """Read a TRP: name and "SMTP:address" ([MS-OXTNEF] 2.1.3.3.10)."""
    if len(record) < 8:
        return
    _, _, name_length, address_length = struct.unpack_from("<HHHH", record)
    name = record[8 : 8 + name_length].rstrip(b"\0")
    address = record[8 + name_length : 8 + name_length + address_length].rstrip(b"\0")
    kind, _, where = address.rpartition(b":")
    for identifier, value in zip(mapi.SENDER, (name, kind, where), strict=False):
        old[identifier] = (STRING8, value)


def _ticks(record: bytes) -> int:
    """Return a DTR as FILETIME, or 0 when it is no date ([MS-OXTNEF] 2.1.3.3.7)."""
    if len(record) < 12:
        return 0
    year, month, day, hour, minute, second = struct.unpack_from("<6H", record)
    if not (1601 < year < 9999 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24):
        return 0
    seconds = calendar.timegm((year, month, day, hour, minute, second))
    return (seconds + 11644473600) * 10_000_000


def _message(stream: _Stream, depth: int) -> Message:
    properties = stream.message.properties(stream.charset)
    charset = properties.charset
    recipients = tuple(Properties(row.values, row.name_map, charset) for row in stream.recipients)
    attachments = tuple(
        _attachment(attachment.properties(charset), f"att:{index}", depth)
        for index, attachment in enumerate(stream.attachments)
    )
    return Message(properties, recipients, attachments, faults=tuple(stream.notes))


def _attachment(properties: Properties, step: str, depth: int) -> Attachment:
    data = properties.binary(mapi.ATTACH_DATA)
    content = data[16:] if properties.values.get(mapi.ATTACH_DATA, (0,))[0] == 0x000D else data
    is_message = data[:16] == _IS_MESSAGE and content[:4] == SIGNATURE
    embedded = _embedded(content, step, depth) if is_message else None
    has_data = mapi.ATTACH_DATA in properties
    return Attachment(step, properties, lambda: content, embedded, has_data=has_data)


def _embedded(data: bytes, step: str, depth: int) -> Callable[[], Message | Fault]:
    def message() -> Message | Fault:
        if depth >= mapi.DEEPEST:
            detail = "messages are nested too deeply"
            return Fault(FaultReason.TOO_DEEP, detail, lost=True, step=step)
        try:
            return message_of(data, depth + 1)
        except UnreadableError as unreadable:
            return unreadable.fault

    return message


def property_list(data: Cursor) -> PropertyList:
    """Read one list."""
    properties = PropertyList()
    try:
        for _ in range(data.number()):
            _property(data, properties)
    except TnefDamageError as damage:
        properties.notes.append(f"a list of properties breaks off: {damage}")
    return properties


def _property(data: Cursor, properties: PropertyList) -> None:
    kind, identifier = data.number(2), data.number(2)
    if identifier >= 0x8000:
        properties.names.setdefault(_property_name(data), identifier)
    single = kind & ~MULTIPLE
    if kind & MULTIPLE or single in VARIABLE:
        values = [_value(data, single) for _ in _value_range(data)]
        if kind & MULTIPLE:
            items = tuple(value for value in values if not isinstance(value, tuple | None))
            properties.values[identifier] = (kind, items)
        elif values:
            properties.values[identifier] = (kind, values[0])
    else:
        properties.values[identifier] = (kind, _value(data, single))


def _value_range(data: Cursor) -> range:
    """Return the count of values: each takes four bytes at least."""
    count = data.number()
    if count > (len(data.data) - data.at) // 4:
        raise TnefDamageError("a property has more values than bytes")
    return range(count)


def _value(data: Cursor, kind: int) -> Value:
    if kind in VARIABLE:
        return decode(kind, data.padded(data.number()))
    size = FIXED.get(kind)
    if size is None:
        raise TnefDamageError(f"property type {kind:#06x} is not known")
    return decode(kind, data.padded(size))


def _property_name(data: Cursor) -> Name:
    guid = str(uuid.UUID(bytes_le=data.take(16)))
    if data.number() == 0:
        return guid, data.number()
    return guid, data.padded(data.number()).decode("utf-16-le", "replace").rstrip("\0").lower()
