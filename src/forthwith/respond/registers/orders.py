"""The text of an order: taken out of the file as served, and held against its digests later.

An obligation is quoted from one text. Drafts, the signed order and its amendments differ in words
that matter, so the file and the text taken out of it are both pinned by SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forthwith.domain.obligations import Obligation, Order
from forthwith.domain.requests import Source
from forthwith.formats.served import paragraphs as requests_lines
from forthwith.formats.served.paragraphs import Line, UnreadablePaperError
from forthwith.plain import charset
from forthwith.respond.registers import quotation


@dataclass(frozen=True, slots=True)
class OrderText:
    """A file and the text taken out of it."""

    source: Source
    text: str
    #: Running heads, page and line numbers taken off its pages.
    removed: tuple[Line, ...] = ()
    #: Pages without text, perhaps pictures of some: "page 3".
    bare: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Return the digest of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read(name: str, data: bytes) -> OrderText:
    """Take the text out of a DOCX, a PDF or a TXT. Raises UnreadablePaperError."""
    lines = requests_lines.read(name, data)
    text = charset.encodable("\n".join(line.text for line in lines.kept))
    if not text.strip():
        raise UnreadablePaperError(name, "it holds no text")
    source = Source(name, hashlib.sha256(data).hexdigest())
    return OrderText(source, text, lines.removed, tuple(_bare(lines)))


def _bare(lines: requests_lines.Lines) -> Iterator[str]:
    """Yield each page of which no text is kept."""
    with_text = {line.where.partition(",")[0] for line in lines.kept if line.text}
    pages = (line.where.partition(",")[0] for line in (*lines.kept, *lines.removed))
    for page in sorted({*pages} - with_text, key=lambda number: (len(number), number)):
        if page.startswith("page "):
            yield page


def repeated(obligations: Sequence[Obligation], text: str) -> list[str]:
    """Return the keys of obligations whose quote stands in the text more than once."""
    whole = " ".join(text.split())
    return [
        obligation.key
        for obligation in obligations
        if whole.count(" ".join(text[obligation.start : obligation.end].split())) > 1
    ]


def differences(order: Order, obligations: Sequence[Obligation], given: OrderText) -> list[str]:
    """Return a sentence for each way in which a file is not the order that was pinned."""
    same = given.sha256 == order.text_sha256
    differing = list(_digests(order, given))
    for obligation in obligations:
        quoted = quotation.match(obligation.quote, given.text)
        if not quoted.found:
            why = missing(obligation.quote, given.text, quoted)
            differing.append(f"{obligation.key}: its quote is not in this text. {why}")
        elif same and (quoted.start, quoted.end) != (obligation.start, obligation.end):
            differing.append(
                f"{obligation.key}: its quote stands at characters {quoted.start:,} to "
                f"{quoted.end:,} and was pinned at {obligation.start:,} to {obligation.end:,}."
            )
    return differing


def _digests(order: Order, given: OrderText) -> Iterator[str]:
    same_file = given.source.sha256 == order.source.sha256
    if not same_file:
        yield (
            f"The file is another one: SHA-256 {given.source.sha256}, and that of "
            f"{order.source.name} as pinned is {order.source.sha256}."
        )
    if given.sha256 != order.text_sha256:
        why = " This version reads the file otherwise than the one that pinned it."
        yield (
            f"The text in it is another one: SHA-256 {given.sha256}, and that of the text as "
            f"pinned is {order.text_sha256}.{why if same_file else ''}"
        )


def missing(quote: str, text: str, quoted: quotation.Quoted) -> str:
    """Return what stands in the text in place of a quote that is not there."""
    passage = quotation.nearest(quote, text)
    sentences = [
        quoted.differences and f"{_cut(quoted.differences[:1].upper() + quoted.differences[1:])}.",
        passage and f'The nearest passage is "{_cut(passage)}".',
    ]
    return (
        " ".join(sentence for sentence in sentences if sentence)
        or "Nothing in it is like the quote."
    )


def _cut(text: str) -> str:
    return text if len(text) <= 400 else text[:400] + "…"
