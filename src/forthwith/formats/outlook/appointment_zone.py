"""The time zone an appointment was made in, and the day of one that lasts all day.

[MS-OXOCAL] 2.2.1.39 (PidLidTimeZoneStruct) and 2.2.1.41 (a definition: a name and rules by year).
Starts and ends are kept in UTC; an event of all day begins at midnight of its own zone, which is
another day in UTC.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from forthwith.formats.outlook.properties import PSETID_APPOINTMENT, Properties
from forthwith.plain import zones
from forthwith.plain.zones import Observance, YearlyDay

_ALL_DAY = 0x8215
#: Definitions of the start, the end and the recurrence; the older structure stands last.
_DEFINITIONS: Final = (0x825E, 0x825F, 0x8260)
_STRUCTURE = 0x8233
_MOST_RULES = 1024
#: Version, size, flags, year, unused; three biases in minutes; when standard and daylight begin.
_RULE = struct.Struct("<2xHHH14x3i16s16s")
_STANDALONE = struct.Struct("<3i2x16s2x16s")
_MOMENT = struct.Struct("<6H")


def day_of(properties: Properties, instant: str) -> str:
    """Return the day on which an event of all day starts or ends, else the instant as it is."""
    if not properties.number(properties.named_id(PSETID_APPOINTMENT, _ALL_DAY)) or not instant:
        return instant
    moment = datetime.fromisoformat(instant).astimezone(UTC).replace(tzinfo=None)
    local = _local(properties, moment)
    is_midnight = local is not None and (local.hour, local.minute, local.second) == (0, 0, 0)
    return local.date().isoformat() if local is not None and is_midnight else instant


def _local(properties: Properties, moment: datetime) -> datetime | None:
    """Return a moment in UTC by the clock of the appointment's zone; None where none is said."""
    for number in _DEFINITIONS:
        data = properties.binary(properties.named_id(PSETID_APPOINTMENT, number))
        if data and (local := _by_definition(data, moment)) is not None:
            return local
    data = properties.binary(properties.named_id(PSETID_APPOINTMENT, _STRUCTURE))
    if len(data) < _STANDALONE.size:
        return None
    bias, standard, daylight, *starts = _STANDALONE.unpack_from(data)
    return zones.local(_observances(bias, standard, daylight, starts), moment)


def _by_definition(data: bytes, moment: datetime) -> datetime | None:
    """Return the local time by the rule of that year, or by the zone of that name."""
    if len(data) < 8:
        return None
    length = int.from_bytes(data[6:8], "little") * 2
    count = int.from_bytes(data[8 + length : 10 + length], "little")
    rules = data[10 + length :][: min(count, _MOST_RULES) * _RULE.size]
    of_year = None
    for rule in _RULE.iter_unpack(rules[: len(rules) - len(rules) % _RULE.size]):
        if of_year is None or rule[2] <= moment.year:
            of_year = rule
    if of_year is not None:
        bias, standard, daylight, *starts = of_year[3:]
        return zones.local(_observances(bias, standard, daylight, starts), moment)
    name = data[8 : 8 + length].decode("utf-16-le", "replace").rstrip("\0")
    if (zone := zones.named(name)) is None:
        return None
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _observances(
    bias: int, standard_bias: int, daylight_bias: int, starts: Sequence[bytes]
) -> tuple[Observance, ...]:
    """Return what biases (minutes west of UTC) and two days of the year say of a zone."""
    if max(abs(bias), abs(standard_bias), abs(daylight_bias)) > 24 * 60:
        return ()
    standard = timedelta(minutes=-(bias + standard_bias))
    daylight = timedelta(minutes=-(bias + daylight_bias))
    always = datetime(1601, 1, 1)  # noqa: DTZ001 - the first day a FILETIME has
    out = []
    for start, before, after in (
        (starts[0], daylight, standard),
        (starts[1], standard, daylight),
    ):
        year, month, weekday, day, hour, minute = _MOMENT.unpack_from(start)
        if not month:
            return (Observance(always, standard, standard),)
        if year or not (
            month <= 12 and weekday < 7 and 1 <= day <= 5 and hour < 24 and minute < 60
        ):
            return ()
        # Weeks begin on Sunday there, on Monday here.
        yearly = YearlyDay(month, (weekday + 6) % 7, day)
        out.append(Observance(always.replace(hour=hour, minute=minute), before, after, yearly))
    return tuple(out)
