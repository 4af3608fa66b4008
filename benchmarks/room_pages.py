"""A page image of a mail as the room serves it: CPU time and bytes, beside the bars.

Run alone: `python -m benchmarks.room_pages`. The bars are of one page of one mail: 60 CPU
milliseconds and 60 kB, layout, painting, words and PNG together.
"""

from __future__ import annotations

import time
from email.message import EmailMessage

from benchmarks.invented_texts import texts
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import FieldValue, Kind, TextMethod
from forthwith.produce import imaging
from forthwith.produce.page_words import words_of
from forthwith.standards.loader import load
from forthwith.workflows.room.painting import encoded, shown

_MILLISECONDS, _KILOBYTES = 60, 60
_MAILS = 60


def _mail(text: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "ana@northgate.example", "per@halden.example"
    message["Subject"] = "Transfer of wallets"
    message.set_content(text)
    message.add_alternative("".join(f"<p>{line}</p>" for line in text.splitlines()), subtype="html")
    return message.as_bytes()


def _document() -> Document:
    number = ControlNumber("FW00000001")
    values = {"from": "ana@northgate.example", "subject": "Transfer of wallets"}
    return Document(
        control_number=number, parent=None, family=number, order=0, relation=None, custodian="",
        kind=Kind.EMAIL, name="", path="", media_type="message/rfc822", md5="", sha1="", sha256="",
        size=0, fields={name: FieldValue(name, value, "test") for name, value in values.items()},
        faults=(), text_method=TextMethod.EXTRACTED, blob="", locator="", source="", item="",
    )  # fmt: skip


def measured() -> tuple[float, float, float]:
    """Return CPU milliseconds and kB of a page, means, and the greatest kB."""
    rules = load("sec/2021-08").images
    sizes, spent = [], 0.0
    for number, text in enumerate(texts(_MAILS + 3, 400)):
        native, begun = _mail(text[:3000]), time.process_time()
        pages = imaging.pages_of(_document(), native, text[:3000])
        image = shown(pages.paint(0), rules)
        words_of(pages, 0, image)
        data = encoded(image)
        if number >= 3:
            spent += time.process_time() - begun
            sizes.append(len(data) / 1000)
    return spent * 1000 / len(sizes), sum(sizes) / len(sizes), max(sizes)


def main() -> None:
    """Print the measurement beside the bars."""
    milliseconds, kilobytes, most = measured()
    print(f"page of a mail: {milliseconds:.0f} CPU ms (bar {_MILLISECONDS}), "
          f"{kilobytes:.0f} kB, at most {most:.0f} (bar {_KILOBYTES})")  # fmt: skip


if __name__ == "__main__":
    main()
