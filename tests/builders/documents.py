"""Documents in memory, an Access over them, and imaging small enough for a unit test."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from PIL import Image

from forthwith.domain import fields
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import (
    Fault,
    FaultReason,
    FieldValue,
    Kind,
    Relation,
    TextMethod,
)
from forthwith.produce.imager import Imager
from forthwith.produce.order import ProductionOrder

ENCRYPTED = Fault(FaultReason.ENCRYPTED, "the file needs a password", lost=True)


def control(number: int) -> ControlNumber:
    """Return "FW00000001" for 1."""
    return ControlNumber(f"FW{number:08d}")


def document(number: int = 1, **changes: Any) -> Document:
    """Return a sound one-page text file standing alone."""
    given = {"name": f"note{number}.txt", **changes}
    held = {
        name: FieldValue(name, value, "test") for name, value in given.pop("fields", {}).items()
    }
    data = native_of(control(number))
    made = Document(
        control_number=control(number),
        parent=None,
        family=control(number),
        order=0,
        relation=None,
        custodian="Ortega, Marisol",
        kind=Kind.EDOC,
        name="",
        path=f"Shared/{given['name']}",
        media_type="text/plain",
        md5=hashlib.md5(data).hexdigest(),
        sha1=hashlib.sha1(data).hexdigest(),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        fields=held,
        faults=(),
        text_method=TextMethod.EXTRACTED,
        blob="",
        locator="",
        source="S0001",
        item=f"S0001/{number:06d}",
    )
    return replace(made, **given)


def email(number: int = 1, **changes: Any) -> Document:
    """Return a sound e-mail standing alone."""
    said = {
        fields.FROM: "Marisol Ortega <ortega@northgate.example>",
        fields.TO: ("Lee, Wei <lee@northgate.example>",),
        fields.SUBJECT: f"Wallet list {number}",
        fields.SENT: f"2021-03-{number % 28 + 1:02d}T14:05:00-05:00",
        fields.MESSAGE_ID: f"<{number}@northgate.example>",
        fields.HEADER: f"From: ortega@northgate.example\r\nSubject: Wallet list {number}",
        **changes.pop("fields", {}),
    }
    given = {"kind": Kind.EMAIL, "media_type": "message/rfc822", "name": f"{number}.eml"}
    return document(number, **{**given, **changes}, fields=said)


def child(parent: Document, number: int, order: int, /, **changes: Any) -> Document:
    """Return an attachment of `parent`."""
    given = {
        "parent": parent.control_number,
        "family": parent.family,
        "order": order,
        "relation": Relation.ATTACHMENT,
        "custodian": parent.custodian,
        **changes,
    }
    return document(number, **given)


def family(first: int, attachments: int = 2, **changes: Any) -> list[Document]:
    """Return an e-mail with attachments, numbered from `first`."""
    head = email(first, **changes)
    return [head, *(child(head, first + each, each) for each in range(1, attachments + 1))]


def native_of(number: str) -> bytes:
    """Return the bytes of a document of these builders."""
    return f"The native of {number}.\n".encode()


@dataclass(slots=True)
class FakeAccess:
    """An Access over documents of these builders."""

    natives: dict[str, bytes | Fault] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def native(self, document: Document) -> bytes | Fault:
        return self.natives.get(document.control_number, native_of(document.control_number))

    def shown(self, document: Document) -> bytes | Fault:
        return self.native(document)

    def text(self, document: Document) -> str:
        return self.texts.get(document.control_number, f"Text of {document.control_number}.\n")


@dataclass(frozen=True, slots=True)
class FakePages:
    """Blank pages, one for each form feed in the text and one more."""

    count: int
    method: str = "fake"
    faults: tuple[Fault, ...] = ()
    broken: frozenset[int] = frozenset()

    def paint(self, index: int) -> Image.Image:
        if index in self.broken:
            raise ValueError("a page that cannot be painted")
        return Image.new("1", (40, 40), 1)


def fake_pages_of(
    document: Document, native: bytes | None, text: str, attachments: Sequence[str] = ()
) -> FakePages:
    """Return pages as the text directs: "BROKEN" breaks the last page, "UNDRAWABLE" all."""
    if "UNDRAWABLE" in text:
        raise ValueError("cannot be drawn")
    count = text.count("\f") + 1
    return FakePages(count, broken=frozenset({count - 1} if "BROKEN" in text else ()))


def fake_imaged(document: Document) -> bool:
    return not document.lost and not document.name.endswith(".xlsx")


def fake_slip_sheet(lines: Sequence[str]) -> Image.Image:
    sheet = Image.new("1", (40, 40), 1)
    sheet.info["lines"] = tuple(lines)
    return sheet


def fake_endorse(image: Image.Image, bates: str, legend: str) -> Image.Image:
    image.info.update(bates=bates, legend=legend)
    return image


def fake_encode(image: Image.Image) -> tuple[bytes, str]:
    held = io.BytesIO()
    image.save(held, "TIFF", compression="group4")
    said = "|".join((image.info["bates"], image.info["legend"], *image.info.get("lines", ())))
    return held.getvalue() + said.encode(), "TIF"


FAKE_IMAGER = Imager(fake_imaged, fake_pages_of, fake_slip_sheet, fake_endorse, fake_encode)


def order(**changes: Any) -> ProductionOrder:
    """Return a sound order for VOL001."""
    given = {
        "volume": "VOL001",
        "prefix": "NG_",
        "width": 8,
        "matter_name": "In the Matter of Northgate Trading Ltd.",
        "matter_number": "HO-00001",
        "day": date(2026, 11, 23),
        "producing_party": "Northgate Trading Ltd.",
        "requesting_staff": "Dana Reyes",
        **changes,
    }
    return ProductionOrder(**given)


def shuffled_run(function: Any, items: Iterable[Any]) -> Any:
    """Run in reverse, as workers may finish."""
    for item in reversed(list(items)):
        yield item, function(item)
