"""Read a text file that holds other files encoded: uuencode, yEnc, BinHex 4.0, base64.

The text around them is its text; each file is embedded. How blocks are found is `encoded_blocks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

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
from forthwith.formats.bytes.stream import whole, within_budget
from forthwith.formats.bytes.values import mark
from forthwith.formats.mail.encoded_blocks import (
    MEDIA_TYPE_OF,
    Block,
    blocks,
    content_of,
    hidden_text,
)
from forthwith.formats.mail.headers import decoded
from forthwith.plain.charset import decode

MEDIA_TYPES = frozenset(MEDIA_TYPE_OF.values())


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one text. Raises UnreadableError past `limits.item_bytes`."""
    data = whole(source, hint)
    found = blocks(data)
    pieces, at = [], 0
    for block in found:
        name = decoded(block.name) or "without a name"
        pieces += [decode(data[at : block.start]).text, mark(f"{block.kind} file", name)]
        at = block.end
    words = hidden_text(data)
    pieces.append(decode(words).text if words else decode(data[at:]).text)
    return Reading(
        Kind.EDOC,
        hint.media_type or "text/x-uuencode",
        text="".join(pieces).replace("\r\n", "\n"),
        text_method=TextMethod.EXTRACTED,
        children=partial(_children, data, found, hint) if found else None,
        declared=len(found) or None,
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one file again."""
    data = whole(source, hint)
    for number, block in enumerate(blocks(data), 1):
        if step == f"block:{number}":
            return content_of(block, data).data
    return Fault(FaultReason.MISSING, f"the text has no {step!r}", lost=True, step=step)


def _children(data: bytes, found: list[Block], hint: Hint) -> Iterator[Child | Fault]:
    for number, block in enumerate(found, 1):
        content = content_of(block, data)
        step = f"block:{number}"
        yield _child(step, block, content.data, hint)
        for defect in content.defects:
            yield Fault(FaultReason.CORRUPT, defect, step=step)


def _child(step: str, block: Block, data: bytes, hint: Hint) -> Child:
    return Child(step, decoded(block.name), Relation.EMBEDDED, within_budget(lambda: data, hint))
