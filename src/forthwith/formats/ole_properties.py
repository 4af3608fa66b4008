"""SummaryInformation and DocumentSummaryInformation ([MS-OLEPS]) as fields.

Their instants are FILETIMEs, so UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue
from forthwith.formats.charset import decode, encodable
from forthwith.formats.ole_objects import OLE_ERRORS, Ole
from forthwith.formats.values import field, utc

_TEXTS = {
    "title": fields.TITLE, "subject": fields.SUBJECT, "author": fields.AUTHOR,
    "keywords": fields.KEYWORDS, "comments": fields.DESCRIPTION, "template": fields.TEMPLATE,
    "last_saved_by": fields.LAST_AUTHOR, "revision_number": fields.REVISION,
    "creating_application": fields.APPLICATION, "category": fields.CATEGORY,
    "manager": fields.MANAGER, "company": fields.COMPANY,
}  # fmt: skip
_TIMES = {
    "create_time": fields.CREATED, "last_saved_time": fields.MODIFIED,
    "last_printed": fields.PRINTED,
}  # fmt: skip
_COUNTS = {"num_pages": fields.PAGES, "slides": fields.PAGES}
#: Before this a FILETIME is a blank or a duration, not a day.
_FIRST_YEAR = 1980


def properties(ole: Ole) -> tuple[FieldValue, ...]:
    """Return what the file says of itself; nothing when its property sets are broken."""
    try:
        held = ole.get_metadata()
    except OLE_ERRORS:
        return ()
    page = getattr(held, "codepage", None)
    charset = f"cp{page & 0xFFFF}" if isinstance(page, int) else ""
    charset = "utf-8" if charset == "cp65001" else charset
    found: list[FieldValue] = []
    for key, name in _TEXTS.items():
        value = _text(getattr(held, key), charset)
        words = [v.strip() for v in value.replace(";", ",").split(",")]
        found += field(name, words if name in fields.MULTI else value, f"summary:{key}")
    for key, name in _TIMES.items():
        moment = getattr(held, key)
        if isinstance(moment, datetime) and moment.year >= _FIRST_YEAR:
            found += field(name, utc(moment), f"summary:{key}")
    for key, name in _COUNTS.items():
        number = getattr(held, key)
        if isinstance(number, int) and number > 0 and all(f.name != name for f in found):
            found += field(name, str(number), f"summary:{key}")
    return tuple(found)


def _text(value: Any, charset: str) -> str:
    if isinstance(value, bytes):
        value = decode(value.rstrip(b"\0"), charset).text
    return encodable(value).strip("\0 ") if isinstance(value, str) else ""
