"""Trees on disk: the same bytes as in memory, proofs from files, keys that stay at home."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from forthwith.books.books import ALWAYS, Books, CustomerAccount, LedgerRow, Parameters, WitnessRow
from forthwith.books.liabilities import tree as trees
from forthwith.books.liabilities.leaves import OwedLeaves
from forthwith.books.liabilities.tree import LiabilitiesError
from forthwith.books.reckoned import OwedChange, Reckoning
from forthwith.domain.instants import instant
from forthwith.exports.liabilities.reading import Asked
from forthwith.workflows.books.liabilities import (
    LiabilitiesKeyError,
    NoTreeError,
    commit,
    key,
    leaves_of,
    proof,
    verify,
)
from tests.books.liabilities.golden import AS_OF, ASSET, KEY, OWED, ROOT
from tests.exports.liabilities.made import ACCOUNTS, OKX, data

AT = instant(AS_OF)
LEAVES = OwedLeaves(ASSET, OWED, {"C0006": -3})


def written(folder: Path, name: str, document: object) -> Path:
    path = folder / name
    path.write_bytes(data(document))
    return path


def test_a_tree_on_disk_is_the_golden_one_and_proves_from_its_files(tmp_path: Path) -> None:
    made = commit(tmp_path, KEY, AT, LEAVES)

    assert made.published.root.hex() == ROOT
    assert made.as_json()["negative"] == {"C0006": "-3"}
    for account, amount in OWED.items():
        given = proof(tmp_path, KEY, ASSET, AT, account, amount)
        path = written(tmp_path, f"{account}.json", given.as_json())
        against = written(tmp_path, "published.json", made.as_json())
        (alone,) = verify([path])
        (held,) = verify([path, against])
        assert alone.verified
        assert held.verified
        assert "compare them" in alone.does_not_bind[0]
        assert "compare them" not in held.does_not_bind[0]


def test_a_tree_made_again_is_the_same_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    first = commit(tmp_path, KEY, AT, LEAVES)
    files = {path.name: path.read_bytes() for path in first.folder.iterdir()}

    again = commit(tmp_path, KEY, AT, LEAVES)

    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == files
    assert [path.name for path in tmp_path.iterdir()] == [again.folder.name]
    with pytest.raises(LiabilitiesError):
        commit(tmp_path, KEY, AT, OwedLeaves(ASSET, {}, {}))
    assert [path.name for path in tmp_path.iterdir()] == [again.folder.name]


def test_the_levels_of_another_day_or_hand_give_no_proof(tmp_path: Path) -> None:
    made = commit(tmp_path, KEY, AT, LEAVES)
    with pytest.raises(NoTreeError, match="no tree of ETH"):
        proof(tmp_path, KEY, "ETH", AT, "C0001", 1)
    with pytest.raises(NoTreeError, match="no tree"):
        proof(tmp_path, KEY, ASSET, AT + 1, "C0001", 1)
    with pytest.raises(LiabilitiesError, match="C0001 with 2"):
        proof(tmp_path, KEY, ASSET, AT, "C0001", 2)
    with pytest.raises(LiabilitiesError, match="C0001"):
        proof(tmp_path, KEY[::-1], ASSET, AT, "C0001", 1)

    level = made.folder / "level-01.bin"
    sound = level.read_bytes()
    level.write_bytes(bytes([sound[0] ^ 1]) + sound[1:])
    with pytest.raises(NoTreeError, match="not what was written"):
        proof(tmp_path, KEY, ASSET, AT, "C0003", OWED["C0003"])
    level.write_bytes(sound[:-1])
    with pytest.raises(NoTreeError, match="bytes"):
        proof(tmp_path, KEY, ASSET, AT, "C0004", OWED["C0004"])
    level.unlink()
    with pytest.raises(NoTreeError, match="0 bytes"):
        proof(tmp_path, KEY, ASSET, AT, "C0004", OWED["C0004"])


def test_two_trees_of_one_cut_are_not_chosen_between(tmp_path: Path) -> None:
    commit(tmp_path, KEY, AT, LEAVES)
    commit(tmp_path, KEY, AT, OwedLeaves(ASSET, {**OWED, "C0001": 2}, {}))

    with pytest.raises(NoTreeError, match="several trees"):
        proof(tmp_path, KEY, ASSET, AT, "C0001", 1)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "salts.key"

    made = key(path)

    assert len(made) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key(path) == made
    assert key(tmp_path / "other.key") != made


def test_a_key_that_others_read_or_that_is_delivered_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "out/salts.key"
    path.parent.mkdir()
    with pytest.raises(LiabilitiesKeyError, match="is delivered"):
        key(path, delivered=tmp_path / "out")
    assert not path.exists()
    key(path)
    path.chmod(0o640)
    with pytest.raises(LiabilitiesKeyError, match="chmod 600"):
        key(path)


@pytest.mark.parametrize("text", ["", "ab", "zz" * 32, "ab" * 31, "abc" * 33, "\xff"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "salts.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)

    with pytest.raises(LiabilitiesKeyError):
        key(path)


def test_a_proof_of_another_root_than_the_published_one_is_refused(tmp_path: Path) -> None:
    commit(tmp_path / "t", KEY, AT, LEAVES)
    other = commit(tmp_path / "o", KEY, AT, OwedLeaves(ASSET, {**OWED, "C0002": 5}, {}))
    given = proof(tmp_path / "t", KEY, ASSET, AT, "C0001", 1)
    path = written(tmp_path, "proof.json", given.as_json())
    published = written(tmp_path, "published.json", other.as_json())

    assert not verify([path, published])[0].verified
    assert not verify([path], Asked(root="11" * 32))[0].verified
    assert verify([path], Asked(root=ROOT))[0].verified
    # A commitment of another asset speaks of another tree.
    eth = {**other.as_json(), "asset": "ETH"}
    (alone,) = verify([path, written(tmp_path, "eth.json", eth)])
    assert "compare them" in alone.does_not_bind[0]
    (both,) = verify([path, published, written(tmp_path, "p2.json",
                                               {**other.as_json(), "root": ROOT})])  # fmt: skip
    assert "two commitments" in both.refusals[0].what


def test_files_of_everybody_are_told_apart(tmp_path: Path) -> None:
    commit(tmp_path / "t", KEY, AT, LEAVES)
    ours = proof(tmp_path / "t", KEY, ASSET, AT, "C0001", 1).as_json()
    (tmp_path / "a").mkdir()
    paths = [
        written(tmp_path, "proof.json", ours),
        written(tmp_path / "a", "proof.json", OKX.path(ACCOUNTS, 0)),
        tmp_path / "missing.json",
    ]

    found = verify(paths)

    assert sorted(each.form for each in found) == ["", "forthwith/pol/1", "okx v1"]
    assert [each.verified for each in found if each.form] == [True, True]
    assert json.dumps([each.as_json() for each in found])


def test_all_that_was_printed_at_once_is_read_as_it_was_printed(tmp_path: Path) -> None:
    made = commit(tmp_path / "t", KEY, AT, LEAVES)
    eth = commit(tmp_path / "t", KEY, AT, OwedLeaves("ETH", OWED, {}))
    printed = {"commitments": [eth.as_json(), made.as_json()]}
    given = proof(tmp_path / "t", KEY, ASSET, AT, "C0001", 1).as_json()
    paths = [written(tmp_path, "proof.json", given), written(tmp_path, "all.json", printed)]

    (found,) = verify(paths)

    assert found.verified
    assert "compare them" not in found.does_not_bind[0]
    both = written(tmp_path, "both.json", {"proofs": [given, {**given, "amount": "2"}]})
    assert [each.verified for each in verify([both, paths[1]])] == [True, False]
    given["root"] = eth.published.root.hex()
    assert not verify([written(tmp_path, "proof.json", given), paths[1]])[0].verified


def test_a_folder_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    found = verify([tmp_path / "pipe", tmp_path])

    assert all(each.refusals for each in found)


def test_a_commitment_alone_proves_nothing(tmp_path: Path) -> None:
    made = commit(tmp_path / "t", KEY, AT, LEAVES)

    (found,) = verify([written(tmp_path, "c.json", made.as_json())])

    assert not found.verified
    assert found.not_checked


def test_the_tree_comes_from_the_rows_that_owed_comes_from(tmp_path: Path) -> None:
    here = WitnessRow("customer_ledger.csv", "line 2")

    def change(at: int, account: str, delta: int) -> OwedChange:
        row = LedgerRow("1", at, at, account, ASSET, delta, "deposit", "", "", here)
        return OwedChange(at, account, ASSET, delta, row)

    accounts = tuple(
        CustomerAccount(name, klass, "", ALWAYS, here)
        for name, klass in (("C1", "outsider"), ("P1", "affiliated_lp"), ("H1", "house"))
    )
    reckoning = Reckoning(
        Books(accounts=accounts),
        Parameters(),
        owed_changes=(
            change(1, "C1", 5),
            change(2, "P1", 7),
            change(3, "H1", 9),
            change(9, "C1", 1),
        ),
    )

    leaves = leaves_of(reckoning, ASSET, 3)
    made = commit(tmp_path, KEY, 3, leaves)

    assert made.published.total == leaves.total == 12
    assert made.published.leaves == 2
    assert trees.commit(KEY, ASSET, "1970-01-01T00:00:03Z", leaves.owed) == made.published
