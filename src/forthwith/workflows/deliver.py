"""Encrypted delivery: sealed volumes packed, encrypted, cut into parts, with a receipt.

Nothing is sent. Files are read once, compared with their manifest as they are packed, and encrypted
on the way to the disk, so that no copy in the clear is ever written. They are made in a hidden
folder beside their place; the journal is written when they are whole, and then they are moved: what
a killed run left there is moved too if the journal knows it, else deleted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from forthwith.domain.acts import Act
from forthwith.domain.errors import ForthwithError
from forthwith.domain.receipts import DeliveredFile, DeliveredVolume, Receipt
from forthwith.parcels import age, openpgp, zips
from forthwith.parcels.keys import Recipient, Way
from forthwith.parcels.parts import PartsWriter
from forthwith.parcels.zips import Member
from forthwith.produce import receipt as receipts
from forthwith.produce.parcel import SealedFiles, sealed_files
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.outgoing import NotSealedError, check_may_go
from forthwith.workflows.progress import Progress

DELIVER = "deliver"
#: The folder of a matter in which deliveries lie when no other is named.
FOLDER = "deliveries"
_ENDINGS = {Way.AGE: ".zip.age", Way.OPENPGP: ".zip.gpg", Way.ZIP: ".zip"}
#: What `check` takes when no standard is named.
_USUAL = "sec/2021-08"


class DeliveryExistsError(ForthwithError):
    """A file of this name lies where a delivery was to go."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already and no delivery is ever overwritten. Move it away, or name "
            "another folder with --into DIR."
        )


class TwiceNamedError(ForthwithError):
    """A volume was named twice."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is named twice. Name each volume once.")


class WaysMixedError(ForthwithError):
    """One delivery cannot be encrypted in several ways."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}. Deliver twice, into two folders, once for each.")


class NobodyNamedError(ForthwithError):
    """Nobody was named to deliver to."""

    def __init__(self) -> None:
        super().__init__(
            "Say who may open it: --to KEY for a recipient's key (age1…, or a file with an SSH or "
            "OpenPGP public key), or --new-password FILE for a password that is made and written "
            "to FILE."
        )


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """Which volumes go, for whom, and how."""

    volumes: tuple[str, ...]
    #: Day on the receipt.
    day: date
    recipients: tuple[Recipient, ...] = ()
    #: Instead of recipients; never written anywhere.
    password: str = field(default="", repr=False)
    #: By which way a password encrypts; of recipients their keys say it.
    way: Way | None = None
    #: A folder under `deliveries/` of the matter when None.
    into: Path | None = None
    #: Bytes of a part; one file when None.
    split: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was delivered."""

    key: str
    #: Where its files lie.
    folder: Path
    receipt: Receipt
    #: What whoever sends it should know, in sentences.
    notes: tuple[str, ...] = ()
    #: False for one that an earlier, killed run had made and written into the journal.
    new: bool = True


def deliver(case: CaseFile, options: DeliveryOptions, progress: Progress) -> Delivery:
    """Pack and encrypt sealed volumes and overlays, with a receipt, and write it into the journal.

    The caller holds the matter (`CaseFile.alone`). Raises NotSealedError, NotToBeSentError,
    NotAsSealedError, DeliveryExistsError, WaysMixedError, NobodyNamedError, TooManyPartsError and
    what the ways to encrypt refuse.
    """
    way = _way(options)
    _check_names(case, options.volumes)
    base = "_".join(dict.fromkeys((options.volumes[0], options.volumes[-1])))
    folder = case.folder / FOLDER
    if options.into is not None and (done := _left(case, options.into / f".{base}.partial",
                                                   options.into, options)):  # fmt: skip
        return done
    for partial in sorted(folder.glob(".*.partial")) if options.into is None else ():
        target = folder / partial.name[1:].removesuffix(".partial")
        if done := _left(case, partial, target, options):
            return done
    key = f"{base}/{_number(case, base)}"
    target = options.into or folder / key.replace("/", "-")
    _check_free(target, base)
    partial = target.parent / f".{target.name}.partial"
    if options.into is not None:
        partial = target / f".{base}.partial"
    sources = [_source(case, name) for name in options.volumes]
    partial.mkdir(parents=True)
    try:
        progress.phase("Packing")
        whole, files, archive = _pack(case, sources, options, way, partial / base, progress)
        receipt = _receipt(case, options, key, way, sources, (whole, files, archive))
        name = receipts.receipt_name(receipt)
        _write(partial / f"{name}.json", receipt.as_json())
        _write(partial / f"{name}.txt", receipts.as_text(receipt, _standard(case, options)))
        body = _body(receipt, partial, options)
        _synced(partial)
        case.write([Act(DELIVER, key, body)])
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _move(partial, target)
    return Delivery(key, target, receipt, tuple(_notes(case, options.volumes)))


def _way(options: DeliveryOptions) -> Way:
    """Return how it is encrypted. Raises WaysMixedError, NobodyNamedError."""
    ways = {recipient.way for recipient in options.recipients}
    if options.password:
        if ways:
            raise WaysMixedError("A delivery opens with keys or with a password, not with both")
        return options.way or Way.ZIP
    if not ways:
        raise NobodyNamedError
    if len(ways) > 1:
        raise WaysMixedError(
            "The keys are of two kinds, OpenPGP and those of age and SSH, and one file cannot be "
            "encrypted for both"
        )
    [way] = ways
    if options.way not in (None, way):
        raise WaysMixedError(f"The keys that were given encrypt with {way}, not with {options.way}")
    return way


def _check_names(case: CaseFile, names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise TwiceNamedError(name)
        if name not in case.sealed and name not in case.overlays:
            raise NotSealedError(name, [*case.sealed, *case.overlays])
        over = case.overlays[name].volume if name in case.overlays else name
        check_may_go(case, over, f"{name} is not delivered", "forthwith deliver")


def _number(case: CaseFile, base: str) -> int:
    numbers = [
        int(key.rpartition("/")[2])
        for key in case.acts.of(DELIVER)
        if key.rpartition("/")[0] == base
    ]
    return max(numbers, default=0) + 1


def _check_free(target: Path, base: str) -> None:
    """Raise DeliveryExistsError where a file of this delivery's name lies in its folder."""
    try:
        names = sorted(entry.name for entry in target.iterdir())
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise DeliveryExistsError(target) from None
    for name in names:
        if name.startswith((f"{base}.zip", f"{base}_RECEIPT.")):
            raise DeliveryExistsError(target / name)


def _source(case: CaseFile, name: str) -> SealedFiles:
    sealed = case.overlays[name] if name in case.overlays else case.sealed[name]
    beside = case.beside.get(name, {})
    return sealed_files(case.matter.volumes / name, sealed.manifest, beside)


def _pack(
    case: CaseFile,
    sources: Sequence[SealedFiles],
    options: DeliveryOptions,
    way: Way,
    base: Path,
    progress: Progress,
) -> tuple[DeliveredFile, tuple[DeliveredFile, ...], DeliveredFile | None]:
    """Write the encrypted file, or its parts; return it, them, and the zip file inside."""
    sealed = max(
        case.overlays[source.name].sealed if source.name in case.overlays
        else case.sealed[source.name].sealed
        for source in sources
    )  # fmt: skip
    members = [member for source in sources for member in source.members]
    secret = options.password if way is Way.ZIP else ""
    packed = zips.packed(_counted(members, progress), datetime.fromisoformat(sealed), secret)
    writer = PartsWriter(base.parent, base.name + _ENDINGS[way], options.split)
    try:
        if way is Way.ZIP:
            for piece in packed:
                writer.write(piece)
            return *writer.finish(), None
        inside = _Measured(packed)
        if way is Way.OPENPGP:
            keys = [recipient.key for recipient in options.recipients]
            certificates = [key for key in keys if isinstance(key, bytes)]
            passwords = [options.password] if options.password else []
            for piece in openpgp.encrypted(inside, certificates, passwords):
                writer.write(piece)
        elif options.password:
            age.encrypt_by_passphrase(inside, writer.write, options.password)
        else:
            recipients = [age.recipient(str(to.key), to.name) for to in options.recipients]
            age.encrypt(inside, writer.write, recipients)
        return *writer.finish(), inside.file(f"{base.name}.zip")
    finally:
        writer.close()


def _counted(members: Sequence[Member], progress: Progress) -> Iterator[Member]:
    for place, member in enumerate(members):
        progress(place, len(members))
        yield member
    progress(len(members), len(members))


class _Measured:
    """Pieces passed on, their size and digest kept."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._size, self._digest = pieces, 0, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self._size += len(piece)
        self._digest.update(piece)
        return piece

    def file(self, name: str) -> DeliveredFile:
        """Return what went through as a file."""
        return DeliveredFile(name, self._size, self._digest.hexdigest())


def _receipt(
    case: CaseFile,
    options: DeliveryOptions,
    key: str,
    way: Way,
    sources: Sequence[SealedFiles],
    written: tuple[DeliveredFile, tuple[DeliveredFile, ...], DeliveredFile | None],
) -> Receipt:
    whole, files, archive = written
    head, settings = case.head, case.settings
    return Receipt(
        delivery=key,
        matter=settings.name,
        number=settings.number,
        day=options.day,
        way=str(way),
        by_password=bool(options.password),
        recipients=tuple(recipient.as_json() for recipient in options.recipients),
        volumes=tuple(_volume(case, source) for source in sources),
        archive=archive,
        whole=whole,
        files=files,
        entries=head.seq,
        head=head.digest,
    )


def _volume(case: CaseFile, source: SealedFiles) -> DeliveredVolume:
    overlay = case.overlays.get(source.name)
    base = case.sealed[overlay.volume if overlay else source.name]
    return DeliveredVolume(
        name=source.name,
        over=overlay.volume if overlay else "",
        first_bates=base.first_bates,
        last_bates=base.last_bates,
        documents=source.documents,
        files=len(source.members),
        size=source.size,
        manifest=overlay.manifest if overlay else base.manifest,
        sealed=overlay.sealed if overlay else base.sealed,
    )


def _standard(case: CaseFile, options: DeliveryOptions) -> str:
    """Return the standard `check` must be told of; "" for its own."""
    name = options.volumes[0]
    over = case.overlays[name].volume if name in case.overlays else name
    standard = case.sealed[over].standard
    return "" if standard == _USUAL else standard


def _body(receipt: Receipt, partial: Path, options: DeliveryOptions) -> dict[str, Any]:
    """Return the act: what went to whom, and every file's digest, the receipt's too."""
    files = {file.name: file.sha256 for file in receipt.files}
    for path in sorted(partial.glob("*_RECEIPT.*")):
        files[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        **_asked(options),
        "way": receipt.way,
        "manifests": {volume.name: volume.manifest for volume in receipt.volumes},
        "archive": receipt.archive.sha256 if receipt.archive else "",
        "sha256": files,
        "in": "" if options.into else f"{FOLDER}/{receipt.delivery.replace('/', '-')}",
    }


def _asked(options: DeliveryOptions) -> dict[str, Any]:
    """Return what tells one order from another, and no secret."""
    return {
        "volumes": list(options.volumes),
        "day": options.day.isoformat(),
        "recipients": [recipient.as_json() for recipient in options.recipients],
        "split": options.split,
    }


def _notes(case: CaseFile, names: Sequence[str]) -> Iterator[str]:
    for overlay in case.overlays.values():
        if overlay.volume in names and overlay.name not in names:
            yield (
                f"{overlay.name} is loaded over {overlay.volume} and is not in this delivery. "
                f"Unless they have it: forthwith deliver {overlay.name}"
            )


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _synced(folder: Path) -> None:
    """Make every file read-only, and the names in a folder last."""
    for path in folder.iterdir():
        path.chmod(0o444)
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _move(partial: Path, target: Path) -> None:
    """Move the files of a delivery to their place, the receipt as JSON last of all."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(partial.iterdir(), key=lambda path: (path.suffix == ".json", path.name)):
        if (target / path.name).exists():
            raise DeliveryExistsError(target / path.name)
        path.rename(target / path.name)
    partial.rmdir()


def _left(case: CaseFile, partial: Path, target: Path, options: DeliveryOptions) -> Delivery | None:
    """Move what a killed run left and the journal knows, and delete what it does not know.

    Returns the delivery where it is the very one that is asked for now.
    """
    if not partial.is_dir():
        return None
    act = _known(partial, case.acts.of(DELIVER))
    if act is None:
        shutil.rmtree(partial)
        return None
    [place] = partial.glob("*_RECEIPT.json")
    receipt = Receipt.read(place.read_bytes(), place.name)
    _move(partial, target)
    same = all(act.body[name] == value for name, value in _asked(options).items())
    if not same or receipt.by_password or options.password:
        # Another password may have been meant: it is made once more.
        return None
    notes = tuple(_notes(case, options.volumes))
    return Delivery(act.key, target, receipt, notes, new=False)


def _known(partial: Path, acts: Mapping[str, Act]) -> Act | None:
    """Return the act of a delivery whose receipt lies in `partial`."""
    for path in partial.glob("*_RECEIPT.json"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        for act in acts.values():
            if act.body["sha256"].get(path.name) == digest:
                return act
    return None
