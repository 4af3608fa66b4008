"""The tree of liabilities: to the byte, whatever its size; and what it refuses to hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.books.liabilities import tree as trees
from forthwith.books.liabilities.tree import (
    HASH,
    MOST,
    LiabilitiesError,
    commit,
    leaf,
    leaf_level,
    salting,
    tree,
)
from tests.books.liabilities.golden import (
    AS_OF,
    ASSET,
    KEY,
    OWED,
    ROOT,
    TOTAL,
    plain_levels,
    plain_root,
    plain_salt,
)

#: Sums of as many as a test makes stay below 128 bits.
amounts = st.integers(0, 2**120) | st.sampled_from([0, 1, 2**64 - 1, 2**64, 2**64 + 1])
owed = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9),
                       amounts, min_size=1, max_size=40)  # fmt: skip


def test_the_golden_tree_is_reproduced_to_the_byte() -> None:
    made = commit(KEY, ASSET, AS_OF, OWED)

    assert (made.root.hex(), made.total, made.leaves) == (ROOT, TOTAL, 5)


@pytest.mark.corpus
def test_every_level_of_the_golden_file_is_reproduced(corpora: Path) -> None:
    golden = json.loads((corpora / "books/golden/liabilities.json").read_text())
    key = bytes.fromhex(golden["master_salt_key"])
    rows = {account: int(amount) for account, amount in golden["accounts"]}

    levels = tree(key, golden["asset"], golden["as_of"], rows)

    assert [
        [[row[:HASH].tobytes().hex(), str(int.from_bytes(row[HASH:].tobytes(), "big"))]
         for row in level]
        for level in levels
    ] == golden["levels"]  # fmt: skip
    assert commit(key, golden["asset"], golden["as_of"], rows).root.hex() == golden["root"]


@given(owed, st.binary(min_size=32, max_size=100))
def test_any_tree_is_what_the_rules_make_one_by_one(rows: dict[str, int], key: bytes) -> None:
    """Sums past 64 bits carry; keys longer than a block of SHA-256 are hashed first."""
    levels = tree(key, "Ⓐ", "2026-01-31T23:59:59Z", rows)

    assert [
        [(row[:HASH].tobytes(), int.from_bytes(row[HASH:].tobytes(), "big")) for row in level]
        for level in levels
    ] == plain_levels(key, "Ⓐ", "2026-01-31T23:59:59Z", rows)
    made = commit(key, "Ⓐ", "2026-01-31T23:59:59Z", rows)
    assert made.root == plain_root(key, "Ⓐ", "2026-01-31T23:59:59Z", rows)
    assert made.total == sum(rows.values())


@given(st.binary(min_size=32, max_size=200), st.text("ab", min_size=1), st.text("cd", min_size=1))
def test_a_salt_is_an_hmac_of_lengths_and_names(key: bytes, asset: str, account: str) -> None:
    """Without lengths, asset "ab" with account "c" would share its salt with "a" and "bc"."""
    assert salting(key, asset, AS_OF)(account) == plain_salt(key, asset, account, AS_OF)


@pytest.mark.parametrize("block", [1, 2, 3])
def test_blocks_change_no_byte(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {f"C{number:03}": number for number in range(11)}
    whole = commit(KEY, ASSET, AS_OF, rows)

    monkeypatch.setattr(trees, "_BLOCK", block)

    assert commit(KEY, ASSET, AS_OF, rows) == whole


def test_hashes_that_begin_alike_are_ordered_by_their_last_bytes() -> None:
    records = np.zeros((3, trees.RECORD), np.uint8)
    records[:, HASH - 1] = [2, 3, 1]

    ordered = trees._ascending(records)

    assert ordered[:, HASH - 1].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "rows",
    [
        [("C1", 1), ("C1", 1)],
        [("C2", 1), ("C1", 1)],
        [("C1", -1)],
        [("C1", MOST + 1)],
        [("C1", MOST), ("C2", 1)],
        [],
        [("", 1)],
        [("C" * 65_536, 1)],
        [("C\ud800", 1)],
    ],
)
def test_rows_that_make_no_tree_are_refused(rows: list[tuple[str, int]]) -> None:
    with pytest.raises(LiabilitiesError):
        leaf_level(ASSET, ((account, bytes(32), amount) for account, amount in rows))


def test_the_greatest_sum_is_a_sum() -> None:
    made = commit(KEY, ASSET, AS_OF, {"C1": MOST - 5, "C2": 3, "C3": 2})

    assert made.total == MOST


def test_a_short_key_is_refused() -> None:
    with pytest.raises(LiabilitiesError, match="31 bytes"):
        salting(bytes(31), ASSET, AS_OF)


def test_sums_of_levels_from_elsewhere_do_not_wrap() -> None:
    """Levels may come from a disk: two sums that pass 128 bits are no small sum."""
    level = np.zeros((2, trees.RECORD), np.uint8)
    level[:, HASH:] = 255

    with pytest.raises(LiabilitiesError, match="128 bits"):
        list(trees.levels(level))


def test_a_leaf_hides_nothing_but_behind_its_salt() -> None:
    one, other = salting(KEY, ASSET, AS_OF)("C1"), salting(KEY[::-1], ASSET, AS_OF)("C1")

    assert leaf(ASSET, "C1", one, 5) != leaf(ASSET, "C1", other, 5)
