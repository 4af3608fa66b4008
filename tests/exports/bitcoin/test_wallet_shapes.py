"""One wallet as every program writes it is one set of rows; what it lays open is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.bitcoin.lift import lift
from forthwith.exports.bitcoin.withheld import withheld
from forthwith.exports.options import ImportOptions
from forthwith.plain.short_keys import short
from tests.builders import wallet_files as built
from tests.builders.wallet_files import SHAPES, SIGNERS
from tests.exports.bitcoin.cases import STAMP, everything_said, formulas, table

FORMULA = f"2 of ({', '.join(signer.id for signer in SIGNERS)})"


def lifted(*files: bytes | str | object, wallet: str = "vault") -> Lifted:
    """Lift files of one set: text, bytes, or an object as JSON."""
    texts = [file if isinstance(file, bytes | str) else json.dumps(file) for file in files]
    data = [text if isinstance(text, bytes) else text.encode() for text in texts]
    named = [(f"wallet-{place}.txt", content) for place, content in enumerate(data)]
    return lift(named, ImportOptions(STAMP, wallet))


def keys(found: Lifted) -> dict[str, tuple[str, str]]:
    return {
        row["id"]: (row["public_key"], row["fingerprint"])
        for row in table(found, "means")
        if row["kind"] == "key"
    }


# One wallet, many shapes ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_wallet_is_the_same_wallet(shape: str) -> None:
    """The same condition over the same means, each with its own key and master fingerprint."""
    found = lifted(SHAPES[shape]())
    assert not found.faults, found.faults
    assert not found.unread, found.unread
    assert formulas(found) == [(FORMULA, "", "2023-06-17")]
    assert keys(found) == {s.id: (s.xpub(), s.fingerprint) for s in SIGNERS}
    assert [row["id"] for row in table(found, "wallets")] == ["vault"]


def test_all_shapes_together_are_one_wallet_still() -> None:
    found = lifted(*(write() for write in SHAPES.values()))
    assert not found.faults
    assert [row["id"] for row in table(found, "wallets")] == ["vault"]
    assert len(keys(found)) == 3


def test_a_key_without_its_origin_is_the_key_with_it() -> None:
    """Two files of one set: the same extended key, bare and with its origin."""
    first = SIGNERS[0]
    found = lifted(built.descriptor(), f"wpkh({first.xpub('zpub')}/0/*)")
    assert set(keys(found)) == {s.id for s in SIGNERS}
    assert [row[0] for row in formulas(found)] == [FORMULA, first.id]


def test_in_imports_of_their_own_the_same_key_has_the_same_public_key() -> None:
    """Ids differ, since one file knows the origin and the other does not; the key tells."""
    first = SIGNERS[0]
    bare, known = lifted(f"pkh({first.xpub('ypub')})"), lifted(f"pkh({first.key})")
    ((bare_id, bare_key),) = keys(bare).items()
    ((known_id, known_key),) = keys(known).items()
    assert bare_id != known_id == first.id
    assert bare_key == (first.xpub(), "")
    assert known_key == (first.xpub(), first.fingerprint)


@pytest.mark.parametrize("mask", ["00000000", "000000ff"])
def test_a_fingerprint_nobody_knew_is_left_empty(mask: str) -> None:
    found = lifted(f"pkh([{mask}/{built.PATH}]{SIGNERS[0].xpub()}/0/*)")
    assert [row["fingerprint"] for row in table(found, "means")] == [""]


def test_a_key_near_the_master_says_its_own_fingerprint() -> None:
    """A master key is known by itself, the first below it by its parent (BIP-32)."""
    root = SIGNERS[0].root
    for key in (root, root.derive("m/48h")):
        found = lifted(f"pkh({key.to_public().to_base58()}/0/*)")
        assert [row["fingerprint"] for row in table(found, "means")] == [SIGNERS[0].fingerprint]


def test_labels_show_the_ends_of_a_key_and_tables_the_whole() -> None:
    found = lifted(built.caravan())
    first = next(row for row in table(found, "means") if row["id"] == SIGNERS[0].id)
    assert (
        first["label"] == f"Ada [{SIGNERS[0].fingerprint}/48h/0h/0h/2h]{short(SIGNERS[0].xpub())}"
    )
    assert first["public_key"] == SIGNERS[0].xpub()


def test_names_of_master_keys_name_the_keys_below_them() -> None:
    """Liana knows its keys by the fingerprint of the master, and whose they are."""
    found = lifted(built.liana())
    labels = sorted(row["label"].split(" [")[0] for row in table(found, "means"))
    assert labels == [f"{name}, Main, Internal" for name in ("Ada", "Bo", "Cy")]


def test_two_accounts_of_one_seed_in_two_files_are_noted() -> None:
    """The seed is above both, whichever file they stand in."""
    root = SIGNERS[0].root
    files = [
        f"wpkh([{SIGNERS[0].fingerprint}/84h/0h/{n}h]{root.derive(f'm/84h/0h/{n}h').to_public()})"
        for n in (0, 1)
    ]
    found = lifted(*files, wallet="")
    seed = f"seed:{SIGNERS[0].fingerprint}"
    (row,) = [row for row in table(found, "means") if row["kind"] == "seed"]
    assert (row["id"], row["fingerprint"]) == (seed, SIGNERS[0].fingerprint)
    assert [row["means"] for row in table(found, "grants")] == [seed, seed]
    assert any("come from one seed" in note for note in found.notes)


def test_a_descriptor_that_mail_has_broken_is_one_again() -> None:
    """Lines of 72 signs, as a mail program makes them; and quotation marks around it."""
    text = built.descriptor()
    broken = "\r\n".join(text[at : at + 72] for at in range(0, len(text), 72))
    for written in (broken, f'"{text}",', text.encode("utf-16"), f"\ufeff{text}"):
        assert formulas(lifted(written)) == [(FORMULA, "", "2023-06-17")]


# Labels -----------------------------------------------------------------------------------------


def test_labels_of_keys_name_the_means_of_another_file() -> None:
    found = lifted(built.descriptor(), built.labels())
    names = sorted(row["label"].split(" [")[0] for row in table(found, "means"))
    assert names == ["Ada's device", "Bo's device", "Cy's device"]
    assert any("'customers'" in note for note in found.notes)
    assert any("1 output label, 1 tx label" in note for note in found.notes)


def test_labels_alone_are_means_without_a_wallet() -> None:
    found = lifted(built.labels())
    assert not found.faults
    assert {row["public_key"] for row in table(found, "means")} == {s.xpub() for s in SIGNERS}
    assert not table(found, "wallets")


def test_a_label_that_is_a_secret_is_not_passed_on() -> None:
    record = {"type": "xpub", "ref": SIGNERS[0].xpub(), "label": SIGNERS[1].words}
    assert "sausage" not in everything_said(lifted(json.dumps(record)))


def test_a_broken_line_of_labels_is_a_fault_on_its_line() -> None:
    found = lifted(built.labels() + "\n{nonsense\n[]")
    assert [fault.line for fault in found.faults] == [7, 8]


# What a file lays open --------------------------------------------------------------------------


def test_seeds_in_clear_are_copies_and_no_word_is_kept() -> None:
    """Whoever has the file can sign: a seed in words gives the seed, a private key the key."""
    found = lifted(built.setup_with_seeds(f"seed: {SIGNERS[2].xprv('Zprv')}"))
    copies = {row["of"]: row for row in table(found, "means") if row["kind"] == "copy"}
    key = f"key:{SIGNERS[2].account.key.xonly().hex()}"
    assert set(copies) == {f"seed:{SIGNERS[0].fingerprint}", key}
    assert keys(found)[key][0] == SIGNERS[2].xpub()
    assert all(row["note"] == "whoever has the file has it" for row in copies.values())
    assert ("seed:" + SIGNERS[0].fingerprint, SIGNERS[0].id) in {
        (row["means"], row["gives"]) for row in table(found, "grants")
    }
    assert any("2 private keys or seeds in clear" in note for note in found.notes)
    said = everything_said(found)
    assert "abandon" not in said
    assert SIGNERS[2].xprv("Zprv")[:20] not in said


def test_an_electrum_seed_under_a_password_is_a_backup_that_takes_the_password() -> None:
    wallet = {
        **built.electrum(seed="bm90IGEgc2VlZA==", xprv="bm90IGEga2V5"),
        "use_encryption": True,
    }
    found = lifted(wallet)
    kinds = {row["kind"] for row in table(found, "means")}
    assert kinds == {"key", "seed", "backup", "passphrase"}
    given = {(row["means"], row["gives"]) for row in table(found, "grants")}
    digest = next(row["id"] for row in table(found, "means") if row["kind"] == "passphrase")
    backup = f"backup:{digest.partition(':')[2]}/{SIGNERS[0].id.removeprefix('key:')}"
    assert (f"all of ({backup}, {digest})", SIGNERS[0].id) in given
    assert "bm90IGEg" not in everything_said(found)


def test_a_sparrow_seed_in_clear_is_a_copy_of_the_seed() -> None:
    found = lifted(built.sparrow(seed={"type": "BIP39", "mnemonicString": SIGNERS[0].words}))
    assert len([row for row in table(found, "means") if row["kind"] == "copy"]) == 3
    assert "abandon" not in everything_said(found)


@pytest.mark.parametrize(
    "line",
    [f"seed: {SIGNERS[0].words} extra", "seed: " + "zoo " * 12, f"seed: {SIGNERS[1].words[:-7]}",
     f"seed: electrumseed:{SIGNERS[1].words}", f"AABBCCDD: {SIGNERS[1].words}",
     f"note: {SIGNERS[1].words}", f"{SIGNERS[1].words}"],
)  # fmt: skip
def test_words_in_the_wrong_place_are_never_repeated(line: str) -> None:
    """Sound or damaged, in a header line that is known or not."""
    found = lifted(f"{built.setup()}{line}\n")
    said = everything_said(found)
    for word in ("sausage", "abandon", "zoo zoo"):
        assert word not in said, said
    assert found.faults or found.unread


def test_words_of_a_seed_are_told_from_a_sentence() -> None:
    sentence = (
        "The treasury wallet of the customers, moved to cold storage in winter by Ada and Bo."
    )
    assert withheld(sentence) == sentence
    for words in built.WORDS:
        assert withheld(words) == withheld(words.upper().replace(" ", ", ")) == "[words withheld]"
        # Two words beside it may go with it.
        assert withheld(f"(mine: {words}!)") in ("([words withheld]!)", "(mine: [words withheld]!)")
        assert set(words.split()).isdisjoint(withheld(f"see {words} there").split())


def test_the_order_of_keys_is_the_script_s_own_where_they_are_sorted() -> None:
    """Two files list the signers of one wallet in their own order; multi() keeps it."""
    turned = f"wsh(sortedmulti(2,{','.join(s.key for s in reversed(SIGNERS))}))"
    assert len(formulas(lifted(built.descriptor(), turned))) == 1
    plain = [text.replace("sortedmulti", "multi") for text in (built.descriptor(), turned)]
    assert len(formulas(lifted(*plain))) == 2


@pytest.mark.parametrize("numbered", [False, True])
def test_a_file_of_a_seed_alone_is_a_copy_of_it(*, numbered: bool) -> None:
    """Beside the wallet, the seed gives its key there."""
    words = SIGNERS[1].words.split()
    text = "\n".join(f"{place}. {word}" for place, word in enumerate(words, 1))
    found = lifted(built.descriptor(), text if numbered else " ".join(words))
    seed = f"seed:{SIGNERS[1].fingerprint}"
    assert not found.faults
    assert [(row["means"], row["gives"]) for row in table(found, "grants")] == [
        (seed, SIGNERS[1].id)
    ]
    assert [row["of"] for row in table(found, "means") if row["kind"] == "copy"] == [seed]
    assert "sausage" not in everything_said(found)
    alone = lifted(" ".join(words))
    assert {row["kind"] for row in table(alone, "means")} == {"seed", "copy"}


@pytest.mark.parametrize("key", [SIGNERS[0].xprv(), SIGNERS[0].account.key.wif()])
def test_a_file_of_a_private_key_alone_is_a_copy_of_it(key: str) -> None:
    found = lifted(f"{key}\n")
    assert not found.faults
    assert {row["kind"] for row in table(found, "means")} == {"key", "copy"}
    assert key[:16] not in everything_said(found)


# Refused by name, reported by name --------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"shape": 1}, "no wallet read here: Bitcoin Core"),
        ([1], "Entry 1 of the list"),
        ({**built.electrum(), "wallet_type": "imported"}, "type 'imported' is not read"),
        ({**built.electrum(), "wallet_type": "2of4"}, "2of4 and lists 3 keys"),
        ({**built.electrum("xpub"), "x2/": built.electrum()["x2/"]}, "begin in different ways"),
        (built.electrum("zpub"), "is not one of several keys"),
        ({**built.sparrow(), "policyType": "CUSTOM"}, "policy 'CUSTOM' over 3 keys"),
        ({**built.sparrow(), "scriptType": "P2TR"}, "'P2TR' is not one of several"),
        ({**built.caravan(), "quorum": {"requiredSigners": 4, "totalSigners": 3}}, "4 signatures"),
        ({"descriptor_template": built.TEMPLATE, "keys_info": [SIGNERS[0].key]}, "names key @"),
        ({"descriptor_template": "wsh(pk(@0/**))", "keys_info": ["x),pk(y"]}, "is no key"),
        ({"descriptor_template": "wsh(1)", "keys_info": []}, "names no key"),
        ({"descriptor": "wsh(pk(a))", "datavalues": {"a": "x"}}, "does not begin with @"),
        ({"descriptor": 7}, "is no text"),
        ({"method": "get_xpub", "params": {"path": []}}, "What the call carries"),
        (b"QklFMQ" + b"A" * 200, "Electrum wallet encrypted"),
        (b"H:2,block:1,blockSize:1000", "database of a Sparrow wallet"),
        (b"UR:CRYPTO-OUTPUT/TAADMETAADMTOEADAO", "code for a camera"),
        ("zoo " * 12, "seed that is not of BIP-39"),
        ("academic " * 20, "share of SLIP-39"),
        ("# Wallet dump created by Bitcoin v0.20\nL1x 2020 label=a", "dumpwallet"),
        ("BSMS 2.0\nx\ny\nz", "no record of BSMS 1.0"),
        ("Policy: 2 of 4\n" + built.setup().replace("Policy: 2 of 3\n", ""), "speaks of 4 keys"),
        ("Policy: 2 of 3\n" + built.setup().replace("2 of 3", "1 of 3"), "another Policy"),
        (built.setup().replace("P2WSH", "P2TR"), "'P2TR' is not one of several"),
        ("Policy: 2 of 3\nFormat: P2WSH\n", "names no key"),
        (built.policy_lines().replace("@1:", "@7:"), "not numbered"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(data: Any, said: str) -> None:
    found = lifted(data)
    assert any(said in fault.what for fault in found.faults), found
    assert not table(found, "policies")


def test_names_nobody_knows_are_reported() -> None:
    found = lifted(
        {**built.sparrow(colour="red"), "shade": 1}, {**built.electrum(), "moon": 1},
        built.setup() + "Colour: blue\n", json.dumps({"type": "tx", "ref": "a", "hue": 1}),
    )  # fmt: skip
    assert set(found.unread) == {
        "shade", "keystores[0].colour", "keystores[1].colour", "keystores[2].colour", "moon",
        "line 11: Colour", "labels.hue",
    }  # fmt: skip


def test_one_signers_keys_are_means_without_a_wallet() -> None:
    first = SIGNERS[0]
    coldcard = {
        "p2wsh": first.xpub("Zpub"), "p2wsh_deriv": built.APOSTROPHES, "account": "0",
        "xfp": first.fingerprint.upper(),
    }  # fmt: skip
    record = f"BSMS 1.0\n00\n{first.key}\nAda's key\nH6DXgqkCb353BDPkzppMFpOcdJZlpur0WRetQhIBqSn6\n"
    for data in (coldcard, record):
        found = lifted(data)
        assert not found.faults
        assert keys(found) == {first.id: (first.xpub(), first.fingerprint)}
        assert not table(found, "wallets")


@pytest.mark.corpus
def test_setup_files_of_coldcard_are_the_wallets_of_caravan(corpora: Path) -> None:
    """Each fixture stands there twice, as JSON and as text."""
    folder = corpora / "custody/caravan/apps/coordinator/fixtures"
    files = sorted((folder / "coldcard").glob("*.txt"))
    assert len(files) == 6
    for file in files:
        kind, network = file.stem.removeprefix("wc-").rsplit("_", 1)
        other = f"bitcoin-2-of-2-{kind.upper()}_{'MAINNET' if network == 'm' else 'TESTNET'}.json"
        text, document = (lifted(path.read_bytes()) for path in (file, folder / "caravan" / other))
        assert not text.faults
        assert not text.unread
        assert keys(text) == keys(document)
        asked = [set(re.split(r"[(), ]+", formulas(found)[0][0])) for found in (text, document)]
        assert asked[0] == asked[1]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(SHAPES)), st.integers(0, 10_000), st.integers(0, 60),
    st.sampled_from(["", "(", '"', "{}", "\n", "null", "[", ":", "#", "\x00", "@0", "9" * 30, "é"]),
)  # fmt: skip
def test_damage_never_raises(shape: str, at: int, length: int, put: str) -> None:
    data = SHAPES[shape]()
    place = at % len(data)
    found = lifted(data[:place] + put.encode() + data[place + length :])
    assert found.rows or found.faults


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(name for name in SHAPES if SHAPES[name]()[:1] == b"{")),
    st.integers(0, 40), json_values,
)  # fmt: skip
def test_any_value_in_any_place_never_raises(shape: str, place: int, value: object) -> None:
    """A name every program knows, with a value none would write."""
    data = json.loads(SHAPES[shape]())
    spots = list(_spots(data))
    holder, name = spots[place % len(spots)]
    holder[name] = value
    found = lifted(data)
    assert found.rows or found.faults


def _spots(data: Any) -> Any:
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    for name, value in list(inner):
        yield data, name
        if isinstance(value, dict | list):
            yield from _spots(value)
