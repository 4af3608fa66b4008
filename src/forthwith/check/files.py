"""The delivered files (NT, TX, IM01, VO): are they there, named as they must be, and all accounted.

Images are decoded in `images`; what natives hold is `truth` and `attachments`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from forthwith.check.context import CheckContext, Findings
from forthwith.check.natives_opened import Opened
from forthwith.check.volume import is_paper
from forthwith.loadfiles.lfp import LfpFile

#: What a file must begin with for its extension, where that is sure.
_BEGINS: dict[str, tuple[bytes, ...]] = {
    "msg": (b"\xd0\xcf\x11\xe0",),
    "docx": (b"PK", b"\xd0\xcf\x11\xe0"), "xlsx": (b"PK", b"\xd0\xcf\x11\xe0"),
    "pptx": (b"PK", b"\xd0\xcf\x11\xe0"),
    "zip": (b"PK",), "png": (b"\x89PNG",), "gif": (b"GIF8",), "jpg": (b"\xff\xd8",),
    "jpeg": (b"\xff\xd8",), "tif": (b"II", b"MM"), "tiff": (b"II", b"MM"),
}  # fmt: skip
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
    for found, role in ((files.natives, "native_path"), (files.texts, "text_path")):
        for row, cell in enumerate(volume.column(role)):
            if cell and (path := volume.folder.resolve(cell)) is not None:
                found[row] = path
    for line, cell in enumerate(volume.pages.paths):
        if (path := volume.folder.resolve(cell)) is not None:
            files.images[line] = path
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
    for code, role, named_by, found in (
        ("NT03", "native_path", volume.standard.natives.named_by, files.natives),
        ("TX03", "text_path", "first_bates", files.texts),
    ):
        for row, path in found.items():
            if row in seen.misnumbered:
                continue
            stem = path.rpartition("/")[2].rpartition(".")[0]
            if stem.casefold() != volume.cell(named_by, row).casefold():
                message = f"{volume.called(role)} is named {stem!r}"
                yield seen.report(code, message, row=row, file=path)
    for row, path in files.natives.items():
        told = volume.cell("extension", row).lstrip(".").casefold()
        name = path.rpartition("/")[2]
        extension = name.rpartition(".")[2].casefold() if "." in name else ""
        if told and told != extension:
            name = volume.called("extension")
            message = f"{name} is {told!r}, the file's extension {extension!r}"
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
        told = seen.volume.cell("size", row)
        size = _size(told)
        if size is not None and size not in _likely(seen, native.size):
            name = seen.volume.called("size")
            message = f"{name} is {told}; the file has {native.size:,} bytes"
            yield seen.report("NT07", message, row=row, file=path)


def _altered(seen: CheckContext, row: int, native: Opened) -> str:
    """Return why the native is not the one the row's digests are of, or ""."""
    for role, true in (("md5", native.md5), ("sha1", native.sha1), ("sha256", native.sha256)):
        told = seen.volume.cell(role, row).upper()
        if true and told != true and re.fullmatch(rf"[0-9A-F]{{{len(true)}}}", told):
            return f"{seen.volume.called(role)} is {told}; the file's own is {true}"
    return ""


def _belied(seen: CheckContext, row: int, path: str) -> str | None:
    extension = path.rpartition(".")[2].lower()
    with (seen.volume.folder.root / path).open("rb") as file:
        head = file.read(16)
    if not head:
        return None
    if extension == "eml":
        belied = head.startswith(_NO_MAIL)
    else:
        belied = extension in _BEGINS and not head.startswith(_BEGINS[extension])
    # Evidence may be mislabelled to begin with, and is then produced as it was kept.
    told = (seen.volume.cell(name, row) for name in ("file_name", "path", "internal_path"))
    if belied and extension not in {name.rpartition(".")[2].lower() for name in told}:
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


def _size(told: str) -> int | None:
    found = re.match(r"[\d,]+", told.strip())
    return int(found[0].replace(",", "")) if found and found[0].strip(",") else None


def places(seen: CheckContext, files: Files) -> Findings:
    """Report stray files, names, full folders and empty ones (VO03 to VO05, VO07)."""
    volume = seen.volume
    yield from _strays(seen, files)
    pattern = re.compile(volume.standard.names.pattern)
    odd_folders = set()
    for path in sorted(volume.folder.sizes):
        *folders, name = path.split("/")
        for depth, folder in enumerate(folders, 1):
            place = "/".join(folders[:depth])
            if place not in odd_folders and not pattern.fullmatch(folder):
                odd_folders.add(place)
                yield seen.report("VO03", f"the folder {place!r} has other characters", file=place)
        stem = name.rpartition(".")[0] or name
        if not pattern.fullmatch(stem) and not is_paper(path):
            yield seen.report("VO03", f"the file {name!r} has other characters", file=path)
    counts = Counter(path.rpartition("/")[0] for path in volume.folder.sizes)
    most = volume.standard.names.files_per_folder
    for place, count in sorted(counts.items()):
        if count > most:
            message = f"{count:,} files lie in {place or 'the top folder'!r}, at most {most:,} may"
            yield seen.report("VO04", message, file=place)
    for place in volume.folder.empty:
        yield seen.report("VO07", f"the folder {place!r} is empty", file=place)


def _strays(seen: CheckContext, files: Files) -> Findings:
    volume = seen.volume
    used = {*files.natives.values(), *files.texts.values(), *files.images.values()}
    used.update(volume.data_files, volume.pointer_files)
    if isinstance(volume.pointer, LfpFile):
        paths = (volume.folder.resolve(native.path) for native in volume.pointer.natives)
        used.update(path for path in paths if path is not None)
    for path in sorted(volume.folder.sizes.keys() - used):
        if is_paper(path) or path.lower().endswith((".opt", ".lfp", ".dii")):
            continue
        stem = path.rpartition("/")[2].rpartition(".")[0]
        page = volume.numberer.one(stem)
        if page is not None and page in seen.accounted:
            continue
        # The file of an absent page still carries its number: that is where to look.
        bates = stem if page is not None else ""
        yield seen.report("VO05", f"no load file names {path}", bates=bates, file=path)
