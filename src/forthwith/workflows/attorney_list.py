"""A list of attorneys as people keep it: a CSV, read whole or refused with the line to mend."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.review.privilege.claims import Attorney

_COLUMNS = ("name", "addresses", "domains", "firm", "party", "from", "to")


class AttorneyListError(ForthwithError):
    """The list of attorneys cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path}: {why}. It is a CSV with the columns {', '.join(_COLUMNS)}; several addresses "
            'or domains in one cell are separated by ";", days are written 2023-07-10, and a party '
            "left blank is the producing one."
        )


def attorney_list(path: Path) -> list[Attorney]:
    """Read a list of attorneys from a CSV. Raises AttorneyListError."""
    if not path.is_file():
        raise AttorneyListError(path, "there is no such file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise AttorneyListError(path, f"not UTF-8 text in columns ({wrong})") from wrong
    if not rows or not {"name", "addresses"} <= rows[0].keys():
        raise AttorneyListError(path, "the columns are not there, or no row is")
    if strange := set(rows[0]) - set(_COLUMNS):
        raise AttorneyListError(path, f"nothing here knows the columns {sorted(map(str, strange))}")
    return [_row(path, place, row) for place, row in enumerate(rows, 2)]


def _row(path: Path, place: int, row: dict[str, str]) -> Attorney:
    cell = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    if not cell["name"]:
        raise AttorneyListError(path, f"line {place} has no name")
    try:
        since, until = (date.fromisoformat(t) if (t := cell[n]) else None for n in ("from", "to"))
    except ValueError as wrong:
        raise AttorneyListError(path, f"line {place}: {wrong}") from wrong
    if since and until and until < since:
        raise AttorneyListError(path, f"line {place}: the last day is before the first")
    addresses, domains = (_several(cell[name]) for name in ("addresses", "domains"))
    if not addresses and not domains:
        raise AttorneyListError(path, f"line {place} has neither an address nor a domain")
    return Attorney(cell["name"], addresses, domains, cell["firm"], cell["party"], since, until)


def _several(cell: str) -> tuple[str, ...]:
    parts = (each.strip().lower().lstrip("@") for each in cell.split(";"))
    return tuple(each for each in parts if each)
