"""Envelopes are DSSE to the byte; what is none is a value with its reason."""

from __future__ import annotations

import base64
import json
import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from forthwith.seals import envelope, keys, statement
from forthwith.seals.envelope import Envelope, Malformed
from forthwith.seals.keys import Algorithm, PublicKey
from forthwith.seals.statement import Head, Signer, Statement

KEY = keys.make(Algorithm.ED25519)


def test_the_specification_s_own_vector() -> None:
    """protocol.md of DSSE, version 1.0.2, with the P-256 key its authors publish (RFC 6979)."""
    encoded = envelope.pae("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    numbers = ec.EllipticCurvePublicNumbers(
        46950820868899156662930047687818585632848591499744589407958293238635476079160,
        5640078356564379163099075877009565129882514886557779369047442380624545832820,
        ec.SECP256R1(),
    )
    opened = envelope.opened(
        b'{"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld",'
        b'"signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajab'
        b'ZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}'
    )
    assert isinstance(opened, Envelope)
    assert opened.signed_by(PublicKey(numbers.public_key()))


def test_a_signature_is_over_the_kind_as_well() -> None:
    """Else a signature on one kind of thing would do for another."""
    opened = envelope.opened(envelope.signed(b"{}", KEY))
    assert isinstance(opened, Envelope)
    other = Envelope("text/plain", opened.payload, opened.signatures)

    assert opened.signed_by(KEY.public)
    assert not other.signed_by(KEY.public)
    assert not opened.signed_by(keys.make(Algorithm.ED25519).public)


@pytest.mark.parametrize("kind", Algorithm)
def test_what_is_written_is_read(kind: Algorithm) -> None:
    key = keys.make(kind)
    said = Statement(
        statement.VOLUME,
        {"DATA/VOL001_MANIFEST.JSON": "a" * 64},
        {"volume": "VOL001", "day": "2026-02-09"},
        Head(4, "b" * 64),
        Signer("Reyes & Holm LLP", key.public.fingerprint, kind, key.public.pem, (), "met"),
    )
    opened = envelope.opened(envelope.signed(statement.written(said), key))

    assert isinstance(opened, Envelope)
    assert opened.signed_by(key.public)
    assert statement.read(opened.payload) == said


def test_base64_of_either_alphabet_is_read() -> None:
    """DSSE allows both; some signers write the one for addresses."""
    payload = b"\xfb\xff\xfe" * 3
    body = {
        "payload": base64.urlsafe_b64encode(payload).decode(),
        "payloadType": "x",
        "signatures": [{"sig": "_-8="}],
    }
    opened = envelope.opened(json.dumps(body).encode())

    assert isinstance(opened, Envelope)
    assert opened.payload == payload


WHOLE = json.loads(envelope.signed(b"{}", KEY))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe{}",
        b"{}",
        b"[" * 100_000,
        json.dumps(WHOLE | {"payload": 1}).encode(),
        json.dumps(WHOLE | {"payload": "a"}).encode(),
        json.dumps(WHOLE | {"payload": "\u00e9"}).encode(),
        json.dumps(WHOLE | {"payloadType": ""}).encode(),
        json.dumps(WHOLE | {"payloadType": "\ud800"}).encode(),
        json.dumps(WHOLE | {"note": "\ud800"}).encode(),
        json.dumps(WHOLE | {"signatures": []}).encode(),
        json.dumps(WHOLE | {"signatures": [1]}).encode(),
        json.dumps(WHOLE | {"signatures": [{"sig": None}]}).encode(),
        json.dumps(WHOLE).encode().replace(b'{"payload"', b'{"payload": "e30=", "payload"'),
    ],
)
def test_what_is_no_envelope_says_why(data: bytes) -> None:
    assert isinstance(envelope.opened(data), Malformed)


def test_damaged_seals_never_crash() -> None:
    said = Statement(statement.PAPER, {"a.pdf": "a" * 64}, {}, Head(1, "b" * 64), None)
    chance = random.Random(20260209)
    for whole, read in (
        (envelope.signed(statement.written(said), KEY), envelope.opened),
        (statement.written(said), statement.read),
    ):
        for _ in range(2_000):
            data = bytearray(whole)
            for _ in range(chance.choice((1, 2, 5))):
                data[chance.randrange(len(data))] = chance.choice(
                    b'{}[]",:0nulltruefalse\\\xff\x00'
                )
            read(bytes(data))


@pytest.mark.parametrize(
    "payload",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"_type": "https://in-toto.io/Statement/v1", "subject": []},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": "x"}]},
        {"_type": "https://in-toto.io/Statement/v1",
         "subject": [{"name": "x", "digest": {"sha256": "xyz"}}]},
        {"_type": "https://in-toto.io/Statement/v1",
         "subject": [{"name": "x", "digest": {"sha256": "a" * 64}}], "predicate": []},
        {"_type": "https://in-toto.io/Statement/v1", "predicateType": "x",
         "subject": [{"name": "d/x", "digest": {"sha256": "a" * 64}},
                     {"name": "d\\x", "digest": {"sha256": "b" * 64}}]},
    ],
)  # fmt: skip
def test_what_is_no_statement_says_why(payload: dict[str, object]) -> None:
    assert isinstance(statement.read(json.dumps(payload).encode()), Malformed)
