"""Delivered files (NT, TX, IM, EN, VO): are they there, named and made as they must be, accounted.

Texts are in the encoding agreed, with words if the native has any; which words is `text_compared`.
Page images are `page_images`. What natives hold is `natives_compared` and `attachments`; how
archives are packed is `archives`.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.check import archives
from forthwith.check.context import CheckContext, Findings
from forthwith.check.natives_opened import Opened
from forthwith.check.volume import is_paper
from forthwith.domain import fields
from forthwith.loadfiles.lfp import LfpFile
from forthwith.plain import charset
from forthwith.plain.regular_files import open_regular

#: What a file must begin with for its extension, where that is sure.
_BEGINS: dict[str, tuple[bytes, ...]] = {
    "msg": (b"\xd0\xcf\x11\xe0",),
    "docx": (b"PK", b"\xd0\xcf\x11\xe0"), "xlsx": (b"PK", b"\xd0\xcf\x11\xe0"),
    "pptx": (b"PK", b"\xd0\xcf\x11\xe0"),
    "zip": (b"PK",), "png": (b"\x89PNG",), "gif": (b"GIF8",), "jpg": (b"\xff\xd8",),
    "jpeg": (b"\xff\xd8",), "tif": (b"II", b"MM"), "tiff": (b"II", b"MM"),
}  # fmt: skip
#: Bytes that stand for a sign in Windows-1252 alone.
_ONLY_WINDOWS = re.compile(rb"[\x80-\x9f]")
#: What an .eml never begins with.
_NO_MAIL = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"%PDF", b"\xff\xd8", b"\x89PNG")


@dataclass(slots=True)
class Files:
    """Which delivered file each row and each page means."""

    natives: dict[int, str] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    #: By line of the pointer file.
    images: dict[int, str] = field(default_factory=dict)


def locate(seen: CheckContext) -> Files:
    """Resolve every path of the load files; what resolves to nothing is absent."""
    volume = seen.volume
    files = Files()
    for paths, role in ((files.natives, "native_path"), (files.texts, "text_path")):
        for row, cell in enumerate(volume.column(role)):
            if cell and (path := volume.folder.resolve(cell)) is not None:
                paths[row] = path
    pages = volume.pages
    for line, cell in enumerate(pages.paths):
        path = volume.folder.resolve(cell)
        if path is None and pages.ids[line] != pages.numbers[line]:
            # Keyed within its document, the page's file may be named by its number all the same.
            path = volume.folder.resolve(cell.replace(pages.ids[line], pages.numbers[line]))
        if path is not None:
            files.images[line] = path
    natives, texts = volume.column("native_path"), volume.column("text_path")
    for row, path in list(files.texts.items()):
        # With the folder of natives gone, the end of a native's path may still lead to its text,
        # and the other way round: the file is whose whole path it ends.
        if files.natives.get(row) == path and natives[row].strip() != texts[row].strip():
            whole = texts[row].strip().replace("\\", "/").lower().endswith(path.lower())
            del (files.natives if whole else files.texts)[row]
    return files


def absent(seen: CheckContext, files: Files) -> Findings:
    """Report natives, texts and page images the load files name and the volume lacks."""
    volume = seen.volume
    for row, cell in enumerate(volume.column("native_path")):
        if cell.strip() and row not in files.natives:
            seen.native_absent.add(row)
            yield seen.report("NT01", f"the native {cell.strip()} is not in the volume", row=row)
    for row, cell in enumerate(volume.column("text_path")):
        if cell.strip() and row not in files.texts:
            yield seen.report("TX01", f"the text {cell.strip()} is not in the volume", row=row)
    for line, cell in enumerate(volume.pages.paths):
        if line not in files.images:
            page = volume.pages.ids[line]
            message = f"the image {cell.strip()} is not in the volume"
            yield seen.report("IM01", message, bates=page, file=volume.pointer_files[0])


def names(seen: CheckContext, files: Files) -> Findings:
    """Report files not named by their document's first number, and extensions that differ."""
    volume = seen.volume
    for code, role, named_by, paths in (
        ("NT03", "native_path", volume.standard.natives.named_by, files.natives),
        ("TX03", "text_path", "first_bates", files.texts),
    ):
        for row, path in paths.items():
            if row in seen.misnumbered:
                continue
            stem = path.rpartition("/")[2].rpartition(".")[0]
            if stem.casefold() != volume.cell(named_by, row).casefold():
                message = f"{volume.called(role)} is named {stem!r}"
                yield seen.report(code, message, row=row, file=path)
    for row, path in files.natives.items():
        cell = volume.cell("extension", row).lstrip(".").casefold()
        name = path.rpartition("/")[2]
        extension = name.rpartition(".")[2].casefold() if "." in name else ""
        if cell and cell != extension:
            name = volume.called("extension")
            message = f"{name} is {cell!r}, the file's extension {extension!r}"
            yield seen.report("NT04", message, row=row, file=path)


def natives(seen: CheckContext, files: Files, opened: Mapping[int, Opened]) -> Findings:
    """Report natives that are not what was hashed, not of their format, or cannot be opened."""
    for row, native in opened.items():
        path = files.natives[row]
        if altered := _altered(seen, row, native):
            seen.native_altered.add(row)
            yield seen.report("NT02", altered, row=row, file=path)
            continue
        if (message := _belied(seen, row, path)) is not None:
            yield seen.report("NT05", message, row=row, file=path)
        elif native.fault and seen.volume.cell("first_bates", row) not in seen.volume.excepted:
            yield seen.report("NT06", native.fault, row=row, file=path)
        cell = seen.volume.cell("size", row)
        size = _size(cell)
        if size is not None and size not in _likely(seen, native.size):
            name = seen.volume.called("size")
            message = f"{name} is {cell}; the file has {native.size:,} bytes"
            yield seen.report("NT07", message, row=row, file=path)
        if exposed := native.fields.get(fields.NOT_REDACTED):
            # The words themselves are never repeated: findings go into letters.
            message = f"words were covered or marked for redaction and still stand on {exposed}"
            yield seen.report("NT08", message, row=row, file=path)


def _altered(seen: CheckContext, row: int, native: Opened) -> str:
    """Return why the native is not the one the row's digests are of, or ""."""
    for role, true in (
        ("md5", native.md5),
        ("sha1", native.sha1),
        ("sha256", native.sha256.upper()),
    ):
        cell = seen.volume.cell(role, row).upper()
        if true and cell != true and re.fullmatch(rf"[0-9A-F]{{{len(true)}}}", cell):
            return f"{seen.volume.called(role)} is {cell}; the file's own is {true}"
    return ""


def _belied(seen: CheckContext, row: int, path: str) -> str | None:
    extension = path.rpartition(".")[2].lower()
    try:
        with open_regular(seen.volume.folder.root / path) as file:
            head = file.read(16)
    except OSError:
        return None
    if not head:
        return None
    if extension == "eml":
        belied = head.startswith(_NO_MAIL)
    else:
        belied = extension in _BEGINS and not head.startswith(_BEGINS[extension])
    # Evidence may be mislabelled to begin with, and is then produced as it was kept.
    cells = (seen.volume.cell(name, row) for name in ("file_name", "path", "internal_path"))
    if belied and extension not in {name.rpartition(".")[2].lower() for name in cells}:
        return f"its content is not of the type {extension.upper()}"
    if head.startswith(b"%PDF") and extension == "pdf" and seen.volume.cell("date_sent", row):
        return "an e-mail was produced as a PDF"
    return None


def _likely(seen: CheckContext, size: int) -> range:
    """Return the sizes a file of so many bytes may be said to have."""
    unit = seen.volume.standard.formats.size_unit
    # Some count 1,000 bytes to the kilobyte and some 1,024, whatever is agreed; some round down.
    low, high = (1024, 1000) if unit in {1000, 1024} else (unit, unit)
    return range(size // low, -(-size // high) + 1)


def _size(cell: str) -> int | None:
    digits = re.match(r"[\d,]+", cell.strip())
    return int(digits[0].replace(",", "")) if digits and digits[0].strip(",") else None


def places(seen: CheckContext, files: Files) -> Findings:
    """Report stray files, names, full folders and empty ones (VO03 to VO05, VO07)."""
    volume = seen.volume
    strays = unnamed(seen, files)
    yield from archives.packed(seen, strays)
    yield from _strays(seen, strays)
    pattern = re.compile(volume.standard.names.pattern)
    looked_at = set[str]()
    for path in sorted(volume.folder.sizes):
        *folders, name = volume.laid.get(path, path).split("/")
        for depth in range(len(folders), 0, -1):
            # From below: above a folder that was looked at, all were.
            if (place := "/".join(folders[:depth])) in looked_at:
                break
            looked_at.add(place)
            if not pattern.fullmatch(folders[depth - 1]):
                yield seen.report("VO03", f"the folder {place!r} has other characters", file=place)
        stem = name.rpartition(".")[0] or name
        if not pattern.fullmatch(stem) and not is_paper(path):
            yield seen.report("VO03", f"the file {name!r} has other characters", file=path)
    # Load files and papers lie together, however few files of documents may.
    beside = {*volume.data_files, *volume.pointer_files}
    counts = Counter(
        path.rpartition("/")[0]
        for path in volume.folder.sizes
        if path not in beside and not is_paper(path)
    )
    most = volume.standard.names.files_per_folder
    for place, count in sorted(counts.items()):
        if count > most:
            message = f"{count:,} files lie in {place or 'the top folder'!r}, at most {most:,} may"
            yield seen.report("VO04", message, file=place)
    for place in volume.folder.empty:
        yield seen.report("VO07", f"the folder {place!r} is empty", file=place)


def unnamed(seen: CheckContext, files: Files) -> list[str]:
    """Return the files no load file names, papers and load files left out, by path."""
    volume = seen.volume
    used = {*files.natives.values(), *files.texts.values(), *files.images.values()}
    used.update(volume.data_files, volume.pointer_files, volume.displaced)
    if isinstance(volume.pointer, LfpFile):
        paths = (volume.folder.resolve(native.path) for native in volume.pointer.natives)
        used.update(path for path in paths if path is not None)
    return [
        path
        for path in sorted(volume.folder.sizes.keys() - used)
        if not is_paper(path) and not path.lower().endswith((".opt", ".lfp", ".dii"))
    ]


def _strays(seen: CheckContext, strays: Sequence[str]) -> Findings:
    for path in strays:
        stem = path.rpartition("/")[2].rpartition(".")[0]
        page = seen.volume.numberer.one(stem)
        # What is in an archive nobody can open is not asked before it can be.
        if path in seen.closed or (page is not None and page in seen.accounted):
            continue
        # The file of an absent page still carries its number: that is where to look.
        bates = stem if page is not None else ""
        yield seen.report("VO05", f"no load file names {path}", bates=bates, file=path)


def encoding_of(data: bytes) -> str:
    """Return "utf-16", "utf-8", "cp1252", or what agrees with others of these.

    "ascii" agrees with UTF-8 and with cp1252; "iso8859-1" with cp1252, where no byte tells the two
    apart.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if data.isascii():
        return "ascii"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if _ONLY_WINDOWS.search(data) else "iso8859-1"
    return "utf-8"


def texts(seen: CheckContext, files: Files, opened: Mapping[int, Opened]) -> Findings:
    """Report empty texts of natives with words, and texts in another encoding than most."""
    encodings: dict[int, str] = {}
    for row, path in files.texts.items():
        try:
            data = seen.volume.folder.read(path)
        except OSError as error:
            yield seen.report("TX01", f"the text cannot be read: {error.strerror}", row=row)
            continue
        encodings[row] = encoding_of(data)
        native = opened.get(row)
        empty = not data.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n\x0c")
        if empty and native is not None and native.has_text and row not in seen.native_altered:
            yield seen.report("TX02", "its text is empty, its native is not", row=row, file=path)
    yield from _others(seen, files, encodings)
    if not seen.volume.standard.text.one_encoding_per_production:
        return
    single = {row: name.replace("iso8859-1", "cp1252") for row, name in encodings.items()}
    counts = Counter(name for name in single.values() if name != "ascii")
    if len(counts) + ("utf-16" in counts and "ascii" in single.values()) < 2:
        return
    usual = counts.most_common(1)[0][0]
    for row, encoding in single.items():
        alike = encoding == usual or (encoding == "ascii" and usual != "utf-16")
        if not alike:
            path = files.texts[row]
            message = f"its text is in {encoding}, most others in {usual}"
            yield seen.report("EN04", message, row=row, file=path)


def _others(seen: CheckContext, files: Files, encodings: Mapping[int, str]) -> Findings:
    """Report texts in an encoding the standard does not name; ASCII agrees with most."""
    wanted = seen.volume.standard.text.encodings
    for row, encoding in encodings.items():
        if not charset.may_be(encoding, wanted):
            names = ", ".join(wanted)
            message = f"its text is in {encoding}; the standard names {names}"
            yield seen.report("EN07", message, row=row, file=files.texts[row])
