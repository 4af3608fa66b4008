"""Bitcoin output descriptors and miniscript into rows of facts: wallets, means and policies.

A descriptor is the whole of what a script asks for, so its rows say exactly that: whoever meets a
formula can spend, and nobody else. Who holds the keys is for other rows to say. BIP-379 to 390.

Read are text, Bitcoin Core's `listdescriptors` and Caravan wallets. All become descriptors with a
line each; what these ask for is in `scripts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from forthwith.domain.fact_tables import FactRow, Lifted, RowFault, Stamp
from forthwith.domain.period import NotADayError, day
from forthwith.exports.bitcoin import grammar, scripts
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
from forthwith.exports.bitcoin.keys import Key, key_ids, withheld
from forthwith.exports.bitcoin.scripts import Script
from forthwith.exports.options import Files, ImportOptions, joined
from forthwith.plain import json_document

LARGEST = 16 << 20

_CORE = frozenset({"wallet_name", "descriptors"})
_CORE_DESCRIPTOR = frozenset(
    {"desc", "timestamp", "active", "internal", "range", "next", "next_index"}
)  # fmt: skip
_CARAVAN = frozenset(
    {"name", "uuid", "addressType", "network", "client", "quorum", "extendedPublicKeys",
     "startingAddressIndex"}
)  # fmt: skip
#: Through which server the wallet looks at the chain.
_CARAVAN_CLIENT = frozenset({"type", "url", "username", "walletName", "provider"})
_CARAVAN_KEY = frozenset({"name", "bip32Path", "xpub", "xfp", "method"})
_CARAVAN_SCRIPTS = {"P2SH": "sh({})", "P2WSH": "wsh({})", "P2SH-P2WSH": "sh(wsh({}))"}
_EXPORT = "Export the wallet again and try that file"


@dataclass(slots=True)
class WalletFile:
    """A file of descriptors, read."""

    name: str
    #: Line (1-based) and text of each descriptor, its checksum with it where one stands.
    descriptors: list[tuple[int, str]] = field(default_factory=list)
    #: What people call the keys, by the text of the key.
    labels: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def fault(self, what: str) -> None:
        """Keep one fault of the file as a whole."""
        self.faults.append(RowFault(self.name, 0, what, _EXPORT))

    def leave(self, data: dict[str, Any], known: frozenset[str], place: str) -> None:
        """Name the keys of an object that are not known here."""
        for key in sorted(data.keys() - known):
            self.unread.append(withheld(f"{place}{key}"[:200]))


def wallet_file(data: bytes, name: str) -> WalletFile:
    """Read a file of any of the three kinds; what is wrong with it is among the faults."""
    file = WalletFile(name)
    try:
        text = data[: LARGEST + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
        file.fault("The file is not text in UTF-8")
    if len(data) > LARGEST:
        file.fault(f"The file is larger than {LARGEST} bytes")
    elif text.lstrip()[:1] in ("{", "["):
        _from_json(text, file)
    else:
        file.descriptors = list(_lines(text))
    if not file.descriptors and not file.faults:
        file.fault("The file holds no descriptor")
    return file


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for line, written in enumerate(text.splitlines(), 1):
        # A comment begins a line or follows a space; a `#` within is that of the checksum.
        if bare := re.sub(r"(?:^|(?<!\s)\s+)#.*", "", written.strip()):
            yield line, bare


def _from_json(text: str, file: WalletFile) -> None:
    try:
        data = json_document.load(text)
    except json_document.NotJsonError as wrong:
        file.fault(withheld(f"The file {wrong}"))
        return
    if isinstance(data, dict) and isinstance(data.get("descriptors"), list):
        _core(data, text, file)
    elif isinstance(data, dict) and isinstance(data.get("extendedPublicKeys"), list):
        _caravan(data, file)
    else:
        file.fault("The JSON is neither Bitcoin Core's listdescriptors nor a Caravan wallet")


def _core(data: dict[str, Any], text: str, file: WalletFile) -> None:
    file.leave(data, _CORE, "")
    _note_name(data.get("wallet_name"), file)
    for index, entry in enumerate(data["descriptors"]):
        if not isinstance(entry, dict) or not isinstance(entry.get("desc"), str):
            file.fault(f"descriptors[{index}] has no text in desc")
            continue
        file.leave(entry, _CORE_DESCRIPTOR, f"descriptors[{index}].")
        place = text.find(entry["desc"])
        file.descriptors.append((text.count("\n", 0, max(place, 0)) + 1, entry["desc"]))


def _note_name(called: object, file: WalletFile) -> None:
    if isinstance(called, str) and called.strip():
        file.notes.append(f"The file calls the wallet {called.strip()[:100]!r}.")


def _caravan(data: dict[str, Any], file: WalletFile) -> None:
    """Write the descriptor of a Caravan wallet: k of n account keys, sorted, receiving side.

    Caravan sorts keys by BIP-67 and derives /0/* for receiving and /1/* for change.
    """
    file.leave(data, _CARAVAN, "")
    _note_name(data.get("name"), file)
    if isinstance(client := data.get("client"), dict):
        file.leave(client, _CARAVAN_CLIENT, "client.")
    quorum, keys = data.get("quorum"), data["extendedPublicKeys"]
    script = _CARAVAN_SCRIPTS.get(str(data.get("addressType")))
    if script is None:
        file.fault("addressType is none of P2SH, P2WSH, P2SH-P2WSH")
        return
    signers = quorum.get("requiredSigners") if isinstance(quorum, dict) else None
    if not isinstance(quorum, dict) or type(signers) is not int or signers < 1:
        file.fault("quorum.requiredSigners is not a whole number")
        return
    file.leave(quorum, frozenset({"requiredSigners", "totalSigners"}), "quorum.")
    if quorum.get("totalSigners") != len(keys):
        what = (
            "quorum.totalSigners is not the number of keys listed, so keys are missing or too many"
        )
        file.fault(what)
        return
    written = [_caravan_key(key, index, file) for index, key in enumerate(keys)]
    if all(written):
        inner = f"sortedmulti({signers},{','.join(written)})"
        file.descriptors.append((1, script.format(inner)))


def _caravan_key(data: object, index: int, file: WalletFile) -> str:
    place = f"extendedPublicKeys[{index}]"
    if not isinstance(data, dict) or not isinstance(data.get("xpub"), str):
        file.fault(f"{place} has no text in xpub")
        return ""
    file.leave(data, _CARAVAN_KEY, f"{place}.")
    xpub = data["xpub"].strip()
    if not re.fullmatch(r"[0-9A-Za-z]{100,120}", xpub):
        file.fault(f"{place}.xpub is not an extended key")
        return ""
    if isinstance(data.get("name"), str):
        file.labels[xpub] = data["name"].strip()[:100]
    origin = f"{data.get('xfp')}{str(data.get('bip32Path')).strip().removeprefix('m')}"
    # Caravan writes "Unknown" where it was told no path or fingerprint.
    known = re.fullmatch(r"[0-9a-fA-F]{8}(?:/\d{1,10}['hH]?)*", origin)
    return f"[{origin}]{xpub}/<0;1>/*" if known else f"{xpub}/<0;1>/*"


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
    file = wallet_file(data, name)
    lifting = _Lifting(name, stamp, file)
    try:
        lifting.since = day(stamp.start)
        lifting.until = day(stamp.end) if stamp.end else None
    except NotADayError as wrong:
        file.faults.append(RowFault(name, 0, str(wrong), "Give the day from which this holds"))
        return lifting.lifted([])
    if re.search(r"[\s,()\"]", wallet):
        what = "The name given for the wallet holds a space, comma, bracket or quotation mark"
        file.faults.append(RowFault(name, 0, what, "Name it without them"))
        return lifting.lifted([])
    wallets = lifting.wallets()
    for descriptors in wallets:
        own = wallet if len(wallets) == 1 else f"{wallet}-{descriptors.checksum}"
        descriptors.id = own if wallet else f"btc:{descriptors.checksum}"
    return lifting.lifted(wallets, sha256(data).hexdigest()[:16])


@dataclass(slots=True)
class _Lifting:
    name: str
    stamp: Stamp
    file: WalletFile
    since: date = _FIRST_DAY
    until: date | None = None

    def wallets(self) -> list[_Wallet]:
        """Read every descriptor; those that ask for the same by the same script are one wallet."""
        first_day = (self.since - _FIRST_DAY).days
        wallets: dict[tuple[str, tuple[Condition, ...]], _Wallet] = {}
        for line, text in self.file.descriptors:
            try:
                body = grammar.without_checksum(text)
                script = scripts.read(body)
                wallet = _Wallet(script, line, grammar.checksum(script.public))
                spends = (way for condition in script.ways for way in ways(condition, first_day))
                wallet.ways = list(dict.fromkeys(spends))
                known = wallets.setdefault((script.kind, tuple(script.ways)), wallet)
                if known is not wallet:
                    known.script.keys += script.keys
            except BadDescriptorError as wrong:
                what = withheld(f"The descriptor cannot be lifted: {wrong.what}")
                self.file.faults.append(RowFault(self.name, line, what, wrong.do))
            except TooManyTimelocksError as wrong:
                what, _, do = str(wrong).rstrip(".").partition(". ")
                self.file.faults.append(RowFault(self.name, line, what, do))
        for wallet in wallets.values():
            if not wallet.ways:
                self._note(f"Line {wallet.line}: nobody can ever spend from this script.")
        return list(wallets.values())

    def _note(self, sentence: str) -> None:
        if sentence not in self.file.notes:
            self.file.notes.append(sentence)

    def lifted(self, wallets: list[_Wallet], digest: str = "") -> Lifted:
        """Return the rows of the wallets with all notes."""
        keys = [key for wallet in wallets for key in wallet.script.keys if not key.nobody]
        names = key_ids(keys)
        rows = [self._row("wallets", wallet.line, id=wallet.id, asset="BTC") for wallet in wallets]
        rows += self._key_rows(keys, names)
        rows += self._copies(keys, names, digest)
        rows += self._above(keys, names)
        rows += [row for wallet in wallets for row in self._policy_rows(wallet, names)]
        self._notes(wallets, keys, names)
        return Lifted(
            tuple(rows),
            tuple(self.file.unread),
            tuple(map(withheld, self.file.notes)),
            tuple(self.file.faults),
        )

    def _row(self, table: str, line: int, *, dated: bool = False, **cells: str) -> FactRow:
        common = self.stamp.cells() if dated else self.stamp.undated()
        safe = {column: withheld(text) for column, text in cells.items()}
        return FactRow(table, {**common, **safe}, self.name, line)

    def _key_rows(self, keys: list[Key], names: dict[str, str]) -> Iterator[FactRow]:
        for key in {key.material: key for key in reversed(keys)}.values():
            origin = f"[{key.origin}]" if key.origin else ""
            called = self.file.labels.get(key.shown, "")
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
            below = [origin for origin in origins if origin.startswith(f"{upper.origin}/")]
            for lower in below if upper.extended else ():
                yield self._grant(f"key:{upper.origin}", f"key:{lower}")
        for seed in sorted({origin[:8] for origin in origins}):
            below = [origin for origin in origins if origin.startswith(f"{seed}/")]
            if len(below) > 1 and seed not in origins:
                label = f"the seed or master key with fingerprint {seed}"
                yield self._row("means", 1, id=f"seed:{seed}", kind="key", label=label, of="")
                yield from (self._grant(f"seed:{seed}", f"key:{lower}") for lower in below)
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
        parts = [leaf for way in wallet.ways for leaf in leaves(way.what) if isinstance(leaf, Part)]
        for name in dict.fromkeys(part.name for part in parts if part.name.startswith("preimage:")):
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
        for wallet in wallets:
            for sentence in wallet.script.notes:
                self._note(f"Line {wallet.line}: {sentence}")
            self._lock_notes(wallet)

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


def _scope(when: dict[str, int]) -> str:
    words = {
        "height": "after block {}",
        "blocks": "coins unspent for {} blocks",
        "seconds": "coins unspent for {} seconds",
    }
    sentences = [words[clock].format(value) for clock, value in when.items()]
    return f"when={' and '.join(sentences)}" if sentences else ""
