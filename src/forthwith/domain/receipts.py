"""The receipt of a delivery: which files were handed over, what is in them, and for whom.

It lies beside the delivery in words and as JSON, so that whoever receives the files can hold them
against it. It holds nothing that opens them, and is not signed: it is as good as the way it came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from forthwith.domain.errors import ForthwithError

FORMAT = "forthwith-delivery-receipt/1"


class NotAReceiptError(ForthwithError):
    """A file is no receipt of a delivery."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} is not taken as a receipt: {why}. Give the file _RECEIPT.json that came with "
            "the delivery."
        )


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One file as written."""

    name: str
    #: Bytes.
    size: int
    sha256: str

    def same_as(self, other: DeliveredFile) -> bool:
        """Return True where both hold the same bytes, whatever they are called."""
        return (self.size, self.sha256) == (other.size, other.sha256)


@dataclass(frozen=True, slots=True)
class DeliveredVolume:
    """One sealed volume, or an overlay, inside a delivery."""

    name: str
    #: The volume it is loaded over; "" for a volume.
    over: str
    #: Its Bates range; of an overlay that of the volume it is loaded over.
    first_bates: str
    last_bates: str
    documents: int
    files: int
    #: Bytes of its files together.
    size: int
    #: SHA-256 of its manifest.
    manifest: str
    #: When it was sealed, ISO 8601, UTC.
    sealed: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one delivery consists of."""

    #: "VOL001/1": the first delivery of it.
    delivery: str
    matter: str
    number: str
    day: date
    #: "age", "openpgp" or "zip".
    way: str
    #: True where a password opens it, not a key.
    by_password: bool
    #: Of each recipient the kind, fingerprint and name of the key.
    recipients: tuple[Mapping[str, str], ...]
    volumes: tuple[DeliveredVolume, ...]
    #: The zip file before it was encrypted; None where the zip file itself is encrypted.
    archive: DeliveredFile | None
    #: What was encrypted, in one piece.
    whole: DeliveredFile
    #: The files handed over: the whole, or its parts.
    files: tuple[DeliveredFile, ...]
    #: Entries of the matter's journal before that of this delivery, and the digest of the last.
    entries: int
    head: str

    def as_json(self) -> bytes:
        """Return it as a JSON document."""
        body = {"format": FORMAT, **asdict(self), "day": self.day.isoformat()}
        return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def read(cls, data: bytes, name: str) -> Self:
        """Read one from JSON. Raises NotAReceiptError."""
        try:
            body: dict[str, Any] = json.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise NotAReceiptError(name, "it is not sound JSON") from None
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            raise NotAReceiptError(name, f"it does not say that it is of the form {FORMAT}")
        archive = body.get("archive")
        try:
            return cls(
                delivery=str(body["delivery"]),
                matter=str(body["matter"]),
                number=str(body["number"]),
                day=date.fromisoformat(body["day"]),
                way=str(body["way"]),
                by_password=bool(body["by_password"]),
                recipients=tuple(
                    {str(key): str(value) for key, value in recipient.items()}
                    for recipient in body["recipients"]
                ),
                volumes=tuple(_volume(row) for row in body["volumes"]),
                archive=None if archive is None else _file(archive),
                whole=_file(body["whole"]),
                files=tuple(_file(row) for row in body["files"]),
                entries=int(body["entries"]),
                head=str(body["head"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NotAReceiptError(name, "it lacks what every receipt says") from None


def _file(row: Mapping[str, Any]) -> DeliveredFile:
    return DeliveredFile(str(row["name"]), int(row["size"]), str(row["sha256"]).lower())


def _volume(row: Mapping[str, Any]) -> DeliveredVolume:
    return DeliveredVolume(
        name=str(row["name"]),
        over=str(row["over"]),
        first_bates=str(row["first_bates"]),
        last_bates=str(row["last_bates"]),
        documents=int(row["documents"]),
        files=int(row["files"]),
        size=int(row["size"]),
        manifest=str(row["manifest"]).lower(),
        sealed=str(row["sealed"]),
    )
