"""Vocabulary: one word for one thing, so that no question misses a row by its spelling.

Places are ISO 3166 codes: a country's two letters (US) or a part of one (US-NY). Classes and assets
are a matter's own words, but not two words for one thing: where rows say both `customer` and
`client funds`, or BTC and XBT, a question about the one would pass over the other. What each fault
says to do is to write one of them everywhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain
from typing import TypeAlias

from forthwith.custody.facts.words import fold
from forthwith.domain.fact_tables import FactRow, RowFault
from forthwith.plain import places
from forthwith.plain.counting import count

#: The word to write → other words for the same class.
_CLASSES: Mapping[str, str] = {
    "customer": "customers client clients user users depositor depositors accountholder consumer",
    "house": "proprietary prop corporate company firm own",
    "hot": "online",
    "cold": "offline",
    "deposit": "deposits",
    "withdrawal": "withdrawals payout payouts",
    "reserve": "reserves",
}
#: Words beside them that say nothing of their own: "client funds" is of class customer.
_FILLING = frozenset((
    "funds", "fund", "assets", "asset", "money", "monies", "coins", "crypto", "holdings", "holding",
    "balances", "balance", "property", "wallet", "wallets", "storage", "vault", "vaults", "address",
    "addresses", "account", "accounts", "the", "of", "for",
))  # fmt: skip
#: The code to write → other codes and names of the same asset, as exchanges and wallets write them.
_ASSETS: Mapping[str, str] = {
    "BTC": "XBT XXBT bitcoin bitcoins", "ETH": "XETH ether ethereum",
    "ETC": "XETC ethereum-classic", "DOGE": "XDG XXDG dogecoin", "LTC": "XLTC litecoin",
    "XRP": "XXRP ripple", "XLM": "XXLM STR stellar lumen lumens", "XMR": "XXMR monero",
    "ZEC": "XZEC zcash", "BCH": "XBCH BCHABC bitcoin-cash bitcoincash", "BSV": "BCHSV",
    "DASH": "DRK XDASH", "REP": "XREP augur", "MLN": "XMLN", "XTZ": "tezos", "SOL": "solana",
    "ADA": "cardano", "DOT": "polkadot", "AVAX": "avalanche", "TRX": "tron", "ATOM": "cosmos",
    "BNB": "binance-coin", "LINK": "chainlink", "ALGO": "algorand", "FIL": "filecoin",
    "UNI": "uniswap", "USDT": "tether", "USDC": "usd-coin", "USD": "ZUSD US$ dollar dollars",
    "EUR": "ZEUR euro euros", "GBP": "ZGBP", "JPY": "ZJPY yen", "CAD": "ZCAD", "AUD": "ZAUD",
    "CHF": "ZCHF",
}  # fmt: skip
#: Codes of a country → the codes it has as a part of another (ISO 3166-2).
_TWO_CODES: Mapping[str, str] = {
    "PR": "US-PR", "GU": "US-GU", "VI": "US-VI", "AS": "US-AS", "MP": "US-MP", "UM": "US-UM",
    "HK": "CN-HK", "MO": "CN-MO", "TW": "CN-TW", "AX": "FI-01",
    "GP": "FR-GP FR-971", "MQ": "FR-MQ FR-972", "GF": "FR-GF FR-973", "RE": "FR-RE FR-974",
    "YT": "FR-YT FR-976", "BL": "FR-BL", "MF": "FR-MF", "PM": "FR-PM", "WF": "FR-WF",
    "PF": "FR-PF", "NC": "FR-NC", "TF": "FR-TF", "AW": "NL-AW", "CW": "NL-CW", "SX": "NL-SX",
    "SJ": "NO-21 NO-22",
}  # fmt: skip
_ALTERNATIVES = re.compile(r"[;|,]")
_BLANKS = re.compile(r"[\s_-]+")


def _meanings(sets: Mapping[str, str]) -> Mapping[str, str]:
    """Return the word to write, by each word of its set, folded."""
    return {
        fold(other).replace("-", " "): word
        for word, others in sets.items()
        for other in (word, *others.split())
    }


_MEANINGS = {
    "class": _meanings(_CLASSES), "asset": _meanings(_ASSETS), "location": _meanings(_TWO_CODES),
}  # fmt: skip


def meaning(key: str, word: str) -> str:
    """Return the word to write for a class, an asset or a location; "" where it is no synonym.

    `key` is "class", "asset" or "location". "Client funds" is the class "customer".
    """
    known = _MEANINGS[key]
    text = fold(word)
    words = _BLANKS.split(text)
    if found := known.get(text) or known.get(" ".join(words)) or known.get("".join(words)):
        return found
    said = [part for part in words if part not in _FILLING] if key == "class" else []
    return known.get(said[0], "") if len(said) == 1 else ""


def nearest_words(key: str, word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the words of the rows that are nearest to one that no row has, at most three.

    Other words for the same thing come first, then what is written nearly so. `key` is "class",
    "asset" or "location"; any other noun (entity, destination …) has no synonyms.
    """
    words = list(dict.fromkeys(known))
    same = (meaning(key, word) or fold(word)) if key in _MEANINGS else fold(word)
    if key == "location":
        same = _code(word)[0] or same
    first = [
        other
        for other in words
        if fold(other) in (fold(same), fold(word))
        or (key in _MEANINGS and meaning(key, other) == same)
    ]
    folded = {fold(other): other for other in words}
    near = [folded[text] for text in get_close_matches(fold(word)[:80], folded, 3)]
    return tuple(dict.fromkeys((*first, *near)))[:3]


def faults(rows: Mapping[str, Sequence[FactRow]]) -> Iterator[RowFault]:
    """Yield what is wrong with the words of rows (by table): places and synonyms.

    A word is said to be wrong once, at its first row.
    """
    wallets, ties = rows.get("wallets", ()), rows.get("affiliations", ())
    places_ = list(_cells((row for row in ties if fold(row["kind"]) == "location"), "value"))
    yield from _places(places_)
    classes = list(_cells(wallets, "class"))
    yield from _phrases(classes)
    limits = _cells((*rows.get("policies", ()), *rows.get("approvals", ())), "scope")
    said = chain(
        (("location", cell, cell.text) for cell in places_),
        (("asset", cell, word) for cell in _cells(wallets, "asset") for word in _parts(cell.text)),
        _of_classes(classes),
        _of_limits(limits),
        _of_completeness(_cells(rows.get("completeness", ()), "means")),
    )
    words = {key: _Words(key) for key in _MEANINGS}
    for key, cell, word in said:
        words[key].add(cell, word)
    for key in words:
        yield from words[key].faults()


@dataclass(slots=True)
class _Cell:
    """A text of some column: the first row that has it, and how many have."""

    row: FactRow
    text: str
    rows: int = 0


def _cells(rows: Iterable[FactRow], column: str) -> Iterable[_Cell]:
    """Return each distinct text of a column."""
    cells: dict[str, _Cell] = {}
    for row in rows:
        if text := row[column]:
            if (cell := cells.get(text)) is None:
                cell = cells[text] = _Cell(row, text)
            cell.rows += 1
    return cells.values()


def _parts(text: str) -> Iterator[str]:
    """Yield the alternatives of a cell."""
    return filter(None, map(str.strip, _ALTERNATIVES.split(text)))


#: "class", "asset" or "location", the cell, and its word.
_Said: TypeAlias = Iterator[tuple[str, _Cell, str]]


def _of_classes(cells: Iterable[_Cell]) -> _Said:
    for cell in cells:
        for phrase in _parts(cell.text):
            if not _is_phrase(phrase):
                yield from (("class", cell, word) for word in phrase.split())


def _of_limits(cells: Iterable[_Cell]) -> _Said:
    """Yield the assets of scope cells, and their sources and destinations: classes, as a rule."""
    for cell in cells:
        for pair in cell.text.split(";"):
            key, _, value = (part.strip() for part in pair.partition("="))
            if key.lower() == "asset":
                yield from (("asset", cell, word) for word in _parts(value))
            elif key.lower() in ("source", "destination"):
                for word in _parts(value):
                    # "hot wallet" may be "hot" in every answer: only other words are a danger.
                    if meaning("class", word) not in fold(word).split():
                        yield "class", cell, word


def _of_completeness(cells: Iterable[_Cell]) -> _Said:
    for cell in cells:
        key, _, value = (part.strip() for part in cell.text.partition(":"))
        if key in ("class", "asset") and value:
            yield key, cell, value


def _fault(row: FactRow, what: str, do: str) -> RowFault:
    return RowFault(row.file or row.table, row.line, what, do)


def _many(rows: int) -> str:
    return f" ({count(rows, 'row')})" if rows > 1 else ""


def _places(cells: Iterable[_Cell]) -> Iterator[RowFault]:
    """Yield each place that is no ISO 3166 code, once."""
    for cell in cells:
        codes = _code(cell.text)
        if codes == (cell.text.upper(),):
            continue
        what = f"the location {cell.text[:60]!r}{_many(cell.rows)} is no code of ISO 3166"
        if codes[0]:
            do = f"Write {' or '.join(codes)}"
        else:
            do = (
                "Write the country as two letters (US) or the part of it as US-NY; where nobody "
                f"knows it, take out the row, and completeness of person:{cell.row['person']} "
                "with it"
            )
        yield _fault(cell.row, what, do)


def _code(text: str) -> tuple[str, ...]:
    """Return the code of a place, or those it may be: "New York, NY" is US-NY; ("",) for none."""
    if places.is_code(text.strip().upper()):
        return (text.strip().upper(),)
    *before, last = (piece.strip() for piece in text.split(","))
    if before and (office := places.office(text, {})):
        return (office,)
    # "Dublin, CA" is in California or in Canada; "New York, NY" can only be the one.
    may_be = [*(places.part(country, last) for country in ("US", "CA")), places.country(last)]
    return tuple(filter(None, may_be)) or ("",)


def _is_phrase(phrase: str) -> bool:
    words = phrase.split()
    return len(words) > 1 and any(fold(word) in _FILLING for word in words)


def _phrases(cells: Iterable[_Cell]) -> Iterator[RowFault]:
    """Yield each phrase in cells of classes, once: "client funds" would be two classes."""
    first: dict[str, _Cell] = {}
    for cell in cells:
        for phrase in filter(_is_phrase, _parts(cell.text)):
            first.setdefault(phrase, cell)
    for phrase, cell in first.items():
        words = phrase.split()
        parts = " and ".join(words)[:60]
        what = f"class {phrase[:60]!r} reads as {len(words)} classes, {parts}"
        class_ = meaning("class", phrase) or "-".join(map(fold, words))
        yield _fault(cell.row, what, f"Write {class_}")


@dataclass(slots=True)
class _Words:
    """Words of one kind in the rows: the first row and the number of rows of each."""

    key: str
    first: dict[str, FactRow] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    #: Folded words as first written.
    written: dict[str, str] = field(default_factory=dict)

    def add(self, cell: _Cell, word: str) -> None:
        """Add a word that a cell has."""
        text = word if word in self.rows else self.written.setdefault(fold(word), word)
        self.first.setdefault(text, cell.row)
        self.rows[text] += cell.rows

    def faults(self) -> Iterator[RowFault]:
        """Yield each word that stands beside another one for the same thing, with what to write."""
        same: dict[str, list[str]] = defaultdict(list)
        for word in self.rows:
            if to_write := meaning(self.key, word):
                same[to_write].append(word)
        for to_write, words in same.items():
            kept = next((word for word in words if fold(word) == fold(to_write)), words[0])
            for word in words:
                if word != kept:
                    both = f"{self.key} {word!r}{_many(self.rows[word])} and {self.key} {kept!r}"
                    what = f"{both} ({self.first[kept].place}) are two words for one thing"
                    yield _fault(self.first[word], what, f"Write {kept} in both")
