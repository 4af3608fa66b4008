"""What the rows say of a document against what its native says (MD08 to MD12, TX02)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from forthwith.check import zones
from forthwith.check.context import CheckContext, Findings
from forthwith.check.families import Families
from forthwith.check.metadata import Blank, mail_rows
from forthwith.check.natives_opened import Inside, Opened
from forthwith.check.volume import Volume
from forthwith.domain import fields
from forthwith.domain.evidence import Kind
from forthwith.standards.loader import Column, FormatRules

#: Instants that are read of a native.
_COMPARED_INSTANTS = frozenset(
    {fields.SENT, fields.CREATED, fields.MODIFIED, fields.ACCESSED, fields.PRINTED}
)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_WORD = re.compile(r"[^\W_]+")
#: Further apart than any two zones.
_ANY_ZONE = timedelta(hours=26)
_MINUTE = timedelta(seconds=60)
#: Zones move an instant by less than this.
_A_DAY = timedelta(days=1)


def excused(blank: Blank, native: Opened | None, nameless: set[int], rules: FormatRules) -> bool:
    """Return True when a required field is blank because the document has no such thing."""
    role = blank.column.role
    if role == "file_name" and blank.row in nameless:
        return True
    if native is None or not native.kind:
        return False
    if role == "from":
        return not (native.fields.get(fields.FROM) or native.fields.get(fields.SENDER))
    if role == "message_id_hash":
        return not native.fields.get(fields.MESSAGE_ID)
    how, _, name = blank.column.fill.partition(":")
    if role == "time_zone":
        how, name = "time", fields.SENT
    if how in {"date", "time", "datetime"} and name in _COMPARED_INSTANTS:
        value = native.fields.get(name, "")
        return not _usable(value, rules) or (how == "time" and "T" not in value)
    return how == "field" and not native.fields.get(name)


def compare(
    seen: CheckContext, opened: Mapping[int, Opened], blank: set[tuple[int, str]]
) -> Findings:
    """Report every value the native contradicts, and every blank it could have filled."""
    mail = mail_rows(seen.volume)
    columns = seen.volume.columns
    in_natives = [
        column
        for column in seen.volume.standard.all_columns
        if column.required == "held"
        and column.name in columns
        and (not column.extra or any(columns[column.name]))
    ]
    for row, native in opened.items():
        if row in seen.native_altered or native.fault or not native.kind:
            continue
        if seen.volume.cell("withheld", row):
            continue
        if native.kind == Kind.EMAIL:
            yield from _mail(seen, row, native)
        if not mail[row] and (native.kind == Kind.CHAT or native.media_type in _CHAT_FILES):
            yield from _chat(seen, row, native)
        lacking = [
            column.name
            for column in in_natives
            if not columns[column.name][row].strip()
            and (row, column.name) not in blank
            and ("email" if mail[row] else "edoc") in column.classes
            and _holds(seen, column, native)
        ]
        if lacking:
            message = f"the native holds what is blank here: {', '.join(lacking)}"
            yield seen.report("MD12", message, row=row)


def _holds(seen: CheckContext, column: Column, native: Opened) -> bool:
    how, _, name = column.fill.partition(":")
    value = native.fields.get(name, "").strip()
    if how in {"date", "time", "datetime"}:
        usable = _usable(value, seen.volume.standard.formats)
        return usable and (how != "time" or "T" in value)
    if column.role == "message_id_hash":
        return bool(native.fields.get(fields.MESSAGE_ID))
    return how == "field" and bool(value)


def _usable(text: str, rules: FormatRules) -> bool:
    moment = _instant(text)
    if moment is None:
        return False
    # A sentinel moved into another zone falls on the day before or after.
    days = (moment.date(), *_in_utc(moment))
    return not any((day.year, day.month, day.day) in rules.sentinels for day in days)


def _in_utc(moment: datetime) -> tuple[date, ...]:
    try:
        return (moment.astimezone(UTC).date(),) if moment.tzinfo else ()
    except OverflowError:
        return ()


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        return None


def _mail(seen: CheckContext, row: int, native: Opened) -> Findings:
    volume = seen.volume
    if (message := _date_untrue(seen, row, native)) is not None:
        yield seen.report("MD08", message, row=row)
    sender = volume.cell("from", row)
    names = (fields.FROM, fields.SENDER)
    senders = [_writable(native.fields.get(name, ""), volume) for name in names]
    if (
        sender
        and any(senders)
        and not any(_same_person(sender, other) for other in senders if other)
    ):
        true = next(other for other in senders if other)
        message = f"{volume.called('from')} is {sender!r}; the native says {true!r}"
        yield seen.report("MD09", message, row=row)
    for code, role in (("MD10", fields.SUBJECT), ("MD11", fields.MESSAGE_ID)):
        value, cell = _writable(native.fields.get(role, ""), volume), volume.cell(role, row)
        if value and cell and _letters(value, volume) != _letters(cell, volume):
            message = f"{volume.called(role)} is {cell[:80]!r}; the native says {value[:80]!r}"
            yield seen.report(code, message, row=row)


#: Files that hold whole conversations, whose own headers say from when to when.
_CHAT_FILES = frozenset({"application/rsmf", "application/x-rsmf+zip"})
#: Where a volume may say when a chat was held: no standard has a column for chat alone.
_CHAT_DATES = ("date_sent", "datetime_sent", "date_created", "datetime_created")


def _chat(seen: CheckContext, row: int, native: Opened) -> Findings:
    """Report a day of chat without a date, or with one that none of its messages bears.

    People and channel are not compared: a day's native often knows them by number only.
    """
    volume, started = seen.volume, _instant(native.fields.get(fields.STARTS, ""))
    if started is None:
        return
    asked = [role for role in _CHAT_DATES if volume.has(role)]
    if asked and not any(volume.cell(role, row).strip() for role in asked):
        message = f"{volume.called(asked[0])} is blank; the native, a chat, begins {started}"
        yield seen.report("MD02", message, row=row)
        return
    rules, cell = volume.standard.formats, volume.cell("date_sent", row)
    day = rules.date.read(cell)
    if day is None or rules.date.parts(cell) in rules.sentinels:
        return
    ended = _instant(native.fields.get(fields.ENDS, "")) or started
    written = f"{rules.date.write(day)} {volume.cell('time_sent', row)}".rstrip()
    zone = volume.cell("time_zone", row)
    moments = zones.instants(day, volume.cell("time_sent", row), rules.time, zone)
    if not moments or started.tzinfo is None or ended.tzinfo is None:
        within = started.date() - _A_DAY <= day <= ended.date() + _A_DAY
    else:
        # Any message's time will do: some vendors date a day of chat by its last.
        within = any(started.replace(second=0) <= moment <= ended for moment in moments)
    if not within:
        said = f"the native's chat runs from {started} to {ended}"
        message = f"{volume.called('date_sent')} is {written}; {said}"
        yield seen.report("MD08", message, row=row)


def _date_untrue(seen: CheckContext, row: int, native: Opened) -> str | None:
    """Compare date and time with the native's, in the row's own zone."""
    volume = seen.volume
    true = _instant(native.fields.get(fields.SENT, ""))
    rules, cell = volume.standard.formats, volume.cell("date_sent", row)
    day, time = rules.date.read(cell), volume.cell("time_sent", row)
    if true is None or day is None or rules.date.parts(cell) in rules.sentinels:
        return None
    written = f"{rules.date.write(day)} {time}".rstrip()
    message = f"{volume.called('date_sent')} is {written}; the native says {true.isoformat(' ')}"
    moments = zones.instants(day, time, rules.time, volume.cell("time_zone", row))
    if not moments or true.tzinfo is None:
        near = abs(datetime.combine(day, true.time()) - true.replace(tzinfo=None)) < _ANY_ZONE
        return None if near else message
    same = any(abs(true.replace(second=0, microsecond=0) - moment) < _MINUTE for moment in moments)
    return None if same else message


def _same_person(cell: str, true: str) -> bool:
    """Return True when both name one sender: an address in common, or, lacking one, the words."""
    ours, theirs = (
        {address.casefold() for address in _ADDRESS.findall(name)} for name in (cell, true)
    )
    if ours and theirs:
        return bool(ours & theirs)
    words, others = ({word.casefold() for word in _WORD.findall(name)} for name in (cell, true))
    few, many = sorted((words, others), key=len)
    return few <= many


def _writable(text: str, volume: Volume) -> str:
    """Return what of a native's text can stand in a load file, where no Unicode is agreed."""
    encodings = volume.standard.load_file.encodings
    if text.isascii() or any(name.startswith("utf") for name in encodings):
        return text
    return text.encode(encodings[0], errors="replace").decode(encodings[0])


def _letters(text: str, volume: Volume) -> str:
    """Return letters and digits only: line breaks and marks change on the way into a load file."""
    signs = volume.standard.load_file
    plain = text.casefold().replace(signs.newline.casefold(), "")
    return "".join(_WORD.findall(plain.replace("þ", "th") if signs.quote == "þ" else plain))


def confirmed(seen: CheckContext, opened: Mapping[int, Opened]) -> frozenset[int]:
    """Return rows whose native says the same day of its last change, in some zone."""
    rows = set()
    for row, native in opened.items():
        true = _instant(native.fields.get(fields.MODIFIED, ""))
        day = seen.volume.standard.formats.date.read(seen.volume.cell("date_modified", row))
        if true is not None and day is not None and abs((true.date() - day).days) <= 1:
            rows.add(row)
    return frozenset(rows)


def undated(opened: Mapping[int, Opened]) -> frozenset[int]:
    """Return rows whose native was read and knows no date of modification."""
    return frozenset(
        row
        for row, native in opened.items()
        if not native.unread and not native.fields.get(fields.MODIFIED)
    )


def garbled(
    opened: Mapping[int, Opened], families: Families, row: int, role: str, cell: str
) -> bool | None:
    """Return True when the native or its parent holds the very characters of the cell.

    False when it holds others, None when nothing tells. No native names its custodian: what is
    garbled there was garbled by whoever wrote the load file.
    """
    signs, native = _signs(cell), opened.get(row)
    above = opened.get(families.parent.get(row, -1))
    texts = [*native.fields.values()] if native is not None else []
    attached = [*_attached(above.inside)] if above is not None else []
    if any(signs in _signs(text) for text in (*texts, *(each.name for each in attached))):
        return True
    if role == "custodian":
        return False
    if role == "file_name":
        named = native is not None and any(
            each.name and each.md5 == native.md5 and native.md5 for each in attached
        )
        return False if named else None
    column = {"from": fields.FROM, "to": fields.TO, "subject": fields.SUBJECT}
    held = native.fields.get(column.get(role, fields.AUTHOR)) if native is not None else ""
    return False if held else None


def _attached(inside: Iterable[Inside]) -> Iterator[Inside]:
    for each in inside:
        yield each
        yield from _attached(each.inside)


def _signs(text: str) -> str:
    return "".join(text.split())


def says(opened: Mapping[int, Opened], row: int, column: Column, day: date) -> bool:
    """Return True when the native itself holds this day for a date column."""
    native = opened.get(row)
    if native is None:
        return False
    true = _instant(native.fields.get(column.fill.partition(":")[2], ""))
    return true is not None and abs((true.date() - day).days) <= 1
