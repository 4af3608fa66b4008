"""A time stamp counts only over its own bytes, by a certificate that may stamp and was valid."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from forthwith.seals import keys, stamp
from forthwith.seals.envelope import Malformed
from forthwith.seals.stamp import Stamp, StampRefusedError
from tests.builders import authority
from tests.builders.authority import NOON, Authority, serving

DATA = b"the bytes of a seal"


def answered(by: Authority) -> Stamp | Malformed:
    return stamp.read(by.answer(stamp.request(DATA, nonce=False)), DATA)


def test_a_stamp_says_when_and_by_whom() -> None:
    read = answered(Authority())

    assert isinstance(read, Stamp)
    assert (read.at, read.authority, read.weak) == (NOON, "CN=Harbour Time Stamps", ())


def test_an_authority_is_trusted_under_its_own_root_alone() -> None:
    """Anybody can make an authority; only a root somebody named tells one from another."""
    ours, theirs = Authority(), Authority()
    answer = ours.answer(stamp.request(DATA, nonce=False))

    assert stamp.trusted(answer, DATA, stamp.roots_in(ours.root_pem)) == ""
    assert stamp.trusted(answer, DATA, stamp.roots_in(theirs.root_pem)) != ""


def leaf(key: authority.Key, root: authority.Key, **wrong: object) -> x509.Certificate:
    return authority.certificate("Harbour", key, ("Harbour Root", root), **wrong)  # type: ignore[arg-type]


KEY, ROOT = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"status": "rejection"}, "granted no stamp"),
        ({"enclosed": False}, "is not in it"),
        ({"named": b"\0" * 32}, "names another certificate"),
        ({"leaf": leaf(KEY, ROOT, until=NOON - timedelta(days=1))}, "not valid when"),
        ({"leaf": leaf(KEY, ROOT, since=NOON + timedelta(days=1))}, "not valid when"),
        ({"leaf": leaf(KEY, ROOT, usage=None)}, "not one for time stamps"),
        ({"leaf": leaf(KEY, ROOT, critical=False)}, "not one for time stamps"),
        ({"leaf": leaf(KEY, ROOT, usage=ExtendedKeyUsageOID.SERVER_AUTH)}, "not one for"),
        ({"leaf": leaf(ROOT, ROOT)}, "signature does not hold"),
    ],
)
def test_an_answer_wrong_in_one_way_is_no_stamp(wrong: dict[str, object], why: str) -> None:
    read = answered(Authority(key=KEY, root_key=ROOT, **wrong))  # type: ignore[arg-type]

    assert isinstance(read, Malformed)
    assert why in read.why


def test_a_stamp_of_something_else_is_none() -> None:
    read = stamp.read(Authority().answer(stamp.request(b"other", nonce=False)), DATA)

    assert read == Malformed("it is a stamp of something else")


def test_old_digests_and_short_keys_are_told() -> None:
    """A stamp by SHA-1 or a short RSA key is read, and nobody is to rely on it unwarned."""
    short = rsa.generate_private_key(65537, 1024)
    read = answered(Authority(key=short, digest="sha1"))

    assert isinstance(read, Stamp)
    assert [word for word in ("SHA-1", "1,024 bits") if any(word in why for why in read.weak)] == [
        "SHA-1",
        "1,024 bits",
    ]


def test_damaged_answers_are_refused_and_never_crash() -> None:
    """Whatever lies beside a seal comes from outside."""
    whole = Authority().answer(stamp.request(DATA, nonce=False))
    chance = random.Random(20260209)
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 8))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = bytes(data[: chance.randrange(len(data))] if chance.random() < 0.2 else data)
        response = stamp.response(cut)
        read = response if isinstance(response, Malformed) else stamp.read(response, DATA)
        assert isinstance(read, Malformed | Stamp)
        if isinstance(response, bytes):
            assert isinstance(stamp.trusted(response, DATA, stamp.roots_in(b"")), str)


def test_a_bare_token_is_taken_as_an_answer() -> None:
    """Some authorities' programs keep the token without the status around it."""
    from asn1crypto import tsp

    whole = Authority().answer(stamp.request(DATA, nonce=False))
    token = tsp.TimeStampResp.load(whole)["time_stamp_token"].dump()
    response = stamp.response(token)

    assert isinstance(response, bytes)
    assert isinstance(stamp.read(response, DATA), Stamp)


def test_an_authority_is_asked_over_http() -> None:
    with serving(Authority()) as url:
        read = stamp.read(stamp.asked(url, DATA), DATA)

    assert isinstance(read, Stamp)


@pytest.mark.parametrize(
    ("by", "answer", "why"),
    [
        (Authority(), {"code": 503}, "503"),
        (Authority(), {"body": b"<html>hello</html>"}, "no answer of a time-stamp authority"),
        (Authority(), {"body": b""}, "no answer of a time-stamp authority"),
        (Authority(status="rejection"), {}, "granted no stamp"),
        (Authority(nonce=False), {}, "another request"),
    ],
)
def test_what_an_authority_does_wrong_is_one_sentence(
    by: Authority, answer: dict[str, object], why: str
) -> None:
    with serving(by, **answer) as url, pytest.raises(StampRefusedError, match=why):  # type: ignore[arg-type]
        stamp.asked(url, DATA)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/tsr", "http:", "x"])
def test_an_address_that_leads_nowhere_is_one_sentence(url: str) -> None:
    with pytest.raises(StampRefusedError, match="Nothing was stamped"):
        stamp.asked(url, DATA, patience=2)


def test_a_certificate_of_a_version_that_is_none_is_no_certificate() -> None:
    """Its own error of the library is no ValueError."""
    root = Authority().root
    assert root is not None
    whole = root.public_bytes(Encoding.DER)
    version = whole.index(b"\xa0\x03\x02\x01\x02")
    spoilt = whole[: version + 4] + b"\x4e" + whole[version + 5 :]

    assert stamp.roots_in(spoilt) == ()
    assert keys.public_in(spoilt) is None
