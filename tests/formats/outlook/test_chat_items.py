"""Teams and Skype items in a store are chat, each an event of a conversation."""

from __future__ import annotations

import pytest

from forthwith.domain.evidence import Fault, Hint, InMemory, Kind
from forthwith.formats.outlook import pst
from tests.builders.outlook import PEOPLE, SENT, Bag, PstBuilder
from tests.formats.outlook.walk import children

TEAMS: Bag = {
    0x001A001F: "IPM.SkypeTeams.Message", 0x0037001F: "", 0x00390040: SENT,
    0x0042001F: "Ana Ruiz", 0x5D02001F: "ana@sample.example",
    0x1035001F: "<19:ab1@thread.v2-1710252000000>", 0x1013001F: "<div>move the keys</div>",
}  # fmt: skip
SHARED: tuple[Bag, bytes] = (
    {0x37050003: 7, 0x3707001F: "k.xlsx", 0x370D001F: "https://s.example/k.xlsx"}, b"",
)  # fmt: skip


def store(bag: Bag, folder: str = "TeamsMessagesData", *attachments: tuple[Bag, bytes]):  # type: ignore[no-untyped-def]
    data = PstBuilder(folder=folder).add(bag, PEOPLE, attachments).build()
    return children(pst.read(InMemory(data), Hint()))[0]


def test_a_teams_message_reads_as_chat_with_its_people_and_conversation() -> None:
    child = store(TEAMS)
    reading = child.reading()

    assert child.name == "Microsoft Teams message 2001-10-26 Ana Ruiz.eml"
    assert reading.kind is Kind.CHAT
    assert reading.value("platform") == "Microsoft Teams"
    assert reading.value("conversation_index") == "19:ab1@thread.v2"
    assert reading.value("channel") == reading.value("subject") == "Ana Ruiz, Dana Ortiz, Kim, Lee"
    assert reading.value("starts") == reading.value("sent") == "2001-10-26T14:05:09+00:00"
    assert "[2001-10-26 14:05:09 UTC] Ana Ruiz <ana@sample.example>: move the keys" in reading.text


def test_a_shared_file_is_a_child_without_bytes_and_a_line_of_the_text() -> None:
    reading = store(TEAMS, "TeamsMessagesData", SHARED).reading()

    (shared,) = children(reading)
    assert (shared.name, isinstance(shared.load(), Fault)) == ("k.xlsx", True)
    assert "[Linked file: k.xlsx https://s.example/k.xlsx]" in reading.text


@pytest.mark.parametrize(
    ("item_class", "folder", "kind"),
    [
        ("IPM.SkypeTeams.SystemMessage", "Inbox", Kind.CHAT),
        ("IPM.SkypeTeams.Message.Copilot.Word", "Inbox", Kind.CHAT),
        ("IPM.Note.Microsoft.Conversation", "Conversation History", Kind.CHAT),
        ("IPM.Note", "TeamsMessagesData", Kind.CHAT),
        ("IPM.Note", "Inbox", Kind.EMAIL),
        ("IPM.Note.Microsoft.Missed", "Inbox", Kind.EMAIL),
        ("IPM.Appointment", "TeamsMessagesData", Kind.CALENDAR),
    ],
)
def test_the_class_or_the_folder_says_what_is_chat(
    item_class: str, folder: str, kind: Kind
) -> None:
    assert store({**TEAMS, 0x001A001F: item_class}, folder).reading().kind is kind
