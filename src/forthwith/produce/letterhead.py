"""The head of every letter that goes with a production: who writes, to whom, on what."""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.papers.blocks import Block, Centred, Lines, Paragraph, long_date
from forthwith.produce.order import ProductionOrder
from forthwith.standards.loader import Standard


def head(order: ProductionOrder, standard: Standard, subject: Lines, mark: str) -> Iterator[Block]:
    """Yield all that stands above the first paragraph; `mark` is centred, "" for none."""
    for line in (order.producing_party, mark):
        if line:
            yield Centred(line)
    yield Lines((long_date(order.day),))
    staff = (order.requesting_staff,) if order.requesting_staff else ()
    yield Lines((*staff, *(part.strip() for part in standard.issuer.split(",", 1))))
    yield subject
    yield Paragraph(f"Dear {order.requesting_staff or 'Counsel'}:")


def sealing(order: ProductionOrder) -> Iterator[str]:
    """Say who signs, with which key, and where the journal stood; nothing where no key seals."""
    seal = order.sealed_by
    if seal is None:
        return
    yield (
        f"DATA/{order.volume}_SEAL.JSON is the signature of {seal.name} ({seal.algorithm}) on the "
        "manifest, which names every other file with its SHA-256. SHA-256 of the public key is "
        f"{seal.fingerprint}. Please compare it with one you have from us by another way: whoever "
        "changes a volume can put another key beside it."
    )
    yield (
        f"When this was written our journal stood at entry {seal.seq:,}, journal head "
        f"{seal.head}. Kept by you, it shows whether that journal is changed or cut afterwards."
    )


def matter(order: ProductionOrder) -> str:
    """Return the matter as a subject line names it: "In re Northgate (HO-1)"."""
    number = f" ({order.matter_number})" if order.matter_number else ""
    return f"{order.matter_name}{number}"
