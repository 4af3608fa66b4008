"""Files of proofs of control, as the tools of several custodians write them."""

from __future__ import annotations

import json

import pytest

from forthwith.exports.proof_files import read

PROOF = {"address": "bc1qx", "message": "we control it", "signature": "AkcwRA=="}


@pytest.mark.parametrize(
    "value", [[PROOF, PROOF], {"proofs": [PROOF, PROOF]}, {"signatures": [PROOF, PROOF], "n": 2}]
)
def test_lists_are_found_where_they_stand(value: object) -> None:
    rows, faults, _ = read(json.dumps(value).encode(), "proofs.json")

    assert [row.cells for row in rows] == [PROOF, PROOF]
    assert [row.line for row in rows] == [1, 2]
    assert not faults


def test_one_proof_a_line_is_read() -> None:
    rows, _, _ = read(b"\n".join([json.dumps(PROOF).encode()] * 3) + b"\n", "proofs.jsonl")

    assert len(rows) == 3


def test_other_names_of_the_same_cells_are_taken() -> None:
    theirs = {"addr": "0xab", "msg": "m", "sig": "0x1", "blockNumber": 7, "blockHash": "0xff"}
    rows, _, _ = read(json.dumps([theirs]).encode(), "p.json")

    assert rows[0].cells == {
        "address": "0xab", "message": "m", "signature": "0x1", "height": "7", "block": "0xff"
    }  # fmt: skip


def test_a_block_given_as_a_number_is_its_height() -> None:
    assert read(json.dumps([PROOF | {"block": 206}]).encode(), "p.json")[0][0]["height"] == "206"


def test_a_cell_that_stands_twice_with_two_values_is_a_fault() -> None:
    rows, faults, _ = read(json.dumps([PROOF | {"sig": "other"}]).encode(), "p.json")

    assert not rows
    assert "signature twice" in faults[0].what


def test_a_key_nobody_takes_is_told() -> None:
    _, _, notes = read(json.dumps([PROOF | {"mood": "good"}]).encode(), "p.json")

    assert notes == ("p.json: nobody takes the key 'mood' of a proof",)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[", b"7", b"null", b'"text"', b"[1]", b"[[]]", b"[{}]", b"\xff\xfe",
        b'{"proofs": 3}', b'[{"address": "a", "address": "b"}]', b"{}\n{}", b"[" * 500,
        b'[{"address": ["a"], "message": "m", "signature": "s"}]',
    ],
)  # fmt: skip
def test_a_file_in_another_shape_is_a_fault_and_never_a_crash(data: bytes) -> None:
    rows, faults, _ = read(data, "p.json")

    assert not rows
    assert faults
