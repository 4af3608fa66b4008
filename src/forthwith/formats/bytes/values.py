"""What a reader says of an item: fields without the empty ones, instants in one shape, marks.

A mark is how a hidden thing stands in the text: one shape for comments, tracked changes, hidden
cells. Instants are ISO 8601 with the offset the source gives, whole seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from forthwith.domain.evidence import FieldValue

_PDF_DATE = re.compile(
    r"(?:D:)?\s*(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?"
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


def field(name: str, value: str | Iterable[str], origin: str) -> tuple[FieldValue, ...]:
    """Return the field as a tuple of one, or nothing when the value is empty."""
    filled = value.strip() if isinstance(value, str) else tuple(v for v in value if v)
    return (FieldValue(name, filled, origin),) if filled else ()


def count(name: str, number: int, origin: str) -> tuple[FieldValue, ...]:
    """Return a count as a field, or nothing when it is zero."""
    return (FieldValue(name, str(number), origin),) if number else ()


def iso(text: str) -> str:
    """Return an ISO or W3C date as the vocabulary writes instants; "" when it is none."""
    if (match := _ISO_DATE.match(text.strip())) is None:
        return ""
    date = re.sub(r"\.\d+", "", match[0]).replace("Z", "+00:00")
    date = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", date) if "T" in date else date
    try:
        return datetime.fromisoformat(date).isoformat() if "T" in date else date
    except ValueError:
        return ""


def from_pdf_date(text: str) -> str:
    """Return a PDF date (ISO 32000-1, 7.9.4) in ISO 8601 with its own offset, or ""."""
    if (match := _PDF_DATE.match(text)) is None:
        return iso(text)
    year, *rest = (match[i] for i in range(1, 7))
    parts = [int(part) if part else least for part, least in zip(rest, (1, 1, 0, 0, 0))]
    try:
        moment = datetime(int(year), *parts).isoformat()  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return ""
    if match[7]:
        return moment + "+00:00"
    return f"{moment}{match[8]}{match[9]}:{match[10] or '00'}" if match[8] else moment


def utc(moment: datetime | None) -> str:
    """Return a moment known to be UTC as ISO 8601 ending in +00:00; "" for none."""
    if moment is None:
        return ""
    return moment.replace(tzinfo=UTC, microsecond=0).isoformat()


def mark(what: str, text: str, author: str = "", when: str = "", where: str = "") -> str:
    """Return "[what by author on day at where: text]", leaving out what is not known."""
    head = what
    if author:
        head += f" by {author}"
    if when:
        head += f" on {when[:10]}"
    if where:
        head += f" at {where}"
    return f"[{head}: {text.strip()}]" if text.strip() else f"[{head}]"
