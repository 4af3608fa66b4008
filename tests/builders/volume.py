"""A small sound volume on disk, and one way to break it for each kind of fault.

Mail with real EML natives and attachments, one of them a zip that is expanded, a loose file,
multi-page Group IV images. Every fault of `FAULTS` breaks one thing in it and says which check must
find it at which number; people and companies are invented.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from PIL import Image

from forthwith.loadfiles import dat, opt
from forthwith.standards import loader
from tests.builders import archives, pdf

PREFIX = "NGT_"
HEADER = loader.load().header


def number(place: int) -> str:
    """Return the Bates number of a page."""
    return f"{PREFIX}{place:08d}"


@dataclass
class Doc:
    """One document to be delivered."""

    row: dict[str, str]
    extension: str
    native: bytes | None
    text: str
    pages: int
    first: int = 0
    children: list[Doc] = field(default_factory=list)

    @property
    def bates(self) -> str:
        return number(self.first)

    @property
    def last(self) -> str:
        return number(self.first + self.pages - 1)


@dataclass
class Row:
    """One row as it will be written, and its files; faults change these."""

    cells: dict[str, str]
    native: tuple[str, bytes] | None
    text: tuple[str, bytes] | None
    #: (page, path, bytes, first)
    images: list[tuple[str, str, bytes, bool]]


def page_image(text: str = "") -> bytes:
    """Return a Group IV page at 300 dpi; small, so that tests are quick."""
    out = io.BytesIO()
    image = Image.new("1", (85, 110), 1)
    image.putpixel((len(text) % 80, 5), 0)
    image.save(out, "TIFF", compression="group4", dpi=(300, 300))
    return out.getvalue()


def mail(
    subject: str,
    *attached: tuple[str, bytes],
    sender: str = "Marisol Ortega <ortega@northgate.example>",
    sent: datetime = datetime(2023, 3, 14, 16, 5, tzinfo=UTC),
    pages: int = 1,
) -> Doc:
    """Return an e-mail with its attachments as children; a zip's members stand in its place."""
    message = EmailMessage()
    message["From"], message["To"] = sender, "Lee, Wei <lee@northgate.example>"
    message["Subject"], message["Date"] = subject, format_datetime(sent)
    message["Message-ID"] = f"<{hashlib.md5(subject.encode()).hexdigest()}@northgate.example>"
    message.set_content(f"About {subject}.\n")
    for name, data in attached:
        kind = ("application", "zip") if name.endswith(".zip") else ("application", "octet-stream")
        message.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=name)
    if message.is_multipart():
        message.set_boundary("=part=")
    data = message.as_bytes()
    cells = {
        "FROM": sender,
        "TO": str(message["To"]),
        "SUBJECT": subject,
        "DATE_SENT": f"{sent:%m/%d/%Y}",
        "TIME_SENT/TIME_ZONE": f"{sent:%I:%M %p} GMT",
        "TIME_ZONE": "GMT",
        "INTMSGID": message["Message-ID"],
        "HEADER": data.split(b"\n\n")[0].decode(),
        "INTFILEPATH": f"Inbox\\{subject}.eml",
        "MIME_TYPE": "message/rfc822",
    }
    doc = Doc(cells, "EML", data, f"About {subject}.\n", pages)
    doc.children = [child for name, each in attached for child in _children(name, each)]
    return doc


def _children(name: str, data: bytes) -> list[Doc]:
    if not name.endswith(".zip"):
        return [edoc(name, data)]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [edoc(member, archive.read(member)) for member in archive.namelist()]


def edoc(name: str, data: bytes, *, pages: int = 1) -> Doc:
    """Return a file."""
    cells = {"FILE_NAME": name, "PATH": f"J:\\Shared\\{name}", "MIME_TYPE": "text/plain"}
    return Doc(cells, name.rpartition(".")[2].upper(), data, data.decode(), pages)


def zipped(**members: str) -> bytes:
    """Return a zip of text files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.txt"), text)
    return out.getvalue()


class VolumeBuilder:
    """A volume in memory until written."""

    def __init__(self, name: str = "VOL001") -> None:
        self.name = name
        self.rows: list[Row] = []
        self.extra: dict[str, bytes] = {}
        self.header = list(HEADER)
        self.pages_without_rows: list[tuple[str, str, bytes, bool]] = []
        self._next = 1

    def add(self, top: Doc) -> VolumeBuilder:
        """Add a family, numbered on."""
        members = [top, *top.children]
        for member in members:
            member.first, self._next = self._next, self._next + member.pages
        for member in members:
            self.rows.append(self._row(member, top, members))
        return self

    def _row(self, doc: Doc, top: Doc, members: list[Doc]) -> Row:
        family = len(members) > 1
        end = members[-1].last
        native = doc.native or b""
        cells = {
            **doc.row,
            "FIRSTBATES": doc.bates,
            "LASTBATES": doc.last,
            "ATTACHRANGE": f"{top.bates} - {end}" if family else "",
            "BEGATTACH": top.bates if family else "",
            "ENDATTACH": end if family else "",
            "PARENT_BATES": "" if doc is top else top.bates,
            "CHILD_BATES": "; ".join(each.bates for each in doc.children),
            "CUSTODIAN": "Ortega, Marisol",
            "LINK": f"NATIVES\\0001\\{doc.bates}.{doc.extension}",
            "FILE_EXTEN": doc.extension,
            "FILE_SIZE": f"{-(-len(native) // 1024):,}",
            "PGCOUNT": str(doc.pages),
            "MD5HASH": hashlib.md5(native).hexdigest().upper(),
            "SHA256": hashlib.sha256(native).hexdigest(),
            "OCRPATH": f"TEXT\\0001\\{doc.bates}.TXT",
            "PRODVOL": self.name,
        }
        pages = [number(place) for place in range(doc.first, doc.first + doc.pages)]
        images = [
            (page, f"IMAGES\\0001\\{page}.TIF", page_image(page), page == doc.bates)
            for page in pages
        ]
        text = (cells["OCRPATH"], doc.text.encode())
        return Row(cells, (cells["LINK"], native), text, images)

    def row(self, bates: str) -> Row:
        """Return the row that was given this number."""
        return next(row for row in self.rows if row.cells["FIRSTBATES"] == bates)

    def set(self, bates: str, column: str, value: str) -> VolumeBuilder:
        """Change one cell."""
        self.row(bates).cells[column] = value
        return self

    def lose(self, bates: str) -> VolumeBuilder:
        """Leave a document out, files and all."""
        self.rows.remove(self.row(bates))
        return self

    def files(self) -> dict[str, bytes]:
        """Return every file of the volume by its path, load files last."""
        files = dict(self.extra)
        lines = []
        for row in self.rows:
            for each in (row.native, row.text):
                if each is not None:
                    files[each[0]] = each[1]
            files.update({path: data for _, path, data, _ in row.images if data})
            count = len(row.images)
            lines.extend(
                opt.OptRow(page, self.name, path, first, pages=count if first else None)
                for page, path, _, first in row.images
            )
        for page, path, data, first in self.pages_without_rows:
            files[path] = data
            lines.append(opt.OptRow(page, self.name, path, first))
        cells = [[row.cells.get(column, "") for column in self.header] for row in self.rows]
        files[f"DATA/{self.name}.DAT"] = b"".join(dat.write(self.header, cells))
        files[f"DATA/{self.name}.OPT"] = opt.write(lines)
        return files

    def write(self, place: Path) -> Path:
        """Write the volume below `place` and return its folder."""
        root = place / self.name
        for path, data in self.files().items():
            target = root / path.replace("\\", "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return root


def sound() -> VolumeBuilder:
    """Return a sound volume: 1 to 6 mail with two files, 7 loose, 8 to 11 mail with a zip, 12."""
    memo = b"The wallets were moved on Tuesday.\n"
    ledger = b"day,amount\n2023-03-14,100\n"
    return (
        VolumeBuilder()
        .add(
            _paged(mail("Transfer of wallets", ("memo.txt", memo), ("ledger.csv", ledger)), 2, 1, 3)
        )
        .add(edoc("plan.txt", b"A plan for the spring.\n"))
        .add(
            mail(
                "Two notes",
                ("notes.zip", zipped(one="First note.\n", two="Second note.\n")),
                sent=datetime(2023, 4, 2, 9, 30, tzinfo=UTC),
                pages=2,
            )
        )
        .add(mail("Lunch", sender="Lee, Wei <lee@northgate.example>"))
    )


def withholding(*sheets: tuple[str, str]) -> VolumeBuilder:
    """A sound volume in which documents are withheld, (number, log number) each."""
    volume = sound()
    for number, log in sheets:
        row = volume.row(number)
        row.native = None
        row.cells |= {"LINK": "", "FILE_EXTEN": "", "MD5HASH": "", "SHA256": ""}
        row.text = (row.cells["OCRPATH"], _SHEET.format(log).encode())
    return volume


def _paged(top: Doc, *pages: int) -> Doc:
    for doc, count in zip([top, *top.children], pages, strict=True):
        doc.pages = count
    return top


#: What a slip-sheet says; its number in the log follows.
_SHEET = "Privileged document withheld. Privilege log no. {}"
#: Numbers of the sound volume.
MAIL, MEMO, LEDGER, LOOSE, ZIPPED, ONE, TWO, LUNCH = (
    number(place) for place in (1, 3, 4, 7, 8, 10, 11, 12)
)


@dataclass(frozen=True)
class SeededFault:
    """One way to break the sound volume, and what must be found."""

    name: str
    code: str
    bates: str
    seed: Callable[[VolumeBuilder], object]


def _stripped(volume: VolumeBuilder) -> None:
    """Take the last attachment away and every word of it; only the native still knows."""
    volume.lose(LEDGER)
    for bates in (MAIL, MEMO):
        end = MEMO
        volume.set(bates, "ENDATTACH", end).set(bates, "ATTACHRANGE", f"{MAIL} - {end}")
    volume.set(MAIL, "CHILD_BATES", MEMO)


def _altered(volume: VolumeBuilder, bates: str, change: Callable[[bytes], bytes]) -> None:
    row = volume.row(bates)
    path, data = row.native or ("", b"")
    row.native = (path, change(data))


def _image(volume: VolumeBuilder, bates: str, place: int, data: bytes) -> None:
    page, path, _, first = volume.row(bates).images[place]
    volume.row(bates).images[place] = (page, path, data, first)


def _tiff(mode: str, compression: str, dpi: int) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (85, 110), 1).save(out, "TIFF", compression=compression, dpi=(dpi, dpi))
    return out.getvalue()


def _two_pages() -> bytes:
    out = io.BytesIO()
    image = Image.new("1", (85, 110), 1)
    image.save(
        out, "TIFF", compression="group4", dpi=(300, 300), save_all=True, append_images=[image]
    )
    return out.getvalue()


def _misplaced(volume: VolumeBuilder) -> None:
    row = volume.row(LOOSE)
    volume.rows.remove(row)
    volume.rows.append(row)


def _no_native(volume: VolumeBuilder, bates: str) -> None:
    volume.row(bates).native = None


def _no_text(volume: VolumeBuilder, bates: str) -> None:
    volume.row(bates).text = None


def _empty_text(volume: VolumeBuilder, bates: str) -> None:
    volume.row(bates).text = (volume.row(bates).cells["OCRPATH"], b"")


def _rename_native(volume: VolumeBuilder, bates: str) -> None:
    row = volume.row(bates)
    data = row.native[1] if row.native else b""
    row.cells["LINK"] = "NATIVES\\0001\\plan_final.TXT"
    row.native = (row.cells["LINK"], data)


def _other_attachment(volume: VolumeBuilder) -> None:
    """Deliver another file for the memo, with true digests of its own."""
    row, data = volume.row(MEMO), b"Nothing was moved.\n"
    row.native = (row.cells["LINK"], data)
    row.cells["MD5HASH"] = hashlib.md5(data).hexdigest()
    row.cells["SHA256"] = hashlib.sha256(data).hexdigest()


def _exposed(volume: VolumeBuilder) -> None:
    """Deliver a PDF, sound in every way, whose black box leaves the words in the file."""
    row, data = volume.row(LOOSE), pdf.covered()
    row.cells |= {
        "LINK": f"NATIVES\\0001\\{LOOSE}.PDF",
        "FILE_EXTEN": "PDF",
        "FILE_NAME": "payments.pdf",
        "MIME_TYPE": "application/pdf",
        "FILE_SIZE": f"{-(-len(data) // 1024):,}",
        "MD5HASH": hashlib.md5(data).hexdigest().upper(),
        "SHA256": hashlib.sha256(data).hexdigest(),
    }
    row.native = (row.cells["LINK"], data)
    row.text = (row.cells["OCRPATH"], b"Payments to\n")


def _drop_line(volume: VolumeBuilder, bates: str, place: int) -> None:
    page, path, data, _ = volume.row(bates).images.pop(place)
    del page, path, data


def _row_without_document(volume: VolumeBuilder) -> None:
    """Lose the row only: its pages stay in the pointer file."""
    lost = volume.row(LOOSE)
    volume.rows.remove(lost)
    volume.pages_without_rows.extend(lost.images)
    for each in (lost.native, lost.text):
        if each is not None:
            volume.extra[each[0]] = each[1]


FAULTS = [
    SeededFault("attachment listed but not produced", "FM01", LEDGER, lambda v: v.lose(LEDGER)),
    SeededFault("attachment listed, in mid-family", "FM01", MEMO, lambda v: v.lose(MEMO)),
    SeededFault("attachment only the native knows", "FM04", MAIL, _stripped),
    SeededFault("zip member listed but not produced", "FM01", TWO, lambda v: v.lose(TWO)),
    SeededFault("parent missing", "FM02", MAIL, lambda v: v.lose(MAIL)),
    SeededFault("child of nobody", "FM03", MEMO, lambda v: v.set(MEMO, "PARENT_BATES", number(99))),
    SeededFault("child without parent", "FM07", MEMO, lambda v: v.set(MEMO, "PARENT_BATES", "")),
    SeededFault("child not listed", "FM07", LEDGER, lambda v: v.set(MAIL, "CHILD_BATES", MEMO)),
    SeededFault("family range too short", "FM05", MEMO, lambda v: v.set(MEMO, "ENDATTACH", MEMO)),
    SeededFault("row out of order", "BT05", LOOSE, _misplaced),
    SeededFault("another file as attachment", "FM08", MEMO, _other_attachment),
    SeededFault("date blank", "MD02", LUNCH, lambda v: v.set(LUNCH, "DATE_SENT", "")),
    SeededFault("no such date", "MD05", LUNCH, lambda v: v.set(LUNCH, "DATE_SENT", "02/30/2023")),
    SeededFault("date unset", "MD06", LUNCH, lambda v: v.set(LUNCH, "DATE_SENT", "01/01/1601")),
    SeededFault("date untrue", "MD08", LUNCH, lambda v: v.set(LUNCH, "DATE_SENT", "03/15/2023")),
    SeededFault(
        "hour untrue", "MD08", LUNCH, lambda v: v.set(LUNCH, "TIME_SENT/TIME_ZONE", "05:05 PM GMT")
    ),
    SeededFault(
        "zone missing", "MD07", LUNCH, lambda v: v.set(LUNCH, "TIME_SENT/TIME_ZONE", "04:05 PM")
    ),
    SeededFault(
        "sender untrue", "MD09", LUNCH, lambda v: v.set(LUNCH, "FROM", "Ana Roe <roe@o.example>")
    ),
    SeededFault("sender blank", "MD04", LUNCH, lambda v: v.set(LUNCH, "FROM", "")),
    SeededFault("subject untrue", "MD10", LUNCH, lambda v: v.set(LUNCH, "SUBJECT", "Dinner")),
    SeededFault("Message-ID untrue", "MD11", LUNCH, lambda v: v.set(LUNCH, "INTMSGID", "<x@y>")),
    SeededFault("recipients blank", "MD12", LUNCH, lambda v: v.set(LUNCH, "TO", "")),
    SeededFault("custodian blank", "MD01", LOOSE, lambda v: v.set(LOOSE, "CUSTODIAN", "")),
    SeededFault("hash blank", "MD03", LOOSE, lambda v: v.set(LOOSE, "MD5HASH", "")),
    SeededFault("hash malformed", "MD16", LOOSE, lambda v: v.set(LOOSE, "MD5HASH", "d131dd02c5")),
    SeededFault(
        "name lost", "MD13", LOOSE, lambda v: v.set(LOOSE, "FILE_NAME", f"{LOOSE}.txt")
    ),
    SeededFault("name blank", "MD04", LOOSE, lambda v: v.set(LOOSE, "FILE_NAME", "")),
    SeededFault("another zone", "MD15", LUNCH, lambda v: v.set(LUNCH, "TIME_ZONE", "EST")),
    SeededFault("native absent", "NT01", MEMO, lambda v: _no_native(v, MEMO)),
    SeededFault("native of a parent absent", "NT01", MAIL, lambda v: _no_native(v, MAIL)),
    SeededFault("native altered", "NT02", LOOSE, lambda v: _altered(v, LOOSE, lambda d: d + b"x")),
    SeededFault(
        "attachment altered", "NT02", MEMO, lambda v: _altered(v, MEMO, lambda d: d[:-5])
    ),
    SeededFault(
        "mail altered", "NT02", MAIL,
        lambda v: _altered(v, MAIL, lambda d: d.replace(b"16:05", b"17:05")),
    ),
    SeededFault("native named otherwise", "NT03", LOOSE, lambda v: _rename_native(v, LOOSE)),
    SeededFault("extension untrue", "NT04", LOOSE, lambda v: v.set(LOOSE, "FILE_EXTEN", "PDF")),
    SeededFault("size untrue", "NT07", LOOSE, lambda v: v.set(LOOSE, "FILE_SIZE", "5,952")),
    SeededFault("words under a box", "NT08", LOOSE, _exposed),
    SeededFault("text absent", "TX01", LEDGER, lambda v: _no_text(v, LEDGER)),
    SeededFault("text empty", "TX02", LEDGER, lambda v: _empty_text(v, LEDGER)),
    SeededFault("image absent", "IM01", number(5), lambda v: _image(v, LEDGER, 1, b"")),
    SeededFault("image and line absent", "IM02", number(5), lambda v: _drop_line(v, LEDGER, 1)),
    SeededFault("first line absent", "IM02", MAIL, lambda v: _drop_line(v, MAIL, 0)),
    SeededFault("all pages absent", "IM03", LOOSE, lambda v: v.row(LOOSE).images.clear()),
    SeededFault("row lost, pages left", "IM04", LOOSE, _row_without_document),
    SeededFault(
        "image not Group IV", "IM05", number(5),
        lambda v: _image(v, LEDGER, 1, _tiff("L", "tiff_lzw", 300)),
    ),
    SeededFault(
        "image at 200 dpi", "IM06", number(5),
        lambda v: _image(v, LEDGER, 1, _tiff("1", "group4", 200)),
    ),
    SeededFault("image broken", "IM07", number(5), lambda v: _image(v, LEDGER, 1, b"II*\0rubbish")),
    SeededFault(
        "two pages in a file", "IM08", number(5), lambda v: _image(v, LEDGER, 1, _two_pages())
    ),
    SeededFault("page count untrue", "IM09", LEDGER, lambda v: v.set(LEDGER, "PGCOUNT", "4")),
    SeededFault("overlap", "BT03", MAIL, lambda v: v.set(MAIL, "LASTBATES", MEMO)),
    SeededFault("gap", "BT04", LOOSE, lambda v: v.lose(LOOSE)),
    SeededFault("number twice", "BT02", LEDGER, lambda v: v.set(LOOSE, "FIRSTBATES", LEDGER)),
    SeededFault("no number", "BT01", "n/a", lambda v: v.set(LOOSE, "FIRSTBATES", "n/a")),
    SeededFault("range backwards", "BT06", ZIPPED, lambda v: v.set(ZIPPED, "LASTBATES", LOOSE)),
    SeededFault(
        "stray file", "VO05", "", lambda v: v.extra.update({"NATIVES/0001/old_draft.txt": b"x"})
    ),
    SeededFault("archive with JPEG under AES", "AR01", "",
          lambda v: v.extra.update({"DATA/MORE.ZIP": archives.jpeg_under_aes()})),
    SeededFault("archive for a certificate", "AR01", "",
          lambda v: v.extra.update({"MORE.EXE": b"MZ" + archives.for_a_certificate()})),
    SeededFault("archive by PPMd", "AR02", "",
          lambda v: v.extra.update({"DATA/MORE.ZIP": archives.by_ppmd()})),
    SeededFault("column missing", "LF02", "", lambda v: v.header.remove("BCC")),
    SeededFault("column unknown", "LF03", "", lambda v: v.header.append("MOOD")),
]  # fmt: skip


def family_of(bates: str) -> str:
    """Return the first number of the family a number of the sound volume lies in."""
    return max((top for top in (MAIL, LOOSE, ZIPPED, LUNCH) if top <= bates), default="")
