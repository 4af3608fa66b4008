"""What the room answers, one module a page."""

from __future__ import annotations

from typing import Any

from forthwith.web.routes import document, enter, listing, shells

#: Every handler; a module of this package adds its own, one line each.
ALL: list[Any] = [
    *enter.ALL,
    *listing.ALL,
    *document.ALL,
    *shells.ALL,
]
