"""The notice that calls back what was produced and is claimed as privileged.

Fed. R. Civ. P. 26(b)(5)(B) lets a party that produced privileged information notify whoever
received it of the claim and its basis; from then on the receiver returns, sequesters or destroys
it. Fed. R. Evid. 502(b) asks that the holder took prompt steps. The notice names each document by
its numbers with the ground of the claim, and nothing of what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forthwith.papers.blocks import Block, Lines, Paragraph, Table
from forthwith.produce import letterhead
from forthwith.produce.order import ProductionOrder
from forthwith.produce.replaced import Recalled
from forthwith.standards.loader import Standard


def compose(
    order: ProductionOrder, standard: Standard, recalled: Sequence[Recalled]
) -> Iterator[Block]:
    """Yield the notice of what `recalled` calls back from the volume that `order` replaces."""
    volume = f"Volume {order.replaces}"
    subject = Lines((f"Re: {letterhead.matter(order)}", volume), bold=True)
    yield from letterhead.head(order, standard, subject, "NOTICE UNDER FED. R. CIV. P. 26(b)(5)(B)")
    whole = [recall for recall in recalled if not recall.native_only]
    natives = [recall for recall in recalled if recall.native_only]
    party = order.producing_party or "The producing party"
    many = "1 document" if len(whole) == 1 else f"{len(whole):,} documents"
    yield Paragraph(
        f"{party} produced {many}, listed below, in volume {order.replaces}. "
        f"{'It is' if len(whole) == 1 else 'They are'} claimed as privileged or protected, on the "
        "ground shown for each, and the production was inadvertent; it waives nothing (Fed. R. "
        f"Evid. 502(b)).{f' {order.reason}' if order.reason else ''}"
    )
    rows = tuple(_row(recall, order) for recall in whole)
    yield Table(("Bates numbers", "Log No.", "Ground and description"), rows)
    if natives:
        yield Paragraph(
            "These native files hold a document listed above, and are called back with it; their "
            "images and texts are not."
        )
        yield Table(("Native file of",), tuple((_numbers(recall),) for recall in natives))
    yield Paragraph(
        "Under Fed. R. Civ. P. 26(b)(5)(B) please, for each document and every copy of it, in load "
        "files, databases and work product alike:"
    )
    yield Lines(
        (
            "(a) return, sequester or destroy it promptly;",
            "(b) neither use nor disclose it until the claim is resolved;",
            "(c) take reasonable steps to retrieve it from anyone to whom it was disclosed.",
        )
    )
    yield Paragraph(
        "If you contest a claim, you may present the document to the court under seal for a "
        "determination. We preserve every document until the claim is resolved."
    )
    yield Paragraph(
        f"Volume {order.volume} takes the place of volume {order.replaces} under the same Bates "
        "numbers, with a slip-sheet on every page of what is called back. The same list, for a "
        f"review system, is DATA/{order.volume}_CLAWBACK_NOTICE.CSV. Please confirm in writing "
        "what was done."
    )
    yield Lines(("Respectfully submitted,", "", "", order.signer or "______________________"))


def _row(recall: Recalled, order: ProductionOrder) -> tuple[str, str, str]:
    ground = order.grounds.get(recall.log, "see the privilege log")
    return _numbers(recall), recall.log, ground


def _numbers(recall: Recalled) -> str:
    return recall.first if recall.first == recall.last else f"{recall.first} to {recall.last}"
