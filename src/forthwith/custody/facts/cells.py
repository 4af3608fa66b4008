"""Cells: what one text of a fact row means, and what is wrong with it.

A cell at fault is noted and something harmless is returned in its place, so that one look at a
row finds everything wrong with it; the caller drops the row.

Ids that look alike ("Ortega" and "ortega", a Cyrillic letter for a Latin one) are found here too.
Two ids for one thing split its facts: the ties of one, the keys of the other, and each by itself
seems harmless. Nothing is guessed; the rows are at fault until somebody says which is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from forthwith.custody.facts import formula
from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.facts.network import Network
from forthwith.domain.fact_tables import COMPLETE_OF, EVERYTHING, STANDINGS, FactRow, RowFault
from forthwith.domain.period import NotADayError, Period, day

#: Days outside are a slip of the pen or a database's word for "still".
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
#: KnownIds compared before suggestions end: a table with every reference wrong must not take hours.
_COMPARED = 200_000

_INSPECTION = "inspection:"
_NOT_IN_IDS = re.compile(r"[\s(),]")
_WHEN = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")
#: Keys of a policy's scope cell. `when` is a trigger in words: it limits occasions, and is printed.
#: `after` is an instant or "height N" from which on it opens, `older` an age of the coins moved.
POLICY_KEYS = ("source", "destination", "asset", "max", "min", "when", "after", "older")
#: Letters of other scripts that print as Latin ones (cf. Unicode TR 39), after case folding.
_LATIN = str.maketrans({
    **dict(zip("авеёгкмнорстухѕіјԁԛԝһԍ", "abeerkmhopctyxsijdqwhg", strict=True)),
    **dict(zip("αβεηικνορτυχ", "abenikvoptux", strict=True)),
    # What a word processor makes of a hyphen and an apostrophe.
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("‘’ʼ′", "'"),
})  # fmt: skip


class Trouble(Exception):  # noqa: N818 - it never leaves this module
    """What is wrong with a text, and what to do."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what, self.do = what, do


@dataclass(slots=True)
class KnownIds:
    """Ids by what they name: "person", "entity", "means", "wallet", "inspection"."""

    ids: Mapping[str, Collection[str]]
    _left: int = _COMPARED

    def check(self, noun: str, name: str) -> None:
        """Raise Trouble for an id that no row gives."""
        if name not in self.ids[noun]:
            raise Trouble(f"there is no {noun} {_short(name)}", self._advice(noun, name))

    def _advice(self, noun: str, name: str) -> str:
        known = self.ids[noun]
        table = {"person": "people", "entity": "entities", "means": "means"}.get(noun, noun + "s")
        self._left -= len(known)
        near = get_close_matches(name[:80], known, 1, 0.5) if self._left > 0 else []
        add = f"dd a row to {table} with this id"
        return f"Write {near[0]!r}, or a{add}" if near else f"A{add}"


@dataclass(slots=True)
class Cells:
    """Reads cells, collecting faults; equal texts are read once."""

    names: KnownIds
    #: Where a bare day is a day.
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    faults: list[RowFault] = field(default_factory=list)
    _known: dict[tuple[str, ...], Any] = field(default_factory=dict)
    #: Standing and cites of rows without fault, by whether they are inspections, and by texts.
    _evidence: dict[tuple[bool, str, str], tuple[ProofLevel, tuple[str, ...]]] = field(
        default_factory=dict
    )

    def fault(self, row: FactRow, what: str, do: str) -> None:
        """Note what is wrong with a row."""
        self.faults.append(RowFault(row.file or row.table, row.line, what, do))

    def _read(self, row: FactRow, read: Callable[..., Any], otherwise: Any, *texts: str) -> Any:
        """Return `read(*texts)`, noting its trouble; equal texts are not read again."""
        key = (read.__name__, *texts)
        if key not in self._known:
            try:
                self._known[key] = read(*texts)
            except Trouble as trouble:
                self._known[key] = trouble
        value = self._known[key]
        if isinstance(value, Trouble):
            self.fault(row, value.what, value.do)
            return otherwise
        return value

    def common(self, row: FactRow) -> dict[str, Any]:
        """Return what every fact carries."""
        key = (row.table == "inspections", row["standing"], row["cites"])
        if (known := self._evidence.get(key)) is None:
            before = len(self.faults)
            known = self._evidenced(row)
            if len(self.faults) == before:
                self._evidence[key] = known
        disputed = self._read(row, _disputed, False, row["disputed"])
        return {
            "row": row,
            "standing": known[0],
            "cites": known[1],
            "disputed": disputed,
            "note": row["note"],
        }

    def _evidenced(self, row: FactRow) -> tuple[ProofLevel, tuple[str, ...]]:
        standing = self._read(row, _standing, ProofLevel.NARRATIVE, row["standing"])
        cites = self._read(row, self._cites, (), row["cites"])
        # An inspection is what others cite; it need not cite itself.
        if (
            standing is ProofLevel.INSPECTED
            and row.table != "inspections"
            and not any(cite.startswith(_INSPECTION) for cite in cites)
        ):
            do = "Cite it as inspection:ID, or write the standing the evidence has without it"
            self.fault(row, "an inspected fact cites no inspection", do)
        return standing, cites

    def _cites(self, text: str) -> tuple[str, ...]:
        cites = tuple(part for part in re.split(r"[;\s]+", text) if part)
        for cite in cites:
            if cite.startswith(_INSPECTION):
                self.names.check("inspection", cite.removeprefix(_INSPECTION))
        return cites

    def period(self, row: FactRow) -> Period:
        """Return the days of a row; an empty `from` was complained of already."""
        return (row["from"] and self.maybe_period(row)) or Period(EARLIEST)

    def maybe_period(self, row: FactRow) -> Period | None:
        """Return the days of a row that need not have any."""
        if not row["from"] and not row["to"]:
            return None
        period: Period = self._read(row, self._period, Period(EARLIEST), row["from"], row["to"])
        return period

    def _period(self, start: str, end: str) -> Period:
        if not start:
            raise Trouble(
                "to is given without from", "Write the earliest day the evidence supports"
            )
        first, starts_at = self._bound("from", start)
        last, ends_at = self._bound("to", end) if end else (None, None)
        if last is not None and ends_at is not None and ends_at.time() != time():
            last += timedelta(1)
        period = Period(first, last, starts_at, ends_at)
        if period.empty:
            do = "Write as to the first day on which it was no longer so (to is not included)"
            raise Trouble(f"the period holds no day: from {start} to {end}", do)
        return period

    def _bound(self, column: str, text: str) -> tuple[date, datetime | None]:
        """Return the day a bound lies in, and the instant where it is one within that day."""
        if len(text) <= 10:
            return _day(column, text), None
        try:
            when = datetime.fromisoformat(text)
        except ValueError as wrong:
            what = f"{column} is {_short(text)}, which is no day and no time of a day"
            do = "Write it as 2023-06-17, or with its offset as 2023-06-17T14:30-05:00"
            raise Trouble(what, do) from wrong
        if when.tzinfo is None:
            do = "Write the offset from UTC behind it, as in 2023-06-17T14:30-05:00 or …Z"
            raise Trouble(f"{column} is {text}, and nobody knows in which time zone", do)
        # Near the first and the last year there is, another zone's day may not exist.
        _day(column, text[:10])
        there = when.astimezone(self.zone)
        day_ = _day(column, there.date().isoformat())
        return day_, there

    def _moment(self, column: str, text: str) -> Period:
        first, at = self._bound(column, text)
        return Period(first, None, at)

    def moment(self, row: FactRow, column: str) -> Period:
        """Return the day, or what begins with the instant, in which something happened."""
        if not row[column]:
            return Period(EARLIEST)
        period: Period = self._read(row, self._moment, Period(EARLIEST), column, row[column])
        return period

    def amount(self, row: FactRow, column: str) -> Amount | None:
        """Return an amount, or None for an empty cell."""
        if not row[column]:
            return None
        amount: Amount | None = self._read(row, _amount, None, column, row[column])
        return amount

    def one_day(self, row: FactRow, column: str) -> Period | None:
        """Return a single day as a period; None for an empty cell."""
        if not row[column]:
            return None
        period: Period = self._read(row, _one_day, Period(EARLIEST), row[column])
        return period

    def when(self, row: FactRow, column: str) -> str:
        """Return a day, or a day with a time of day, as written."""
        if row[column]:
            self._read(row, _when, "", row[column])
        return row[column]

    def name(self, row: FactRow, column: str, noun: str) -> str:
        """Return an id that some row gives, or an empty text for an empty cell."""
        if row[column] and row[column] not in self.names.ids[noun]:
            self._read(row, self.names.check, None, noun, row[column])
        return row[column]

    def new_name(self, row: FactRow) -> str:
        """Return the id a row gives to what it is about."""
        text = row["id"]
        if _NOT_IN_IDS.search(text):
            do = "Write an id without them; a label or name may hold anything"
            self.fault(row, f"id {_short(text)} holds a space, comma or parenthesis", do)
        if name := unseen(text):
            do = "Take it out, here and wherever the id was copied to"
            self.fault(row, f"id {_short(text)} holds a character nobody sees, {name}", do)
        if row.table == "means" and (
            text == EVERYTHING or (text.partition(":")[0] in COMPLETE_OF and ":" in text)
        ):
            do = "Write another id: completeness means something else by it"
            self.fault(row, f"a means is called {_short(text)}", do)
        return text

    def choice(
        self,
        row: FactRow,
        column: str,
        options: Sequence[str],
        also: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Return one of a fixed list of words; `also` are other words for some of them."""
        text = "_".join(row[column].lower().split())
        text = also.get(text, text)
        if text in options or not text:
            return text
        near = get_close_matches(text[:80], options, 1)
        do = f"Write {near[0]!r}" if near else f"Write one of {', '.join(options)}"
        self.fault(row, f"there is no {column} {_short(row[column])}", do)
        return text

    def formula(self, row: FactRow, column: str) -> Network:
        """Return a formula over known means; an empty one was complained of already."""
        nothing = Network("", {})
        network: Network = self._read(row, self._formula, nothing, column, row[column])
        return network

    def _formula(self, column: str, text: str) -> Network:
        if not text:
            return Network("", {})
        try:
            network = formula.parse(text)
        except formula.BadFormulaError as bad:
            do = "Write it as 2 of (a, b, c), any of (a, b), a and b, or one id"
            raise Trouble(f"{column} cannot be read {bad}", do) from bad
        for leaf in sorted(network.leaves()):
            self.names.check("means", leaf)
        return network

    def scope(self, row: FactRow) -> tuple[tuple[str, str], ...]:
        """Return the limits of a policy."""
        pairs: tuple[tuple[str, str], ...] = self._read(row, _scope, (), row["scope"])
        return pairs


def _disputed(text: str) -> bool:
    word = text.lower()
    if word in ("", "yes", "no"):
        return word == "yes"
    known = {"true": "yes", "y": "yes", "1": "yes", "false": "no", "n": "no", "0": "no"}
    words = "yes, or no, and what is said against the row into note"
    raise Trouble(f"disputed says {_short(text)}", f"Write {known.get(word, words)}")


def _standing(text: str) -> ProofLevel:
    try:
        return ProofLevel.parse(text)
    except ValueError as unknown:
        near = get_close_matches(text.lower()[:80], STANDINGS, 1)
        do = f"Write {near[0]!r}" if near else f"Write one of {', '.join(STANDINGS)}"
        what = f"there is no standing {_short(text)}" if text else "standing is empty"
        raise Trouble(what, do) from unknown


def _day(column: str, text: str) -> date:
    try:
        when = day(text)
    except NotADayError as wrong:
        what = f"{column} is {_short(text)}, which is no day of the calendar"
        raise Trouble(what, "Write year, month and day, as in 2023-06-17") from wrong
    if not EARLIEST <= when <= LATEST:
        do = "Mend the year; leave to empty for what still goes on"
        raise Trouble(f"{column} is {text}, outside the years 1900 to 2199", do)
    return when


def _one_day(text: str) -> Period:
    start = _day("as_of", text)
    return Period(start, date.fromordinal(start.toordinal() + 1))


def _amount(column: str, text: str) -> Amount:
    try:
        return Amount.parse(text)
    except ValueError as wrong:
        do = "Write a number and, where it is not the wallet's asset, its unit: 100000 USD"
        raise Trouble(f"{column} cannot be read: {wrong}", do) from wrong


def _when(text: str) -> str:
    try:
        if not _WHEN.fullmatch(text):
            raise ValueError(text)
        datetime.fromisoformat(text)
    except ValueError as wrong:
        do = "Write it as 2023-06-17 or 2023-06-17T14:30:00Z"
        raise Trouble(f"when is {_short(text)}, which is no day or time", do) from wrong
    _day("when", text[:10])
    return text


def _scope(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return parse_policy_scope(text)
    except ValueError as wrong:
        do = "Write pairs such as source=deposit; destination=hot; when=a deposit is stuck"
        raise Trouble(str(wrong), do) from wrong


def parse_policy_scope(text: str) -> tuple[tuple[str, str], ...]:
    """Read a policy's scope cell, pairs separated by ";". Raises ValueError with a sentence."""
    pairs: list[tuple[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not value or key.lower() not in POLICY_KEYS:
            near = get_close_matches(key.lower(), POLICY_KEYS, 1)
            hint = f"; perhaps {near[0]}=" if near else ""
            raise ValueError(f"scope {part!r} is not KEY=VALUE with a key of {POLICY_KEYS}{hint}")
        if key.lower() in dict(pairs):
            raise ValueError(f"scope has {key}= twice; write two rows")
        pairs.append((key.lower(), value))
    return tuple(pairs)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")


def look(text: str) -> str:
    """Return what an id looks like: equal for ids that the eye takes for each other."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFKC", folded.translate(_LATIN))


def unseen(text: str) -> str:
    """Return the name of the first character nobody sees, or ""."""
    if text.isprintable():
        return ""
    hidden = next(sign for sign in text if not sign.isprintable())
    return unicodedata.name(hidden, f"U+{ord(hidden):04X}")


def look_alikes(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each id that looks like an earlier one, with that one."""
    firsts: dict[str, str] = {}
    for id_ in ids:
        first = firsts.setdefault(look(id_), id_)
        if first != id_:
            yield first, id_
