"""Whether what came again under a number is the same document, changed, or another one.

A party delivers a number again to mend what it delivered, or by mistake. What people decided about
a document holds for that document, so a delivery takes its place only where something says that it
is the same one: equal bytes, its message id, its words, or what its row says of it. What has
nothing to say for itself is the same where the whole volume is a replacement, and else another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue
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
#: Of these, what it is called; "name" is that of its file.
_NAMES = frozenset({fields.SUBJECT, fields.TITLE, "name"})
#: Columns with a digest of the original, whatever they are called.
_DIGEST = re.compile(r"md5|sha-?\d+|hash", re.IGNORECASE)
#: Field of what is left of a destroyed row.
DESTROYED = "destroyed"
#: Digests of no bytes, which many rows may have.
_OF_NOTHING = {hashlib.new(name).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")}
_WORD = re.compile(r"\w+")
#: Share of the words of the shorter text that stand in the longer one too, from which on both are
#: one text; and how many distinct words say something: "produced in native form" says nothing.
_ALIKE, _FEWEST = 0.5, 25


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery of one row, with what tells it from others."""

    row: ReceivedRow
    #: Blobs of its native and its pages.
    native: str
    pages: tuple[str, ...]
    words: frozenset[str]
    #: Blob of its text.
    text: str = ""

    @classmethod
    def of(cls, store: EvidenceStore, row: ReceivedRow, files: Mapping[str, str]) -> Self:
        """Take a row and the blob of each file of its bundle. Raises EvidenceMissingError."""
        words: frozenset[str] = frozenset()
        if blob := files.get(row.text):
            with store.open(blob) as source:
                text = charset.decode(source.read(0, source.size)).text
            words = frozenset(_WORD.findall(text.casefold()))
        pages = tuple(files.get(path, "") for path, _, _ in row.pages)
        return cls(row, files.get(row.native, ""), pages, words, files.get(row.text, ""))

    def text_of(self, name: str) -> str:
        """Return a field of its row as one string; "" where it has none."""
        value = next((datum.value for datum in self.row.fields if datum.name == name), "")
        return value if isinstance(value, str) else ";".join(value)

    @property
    def said(self) -> dict[str, str]:
        """What its row says that tells it from others; values compared without case."""
        said = {}
        for datum in self.row.fields:
            if datum.name in _TELLING or _DIGEST.search(datum.name):
                value = datum.value if isinstance(datum.value, str) else ";".join(datum.value)
                value = " ".join(value.split()).casefold()
                if value not in _OF_NOTHING:
                    said[datum.name] = value
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


def tombstone_of(row: Delivered, which: int) -> FieldValue:
    """Return what is kept of a destroyed row to tell it by: which document of its number, digests.

    The same bytes delivered again are still the document that was called back.
    """
    return FieldValue(DESTROYED, " ".join((str(which), *filter(None, (row.native, row.text)))), "")


def grouped(deliveries: Sequence[tuple[str, Delivered | None]]) -> list[int]:
    """Return which document each delivery of one number is of: 0 for the first one's.

    `deliveries` are in order, each with the kind of its volume; an overlay is of the last one.
    """
    if len(deliveries) == 1:
        return [0]
    found: list[Delivered | None] = []
    which: list[int] = []
    for kind, new in deliveries:
        if kind == "overlay" and which:
            at = which[-1]
        else:
            at = next(
                (
                    place
                    for place in reversed(range(len(found)))
                    if new is not None
                    and (old := found[place]) is not None
                    and same(old, new, replaces=kind == "replacement")
                ),
                len(found),
            )
        if at == len(found):
            found.append(new)
        found[at] = new
        which.append(at)
    return which


def same(old: Delivered, new: Delivered, *, replaces: bool) -> bool:
    """Say whether two deliveries of one number are one document.

    `replaces` is true where the volume replaces one, which counts where nothing else does.
    """
    if (gone := old.text_of(DESTROYED)) or new.text_of(DESTROYED):
        if gone and new.text_of(DESTROYED):
            return gone.split()[0] == new.text_of(DESTROYED).split()[0]
        known, live = (gone.split()[1:], new) if gone else (new.text_of(DESTROYED).split()[1:], old)
        return live.native in known or live.text in known
    before, after = old.said, new.said
    shared = before.keys() & after.keys()
    agree = {name for name in shared if before[name] == after[name]}
    if (old.native and old.native == new.native) or any(map(_DIGEST.search, agree)):
        return True
    ids = [row.text_of(fields.MESSAGE_ID) for row in (old, new)]
    if all(ids):
        return ids[0] == ids[1]
    fewer = min(len(old.words), len(new.words))
    if fewer >= _FEWEST and len(old.words & new.words) >= _ALIKE * fewer:
        return True
    # Author and days are those of many documents: without its name they say nothing.
    if named := shared & _NAMES:
        return named <= agree and len(agree) > len(shared) - len(agree)
    if shared:
        return bool(fewer) and old.words == new.words
    pages = bool(old.pages) and all(old.pages) and old.pages == new.pages
    return replaces or pages or (bool(fewer) and old.words == new.words)
