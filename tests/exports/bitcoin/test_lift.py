"""Descriptors become rows that allow what the script allows, and nothing else."""

from __future__ import annotations

import json

import bdkpython
import pytest
from embit.networks import NETWORKS
from hypothesis import HealthCheck, given, settings

from forthwith.exports.bitcoin.grammar import checksum
from tests.builders.scripts import (
    NUMS,
    TIMES,
    Clocks,
    Policy,
    after,
    allowed,
    and_v,
    andor,
    key_id,
    multi,
    older,
    or_d,
    or_i,
    pk,
    policies,
    secret,
    thresh,
)
from tests.exports.bitcoin.cases import (
    FINGERPRINT,
    SEED,
    A,
    B,
    C,
    D,
    account,
    everything_said,
    formulas,
    lifted,
    moments,
    subsets,
    table,
)

# What the rows allow ---------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policies)
def test_rows_allow_exactly_what_the_script_allows(policy: Policy) -> None:
    """For every set of means, on each side of every timelock."""
    found = lifted(f"wsh({policy.text})")
    assert not found.faults
    names = sorted(
        row["id"] for row in table(found, "means") if row["kind"] in ("key", "credential")
    )
    anybody = frozenset(name for name in names if name.startswith("anybody:"))
    for clocks in moments():
        for means in subsets([name for name in names if name not in anybody]):
            assert allowed(found.rows, means | anybody, clocks) == policy.allows(means, clocks)


@settings(max_examples=60, deadline=None)
@given(policies)
def test_rows_allow_what_another_implementation_reads(policy: Policy) -> None:
    """Bdk refuses what mixes clocks or needs no signature; all else must agree."""
    text = f"wsh({policy.text})"
    try:
        tree = json.loads(_bdk(text))
    except (bdkpython.DescriptorError, bdkpython.CreateWithPersistError):
        return
    found = lifted(text)
    names = sorted(row["id"] for row in table(found, "means"))
    for clocks in moments():
        for means in subsets(names):
            assert allowed(found.rows, means, clocks) == _bdk_allows(tree, means, clocks)


def _bdk(text: str) -> str:
    descriptor = bdkpython.Descriptor(text, bdkpython.NetworkKind.MAIN)
    wallet = bdkpython.Wallet.create_single(
        descriptor, bdkpython.Network.BITCOIN, bdkpython.Persister.new_in_memory()
    )
    found = wallet.policies(bdkpython.KeychainKind.EXTERNAL)
    assert found is not None
    return str(found.as_string())


def _bdk_allows(tree: dict[str, object], means: frozenset[str], clocks: Clocks) -> bool:
    """Read bdk's policy; it leaves out which of its timelocks exclude each other."""
    kind = tree["type"]
    if kind == "THRESH":
        return sum(_bdk_allows(each, means, clocks) for each in tree["items"]) >= tree["threshold"]  # type: ignore[union-attr,attr-defined,operator]
    if kind == "MULTISIG":
        keys = [each["pubkey"] for each in tree["keys"]]  # type: ignore[union-attr,attr-defined]
        return sum(f"key:{key[-64:]}" in means for key in keys) >= tree["threshold"]  # type: ignore[operator]
    if kind in ("ECDSASIGNATURE", "SCHNORRSIGNATURE"):
        held = tree.get("pubkey") or tree.get("x_only_pubkey")
        return f"key:{str(held)[-64:]}" in means
    if kind == "SHA256PREIMAGE":
        return f"preimage:sha256:{tree['hash']}" in means
    value = tree["value"]
    if kind == "ABSOLUTETIMELOCK":
        lock = after(int(value))  # type: ignore[call-overload]
        return lock.allows(means, clocks)
    assert kind == "RELATIVETIMELOCK"
    assert isinstance(value, dict)
    if "Blocks" in value:
        return clocks.blocks >= value["Blocks"]
    return bool(clocks.seconds >= 512 * value["Time"])


def test_bdk_is_asked_about_timelocks_too() -> None:
    """The comparison above must not be of refusals only."""
    policy = andor(pk(1), older(10), and_v(pk(2), after(TIMES[1])))
    assert json.loads(_bdk(f"wsh({policy.text})"))["type"] == "THRESH"


def test_two_of_three_is_one_row() -> None:
    found = lifted(f"wsh(sortedmulti(2,{A},{B},{C}))", wallet="hot-1")
    expected = f"2 of ({key_id(1)}, {key_id(2)}, {key_id(3)})"
    assert formulas(found) == [(expected, "", "2023-06-17")]
    assert [row["id"] for row in table(found, "wallets")] == ["hot-1"]


def test_a_later_row_says_only_what_opens_later() -> None:
    found = lifted(f"wsh({or_d(multi(2, [1, 2, 3]), and_v(pk(4), older(4032))).text})")
    assert [row[:2] for row in formulas(found)] == [
        (f"2 of ({key_id(1)}, {key_id(2)}, {key_id(3)})", ""),
        (key_id(4), "older=4032 blocks"),
    ]


def test_a_threshold_with_a_timelock_needs_one_key_fewer_later() -> None:
    found = lifted(f"wsh({thresh(2, pk(1), ('s', pk(2)), ('sln', after(840_000))).text})")
    assert [row[:2] for row in formulas(found)] == [
        (f"all of ({key_id(1)}, {key_id(2)})", ""),
        (f"any of ({key_id(1)}, {key_id(2)})", "after=height 840000"),
    ]


def test_an_absolute_time_is_the_instant_its_row_opens() -> None:
    """To the second: a day of its own would open it hours early, or late."""
    found = lifted(f"wsh({or_i(pk(1), and_v(pk(2), after(TIMES[1]))).text})")
    assert formulas(found) == [
        (key_id(1), "", "2023-06-17"),
        (key_id(2), "after=2023-11-14T22:13:20Z", "2023-06-17"),
    ]
    assert "BIP-113" in table(found, "policies")[1]["note"]


def test_a_lock_on_the_first_day_is_kept_wherever_that_day_begins() -> None:
    """In the matter's own zone the lock may open within the first day."""
    late = 1_686_960_000 - 13 * 3600
    found = lifted(f"wsh({and_v(pk(2), after(late)).text})")
    assert formulas(found)[0][1] == "after=2023-06-16T11:00Z"
    early = lifted(f"wsh({and_v(pk(2), after(late - 2 * 3600)).text})")
    assert formulas(early)[0][1] == ""


def test_relative_locks_are_computed_from_their_bits() -> None:
    """older(4194364) is 60 units of 512 seconds (BIP-68)."""
    found = lifted(f"wsh({or_i(and_v(pk(1), older(4_194_364)), and_v(pk(2), older(52_560))).text})")
    assert [row[1] for row in formulas(found)] == ["older=52560 blocks", "older=30720 s"]
    assert all("BIP-68" in row["note"] for row in table(found, "policies"))


def test_both_kinds_of_lock_stand_in_one_scope() -> None:
    found = lifted(f"wsh({and_v(pk(1), and_v(after(900_000), older(144))).text})")
    assert formulas(found)[0][1] == "after=height 900000; older=144 blocks"


def test_a_day_past_the_period_is_a_note() -> None:
    found = lifted(f"wsh({or_i(pk(1), and_v(pk(2), after(TIMES[2]))).text})")
    assert formulas(found) == [(key_id(1), "", "2023-06-17")]
    assert any("opens on 2024-07-03, past the period" in note for note in found.notes)


def test_a_day_before_the_period_is_no_lock() -> None:
    found = lifted(f"wsh({and_v(pk(2), after(TIMES[0])).text})")
    assert formulas(found) == [(key_id(2), "", "2023-06-17")]


def test_two_clocks_of_one_kind_can_never_be_met_together() -> None:
    """A transaction has one lock: a height or a time."""
    found = lifted(f"wsh({and_v(after(100), and_v(after(TIMES[0]), pk(1))).text})")
    assert formulas(found) == []
    assert any("nobody can ever spend" in note for note in found.notes)


def test_only_the_low_bits_of_a_relative_lock_count() -> None:
    """older(65536) waits for nothing (BIP-68)."""
    found = lifted(f"wsh({and_v(pk(1), older(65_536)).text})")
    assert formulas(found) == [(key_id(1), "", "2023-06-17")]
    assert any("waits for nothing" in note for note in found.notes)


def test_no_key_needed_is_said_and_is_a_means() -> None:
    found = lifted(f"wsh({older(10).text})", wallet="w")
    assert formulas(found) == [("anybody:w", "older=10 blocks", "2023-06-17")]
    assert any("anybody can spend" in note for note in found.notes)


def test_a_key_named_twice_counts_twice() -> None:
    found = lifted(f"wsh({multi(2, [1, 1, 2]).text})")
    assert formulas(found)[0][0] == f"2 of ({key_id(1)}, {key_id(1)}, {key_id(2)})"


# Taproot ---------------------------------------------------------------------------------------


def test_each_leaf_and_the_key_path_is_a_way() -> None:
    found = lifted(f"tr({A[2:]},{{multi_a(2,{B},{C}),{{pk({D}),and_v(v:pk({B}),older(9))}}}})")
    assert [row[:2] for row in formulas(found)] == [
        (key_id(1), ""),
        (f"all of ({key_id(2)}, {key_id(3)})", ""),
        (key_id(4), ""),
        (key_id(2), "older=9 blocks"),
    ]


def test_the_point_nobody_knows_closes_the_key_path() -> None:
    found = lifted(f"tr({NUMS},pk({A}))")
    assert [row[0] for row in formulas(found)] == [key_id(1)]
    assert any("key path is closed" in note for note in found.notes)
    assert not any(NUMS in row["id"] for row in found.rows)


def test_x_only_and_compressed_are_one_key() -> None:
    """The secret of a point gives that of its mirror image."""
    other = ("03" if A[:2] == "02" else "02") + A[2:]
    found = lifted(f"wsh(pk({A}))", f"tr({A[2:]})", f"wpkh({other})")
    assert [row["id"] for row in table(found, "means")] == [key_id(1)]


def test_musig_needs_all_its_keys() -> None:
    found = lifted(f"tr(musig({A},{B}),pk({C}))")
    assert [row[0] for row in formulas(found)] == [f"all of ({key_id(1)}, {key_id(2)})", key_id(3)]


@pytest.mark.parametrize("text", [f"wsh(multi_a(1,{A}))", f"tr({A[2:]},multi(1,{B}))"])
def test_a_multisig_of_the_other_kind_of_script_is_a_fault(text: str) -> None:
    assert lifted(text).faults
    assert not lifted(text).rows


# Keys ------------------------------------------------------------------------------------------


def test_a_key_is_named_by_its_origin() -> None:
    found = lifted(f"wpkh({account('84h/0h/0h')}/<0;1>/*)")
    assert [row["id"] for row in table(found, "means")] == [f"key:{FINGERPRINT}/84h/0h/0h"]


def test_receiving_and_change_are_one_wallet() -> None:
    key = account("84h/0h/0h")
    found = lifted(f"wpkh({key}/0/*)", f"wpkh({key}/1/*)", wallet="w")
    assert [row["id"] for row in table(found, "wallets")] == ["w"]
    assert len(formulas(found)) == 1


def test_two_scripts_are_two_wallets() -> None:
    found = lifted(f"wpkh({A})", f"pkh({A})", wallet="w")
    ids = [row["id"] for row in table(found, "wallets")]
    assert ids == [f"w-{checksum(f'wpkh({A})')}", f"w-{checksum(f'pkh({A})')}"]


def test_an_origin_that_cannot_be_is_not_a_name() -> None:
    """Masked fingerprints are common, and two wallets with the same mask are not one key."""
    key = account("84h/0h/0h").partition("]")[2]
    for origin in ("00000000/84h/0h/0h", f"{FINGERPRINT}/84h", f"{FINGERPRINT}/84h/0h/1h"):
        found = lifted(f"wpkh([{origin}]{key}/0/*)")
        name = table(found, "means")[0]["id"]
        assert name == f"key:{SEED.derive('m/84h/0h/0h').key.get_public_key().xonly().hex()}"
        assert any("cannot be that of its key" in note for note in found.notes)


def test_an_origin_two_keys_claim_names_neither() -> None:
    found = lifted(f"wsh(multi(2,[{FINGERPRINT}/1]{A},[{FINGERPRINT}/1]{B}))")
    assert [row["id"] for row in table(found, "means")] == [key_id(2), key_id(1)]


def test_one_seed_behind_several_keys_is_a_means_above_them() -> None:
    """A 2-of-2 whose keys come from one seed is in one pair of hands."""
    first, second = account("48h/0h/0h/2h"), account("48h/0h/1h/2h")
    found = lifted(f"wsh(multi(2,{first}/0/*,{second}/0/*))")
    given_away = [(row["means"], row["gives"]) for row in table(found, "grants")]
    assert given_away == [
        (f"seed:{FINGERPRINT}", f"key:{FINGERPRINT}/48h/0h/0h/2h"),
        (f"seed:{FINGERPRINT}", f"key:{FINGERPRINT}/48h/0h/1h/2h"),
    ]
    assert any("one seed" in note for note in found.notes)


def test_a_key_gives_those_derived_from_it() -> None:
    child = SEED.derive("m/48h/0h/0/7").key.get_public_key().sec().hex()
    found = lifted(f"wsh(multi(2,{account('48h/0h')}/0/*,[{FINGERPRINT}/48h/0h/0/7]{child}))")
    pairs = {(row["means"], row["gives"]) for row in table(found, "grants")}
    assert (f"key:{FINGERPRINT}/48h/0h", f"key:{FINGERPRINT}/48h/0h/0/7") in pairs


PRIVATE = (
    SEED.to_base58(),
    SEED.derive("m/84h").to_base58(),
    SEED.derive("m/84h/0h/0h").to_base58(NETWORKS["test"]["xprv"]),
    secret(9).wif(),
)


@pytest.mark.parametrize("held", PRIVATE)
@pytest.mark.parametrize(
    "form",
    ["wpkh({})", "wsh(pk({}))", "tr({})", "wpkh({})#aaaaaaaa", "wpkh({}0)", "{}", "wsh({}(1))",
     "wsh(multi(1,[00000000/1h]{}))", "sh(pk({}", "wpkh({}/0h)", "older({})", '{{"{}": 1}}',
     '{{"descriptors": [{{"desc": "wpkh({})", "{}": 1}}], "{}": 2}}'],
)  # fmt: skip
def test_no_private_key_is_ever_repeated(held: str, form: str) -> None:
    """In rows, notes, faults or what was left unread; sound or damaged."""
    found = lifted(form.replace("{}", held).replace("{{", "{").replace("}}", "}"))
    assert found.rows or found.faults
    for start in range(len(held) - 15):
        assert held[start : start + 16] not in everything_said(found)


def test_a_private_key_is_lifted_by_its_public_part() -> None:
    """The same rows as from the public file, and the file listed as a copy of the key."""
    closed = lifted(f"wpkh({SEED.to_base58()}/84h/0h/0h/0/*)", wallet="w")
    opened = lifted(f"wpkh({account('84h/0h/0h')}/0/*)", wallet="w")
    copies = [row for row in closed.rows if row["kind"] == "copy"]
    assert [row for row in closed.rows if row not in copies] == list(opened.rows)
    assert [row["of"] for row in copies] == [f"key:{FINGERPRINT}/84h/0h/0h"]
    assert any("holds 1 private key or seed in clear" in note for note in closed.notes)


def test_the_id_of_a_wallet_does_not_depend_on_private_keys_in_the_file() -> None:
    closed = lifted(f"wpkh({SEED.to_base58()}/84h/0h/0h/0/*)")
    opened = lifted(f"wpkh({account('84h/0h/0h')}/0/*)")
    assert table(closed, "wallets")[0]["id"] == table(opened, "wallets")[0]["id"]
