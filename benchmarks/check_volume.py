"""Checking a volume: load files alone, then natives re-parsed and images decoded, apart.

The volume is generated: families of three, mail with two files, a page or two each, rows as wide as
real ones. Load files alone are to go at 20 × 2,300 documents a second in one process, parsing and
every check on rows and pages included.
Run: python -m benchmarks.check_volume
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from forthwith import check
from forthwith.check import natives_opened
from forthwith.check import page_images as images
from forthwith.loadfiles import dat, opt
from forthwith.standards import loader

DOCUMENTS, ROUNDS = 99_999, 3
LIMIT = 20 * 2_300
FILES = 300
_HEADER_BLOCK = "Received: by mx.northgate.example with ESMTP;®" * 8 + "Subject: Weekly transfers®"


def rows(count: int) -> Iterator[dict[str, str]]:
    """Yield `count` sound rows: mail of two pages, two attachments of one page each."""
    page = 1
    for family in range(count // 3):
        first = [page, page + 2, page + 3]
        numbers = [f"NGT_{each:08d}" for each in first]
        end = numbers[2]
        for place, number in enumerate(numbers):
            mail = place == 0
            extension = "EML" if mail else "PDF"
            yield {
                "FIRSTBATES": number,
                "LASTBATES": f"NGT_{page + 1:08d}" if mail else number,
                "ATTACHRANGE": f"{numbers[0]} - {end}",
                "BEGATTACH": numbers[0],
                "ENDATTACH": end,
                "PARENT_BATES": "" if mail else numbers[0],
                "CHILD_BATES": "; ".join(numbers[1:]) if mail else "",
                "CUSTODIAN": "Ortega, Marisol",
                "LINK": f"NATIVES\\{family // 600 + 1:04d}\\{number}.{extension}",
                "MIME_TYPE": "message/rfc822" if mail else "application/pdf",
                "FILE_EXTEN": extension,
                "FILE_SIZE": f"{family % 900 + 1:,}",
                "PGCOUNT": "2" if mail else "1",
                "MD5HASH": f"{family * 3 + place:032X}",
                "SHA256": f"{family * 3 + place:064x}",
                "OCRPATH": f"TEXT\\{family // 600 + 1:04d}\\{number}.TXT",
                "PRODVOL": "VOL001",
                **(_mail(family) if mail else _file(family, place)),
            }
        page += 4


def _mail(family: int) -> dict[str, str]:
    return {
        "FROM": "Marisol Ortega <ortega@northgate.example>",
        "TO": "Lee, Wei <lee@northgate.example>; Roe, Ana <roe@northgate.example>",
        "SUBJECT": f"Weekly transfers, hot wallets {family}",
        "DATE_SENT": f"{family % 12 + 1:02d}/{family % 28 + 1:02d}/2023",
        "TIME_SENT/TIME_ZONE": f"{family % 12 + 1:02d}:{family % 60:02d} PM GMT",
        "TIME_ZONE": "GMT",
        "INTFILEPATH": f"Mailbox\\Inbox\\Transfers\\{family}.eml",
        "INTMSGID": f"<{family:016x}@northgate.example>",
        "HEADER": _HEADER_BLOCK,
    }


def _file(family: int, place: int) -> dict[str, str]:
    return {
        "FILE_NAME": f"Transfers {family} part {place}.pdf",
        "PATH": f"Mailbox\\Inbox\\Transfers\\{family}.eml\\Transfers {family} part {place}.pdf",
        "AUTHOR": "Marisol Ortega",
        "DATE_MOD": f"{family % 12 + 1:02d}/{(family + place) % 28 + 1:02d}/2023",
        "TIME_MOD/TIME_ZONE": f"{family % 12 + 1:02d}:{place:02d} AM GMT",
    }


def write(place: Path, count: int) -> Path:
    """Write the load files of a generated volume and return its folder."""
    standard = loader.load()
    found = list(rows(count))
    cells = [[row.get(name, "") for name in standard.header] for row in found]
    root = place / "VOL001"
    (root / "DATA").mkdir(parents=True)
    (root / "DATA/VOL001.DAT").write_bytes(b"".join(dat.write(standard.header, cells)))
    (root / "DATA/VOL001.OPT").write_bytes(opt.write(_lines(found)))
    return root


def _lines(found: list[dict[str, str]]) -> Iterator[opt.OptRow]:
    for row in found:
        pages = [row["FIRSTBATES"], row["LASTBATES"]][: int(row["PGCOUNT"])]
        for page in pages:
            first = page == row["FIRSTBATES"]
            path = f"IMAGES\\0001\\{page}.TIF"
            yield opt.OptRow(page, "VOL001", path, first, pages=len(pages) if first else None)


def load_files(root: Path) -> float:
    """Return the seconds one check of the load files takes."""
    start = time.perf_counter()
    report = check.run(root, loader.load(), load_files_only=True)
    if report.findings:
        raise SystemExit(f"the generated volume is not sound: {report.findings[:3]}")
    return time.perf_counter() - start


def natives(corpora: Path) -> tuple[int, float]:
    """Return how many natives of the corpora were re-parsed, and the seconds."""
    found = sorted(path for path in (corpora / "mail").rglob("*") if path.is_file())[:FILES]
    start = time.perf_counter()
    for path in found:
        natives_opened.open_native((str(path), ""), frozenset())
    return len(found), time.perf_counter() - start


def pages(place: Path) -> tuple[int, float]:
    """Return how many letter pages were decoded, and the seconds."""
    out = io.BytesIO()
    image = Image.effect_noise((2550, 3300), 20).point(lambda level: 255 * (level > 90))
    image.convert("1").save(out, "TIFF", compression="group4", dpi=(300, 300))
    path = place / "page.tif"
    path.write_bytes(out.getvalue())
    start = time.perf_counter()
    for _ in range(FILES):
        images.look(images.PageJob(str(path)), loader.load().images)
    return FILES, time.perf_counter() - start


def run(corpora: Path | None) -> list[dict[str, Any]]:
    """Measure; one row a measure, the ratio against the limit where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), DOCUMENTS)
        took = statistics.median(load_files(root) for _ in range(ROUNDS))
        size = (root / "DATA/VOL001.DAT").stat().st_size
        rate = DOCUMENTS / took
        results: list[dict[str, Any]] = [
            {
                "benchmark": "check, load files alone",
                "subject": f"forthwith, {DOCUMENTS:,} documents, DAT {size / 2**20:.0f} MiB",
                "peer": f"{LIMIT:,} documents/s",
                "rate": rate,
                "unit": "documents/s",
                "ratio": rate / LIMIT,
                "wanted": 1.0,
            }
        ]
        measured = {"page images decoded": pages(Path(folder))}
        if corpora is not None and (corpora / "mail").is_dir():
            measured["natives re-parsed (mail)"] = natives(corpora)
        for name, (count, seconds) in measured.items():
            results.append(
                {"benchmark": f"check, {name}", "subject": "forthwith", "peer": "",
                 "rate": count / seconds, "unit": "files/s", "ratio": None, "wanted": None}
            )  # fmt: skip
        return results


if __name__ == "__main__":
    import sys

    for each in run(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(each)
