"""Files that hold output descriptors: text, Bitcoin Core's `listdescriptors`, Caravan wallets.

Here they become descriptors with a line each; what these ask for is in `scripts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bitcoin.keys import withheld
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


def read(data: bytes, name: str) -> WalletFile:
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
        if bare := re.sub(r"(?:^|\s+)#.*", "", written.strip()):
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
