"""One wallet of three signers as each program writes it: 2 of 3, P2WSH, keys sorted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from embit import bip32, bip39
from embit.networks import NETWORKS

PATH = "48h/0h/0h/2h"
WORDS = (
    "abandon " * 11 + "about",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
)


@dataclass(frozen=True)
class Signer:
    """One seed and its account in the wallet."""

    words: str
    name: str

    @property
    def root(self) -> bip32.HDKey:
        return bip32.HDKey.from_seed(bip39.mnemonic_to_seed(self.words))

    @property
    def fingerprint(self) -> str:
        return str(self.root.my_fingerprint.hex())

    @property
    def account(self) -> bip32.HDKey:
        return self.root.derive(f"m/{PATH}")

    def xpub(self, form: str = "xpub", network: str = "main") -> str:
        return str(self.account.to_public().to_base58(NETWORKS[network][form]))

    def xprv(self, form: str = "xprv") -> str:
        return str(self.account.to_base58(NETWORKS["main"][form]))

    @property
    def key(self) -> str:
        return f"[{self.fingerprint}/{PATH}]{self.xpub()}"

    @property
    def id(self) -> str:
        return f"key:{self.fingerprint}/{PATH}"


SIGNERS = tuple(Signer(words, name) for words, name in zip(WORDS, ("Ada", "Bo", "Cy"), strict=True))
APOSTROPHES = f"m/{PATH}".replace("h", "'")
TEMPLATE = "wsh(sortedmulti(2,@0/**,@1/**,@2/**))"
NUMBERS = [(48 + 2**31), 2**31, 2**31, 2 + 2**31]


def descriptor(steps: str = "/<0;1>/*") -> str:
    return f"wsh(sortedmulti(2,{','.join(signer.key + steps for signer in SIGNERS)}))"


def _json(data: object) -> bytes:
    return json.dumps(data, indent=1).encode()


def electrum(form: str = "Zpub", **more: object) -> dict[str, object]:
    return {
        "wallet_type": "2of3", "seed_version": 18, "use_encryption": False, "labels": {},
        **{
            f"x{place}/": {
                "type": "bip32", "xpub": signer.xpub(form), "xprv": None, "seed_type": "bip39",
                "derivation": APOSTROPHES, "root_fingerprint": signer.fingerprint,
                "pw_hash_version": 1, "label": signer.name, **more,
            }
            for place, signer in enumerate(SIGNERS, 1)
        },
    }  # fmt: skip


def coldcard_electrum() -> dict[str, object]:
    wallet = electrum()
    for place, signer in enumerate(SIGNERS, 1):
        number = int.from_bytes(bytes.fromhex(signer.fingerprint), "little")
        wallet[f"x{place}/"] = {
            "hw_type": "coldcard", "type": "hardware", "ckcc_xfp": number, "label": signer.name,
            "derivation": APOSTROPHES, "xpub": signer.xpub("Zpub"),
        }  # fmt: skip
    return wallet


def sparrow(**store: object) -> dict[str, object]:
    return {
        "name": "vault", "network": "mainnet", "policyType": "MULTI", "scriptType": "P2WSH",
        "defaultPolicy": {"name": "Default", "miniscript": {"script": "multi(2,Ada,Bo,Cy)"}},
        "keystores": [
            {
                "label": signer.name, "source": "SW_WATCH", "walletModel": "SPARROW",
                "keyDerivation": {
                    "masterFingerprint": signer.fingerprint, "derivationPath": APOSTROPHES,
                },
                "extendedPublicKey": signer.xpub(), **store,
            }
            for signer in SIGNERS
        ],
        "gapLimit": 20, "purposeNodes": [], "transactions": {},
    }  # fmt: skip


def caravan() -> dict[str, object]:
    return {
        "name": "vault", "addressType": "P2WSH", "network": "mainnet",
        "client": {"type": "public"}, "startingAddressIndex": 0,
        "quorum": {"requiredSigners": 2, "totalSigners": 3},
        "extendedPublicKeys": [
            {
                "name": signer.name, "bip32Path": APOSTROPHES, "xfp": signer.fingerprint.upper(),
                "xpub": signer.xpub(), "method": "coldcard",
            }
            for signer in SIGNERS
        ],
    }  # fmt: skip


def jade_multisig() -> dict[str, object]:
    return {
        "network": "mainnet", "multisig_name": "vault",
        "descriptor": {
            "variant": "wsh(multi(k))", "sorted": True, "threshold": 2,
            "signers": [
                {
                    "fingerprint": signer.fingerprint, "derivation": NUMBERS,
                    "xpub": signer.xpub(), "path": [],
                }
                for signer in SIGNERS
            ],
        },
    }  # fmt: skip


def jade_descriptor() -> dict[str, object]:
    return {
        "network": "mainnet", "descriptor_name": "vault",
        "descriptor": "wsh(sortedmulti(2,@a/<0;1>/*,@b/<0;1>/*,@c/<0;1>/*))",
        "datavalues": dict(zip(("@a", "@b", "@c"), (s.key for s in SIGNERS), strict=True)),
    }  # fmt: skip


def specter() -> dict[str, object]:
    return {
        "name": "vault", "alias": "vault", "description": "2 of 3 multisig", "address_index": 0,
        "address": "bc1qexample", "recv_descriptor": descriptor("/0/*"),
        "change_descriptor": descriptor("/1/*"), "devices": [s.name for s in SIGNERS],
        "keys": [
            {"original": s.xpub("Zpub"), "fingerprint": s.fingerprint, "derivation": f"m/{PATH}",
             "type": "wsh", "xpub": s.xpub()} for s in SIGNERS
        ],
        "sigs_required": 2,
    }  # fmt: skip


def liana() -> dict[str, object]:
    own = {"role": "Main", "key_type": "Internal"}
    keys = {s.fingerprint: {"key": s.fingerprint, "alias": s.name, **own} for s in SIGNERS}
    account = {"name": "vault", "descriptor": descriptor(), "keys": keys, "receive_index": 3}
    return {"name": "vault", "accounts": [account], "network": "bitcoin", "date": 1, "version": 0}


def setup(form: str = "xpub") -> str:
    keys = "\n".join(f"{s.fingerprint.upper()}: {s.xpub(form)}" for s in SIGNERS)
    return (
        "# Coldcard Multisig setup file\n#\nName: vault\nPolicy: 2 of 3\n"
        f"Derivation: {APOSTROPHES}\nFormat: P2WSH\n\n{keys}\n"
    )


def setup_with_own_paths() -> str:
    keys = "".join(
        f"# derivation: {APOSTROPHES}\n{s.fingerprint.upper()}: {s.xpub()}\n\n" for s in SIGNERS
    )
    return f"# BlueWallet Multisig setup file\nName: vault\nPolicy: 2/3\nFormat: P2WSH\n\n{keys}"


def setup_with_seeds(last: str = "") -> str:
    """What BlueWallet writes for the owner: seeds in clear."""
    first, second, third = SIGNERS
    return (
        "# BlueWallet Multisig setup file\n# this file may contain private information\n#\n"
        f"Name: vault\nPolicy: 2 of 3\nDerivation: {APOSTROPHES}\nFormat: P2WSH\n\n"
        f"seed: {first.words}\n# warning! sensitive information, do not disclose ^^^ \n\n"
        f"{second.fingerprint.upper()}: {second.xpub('Zpub')}\n\n"
        f"{last or f'{third.fingerprint}: {third.xpub()}'}\n"
    )


def policy_lines() -> str:
    keys = "\n".join(f"@{place}: {s.key}" for place, s in enumerate(SIGNERS))
    return f"Name: vault\nDescriptor template: {TEMPLATE}\n{keys}\n"


def labels() -> str:
    records: list[dict[str, object]] = [
        {"type": "tx", "ref": "f9" * 32, "label": "rent", "origin": "wpkh([d34db33f/84'/0'/0'])"},
        {"type": "addr", "ref": "bc1q34aq5drpuwy3wgl9lhup9892qp6svr8ldzyy7c", "label": "customers"},
        {"type": "output", "ref": f"{'f9' * 32}:1", "label": "change", "spendable": False},
        *({"type": "xpub", "ref": s.xpub(), "label": f"{s.name}'s device"} for s in SIGNERS),
    ]
    return "\n".join(json.dumps(record) for record in records)


def _bsms() -> str:
    return f"BSMS 1.0\n{descriptor('/**')}\n/0/*,/1/*\nbc1qexample\n"


#: Every shape of the one wallet, by what writes it.
SHAPES: Mapping[str, Callable[[], bytes]] = {
    "descriptor": lambda: descriptor().encode(),
    "both sides": lambda: f"{descriptor('/0/*')}\n{descriptor('/1/*')}\n".encode(),
    "of a web page": lambda: descriptor("/&lt;0;1&gt;/*").encode(),
    "Sparrow descriptor": lambda: f"# Receive and change (BIP389):\n{descriptor()}\n".encode(),
    "Core list": lambda: _json(
        {"wallet_name": "vault", "descriptors": [{"desc": descriptor(), "timestamp": 1}]}
    ),
    "Core import": lambda: _json([{"desc": descriptor("/0/*"), "active": True, "internal": False},
                                  {"desc": descriptor("/1/*"), "internal": True}]),
    "Core info": lambda: _json({"descriptor": descriptor(), "isrange": True}),
    "Ledger": lambda: _json({"name": "vault", "descriptor_template": TEMPLATE, "version": 2,
                             "keys_info": [s.key for s in SIGNERS]}),
    "Ledger with its HMAC": lambda: _json({"name": "vault", "descriptorTemplate": TEMPLATE,
                                           "keys": [s.key for s in SIGNERS], "hmac": "ab" * 32}),
    "Ledger, first version": lambda: _json(
        {"name": "vault", "descriptor_template": "wsh(sortedmulti(2,@0,@1,@2))",
         "keys_info": [f"{s.key}/**" for s in SIGNERS]}),
    "policy in lines": lambda: policy_lines().encode(),
    "Jade descriptor": lambda: _json(jade_descriptor()),
    "Jade multisig": lambda: _json(jade_multisig()),
    "Jade call": lambda: _json({"id": "1", "method": "register_multisig",
                                "params": jade_multisig()}),
    "Electrum": lambda: _json(electrum()),
    "Electrum of a Coldcard": lambda: _json(coldcard_electrum()),
    "Sparrow": lambda: _json(sparrow()),
    "Specter": lambda: _json(specter()),
    "Specter export": lambda: _json({"label": "vault", "blockheight": 0, "descriptor": descriptor(),
                                     "devices": [{"type": "coldcard", "label": "Ada"}]}),
    "Caravan": lambda: _json(caravan()),
    "Coldcard": lambda: setup().encode(),
    "Coldcard with Zpubs": lambda: setup("Zpub").encode(),
    "BlueWallet": lambda: setup_with_own_paths().encode(),
    "BlueWallet with seeds": lambda: setup_with_seeds().encode(),
    "BSMS": lambda: _bsms().encode(),
    "Liana": lambda: _json(liana()),
}  # fmt: skip
