"""What came, held against the receipt of its delivery, before anything of it is believed.

A file that is not the one on the receipt is a refusal: what would be found in it might be another's
work. The receipt is not signed, so it proves no more than the way it came by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from forthwith.check.parcels import Parcel
from forthwith.check.volume import VolumeUnreadableError
from forthwith.domain.receipts import DeliveredFile, Receipt
from forthwith.parcels.parts import pieces_of
from forthwith.plain.counting import count


class NotTheDeliveredError(VolumeUnreadableError):
    """What came is not what the receipt lists."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}. What came is not what was sent, so it was not checked: have it sent again, "
            "or ask for the right receipt. Without --receipt it is checked as it is."
        )


def read(path: Path) -> Receipt:
    """Read a receipt. Raises NotAReceiptError, OSError."""
    return Receipt.read(path.read_bytes(), str(path))


def compare_files(given: Sequence[Sequence[Path]], receipt: Receipt) -> None:
    """Compare files as they came, each with its parts. Raises NotTheDeliveredError."""
    listed = {file.name: file for file in receipt.files}
    came: set[str] = set()
    for parts in given:
        if receipt.archive is not None and _file(parts).same_as(receipt.archive):
            # Decrypted by hand: what it was before needs not be there any more.
            return
        came |= {_compared(path, listed, receipt) for path in parts}
    if given and (missing := sorted(listed.keys() - came)):
        more = f" (and {len(missing) - 1:,} more)" if len(missing) > 1 else ""
        raise NotTheDeliveredError(f"{missing[0]} is on the receipt and was not given{more}")


def compare_inside(parcel: Parcel, receipt: Receipt) -> None:
    """Compare what was encrypted in a file. Raises NotTheDeliveredError."""
    if receipt.archive is None or parcel.inside == parcel.given:
        return
    inside = _file(parcel.inside)
    if not inside.same_as(receipt.archive):
        raise NotTheDeliveredError(
            f"What {parcel.given[0].name} holds is not the zip file on the receipt: it has "
            f"{_told(inside)}; the receipt has {_told(receipt.archive)}"
        )


def _compared(path: Path, listed: dict[str, DeliveredFile], receipt: Receipt) -> str:
    """Return the name on the receipt of a file that came; it may have another name here."""
    file = _file((path,))
    wanted = listed.get(path.name)
    if wanted is None or not file.same_as(wanted):
        for other in receipt.files:
            if wanted is None and file.same_as(other):
                return other.name
        if wanted is None:
            raise NotTheDeliveredError(f"{path.name} is not on the receipt")
        raise NotTheDeliveredError(
            f"{path.name} has {_told(file)}; the receipt has {_told(wanted)}"
        )
    return path.name


def _file(paths: Sequence[Path]) -> DeliveredFile:
    digest, size = hashlib.sha256(), 0
    for piece in pieces_of(paths):
        digest.update(piece)
        size += len(piece)
    return DeliveredFile(paths[0].name, size, digest.hexdigest())


def _told(file: DeliveredFile) -> str:
    return f"{count(file.size, 'byte')} with the SHA-256 {file.sha256[:16]}…"


def compare_volumes(roots: Sequence[Path], receipt: Receipt) -> str:
    """Compare the manifests of volumes; returns a note. Raises NotTheDeliveredError."""
    for volume in receipt.volumes:
        places = [root / "DATA" / f"{volume.name}_MANIFEST.JSON" for root in roots]
        there = [place for place in places if place.is_file()]
        if not there:
            raise NotTheDeliveredError(f"{volume.name} is on the receipt and was not found")
        if _file(there[:1]).sha256 != volume.manifest:
            raise NotTheDeliveredError(
                f"The manifest of {volume.name} is not the one whose digest the receipt has"
            )
    return (
        f"what came is what the receipt of {receipt.delivery}, {receipt.day}, lists: "
        f"{count(len(receipt.files), 'file')}, "
        f"{count(len(receipt.volumes), 'manifest')}; the receipt itself is not signed"
    )
