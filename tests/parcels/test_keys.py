"""Keys as people give them: every kind opens what was encrypted for it, and no other does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pysequoia
import pytest

from forthwith.parcels import age, keys, openpgp
from forthwith.parcels.errors import (
    DamagedParcelError,
    KeyUnusableError,
    LibraryMissingError,
    WrongKeyError,
)
from forthwith.parcels.keys import Identities, Recipient, Way
from tests.builders import keys as made

DATA = b"The wallets were moved.\n" * 9_000


def encrypted(recipients: list[Recipient]) -> bytes:
    if recipients[0].way is Way.OPENPGP:
        certificates = [to.key for to in recipients if isinstance(to.key, bytes)]
        return b"".join(openpgp.encrypted(iter([DATA[:99], DATA[99:]]), certificates))
    out = bytearray()
    age.encrypt(iter([DATA]), out.extend, [age.recipient(str(to.key), "") for to in recipients])
    return bytes(out)


def opened(data: bytes, identities: Identities) -> bytes:
    if identities.openpgp:
        return b"".join(openpgp.decrypted(lambda: iter([data]), identities.openpgp, (), "it"))
    out = bytearray()
    age.decrypt(iter([data]), out.extend, identities.age, "it")
    return bytes(out)


@pytest.mark.parametrize("kind", made.KINDS)
def test_what_is_encrypted_for_a_key_opens_with_it(kind: str, tmp_path: Path) -> None:
    public, secret = made.KINDS[kind]().write(tmp_path, "staff")
    data = encrypted(keys.recipients(public.name, tmp_path))

    assert b"wallets" not in data
    assert opened(data, keys.identities([secret], ())) == DATA


@pytest.mark.parametrize("kind", ["age", "openpgp"])
def test_each_of_several_recipients_opens_it_and_nobody_else(kind: str, tmp_path: Path) -> None:
    pairs = [made.KINDS[kind](number=number) for number in range(3)]
    places = [pair.write(tmp_path, str(number)) for number, pair in enumerate(pairs)]
    both = [to for public, _ in places[:2] for to in keys.recipients(public.name, tmp_path)]
    data = encrypted(both)

    for _, secret in places[:2]:
        assert opened(data, keys.identities([secret], ())) == DATA
    assert opened(data, keys.identities([places[2][1], places[1][1]], ())) == DATA
    with pytest.raises(WrongKeyError):
        opened(data, keys.identities([places[2][1]], ()))


@pytest.mark.parametrize("kind", ["age", "ssh-ed25519", "openpgp", "openpgp-v6"])
def test_half_of_it_or_a_changed_byte_is_never_the_whole(kind: str, tmp_path: Path) -> None:
    public, secret = made.KINDS[kind]().write(tmp_path, "staff")
    data = encrypted(keys.recipients(public.name, tmp_path))
    held = keys.identities([secret], ())
    spoilt = [data[:-1], data[:-30], data[: len(data) // 2], data[:60]]
    spoilt += [
        data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        for at in range(400, len(data), len(data) // 7)
    ]
    spoilt.append(data + b"more")

    for bad in spoilt:
        with pytest.raises((DamagedParcelError, WrongKeyError)):
            opened(bad, held)


@pytest.mark.parametrize("kind", made.KINDS)
def test_a_secret_key_is_never_taken_to_encrypt_for(kind: str, tmp_path: Path) -> None:
    pair = made.KINDS[kind]()
    _, secret = pair.write(tmp_path, "staff")

    with pytest.raises(KeyUnusableError, match="holds a secret key") as refused:
        keys.recipients(secret.name, tmp_path)
    lines = [line for line in pair.secret.decode().splitlines() if len(line) > 20]
    assert not any(line in str(refused.value) for line in lines)


def test_a_secret_key_on_the_command_line_is_not_repeated(tmp_path: Path) -> None:
    secret = made.age().secret.decode().splitlines()[-1]

    with pytest.raises(KeyUnusableError) as refused:
        keys.recipients(secret, tmp_path)
    assert secret[20:] not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [b"", b"# nobody yet\n", b"hello", b"age1qqqqqq", b"ssh-ed25519 AAAA", b"\xff\xfe\0", bytes(99),
     b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n",
     b"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= staff"],
)  # fmt: skip
def test_what_is_no_key_is_refused_in_a_sentence(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(text)

    with pytest.raises(KeyUnusableError, match="key is not taken as a key: "):
        keys.recipients("key", tmp_path)
    with pytest.raises(KeyUnusableError):
        keys.identities([tmp_path / "key"], ())


@pytest.mark.parametrize("kind", made.KINDS)
def test_a_public_key_opens_nothing(kind: str, tmp_path: Path) -> None:
    public, _ = made.KINDS[kind]().write(tmp_path, "staff")

    with pytest.raises(KeyUnusableError, match="secret key"):
        keys.identities([public], ())


def test_a_certificate_that_has_expired_is_refused(tmp_path: Path) -> None:
    """The library would encrypt for it."""
    key = pysequoia.Tsk.generate("Staff", validity_seconds=1)
    certificate = key.extract_certificate()
    while not certificate.expiration < datetime.now(UTC):
        pass
    (tmp_path / "staff.asc").write_text(str(certificate))

    with pytest.raises(KeyUnusableError, match="expired on"):
        keys.recipients("staff.asc", tmp_path)


def test_a_locked_age_key_opens_with_its_passphrase(tmp_path: Path) -> None:
    pair = made.age()
    (tmp_path / "locked").write_bytes(pyrage.passphrase.encrypt(pair.secret, "sesame open"))
    (tmp_path / "pub").write_bytes(pair.public)
    data = encrypted(keys.recipients("pub", tmp_path))

    held = keys.identities([tmp_path / "locked"], ("wrong", "sesame open"))
    assert opened(data, held) == DATA
    with pytest.raises(KeyUnusableError, match="locked by a passphrase"):
        keys.identities([tmp_path / "locked"], ("wrong",))


def test_an_ssh_key_is_known_by_its_usual_fingerprint(tmp_path: Path) -> None:
    line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN76zuqnjypL54/w4763l7q1Sn3IBYHptJ5wcYfEWkzx staff"
    [to] = keys.recipients(line, tmp_path)

    assert (to.kind, to.name) == ("SSH key (ssh-ed25519)", "staff")
    assert to.fingerprint.startswith("SHA256:")
    assert len(to.fingerprint) == 50


@pytest.mark.parametrize("library", ["pyrage", "pysequoia"])
def test_without_the_libraries_one_sentence_says_what_to_install(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = made.age() if library == "pyrage" else made.openpgp()
    public, _ = pair.write(tmp_path, "staff")
    monkeypatch.setattr(age if library == "pyrage" else openpgp, library, None)

    with pytest.raises(LibraryMissingError, match=r"pip install 'forthwith\[delivery\]'"):
        keys.recipients(public.name, tmp_path)


def broken() -> Iterator[bytes]:
    yield b"half"
    raise KeyError("changed")


def test_what_the_pieces_raise_goes_through_age(tmp_path: Path) -> None:
    [to] = keys.recipients(made.age().write(tmp_path, "staff")[0].name, tmp_path)

    with pytest.raises(KeyError, match="changed"):
        age.encrypt(broken(), len, [age.recipient(str(to.key), "")])


def test_what_the_pieces_raise_goes_through_openpgp(tmp_path: Path) -> None:
    """The process that encrypts must not take what came so far for the whole."""
    [to] = keys.recipients(made.openpgp().write(tmp_path, "staff")[0].name, tmp_path)

    with pytest.raises(KeyError, match="changed"):
        list(openpgp.encrypted(broken(), [bytes(to.key)]))  # type: ignore[arg-type]
