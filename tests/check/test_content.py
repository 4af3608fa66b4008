"""Content is compared: what texts, pages and rows say, with the natives and with each other.

Each fault is put into a sound volume and must be told at its number, and nothing else with it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from forthwith import check
from forthwith.check import natives_opened, page_images, workers
from forthwith.check.page_images import PageJob, PageSeen
from forthwith.check.text_measured import DOUBTED, compared
from forthwith.domain.evidence import Kind, Reading
from forthwith.standards import loader
from tests.builders import pdf, told, volume
from tests.builders.told import CHILD, PARENT, PLAN, PLAN_TWO, A, B, C, ToldVolume

STANDARD = loader.load()
BLANK = Image.new("1", told.SIZE, 1)


def found(built: ToldVolume, place: Path) -> list[tuple[str, str]]:
    report = check.run(built.write(place), STANDARD)
    return [(finding.code, finding.bates) for finding in report.findings]


def unsealed() -> ToldVolume:
    """Return the sound volume as somebody else would send it: without manifest and letter."""
    built = told.sound()
    built.extra.clear()
    return built


def test_a_sound_volume_has_no_finding(tmp_path: Path) -> None:
    assert found(told.sound(), tmp_path / "sealed") == []
    assert found(unsealed(), tmp_path / "unsealed") == []


def _swap_texts(built: ToldVolume) -> None:
    one, other = (built.row(bates).text for bates in (A, B))
    assert one
    assert other
    built.row(A).text, built.row(B).text = (one[0], other[1]), (other[0], one[1])


def _quoting(built: ToldVolume) -> None:
    """A reply quotes what it answers; its text stands in place of the answered one's."""
    reply = built.row(B)
    assert reply.native
    assert reply.text
    quoted = "".join(f"> {line}\n" for line in told.prose(told._SUBJECTS[0]).splitlines())
    body = "Agreed, all of it.\n" + quoted
    head = reply.native[1].split(b"\n\n")[0]
    told.native(built, B, head + b"\n\n" + body.encode())
    told.text(built, B, body)
    told.text(built, A, body)


def _swap_pages(built: ToldVolume) -> None:
    one, other = told.image(built, A), told.image(built, B)
    told.page(built, A, other)
    told.page(built, B, one)


def _turned(built: ToldVolume, bates: str, angle: int) -> None:
    with Image.open(io.BytesIO(told.image(built, bates))) as page:
        out = io.BytesIO()
        page.rotate(angle, expand=True).save(out, "TIFF", compression="group4", dpi=(300, 300))
    told.page(built, bates, out.getvalue())


def _swap_natives(built: ToldVolume) -> None:
    one, other = built.row(A).native, built.row(B).native
    assert one
    assert other
    told.native(built, A, other[1])
    told.native(built, B, one[1])


def _redrawn(bates: str, text: str, stamp: str) -> Callable[[ToldVolume], None]:
    return lambda built: told.page(built, bates, told.tiff(told.drawn(text, stamp)))


def _said(bates: str, change: Callable[[str], str]) -> Callable[[ToldVolume], None]:
    def spoil(built: ToldVolume) -> None:
        row = built.row(bates)
        assert row.text
        told.text(built, bates, change(row.text[1].decode()))

    return spoil


def _cell(bates: str, column: str, value: str) -> Callable[[ToldVolume], object]:
    return lambda built: built.set(bates, column, value)


def _plan_page(built: ToldVolume) -> None:
    """Another page under the number of the plan's second, stamped rightly."""
    short = "".join(f"{line[:24]}\n\n" for line in told.prose("ferry", 11).splitlines())
    told.page(built, PLAN, told.tiff(told.drawn(short, PLAN_TWO)), 1)


TOLD = {
    "texts swapped": (_swap_texts, [("TX04", A), ("TX04", B)]),
    "text of a reply": (_quoting, [("TX04", A)]),
    "text cut within a word": (_said(A, lambda text: text[: len(text) // 3 - 2]), [("TX06", A)]),
    "text cut between words": (_said(A, lambda text: text[: len(text) // 3]), [("TX07", A)]),
    "text empty": (_said(A, lambda _: ""), [("TX02", A)]),
    "text a footer": (
        _said(A, lambda _: "CONFIDENTIAL NGT_00000001 - SUBJECT TO PROTECTIVE ORDER"),
        [("TX05", A)],
    ),
    "text three strange words": (_said(A, lambda _: "lorem ipsum dolor"), [("TX05", A)]),
    "pages swapped": (_swap_pages, [("IM16", A), ("IM16", B)]),
    "page of another document": (
        lambda built: told.page(built, A, told.image(built, B)), [("IM15", A)],
    ),
    "page of another document, stamped rightly": (
        _redrawn(A, told.prose(told._SUBJECTS[1]), A), [("IM15", B)],
    ),
    "page blank": (lambda built: told.page(built, A, told.tiff(BLANK)), [("IM14", A), ("IM13", A)]),
    "page blank but for its number": (_redrawn(A, "", A), [("IM14", A)]),
    "number missing": (_redrawn(A, told.prose(told._SUBJECTS[0]), ""), [("IM13", A)]),
    "number of another page": (
        _redrawn(A, told.prose(told._SUBJECTS[0]), "NGT_00000777"), [("IM16", A)],
    ),
    "page turned over": (lambda built: _turned(built, A, 180), [("IM13", A)]),
    "page twice": (
        lambda built: told.page(built, PLAN, told.image(built, PLAN), 1), [("IM15", PLAN_TWO)],
    ),
    "page of a PDF another's": (_plan_page, [("IM17", PLAN_TWO)]),
    "page of a PDF blank": (
        lambda built: told.page(built, PLAN, told.tiff(told.drawn("", PLAN_TWO)), 1),
        [("IM14", PLAN_TWO)],
    ),
    "recipient cut": (_cell(A, "TO", "Roe, Ana <roe@northgate.example>"), [("MD18", A)]),
    "copy added": (_cell(A, "CC", "Roe, Ana <roe@northgate.example>"), [("MD18", A)]),
    "subject changed": (_cell(A, "SUBJECT", "harbour dredging"), [("MD10", A)]),
    "sender changed": (_cell(A, "FROM", "Ana Roe <roe@other.example>"), [("MD09", A)]),
    "hour shifted": (_cell(A, "TIME_SENT/TIME_ZONE", "05:05 PM GMT"), [("MD08", A)]),
    "custodian misspelt": (_cell(C, "CUSTODIAN", "Ortega, Marisal"), [("MD19", C)]),
    "custodian of an attachment": (_cell(CHILD, "CUSTODIAN", "Wei Lee"), [("MD20", CHILD)]),
    "name changed": (_cell(CHILD, "FILE_NAME", "holiday photos.txt"), [("MD21", CHILD)]),
    "natives swapped": (_swap_natives, [("NT10", A), ("NT10", B)]),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_is_not_the_natives_is_told_and_nothing_else(name: str, tmp_path: Path) -> None:
    spoil, wanted = TOLD[name]
    built = unsealed()
    spoil(built)

    assert found(built, tmp_path) == wanted


def _drop_last(built: ToldVolume) -> None:
    """Take the last documents out with all their traces."""
    for bates in (PARENT, CHILD, PLAN):
        built.lose(bates)


def _edited(built: ToldVolume, change: Callable[[dict[str, list[dict[str, str]]]], object]) -> None:
    path = "DATA/VOL001_MANIFEST.JSON"
    data = json.loads(built.extra[path])
    change(data)
    built.extra[path] = json.dumps(data).encode()


SEALED = {
    "last documents left out": (
        _drop_last, [("PA01", ""), ("PA01", ""), ("PA03", PARENT)],
    ),
    "a text changed by a word": (
        _said(A, lambda text: text.replace("Concerning", "About")), [("PA01", A)],
    ),
    "a value changed that no native has": (_cell(A, "CUSTODIAN", ""), [("MD01", A), ("PA01", "")]),
    "a digest edited": (
        lambda built: _edited(built, lambda data: data["files"][0].update(sha256="0" * 64)),
        [("PA01", A)],
    ),
    "a document struck out of the manifest": (
        lambda built: _edited(built, lambda data: data["documents"].pop()), [("PA04", "")],
    ),
    "the manifest cut short": (
        lambda built: built.extra.update(
            {"DATA/VOL001_MANIFEST.JSON": built.extra["DATA/VOL001_MANIFEST.JSON"][:500]}
        ),
        [("PA04", "")],
    ),
    "the manifest left out": (
        lambda built: built.extra.pop("DATA/VOL001_MANIFEST.JSON"), [("PA04", "")],
    ),
    "the letter changed": (
        lambda built: built.extra.update({
            "DATA/VOL001_TRANSMITTAL.TXT":
            built.extra["DATA/VOL001_TRANSMITTAL.TXT"].replace(b" 14\n", b" 13\n")
        }),
        [("PA01", ""), ("PA06", "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEALED)
def test_a_sealed_volume_is_held_to_its_papers(name: str, tmp_path: Path) -> None:
    spoil, wanted = SEALED[name]
    built = told.sound()
    spoil(built)

    assert sorted(found(built, tmp_path)) == sorted(wanted)


def test_a_letter_alone_tells_what_left_the_volume(tmp_path: Path) -> None:
    """Without a manifest the letter's counts and range still do."""
    built = told.sound()
    del built.extra["DATA/VOL001_MANIFEST.JSON"]
    path = "DATA/VOL001_TRANSMITTAL.TXT"
    built.extra[path] = built.extra[path].replace(b"manifest", b"index")
    _drop_last(built)

    assert found(built, tmp_path) == [("PA06", "")]


@pytest.mark.parametrize(
    ("rare", "why"),
    [
        ("Ortega, Mariano", "three letters are another name"),
        ("Lee, Wei", "another person"),
    ],
)
def test_another_custodian_is_no_misspelling(rare: str, why: str, tmp_path: Path) -> None:
    built = unsealed().set(C, "CUSTODIAN", rare)

    assert found(built, tmp_path) == [], why


def test_a_custodian_of_nearly_the_same_name_who_writes_mail_is_a_person(tmp_path: Path) -> None:
    """Ann Lee and Anna Lee may both be there: whoever writes or gets mail is somebody."""
    built = unsealed()
    for row in built.rows:
        row.cells["CUSTODIAN"] = "Lee, Weis"
    built.set(C, "CUSTODIAN", "Lee, Wei")

    assert found(built, tmp_path) == []


def test_other_vendors_texts_are_their_natives(tmp_path: Path) -> None:
    """Header lines over them, other line breaks, hyphens, a footer below."""
    built = unsealed()
    for row in built.rows:
        assert row.text
        body = row.text[1].decode()
        words = body.replace("lantern", "lan-\ntern").split(" ")
        broken = "".join(
            word + ("\n" if place % 5 == 4 else " ") for place, word in enumerate(words)
        )
        head = "From:\tOrtega\nSent:\tTuesday\nTo:\tLee, Wei\nSubject:\tx\n\n"
        text = f"{head}{broken}\n\nCONFIDENTIAL {row.cells['FIRSTBATES']}\n"
        told.text(built, row.cells["FIRSTBATES"], text)

    assert found(built, tmp_path) == []


def test_a_text_of_another_part_of_a_message_is_its_own(tmp_path: Path) -> None:
    """One program reads the plain part, another the page beside it; they may say other things."""
    built = unsealed()
    native = built.row(A).native
    assert native
    head = native[1].split(b"\n\n")[0]
    other = "The survey of the harbour lights opens in the morning at seven and ends by noon.\n"
    plain = told.prose(told._SUBJECTS[0])
    parts = (
        f"--b\nContent-Type: text/plain\n\n{plain}\n"
        f"--b\nContent-Type: text/html\n\n<p>{other}</p>\n--b--\n"
    )
    mime = b'\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"\n\n'
    told.native(built, A, head + mime + parts.encode())
    told.text(built, A, other)

    assert "TX05" not in {code for code, _ in found(built, tmp_path)}


def test_a_line_at_the_head_of_a_page_does_not_make_it_another(tmp_path: Path) -> None:
    """A court stamps the first line; a page drawn with and one without its edges is the same."""
    page, other = (
        page_images._small(told.drawn(told.prose(subject), A)) for subject in told._SUBJECTS[:2]
    )
    stamped = page.copy()
    stamped[8:12, 60:260] = 1

    assert page_images.likeness(stamped, page)[0] > 0.5
    assert page_images.likeness(stamped, np.rot90(page))[1] == 3
    assert page_images.likeness(stamped, other)[0] < page_images.likeness(stamped, page)[0]


def test_a_page_is_not_blank_for_words_no_page_shows(tmp_path: Path) -> None:
    """A page whose only words are remarks in its source is blank, and rightly so."""
    built = unsealed()
    page = "<html><body><!-- " + told.prose("ledger") * 3 + " --></body></html>"
    native = built.row(C).native
    assert native
    told.native(built, C, native[1].split(b"\n\n")[0]
                + b"\nMIME-Version: 1.0\nContent-Type: text/html\n\n" + page.encode())  # fmt: skip
    told.text(built, C, f"[Comment in the source: {told.prose('ledger')}]")
    told.page(built, C, told.tiff(told.drawn("", C)))

    assert "IM14" not in {code for code, _ in found(built, tmp_path)}


def test_slip_sheets_that_look_alike_are_no_doubles(tmp_path: Path) -> None:
    built = unsealed()
    for bates in (A, B, C):
        sheet = told.drawn("This document is produced in native format.", bates)
        told.page(built, bates, told.tiff(sheet))

    assert found(built, tmp_path) == []


def test_pages_without_numbers_are_not_asked_for_them_one_by_one(tmp_path: Path) -> None:
    """Somebody stamps nothing: each page lacks its number, and none is called another's."""
    built = unsealed()
    for row in built.rows[:12]:
        bates = row.cells["FIRSTBATES"]
        told.page(built, bates, told.tiff(told.drawn(told.prose(bates), "")))

    assert {code for code, _ in found(built, tmp_path)} == {"IM13"}


def test_letters_lost_on_the_way_into_the_row_are_told(tmp_path: Path) -> None:
    """The parent's native has the name whole."""
    top = volume.mail("Names", ("\u00dcbersicht \u4f60.txt", b"An overview of the quarter.\n"))
    built = volume.VolumeBuilder().add(top)
    sound = check.run(built.write(tmp_path / "sound"), STANDARD)
    built.set(volume.number(2), "FILE_NAME", "?bersicht ?.txt")
    report = check.run(built.write(tmp_path / "lost"), STANDARD)

    assert sound.findings == ()
    assert [(finding.code, finding.bates) for finding in report.findings] == [
        ("EN03", volume.number(2))
    ]


HOSTILE = {
    "a native cut short": (
        lambda built: told.native(built, PLAN, b"%PDF-1.7\n" + b"\x00" * 999),
        {"NT06"},
    ),
    "a page of nine hundred million pixels": (
        lambda built: told.page(built, A, told.tiff(Image.new("1", (30_000, 30_000), 1))),
        {"IM07"},
    ),
    "a page of one pixel": (
        lambda built: told.page(built, A, told.tiff(Image.new("1", (1, 1), 1))),
        set(),
    ),
    "a text of one sign that stands for eighteen": (
        lambda built: told.text(built, A, "\ufdfa" * 3_000_000),
        {"TX05"},
    ),
    "a text of eight million brackets": (
        lambda built: told.text(built, A, "[a: " * 2_000_000),
        set(),
    ),
    "a letter that is no letter": (
        lambda built: built.extra.update({"DATA/X_TRANSMITTAL.PDF": b"%PDF-1.7\n" + b"\x00" * 999}),
        set(),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_content_costs_no_more_than_its_own_document(name: str, tmp_path: Path) -> None:
    """One finding of what is wrong, or none where nothing can be said; never a crash."""
    spoil, codes = HOSTILE[name]
    built = unsealed()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        spoil(built)

    assert {code for code, _ in found(built, tmp_path)} == codes


def test_a_native_that_stops_its_reader_does_not_spoil_the_page_beside_it(tmp_path: Path) -> None:
    """The page is looked at once more without it; the page itself is sound."""
    built = told.sound()
    root = built.write(tmp_path)
    calls: list[bool] = []
    over = workers.Pool.over

    def stopping(
        pool: workers.Pool,
        work: Any,
        jobs: list[tuple[str, PageJob]],
        failed: Callable[[str], object],
    ) -> Iterator[object]:
        for key, value in over(pool, work, jobs, failed):
            stops = isinstance(value, PageSeen) and dict(jobs)[key].native
            calls.append(bool(stops))
            yield key, failed("the reader crashed on it") if stops else value

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers.Pool, "over", stopping)
        report = check.run(root, STANDARD)

    assert any(calls)
    assert report.findings == ()


def test_two_runs_find_the_same_in_the_same_words(tmp_path: Path) -> None:
    """A finding is known by its message: nothing in it may differ from run to run."""
    built = unsealed()
    _swap_texts(built)
    told.page(built, C, told.image(built, C)[:700])
    told.page(built, PLAN, b"no picture at all")
    told.native(built, PARENT, b"\xff\xd8\xff broken")
    root = built.write(tmp_path)
    first, second = (check.run(root, STANDARD, workers=2).as_json() for _ in range(2))

    assert first == second
    assert "0x" not in first


def test_pages_that_differ_in_a_digit_are_not_anothers(tmp_path: Path) -> None:
    """Appointments and monthly statements look alike and say different days; a copy does not."""
    form = told.prose("monthly statement")
    ours, theirs = (f"{form}\non {day} May" for day in ("20", "29"))
    built = unsealed()
    for bates, shown in ((A, ours), (B, theirs)):
        told.page(built, bates, told.tiff(told.drawn(shown, bates)))
    rules = STANDARD.images
    coarse = {page_images.look(_job(built, bates, tmp_path), rules).body for bates in (A, B)}
    assert len(coarse) == 1, "the coarse look cannot tell them apart"

    assert found(built, tmp_path / "sound") == []
    told.page(built, B, told.tiff(told.drawn(ours, B)))
    assert found(built, tmp_path / "copied") == [("IM15", B)]


def _job(built: ToldVolume, bates: str, place: Path) -> page_images.PageJob:
    path = place / f"{bates}.tif"
    path.write_bytes(told.image(built, bates))
    return page_images.PageJob(str(path), bates)


def test_a_page_as_blank_as_its_natives_is_no_finding(tmp_path: Path) -> None:
    """All words of a PDF may be invisible: its text has them, its page shows nothing."""
    said = "The second ledger lies with the notary"
    doc = volume.edoc("ledger.txt", said.encode())
    cells = {**doc.row, "FILE_NAME": "ledger.pdf", "MIME_TYPE": "application/pdf"}
    data = pdf.drawn(pdf.words(said, mode=3))
    built = volume.VolumeBuilder().add(replace(doc, row=cells, extension="PDF", native=data))
    told.page(built, volume.number(1), told.tiff(told.drawn("", volume.number(1))))
    built.write(tmp_path / "hidden")
    told.native(built, volume.number(1), pdf.drawn(pdf.words(said)))
    built.write(tmp_path / "shown")

    assert check.run(tmp_path / "hidden", STANDARD).findings == ()
    (finding,) = check.run(tmp_path / "shown", STANDARD).findings
    assert finding.code == "IM14"


def test_a_day_of_chat_of_few_words_is_its_natives(tmp_path: Path) -> None:
    """WhatsApp's log goes by its number as a native; who knew its name wrote the times anew."""
    log, text = tmp_path / "A1.TXT", tmp_path / "A1T.TXT"
    log.write_text("13/03/2022, 10:00 p. m. - Per: ok\n13/03/2022, 10:01 p. m. - Ada: no\n")
    text.write_text(
        "WhatsApp: Ada, 2022-03-13 (times are as exported, their zone is not said)\n"
        "Participants: Per, Ada\n\n[2022-03-13 22:00:00] Per: ok\n[2022-03-13 22:01:00] Ada: no\n"
    )
    seen = natives_opened.open_native((str(log), str(text)), frozenset())

    assert seen.words is not None
    assert seen.words.covered >= DOUBTED


def test_a_text_whose_encoding_has_not_its_letters_is_not_called_foreign(tmp_path: Path) -> None:
    """A rule of one byte a sign leaves marks in their place, and the exceptions log says so."""
    words = "Совет хранения ключей кошелька собирается во вторник утром " * 3
    text = tmp_path / "A.TXT"
    text.write_bytes(("Plan B, part two. " + words).encode("cp1252", "replace"))
    native = Reading(Kind.EDOC, "text/plain", text=words)

    measured = compared(native, str(text))
    assert measured is not None
    assert not measured.sure
    text.write_bytes(b"Plan B, part two: rotate the wallets, then call the escrow agent? " * 3)
    other = compared(native, str(text))
    assert other is not None
    assert other.sure


def test_a_letter_nobody_can_read_is_noted(tmp_path: Path) -> None:
    """Else its counts would be held against nothing, and nobody would know."""
    root = unsealed().write(tmp_path)
    name = f"{root.name}_TRANSMITTAL.PDF"
    (root / "DATA" / name).write_bytes(b"%PDF-1.7 cut short")
    report = check.run(root, STANDARD)

    assert any("the letter was not read" in note and name in note for note in report.notes)
