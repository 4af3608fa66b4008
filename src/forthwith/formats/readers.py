"""Which reader reads which type. The only list of formats there is."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from types import ModuleType

from forthwith.domain.evidence import ByteSource, Child, Fault, FaultReason, Hint, Reading
from forthwith.formats.sniff import media_type as sniff

_MODULES = (
    "mail.eml", "mail.mbox", "mail.emlx", "mail.smime", "mail.pgp", "mail.web_archive",
    "mail.encoded_text",
    "outlook.msg", "outlook.pst", "outlook.tnef", "chat.slack", "chat.rsmf",
    "chat.exports",
    "archives.zip", "archives.tar", "archives.compressed", "archives.libarchive",
    "office.ooxml", "office.xml_2003", "office.odf", "rtf.reader", "office.legacy",
    "pages.pdf", "pages.html", "pages.plain", "pages.image", "pages.unread",
    "calendar.ics", "calendar.vcard",
)  # fmt: skip


@functools.cache
def by_type() -> dict[str, ModuleType]:
    """Return every reader under each type it reads; the first module named wins.

    All are imported: done before processes are forked, none of these imports them again.
    """
    modules: dict[str, ModuleType] = {}
    for name in _MODULES:
        module = importlib.import_module(f"forthwith.formats.{name}")
        for media_type in module.MEDIA_TYPES:
            modules.setdefault(media_type, module)
    return modules


def module_for(media_type: str) -> ModuleType:
    """Return the reader's module: by the whole type, by its family, or the one for the unknown."""
    modules = by_type()
    family = media_type.split("/", 1)[0]
    return (
        modules.get(media_type) or modules.get(f"{family}/*") or modules["application/octet-stream"]
    )


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read an item with the reader its own bytes call for; `hint.media_type` "" means look.

    Raises UnreadableError when nothing of it can be read.
    """
    media_type = hint.media_type or sniff.media_type(source, hint.name)
    sniffed = Hint(hint.name, media_type, hint.budget, hint.depth, hint.passwords)
    reading: Reading = module_for(media_type).read(source, sniffed)
    return reading


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one child of a container again, by its step."""
    media_type = hint.media_type or sniff.media_type(source, hint.name)
    sniffed = Hint(hint.name, media_type, hint.budget, hint.depth, hint.passwords)
    module = module_for(media_type)
    if hasattr(module, "open_step"):
        data: bytes | Fault = module.open_step(source, step, sniffed)
        return data
    return open_among(module.read(source, sniffed), step)


def open_among(reading: Reading, step: str) -> bytes | Fault:
    """Decode the child called `step` of a reading."""
    for child in reading.children() if reading.children else ():
        if isinstance(child, Child) and child.step == step:
            return child.load()
    return Fault(FaultReason.MISSING, f"the container has no part {step!r}", lost=True, step=step)


def slices(source: ByteSource, hint: Hint) -> Iterator[str]:
    """Cut a large mailbox into parts that can be read apart; one "" when it cannot be cut."""
    module = module_for(hint.media_type)
    if hasattr(module, "slices"):
        yield from module.slices(source, hint)
    else:
        yield ""


def slice_children(source: ByteSource, hint: Hint, part: str) -> Iterator[Child | Fault]:
    """Yield the children of one slice."""
    yield from module_for(hint.media_type).slice_children(source, hint, part)
