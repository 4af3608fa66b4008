"""One secret is one key however it is written; long keys are short in sentences."""

from __future__ import annotations

import pytest
from embit import bip32, ec
from embit.networks import NETWORKS
from hypothesis import given
from hypothesis import strategies as st

from forthwith.plain.public_keys import normal, secret_of
from forthwith.plain.short_keys import shortened

SEED = bip32.HDKey.from_seed(b"\7" * 32)
ACCOUNT = SEED.derive("m/48h/0h/0h/2h").to_public()
XPUB = ACCOUNT.to_base58(NETWORKS["main"]["xpub"])
POINT = ACCOUNT.key.sec().hex()
X = ACCOUNT.key.xonly().hex()
FORMS = [
    *(ACCOUNT.to_base58(NETWORKS[net][name])
      for net in ("main", "test") for name in ("xpub", "ypub", "zpub", "Ypub", "Zpub")),
    f"[{SEED.my_fingerprint.hex()}/48h/0h/0h/2h]{XPUB}",
    f"[{SEED.my_fingerprint.hex()}/48'/0'/0'/2']{XPUB}/<0;1>/*",
    f" {XPUB}/0/* ", POINT, POINT.upper(), X, ec.PublicKey.parse(bytes.fromhex(POINT)).sec().hex(),
]  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_every_spelling_of_a_key_is_the_same_secret(text: str) -> None:
    assert secret_of(text) == X


def test_the_two_points_of_one_x_are_one_secret() -> None:
    """Whoever has the secret of a point has that of its mirror image."""
    other = ("03" if POINT[:2] == "02" else "02") + X
    assert secret_of(other) == X


def test_an_uncompressed_point_is_the_compressed_one() -> None:
    y = pow(pow(int(X, 16), 3, P) + 7, (P + 1) // 4, P)
    for root in (y, P - y):
        text = f"04{X}{root:064x}"
        assert secret_of(text) == X
        assert normal(text) == f"{'03' if root & 1 else '02'}{X}"


P = 2**256 - 2**32 - 977


def test_the_normal_form_of_an_extended_key_is_its_xpub() -> None:
    assert {normal(text) for text in FORMS if "pub" in text} == {XPUB}


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_two_secrets_are_two_keys(one: bytes, other: bytes) -> None:
    keys = [bip32.HDKey.from_seed(seed).to_public() for seed in (one, other)]
    texts = [key.to_base58() for key in keys]
    assert (secret_of(texts[0]) == secret_of(texts[1])) == (one == other)
    assert [normal(text) for text in texts] == texts


@pytest.mark.parametrize(
    "text",
    ["", "x", "sha256:" + "A" * 64, XPUB[:-1], XPUB[:-1] + "1", "z" * 111, "1" * 111, "ed25519:abc",
     "[zz]" + XPUB, "ssh-rsa AAAA/0", SEED.to_base58()],
)  # fmt: skip
def test_what_is_no_such_key_is_only_itself(text: str) -> None:
    assert secret_of(text) != X
    assert normal(text) == text.strip()


@given(st.text())
def test_any_text_has_one_secret(text: str) -> None:
    assert secret_of(secret_of(text)) == secret_of(text)
    assert shortened(shortened(text)) == shortened(text)


def test_sentences_show_the_ends_of_long_keys() -> None:
    said = f"Ann has key:{X} and [e2eaf4f1/48h]{XPUB}, not {POINT}."
    assert shortened(said) == (
        f"Ann has key:{X[:8]}…{X[-6:]} and [e2eaf4f1/48h]{XPUB[:8]}…{XPUB[-6:]}, "
        f"not {POINT[:8]}…{POINT[-6:]}."
    )
    assert shortened(f"preimage:sha256:{X}") == f"preimage:sha256:{X[:8]}…{X[-6:]}"
    assert shortened(f"copy:{'a' * 16}/{X}") == f"copy:{'a' * 16}/{X[:8]}…{X[-6:]}"


@pytest.mark.parametrize(
    "said",
    [f"sha256:{X}", X, "key:e2eaf4f1/48h/0h/0h/2h", f"evidence {X} page 3", "0x" + "a" * 40,
     "bc1quqy523xu3l8che3s8vja8n33qtg0uyugr9l5z092s3wa50p8t7rqy6zumf", "key:treasury"],
)  # fmt: skip
def test_what_is_no_long_key_stays_whole(said: str) -> None:
    """The digest of a file and an address are for copying out."""
    assert shortened(said) == said
