"""The two B-trees of a PST: pages found by key, and found again by eye when the root is gone.

[MS-PST] 2.2.2.7.7. Pages are read when asked for and a bounded number is kept. Where a tree has no
readable root (a copy that broke off) the file is searched for its leaf pages: each carries its
type, checksum and number, so what is left of the index can be used.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from forthwith.domain.evidence import ByteSource
from forthwith.formats.pst_codec import checksum
from forthwith.formats.pst_layout import Layout, PstDamageError

#: Page types ([MS-PST] 2.2.2.7.1).
BLOCK_PAGE, NODE_PAGE = 0x80, 0x81
#: Pages kept parsed; at 512 bytes each some 4 MB.
_PAGES_KEPT = 4096
#: More levels than a tree over a whole 2^64 byte file could have.
_DEEPEST = 16
#: Bytes searched for leaf pages when a root is gone; more would take longer than an item may.
_SEARCHED = 4 * 2**30
_CHUNK = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Page:
    """One page: entries by key; below level 0 each leads to a page."""

    level: int
    keys: list[int]
    entries: list[tuple[int, ...]]


class Tree:
    """One B-tree; `note` is told of what is wrong and does not stop the reading."""

    def __init__(
        self,
        source: ByteSource,
        layout: Layout,
        root: int,
        kind: int,
        note: Callable[[str], None],
    ) -> None:
        self._source, self._layout, self._root, self._kind = source, layout, root, kind
        self._note = note
        self._pages: OrderedDict[int, Page] = OrderedDict()

    def open(self) -> None:
        """Read the root, or search for the leaves. Raises PstDamageError when there are none."""
        try:
            self._page(self._root)
        except PstDamageError as damage:
            found = self._searched()
            if not found:
                raise
            entries = [found[key] for key in sorted(found)]
            # The leaves found stand for the whole tree, as one page that is never let go.
            self._root = -1
            self._pages[-1] = Page(0, sorted(found), entries)
            what = "node" if self._kind == NODE_PAGE else "block"
            self._note(
                f"the {what} index has no root ({damage.detail}); "
                f"{len(found):,} entries were found by searching the file"
            )

    def find(self, key: int) -> tuple[int, ...] | None:
        """Return the entry of `key`, or None. Raises PstDamageError."""
        page = self._page(self._root)
        for _ in range(_DEEPEST):
            if page.level == 0:
                at = bisect_left(page.keys, key)
                same = at < len(page.keys) and page.keys[at] == key
                return page.entries[at] if same else None
            at = bisect_right(page.keys, key) - 1
            if at < 0:
                return None
            below = self._page(page.entries[at][2])
            if below.level >= page.level:
                raise PstDamageError("an index page points back up its tree")
            page = below
        raise PstDamageError("an index is deeper than any file needs")

    def leaves(self) -> Iterator[tuple[int, ...]]:
        """Yield the leaf entries; levels fall strictly, so no cycle is possible."""
        met: set[int] = set()
        stack: list[tuple[int, int]] = [(self._root, 256)]
        while stack:
            offset, above = stack.pop()
            try:
                page = self._page(offset)
            except PstDamageError as damage:
                self._note(f"{damage.detail}; whatever only it lists is missing")
                continue
            if page.level >= above or offset in met:
                self._note("an index page points back up its tree; whatever it lists is missing")
                continue
            met.add(offset)
            if page.level:
                stack.extend((entry[2], page.level) for entry in reversed(page.entries))
            else:
                yield from page.entries

    def _page(self, offset: int) -> Page:
        if (held := self._pages.get(offset)) is not None:
            return held
        layout = self._layout
        raw = self._source.read(offset, layout.page_size)
        if len(raw) < layout.page_size:
            raise PstDamageError(f"the index page at {offset:,} lies past the end of the file")
        if not self._typed(raw):
            raise PstDamageError(f"there is no index page at {offset:,}")
        if not self._sealed(raw):
            self._note(f"the index page at {offset:,} does not match its checksum")
        page = self._pages[offset] = self._parsed(raw, offset)
        if len(self._pages) > _PAGES_KEPT:
            oldest = next(key for key in self._pages if key >= 0)
            del self._pages[oldest]
        return page

    def _typed(self, raw: bytes) -> bool:
        at = self._layout.page_size - self._layout.page_trailer
        return raw[at] == raw[at + 1] == self._kind

    def _sealed(self, raw: bytes) -> bool:
        trailer = self._layout.page_size - self._layout.page_trailer
        at = trailer + (4 if self._layout.wide else 8)
        return checksum(raw[:trailer]) == int.from_bytes(raw[at : at + 4], "little")

    def _parsed(self, raw: bytes, offset: int) -> Page:
        layout = self._layout
        count, _, size, level = layout.counts.unpack_from(raw, layout.counts_at)
        shape = layout.branch if level else self._leaf
        if size < shape.size or count * size > layout.counts_at:
            raise PstDamageError(f"the index page at {offset:,} says more than it can hold")
        entries = [shape.unpack_from(raw, at) for at in range(0, count * size, size)]
        if self._kind == BLOCK_PAGE and not level:
            entries = [(each[0] & ~1, *each[1:]) for each in entries]
        if any(low[0] > high[0] for low, high in pairwise(entries)):
            self._note(f"the index page at {offset:,} is out of order")
            entries.sort()
        return Page(level, [entry[0] for entry in entries], entries)

    @property
    def _leaf(self) -> struct.Struct:
        node = self._kind == NODE_PAGE
        return self._layout.node_leaf if node else self._layout.block_leaf

    # When the root is gone

    def _searched(self) -> dict[int, tuple[int, ...]]:
        """Return the entries of every sound leaf page in the file; of two, the newer page's."""
        found: dict[int, tuple[int, tuple[int, ...]]] = {}
        for offset, raw in self._candidates():
            try:
                page = self._parsed(raw, offset)
            except PstDamageError:
                continue
            if page.level:
                continue
            age = self._number(raw)
            for entry in page.entries:
                if entry[0] not in found or found[entry[0]][0] < age:
                    found[entry[0]] = (age, entry)
        return {key: entry for key, (_, entry) in found.items()}

    def _candidates(self) -> Iterator[tuple[int, bytes]]:
        size = self._layout.page_size
        end = min(self._source.size, _SEARCHED)
        if end < self._source.size:
            self._note(f"only the first {end:,} bytes were searched for the index")
        for start in range(0, end, _CHUNK):
            chunk = self._source.read(start, _CHUNK)
            for at in range(0, len(chunk) - size + 1, size):
                raw = chunk[at : at + size]
                if self._typed(raw) and self._sealed(raw):
                    yield start + at, raw

    def _number(self, raw: bytes) -> int:
        """Return the page's own id: it grows with every page written."""
        trailer = self._layout.page_size - self._layout.page_trailer
        at, size = (trailer + 8, 8) if self._layout.wide else (trailer + 4, 4)
        return int.from_bytes(raw[at : at + size], "little")
