"""One item of each class an Outlook store keeps, all the way to a sealed volume."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builders.outlook import PEOPLE, SENT, Bag, MsgBuilder, PstBuilder
from tests.test_end_to_end import made

CLASSES = (
    "IPM.StickyNote", "IPM.Task", "IPM.Activity", "IPM.Contact", "IPM.Appointment", "IPM.Post",
    "IPM.Note", "IPM.DistList", "REPORT.IPM.Note.NDR", "IPM.Schedule.Meeting.Request",
)  # fmt: skip
HEADERS = (
    "Subject: Draft\r\nFrom: Ada Winter <ada@sample.example>\r\nTo: dana@sample.example\r\n"
    "Date: Fri, 26 Oct 2001 14:05:09 +0000\r\nX-Unsent: 1\r\n"
)


def item(item_class: str) -> Bag:
    bag: dict[int, int | str] = {
        0x001A001F: item_class, 0x0037001F: item_class[4:], 0x1000001F: "Call the bank.\r\n",
        0x00390040: SENT, 0x0E060040: SENT, 0x30070040: SENT, 0x30080040: SENT, 0x0E070003: 1,
    }  # fmt: skip
    # A note to oneself has no author.
    if item_class != "IPM.StickyNote":
        bag |= {0x0042001F: "Ada Winter", 0x5D02001F: "ada@sample.example"}
    return bag


def draft(headers: str) -> Bag:
    timeless = {
        tag: value for tag, value in item("IPM.Note").items() if tag >> 16 not in (57, 3590)
    }
    more: Bag = {0x0E070003: 9, 0x0037001F: "Draft"}
    return {**timeless, **more, **({0x007D001F: headers} if headers else {})}


def test_an_item_of_each_class_is_sealed(tmp_path: Path) -> None:
    """Notes, tasks and drafts with stored headers stopped the seal of every volume they were in."""
    store = PstBuilder()
    for item_class in CLASSES:
        store.add(item(item_class))
    drafts = PstBuilder().add(draft(HEADERS), PEOPLE).add(draft(""), PEOPLE)
    shared: Bag = {0x37050003: 7, 0x3707001F: "k.xlsx", 0x370D001F: "https://x.example/k.xlsx"}
    lost: Bag = {0x37050003: 1, 0x3707001F: "lost.pdf", 0x0E200003: 5321}
    chats = PstBuilder(folder="TeamsMessagesData")
    chats.add(item("IPM.SkypeTeams.Message"), PEOPLE, [(shared, b"")])
    chats.add(item("IPM.Note"), PEOPLE, [(lost, b"")])
    evidence = tmp_path / "in"
    evidence.mkdir()
    (evidence / "store.pst").write_bytes(store.build())
    (evidence / "drafts.pst").write_bytes(drafts.build())
    (evidence / "chats.pst").write_bytes(chats.build())
    (evidence / "draft.msg").write_bytes(MsgBuilder(draft(HEADERS), PEOPLE).build())
    (evidence / "note.msg").write_bytes(MsgBuilder(item("IPM.StickyNote"), ()).build())
    matter = tmp_path / "m"
    made(tmp_path, "init", "m", "--name", "Items")
    made(matter, "collect", str(evidence), "--custodian", "Roe, Ana")
    made(matter, "process")

    done = json.loads(made(matter, "produce", "VOL001", "--day", "2023-06-17", "--json"))

    assert done["sealed"]
    assert done["check"]["findings"] == []
    assert done["counts"]["documents"] == len(CLASSES) + 4 + 4
