"""Binance: a customer's file of the zk form, and what the exchange publishes of its assets.

Shapes of the maker's zkmerkle-proof-of-solvency. Leaves and nodes are Poseidon over BN254 and the
batches Groth16 proofs; neither is computed here. What is arithmetic is: weighted totals against
prices, totals of equity against debt, and where a customer's debt in one asset is set off against
what he is owed in another.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities.paths import UNBOUND, refused

_FORM = "binance zk"
#: Order of the scalar field of BN254 (EIP-197): no hash over it is as great.
_FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
_DEPTH = 28
_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_MOST = 2**64 - 1
_NOT_CHECKED = (
    "the path: its hash is Poseidon over BN254, which is not computed here",
    "that no account owes more than it has, and that batches add up (Groth16 proofs)",
)
_NETTED = (
    "what is owed in each asset: an account's debt in one asset stands against what it is owed in "
    "another, at prices that the exchange set"
)


def check_account(
    file: str, document: Mapping[str, Any], assets: Sequence[Mapping[str, Any]] = (), root: str = ""
) -> LiabilityCheck:
    """Return what can be said of a customer's file; `assets`: the published CexAssetsInfo."""
    why = list(_misshapen(document))
    if why:
        return refused(file, _FORM, why)
    if root and root.lower().removeprefix("0x") != str(document["Root"]).lower():
        return refused(file, _FORM, [f"the root is {document['Root']}, not {root[:80]}"])
    own = document["Assets"]
    prices = {int(row["Index"]): row for row in assets if _whole(row.get("Index"))}
    weighed = [(asset, prices.get(asset["Index"], {}).get("BasePrice")) for asset in own]
    proves = ""
    not_checked = list(_NOT_CHECKED)
    if assets and all(_whole(price) for _, price in weighed):
        for key, name in (("Equity", "TotalEquity"), ("Debt", "TotalDebt")):
            total = sum(asset[key] * price for asset, price in weighed)
            if total != document[name]:
                why.append(f"{name} is {document[name]}, and amounts times prices make {total}")
        proves = (
            f"amounts of {len(own)} assets times the published prices are the account's total "
            f"equity {document['TotalEquity']} and debt {document['TotalDebt']}"
        )
    else:
        not_checked.append("total equity and debt: give the published prices (CexAssetsInfo) too")
    if why:
        return refused(file, _FORM, why)
    return LiabilityCheck(
        file,
        _FORM,
        proves=proves,
        does_not_bind=(_NETTED, *UNBOUND),
        not_checked=tuple(not_checked),
        findings=tuple(_netted(document, prices)),
        figures={
            "root": str(document["Root"]).lower(),
            "account": str(document["AccountIdHash"]).lower(),
            "index": str(document["AccountIndex"]),
            **{
                f"account {_symbol(prices, asset['Index'])}": f"{asset['Equity'] - asset['Debt']}"
                for asset in own
            },
        },
    )


def check_assets(file: str, document: Mapping[str, Any]) -> LiabilityCheck:
    """Return what can be said of the published totals: equity and debt of each asset."""
    rows = document.get("CexAssetsInfo")
    if not isinstance(rows, list) or not rows:
        return refused(file, _FORM, ["CexAssetsInfo is not a list of assets"])
    why: list[str] = []
    seen: set[int] = set()
    for number, row in enumerate(rows):
        numbers = ("TotalEquity", "TotalDebt", "BasePrice")
        if not isinstance(row, dict) or not all(_whole(row.get(key)) for key in numbers):
            why.append(
                f"asset {number + 1} lacks TotalEquity, TotalDebt or BasePrice, whole numbers"
            )
            continue
        index = row.get("Index", number)
        if index in seen:
            why.append(f"index {index} stands twice")
        seen.add(index)
    if why:
        return refused(file, _FORM, why)
    return LiabilityCheck(
        file,
        _FORM,
        not_checked=_NOT_CHECKED,
        does_not_bind=(_NETTED, *UNBOUND),
        findings=tuple(
            f"{row.get('Symbol', number)}: customers' debt {row['TotalDebt']} is more than what "
            f"they are owed, {row['TotalEquity']}"
            for number, row in enumerate(rows)
            if row["TotalDebt"] > row["TotalEquity"]
        ),
        figures={
            f"total {row.get('Symbol', number)}": f"{row['TotalEquity'] - row['TotalDebt']}"
            for number, row in enumerate(rows)
        },
    )


def _misshapen(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what makes a file none of a customer."""
    index = document.get("AccountIndex")
    if not _whole(index) or index >> _DEPTH:
        yield f"AccountIndex is not a place in a tree of {_DEPTH} levels"
    for key in ("Root", "AccountIdHash"):
        value = document.get(key)
        if not isinstance(value, str) or not _HEX.fullmatch(value):
            yield f"{key} is not 64 digits of hexadecimal"
        elif int(value, 16) >= _FIELD:
            yield f"{key} is no number of the field its hash works in"
    proof = document.get("Proof")
    if not isinstance(proof, list) or len(proof) != _DEPTH or not all(map(_in_field, proof)):
        yield f"Proof is not a list of {_DEPTH} hashes, each 32 bytes of the field in base64"
    for key in ("TotalEquity", "TotalDebt"):
        if not _whole(document.get(key)):
            yield f"{key} is not a whole number, 0 or more"
    assets = document.get("Assets")
    if isinstance(assets, list):
        yield from _misshapen_assets(assets)
    else:
        yield "Assets is not a list"


def _misshapen_assets(assets: Sequence[Any]) -> Iterator[str]:
    before = -1
    for number, asset in enumerate(assets, 1):
        keys = ("Index", "Equity", "Debt")
        if not isinstance(asset, dict) or not all(
            _whole(asset.get(key)) and asset[key] <= _MOST for key in keys
        ):
            yield f"asset {number} lacks Index, Equity or Debt, whole numbers of 64 bits"
            return
        if asset["Index"] <= before:
            yield f"asset {number} is out of order, or stands twice"
        before = asset["Index"]


def _netted(document: Mapping[str, Any], prices: Mapping[int, Mapping[str, Any]]) -> Iterator[str]:
    """Yield where an account owes more of an asset than it has, and where it owes in all."""
    for asset in document["Assets"]:
        if asset["Debt"] > asset["Equity"]:
            yield (
                f"{_symbol(prices, asset['Index'])}: the account owes {asset['Debt']} and has "
                f"{asset['Equity']}: it lowers what the root says is owed to others in this asset"
            )
    if document["TotalDebt"] > document["TotalEquity"]:
        yield "the account owes more than it has in all"


def _symbol(prices: Mapping[int, Mapping[str, Any]], index: int) -> str:
    return str(prices.get(index, {}).get("Symbol") or f"asset {index}")


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _in_field(text: Any) -> bool:
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return False
    return len(data) == 32 and int.from_bytes(data, "big") < _FIELD
