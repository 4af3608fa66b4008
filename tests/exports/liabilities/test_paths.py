"""Paths of OKX, Bybit and Bitget: recomputed, and refused where a digit is not what was hashed."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities.reading import Asked, check
from tests.exports.liabilities.made import (
    ACCOUNTS,
    BITGET,
    BITGET_BARE,
    BYBIT,
    MAKERS,
    OKX,
    bare,
    data,
    sha,
)


def checked(document: object, **asked: str) -> LiabilityCheck:
    """Return the check of one file of JSON, made or as bytes."""
    content = document if isinstance(document, bytes) else data(document)
    (found,) = check({"proof.json": content}, Asked(**asked))
    return found


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("which", range(len(ACCOUNTS)))
def test_each_account_of_a_tree_is_proved(form: str, which: int) -> None:
    """Five accounts: the last one's neighbour fills its level with no balance."""
    found = checked(MAKERS[form].path(ACCOUNTS, which))

    assert (found.form, found.verified, found.findings) == (form, True, ())
    assert found.figures["total BTC"] == "22.60000001"
    assert found.figures["total USDT"] == "8500000100.65000001"
    assert any("split" in sentence for sentence in found.does_not_bind)
    assert any("negative" in sentence for sentence in found.does_not_bind)


@pytest.mark.parametrize("form", MAKERS)
def test_one_digit_anywhere_is_refused(form: str) -> None:
    """Every digit of a balance, a hash, a side, a level, a nonce in turn.

    What no hash covers is the exception: the id of the audit, the nonce where the leaf takes the
    customer's hash instead, and how the root's zeros are written.
    """
    sound = MAKERS[form].path(ACCOUNTS, 2)
    sound["self"].pop("auditId", None)
    if form == "bybit":
        del sound["self"]["nonce"]
    text = json.dumps(sound)
    places = [
        place
        for value in re.finditer(r': "?([0-9a-f.]+)"?', text)
        for place in range(*value.span(1))
        if text[place] != "."
    ]
    for place in places:
        spoilt = text[:place] + ("7" if text[place] != "7" else "3") + text[place + 1 :]
        assert not checked(spoilt.encode()).verified, spoilt[place - 30 : place + 10]
    assert len(places) > 200


def test_a_sibling_s_balance_moved_to_another_place_is_refused_by_its_sum() -> None:
    spoilt = OKX.path(ACCOUNTS, 0)
    spoilt["path"][0]["balances"]["BTC"] = "1.00000002"

    found = checked(spoilt)

    assert any("BTC adds up to" in fault.what for fault in found.refusals)


def test_the_split_is_not_bound_and_that_is_said() -> None:
    """Two readers are shown another split of the same sum under the same root, and both accept.

    A node's hash takes its own sum and not its children's: what lies beside the path can be moved
    from one neighbour to another as long as the sum above stays.
    """
    leaves = [{"BTC": "0", "ETH": "0", "USDT": "5"}, {"BTC": "0", "ETH": "0", "USDT": "7"}]
    honest = OKX.path(leaves, 0)
    cheated = copy.deepcopy(honest)
    other = {"BTC": "0", "ETH": "0", "USDT": "2"}
    # The maker chose the leaf's own balances freely: 10 here, and 2 beside it, still make 12.
    cheat = OKX.path([{"BTC": "0", "ETH": "0", "USDT": "10"}, other], 0)
    cheated["self"] = cheat["self"]
    cheated["path"][0] = cheat["path"][0]
    cheated["path"][1]["hash"] = cheat["path"][1]["hash"]

    assert checked(honest).figures["total USDT"] == checked(cheated).figures["total USDT"] == "12"
    # Beside the leaf nothing ties the neighbour's 7 to its hash: any hash with that sum will do.
    told = copy.deepcopy(honest)
    told["path"][0]["hash"] = sha("nobody")
    total = told["path"][1]["balances"]
    told["path"][1]["hash"] = OKX.parent(told["self"]["hash"], sha("nobody"), total, 2)
    assert checked(told).verified
    assert any("2018/1139" in sentence for sentence in checked(told).does_not_bind)


@pytest.mark.parametrize("form", MAKERS)
def test_a_sum_below_zero_is_told_though_it_hashes(form: str) -> None:
    """An account below zero makes the total less than what the others are owed."""
    accounts = (*ACCOUNTS[:4], {"BTC": "-20", "ETH": "0", "USDT": "0"})

    found = checked(MAKERS[form].path(accounts, 0))

    assert found.verified
    assert any("-20 BTC: below zero" in sentence for sentence in found.findings)
    assert found.figures["total BTC"] == "2.50000001"


def test_amounts_written_as_numbers_keep_their_digits() -> None:
    """Read as doubles, 8500000100.65000001 would be 8500000100.65."""
    document = BITGET_BARE.path(ACCOUNTS, 1)

    found = checked(bare(document))

    assert found.verified
    assert found.figures["total USDT"] == "8500000100.65000001"
    assert not checked(bare(document).replace(b"8500000000.1", b"8500000000.10000001")).verified


def test_old_bybit_files_have_four_coins_in_their_own_order() -> None:
    """USDT and USDC stand with four places; the file's order may be another than the hash's."""
    four = [
        {"BTC": "1.00000000", "ETH": "2.00000000", "USDT": "3.5000", "USDC": "0.0001"},
        {"BTC": "0.00000001", "ETH": "0.00000000", "USDT": "1.0000", "USDC": "0.0000"},
    ]
    leaves = [sha(sha(str(n)) + "".join(told.values())) for n, told in enumerate(four)]
    total = {"BTC": "1.00000001", "ETH": "2.00000000", "USDT": "4.5000", "USDC": "0.0001"}
    root = sha("".join(leaves) + "".join(total.values()) + "2")

    def turned(told: dict[str, str]) -> dict[str, str]:
        return dict(reversed(told.items()))

    document = {
        "self": {"userHash": sha("0"), "hash": leaves[0], "type": 1, "height": 1,
                 "balance": turned(four[0])},
        "path": [
            {"hash": leaves[1], "type": 2, "height": 1, "balance": turned(four[1])},
            {"hash": root, "type": 3, "height": 2, "balance": turned(total)},
        ],
    }  # fmt: skip

    assert checked(document).verified


def test_sums_that_were_cut_on_the_way_are_told() -> None:
    """Leaves with more places than the root: what is cut off is owed and not in the total."""
    leaves = [{"BTC": "0.000000019"}, {"BTC": "0.000000029"}]
    hashes = [sha(sha(str(n)) + told["BTC"]) for n, told in enumerate(leaves)]
    document = {
        "self": {"userHash": sha("0"), "hash": hashes[0], "type": 1, "height": 1,
                 "balance": leaves[0]},
        "path": [
            {"hash": hashes[1], "type": 2, "height": 1, "balance": leaves[1]},
            {"hash": sha("".join(hashes) + "0.00000004" + "2"), "type": 3, "height": 2,
             "balance": {"BTC": "0.00000004"}},
        ],
    }  # fmt: skip

    found = checked(document)

    assert found.verified
    assert any("cut" in sentence for sentence in found.findings)


@pytest.mark.parametrize("form", MAKERS)
def test_the_published_root_decides(form: str) -> None:
    document = MAKERS[form].path(ACCOUNTS, 0)
    root = checked(document).figures["root"]

    assert checked(document, root=root.upper()).verified
    assert not any("compare" in each for each in checked(document, root=root).does_not_bind)
    assert not checked(document, root="0" * 64).verified


def spoils() -> list[tuple[str, dict[str, Any]]]:
    sound = OKX.path(ACCOUNTS, 0)
    spoilt: list[tuple[str, dict[str, Any]]] = []
    for what, change in (
        ("no list", {"path": None}),
        ("only a root", {"path": sound["path"][-1:]}),
        ("too long", {"path": sound["path"][:1] * 80}),
        ("texts", {"path": ["a", "b"]}),
        ("no self", {"self": {"nonce": 3}}),
    ):
        spoilt.append((what, {**copy.deepcopy(sound), **change}))
    for what, change in (
        ("upper case", {"hash": sound["path"][0]["hash"].upper()}),
        ("short", {"hash": "ab"}),
        ("a number", {"hash": 5}),
        ("no balances", {"balances": {}}),
        ("a list", {"balances": [1]}),
        ("no amount", {"balances": {"BTC": "many", "ETH": "0", "USDT": "0"}}),
        ("an exponent", {"balances": {"BTC": "1e3", "ETH": "0", "USDT": "0"}}),
        ("grouping", {"balances": {"BTC": "1,000", "ETH": "0", "USDT": "0"}}),
        ("a bool", {"balances": {"BTC": True, "ETH": "0", "USDT": "0"}}),
        ("other digits", {"balances": {"BTC": "١", "ETH": "0", "USDT": "0"}}),
        ("a huge exponent", {"balances": {"BTC": "1" * 500, "ETH": "0", "USDT": "0"}}),
        ("no level", {"height": None}),
        ("a level as text", {"height": "1"}),
        ("the same side", {"type": 1}),
        ("a root in the middle", {"type": 3}),
        ("filled with balances", {"type": 4}),
    ):
        document = copy.deepcopy(sound)
        document["path"][0].update(change)
        spoilt.append((what, document))
    return spoilt


@pytest.mark.parametrize(("what", "document"), spoils(), ids=[what for what, _ in spoils()])
def test_what_is_no_path_is_refused_with_a_sentence(what: str, document: dict[str, Any]) -> None:
    found = checked(document)

    assert not found.verified
    assert found.refusals
    assert all(fault.what and not fault.what.endswith(".") for fault in found.refusals)


@pytest.mark.corpus
def test_the_files_of_okx_itself_verify_and_spoilt_do_not(corpora: Path) -> None:
    content = (corpora / "books/liabilities-okx/merkle_proof_file.json").read_bytes()

    found = checked(content)

    assert found.verified
    assert found.figures["total USDT"] == "3137909428.88369702"
    assert not checked(content.replace(b"19398.33550812", b"19398.33550813")).verified


def test_a_leaf_bitget_publishes_as_its_example_verifies() -> None:
    """The two nodes of its README that agree; its example of a root does not come from them."""
    uid = "8c3358cd4d2572cf01de53f41717e72a91b4c6da53ce1232113c91e5cf192dd4"
    nonce = "fi9honco6fww8afc4t2se8aml3i46pzfwjgepy3n2bbvuouns4tfiasz60klcm1p"
    told = '{"BTC":2001249.79108457,"ETH":1999998.0656526,"USDT":989399889.12692537}'

    assert sha(f"{uid},{nonce},{told}")[:16] == "cb575fb1eb6462f9"
    uid = "0c54910746363be19d62717463d4bdb6c220747111bc733f036081bc64fa6dcf"
    nonce = "8dea4b739ae53d3022b1ca446798f203bc3795d5d8e4aa58832f2c232d537495"
    names = (
        "BTC USDT ETH LTC LINK XRP USDC DOGE BNB SOL ADA BGB NEAR XAUT TAO SUI ONDO HYPE PI USDGO"
    )
    balances = dict.fromkeys(names.split(), "0") | {"USDT": "294.37387598", "XAUT": "0.0017967"}
    written = "{" + ",".join(f'"{coin}":"{text}"' for coin, text in balances.items()) + "}"
    assert sha(f"{uid},{nonce},{written}")[:16] == "d2b2b4a40a675e24"
    assert BITGET.leaf({"encryptUid": uid, "nonce": nonce}, balances) == "d2b2b4a40a675e24"
    assert BYBIT.leaf({"userHash": "a"}, {"BTC": "1.00000000"}) == sha("a1.00000000")
