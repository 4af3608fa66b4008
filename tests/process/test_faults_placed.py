"""Where a fault stands: with a member, with the document around it, or with the container."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.domain.items import Item
from forthwith.process import families
from forthwith.process.places import joined
from forthwith.record import readings

ITEM = Item("S0001/000001", "S0001", "box.zip", "0" * 64, "", "", 1, "")


def row(locator: str, parent: str | None, disposition: str, *faults: Fault) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(readings.LIGHT, "")
    return empty | {
        "locator": locator,
        "parent": parent,
        "disposition": disposition,
        "name": locator.rpartition("/")[2],
        "sha256": "0",
        "faults": readings.faults_json(faults),
        "declared": None,
        "emitted": 0,
        "absent": 0,
    }


@st.composite
def trees(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A tree of things in reading order; each has some faults, about itself or about a child."""
    drawn = [("", None, draw(st.sampled_from(["document", "container"])))]
    for number in range(draw(st.integers(0, 9))):
        above = draw(st.sampled_from([place for place, _, what in drawn if what != "inline"]))
        kind = draw(st.sampled_from(["document", "document", "container", "inline"]))
        drawn.append((joined(above, f"member:{number}"), above, kind))
    rows = []
    for place, above, kind in drawn:
        steps = [
            "",
            "member:99",
            *(step.rpartition("/")[2] for step, up, _ in drawn if up == place),
        ]
        faults = [
            Fault(
                draw(st.sampled_from(FaultReason)),
                f"fault {number} of {place or 'the item'}",
                lost=draw(st.booleans()),
                step=draw(st.sampled_from(steps)),
            )
            for number in range(draw(st.integers(0, 3)))
        ]
        rows.append(row(place, above, kind, *faults))
    return rows


@given(trees())
def test_every_fault_stands_with_a_document_or_a_container(rows: list[dict[str, Any]]) -> None:
    """Once each: nothing shows what stands elsewhere, and nothing may be counted twice."""
    drafts = families.drafts(ITEM, "Roe, Ana", rows)

    shown = [fault for draft in drafts.documents for fault in draft.faults]
    shown += [fault for account in drafts.containers for fault in account.faults]
    recorded = [fault for each in rows for fault in readings.faults_from(each["faults"])]
    documents_or_containers = {each.row["locator"] for each in drafts.documents}
    documents_or_containers |= {each.locator for each in drafts.containers}
    if "" in documents_or_containers:
        assert len(shown) == len(recorded)
        for fault in recorded:
            assert any(each.detail.endswith(fault.detail) for each in shown)


def test_what_a_zip_says_of_a_member_stands_on_the_member() -> None:
    cut = Fault(FaultReason.TRUNCATED, "cut", step="member:1")
    short = Fault(FaultReason.TRUNCATED, "no directory")
    rows = [
        row("", None, "container", cut, short),
        row("member:0", "", "document"),
        row("member:1", "", "document"),
    ]

    drafts = families.drafts(ITEM, "Roe, Ana", rows)

    assert [each.faults for each in drafts.documents] == [
        (),
        (Fault(FaultReason.TRUNCATED, "cut"),),
    ]
    assert drafts.containers[0].faults == (short,)


def test_what_befell_an_inline_image_stands_on_the_mail() -> None:
    lost = Fault(FaultReason.CORRUPT, "no image", lost=True)
    rows = [row("", None, "document"), row("part:1", "", "inline", lost)]

    [mail] = families.drafts(ITEM, "Roe, Ana", rows).documents

    assert mail.faults == (
        Fault(FaultReason.CORRUPT, "the inline image 'part:1': no image", lost=False),
    )
