"""When an Outlook item was sent, received, made and changed, and what speaks against it.

The time sent is PidTagClientSubmitTime ([MS-OXOMSG] 2.2.3.11), which Exchange sets from the Date
header of what comes in. Some exports overwrite it with the time of the export: where the header the
message travelled under names another instant, the header is taken, and a Fault names both. Without
a submit time the header is all there is. A draft was not sent, whatever its stored headers say.
A FILETIME outside the calendar is left out, and a Fault says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.formats.bytes.values import field
from forthwith.formats.mail.dates import Dated, dated, plausible
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.properties import (
    PSETID_APPOINTMENT,
    PSETID_LOG,
    PSETID_TASK,
    Properties,
)
from forthwith.formats.outlook.property_types import TIME, is_no_date

_DATE = re.compile(r"^Date:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_CLOCK = re.compile(r"\d\d?:\d\d(?::\d\d)?")
_UNSENT: Final = 0x08
#: Clocks and gateways differ by less, the time of an export by more.
_APART: Final = timedelta(minutes=10)
_NAMES: Final = {
    mapi.SUBMIT_TIME: "the time sent",
    mapi.DELIVERY_TIME: "the time received",
    mapi.CREATED: "the time of creation",
    mapi.MODIFIED: "the time of the last change",
    mapi.START_DATE: "the start",
    mapi.END_DATE: "the end",
}
_NAMED: Final = {
    (PSETID_APPOINTMENT, 0x820D): "the start of the appointment",
    (PSETID_APPOINTMENT, 0x820E): "the end of the appointment",
    (PSETID_TASK, 0x8104): "the start of the task",
    (PSETID_TASK, 0x8105): "the due day of the task",
    (PSETID_LOG, 0x8706): "the start of the journal entry",
    (PSETID_LOG, 0x8708): "the end of the journal entry",
}


def times_of(message: Message) -> Iterator[FieldValue]:
    """Yield the times all items have, each with where it was read."""
    properties = message.properties
    sent, origin = sent_of(message)
    yield from field(fields.SENT, sent, origin)
    received = _of_mail(properties, mapi.DELIVERY_TIME).instant
    yield from field(fields.RECEIVED, received, f"mapi:{mapi.DELIVERY_TIME:#06x}")
    for name, identifier in ((fields.CREATED, mapi.CREATED), (fields.MODIFIED, mapi.MODIFIED)):
        yield from field(name, properties.instant(identifier), f"mapi:{identifier:#06x}")


def sent_of(message: Message) -> tuple[str, str]:
    """Return when it was sent as ISO 8601, "" for never or unknown, and where that was read."""
    submitted = _of_mail(message.properties, mapi.SUBMIT_TIME).instant
    travelled = date_header(message).instant
    by_header = not submitted or _apart(submitted, travelled)
    if by_header and travelled and not is_draft(message):
        return travelled, "mapi:0x007d"
    return submitted, "mapi:0x0039"


def _of_mail(properties: Properties, identifier: int) -> Dated:
    """Return a time of mail; one of a day on which none was sent is left out."""
    found = properties.instant(identifier)
    return plausible(found) if found else Dated("", "")


def is_draft(message: Message) -> bool:
    """Say whether it was never sent (MSGFLAG_UNSENT, [MS-OXCMSG] 2.2.1.6)."""
    return bool(message.properties.number(mapi.MESSAGE_FLAGS) & _UNSENT)


def date_header(message: Message) -> Dated:
    """Return the Date it travelled under; nothing without one."""
    line = _DATE.search(message.properties.text(mapi.TRANSPORT_HEADERS))
    if line is None:
        return Dated("", "")
    if len(_CLOCK.findall(line[1])) > 1:
        # Some gateways wrote two dates into one header: it contradicts no other time.
        if _of_mail(message.properties, mapi.SUBMIT_TIME).instant:
            return Dated("", "")
        doubt = f"names more than one time, of which the first is taken: {line[1][:80]!r}"
        return Dated(dated(line[1]).instant, doubt)
    return dated(line[1])


def _apart(submitted: str, travelled: str) -> bool:
    """Say whether two instants are too far apart to be one; a time without zone is no instant."""
    try:
        one, other = datetime.fromisoformat(submitted), datetime.fromisoformat(travelled)
        return abs(one - other) > _APART
    except (ValueError, TypeError, OverflowError):
        return False


def faults_of(message: Message) -> Iterator[Fault]:
    """Yield a Fault for two sent times that disagree, and for each time no calendar has."""
    properties = message.properties
    submitted = _of_mail(properties, mapi.SUBMIT_TIME).instant
    travelled = date_header(message)
    if submitted and _apart(submitted, travelled.instant):
        taken = "the time it was submitted" if is_draft(message) else "the header"
        detail = (
            f"two times sent: submitted {submitted}, Date header {travelled.instant}; "
            f"{taken} is taken"
        )
        yield Fault(FaultReason.DISAGREEMENT, detail)
    if travelled.doubt and not submitted and not is_draft(message):
        yield Fault(FaultReason.CORRUPT, f"the Date header {travelled.doubt}")
    for identifier in (mapi.SUBMIT_TIME, mapi.DELIVERY_TIME):
        if doubt := _of_mail(properties, identifier).doubt:
            yield Fault(FaultReason.CORRUPT, f"{_NAMES[identifier]} {doubt}")
    yield from _dropped(properties, "")
    for row in message.attachments:
        if not isinstance(row, Fault):
            yield from _dropped(row.properties, " of an attachment")


def _dropped(properties: Properties, whose: str) -> Iterator[Fault]:
    """Yield a Fault for each time that no calendar has."""
    named = {properties.named_id(*owner): name for owner, name in _NAMED.items()}
    for identifier, name in {**_NAMES, **named}.items():
        kind, ticks = properties.values.get(identifier, (0, None))
        if kind != TIME or not isinstance(ticks, int) or properties.instant(identifier):
            continue
        if not is_no_date(ticks):
            detail = f"{name}{whose} ({ticks:#018x}) lies outside the calendar and was left out"
            yield Fault(FaultReason.CORRUPT, detail)
