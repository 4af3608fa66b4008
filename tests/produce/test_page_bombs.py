"""A file of few bytes and very many pages, pixels or hours goes out whole, and stops nothing."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Budget, FaultReason, Hint, InMemory, Kind, Limits
from forthwith.formats import readers
from forthwith.produce import stage as volume
from forthwith.produce.imaging import imager, pages_of
from forthwith.standards.loader import load
from forthwith.workers.sandbox import Rules
from forthwith.workflows.matter_access import Workers
from forthwith.workflows.progress import SILENT
from tests.builders.documents import FAKE_IMAGER, FakeAccess, document, order
from tests.builders.pages import document as page_document

STANDARD = load("sec/2021-08")
PDF = page_document(Kind.EDOC, "application/pdf")
TIFF = page_document(Kind.EDOC, "image/tiff")


def reused(levels: int, box: str = "0 0 612 792", extra: str = "", words: str = "") -> bytes:
    """Return a PDF of ten to the power of `levels` pages: each node is named ten times."""
    bodies = ["<</Type/Catalog/Pages 2 0 R>>"]
    for level in range(levels):
        kids = f"{level + 3} 0 R " * 10
        bodies.append(f"<</Type/Pages/Count {10 ** (levels - level)}/Kids[{kids}]>>")
    font = "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    stream = f"BT/F1 9 Tf 20 700 Td({words})Tj ET"
    place = len(bodies) + 2
    bodies += [
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Resources{font}/Contents {place} 0 R{extra}>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
    ]
    return numbered(bodies)


def numbered(bodies: Sequence[str]) -> bytes:
    """Return a PDF of these objects, the first its catalog."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    head = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}"
    tail = f"trailer<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{len(data)}\n%%EOF"
    return data + (head + tail).encode()


def test_a_pdf_of_a_million_pages_is_one_page_that_says_why() -> None:
    """It has 2 KB: a page tree may name one page as often as it likes."""
    pages = pages_of(PDF, reused(6), "")

    assert pages.count == 1
    [fault] = pages.faults
    assert fault.reason is FaultReason.TOO_MANY
    assert "1,000,000 pages" in fault.detail
    assert "limits.pages" in fault.detail
    assert pages.paint(0).convert("L").getextrema()[0] == 0


def test_as_many_pages_as_the_limit_are_drawn() -> None:
    limits = Limits(pages=100)

    assert pages_of(PDF, reused(2), "", limits=limits).count == 100
    assert pages_of(PDF, reused(2), "", limits=replace(limits, pages=99)).count == 1


def _tiff(frames: int, size: tuple[int, int] = (40, 40)) -> bytes:
    buffer = io.BytesIO()
    first, *more = [Image.new("1", size, 1) for _ in range(frames)]
    first.save(buffer, "TIFF", save_all=True, append_images=more)
    return buffer.getvalue()


def test_a_picture_of_very_many_frames_is_one_page() -> None:
    pages = pages_of(TIFF, _tiff(6), "", limits=Limits(pages=5))

    assert (pages.count, [fault.reason for fault in pages.faults]) == (1, [FaultReason.TOO_MANY])


def test_a_tiff_whose_directories_go_round_ends() -> None:
    """Its last directory names its first as the next."""
    data = bytearray(_tiff(3))
    first = int.from_bytes(data[4:8], "little")
    place = first
    while following := int.from_bytes(data[(end := _end(data, place)) : end + 4], "little"):
        place = following
    data[end : end + 4] = first.to_bytes(4, "little")
    begun = time.monotonic()

    pages = pages_of(TIFF, bytes(data), "")

    assert 1 <= pages.count <= 5_000
    assert time.monotonic() - begun < 20


def _end(data: bytearray, place: int) -> int:
    return place + 2 + 12 * int.from_bytes(data[place : place + 2], "little")


def test_a_picture_of_too_many_pixels_is_one_page() -> None:
    pages = pages_of(TIFF, _tiff(1, (200, 200)), "", limits=Limits(pixels=39_999))

    assert (pages.count, [fault.reason for fault in pages.faults]) == (1, [FaultReason.TOO_LARGE])


@pytest.mark.parametrize("box", ["0 0 14400 14400", "0 0 1 14400", "0 0 1e30 1e30", "0 0 -5 -5"])
def test_a_page_of_any_size_is_drawn_on_paper(box: str) -> None:
    """UserUnit makes 200 inches into 3 million square miles; paper stays paper."""
    page = pages_of(PDF, reused(0, box, "/UserUnit 75000"), "").paint(0)

    assert page.width * page.height == 2550 * 3300


class _Slow:
    """Pages of which each takes its time."""

    method = "slow"
    faults = ()

    def __init__(self, count: int) -> None:
        self.count = count

    def paint(self, _number: int) -> Image.Image:
        time.sleep(0.05)
        return Image.new("1", (85, 110), 1)


def _slow(*_: Any) -> Any:
    return _Slow(20)


def _logged(root: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((root / "DATA/VOL001_EXCEPTIONS.CSV").read_text().splitlines()))


def test_a_document_that_takes_too_long_goes_out_with_slip_sheets(tmp_path: Path) -> None:
    """Its native and its text are there, every number has an image, and the log says why."""
    staged = volume.stage(
        tmp_path, order(), [document()], FakeAccess(), STANDARD, 1,
        imager=replace(FAKE_IMAGER, pages_of=_slow), limits=Limits(draw_seconds=0.2),
    )  # fmt: skip

    assert len(list((staged.root / "IMAGES").rglob("*.*"))) == 20
    assert len(list((staged.root / "NATIVES").rglob("*.*"))) == 1
    [row] = [row for row in _logged(staged.root) if row["REASON"] == FaultReason.TOO_SLOW]
    assert "limits.draw_seconds" in row["DETAIL"]


def test_a_page_bomb_goes_out_with_its_native_and_one_slip_sheet(tmp_path: Path) -> None:
    """Nothing is lost in silence: a row of the log says why, and the letter counts it."""
    bomb = document(media_type="application/pdf", name="bomb.pdf")

    class Bomb(FakeAccess):
        def shown(self, _document: Document) -> bytes:
            return reused(6)

    staged = volume.stage(
        tmp_path, order(), [bomb], Bomb(), STANDARD, 1, imager=imager(STANDARD.images)
    )

    assert len(list((staged.root / "IMAGES").rglob("*.*"))) == 1
    assert len(list((staged.root / "NATIVES").rglob("*.*"))) == 1
    assert [row["REASON"] for row in _logged(staged.root)] == [FaultReason.TOO_MANY]
    letter = (staged.root / "DATA/VOL001_TRANSMITTAL.TXT").read_text()
    assert FaultReason.TOO_MANY in letter


@dataclass(frozen=True)
class _Deadly:
    """Pages of which the third ends whoever draws it."""

    count: int = 5
    method: str = "deadly"
    faults: tuple[()] = ()

    def paint(self, number: int) -> Image.Image:
        if number == 2:
            os.kill(os.getpid(), 9)
        return Image.new("1", (85, 110), 1)


def _deadly(*_: Any) -> Any:
    return _Deadly()


@pytest.mark.slow
def test_a_page_that_ends_its_worker_costs_that_page(tmp_path: Path) -> None:
    """The other pages of its document are drawn all the same."""
    rules = Rules(read=(Path(__file__).parents[2],), write=(tmp_path,))
    staged = volume.stage(
        tmp_path, order(), [document()], FakeAccess(), STANDARD, 1,
        run=Workers(1, Limits(), SILENT, rules), imager=replace(FAKE_IMAGER, pages_of=_deadly),
    )  # fmt: skip

    reasons = [row["DETAIL"] for row in _logged(staged.root)]
    assert len(list((staged.root / "IMAGES").rglob("*.*"))) == 5
    assert len(reasons) == 1
    assert reasons[0].startswith("page 3: ")


def test_the_words_of_a_page_bomb_are_read_within_limits() -> None:
    """Words of some pages and a fault that says so, and not a document that is lost."""
    for limits, reason in (
        (Limits(seconds=0.05), FaultReason.TOO_SLOW),
        (Limits(item_bytes=4_000), FaultReason.TOO_LARGE),
    ):
        data = reused(4, words="Words of a page. " * 10)

        reading = readers.read(InMemory(data), Hint("bomb.pdf", "", Budget(limits)))

        assert reading.text.startswith("Words of a page.")
        assert reason in {fault.reason for fault in reading.faults}
        assert not any(fault.lost for fault in reading.faults)
