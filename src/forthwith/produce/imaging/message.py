"""The bodies of a message as its pages show them, so that no words of it are left off.

A message may speak more than once: text, then HTML, then a list server's footer. Reading mail is
`formats`; this puts what it found in the order a page shows. An MSG is shown as the mail its
properties make.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Fault, Hint, InMemory
from forthwith.formats.mail import body as mail_body
from forthwith.formats.mail import eml
from forthwith.formats.outlook import as_eml as mapi_eml
from forthwith.formats.outlook import msg
from forthwith.formats.pages.html import text_of_html

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: An .emlx begins with the length of the message on a line of its own.
_LENGTH_LINE = re.compile(rb"[ \t]*[0-9]{1,12}[ \t]*\r?\n")
_FOOTER = "[text after the last part"
_HEAD = "[text before the first part"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One body: its HTML, its plain form, or both where each says what the other does not."""

    html: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the pages of one message show below its header block."""

    bodies: tuple[Spoken, ...] = ()
    parts: Mapping[str, bytes] | None = None
    attachments: tuple[str, ...] = ()


def shown_of(native: bytes, text: str) -> Shown:
    """Return what to show of a message; no bodies when its text alone says all. Never raises."""
    if native.startswith(_COMPOUND_FILE) and not (native := _as_mail(native)):
        return Shown()
    if length := _LENGTH_LINE.match(native[:40]):
        native = native[length.end() :]
    names = tuple(name or "(no name)" for name in eml.attachment_names(native))
    found = mail_body.sort(native).bodies
    if not any(body.html is not None for body in found):
        return Shown(attachments=names)
    bodies = tuple(_spoken(body) for body in found)
    return Shown((*_outside(text, _HEAD), *bodies, *_outside(text, _FOOTER)),
                 eml.inline_parts(native), names)  # fmt: skip


def _spoken(body: mail_body.Body) -> Spoken:
    plain = mail_body.part_text(body.plain).text if body.plain is not None else ""
    if body.html is None:
        return Spoken(plain=plain)
    html = mail_body.part_text(body.html).text
    if plain.strip() and len(text_of_html(html)) * 2 < len(plain):
        # The HTML is a stub of the plain form: both are shown.
        return Spoken(html, plain)
    return Spoken(html)


def _outside(text: str, begins: str) -> tuple[Spoken, ...]:
    """Return what `text` holds in a marked section of what stands outside the parts."""
    if begins == _HEAD:
        end = text.find("]\n\n")
        return (Spoken(plain=text[: end + 1]),) if text.startswith(begins) and end > 0 else ()
    place = text.rfind(begins)
    return (Spoken(plain=text[place:]),) if place >= 0 else ()


def _as_mail(native: bytes) -> bytes:
    """Return an MSG as a mail with the same bodies and pictures; b"" when it cannot be."""
    hint = Hint()
    try:
        written = mapi_eml.rendered(
            msg.message_of(InMemory(native), hint), hint.budget.limits.item_bytes
        )
    except UnreadableError:
        return b""
    return b"" if isinstance(written, Fault) else written
