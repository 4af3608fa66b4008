"""A wallet's file, read: the descriptors it stands for, names of keys, what it lays open.

Every shape becomes descriptors (BIP-380), so that what they ask for is read in one place. Which
shapes there are is said in `wallet_json` and `wallet_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bitcoin.withheld import withheld
from forthwith.plain.public_keys import secret_of
from forthwith.plain.short_keys import shortened

LARGEST = 16 << 20
#: Longer than any name a wallet lets people give.
_LONGEST_NAME = 100

_EXPORT = "Export the wallet again and try that file"
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{8}")
_PATH = re.compile(r"(?:/\d{1,10}['hH]?)*")
_EXTENDED = re.compile(r"[0-9A-Za-z]{100,120}")

#: The script around the keys of a wallet that signs by k of n, or by one key, as wallets name it.
OF_SEVERAL = {
    "p2sh": "sh({})", "p2wsh": "wsh({})", "p2shp2wsh": "sh(wsh({}))", "p2wshp2sh": "sh(wsh({}))",
}  # fmt: skip
OF_ONE = {
    "p2pk": "pk({})", "p2pkh": "pkh({})", "p2wpkh": "wpkh({})", "p2shp2wpkh": "sh(wpkh({}))",
    "p2wpkhp2sh": "sh(wpkh({}))", "p2tr": "tr({})",
}  # fmt: skip


def names(text: str) -> frozenset[str]:
    """Return the names in a line of them, as the tables of known ones are written."""
    return frozenset(text.split())


def word(value: object) -> str:
    """Return a word of a file in quotation marks, for a fault; whatever is more is not repeated."""
    text = str(value)
    return repr(text) if re.fullmatch(r"[\w/+-]{1,24}", text) else "of another name"


def script_name(written: object) -> str:
    """Return the name of a script as the tables above have it: "P2SH-P2WSH" is "p2shp2wsh"."""
    return re.sub(r"[^a-z0-9]", "", str(written).lower())


@dataclass(frozen=True, slots=True)
class Written:
    """One descriptor as a file has it, or stands for."""

    line: int
    #: Its checksum with it where one stands.
    text: str
    #: An address the file itself gives for the wallet.
    address: str = ""


@dataclass(frozen=True, slots=True)
class PrivatePart:
    """What a file holds of the private side of one of its keys; the part itself is not kept."""

    line: int
    #: The public key, as written in a descriptor, to which it leads; "" where the file names none.
    key: str
    #: The words of a seed; else a private key.
    seed: bool = False
    #: Encrypted under a password: the file alone gives nothing.
    wrapped: bool = False
    #: Fingerprint of the master key that the seed makes, where known.
    fingerprint: str = ""


@dataclass(slots=True)
class WalletFile:
    """A file about a wallet, read."""

    name: str
    data: bytes
    descriptors: list[Written] = field(default_factory=list)
    #: Keys of which the file does not say in what script they stand.
    keys: list[tuple[int, str]] = field(default_factory=list)
    #: What people call the keys, by the secret of each (`secret_of`) or by "master:" and the
    #: fingerprint of the master key.
    labels: dict[str, list[str]] = field(default_factory=dict)
    private: list[PrivatePart] = field(default_factory=list)
    #: Labels that say nothing about a key.
    counted: int = 0
    unread: list[str] = field(default_factory=list)
    #: In the order they were said.
    notes: dict[str, None] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    #: Where the last text was found, and on which line (`line_of`).
    _found: tuple[int, int] = (0, 1)

    @property
    def digest(self) -> str:
        """Return what the ids of copies in this file begin with."""
        return sha256(self.data).hexdigest()[:16]

    @property
    def empty(self) -> bool:
        """Whether nothing at all came of it, not even a fault."""
        found = self.descriptors or self.keys or self.labels or self.counted
        return not (found or self.faults)

    def fault(self, what: str, do: str = _EXPORT, line: int = 0) -> None:
        """Keep one fault of the file."""
        self.faults.append(RowFault(self.name, line, withheld(what), do))

    def line_of(self, part: str, text: str) -> int:
        """Return the line of a part of the file, which stands behind the parts asked for before."""
        before, line = self._found
        at = text.find(part, before)
        if at >= 0:
            line += text.count("\n", before, at)
            self._found = (at, line)
        return line

    def note(self, sentence: str) -> None:
        """Keep a sentence, once."""
        self.notes[sentence] = None

    def call(self, called: object) -> None:
        """Note the name the file gives the wallet."""
        if name := _plain_name(called):
            self.note(f"The file calls the wallet {name!r}.")

    def label(self, key: str, called: object) -> None:
        """Keep what somebody calls a key."""
        names = self.labels.setdefault(secret_of(key), [])
        if (name := _plain_name(called)) and name not in names:
            names.append(name)

    def leave(self, data: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        """Name the keys of an object that are not known here."""
        for key in sorted(data.keys() - set(known)):
            self.unread.append(withheld(f"{place}{key}")[:200])

    def key(
        self, place: str, xpub: object, fingerprint: object, path: object, steps: str = "/<0;1>/*"
    ) -> str:
        """Return a key as a descriptor has it, its origin before it where the file knows it.

        An empty text is a fault, kept already. `path` may be "m/48'/0'", "Unknown" or None.
        """
        if not isinstance(xpub, str) or not _EXTENDED.fullmatch(xpub.strip()):
            self.fault(f"{place} is not an extended key")
            return ""
        if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint.strip()):
            return f"{xpub.strip()}{steps}"
        written = str(path or "").strip().removeprefix("m").rstrip("/")
        origin = fingerprint.strip() + (written if _PATH.fullmatch(written) else "")
        return f"[{origin}]{xpub.strip()}{steps}"

    def signed_by(self, script: object, keys: list[str], k: int, *, ordered: bool = False) -> None:
        """Add the descriptor of k of n keys in a script of this name; a fault in any, a fault."""
        around = OF_SEVERAL.get(script_name(script))
        if around is None:
            known = "P2SH, P2WSH or P2SH-P2WSH"
            self.fault(f"Its script {word(script)} is not one of several keys: {known}")
        elif not 1 <= k <= len(keys):
            self.fault(f"It asks for {k} signatures of {len(keys)} keys")
        elif all(keys):
            multi = "multi" if ordered else "sortedmulti"
            text = around.format(f"{multi}({k},{','.join(keys)})")
            self.descriptors.append(Written(1, text))

    def signed_by_one(self, script: object, key: str) -> None:
        """Add the descriptor of one key in a script of this name."""
        around = OF_ONE.get(script_name(script))
        if around is None:
            known = "P2PKH, P2WPKH, P2SH-P2WPKH or P2TR"
            self.fault(f"Its script {word(script)} is not one of a single key: {known}")
        elif key:
            self.descriptors.append(Written(1, around.format(key)))


def _plain_name(called: object) -> str:
    """Return a name on one line, without secrets somebody pasted and with keys in it made short."""
    if not isinstance(called, str):
        return ""
    name = shortened(withheld(" ".join(called.split())))
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
