"""The signed seal of a volume, and the time stamp of it: written before the volume is shut.

The seal names the manifest, and the entry of the journal that stands before the one that seals; so
the same staged volume under the same journal has the same seal. A stamp that is not to be had stops
the seal, for the user asked for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from forthwith.domain.errors import ForthwithError
from forthwith.produce.order import ProductionOrder, SealedBy
from forthwith.seals import stamp
from forthwith.seals.statement import Head
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.sealing import seal_path, stamp_path


class NothingToStampError(ForthwithError):
    """A time stamp is asked for, and no key seals the matter."""

    def __init__(self) -> None:
        super().__init__(
            "A time stamp is over the signed seal, and no key seals this matter. Make one with "
            "forthwith seal-key make, or take one with forthwith seal-key take FILE."
        )


class RequestExistsError(ForthwithError):
    """A request for a stamp would be written over a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already and no request is written over a file. Name another; an "
            "authority's address begins with https:// or http://."
        )


def sealed_by(case: CaseFile) -> SealedBy | None:
    """Return the key that will seal and where the journal stands; None where no key does.

    Opens the key, so that a lost one or a wrong password stops the work before it begins. Raises
    as `CaseFile.sealer` does.
    """
    sealer, head = case.sealer, case.head
    if sealer is None:
        return None
    row = sealer.row
    return SealedBy(row.name, row.algorithm, row.fingerprint, head.seq, head.digest)


def check_stamp(timestamp: str, seal: SealedBy | None, folder: Path) -> None:
    """Refuse what could not be stamped later. Raises NothingToStampError, RequestExistsError."""
    if not timestamp:
        return
    if seal is None:
        raise NothingToStampError
    if not is_address(timestamp) and (folder / timestamp).exists():
        raise RequestExistsError(folder / timestamp)


def is_address(timestamp: str) -> bool:
    """Return True for the address of an authority; anything else is a file."""
    return urlsplit(timestamp).scheme in {"http", "https"}


def write(
    case: CaseFile,
    root: Path,
    order: ProductionOrder,
    manifest: str,
    facts: Mapping[str, str],
    timestamp: str = "",
) -> dict[str, object]:
    """Write the seal into a staged volume, and its stamp where one is asked for.

    `manifest` is its manifest's SHA-256, `facts` are said in the seal beside what every seal says.
    Returns what the journal's entry is to say; nothing where no key seals. Raises
    StampRefusedError.
    """
    seal, sealer = order.sealed_by, case.sealer
    if seal is None or sealer is None:
        return {}
    said = {
        "volume": order.volume,
        "matter": order.matter_name,
        "number": order.matter_number,
        "producing_party": order.producing_party,
        "day": order.day.isoformat(),
        **facts,
    }
    named = (f"DATA/{order.volume}_MANIFEST.JSON", manifest)
    written = sealer.volume(said, named, Head(seal.seq, seal.head))
    (root / seal_path(order.volume)).write_bytes(written.data)
    beside = {seal_path(order.volume): written.sha256}
    about = {"key": seal.fingerprint, "name": seal.name}
    stamped = root / stamp_path(order.volume)
    # One that an earlier attempt left is of another time.
    stamped.unlink(missing_ok=True)
    if timestamp and is_address(timestamp):
        answer = stamp.asked(timestamp, written.data)
        stamped.write_bytes(answer)
        beside[stamp_path(order.volume)] = hashlib.sha256(answer).hexdigest()
        about["timestamp"] = timestamp
    elif timestamp:
        try:
            with (case.folder / timestamp).open("xb") as file:
                file.write(stamp.request(written.data, nonce=False))
        except FileExistsError as there:
            raise RequestExistsError(case.folder / timestamp) from there
    return {"beside": beside, "seal": about}
