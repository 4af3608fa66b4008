"""Electrum wallet files that are not encrypted, and what others export as one.

The JSON of `seed_version` 17 and later, as Coldcard (00cecb7), Sparrow (02258de) and BlueWallet
(092998a) write and read it.
"""

from __future__ import annotations

import re
from typing import Any

from forthwith.exports.bitcoin.wallet_file import PrivatePart, WalletFile, names, word

#: The script by how its extended keys begin (SLIP-132), for one key and for several.
_SCRIPTS = {
    "x": ("P2PKH", "P2SH"), "t": ("P2PKH", "P2SH"),
    "y": ("P2SH-P2WPKH", ""), "u": ("P2SH-P2WPKH", ""), "z": ("P2WPKH", ""), "v": ("P2WPKH", ""),
    "Y": ("", "P2SH-P2WSH"), "U": ("", "P2SH-P2WSH"), "Z": ("", "P2WSH"), "V": ("", "P2WSH"),
}  # fmt: skip
_STORE = names(
    "type xpub xprv derivation root_fingerprint label hw_type ckcc_xfp ckcc_xpub seed seed_type "
    "passphrase pw_hash_version soft_device_id cfg"
)
#: State of the program and history of the chain: of no meaning for who can sign.
_BESIDE = names(
    "wallet_type seed_version seed_type use_encryption addresses addr_history transactions "
    "verified_tx3 spent_outpoints txi txo tx_fees labels stored_height gap_limit use_change "
    "gap_limit_for_change multiple_change winpos-qt qt-console-history channels channel_backups "
    "lightning_payments lightning_preimages invoices payment_requests future_tx fiat_value "
    "frozen_coins frozen_addresses contacts genesis_blockhash prevouts_by_scripthash db_metadata "
    "submarine_swaps onchain_channel_backups imported_channel_backups accounts"
)


def read(data: dict[str, Any], _: str, file: WalletFile) -> None:
    """Read a wallet of one key or of k of n; any other is refused by name."""
    kind = str(data["wallet_type"])
    several = re.fullmatch(r"(\d{1,2})of(\d{1,2})", kind)
    stores = sorted(
        (name for name in data if re.fullmatch(r"x\d{1,2}/", name)),
        key=lambda name: int(name[1:-1]),
    )
    if kind == "2fa" and len(stores) == 3:
        several = re.fullmatch(r"(2)of(3)", "2of3")
        file.note("The wallet is of TrustedCoin's kind: one of its three keys is that service's.")
    if several is None and kind != "standard":
        file.fault(
            f"An Electrum wallet of type {word(kind)} is not read, only standard and k-of-n ones",
            "Write down by hand which keys it holds",
        )
        return
    stores = stores if several else ["keystore"]
    file.leave(data, {*_BESIDE, *stores}, "")
    if isinstance(labels := data.get("labels"), dict) and labels:
        file.note(f"Labels of addresses and transactions, {len(labels):,}, were not read.")
    encrypted = data.get("use_encryption") is True
    keys = [_key(data.get(store), store, file, encrypted=encrypted) for store in stores]
    if not all(keys):
        return
    scripts = {
        _SCRIPTS.get(key.rpartition("]")[2][:1], ("", ""))[bool(several)] for key in keys
    }  # fmt: skip
    if len(scripts) > 1:
        file.fault("Its extended keys begin in different ways, so its script is not certain")
    elif several is None:
        file.signed_by_one(scripts.pop(), keys[0])
    elif int(several[2]) != len(keys):
        file.fault(f"It is {kind} and lists {len(keys)} keys")
    else:
        file.signed_by(scripts.pop(), keys, int(several[1]))


def _key(store: Any, place: str, file: WalletFile, *, encrypted: bool) -> str:
    """Return the key of one keystore; what it holds of the private side is told, not kept."""
    if not isinstance(store, dict) or not isinstance(store.get("xpub"), str):
        file.fault(f"{place} has no text in xpub, so its key is of a kind that is not read")
        return ""
    place = place.rstrip("/")
    file.leave(store, _STORE, f"{place}.")
    fingerprint = store.get("root_fingerprint")
    if fingerprint is None and str(store.get("ckcc_xfp", "")).isdecimal():
        # Coldcard writes the four bytes as a number, the first one lowest.
        fingerprint = (int(store["ckcc_xfp"]) % (1 << 32)).to_bytes(4, "little").hex()
    key = file.key(f"{place}.xpub", store["xpub"], fingerprint, store.get("derivation"))
    if key:
        file.label(store["xpub"], store.get("label"))
        known = str(fingerprint or "").lower()
        for part in ("seed", "xprv"):
            if store.get(part):
                file.private.append(PrivatePart(1, store["xpub"], part == "seed", encrypted, known))
    return key
