"""The text of a document as a reviewer and a text file show it: mail gets its header lines."""

from __future__ import annotations

from collections.abc import Sequence

from forthwith.domain import fields
from forthwith.domain.evidence import Kind, Reading

_LINES = (
    ("From", fields.FROM),
    ("Sent", fields.SENT),
    ("To", fields.TO),
    ("Cc", fields.CC),
    ("Bcc", fields.BCC),
    ("Subject", fields.SUBJECT),
    ("Starts", fields.STARTS),
    ("Ends", fields.ENDS),
    ("Place", fields.PLACE),
)


def document_text(reading: Reading, attachments: Sequence[str]) -> tuple[str, int]:
    """Return the whole text, and where the body begins in it."""
    body = clean(reading.text)
    if reading.kind is not Kind.EMAIL:
        return body, 0
    values: dict[str, str | tuple[str, ...]] = {}
    for each in reading.fields:
        values.setdefault(each.name, each.value)
    lines = [
        f"{label}: {value if isinstance(value, str) else '; '.join(value)}"
        for label, name in _LINES
        if (value := values.get(name))
    ]
    if attachments:
        lines.append(f"Attachments: {'; '.join(attachments)}")
    head = clean("\n".join(lines) + "\n\n")
    return head + body, len(head)


def clean(text: str) -> str:
    """Return text that every encoding can carry: half characters become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
