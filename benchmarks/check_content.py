"""Checking what a volume says: texts, images, families and natives apart, and how it grows.

A volume is written whole: messages with one file each, a page of half a letter's size for each
document, drawn and stamped, a text, digests. Each part of the check runs by itself in one process;
then the whole check, on a volume ten times as large too: a document may cost no more there.
Run: python -m benchmarks.check_content
"""

from __future__ import annotations

import functools
import hashlib
import io
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from forthwith import check
from forthwith.check import (
    attachments,
    endorsements,
    families,
    files,
    natives_opened,
    page_images,
    text_compared,
    text_measured,
)
from forthwith.check.context import CheckContext
from forthwith.check.page_images import Looked
from forthwith.check.volume import open_volume
from forthwith.domain.evidence import Budget, Hint, InMemory, Limits
from forthwith.formats import readers
from forthwith.loadfiles import dat, opt
from forthwith.standards import loader

SMALL, LARGE = 1_000, 10_000
#: Seconds a document costs in the large volume over those in the small.
WANTED = 1.25
_SIZE = (1275, 1650)
_LINES, _SHEETS = 24, 40
_WORDS = [
    first + last
    for first in ("har", "lan", "mea", "tim", "gra", "ves", "cop", "bel", "sto", "rin")
    for last in ("bour", "tern", "dow", "ber", "vel", "sel", "per", "fry", "ne", "gle")
]


@dataclass(frozen=True, slots=True)
class _Document:
    """One document to be written."""

    number: str
    parent: str
    child: str
    extension: str
    native: bytes
    text: str
    cells: dict[str, str]


def _prose(seed: int) -> str:
    chance = random.Random(seed)
    return "\n".join(" ".join(chance.choices(_WORDS, k=9)) for _ in range(_LINES)) + "\n"


def documents(count: int) -> Iterator[_Document]:
    """Yield `count` documents: messages, each with one text attached."""
    for place in range(1, count, 2):
        mail, note = f"NGT_{place:08d}", f"NGT_{place + 1:08d}"
        body, memo = _prose(place), _prose(place + 1)
        message = EmailMessage()
        message["From"] = "Marisol Ortega <ortega@northgate.example>"
        message["To"] = "Lee, Wei <lee@northgate.example>"
        message["Subject"] = f"Weekly transfers {place}"
        message["Date"] = f"Tue, 14 Mar 2023 {place % 24:02d}:{place % 60:02d}:00 +0000"
        message["Message-ID"] = f"<{place:016x}@northgate.example>"
        message.set_content(body)
        name = f"transfers {place}.txt"
        message.add_attachment(memo.encode(), "application", "octet-stream", filename=name)
        message.set_boundary("=part=")
        data = message.as_bytes()
        hour = place % 24
        shown = f"{(hour - 1) % 12 + 1:02d}:{place % 60:02d} {'AM' if hour < 12 else 'PM'} GMT"
        yield _Document(
            mail, "", note, "EML", data, body,
            {"FROM": str(message["From"]), "TO": str(message["To"]),
             "SUBJECT": str(message["Subject"]), "DATE_SENT": "03/14/2023",
             "TIME_SENT/TIME_ZONE": shown, "TIME_ZONE": "GMT",
             "INTMSGID": str(message["Message-ID"]), "HEADER": data.split(b"\n\n")[0].decode(),
             "INTFILEPATH": f"Inbox\\{place}.eml", "MIME_TYPE": "message/rfc822"},
        )  # fmt: skip
        yield _Document(
            note, mail, "", "TXT", memo.encode(), memo,
            {"FILE_NAME": name, "PATH": f"Inbox\\{place}.eml\\{name}", "MIME_TYPE": "text/plain"},
        )  # fmt: skip


@functools.cache
def _sheet(place: int) -> Image.Image:
    page = Image.new("1", _SIZE, 1)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    for line, words in enumerate(_prose(-place).splitlines()):
        pen.text((110, 150 + 54 * line), words, fill=0, font=font)
    return page


def _page(place: int, number: str) -> bytes:
    page = _sheet(place % _SHEETS).copy()
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(34)
    pen.text((_SIZE[0] - 60, _SIZE[1] - 40), number, fill=0, font=font, anchor="rs")
    out = io.BytesIO()
    page.save(out, "TIFF", compression="group4", dpi=(300, 300))
    return out.getvalue()


def write(place: Path, count: int) -> Path:
    """Write a volume of `count` documents and return its folder."""
    standard, root = loader.load(), place / "VOL001"
    (root / "DATA").mkdir(parents=True)
    cells, lines = [], []
    for index, document in enumerate(documents(count)):
        number, folder = document.number, f"{index // 1000 + 1:04d}"
        paths = {
            "LINK": f"NATIVES\\{folder}\\{number}.{document.extension}",
            "OCRPATH": f"TEXT\\{folder}\\{number}.TXT",
        }
        image = f"IMAGES\\{folder}\\{number}.TIF"
        written = (document.native, document.text.encode(), _page(index, number))
        for path, data in zip((*paths.values(), image), written, strict=True):
            target = root / path.replace("\\", "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        first, last = document.parent or number, document.child or number
        row = document.cells | paths | {
            "FIRSTBATES": number, "LASTBATES": number, "ATTACHRANGE": f"{first} - {last}",
            "BEGATTACH": first, "ENDATTACH": last, "PARENT_BATES": document.parent,
            "CHILD_BATES": document.child, "CUSTODIAN": "Ortega, Marisol",
            "FILE_EXTEN": document.extension, "PGCOUNT": "1", "PRODVOL": "VOL001",
            "FILE_SIZE": f"{-(-len(document.native) // 1024):,}",
            "MD5HASH": hashlib.md5(document.native).hexdigest().upper(),
            "SHA256": hashlib.sha256(document.native).hexdigest(),
        }  # fmt: skip
        cells.append([row.get(name, "") for name in standard.header])
        lines.append(opt.OptRow(number, "VOL001", image, True, pages=1))
    (root / "DATA/VOL001.DAT").write_bytes(b"".join(dat.write(standard.header, cells)))
    (root / "DATA/VOL001.OPT").write_bytes(opt.write(lines))
    return root


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def parts(root: Path) -> dict[str, float]:
    """Return the seconds of CPU each part of the check takes by itself."""
    seen = CheckContext(open_volume(root, loader.load()))
    places = files.locate(seen)
    digests = frozenset(seen.volume.column("md5"))
    took: dict[str, float] = {}
    took["natives"], _ = _timed(
        lambda: [
            natives_opened.open_native((str(root / path), ""), digests)
            for path in places.natives.values()
        ]
    )
    readings = [
        (readers.read(InMemory(data), Hint(path, "", Budget(Limits()))), data, row)
        for row, path in places.natives.items()
        for data in [(root / path).read_bytes()]
    ]
    comparing, _ = _timed(
        lambda: [
            text_measured.compared(reading, str(root / places.texts[row]), data)
            for reading, data, row in readings
        ]
    )
    opened = {
        row: natives_opened.open_native((str(root / path), str(root / places.texts[row])), digests)
        for row, path in places.natives.items()
    }
    judging, _ = _timed(lambda: list(text_compared.texts(seen, places, opened)))
    took["text"] = comparing + judging

    def images() -> None:
        of = page_images.documents_of(seen)
        jobs = page_images.jobs(seen, places, of, digest=False)
        sample = jobs[:: max(1, len(jobs) // endorsements.SAMPLE)][: endorsements.SAMPLE]
        stamp = endorsements.learned([(job.number, page_images.edges(job)) for _, job in sample])
        if stamp is None:
            raise SystemExit("the numbers of the generated volume are not read")
        rules = seen.volume.standard.images
        pages = {path: page_images.look(job, rules, stamp) for path, job in jobs}
        list(page_images.shown(seen, Looked(places, pages, of, stamp), opened))

    took["images"], _ = _timed(images)

    def related() -> None:
        resolved = families.resolve(seen.volume)
        list(families.rows(seen, resolved))
        matched, _ = attachments.compare(seen, resolved, opened)
        list(attachments.report(seen, resolved, opened, matched))

    took["families"], _ = _timed(related)
    return took


def whole(root: Path) -> float:
    """Return the seconds of CPU of the whole check, its processes included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    own, report = _timed(lambda: check.run(root, loader.load(), workers=1))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if report.findings:
        raise SystemExit(f"the generated volume is not sound: {report.findings[:3]}")
    return own + sum(after[:2]) - sum(before[:2])


def run(_: Path | None = None) -> list[dict[str, Any]]:
    """Measure; one row a part, and one for the growth."""
    with tempfile.TemporaryDirectory() as folder:
        small = write(Path(folder) / "small", SMALL)
        large = write(Path(folder) / "large", LARGE)
        results: list[dict[str, Any]] = [
            {"what": f"check, {name} ({SMALL:,} documents)",
             "ours": f"{SMALL / seconds:,.0f} documents/s of CPU", "peer": "", "ratio": None,
             "limit": "", "met": None}
            for name, seconds in parts(small).items()
        ]  # fmt: skip
        costs = [whole(root) / count for root, count in ((small, SMALL), (large, LARGE))]
        ratio = costs[1] / costs[0]
        shown = " / ".join(f"{1000 * cost:.1f}" for cost in costs)
        results.append(
            {"what": f"check, whole, {SMALL:,} / {LARGE:,} documents: ms of CPU a document",
             "ours": shown, "peer": "linear in documents", "ratio": ratio,
             "limit": f"<= {WANTED}x", "met": ratio <= WANTED}
        )  # fmt: skip
        return results


if __name__ == "__main__":
    for line in run():
        print(line)
