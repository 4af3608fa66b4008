"""Layouts of CSV files: which column of a bank's or an exchange's file is what.

A layout is shipped (layouts.toml) or a person's own mapping file in YAML with the same keys. Every
key must be known and every heading must be in the file: a misspelt one would read less in silence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.tables import yaml
from forthwith.plain import zones
from forthwith.plain.day_order import DAY_FIRST, MONTH_FIRST
from forthwith.plain.table_names import FileFaultError, nearest, short

BANK, EXCHANGE, PRICES = "bank", "exchange", "prices"
#: Year first: for days of which all three parts have two digits.
YEAR_FIRST = "year-first"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "of": (BANK, EXCHANGE, PRICES),
    "date_order": (DAY_FIRST, MONTH_FIRST, YEAR_FIRST),
    "decimal": (".", ","),
    "positive": ("credit", "debit"),
    "table": ("customer_ledger", "place_ledger"),
    "exactly": ("true", "false"),
    "capitals": ("true", "false"),
    "whole": ("true", "false"),
}
_YES_OR_NO = frozenset(("exactly", "capitals", "whole"))
_TEXTS = frozenset((
    "name", "currency", "zone", "asset", "place", "when", "asset_less", "needed", "separator",
    *_CHOICES,
))  # fmt: skip
_LISTS = frozenset(("headings", "memo", "account_columns"))
_MAPPINGS = frozenset(("kinds", "assets"))
_WORDS = frozenset(("only", "idle", "words"))
FIELDS = (
    "date", "value", "amount", "debit", "credit", "direction", "balance", "account", "currency",
    "reference", "party", "party_account", "text", "status", "fee", "fee_besides",
)  # fmt: skip
_ROW = frozenset(("kind", "asset", "amount", "sign", "signs", "where", "account", "other"))
KEYS = tuple(sorted(_TEXTS | _LISTS | _MAPPINGS | _WORDS | {
    "columns", "rows", "account", "layout", "reference",
}))  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowRule:
    """What one line of an exchange's file becomes; a text that begins with = is a value."""

    kind: str
    amount: str
    #: "" where the unit stands in the cell of the amount.
    asset: str = ""
    #: "+", "-", or "" where the cell's own sign counts.
    sign: str = ""
    #: Word of the column of `kind` to the sign, where lines differ.
    signs: Mapping[str, str] = field(default_factory=dict)
    #: Heading → words of the lines that this rule is for.
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    account: tuple[str, ...] = ()
    #: Heading of the other side's address.
    other: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout. Headings are as the file writes them."""

    name: str = ""
    #: "" in a mapping that only adds to whatever shipped layout a file has.
    of: str = BANK
    headings: tuple[str, ...] = ()
    #: Whether the file has these headings and no other.
    exactly: bool = False
    #: Whether a line of a trade has both its sides.
    whole: bool = False
    #: A bank's: field → headings.
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Field → words, beside those that are shipped.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_order: str = ""
    decimal: str = ""
    separator: str = ""
    #: Whether a positive amount is a credit, or a debit as card companies write it.
    positive: str = ""
    #: The account's number, or the customer's account; a heading where it begins so in `account`.
    account: str = ""
    account_columns: tuple[str, ...] = ()
    currency: str = ""
    zone: str = ""
    asset: str = ""
    place: str = ""
    table: str = "customer_ledger"
    when: str = ""
    reference: str = ""
    memo: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    #: Coin as the file calls it → id in the table of assets.
    assets: Mapping[str, str] = field(default_factory=dict)
    capitals: bool = False
    asset_less: str = ""
    #: Heading of a cell without which a line is told again by another.
    needed: str = ""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    idle: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: tuple[RowRule, ...] = ()


def folded(heading: str) -> str:
    """Return a heading without capitals, signs and spaces; "+" and "/" alone stay."""
    return re.sub(r"[\W_]+", "", heading.casefold()) or heading.strip()


def fits(layout: Layout, cells: Sequence[str]) -> bool:
    """Return whether a line of headings is that of a layout."""
    there = {folded(cell) for cell in cells if cell.strip()}
    wanted = {folded(heading) for heading in layout.headings}
    return bool(wanted) and (wanted == there if layout.exactly else wanted <= there)


def shipped_for(cells: Sequence[str]) -> Layout | None:
    """Return the shipped layout with the most headings among these cells."""
    fitting = [layout for layout in shipped() if fits(layout, cells)]
    return max(fitting, key=lambda layout: len(layout.headings), default=None)


@cache
def shipped() -> tuple[Layout, ...]:
    """Return the layouts of layouts.toml."""
    return tuple(_layout(body) for body in _shipped_file()["layout"])


@cache
def bank_headings() -> Mapping[str, tuple[str, int]]:
    """Return folded heading → (field, rank), where the lowest rank of a field stands."""
    found: dict[str, tuple[str, int]] = {}
    for name, ranks in _shipped_file()["bank"]["headings"].items():
        for rank, headings in enumerate(ranks):
            for heading in headings:
                found.setdefault(folded(heading), (name, rank))
    return found


@cache
def bank_words(name: str) -> frozenset[str]:
    """Return the shipped words of one meaning ("opening", "pending"), in small letters."""
    return frozenset(word.casefold() for word in _shipped_file()["bank"]["words"].get(name, ()))


def mapping(data: bytes, file: str) -> tuple[Layout | None, tuple[RowFault, ...]]:
    """Read a person's mapping file; None and what is wrong with it, or the layout and nothing."""
    try:
        body = yaml.document(data, file)
    except FileFaultError as stop:
        return None, (stop.fault,)
    checker = _Checker(file, data.decode("utf-8-sig", "replace"))
    if not isinstance(body, dict):
        checker.fault(
            "", "the file is not keys with their values", "Write columns: and under it date: Date"
        )
        return None, tuple(checker.faults)
    checker.check(body)
    return (None if checker.faults else _over(body)), tuple(checker.faults)


def _over(body: Mapping[str, Any]) -> Layout:
    """Return the layout of a mapping, over the shipped one that it names."""
    base = next((one for one in shipped() if one.name == body.get("layout")), None)
    own = _layout(body)
    if base is None:
        bare = not body.keys() & {"of", "columns", "rows", "headings"}
        return replace(own, of="") if bare else own
    told = {key for key in body if key in Layout.__dataclass_fields__} | (
        {"account_columns"} if isinstance(body.get("account"), list) else set()
    )
    return replace(base, **{key: getattr(own, key) for key in told})


def _layout(body: Mapping[str, Any]) -> Layout:
    texts = {key: str(body[key]) for key in _TEXTS - _YES_OR_NO if key in body}
    account = body.get("account", "")
    return Layout(
        **texts,
        exactly=_true(body.get("exactly")),
        capitals=_true(body.get("capitals")),
        whole=_true(body.get("whole")),
        reference=str(body.get("reference", "")),
        account="" if isinstance(account, list) else str(account),
        account_columns=tuple(account) if isinstance(account, list) else (),
        headings=tuple(body.get("headings", ())),
        memo=_several(body.get("memo", ())),
        columns={key: _several(value) for key, value in body.get("columns", {}).items()},
        words={key: _several(value) for key, value in body.get("words", {}).items()},
        only={key: _several(value) for key, value in body.get("only", {}).items()},
        idle={key: _several(value) for key, value in body.get("idle", {}).items()},
        kinds=dict(body.get("kinds", {})),
        assets=dict(body.get("assets", {})),
        rows=tuple(_rule(row) for row in body.get("rows", ())),
    )


def _rule(body: Mapping[str, Any]) -> RowRule:
    return RowRule(
        body["kind"],
        body["amount"],
        body.get("asset", ""),
        body.get("sign", ""),
        dict(body.get("signs", {})),
        {key: _several(value) for key, value in body.get("where", {}).items()},
        _several(body.get("account", ())),
        body.get("other", ""),
    )


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _true(value: Any) -> bool:
    return value is True or value == "true"


@cache
def _shipped_file() -> dict[str, Any]:
    text = files(__package__).joinpath("layouts.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class _Checker:
    """Says what is wrong with a mapping, and on which line."""

    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text
        self.faults: list[RowFault] = []

    def fault(self, key: str, what: str, do: str) -> None:
        """Add a fault at the line where a key first stands."""
        at = re.search(rf"^[\s\-{{]*[\"']?{re.escape(key)}[\"']?\s*:", self._text, re.MULTILINE)
        line = self._text.count("\n", 0, at.end()) + 1 if key and at else 0
        self.faults.append(RowFault(self._file, line, what, do))

    def check(self, body: Mapping[str, Any]) -> None:
        """Find every fault of a mapping."""
        for key, value in body.items():
            if key not in KEYS:
                self.fault(
                    key, f"{short(key)} is not a key of a mapping", nearest(key, KEYS, "Keys are")
                )
            elif key in _TEXTS or key in ("layout", "reference"):
                self._text_of(key, value)
            elif key in _LISTS or key == "account":
                self._list(key, value)
            elif key in _MAPPINGS:
                self._mapping(key, value, lists=False)
            elif key in _WORDS or key == "columns":
                self._mapping(key, value, lists=True)
        if not self.faults:
            self._whole(body)

    def _text_of(self, key: str, value: Any) -> None:
        if not isinstance(value, str) or not value:
            self.fault(key, f"{key} is not one text", f"Write it as {key}: and one text")
        elif key in _CHOICES and value not in _CHOICES[key]:
            self.fault(
                key, f"{key} is {short(value)}", f"Write {' or '.join(map(repr, _CHOICES[key]))}"
            )
        elif key == "zone" and zones.named(value) is None:
            self.fault(
                key, f"{short(value)} is not a time zone", "Write one as Europe/Berlin or UTC"
            )
        elif key == "layout" and value not in (names := [layout.name for layout in shipped()]):
            self.fault(
                key,
                f"no shipped layout is called {short(value)}",
                nearest(value, names, "Layouts are"),
            )

    def _list(self, key: str, value: Any) -> bool:
        if isinstance(value, str) or (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
        ):
            return True
        self.fault(key, f"{key} is not a text or a list of texts", f"Write it as {key}: [One, Two]")
        return False

    def _mapping(self, key: str, value: Any, *, lists: bool) -> bool:
        if not isinstance(value, dict):
            self.fault(
                key,
                f"{key} is not names with their values",
                f"Write names under {key}:, one a line",
            )
            return False
        for name, item in value.items():
            if key == "columns" and name not in FIELDS:
                self.fault(
                    name,
                    f"{short(name)} is not a field of a statement",
                    nearest(name, FIELDS, "Fields are"),
                )
            elif not (self._list(name, item) if lists else isinstance(item, str)):
                if not lists:
                    self.fault(name, f"{key}: {short(name)} is not one text", "Write one text")
                return False
        return True

    def _whole(self, body: Mapping[str, Any]) -> None:
        """Check what a mapping must have."""
        rows = body.get("rows", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            do = "Write it as - kind: =deposit and the other keys under it"
            self.fault("rows", "rows is not a list of rules", do)
            return
        for row in rows:
            self._row(row)
        if "layout" in body:
            return
        if body.get("of", BANK) == EXCHANGE:
            lacking = [key for key in ("when", "rows") if not body.get(key)]
            if len(lacking) == 1:
                do = "Write when: and the heading of the time, rows: and what a line becomes"
                self.fault("", f"the mapping of an exchange lacks {' and '.join(lacking)}", do)
            return
        columns = body.get("columns") or {"date": "", "amount": ""}
        if "date" not in columns or not columns.keys() & {"amount", "debit", "credit"}:
            do = "Write under columns: date: and amount:, each with the heading of the file"
            self.fault("columns", "the columns lack the date, or what moved", do)

    def _row(self, row: Mapping[str, Any]) -> None:
        """Check one rule of an exchange's rows."""
        for key, value in row.items():
            if key not in _ROW:
                do = nearest(key, sorted(_ROW), "Keys are")
                self.fault(key, f"{short(key)} is not a key of a row", do)
            elif key in ("signs", "where"):
                self._mapping(key, value, lists=key == "where")
            elif key == "account":
                self._list(key, value)
            elif not isinstance(value, str):
                self.fault(key, f"{key} is not one text", "Write one text")
        if missing := [key for key in ("kind", "amount") if not row.get(key)]:
            do = "Write a heading, or = and a value"
            self.fault("rows", f"a rule of rows lacks {' and '.join(missing)}", do)
        if row.get("sign", "") not in ("", "+", "-"):
            do = "Write '+' or '-', or leave it out"
            self.fault("sign", f"sign is {short(str(row['sign']))}", do)
