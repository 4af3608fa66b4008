"""Wallets in JSON: which programs' files are read, by the names in them.

Each shape has its source and version beside it. One that is known and cannot be read is refused
by its name, any other with the list of those that can; names in a file that nobody takes are
reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from forthwith.exports.bitcoin import electrum, grammar, sparrow
from forthwith.exports.bitcoin.wallet_file import WalletFile, Written, names
from forthwith.plain import json_document
from forthwith.plain.public_keys import normal

#: Every shape that is read, as a fault names them.
SHAPES = (
    "Bitcoin Core (listdescriptors, importdescriptors, getdescriptorinfo), a wallet policy "
    "(BIP-388, as registered with a Ledger or Jade), labels (BIP-329), Caravan, Coldcard, "
    "Electrum, Jade, Liana, Sparrow and Specter"
)
_HARDENED = 1 << 31


def read(text: str, file: WalletFile) -> None:
    """Read a file of one JSON document; what is wrong with it is among the file's faults."""
    try:
        data = json_document.load(text)
    except json_document.NotJsonError as wrong:
        file.fault(f"The file {wrong}")
        return
    documents = data if isinstance(data, list) else [data]
    for place, document in enumerate(documents):
        shape = _shape(document)
        if shape is None:
            which = f"Entry {place + 1} of the list" if isinstance(data, list) else "The JSON"
            file.fault(f"{which} is no wallet read here: {SHAPES}")
            return
        shape(document, text, file)


def _shape(data: Any) -> Callable[[dict[str, Any], str, WalletFile], None] | None:
    """Return what reads an object of this shape."""
    if not isinstance(data, dict):
        return None
    for has, reads in _BY_NAMES:
        if all(name in data for name in has):
            return reads
    folded = {_folded(name) for name in data}
    return _policy if folded & _TEMPLATE and folded & _KEYS else None


def _core(data: dict[str, Any], text: str, file: WalletFile) -> None:
    """Read Bitcoin Core's `listdescriptors` (release 22 to 31), or an entry of `gethdkeys` (28)."""
    file.leave(data, ("wallet_name", "descriptors", "xpub", "has_private"), "")
    file.call(data.get("wallet_name"))
    entries = data["descriptors"]
    for index, entry in enumerate(entries if isinstance(entries, list) else [None]):
        if not isinstance(entry, dict) or not isinstance(entry.get("desc"), str):
            file.fault(f"descriptors[{index}] has no text in desc")
            continue
        _core_entry(entry, text, file, f"descriptors[{index}].")


def _core_entry(
    entry: dict[str, Any], text: str, file: WalletFile, place: str = "an entry's "
) -> None:
    """Read one descriptor of `listdescriptors`, or of the list `importdescriptors` takes."""
    known = names("desc timestamp active internal range next next_index label watchonly")
    file.leave(entry, known, place)
    if not isinstance(entry.get("desc"), str):
        file.fault("An entry has no text in desc")
        return
    file.descriptors.append(Written(file.line_of(entry["desc"], text), entry["desc"]))


def _described(data: dict[str, Any], text: str, file: WalletFile) -> None:
    """Read an object with a whole descriptor in it.

    `getdescriptorinfo` of Bitcoin Core; {label, blockheight, descriptor, devices} as Specter
    Desktop exports it, Sparrow 2 writes for it, and Fully Noded calls an account map.
    """
    known = names(
        "descriptor checksum isrange issolvable hasprivatekeys multipath_expansion label name "
        "blockheight devices"
    )
    file.leave(data, known, "")
    file.call(data.get("label", data.get("name")))
    _descriptor(data["descriptor"], "descriptor", text, file)
    _devices(data.get("devices"), file)


def _specter(data: dict[str, Any], text: str, file: WalletFile) -> None:
    """Read a wallet as Specter Desktop (0.x to 2.x) keeps it: both sides, keys, devices."""
    known = names(
        "name alias description address_type address address_index change_address change_index "
        "keypool change_keypool recv_descriptor change_descriptor keys key devices device "
        "device_type type sigs_required fullpath last_block blockheight"
    )
    file.leave(data, known, "")
    file.call(data.get("name"))
    address = data.get("address")
    _descriptor(
        data["recv_descriptor"], "recv_descriptor", text, file,
        address if isinstance(address, str) and data.get("address_index") == 0 else "",
    )  # fmt: skip
    if data.get("change_descriptor"):
        _descriptor(data["change_descriptor"], "change_descriptor", text, file)
    keys, devices = data.get("keys"), data.get("devices")
    if isinstance(keys, list) and isinstance(devices, list) and len(keys) == len(devices):
        for key, device in zip(keys, devices, strict=True):
            if isinstance(key, dict) and isinstance(key.get("xpub"), str):
                file.label(key["xpub"], device)
    else:
        _devices(devices, file)


def _devices(devices: object, file: WalletFile) -> None:
    """Note what the devices are called; in which order they have the keys is not said."""
    names = [
        str(device.get("label") or device.get("type")) if isinstance(device, dict) else str(device)
        for device in (devices if isinstance(devices, list) else [])
    ]
    if names:
        file.note(f"The file names these devices: {', '.join(names)[:300]}.")


def _descriptor(
    written: object, place: str, text: str, file: WalletFile, address: str = ""
) -> None:
    if not isinstance(written, str):
        file.fault(f"{place} is no text")
        return
    file.descriptors.append(Written(file.line_of(written, text), written.strip(), address))


def _caravan(data: dict[str, Any], _: str, file: WalletFile) -> None:
    """Read a wallet of Caravan, also as Unchained, Sparrow and BlueWallet write it.

    Keys are sorted (BIP-67), /0/* receives and /1/* gives change. Caravan at commit b25532a.
    """
    known = names(
        "name uuid addressType network client quorum extendedPublicKeys startingAddressIndex"
    )
    file.leave(data, known, "")
    file.call(data.get("name"))
    if isinstance(client := data.get("client"), dict):
        file.leave(client, ("type", "url", "username", "walletName", "provider"), "client.")
    quorum, entries = data.get("quorum"), data["extendedPublicKeys"]
    signers = quorum.get("requiredSigners") if isinstance(quorum, dict) else None
    if not isinstance(quorum, dict) or type(signers) is not int or signers < 1:
        file.fault("quorum.requiredSigners is not a whole number")
        return
    file.leave(quorum, ("requiredSigners", "totalSigners"), "quorum.")
    if not isinstance(entries, list) or quorum.get("totalSigners") != len(entries):
        file.fault(
            "quorum.totalSigners is not the number of keys listed, so keys are missing or too many"
        )
        return
    keys = []
    for index, entry in enumerate(entries):
        place = f"extendedPublicKeys[{index}]"
        if not isinstance(entry, dict):
            file.fault(f"{place} is no object")
            return
        file.leave(entry, ("name", "bip32Path", "xpub", "xfp", "method"), f"{place}.")
        keys.append(_key(entry, f"{place}.xpub", ("xpub", "xfp", "bip32Path", "name"), file))
    file.signed_by(data.get("addressType"), keys, signers)


def _key(
    entry: Mapping[str, Any], place: str, names: tuple[str, str, str, str], file: WalletFile
) -> str:
    """Return the key of an object whose names for key, fingerprint, path and label these are."""
    xpub, fingerprint, path, called = (entry.get(name) for name in names)
    key = file.key(place, xpub, fingerprint, path)
    if key and isinstance(xpub, str):
        file.label(xpub, called)
    return key


_TEMPLATE = frozenset(("descriptortemplate", "descriptiontemplate", "walletdescriptortemplate"))
_KEYS = frozenset(
    ("keysinfo", "keyinfo", "keys", "keysinformation", "keyinformation", "keyinformationvector",
     "keysinformationvector", "vectorofkeyinformationitems")
)  # fmt: skip
_BESIDE = frozenset(
    ("name", "version", "threshold", "description", "walletid", "id", "policyid", "network")
)


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _policy(data: dict[str, Any], _: str, file: WalletFile) -> None:
    """Read a wallet policy (BIP-388): a name, a descriptor template, a vector of keys.

    The BIP gives no JSON; names are those of Ledger's clients (Python: name, descriptor_template,
    keys_info, version; JavaScript: descriptorTemplate, keys; app-bitcoin-new at 24bcdae).
    """
    by_name = {_folded(name): name for name in data}
    template = data[by_name[min(_TEMPLATE & by_name.keys())]]
    keys = data[by_name[min(_KEYS & by_name.keys())]]
    # A registration's HMAC tells the device its owner agreed: no fact about who can move assets.
    for name in sorted(by_name.keys() - _TEMPLATE - _KEYS - _BESIDE):
        if not name.endswith("hmac"):
            file.leave({by_name[name]: 0}, (), "")
    file.call(data.get(by_name.get("name", "")))
    if isinstance(keys, Mapping):
        keys = list(keys.values())
    if not isinstance(template, str) or not isinstance(keys, list):
        file.fault("The wallet policy has no text as template or no list of keys")
        return
    _expand(template, keys, file)


def _jade_descriptor(data: dict[str, Any], _: str, file: WalletFile) -> None:
    """Read what `register_descriptor` of a Blockstream Jade is told: keys beside a template."""
    file.leave(data, ("network", "descriptor_name", "descriptor", "datavalues"), "")
    file.call(data.get("descriptor_name"))
    values, template = data["datavalues"], data["descriptor"]
    if not isinstance(values, dict) or not isinstance(template, str):
        file.fault("descriptor is no text or datavalues no object")
        return
    # The device takes a name for each key; those of policies are numbers: @0, @1.
    if not all(re.fullmatch(r"@\w{1,20}", name) for name in values):
        file.fault("A name in datavalues does not begin with @")
        return
    order = sorted(values, key=len, reverse=True)
    for index, name in enumerate(order):
        template = template.replace(name, f"\0{index}\0")
    _expand(re.sub(r"\0(\d+)\0", r"@\1", template), [values[name] for name in order], file)


def _expand(template: str, keys: list[Any], file: WalletFile, line: int = 1) -> None:
    """Add the descriptor of a template whose @i stand for keys, /** for /<0;1>/*."""
    numbers = [int(number) for number in re.findall(r"@(\d{1,6})", template)]
    used = set(numbers)
    # Each place takes the whole key: a short template could stand for more than memory holds.
    whole = sum(len(str(keys[number])) for number in numbers if number < len(keys))
    if whole + len(template) > grammar.LONGEST:
        file.fault(f"The policy is longer than {grammar.LONGEST} characters, keys and all")
        return
    for index in sorted(used):
        if index >= len(keys):
            file.fault(f"The template names key @{index}, and only {len(keys)} are listed")
            return
    if not used:
        file.fault("The template names no key: one is written @0")
        return
    for index, key in enumerate(keys):
        if not isinstance(key, str) or not re.fullmatch(r"[^(),{}#\s]{1,500}", key.strip()):
            file.fault(f"Key @{index} of the policy is no key")
            return
        if index not in used:
            file.note(f"Key @{index} is listed and stands nowhere in the template.")
            file.keys.append((line, key.strip().removesuffix("/**")))
    text = re.sub(r"@(\d{1,6})", lambda place: keys[int(place[1])].strip(), template.strip())
    file.descriptors.append(Written(line, text.replace("/**", "/<0;1>/*")))


def policy_in_words(template: str, keys: list[str], file: WalletFile, line: int) -> None:
    """Add the descriptor of a policy written in lines of text; the same rules as in JSON."""
    _expand(template, list(keys), file, line)


def _jade_multisig(data: dict[str, Any], _: str, file: WalletFile) -> None:
    """Read what `register_multisig` of a Blockstream Jade is told (as lwk_jade 0.16 sends it)."""
    file.leave(data, ("network", "multisig_name", "descriptor", "master_blinding_key"), "")
    file.call(data["multisig_name"])
    inner = data["descriptor"]
    if not isinstance(inner, dict) or not isinstance(inner.get("signers"), list):
        file.fault("descriptor has no list of signers")
        return
    known = ("variant", "sorted", "threshold", "signers", "master_blinding_key")
    file.leave(inner, known, "descriptor.")
    variant = {"sh(multi(k))": "P2SH", "wsh(multi(k))": "P2WSH", "sh(wsh(multi(k)))": "P2SH-P2WSH"}
    threshold = inner.get("threshold")
    if type(threshold) is not int:
        file.fault("descriptor.threshold is not a whole number")
        return
    keys = []
    for index, signer in enumerate(inner["signers"]):
        place = f"descriptor.signers[{index}]"
        if not isinstance(signer, dict):
            file.fault(f"{place} is no object")
            return
        file.leave(signer, ("fingerprint", "derivation", "xpub", "path"), f"{place}.")
        paths = [_numbers(signer.get(name)) for name in ("derivation", "path")]
        if None in paths:
            file.fault(f"{place} has a path that is no list of numbers")
            return
        steps = f"{paths[1]}/<0;1>/*"
        keys.append(
            file.key(
                f"{place}.xpub", signer.get("xpub"), signer.get("fingerprint"), paths[0], steps
            )
        )
    script = variant.get(str(inner.get("variant")), inner.get("variant"))
    file.signed_by(script, keys, threshold, ordered=inner.get("sorted") is False)


def _numbers(path: object) -> str | None:
    """Return a path of numbers as text: [2147483696, 0] is "/48h/0"."""
    if path is None:
        return ""
    if not isinstance(path, list) or not all(
        type(step) is int and 0 <= step < 2 * _HARDENED for step in path
    ):
        return None
    return "".join(f"/{step % _HARDENED}{'h' * (step >= _HARDENED)}" for step in path)


def _asked(data: dict[str, Any], text: str, file: WalletFile) -> None:
    """Read a call to a Jade as it was sent, {method, params}, or what it answered, {result}."""
    inner = data.get("params", data.get("result"))
    shape = _shape(inner)
    if shape is None or not isinstance(inner, dict):
        file.fault(f"What the call carries is no wallet read here: {SHAPES}")
        return
    file.leave(data, ("id", "method", "params", "result"), "")
    shape(inner, text, file)


#: Coldcard's "Export XPUB" of one signer (ccxp-….json): script to the names of its path.
_COLDCARD = {"p2sh": "p2sh_deriv", "p2sh_p2wsh": "p2sh_p2wsh_deriv",
             "p2wsh_p2sh": "p2wsh_p2sh_deriv", "p2wsh": "p2wsh_deriv"}  # fmt: skip


def _coldcard(data: dict[str, Any], _: str, file: WalletFile) -> None:
    """Read the keys one Coldcard offers to a wallet of several (firmware 3 to 5): keys alone."""
    file.leave(data, {*_COLDCARD, *_COLDCARD.values(), "xfp", "account"}, "")
    for name, path in _COLDCARD.items():
        if name not in data:
            continue
        if key := file.key(name, data[name], data.get("xfp"), data.get(path), ""):
            file.keys.append((1, key))
            file.label(normal(str(data[name])), f"Coldcard {data.get('xfp')}")
    if file.keys:
        file.note(
            "The file names keys that one device offers; in which wallet they stand it omits."
        )


def _accounts(data: dict[str, Any], text: str, file: WalletFile) -> None:
    """Read a backup of Liana (its backup.rs at 03476de): accounts with a descriptor each."""
    known = names("name description accounts network version date proprietary")
    file.leave(data, known, "")
    file.call(data.get("name"))
    accounts = data["accounts"]
    for index, account in enumerate(accounts if isinstance(accounts, list) else [None]):
        if not isinstance(account, dict):
            file.fault(f"accounts[{index}] is no object")
            return
        known = names(
            "name description descriptor receive_index change_index timestamp keys labels "
            "transactions psbts coins chain_tip proprietary"
        )
        file.leave(account, known, f"accounts[{index}].")
        if isinstance(labels := account.get("labels"), list) and labels:
            file.note(f"Labels of addresses and transactions, {len(labels):,}, were not read.")
        keys = account.get("keys")
        for fingerprint, key in keys.items() if isinstance(keys, dict) else ():
            if isinstance(key, dict):
                file.leave(
                    key, ("key", "alias", "role", "key_type", "metadata"),
                    f"accounts[{index}].keys[{fingerprint[:8]}].",
                )  # fmt: skip
                # What Liana knows of a key by its master: whose it is, and what it is for.
                said = [key.get(name) for name in ("alias", "role", "key_type")]
                called = ", ".join(word for word in said if isinstance(word, str))
                file.label(f"master:{fingerprint.lower()}", called)
        file.call(account.get("name"))
        place = f"accounts[{index}].descriptor"
        _descriptor(account.get("descriptor"), place, text, file)


#: Names that only one shape has, to what reads it; the first that fits.
_BY_NAMES: tuple[tuple[tuple[str, ...], Callable[[dict[str, Any], str, WalletFile], None]], ...] = (
    (("extendedPublicKeys",), _caravan),
    (("descriptors",), _core),
    (("desc",), _core_entry),
    (("multisig_name", "descriptor"), _jade_multisig),
    (("descriptor", "datavalues"), _jade_descriptor),
    (("recv_descriptor",), _specter),
    (("descriptor",), _described),
    (("policyType", "keystores"), sparrow.read),
    (("wallet_type",), electrum.read),
    (("xfp", "p2wsh"), _coldcard),
    (("accounts",), _accounts),
    (("method", "params"), _asked),
    (("id", "result"), _asked),
)
