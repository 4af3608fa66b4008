"""Files that hold output descriptors: text, Bitcoin Core's `listdescriptors`, Caravan wallets.

Here they become descriptors with a line each; what they mean is `descriptor`'s to say.
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
_CORE_EACH = frozenset(
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
class Held:
    """What a file holds."""

    #: Line (1-based) and text of each descriptor, its checksum with it where one stands.
    descriptors: list[tuple[int, str]] = field(default_factory=list)
    #: What people call the keys, by the text of the key.
    labels: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


def read(data: bytes, name: str) -> Held:
    """Read a file of any of the three kinds; what is wrong with it is among the faults."""
    held = Held()
    try:
        text = data[: LARGEST + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
        held.faults.append(RowFault(name, 0, "The file is not text in UTF-8", _EXPORT))
    if len(data) > LARGEST:
        held.faults.append(RowFault(name, 0, f"The file is larger than {LARGEST} bytes", _EXPORT))
    elif text.lstrip()[:1] in ("{", "["):
        _from_json(text, name, held)
    else:
        held.descriptors = list(_lines(text))
    if not held.descriptors and not held.faults:
        held.faults.append(RowFault(name, 0, "The file holds no descriptor", _EXPORT))
    return held


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for line, each in enumerate(text.splitlines(), 1):
        # A comment begins a line or follows a space; a `#` within is that of the checksum.
        if bare := re.sub(r"(?:^|\s+)#.*", "", each.strip()):
            yield line, bare


def _from_json(text: str, name: str, held: Held) -> None:
    try:
        data = json_document.load(text)
    except json_document.NotJsonError as wrong:
        held.faults.append(RowFault(name, 0, withheld(f"The file {wrong}"), _EXPORT))
        return
    if isinstance(data, dict) and isinstance(data.get("descriptors"), list):
        _core(data, text, name, held)
    elif isinstance(data, dict) and isinstance(data.get("extendedPublicKeys"), list):
        _caravan(data, name, held)
    else:
        what = "The JSON is neither Bitcoin Core's listdescriptors nor a Caravan wallet"
        held.faults.append(RowFault(name, 0, what, _EXPORT))


def _unread(data: dict[str, Any], known: frozenset[str], place: str, held: Held) -> None:
    for each in sorted(data.keys() - known):
        held.unread.append(withheld(f"{place}{each}"[:200]))


def _core(data: dict[str, Any], text: str, name: str, held: Held) -> None:
    _unread(data, _CORE, "", held)
    _named(data.get("wallet_name"), held)
    for index, each in enumerate(data["descriptors"]):
        if not isinstance(each, dict) or not isinstance(each.get("desc"), str):
            what = f"descriptors[{index}] has no text in desc"
            held.faults.append(RowFault(name, 0, what, _EXPORT))
            continue
        _unread(each, _CORE_EACH, f"descriptors[{index}].", held)
        found = text.find(each["desc"])
        held.descriptors.append((text.count("\n", 0, max(found, 0)) + 1, each["desc"]))


def _named(called: object, held: Held) -> None:
    if isinstance(called, str) and called.strip():
        held.notes.append(f"The file calls the wallet {called.strip()[:100]!r}.")


def _caravan(data: dict[str, Any], name: str, held: Held) -> None:
    """Write the descriptor of a Caravan wallet: k of n account keys, sorted, receiving side.

    Caravan sorts keys by BIP-67 and derives /0/* for receiving and /1/* for change.
    """
    _unread(data, _CARAVAN, "", held)
    _named(data.get("name"), held)
    if isinstance(client := data.get("client"), dict):
        _unread(client, _CARAVAN_CLIENT, "client.", held)
    quorum, keys = data.get("quorum"), data["extendedPublicKeys"]
    script = _CARAVAN_SCRIPTS.get(str(data.get("addressType")))
    if script is None:
        _fault("addressType is none of P2SH, P2WSH, P2SH-P2WSH", name, held)
        return
    if not isinstance(quorum, dict) or not _whole(quorum.get("requiredSigners")):
        _fault("quorum.requiredSigners is not a whole number", name, held)
        return
    _unread(quorum, frozenset({"requiredSigners", "totalSigners"}), "quorum.", held)
    if quorum.get("totalSigners") != len(keys):
        said = (
            "quorum.totalSigners is not the number of keys listed, so keys are missing or too many"
        )
        _fault(said, name, held)
        return
    written = [_caravan_key(each, index, name, held) for index, each in enumerate(keys)]
    if all(written):
        inner = f"sortedmulti({quorum['requiredSigners']},{','.join(written)})"
        held.descriptors.append((1, script.format(inner)))


def _fault(what: str, name: str, held: Held) -> None:
    held.faults.append(RowFault(name, 0, what, _EXPORT))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _caravan_key(data: object, index: int, name: str, held: Held) -> str:
    place = f"extendedPublicKeys[{index}]"
    if not isinstance(data, dict) or not isinstance(data.get("xpub"), str):
        _fault(f"{place} has no text in xpub", name, held)
        return ""
    _unread(data, _CARAVAN_KEY, f"{place}.", held)
    xpub = data["xpub"].strip()
    if not re.fullmatch(r"[0-9A-Za-z]{100,120}", xpub):
        _fault(f"{place}.xpub is not an extended key", name, held)
        return ""
    if isinstance(data.get("name"), str):
        held.labels[xpub] = data["name"].strip()[:100]
    origin = f"{data.get('xfp')}{str(data.get('bip32Path')).strip().removeprefix('m')}"
    # Caravan writes "Unknown" where it was told no path or fingerprint.
    known = re.fullmatch(r"[0-9a-fA-F]{8}(?:/\d{1,10}['hH]?)*", origin)
    return f"[{origin}]{xpub}/<0;1>/*" if known else f"{xpub}/<0;1>/*"
