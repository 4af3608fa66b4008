"""A claimed sum followed by five methods, and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from forthwith.books.pictures import sankey
from forthwith.books.tracing.diagram import diagram
from forthwith.books.tracing.trace import trace as trace_of
from forthwith.domain.errors import ForthwithError
from forthwith.plain.drawings.drawing import Drawing
from forthwith.workflows.books import pictures
from forthwith.workflows.books.ask import Reckoned
from forthwith.workflows.books.options import BooksOptions, When
from forthwith.workflows.books.pictures import Written


class UnknownClaimError(ForthwithError):
    """No row of claims has this id."""

    def __init__(self, claim: str, known: list[str]) -> None:
        there = f"it has {', '.join(known)}" if known else "it has no row"
        super().__init__(f"The table claims has no claim {claim!r}; {there}.")


def trace(
    home: Path,
    options: BooksOptions,
    claim: str,
    until: When | None = None,
    page: Path | None = None,
    picture: Path | None = None,
    *,
    order: str = "",
) -> tuple[dict[str, Any], Written]:
    """Return where a claim went, by method and order. Raises UnknownClaimError, TraceError."""
    reckoned = Reckoned.open(home, options)
    rows = {row.claim: row for row in reckoned.books.claims}
    if claim not in rows:
        raise UnknownClaimError(claim, sorted(rows))
    last = until.cut(options.zone) if until else None
    found = trace_of(reckoned.reckoning, rows[claim], until=last)
    drawn = diagram(found, order)

    def picture_of(width: float) -> Drawing:
        return sankey.drawing(drawn, width=width)

    body = found.as_json()
    table = (
        "Left and gone, by method and order",
        ("Method", "Order", "Left", "Gone"),
        [
            (method, order_name, _words(outcome["left"]), _words(outcome["gone"]))
            for method, orders in body["methods"].items()
            for order_name, outcome in orders.items()
        ],
    )
    written = pictures.files(home, picture_of, table, page, picture) if page or picture else []
    return body, written


def _words(amounts: dict[str, str]) -> str:
    return "; ".join(f"{place} {amount}" for place, amount in amounts.items()) or "nothing"
