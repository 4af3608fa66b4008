"""The monthly report: every figure of a month with the rows it rests on (books.md section 13).

What is printed is plain JSON; a workbook and a paper are made from it and from nothing else. The
commitments are what a later change of the books is held against: the root of each tree of
liabilities, the table of stakes, blocks, closing balances with the digests of their files, and the
totals of the control accounts.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from forthwith.books.books import Books, WitnessRow
from forthwith.books.breaks import Breaks, BreaksOverTime
from forthwith.books.commingling import commingling
from forthwith.books.control import Control
from forthwith.books.coverage import Coverage, coverage, gap_json
from forthwith.books.liabilities.leaves import owed_leaves
from forthwith.books.liabilities.tree import commit
from forthwith.books.position import AssetPosition, Position, parameters_json, position
from forthwith.books.reckoning import Reckoning
from forthwith.books.report.commitments import commitments
from forthwith.books.report.figures import Figures
from forthwith.books.report.lines import Amount, PlaceLine, own_transfers, place_lines
from forthwith.books.timeline import Timeline, timeline
from forthwith.domain.errors import ForthwithError
from forthwith.domain.instants import Instant, day_end, day_start, instant_text

FORM = "forthwith/books-report/1"
#: Whose the salts of the trees are: the exchange kept them, or whoever has the files makes them.
KEPT, DRAWN = "kept", "drawn from the files"
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class BadMonthError(ForthwithError):
    """What was named is no month."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a month; write it as 2026-01.")


@dataclass(frozen=True, slots=True)
class CouldMove:
    """Who could move what lay in a place during the month, by one path of custody's facts."""

    place: str
    path: str
    who: tuple[str, ...]
    #: shown, excluded, not shown
    answer: str


@dataclass(frozen=True)
class Month:
    """What a report is made from: a reckoning, a month, and what only its maker knows."""

    reckoning: Reckoning
    control: Control
    #: "2026-01"
    month: str
    certifier: str = ""
    version: int = 1
    #: Of the salts of the trees; b"" takes one that only who has the files can make.
    key: bytes = b""
    could_move: tuple[CouldMove, ...] = ()
    #: Payees as `payments` has them.
    payees: tuple[Mapping[str, Any], ...] = ()
    #: The same books as they were known when the report was signed, and that instant.
    signed: Reckoning | None = None
    signed_at: Instant | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def books(self) -> Books:
        """The books as given."""
        return self.reckoning.books

    @cached_property
    def start(self) -> Instant:
        """The month's first instant. Raises BadMonthError."""
        return day_start(self._day(first=True), self.reckoning.parameters.zone)

    @cached_property
    def cut(self) -> Instant:
        """The end of the month's last day. Raises BadMonthError."""
        return day_end(self._day(first=False), self.reckoning.parameters.zone)

    def _day(self, *, first: bool) -> date:
        found = _MONTH.fullmatch(self.month)
        try:
            # Its days and those after it must be days of the calendar.
            if found is None or not 1900 <= int(found[1]) <= 9000:
                raise BadMonthError(self.month)
            year, number = int(found[1]), int(found[2])
            return date(year, number, 1 if first else monthrange(year, number)[1])
        except ValueError as wrong:
            raise BadMonthError(self.month) from wrong

    @cached_property
    def line(self) -> Timeline:
        """Owed and held as steps."""
        return timeline(self.reckoning)

    @cached_property
    def position(self) -> Position:
        """The position at the cut."""
        return position(self.reckoning, self.cut, self.control, line=self.line)

    @cached_property
    def coverage(self) -> Coverage:
        """Shortfalls and least differences of the month."""
        return coverage(self.reckoning, self.start, self.cut + 1, line=self.line)

    @cached_property
    def breaks(self) -> Breaks:
        """Breaks that stood in the month, and what they leave unexplained at the cut."""
        return BreaksOverTime(self.reckoning, self.control).over(self.start, self.cut + 1)

    @cached_property
    def salt_key(self) -> bytes:
        """The key of the salts: as given, or drawn from the digests of all files.

        Whoever has every file can make it, and such a reader has the amounts already; a customer
        who holds one proof cannot.
        """
        return self.key or drawn_key(self.books.files)


def drawn_key(files: Mapping[str, str]) -> bytes:
    """Return the key of salts that whoever has all files can make, from their digests by name."""
    digests = "".join(f"{name}\t{files[name]}\n" for name in sorted(files))
    return hmac.digest(b"forthwith/books-report/salts", digests.encode(), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as JSON, and the rows of each of its figures."""

    body: Mapping[str, Any]
    figures: Figures
    #: Of each asset.
    decimals: Mapping[str, int]


def report(month: Month) -> Report:
    """Return the report of a month. Raises BadMonthError, LiabilitiesError."""
    figures = Figures()
    found = month.position
    unregistered = {place for row in found.assets for place in row.unregistered} | {
        f"address:{address}" for _, address in month.reckoning.suspects
    }
    lines = place_lines(month.reckoning, month.start, month.cut, unregistered)
    mixed = commingling(month.reckoning, month.start, month.cut + 1)
    assets = [_asset(month, row, figures) for row in found.assets]
    body: dict[str, Any] = {
        "format": FORM,
        "headline": [],
        "exchange": _exchange(month),
        "month": month.month,
        "version": month.version,
        "certifier": month.certifier,
        "from": instant_text(month.start),
        "cut": instant_text(month.cut),
        "heights": {
            chain: None
            if block is None
            else {"height": block.height, "hash": block.hash, "time": instant_text(block.time)}
            for chain, block in found.heights.items()
        },
        "parameters": parameters_json(month.reckoning.parameters, found.assets),
        "files": dict(sorted(month.books.files.items())),
        "assets": assets,
        "places": [_place(month, line, figures) for line in lines],
        "commingling": [row.as_json() for row in mixed.intervals],
        "beside": [row.as_json() for row in mixed.beside],
        "expenses": [_payee(row, figures) for row in month.payees],
        "own_transfers": list(_own(month, figures)),
        "dressing": [row.as_json() for row in month.coverage.dressing],
        "breaks": [row.as_json(month.books.assets) for row in month.breaks.breaks],
        "salts": KEPT if month.key else DRAWN,
        "could_move": [
            {"place": row.place, "path": row.path, "who": list(row.who), "answer": row.answer}
            for row in month.could_move
        ],
        "liabilities": list(_liabilities(month, figures)),
        "known_at_signing": _signed(month),
        "gaps": [gap_json(gap) for gap in month.coverage.gaps],
        "tellings": list(_tellings(month.reckoning)),
        "notes": [*month.notes, *month.books.notes, *month.reckoning.notes],
    }  # fmt: skip
    roots = {row["asset"]: row["root"] for row in body["liabilities"]}
    body["commitments"] = commitments(month.reckoning, month.cut, roots, body["heights"])
    body["headline"] = list(_headline(body))
    body["witnesses"] = figures.as_json()
    decimals = {name: asset.decimals for name, asset in month.books.assets.items()}
    return Report(body, figures, decimals)


def _exchange(month: Month) -> str:
    """Return what the holder of customers' places is called at the cut."""
    holder = next((row.holder for row in month.books.places if row.klass == "customer"), "")
    return next(
        (
            row.name
            for row in month.books.names
            if row.entity == holder and row.span.holds(month.cut)
        ),
        holder,
    )


def _place(month: Month, line: PlaceLine, figures: Figures) -> dict[str, Any]:
    """Return the line of one place and asset."""
    at = f"places/{line.place}/{line.asset.id}"

    def figure(name: str, amount: Amount) -> str:
        return figures.add(f"{at}/{name}", line.asset.text(amount.units), amount.rows)

    balance, of, rows = _balance(month, line)
    told = figures.add(f"{at}/balance", line.asset.text(balance), rows) if of else None
    rows_of = [row for row in month.books.places if row.place == line.place and row.chain]
    addresses = [row for row in rows_of if row.span.holds(month.cut)]
    days = month.reckoning.parameters.proof_age
    proved = {
        row.address
        for row in addresses
        if month.control.fresh(row.chain, row.address, month.cut, days)
    }
    return {
        "place": line.place,
        "asset": line.asset.id,
        "class": line.klass,
        "opening": figure("opening", line.opening),
        "in": {side: figure(f"in/{side}", sum_) for side, sum_ in sorted(line.inflows.items())},
        "out": {side: figure(f"out/{side}", sum_) for side, sum_ in sorted(line.outflows.items())},
        "network_fees": figure("network_fees", line.fees),
        "closing": figure("closing", line.closing),
        "balance": {"amount": told, "of": of},
        "difference": None if told is None else line.asset.text(line.closing.units - balance),
        "proved": sorted(proved),
        "unproved": sorted(row.address for row in addresses if row.address not in proved),
    }


def _balance(month: Month, line: PlaceLine) -> tuple[int, str, list[WitnessRow]]:
    """Return what the place's own witness shows at the cut, its name and its rows.

    It is read from legs of transactions and entries of statements, not from moves. No name: it is
    not shown.
    """
    total = 0
    rows: list[WitnessRow] = []
    for change in month.reckoning.held_changes:
        if change.at > month.cut:
            break
        if change.place == line.place and change.asset == line.asset.id:
            total += change.delta
            rows.extend(change.rows)
    hidden = any(
        gap.of in (line.place, line.asset.chain)
        and gap.asset in ("", line.asset.id)
        and (gap.start is None or gap.start <= month.cut)
        and (gap.end is None or month.cut < gap.end)
        for gap in month.reckoning.gaps
    )
    if hidden:
        return 0, "", []
    if line.asset.chain:
        block = month.position.heights.get(line.asset.chain)
        return (total, f"block {block.height} {block.hash}", rows) if block else (0, "", [])
    statement = max(
        (
            (row.closing.day, row.id, row.file)
            for row in month.books.statements
            if row.closing is not None
            and row.account in {p.address for p in month.books.places if p.place == line.place}
            and day_end(row.closing.day, month.reckoning.parameters.zone) <= month.cut
        ),
        default=None,
    )
    if statement is None:
        return (total, "entries of statements", rows) if rows else (0, "", [])
    return total, f"statement {statement[1]} of {statement[0]}, {statement[2]}", rows


def _asset(month: Month, row: AssetPosition, figures: Figures) -> dict[str, Any]:
    """Return one asset at the cut and over the month."""
    name, text = row.asset.id, row.asset.text
    at = f"assets/{name}"
    owed_rows = _owed_rows(month, name)
    owed = {
        klass: figures.add(f"{at}/owed/{klass}", text(amount), owed_rows.get(klass, ()))
        for klass, amount in (
            ("outsider", row.owed.outsider),
            ("affiliated_lp", row.owed.affiliated_lp),
            ("house", row.owed.house),
            ("negative", row.owed.negative),
        )
    }
    customers = [*owed_rows.get("outsider", ()), *owed_rows.get("affiliated_lp", ())]
    held_rows = _held_rows(month, name)
    all_held = [witness for place in row.held for witness in held_rows.get(place, ())]
    held = {
        place: figures.add(f"{at}/held/{place}", text(amount), held_rows.get(place, ()))
        for place, amount in row.held.items()
    }
    unregistered = {
        place: figures.add(f"{at}/unregistered/{place}", text(amount), held_rows.get(place, ()))
        for place, amount in row.unregistered.items()
    }
    least = next((found for found in month.coverage.least if found.asset.id == name), None)
    difference, both = row.difference, [*customers, *all_held]

    def sum_of(what: str, amount: int | None, rows: Iterable[WitnessRow]) -> str | None:
        return None if amount is None else figures.add(f"{at}/{what}", text(amount), rows)

    return {
        "asset": name,
        "owed": owed,
        "owed_customers": sum_of("owed_customers", row.owed.customers, customers),
        "held": held,
        "held_customers": sum_of(
            "held_customers", None if row.not_shown else row.held_customers, all_held
        ),
        "others": {place: text(amount) for place, amount in row.others.items()},
        "unregistered": unregistered,
        "unregistered_total": text(sum(row.unregistered.values())),
        "unproved": {place: text(amount) for place, amount in row.unproved.items()},
        "not_shown": dict(row.not_shown),
        "difference": sum_of("difference", difference, both),
        "shortfall": sum_of("shortfall", row.shortfall, both),
        "dust": text(row.dust),
        "least": {
            "difference": sum_of("least", least.difference if least else None, both),
            "at": instant_text(least.at) if least else None,
        },
        "shortfalls": [
            found.as_json() for found in month.coverage.shortfalls if found.asset.id == name
        ],
        "unexplained": text(month.breaks.explained[name].unexplained),
    }


def _owed_rows(month: Month, asset: str) -> dict[str, list[WitnessRow]]:
    """Return by class the rows of the ledger that make what is owed at the cut."""
    classes = {}
    for account in sorted(
        month.books.accounts, key=lambda row: (row.span.holds(month.cut), row.span.start or 0)
    ):
        classes[account.account] = account.klass
    balances: dict[str, int] = defaultdict(int)
    rows: dict[str, list[WitnessRow]] = defaultdict(list)
    for change in month.reckoning.owed_changes:
        if change.at > month.cut:
            break
        if change.asset == asset:
            balances[change.account] += change.delta
            rows[change.account].append(change.row.witness)
    found: dict[str, list[WitnessRow]] = defaultdict(list)
    for name, its in rows.items():
        klass = "negative" if balances[name] < 0 else classes.get(name, "")
        found[klass].extend(its)
    return found


def _held_rows(month: Month, asset: str) -> dict[str, list[WitnessRow]]:
    rows: dict[str, list[WitnessRow]] = defaultdict(list)
    for change in month.reckoning.held_changes:
        if change.at > month.cut:
            break
        if change.asset == asset:
            rows[change.place].extend(change.rows)
    return rows


def _payee(row: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    rows = [WitnessRow(*text.rsplit(":", 1)) for text in row.get("rows", ())]
    place = f"expenses/{row['entity']}/{row['asset']}"
    figures.add(place, str(row["amount"]), rows)
    return dict(row)


def _own(month: Month, figures: Figures) -> Iterator[dict[str, Any]]:
    for number, transfer in enumerate(own_transfers(month.reckoning, month.start, month.cut), 1):
        move, asset = transfer.move, month.books.assets[transfer.move.asset]
        yield {
            "at": instant_text(move.left),
            "arrived": instant_text(move.arrived),
            "asset": asset.id,
            "amount": figures.add(
                f"own_transfers/{number}", asset.text(move.amount), move.witnesses
            ),
            "from_place": transfer.source,
            "to_place": transfer.target,
            "reference": move.reference,
        }


def _liabilities(month: Month, figures: Figures) -> Iterator[dict[str, Any]]:
    """Yield the commitment of each asset that anybody is owed; its sum is `owed` (law 4)."""
    as_of = instant_text(month.cut)
    for name, asset in month.books.assets.items():
        leaves = owed_leaves(month.reckoning.owed_changes, month.books.accounts, name, month.cut)
        if not leaves.owed:
            continue
        made = commit(month.salt_key, name, as_of, leaves.owed)
        rows = [
            change.row.witness
            for change in month.reckoning.owed_changes
            if change.asset == name and change.at <= month.cut and change.account in leaves.owed
        ]
        yield {
            "asset": name,
            "root": made.root.hex(),
            "total": figures.add(f"liabilities/{name}/total", asset.text(made.total), rows),
            "leaves": made.leaves,
        }


def _signed(month: Month) -> dict[str, Any] | None:
    """Return owed and held at the cut as they were known when the report was signed."""
    if month.signed is None or month.signed_at is None:
        return None
    found = position(month.signed, month.cut, month.control)
    return {
        "at": instant_text(month.signed_at),
        "assets": [
            {
                "asset": row.asset.id,
                "owed_customers": row.asset.text(row.owed.customers),
                "held_customers": None if row.not_shown else row.asset.text(row.held_customers),
                "difference": None if row.difference is None else row.asset.text(row.difference),
            }
            for row in found.assets
        ],
    }


def _tellings(reckoning: Reckoning) -> Iterator[dict[str, str]]:
    """Yield what statements of an account do not agree on, and what is wrong within one."""
    for account in reckoning.accounts:
        for difference in account.differences:
            yield {"account": account.account, "says": difference.says}
        for fault in account.faults:
            yield {"account": account.account, "says": fault.what}


def _headline(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a reader must know first: what is unexplained, short, mixed, not shown."""
    for row in body["assets"]:
        if row["unexplained"].strip("-0."):
            yield f"{row['unexplained']} {row['asset']} of the difference is explained by no row."
    for gap in body["gaps"]:
        yield f"Not shown: {gap['place']} from {gap['from'] or 'the start'}: {gap['why']}."
    for row in body["assets"]:
        for found in row["shortfalls"]:
            yield (
                f"{row['asset']} was short from {found['from']} to {found['to']}, at most by "
                f"{found['most']}."
            )
    loud = [row for row in body["commingling"] if row["kind"] == "used"]
    for row in loud:
        yield (
            f"Customers' {row['asset']} in {row['place']} paid for {' and '.join(row['groups'])} "
            f"from {row['from']}."
        )
    if not any(row["shortfalls"] for row in body["assets"]) and not body["gaps"]:
        yield "What customers were owed was held at every instant of the month."
