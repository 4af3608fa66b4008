"""Sparrow wallets in JSON: its JsonPersistence at 27e21c8, drongo's Wallet, Keystore, Policy."""

from __future__ import annotations

import re
from typing import Any

from forthwith.exports.bitcoin.wallet_file import PrivatePart, WalletFile, names, word


def read(data: dict[str, Any], _: str, file: WalletFile) -> None:
    """Read a wallet of one key or of k of n; any other policy is refused by name."""
    known = names(
        "name label network policyType scriptType defaultPolicy keystores purposeNodes "
        "transactions detachedLabels storedBlockHeight birthDate birthHeight gapLimit watchLast "
        "mixConfig utxoMixes walletConfig"
    )
    file.leave(data, known, "")
    file.call(data.get("name"))
    policy = data.get("defaultPolicy")
    script = policy.get("miniscript") if isinstance(policy, dict) else None
    script = script.get("script") if isinstance(script, dict) else script
    stores = data["keystores"]
    if not isinstance(stores, list) or not all(isinstance(store, dict) for store in stores):
        file.fault("keystores is no list of objects")
        return
    keys = [_key(store, index, file) for index, store in enumerate(stores)]
    asks = re.search(r"multi(?:_a)?\((\d{1,2}),([^()]*)\)", str(script))
    if data["policyType"] == "SINGLE" and len(keys) == 1:
        file.signed_by_one(data.get("scriptType"), keys[0])
    elif data["policyType"] == "MULTI" and asks and asks[2].count(",") + 1 == len(keys):
        file.signed_by(data.get("scriptType"), keys, int(asks[1]))
    else:
        file.fault(
            f"Its policy {word(data['policyType'])} over {len(keys)} keys is not read",
            "Export its output descriptor: Settings, Export, Output Descriptor",
        )


def _key(store: dict[str, Any], index: int, file: WalletFile) -> str:
    place = f"keystores[{index}]"
    known = names(
        "label source walletModel keyDerivation extendedPublicKey externalPaymentCode seed "
        "masterPrivateExtendedKey bip47ExtendedPrivateKey deviceRegistration"
    )
    file.leave(store, known, f"{place}.")
    derivation = store.get("keyDerivation")
    derivation = derivation if isinstance(derivation, dict) else {}
    fingerprint = derivation.get("masterFingerprint")
    path = derivation.get("derivationPath", derivation.get("derivation"))
    xpub = store.get("extendedPublicKey")
    key = file.key(f"{place}.extendedPublicKey", xpub, fingerprint, path)
    if not key or not isinstance(xpub, str):
        return ""
    file.label(xpub, store.get("label"))
    for name in ("seed", "masterPrivateExtendedKey"):
        if part := store.get(name):
            wrapped = "encrypt" in str(part).lower()
            known_fingerprint = str(fingerprint or "").lower()
            # Either gives every key of this master key, not this account alone.
            file.private.append(PrivatePart(1, xpub, True, wrapped, known_fingerprint))
    return key
