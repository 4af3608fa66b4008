"""What the room answers, one module a page."""

from __future__ import annotations

from typing import Any

from forthwith.web import live
from forthwith.web.routes import (
    batch_pages,
    chronology,
    conflict_pages,
    document,
    enter,
    exhibits,
    home,
    journal,
    listing,
    mail,
    pages,
    quality_pages,
)

#: Every handler; a module of this package adds its own, one line each.
ALL: list[Any] = [
    *enter.ALL,
    *live.ALL,
    *home.ALL,
    *listing.ALL,
    *document.ALL,
    *batch_pages.ALL,
    *conflict_pages.ALL,
    *quality_pages.ALL,
    *chronology.ALL,
    *exhibits.ALL,
    *journal.ALL,
    *pages.HANDLERS,
    *mail.HANDLERS,
]
