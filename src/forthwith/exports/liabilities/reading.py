"""Which form a file of liabilities has, and which files belong together.

The content decides, never the name. Files that speak of each other are checked as one: a tree with
its nonces and list, a customer's leaves with the tree, a secret with the root that it opens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import binance, bitget, bitmex, bybit, dapol, lists, okx
from forthwith.plain import json_document
from forthwith.plain.json_document import NotJsonError

#: Bytes; larger files of this kind are trees that nobody publishes in one file.
LARGEST = 4 << 30
_FORMS = (
    "forthwith/pol/1 (a proof), OKX (v1 path, v2 leaves and tree, zk), BitMEX (tree, nonces.txt, "
    "liabilities.csv), Binance (user_config.json, config.json), Bitget, Bybit, DAPOL (root data), "
    "or a list of accounts as CSV"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person who checks knows beside the files."""

    #: The root that was published, in hexadecimal; "" where unknown.
    root: str = ""
    #: An account's nonce of the day, for BitMEX, in hexadecimal.
    nonce: str = ""


def check(files: Mapping[str, bytes], asked: Asked | None = None) -> tuple[LiabilityCheck, ...]:
    """Return what each file, or each set that belongs together, proves; never raises for content.

    A file of forthwith/pol/1 is not one of others: the caller takes it out before (`own_form`).
    """
    asked = asked or Asked()
    kinds: dict[str, dict[str, Any]] = {}
    found: list[LiabilityCheck] = []
    for name, data in sorted(files.items()):
        kind, value = _kind(data)
        if kind:
            kinds.setdefault(kind, {})[name] = value
            continue
        fault = RowFault(name, 0, value, f"Give a file of {_FORMS}")
        found.append(LiabilityCheck(name, "", refusals=(fault,)))
    for checked in (_okx(kinds, asked), _bitmex(kinds, asked), _dapol(kinds)):
        found += checked
    published = [row for value in kinds.get("binance assets", {}).values() for row in _rows(value)]
    rules: dict[str, Callable[[str, Any], LiabilityCheck]] = {
        "okx v1": lambda name, value: okx.check_v1(name, value, asked.root),
        "okx zk": okx.check_zk,
        "bybit": lambda name, value: bybit.check(name, value, asked.root),
        "bitget": lambda name, value: bitget.check(name, value, asked.root),
        "binance account": lambda name, value: binance.check_account(
            name, value, published, asked.root
        ),
        "binance assets": binance.check_assets,
        "list": lists.check,
    }
    found += [
        rule(name, value)
        for kind, rule in rules.items()
        for name, value in kinds.get(kind, {}).items()
    ]
    return tuple(sorted(found, key=lambda checked: checked.file))


def own_form(data: bytes) -> tuple[Any, ...]:
    """Return the proofs of forthwith/pol/1 that a file holds: one, or all that were printed."""
    try:
        value = json_document.load(data)
    except NotJsonError:
        return ()
    if not isinstance(value, dict):
        return ()
    listed = value.get("proofs")
    proofs = listed if isinstance(listed, list) else [value]
    keys = {"account", "amount", "salt", "path"}
    own = [isinstance(row, dict) and len(keys & row.keys()) >= len(keys) - 1 for row in proofs]
    return tuple(proofs) if own and all(own) else ()


def _kind(data: bytes) -> tuple[str, Any]:
    """Return the kind of a file with its value; "" with the sentence why it has none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        return "", f"the file is not text (byte {wrong.start})"
    if not text.strip():
        return "", "the file is empty"
    if text.lstrip()[0] in "{[":
        try:
            value = json_document.load(text, exact=True)
        except NotJsonError as wrong:
            return "", f"the file {wrong}"
        return _json_kind(value)
    first = text.lstrip().splitlines()[0]
    if first.startswith("block_height:"):
        return "bitmex tree", text
    if re.match(r"[0-9a-fA-F]{64},[0-9]+,\{", first):
        return "okx tree", text
    if re.fullmatch(r"[0-9]{1,18},[0-9a-fA-F]{64}\s*", first, re.ASCII):
        return "bitmex nonces", text
    if re.match(r"[0-9]+,[0-9]+,[0-9]+,[0-9a-fA-F]{64},", first):
        return "bitmex line", text
    if lists.coins_of(first):
        return "list", text
    return "", "nobody here knows the form of the file"


def _json_kind(value: Any) -> tuple[str, Any]:
    if not isinstance(value, dict):
        return "", "the file is JSON of no known form"
    own = value.get("self")
    if isinstance(own, dict) and isinstance(value.get("path"), list):
        for key, kind in (("merkelLeaf", "bitget"), ("userHash", "bybit"), ("nonce", "okx v1")):
            if key in own:
                return kind, value
    marks = {
        "okx leaves": {"hash", "nodes", "nonce", "totalBalances"},
        "okx zk": {"account", "sum_tree_siblings", "recursive_tree_siblings"},
        "binance account": {"AccountIndex", "AccountIdHash", "Proof"},
        "binance assets": {"CexAssetsInfo"},
        "dapol public": {"commitment", "hash"},
        "dapol secret": {"liability", "blinding_factor"},
    }
    for kind, keys in marks.items():
        if keys <= value.keys():
            return kind, value
    return "", "the file is JSON of no known form"


def _rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of published assets, each with its index: its place where none stands."""
    rows = document.get("CexAssetsInfo")
    if not isinstance(rows, list):
        return []
    return [{"Index": number, **row} for number, row in enumerate(rows) if isinstance(row, dict)]


def _okx(kinds: Mapping[str, Mapping[str, Any]], asked: Asked) -> Iterator[LiabilityCheck]:
    sought: list[tuple[str, Mapping[str, int]]] = []
    trees = kinds.get("okx tree", {})
    for name, value in kinds.get("okx leaves", {}).items():
        checked = okx.check_leaves(name, value)
        if checked.verified:
            sought += okx.leaf_hashes(value)
        if trees and checked.verified:
            # The tree's own check says whether they stand in it.
            left = checked.does_not_bind[1:]
            checked = replace(checked, does_not_bind=left)
        yield checked
    for name, text in trees.items():
        yield okx.check_tree(name, text, sought, asked.root)


def _bitmex(kinds: dict[str, dict[str, Any]], asked: Asked) -> Iterator[LiabilityCheck]:
    trees, lines = kinds.get("bitmex tree", {}), kinds.get("bitmex line", {})
    nonces: dict[int, bytes] = {}
    balances: dict[int, int] | None = None
    if asked.nonce and not re.fullmatch(r"[0-9a-fA-F]{64}", asked.nonce, re.ASCII):
        for name in (*trees, *lines):
            yield _unusable(name, "the nonce is not 64 digits of hexadecimal")
        return
    for name, text in kinds.get("bitmex nonces", {}).items():
        try:
            nonces |= bitmex.nonces(text)
        except ValueError as wrong:
            yield _unusable(name, str(wrong))
            continue
        if not trees:
            alone = ("nonces prove nothing alone: give the tree too",)
            yield LiabilityCheck(name, "bitmex", not_checked=alone)
    for name, text in _lists_of_bitmex(kinds) if trees else ():
        try:
            balances = (balances or {}) | bitmex.amounts(text)
        except ValueError as wrong:
            yield _unusable(name, str(wrong))
    nonce = bytes.fromhex(asked.nonce)
    for name, text in trees.items():
        yield bitmex.check_tree(name, text, bitmex.Asked(nonces, nonce, balances), asked.root)
    for name, text in lines.items():
        yield bitmex.check_one_line(name, text, nonce, asked.root)


def _lists_of_bitmex(kinds: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, text in kinds.get("list", {}).items():
        if lists.coins_of(text.lstrip().splitlines()[0]) == ("amount",):
            yield name, text


def _unusable(name: str, what: str) -> LiabilityCheck:
    fault = RowFault(name, 0, what, "Take it again as the exchange gave it")
    return LiabilityCheck(name, "bitmex", refusals=(fault,))


def _dapol(kinds: Mapping[str, Mapping[str, Any]]) -> Iterator[LiabilityCheck]:
    publics, secrets = kinds.get("dapol public", {}), kinds.get("dapol secret", {})
    if len(publics) > 1 or len(secrets) > 1:
        for name in (*publics, *secrets):
            what = "several roots or secrets are given, and nothing says which belong together"
            yield LiabilityCheck(
                name, "dapol", refusals=(RowFault(name, 0, what, "Give one pair at a time"),)
            )
        return
    listed = [
        int(total)
        for name, text in kinds.get("list", {}).items()
        if (total := lists.check(name, text).figures.get("total liability", "")).isdigit()
    ]
    if publics or secrets:
        (name, *_) = (*publics, *secrets)
        yield dapol.check(
            name,
            next(iter(publics.values()), None),
            next(iter(secrets.values()), None),
            listed[0] if len(listed) == 1 else None,
        )
