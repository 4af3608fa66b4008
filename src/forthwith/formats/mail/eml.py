"""Read an Internet message (RFC 5322, MIME): fields, text of the body, attachments.

The tree is `mime`'s, the sorting of parts and the text `body`'s, the fields `header_fields`'; here
they become a Reading. An attached message is a child like any other, read in its turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes.stream import whole
from forthwith.formats.mail import absent, header_fields
from forthwith.formats.mail import body as mail_body
from forthwith.formats.mail.body import EncodedFile, MessageParts, Text
from forthwith.formats.mail.encoded_blocks import content_of
from forthwith.formats.mail.headers import decoded
from forthwith.formats.mail.mime import Part, split

MEDIA_TYPES = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(slots=True)
class Mail:
    """A message split, sorted and with its text: what a reading is made of."""

    parts: MessageParts
    text: Text

    @classmethod
    def of(cls, data: bytes) -> Mail:
        """Take a message apart. Never raises."""
        parts = mail_body.sort(data)
        return cls(parts, mail_body.text_of(parts))


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one message. Raises UnreadableError past `limits.item_bytes`."""
    return reading_of(Mail.of(whole(source, hint)), hint)


def reading_of(mail: Mail, hint: Hint) -> Reading:
    """Make the Reading of a message already taken apart."""
    fields, faults = header_fields.fields_of(mail.parts, mail.text)
    defects, absences = mail.parts.message.defects, absent.absences(mail.parts)
    return Reading(
        Kind.EMAIL,
        hint.media_type or "message/rfc822",
        text=mail.text.text,
        text_method=TextMethod.EXTRACTED if mail.text.text else TextMethod.NONE,
        fields=fields,
        faults=(*defects, *mail.text.faults, *faults, *absences),
        children=lambda: _children(mail, hint),
        declared=len(mail.parts.attachments) + len(mail.text.blocks),
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one part again."""
    data = whole(source, hint)
    number, _, block = step.removeprefix("part:").partition("#uu")
    part = _part(split(data).root, number) or _part(mail_body.sort(data).message.root, number)
    if part is None or not step.startswith("part:"):
        return Fault(FaultReason.MISSING, f"the message has no part {step!r}", lost=True, step=step)
    if not block:
        if (elsewhere := absent.kept_elsewhere(part)) is not None:
            return elsewhere
        return part.decoded().data
    for file in Mail.of(data).text.blocks:
        if step == _block_step(file):
            return content_of(file.block, file.part.decoded().data).data
    return Fault(FaultReason.MISSING, f"the message has no block {step!r}", lost=True, step=step)


def html_body(data: bytes) -> str | None:
    """Return the decoded HTML of the first body that has one, for imaging."""
    for body in mail_body.sort(data).bodies:
        if body.html is not None:
            return mail_body.part_text(body.html).text
    return None


def inline_parts(data: bytes) -> dict[str, bytes]:
    """Return the parts an HTML body may refer to: by Content-ID without brackets, by location."""
    parts: dict[str, bytes] = {}
    for part in mail_body.sort(data).attachments:
        location = decoded(part.headers.raw(b"content-location"))
        for name in (mail_body.content_id(part), location):
            if name and name not in parts:
                parts[name] = part.decoded().data
    return parts


def attachment_names(data: bytes) -> tuple[str, ...]:
    """Return the name of each thing attached, inline images left out; "" for one without."""
    mail = Mail.of(data)
    names = (
        child.name
        for child in _children(mail, Hint())
        if isinstance(child, Child) and child.relation is not Relation.INLINE
    )
    return tuple(names)


def _part(root: Part, number: str) -> Part | None:
    return next((part for part in root.walk() if part.number == number and not part.parts), None)


@dataclass(slots=True)
class _Load:
    """Decodes one child when asked and remembers what was wrong with it."""

    part: Part
    hint: Hint
    file: EncodedFile | None = None
    faults: tuple[Fault, ...] = ()

    def __call__(self) -> bytes | Fault:
        if (elsewhere := absent.kept_elsewhere(self.part)) is not None:
            return elsewhere
        content = self.part.decoded()
        if self.file is not None:
            content = content_of(self.file.block, content.data)
        self.faults = tuple(
            Fault(FaultReason.TRUNCATED if "stop" in defect else FaultReason.CORRUPT, defect)
            for defect in content.defects
        )
        if self.file is None and (short := absent.short_of(self.part, len(content.data))):
            self.faults += (short,)
        return self.hint.budget.spend(len(content.data)) or content.data


def _children(mail: Mail, hint: Hint) -> Iterator[Child | Fault]:
    """Yield the children in the order of the parts; after each what was wrong with it."""
    files: dict[int, list[EncodedFile]] = {}
    for file in mail.text.blocks:
        files.setdefault(id(file.part), []).append(file)
    attachments = {id(part) for part in mail.parts.attachments}
    for part in mail.parts.message.root.walk():
        if id(part) in attachments:
            yield from _with_defects(_child(mail, part, _Load(part, hint)))
        for file in files.get(id(part), ()):
            load = _Load(part, hint, file)
            child = Child(_block_step(file), decoded(file.block.name), Relation.ATTACHMENT, load)
            yield from _with_defects(child)


def _with_defects(child: Child) -> Iterator[Child | Fault]:
    """Yield a child, and each Fault that its load met."""
    yield child
    if isinstance(child.load, _Load):
        yield from (replace(fault, step=child.step) for fault in child.load.faults)


def _child(mail: Mail, part: Part, load: _Load) -> Child:
    return Child(
        step=f"part:{part.number}",
        name=_name(part),
        relation=mail_body.relation(part, mail.text.html),
        load=load,
        declared_type=part.media_type,
        fields=header_fields.times_of(part),
    )


def _block_step(file: EncodedFile) -> str:
    return f"part:{file.part.number}#uu{file.number}"


def _name(part: Part) -> str:
    """Return the name as found; an attached message without one is named by its subject."""
    name = mail_body.name_of(part)
    if name or part.media_type not in MEDIA_TYPES:
        return name
    subject = split(part.decoded().data).root.headers.text(b"subject")
    return f"{subject or 'message'}.eml"
