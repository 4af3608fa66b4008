"""Bitcoin output descriptors and miniscript into rows of facts: wallets, means and policies.

A descriptor is the whole of what a script asks for, so its rows say exactly that: whoever meets a
formula can spend, and nobody else. Who holds the keys is for other rows to say. BIP-379 to 390.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256

from forthwith.domain.fact_tables import FactRow, Lifted, RowFault, Stamp
from forthwith.domain.period import NotADayError, day
from forthwith.exports.bitcoin import (
    grammar as descriptor_text,
)
from forthwith.exports.bitcoin import (
    keys as descriptor_keys,
)
from forthwith.exports.bitcoin import (
    scripts as descriptor_scripts,
)
from forthwith.exports.bitcoin import (
    wallet_files,
)
from forthwith.exports.bitcoin.conditions import (
    ALWAYS,
    Condition,
    Lock,
    Part,
    TooManyTimelocksError,
    Way,
    formula,
    leaves,
    ways,
)
from forthwith.exports.bitcoin.grammar import BadDescriptorError
from forthwith.exports.bitcoin.keys import Key, withheld
from forthwith.exports.bitcoin.scripts import Script
from forthwith.exports.options import Files, ImportOptions, joined

_FIRST_DAY = date(1970, 1, 1)


@dataclass(slots=True)
class _Wallet:
    """Descriptors that ask for the same: the receiving and the change side of one wallet."""

    script: Script
    line: int
    checksum: str
    id: str = ""
    ways: list[Way] = field(default_factory=list)


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn files of descriptors into rows, each by itself.

    Without an id in the options, or with several wallets in a file, the checksum names the wallet.
    No private key of a file is repeated in any row, note or fault.
    """
    return joined(_file_lifted(name, data, options) for name, data in files)


def _file_lifted(name: str, data: bytes, options: ImportOptions) -> Lifted:
    stamp, wallet = options.stamp, options.wallet
    held = wallet_files.read(data, name)
    lifting = _Lifting(name, stamp, held)
    try:
        lifting.since = day(stamp.start)
        lifting.until = day(stamp.end) if stamp.end else None
    except NotADayError as wrong:
        held.faults.append(RowFault(name, 0, str(wrong), "Give the day from which this holds"))
        return lifting.lifted([])
    if re.search(r"[\s,()\"]", wallet):
        what = "The name given for the wallet holds a space, comma, bracket or quotation mark"
        held.faults.append(RowFault(name, 0, what, "Name it without them"))
        return lifting.lifted([])
    wallets = lifting.wallets()
    for each in wallets:
        one = wallet if len(wallets) == 1 else f"{wallet}-{each.checksum}"
        each.id = one if wallet else f"btc:{each.checksum}"
    return lifting.lifted(wallets, sha256(data).hexdigest()[:16])


@dataclass(slots=True)
class _Lifting:
    name: str
    stamp: Stamp
    held: wallet_files.Held
    since: date = _FIRST_DAY
    until: date | None = None

    def wallets(self) -> list[_Wallet]:
        """Read every descriptor; those that ask for the same by the same script are one wallet."""
        found: dict[tuple[str, tuple[Condition, ...]], _Wallet] = {}
        for line, text in self.held.descriptors:
            try:
                body = descriptor_text.without_checksum(text)
                script = descriptor_scripts.read(body)
                made = _Wallet(script, line, descriptor_text.checksum(script.public))
                made.ways = self._ways(script)
                known = found.setdefault((script.kind, tuple(script.ways)), made)
                if known is not made:
                    known.script.keys += script.keys
            except BadDescriptorError as wrong:
                self.held.faults.append(RowFault(self.name, line, _said(wrong.what), wrong.do))
            except TooManyTimelocksError as wrong:
                what, _, do = str(wrong).rstrip(".").partition(". ")
                self.held.faults.append(RowFault(self.name, line, what, do))
        for each in found.values():
            if not each.ways:
                self._note(f"Line {each.line}: nobody can ever spend from this script.")
        return list(found.values())

    def _ways(self, script: Script) -> list[Way]:
        first = (self.since - _FIRST_DAY).days
        found = [way for each in script.ways for way in ways(each, first)]
        return list(dict.fromkeys(found))

    def _note(self, sentence: str) -> None:
        if sentence not in self.held.notes:
            self.held.notes.append(sentence)

    def lifted(self, wallets: list[_Wallet], digest: str = "") -> Lifted:
        """Return the rows of the wallets with all notes."""
        keys = [key for each in wallets for key in each.script.keys if not key.nobody]
        names = descriptor_keys.names(keys)
        rows = [*self._wallet_rows(wallets), *self._key_rows(keys, names)]
        rows += self._copies(keys, names, digest)
        rows += self._above(keys, names)
        rows += [row for each in wallets for row in self._policy_rows(each, names)]
        self._notes(wallets, keys, names)
        return Lifted(
            tuple(rows),
            tuple(self.held.unread),
            tuple(map(withheld, self.held.notes)),
            tuple(self.held.faults),
        )

    def _row(self, table: str, line: int, *, dated: bool = False, **cells: str) -> FactRow:
        common = self.stamp.cells() if dated else self.stamp.undated()
        safe = {column: withheld(text) for column, text in cells.items()}
        return FactRow(table, {**common, **safe}, self.name, line)

    def _wallet_rows(self, wallets: list[_Wallet]) -> Iterator[FactRow]:
        for each in wallets:
            yield self._row("wallets", each.line, id=each.id, asset="BTC")

    def _key_rows(self, keys: list[Key], names: dict[str, str]) -> Iterator[FactRow]:
        for key in {key.material: key for key in reversed(keys)}.values():
            origin = f"[{key.origin}]" if key.origin else ""
            called = self.held.labels.get(key.shown, "")
            label = f"{called} {origin}{key.shown}".strip()
            yield self._row("means", 1, id=names[key.material], kind="key", label=label, of="")

    def _copies(self, keys: list[Key], names: dict[str, str], digest: str) -> Iterator[FactRow]:
        """The file itself is a copy of each private key in it."""
        for material in dict.fromkeys(key.material for key in keys if key.private):
            copy = f"copy:{digest}/{names[material].removeprefix('key:')}"
            label = f"the private key as it stands in {self.name}"
            yield self._row("means", 1, id=copy, kind="copy", label=label, of=names[material])

    def _above(self, keys: list[Key], names: dict[str, str]) -> Iterator[FactRow]:
        """Who has a key has those derived from it; who has a seed has all that come from it."""
        own = {
            names[key.material]: key for key in keys if names[key.material] == f"key:{key.origin}"
        }
        origins = sorted(key.origin for key in own.values())
        for upper in own.values():
            below = [each for each in origins if each.startswith(f"{upper.origin}/")]
            for each in below if upper.extended else ():
                yield self._grant(f"key:{upper.origin}", f"key:{each}")
        for seed in sorted({each[:8] for each in origins}):
            below = [each for each in origins if each.startswith(f"{seed}/")]
            if len(below) > 1 and seed not in origins:
                label = f"the seed or master key with fingerprint {seed}"
                yield self._row("means", 1, id=f"seed:{seed}", kind="key", label=label, of="")
                yield from (self._grant(f"seed:{seed}", f"key:{each}") for each in below)
                self._note(
                    f"{len(below)} keys come from one seed, fingerprint {seed}: whoever has the "
                    f"seed has them all. It is listed as seed:{seed}; say who holds it."
                )

    def _grant(self, means: str, gives: str) -> FactRow:
        return self._row("grants", 1, dated=True, means=means, gives=gives, condition="")

    def _policy_rows(self, wallet: _Wallet, names: dict[str, str]) -> Iterator[FactRow]:
        anybody = f"anybody:{wallet.id}"
        if any(way.what == ALWAYS for way in wallet.ways):
            label = "no key is needed: anybody can spend"
            yield self._row("means", wallet.line, id=anybody, kind="credential", label=label, of="")
            self._note(f"Line {wallet.line}: anybody can spend; the script asks for no key.")
        yield from self._preimages(wallet)
        for way in wallet.ways:
            when = dict(way.when)
            opens = _FIRST_DAY + timedelta(days=when.pop("day", 0))
            if self.until is not None and opens >= self.until:
                self._note(f"Line {wallet.line}: a further way opens on {opens}, past the period.")
                continue
            cells = {"from": max(opens, self.since).isoformat()}
            yield self._row(
                "policies",
                wallet.line,
                dated=True,
                wallet=wallet.id,
                path="signing",
                formula=anybody if way.what == ALWAYS else formula(way.what, names),
                scope=_scope(when),
                **cells,
            )

    def _preimages(self, wallet: _Wallet) -> Iterator[FactRow]:
        parts = [each for way in wallet.ways for each in leaves(way.what) if isinstance(each, Part)]
        for name in dict.fromkeys(each.name for each in parts if each.name.startswith("preimage:")):
            label = f"32 bytes whose {name.split(':')[1]} is {name.split(':')[2]}"
            yield self._row("means", wallet.line, id=name, kind="credential", label=label, of="")

    def _notes(self, wallets: list[_Wallet], keys: list[Key], names: dict[str, str]) -> None:
        if private := len({key.material for key in keys if key.private}):
            self._note(
                f"The file holds {private} private keys: whoever has the file can sign with them. "
                "Only their public parts were lifted, and each is listed as a copy."
            )
        for key in keys:
            if not key.fits:
                self._note(
                    f"The origin [{key.origin}] cannot be that of its key, which is named "
                    f"{names[key.material]} instead."
                )
        if any(key.test_network for key in keys):
            self._note("Keys are written for a test network.")
        for each in wallets:
            for sentence in each.script.notes:
                self._note(f"Line {each.line}: {sentence}")
            self._lock_notes(each)

    def _lock_notes(self, wallet: _Wallet) -> None:
        locks = {e for way in wallet.script.ways for e in leaves(way) if isinstance(e, Lock)}
        if any(lock.value == 0 for lock in locks if lock.clock in ("blocks", "seconds")):
            self._note(
                f"Line {wallet.line}: an older() waits for nothing, since only the low 16 bits of "
                "its number count (BIP-68)."
            )
        if any(lock.clock == "day" for lock in locks):
            self._note(
                "A lock by time opens when the chain's median time passes it, about an hour after "
                "the clock; the whole of that UTC day is taken as open."
            )


def _said(what: str) -> str:
    return withheld(f"The descriptor cannot be lifted: {what}")


def _scope(when: dict[str, int]) -> str:
    words = {
        "height": "after block {}",
        "blocks": "coins unspent for {} blocks",
        "seconds": "coins unspent for {} seconds",
    }
    said = [words[clock].format(value) for clock, value in when.items()]
    return f"when={' and '.join(said)}" if said else ""
