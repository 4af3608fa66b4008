"""Files of descriptors: text, Bitcoin Core, Caravan; and everything that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.bitcoin.grammar import checksum
from forthwith.exports.bitcoin.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.scripts import (
    Policy,
    after,
    and_v,
    key_id,
    older,
    or_i,
    pk,
    policies,
)
from tests.exports.bitcoin.cases import (
    FINGERPRINT,
    STAMP,
    A,
    B,
    C,
    account,
    formulas,
    lifted,
    table,
)

# Files -----------------------------------------------------------------------------------------


def test_comments_and_checksums_are_read() -> None:
    text = f"wsh(pk({A}))"
    found = lifted("# cold", "", f"  {text}#{checksum(text)}   # first", f"pkh({A}) # other")
    assert not found.faults
    assert [row.line for row in table(found, "wallets")] == [3, 4]


def test_a_wrong_checksum_is_a_fault_on_its_line() -> None:
    found = lifted(f"pkh({A})", f"wsh(pk({A}))#qqqqqqqq")
    assert [(fault.line, "checksum does not fit" in fault.what) for fault in found.faults] == [
        (2, True)
    ]


def test_the_checksum_is_that_of_bip_380() -> None:
    assert checksum("raw(deadbeef)") == "89f8spxm"


def test_bitcoin_core_lists_are_read() -> None:
    text = f"wsh(pk({A}))"
    data = {
        "wallet_name": "cold",
        "descriptors": [{"desc": f"{text}#{checksum(text)}", "active": True, "colour": 3}],
        "shape": 1,
    }
    found = lift([("core.json", json.dumps(data, indent=1).encode())], ImportOptions(STAMP))
    assert found.unread == ("shape", "descriptors[0].colour")
    assert formulas(found)[0][0] == key_id(1)
    assert table(found, "wallets")[0].line == 5


@pytest.mark.corpus
def test_every_caravan_wallet_is_lifted(corpora: Path) -> None:
    folder = corpora / "custody/caravan/apps/coordinator"
    files = [*folder.glob("fixtures/caravan/*.json"), *folder.glob("public/fixtureConfigs/*.json")]
    assert len(files) >= 10
    for file in files:
        found = lift([(file.name, file.read_bytes())], ImportOptions(STAMP))
        assert not found.faults, found.faults
        assert not found.unread
        quorum = json.loads(file.read_bytes())["quorum"]
        assert len(formulas(found)) == 1
        assert quorum == {"requiredSigners": 2, "totalSigners": 2}
        assert formulas(found)[0][0].startswith("all of (key:")


def caravan() -> dict[str, object]:
    keys = [
        {
            "name": name, "bip32Path": "m/48'/0'/0'/2'", "xfp": FINGERPRINT,
            "xpub": account(path).partition("]")[2],
        }
        for name, path in (("Ada", "48h/0h/0h/2h"), ("Bo", "48h/0h/0h/3h"))
    ]  # fmt: skip
    return {
        "name": "vault", "addressType": "P2WSH", "network": "mainnet",
        "quorum": {"requiredSigners": 1, "totalSigners": 2}, "extendedPublicKeys": keys,
    }  # fmt: skip


def lifted_json(data: object) -> Lifted:
    return lift([("caravan.json", json.dumps(data).encode())], ImportOptions(STAMP))


def test_a_caravan_wallet_keeps_its_names() -> None:
    found = lifted_json(caravan())
    assert not found.faults
    assert sorted(row["label"].split()[0] for row in table(found, "means")) == ["Ada", "Bo"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quorum", {"requiredSigners": 1, "totalSigners": 3}),
        ("quorum", {"requiredSigners": 3, "totalSigners": 2}),
        ("quorum", {"requiredSigners": True, "totalSigners": 2}),
        ("quorum", 7),
        ("addressType", "P2TR"),
        ("extendedPublicKeys", [None, 1]),
    ],
)
def test_a_broken_caravan_wallet_is_a_fault(name: str, value: object) -> None:
    found = lifted_json({**caravan(), name: value})
    assert found.faults
    assert not table(found, "policies")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n# nothing\n", b"\xff\xfe\x00", b"{", b"[" * 5_000, b'{"a": NaN}', b"[1]",
        b'{"descriptors": [], "descriptors": []}', b'{"descriptors": [1, {"desc": 2}]}',
        b'{"descriptors": []}', b"1" * 6000, b'{"a": ' + b"1" * 6000 + b"}",
        b"x" * (17 << 20),
    ],
)  # fmt: skip
def test_a_bad_file_is_a_fault(data: bytes) -> None:
    found = lift([("file", data)], ImportOptions(STAMP))
    assert found.faults
    assert not found.rows


@pytest.mark.parametrize(
    "text",
    [
        "wsh()",
        "wsh",
        "wsh(",
        "wsh)",
        "wsh(pk())",
        "()",
        "wsh(pk(A))",
        f"wsh(pk({A})",
        f"wsh(pk({A})))",
        f"wsh(pk({A}),pk({B}))",
        f"wsh(multi(0,{A}))",
        f"wsh(multi(2,{A}))",
        f"wsh(multi(01,{A}))",
        "wsh(multi(1))",
        f"wsh(multi({A}))",
        f"wsh(and_v(pk({A}),pk({B})))",
        f"wsh(or_b(pk({A}),pk({B})))",
        f"wsh(thresh(1,pk({A}),pk({B})))",
        "wsh(older(0))",
        "wsh(older(2147483648))",
        f"wsh(older({A}))",
        "wsh(sha256(ab))",
        f"wsh(v:pk({A}))",
        f"wsh(pk_k({A}))",
        f"wsh(d:pk({A}))",
        f"wsh(q:pk({A}))",
        f"sh(sh(pk({A})))",
        f"wsh(wsh(pk({A})))",
        f"wsh(wpkh({A}))",
        f"wpkh(04{A[2:]}{A[2:]})",
        f"tr({A[2:]},{{pk({B})}})",
        f"tr({A[2:]},pk({B}),pk({C}))",
        f"wpkh({A[2:]})",
        f"wpkh({A}/0)",
        f"wpkh(02{'ff' * 32})",
        "addr(bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l)",
        "raw(deadbeef)",
        f"wsh({'and_v(v:1,' * 300}1{')' * 300})",
        "{" * 5000,
        "(" * 5000,
        f"wsh({'v' * 5000}:1)",
        f"wpkh({account('84h/0h/0h')}/0h/*)",
        f"wpkh({account('84h/0h/0h')}/*/0)",
        f"wpkh({account('84h/0h/0h')}/4294967296/*)",
        f"wpkh([zz]{A})",
        f"wpkh({A})#",
        f"wpkh({A})#qq",
        f"wsh(multi(1,{account('1h')}/<0;1>/*,{account('2h')}/<0;1;2>/*))",
        f"wpkh({A})é",
        f"sh(multi(1,{','.join([A] * 16)}))",
        f"wsh(multi(1,{','.join([A] * 21)}))",
        f"wsh(or_i({','.join(['1'] * 9)}))",
        f"tr(musig(),pk({A}))",
        f"tr(musig(pk({A})))",
        "sp(x)",
    ],
)
def test_what_is_no_sound_descriptor_is_a_fault(text: str) -> None:
    found = lifted(text)
    assert len(found.faults) == 1, found
    assert not table(found, "policies")


def test_a_fault_does_not_hide_its_neighbours() -> None:
    found = lifted("wsh(", f"wsh(pk({A}))")
    assert len(found.faults) == 1
    assert len(formulas(found)) == 1


def test_very_many_timelocks_are_a_fault_not_a_hang() -> None:
    policy = pk(1)
    for value in range(1, 60):
        policy = or_i(and_v(after(value), older(value)), policy)
    assert any(
        "combinations of timelocks" in fault.what for fault in lifted(f"wsh({policy.text})").faults
    )


@settings(max_examples=100, deadline=None)
@given(policies, st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from("(){},:1#/[]<>*"))
def test_damage_never_raises(policy: Policy, at: int, length: int, put: str) -> None:
    """Cut something out and put something in: rows or faults come back, never an exception."""
    text = f"wsh({policy.text})"
    place = at % len(text)
    found = lifted(text[:place] + put + text[place + length % 7 :])
    assert found.rows or found.faults


@pytest.mark.parametrize("wallet", ["two words", "a,b", "f(x)", 'a"b'])
def test_a_wallet_name_that_breaks_formulas_is_a_fault(wallet: str) -> None:
    assert lifted(f"wsh(pk({A}))", wallet=wallet).faults


def test_a_stamp_without_a_day_is_a_fault() -> None:
    assert lifted(f"wsh(pk({A}))", stamp=Stamp("yesterday")).faults
