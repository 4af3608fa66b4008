"""An overlay: what differs and nothing else, so that volume and overlay are what would go out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import FieldValue
from forthwith.loadfiles import dat, opt
from forthwith.produce import overlay, replaced
from forthwith.produce import stage as volume
from forthwith.produce.overlay import (
    NothingDiffersError,
    NotInVolumeError,
    OverlaidPrivilegeError,
    PagesDifferError,
    Part,
    StagedOverlay,
)
from forthwith.produce.replaced import Earlier
from forthwith.standards.loader import load
from tests.builders.documents import FAKE_IMAGER, FakeAccess, control, document, family, order

STANDARD = load("sec/2021-08")
DOCUMENTS = [*family(1, 2), document(10), document(11)]
NUMBERS = [document.control_number for document in DOCUMENTS]


def staged(
    folder: Path, access: FakeAccess, documents: Sequence[Document] = DOCUMENTS, **changes: Any
) -> Earlier:
    done = volume.stage(
        folder, order(**changes), documents, access, STANDARD, 1, imager=FAKE_IMAGER
    )
    return replaced.opened(done.root, done.manifest, STANDARD)


def laid(
    folder: Path,
    access: FakeAccess,
    earlier: Earlier,
    documents: Sequence[Document] = DOCUMENTS,
    parts: Sequence[Part] = tuple(Part),
    **changes: Any,
) -> StagedOverlay:
    asked = order(**{"volume": "OVL001", **changes})
    return overlay.stage(
        folder, asked, documents, access, STANDARD, earlier, parts, imager=FAKE_IMAGER
    )


def subject(document: Document, words: str) -> Document:
    return replace(
        document, fields={**document.fields, fields.SUBJECT: FieldValue(fields.SUBJECT, words, "o")}
    )


def rows(done: StagedOverlay) -> list[dict[str, str]]:
    read = dat.read((done.root / "DATA/OVL001.DAT").read_bytes())
    return [dict(zip(read.header, row, strict=True)) for row in read.rows]


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.dictionaries(st.sampled_from(NUMBERS), st.sampled_from(["Other.\n", "", "x\x07y"])),
    natives=st.dictionaries(st.sampled_from(NUMBERS), st.binary(max_size=8)),
    subjects=st.dictionaries(st.sampled_from(range(len(DOCUMENTS))), st.text(max_size=6)),
    legend=st.sampled_from(["", "CONFIDENTIAL"]),
)
def test_volume_and_overlay_are_what_would_go_out(
    tmp_path_factory: pytest.TempPathFactory,
    texts: dict[str, str],
    natives: dict[str, bytes],
    subjects: dict[int, str],
    legend: str,
) -> None:
    """Whatever changed: every row, text, native and page is that of the volume made anew."""
    place = tmp_path_factory.mktemp("ovl")
    before = staged(place / "a", FakeAccess())
    access = FakeAccess(dict(natives), dict(texts))
    now = [
        subject(document, subjects[position]) if position in subjects else document
        for position, document in enumerate(DOCUMENTS)
    ]
    anew = staged(place / "b", access, now, confidentiality=legend)
    try:
        done = laid(place / "c", access, before, now, confidentiality=legend)
    except NothingDiffersError:
        after = before
    else:
        after = overlay.applied(before, done.root, done.manifest)

    assert after.rows == anew.rows
    for number in NUMBERS:
        then, there = anew.documents[number], after.documents[number]
        for name in ("native", "text"):
            assert getattr(then, name).sha256 == getattr(there, name).sha256
        assert [page.sha256 for page in then.pages] == [page.sha256 for page in there.pages]
        for page in there.pages:
            data = (after.folder / page.path).read_bytes()
            assert hashlib.sha256(data).hexdigest() == page.sha256


def test_a_field_goes_out_alone_with_its_key(tmp_path: Path) -> None:
    before = staged(tmp_path / "a", FakeAccess())
    now = [subject(DOCUMENTS[0], "Another subject"), *DOCUMENTS[1:]]
    done = laid(tmp_path / "b", FakeAccess(), before, now, parts=[Part.FIELDS])

    assert rows(done) == [{"FIRSTBATES": "NG_00000001", "SUBJECT": "Another subject"}]
    assert {path.partition("/")[0] for path in files(done.root)} == {"DATA"}


def test_every_path_of_a_row_leads_to_a_file_of_the_overlay(tmp_path: Path) -> None:
    """A text that did not change goes along with its row: a receiver resolves paths in one place.

    A row without need of a text has no path in it.
    """
    before = staged(tmp_path / "a", FakeAccess())
    now = [*DOCUMENTS[:3], replace(DOCUMENTS[3], custodian="Lee, Wei"), DOCUMENTS[4]]
    access = FakeAccess(texts={control(1): "Another text.\n"})
    done = laid(tmp_path / "b", access, before, now)

    there = files(done.root)
    paths = [row[STANDARD.called("text_path")] for row in rows(done)]
    assert len(set(paths)) == 2
    assert {path.replace("\\", "/") for path in paths} == {p for p in there if p.startswith("TEXT")}


def test_images_are_those_that_differ_with_all_their_pages(tmp_path: Path) -> None:
    texts = {control(10): "One.\fTwo."}
    before = staged(tmp_path / "a", FakeAccess(texts=texts))
    done = laid(
        tmp_path / "b",
        FakeAccess(texts=texts),
        before,
        DOCUMENTS[3:4],
        parts=[Part.IMAGES],
        confidentiality="SECRET",
    )
    pointer = opt.read((done.root / "DATA/OVL001.OPT").read_bytes()).rows()

    assert [(row.page, row.pages) for row in pointer] == [("NG_00000004", 2), ("NG_00000005", None)]
    assert rows(done) == [{"FIRSTBATES": "NG_00000004", "LASTBATES": "NG_00000005"}]


def test_nothing_that_differs_is_no_overlay(tmp_path: Path) -> None:
    before = staged(tmp_path / "a", FakeAccess())
    with pytest.raises(NothingDiffersError, match="5 documents of VOL001"):
        laid(tmp_path / "b", FakeAccess(), before)
    assert not list((tmp_path / "b").iterdir())


def test_an_overlay_withholds_nothing_and_shows_nothing_withheld(tmp_path: Path) -> None:
    """The delivered file would stay where it is; only a replacement takes it back."""
    before = staged(tmp_path / "a", FakeAccess())
    with pytest.raises(OverlaidPrivilegeError, match="is claimed as privileged now"):
        laid(tmp_path / "b", FakeAccess(), before, withheld={control(10): "P-1"})

    shut = staged(tmp_path / "c", FakeAccess(), withheld={control(10): "P-1"})
    with pytest.raises(OverlaidPrivilegeError, match="no longer is"):
        laid(tmp_path / "d", FakeAccess(), shut)


def test_a_document_that_grew_keeps_its_pages_or_goes_elsewhere(tmp_path: Path) -> None:
    before = staged(tmp_path / "a", FakeAccess())
    longer = FakeAccess(texts={control(10): "One.\fTwo."})
    with pytest.raises(PagesDifferError, match="has 2 pages today and 1"):
        laid(tmp_path / "b", longer, before)

    done = laid(tmp_path / "c", longer, before, parts=[Part.TEXT])
    assert [change.what for change in done.changes] == [("text",)]


def test_a_new_member_of_a_family_has_no_number_here(tmp_path: Path) -> None:
    before = staged(tmp_path / "a", FakeAccess(), DOCUMENTS[:4])
    with pytest.raises(NotInVolumeError, match=DOCUMENTS[4].control_number):
        laid(tmp_path / "b", FakeAccess(), before)
