"""Imaging: pages a second of CPU for mail, text and PDF, PDF beside ghostscript where installed.

A page is drawn, endorsed and encoded (Group IV, or JPEG for colour). `run(corpora)` gives one row
for each kind; the ratio is ghostscript's CPU time a page over ours on the same files.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import FieldValue, Hint, InMemory, Kind, TextMethod
from forthwith.formats.mail import eml
from forthwith.produce.imaging import encode, endorse, pages_of

_PDF_PAGES = 10


def _document(kind: Kind, media_type: str, fields: Iterable[FieldValue] = ()) -> Document:
    number = ControlNumber("FW00000001")
    return Document(
        control_number=number, parent=None, family=number, order=0, relation=None, custodian="",
        kind=kind, name="", path="", media_type=media_type, md5="", sha1="", sha256="", size=0,
        fields={each.name: each for each in fields}, faults=(), text_method=TextMethod.EXTRACTED,
        blob="", locator="", source="", item="",
    )  # fmt: skip


def _mails(corpora: Path, count: int) -> Iterator[tuple[Document, bytes, str]]:
    files = sorted((corpora / "mail" / "spamassassin").rglob("0*.txt"))
    for path in files[:: max(1, len(files) // count)]:
        data = path.read_bytes()
        reading = eml.read(InMemory(data), Hint())
        yield _document(Kind.EMAIL, "message/rfc822", reading.fields), data, reading.text


def _texts(corpora: Path) -> Iterator[tuple[Document, bytes, str]]:
    for path in sorted((corpora / "law").rglob("rule_*.md"))[::12]:
        text = path.read_text("utf-8", "replace")[:200_000]
        yield _document(Kind.EDOC, "text/plain"), b"", text


def _pdfs(corpora: Path) -> Iterator[Path]:
    for path in sorted((corpora / "documents").rglob("*.pdf")):
        if b"/Encrypt" not in (data := path.read_bytes()) and len(data) < 2_000_000:
            yield path


def _measured(inputs: list[tuple[Document, bytes, str]], most: int) -> tuple[int, float]:
    pages, start = 0, time.process_time()
    for document, native, text in inputs:
        made = pages_of(document, native, text)
        for number in range(min(made.count, most)):
            encode(endorse(made.paint(number), f"NGX{pages:08d}", "CONFIDENTIAL"))
            pages += 1
    return pages, time.process_time() - start


def _ghostscript(paths: list[Path], program: str) -> tuple[int, float]:
    """Return pages and CPU seconds of ghostscript over the same first pages of the same files."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        for place, path in enumerate(paths):
            command = [
                program, "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=tiffg4", "-r300",
                f"-dLastPage={_PDF_PAGES}", f"-sOutputFile={folder}/{place}-%04d.tif", str(path),
            ]  # fmt: skip
            subprocess.run(command, check=False, capture_output=True, timeout=120)
        pages = len(list(Path(folder).glob("*.tif")))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return pages, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(corpora: Path) -> list[dict[str, Any]]:
    """Return one row a kind: pages, CPU seconds, pages a second, and the ratio to the peer."""
    rows: list[dict[str, Any]] = []
    pdfs = list(_pdfs(corpora))[:60]
    held = [(_document(Kind.EDOC, "application/pdf"), path.read_bytes(), "") for path in pdfs]
    for name, inputs in (
        ("imaging: mail", list(_mails(corpora, 120))),
        ("imaging: text", list(_texts(corpora))),
        ("imaging: PDF", held),
    ):
        pages, seconds = _measured(inputs, _PDF_PAGES if inputs is held else 50)
        row: dict[str, Any] = {"what": name, "pages": pages, "cpu_seconds": round(seconds, 2)}
        row["pages_per_cpu_second"] = round(pages / seconds, 1) if seconds else None
        rows.append(row)
    if program := shutil.which("gs"):
        pages, seconds = _ghostscript(pdfs, program)
        rate = pages / seconds if seconds else 0.0
        rows[-1]["peer"] = "ghostscript tiffg4"
        rows[-1]["peer_pages_per_cpu_second"] = round(rate, 1)
        rows[-1]["ratio"] = round(rows[-1]["pages_per_cpu_second"] / rate, 2) if rate else None
    else:
        rows[-1]["peer"] = "ghostscript: not installed"
    return rows
