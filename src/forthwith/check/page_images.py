"""Page images (IM05 to IM08, IM12 to IM18): made as they must be, and showing what they stand for.

Each page is decoded once, in a worker: form, resolution, one page to a file; how much ink its body
has; the number read off its edge (`endorsements`); where its native is a PDF, whether
it looks like that page of it. What follows from two pages, or from a page and its document's text,
is judged here when all are seen. Thresholds were measured on real documents: docs/checks.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from forthwith.check import black_boxes, endorsements
from forthwith.check.context import CheckContext, Findings
from forthwith.check.endorsements import Line, Stamp, StampSeen
from forthwith.check.files import Files
from forthwith.check.natives_opened import Opened
from forthwith.check.text_measured import letters, likeness_of_least, without_marked
from forthwith.domain.evidence import Limits
from forthwith.loadfiles import slip_sheets
from forthwith.plain import charset
from forthwith.plain.messages import without_places
from forthwith.plain.regular_files import open_regular, read_regular
from forthwith.standards.loader import ImageRules

_COMPRESSION, _BITS, _X, _Y, _UNIT = 259, 258, 282, 283, 296
#: Part of a page's height, and of its width, in which a number stamped at its edge lies.
_DEEP, _WIDE = 0.15, 0.5
#: A picture shorter than this, in inches, is no page: nothing is stamped on it.
_SHORTEST = 2
#: Lightest grey that counts as ink; the noise of JPEG on white paper lies above.
_INK = 200
#: Parts of a page's height at its head and foot that are not its body: numbers and legends.
_EDGE = 0.06
#: Width and height at which the bodies of pages are compared.
_MAP = (32, 42)
#: Share of ink in a body that is no more than the specks of a scan.
_SPECKS = 0.0002
#: Letters of a text that must be seen on the one page of its document: where that is a message or
#: plain text, and where it is another, of which more may be hidden.
_WORDS, _MORE_WORDS = 20, 200
#: Lines of ink on a page that says more than a slip-sheet.
_SLIP = 9
#: Likeness of a page and the page of its native, from -1 to 1, below which it is another's.
UNLIKE = 0.2
#: Share of what two documents say in common above which their pages may look the same, and how
#: many documents may share one page before it is a form.
_ALIKE, _MOST_DOUBLES = 0.5, 3
#: Largest side of two pages compared in detail, pixels, and the difference of grey, of 255, that
#: is a mark of one alone and no noise of JPEG.
_DETAIL, _MARK = 1600, 128
#: Likeness of a page that is told to be turned, and how much less it has as it stands.
_TURNED, _CLEARLY = 0.5, 0.3
#: Grey, from 0 for white to 1, that may be gone in black and white.
_PALE = 0.35
#: Least ink, by which pages can be told apart.
_DRAWN = 0.002
#: Largest side of a native's page drawn for comparing, pixels.
_SIDE = 400
#: Largest PDF drawn for comparing, bytes.
_MOST_BYTES = 50_000_000
_LIMITS = Limits()
#: Largest page decoded: 11 × 17 inches at 1,200 dpi is 269 million pixels.
Image.MAX_IMAGE_PIXELS = 300_000_000


Map = npt.NDArray[np.float32]
#: What Pillow raises on damaged pictures.
_UNDECODABLE = (
    OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, OverflowError, MemoryError,
    UnidentifiedImageError, Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageJob:
    """One page to be looked at."""

    path: str
    #: Its number.
    number: str = ""
    #: Path of its document's native, "" for one that is not drawn; which page of the document this
    #: is, from 0, and of how many.
    native: str = ""
    index: int = 0
    pages: int = 1
    #: True where the digest of the file is wanted.
    digest: bool = False


@dataclass(frozen=True, slots=True)
class PageSeen:
    """What one page image shows."""

    #: (check code, what is wrong), or None when it is sound as a file.
    fault: tuple[str, str] | None = None
    #: Of the file; "" where not asked for.
    sha256: str = ""
    #: Of the file, short; "" when it could not be read.
    same: bytes = b""
    #: Share of ink in its body, None for what is too small for a page; and lines of it.
    ink: float | None = None
    lines: int = 0
    #: What its body looks like, so that two that look the same are known; "" for a blank one.
    body: bytes = b""
    #: What is read where the number stands; None where nothing is looked for.
    stamp: StampSeen | None = None
    #: How alike it is to the page of its native, -1 to 1, and that page's share of ink; None: not
    #: compared, and not drawn. By how many quarters it is turned against it.
    alike: float | None = None
    native_ink: float | None = None
    turned: int = 0
    #: Black boxes on it, and how many of them its native's page has words under.
    boxes: int = 0
    uncovered: int = 0
    #: True when whoever looked at it never came back.
    lost: bool = False


def look(job: PageJob, rules: ImageRules, stamp: Stamp | None = None) -> PageSeen:
    """Look at one page image."""
    path = job.path
    extension = path.rpartition(".")[2].lower()
    try:
        data = read_regular(path, _LIMITS.item_bytes)
    except OSError as error:
        return PageSeen(("IM07", f"it cannot be read: {error.strerror}"))
    sha256 = hashlib.sha256(data).hexdigest() if job.digest else ""
    same = hashlib.blake2b(data, digest_size=12).digest()
    if extension not in rules.black_white and extension not in rules.colour:
        wanted = "neither TIFF nor JPEG" if rules.colour else "no TIFF"
        fault = "IM12", f"a {extension or 'nameless'} file is {wanted}"
        return PageSeen(fault, sha256, same)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("TIFF", "JPEG")) as image:
                image.load()
                return _seen(image, job, PageSeen(_judged(image, extension, rules), sha256, same),
                             stamp, rules)  # fmt: skip
    except UnidentifiedImageError:
        return PageSeen(("IM07", "it is no picture, or damaged where it begins"), sha256, same)
    except _UNDECODABLE as error:
        why = f"it cannot be decoded: {without_places(error)}"[:200]
        return PageSeen(("IM07", why), sha256, same)


def edges(job: PageJob) -> Sequence[Line]:
    """Return the rows of glyphs at the edges of a page, from which its number is learned."""
    count = len(endorsements.digits_of(job.number))
    if not count:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with (
                open_regular(job.path) as file,
                Image.open(file, formats=("TIFF", "JPEG")) as image,
            ):
                return endorsements.lines(image, count)
    except _UNDECODABLE:
        return []


def _seen(
    image: Image.Image, job: PageJob, base: PageSeen, stamp: Stamp | None, rules: ImageRules
) -> PageSeen:
    """Return what is on a page that could be decoded."""
    if image.height < _SHORTEST * rules.dpi / 2:
        return base
    read = None
    if stamp is not None and (count := len(endorsements.digits_of(job.number))):
        read = endorsements.read(image, stamp, count)
    grey = _small(image)
    edge = round(grey.shape[0] * _EDGE)
    body = grey[edge : grey.shape[0] - edge]
    ink = float(body.mean())
    alike, native_ink, turned, shown_under = None, None, 0, 0
    boxes = black_boxes.black_boxes(grey)
    if job.native:
        # A native that cannot be drawn is not compared: what is wrong with it is told of it.
        with contextlib.suppress(*_UNDECODABLE, pdfium.PdfiumError):
            native = _native_page(job)
            native_ink = _ink(native)
            if min(ink, native_ink) >= _DRAWN:
                alike, turned = likeness(grey, native)
            if boxes and not turned:
                shown_under = black_boxes.uncovered(boxes, grey, native)
    shown = b""
    if ink > _SPECKS:
        coarse = _shrunk(body, _MAP)
        cells = np.round(coarse * 50).astype(np.uint8).tobytes()
        shown = hashlib.blake2b(cells, digest_size=12).digest()
    return replace(
        base, ink=ink, lines=_lines(body), body=shown, stamp=read, alike=alike,
        native_ink=native_ink, turned=turned, boxes=len(boxes), uncovered=shown_under,
    )  # fmt: skip


def _small(image: Image.Image) -> Map:
    """Return a page's ink, 0 to 1, at a few hundred pixels."""
    factor = max(1, max(image.size) // _SIDE)
    grey = image.convert("L").reduce(factor)
    return np.float32(1) - np.asarray(grey, np.float32) / np.float32(255)


def _shrunk(ink: Map, size: tuple[int, int]) -> Map:
    small = Image.fromarray(ink).resize(size, Image.Resampling.BOX)
    return np.asarray(small, np.float32)


def _lines(body: Map) -> int:
    """Count the lines of ink down a page."""
    marks = np.concatenate(([0], np.any(body > 0.25, axis=1).astype(np.int8)))
    return int(np.count_nonzero(np.diff(marks) == 1))


def _native_page(job: PageJob) -> Map:
    """Draw the page of a PDF, where it has as many as the document.

    Raises what Pillow and pdfium raise.
    """
    document = pdfium.PdfDocument(read_regular(job.native, _MOST_BYTES))
    try:
        if len(document) != job.pages:
            raise ValueError(len(document))
        page = document[job.index]
        scale = _SIDE / max(*page.get_size(), 1.0)
        image = page.render(scale=scale, may_draw_forms=False).to_pil()
    finally:
        document.close()
    return np.float32(1) - np.asarray(image.convert("L"), np.float32) / np.float32(255)


def _ink(native: Map) -> float:
    """Return the ink of a native's body that black and white keeps: pale grounds are none."""
    edge = round(native.shape[0] * _EDGE)
    body = native[edge : native.shape[0] - edge]
    return float(np.where(body > _PALE, body, 0).mean())


def likeness(page: Map, native: Map) -> tuple[float, int]:
    """Return how alike two pages are, however wide their margins, and the quarters one is turned.

    From -1 to 1; the way they stand counts as such unless another is clearly more alike.
    """
    ours = _framed(page)
    upright = _alike(ours, _framed(native))
    if upright + _CLEARLY > 1:
        return upright, 0
    turned = {turns: _alike(ours, _framed(np.rot90(native, turns))) for turns in (1, 2, 3)}
    best = max(turned, key=turned.__getitem__)
    if turned[best] < max(_TURNED, upright + _CLEARLY):
        return upright, 0
    return turned[best], best


def _framed(ink: Map) -> list[Map]:
    """Return what is within the frame of a page's ink, in maps of one size, softened.

    Once with all that stands at its head and foot, once without: a stamp there widens the frame.
    """
    edge = round(ink.shape[0] * _EDGE)
    maps = []
    for part in (ink, ink[edge : ink.shape[0] - edge]):
        marks = part > 0.15
        rows, columns = np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
        if len(rows) and len(columns):
            part = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        maps.append(_shrunk(np.ascontiguousarray(part), _MAP))
    return maps


def _alike(ours: Sequence[Map], theirs: Sequence[Map]) -> float:
    """Return how alike the most alike of two pages' maps are, moved up or down by a row too."""
    return max(
        _correlation(one[1 + down : len(one) - 1 + down], other[1:-1])
        for one in ours
        for other in theirs
        for down in (-1, 0, 1)
    )


def _correlation(one: Map, other: Map) -> float:
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size else 0.0


def _judged(image: Image.Image, extension: str, rules: ImageRules) -> tuple[str, str] | None:
    wanted = "TIFF" if extension in rules.black_white else "JPEG"
    if image.format != wanted:
        return "IM12", f"a file called .{extension} is a {image.format}"
    frames = getattr(image, "n_frames", 1)
    if frames > rules.pages_per_file:
        return "IM08", f"it holds {frames} pages"
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return _unstamped(image, rules)
    tags = image.tag_v2
    bits = tags.get(_BITS, 1)
    bits = bits[0] if isinstance(bits, tuple) else bits
    if tags.get(_COMPRESSION) != rules.compression or bits != rules.bits:
        return "IM05", f"compression {tags.get(_COMPRESSION)}, {bits} bits; not Group IV"
    return _resolution(tags, rules) or _unstamped(image, rules)


def _resolution(
    tags: TiffImagePlugin.ImageFileDirectory_v2, rules: ImageRules
) -> tuple[str, str] | None:
    factor = {2: 1.0, 3: 2.54}.get(tags.get(_UNIT, 2), 0.0)
    densities = [float(tags.get(tag, 0) or 0) * factor for tag in (_X, _Y)]
    if all(abs(density - rules.dpi) < 1.5 for density in densities):
        return None
    return "IM06", f"resolution {densities[0]:.0f} by {densities[1]:.0f} dpi, not {rules.dpi}"


def _unstamped(image: Image.Image, rules: ImageRules) -> tuple[str, str] | None:
    """Report a page that is white where its number must stand: that it stands there is not read."""
    if rules.endorse == "none" or image.height < _SHORTEST * rules.dpi:
        return None
    depth, side = rules.endorse.split()
    width, height = image.size
    left = {"left": 0.0, "center": (1 - _WIDE) / 2, "right": 1 - _WIDE}[side]
    top = 0.0 if depth == "upper" else 1 - _DEEP
    box = (left * width, top * height, (left + _WIDE) * width, (top + _DEEP) * height)
    darkest = image.crop(tuple(map(round, box))).convert("L").getextrema()[0]  # type: ignore[arg-type]
    if isinstance(darkest, (int, float)) and darkest > _INK:
        return "IM13", f"it is blank where its number must stand, {rules.endorse}"
    return None


@dataclass(frozen=True, slots=True)
class PageOf:
    """Which document a line of the pointer file is of."""

    row: int
    #: Which page of it, from 0, and of how many.
    index: int
    count: int


def documents_of(seen: CheckContext) -> dict[int, PageOf]:
    """Return the document of each line of the pointer file that lies in one."""
    volume = seen.volume
    rows = {number.strip(): row for row, number in enumerate(volume.bates)}
    runs: list[list[int]] = []
    row_of: list[int] = []
    for line, page in enumerate(volume.pages.ids):
        row = rows.get(page.strip())
        if row is not None:
            row_of.append(row)
            runs.append([])
        elif volume.pages.firsts[line]:
            row_of.append(-1)
            runs.append([])
        if runs:
            runs[-1].append(line)
    return {
        line: PageOf(row, index, len(run))
        for row, run in zip(row_of, runs, strict=True)
        if row >= 0
        for index, line in enumerate(run)
    }


def jobs(
    seen: CheckContext, files: Files, of: Mapping[int, PageOf], *, digest: bool
) -> list[tuple[str, PageJob]]:
    """Return each image file once, with what it is to be looked at for."""
    volume, root = seen.volume, seen.volume.folder.root
    found: dict[str, PageJob] = {}
    for line, path in files.images.items():
        if path in found:
            continue
        job = PageJob(str(root / path), volume.pages.ids[line].strip(), digest=digest)
        document = of.get(line)
        native = files.natives.get(document.row) if document else None
        if document and native and _drawn(seen, document.row, native):
            job = replace(
                job, native=str(root / native), index=document.index, pages=document.count
            )
        found[path] = job
    return list(found.items())


def _drawn(seen: CheckContext, row: int, native: str) -> bool:
    volume = seen.volume
    return (
        native.lower().endswith(".pdf")
        and volume.folder.sizes[native] <= _MOST_BYTES
        and row not in seen.native_altered
        and not volume.cell("withheld", row)
        and not slip_sheets.redacted(volume.cell("redacted", row))
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """All pages of a volume, looked at."""

    files: Files
    #: By path.
    pages: Mapping[str, PageSeen]
    #: By line of the pointer file.
    of: Mapping[int, PageOf]
    #: What is known of the numbers on the pages; None where they could not be read.
    stamp: Stamp | None


def faults(seen: CheckContext, looked: Looked) -> Findings:
    """Report images that are not made as they must be."""
    lines = {path: line for line, path in reversed(looked.files.images.items())}
    for path, page in looked.pages.items():
        if page.fault is not None:
            number = seen.volume.pages.ids[lines[path]]
            yield seen.report(page.fault[0], page.fault[1], bates=number, file=path)


def shown(seen: CheckContext, looked: Looked, opened: Mapping[int, Opened]) -> Findings:
    """Report pages that do not show what they stand for, each once, by the surest of its signs."""
    volume = seen.volume
    doubles = _doubles(seen, looked, opened)
    for line, path in looked.files.images.items():
        page = looked.pages[path]
        code = "" if page.fault is None else page.fault[0]
        if code in {"IM07", "IM12"}:
            continue
        number = volume.pages.ids[line].strip()
        # Of a page without its number it is said whether anything else stands there.
        found = (
            _blank(seen, looked, line, opened)
            if code == "IM13"
            else (
                doubles.get(line)
                or _other_number(number, page)
                or _blank(seen, looked, line, opened)
                or _not_the_natives(page)
                or _no_number(page)
            )
        )
        if found is not None:
            yield seen.report(found[0], found[1], bates=number, file=path)


def _other_number(number: str, page: PageSeen) -> tuple[str, str] | None:
    digits = endorsements.digits_of(number)
    if page.stamp is None or not page.stamp.digits or page.stamp.digits == digits:
        return None
    return "IM16", f"the number on it is {number[: -len(digits)]}{page.stamp.digits}"


def _no_number(page: PageSeen) -> tuple[str, str] | None:
    if page.stamp is None or not page.stamp.blank:
        return None
    return "IM13", "nothing stands where the other pages have their numbers"


def _blank(
    seen: CheckContext, looked: Looked, line: int, opened: Mapping[int, Opened]
) -> tuple[str, str] | None:
    """Return what is wrong with a blank page whose native's is none, or whose text has words."""
    page = looked.pages[looked.files.images[line]]
    if page.ink is None or page.ink > _SPECKS or page.lines:
        return None
    if page.native_ink is not None:
        # A page of which every word is hidden is blank in its native as well.
        blank = page.native_ink < _DRAWN
        return None if blank else ("IM14", "it is blank; the page of its native is not")
    document = looked.of.get(line)
    if document is None or document.count > 1:
        return None
    path, native = looked.files.texts.get(document.row), opened.get(document.row)
    if path is None or (native is not None and not native.has_text):
        return None
    try:
        text = charset.decode(seen.volume.folder.read(path)).text
    except OSError:
        return None
    # Words that no page shows, remarks and hidden ones, are told apart in the native alone.
    words = letters(without_marked(text))
    own = None if native is None else native.words
    fewest = _WORDS if own is not None and own.message else _MORE_WORDS
    if min(len(words), len(words) if own is None else own.native) < fewest:
        return None
    return "IM14", f"it is blank; its document's text has {len(words):,} letters"


def _not_the_natives(page: PageSeen) -> tuple[str, str] | None:
    if page.alike is None:
        return None
    if page.turned:
        turn = {1: "to the right", 2: "upside down", 3: "to the left"}[page.turned]
        return "IM18", f"it is turned {turn}" if page.turned != 2 else f"it is {turn}"
    if page.alike < UNLIKE and page.lines >= _SLIP:
        return "IM17", "it looks like another page than that of its native"
    return None


def _doubles(
    seen: CheckContext, looked: Looked, opened: Mapping[int, Opened]
) -> dict[int, tuple[str, str]]:
    """Return the lines whose image is another page's, and of which."""
    found: dict[int, tuple[str, str]] = {}
    for lines in _equal(looked, lambda page: page.same):
        if looked.stamp is not None:
            # The number on it tells whose image it is.
            first = next((line for line in lines if _numbered(seen, looked, line)), lines[0])
            others = [line for line in lines if line != first]
        else:
            first, *others = lines
            others = [
                line for line in others if _differ(seen, looked, opened, first, line, len(lines))
            ]
        for line in others:
            number = seen.volume.pages.ids[first].strip()
            found[line] = "IM15", f"it is the image of page {number}, bit for bit"
    for lines in _equal(looked, lambda page: page.body):
        first, *others = lines
        if not found.keys().isdisjoint(lines):
            continue
        for line in others:
            if line not in found and _differ(seen, looked, opened, first, line, len(lines)):
                number = seen.volume.pages.ids[first].strip()
                message = f"it shows what page {number} shows, and their documents are not alike"
                found[line] = "IM15", message
    return found


def _equal(looked: Looked, key: Callable[[PageSeen], bytes]) -> Iterator[list[int]]:
    """Yield the lines whose images are equal, several at a time, files and lines once each."""
    groups: dict[bytes, dict[str, int]] = defaultdict(dict)
    for line, path in looked.files.images.items():
        page = looked.pages[path]
        if page.ink is not None and page.ink > _SPECKS and key(page):
            groups[key(page)].setdefault(path, line)
    for paths in groups.values():
        if len(paths) > 1:
            yield list(paths.values())


def _numbered(seen: CheckContext, looked: Looked, line: int) -> bool:
    """Return True when the page has its own number."""
    stamp = looked.pages[looked.files.images[line]].stamp
    number = seen.volume.pages.ids[line].strip()
    return stamp is not None and stamp.digits == endorsements.digits_of(number)


def _differ(
    seen: CheckContext, looked: Looked, opened: Mapping[int, Opened], line: int, other: int,
    group: int,
) -> bool:  # fmt: skip
    """Return True when two pages that show the same are of documents that say different things.

    Pages of few lines are slip-sheets, and a page of a longer document may well be in another too.
    """
    one, two = looked.of.get(line), looked.of.get(other)
    if one is None or two is None or one.row == two.row or group > _MOST_DOUBLES:
        return False
    if one.count != 1 or two.count != 1 or looked.pages[looked.files.images[line]].lines < _SLIP:
        return False
    natives = [opened.get(document.row) for document in (one, two)]
    words = [native.words for native in natives if native is not None and native.words is not None]
    if len(words) < 2 or not all(text.native_least for text in words):
        return False
    if likeness_of_least(words[0].native_least, words[1].native_least) >= _ALIKE:
        return False
    # Two appointments, statements or form letters may differ in a day or a sum alone, which the
    # coarse look at their pages does not tell.
    root = seen.volume.folder.root
    return _same_in_detail(*(str(root / looked.files.images[page]) for page in (line, other)))


def _same_in_detail(path: str, other: str) -> bool:
    """Return True when no mark in the body of one page is missing in the other's."""
    bodies = []
    with contextlib.suppress(*_UNDECODABLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (path, other):
            with open_regular(name) as file, Image.open(file, formats=("TIFF", "JPEG")) as image:
                grey = image.convert("L").reduce(max(1, max(image.size) // _DETAIL))
                edge = round(grey.height * _EDGE)
                body = grey.crop((0, edge, grey.width, grey.height - edge))
                bodies.append(np.asarray(body, np.int16))
    if len(bodies) < 2 or bodies[0].shape != bodies[1].shape:
        return False
    return bool(np.abs(bodies[0] - bodies[1]).max(initial=0) < _MARK)
