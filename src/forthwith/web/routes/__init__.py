"""What the room answers, one module a page."""

from __future__ import annotations

from typing import Any

from forthwith.web.routes import (
    chronology,
    document,
    enter,
    exhibits,
    journal,
    listing,
    mail,
    pages,
)

#: Every handler; a module of this package adds its own, one line each.
ALL: list[Any] = [
    *enter.ALL,
    *listing.ALL,
    *document.ALL,
    *chronology.ALL,
    *exhibits.ALL,
    *journal.ALL,
    *pages.HANDLERS,
    *mail.HANDLERS,
]
