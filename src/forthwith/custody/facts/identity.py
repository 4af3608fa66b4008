"""Identity of means: what proves that two ids are one key, or come of one seed.

A key is known by its point, however it is written (`plain.public_keys`), an account by its
address. Both may stand in columns of their own or, as wallets write them, in the label:
"[e2eaf4f1/48h/0h/0h/2h]xpub…". One fingerprint under two keys is one seed: who has the seed has
both, and whoever has one key may have it from the seed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from forthwith.custody.facts.facts import Means
from forthwith.plain.public_keys import secret_of

_EXTENDED = re.compile(r"(?<![A-Za-z0-9])[a-zA-Z]pub[1-9A-HJ-NP-Za-km-z]{100,112}(?![A-Za-z0-9])")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])0x[0-9a-fA-F]{40}(?![0-9A-Za-z])")
_ORIGIN = re.compile(r"(?:\[|^key:)([0-9a-f]{8})(?=[/\]])")
#: Kinds of means that are no key, whatever stands in their rows.
_NO_KEYS = frozenset(("device", "host", "role", "vendor_path"))
#: Written where the fingerprint is not known.
_NO_FINGERPRINT = "0" * 8
#: Of these the label names the key they are of, which is another means.
_OTHERS = frozenset(("copy", "backup", "share"))
#: Of one identity, pairs are joined up to so many ids; past it each with the first.
_PAIRED = 8


@dataclass(frozen=True, slots=True)
class MeansLink:
    """Two rows of means that are one key (`key`), or of one seed."""

    a: Means
    b: Means
    key: bool
    #: What both have, as a clause: "have one public key".
    why: str


def links(means: Iterable[Means]) -> Iterator[MeansLink]:
    """Yield what joins two rows, each pair once."""
    by_key: dict[str, list[Means]] = defaultdict(list)
    by_seed: dict[str, list[Means]] = defaultdict(list)
    for row in means:
        if row.kind in _NO_KEYS:
            continue
        for name in sorted(_keys(row)):
            by_key[name].append(row)
        if seed := _fingerprint(row):
            by_seed[seed].append(row)
    known: set[tuple[str, str]] = set()
    for link in _all(by_key, by_seed):
        if (link.a.id, link.b.id) not in known:
            known.add((link.a.id, link.b.id))
            yield link


def _all(
    by_key: Mapping[str, list[Means]], by_seed: Mapping[str, list[Means]]
) -> Iterator[MeansLink]:
    for name, rows in by_key.items():
        what = "are one account" if name.startswith("0x") else "have one public key"
        for a, b in _pairs(rows):
            yield MeansLink(a, b, True, what)
    for name, rows in by_seed.items():
        for a, b in _pairs(rows):
            yield MeansLink(a, b, False, f"come of one seed ({name})")


def _pairs(rows: list[Means]) -> Iterator[tuple[Means, Means]]:
    for place, first in enumerate(rows[:1] if len(rows) > _PAIRED else rows):
        for second in rows[place + 1 :]:
            yield first, second


def _keys(row: Means) -> set[str]:
    """Return what the row is known by, in one spelling each."""
    texts = [row.public_key, row.address, row.label]
    if row.kind in _OTHERS or not (any(texts) or "0x" in row.id):
        return set()
    names = {secret_of(text) for text in (row.public_key, *_EXTENDED.findall(row.label)) if text}
    for text in (row.address, row.id, row.label):
        names |= {account.lower() for account in _ACCOUNT.findall(text)}
    return names - {""}


def _fingerprint(row: Means) -> str:
    if row.kind in _OTHERS:
        return ""
    found = row.fingerprint
    if not found:
        match = _ORIGIN.search(row.label) or _ORIGIN.search(row.id)
        found = match[1] if match else ""
    return "" if found == _NO_FINGERPRINT else found
