"""Heads are read out of whatever they were noted in, and nothing else is taken for one."""

from __future__ import annotations

import base64
import json

import pytest

from forthwith.seals import anchors, envelope, keys, statement
from forthwith.seals.keys import Algorithm
from forthwith.seals.statement import Head, Statement

HEAD, OTHER = "ab" * 32, "cd" * 32
BODY = base64.b64encode(json.dumps({"spec": {"data": {"hash": {"value": HEAD}}}}).encode()).decode()

NOTED = {
    "a line of its own": f"{HEAD}\n",
    "in capitals": HEAD.upper(),
    "as verify prints it": f"9 journal entries, 2 blobs: intact. Journal head {HEAD}",
    "as verify --json prints it": json.dumps({"entries": 9, "head": HEAD, "manifest": OTHER}),
    "in a letter, on the next line": f"The key is {OTHER}. Our journal stood at entry 9, journal "
    f"head\n{HEAD}. Kept by you, it shows ...",
    "in a letter that quotes it": f"journal head of entry 12: \u201c{HEAD}\u201d; manifest {OTHER}",
    "in a log of Git": f"commit {OTHER}\nAuthor: M. Ortega\n\n    Weekly note: {HEAD}\n",
    "in a transparency log": json.dumps(
        {"logID": OTHER, "body": BODY,
         "verification": {"inclusionProof": {"hashes": [OTHER, OTHER], "rootHash": OTHER}}}
    ),
    "with a byte order mark": "\ufeff" + HEAD,
    "with the name of the digest": f"sha256:{HEAD}",
}  # fmt: skip


@pytest.mark.parametrize("name", NOTED)
def test_a_head_is_found_where_it_was_noted(name: str) -> None:
    found = anchors.in_file(NOTED[name].encode(), "note.txt")

    assert [anchor.digest for anchor in found] == [HEAD]


def test_a_note_by_notepad_is_read() -> None:
    assert [a.digest for a in anchors.in_file(HEAD.encode("utf-16"), "n")] == [HEAD]


def test_a_seal_is_an_anchor() -> None:
    """The other side has the seal of every volume: that is a head noted elsewhere."""
    said = Statement(statement.VOLUME, {"m": OTHER}, {}, Head(7, HEAD), None)
    sealed = envelope.signed(statement.written(said), keys.make(Algorithm.ED25519))

    (anchor,) = anchors.in_file(sealed, "VOL001_SEAL.JSON")
    assert (anchor.digest, anchor.seq) == (HEAD, 7)


@pytest.mark.parametrize("text", ["", "no digest", "ab" * 31, "ab" * 33, "x" + HEAD, "g" * 64])
def test_what_is_no_digest_is_no_head(text: str) -> None:
    assert anchors.in_file(text.encode(), "note.txt") == ()
    assert anchors.typed(text) is None
