"""Keys that seal a matter: made, taken, retired; and time stamps that join a volume later."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forthwith.domain.acts import Act
from forthwith.domain.errors import ForthwithError
from forthwith.plain import regular_files
from forthwith.record import interrupted
from forthwith.seals import keys, register, stamp
from forthwith.seals.envelope import LARGEST, Malformed
from forthwith.seals.keys import Algorithm, SealingKey
from forthwith.seals.register import SEAL_KEY, SEAL_STAMP, RegisteredKey
from forthwith.seals.stamp import Stamp
from forthwith.workflows import sealer
from forthwith.workflows.case_file import CaseFile


class NoSuchKeyError(ForthwithError):
    """No key of the matter has this fingerprint."""

    def __init__(self, named: str, known: Sequence[str]) -> None:
        listed = ", ".join(known) or "none"
        super().__init__(f"No key of this matter in use is {named!r}. In use: {listed}.")


class NoHolderError(ForthwithError):
    """Nobody said whose the key is."""

    def __init__(self) -> None:
        super().__init__(
            "Say whose the key is with --name; [letter] signer and producing_party of matter.toml "
            "say nothing."
        )


class NotSealedWithKeyError(ForthwithError):
    """A volume has no signed seal that could be stamped."""

    def __init__(self, volume: str, why: str) -> None:
        super().__init__(
            f"{volume} cannot be stamped: {why}. A stamp is over the signed seal of a sealed "
            "volume; forthwith seal-key make, then produce, make one."
        )


class NotAStampError(ForthwithError):
    """A file is no time stamp over the seal of this volume."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is not taken as the time stamp: {why}. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Entered:
    """A key as entered, and the key it took the place of, if any."""

    key: RegisteredKey
    instead_of: RegisteredKey | None
    #: What whoever entered it should know, in sentences.
    notes: tuple[str, ...] = ()


def default_place(fingerprint: str) -> Path:
    """Return where a key is kept when nobody says where: beside no matter, its owner's alone."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "forthwith" / f"seal-{fingerprint[:16]}.pem"


def make(
    case: CaseFile,
    algorithm: Algorithm,
    place: Path | None,
    password: bytes | None,
    name: str,
    known: str,
) -> Entered:
    """Make a key, keep its private half at `place`, and enter its public half in the journal.

    Without a password the file is in the clear. The caller holds the matter (`CaseFile.alone`).
    Raises NoHolderError, KeyExistsError.
    """
    holder = _holder(case, name)
    key = keys.make(algorithm)
    place = (place or default_place(key.public.fingerprint)).absolute()
    keys.write(place, key, password)
    notes = () if password else (f"{place} is not encrypted: whoever reads it can seal.",)
    return _enter(case, key, place, holder, known, notes)


def take(case: CaseFile, path: Path, password: bytes | None, name: str, known: str) -> Entered:
    """Enter the public half of a key somebody has already; its file stays where it is, as it is.

    The caller holds the matter (`CaseFile.alone`). Raises NoHolderError, KeyFileError.
    """
    holder = _holder(case, name)
    key = sealer.opened(path, password)
    notes = []
    if path.stat().st_mode & 0o077:
        notes.append(f"{path} can be read by others than its owner: chmod 600 closes it to them.")
    return _enter(case, key, path.absolute(), holder, known, tuple(notes))


def _holder(case: CaseFile, name: str) -> str:
    letter = case.settings.letter
    holder = name or letter.get("signer", "") or letter.get("producing_party", "")
    if not holder.strip():
        raise NoHolderError
    return holder.strip()


def _enter(
    case: CaseFile, key: SealingKey, place: Path, holder: str, known: str, notes: tuple[str, ...]
) -> Entered:
    public = key.public
    row = RegisteredKey(
        public.fingerprint, public.algorithm, public.pem, key.certificates, holder, known,
        str(place),
    )  # fmt: skip
    earlier = register.in_use(case.acts)
    if earlier is not None and earlier.fingerprint == row.fingerprint:
        earlier = None
    acts = [Act(SEAL_KEY, row.fingerprint, row.body())]
    if earlier is not None:
        gone = replace(earlier, in_use=False, because=f"{row.fingerprint} took its place")
        acts.insert(0, Act(SEAL_KEY, earlier.fingerprint, gone.body()))
    case.write(acts)
    return Entered(register.keys(case.acts)[row.fingerprint], earlier, notes)


def retire(case: CaseFile, fingerprint: str, because: str) -> RegisteredKey:
    """Retire a key; what it sealed stays sealed by it. A beginning of the fingerprint will do.

    The caller holds the matter (`CaseFile.alone`). Raises NoSuchKeyError.
    """
    current = [key for key in register.keys(case.acts).values() if key.in_use]
    begins = fingerprint.strip().lower()
    named = [key for key in current if begins and key.fingerprint.startswith(begins)]
    if len(named) != 1:
        raise NoSuchKeyError(fingerprint, [key.fingerprint for key in current])
    gone = replace(named[0], in_use=False, because=because)
    case.write([Act(SEAL_KEY, gone.fingerprint, gone.body())])
    return register.keys(case.acts)[gone.fingerprint]


def seal_path(volume: str) -> str:
    """Return where the seal of a volume lies within it."""
    return f"DATA/{volume}_SEAL.JSON"


def stamp_path(volume: str) -> str:
    """Return where the time stamp of a volume's seal lies within it."""
    return f"DATA/{volume}_SEAL.TSR"


def sealed_bytes(case: CaseFile, volume: str) -> bytes:
    """Return the signed seal of a sealed volume or overlay, as sealed.

    Raises NotSealedWithKeyError.
    """
    if volume not in case.sealed and volume not in case.overlays:
        raise NotSealedWithKeyError(volume, "it is no sealed volume of this matter")
    digest = case.beside.get(volume, {}).get(seal_path(volume))
    if digest is None:
        raise NotSealedWithKeyError(volume, "it was sealed without a key")
    try:
        data = regular_files.read_regular(case.matter.volumes / volume / seal_path(volume), LARGEST)
    except OSError as refused:
        why = f"its seal cannot be read ({refused.strerror})"
        raise NotSealedWithKeyError(volume, why) from refused
    if hashlib.sha256(data).hexdigest() != digest:
        raise NotSealedWithKeyError(volume, "its seal is not the one that was sealed")
    return data


def write_request(case: CaseFile, volume: str, path: Path) -> None:
    """Write a request for a stamp, to be carried to an authority. Raises NotSealedWithKeyError."""
    path.write_bytes(stamp.request(sealed_bytes(case, volume), nonce=False))


def stamp_from(case: CaseFile, volume: str, url: str) -> Stamp:
    """Ask an authority for a stamp and keep it beside the seal.

    The caller holds the matter. Raises NotSealedWithKeyError, StampRefusedError.
    """
    data = sealed_bytes(case, volume)
    return _keep(case, volume, data, stamp.asked(url, data), url)


def stamp_of(case: CaseFile, volume: str, path: Path) -> Stamp:
    """Keep a stamp that an authority gave for the request; its file is only read.

    The caller holds the matter. Raises NotSealedWithKeyError, NotAStampError.
    """
    data = sealed_bytes(case, volume)
    with path.open("rb") as file:
        answer = stamp.response(file.read(2**21))
    if isinstance(answer, Malformed):
        raise NotAStampError(path, answer.why)
    read = stamp.read(answer, data)
    if isinstance(read, Malformed):
        raise NotAStampError(path, read.why)
    return _keep(case, volume, data, answer, "")


def _keep(case: CaseFile, volume: str, sealed: bytes, answer: bytes, source: str) -> Stamp:
    """Put a stamp into the journal, then beside the seal; a killed run is finished later."""
    read = stamp.read(answer, sealed)
    assert isinstance(read, Stamp)  # noqa: S101 - every way here has read it
    place = case.matter.volumes / volume / stamp_path(volume)
    # Written elsewhere first: a file cut short never lies in a sealed volume.
    left = case.folder / "staging" / place.name
    left.parent.mkdir(exist_ok=True)
    interrupted.write_new(left, answer)
    left.chmod(0o444)
    body = {
        "beside": {stamp_path(volume): hashlib.sha256(answer).hexdigest()},
        "at": read.at.isoformat(),
        "authority": read.authority,
        "source": source,
    }
    case.write([Act(SEAL_STAMP, volume, body)])
    interrupted.move(left, place)
    return read
