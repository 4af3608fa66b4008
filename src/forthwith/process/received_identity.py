"""Whether what came again under a number is the same document, changed, or another one.

A party delivers a number again to mend what it delivered, or by mistake. What people decided about
a document holds for that document, so a delivery takes its place only where something says that it
is the same one: equal bytes, its message id, its words, or what its row says of it. What has
nothing to say for itself is the same where the whole volume is a replacement, and else another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from forthwith.domain import fields
from forthwith.loadfiles import received_table
from forthwith.loadfiles.received_table import ReceivedRow
from forthwith.plain import charset
from forthwith.process import received
from forthwith.record.evidence import EvidenceStore

#: Fields that tell one document from another.
_TELLING = (
    fields.SUBJECT, fields.TITLE, fields.FROM, fields.AUTHOR, fields.SENT, fields.RECEIVED,
    fields.CREATED, fields.MODIFIED,
)  # fmt: skip
#: Columns with a digest of the original, whatever they are called.
_DIGEST = re.compile(r"md5|sha-?\d+|hash", re.IGNORECASE)
_WORD = re.compile(r"\w+")
#: Share of the words of the shorter text that stand in the longer one too, from which on both are
#: one text; and how many distinct words say something.
_ALIKE, _FEWEST = 0.5, 12


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery of one row, with what tells it from others."""

    row: ReceivedRow
    #: Blobs of its native and its pages.
    native: str
    pages: tuple[str, ...]
    words: frozenset[str]

    @classmethod
    def of(cls, store: EvidenceStore, row: ReceivedRow, files: Mapping[str, str]) -> Self:
        """Take a row and the blob of each file of its bundle. Raises EvidenceMissingError."""
        words: frozenset[str] = frozenset()
        if blob := files.get(row.text):
            with store.open(blob) as source:
                text = charset.decode(source.read(0, source.size)).text
            words = frozenset(_WORD.findall(text.casefold()))
        pages = tuple(files.get(path, "") for path, _, _ in row.pages)
        return cls(row, files.get(row.native, ""), pages, words)

    @property
    def said(self) -> dict[str, str]:
        """What its row says that tells it from others; values compared without case."""
        said = {}
        for datum in self.row.fields:
            if datum.name in _TELLING or _DIGEST.search(datum.name):
                value = datum.value if isinstance(datum.value, str) else ";".join(datum.value)
                said[datum.name] = " ".join(value.split()).casefold()
        if self.row.name:
            said["name"] = self.row.name.casefold()
        return said


class Deliveries:
    """Rows of received bundles, read once each."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self._tables: dict[str, tuple[dict[str, ReceivedRow], Mapping[str, str]]] = {}

    def row(self, blob: str, step: str) -> Delivered | None:
        """Return a row of a bundle; None where the bundle has none of that step."""
        if blob not in self._tables:
            table, files = received.table_of(self._store, blob)
            rows = {row.head.step: row for row in received_table.rows(table)}
            self._tables[blob] = (rows, files)
        rows, files = self._tables[blob]
        row = rows.get(step)
        return None if row is None else Delivered.of(self._store, row, files)


def same(old: Delivered, new: Delivered, *, replaces: bool) -> bool:
    """Say whether two deliveries of one number are one document.

    `replaces` is true where the volume replaces one, which counts where nothing else does.
    """
    if old.native and old.native == new.native:
        return True
    if old.pages and all(old.pages) and old.pages == new.pages:
        return True
    before, after = old.said, new.said
    ids = [next((d.value for d in row.fields if d.name == fields.MESSAGE_ID), "")
           for row in (old.row, new.row)]  # fmt: skip
    if all(ids):
        return ids[0] == ids[1]
    shared = before.keys() & after.keys()
    agree = sum(before[name] == after[name] for name in shared)
    if agree > len(shared) - agree:
        return True
    fewer = min(len(old.words), len(new.words))
    if fewer >= _FEWEST or (fewer and old.words == new.words):
        return len(old.words & new.words) >= _ALIKE * fewer
    return replaces and not shared
