"""Header lines of a mail's text are set once on its image."""

from __future__ import annotations

from forthwith.domain import fields
from forthwith.produce.imager import parted
from tests.builders.documents import document, email

MADE = email(fields={fields.FROM: "Lee"})


def test_the_head_is_parted_from_the_body() -> None:
    text = "From: Lee\nTo: x\nAttachments: a.pdf; b.xlsx\n\nFrom: not a header\n\nend"

    assert parted(MADE, text) == (("a.pdf; b.xlsx",), "From: not a header\n\nend")


def test_a_body_that_only_looks_like_a_head_stays() -> None:
    text = "From: somebody else\n\nforwarded"

    assert parted(MADE, text) == ((), text)


def test_other_documents_are_all_body() -> None:
    assert parted(document(), "From: Lee\n\nx") == ((), "From: Lee\n\nx")
