"""Counts of a volume, kept while it is written: the letter and the manifest state them."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from forthwith.produce.files import Delivered, Imaged
from forthwith.produce.natives import written_from_store
from forthwith.produce.plan import Planned
from forthwith.produce.sheets import Sheet

_NO_NATIVE = bytes(16)


@dataclass(slots=True)
class Tally:
    """What was delivered so far."""

    documents: int = 0
    families: int = 0
    #: Families of more than one document.
    with_attachments: int = 0
    attachments: int = 0
    pages: int = 0
    natives: int = 0
    texts: int = 0
    tiffs: int = 0
    jpegs: int = 0
    without_text: int = 0
    assumed_zone: int = 0
    from_store: int = 0
    inline_images: int = 0
    sheets: Counter[Sheet] = field(default_factory=Counter)
    #: Name of the digest natives are known by: a field of `entry.File`.
    digest: str = "md5"
    #: That digest of delivered natives, family by family: closed ones, and the one being counted.
    _closed: set[bytes] = field(default_factory=set)
    _open: list[bytes] = field(default_factory=list)
    _without_native: int = 0

    def document(self, planned: Planned, result: Delivered, *, assumed_zone: bool) -> None:
        """Count one document's row, native and text."""
        top = planned.numbers.parent is None
        self.documents += 1
        self.families += top
        self.attachments += not top
        self.with_attachments += bool(planned.numbers.children)
        self.pages += planned.numbers.pages
        self.texts += 1
        self.without_text += result.no_text and not planned.lines
        self.assumed_zone += assumed_zone
        self.inline_images += planned.document.inline_images
        if top:
            self._close()
        native = result.native
        known = "" if native is None else str(getattr(native, self.digest))
        self._open.append(bytes.fromhex(known) or _NO_NATIVE)
        self.natives += native is not None
        self.from_store += native is not None and written_from_store(planned.document)

    def images(self, planned: Planned, result: Imaged) -> None:
        """Count one document's images."""
        if planned.counted.sheet:
            self.sheets[planned.counted.sheet] += 1
        for file in result.pages:
            if file.path.endswith((".TIF", ".TIFF")):
                self.tiffs += 1
            else:
                self.jpegs += 1

    @property
    def unique(self) -> int:
        """Families distinct by their natives in order; one without any native is its own."""
        self._close()
        return len(self._closed) + self._without_native

    def _close(self) -> None:
        """Put the family counted so far with the others."""
        if not self._open:
            return
        if any(each != _NO_NATIVE for each in self._open):
            self._closed.add(hashlib.sha256(b"".join(self._open)).digest())
        else:
            self._without_native += 1
        self._open.clear()

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {
            "documents": self.documents,
            "families": self.families,
            "families_with_attachments": self.with_attachments,
            "attachments": self.attachments,
            "pages": self.pages,
            "natives": self.natives,
            "texts": self.texts,
            "images_tif": self.tiffs,
            "images_jpg": self.jpegs,
            "slip_sheets": sum(self.sheets.values()),
            "unique": self.unique,
        }
