"""Page images of documents for those who may open them: painted when asked for, in workers.

A document's page is the page that would be produced, without its number. Pictures and words are
kept in memory alone, and are asked for by place, which a mask gave: what is walled off or called
back is not found, and there is no file to hunt for. Routes and commands come here with a place that
`View.place(control, Right.OPEN)` returned.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.domain.page_words import PageBox, PageWord
from forthwith.formats.sniff.media_names import row_of
from forthwith.produce import imaging
from forthwith.produce.clock import Clock
from forthwith.produce.imaging.message import Shown
from forthwith.review.search.highlights import highlights
from forthwith.review.search.query import Node
from forthwith.standards import loader
from forthwith.workers.sandbox import Rules
from forthwith.workers.supervisor import Died, Supervisor, WorkersKilledError
from forthwith.workflows.matter_access import PRELOAD
from forthwith.workflows.room.painting import (
    KEPT,
    Asked,
    AskedBody,
    Body,
    Painted,
    Setting,
    encoded,
)
from forthwith.workflows.room.room import NotShownError, Room, Standing, View

#: Workers that paint; one more is started where office documents are to be converted.
_PAINTERS = 2
#: Seconds a page may take, and an office document that LibreOffice makes a PDF of first.
_SECONDS, _OFFICE_SECONDS = 20.0, 150.0
#: Seconds a page is left alone at which a worker ended: a busy machine may have been why.
_LEFT_ALONE = 600.0
#: Seconds somebody waits for a free worker.
_PATIENCE = 60.0
#: Bytes of pages kept in memory.
_KEPT_BYTES = 64 * 2**20
#: Fingerprints of pages kept, each some hundred bytes.
_PRINTS = 100_000
#: Pages looked through for hits in one call.
HIT_PAGES = 500
#: Of the programs that paint: another release may draw another page.
PAINTER = " ".join(f"{name} {version(name)}" for name in ("forthwith", "pillow", "pypdfium2"))


class PagesBusyError(ForthwithError):
    """No worker became free in time."""

    def __init__(self) -> None:
        super().__init__(
            f"This page could not be drawn yet: other pages took all {_PATIENCE:.0f} seconds it "
            "waited. Open the document again."
        )


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page of a document as it is shown."""

    #: PNG; JPEG where the page is in colour.
    data: bytes
    #: Of the painter and of the document: the same digest is the same picture.
    digest: str
    words: tuple[PageWord, ...]
    #: Pages of the document.
    count: int
    #: Width and height, pixels; (0, 0) of a page that says it cannot be drawn.
    size: tuple[int, int] = (0, 0)
    #: The same fingerprint is the same page; "" where there is none to draw on.
    fingerprint: str = ""

    @property
    def media_type(self) -> str:
        """What `data` is."""
        return "image/png" if self.data.startswith(b"\x89PNG") else "image/jpeg"


def page_digest(standing: Standing, place: int) -> str:
    """Return the DIGEST of a document's pages: another one when any of them may look different."""
    control = standing.columns.controls[place]
    about = f"{PAINTER}\n{standing.digest}\n{control}"
    return hashlib.sha256(about.encode()).hexdigest()[:24]


def page_count(view: View, place: int) -> int:
    """Return how many pages a document has; 0 where it has no page images."""
    return _painter(view.room).opened(view.standing, place).count


def page_png(view: View, place: int, index: int) -> tuple[bytes, str]:
    """Return page `index`, from 0, as PNG (JPEG in colour), and its digest.

    A page that cannot be drawn is one saying so. Raises NotShownError past the last page.
    """
    image = page_image(view, place, index)
    return image.data, image.digest


def page_image(view: View, place: int, index: int) -> PageImage:
    """Return page `index`, from 0, with its words. Raises NotShownError, PagesBusyError."""
    return _painter(view.room).page(view.standing, place, index)


def known_count(view: View, place: int) -> int | None:
    """Return how many pages a document has where that is known; waits for no worker."""
    return _painter(view.room).known_count(view.standing, place)


def known_hits(view: View, place: int, node: Node, last: int) -> tuple[PageBox, ...] | None:
    """Return hits on the pages before `last` where the words of all are kept; asks no worker."""
    rows = _painter(view.room).known_words(view.standing, place, last)
    return None if rows is None else boxes_of(node, rows)


def known_fingerprint(view: View, place: int, index: int) -> str | None:
    """Return the fingerprint of page `index`, from 0, where somebody saw it; asks no worker."""
    return _painter(view.room).known_fingerprint(view.standing, place, index)


def words(view: View, place: int, index: int) -> tuple[PageWord, ...]:
    """Return the words of page `index` in reading order. Raises NotShownError, PagesBusyError."""
    return page_image(view, place, index).words


def hits(
    view: View, place: int, node: Node, first: int = 0, last: int | None = None
) -> tuple[PageBox, ...]:
    """Return the boxes of what a query is met by on a document's pages, in reading order.

    Looks through the pages from `first` to before `last`, at most HIT_PAGES of them. A phrase that
    runs on in the next line, or on the next page, is a box on each.
    """
    end = first + HIT_PAGES if last is None else min(last, first + HIT_PAGES)
    return _painter(view.room).hits(view.standing, place, node, first, end)


def ahead(view: View, place: int) -> None:
    """Begin to paint a document's first page, if a worker is free: somebody may ask for it next."""
    _painter(view.room).ahead(view.standing, place)


def body(view: View, place: int, safe: Callable[[Shown], str]) -> str:
    """Return a message's or web page's own HTML as `safe` makes one page of it, in a worker.

    "" where the document has none, or it could not be read: its page images show what there is.
    Raises PagesBusyError.
    """
    return _painter(view.room).body(view.standing, place, safe)


def boxes_of(node: Node, pages: Sequence[tuple[int, Sequence[PageWord]]]) -> tuple[PageBox, ...]:
    """Return where a query is met on pages (number, words); words of one line make one box."""
    text = " ".join(word.text for _, row in pages for word in row)
    return boxes_at(highlights(node, text), pages)


def boxes_at(
    spans: Sequence[tuple[int, int]], pages: Sequence[tuple[int, Sequence[PageWord]]]
) -> tuple[PageBox, ...]:
    """Return where spans of the pages' words, joined by single spaces, stand; spans in order."""
    starts: list[tuple[int, int, PageWord]] = []
    length = 0
    for number, row in pages:
        for word in row:
            starts.append((length, number, word))
            length += len(word.text) + 1
    found: list[PageBox] = []
    place = 0
    for begin, end in spans:
        while place < len(starts) and starts[place][0] + len(starts[place][2].text) <= begin:
            place += 1
        at, fresh = place, True
        while at < len(starts) and starts[at][0] < end:
            _, number, word = starts[at]
            box = PageBox(number, word.x, word.y, word.w, word.h)
            if not fresh and _on_one_line(found[-1], box):
                found[-1] = _joined(found[-1], box)
            elif not found or found[-1] != box:
                found.append(box)
            at, fresh = at + 1, False
    return tuple(dict.fromkeys(found))


def _on_one_line(before: PageBox, box: PageBox) -> bool:
    middle = box.y + box.h / 2
    near = abs(box.x - (before.x + before.w)) <= 3 * max(before.h, box.h)
    return before.page == box.page and before.y <= middle <= before.y + before.h and near


def _joined(before: PageBox, box: PageBox) -> PageBox:
    left, top = min(before.x, box.x), min(before.y, box.y)
    right, bottom = max(before.x + before.w, box.x + box.w), max(before.y + before.h, box.y + box.h)
    return PageBox(box.page, left, top, right - left, bottom - top)


@dataclass(eq=False, slots=True)
class _Slot:
    """One worker under a supervisor of its own; who has `busy` set may use it."""

    supervisor: Supervisor[Asked | AskedBody, Painted | Body | Fault]
    #: The store that its worker reads.
    store: Path
    busy: bool = False
    #: Documents it has open.
    recent: OrderedDict[str, None] = field(default_factory=OrderedDict)


class _Painter:
    """The workers of one room, and what they made."""

    def __init__(self, room: Room) -> None:
        self._matter = room.matter
        self._free = threading.Condition()
        self._slots: list[_Slot] = []
        self._office: list[_Slot] = []
        self._kept: OrderedDict[tuple[str, int], PageImage] = OrderedDict()
        self._bytes = 0
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._prints: OrderedDict[tuple[str, int], str] = OrderedDict()
        #: Places at which a worker ended, as it named them; "" is the document itself: why, and
        #: until when nobody tries again.
        self._dead: dict[tuple[str, str], tuple[Fault, float]] = {}
        self._doing: dict[tuple[str, int], Future[PageImage]] = {}
        self._lock = threading.Lock()
        self._behind = ThreadPoolExecutor(1, "pages-ahead")
        self._closed = False
        room.at_close.append(self.close)

    # What is asked

    def opened(self, standing: Standing, place: int) -> Painted:
        """Return a document's count of pages."""
        digest = page_digest(standing, place)
        with self._lock:
            if (count := self._counts.get(digest)) is not None:
                return Painted(count)
        asked = Asked(digest, place, 0, 0, picture=False)
        result = self._drawn(standing, asked)
        return self._counted(digest, Painted(1) if isinstance(result, Fault) else result)

    def known_count(self, standing: Standing, place: int) -> int | None:
        """Return a document's count of pages, where somebody asked before."""
        with self._lock:
            return self._counts.get(page_digest(standing, place))

    def known_words(
        self, standing: Standing, place: int, last: int
    ) -> list[tuple[int, tuple[PageWord, ...]]] | None:
        """Return the words of the pages before `last`; None where one of them is not kept."""
        digest = page_digest(standing, place)
        with self._lock:
            kept = [self._kept.get((digest, number)) for number in range(last)]
        return [(n, image.words) for n, image in enumerate(kept) if image] if all(kept) else None

    def known_fingerprint(self, standing: Standing, place: int, index: int) -> str | None:
        """Return the fingerprint of a page that was painted since its document was read."""
        with self._lock:
            return self._prints.get((page_digest(standing, place), index))

    def page(self, standing: Standing, place: int, index: int) -> PageImage:
        """Return a page, painted now or kept."""
        digest = page_digest(standing, place)
        key = (digest, index)
        with self._lock:
            if (image := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return image
            future = self._doing.get(key)
            mine = future is None
            if future is None:
                future = self._doing[key] = Future()
        if mine:
            try:
                future.set_result(self._keep(key, self._painted(standing, place, index, digest)))
            except BaseException as error:  # noqa: BLE001 - whoever waits is told the same
                future.set_exception(error)
            finally:
                with self._lock:
                    self._doing.pop(key, None)
        return future.result()

    def hits(
        self, standing: Standing, place: int, node: Node, first: int, end: int
    ) -> tuple[PageBox, ...]:
        """Return where a query is met; pages are painted only where their layer says it is."""
        digest = page_digest(standing, place)
        asked = Asked(digest, place, first, end, picture=False, inked=False)
        result = self._drawn(standing, asked)
        if isinstance(result, Fault):
            return ()
        self._counted(digest, result)
        rows = dict(enumerate(result.words, first))
        for number in sorted({box.page for box in boxes_of(node, list(rows.items()))}):
            rows[number] = self.page(standing, place, number).words
        return boxes_of(node, list(rows.items()))

    def body(self, standing: Standing, place: int, safe: Callable[[Shown], str]) -> str:
        """Return what a document says in HTML, made safe."""
        asked = AskedBody(page_digest(standing, place), place, safe)
        result = self._ask(standing, asked)
        return result.page if isinstance(result, Body) else ""

    def ahead(self, standing: Standing, place: int) -> None:
        """Paint a first page behind what else is asked, if a worker has nothing to do."""
        with self._free:
            idle = not self._closed and not any(slot.busy for slot in self._slots)
        if idle and not self._is_office(standing, place):
            self._behind.submit(self.page, standing, place, 0)

    def close(self) -> None:
        """End every worker that is at nothing, and the others when they are done."""
        with self._free:
            self._closed = True
            slots = [*self._slots, *self._office]
            self._slots.clear()
            self._office.clear()
            ended = [slot for slot in slots if not slot.busy]
            self._free.notify_all()
        self._behind.shutdown(wait=False, cancel_futures=True)
        for slot in ended:
            slot.supervisor.__exit__()

    # How it is made

    def _painted(self, standing: Standing, place: int, index: int, digest: str) -> PageImage:
        result = self._drawn(standing, Asked(digest, place, index, index + 1))
        if isinstance(result, Fault):
            count = self._counts.get(digest, 1)
            if index >= max(count, 1):
                raise NotShownError(f"page {index + 1} of this document")
            return PageImage(_notice(result), digest, (), count)
        self._counted(digest, result)
        if not 0 <= index < result.count:
            raise NotShownError(f"page {index + 1} of this document")
        return PageImage(
            result.picture, digest, result.words[0], result.count, result.size, result.fingerprint
        )

    def _counted(self, digest: str, result: Painted) -> Painted:
        with self._lock:
            self._counts[digest] = result.count
            while len(self._counts) > 100_000:
                self._counts.popitem(last=False)
        return result

    def _keep(self, key: tuple[str, int], image: PageImage) -> PageImage:
        with self._lock:
            self._kept[key] = image
            self._prints[key] = image.fingerprint
            while len(self._prints) > _PRINTS:
                self._prints.popitem(last=False)
            self._bytes += _weight(image)
            while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= _weight(self._kept.popitem(last=False)[1])
        return image

    def _drawn(self, standing: Standing, asked: Asked) -> Painted | Fault:
        result = self._ask(standing, asked)
        assert not isinstance(result, Body)  # noqa: S101 - for the type
        return result

    def _ask(self, standing: Standing, asked: Asked | AskedBody) -> Painted | Body | Fault:
        """Have a worker do it; a Fault where a worker ended at it, now or before."""
        now = time.monotonic()
        for at in ((asked.digest, ""), (asked.digest, _place_of(asked))):
            fault, until = self._dead.get(at, (None, 0.0))
            if fault is not None and now < until:
                return fault
        slot = self._take(standing, asked)
        try:
            for outcome in slot.supervisor.run([asked]):
                if not isinstance(outcome, Died):
                    slot.recent[asked.digest] = None
                    while len(slot.recent) > KEPT:
                        slot.recent.popitem(last=False)
                    return outcome.result
                slot.recent.clear()
                place = outcome.place if outcome.place.startswith(("page ", "body")) else ""
                self._dead[asked.digest, place] = (outcome.fault, time.monotonic() + _LEFT_ALONE)
                return outcome.fault
        except WorkersKilledError as killed:
            slot.recent.clear()
            return Fault(FaultReason.CRASHED, str(killed), lost=True)
        finally:
            self._give_back(slot)
        raise AssertionError("a supervisor gave no outcome")

    def _take(self, standing: Standing, asked: Asked | AskedBody) -> _Slot:
        """Return a worker to use, best one that has the document open. Raises PagesBusyError."""
        office = self._is_office(standing, asked.place)
        until = time.monotonic() + _PATIENCE
        with self._free:
            while not self._closed:
                slots = self._office if office else self._slots
                if slot := self._chosen(slots, standing, asked, 1 if office else _PAINTERS):
                    slot.busy = True
                    return slot
                if not self._free.wait(max(0.0, until - time.monotonic())):
                    raise PagesBusyError
        raise PagesBusyError

    def _chosen(
        self, slots: list[_Slot], standing: Standing, asked: Asked | AskedBody, most: int
    ) -> _Slot | None:
        path = standing.store.path
        for slot in [slot for slot in slots if not slot.busy and slot.store != path]:
            # Its worker reads documents as they were before they were processed again.
            slots.remove(slot)
            slot.supervisor.__exit__()
        free = [slot for slot in slots if not slot.busy]
        for slot in free:
            if asked.digest in slot.recent:
                return slot
        if free:
            return min(free, key=lambda slot: len(slot.recent))
        if len(slots) >= most:
            return None
        fresh = self._started(path, office=most == 1)
        slots.append(fresh)
        return fresh

    def _give_back(self, slot: _Slot) -> None:
        with self._free:
            slot.busy = False
            closed = self._closed
            self._free.notify()
        if closed:
            slot.supervisor.__exit__()

    def _started(self, store: Path, *, office: bool) -> _Slot:
        matter, settings = self._matter, self._matter.settings
        standard = loader.load(settings.standard, matter.folder)
        zone = ZoneInfo(settings.time_zone)
        evidence = matter.evidence.root.resolve()
        limits = settings.limits
        setting = Setting(
            store.resolve(), evidence, limits, standard.images, Clock(zone, zone, standard.formats)
        )
        rules = Rules((evidence, store.resolve()), (), 2**30, settings.sandbox, programs=office)
        supervisor = Supervisor[Asked | AskedBody, Painted | Body | Fault](
            setting.starter(),
            workers=1,
            seconds=_OFFICE_SECONDS if office else _SECONDS,
            grace=2.0,
            memory=limits.memory,
            preload=PRELOAD,
            rules=rules,
        )
        return _Slot(supervisor, store)

    @staticmethod
    def _is_office(standing: Standing, place: int) -> bool:
        return row_of(standing.store.row(place).media_type).imaged == "office"


def _place_of(asked: Asked | AskedBody) -> str:
    """Return the place at which a worker ends whom this ends, as it names it."""
    if isinstance(asked, AskedBody):
        return "body"
    return f"page {asked.first}" if asked.last == asked.first + 1 else "many"


def _weight(image: PageImage) -> int:
    return len(image.data) + 200 * len(image.words)


def _notice(fault: Fault) -> bytes:
    """Return a page that says why there is none."""
    return encoded(imaging.slip_sheet(["This page could not be drawn", fault.detail]))


_PAINTERS_OF: WeakKeyDictionary[Room, _Painter] = WeakKeyDictionary()
_MAKING = threading.Lock()


def _painter(room: Room) -> _Painter:
    with _MAKING:
        if (painter := _PAINTERS_OF.get(room)) is None:
            painter = _PAINTERS_OF[room] = _Painter(room)
        return painter
