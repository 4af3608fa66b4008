"""Keys that seal: made, taken from a file somebody has already, and the public half of anybody's.

Files are what other programs write and read: PKCS#8 and SEC 1 in PEM or DER (RFC 5958, RFC 5915),
PKCS#12 (RFC 7292), OpenSSH (openssh-key-v1). A key is known by its fingerprint: SHA-256, in hex,
of its SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), which `openssl pkey -pubout -outform DER` prints.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from asn1crypto import core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12

from forthwith.domain.errors import ForthwithError

#: Shorter RSA keys are told as weak (NIST SP 800-131A).
_RSA_BITS = 2048
#: Version of a PKCS#12.
_PFX = 3
#: No key file is larger, bytes.
_LARGEST = 2**20


class Algorithm(StrEnum):
    """Kinds of keys that seal."""

    ED25519 = "ed25519"
    P256 = "ecdsa-p256"
    P384 = "ecdsa-p384"


#: Hash and curve by the name of the curve (FIPS 186-5; the hash as strong as the curve).
_CURVES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("ECDSA P-256", hashes.SHA256()),
    "secp384r1": ("ECDSA P-384", hashes.SHA384()),
    "secp521r1": ("ECDSA P-521", hashes.SHA512()),
}

_Public = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
_Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class KeyFileError(ForthwithError):
    """A file gives no key that seals."""

    def __init__(self, path: Path, why: str, cure: str) -> None:
        super().__init__(f"{path} is not taken as a key: {why}. {cure}")


class KeyPasswordError(KeyFileError):
    """A key file is encrypted, and no password, or a wrong one, was given."""

    def __init__(self, path: Path, *, given: bool) -> None:
        why = "the password does not open it" if given else "it is encrypted"
        super().__init__(
            path,
            why,
            "Put its password alone into a file, and name that file with --password-file, or for "
            "commands that seal in FORTHWITH_SEAL_PASSWORD_FILE; at a terminal you are asked.",
        )


class KeyExistsError(ForthwithError):
    """A key would be written over a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already and no key is written over a file. Name another with --key."
        )


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key that everybody may have."""

    key: _Public

    @property
    def algorithm(self) -> str:
        """Return its name: "Ed25519", "ECDSA P-256", "RSA 3072"."""
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            return "Ed25519"
        if isinstance(self.key, rsa.RSAPublicKey):
            return f"RSA {self.key.key_size}"
        return _CURVES[self.key.curve.name][0]

    @property
    def weak(self) -> str:
        """Say why nobody should rely on a key of this kind any more; "" where one may."""
        if isinstance(self.key, rsa.RSAPublicKey) and self.key.key_size < _RSA_BITS:
            return f"an RSA key of {self.key.key_size:,} bits is too short to rely on"
        return ""

    @property
    def pem(self) -> str:
        """Return it as other programs read it."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_bytes(serialization.Encoding.PEM, form).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 of the SubjectPublicKeyInfo, 64 hex digits."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        data = self.key.public_bytes(serialization.Encoding.DER, form)
        return hashlib.sha256(data).hexdigest()

    @property
    def openssh_fingerprint(self) -> str:
        """Return the fingerprint `ssh-keygen -l` prints: "SHA256:…"."""
        line = self.key.public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
        return f"SHA256:{base64.b64encode(digest).decode('ascii').rstrip('=')}"

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Return True where `signature` over `data` was made with the private half.

        ECDSA is taken in DER or as two numbers side by side, with the hash of the curve's strength
        or with SHA-256, which some signers use for every curve; RSA as PKCS #1 v1.5 with SHA-256.
        """
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            return _holds(self.key.verify, signature, data)
        if isinstance(self.key, rsa.RSAPublicKey):
            way = padding.PKCS1v15()
            return _holds(self.key.verify, signature, data, way, hashes.SHA256())
        size = (self.key.key_size + 7) // 8
        if len(signature) == 2 * size:
            numbers = (signature[:size], signature[size:])
            plain = encode_dss_signature(*(int.from_bytes(number, "big") for number in numbers))
            if self.verifies(data, plain):
                return True
        own = _CURVES[self.key.curve.name][1]
        tried = [own] if isinstance(own, hashes.SHA256) else [own, hashes.SHA256()]
        return any(_holds(self.key.verify, signature, data, ec.ECDSA(digest)) for digest in tried)


def _holds(verify: Callable[..., None], *given: object) -> bool:
    try:
        verify(*given)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key that seals; it never leaves the process."""

    key: _Private
    #: What came with it in its file, its own first, in PEM.
    certificates: tuple[str, ...] = ()

    @property
    def public(self) -> PublicKey:
        """Return its public half."""
        return PublicKey(self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Sign `data`; the same data gives the same signature (RFC 8032, RFC 6979)."""
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        digest = _CURVES[self.key.curve.name][1]
        return self.key.sign(data, ec.ECDSA(digest, deterministic_signing=True))


def make(algorithm: Algorithm) -> SealingKey:
    """Return a new key."""
    if algorithm is Algorithm.ED25519:
        return SealingKey(ed25519.Ed25519PrivateKey.generate())
    curve = ec.SECP256R1() if algorithm is Algorithm.P256 else ec.SECP384R1()
    return SealingKey(ec.generate_private_key(curve))


def write(path: Path, key: SealingKey, password: bytes | None) -> None:
    """Write a key as PKCS#8 in PEM, readable by its owner alone; encrypted where a password is.

    Raises KeyExistsError, OSError.
    """
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        locked = serialization.BestAvailableEncryption(password)
    data = key.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as there:
        raise KeyExistsError(path) from there
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def load(path: Path, password: bytes | None = None) -> SealingKey:
    """Read a private key from a file of any kind named above. Raises KeyFileError."""
    data = _read(path)
    try:
        # A password that another key needs does no harm to one in the clear.
        key, certificates = _private(path, data, password if _encrypted(data) else None)
    except (ValueError, TypeError, x509.InvalidVersion) as wrong:
        # Libraries say a wrong password and a damaged file in the same words.
        if _encrypted(data):
            raise KeyPasswordError(path, given=bool(password)) from wrong
        raise KeyFileError(path, "it is no private key in PEM, DER, PKCS#12 or OpenSSH's form",
                           _CURE_KEY) from wrong  # fmt: skip
    except UnsupportedAlgorithm as wrong:
        raise KeyFileError(path, "its algorithm is not one that is known here", _CURE_KEY) from (
            wrong
        )
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES
    ):
        return SealingKey(key, certificates)
    raise KeyFileError(path, "it is neither an Ed25519 key nor one of ECDSA P-256, P-384 or P-521",
                       _CURE_KEY)  # fmt: skip


_CURE_KEY = "Make a key with `forthwith seal-key make`, or name the file of another."


def _encrypted(data: bytes) -> bool:
    """Return True for what says it is encrypted; a PKCS#12 may or may not be, and counts as if."""
    if not data.lstrip().startswith(b"-----"):
        # EncryptedPrivateKeyInfo begins with its algorithm, PrivateKeyInfo with its version.
        first = _first(data)
        return isinstance(first, core.Sequence) or _is_pfx(data)
    if b"BEGIN OPENSSH PRIVATE KEY" not in data:
        return b"ENCRYPTED" in data
    body = b"".join(line for line in data.splitlines() if not line.startswith(b"-----"))
    try:
        # "openssh-key-v1" NUL, then the name of the cipher with its length (PROTOCOL.key).
        return not base64.b64decode(body)[15:].startswith(b"\0\0\0\x04none")
    except ValueError:
        return False


def _is_pfx(data: bytes) -> bool:
    first = _first(data)
    return isinstance(first, core.Integer) and first.native == _PFX


def _first(data: bytes) -> object:
    """Return the first member of a DER structure; None for what is none."""
    try:
        return core.Sequence.load(data)[0]
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as refused:
        why = f"it cannot be read ({refused.strerror})"
        raise KeyFileError(path, why, "Name the file of the key.") from refused
    if not data.strip() or len(data) > _LARGEST:
        why = "it is empty" if not data.strip() else f"it is longer than {_LARGEST:,} bytes"
        raise KeyFileError(path, why, "Name the file of the key.")
    return data


def _private(path: Path, data: bytes, password: bytes | None) -> tuple[object, tuple[str, ...]]:
    """Return the key in a file and the certificates beside it. Raises what the library raises."""
    if b"BEGIN OPENSSH PRIVATE KEY" in data:
        return serialization.load_ssh_private_key(data, password), ()
    if data.lstrip().startswith(b"-----"):
        if b"PRIVATE KEY" not in data:
            raise KeyFileError(path, "it holds no private key", _CURE_KEY)
        return serialization.load_pem_private_key(data, password), _chain(data)
    if not _is_pfx(data):
        return serialization.load_der_private_key(data, password), ()
    key, own, others = pkcs12.load_key_and_certificates(data, password)
    if key is None:
        raise KeyFileError(path, "it holds certificates and no private key", _CURE_KEY)
    chain = [*([own] if own is not None else []), *others]
    return key, tuple(
        certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
        for certificate in chain
    )


def _chain(data: bytes) -> tuple[str, ...]:
    """Return the certificates in a PEM that holds a key as well."""
    if b"BEGIN CERTIFICATE" not in data:
        return ()
    return tuple(
        certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
        for certificate in x509.load_pem_x509_certificates(data)
    )


def public_in(data: bytes) -> PublicKey | None:
    """Read anybody's public key: PEM, DER, a line of OpenSSH, or a certificate; None where none is.

    A private key gives its public half where it is in the clear.
    """
    if not data.strip() or len(data) > _LARGEST:
        return None
    for read in (
        serialization.load_pem_public_key,
        _of_certificate,
        serialization.load_ssh_public_key,
        serialization.load_der_public_key,
        _of_private,
    ):
        try:
            key = read(data.strip() if read is serialization.load_ssh_public_key else data)
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
            continue
        if isinstance(key, ed25519.Ed25519PublicKey | rsa.RSAPublicKey) or (
            isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES
        ):
            return PublicKey(key)
    return None


def _of_certificate(data: bytes) -> object:
    pem = data.lstrip().startswith(b"-----")
    read = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    return read(data).public_key()


def _of_private(data: bytes) -> object:
    openssh = b"BEGIN OPENSSH PRIVATE KEY" in data
    read = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    return read(data, None).public_key()
