"""A volume in the place of another draws only what changed, and says of the rest that it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from forthwith.domain.documents import Document
from forthwith.produce import replaced
from forthwith.produce import stage as volume
from forthwith.produce.stage import Staged
from forthwith.standards.loader import load
from tests.builders.documents import (
    FAKE_IMAGER,
    FakeAccess,
    control,
    document,
    fake_endorse,
    family,
    order,
)

STANDARD = load("sec/2021-08")
DOCUMENTS = [*family(1, 1), document(10), document(11)]


class Drawn:
    """An imager that notes the pages it was asked for."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.imager = replace(FAKE_IMAGER, endorse=self.endorse)

    def endorse(self, image: Image.Image, bates: str, legend: str) -> Image.Image:
        self.pages.append(bates)
        return fake_endorse(image, bates, legend)


@pytest.fixture
def sent(tmp_path: Path) -> Staged:
    return volume.stage(tmp_path, order(), DOCUMENTS, FakeAccess(), STANDARD, 1, imager=FAKE_IMAGER)


def again(
    sent: Staged, drawn: Drawn, access: FakeAccess, documents: list[Document], **changes: object
) -> Staged:
    earlier = replaced.opened(sent.root, sent.manifest, STANDARD)
    asked = order(volume="VOL001_R1", replaces="VOL001", **changes)
    return volume.stage(
        sent.root.parent, asked, documents, access, STANDARD, 1,
        imager=drawn.imager, earlier=earlier,
    )  # fmt: skip


def test_nothing_is_drawn_where_nothing_changed(sent: Staged) -> None:
    drawn = Drawn()
    done = again(sent, drawn, FakeAccess(), DOCUMENTS)

    assert drawn.pages == []
    assert done.changes == ()


@pytest.mark.parametrize(
    ("access", "changes", "page", "what"),
    [
        (FakeAccess(texts={control(10): "Other.\n"}), {}, "NG_00000003", "text"),
        (FakeAccess(natives={control(11): b"other"}), {}, "NG_00000004", "native"),
        (FakeAccess(), {"withheld": {control(10): "P-1"}}, "NG_00000003", "withheld"),
    ],
)
def test_what_changed_is_drawn_alone(
    sent: Staged, access: FakeAccess, changes: dict[str, object], page: str, what: str
) -> None:
    drawn = Drawn()
    done = again(sent, drawn, access, DOCUMENTS, **changes)

    assert drawn.pages == [page]
    (change,) = done.changes
    assert change.first == page
    assert what in change.what


def test_another_legend_draws_every_page(sent: Staged) -> None:
    drawn = Drawn()
    again(sent, drawn, FakeAccess(), DOCUMENTS, confidentiality="SECRET")

    assert len(drawn.pages) == len(DOCUMENTS)


def test_a_page_that_could_not_be_drawn_is_tried_again(tmp_path: Path) -> None:
    """Its fault is told in the log of each volume, and may be gone by now."""
    access = FakeAccess(texts={control(10): "UNDRAWABLE"})
    before = volume.stage(tmp_path, order(), DOCUMENTS, access, STANDARD, 1, imager=FAKE_IMAGER)
    drawn = Drawn()
    done = again(before, drawn, access, DOCUMENTS)

    assert drawn.pages == ["NG_00000003"]
    assert [line.bates for line in done.exceptions] == [line.bates for line in before.exceptions]
