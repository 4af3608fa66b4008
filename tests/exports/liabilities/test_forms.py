"""BitMEX, OKX's whole tree, Binance, DAPOL and lists: what each proves, and what it refuses."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import ristretto
from forthwith.exports.liabilities.balances import NotABalanceError, fixed, plain, scaled
from forthwith.exports.liabilities.bitmex import check_one_line
from forthwith.exports.liabilities.reading import Asked, check, own_form
from tests.exports.liabilities.made import bitmex_tree, data, day_nonce, okx_leaves, okx_tree, sha

NONCES = {number: bytes([number]) * 32 for number in (1, 2, 3)}
LEAVES = [(1, 40), (2, 500), (1, 60), (3, 7)]
TREE = bitmex_tree(LEAVES, NONCES, 283)
NONCE_FILE = "".join(f"{number},{nonce.hex()}\n" for number, nonce in NONCES.items())
LIST = "account,amount\n1,100\n2,500\n3,7\n"


def one(files: Mapping[str, str | bytes], name: str, **asked: str) -> LiabilityCheck:
    """Return the check of one file among several."""
    given = {n: text.encode() if isinstance(text, str) else text for n, text in files.items()}
    (found,) = [each for each in check(given, Asked(**asked)) if each.file == name]
    return found


def test_a_tree_of_bitmex_is_recomputed_and_its_accounts_found() -> None:
    files = {"tree.csv": TREE, "nonces.txt": NONCE_FILE, "liabilities.csv": LIST}

    found = one(files, "tree.csv")

    assert found.verified
    assert {k: found.figures[k] for k in ("total satoshi", "account 1", "account 3")} == {
        "total satoshi": "607",
        "account 1": "100",
        "account 3": "7",
    }
    assert not any("split" in sentence for sentence in found.does_not_bind)


def test_one_digit_of_a_tree_of_bitmex_is_refused() -> None:
    begins = TREE.index("\n") + 1
    for place in range(begins, len(TREE)):
        if TREE[place] in ",\n":
            continue
        spoilt = TREE[:place] + ("7" if TREE[place] != "7" else "3") + TREE[place + 1 :]
        found = one({"tree.csv": spoilt}, "tree.csv")
        # A leaf's own hash is only tied to its value by the nonce: above it nothing fits any more.
        assert not found.verified, spoilt[place - 20 : place + 4]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"tree.csv": TREE, "liabilities.csv": "account,amount\n1,100\n2,500\n"}, "adds up to 600"),
        (
            {"tree.csv": TREE, "nonces.txt": NONCE_FILE, "l.csv": LIST.replace("1,100", "1,107")
             .replace("3,7", "3,0")},
            "the leaves of account 1 add up to 100",
        ),
        ({"tree.csv": TREE, "n.txt": f"9,{'09' * 32}\n"}, "account 9 has no leaf"),
        ({"tree.csv": TREE.replace(":283", ":284"), "nonces.txt": NONCE_FILE}, "has no leaf"),
        ({"tree.csv": TREE.rsplit("\n", 1)[0]}, "the last row has 3 nodes"),
        ({"tree.csv": TREE + "\n-5"}, "not a hash and whole satoshi"),
        ({"tree.csv": TREE.replace(",7", ",-7")}, "not a hash and whole satoshi"),
        ({"tree.csv": TREE.replace(",7", f",{2**64}")}, "64 bits"),
        ({"tree.csv": "block_height:x"}, "block_height"),
        ({"tree.csv": "block_height:283"}, "the last row has 0 nodes"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_tree_of_bitmex_is_refused(files: dict[str, str], says: str) -> None:
    found = one(files, "tree.csv")

    assert not found.verified
    assert any(says in fault.what for fault in found.refusals), found.refusals


def test_a_nonce_of_the_day_finds_its_leaves() -> None:
    nonce = day_nonce(NONCES[1], 283, 1)

    found = one({"tree.csv": TREE}, "tree.csv", nonce=nonce)

    assert "2 leaves of the nonce add up to 100 satoshi" in found.proves
    assert not one({"tree.csv": TREE}, "tree.csv", nonce="11" * 32).verified
    assert not one({"tree.csv": TREE}, "tree.csv", nonce="11").verified


def test_a_line_of_one_leaf_leads_to_the_root_with_its_nonce() -> None:
    rows = [line.split(",") for line in TREE.splitlines()[1:]]
    root, left, _, leaves = rows[0], rows[1], rows[2], rows[3:]
    line = ",".join(["2", "283", "60", *leaves[3], *left])
    nonce = bytes.fromhex(day_nonce(NONCES[1], 283, 1))

    assert check_one_line("p.csv", line, nonce, root[0]).verified
    assert check_one_line("p.csv", line, nonce).figures["total satoshi"] == "607"
    assert not check_one_line("p.csv", line.replace(",60,", ",61,"), nonce, root[0]).verified
    alone = check_one_line("p.csv", line)
    assert not alone.verified
    assert alone.not_checked
    assert check_one_line("p.csv", "9" + line[1:], nonce).refusals


@pytest.mark.parametrize(
    "text", ["x", "1,zz\n", f"1,{'11' * 32}\n1,{'22' * 32}\n", f"-1,{'11' * 32}\n"]
)
def test_bad_nonces_are_refused_beside_their_tree(text: str) -> None:
    found = check({"tree.csv": TREE.encode(), "nonces.txt": text.encode()})

    assert any(each.file == "nonces.txt" and each.refusals for each in found)


OWN = okx_leaves(
    {"BTC": "3", "ETH": "0", "USDT": "0.5"},
    [{"BTC": "1", "ETH": "0", "USDT": "0.5"}, {"BTC": "2", "ETH": "0", "USDT": "0"}],
    "ab",
)
OTHERS = [(sha(str(n)), {"BTC": str(n), "ETH": "0.1", "USDT": "0"}) for n in range(5)]
MINE = [(node["hash"], node["balances"]) for node in OWN["nodes"]]
WHOLE = okx_tree([OTHERS[0], MINE[0], *OTHERS[1:4], MINE[1], OTHERS[4]])


def test_a_whole_tree_of_okx_is_recomputed_and_the_customer_found() -> None:
    files = {"own.json": data(OWN), "tree.txt": WHOLE}

    assert one(files, "tree.txt").figures["total BTC"] == "13"
    assert "2 leaves of the customer" in one(files, "tree.txt").proves
    assert one(files, "own.json").verified
    assert "give the tree's file too" in one({"o.json": data(OWN)}, "o.json").does_not_bind[0]


def test_one_digit_of_a_whole_tree_of_okx_is_refused() -> None:
    """But the hash of a padding, which its level's own rule holds to its neighbour's."""
    for place, sign in enumerate(WHOLE):
        if sign not in "0123456789":
            continue
        spoilt = WHOLE[:place] + ("7" if sign != "7" else "3") + WHOLE[place + 1 :]
        assert not one({"tree.txt": spoilt}, "tree.txt").verified, spoilt[place - 40 : place + 9]


def test_a_customer_who_is_not_in_the_tree_refuses_it() -> None:
    missing = okx_tree([OTHERS[0], MINE[0], *OTHERS[1:]])
    doubled = okx_leaves(
        {"BTC": "2", "ETH": "0", "USDT": "0"}, [{"BTC": "1", "ETH": "0", "USDT": "0"}] * 2, "ab"
    )
    leaf = (doubled["nodes"][0]["hash"], doubled["nodes"][0]["balances"])

    assert not one({"o.json": data(OWN), "tree.txt": missing}, "tree.txt").verified
    once = {"o.json": data(doubled), "tree.txt": okx_tree([*OTHERS, leaf])}
    assert not one(once, "tree.txt").verified
    twice = {"o.json": data(doubled), "tree.txt": okx_tree([*OTHERS, leaf, leaf])}
    assert one(twice, "tree.txt").verified


@pytest.mark.parametrize(
    "change",
    [
        {"hash": sha("x")},
        {"hash": []},
        {"nonce": "ac"},
        {"totalBalances": {"BTC": "4", "ETH": "0", "USDT": "0.5"}},
        {"totalBalances": None},
        {"nodes": []},
        {"nodes": [5]},
        {"nodes": OWN["nodes"][:1]},
    ],
)
def test_a_customer_s_file_that_does_not_hash_is_refused(change: dict[str, Any]) -> None:
    assert not one({"o.json": data({**OWN, **change})}, "o.json").verified


def test_a_leaf_below_zero_in_a_whole_tree_is_told() -> None:
    tree = okx_tree([*OTHERS, (sha("n"), {"BTC": "-9", "ETH": "0", "USDT": "0"})])

    found = one({"tree.txt": tree}, "tree.txt")

    assert found.figures["total BTC"] == "1"
    assert any("-9 BTC" in sentence for sentence in found.findings)


def binance() -> dict[str, Any]:
    """A customer of Binance's form: debt in one asset beside what he is owed in another."""
    draw = random.Random(3)
    proof = [
        base64.b64encode(bytes([draw.randrange(48)]) + draw.randbytes(31)).decode()
        for _ in range(28)
    ]
    return {
        "AccountIndex": 9,
        "AccountIdHash": "6d".rjust(64, "0"),
        "TotalEquity": 100 * 5 + 7 * 3,
        "TotalDebt": 9 * 3,
        "Assets": [
            {"Index": 0, "Equity": 100, "Debt": 0},
            {"Index": 1, "Equity": 7, "Debt": 9},
        ],
        "Root": "1a" + "49" * 31,
        "Proof": proof,
    }


PRICES = {
    "CexAssetsInfo": [
        {"TotalEquity": 1000, "TotalDebt": 5, "BasePrice": 5, "Symbol": "btc"},
        {"TotalEquity": 10, "TotalDebt": 11, "BasePrice": 3, "Symbol": "eth"},
    ]
}


def test_what_cannot_be_computed_of_binance_is_named_and_not_passed() -> None:
    alone = one({"u.json": data(binance())}, "u.json")
    priced = one({"u.json": data(binance()), "c.json": data(PRICES)}, "u.json")

    assert not alone.verified
    assert any("Poseidon" in sentence for sentence in alone.not_checked)
    assert priced.verified
    assert any("Poseidon" in sentence for sentence in priced.not_checked)
    assert any("eth: the account owes 9 and has 7" in each for each in priced.findings)
    assert any("debt in one asset" in sentence for sentence in priced.does_not_bind)
    published = one({"c.json": data(PRICES)}, "c.json")
    assert published.figures["total eth"] == "-1"
    assert published.findings


@pytest.mark.parametrize(
    "change",
    [
        {"TotalEquity": 522},
        {"TotalDebt": 0},
        {"AccountIndex": 1 << 28},
        {"AccountIndex": True},
        {"Root": "ff" * 32},
        {"Root": "zz"},
        {"Proof": ["AA=="] * 28},
        {"Proof": binance()["Proof"][:27]},
        {"Proof": [base64.b64encode(b"\xff" * 32).decode()] * 28},
        {"Proof": "x"},
        {"Assets": {}},
        {"Assets": [{"Index": 0, "Equity": -1, "Debt": 0}]},
        {"Assets": [{"Index": 0, "Equity": 2**64, "Debt": 0}]},
        {"Assets": [{"Index": 1, "Equity": 1, "Debt": 0}] * 2},
        {"Assets": [5]},
    ],
)
def test_a_file_of_binance_that_is_none_is_refused(change: dict[str, Any]) -> None:
    found = one({"u.json": data({**binance(), **change}), "c.json": data(PRICES)}, "u.json")

    assert found.refusals


def test_the_root_of_okx_zk_is_named_as_not_checked() -> None:
    file = {"account": {"id": "ab"}, "index": 3, "sum_tree_siblings": [],
            "recursive_tree_siblings": []}  # fmt: skip

    found = one({"z.json": data(file)}, "z.json")

    assert not found.verified
    assert any("Goldilocks" in sentence for sentence in found.not_checked)


def test_a_commitment_of_dapol_opens_to_its_total_alone() -> None:
    blinding = int.from_bytes(bytes(range(32)), "little")
    public = {"hash": "0xab", "commitment": list(ristretto.committed(607, blinding))}
    secret = {"liability": 607, "blinding_factor": list(range(32))}
    files = {"p.json": data(public), "s.json": data(secret)}

    assert one(files, "p.json").verified
    entities = "id,liability\na,600\nb,7\n"
    assert "list of accounts adds up to" in one({**files, "e.csv": entities}, "p.json").proves
    assert not one({**files, "e.csv": "id,liability\na,600\nb,8\n"}, "p.json").verified
    other = {**files, "s.json": data({**secret, "liability": 608})}
    assert not one(other, "p.json").verified
    assert one({"p.json": data(public)}, "p.json").not_checked


def test_ristretto_follows_its_standard() -> None:
    """RFC 9496 A.1 (multiples of the generator) and A.3 (the one-way map)."""
    wide = (
        "5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c1"
        "4d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6"
    )

    assert ristretto.committed(0, 0) == bytes(32)
    assert ristretto.committed(1, 0).hex() == (
        "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"
    )
    assert ristretto.committed(2, 0).hex() == (
        "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919"
    )
    assert ristretto.one_way(bytes.fromhex(wide)).hex() == (
        "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"
    )
    assert ristretto.committed(ristretto.ORDER + 5, 3) == ristretto.committed(5, 3)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("account,amount\n1,100\n2,7\n", "107"),
        ("id,liability\na@example.com,5\n\n", "5"),
        ("username,balance_ETH_ETH,balance_USDT_ETH\na,1,2\nb,3,4\n", "4"),
        ("#uid,BTC\na,0.00000001\nb,0.10000002\n", "0.10000003"),
        ("\ufeffid,liability\r\na,123456789012345678901234567890\r\n",
         "123456789012345678901234567890"),
    ],
)  # fmt: skip
def test_a_list_adds_up_exactly_and_binds_nothing(text: str, total: str) -> None:
    found = one({"l.csv": text}, "l.csv")

    assert next(v for k, v in found.figures.items() if k.startswith("total")) == total
    assert found.does_not_bind[0].startswith("anything")


def test_a_list_names_what_is_below_zero_and_sums_it_not() -> None:
    found = one({"l.csv": "#uid,BTC\na,5\nb,-3\n"}, "l.csv")

    assert found.figures["total BTC"] == "5"
    assert any("line 3 has -3 BTC" in sentence for sentence in found.findings)


@pytest.mark.parametrize(
    "text",
    [
        "id,liability\na,1\na,1\n",
        "id,liability\na,1\n a ,1\n",
        "id,liability\na,x\n",
        "id,liability\na,1,2\n",
        "id,liability\n,1\n",
        "id,liability\n",
        'id,liability\n"a,1\n',
        "id,liability\na,1e3\n",
        "id,liability\na,NaN\n",
    ],
)
def test_rows_that_are_no_account_refuse_a_list(text: str) -> None:
    assert one({"l.csv": text}, "l.csv").refusals


@pytest.mark.parametrize(
    "content",
    [
        b"", b" \n", b"\xff\xfe\x00", b"hello", b"{", b"[]", b"{}", b"[1", b'{"a":1,"a":2}',
        b'{"self": 5, "path": []}', b'{"self": {"nonce": 1}, "path": {}}', b"block_height:",
        b'{"CexAssetsInfo": 5}', b'{"CexAssetsInfo": [5]}', b'{"commitment": 5, "hash": 5}',
        b'{"liability": "1", "blinding_factor": []}', b"[" * 100_000,
        b'{"account": 5, "sum_tree_siblings": 1, "recursive_tree_siblings": 2}',
        b'{"hash": 1, "nodes": 2, "nonce": 3, "totalBalances": 4}',
        b'{"AccountIndex": 1, "AccountIdHash": 2, "Proof": 3}',
        ("0" * 64).encode() + b",1,{}", ("0" * 64).encode() + b',1,{"BTC":"1"}\nx',
    ],
)  # fmt: skip
def test_nothing_raises_whatever_the_file_holds(content: bytes) -> None:
    (found,) = check({"f": content})

    assert found.refusals
    assert json.dumps(found.as_json())


def test_our_own_proofs_are_told_from_others() -> None:
    own = {"account": "a", "amount": "1", "salt": "", "path": []}

    assert own_form(data(own)) == (own,)
    assert own_form(data({"proofs": [own, own]})) == (own, own)
    assert own_form(data({"proofs": [own, 5]})) == own_form(data({"proofs": []})) == ()
    assert own_form(data(OWN)) == own_form(b"\xff") == own_form(b"[]") == ()


def test_balances_are_exact_and_print_as_they_hash() -> None:
    assert plain(scaled("0.100")) == "0.1"
    assert plain(scaled(Decimal("1E-8"))) == "0.00000001"
    assert plain(scaled("-3.05")) == "-3.05"
    assert plain(scaled(7)) == "7"
    assert fixed(scaled("1.999999999"), 8) == "1.99999999"
    assert fixed(scaled("-0.000000001"), 8) == "0.00000000"
    for wrong in (
        "1E-8",
        "",
        "-",
        "1.",
        ".5",
        None,
        True,
        1.5,
        "0." + "1" * 41,
        10**70,
        Decimal("1E999999"),
        Decimal("1E-99"),
    ):
        with pytest.raises(NotABalanceError):
            scaled(wrong)


@pytest.mark.corpus
def test_the_published_examples_are_what_their_sources_say(corpora: Path) -> None:
    folder = corpora / "books"

    def files(*names: str) -> dict[str, bytes]:
        return {Path(name).name: (folder / name).read_bytes() for name in names}

    own = ("tree.csv", "nonces.txt", "liabilities.csv")
    bitmex = files(*(f"liabilities-bitmex/{name}" for name in own))
    tree = one(bitmex, "tree.csv")
    assert tree.verified
    assert tree.figures["total satoshi"] == "13419863396"
    assert sum(int(v) for k, v in tree.figures.items() if k.startswith("account")) == 13419863396
    own = ("user_info_file.json", "full-liabilities-merkle-tree.txt")
    okx = files(*(f"liabilities-okx/{name}" for name in own))
    assert one(okx, "full-liabilities-merkle-tree.txt").verified
    own = ("public_root_data.json", "secret_root_data.json")
    dapol = files(*(f"liabilities-dapol/{name}" for name in own))
    assert one(dapol, "public_root_data.json").proves.endswith("a total of 1")
    with_list = dapol | files("liabilities-dapol/entities_example.csv")
    (fault,) = one(with_list, "public_root_data.json").refusals
    assert "opens to 1, and the list of accounts adds up to 53896881" in fault.what
    assert one(files("liabilities-summa/entry_17.csv"), "entry_17.csv").figures == {
        "accounts": "17",
        "total ETH_ETH": "556863",
        "total USDT_ETH": "556863",
    }
