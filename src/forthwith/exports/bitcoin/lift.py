"""Bitcoin wallets into rows of facts: wallets, means and policies.

A descriptor is the whole of what a script asks for, so its rows say exactly that: whoever meets a
formula can spend, and nobody else. Who holds the keys is for other rows to say. BIP-379 to 390.

Several files are one set of wallets: the same key is one means in all of them, the same script one
wallet, and what one file calls a key it is called in every row. Which files are read is said in
`wallet_text` and `wallet_json`; what descriptors ask for, in `scripts`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from forthwith.domain.fact_tables import FactRow, Lifted, RowFault, Stamp
from forthwith.domain.period import NotADayError, day
from forthwith.exports.bitcoin import grammar, keys, scripts
from forthwith.exports.bitcoin.conditions import (
    ALWAYS,
    AtLeast,
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
from forthwith.exports.bitcoin.keys import Key, key_ids
from forthwith.exports.bitcoin.scripts import Script
from forthwith.exports.bitcoin.wallet_file import PrivatePart, WalletFile, Written
from forthwith.exports.bitcoin.wallet_text import wallet_file
from forthwith.exports.bitcoin.withheld import withheld
from forthwith.exports.options import Files, ImportOptions
from forthwith.plain.counting import count
from forthwith.plain.public_keys import secret_of
from forthwith.plain.short_keys import short, shortened

#: A day begins fourteen hours before midnight UTC where it begins first: a lock that is open by
#: then is open on the whole of the first day, wherever that day is counted.
_FIRST_ZONE = timedelta(hours=14)
#: Past the last day by this, a lock cannot open within it in any zone.
_LAST_ZONE = timedelta(days=2)

#: A file with more descriptors at fault is no file of descriptors.
_MOST_FAULTS = 100
#: Notes of one kind beyond this many are counted.
_MOST_SAID = 5
_SORTED = re.compile(r"(?:sh\()?(?:wsh\()?sortedmulti\(")
_MEDIAN = (
    "the lock opens when the median time of eleven blocks passes it, about an hour after the clock "
    "(BIP-113)"
)
_AGE = "each coin waits by itself, from the block that paid it in (BIP-68)"
_IN_CLEAR = "whoever has the file has it"


@dataclass(slots=True)
class _Wallet:
    """Descriptors that ask for the same: the receiving and the change side of one wallet."""

    file: WalletFile
    line: int
    script: Script
    checksum: str
    address: str = ""
    id: str = ""
    ways: list[Way] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Held:
    """One key in one file."""

    key: Key
    file: WalletFile
    line: int


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn files of one set of wallets into rows.

    Without an id in the options, or with several wallets, the checksum names the wallet. No private
    key and no word of a seed is repeated in any row, note or fault.
    """
    read = [wallet_file(data, name) for name, data in files]
    lifting = _Lifting(read, options.stamp)
    try:
        lifting.since = _midnight(options.stamp.start)
        lifting.until = _midnight(options.stamp.end) if options.stamp.end else None
    except NotADayError as wrong:
        read[0].faults.append(
            RowFault(read[0].name, 0, str(wrong), "Give the day from which this holds")
        )
        return lifting.lifted([])
    if re.search(r"[\s,()\"]", options.wallet):
        what = "The name given for the wallet holds a space, comma, bracket or quotation mark"
        read[0].faults.append(RowFault(read[0].name, 0, what, "Name it without them"))
        return lifting.lifted([])
    wallets = lifting.wallets()
    for wallet in wallets:
        own = options.wallet if len(wallets) == 1 else f"{options.wallet}-{wallet.checksum}"
        wallet.id = own if options.wallet else f"btc:{wallet.checksum}"
    return lifting.lifted(wallets)


def _asked(script: Script) -> tuple[str, tuple[Condition, ...]]:
    """Return what two descriptors of one wallet have in common, and no others.

    In sortedmulti() the order of the keys is the script's own, in multi() the writer's.
    """
    whole = script.ways[0]
    if _SORTED.match(script.public) and isinstance(whole, AtLeast):
        whole = AtLeast(whole.k, tuple(sorted(whole.of, key=repr)))
        return f"{script.kind} sorted", (whole,)
    return script.kind, tuple(script.ways)


def _midnight(text: str) -> datetime:
    """Return the beginning, in UTC, of the day that a bound lies in. Raises NotADayError."""
    first: date = day(text.partition("T")[0])
    return datetime(first.year, first.month, first.day, tzinfo=UTC)


@dataclass(slots=True)
class _Lifting:
    files: list[WalletFile]
    stamp: Stamp
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    until: datetime | None = None
    held: list[_Held] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def wallets(self) -> list[_Wallet]:
        """Read every descriptor; those that ask for the same by the same script are one wallet."""
        wallets: dict[tuple[str, tuple[Condition, ...]], _Wallet] = {}
        for file in self.files:
            for written in file.descriptors:
                wallet = self._wallet(file, written)
                if len(file.faults) > _MOST_FAULTS:
                    left = "the rest of the file was not looked at"
                    file.fault(f"There are more faults, and {left}", line=written.line)
                    break
                if wallet is None:
                    continue
                known = wallets.setdefault(_asked(wallet.script), wallet)
                known.address = known.address or wallet.address
                self.held += [
                    _Held(key, file, written.line) for key in wallet.script.keys if not key.nobody
                ]
        for wallet in wallets.values():
            if not wallet.ways:
                self._say(wallet, "nobody can ever spend from this script.")
        return list(wallets.values())

    def _wallet(self, file: WalletFile, written: Written) -> _Wallet | None:
        """Read one descriptor; a fault is kept, and None returned."""
        since = int((self.since - _FIRST_ZONE).timestamp())
        try:
            script = scripts.read(grammar.without_checksum(written.text))
            checksum = grammar.checksum(script.public)
            wallet = _Wallet(file, written.line, script, checksum, written.address)
            spends = (way for condition in script.ways for way in ways(condition, since))
            wallet.ways = list(dict.fromkeys(spends))
        except BadDescriptorError as wrong:
            what = f"The descriptor cannot be lifted: {wrong.what}"
            file.fault(what, wrong.do, written.line)
            return None
        except TooManyTimelocksError as wrong:
            what, _, do = str(wrong).rstrip(".").partition(". ")
            file.fault(what, do, written.line)
            return None
        return wallet

    def _say(self, wallet: _Wallet, sentence: str) -> None:
        place = f"{wallet.file.name}, line" if len(self.files) > 1 else "Line"
        wallet.file.note(f"{place} {wallet.line}: {sentence}")

    def lifted(self, wallets: list[_Wallet]) -> Lifted:
        """Return the rows of the wallets with all notes."""
        self._keys_alone()
        self.names = key_ids(held.key for held in self.held)
        rows = [self._wallet_row(wallet) for wallet in wallets]
        rows += self._key_rows()
        rows += self._copies()
        rows += self._above()
        rows += [row for wallet in wallets for row in self._policy_rows(wallet)]
        self._notes(wallets)
        faults = tuple(fault for file in self.files for fault in file.faults)
        return Lifted(
            tuple(rows),
            tuple(name for file in self.files for name in file.unread),
            tuple(
                dict.fromkeys(
                    withheld(shortened(note)) for file in self.files for note in file.notes
                )
            ),
            faults,
        )

    def _keys_alone(self) -> None:
        """Read the keys that stand in no script; one that cannot be read is a fault of its file."""
        for file in self.files:
            for line, text in file.keys:
                try:
                    self.held.append(_Held(keys.parse(text, 1), file, line))
                except BadDescriptorError as wrong:
                    file.fault(f"A key cannot be lifted: {wrong.what}", wrong.do, line)

    def _row(
        self, table: str, file: WalletFile, line: int, *, dated: bool = False, **cells: str
    ) -> FactRow:
        common = self.stamp.cells() if dated else self.stamp.undated()
        safe = {column: withheld(text) for column, text in cells.items()}
        return FactRow(table, {**common, **safe}, file.name, line)

    def _wallet_row(self, wallet: _Wallet) -> FactRow:
        test = any(key.test_network for key in wallet.script.keys)
        return self._row(
            "wallets",
            wallet.file,
            wallet.line,
            id=wallet.id,
            asset="BTC",
            address=wallet.address,
            note="its keys are written for a test network" if test else "",
        )

    def _key_rows(self) -> Iterator[FactRow]:
        by_material: dict[str, list[_Held]] = {
            held.key.material: [] for held in reversed(self.held)
        }
        for held in self.held:
            by_material[held.key.material].append(held)
        for material, all_held in by_material.items():
            # What an origin says of itself goes before a key without one, whichever came first.
            best = max(all_held, key=lambda held: (bool(held.key.origin), held.key.fits))
            key, notes = best.key, []
            fingerprints = sorted({held.key.fingerprint for held in all_held} - {""})
            if len(fingerprints) > 1:
                notes.append(f"the files name several masters of it: {', '.join(fingerprints)}")
            claims = (held.key.origin for held in all_held if not held.key.fits)
            if unfit := sorted({origin for origin in claims if keys.claimed(origin)}):
                notes.append(f"the origin {', '.join(unfit)} written for it cannot be its own")
            by = (material, *(f"master:{fingerprint}" for fingerprint in fingerprints))
            called = dict.fromkeys(
                name for file in self.files for which in by for name in file.labels.get(which, ())
            )
            # One that nobody knew, zeros, would join what has nothing in common.
            origin = f"[{key.origin}]" if keys.claimed(key.origin) else ""
            yield self._row(
                "means",
                best.file,
                1,
                id=self.names[material],
                kind="key",
                label=f"{' / '.join(called)} {origin}{short(key.shown)}".strip(),
                public_key=key.public_key,
                fingerprint=fingerprints[0] if len(fingerprints) == 1 else "",
                note="; ".join(notes),
            )

    def _copies(self) -> Iterator[FactRow]:
        """A file is a copy of each private key in it, and of each seed: what it is not, is said."""
        done = set()
        for held in self.held:
            name = self.names[held.key.material]
            if held.key.private and (held.file.digest, name) not in done:
                done.add((held.file.digest, name))
                yield self._copy(held.file, held.line, name, "private key")
        for file, part in self._private():
            of = self._seed_of(part) if part.seed else self._name(part.key)
            if of is None or (file.digest, of) in done:
                continue
            done.add((file.digest, of))
            what = "seed" if part.seed else "private key"
            if part.wrapped:
                yield from self._wrapped(file, part, of, what)
            else:
                yield self._copy(file, part.line, of, what)

    def _copy(self, file: WalletFile, line: int, of: str, what: str) -> FactRow:
        return self._row(
            "means",
            file,
            line,
            id=f"copy:{file.digest}/{of.removeprefix('key:')}",
            kind="copy",
            label=f"the {what} as it stands in {file.name}",
            of=of,
            note=_IN_CLEAR,
        )

    def _wrapped(
        self, file: WalletFile, part: PrivatePart, of: str, what: str
    ) -> Iterator[FactRow]:
        backup, word = (
            f"backup:{file.digest}/{of.removeprefix('key:')}",
            f"passphrase:{file.digest}",
        )
        label = f"the {what} in {file.name}, encrypted"
        yield self._row("means", file, part.line, id=backup, kind="backup", label=label, of=of)
        label = f"the password of {file.name}"
        yield self._row("means", file, part.line, id=word, kind="passphrase", label=label)
        yield self._grant(f"all of ({backup}, {word})", of, file)

    def _private(self) -> Iterator[tuple[WalletFile, PrivatePart]]:
        return ((file, part) for file in self.files for part in file.private)

    def _name(self, key: str) -> str | None:
        """Return the id of a key by its text; None where its file is at fault."""
        return self.names.get(secret_of(key))

    def _seed_of(self, part: PrivatePart) -> str | None:
        """Return the id of the seed that a private part is; None where its file is at fault."""
        known = part.fingerprint if keys.is_fingerprint(part.fingerprint) else ""
        name = self._name(part.key)
        for held in self.held if name and not known else ():
            if self.names[held.key.material] == name:
                known = known or held.key.fingerprint
        return f"seed:{known}" if known else name and f"seed:of-{name.removeprefix('key:')}"

    def _above(self) -> Iterator[FactRow]:
        """Who has a key has those derived from it; who has a seed has all that come from it."""
        own: dict[str, _Held] = {}
        for held in self.held:
            if self.names[held.key.material] == f"key:{held.key.origin}":
                own.setdefault(held.key.origin, held)
        origins = sorted(own)
        for origin, upper in own.items():
            for lower in origins[bisect_right(origins, f"{origin}/") :]:
                if not lower.startswith(f"{origin}/") or not upper.key.extended:
                    break
                yield self._grant(f"key:{origin}", f"key:{lower}", upper.file)
        yield from self._seeds(own, origins)

    def _seeds(self, own: Mapping[str, _Held], origins: list[str]) -> Iterator[FactRow]:
        """Return a seed where a file holds it, and where several keys come from it."""
        below: dict[str, list[str]] = defaultdict(list)
        for origin in origins:
            if "/" in origin:
                below[f"seed:{origin[:8]}"].append(f"key:{origin}")
        clear: dict[str, WalletFile] = {}
        for file, part in self._private():
            if part.seed and (seed := self._seed_of(part)):
                clear.setdefault(seed, file)
                if (name := self._name(part.key)) and name not in below[seed]:
                    below[seed].append(name)
        for seed in sorted(below.keys() | clear.keys()):
            # The key of depth 0 is listed where its private side would be the seed.
            alone = len(below[seed]) < 2 or seed.removeprefix("seed:") in own
            if seed in clear:
                yield from self._seed_rows(seed, below[seed], clear[seed])
            elif not alone:
                first = own[below[seed][0].removeprefix("key:")]
                yield from self._seed_rows(seed, below[seed], first.file)

    def _seed_rows(self, seed: str, below: list[str], file: WalletFile) -> Iterator[FactRow]:
        fingerprint = "" if seed.startswith("seed:of-") else seed.removeprefix("seed:")
        which = f"with fingerprint {fingerprint}" if fingerprint else f"of {shortened(below[0])}"
        label = f"the seed or master key {which}"
        yield self._row(
            "means", file, 1, id=seed, kind="seed", label=label, fingerprint=fingerprint
        )
        yield from (self._grant(seed, lower, file) for lower in below)
        if len(below) > 1:
            file.note(
                f"{len(below)} keys come from one seed, fingerprint {fingerprint}: whoever has the "
                f"seed has them all. It is listed as {seed}; say who holds it."
            )

    def _grant(self, means: str, gives: str, file: WalletFile) -> FactRow:
        return self._row("grants", file, 1, dated=True, means=means, gives=gives, condition="")

    def _policy_rows(self, wallet: _Wallet) -> Iterator[FactRow]:
        anybody = f"anybody:{wallet.id}"
        if any(way.what == ALWAYS for way in wallet.ways):
            label = "no key is needed: anybody can spend"
            yield self._row(
                "means", wallet.file, wallet.line, id=anybody, kind="credential", label=label
            )
            self._say(wallet, "anybody can spend; the script asks for no key.")
        yield from self._preimages(wallet)
        for way in wallet.ways:
            when = dict(way.when)
            opens = datetime.fromtimestamp(when["time"], UTC) if "time" in when else None
            if opens and self.until is not None and opens >= self.until + _LAST_ZONE:
                self._say(wallet, f"a further way opens on {opens:%Y-%m-%d}, past the period.")
                continue
            notes = [wallet.script.doubt, _MEDIAN if opens else ""]
            notes.append(_AGE if "blocks" in when or "seconds" in when else "")
            yield self._row(
                "policies",
                wallet.file,
                wallet.line,
                dated=True,
                wallet=wallet.id,
                path="signing",
                formula=anybody if way.what == ALWAYS else formula(way.what, self.names),
                scope=_scope(when),
                note="; ".join(filter(None, notes)),
            )

    def _preimages(self, wallet: _Wallet) -> Iterator[FactRow]:
        parts = [leaf for way in wallet.ways for leaf in leaves(way.what) if isinstance(leaf, Part)]
        for name in dict.fromkeys(part.name for part in parts if part.name.startswith("preimage:")):
            _, function, digest = name.split(":")
            yield self._row(
                "means",
                wallet.file,
                wallet.line,
                id=name,
                kind="credential",
                label=f"32 bytes whose {function} is {short(digest)}",
                note="whoever knows the bytes has it; a spend with them makes them public",
            )

    def _notes(self, wallets: list[_Wallet]) -> None:
        for file in self.files:
            secrets = {
                held.key.material for held in self.held if held.key.private and held.file is file
            }
            secrets |= {part.key or part.fingerprint for part in file.private if not part.wrapped}
            if secrets:
                many = count(len(secrets), "private key or seed", "private keys or seeds")
                file.note(
                    f"{file.name} holds {many} in clear: whoever has the file can sign with what "
                    "it holds. Only public parts were lifted, and the file is listed as a copy of "
                    "each."
                )
            if any(part.wrapped for part in file.private):
                file.note(
                    f"{file.name} holds private keys under a password: whoever has the file and "
                    "the password can sign. Both are listed as means."
                )
            unfit = {
                held.key.origin: shortened(self.names[held.key.material])
                for held in self.held
                if held.file is file and not held.key.fits
            }
            for origin, name in list(unfit.items())[:_MOST_SAID]:
                file.note(
                    f"The origin [{origin}] cannot be that of its key, which is named {name} "
                    "instead."
                )
            if len(unfit) > _MOST_SAID:
                file.note(f"So it is with {len(unfit) - _MOST_SAID:,} more origins.")
            if any(held.key.test_network for held in self.held if held.file is file):
                file.note("Keys are written for a test network.")
        for wallet in wallets:
            for sentence in wallet.script.notes:
                self._say(wallet, sentence)
            self._lock_notes(wallet)

    def _lock_notes(self, wallet: _Wallet) -> None:
        locks = {
            leaf for way in wallet.script.ways for leaf in leaves(way) if isinstance(leaf, Lock)
        }
        if any(lock.value == 0 for lock in locks if lock.clock in ("blocks", "seconds")):
            self._say(
                wallet,
                "an older() waits for nothing, since only the low 16 bits of its number count "
                "(BIP-68).",
            )


def _scope(when: Mapping[str, int]) -> str:
    """Return the scope of a policy: "after=height 840000; older=144 blocks"."""
    said = []
    for clock, value in when.items():
        if clock == "height":
            said.append(f"after=height {value}")
        elif clock == "time":
            at = datetime.fromtimestamp(value, UTC)
            said.append(f"after={at:%Y-%m-%dT%H:%M}{f':{at:%S}' if at.second else ''}Z")
        else:
            said.append(f"older={value} {'blocks' if clock == 'blocks' else 's'}")
    return "; ".join(said)
