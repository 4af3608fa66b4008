"""What a reviewer's eye is led to in every text: the team's terms, counsel, amounts, wallets.

Looked for in the one document that is shown, and never counted or coded by: a mark is help for the
eye, what a query finds is another matter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forthwith.review.search.highlights import TooManyMatchesError, highlights
from forthwith.review.search.parser import parse
from forthwith.review.search.query import Node, Or, QueryError

#: Characters looked through at once.
MOST = 300_000
#: Marks shown of one text: of a ledger every cell is an amount.
_MOST_MARKS = 5_000


class Light(StrEnum):
    """What is marked."""

    TERM = "term"
    COUNSEL = "counsel"
    AMOUNT = "amount"
    WALLET = "wallet"
    #: Words for which a document is proposed as privileged: the room's, by the screen.
    PRIVILEGE = "privilege"


#: What the legend calls them.
WORDS = {
    Light.TERM: "terms",
    Light.COUNSEL: "counsel",
    Light.AMOUNT: "amounts",
    Light.WALLET: "wallet addresses",
    Light.PRIVILEGE: "proposed as privileged",
}
Mark = tuple[int, int, str]

_NUMBER = r"\d{1,3}(?:[,.' \u00a0]\d{3})+(?:[.,]\d{1,18})?|\d{1,18}(?:[.,]\d{1,18})?"
_UNIT = (
    "USD|EUR|GBP|CHF|JPY|CAD|AUD|SGD|HKD|BTC|XBT|ETH|USDC|USDT|DAI|SOL|XRP|LTC|BCH|DOGE|ADA|DOT|"
    "TRX|BNB|MATIC|AVAX|LINK|sats?|satoshis?|gwei|wei|ether|bitcoins?|dollars?|euros?|pounds?"
)
_SCALE = r"[ \u00a0]?(?:thousand|million|billion|[kmb]n?)\b"
_AMOUNT = re.compile(
    rf"(?:[$€£¥₿Ξ]|\b(?:US\$|{_UNIT}))[ \u00a0]?(?:{_NUMBER})(?:{_SCALE}|(?![\w]))"
    rf"|(?<![\w.,])(?:{_NUMBER})(?:{_SCALE})?[ \u00a0]?(?:[€£₿Ξ]|(?:{_UNIT})\b)",
    re.IGNORECASE,
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WALLET = re.compile(
    r"(?<![\w])(?:0x[0-9a-fA-F]{40}"
    r"|(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,87}|(?:BC|TB|LTC)1[02-9AC-HJ-NP-Z]{11,87}"
    rf"|[13T2mnLM][{_BASE58}]{{25,34}})(?![\w])"
)
#: Shorter names of counsel would mark half a text.
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Lights:
    """What is looked for, compiled once for all documents."""

    terms: Node | None = None
    counsel: re.Pattern[str] | None = None

    @classmethod
    def of(cls, terms: Sequence[str], counsel: Sequence[str]) -> Lights:
        """Read terms in the search language, and names, addresses and domains of counsel.

        A term that cannot be read is left out: it is marked nowhere, and search says why.
        """
        nodes: list[Node] = []
        for term in terms:
            try:
                nodes.append(parse(term))
            except QueryError:
                continue
        names = sorted({name.strip() for name in counsel if len(name.strip()) >= _SHORTEST})
        names.sort(key=len, reverse=True)
        pattern = "|".join(re.sub(r"\\?\s+", r"\\s+", re.escape(name)) for name in names)
        return cls(
            Or(tuple(nodes)) if nodes else None,
            re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) if pattern else None,
        )

    def found(self, text: str) -> list[Mark]:
        """Return [first character, one past the last, kind] in order, none over another.

        Where two meet, the wallet, then counsel, then the term is kept. Looks through the first
        MOST characters.
        """
        text = text[:MOST]
        taken: list[Mark] = []
        for kind, spans in (
            (Light.WALLET, _wallets(text)),
            (Light.COUNSEL, _spans(self.counsel, text)),
            (Light.TERM, self._terms(text)),
            (Light.AMOUNT, _spans(_AMOUNT, text)),
        ):
            taken = _beside(taken, [(first, last, kind.value) for first, last in spans])
        return taken[:_MOST_MARKS]

    def _terms(self, text: str) -> list[tuple[int, int]]:
        if self.terms is None:
            return []
        try:
            return [(first, last) for first, last in highlights(self.terms, text)]
        except TooManyMatchesError:
            return []


def over(marks: Sequence[Mark], spans: Sequence[tuple[int, int]]) -> list[Mark]:
    """Return marks with those of a proposal put over them."""
    own = [(first, last, Light.PRIVILEGE.value) for first, last in spans]
    return _beside(own, list(marks))


def legend(marks: Sequence[Mark]) -> list[dict[str, object]]:
    """Return {kind, label, count} of what is marked, in a fixed order."""
    counts = {light: sum(kind == light for _, _, kind in marks) for light in Light}
    return [
        {"kind": light.value, "label": WORDS[light], "count": number}
        for light, number in counts.items()
        if number
    ]


def _spans(pattern: re.Pattern[str] | None, text: str) -> Iterator[tuple[int, int]]:
    for found in pattern.finditer(text) if pattern is not None else ():
        yield found.span()


def _wallets(text: str) -> Iterator[tuple[int, int]]:
    for found in _WALLET.finditer(text):
        word = found[0]
        if word.startswith("0x") or word[:3].lower() in ("bc1", "tb1", "ltc") or _checked(word):
            yield found.span()


def _checked(word: str) -> bool:
    """Say whether a word is Base58Check: four bytes of its hash stand at its end."""
    number = 0
    for sign in word:
        number = number * 58 + _BASE58.index(sign)
    zeros = len(word) - len(word.lstrip("1"))
    body = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
    twice = hashlib.sha256(hashlib.sha256(body[:-4]).digest()).digest()
    return len(body) == 25 and body[-4:] == twice[:4]


def _beside(taken: list[Mark], more: list[Mark]) -> list[Mark]:
    """Return both in order, without those of `more` that meet one that is taken."""
    kept: list[Mark] = []
    at = 0
    end = 0
    for mark in sorted(more):
        while at < len(taken) and taken[at][1] <= mark[0]:
            at += 1
        if (at == len(taken) or taken[at][0] >= mark[1]) and mark[0] >= end:
            kept.append(mark)
            end = mark[1]
    return sorted([*taken, *kept])
