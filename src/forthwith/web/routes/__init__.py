"""What the room answers, one module a page."""

from __future__ import annotations

from typing import Any

from forthwith.web import live
from forthwith.web.routes import (
    batch_pages,
    batches,
    chronology,
    coding,
    conflict_pages,
    conflicts,
    document,
    draft,
    enter,
    exhibits,
    home,
    journal,
    listing,
    mail,
    me,
    pages,
    privilege,
    privilege_log,
    quality,
    quality_pages,
    ranking,
    received,
    redactions,
    shells,
    users,
)

#: Every handler; a module of this package adds its own, one line each.
ALL: list[Any] = [
    *enter.ALL,
    *me.ALL,
    *live.ALL,
    *home.ALL,
    *listing.ALL,
    *document.ALL,
    *shells.ALL,
    *coding.ALL,
    *batches.ALL,
    *redactions.ALL,
    *conflicts.ALL,
    *quality.ALL,
    *batch_pages.ALL,
    *conflict_pages.ALL,
    *quality_pages.ALL,
    *ranking.ALL,
    *chronology.ALL,
    *exhibits.ALL,
    *draft.ALL,
    *journal.ALL,
    *received.ALL,
    *privilege.ALL,
    *privilege_log.ALL,
    *users.ALL,
    *pages.HANDLERS,
    *mail.HANDLERS,
]
