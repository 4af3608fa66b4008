"""Shamir shares become means; what was not seen is not taken to be absent."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import shamir_mnemonic
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic.share import Share
from shamir_mnemonic.utils import MnemonicError

from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.options import ImportOptions
from forthwith.exports.shamir import slip39
from forthwith.exports.shamir.lift import lift
from tests.builders.scripts import met

STAMP = Stamp("2023-06-17", cites="BTS0009")
SECRET = bytes(range(16))


def lifted(shares: list[str], key: str = "") -> Lifted:
    return lift([("shares.txt", "\n".join(shares).encode())], ImportOptions(STAMP, key))


def described(data: object, key: str = "") -> Lifted:
    return lift([("groups.json", json.dumps(data).encode())], ImportOptions(STAMP, key))


def table(found: Lifted, name: str) -> list[FactRow]:
    return [row for row in found.rows if row.table == name]


def grant(found: Lifted) -> FactRow:
    (row,) = table(found, "grants")
    return row


def ids(found: Lifted, kind: str) -> list[str]:
    return [row["id"] for row in table(found, "means") if row["kind"] == kind]


def dealt(threshold: int, groups: list[tuple[int, int]], **more: Any) -> list[list[str]]:
    made = shamir_mnemonic.generate_mnemonics(
        threshold, groups, SECRET, iteration_exponent=0, **more
    )
    return [list(group) for group in made]


DESCRIPTION: dict[str, Any] = {
    "key": "key:treasury",
    "group_threshold": 2,
    "groups": [{"threshold": 2, "shares": 3}, {"threshold": 1, "shares": ["share:notary"]}],
}


# Headers ---------------------------------------------------------------------------------------


@pytest.mark.corpus
def test_headers_agree_with_the_reference_on_every_vector(corpora: Path) -> None:
    """Each share is read as the reference reads it, or refused where it refuses."""
    vectors = json.loads((corpora / "custody/slip39/vectors.json").read_bytes())
    tried = refused = 0
    for _, mnemonics, *_ in vectors:
        for mnemonic in mnemonics:
            tried += 1
            try:
                due = Share.from_mnemonic(mnemonic)
            except MnemonicError:
                refused += 1
                with pytest.raises(slip39.BadShareError):
                    slip39.parse(mnemonic)
                continue
            assert fields(slip39.parse(mnemonic)) == of_reference(due)
    assert tried > 80
    assert refused >= 6


def fields(share: slip39.Share) -> tuple[object, ...]:
    return (
        share.identifier, share.extendable, share.iteration_exponent, share.group,
        share.group_threshold, share.group_count, share.member, share.threshold,
    )  # fmt: skip


def of_reference(share: Share) -> tuple[object, ...]:
    return (
        share.identifier, share.extendable, share.iteration_exponent, share.group_index,
        share.group_threshold, share.group_count, share.index, share.member_threshold,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_headers_agree_with_the_reference_on_any_share(data: st.DataObject) -> None:
    share = Share(
        data.draw(st.integers(0, 0x7FFF)), data.draw(st.booleans()), data.draw(st.integers(0, 15)),
        data.draw(st.integers(0, 15)), data.draw(st.integers(1, 16)), 16,
        data.draw(st.integers(0, 15)), data.draw(st.integers(1, 16)),
        data.draw(st.binary(min_size=16, max_size=16)),
    )  # fmt: skip
    assert fields(slip39.parse(share.mnemonic())) == of_reference(share)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 19), st.integers(1, 1023))
def test_a_wrong_word_is_caught(place: int, by: int) -> None:
    """The checksum finds any three wrong words."""
    words = dealt(1, [(2, 3)])[0][0].split()
    number = slip39.SLIP39_WORDS.index(words[place])
    words[place] = slip39.SLIP39_WORDS[(number + by) % 1024]
    with pytest.raises(slip39.BadShareError):
        slip39.parse(" ".join(words))


# Shares ----------------------------------------------------------------------------------------


def test_shares_give_their_key_together() -> None:
    (group,) = dealt(1, [(2, 3)])
    found = lifted(group[:2], "key:cold")
    share = ids(found, "share")
    assert grant(found)["gives"] == "key:cold"
    assert met(grant(found)["means"], frozenset(share[:2]))
    assert not met(grant(found)["means"], frozenset(share[:1]))
    assert {row["of"] for row in table(found, "means") if row["kind"] == "share"} == {"key:cold"}


def test_shares_not_seen_are_means_all_the_same() -> None:
    """A 2-of-5 of which one share was seen: somebody else may hold two of the other four."""
    (group,) = dealt(1, [(2, 5)])
    found = lifted(group[2:3])
    label = {row["id"]: row["label"] for row in table(found, "means") if row["kind"] == "share"}
    seen = [name for name, said in label.items() if "not seen" not in said]
    assert len(seen) == 1
    assert met(grant(found)["means"], frozenset(label) - frozenset(seen))
    rest = frozenset(name for name in label if name.endswith("/rest"))
    assert met(grant(found)["means"], rest), "what was not seen may itself be enough"
    assert any("does not say how many" in note for note in found.notes)


def test_a_group_not_seen_is_a_means() -> None:
    groups = dealt(2, [(2, 3), (1, 1), (3, 5)])
    found = lifted(groups[0][:2])
    formula = grant(found)["means"]
    own = frozenset(name for name in ids(found, "share") if "/1/" in name)
    assert not met(formula, own)
    others = [name for name in ids(found, "share") if name.endswith("/group")]
    assert len(others) == 2
    assert met(formula, own | {others[0]})
    assert met(formula, frozenset(others))


def test_the_ids_of_shares_do_not_depend_on_which_were_seen() -> None:
    (group,) = dealt(1, [(3, 4)])
    first, second = lifted(group[:3]), lifted(group[1:])
    assert set(ids(first, "share")) & set(ids(second, "share")) >= {
        name for name in ids(first, "share") if name[-1] in "123"
    }


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_the_grant_is_met_exactly_by_what_restores_the_secret(data: st.DataObject) -> None:
    """For all shares of all groups seen, against the reference's own recovery."""
    sizes = data.draw(st.lists(st.sampled_from([(1, 1), (2, 2), (2, 3)]), min_size=1, max_size=3))
    groups = dealt(data.draw(st.integers(1, len(sizes))), sizes)
    found = lifted([each for group in groups for each in group])
    formula = grant(found)["means"]
    places = {(g, m): share for g, group in enumerate(groups) for m, share in enumerate(group)}
    for size in range(1, len(places) + 1):
        for chosen in combinations(places, size):
            names = frozenset(name for name in ids(found, "share") if _place(name) in chosen)
            assert met(formula, names) == _restores([places[each] for each in chosen])


def _place(name: str) -> tuple[int, int] | None:
    _, group, member = name.split("/")
    return (int(group) - 1, int(member) - 1) if member.isdigit() else None


def _restores(shares: list[str]) -> bool:
    """The reference wants exactly the threshold, so try every part of what there is."""
    groups: dict[int, set[Share]] = {}
    for share in map(Share.from_mnemonic, shares):
        groups.setdefault(share.group_index, set()).add(share)
    whole = [g for g in groups.values() if len(g) >= next(iter(g)).member_threshold]
    wanted = Share.from_mnemonic(shares[0]).group_threshold
    if len(whole) < wanted:
        return False
    used = [
        each.mnemonic()
        for group in whole[:wanted]
        for each in sorted(group, key=lambda share: share.index)[
            : next(iter(group)).member_threshold
        ]
    ]
    return bool(shamir_mnemonic.combine_mnemonics(used) == SECRET)


def test_a_passphrase_that_may_have_been_set_is_a_condition() -> None:
    assert "passphrase" in grant(lifted(dealt(1, [(2, 3)])[0]))["condition"]


def test_the_file_is_a_copy_of_each_share_in_it() -> None:
    found = lifted(dealt(1, [(2, 3)])[0])
    assert len(ids(found, "copy")) == 3
    assert any("whoever has the file has them" in note for note in found.notes)


def test_no_word_of_a_share_is_repeated() -> None:
    """Sound, damaged, or where a name should stand."""
    (group,) = dealt(1, [(2, 3)])
    broken = " ".join(["zebrawood", *group[0].split()[1:]])
    named = {**DESCRIPTION, group[0]: 1, "mnemonics": [group[1], 5], group[2][:38]: 2}
    for found in (
        lifted(group), lifted([broken, group[1][:-4]]), described(named),
        lift([("f", f'{{"{group[0]}": 1, "{group[0]}": 2}}'.encode())], ImportOptions(STAMP)),
        described({**DESCRIPTION, "groups": [{"threshold": 1, "shares": [group[0]]}]}),
    ):  # fmt: skip
        said = repr((found.rows, found.unread, found.notes, found.faults)).lower()
        assert "zebrawood" not in said
        for start in range(len(group[0].split()) - 1):
            assert " ".join(group[0].split()[start : start + 2]) not in said


def test_shares_of_two_secrets_are_two_grants() -> None:
    first, second = dealt(1, [(1, 1)])[0], dealt(1, [(1, 1)])[0]
    found = lifted([*first, *second])
    assert len(table(found, "grants")) == 2
    assert lifted([*first, *second], "key:cold").faults


def altered(share: str, **changed: int) -> str:
    held = Share.from_mnemonic(share)
    return Share(**{**held.__dict__, **changed}).mnemonic()


@pytest.mark.parametrize(
    "changed",
    [
        {"group_count": 3},
        {"member_threshold": 3},
        {"index": 0},
        {"group_threshold": 2, "group_count": 2},
    ],
)
def test_shares_that_contradict_each_other_are_a_fault(changed: dict[str, int]) -> None:
    (group,) = dealt(1, [(2, 3)])
    assert not lifted(group[:2]).faults
    found = lifted([group[0], altered(group[1], **changed)])
    assert found.faults
    assert not found.rows


def test_the_same_share_twice_is_one_share() -> None:
    (group,) = dealt(1, [(2, 3)])
    assert lifted([group[0], group[0].upper(), group[1]]).rows


# Descriptions ----------------------------------------------------------------------------------


def test_a_description_is_a_nested_formula() -> None:
    found = described(DESCRIPTION)
    assert grant(found)["means"] == (
        "all of (2 of (share:treasury/1/1, share:treasury/1/2, share:treasury/1/3), share:notary)"
    )
    assert grant(found)["gives"] == "key:treasury"
    assert grant(found)["condition"] == ""


def test_one_group_may_stand_alone() -> None:
    found = described({"key": "key:k", "threshold": 3, "shares": 5})
    assert grant(found)["means"] == f"3 of ({', '.join(f'share:k/1/{n}' for n in range(1, 6))})"


def test_a_passphrase_is_one_more_means() -> None:
    found = described({"key": "key:k", "threshold": 2, "shares": 2, "passphrase": True})
    assert ids(found, "passphrase") == ["passphrase:k"]
    assert grant(found)["means"] == "all of (share:k/1/1, share:k/1/2, passphrase:k)"


def test_a_description_with_its_shares_says_which_were_seen() -> None:
    groups = dealt(2, [(2, 3), (1, 1)])
    found = described({**DESCRIPTION, "mnemonics": [groups[0][2], groups[1][0]]})
    assert not found.faults
    assert [row["of"] for row in table(found, "means") if row["kind"] == "copy"] == [
        "share:treasury/1/3",
        "share:notary",
    ]


def test_shares_that_differ_from_their_description_are_a_fault() -> None:
    for groups in (dealt(1, [(2, 3), (1, 1)]), dealt(2, [(3, 3), (1, 1)])):
        assert described({**DESCRIPTION, "mnemonics": groups[0][:1]}).faults


def test_what_nobody_took_is_named() -> None:
    groups = [{**DESCRIPTION["groups"][0], "colour": 1}, DESCRIPTION["groups"][1]]
    found = described({**DESCRIPTION, "groups": groups, "weight": 2})
    assert found.unread == ("weight", "groups[0].colour")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", ""),
        ("key", "two words"),
        ("key", 7),
        ("group_threshold", 0),
        ("group_threshold", 3),
        ("group_threshold", True),
        ("group_threshold", None),
        ("groups", []),
        ("groups", {}),
        ("groups", [1]),
        ("groups", [{"threshold": 1}]),
        ("groups", [{"threshold": 4, "shares": 3}]),
        ("threshold", 1),
        ("groups", [{"threshold": 1, "shares": ["a b"]}]),
        ("groups", [{"threshold": 1, "shares": [1]}]),
        ("groups", [{"threshold": 1, "shares": 10**9}]),
        ("passphrase", "hunter2"),
        ("mnemonics", 3),
        ("groups", [{"threshold": 1, "shares": ["s"]}, {"threshold": 1, "shares": ["s"]}]),
        ("mnemonics", ["not a share"]),
        ("groups", [{"threshold": 1, "shares": []}]),
    ],
)
def test_a_broken_description_is_a_fault(name: str, value: object) -> None:
    found = described({**DESCRIPTION, name: value})
    assert found.faults
    assert not found.rows


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"# only a remark\n",
        b"\xff\xfe",
        b"{",
        b'{"a": ' * 5000,
        b"one two three",
        b"a " * 600_000,
        b"academic " * 20,
        b'{"key": NaN}',
    ],
)
def test_a_bad_file_is_a_fault(data: bytes) -> None:
    found = lift([("file", data)], ImportOptions(STAMP))
    assert found.faults
    assert not found.rows


def test_an_id_that_breaks_formulas_is_a_fault() -> None:
    assert lifted(dealt(1, [(1, 1)])[0], "two words").faults


def test_no_import_claims_that_the_ways_are_all() -> None:
    """A set of shares proves its own threshold, never that the secret was not split again."""
    for found in (lifted(dealt(1, [(2, 3)])[0]), described(DESCRIPTION)):
        assert not table(found, "completeness")
        assert f"ways:{grant(found)['gives']}" in grant(found)["note"]


def test_shares_in_files_of_their_own_are_one_set() -> None:
    """Each holder keeps a file; together they are what one file with all of them is."""
    shares = dealt(1, [(2, 3)])[0]
    apart = lift(
        [(f"share-{place}.txt", share.encode()) for place, share in enumerate(shares)],
        ImportOptions(STAMP),
    )
    whole = lifted(shares)
    assert not apart.faults
    assert grant(apart)["means"] == grant(whole)["means"]
    assert ids(apart, "share") == ids(whole, "share")
    copies = [row for row in table(apart, "means") if row["kind"] == "copy"]
    assert len({row["id"] for row in copies}) == 3
    assert [row["label"] for row in copies] == [
        f"the share as it stands in share-{place}.txt" for place in range(3)
    ]


def test_files_of_shares_beside_a_description_are_its_shares() -> None:
    shares = dealt(1, [(2, 3)])[0]
    files = [
        ("groups.json", json.dumps({"key": "key:k", "threshold": 2, "shares": 3}).encode()),
        ("ada.txt", shares[0].encode()),
        ("bo.txt", shares[2].encode()),
    ]
    found = lift(files, ImportOptions(STAMP))
    assert not found.faults
    assert grant(found)["gives"] == "key:k"
    assert [row["of"] for row in table(found, "means") if row["kind"] == "copy"] == [
        "share:k/1/1", "share:k/1/3"
    ]  # fmt: skip
    other = dealt(1, [(3, 4)])[0]
    wrong = lift([*files, ("cy.txt", other[0].encode())], ImportOptions(STAMP))
    assert wrong.faults
    assert not wrong.rows


def test_the_same_share_in_two_files_is_two_copies() -> None:
    share = dealt(1, [(2, 2)])[0][0]
    files = [("a.txt", share.encode()), ("b.txt", f"{share}\n".encode())]
    found = lift(files, ImportOptions(STAMP))
    assert not found.faults
    assert len(ids(found, "copy")) == 2
