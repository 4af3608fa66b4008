"""What a redaction took away is nowhere in the delivered volume, or it is found."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from forthwith import check
from forthwith.check.reporting import Report
from forthwith.domain.redactions import BurntBox, Passage, RedactedDocument
from forthwith.standards import loader
from tests.builders import pdf, secrets, volume
from tests.builders.volume import LOOSE, LUNCH, MAIL, MEMO, VolumeBuilder

STANDARD = loader.load()
#: A page of half a letter's size, and a box on it.
_PAGE, _BOX = (660, 850), (60, 200, 300, 40)


def page(*, box: bool = True, ink: Callable[[ImageDraw.ImageDraw], object] | None = None) -> bytes:
    image = Image.new("1", _PAGE, 1)
    draw = ImageDraw.Draw(image)
    draw.text((60, 100), "Northgate pays on the last day.", fill=0)
    if box:
        left, top, width, height = _BOX
        draw.rectangle((left, top, left + width - 1, top + height - 1), fill=0)
    if ink is not None:
        ink(draw)
    out = io.BytesIO()
    image.save(out, "TIFF", compression="group4", dpi=(300, 300))
    return out.getvalue()


_DRAWN = hashlib.sha256(
    np.packbits(np.zeros((_BOX[3], _BOX[2]), np.bool_), axis=1).tobytes()
).hexdigest()


def told(*, around: tuple[str, str] = ("", ""), **more: object) -> RedactedDocument:
    """The loose file of the sound volume, redacted; its words are the known secret."""
    passage = Passage("FW00000004", 1, "PII", secrets.SECRET, around)
    box = BurntBox(LOOSE, _BOX, _DRAWN, ())
    return RedactedDocument(LOOSE, (passage,), (box,), **more)  # type: ignore[arg-type]


def ours() -> VolumeBuilder:
    """A sound volume whose loose file is redacted: no native, no digest, a page with its box."""
    builder = volume.sound()
    builder.header.append("REDACTED")
    row = builder.row(LOOSE)
    row.native = None
    row.cells |= {"LINK": "", "MD5HASH": "", "SHA256": "", "FILE_SIZE": "", "REDACTED": "Y"}
    row.text = (row.cells["OCRPATH"], "A plan for [REDACTED – PII] and no more.\n".encode())
    put(builder, LOOSE, page())
    return builder


def put(builder: VolumeBuilder, bates: str, image: bytes) -> None:
    row = builder.row(bates)
    number, path, _, first = row.images[0]
    row.images[0] = (number, path, image, first)


def checked(builder: VolumeBuilder, place: Path, *redacted: RedactedDocument) -> Report:
    return check.run(builder.write(place), STANDARD, redacted=redacted or (told(),))


def codes(report: Report) -> set[tuple[str, str]]:
    return {(f.code, f.bates) for f in report.findings if f.code.startswith("RD")}


def says_nothing(report: Report) -> bool:
    """Say whether a report is free of what was redacted, and of where."""
    said = report.as_json() + repr(report.findings) + json.dumps(report.notes)
    return not any(part in said for part in (*secrets.SECRET.split(), _DRAWN, str(_BOX)[1:-1]))


def test_a_redacted_document_that_leaks_nothing_has_no_finding(tmp_path: Path) -> None:
    report = checked(ours(), tmp_path)

    assert codes(report) == set()
    assert any(note.startswith("Swept for what is redacted: ") for note in report.notes)


def text(builder: VolumeBuilder, bates: str, words: str) -> None:
    row = builder.row(bates)
    row.text = (row.cells["OCRPATH"], words.encode())


def native(builder: VolumeBuilder, bates: str, data: bytes, extension: str = "TXT") -> None:
    row = builder.row(bates)
    row.cells |= {"LINK": f"NATIVES\\0001\\{bates}.{extension}", "FILE_EXTEN": extension}
    row.cells["MD5HASH"] = hashlib.md5(data).hexdigest().upper()
    row.cells["SHA256"] = hashlib.sha256(data).hexdigest()
    row.native = (row.cells["LINK"], data)


SEEDED: list[tuple[str, str, str, Callable[[VolumeBuilder], object]]] = [
    ("box not burnt", "RD01", LOOSE, lambda v: put(v, LOOSE, page(box=False))),
    (
        "box half burnt", "RD01", LOOSE,
        lambda v: put(v, LOOSE, page(ink=lambda d: d.line((70, 210, 300, 230), fill=1))),
    ),
    (
        "letter cut", "RD02", LOOSE,
        lambda v: put(v, LOOSE, page(ink=lambda d: d.rectangle((100, 240, 104, 250), fill=0))),
    ),
    ("words in its text", "RD03", LOOSE, lambda v: text(v, LOOSE, secrets.SECRET)),
    ("its native", "RD04", LOOSE, lambda v: native(v, LOOSE, b"A plan.\n")),
    ("a cell of its own", "RD05", LOOSE, lambda v: v.set(LOOSE, "FILE_NAME", secrets.SECRET)),
    ("its digest", "RD06", LOOSE, lambda v: v.set(LOOSE, "MD5HASH", "A" * 32)),
    ("marked, and nothing redacted", "RD07", LUNCH, lambda v: v.set(LUNCH, "REDACTED", "Y")),
    ("redacted, and not marked", "RD08", LOOSE, lambda v: v.set(LOOSE, "REDACTED", "")),
    (
        "a paper beside the load files", "RD09", LOOSE,
        lambda v: v.extra.update({"DATA/VOL001_TRANSMITTAL.TXT": secrets.SECRET.encode()}),
    ),
    (
        "a name of a file", "RD09", LOOSE,
        lambda v: v.extra.update({f"NATIVES/{secrets.SECRET.replace(' ', '_')}.TXT": b"x"}),
    ),
    ("a copy in another text", "RD10", MEMO, lambda v: text(v, MEMO, f"so {secrets.SECRET}!")),
    ("a cell of another row", "RD10", LUNCH, lambda v: v.set(LUNCH, "SUBJECT", secrets.SECRET)),
    (
        "behind the end of its image", "RD11", LOOSE,
        lambda v: put(v, LOOSE, page() + b"drawn by somebody"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "bates", "seed"), [row[1:] for row in SEEDED], ids=[row[0] for row in SEEDED]
)
def test_each_leak_is_found_where_it_is_and_the_report_says_nothing_of_it(
    code: str, bates: str, seed: Callable[[VolumeBuilder], object], tmp_path: Path
) -> None:
    builder = ours()
    seed(builder)

    report = checked(builder, tmp_path)

    assert (code, bates) in codes(report)
    named = {"a cell of its own", "a cell of another row", "a name of a file"}
    assert says_nothing(report) or seed in [row[3] for row in SEEDED if row[0] in named]


def test_a_native_above_a_redacted_document_is_found(tmp_path: Path) -> None:
    builder = ours()
    row = builder.row(MEMO)
    row.native = None
    row.cells |= {"LINK": "", "MD5HASH": "", "SHA256": "", "REDACTED": "Y"}

    report = checked(builder, tmp_path, told(), RedactedDocument(MEMO))

    assert codes(report) == {("RD04", MAIL)}


def test_a_file_built_for_it_may_be_delivered(tmp_path: Path) -> None:
    builder, data = ours(), b"name,amount\nREDACTED,REDACTED\n"
    native(builder, LOOSE, data, "CSV")
    rebuilt = hashlib.sha256(data).hexdigest()

    assert codes(checked(builder, tmp_path, told(rebuilt=rebuilt))) == set()


def test_words_a_person_let_stand_are_no_finding_and_those_right_beside_the_box_are(
    tmp_path: Path,
) -> None:
    builder = ours()
    text(builder, MEMO, secrets.SECRET)
    text(builder, LOOSE, f"A plan for [REDACTED – PII] and no more; {secrets.SECRET} is known.")
    document = told(around=("plan for", "and no"), released_in=(MEMO, LOOSE))
    assert codes(checked(builder, tmp_path, document)) == set()

    text(builder, LOOSE, f"A plan for {secrets.SECRET} and no more.")
    assert codes(checked(builder, tmp_path, document)) == {("RD03", LOOSE)}


def test_a_single_word_is_known_by_the_words_around_it(tmp_path: Path) -> None:
    builder = ours()
    text(builder, MEMO, "We met Ortega in spring, and told Reyes of it.")
    passage = Passage("FW00000004", 1, "PII", "Ortega", ("please call", "before noon"))
    document = RedactedDocument(LOOSE, (passage,), told().boxes)
    assert codes(checked(builder, tmp_path, document)) == set()

    text(builder, MEMO, "Please call Ortega before noon.")
    assert codes(checked(builder, tmp_path, document)) == {("RD10", MEMO)}


def test_a_redacted_document_the_volume_lacks_is_told(tmp_path: Path) -> None:
    assert codes(checked(ours(), tmp_path, told(), RedactedDocument("NGT_00000099"))) == {
        ("RD12", "NGT_00000099")
    }


# Another's volume


def careless() -> VolumeBuilder:
    """What a careless party delivers: redacted pages, with natives and texts as they were."""
    builder = volume.sound()
    builder.header += ["REDACTED", "WITHHELD"]
    builder.set(LOOSE, "REDACTED", "Y").set(MEMO, "REDACTED", "Y")
    put(builder, LOOSE, page())
    put(builder, MEMO, page(box=False))
    builder.set(LUNCH, "WITHHELD", "PRIV0001")
    builder.extra["IMAGES/0001/CLIENT.PDF"] = pdf.covered()
    return builder


def test_a_careless_volume_is_found_leaking(tmp_path: Path) -> None:
    report = check.run(careless().write(tmp_path), STANDARD)

    assert codes(report) == {
        ("RD04", LOOSE), ("RD04", MEMO), ("RD07", MEMO), ("RD13", ""), ("RD14", LUNCH),
    }  # fmt: skip
    assert "4471" not in report.as_json()


def test_a_native_that_shows_what_its_page_has_blacked_out_is_found(tmp_path: Path) -> None:
    builder = volume.sound()
    lines = "".join(pdf.words(f"paid to account {n}", y=40 + 16 * n) for n in range(14))
    data = pdf.drawn(lines)
    native(builder, LOOSE, data, "PDF")
    image = Image.new("1", (900, 900), 1)
    draw = ImageDraw.Draw(image)
    for n in range(14):
        draw.text((60, 900 - 3 * (40 + 16 * n) - 30), f"paid to account {n}", fill=0, font_size=36)
    draw.rectangle((50, 300, 400, 420), fill=0)
    out = io.BytesIO()
    image.save(out, "TIFF", compression="group4", dpi=(300, 300))
    put(builder, LOOSE, out.getvalue())

    assert ("RD04", LOOSE) in codes(check.run(builder.write(tmp_path), STANDARD))
